"""Sizes as numbers of a text, and rows taken by number: `x.shape[0]`, `len(x)`, `C[ids]`."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import Shape, spell
from backstep.lang.compile.scope import Declared
from backstep.lang.syntax import syntax_tree
from backstep.lang.syntax.refusal import refuse
from backstep.ops.classes import PICKED, TAKEN, counts

if TYPE_CHECKING:
    from backstep.lang.compile.expressions import Evaluator

_TRUTHS = frozenset({"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"})


def shape(evaluator: Evaluator, part: syntax_tree.Expression) -> Shape:
    """The shape of a value, also where its numbers are no constants.

    Where no node may be built it is that of a name, of its transpose, or of a layer's parameter.
    """
    if evaluator.maker.graph is not None:
        return evaluator.evaluate(part).shape
    match part:
        case syntax_tree.Name():
            meaning = evaluator.scope.find(part)
            return meaning.node.shape if isinstance(meaning, Declared) else meaning.shape
        case syntax_tree.Attribute() if part.name.name == "T":
            return shape(evaluator, part.value)[::-1]
        case syntax_tree.Attribute():
            owned = evaluator.owned(part)
            if owned is not None:
                return owned.shape
        case _:
            pass
    message = "the size of a formula is no constant"
    raise refuse("not_constant", message, "give it a name: y = …, then y.shape[0]", part.span)


def size(evaluator: Evaluator, part: syntax_tree.Index) -> Literal | None:
    """The number that `x.shape[0]` is; None of any other index."""
    value = part.value
    if not isinstance(value, syntax_tree.Attribute) or value.name.name != "shape":
        return None
    if evaluator.owned(value) is not None:
        return None
    lengths = shape(evaluator, value.value)
    if len(part.items) != 1 or isinstance(part.items[0], syntax_tree.Slice):
        message = "a shape has one index, a whole number"
        raise refuse("index", message, "write x.shape[0]", part.span)
    axis = evaluator.whole(part.items[0], "an axis")
    if not -len(lengths) <= axis < len(lengths):
        message = f"axis {axis} of a shape of {len(lengths)} axes: {spell(lengths)}"
        raise refuse("index", message, None, part.items[0].span)
    return Literal(Fraction(lengths[axis]))


def taken(evaluator: Evaluator, part: syntax_tree.Index, value: Node) -> Operand | None:
    """`C[ids]`: the rows that a tensor of whole numbers names; None of a constant index.

    `p[y]` of a class y is the element that it names, and `P[arange(n), y]` one of each row.
    """
    if evaluator.maker.graph is None:
        return None
    if len(part.items) == 2:
        return _of_each_row(evaluator, part, value)
    if len(part.items) != 1:
        return None
    (item,) = part.items
    name: syntax_tree.Expression | syntax_tree.Slice = item
    while isinstance(name, syntax_tree.Index):
        name = name.value
    if isinstance(name, syntax_tree.Name):
        meaning = evaluator.scope.find(name)
        found = meaning.node.shape if isinstance(meaning, Declared) else meaning.shape
        if not found:
            return _of_class(evaluator, part, value, item, name)
    elif not isinstance(name, syntax_tree.ListOf):
        return None
    assert not isinstance(item, syntax_tree.Slice)
    ids = evaluator.evaluate(item)
    if not ids.shape:
        return None
    if isinstance(ids, Node) and ids.op in _TRUTHS:
        message = "a mask takes a number of elements that is not known before it is computed"
        hint = "write where(mask, x, 0), or a product with the mask"
        raise refuse("index", message, hint, item.span)
    return evaluator.maker.fit(TAKEN, (value, ids), (part.value.span, item.span), part.span)


def _of_class(
    evaluator: Evaluator,
    part: syntax_tree.Index,
    value: Node,
    item: syntax_tree.Expression | syntax_tree.Slice,
    name: syntax_tree.Name,
) -> Operand | None:
    """The element of a vector that a class names, which is declared and no constant."""
    meaning = evaluator.scope.find(name)
    declared = evaluator.scope.declared(meaning) if isinstance(meaning, Node) else meaning
    given = isinstance(declared, Declared) and declared.role in ("target", "input")
    if item is not name or not given or len(value.shape) != 1:
        return None
    places = (part.value.span, name.span)
    return evaluator.maker.fit(PICKED, (value, evaluator.evaluate(name)), places, part.span)


def _of_each_row(evaluator: Evaluator, part: syntax_tree.Index, value: Node) -> Operand | None:
    """`P[arange(n), y]`, as NumPy has it: of each row the element that its class names."""
    rows, classes = part.items
    if isinstance(rows, syntax_tree.Slice) or not isinstance(classes, syntax_tree.Name):
        return None
    if not isinstance(rows, syntax_tree.Call | syntax_tree.ListOf) or len(value.shape) != 2:
        return None
    if evaluator.evaluate(classes).shape != value.shape[:1]:
        return None
    counted = evaluator.evaluate(rows)
    if not isinstance(counted, Node) or not counts(counted, value.shape[0]):
        return None
    places = (part.value.span, classes.span)
    return evaluator.maker.fit(PICKED, (value, evaluator.evaluate(classes)), places, part.span)


def element(
    evaluator: Evaluator,
    item: syntax_tree.Expression,
    length: int,
    axis: int,
    part: syntax_tree.Index,
) -> int:
    """The place that a constant index names, from 0."""
    place = evaluator.whole(item, "an index")
    if not -length <= place < length:
        name = evaluator.maker.text.quote(part.value.span) or "this value"
        which = f"axis {axis} of {name}" if len(part.items) > 1 or axis else name
        has = f"{length} element{'s' if length != 1 else ''}"
        hint = f"the first is 0, the last is {length - 1}" if length else None
        raise refuse("index", f"index {place} of {which}, which has {has}", hint, item.span)
    return place % length
