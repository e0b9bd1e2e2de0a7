"""The benchmarks still run: our part, at the smallest size, without other libraries."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from backstep.binding.bind import _read, bind
from benchmarks import __main__ as bench
from benchmarks import many, pictures, plot, race, serving, timing
from benchmarks import shared_form as benchmark
from benchmarks.nets import NETS, Net

SMALLEST = benchmark.SIZES[0]


def test_every_way_of_ours_gives_each_parameter_a_partial() -> None:
    printed = benchmark.printed(SMALLEST)
    assert set(printed["gradients"]) == set("WbVc")
    definition, back = benchmark.in_tensors(SMALLEST)
    params = [leaf.node for leaf in definition.leaves if leaf.role == "param"]
    assert all(back.adjoints[node.id].shape == node.shape for node in params)
    assert sum(int(np.prod(node.shape)) for node in params) == benchmark.count(SMALLEST)


def test_element_by_element_the_gradient_is_that_of_the_tensors() -> None:
    prepared = bind(benchmark.text(SMALLEST))
    numbers = prepared.numbers()
    leaves = [leaf.node for leaf in prepared.definition.leaves if leaf.role == "param"]
    wanted = np.concatenate([numbers.partial(node).ravel() for node in leaves])
    np.testing.assert_allclose(benchmark.scalar_values(SMALLEST), wanted, rtol=1e-12)


def test_the_measurements_find_their_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times: list[float | None] = [0.5, None, 2.0, 3.0, 4.0, 5.0]
    tools = dict.fromkeys(name for pair in benchmark.COMPARED for name in pair)
    shown = benchmark.table(dict.fromkeys(tools, times))
    assert "| Backstep, scalars | 500 ms | – | 2 s |" in shown
    assert "| *Backstep, scalars / CasADi SX* | 1.00 | – |" in shown
    monkeypatch.setattr(benchmark, "HERE", tmp_path)
    (tmp_path / "RESULTS.md").write_text(
        f"# Results\n\n{benchmark.START}old{benchmark.END}\n\n## Feel\n", encoding="utf-8"
    )
    benchmark.write(f"{benchmark.START}\n{shown}\n{benchmark.END}")
    written = (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
    assert "old" not in written
    assert shown in written
    assert written.endswith("## Feel\n")


@pytest.mark.parametrize("net", NETS, ids=[net.name for net in NETS])
def test_a_compiled_network_agrees_with_numpy_by_hand(net: Net) -> None:
    calls, _ = race.contestants(net, {})
    assert set(calls) == {"Backstep", "Backstep, views", "NumPy by hand"}


def test_who_answers_otherwise_is_not_timed() -> None:
    net = NETS[0]
    loss, gradients = race.contestants(net, {})[0]["NumPy by hand"]()
    with pytest.raises(AssertionError, match="1 neuron, other: w"):
        race.agree(net, "other", (loss, {**gradients, "w": 0.1}), (loss, gradients))
    with pytest.raises(AssertionError, match="1 neuron, other"):
        race.agree(net, "other", (loss * 1.001, gradients), (loss, gradients))


def test_the_first_gradient_is_from_a_text_that_nobody_has_read() -> None:
    for _ in range(2):
        assert set(race.first_of_ours(NETS[0])) == {"w", "b"}
        assert _read.cache_info().misses == 1


def test_a_library_that_takes_too_long_is_interrupted() -> None:
    with pytest.raises(race.Tired), race.patience(1):
        while True:
            pass


STEADY = {
    "1 neuron": {
        "Backstep": 1e-6,
        "Backstep, views": 9e-7,
        "NumPy by hand": 4e-6,
        "PyTorch eager": 8e-5,
    }
}


def test_who_is_not_installed_is_named_as_left_out() -> None:
    shown = race.steady_table(STEADY, ["jax.jit"])
    assert "Left out, not installed here: jax.jit" in shown
    assert "| 1 neuron | 1 µs | 0.9 µs | 4 µs | 80 µs | 0.25 | 0.01 | 0.25 |" in shown
    first = race.first_table({"1 neuron": {"Backstep": 2e-3, "PyTorch eager": 1e-3}}, [])
    assert "| 1 neuron | 2 ms | 1 ms | 2.00 | ≤ 3 |" in first
    assert "Left out" not in first


def test_a_fall_of_a_tenth_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "KEPT", tmp_path / "kept.json")
    assert bench.remembered(STEADY, 1e-3) == []
    assert bench.remembered(STEADY, 0.95e-3) == []
    assert bench.remembered({"1 neuron": {"Backstep": 1.3e-6}}, 0.95e-3) == [
        "1 neuron takes 30 % more than at the last run"
    ]


def test_the_plot_has_a_mark_for_each_time_and_the_axis_says_what_is_equal() -> None:
    shown = plot.drawn(STEADY)
    ElementTree.fromstring(shown)
    assert shown.count("<circle") == 2 + 2
    assert "as fast" in shown
    assert "jax" not in shown


def test_turns_are_medians_and_parts_find_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[int] = []
    found = timing.in_turns({"a": lambda: called.append(1)}, rounds=3, turn=1e-4)
    assert set(found) == {"a"}
    assert len(called) > 4
    monkeypatch.setattr(timing, "RESULTS", tmp_path / "RESULTS.md")
    timing.place("old", "gradients", "Forward")
    timing.place("other", "points", "Points")
    timing.place("new", "gradients", "Forward")
    written = (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
    assert "old" not in written
    assert written.index("new") < written.index("other")


def test_points_agree_with_a_call_each_and_pictures_are_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    neuron = many.cases()[1:2]
    monkeypatch.setattr(many, "cases", lambda: neuron)
    shown = many.table(many.measure(rounds=1))
    assert "the neuron's slope, 160" in shown
    assert pictures.ours(1).startswith("<svg")


def test_answers_of_the_service_are_summed_up() -> None:
    found = serving.summary([(0.001, 200)] * 99 + [(0.05, 200), (0.9, 429)], 2.0)
    assert found == {"rate": 50.0, "median": 1.0, "p99": 50.0, "refused": 1}
    assert "/evaluate | 50 | 1.0 ms | 50.0 ms | 1 | 2,500/s, p99 < 30 ms" in serving.table(
        {"/evaluate": found}
    )
    sent = serving.request("h", "/api/v1/evaluate", {"source": "L = 1"})
    head, _, body = sent.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["--only", "AZ"]) == 2
    assert "No such part: AZ" in capsys.readouterr().err
