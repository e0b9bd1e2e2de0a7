"""Products written so that a factor is tested for 0 before an infinite one is read.

The masks of `masks` are conditions; here values decide, since only numbers show which 0 meets what
has no value. Elsewhere the formula is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np

from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import broadcast, size
from backstep.limits import LIMITS
from backstep.ops.masked_products import strong_value
from backstep.ops.row import Array
from backstep.simplify.factors import Builder
from backstep.simplify.masks import ZERO

Evaluate = Callable[[Node, list[Array]], Array]
_MOST_LEFT_OUT = 12
"""The most tested products for which leaving out single tests is tried."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A formula some of whose products test their factors for 0, its value, and which products
    do.
    """

    node: Node
    value: Array
    products: tuple[int, ...]
    """Ids of the formula as it was, innermost first."""


def zeros_asked(
    b: Builder, target: Node, leaves: Mapping[int, Array], evaluate: Evaluate, right: Array
) -> Node:
    """The formula with the fewest products that test their factors for 0, such that it is NaN only
    where `right` is.

    `leaves` gives the values of the nodes that are not computed, by id. Unchanged if no product
    helps.
    """
    best = _with(b, target, leaves, evaluate, frozenset())
    if _further_nans(best.value, right):
        return target
    without: frozenset[int] = frozenset()
    for each in best.products if len(best.products) <= _MOST_LEFT_OUT else ():
        found = _with(b, target, leaves, evaluate, without | {each})
        if not _further_nans(found.value, right):
            best, without = found, without | {each}
    return best.node


def _further_nans(value: Array, right: Array) -> bool:
    """Whether the value is NaN where the right one is not."""
    return bool((np.isnan(value) & ~np.isnan(right)).any())


def _with(
    b: Builder,
    target: Node,
    leaves: Mapping[int, Array],
    evaluate: Evaluate,
    without: Collection[int],
) -> Asked:
    """The formula in which every product that a 0 makes NaN tests its factors, but those
    `without`.
    """
    made: dict[int, tuple[Operand, Array]] = {}
    asked: list[int] = []
    open_nodes = [target]
    while open_nodes:
        node = open_nodes[-1]
        missing = [each for each in node.nodes if each.id not in made]
        if node.id in made or not missing:
            open_nodes.pop()
            if node.id not in made:
                made[node.id] = (
                    (node, leaves[node.id])
                    if node.id in leaves
                    else _made(b, node, made, evaluate, None if node.id in without else asked)
                )
            continue
        open_nodes.extend(missing)
    found, value = made[target.id]
    assert isinstance(found, Node)
    return Asked(found, value, tuple(asked))


def _made(
    b: Builder,
    node: Node,
    made: Mapping[int, tuple[Operand, Array]],
    evaluate: Evaluate,
    asked: list[int] | None,
) -> tuple[Operand, Array]:
    """The node on what its inputs became; a product that tests its factors is noted in `asked`."""
    given = [made[each.id][0] if isinstance(each, Node) else each for each in node.inputs]
    values = [
        made[each.id][1] if isinstance(each, Node) else np.asarray(float(each))
        for each in node.inputs
    ]
    value = evaluate(node, values)
    whole: Operand = node
    if any(new is not old for new, old in zip(given, node.inputs, strict=True)):
        whole = b.raw(node.op, *given, **node.params)
    if asked is None or not np.isnan(value).any():
        return whole, value
    with np.errstate(all="ignore"):
        kept = strong_value(node.op, values, node.params)
    if kept is None or (np.isnan(kept) == np.isnan(value)).all():
        return whole, value
    form = _asked(b, node.op, given, values)
    if form is None:
        return whole, value
    asked.append(node.id)
    return form, kept


def _asked(b: Builder, op: str, sides: list[Operand], values: list[Array]) -> Operand | None:
    """The product of two sides, read where neither is a 0 that meets what is not finite."""
    left, right = sides
    if op in ("multiply", "divide"):
        return _chosen(b, sides, values, b.raw(op, left, right), op == "divide")
    if op == "outer":
        column = _reshaped(b, left, (*left.shape, 1))
        there = [values[0][:, np.newaxis], values[1]]
        return _chosen(b, [column, right], there, b.raw(op, left, right))
    # A row times a column is a sum of products, each of which tests its own factors.
    there = list(values)
    if len(left.shape) > 1:
        if len(right.shape) > 2:
            right = _reshaped(b, right, (*right.shape[:-2], 1, *right.shape[-2:]))
            there[1] = there[1].reshape(right.shape)
        if len(right.shape) > 1:
            left = _reshaped(b, left, (*left.shape, 1))
    elif len(right.shape) > 1:
        left = _reshaped(b, left, (*left.shape, 1))
    there[0] = there[0].reshape(left.shape)
    shape = broadcast(left.shape, right.shape)
    if size(shape) > LIMITS.tensor_elements:
        return None
    chosen = _chosen(b, [left, right], there, b.raw("multiply", left, right))
    axis = len(shape) - (1 if len(sides[1].shape) == 1 else 2)
    return b.raw("sum", chosen) if len(shape) == 1 else b.raw("sum", chosen, axis=axis)


def _chosen(
    b: Builder, sides: list[Operand], values: list[Array], product: Operand, divided: bool = False
) -> Operand:
    """The product, and 0 where a side is a 0 that meets what is not finite in the other."""
    first, second = values
    met = [(first == 0) & (~np.isfinite(second) | (divided & (second == 0)))]
    if not divided:
        met.append((second == 0) & ~np.isfinite(first))
    for side, zero in zip(sides, met, strict=False):
        if zero.any():
            product = b.raw("where", b.raw("not_equal", side, ZERO), product, ZERO)
    return product


def _reshaped(b: Builder, operand: Operand, shape: tuple[int, ...]) -> Node:
    assert not isinstance(operand, Literal)
    return b.raw("reshape", operand, shape=shape)
