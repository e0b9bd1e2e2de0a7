"""`/cost`: counted by hand on small networks, and against the same network number by number."""

from __future__ import annotations

import numpy as np
import pytest

from backstep.autodiff.cost import work
from backstep.binding.bind import bind
from backstep.binding.cost import CostReport, cost
from backstep.binding.scalar import scalar
from backstep.examples import EXAMPLES
from backstep.graph.order import ancestors
from backstep.ops import TABLE

SOURCES = {example.id: example.source for example in EXAMPLES}


def ask(source: str) -> CostReport:
    return cost(bind(source))


HAND = [
    # source, forward, backward, each parameter beside the forward pass
    ("param w = 2\nL = w\n", 0, 0, {"w": 0}),
    ("param w = 2\nL = 3*w + 1\n", 2, 0, {"w": 0}),
    # forward: · − ^; backward: 2·(…) once and ·x, ·1
    ("input x = 2\nparam w = 1\nparam b = 1\nL = (w*x - b)^2\n", 3, 2, {"w": 2, "b": 1}),
    # z: · +, u: σ, l: − ^ /, r: ^, L: · +; back: u·(1 − u), (u − y)·, ·x, 2·w, λ·, +
    (SOURCES["toy-neuron"], 9, 7, {"w": 7, "b": 3}),
    # W @ x: twice 3 products and 2 sums; 2 squares, 1 sum; back: 2·z, times the sum's ones, outer;
    # each of 6 weights alone: 2·z and its product with the ones, 4, and one product of the outer's
    ("input x = [1, 2, 3]\nparam W[2, 3] ~ ones\nL = sum((W @ x)^2)\n", 13, 10, {"W": 6 * 5}),
]


@pytest.mark.parametrize(("source", "forward", "backward", "alone"), HAND)
def test_as_counted_by_hand(
    source: str, forward: int, backward: int, alone: dict[str, int]
) -> None:
    found = ask(source)
    assert (found.forward, found.backward) == (forward, backward)
    assert found.together == forward + backward
    assert found.alone.gradients == alone
    assert found.alone.operations == forward + sum(alone.values())
    numbers = found.parameters
    assert found.differences.passes == 2 * numbers
    assert found.differences.operations == numbers * (2 * forward + 4)


SAME_ON_SCALARS = [
    "toy-neuron", "linear-regression", "logistic-regression", "nine-weights", "two-layers",
    "mazur", "batch-loss", "convolution", "lstm", "lstm-cell", "rnn",
]  # fmt: skip


@pytest.mark.parametrize("name", SAME_ON_SCALARS)
def test_tensors_cost_what_their_numbers_cost(name: str) -> None:
    prepared = bind(SOURCES[name])
    numbers = scalar(prepared).definition
    counted = sum(work(node) for node in ancestors([numbers.loss]))
    assert ask(SOURCES[name]).forward == counted


@pytest.mark.parametrize("name", SOURCES)
def test_sharing_never_costs_more(name: str) -> None:
    found = ask(SOURCES[name])
    assert isinstance(found.alone.operations, int)
    assert isinstance(found.nothing_kept.operations, int)
    assert found.together <= found.alone.operations
    assert found.forward <= found.nothing_kept.operations
    assert f"{found.together:,} together" in found.line


def brute(source: str) -> int:
    """The operations of the written-out loss and gradients, by walking every path back."""
    understood = bind(source).model
    adjoints = [
        understood.back.adjoints[leaf.node.id]
        for leaf in understood.definition.leaves
        if leaf.role == "param"
    ]

    def walk(node: object) -> int:
        return work(node) + sum(map(walk, node.nodes))  # type: ignore[arg-type,attr-defined]

    return sum(walk(node) for node in [understood.definition.loss, *adjoints])


@pytest.mark.parametrize("name", ["toy-neuron", "nine-weights", "micrograd", "two-layers", "mazur"])
def test_nothing_kept_is_every_formula_written_out(name: str) -> None:
    assert ask(SOURCES[name]).nothing_kept.operations == brute(SOURCES[name])


def test_a_count_past_every_number_is_said() -> None:
    source = "param x = 0.1\nh = x\nfor t in range(1200):\n    h = h*h + h\nL = h\n"
    found = ask(source).nothing_kept
    assert found.operations is None
    assert found.said.startswith("about 10^")
    assert found.ratio is None


def test_a_network_that_learns_nothing_says_so() -> None:
    found = ask("input x = 2\nL = x^2\n")
    assert found.backward == 0
    assert "nothing is learned" in found.line


def test_every_row_that_computes_says_what_it_takes() -> None:
    """A row's work, for one sample, grows with the elements and is 0 of what only moves them."""
    for name, row in TABLE.items():
        if row.leaf or not row.samples:
            continue
        free = row.operations == 0 or row.work == 0
        shapes = row.samples[0].shapes
        params = row.samples[0].params
        if callable(row.work) and shapes:
            out = row.shape_of(shapes, params)
            found = row.work(int(np.prod(out)), *shapes, **params)
            assert isinstance(found, int), name
            assert found > 0, name
        elif not row.elementwise and shapes:
            assert free or row.work, name


def test_the_cost_says_what_it_counts() -> None:
    counted = ask("param W = [1, 2]\nL = sum(W^2)\n")
    # 2 squares and a sum; back twice 2·W, and twice the sum's repeated 1.
    assert (counted.forward, counted.backward) == (3, 4)
    assert "not on the formulas" in counted.counted
    assert "each repetition is a product" in counted.counted
