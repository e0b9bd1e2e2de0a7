"""Special points of tangents, inverse and hyperbolic functions, logarithms, huber. Runs nothing."""

from __future__ import annotations

from fractions import Fraction
from math import exp, inf, log, nan, pi, sqrt

from backstep.ops.row import operation
from tests.ops.point import Point

acos, asin, atan, atan2 = (operation(name) for name in ("acos", "asin", "atan", "atan2"))
cosh, sinh, tan, erf = (operation(name) for name in ("cosh", "sinh", "tan", "erf"))
expm1, log1p, log2, log10 = (operation(name) for name in ("expm1", "log1p", "log2", "log10"))
softsign, hardsigmoid, huber, logaddexp = (
    operation(name) for name in ("softsign", "hardsigmoid", "huber", "logaddexp")
)
_ENDS, _ZERO, _BENDS = ("asin_at_bound",), ("log_at_zero",), ("hardsigmoid_at_bound",)

OF_ELEMENTARY: tuple[Point, ...] = (
    Point("tan at ∞", tan, (inf,), nan, (nan,)),
    Point("asin at 1", asin, (1.0,), pi / 2, (inf,), _ENDS),
    Point("asin below 1", asin, (1 - 2**-53,), pi / 2 - 2**-26, (2**26 / sqrt(1 - 2**-54),)),
    Point("asin past 1", asin, (1.5,), nan, (nan,)),
    Point("acos at −1", acos, (-1.0,), pi, (-inf,), ("acos_at_bound",)),
    Point("acos past −1", acos, (-1.5,), nan, (nan,)),
    Point("atan at ∞", atan, (inf,), pi / 2, (0.0,)),
    Point("sinh at 0", sinh, (0.0,), 0.0, (1.0,)),
    Point("sinh at −1000", sinh, (-1000.0,), -inf, (inf,)),
    Point("cosh at 0", cosh, (0.0,), 1.0, (0.0,)),
    Point("log1p of a small number", log1p, (1e-20,), 1e-20, (1.0,)),
    Point("log1p at −1", log1p, (-1.0,), -inf, (inf,), _ZERO),
    Point("log1p past −1", log1p, (-2.0,), nan, (nan,)),
    Point("expm1 of a small number", expm1, (1e-20,), 1e-20, (1.0,)),
    Point("expm1 at −40", expm1, (-40.0,), -1.0, (exp(-40),)),
    Point("log2 of 8", log2, (8.0,), 3.0, (1 / 8 / log(2),)),
    Point("log2 at 0", log2, (0.0,), -inf, (inf,), _ZERO),
    Point("log2 at −1", log2, (-1.0,), nan, (nan,)),
    Point("log10 of 1000", log10, (1000.0,), 3.0, (1 / 1000 / log(10),)),
    Point("log10 at 0", log10, (0.0,), -inf, (inf,), _ZERO),
    Point("erf at 0", erf, (0.0,), 0.0, (2 / sqrt(pi),)),
    Point("erf at ∞", erf, (inf,), 1.0, (0.0,)),
    Point("erf of NaN", erf, (nan,), nan, (nan,)),
    Point("softsign at 0", softsign, (0.0,), 0.0, (1.0,)),
    Point("softsign at −∞", softsign, (-inf,), -1.0, (0.0,)),
    Point("hardsigmoid at 3", hardsigmoid, (3.0,), 1.0, (0.0,), _BENDS),
    Point("hardsigmoid at −3", hardsigmoid, (-3.0,), 0.0, (0.0,), _BENDS),
    Point("hardsigmoid at 0", hardsigmoid, (0.0,), 0.5, (1 / 6,)),
    Point("hardsigmoid at ∞", hardsigmoid, (inf,), 1.0, (0.0,)),
    Point("huber at its bound", lambda r: huber(r, delta=Fraction(2)), (-2.0,), 2.0, (-2.0,)),
    Point("huber at 1e200", lambda r: huber(r, delta=Fraction(2)), (1e200,), 2e200, (2.0,)),
    Point("huber at 0", lambda r: huber(r, delta=Fraction(2)), (0.0,), 0.0, (0.0,)),
    Point("huber of NaN", lambda r: huber(r, delta=Fraction(2)), (nan,), nan, (nan,)),
    Point("atan2 at the origin", atan2, (0.0, 0.0), 0.0, (nan, nan), ("angle_of_origin",)),
    Point("atan2 on the cut", atan2, (0.0, -2.0), pi, (-0.5, 0.0), ("angle_at_cut",)),
    Point("atan2 below the cut", atan2, (-0.0, -2.0), -pi, (-0.5, 0.0), ("angle_at_cut",)),
    Point("atan2 upwards", atan2, (3.0, 0.0), pi / 2, (0.0, -1 / 3)),
    Point("logaddexp of 1000 and 0", logaddexp, (1000.0, 0.0), 1000.0, (1.0, 0.0)),
    Point("logaddexp of −1000 twice", logaddexp, (-1000.0, -1000.0), log(2) - 1000, (0.5, 0.5)),
    Point("logaddexp of −∞ and 0", logaddexp, (-inf, 0.0), 0.0, (0.0, 1.0)),
)
