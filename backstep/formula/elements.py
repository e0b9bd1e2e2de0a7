"""An element of a formula as a formula: that of a sum is the sum of its terms' elements."""

from __future__ import annotations

from collections.abc import Sequence

from backstep.formula.tree import ONE, At, Call, Deriv, Formula, Mark, Neg, Op, Sym, rebuilt
from backstep.ops import TABLE


def is_loose(formula: Formula) -> bool:
    """Whether the formula needs brackets as a factor: a sum, or a negative."""
    return isinstance(formula, Neg) or (isinstance(formula, Op) and formula.op == "add")


def turned(formula: Formula) -> Formula:
    """The transpose."""
    return Call("transpose", (formula,))


def at(formula: Formula, places: Sequence[int]) -> Formula:
    """An element of the formula's value; without places the formula itself."""
    return At(formula, tuple(places)) if places else formula


def element(formula: Formula, places: tuple[int, ...]) -> Formula:
    """An element of a formula: the elements of its symbols, where it is made element by element."""
    shape = formula.shape
    if not shape:
        return formula
    places = places[len(places) - len(shape) :]
    match formula:
        case Call("transpose", (inner,)) if len(places) == 2:
            return element(inner, places[::-1])
        case Call("ones"):
            return ONE
        case Mark(kind, inner):
            return Mark(kind, element(inner, places))
        case Sym() | Deriv():
            return At(formula, places)
        case Op("matmul"):
            return At(formula, places)
        case Call(name) if not TABLE[name].elementwise:
            return At(formula, places)
        case At():
            return At(formula, places)
    if any(part.shape not in ((), shape) for part in formula.parts):
        return At(formula, places)
    return rebuilt(formula, lambda part: element(part, places))
