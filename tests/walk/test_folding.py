"""Folds: what is drawn as one opens in place and closes; what is too much to read folds itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backstep.errors import LimitError
from backstep.limits import LIMITS
from backstep.walk import walk_for
from tests.asking import CALLS

CELL = """input x[3, 2] ~ normal(0, 1)
f(a) = a*sigmoid(a)
h = zeros(4)
c = zeros(4)
for t in range(3):
    h, c = lstm_cell(x[t], h, c)
s = f(dense(h, 2)) + softmax(dense(h, 2))
L = cross_entropy(s, 1)"""

LONG = """input x = 1
param w = 0.5
h = x
for t in range({}):
    z = w*h
    h = tanh(z)
L = h^2"""


def graph(source: str, **more: Any) -> Any:
    return CALLS["graph"]({"source": source, "zoom": "block", "fold": True, **more})


def titles(drawn: dict[str, Any]) -> dict[str, str]:
    """The folds that can be opened: title by id."""
    return {n["fold"]["id"]: n["fold"]["title"] for n in drawn["nodes"] if n["fold"]}


def box(each: dict[str, Any]) -> tuple[float, float, float, float]:
    """A node's left, top, right and bottom."""
    x, y, width, height = (each[key] for key in ("x", "y", "width", "height"))
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def touches(frame: dict[str, Any], node: dict[str, Any]) -> bool:
    left, top, right, bottom = box(node)
    across = frame["x"] < right and left < frame["x"] + frame["width"]
    down = frame["y"] < bottom and top < frame["y"] + frame["height"]
    return bool(across and down)


def test_a_statement_of_several_operations_can_be_opened() -> None:
    drawn = graph(CELL)
    assert sorted(titles(drawn).values()) == ["L", "h, c", "h, c", "h, c", "s"]
    assert drawn["frames"] == []
    opening = next(n for n in drawn["nodes"] if n["name"] == "s")["fold"]
    assert (opening["kind"], opening["operations"]) == ("statement", 8)


def test_an_open_statement_shows_its_layers_as_folds_of_their_own() -> None:
    drawn = graph(CELL, open=["b11"])
    assert sorted(titles(drawn).values()) == ["L", "dense", "dense", "f", "h, c", "h, c", "h, c"]
    assert {frame["fold"] for frame in drawn["frames"]} == {"b11"}
    inner = next(n["fold"] for n in drawn["nodes"] if n["fold"] and n["fold"]["title"] == "f")
    further = graph(CELL, open=["b11", inner["id"]])
    assert {frame["title"] for frame in further["frames"]} >= {"s", "f"}
    assert "f" not in titles(further).values()
    assert len(further["nodes"]) > len(drawn["nodes"]) > len(graph(CELL)["nodes"])


def test_opening_all_of_it_draws_every_operation() -> None:
    opened: list[str] = []
    while found := titles(graph(CELL, open=opened)):
        opened.extend(found)
    ids = {node["id"] for node in graph(CELL, open=opened)["nodes"]}
    assert ids == {n["id"] for n in CALLS["graph"]({"source": CELL, "zoom": "tensor"})["nodes"]}


def test_numbers_and_walk_stay_the_same_however_it_is_folded() -> None:
    whole = {n["id"]: n for n in CALLS["graph"]({"source": CELL, "zoom": "tensor"})["nodes"]}
    for opened in ([], ["b11"], ["b3", "b4", "b15"]):
        drawn = graph(CELL, open=opened)
        for node in drawn["nodes"]:
            for key in ("value", "partial"):
                np.testing.assert_allclose(node[key], whole[node["id"]][key], rtol=1e-12)
        steps = CALLS["steps"]({"source": CELL, "zoom": "block", "open": opened})
        assert steps["forward"] == len(drawn["nodes"])
        assert drawn["total"] == steps["total"]


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_a_frame_touches_nothing_that_is_not_its_own(direction: str) -> None:
    closed = {node["id"] for node in graph(CELL)["nodes"]}
    drawn = graph(CELL, open=["b6", "b11"], direction=direction)
    frames = drawn["frames"]
    assert len([frame for frame in frames if frame["title"]]) == 2
    for node in (n for n in drawn["nodes"] if n["kind"] in ("operation", "result")):
        around = {frame["fold"] for frame in frames if touches(frame, node)}
        assert len(around) <= 1
        if node["id"] not in closed:
            assert around, node["id"]


def test_a_statement_that_is_one_layer_opens_at_once_with_its_parameters() -> None:
    source = "input x = [1, 2, 3]\nh = dense(x, 4)\nL = sum(h^2)"
    drawn = graph(source, open=["b0"])
    assert [n["sign"] for n in drawn["nodes"] if n["kind"] == "operation"] == ["@"]
    own = [n for n in drawn["nodes"] if n["name"] in ("h.W", "h.b")]
    assert all(any(touches(frame, node) for frame in drawn["frames"]) for node in own)


def test_every_name_of_a_statement_is_seen() -> None:
    names = [n["label"]["text"] for n in graph(CELL)["nodes"]]
    assert [name for name in names if name.startswith(("c", "h⁽"))] == [
        "h⁽¹⁾", "c⁽¹⁾", "c⁽²⁾", "h⁽²⁾", "c⁽³⁾", "h⁽³⁾", "c⁽⁴⁾", "h⁽⁴⁾",
    ]  # fmt: skip


def test_an_id_that_the_text_has_no_more_is_passed_over() -> None:
    assert graph(CELL, open=["b99", "nonsense"]) == graph(CELL)


def test_the_pages_picture_has_what_opens_and_what_closes() -> None:
    request = {"source": CELL, "zoom": "block", "open": ["b11"], "part": "drawing"}
    svg = CALLS["analyze_part"](request)["svg"]
    assert 'data-open="b3"' in svg
    assert 'data-close="b11"' in svg
    assert 'class="frame" data-fold="b11"' in svg
    alone = graph(CELL, open=["b11"], format="svg")
    assert "data-open" not in alone


@pytest.mark.parametrize("zoom", ["block", "tensor", "scalar"])
@pytest.mark.slow
def test_many_passes_are_drawn_as_one_each_and_very_many_as_one(zoom: str) -> None:
    drawn = graph(LONG.format(200), zoom=zoom)
    assert (drawn["zoom"], len(drawn["nodes"])) == ("block", 204)
    said = f"404 nodes at zoom '{zoom}', and past 300 nobody reads a picture"
    assert drawn["folded"] == f"{said}: each pass of a loop is one node"
    whole = graph(LONG.format(700), zoom=zoom)
    assert len(whole["nodes"]) == 5
    assert whole["folded"].endswith("each loop is one node")
    (fold,) = (n["fold"] for n in whole["nodes"] if n["fold"] and n["fold"]["kind"] == "loop")
    assert (fold["title"], fold["operations"]) == ("t = 0 … 699", 1400)


@pytest.fixture
def ten_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture of more than ten nodes counts as one that nobody reads."""
    monkeypatch.setattr(walk_for, "LIMITS", replace(LIMITS, drawn_nodes=10))


@pytest.mark.usefixtures("ten_nodes")
def test_of_few_nodes_as_many_as_can_be_read_are_not_folded() -> None:
    for passes, forward in ((3, 10), (4, 8), (6, 10), (7, 5)):
        walk = CALLS["steps"]({"source": LONG.format(passes), "zoom": "tensor", "fold": True})
        assert (walk["forward"], walk["folded"] is None) == (forward, passes == 3)


@pytest.mark.usefixtures("ten_nodes")
def test_a_short_loop_of_too_many_passes_is_one_node() -> None:
    whole = graph(LONG.format(7), zoom="tensor")
    (fold,) = (n["fold"] for n in whole["nodes"] if n["fold"] and n["fold"]["kind"] == "loop")
    assert (fold["title"], fold["operations"]) == ("t = 0 … 6", 14)


@pytest.mark.slow
def test_as_many_nodes_as_can_be_read_are_not_folded() -> None:
    for passes, folded in ((148, False), (149, True)):
        request = {"source": LONG.format(passes), "zoom": "tensor", "fold": True}
        walk = CALLS["steps"](request)
        assert (walk["folded"] is not None) == folded
        assert walk["forward"] == 4 + passes * (1 if folded else 2)


def test_what_is_opened_past_what_can_be_read_is_closed_again() -> None:
    whole = graph(LONG.format(700))
    (fold,) = (n["fold"] for n in whole["nodes"] if n["fold"] and n["fold"]["kind"] == "loop")
    assert graph(LONG.format(700), open=[fold["id"]]) == whole


@pytest.mark.slow
def test_more_is_drawn_where_it_is_asked_for() -> None:
    drawn = CALLS["graph"]({"source": LONG.format(200), "zoom": "tensor", "fold": False})
    assert (len(drawn["nodes"]), drawn["folded"]) == (404, None)
    with pytest.raises(LimitError, match="2,000 allowed"):
        CALLS["graph"]({"source": LONG.format(1000), "zoom": "tensor", "fold": False})


def test_the_partial_is_named_on_plates_of_one_number_alone() -> None:
    source = "input x = [2]\nparam w = [3]\nL = sum(w*x)"
    request = {"source": source, "zoom": "block", "part": "drawing"}
    svg = CALLS["analyze_part"](request)["svg"]
    # L alone: of x and w, tensors of one number, value and partial stand in one line.
    assert svg.count('class="caption"') == 1
