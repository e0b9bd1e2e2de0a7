"""The benchmark of exact gradients still runs: our part, at the smallest size, without peers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backstep.binding.bind import bind
from benchmarks import compiled as race
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
    assert set(race.contestants(net)) == {"compiled", "compiled, views", "by hand", "interpreted"}
