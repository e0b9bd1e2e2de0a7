"""What stands side by side in LaTeX, by its shapes: products of numbers, matrices and vectors.

What has no size of its own, **1** and e_y, gets the one that its place asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backstep.formula.operations import applied, as_literal, from_literal
from backstep.formula.tree import ONE, ZERO, Call, Formula, Neg, Op, matmul, multiply
from backstep.graph.node import Literal
from backstep.graph.shape import Shape, ShapeError
from backstep.lang.compile.constants import combined


@dataclass(frozen=True, slots=True)
class Open:
    """A formula whose size its place decides: **1**, **0**, e_y, and what is made of them."""

    close: Callable[[Shape], Formula]


Read = Formula | Open
"""A formula, or one whose size its place decides."""


def negative(term: Read) -> Read:
    """A term with its sign turned."""
    if isinstance(term, Open):
        return Open(lambda shape: Neg(term.close(shape)))
    return Neg(term)


def scalar(name: str) -> Formula:
    """A tensor of ones or zeros as the number that it broadcasts from."""
    return ONE if name == "ones" else ZERO


def folded(sign: str, left: Formula, right: Formula) -> Formula | None:
    """The exact result on two written numbers, as the language has it."""
    first, second = as_literal(left), as_literal(right)
    if first is None or second is None or first.symbol or second.symbol:
        return None
    found = combined(sign, _plain(first), _plain(second))
    return None if found is None else from_literal(found)


def _plain(written: Literal) -> Literal:
    return Literal(written.value)


def turned(base: Read) -> Read:
    """The transpose."""
    if isinstance(base, Open):
        return OpenRow(base.close)
    return applied("transpose" if len(base.shape) < 3 else "swap_last", base)


@dataclass(frozen=True, slots=True)
class OpenRow(Open):
    """The transpose of a vector whose size its place decides."""


class EitherProduct(ShapeError):
    """Two vectors side by side: their inner product, or one by one."""


def _is_row(formula: Read) -> bool:
    """Whether it is the transpose of a vector."""
    if isinstance(formula, OpenRow):
        return True
    return isinstance(formula, Call) and formula.name == "transpose" and len(formula.shape) == 1


def _vector(formula: Read) -> Formula:
    """The vector that a row is the transpose of."""
    assert isinstance(formula, Call)
    return formula.args[0]


def joined(factors: Sequence[Read]) -> Read:
    """Factors side by side as one product: numbers in front, then what they stand before."""
    scalars = [each for each in factors if isinstance(each, Formula) and not each.shape]
    rest = [each for each in factors if not (isinstance(each, Formula) and not each.shape)]
    if not rest:
        return multiply(*scalars)
    tensor = rest[0]
    for each in rest[1:]:
        tensor = _beside(tensor, each)
    if isinstance(tensor, Open):
        if not scalars:
            return tensor
        open_tensor = tensor
        return Open(lambda shape: _scaled(scalars, open_tensor.close(shape)))
    return _scaled(scalars, tensor)


def _scaled(scalars: Sequence[Formula], tensor: Formula) -> Formula:
    """Numbers before a tensor; before a product element by element they are its first factors."""
    if not scalars:
        return tensor
    if isinstance(tensor, Op) and tensor.op == "multiply" and all(a.shape for a in tensor.args):
        return multiply(*scalars, *tensor.args)
    return multiply(*scalars, tensor)


def _beside(left: Read, right: Read) -> Read:
    """Two tensors side by side: matrices, vectors, and vectors turned."""
    if _is_row(right):
        return _outer(left, right)
    if _is_row(left):
        return _inner(left, right)
    if isinstance(left, Open) and isinstance(right, Formula):
        return _product(left.close(right.shape[:1]), right)
    if isinstance(right, Open) and isinstance(left, Formula):
        return _product(left, right.close(left.shape[-1:]))
    if isinstance(left, Formula) and isinstance(right, Formula):
        return _product(left, right)
    raise ShapeError("the sizes of these do not follow from each other")


def _product(left: Formula, right: Formula) -> Formula:
    if len(left.shape) == len(right.shape) == 1:
        raise EitherProduct("the product of two vectors may be either")
    made = matmul(left, right)
    _ = made.shape
    return made


def _outer(left: Read, right: Read) -> Read:
    """A column times a row."""
    if isinstance(right, Open):
        if isinstance(left, Open):
            return Open(lambda s: applied("outer", left.close(s[:1]), right.close(s[1:])))
        return Open(lambda s: applied("outer", left, right.close(s[-1:])))
    row = _vector(right)
    if isinstance(left, Open):
        return Open(lambda s: applied("outer", left.close(s[:1]), row))
    if len(left.shape) == 2:
        return _product(left, right)
    return applied("outer", left, row)


def _inner(left: Read, right: Read) -> Read:
    """A row times a column, or a matrix."""
    if isinstance(right, Open):
        if isinstance(left, Open):
            raise ShapeError("the sizes of these do not follow from each other")
        vector = _vector(left)
        return applied("dot", vector, right.close(vector.shape))
    vector = left.close(right.shape[:1]) if isinstance(left, Open) else _vector(left)
    if len(right.shape) == 1:
        return applied("dot", vector, right)
    return _product(vector, right)
