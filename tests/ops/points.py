"""Special points: what value and partials each operation has there, as one table, and its check.

Where the textbook stops, the convention is stated here a second time, in numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, nan
from typing import Any

import numpy as np

from app.calculus.reverse import Backward, backward
from app.calculus.rewrite import simplify
from app.graph.graph import Graph
from app.graph.node import Node
from app.graph.walk import ancestors
from app.ops import TABLE
from app.ops.row import Array, operation
from tests.ops.checks import Table, evaluate

Values = float | list[Any]

absolute, exp, log, relu = operation("abs"), operation("exp"), operation("log"), operation("relu")
sigmoid, sign, sqrt, step = (operation(name) for name in ("sigmoid", "sign", "sqrt", "step"))
tanh, maximum, minimum = operation("tanh"), operation("maximum"), operation("minimum")
where, guard, greater = operation("where"), operation("guard"), operation("greater")
less, equal, divide, power = (operation(n) for n in ("less", "equal", "divide", "power"))
softmax, log_softmax, index = operation("softmax"), operation("log_softmax"), operation("index")
total, mean, pick, outer = (
    operation("sum"),
    operation("mean"),
    operation("pick"),
    operation("outer"),
)


@dataclass(frozen=True, slots=True)
class Point:
    """An expression of leaves at values: its value, its partials by leaf, the kinks it meets.

    `partials` are those of the one element, or of the elements weighed by `coming`.
    """

    said: str
    expression: Callable[..., Node]
    at: tuple[Values, ...]
    value: Values
    partials: tuple[Values, ...]
    kinks: tuple[str, ...] = ()
    coming: Values = 1.0


_FLAT_AT_ZERO = [
    Point(f"{name} at {at}", operation(name), (at,), value, (0.0,))
    for name, at, value in (
        ("sign", 0.0, 0.0),
        ("sign", -3.0, -1.0),
        ("sign", nan, nan),
        ("step", 0.0, 0.0),
        ("step", 2.0, 1.0),
        ("step", nan, nan),
    )
]

POINTS: tuple[Point, ...] = (
    # Kinks.
    Point("relu at 0", relu, (0.0,), 0.0, (0.0,), ("relu_at_zero",)),
    Point("relu at −0", relu, (-0.0,), 0.0, (0.0,), ("relu_at_zero",)),
    Point("relu of NaN", relu, (nan,), nan, (nan,)),
    Point("relu at −∞", relu, (-inf,), 0.0, (0.0,)),
    Point("abs at 0", absolute, (0.0,), 0.0, (0.0,), ("abs_at_zero",)),
    Point("abs at −∞", absolute, (-inf,), inf, (-1.0,)),
    Point("abs of NaN", absolute, (nan,), nan, (nan,)),
    *_FLAT_AT_ZERO,
    # Ties.
    Point("maximum at a tie", maximum, (2.0, 2.0), 2.0, (0.5, 0.5), ("tie",)),
    Point("minimum at a tie", minimum, (2.0, 2.0), 2.0, (0.5, 0.5), ("tie",)),
    Point("maximum of two infinities", maximum, (inf, inf), inf, (0.5, 0.5), ("tie",)),
    Point("maximum of ∞ and 1", maximum, (inf, 1.0), inf, (1.0, 0.0)),
    Point("minimum of −∞ and 1", minimum, (-inf, 1.0), -inf, (1.0, 0.0)),
    Point("maximum of NaN and 1", maximum, (nan, 1.0), nan, (nan, nan)),
    Point("minimum of 1 and NaN", minimum, (1.0, nan), nan, (nan, nan)),
    Point("maximum(x, 0) at 0", lambda x: maximum(x, 0), (0.0,), 0.0, (0.5,), ("tie",)),
    Point("minimum(0, x) at 0", lambda x: minimum(0, x), (0.0,), 0.0, (0.5,), ("tie",)),
    Point("maximum(x, x)", lambda x: maximum(x, x), (3.0,), 3.0, (1.0,), ("tie",)),
    # Quotients.
    Point("1/x at 0", lambda x: 1 / x, (0.0,), inf, (-inf,), ("division_by_zero",)),
    Point("1/x at −0", lambda x: 1 / x, (-0.0,), -inf, (-inf,), ("division_by_zero",)),
    Point("1/x at ∞", lambda x: 1 / x, (inf,), 0.0, (0.0,)),
    Point("a/b at (0, 0)", divide, (0.0, 0.0), nan, (inf, nan)),
    Point("a/b at (1, 0)", divide, (1.0, 0.0), inf, (inf, -inf), ("division_by_zero",)),
    Point("x/x at 0", lambda x: x / x, (0.0,), nan, (nan,)),
    Point("exp(x)/exp(x) at 1000", lambda x: exp(x) / exp(x), (1000.0,), nan, (nan,)),
    # Powers.
    Point("x⁻¹ at 0", lambda x: x**-1, (0.0,), inf, (-inf,), ("division_by_zero",)),
    Point("x⁰ at 0", lambda x: x**0, (0.0,), 1.0, (0.0,), ("power_at_zero",)),
    Point("x⁰ of NaN", lambda x: x**0, (nan,), 1.0, (0.0,)),
    Point("x¹ at 0", lambda x: x**1, (0.0,), 0.0, (1.0,)),
    Point("x² at 0", lambda x: x**2, (0.0,), 0.0, (0.0,)),
    Point("x³ at −2", lambda x: x**3, (-2.0,), -8.0, (12.0,)),
    Point("x^½ at 0", lambda x: x**0.5, (0.0,), 0.0, (inf,), ("power_at_zero",)),
    Point("x^½ at −1", lambda x: x**0.5, (-1.0,), nan, (nan,)),
    Point("0^x at 2", lambda x: power(0, x), (2.0,), 0.0, (0.0,)),
    Point("0^x at 0", lambda x: power(0, x), (0.0,), 1.0, (0.0,), ("power_at_zero",)),
    Point("0^x at −1", lambda x: power(0, x), (-1.0,), inf, (-inf,), ("division_by_zero",)),
    Point("1^x at 5", lambda x: power(1, x), (5.0,), 1.0, (0.0,)),
    Point("a^b at (−2, 2)", power, (-2.0, 2.0), 4.0, (-4.0, nan)),
    Point("a^b at (−2, 3)", power, (-2.0, 3.0), -8.0, (12.0, nan)),
    Point("a^b at (0, 0)", power, (0.0, 0.0), 1.0, (0.0, 0.0), ("power_at_zero",)),
    Point("a^b at (0, ½)", power, (0.0, 0.5), 0.0, (inf, 0.0), ("power_at_zero",)),
    Point("a^b at (0, 1)", power, (0.0, 1.0), 0.0, (1.0, 0.0)),
    Point("a^b at (0, 2)", power, (0.0, 2.0), 0.0, (0.0, 0.0)),
    Point("a^b at (0, −1)", power, (0.0, -1.0), inf, (-inf, -inf), ("division_by_zero",)),
    Point("a^b at (−2, 0)", power, (-2.0, 0.0), 1.0, (0.0, nan)),
    Point("a^b at (2, 0)", power, (2.0, 0.0), 1.0, (0.0, 0.6931471805599453)),
    # Edges of a domain.
    Point("log at 0", log, (0.0,), -inf, (inf,), ("log_at_zero",)),
    Point("log at −1", log, (-1.0,), nan, (nan,)),
    Point("log at ∞", log, (inf,), inf, (0.0,)),
    Point("sqrt at 0", sqrt, (0.0,), 0.0, (inf,), ("sqrt_at_zero",)),
    Point("sqrt at −0", sqrt, (-0.0,), 0.0, (inf,), ("sqrt_at_zero",)),
    Point("sqrt at −1", sqrt, (-1.0,), nan, (nan,)),
    Point("sqrt(x·x) at 0", lambda x: sqrt(x * x), (0.0,), 0.0, (nan,), ("sqrt_at_zero",)),
    Point("sqrt(x²) at 0", lambda x: sqrt(x**2), (0.0,), 0.0, (nan,), ("sqrt_at_zero",)),
    # A partial of exactly 0 wins over whatever it meets.
    Point("relu(log(x)) at 0", lambda x: relu(log(x)), (0.0,), 0.0, (0.0,)),
    Point("relu(log(x)) at −1", lambda x: relu(log(x)), (-1.0,), nan, (nan,)),
    Point("maximum(sqrt(x), 1) at 0", lambda x: maximum(sqrt(x), 1), (0.0,), 1.0, (0.0,)),
    Point("maximum(1/x, 2) at −0", lambda x: maximum(1 / x, 2), (-0.0,), 2.0, (0.0,)),
    Point("relu(−exp(x)) at 1000", lambda x: relu(-exp(x)), (1000.0,), 0.0, (0.0,)),
    Point("step(1/x) at 0", lambda x: step(1 / x), (0.0,), 1.0, (0.0,)),
    Point(
        "relu(W log(x)) with a dead row",
        lambda w, x: relu(w @ log(x)),
        ([[1.0, 1.0], [-1.0, 1.0]], [0.0, 1.0]),
        [0.0, inf],
        ([[0.0, 0.0], [-inf, 0.0]], [-inf, 1.0]),
        ("log_at_zero",),
        coming=[1.0, 1.0],
    ),
    Point(
        "a product with ∞ where nothing comes in",
        lambda a, b: a * b,
        ([1.0, 2.0], [inf, 3.0]),
        [inf, 6.0],
        ([0.0, 3.0], [0.0, 2.0]),
        coming=[0.0, 1.0],
    ),
    Point(
        "a matrix with ∞ and NaN in rows where nothing comes in",
        lambda w, x: w @ x,
        ([[inf, nan], [2.0, 3.0]], [1.0, 1.0]),
        [nan, 5.0],
        ([[0.0, 0.0], [1.0, 1.0]], [2.0, 3.0]),
        coming=[0.0, 1.0],
    ),
    Point(
        "an infinite vector where nothing comes in",
        lambda w, x: w @ x,
        ([[1.0, 2.0], [2.0, 3.0]], [inf, 1.0]),
        [inf, inf],
        ([[0.0, 0.0], [inf, 1.0]], [2.0, 3.0]),
        coming=[0.0, 1.0],
    ),
    Point(
        "two matrices, one row without a partial",
        lambda a, b: a @ b,
        ([[nan, inf], [1.0, 2.0]], [[1.0, 0.0], [0.0, 1.0]]),
        [[nan, nan], [1.0, 2.0]],
        ([[0.0, 0.0], [1.0, 1.0]], [[1.0, 1.0], [2.0, 2.0]]),
        coming=[[0.0, 0.0], [1.0, 1.0]],
    ),
    Point(
        "an outer product with ∞ where nothing comes in",
        outer,
        ([inf, 1.0], [2.0, 3.0]),
        [[inf, inf], [2.0, 3.0]],
        ([0.0, 5.0], [1.0, 1.0]),
        coming=[[0.0, 0.0], [1.0, 1.0]],
    ),
    # Choices: the branch not taken gives exactly 0, and is never multiplied by 0.
    Point(
        "where(x > 0, sqrt(x), 0) at 0",
        lambda x: where(greater(x, 0), sqrt(x), 0),
        (0.0,),
        0.0,
        (0.0,),
    ),
    Point(
        "where(x > 0, log(x), x) at −1",
        lambda x: where(greater(x, 0), log(x), x),
        (-1.0,),
        -1.0,
        (1.0,),
    ),
    Point(
        "log(where(x > 0, x, 0)) at 0: an infinite partial meets the branch not taken",
        lambda x, y: log(where(greater(x, 0), x, y)),
        (-1.0, 0.0),
        -inf,
        (0.0, inf),
        ("log_at_zero",),
    ),
    Point(
        "log(where(c, 0, y)): an infinite partial meets the other branch not taken",
        lambda x, y: log(where(less(x, 1), x, y)),
        (0.0, 3.0),
        -inf,
        (inf, 0.0),
        ("log_at_zero",),
    ),
    Point("where by a number other than 1", where, (2.0, 3.0, 4.0), 3.0, (0.0, 1.0, 0.0)),
    Point(
        "log(guard(0, x)) at 5",
        lambda c, x: log(guard(c, x)),
        (0.0, 5.0),
        -inf,
        (0.0, 0.0),
        ("log_at_zero",),
    ),
    Point("a comparison with NaN", lambda x: less(x, 0), (nan,), 0.0, (0.0,)),
    Point("equality with NaN", lambda x: equal(x, x), (nan,), 0.0, (0.0,)),
    # No overflow on the way.
    Point("sigmoid(1000)", sigmoid, (1000.0,), 1.0, (0.0,)),
    Point("sigmoid(−1000)", sigmoid, (-1000.0,), 0.0, (0.0,)),
    Point("sigmoid(−∞)", sigmoid, (-inf,), 0.0, (0.0,)),
    Point("sigmoid of NaN", sigmoid, (nan,), nan, (nan,)),
    Point("tanh(1000)", tanh, (1000.0,), 1.0, (0.0,)),
    Point("tanh(−1000)", tanh, (-1000.0,), -1.0, (0.0,)),
    Point("exp(1000)", exp, (1000.0,), inf, (inf,)),
    Point(
        "softmax([1000, 0])",
        softmax,
        ([1000.0, 0.0],),
        [1.0, 0.0],
        ([0.0, 0.0],),
        coming=[1.0, 2.0],
    ),
    Point(
        "softmax([−∞, 0])",
        softmax,
        ([-inf, 0.0],),
        [0.0, 1.0],
        ([0.0, 0.0],),
        coming=[1.0, 2.0],
    ),
    Point(
        "log_softmax([1000, 0])[1]",
        lambda x: index(log_softmax(x), key=(1,)),
        ([1000.0, 0.0],),
        -1000.0,
        ([-1.0, 1.0],),
    ),
    Point(
        "log(softmax([1000, 0]))[1]",
        lambda x: index(log(softmax(x)), key=(1,)),
        ([1000.0, 0.0],),
        -inf,
        ([nan, nan],),
        ("log_at_zero",),
    ),
    Point(
        "log_softmax([−∞, 0])",
        log_softmax,
        ([-inf, 0.0],),
        [-inf, 0.0],
        ([0.0, 0.0],),
        coming=[0.0, 1.0],
    ),
    Point(
        "log_softmax with NaN",
        log_softmax,
        ([nan, 0.0],),
        [nan, nan],
        ([nan, nan],),
        coming=[1.0, 1.0],
    ),
    Point(
        "−log_softmax([1000, −1000]) picked at 1",
        lambda x: -pick(log_softmax(x), 1),
        ([1000.0, -1000.0],),
        2000.0,
        ([1.0, -1.0],),
    ),
    # Of nothing.
    Point("the sum of nothing", total, ([],), 0.0, ([],)),
    Point("the mean of nothing", mean, ([],), nan, ([],)),
    Point("softmax of nothing", softmax, ([],), [], ([],), coming=[]),
    Point("log_softmax of nothing", log_softmax, ([],), [], ([],), coming=[]),
    # NumPy's broadcasting, though seldom what is meant.
    Point(
        "a row against a column",
        lambda a, b: a - b,
        ([1.0, 2.0], [[1.0], [2.0]]),
        [[0.0, 1.0], [-1.0, 0.0]],
        ([2.0, 2.0], [[-2.0], [-2.0]]),
        coming=[[1.0, 1.0], [1.0, 1.0]],
    ),
)


@dataclass(frozen=True, slots=True)
class Pass:
    """The point's expression on a graph of its own, differentiated; values by node id."""

    leaves: tuple[Node, ...]
    node: Node
    back: Backward
    known: dict[int, Array]
    table: Table

    def partial(self, node: Node) -> Array:
        adjoint = self.back.adjoints.get(node.id)
        if adjoint is None:
            return np.zeros(node.shape)
        return evaluate([adjoint], self.known, self.table)[0]


def passed(point: Point, table: Table = TABLE, rewritten: bool = True) -> Pass:
    graph = Graph(table)
    leaves = tuple(
        graph.apply("leaf", name=f"x{place}", role="input", shape=np.shape(value))
        for place, value in enumerate(point.at)
    )
    node = point.expression(*leaves)
    graph.seal(simplify if rewritten else None)
    seed = graph.apply("seed", name="u", shape=node.shape)
    back = backward(node, ancestors([node]), table, seed)
    known = {leaf.id: np.array(at, float) for leaf, at in zip(leaves, point.at, strict=True)}
    known[seed.id] = np.array(point.coming, float)
    return Pass(leaves, node, back, known, table)


def hold(point: Point, table: Table = TABLE, rewritten: bool = True) -> None:
    """Raises AssertionError where the value or a partial is another than the table of points'."""
    found = passed(point, table, rewritten)
    (value,) = evaluate([found.node], found.known, table)
    assert same(value, point.value), f"the value is {value}, should be {point.value}"
    for leaf, expected in zip(found.leaves, point.partials, strict=True):
        partial = found.partial(leaf)
        assert same(partial, expected), f"the partial is {partial}, should be {expected}"


def same(found: Array, expected: Values) -> bool:
    return bool(np.array_equal(found, np.asarray(expected, float), equal_nan=True))


def kinks_met(point: Point) -> tuple[str, ...]:
    """The codes of the kinks that the values hit where a partial other than 0 arrives."""
    found, met = passed(point), []
    for node in ancestors([found.node]):
        arrives = found.partial(node) != 0
        inputs = [
            evaluate([operand], found.known)[0] if isinstance(operand, Node) else float(operand)
            for operand in node.inputs
        ]
        with np.errstate(all="ignore"):
            met += [
                kink.code
                for kink in TABLE[node.op].kinks
                if (np.asarray(kink.hits(*inputs, **node.params)) & arrives).any()
            ]
    return tuple(met)
