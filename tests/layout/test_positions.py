"""The layout: nothing overlaps or is run through; the same every time; done in time."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from backstep.layout import graphviz_wasm, positions
from backstep.layout.positions import Box, place
from backstep.limits import LIMITS
from tests.layout.geometry import flaws, sampled
from tests.layout.graphs import GRAPHS, graph, network, odd, scattered, skips, toy_neuron


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("name", GRAPHS)
def test_nothing_overlaps_and_nothing_is_run_through(
    name: str, direction: positions.Direction
) -> None:
    boxes, links = GRAPHS[name]()
    placed = place(boxes, links, direction)
    assert placed.engine == "graphviz"
    assert flaws(boxes, links, placed, direction) == []


@pytest.mark.parametrize("seed", range(30))
def test_odd_sizes(seed: int) -> None:
    boxes, links = odd(seed)
    direction: positions.Direction = "TB" if seed % 3 == 0 else "LR"
    assert flaws(boxes, links, place(boxes, links, direction), direction) == []


@pytest.mark.slow
def test_as_large_as_is_drawn() -> None:
    boxes, links = scattered(LIMITS.drawn_nodes, 1)
    assert flaws(boxes, links, place(boxes, links)) == []


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("seed", range(100, 300))
def test_many_odd_sizes(seed: int, direction: positions.Direction) -> None:
    for boxes, links in (odd(seed), scattered(5 + seed % 56, seed)):
        assert flaws(boxes, links, place(boxes, links, direction), direction) == []


class TestTheLook:
    """What a reader sees at once."""

    def test_the_toy_neuron_fits_beside_its_definition(self) -> None:
        placed = place(*toy_neuron())
        assert placed.width <= 1000
        assert placed.height <= 320

    def test_the_loss_is_last_and_leaves_are_near_their_use(self) -> None:
        boxes, links = toy_neuron()
        x = {name: spot.x for name, spot in place(boxes, links).boxes.items()}
        assert max(x, key=x.__getitem__) == "L"
        for leaf, use in (("b", "z"), ("y", "u−y"), ("λ", "λ·r")):
            between = {name for name in x if x[leaf] + 60 < x[name] < x[use] - 60}
            assert between == set(), leaf

    def test_the_spine_is_straight(self) -> None:
        placed = place(*toy_neuron())
        for link in ("e4", "e7", "e8", "e12"):  # z → u, u−y → ( )² → l → L
            heights = {round(y, 1) for _, y in placed.links[link].points}
            assert max(heights) - min(heights) < 1, link

    def test_what_is_defined_first_stands_higher(self) -> None:
        boxes, links = toy_neuron()
        spots = place(boxes, links).boxes
        assert spots["x"].y < spots["w"].y
        top = place(boxes, links, "TB").boxes
        assert top["x"].x < top["w"].x

    def test_boxes_alike_stand_in_the_order_of_definition(self) -> None:
        names = [f"w{at}" for at in range(5)]
        for order in (names, names[::-1], [*names[2:], *names[:2]]):
            boxes, links = graph(
                [("h", "box"), *((name, "box") for name in names), ("g", "box"), ("L", "box")],
                [(name, use, f"∂{name}") for name in order for use in ("h", "g")]
                + [("h", "L", "1"), ("g", "L", "1")],
            )
            placed = place(boxes, links)
            heights = [placed.boxes[name].y for name in names]
            assert heights == sorted(heights)
            assert flaws(boxes, links, placed) == []

    def test_a_long_link_runs_level(self) -> None:
        boxes, links = skips(10)
        route = place(boxes, links).links["e9"]
        heights = [y for x, y in sampled(route.path) if 250 < x < 800]
        assert max(heights) - min(heights) < 3

    def test_from_the_top(self) -> None:
        boxes, links = toy_neuron()
        placed = place(boxes, links, "TB")
        assert placed.height > placed.width
        for link in links:
            assert placed.boxes[link.tail].y < placed.boxes[link.head].y
            at = placed.links[link.id].label
            assert at is not None
            near = min(x for x, y in sampled(placed.links[link.id].path) if abs(y - at[1]) < 8)
            assert at[0] > near, "labels stand to the right"

    def test_from_the_top_it_is_the_narrowest_of_a_few(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What fits a phone: never wider than the one way, and narrower where leaves move."""
        drawn = {name: place(*GRAPHS[name](), "TB") for name in GRAPHS}
        monkeypatch.setattr(positions, "narrower", lambda *_: [])
        positions._placed_by.cache_clear()
        first = {name: place(*GRAPHS[name](), "TB") for name in GRAPHS}
        positions._placed_by.cache_clear()
        assert all(drawn[name].width <= first[name].width for name in GRAPHS)
        assert drawn["toy neuron"].width < 0.98 * first["toy neuron"].width

    def test_labels_stand_above_their_links(self) -> None:
        boxes, links = toy_neuron()
        placed = place(boxes, links)
        for link in links:
            route = placed.links[link.id]
            assert route.label is not None
            x, y = route.label
            beneath = [py for px, py in sampled(route.path) if abs(px - x) < link.label_width / 2]
            assert y + 8 < min(beneath) < y + 8 + 3


class TestSameEveryTime:
    def test_in_this_process(self) -> None:
        boxes, links = network(2, 2, 2)
        first = place(boxes, links)
        positions._placed_by.cache_clear()
        assert place(boxes, links) == first

    def test_in_another_process(self) -> None:
        program = (
            "from tests.layout.graphs import network\n"
            "from backstep.layout.positions import place\n"
            "print(place(*network(2, 2, 1)))"
        )
        root = Path(__file__).resolve().parents[2]
        printed = {
            subprocess.run(
                [sys.executable, "-c", program],
                env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
                capture_output=True,
                text=True,
                check=True,
            ).stdout.strip()
            for seed in ("1", "2")
        }
        assert printed == {str(place(*network(2, 2, 1)))}

    def test_in_many_threads(self) -> None:
        graphs = [scattered(25, seed) for seed in range(8)]
        with ThreadPoolExecutor(8) as threads:
            together = list(threads.map(lambda graph: place(*graph), graphs))
        positions._placed_by.cache_clear()
        assert together == [place(*graph) for graph in graphs]

    def test_remembered_by_structure(self, monkeypatch: pytest.MonkeyPatch) -> None:
        boxes, links = toy_neuron()
        first = place(boxes, links)

        def none(source: str, seconds: float) -> str:
            raise AssertionError("laid out again")

        monkeypatch.setattr(graphviz_wasm, "run", none)
        again = place(
            [replace(box, id=f"other {box.id}") for box in boxes],
            [
                replace(link, id=link.id, tail=f"other {link.tail}", head=f"other {link.head}")
                for link in links
            ],
        )
        assert again.links == first.links
        assert list(again.boxes.values()) == list(first.boxes.values())
        with pytest.raises(AssertionError, match="laid out again"):
            place([*boxes, Box("one more", 10, 10)], links)

    def test_what_is_handed_out_is_ones_own(self) -> None:
        boxes, links = toy_neuron()
        place(boxes, links).boxes.clear()
        assert len(place(boxes, links).boxes) == len(boxes)
