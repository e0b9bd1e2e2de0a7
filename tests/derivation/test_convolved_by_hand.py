"""A convolution that a text writes out in parts: whatever part has a name keeps its partial."""

from __future__ import annotations

import pytest

from tests.asking import CALLS
from tests.binding.reading import array, read_back

GIVEN = "param x[2, 6] ~ normal(0, 1)\nparam K[3, 2, 2] ~ normal(0, 1)\nparam b[3] ~ normal(0, 1)\n"
PARTS = {
    "rows": "R = reshape(move_axis(patches(x, 2), -3, -2), 5, 4)\n"
    "c = (R @ reshape(K, 3, 4).T + b).T\nL = sum(tanh(c)^2)",
    "sums": "S = reshape(move_axis(patches(x, 2), -3, -2), 5, 4) @ reshape(K, 3, 4).T\n"
    "c = (S + b).T\nL = sum(tanh(c)^2)",
    "columns": "W = reshape(K, 3, 4)\n"
    "c = (reshape(move_axis(patches(x, 2), -3, -2), 5, 4) @ W.T + b).T\nL = sum(tanh(c)^2)",
    "nothing": "c = (reshape(move_axis(patches(x, 2), -3, -2), 5, 4) @ reshape(K, 3, 4).T + b).T\n"
    "L = sum(tanh(c)^2)",
}
"""By what of it has a name."""
PASSED = {("nothing", "x"), ("nothing", "K"), ("rows", "K"), ("columns", "x")}
"""Where no part that has a name is on the way."""


@pytest.mark.parametrize("named", PARTS)
@pytest.mark.parametrize("form", ["matrix", "shared"])
def test_its_gradients_are_right(named: str, form: str) -> None:
    source = GIVEN + PARTS[named]
    found = CALLS["derive"]({"source": source, "form": form})
    lines = [(each["name"], each["text"]) for each in found.get("definitions", ())]
    lines += [(f"g_{name}", formula["text"]) for name, formula in found["gradients"].items()]
    read = read_back(source, lines)
    for name, right in CALLS["evaluate"]({"source": source})["gradients"].items():
        assert read[f"g_{name}"] == pytest.approx(array(right), rel=1e-9), name


@pytest.mark.parametrize("named", PARTS)
def test_its_lines_are_right(named: str) -> None:
    source = GIVEN + PARTS[named]
    for of in ("x", "K", "b"):
        found = CALLS["derivation"]({"source": source, "of": of})
        assert ("convolution: " in found["text"]) == ((named, of) in PASSED)
        request = {"source": source, "of": of, "answer": found["conclusion"]["text"]}
        assert CALLS["compare"](request)["equal"] is True
        for line in found["lines"]:
            if line["text"].startswith(f"∂L/∂{of} = "):
                request["answer"] = line["text"]
                assert CALLS["compare"](request)["equal"] is True, line["text"]


@pytest.mark.parametrize("named", PARTS)
@pytest.mark.parametrize("zoom", ["block", "tensor"])
def test_its_walk_adds_up(named: str, zoom: str) -> None:
    source = GIVEN + PARTS[named]
    right = CALLS["evaluate"]({"source": source})["partials"]
    steps = CALLS["steps"]({"source": source, "zoom": zoom})["steps"]
    seen = set()
    for step in steps:
        if step["phase"] == "backward" and step["name"] in right:
            assert array(step["partial"]) == pytest.approx(array(right[step["name"]]), rel=1e-9)
            total = sum(array(each["value"]) for each in step["contributions"])
            if step["contributions"]:
                assert total == pytest.approx(array(right[step["name"]]), rel=1e-9)
            seen.add(step["name"])
    assert {"x", "K", "b", "c"} <= seen
