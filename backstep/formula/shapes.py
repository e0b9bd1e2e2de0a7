"""The shape of a formula's value, by the shape rules of the operations' table."""

from __future__ import annotations

from typing import cast
from weakref import WeakKeyDictionary

from backstep.formula.tree import (
    At,
    Big,
    Call,
    Cases,
    Deriv,
    Figure,
    Formula,
    Frac,
    Mark,
    Mat,
    Neg,
    Num,
    Op,
    Pow,
    Sym,
    walk,
)
from backstep.graph.parameters import Parameters
from backstep.graph.shape import Shape, ShapeError, broadcast
from backstep.ops import TABLE

_KNOWN: WeakKeyDictionary[Formula, Shape] = WeakKeyDictionary()


def shape(formula: Formula) -> Shape:
    """The shape of a formula's value. Raises ShapeError where its parts do not fit together."""
    for part in walk(formula, _KNOWN):
        _KNOWN[part] = _shape(part)
    return _KNOWN[formula]


def shape_of(formula: Formula) -> Shape:
    """The shape; of what does not fit together that of its first part that has one."""
    try:
        return formula.shape
    except ShapeError:
        return next((found for part in formula.parts if (found := shape_of(part))), ())


def _shape(formula: Formula) -> Shape:
    """The shape of one part, from those of its own parts."""
    match formula:
        case Num() | Figure():
            return ()
        case Sym(size=size):
            return size
        case Op(op, args):
            found = _KNOWN[args[0]]
            for each in args[1:]:
                found = _row(op, found, _KNOWN[each])
            return found
        case Neg(arg) | Mark(_, arg):
            return _KNOWN[arg]
        case Frac(top, bottom):
            return _row("divide", _KNOWN[top], _KNOWN[bottom])
        case Pow(base, exponent):
            return _row("power", _KNOWN[base], _KNOWN[exponent])
        case Call("diag", (vector,)):
            return _KNOWN[vector] * 2
        case Call(name, args, options):
            return _row(name, *map(_KNOWN.__getitem__, args), **dict(options))
        case At(value, key):
            whole = tuple(0 if isinstance(part, Formula) else part for part in key)
            return _row("index", _KNOWN[value], key=whole)
        case Mat(items):
            return (len(items), *_KNOWN[items[0]])
        case Deriv(_, bottom, at, _):
            return _KNOWN[bottom if at is None else at]
        case Big(body=body):
            return _KNOWN[body]
        case Cases(rows):
            return _KNOWN[rows[0][0]]
    raise TypeError(type(formula).__name__)


def _row(op: str, *shapes: Shape, **options: object) -> Shape:
    row = TABLE.get(op)
    # What no operation is, floor and `and`, is a function of single elements.
    return broadcast(*shapes) if row is None else row.shape_of(shapes, cast("Parameters", options))
