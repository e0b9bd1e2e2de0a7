"""Modules of PyTorch by their exported graphs: the loss and the gradients are PyTorch's own."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backstep.errors import PastedError, Unavailable
from backstep.importers.networks.aten import LABELS, MOVES, RULES
from backstep.importers.networks.definition_writer import network
from backstep.importers.networks.recorded import Array, Recorded, Ref, Step, from_plain
from backstep.importers.networks.torch_export import recorded
from backstep.lang.compile.compiler import compile_text
from backstep.network import Network

RECORDED = Path(__file__).resolve().parent.parent / "data" / "importers" / "modules.json"
KNOWN: dict[str, Any] = json.loads(RECORDED.read_text())


def _agrees(source: str, values: Any, known: Any) -> None:
    result = Network(source).evaluate(values)
    assert float(result.loss.value) == pytest.approx(known["loss"], rel=1e-10, abs=1e-12)
    assert set(result.gradients) == set(known["gradients"])
    for name, gradient in known["gradients"].items():
        computed = np.asarray(result.gradients[name])
        np.testing.assert_allclose(computed, gradient, rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("name", KNOWN)
def test_a_module_has_pytorchs_loss_and_gradients(name: str) -> None:
    known = KNOWN[name]
    found = network(from_plain(known["graph"]), RULES, MOVES, LABELS)
    assert not found.values
    _agrees(found.source, None, known)


def test_a_modules_text_reads_like_one() -> None:
    source = network(from_plain(KNOWN["mlp"]["graph"]), RULES, MOVES, LABELS).source
    lines = source.splitlines()
    assert lines[-4:] == [
        "fc1 = x @ fc1_weight.T + fc1_bias",
        "relu = relu(fc1)",
        "fc2 = relu @ fc2_weight.T + fc2_bias",
        "L = sum(fc2)",
    ]


def test_a_module_is_drawn_and_derived() -> None:
    net = Network(network(from_plain(KNOWN["mlp"]["graph"]), RULES, MOVES, LABELS).source)
    assert "<svg" in net.graph().svg
    assert net.gradient("fc2_bias").text


def test_roles_are_those_of_the_module() -> None:
    source = network(from_plain(KNOWN["cnn_evaluated"]["graph"]), RULES, MOVES, LABELS).source
    roles = {leaf.name: leaf.role for leaf in compile_text(source).leaves}
    assert (roles["x"], roles["y"], roles["conv_weight"]) == ("input", "target", "param")
    assert roles["bn_running_mean"] == "const"


def _of(*steps: Step, shape: tuple[int, ...] = (2, 2)) -> Recorded:
    numbers = np.arange(1.0, 1 + np.prod(shape)).reshape(shape).tolist()
    return Recorded((Array("x", "x", "input", shape, numbers),), steps, (steps[-1].name,))


def test_weights_that_are_too_many_for_the_text_are_given_as_values() -> None:
    linear = Step("y", "linear", {"input": Ref("x"), "weight": Ref("w")}, "fc")
    numbers = (np.arange(2400.0).reshape(60, 40) / 7).tolist()
    weights = Array("w", "fc.weight", "param", (60, 40), numbers)
    x = Array("x", "x", "input", (40,), [0.5] * 40)
    found = network(Recorded((x, weights), (linear,), ("y",)), RULES, MOVES, LABELS)
    assert list(found.values) == ["x", "fc_weight"]
    assert [each.code for each in found.warnings] == ["loss_assumed", "values_apart"]
    result = Network(found.source).evaluate(dict(found.values))
    assert float(result.loss.value) == pytest.approx(np.sum(np.array(numbers) @ np.full(40, 0.5)))


def test_an_operation_without_a_word_is_named_with_its_place() -> None:
    with pytest.raises(PastedError) as caught:
        network(
            _of(Step("y", "cumsum", {"self": Ref("x"), "dim": 0}, "net.scan")), RULES, MOVES, LABELS
        )
    assert caught.value.faults[0].message == "the language has no word for cumsum, in net.scan"


@pytest.mark.parametrize(
    ("op", "arguments"),
    [
        ("conv2d", {"input": Ref("x"), "weight": Ref("x"), "groups": 2}),
        ("max_pool2d", {"self": Ref("x"), "kernel_size": [2, 1]}),
        ("sum", {"self": Ref("x"), "dim": [5]}),
        ("elu", {"self": Ref("x"), "alpha": 2.0}),
        ("linear", {"input": Ref("x")}),
    ],
)
def test_what_an_operation_lacks_here_is_said(op: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(PastedError) as caught:
        network(_of(Step("y", op, arguments, "net")), RULES, MOVES, LABELS)
    assert caught.value.faults[0].message.startswith(f"{op}, in net: ")


def test_attention_that_is_causal_looks_back_alone() -> None:
    rows = np.array([[0.3, -1.0], [2.0, 0.5], [-0.7, 1.1]])
    x = Array("x", "x", "input", (3, 2), rows.tolist())
    given = {"query": Ref("x"), "key": Ref("x"), "value": Ref("x"), "is_causal": True}
    step = Step("y", "scaled_dot_product_attention", given, "net")
    squares = Step("z", "mul", {"self": Ref("y"), "other": Ref("y")}, "net")
    found = network(Recorded((x,), (step, squares), ("z",)), RULES, MOVES, LABELS)
    scores = np.where(np.tri(3) == 1, np.exp(rows @ rows.T / np.sqrt(2)), 0)
    wanted = np.sum((scores / scores.sum(axis=1, keepdims=True) @ rows) ** 2)
    assert float(Network(found.source).evaluate().loss) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(
    ("given", "less"), [({}, 1), ({"unbiased": False}, 0), ({"correction": 2}, 2)]
)
def test_a_variance_divides_by_what_pytorch_does(given: dict[str, Any], less: int) -> None:
    numbers: list[Any] = [0.5, 2.0, -1.0, 4.0]
    x = Array("x", "x", "input", (4,), numbers)
    step = Step("y", "var", {"self": Ref("x"), **given}, "net")
    found = network(Recorded((x,), (step,), ("y",)), RULES, MOVES, LABELS)
    wanted = np.var(numbers, ddof=less)
    assert float(Network(found.source).evaluate().loss) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="PyTorch is installed")
def test_without_pytorch_the_extra_is_named() -> None:
    with pytest.raises(Unavailable) as caught:
        recorded(object(), ())
    assert "backstep-learn[torch]" in (caught.value.faults[0].hint or "")


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
@pytest.mark.parametrize("name", KNOWN)
def test_pytorch_exports_the_graph_that_is_kept(name: str) -> None:
    from backstep import from_torch
    from tests.importers.modules import made

    module, inputs = made(name)
    text = from_torch(module, inputs)
    _agrees(text, text.values, KNOWN[name])
