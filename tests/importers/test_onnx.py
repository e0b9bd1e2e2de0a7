"""ONNX graphs as definitions: what they give is what onnx's own reference gives."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

import backstep
from backstep.errors import PastedError, Unavailable
from backstep.importers.networks.definition_writer import network
from backstep.importers.networks.onnx_operators import LABELS, MOVES, RULES
from backstep.importers.networks.recorded import Array, Recorded, Ref, Step, from_plain

RECORDED = Path(__file__).resolve().parent.parent / "data" / "importers" / "onnx.json"
KNOWN: dict[str, Any] = json.loads(RECORDED.read_text())
ONNX = importlib.util.find_spec("onnx") is not None


@pytest.mark.parametrize("name", KNOWN)
def test_a_graph_gives_what_the_reference_gives(name: str) -> None:
    known = KNOWN[name]
    found = network(from_plain(known["graph"]), RULES, MOVES, LABELS)
    net = backstep.Network(found.source)
    result = net.evaluate(x=known["x"])
    assert float(result.loss.value) == pytest.approx(known["loss"], rel=1e-10, abs=1e-12)
    assert all(each is not None for each in result.gradients.values())
    assert "input x[" in found.source


@pytest.mark.parametrize(
    ("op", "options", "words"),
    [
        ("LSTM", {}, "no word for LSTM, in a"),
        ("MaxPool", {"kernel_shape": [2, 2], "pads": [1, 1, 1, 1]}, "padding"),
        ("Elu", {"alpha": 0.5}, "alpha"),
        ("Reshape", {}, "a shape that is computed"),
    ],
)
def test_what_has_no_word_is_named(op: str, options: dict[str, Any], words: str) -> None:
    x = Array("x", "x", "input", (1, 1, 4, 4), None)
    step = Step("y", op, {"in0": Ref("x"), **options}, "a")
    with pytest.raises(PastedError) as caught:
        network(Recorded((x,), (step,), ("y",)), RULES, MOVES, LABELS)
    assert words in caught.value.faults[0].message


@pytest.mark.parametrize(("options", "loss"), [({}, -6.0), ({"keepdims": 1}, -6.0)])
def test_a_reduction_keeps_its_axis_unless_it_is_told(options: dict[str, Any], loss: float) -> None:
    x = Array("x", "x", "input", (2, 3), [[1.0, 2.0, 3.0], [6.0, 5.0, 4.0]])
    most = Step("m", "ReduceMax", {"in0": Ref("x"), "axes": [1], **options}, "a")
    less = Step("d", "Sub", {"in0": Ref("x"), "in1": Ref("m")}, "b")
    found = network(Recorded((x,), (most, less), ("d",)), RULES, MOVES, LABELS)
    assert float(backstep.Network(found.source).evaluate().loss) == pytest.approx(loss)


@pytest.mark.skipif(ONNX, reason="onnx is installed")
def test_without_onnx_the_extra_is_named() -> None:
    with pytest.raises(Unavailable) as caught:
        backstep.from_onnx("model.onnx")
    assert "backstep-learn[onnx]" in (caught.value.faults[0].hint or "")


@pytest.mark.skipif(not ONNX, reason="onnx is not installed")
def test_a_file_is_read(tmp_path: Path) -> None:
    import onnx

    from tests.importers.record_onnx import GRAPHS

    path = tmp_path / "model.onnx"
    onnx.save(onnx.helper.make_model(GRAPHS["mlp"]()), str(path))
    text = backstep.from_onnx(path)
    assert backstep.Network(text).evaluate().loss
    path.write_bytes(b"no model")
    with pytest.raises(PastedError):
        backstep.from_onnx(path)
