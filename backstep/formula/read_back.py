"""The tree that a printed formula is read back as: a notation may leave something out.

Text leaves out what the language has no word for; LaTeX also how a product of matrices is put in
brackets, in which order a number and a tensor stand, and what an axis of length 1 is for.
"""

from __future__ import annotations

from fractions import Fraction

from backstep.formula.box_parts import column, same_axes
from backstep.formula.convolutions import in_parts
from backstep.formula.operations import COMPARISONS, applied, is_written
from backstep.formula.text import number_text
from backstep.formula.tree import (
    Call,
    Formula,
    Frac,
    Mat,
    Neg,
    Num,
    Op,
    Pow,
    bare,
    mapped,
    matmul,
    multiply,
    number,
    rebuilt,
)


def as_text(formula: Formula) -> Formula:
    """What the formula's text reads as."""
    return mapped(mapped(bare(formula), in_parts), _text_said)


def as_latex(formula: Formula) -> Formula:
    """What the formula's LaTeX reads as."""
    return mapped(mapped(bare(formula), _widened), _latex_said)


def _widened(part: Formula) -> Formula:
    """A value a row is written as a column times a row of ones."""
    if not isinstance(part, Frac | Op) or len(part.shape) != 2:
        return part
    if isinstance(part, Op) and part.op not in ("add", "multiply"):
        return part
    shape = part.shape

    def wide(each: Formula) -> Formula:
        if isinstance(each, Neg):
            return Neg(wide(each.arg))
        found = column(each, shape)
        if found is None:
            return each
        scalars, inside = found
        return multiply(*scalars, applied("outer", inside, applied("ones", shape=shape[1:])))

    return rebuilt(part, wide)


def _text_said(part: Formula) -> Formula:
    match part:
        case Num():
            return Num(Fraction(number_text(part)[0])) if part.text is None else part
        case Call("where", (Op(op), one, zero)) if op in COMPARISONS and _is(one, 1):
            # A condition that stands outside of a choice is written as one.
            return part.args[0] if _is(zero, 0) else part
        case Call("where", (condition, *values)) if not _is_condition(condition):
            return Call("where", (_not_zero(condition), *values))
        case Call("guard", (condition, value)):
            met = condition if _is_condition(condition) else _not_zero(condition)
            return Call("where", (met, value, number(0)))
        case Call("swap_last", (value,)) if len(value.shape) == 2:
            return Call("transpose", (value,))
        case Call("swap_last", (value,)):
            return Call("move_axis", (value,), (("source", -1), ("target", -2)))
        case Call("sum_to", args):
            return Call("sum", args)
        case Call("reshape", args, options) if not dict(options)["shape"]:
            return Call("sum", args)
        case Call("place", (value, label), options) if not _is_one(value):
            return multiply(value, Call("place", (number(1), label), options))
        case Call("stack", args, ()) if not all(map(is_written, args)):
            return Mat(args)
    return part


def _latex_said(part: Formula) -> Formula:
    match part:
        case Num():
            return Num(Fraction(number_text(part)[0])) if part.text is None else part
        case Call("where", (condition, *values)) if not _is_condition(condition):
            return Call("where", (_not_zero(condition), *values))
        case Call("guard", (_, value)):
            return value
        case Call("step", (value,)):
            return Op("greater", (value, number(0)))
        case Call("square", (value,)):
            return Pow(value, number(2))
        case Call("sum_to", args):
            return Call("sum", args)
        case Call("reshape", (value,), options) if same_axes(value.shape, dict(options)["shape"]):
            return value
        case Call("stack" | "concat" as name, args, options):
            axis = dict(options).get("axis", 0)
            if name == "stack" and axis == 0:
                return Mat(args)
            return Call(name, args, (("axis", axis),) if axis else ())
        case Call("place", (value, label), options) if not _is_one(value):
            return _product((value, Call("place", (number(1), label), options)))
        case Op("multiply", args):
            return _product(args)
        case Op("matmul", args):
            return _matrices(args)
    return part


def _product(args: tuple[Formula, ...]) -> Formula:
    """Numbers in front; those before a product element by element are its first factors."""
    scalars = [each for each in args if not each.shape]
    tensors = [each for each in args if each.shape]
    if not scalars or not tensors:
        return multiply(*scalars, *tensors)
    tensor = multiply(*tensors)
    if isinstance(tensor, Op) and tensor.op == "multiply" and all(a.shape for a in tensor.args):
        return multiply(*scalars, *tensor.args)
    return multiply(*scalars, tensor)


def _matrices(args: tuple[Formula, ...]) -> Formula:
    """A product of matrices from the left, outer products in it taken apart."""
    flat: list[Formula] = []
    for each in args:
        flat.extend(each.args if isinstance(each, Op) and each.op == "matmul" else (each,))
    found = flat[0]
    for each in flat[1:]:
        if isinstance(each, Call) and each.name == "outer":
            left, right = each.args
            found = Call("outer", (matmul(found, left), right))
        else:
            found = matmul(found, each)
    return found


def _is_condition(formula: Formula) -> bool:
    return isinstance(formula, Op) and formula.op in COMPARISONS


def _not_zero(formula: Formula) -> Formula:
    return Op("not_equal", (formula, number(0)))


def _is(formula: Formula, value: int) -> bool:
    return isinstance(formula, Num) and formula.value == value


def _is_one(formula: Formula) -> bool:
    return _is(formula, 1)


__all__ = ["as_latex", "as_text"]
