"""Special points of arithmetic, basic functions, choices and softmax: kinks, edges, overflows.

Where the textbook stops, the convention is stated here a second time, in numbers. Checks nothing.
"""

from __future__ import annotations

from math import inf, nan

from backstep.ops.row import operation
from tests.ops.point import Point

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


_JUMPS = [
    Point(f"{name} at {at}", operation(name), (at,), value, (0.0,), kinks)
    for name, at, value, kinks in (
        ("sign", 0.0, 0.0, ("sign_at_zero",)),
        ("sign", -3.0, -1.0, ("flat",)),
        ("sign", nan, nan, ("flat",)),
        ("step", 0.0, 0.0, ("step_at_zero",)),
        ("step", 2.0, 1.0, ("flat",)),
        ("step", nan, nan, ("flat",)),
    )
]

OF_FORMULAS: tuple[Point, ...] = (
    # Kinks.
    Point("relu at 0", relu, (0.0,), 0.0, (0.0,), ("relu_at_zero",)),
    Point("relu at −0", relu, (-0.0,), 0.0, (0.0,), ("relu_at_zero",)),
    Point("relu of NaN", relu, (nan,), nan, (nan,)),
    Point("relu at −∞", relu, (-inf,), 0.0, (0.0,)),
    Point("abs at 0", absolute, (0.0,), 0.0, (0.0,), ("abs_at_zero",)),
    Point("abs at −∞", absolute, (-inf,), inf, (-1.0,)),
    Point("abs of NaN", absolute, (nan,), nan, (nan,)),
    *_JUMPS,
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
    Point("x^½ at 0", lambda x: x**0.5, (0.0,), 0.0, (inf,), ("infinite_slope",)),
    Point("x^½ at −1", lambda x: x**0.5, (-1.0,), nan, (nan,)),
    Point("0^x at 2", lambda x: power(0, x), (2.0,), 0.0, (0.0,)),
    Point("0^x at 0", lambda x: power(0, x), (0.0,), 1.0, (0.0,), ("power_at_zero",)),
    Point("0^x at −1", lambda x: power(0, x), (-1.0,), inf, (-inf,), ("division_by_zero",)),
    Point("1^x at 5", lambda x: power(1, x), (5.0,), 1.0, (0.0,)),
    Point("a^b at (−2, 2)", power, (-2.0, 2.0), 4.0, (-4.0, nan)),
    Point("a^b at (−2, 3)", power, (-2.0, 3.0), -8.0, (12.0, nan)),
    Point("a^b at (0, 0)", power, (0.0, 0.0), 1.0, (0.0, 0.0), ("power_at_zero",)),
    Point("a^b at (0, ½)", power, (0.0, 0.5), 0.0, (inf, 0.0), ("infinite_slope",)),
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
    Point("step(1/x) at 0", lambda x: step(1 / x), (0.0,), 1.0, (0.0,), ("flat",)),
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
