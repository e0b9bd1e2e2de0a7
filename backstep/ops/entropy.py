"""Rows that losses and dropout need: y·log p with its edge, and masks drawn from a stream."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from backstep.graph.node import Node
from backstep.graph.shape import Shape
from backstep.ops.lazy_sympy import sympy
from backstep.ops.row import (
    PRODUCT,
    SIGN,
    Contribution,
    Floats,
    Kink,
    Notation,
    Row,
    Sample,
    binary,
    operation,
)

_abs = operation("abs")
_equal = operation("equal")
_guard = operation("guard")
_log = operation("log")
_log_slope = operation("log_slope")
_maximum = operation("maximum")


def _times_log(y: Floats, p: Floats) -> Floats:
    return np.where(np.equal(y, 0) & np.equal(p, 0), 0.0, np.multiply(y, np.log(p)))


def _times_log_vjp(g: Node, out: Node, y: Node, p: Node) -> tuple[Contribution, ...]:
    at_edge = _equal(_maximum(_abs(y), _abs(p)), 0)
    return g * _log(p), g * _guard(_equal(at_edge, 0), y * _log_slope(p))


def _mask(probability: Fraction, shape: Shape, seed: int, place: str) -> Floats:
    stream = np.random.Generator(np.random.PCG64([seed, *place.encode()]))
    return (stream.random(shape) >= float(probability)).astype(np.float64)


ROWS: tuple[Row, ...] = (
    binary(
        "times_log",
        doc="The first value times the logarithm of the second; 0·log 0 is 0.",
        numpy=_times_log,
        sympy=lambda y, p: y * sympy.log(p),
        vjp=_times_log_vjp,
        work=2,
        notation=Notation(
            "y log p",
            lambda y, p: f"{y}*log({p})",
            PRODUCT,
            (PRODUCT, 0),
        ),
        domain=((0.1, 2.0), (0.2, 2.0)),
        operations=2,
        kinks=(
            Kink(
                "log_of_zero_probability",
                "a probability of 0: 0·log 0 counts as 0, anything else is infinite; "
                "the losses on logits have no such edge",
                lambda y, p: np.equal(p, 0),
            ),
        ),
    ),
    Row(
        name="mask",
        doc="Ones, and zeros with a given probability, from a stream of the place's own.",
        shape=lambda probability, shape, seed, place: shape,
        numpy=_mask,
        sympy=lambda probability, shape, seed, place: np.frompyfunc(
            lambda kept: sympy.Integer(int(kept)), 1, 1
        )(_mask(probability, shape, seed, place)),
        vjp=lambda g, out, **_: (),
        work=0,
        notation=Notation(
            "mask",
            lambda probability, shape, seed, place: f"mask({float(probability)})",
            SIGN + 2,
        ),
        arity=(0, 0),
        random=True,
        samples=(
            Sample((), {"probability": Fraction(1, 2), "shape": (2, 3), "seed": 0, "place": "h"}),
        ),
        operations=0,
    ),
)
