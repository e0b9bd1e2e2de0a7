"""What is said of a node where it stands: in the drawing, in its step, in the list of warnings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import CALLS

SAID = [
    ("param x = 0\nL = relu(x)", "L", "relu has a kink at 0; its partial there is 0"),
    ("param v = [1, 1, 0]\nm = max(v)\nL = m^2", "m", "several elements are the extreme"),
    ("param x = 3\nu = step(x)\nL = (u - 1)^2", "u", "cannot train through it"),
    ("param x = 0\nu = sign(x)\nL = (u - 1)^2", "u", "cannot train through it"),
    ("param x = -1\nu = log(x)\nL = u^2", "u", "NaN is born here"),
    ("param x = [1, 2, 3]\ntarget y = [[1], [2], [3]]\nL = mse(x, y)", "L", "3×1"),
]


def nodes(source: str, **more: Any) -> dict[str, str | None]:
    drawn = CALLS["graph"]({"source": source, "zoom": "block", **more})
    return {node["name"]: node["remark"] for node in drawn["nodes"]}


@pytest.mark.parametrize(("source", "name", "words"), SAID)
def test_it_is_said_at_its_node_and_at_its_step(source: str, name: str, words: str) -> None:
    assert words in (nodes(source)[name] or "")
    assert all(said is None for each, said in nodes(source).items() if each not in (name, "x"))
    walk = CALLS["steps"]({"source": source, "zoom": "block"})
    assert any(words in (s["remark"] or "") for s in walk["steps"] if s["name"] == name)
    drawn = CALLS["analyze"]({"source": source, "zoom": "block", "parts": ["drawing"]})
    svg = drawn["drawing"]["svg"]
    assert "remark is-said" in svg
    assert words.split(";")[0] in svg
    assert any(
        words in w["message"] for w in CALLS["evaluate"]({"source": source})["warnings"]
    ) or ("born" in words)


def test_of_a_partial_nothing_is_said_before_its_step() -> None:
    assert nodes(SAID[0][0], step=2)["L"] is None


def test_units_without_a_slope_are_named_even_where_the_answer_is_right() -> None:
    source = "input x = 1\nparam b = -0.5\nu = step(x + b)\nL = (u - 1)^2"
    (warning,) = CALLS["evaluate"]({"source": source})["warnings"]
    assert (warning["code"], warning["name"]) == ("flat", "u")
    # Where nothing is learned in front of it there is nothing to be said.
    assert CALLS["evaluate"]({"source": source.replace("param", "const")})["warnings"] == []


def test_scalars_too_name_the_pass_they_are_used_in() -> None:
    source = (
        "input x[2, 2] ~ normal(0, 1)\nh = zeros(2)\n"
        "for t in range(2):\n    h = rnn_cell(x[t], h)\nL = sum(h^2)"
    )
    walk = CALLS["steps"]({"source": source, "zoom": "scalar", "fold": False})
    (weight,) = (s for s in walk["steps"] if s["name"] == "h.b[0]" and s["phase"] == "backward")
    assert [each["pass"] for each in weight["contributions"]] == ["t = 0", "t = 1"]


BIAS = (
    "input x = [[0.3, 1], [0.7, -2], [1.1, 0.6], [0.2, 0.4]]\n"
    "param W = [[0.3, 0.4], [-0.7, 0.2]]\nparam b1 = [0.1, -0.3]\n"
    "h = batch_norm(x @ W.T + b1, [1, 2], [0, 0.5])\nL = sum(tanh(h)^2)"
)


def test_zero_but_for_rounding_is_told_wherever_the_partial_stands() -> None:
    found = CALLS["evaluate"]({"source": BIAS})
    wanted = [each != 0 for each in found["partials"]["b1"]]  # what cancels may come to 0 itself
    assert found["rounding"] == {"b1": wanted}
    assert any(wanted)
    walk = CALLS["steps"]({"source": BIAS, "zoom": "tensor"})
    (step,) = (
        each for each in walk["steps"] if each["name"] == "b1" and each["phase"] == "backward"
    )
    assert step["shown"][:2] == ["0", "0"]
    assert step["rounding"] == wanted
    assert step["words"].endswith("is 0 but for rounding")
    assert "0 but for rounding" in step["remark"]
    others = [each for each in walk["steps"] if each["phase"] == "backward" and each is not step]
    assert all(each["rounding"] is None for each in others if each["name"] is not None)
    drawn = CALLS["graph"]({"source": BIAS, "zoom": "tensor"})
    (node,) = (each for each in drawn["nodes"] if each["name"] == "b1")
    assert node["rounding"] == wanted
    assert "0 but for rounding" in node["remark"]
    (edge,) = (each for each in drawn["edges"] if each["source"] == node["id"])
    assert edge["size"] == 0
    assert "10⁻¹" not in CALLS["graph"]({"source": BIAS, "format": "svg"})
