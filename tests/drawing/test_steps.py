"""The walk of the toy neuron: its order, its numbering, both paths to w, nothing known early."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backstep.examples import EXAMPLES
from tests.asking import CALLS

TOY = EXAMPLES[0].source
NINE = next(example.source for example in EXAMPLES if example.id == "nine-weights")


@pytest.fixture(scope="module")
def tensor() -> Any:
    return CALLS["steps"]({"source": TOY, "zoom": "tensor"})


@pytest.fixture(scope="module")
def block() -> Any:
    return CALLS["steps"]({"source": TOY, "zoom": "block"})


def at(walk: dict[str, Any], number: int) -> Any:
    step = walk["steps"][number - 1]
    assert step["step"] == number
    return step


def test_tensor_zoom_has_fourteen_steps_forward_and_thirteen_back(tensor: dict[str, Any]) -> None:
    assert (tensor["forward"], tensor["total"]) == (14, 27)
    assert [step["step"] for step in tensor["steps"]] == list(range(1, 28))
    forward = [step["name"] for step in tensor["steps"][:14]]
    assert forward[:5] == ["x", "y", "w", "b", "lambda"]
    assert forward[5:] == [None, "z", "u", None, None, "l", "r", None, "L"]


def test_the_walk_back_is_the_exact_reverse_without_constants(tensor: dict[str, Any]) -> None:
    forward = [step["node"] for step in tensor["steps"][:14] if step["kind"] != "const"]
    assert [step["node"] for step in tensor["steps"][14:]] == forward[::-1]


def test_step_22_completes_z(tensor: dict[str, Any]) -> None:
    step = at(tensor, 22)
    assert (step["phase"], step["node"], step["name"], step["line"]) == ("backward", "n6", "z", 7)
    (only,) = step["contributions"]
    assert only["use"] == "n7"
    assert only["upstream"] == pytest.approx(-0.33181222783183395, rel=1e-12)
    assert only["local"] == pytest.approx(0.22171287329310904, rel=1e-12)
    assert only["value"] == only["sum"] == step["partial"]
    assert step["partial"] == only["upstream"] * only["local"]
    assert only["rule"]["reused"] == ["u"]
    assert only["rule"]["local"] == r"u \, \left(1 - u\right)"
    assert step["words"] == "step 22 of 27: partial of L with respect to z is -0.07357"


def test_w_is_reached_by_two_paths(tensor: dict[str, Any], block: dict[str, Any]) -> None:
    for walk in (tensor, block):
        (step,) = [s for s in walk["steps"] if s["name"] == "w" and s["phase"] == "backward"]
        first, second = step["contributions"]
        assert first["value"] == pytest.approx(-0.14713408, rel=1e-6)
        assert second["value"] == pytest.approx(2 * 0.1 * 0.5, rel=1e-12)
        assert first["sum"] == first["value"]
        assert second["sum"] == pytest.approx(first["value"] + second["value"], rel=1e-12)
        assert step["partial"] == second["sum"]


def test_block_zoom_is_the_notes_graph_node_for_node(block: dict[str, Any]) -> None:
    forward = [step["name"] for step in block["steps"][: block["forward"]]]
    assert forward == ["x", "y", "w", "b", "lambda", "z", "u", "l", "r", "L"]
    graph = CALLS["graph"]({"source": TOY, "zoom": "block"})
    names = {node["id"]: node["name"] for node in graph["nodes"]}
    edges = {
        (names[edge["source"]], names[edge["target"]]): edge["local"]["text"]
        for edge in graph["edges"]
    }
    assert set(edges) == {
        ("w", "z"), ("x", "z"), ("b", "z"), ("z", "u"), ("u", "l"), ("y", "l"), ("w", "r"),
        ("l", "L"), ("lambda", "L"), ("r", "L"),
    }  # fmt: skip
    assert edges["u", "l"] == "u - y"


def test_the_walk_starts_back_at_the_loss(tensor: dict[str, Any]) -> None:
    step = at(tensor, 15)
    assert (step["name"], step["partial"], step["contributions"]) == ("L", 1.0, [])


def test_contributions_of_a_value_used_twice_by_one_operation_are_listed_apart() -> None:
    walk = CALLS["steps"]({"source": "param x = 3\nL = x*x", "zoom": "tensor"})
    step = walk["steps"][-1]
    assert [each["value"] for each in step["contributions"]] == [3.0, 3.0]
    assert [each["sum"] for each in step["contributions"]] == [3.0, 6.0]
    assert len({each["edge"] for each in step["contributions"]}) == 2


def test_tensors_meet_in_matrix_form() -> None:
    source = "input x = [1, 2]\nparam W = [[1, 2], [3, 4]]\nh = W @ x\nL = sum(h)"
    walk = CALLS["steps"]({"source": source, "zoom": "tensor"})
    (x,) = [s for s in walk["steps"] if s["name"] == "x" and s["phase"] == "backward"]
    (only,) = x["contributions"]
    assert only["local"] is None
    assert only["rule"]["local"] == r"W^{\top} \, g"
    assert x["partial"] == [4.0, 6.0]


def test_a_node_the_loss_does_not_read_says_so() -> None:
    walk = CALLS["steps"]({"source": "param a = 2\nb = a*3\nL = a^2", "zoom": "tensor"})
    (b,) = [s for s in walk["steps"] if s["name"] == "b" and s["phase"] == "backward"]
    assert b["partial"] == 0.0
    assert "does not depend on it" in b["note"]
    (a,) = [s for s in walk["steps"] if s["name"] == "a" and s["phase"] == "backward"]
    assert a["contributions"][0]["reason"] == "L does not depend on b"
    assert a["partial"] == 4.0


def test_a_class_number_has_no_partial() -> None:
    source = "target y = 1\nparam s = [1, 2, 3]\nL = cross_entropy(s, y)"
    walk = CALLS["steps"]({"source": source, "zoom": "block"})
    (y,) = [s for s in walk["steps"] if s["name"] == "y" and s["phase"] == "backward"]
    assert y["partial"] is None
    assert y["note"] == "a class number has no partial"


def test_a_flat_function_says_why_nothing_flows() -> None:
    walk = CALLS["steps"]({"source": "param x = 2\nL = sign(x)", "zoom": "tensor"})
    (only,) = walk["steps"][-1]["contributions"]
    assert only["local"] == 0.0
    assert only["value"] == 0.0
    assert "flat" in only["reason"]


def test_a_number_with_a_name_is_a_node_with_a_partial() -> None:
    answer = CALLS["evaluate"]({"source": "param x = 3\nn = 2\nL = x^n"})
    assert answer["partials"]["n"] == pytest.approx(9 * 1.0986122886681098, rel=1e-14)
    walk = CALLS["steps"]({"source": "param w = 2\nh = 1\nL = w*h", "zoom": "tensor"})
    (w,) = [s for s in walk["steps"] if s["name"] == "w" and s["phase"] == "backward"]
    assert w["contributions"][0]["rule"]["local"] == "h"


def test_values_and_partials_that_are_used_again_are_marked() -> None:
    found = CALLS["steps"]({"source": NINE, "zoom": "block"})["steps"]
    forward = {each["name"]: each["reused_by"] for each in found if each["phase"] == "forward"}
    backward = {each["name"]: each for each in found if each["phase"] == "backward"}
    # σ′ is z(1 − z), so every weight of the unit reads z again; y is read by the slope of (y − t)².
    assert "w__h_22" in forward["z_2"]
    assert "w__o_21" in forward["z_2"]
    assert "w__h_11" not in forward["z_2"]
    assert backward["y"]["serves_count"] == 9
    assert backward["z_2"]["serves"] == ["w__h_02", "w__h_12", "w__h_22"]
    assert backward["w__h_22"]["serves"] == ["w__h_22"]


def test_a_constant_has_no_partial_and_reads_nothing_again() -> None:
    source = "param theta = 0.5\nconst lambda = 2\nr = theta^2\nL = lambda*r\n"
    found = CALLS["steps"]({"source": source, "zoom": "block"})["steps"]
    forward = {each["name"]: each["reused_by"] for each in found if each["phase"] == "forward"}
    assert forward["r"] == []
    assert forward["lambda"] == ["r"]
    assert forward["theta"] == ["theta"]


def test_a_partial_that_goes_nowhere_serves_no_parameter() -> None:
    found = CALLS["steps"]({"source": "param w = 0.5\np = sign(w)\nL = p^2\n"})["steps"]
    (step,) = [each for each in found if each["phase"] == "backward" and each["name"] == "p"]
    assert step["serves"] == []
    assert step["serves_count"] == 0


def test_a_name_that_is_a_local_derivative_is_a_number_whatever_it_was_computed_by() -> None:
    source = "input x = [1, 2]\nparam w = 3\ns = 1\na = dot(x, x)\ns = a*w + s\nL = s^2"
    walk = CALLS["steps"]({"source": source, "zoom": "block"})
    (w,) = [s for s in walk["steps"] if s["name"] == "w" and s["phase"] == "backward"]
    (only,) = w["contributions"]
    assert only["rule"]["numbers"] == r"32 \cdot 5 = 160"


def test_what_is_read_off_a_tensor_is_one_number_among_the_others() -> None:
    source = "input x = [3, 2]\nparam w = 5\nL = (w - x[0])^2 / 2"
    walk = CALLS["steps"]({"source": source, "zoom": "block"})
    (w,) = [s for s in walk["steps"] if s["name"] == "w" and s["phase"] == "backward"]
    assert w["contributions"][0]["rule"]["numbers"] == r"1 \cdot \left(5 - 3\right) = 2"
    (loss,) = [s for s in walk["steps"] if s["name"] == "L" and s["phase"] == "forward"]
    assert loss["formula"]["numbers"] == r"\frac{\left(5 - 3\right)^{2}}{2}"


def equation(source: str, name: str) -> str:
    walk = CALLS["steps"]({"source": source, "zoom": "block"})
    (step,) = [s for s in walk["steps"] if s["name"] == name and s["phase"] == "backward"]
    rule: dict[str, str] = step["contributions"][0]["rule"]
    return rule["latex"].split(" = ")[1]


def test_what_tensors_send_back_is_written_as_on_paper() -> None:
    source = next(example.source for example in EXAMPLES if example.id == "softmax-layer")
    back = r"\frac{\partial J}{\partial %s}"
    upstream = back % "a"
    assert equation(source, "h") == (
        rf"a \odot \left({upstream} - \left({upstream}\right)^{{\top}} a\right)"
    )
    assert equation(source, "a") == rf"-{back % 'J'} \cdot \frac{{z}}{{a}}"
    assert equation(source, "W") == rf"{back % 'q'} \, x^{{\top}}"


def test_a_slope_that_is_no_number_is_not_written_as_one() -> None:
    walk = CALLS["steps"]({"source": "param w = -2\nL = log(w)", "zoom": "block"})
    only = walk["steps"][-1]["contributions"][0]
    assert only["rule"]["numbers"] == r"1 \cdot \mathrm{NaN} = \mathrm{NaN}"


def test_a_step_has_the_shape_of_its_numbers() -> None:
    text = "input x = [1, 2, 3]\nparam W = [[1, 2, 3], [4, 5, 6]]\nh = W @ x\nL = sum(h)"
    steps = CALLS["steps"]({"source": text, "zoom": "tensor"})["steps"]
    shapes = [tuple(step["shape"]) for step in steps]
    assert shapes == [(3,), (2, 3), (2,), (), (), (2,), (2, 3), (3,)]
    assert shapes[:4] == [np.shape(step["value"]) for step in steps[:4]]
