"""Rows without inputs: declared leaves, literals and arrays, zeros, ones, eye, ranges."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import pi
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from backstep.graph.node import Literal
from backstep.graph.shape import Shape
from backstep.ops.lazy_sympy import sympy
from backstep.ops.row import Floats, Notation, Objects, Row, Sample, call


def _exact(value: Fraction) -> sympy.Expr:
    return sympy.Rational(value.numerator, value.denominator)


def _objects(array: ArrayLike) -> Objects:
    made: Objects = np.frompyfunc(lambda x: sympy.Integer(int(x)), 1, 1)(
        np.asarray(array, dtype=object)
    )
    return made


def _spread(low: Fraction, high: Fraction, n: int) -> list[Fraction]:
    if n == 1:
        return [low]
    return [low + (high - low) * k / (n - 1) for k in range(n)]


def _array_shape(values: object) -> Shape:
    if not isinstance(values, tuple):
        return ()
    return (len(values), *(_array_shape(values[0]) if values else ()))


def _each(values: object, change: Callable[[Any], object]) -> Any:
    return [_each(v, change) for v in values] if isinstance(values, tuple) else change(values)


def _spell(values: object) -> str:
    if isinstance(values, tuple):
        return f"[{', '.join(_spell(v) for v in values)}]"
    return str(values)


def _float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _leaf(*_: object, name: str, **__: object) -> str:
    return name


def _unevaluated(*_: object, **__: object) -> Floats:
    raise LookupError("a leaf's value comes from outside the graph")


def _shaped(name: str) -> Notation:
    return Notation(
        name,
        lambda shape: f"{name}({', '.join(map(str, shape))})",
    )


def _none(*_: object, **__: object) -> tuple[()]:
    return ()


ROWS: tuple[Row, ...] = (
    Row(
        name="leaf",
        doc="A declared input, target, parameter or constant.",
        shape=lambda name, role, shape: shape,
        numpy=_unevaluated,
        vjp=_none,
        notation=Notation("", _leaf),
        arity=(0, 0),
        operations=0,
        leaf=True,
    ),
    Row(
        name="seed",
        doc="A named partial that a backward pass starts from.",
        shape=lambda name, shape: shape,
        numpy=_unevaluated,
        vjp=_none,
        notation=Notation("", _leaf),
        arity=(0, 0),
        operations=0,
        leaf=True,
        marks_partial=True,
    ),
    Row(
        name="constant",
        doc="A number that stands as a node of its own.",
        shape=lambda value: value,
        numpy=lambda value: np.float64(value),
        sympy=lambda value: value,
        vjp=lambda g, out, value: (None,),
        notation=Notation("=", lambda value: value),
        operations=0,
        elementwise=True,
    ),
    Row(
        name="array",
        doc="A vector or matrix of written numbers.",
        shape=lambda values: _array_shape(values),
        numpy=lambda values: np.array(_each(values, _float), dtype=np.float64).reshape(
            _array_shape(values)
        ),
        sympy=lambda values: np.array(_each(values, _exact), dtype=object).reshape(
            _array_shape(values)
        ),
        vjp=_none,
        notation=Notation("[ ]", lambda values: _spell(values)),
        arity=(0, 0),
        samples=(Sample((), {"values": (Fraction(1), Fraction(2))}),),
        example="[1, 2, 3]",
        operations=0,
    ),
    Row(
        name="zeros",
        doc="A tensor of zeros.",
        shape=lambda shape: shape,
        numpy=lambda shape: np.zeros(shape),
        sympy=lambda shape: _objects(np.zeros(shape)),
        vjp=_none,
        notation=_shaped("zeros"),
        arity=(0, 0),
        samples=(Sample((), {"shape": (2, 3)}),),
        example="zeros(2, 3)",
        operations=0,
    ),
    Row(
        name="ones",
        doc="A tensor of ones.",
        shape=lambda shape: shape,
        numpy=lambda shape: np.ones(shape),
        sympy=lambda shape: _objects(np.ones(shape)),
        vjp=_none,
        notation=_shaped("ones"),
        arity=(0, 0),
        samples=(Sample((), {"shape": (2, 3)}),),
        example="ones(2, 3)",
        operations=0,
    ),
    Row(
        name="eye",
        doc="The identity matrix.",
        shape=lambda n: (n, n),
        numpy=lambda n: np.eye(n),
        sympy=lambda n: _objects(np.eye(n)),
        vjp=_none,
        notation=call("eye"),
        arity=(0, 0),
        samples=(Sample((), {"n": 3}),),
        example="eye(3)",
        operations=0,
    ),
    Row(
        name="arange",
        doc="The whole numbers 0, 1, …, n − 1.",
        shape=lambda n: (n,),
        numpy=lambda n: np.arange(n, dtype=np.float64),
        sympy=lambda n: _objects(np.arange(n)),
        vjp=_none,
        notation=call("arange"),
        arity=(0, 0),
        samples=(Sample((), {"n": 4}),),
        example="arange(4)",
        operations=0,
    ),
    Row(
        name="linspace",
        doc="n numbers evenly from low to high, both included.",
        shape=lambda low, high, n: (n,),
        numpy=lambda low, high, n: np.array([_float(x) for x in _spread(low, high, n)]),
        sympy=lambda low, high, n: np.array(
            [_exact(x) for x in _spread(low, high, n)], dtype=object
        ),
        vjp=_none,
        notation=Notation(
            "linspace",
            lambda low, high, n: f"linspace({low}, {high}, {n})",
        ),
        arity=(0, 0),
        samples=(Sample((), {"low": Fraction(-1), "high": Fraction(1), "n": 5}),),
        example="linspace(-1, 1, 5)",
        operations=0,
    ),
)

PI = Fraction(pi)
PI_LITERAL = Literal(PI, "pi", "pi")
INFINITY_LITERAL = Literal(Fraction(10) ** 400, "inf", "inf")
"""∞: its exact value is past every float, so that its float is infinite."""
