"""How Graphviz is run: what it refuses, its time and its cache, the machine's own, its source."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from backstep import clock
from backstep.errors import Diagnostic, TimeUp, Unavailable
from backstep.layout import graphviz_columns, graphviz_wasm, positions
from backstep.layout.columns import Block, Thread
from backstep.layout.positions import Box, EdgeRequest, Layout, place
from backstep.limits import LIMITS
from tests.layout.geometry import flaws
from tests.layout.graphs import GRAPHS, scattered, toy_neuron


def arranged(
    boxes: Sequence[Box], links: Sequence[EdgeRequest], system: bool = False
) -> tuple[list[Block], list[Thread]]:
    """What Graphviz alone decides."""
    at = {box.id: index for index, box in enumerate(boxes)}
    sizes = tuple((box.width, box.height, box.circle) for box in boxes)
    ends = tuple((at[link.tail], at[link.head], 0.0, 0.0) for link in links)
    return graphviz_columns.Arrangement(sizes, ends, True, system).blocks_and_threads()


class TestRefusals:
    def test_nothing(self) -> None:
        assert place((), ()) == Layout(0, 0, {}, {})

    @pytest.mark.parametrize(
        ("links", "words"),
        [
            ([EdgeRequest("1", "a", "b"), EdgeRequest("2", "b", "a")], "circle"),
            ([EdgeRequest("1", "a", "a")], "circle"),
            ([EdgeRequest("1", "a", "c")], "'c', which is no box"),
            ([EdgeRequest("1", "a", "b"), EdgeRequest("1", "a", "b")], "share an id"),
        ],
    )
    def test_links_that_make_no_sense(self, links: list[EdgeRequest], words: str) -> None:
        with pytest.raises(ValueError, match=words):
            place([Box("a", 10, 10), Box("b", 10, 10)], links)

    def test_out_of_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(graphviz_columns, "LIMITS", replace(LIMITS, layout_seconds=0.2))
        started = time.process_time()
        with pytest.raises(TimeUp) as caught:
            arranged(*scattered(600, 1))
        assert time.process_time() - started < 2
        assert caught.value.faults[0].code == "layout_time"
        assert "0.2 s" in caught.value.faults[0].message
        # What is laid out meanwhile or afterwards is not stopped with it.
        monkeypatch.setattr(graphviz_columns, "LIMITS", LIMITS)
        assert arranged(*toy_neuron())

    @pytest.mark.parametrize("fault", [TimeUp, Unavailable])
    def test_a_layout_cut_short_is_not_kept(
        self, monkeypatch: pytest.MonkeyPatch, fault: type[TimeUp | Unavailable]
    ) -> None:
        def cut(*given: object) -> object:
            raise fault(Diagnostic("cut", "cut"))

        graph = toy_neuron()
        with monkeypatch.context() as busy, clock.shortening() as shortened:
            busy.setattr(positions, "Arrangement", cut)
            assert place(*graph).engine == "layered"
            assert shortened()
        with clock.shortening() as shortened:
            assert place(*graph).engine == "graphviz"
            assert not shortened()

    def test_a_stopped_layout_stops_no_other(self) -> None:
        slow, quick = layout_source(500), "digraph { a -> b }"
        with ThreadPoolExecutor(4) as threads:
            stopped = [threads.submit(graphviz_wasm.run, slow, 0.3) for _ in range(3)]
            while not all(future.done() for future in stopped):
                assert '"rank"' not in graphviz_wasm.run(quick, 5)
            for future in stopped:
                with pytest.raises(TimeoutError):
                    future.result()

    def test_its_clock_stands_still_while_the_processor_does_something_else(self) -> None:
        graphviz_wasm.ready()
        machine, ticks = copy(graphviz_wasm._machine()), []
        machine.engine = SimpleNamespace(increment_epoch=lambda: ticks.append(1))  # type: ignore[assignment]
        machine._tick()
        ticks.clear()
        time.sleep(3 * graphviz_wasm._TICK)
        machine._tick()
        assert ticks == []
        until = time.process_time() + graphviz_wasm._TICK
        while time.process_time() < until:
            pass
        machine._tick()
        assert ticks == [1]

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

    @pytest.mark.slow
    def test_no_room_in_memory_to_cache(self, tmp_path: Path) -> None:
        """Where no cache folder can be made, the module is compiled and all is well."""
        file = tmp_path / "file"
        file.write_text("not a folder")
        program = (
            "from backstep.layout.positions import Box, place; print(place([Box('a', 5, 4)], []))"
        )
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
        self.program(monkeypatch, tmp_path, "import time; time.sleep(1000)")
        monkeypatch.setattr(graphviz_columns, "LIMITS", replace(LIMITS, layout_seconds=0.2))
        with pytest.raises(TimeUp):
            arranged(*toy_neuron(), system=True)

    def test_a_dot_is_ended_by_its_processor_time(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        self.program(monkeypatch, tmp_path, "while True: pass")
        monkeypatch.setattr(graphviz_columns, "_HANGING", 1000)
        monkeypatch.setattr(graphviz_columns, "LIMITS", replace(LIMITS, layout_seconds=0.2))
        with pytest.raises(TimeUp):
            arranged(*toy_neuron(), system=True)

    def test_a_dot_that_fails(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self.program(monkeypatch, tmp_path, "import sys; sys.exit(3)")
        with pytest.raises(Unavailable):
            arranged(*toy_neuron(), system=True)
        assert place(*toy_neuron()).engine == "layered"


def layout_source(count: int) -> str:
    """A graph that `dot` needs long for."""
    _, links = scattered(count, 3)
    return f"digraph {{ {'; '.join(f'{link.tail} -> {link.head}' for link in links)} }}"
