"""Special points of activations, extremes, products, norms, windows and losses. Checks nothing.

Where the textbook stops, the convention is stated here a second time, in numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import exp, inf, nan
from typing import Any

from backstep.graph.node import Node, literal
from backstep.ops import FUNCTIONS
from backstep.ops.row import operation
from tests.ops.point import Point

log, relu, sqrt, total = (operation(n) for n in ("log", "relu", "sqrt", "sum"))
leaky_relu, elu, selu = operation("leaky_relu"), operation("elu"), operation("selu")
gelu, silu, softplus = operation("gelu"), operation("silu"), operation("softplus")
hardtanh, clip, rounded = operation("hardtanh"), operation("clip"), operation("round")
largest, smallest, product = operation("max"), operation("min"), operation("prod")
norm, var, logsumexp = operation("norm"), operation("var"), operation("logsumexp")
times_log, exponential = operation("times_log"), operation("exp")

SCALE = 1.0507009873554805
TENTH = Fraction(1, 10)
ROOT = 5e200
EVENLY = 1 / 3


def function(name: str, *further: Any) -> Callable[..., Node]:
    """A function of the language on nodes, as a text would call it."""
    return lambda *nodes: FUNCTIONS[name].build(nodes[0].graph.apply, *nodes, *further)


def leaky(x: Node) -> Node:
    return leaky_relu(x, slope=TENTH)


def cut(x: Node) -> Node:
    return clip(x, low=Fraction(-1), high=Fraction(2))


_AT_BOUND, _CLIPPED = ("hardtanh_at_bound",), ("clip_at_bound",)

ACTIVATIONS: tuple[Point, ...] = (
    Point("leaky_relu at 0", leaky, (0.0,), 0.0, (0.1,), ("leaky_relu_at_zero",)),
    Point("leaky_relu at −∞", leaky, (-inf,), -inf, (0.1,)),
    Point("leaky_relu at the smallest float", leaky, (5e-324,), 5e-324, (1.0,)),
    Point("leaky_relu of NaN", leaky, (nan,), nan, (nan,)),
    Point("elu at 0", elu, (0.0,), 0.0, (1.0,)),
    Point("elu at −1e-20", elu, (-1e-20,), -1e-20, (1.0,)),
    Point("elu at −1000", elu, (-1000.0,), -1.0, (0.0,)),
    Point("elu at 1000", elu, (1000.0,), 1000.0, (1.0,)),
    Point("elu of NaN", elu, (nan,), nan, (nan,)),
    Point("selu at 0", selu, (0.0,), 0.0, (SCALE,), ("selu_at_zero",)),
    Point("selu at 1000", selu, (1000.0,), 1000 * SCALE, (SCALE,)),
    Point("selu at −∞", selu, (-inf,), -1.7580993408473766, (0.0,)),
    Point("selu of NaN", selu, (nan,), nan, (nan,)),
    Point("gelu at 0", gelu, (0.0,), 0.0, (0.5,)),
    Point("gelu at 40", gelu, (40.0,), 40.0, (1.0,)),
    Point("gelu at 1e300", gelu, (1e300,), 1e300, (1.0,)),
    Point("gelu at −1e300", gelu, (-1e300,), 0.0, (0.0,)),
    Point("silu at 0", silu, (0.0,), 0.0, (0.5,)),
    Point("silu at 1000", silu, (1000.0,), 1000.0, (1.0,)),
    Point("silu at −1000", silu, (-1000.0,), 0.0, (0.0,)),
    Point("silu at −∞", silu, (-inf,), 0.0, (0.0,)),
    Point("softplus at 1000", softplus, (1000.0,), 1000.0, (1.0,)),
    Point("softplus at −1000", softplus, (-1000.0,), 0.0, (0.0,)),
    Point("softplus at −40", softplus, (-40.0,), exp(-40), (exp(-40),)),
    Point("hardtanh at 1", hardtanh, (1.0,), 1.0, (0.0,), _AT_BOUND),
    Point("hardtanh at −1", hardtanh, (-1.0,), -1.0, (0.0,), _AT_BOUND),
    Point("hardtanh below 1", hardtanh, (1 - 2**-53,), 1 - 2**-53, (1.0,)),
    Point("hardtanh at −∞", hardtanh, (-inf,), -1.0, (0.0,)),
    Point("hardtanh of NaN", hardtanh, (nan,), nan, (nan,)),
    Point("clip at its low end", cut, (-1.0,), -1.0, (1.0,), _CLIPPED),
    Point("clip at its high end", cut, (2.0,), 2.0, (1.0,), _CLIPPED),
    Point("clip past its high end", cut, (2.0000000000000004,), 2.0, (0.0,)),
    Point("clip at ∞", cut, (inf,), 2.0, (0.0,)),
    Point("clip of NaN", cut, (nan,), nan, (nan,)),
    Point("round at 0", rounded, (0.0,), 0.0, (0.0,)),
    Point("round at ½", rounded, (0.5,), 0.0, (0.0,), ("flat",)),
    Point("round at 2.6", rounded, (2.6,), 3.0, (0.0,), ("flat",)),
    # A partial of exactly 0 wins over whatever it meets.
    Point("clip(log(x), 0, 1) at 0", lambda x: clip(log(x), low=0, high=1), (0.0,), 0.0, (0.0,)),
    Point("hardtanh(log(x)) at 0", lambda x: hardtanh(log(x)), (0.0,), -1.0, (0.0,)),
    Point("elu(1/x) at −0", lambda x: elu(1 / x), (-0.0,), -1.0, (0.0,)),
    Point("softplus(log(x)) at 0", lambda x: softplus(log(x)), (0.0,), 0.0, (0.0,)),
)

_TIE = ("tie",)

REDUCTIONS: tuple[Point, ...] = (
    Point("max at a tie", largest, ([3.0, 1.0, 3.0],), 3.0, ([0.5, 0.0, 0.5],), _TIE),
    Point("min at a tie", smallest, ([3.0, 1.0, 1.0],), 1.0, ([0.0, 0.5, 0.5],), _TIE),
    Point(
        "max along an axis, one row tied",
        lambda x: largest(x, axis=1),
        ([[2.0, 2.0], [0.0, 1.0]],),
        [2.0, 1.0],
        ([[0.5, 0.5], [0.0, 1.0]],),
        _TIE,
        coming=[1.0, 1.0],
    ),
    Point(
        "a tie where nothing comes in is none",
        lambda x: largest(x, axis=1),
        ([[2.0, 2.0], [0.0, 1.0]],),
        [2.0, 1.0],
        ([[0.0, 0.0], [0.0, 1.0]],),
        coming=[0.0, 1.0],
    ),
    Point("max of one", largest, ([7.0],), 7.0, ([1.0],)),
    Point("max with NaN", largest, ([nan, 1.0],), nan, ([nan, nan],)),
    Point("max of two infinities", largest, ([inf, inf],), inf, ([0.5, 0.5],), _TIE),
    Point("max of ∞ and 1", largest, ([inf, 1.0],), inf, ([1.0, 0.0],)),
    Point("max of 0 and −0", largest, ([0.0, -0.0],), 0.0, ([0.5, 0.5],), _TIE),
    Point("prod with one 0", product, ([0.0, 2.0, 3.0],), 0.0, ([6.0, 0.0, 0.0],)),
    Point("prod with two", product, ([0.0, 2.0, 0.0],), 0.0, ([0.0, 0.0, 0.0],)),
    Point("prod of one", product, ([5.0],), 5.0, ([1.0],)),
    Point("prod of nothing", product, ([],), 1.0, ([],)),
    Point("prod with ∞", product, ([inf, 2.0],), inf, ([2.0, inf],)),
    Point(
        "prod along an axis",
        lambda x: product(x, axis=0),
        ([[0.0, 2.0], [3.0, 5.0]],),
        [0.0, 10.0],
        ([[3.0, 5.0], [0.0, 2.0]],),
        coming=[1.0, 1.0],
    ),
    Point("norm at 0", norm, ([0.0, 0.0],), 0.0, ([0.0, 0.0],), ("norm_at_zero",)),
    Point("norm of nothing", norm, ([],), 0.0, ([],)),
    Point("norm of huge numbers", norm, ([0.0, -1e300],), 1e300, ([0.0, -1.0],)),
    Point("norm of the smallest float", norm, ([5e-324, 0.0],), 5e-324, ([1.0, 0.0],)),
    Point("norm with NaN", norm, ([nan, 1.0],), nan, ([nan, nan],)),
    Point(
        "norm with a row of zeros",
        lambda x: norm(x, axis=1),
        ([[0.0, 0.0], [0.0, -2.0]],),
        [0.0, 2.0],
        ([[0.0, 0.0], [0.0, -1.0]],),
        ("norm_at_zero",),
        coming=[1.0, 1.0],
    ),
    Point(
        "sqrt(sum(x²)) at 0, typed out",
        lambda x: sqrt(total(x**2)),
        ([0.0, 0.0],),
        0.0,
        ([nan, nan],),
        ("sqrt_at_zero",),
    ),
    Point("var of one", var, ([3.0],), 0.0, ([0.0],)),
    Point("var of nothing", var, ([],), nan, ([],)),
    Point("logsumexp at 1000", logsumexp, ([1000.0, -inf],), 1000.0, ([1.0, 0.0],)),
    Point("logsumexp at −1000", logsumexp, ([-1000.0, -3000.0],), -1000.0, ([1.0, 0.0],)),
    Point("logsumexp with NaN", logsumexp, ([nan, 0.0],), nan, ([nan, nan],)),
)

_EDGE, _LOG = ("log_of_zero_probability",), ("log_at_zero",)

LOSSES: tuple[Point, ...] = (
    Point("0·log 0", times_log, (0.0, 0.0), 0.0, (-inf, 0.0), _EDGE),
    Point("1·log 0", times_log, (1.0, 0.0), -inf, (-inf, inf), _EDGE),
    Point("0·log of NaN", times_log, (0.0, nan), nan, (nan, nan)),
    Point("0·log(−1)", times_log, (0.0, -1.0), nan, (nan, nan)),
    Point("1·log(−1)", times_log, (1.0, -1.0), nan, (nan, nan)),
    Point(
        "nll of a class with probability 0",
        function("nll", literal(0)),
        ([0.0, 1.0],),
        inf,
        ([-inf, 0.0],),
        _LOG,
    ),
    Point("nll of a sure class", function("nll", literal(1)), ([0.0, 1.0],), 0.0, ([0.0, -1.0],)),
    Point(
        "nll of a distribution: what is not expected costs nothing",
        lambda p, y: function("nll")(p, y),
        ([0.0, 1.0], [0.0, 1.0]),
        0.0,
        ([0.0, -1.0], [inf, 0.0]),
        _EDGE,
    ),
    Point("bce(0, 0)", function("bce", literal(0)), (0.0,), 0.0, (1.0,), _EDGE),
    Point("bce(1, 1)", function("bce", literal(1)), (1.0,), 0.0, (-1.0,), _EDGE),
    Point("bce(0, 1)", function("bce", literal(1)), (0.0,), inf, (-inf,), _EDGE),
    Point("bce(1, 0)", function("bce", literal(0)), (1.0,), inf, (inf,), _EDGE),
    Point(
        "bce_with_logits(−1000, 0)",
        function("bce_with_logits", literal(0)),
        (-1000.0,),
        0.0,
        (0.0,),
    ),
    Point(
        "bce_with_logits(−1000, 1)",
        function("bce_with_logits", literal(1)),
        (-1000.0,),
        1e3,
        (-1.0,),
    ),
    Point(
        "bce_with_logits(1000, 0)", function("bce_with_logits", literal(0)), (1000.0,), 1e3, (1.0,)
    ),
    Point(
        "cross_entropy of −∞ at another class",
        function("cross_entropy", literal(0)),
        ([5.0, -inf],),
        0.0,
        ([0.0, 0.0],),
    ),
    Point(
        "cross_entropy([1000, −1000], 1)",
        function("cross_entropy", literal(1)),
        ([1000.0, -1000.0],),
        2000.0,
        ([1.0, -1.0],),
    ),
    Point(
        "hinge where the margin is met exactly",
        function("hinge", literal(0)),
        ([1.0, 0.0, -3.0],),
        0.0,
        ([0.0, 0.0, 0.0],),
        ("relu_at_zero",),
    ),
)

WINDOWS: tuple[Point, ...] = (
    Point(
        "max_pool1d with ties",
        function("max_pool1d", 2),
        ([[1.0, 1.0, 0.0, 2.0]],),
        [[1.0, 2.0]],
        ([[0.5, 0.5, 0.0, 1.0]],),
        _TIE,
        coming=[[1.0, 1.0]],
    ),
    Point(
        "max_pool2d with a tie of three",
        function("max_pool2d", 2),
        ([[[1.0, 1.0], [0.0, 1.0]]],),
        [[[1.0]]],
        ([[[EVENLY, EVENLY], [0.0, EVENLY]]],),
        _TIE,
        coming=[[[1.0]]],
    ),
    Point(
        "windows that overlap: the largest of two is given twice",
        function("max_pool1d", 2, 1),
        ([[1.0, 3.0, 2.0]],),
        [[3.0, 3.0]],
        ([[0.0, 2.0, 0.0]],),
        coming=[[1.0, 1.0]],
    ),
)

OF_LAYERS = (*ACTIVATIONS, *REDUCTIONS, *LOSSES, *WINDOWS)
