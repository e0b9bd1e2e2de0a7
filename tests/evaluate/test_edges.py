"""At NaN, infinities, kinks and ties, each way to compute a graph gives what the interpreter gives.

The ways are a fast program, an exact one, and many points at once, among them ordinary ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from backstep.autodiff.reverse import backward
from backstep.binding.bind import bind
from backstep.binding.compiled import Compiled
from backstep.evaluate.compiled.lift import Lifted
from backstep.evaluate.compiled.program import Program
from backstep.evaluate.numeric import compute, evaluate_graph
from backstep.graph.graph import Graph
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.ops import TABLE
from backstep.ops.row import Array
from backstep.ops.table import RUN
from backstep.simplify.rewrite import simplify
from tests.evaluate.compiled_cases import apart, plain
from tests.ops.cases import Case, build, cases

ODD = (math.nan, math.inf, -math.inf)
EDGES = (0.0, 1.0, -1.0, 0.5, 2.0, 1e300, 710.0, -745.0)
NAMES = [name for name, row in RUN.items() if row.samples]


def agree(found: Any, wanted: Any, exact: bool = False, term: float = 1.0) -> bool:
    """Bit for bit, or within 16 ulps of the largest number or `term`; NaN and infinities alike."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    if exact or not np.isfinite(wanted).all():
        finite = np.isfinite(found)
        if not np.array_equal(
            np.where(finite, 0, found), np.where(np.isfinite(wanted), 0, wanted), equal_nan=True
        ):
            return False
        if exact:
            return apart(found, wanted) == 0
        found, wanted = found[finite], wanted[finite]
    with np.errstate(all="ignore"):
        unit = np.spacing(np.max(np.abs(wanted), initial=term))
        return bool(np.max(np.abs(found - wanted), initial=0.0) <= 16 * unit)


def drawn(random: np.random.Generator, usual: Array, count: int) -> Array:
    """Points: all elements odd, all at an edge, which ties them, some of both, and usual ones."""
    whole = [*ODD, *EDGES]
    found = [np.full(usual.shape, number) for number in whole]
    while len(found) < count:
        some = random.choice(whole, usual.shape)
        found.append(np.where(random.random(usual.shape) < 0.6, some, usual))
    return np.array([*found[: count - 1], usual])


def ways(
    targets: Sequence[Node], leaves: Sequence[Node], points: dict[int, Array], count: int
) -> Iterator[tuple[str, int, Sequence[Any]]]:
    """By each way, the targets' values at each point."""
    for exact in (False, True):
        made = Program(targets, leaves, exact=exact)
        for number in range(count):
            at = [plain(points[leaf.id][number], leaf) for leaf in leaves]
            yield "exact" if exact else "fast", number, made.run(*at)
    lifted = Lifted(targets, {leaf.id for leaf in leaves}, count)
    read = [leaf for leaf in leaves if leaf.id in lifted.nodes]
    nodes = [lifted.nodes[leaf.id] for leaf in read]
    values = [plain(points[leaf.id], node) for leaf, node in zip(read, nodes, strict=True)]
    whole = Program(lifted.targets, nodes).run(*values)
    for number in range(count):
        yield "points", number, [each[number] for each in whole]


def in_a_loss(case: Case) -> tuple[list[Node], list[Node], dict[int, Array]]:
    """The sum of the case's elements and its partials, its leaves, and their usual values.

    Unlike a partial with a name, one that is 1 is left out of all products.
    """
    built, graph = build(case), Graph(TABLE)
    leaves = {
        leaf.id: graph.apply("leaf", name=leaf.params["name"], role="input", shape=leaf.shape)
        for leaf in built.leaves
    }
    operands = [leaves[each.id] if isinstance(each, Node) else each for each in built.node.inputs]
    node = graph.apply(case.name, *operands, **case.sample.params)
    loss = graph.apply("sum", node) if node.shape else node
    graph.seal(simplify)
    back = backward(loss, ancestors([loss]), TABLE)
    moved = [leaves[leaf.id] for leaf in built.leaves if not built.steady(leaf)]
    partials = [found for leaf in moved if (found := back.adjoints.get(leaf.id)) is not None]
    usual = {leaves[key].id: value for key, value in built.points.items()}
    return [loss, *partials], list(leaves.values()), usual


def _whole_numbers(loss: Node, case: Case) -> set[int]:
    """The ids of the leaves that hold class numbers."""
    places = case.sample.integer_inputs
    found = [each for each in ancestors([loss]) if places and each.op == case.name]
    return {each.nodes[place].id for each in found for place in places}


@pytest.mark.parametrize(
    ("name", "few"),
    [
        *((name, True) for name in NAMES),
        *(pytest.param(name, False, marks=pytest.mark.slow) for name in NAMES),
    ],
)
def test_a_row_in_a_loss(name: str, few: bool) -> None:
    count = 13 if few else 40
    for case in cases(name)[: 2 if few else None]:
        targets, leaves, usual = in_a_loss(case)
        random, still = np.random.default_rng(7), _whole_numbers(targets[0], case)
        points = {
            leaf.id: np.array([usual[leaf.id]] * count)
            if leaf.id in still
            else drawn(random, usual[leaf.id], count)
            for leaf in leaves
        }
        wanted, terms = [], []
        for number in range(count):
            known = {leaf.id: points[leaf.id][number] for leaf in leaves}
            compute(targets, known)
            wanted.append([np.broadcast_to(known[each.id], each.shape) for each in targets])
            summed = np.asarray(known[targets[0].nodes[0].id])
            largest = np.max(np.abs(summed), initial=1.0, where=np.isfinite(summed))
            # A cofactor sums products of as many elements as it has rows, less one.
            terms.append(min(largest, 1e100) ** 3 if name == "cofactors" else largest)
        for way, number, values in ways(targets, leaves, points, count):
            for found, right in zip(values, wanted[number], strict=True):
                at = [points[leaf.id][number].tolist() for leaf in leaves]
                same = agree(found, right, way == "exact", terms[number])
                assert same, (case.id, way, at, found, right)


HEAD = """
param x = 0.3
param y = 0.7
param v = [0.1, 0.2, 0.3]
param u = [0.5, 0.2, 0.9]
param A = [[1, 2, 3], [4, 5, 6]]
"""
EXPONENTS = ("0.5", "1.5", "-0.5", "(1/3)", "-1", "3", "0", "y")
TEXTS = (
    *(f"{form}^{exponent}" for exponent in EXPONENTS for form in ("x", "v")),
    "relu(v)^2*u",
    "leaky_relu(v)*u",
    "clip(v, 0, 1)*u",
    "hardtanh(v*u)",
    "abs(v)*u",
    "maximum(v, u)",
    "minimum(A, v)",
    "max(v)",
    "max(A, axis=1)*y",
    "where(v > u, v, u^2)",
    "where(v > 0, sqrt(v), 0)",
    "relu(A @ v)",
    "relu(v)^0",
    "1^relu(v)",
    "softmax(v)",
    "log_softmax(A)*A",
    "cross_entropy(A, [1, 0])",
    "nll(v, u)",
    "outer(v, u)",
    "v / u",
    "u^v",
    "norm(v)^2",
    "prod(v)",
    "var(A, axis=0)",
    # A tensor whose elements are all one number.
    "sum(x*ones(3))",
    "mean(x*ones(4))*y",
    "norm(x*ones(3))",
    "prod(x*ones(2, 3), axis=0) @ v",
    "sum(softmax(x*ones(3))*v)",
    "max(x*ones(3)) + var(y*ones(3)) + logsumexp(x*ones(2))",
    "(x*ones(2, 3)) @ (y*ones(3))",
)


@pytest.mark.parametrize("text", TEXTS)
def test_a_texts_loss_and_gradients(text: str) -> None:
    prepared = bind(f"{HEAD}L = sum({text})")
    definition, back, count = prepared.definition, prepared.model.back, 16
    made, random = Compiled(prepared), np.random.default_rng(8)
    values = [leaf.name for leaf in definition.leaves if back.adjoints.get(leaf.node.id)]
    points = {name: drawn(random, prepared.leaves[name], count) for name in values or ["x"]}
    losses, gradients = made.points(points)
    for number in range(count):
        at = {name: array[number] for name, array in points.items()}
        numbers = evaluate_graph(definition, {**prepared.leaves, **at}, back)
        loss, slopes = made(at)
        for found in (losses[number], loss):
            assert agree(found, numbers.value(definition.loss)), (at, found)
        for leaf in definition.leaves:
            right = numbers.partial(leaf.node)
            assert agree(slopes[leaf.name], right), (leaf.name, at)
            assert agree(gradients[leaf.name][number], right), (leaf.name, at)


def test_a_fractional_power_of_minus_infinity_is_no_number_in_any_shape() -> None:
    power = TABLE["power"].numpy
    with np.errstate(all="ignore"):
        for exponent in (0.5, 1.5, -0.5, 1 / 3):
            for base in (np.float64(-np.inf), np.full(3, -np.inf)):
                for other in (np.float64(exponent), np.full(3, exponent)):
                    assert np.isnan(power(base, other)).all()
        assert power(np.float64(-np.inf), np.float64(3)) == -np.inf
        assert power(np.float64(-np.inf), np.float64(np.inf)) == np.inf


@pytest.mark.parametrize(
    ("text", "point", "loss", "slope"),
    [
        (
            "sum(softmax(v))",
            [1.0899999999999999, 1e-300, -1.4100000000000001],
            1.0,
            [0.0, 0.0, 0.0],
        ),
        ("dot(v, w)", [1e308, 1e308, -1e308], 1e308, [1.0, 1.0, 1.0]),
        ("(M @ v)[0]", [1e308, 1e308, -1e308], 1e308, [1.0, 1.0, 1.0]),
        ("sum(v)", [1e308, 1e308, -1e308], 1e308, [1.0, 1.0, 1.0]),
        ("mean(v)", [3e307, 1.5e308, 1.5e308], 1.1e308, [1 / 3, 1 / 3, 1 / 3]),
        ("var(v)", [1e154, 1e154, -1e154], 8e307 / 0.9, [4e154 / 9, 4e154 / 9, -8e154 / 9]),
        ("norm(v)", [3e200, 4e200, 0], 5e200, [0.6, 0.8, 0.0]),
    ],
)
def test_a_point_that_is_not_finite_leaves_the_others_as_they_are(
    text: str, point: list[float], loss: float, slope: list[float]
) -> None:
    source = f"param v = [1, 2, 3]\nparam w = [1, 1, 1]\nconst M = [[1, 1, 1]]\nL = {text}"
    made = Compiled(bind(source))
    losses, slopes = made.points(v=[[math.nan, 1, 2], point, [math.inf, 0, 0], [1e-300, 1e308, 5]])
    assert losses[1] == pytest.approx(loss, rel=1e-15)
    assert slopes["v"][1] == pytest.approx(np.array(slope), rel=1e-15, abs=0)
