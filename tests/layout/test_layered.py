"""The layout that stands in for Graphviz: as free of flaws, in bounded time, when it should."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from backstep.errors import Diagnostic, TimeUp
from backstep.layout import graphviz_columns, graphviz_wasm, layered, positions
from backstep.layout.positions import Box, EdgeRequest, Layout, place
from tests.layout.geometry import flaws, sampled
from tests.layout.graphs import (
    GRAPHS,
    Graph,
    chain,
    dense,
    fan,
    network,
    odd,
    parallel,
    recurrent,
    scattered,
    skips,
    tangle,
    toy_neuron,
)

LARGER: dict[str, Callable[[], Graph]] = {
    "a chain": lambda: chain(40),
    "a chain and a leaf": lambda: chain(30, 1),
    "a chain and two leaves": lambda: chain(60, 2),
    "a recurrent layer": lambda: recurrent(10, 2),
    "a wider recurrent layer": lambda: recurrent(12, 3),
    "a sum of 60": lambda: fan(60),
    "40 parallel": lambda: parallel(40),
    "dense 8-8-8": lambda: dense(8, 8, 8),
    "4-8-4": lambda: network(4, 8, 4),
    "a skip of 60": lambda: skips(60),
    "a tangle": lambda: tangle(40, 80, 1),
    "a tangle without labels": lambda: tangle(40, 80, 2, ""),
    "150 scattered": lambda: scattered(150, 1),
}


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Layout]:
    """`place` without Graphviz, whatever the size."""
    monkeypatch.setattr(positions, "_FOR_GRAPHVIZ", 0)

    def placed(graph: Graph, direction: positions.Direction = "LR") -> Layout:
        found = place(*graph, direction)
        assert found.engine == "layered"
        return found

    return placed


Place = Callable[..., Layout]


DEAR = ("a chain and two leaves", "a wider recurrent layer", "150 scattered")


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(each, marks=pytest.mark.slow if each in DEAR else ())
        for each in (*GRAPHS, *LARGER)
    ],
)
def test_nothing_overlaps_and_nothing_is_run_through(
    name: str, direction: positions.Direction, ours: Place
) -> None:
    graph = (GRAPHS | LARGER)[name]()
    assert flaws(*graph, ours(graph, direction), direction) == []


@pytest.mark.parametrize("seed", range(30))
def test_odd_sizes(seed: int, ours: Place) -> None:
    graph = odd(seed)
    direction: positions.Direction = "TB" if seed % 3 == 0 else "LR"
    assert flaws(*graph, ours(graph, direction), direction) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["300 scattered", "a large tangle", "6-12-6"])
def test_large_ones(name: str, ours: Place) -> None:
    graph = {
        "300 scattered": lambda: scattered(300, 1),
        "a large tangle": lambda: tangle(200, 350, 1),
        "6-12-6": lambda: network(6, 12, 6),
    }[name]()
    assert flaws(*graph, ours(graph)) == []


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("count", [500, 1000])
def test_larger_than_is_drawn(count: int, direction: positions.Direction, ours: Place) -> None:
    for graph in (scattered(count, count), tangle(count, count * 3 // 2, count)):
        assert flaws(*graph, ours(graph, direction), direction) == []


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("seed", range(100, 300))
def test_many_odd_sizes(seed: int, direction: positions.Direction, ours: Place) -> None:
    for graph in (odd(seed), scattered(5 + seed % 56, seed)):
        assert flaws(*graph, ours(graph, direction), direction) == []


class TestOutside:
    """Links run above and below everything where there would be too many passages."""

    @pytest.fixture(autouse=True)
    def few_passages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(layered, "_PASSAGES", 5)
        monkeypatch.setattr(layered, "_PASSAGES_EACH", 0)

    @pytest.mark.parametrize("direction", ["LR", "TB"])
    @pytest.mark.parametrize("name", [*GRAPHS, "a chain and a leaf", "a recurrent layer"])
    def test_nothing_is_run_through(
        self, name: str, direction: positions.Direction, ours: Place
    ) -> None:
        graph = (GRAPHS | LARGER)[name]()
        assert flaws(*graph, ours(graph, direction), direction) == []

    @pytest.mark.parametrize("seed", range(30))
    def test_odd_sizes(self, seed: int, ours: Place) -> None:
        graph = odd(seed)
        direction: positions.Direction = "LR" if seed % 3 == 0 else "TB"
        assert flaws(*graph, ours(graph, direction), direction) == []

    def test_they_do(self, ours: Place) -> None:
        boxes, links = skips(12)
        placed = ours((boxes, links))
        route = placed.links[next(link.id for link in links if link.label_width > 80)]
        heights = {round(y) for x, y in sampled(route.path) if 400 < x < 900}
        edges = [edge for at in placed.boxes.values() for edge in (at.y - 33, at.y + 33)]
        assert len(heights) == 1
        assert not min(edges) - 5 < heights.pop() < max(edges) + 5


class TestTheLook:
    """What a reader sees at once."""

    def test_the_spine_is_straight(self, ours: Place) -> None:
        placed = ours(toy_neuron())
        for link in ("e4", "e7", "e8", "e12"):  # z → u, u−y → ( )² → l → L
            heights = {round(y, 1) for _, y in placed.links[link].points}
            assert max(heights) - min(heights) < 1, link

    def test_leaves_are_near_their_use(self, ours: Place) -> None:
        x = {name: spot.x for name, spot in ours(toy_neuron()).boxes.items()}
        assert max(x, key=x.__getitem__) == "L"
        for leaf, use in (("b", "z"), ("y", "u−y"), ("λ", "λ·r")):
            between = {name for name in x if x[leaf] + 60 < x[name] < x[use] - 60}
            assert between == set(), leaf

    def test_a_leaf_that_is_read_often_takes_one_line(self, ours: Place) -> None:
        """120 links of up to 240 columns: two level lines, and a chain as straight."""
        boxes, links = chain(120, 2)
        placed = ours((boxes, links))
        assert placed.height < 300
        for leaf in ("a0", "a1"):
            lanes = {
                round(y)
                for link in links
                if link.tail == leaf and link.head == "h120"
                for x, y in sampled(placed.links[link.id].path, 5)
                if 1000 < x < placed.width - 500
            }
            assert len(lanes) == 1
        assert len({placed.boxes[f"h{at}"].y for at in range(2, 121, 2)}) == 1

    def test_a_recurrent_layer_stays_level(self, ours: Place) -> None:
        spots = ours(recurrent(12, 2)).boxes
        for row in (0, 1):
            heights = [spots[f"z{step}.{row}"].y for step in range(1, 10)]
            assert max(heights) - min(heights) < 40

    def test_not_much_taller_than_graphviz(
        self, ours: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for graph in (network(3, 4, 3), scattered(60, 60), dense(3, 4, 3)):
            height = ours(graph).height
            positions._placed_by.cache_clear()
            with monkeypatch.context() as graphviz:
                graphviz.setattr(positions, "_FOR_GRAPHVIZ", 10_000)
                assert height < 1.3 * place(*graph).height


class TestSameEveryTime:
    def test_in_this_process(self, ours: Place) -> None:
        graph = scattered(60, 2)
        first = ours(graph)
        positions._placed_by.cache_clear()
        assert ours(graph) == first

    def test_whatever_the_names(self, ours: Place) -> None:
        boxes, links = recurrent(4, 2)
        name = {box.id: f"{len(boxes) - at}" for at, box in enumerate(boxes)}
        other = (
            [Box(name[box.id], box.width, box.height, box.circle) for box in boxes],
            [
                EdgeRequest(f"-{link.id}", name[link.tail], name[link.head], link.label_width, 16)
                for link in links
            ],
        )
        first, second = ours((boxes, links)), ours(other)
        assert list(first.boxes.values()) == list(second.boxes.values())
        assert list(first.links.values()) == list(second.links.values())


class TestTheSwitch:
    def test_a_small_graph_is_graphvizs(self) -> None:
        assert place(*toy_neuron()).engine == "graphviz"
        assert Layout(0, 0, {}, {}).engine == "graphviz"

    def test_out_of_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = []

        def slow(self: graphviz_columns.Arrangement) -> None:
            asked.append(self)
            raise TimeUp(Diagnostic("layout_time", "too late"))

        monkeypatch.setattr(graphviz_columns.Arrangement, "blocks_and_threads", slow)
        graph = scattered(30, 1)
        placed = place(*graph)
        assert asked
        assert placed.engine == "layered"
        assert flaws(*graph, placed) == []
        # It is no answer for good: Graphviz is asked again.
        place(*graph)
        assert len(asked) == 2

    def test_a_failure(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(source: str, seconds: float) -> str:
            raise graphviz_wasm.GraphvizFailed("out of memory")

        monkeypatch.setattr(graphviz_wasm, "run", fail)
        assert place(*toy_neuron()).engine == "layered"

    def test_another_mistake_is_not_hidden(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def wrong(source: str, seconds: float) -> str:
            return "no JSON"

        monkeypatch.setattr(graphviz_wasm, "run", wrong)
        with pytest.raises(ValueError):
            place(*toy_neuron())

    @pytest.mark.parametrize("name", ["a chain and two leaves", "500 scattered"])
    def test_graphviz_is_not_asked_what_would_take_it_long(
        self, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def run(source: str, seconds: float) -> str:
            raise AssertionError("asked")

        monkeypatch.setattr(graphviz_wasm, "run", run)
        graph = chain(120, 2) if name == "a chain and two leaves" else scattered(500, 1)
        assert place(*graph).engine == "layered"
        with pytest.raises(AssertionError, match="asked"):
            place(*scattered(100, 1))


@pytest.mark.slow
class TestTime:
    """In processor time and with room for a slow machine; nothing may grow with the square."""

    @pytest.mark.parametrize(
        ("seconds", "name"),
        [
            (1.0, "120 steps and two leaves"),
            (3.0, "1000 scattered"),
            (4.0, "1000 steps and two leaves"),
            (3.0, "300 parallel"),
            (3.0, "a sum of 1000"),
        ],
    )
    def test_it_is_bounded(self, seconds: float, name: str, ours: Place) -> None:
        graph = {
            "120 steps and two leaves": lambda: chain(120, 2),
            "1000 scattered": lambda: scattered(1000, 1),
            "1000 steps and two leaves": lambda: chain(1000, 2),
            "300 parallel": lambda: parallel(300),
            "a sum of 1000": lambda: fan(1000),
        }[name]()
        started = time.process_time()
        ours(graph)
        assert time.process_time() - started < seconds

    @pytest.mark.slow
    def test_five_thousand(self, ours: Place) -> None:
        graph = scattered(5000, 1)
        started = time.process_time()
        ours(graph)
        assert time.process_time() - started < 15
