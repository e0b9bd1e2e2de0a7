"""Passes as frames: what a page folds so that a drawing can be taken in, and what leaves each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from app.api import share_link
from tests.asking import CALLS

LOOP = """input x = [1, 2, 3, 4, 5, 6]
param w = 0.5
param u = -0.3
h = 0
for t in range(6):
    z = w*h + u*x[t]
    h = tanh(z)
L = h^2"""
CELL = """input x[6, 2] ~ normal(0, 1)
h = zeros(3)
c = zeros(3)
for t in range(6):
    h, c = lstm_cell(x[t], h, c)
L = sum(h^2) + sum(c)"""
FLAT = "input x[4] ~ normal(0, 1)\nh0 = x\n" + "".join(
    f"h{at + 1} = tanh(dense(h{at}, 4))\n" for at in range(20)
)


def graph(source: str, **more: Any) -> Any:
    return CALLS["graph"]({"source": source, "boxes": 40, **more})


def closed(drawn: Any) -> dict[str, str]:
    """The closed frames: id by title."""
    return {each["title"]: each["fold"] for each in drawn["frames"] if not each["open"]}


def test_a_long_loop_shows_its_first_pass_and_its_last() -> None:
    drawn = graph(LOOP)
    assert list(closed(drawn)) == ["t = 0", "t = 1 … 4", "t = 5"]
    assert [n["name"] for n in drawn["nodes"]] == ["x", "w", "u", "h", "h", "h", "h", "L"]
    assert (drawn["boxes"], drawn["folded"]) == (40, "passes of loops are folded; + opens one")


def test_three_passes_stand_side_by_side() -> None:
    assert list(closed(graph(LOOP.replace("range(6)", "range(3)")))) == ["t = 0", "t = 1", "t = 2"]


def test_a_pass_that_is_opened_parts_the_run_around_it() -> None:
    shown = closed(graph(LOOP, open=[closed(graph(LOOP))["t = 1 … 4"]]))
    assert list(shown) == [f"t = {at}" for at in range(6)]
    drawn = graph(LOOP, open=[shown["t = 3"]])
    assert list(closed(drawn)) == ["t = 0", "t = 1 … 2", "t = 4", "t = 5"]
    (own,) = [each for each in drawn["frames"] if each["open"] and each["kind"] == "pass"]
    assert (own["title"], own["opened"]) == ("t = 3", [shown["t = 3"]])
    assert "z" in [node["name"] for node in drawn["nodes"]]


def test_closing_a_loop_takes_back_all_that_was_opened_in_it() -> None:
    run = closed(graph(LOOP))["t = 1 … 4"]
    own = closed(graph(LOOP, open=[run]))["t = 2"]
    drawn = graph(LOOP, open=[run, own, "b99"])
    (loop,) = {tuple(each["opened"]) for each in drawn["frames"] if each["kind"] == "loop"}
    assert set(loop) == {run, own}


@pytest.mark.parametrize("source", [LOOP, pytest.param(CELL, marks=pytest.mark.slow)])
def test_numbers_are_the_same_however_passes_are_folded(source: str) -> None:
    whole = {n["id"]: n for n in CALLS["graph"]({"source": source, "zoom": "tensor"})["nodes"]}
    titles = closed(graph(source))
    for opened in ([], [titles["t = 1 … 4"]], [titles["t = 5"]]):
        drawn = graph(source, open=opened)
        for node in drawn["nodes"]:
            for key in ("value", "partial"):
                np.testing.assert_allclose(node[key], whole[node["id"]][key], rtol=1e-12)
        steps = CALLS["steps"]({"source": source, "zoom": "block", "boxes": 40, "open": opened})
        assert (steps["total"], steps["boxes"]) == (drawn["total"], 40)


@pytest.mark.parametrize("source", [LOOP, CELL])
def test_contributions_of_frames_add_up_to_the_partial(source: str) -> None:
    """Though what two outputs of a pass share belongs to both of them."""
    steps = CALLS["steps"]({"source": source, "zoom": "block", "boxes": 40})["steps"]
    sums = [step for step in steps if step["phase"] == "backward" and step["contributions"]]
    assert len(sums) > 3
    for step in sums:
        last = step["contributions"][-1]["sum"]
        np.testing.assert_allclose(last, step["partial"], rtol=1e-9, atol=1e-12)


def test_a_use_in_a_run_of_passes_names_the_run() -> None:
    steps = CALLS["steps"]({"source": LOOP, "zoom": "block", "boxes": 40})["steps"]
    (own,) = [step for step in steps if step["phase"] == "backward" and step["name"] == "w"]
    assert [each["pass"] for each in own["contributions"]] == ["t = 0", "t = 1 … 4", "t = 5"]


def test_only_what_leaves_a_pass_is_a_node() -> None:
    drawn = graph(CELL)
    by_pass: dict[str, list[str]] = {}
    for node in drawn["nodes"]:
        if node["fold"] and node["fold"]["kind"] in ("pass", "passes"):
            by_pass.setdefault(node["fold"]["title"], []).append(node["name"])
    assert by_pass == {"t = 0": ["c", "h"], "t = 1 … 4": ["c", "h"], "t = 5": ["c", "h"]}


ACTIVATIONS = ("tanh", "relu", "gelu", "elu", "sigmoid", "softplus", "silu", "selu", "sin", "cos")
MIXED = "input x[4] ~ normal(0, 1)\nh0 = x\n" + "".join(
    f"h{at + 1} = {name}(dense(h{at}, 4))\n" for at, name in enumerate(ACTIVATIONS)
)


def test_layers_take_their_parameters_in_where_there_would_be_too_many_boxes() -> None:
    """Layers of which no two are alike."""
    source = MIXED + "L = sum(h10^2)"
    drawn = graph(source, boxes=20)
    assert len(drawn["nodes"]) == 13
    assert drawn["folded"] == "each layer is folded, a layer's own parameters with it; + opens one"
    assert len(CALLS["graph"]({"source": source})["nodes"]) == 33
    opened = [node["fold"]["id"] for node in drawn["nodes"] if node["name"] == "h7"]
    drawn = graph(source, boxes=20, open=opened)
    opened += [
        n["fold"]["id"] for n in drawn["nodes"] if n["fold"] and n["fold"]["kind"] == "layer"
    ]
    drawn = graph(source, boxes=20, open=opened)
    assert {"h7.W", "h7.b"} <= {node["name"] for node in drawn["nodes"]}


def test_loops_fold_whole_where_their_frames_are_too_many() -> None:
    many = "".join(f"for t in range(4):\n    h = tanh(w*h)\nv{at} = h\n" for at in range(12))
    source = f"param w = 0.5\nh = 1\n{many}L = h^2"
    drawn = graph(source)
    assert len(drawn["nodes"]) <= 40
    loop = closed(drawn)["t = 0 … 3"]
    inside = closed(graph(source, open=[loop]))
    assert {"t = 0", "t = 1 … 2", "t = 3"} <= set(inside)


def test_a_small_network_is_drawn_as_it_was() -> None:
    source = "input x = 2\nparam w = 0.5\nz = w*x\nL = z^2"
    assert graph(source) == CALLS["graph"]({"source": source})
    assert graph(source)["boxes"] is None


def test_a_link_says_for_how_many_boxes_its_step_is() -> None:
    """An older link's step is of the drawing that is not folded."""

    def boxes(**state: Any) -> Any:
        return share_link.decode(share_link.encode({"source": LOOP, **state})).get("boxes")

    assert boxes() == 40
    assert boxes(values={"w": 1}) == 40
    assert boxes(step=7) is None
    assert boxes(open=["b2"]) is None
    assert boxes(step=7, boxes=12) == 12


def test_many_layers_in_one_frame_are_no_product_to_write_out() -> None:
    layers = "input x[4] ~ normal(0, 1)\nh = x\nfor k in range(12):\n    h = tanh(dense(h, 4))\n"
    drawn = graph(layers + "L = sum(h^2)")
    assert list(closed(drawn)) == ["k = 0", "k = 1 … 10", "k = 11"]
    whole = CALLS["graph"]({"source": layers + "L = sum(h^2)", "zoom": "tensor"})
    partials = {node["id"]: node["partial"] for node in whole["nodes"]}
    for node in drawn["nodes"]:
        np.testing.assert_allclose(node["partial"], partials[node["id"]], rtol=1e-9)


def test_a_factor_through_a_pass_is_told_from_a_whole_partial() -> None:
    """L is what the last pass makes, and its derivative there is not that of all passes."""
    source = "param w = 0.5\ninput x = [1, 2, 3, 4]\nL = 0\nh = 1\nfor t in range(4):\n" + (
        "    h = tanh(w*h*x[t])\n    L = L + (h - x[t])^2*h*exp(h) + sin(h)\n"
    )
    steps = CALLS["steps"]({"source": source, "zoom": "block", "boxes": 40})["steps"]
    (own,) = [each for each in steps if each["name"] == "w" and each["phase"] == "backward"]
    last = own["contributions"][-1]
    assert last["pass"] == "t = 3"
    assert last["rule"]["local"].endswith(r"\right|_{\text{in t = 3}}")
    whole, product = last["rule"]["display"].split(" = ", 1)
    assert whole.count(r"\bp") == 1
    # The upstream partial alone has the colour of partials.
    assert product.count(r"\bp") == 1
    for each in own["contributions"]:
        local = each["rule"]["local"]
        assert r"\partial" not in local or f"in {each['pass']}" in local
