"""Rows that compare and choose: conditions, where, the smaller and the larger of two."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from backstep.graph.node import Node
from backstep.graph.shape import Shape, broadcast
from backstep.ops.lazy_sympy import sympy
from backstep.ops.row import (
    COMPARISON,
    SUM,
    Floats,
    Kink,
    Mask,
    NoGradient,
    Notation,
    Row,
    Sample,
    binary,
    call,
    infix,
    operation,
)

_where = operation("where")
_guard = operation("guard")
_equal = operation("equal")
_step = operation("step")

_HALF = 0.5
_ULPS = 8 * float(np.finfo(np.float64).eps)
_SHAPES: tuple[tuple[Shape, Shape, Shape], ...] = (((), (), ()), ((2, 3), (3,), (2, 1)))


def _condition(
    name: str, sign: str, doc: str, compute: Callable[..., Mask | np.bool_], relation: str
) -> Row:
    flat = NoGradient("a comparison is flat: it only switches")
    return binary(
        name,
        doc=doc,
        numpy=lambda a, b: (
            compute(a, b).astype(np.float64)
            if np.ndim(a) or np.ndim(b)
            else np.float64(compute(a, b))
        ),
        sympy=lambda a, b: getattr(sympy, relation)(a, b),
        vjp=lambda g, out, a, b: (flat, flat),
        work=0,
        notation=infix(sign, f" {sign} ", COMPARISON, SUM, SUM),
        example=f"where(x {sign} y, x, 2 * y)",
        branch=_order,
        near=lambda a, b: compute(*_drawn_together(a, b)).astype(np.float64),
    )


def _drawn_together(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """The same two, but a second that is a few ulps from the first is replaced by it."""
    a, b = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
    with np.errstate(all="ignore"):
        close = np.abs(a - b) <= _ULPS * np.maximum(np.abs(a), np.abs(b))
    return a, np.where(close, a, b)


def _order(a: Floats, b: Floats) -> NDArray[np.int_]:
    """−1, 0 or 1: which is the larger. Not by a difference, which two infinities do not have."""
    return np.greater(a, b) * 1 - np.less(a, b)


def _truth(condition: sympy.Basic) -> sympy.Basic:
    return (
        condition if isinstance(condition, sympy.logic.boolalg.Boolean) else sympy.Ne(condition, 0)
    )


def _tie(a: Floats, b: Floats) -> Mask:
    return np.equal(a, b)


def _slope_of_larger(a: Node, b: Node) -> Node:
    """1 where a is larger, ½ at a tie, else 0; NaN where either is."""
    return _where(_equal(a, b), _HALF, _step(a - b))


ROWS: tuple[Row, ...] = (
    _condition("less", "<", "1 where the first is smaller, else 0.", np.less, "Lt"),
    _condition("less_equal", "<=", "1 where the first is not larger, else 0.", np.less_equal, "Le"),
    _condition("greater", ">", "1 where the first is larger, else 0.", np.greater, "Gt"),
    _condition(
        "greater_equal", ">=", "1 where the first is not smaller, else 0.", np.greater_equal, "Ge"
    ),
    _condition("equal", "==", "1 where both are equal, else 0.", np.equal, "Eq"),
    _condition("not_equal", "!=", "1 where they differ, else 0.", np.not_equal, "Ne"),
    Row(
        name="where",
        doc="The second value where the condition holds, else the third. The branch not taken "
        "gives a partial of exactly 0.",
        shape=lambda condition, a, b: broadcast(condition, a, b),
        numpy=lambda condition, a, b: np.where(np.not_equal(condition, 0), a, b),
        sympy=lambda condition, a, b: sympy.Piecewise((a, _truth(condition)), (b, True)),
        vjp=lambda g, out, condition, a, b: (
            None,
            _where(condition, g, 0),
            _where(condition, 0, g),
        ),
        notation=call("where"),
        arity=(3, 3),
        elementwise=True,
        samples=tuple(
            Sample(shapes, domain=((0.0, 2.0), (-2.0, 2.0), (-2.0, 2.0)), integer_inputs=(0,))
            for shapes in _SHAPES
        ),
        example="where(x > 0, x, x / 10)",
        branch=lambda condition, a, b: np.not_equal(condition, 0),
        chooses=True,
        named=True,
        slope=(1, 2),
    ),
    Row(
        name="guard",
        doc="The second value where the condition holds, else 0: a convention inside a rule.",
        shape=lambda condition, a: broadcast(condition, a),
        numpy=lambda condition, a: np.where(np.not_equal(condition, 0), a, 0.0),
        sympy=lambda condition, a: sympy.Piecewise((a, _truth(condition)), (0, True)),
        vjp=lambda g, out, condition, a: (None, _guard(condition, g)),
        branch=lambda condition, a: np.not_equal(condition, 0),
        transparent=True,
        notation=Notation(
            "guard",
            lambda condition, a: f"where({condition}, {a}, 0)",
            SUM,
            (COMPARISON, SUM),
        ),
        arity=(2, 2),
        elementwise=True,
        samples=tuple(
            Sample(shapes, domain=((0.0, 2.0), (-2.0, 2.0)), integer_inputs=(0,))
            for shapes in (((), ()), ((2, 3), (3,)))
        ),
    ),
    binary(
        "maximum",
        doc="The larger of two values; at a tie each gets half of the partial.",
        numpy=np.maximum,
        sympy=lambda a, b: sympy.Piecewise((a, a > b), ((a + b) / 2, sympy.Eq(a, b)), (b, True)),
        vjp=lambda g, out, a, b: (g * _slope_of_larger(a, b), g * _slope_of_larger(b, a)),
        copies=4,
        notation=call("maximum", "max"),
        example="maximum(x, y)",
        named=True,
        operations=4,
        kinks=(Kink("tie", "maximum has a tie; each side gets half of the partial", _tie),),
        branch=_order,
    ),
    binary(
        "minimum",
        doc="The smaller of two values; at a tie each gets half of the partial.",
        numpy=np.minimum,
        sympy=lambda a, b: sympy.Piecewise((a, a < b), ((a + b) / 2, sympy.Eq(a, b)), (b, True)),
        vjp=lambda g, out, a, b: (g * _slope_of_larger(b, a), g * _slope_of_larger(a, b)),
        copies=4,
        notation=call("minimum", "min"),
        example="minimum(x, y)",
        named=True,
        operations=4,
        kinks=(Kink("tie", "minimum has a tie; each side gets half of the partial", _tie),),
        branch=_order,
    ),
)
