"""The library as its user has it: values in any form, frozen answers, errors with their place."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import backstep
from backstep.errors import DefinitionError, RequestError, ValuesError
from backstep.network import Network
from tests.asking import CALLS, plain

LINE = "input x = 2\nparam w = 0.5\nL = (w*x - 3)^2"
LAYER = """\
input X = [[1, 2], [3, 4]]
target y = [1, 0]
param W = [[0.1], [-0.2]]
const lambda = 0.1
p = sigmoid(X @ W)[:, 0]
L = mean((p - y)^2) + lambda*sum(W^2)
"""


def test_arrays_lists_and_numbers_are_values() -> None:
    net = Network(LAYER)
    ones = np.ones((2, 2), dtype=np.int32)
    found = net.evaluate(X=ones, W=[[np.float32(0.5)], (1,)])
    assert found.values["X"].tolist() == [[1.0, 1.0], [1.0, 1.0]]  # type: ignore[union-attr]
    assert found.values["W"].tolist() == [[0.5], [1.0]]  # type: ignore[union-attr]
    at = net.evaluate({"lambda": 0.0}).loss.value
    assert at < net.evaluate().loss.value
    nan = net.evaluate({"lambda": np.nan}).loss.value
    assert np.isnan(nan)


def test_readings_are_what_the_calls_answer() -> None:
    net, asked = Network(LAYER), {"source": LAYER}
    pairs = [
        (net.evaluate(), CALLS["evaluate"](asked)),
        (net.formulas("matrix"), CALLS["derive"]({**asked, "form": "matrix"})),
        (net.walk(zoom="block"), CALLS["steps"]({**asked, "zoom": "block"})),
        (net.graph(step=4).graph, CALLS["graph"]({**asked, "step": 4})),
        (net.check(), CALLS["check"](asked)),
        (net.hessian(), CALLS["hessian"](asked)),
        (net.derivation("W"), CALLS["derivation"]({**asked, "of": "W"})),
        (net.compare("W", "W"), CALLS["compare"]({**asked, "of": "W", "answer": "W"})),
        (net.paths("W[0,0]"), CALLS["paths"]({**asked, "of": "W[0,0]"})),
        (net.cost(), CALLS["cost"](asked)),
    ]
    for mine, answered in pairs:
        np.testing.assert_equal(plain(mine), answered)
        assert dataclasses.is_dataclass(mine)
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(mine, dataclasses.fields(mine)[0].name, None)


def test_a_gradient_is_the_partial_by_one_name() -> None:
    net = Network(LINE)
    assert net.gradient("w", "matrix").text == "2*(w*x - 3)*x"
    with pytest.raises(RequestError, match="v"):
        net.gradient("v")


def test_a_vector_of_arrays_is_multiplied() -> None:
    found = Network(LAYER).hessian(vector={"W": np.array([[1.0], [0.0]])})
    whole = Network(LAYER).hessian().hessian
    assert found.product is not None
    assert whole is not None
    np.testing.assert_allclose(found.product["W"], whole["W"]["W"][:, :, 0, 0])


def test_a_training_is_looped_over() -> None:
    training = Network(LINE).train(steps=4, rate=0.1, w=1.0, names=["w"])
    assert training.start.rate == 0.1
    assert training.summary is None
    steps = list(training)
    assert [each.step for each in steps] == [0, 1, 2, 3, 4]
    assert float(steps[0].parameters["w"]) == 1.0
    assert training.summary is not None
    assert training.summary.steps == 4
    data = {"x": np.array([1.0, 2.0, 3.0])}
    assert Network(LINE).train(steps=1, data=data).start.examples.count == 3
    with pytest.raises(TypeError, match="speed"):
        Network(LINE).train(steps=1, speed=3)


def test_values_at_fault_are_said_by_their_names() -> None:
    net = Network(LINE)
    with pytest.raises(ValuesError) as refused:
        net.evaluate(w=np.zeros(3))
    assert refused.value.faults[0].pointer == "/values/w"
    with pytest.raises(ValuesError, match="v"):
        net.evaluate(v=1)
    assert float(net.evaluate().loss.value) == 4.0


def test_a_text_at_fault_is_shown_with_a_mark() -> None:
    with pytest.raises(DefinitionError) as refused:
        Network("param w = 1\nL = w*v")
    (note,) = refused.value.__notes__
    assert "L = w*v" in note
    assert "^" in note


def test_a_file_is_read_and_a_drawing_saved(tmp_path: Path) -> None:
    (tmp_path / "net.nn").write_text(LINE, encoding="utf-8")
    drawing = backstep.read(tmp_path / "net.nn").graph()
    drawing.save(tmp_path / "net.svg")
    assert (tmp_path / "net.svg").read_text(encoding="utf-8") == drawing.svg
    with pytest.raises(ValueError, match=r"\.svg"):
        drawing.save(tmp_path / "net.pdf")


def test_the_package_alone_imports_nothing_heavy_and_the_face_no_web() -> None:
    script = (
        "import sys, backstep\n"
        "heavy = {'numpy', 'sympy', 'fastapi', 'pydantic', 'uvicorn', 'wasmtime'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "backstep.Network('param w = 1\\nL = w^2').evaluate()\n"
        "web = {'fastapi', 'starlette', 'pydantic', 'uvicorn', 'app'}\n"
        "assert not web & set(sys.modules), web & set(sys.modules)\n"
        "assert not hasattr(backstep, 'Nothing')\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
