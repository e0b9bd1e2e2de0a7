"""Layouts that run on in rows: nothing meets in them, and they can be read where one row cannot."""

from __future__ import annotations

import pytest

from backstep.layout.positions import Box, EdgeRequest, place
from backstep.layout.rows import (
    CARD_WIDTH,
    LEGIBLE,
    _halves,
    _split,
    in_rows,
    scale,
    scale_in_rows,
)
from tests.layout.geometry import bezier_points, flaws, sampled
from tests.layout.graphs import Graph, graph, toy_neuron


def chain(count: int, *also: tuple[str, str, str]) -> Graph:
    """Layers h1, h2, … of a weight each, and links besides."""
    nodes = [("h0", "box")]
    links = []
    for at in range(1, count):
        nodes += [(f"w{at}", "box"), (f"h{at}", "box")]
        links += [(f"h{at - 1}", f"h{at}", "w σ′(z)"), (f"w{at}", f"h{at}", f"h{at - 1} σ′(z)")]
    return graph(nodes, [*links, *also])


def crowded() -> Graph:
    """Labels that leave a few pixels beside a box."""
    boxes = [Box(f"h{at}", 114 + at % 3 * 6, 66) for at in range(11)]
    boxes += [Box(f"w{at}", 106, 66) for at in range(1, 11)]
    links = [EdgeRequest(f"e{at}", f"h{at - 1}", f"h{at}", 70, 15, True) for at in range(1, 11)]
    links += [EdgeRequest(f"f{at}", f"w{at}", f"h{at}", 70, 15, True) for at in range(1, 11)]
    return tuple(boxes), tuple(links)


GRAPHS = {
    "crowded": crowded(),
    "one link passes": chain(12),
    "a link passes two ends": chain(16, ("h2", "h15", "skip")),
    "several pass": chain(12, ("h1", "h10", ""), ("h2", "h9", "g"), ("h4", "h11", "")),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_nothing_meets(name: str) -> None:
    boxes, links = GRAPHS[name]
    layout = place(boxes, links)
    rows = in_rows(layout)
    assert flaws(boxes, links, rows) == []
    assert scale(layout.width, layout.height) < 0.7
    assert scale(rows.width, rows.height) > 0.7


@pytest.mark.parametrize("name", GRAPHS)
def test_the_way_back_is_the_way_there(name: str) -> None:
    boxes, links = GRAPHS[name]
    for link in in_rows(place(boxes, links)).links.values():
        there, back = sampled(link.path, 1.0), sampled(link.back, 1.0)
        far = abs(there[:, None] - back[None, 20:-20]).sum(axis=2).min(axis=0)
        assert far.max(initial=0.0) < 3.0
        assert list(link.points) == bezier_points(link.path)


def test_what_fits_stays_in_one_row() -> None:
    layout = place(*toy_neuron())
    assert layout.width <= CARD_WIDTH / LEGIBLE
    assert in_rows(layout) is layout


def test_boxes_of_a_frame_stay_in_one_row() -> None:
    layout = place(*chain(12))
    apart = in_rows(layout)
    names = ("h4", "h5", "h6", "h7", "h8")
    assert len({round(apart.boxes[name].y) for name in names}) > 1
    together = in_rows(layout, [names])
    assert len({round(together.boxes[name].y) for name in names}) == 1


def test_what_cannot_be_read_in_rows_either_stays_in_one() -> None:
    layout = place(*chain(60))
    assert in_rows(layout) is layout


def test_many_links_are_no_place_to_cut() -> None:
    boxes = [Box(f"{side}{at}", 300, 60) for side in "abcdef" for at in range(6)]
    links = [
        EdgeRequest(f"{one}{at}{to}", f"{one}{at}", f"{other}{to}")
        for one, other in zip("abcde", "bcdef", strict=True)
        for at in range(6)
        for to in range(6)
    ]
    layout = place(boxes, links)
    assert scale(layout.width, layout.height) < LEGIBLE
    assert in_rows(layout) is layout


def test_a_curve_is_cut_where_it_passes() -> None:
    points = [(0.0, 0.0), (10.0, 0.0), (20.0, 30.0), (30.0, 30.0), (40, 30), (50, 0), (60, 0)]
    for cut in (5.0, 15.0, 30.0, 44.0):
        first, second = _split(points, cut)
        assert first[-1] == second[0]
        assert first[-1][0] == pytest.approx(cut, abs=1e-6)
        assert (first[0], second[-1]) == (points[0], points[-1])
        assert len(first) % 3 == len(second) % 3 == 1
    halves = _halves(((0, 0), (1, 0), (2, 0), (3, 0)), 0.5)
    assert [x for half in halves for x, _ in half] == [0, 0.5, 1, 1.5, 1.5, 2, 2.5, 3]


def test_about_how_large_it_stands() -> None:
    assert scale_in_rows(1000, 100) == 1
    assert scale_in_rows(2000, 200) > 0.95
    assert scale_in_rows(2000, 600) < 0.6
