"""The layout: nothing overlaps or is run through; the same every time; done in time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import TimeUp, Unavailable
from app.limits import LIMITS
from app.render import graphviz_wasm, layout, layout_graphviz
from app.render.columns import Block, Thread
from app.render.layout import Box, Layout, Link, dot, place
from tests.render.geometry import flaws, moved, sampled
from tests.render.graphs import GRAPHS, graph, network, odd, scattered, skips, toy_neuron


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    layout._placed.cache_clear()
    yield
    layout._placed.cache_clear()


def arranged(
    boxes: Sequence[Box], links: Sequence[Link], system: bool = False
) -> tuple[list[Block], list[Thread]]:
    """What Graphviz alone decides."""
    at = {box.id: index for index, box in enumerate(boxes)}
    sizes = tuple((box.width, box.height, box.circle) for box in boxes)
    ends = tuple((at[link.tail], at[link.head], 0.0, 0.0) for link in links)
    return layout_graphviz.Arrangement(sizes, ends, True, system).blocks_and_threads()


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("name", GRAPHS)
def test_nothing_overlaps_and_nothing_is_run_through(
    name: str, direction: layout.Direction
) -> None:
    boxes, links = GRAPHS[name]()
    placed = place(boxes, links, direction)
    assert placed.engine == "graphviz"
    assert flaws(boxes, links, placed, direction) == []


@pytest.mark.parametrize("seed", range(30))
def test_odd_sizes(seed: int) -> None:
    boxes, links = odd(seed)
    direction: layout.Direction = "TB" if seed % 3 == 0 else "LR"
    assert flaws(boxes, links, place(boxes, links, direction), direction) == []


@pytest.mark.slow
def test_as_large_as_is_drawn() -> None:
    boxes, links = scattered(LIMITS.drawn_nodes, 1)
    assert flaws(boxes, links, place(boxes, links)) == []


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("seed", range(100, 300))
def test_many_odd_sizes(seed: int, direction: layout.Direction) -> None:
    for boxes, links in (odd(seed), scattered(5 + seed % 56, seed)):
        assert flaws(boxes, links, place(boxes, links, direction), direction) == []


class TestTheChecks:
    """A flaw that is planted is found."""

    def planted(self, name: str, dx: float, dy: float) -> list[str]:
        boxes, links = toy_neuron()
        placed = place(boxes, links)
        assert flaws(boxes, links, placed) == []
        routes = placed.links | {name: moved(placed.links[name], dx, dy)}
        return flaws(boxes, links, replace(placed, links=routes))

    def test_a_link_through_a_box(self) -> None:
        assert any("e13 runs through box" in flaw for flaw in self.planted("e13", 0, -50))

    def test_a_label_over_a_label(self) -> None:
        boxes, links = toy_neuron()
        placed = place(boxes, links)
        routes = placed.links | {"e4": replace(placed.links["e4"], label=placed.links["e7"].label)}
        found = flaws(boxes, links, replace(placed, links=routes))
        assert any("label e4 is over label e7" in flaw for flaw in found)
        assert any("label e4 is not beside its link" in flaw for flaw in found)

    def test_a_link_through_a_label(self) -> None:
        boxes, links = toy_neuron()
        placed = place(boxes, links)
        x, y = placed.links["e4"].label or (0, 0)
        routes = placed.links | {"e4": replace(placed.links["e4"], label=(x, y + 6))}
        found = flaws(boxes, links, replace(placed, links=routes))
        assert found == ["link e4 runs through label e4"]

    def test_a_bent_arrowhead(self) -> None:
        boxes, links = toy_neuron()
        placed = place(boxes, links)
        route = placed.links["e4"]
        x, y = route.points[-2]
        points = (*route.points[:-2], (x, y + 6), route.points[-1])
        first, *rest = (f"{x},{y}" for x, y in points)
        bent = replace(route, path=f"M{first}C{' '.join(rest)}", points=points)
        found = flaws(boxes, links, replace(placed, links=placed.links | {"e4": bent}))
        assert found == ["an arrowhead at the head of e4 would miss its box"]

    def test_a_loose_end(self) -> None:
        assert any("px away from z" in flaw for flaw in self.planted("e4", 2, 0))

    def test_a_box_over_a_box(self) -> None:
        boxes, links = toy_neuron()
        placed = place(boxes, links)
        places = placed.boxes | {"b": replace(placed.boxes["b"], y=placed.boxes["b"].y + 20)}
        found = flaws(boxes, links, replace(placed, boxes=places))
        assert found != []

    def test_a_picture_cut_off(self) -> None:
        boxes, links = toy_neuron()
        cut = replace(place(boxes, links), width=900.0)
        assert any("outside the picture" in flaw for flaw in flaws(boxes, links, cut))


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
        layout._placed.cache_clear()
        assert place(boxes, links) == first

    def test_in_another_process(self) -> None:
        program = (
            "from tests.render.graphs import network\n"
            "from app.render.layout import place\n"
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
        layout._placed.cache_clear()
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


class TestRefusals:
    def test_nothing(self) -> None:
        assert place((), ()) == Layout(0, 0, {}, {})

    @pytest.mark.parametrize(
        ("links", "words"),
        [
            ([Link("1", "a", "b"), Link("2", "b", "a")], "circle"),
            ([Link("1", "a", "a")], "circle"),
            ([Link("1", "a", "c")], "'c', which is no box"),
            ([Link("1", "a", "b"), Link("1", "a", "b")], "share an id"),
        ],
    )
    def test_links_that_make_no_sense(self, links: list[Link], words: str) -> None:
        with pytest.raises(ValueError, match=words):
            place([Box("a", 10, 10), Box("b", 10, 10)], links)

    def test_out_of_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(layout_graphviz, "LIMITS", replace(LIMITS, layout_seconds=0.2))
        started = time.monotonic()
        with pytest.raises(TimeUp) as caught:
            arranged(*scattered(600, 1))
        assert time.monotonic() - started < 2
        assert caught.value.faults[0].code == "layout_time"
        assert "0.2 s" in caught.value.faults[0].message
        # What is laid out meanwhile or afterwards is not stopped with it.
        monkeypatch.setattr(layout_graphviz, "LIMITS", LIMITS)
        assert arranged(*toy_neuron())

    def test_a_stopped_layout_stops_no_other(self) -> None:
        slow, quick = layout_source(500), "digraph { a -> b }"
        with ThreadPoolExecutor(4) as threads:
            stopped = [threads.submit(graphviz_wasm.run, slow, 0.3) for _ in range(3)]
            until = time.monotonic() + 0.6
            while time.monotonic() < until:
                assert '"rank"' not in graphviz_wasm.run(quick, 5)
            for future in stopped:
                with pytest.raises(TimeoutError):
                    future.result()

    def test_graphviz_says_why(self) -> None:
        with pytest.raises(graphviz_wasm.GraphvizFailed, match="parse"):
            graphviz_wasm.run("digraph { a -> ", 5)

    def test_a_failed_layout(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(source: str, seconds: float) -> str:
            raise graphviz_wasm.GraphvizFailed("out of memory")

        monkeypatch.setattr(graphviz_wasm, "run", fail)
        with pytest.raises(Unavailable) as caught:
            arranged(*toy_neuron())
        assert caught.value.faults[0].code == "layout_failed"
        assert caught.value.details["reason"] == "out of memory"

    def test_no_room_in_memory_to_cache(self, tmp_path: Path) -> None:
        """Where no cache folder can be made, the module is compiled and all is well."""
        file = tmp_path / "file"
        file.write_text("not a folder")
        program = "from app.render.layout import Box, place; print(place([Box('a', 5, 4)], []))"
        environment = {**os.environ, "HOME": str(file), "XDG_CACHE_HOME": str(file)}
        environment |= {"XDG_CONFIG_HOME": str(file), "PYTHONPATH": str(Path.cwd())}
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.startswith("Layout(width=5.0, height=4.0")


class TestSystemGraphviz:
    """`BACKSTEP_GRAPHVIZ=system` uses the machine's own `dot`."""

    @pytest.fixture(autouse=True)
    def system(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BACKSTEP_GRAPHVIZ", "system")

    @pytest.mark.skipif(shutil.which("dot") is None, reason="no dot on this machine")
    @pytest.mark.parametrize("name", ["toy neuron", "2-2-2", "x·x", "30 scattered"])
    def test_the_same_rules_hold(self, name: str) -> None:
        boxes, links = GRAPHS[name]()
        placed = place(boxes, links)
        assert placed.engine == "graphviz"
        assert flaws(boxes, links, placed) == []

    def test_no_dot(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(Unavailable, match="could not be laid out"):
            arranged(*toy_neuron(), system=True)

    def program(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
        file = tmp_path / "dot"
        file.write_text(f"#!{sys.executable}\n{text}")
        file.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    def test_a_dot_that_hangs(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self.program(monkeypatch, tmp_path, "import time; time.sleep(60)")
        monkeypatch.setattr(layout_graphviz, "LIMITS", replace(LIMITS, layout_seconds=0.3))
        started = time.monotonic()
        with pytest.raises(TimeUp):
            arranged(*toy_neuron(), system=True)
        assert time.monotonic() - started < 5

    def test_a_dot_that_fails(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self.program(monkeypatch, tmp_path, "import sys; sys.exit(3)")
        with pytest.raises(Unavailable):
            arranged(*toy_neuron(), system=True)
        assert place(*toy_neuron()).engine == "layered"


NASTY = ['"', "\\", "\\N", '\\"', "<b>x</b>", "<x>", "a\\", "x:y", "}", "// no", "λ", "", "a b;c"]


def test_dot_source_holds_any_name_as_text() -> None:
    boxes = [Box(f"n{at}", 10, 10, circle=5 * (at % 2)) for at in range(len(NASTY))]
    links = [Link(f"e{at}", f"n{at - 1}", f"n{at}") for at in range(1, len(NASTY))]
    source = dot(boxes, links, "TB", {box.id: name for box, name in zip(boxes, NASTY, strict=True)})
    read = json.loads(graphviz_wasm.run(source, 5))
    assert read["rankdir"] == "TB"
    labels = [node["label"].replace("\\\\", "\\") for node in read["objects"]]
    assert labels == NASTY
    assert [node["shape"] for node in read["objects"]][:2] == ["box", "circle"]
    assert [(edge["tail"], edge["head"]) for edge in read["edges"]] == [
        (at - 1, at) for at in range(1, len(NASTY))
    ]


def test_dot_source_without_names() -> None:
    source = dot([Box("x", 10, 10), Box("L", 10, 10)], [Link("e", "x", "L")])
    read = json.loads(graphviz_wasm.run(source, 5))
    assert [node["label"] for node in read["objects"]] == ["x", "L"]
    assert read["rankdir"] == "LR"


def layout_source(count: int) -> str:
    """A graph that `dot` needs long for."""
    _, links = scattered(count, 3)
    return f"digraph {{ {'; '.join(f'{link.tail} -> {link.head}' for link in links)} }}"
