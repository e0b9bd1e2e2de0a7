"""How rows are written on many scalars at once: products and sums of arrays of references.

What is not here is applied to each element, moves elements, or is written by nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from backstep.graph.node import Literal, Node, literal
from backstep.graph.shape import Shape, broadcast, size

References = NDArray[np.int64]
"""What elements are: 1 + the number of a row, 0 for the number 0, below 0 for other numbers."""


class Writer(Protocol):
    """What rows on scalars are written into."""

    @property
    def rows(self) -> int:
        """How many there are."""

    def write(
        self,
        node: Node,
        operands: Sequence[References],
        shape: Shape,
        op: str | None = None,
        params: Mapping[str, object] | None = None,
    ) -> References:
        """Rows of one operation, by default the tensor node's, on operands broadcast to a shape;
        their references.
        """

    def number(self, value: Literal) -> References:
        """The reference of a written number, the same for the same text."""


Rule = Callable[[Writer, Node, Sequence[References]], References]
"""Writes a tensor node on its operands' references; their number is the result's, not its shape."""

_ONE = literal(1)


def _partly(
    writer: Writer,
    node: Node,
    computed: Any,
    simpler: References,
    operands: Sequence[References],
    op: str,
    params: Mapping[str, object],
) -> References:
    """References to rows where they have to be computed, and what is as good elsewhere."""
    shape = computed.shape
    if computed.all():
        return writer.write(node, operands, shape, op, params)
    found = np.array(np.broadcast_to(simpler, shape))
    if computed.any():
        parts = [np.broadcast_to(each, shape)[computed] for each in operands]
        found[computed] = writer.write(node, parts, parts[0].shape, op, params)
    return found


def _products(
    writer: Writer, node: Node, left: References, right: References, shape: Shape
) -> References:
    """Products of elements; with a partial, a number 0 gives 0 and 1 the other factor."""
    strong = node.params.get("strong")
    params = {} if strong is None else {"strong": strong}
    if not node.adjoint or ((left > 0).all() and (right > 0).all()):
        return writer.write(node, (left, right), shape, "multiply", params)
    one = writer.number(_ONE)
    computed = (left != 0) & (right != 0) & (left != one) & (right != one)
    other = np.where(left == one, right, np.where(right == one, left, 0))
    computed = np.broadcast_to(computed, shape)
    return _partly(writer, node, computed, other, (left, right), "multiply", params)


def _total(writer: Writer, node: Node, terms: References) -> References:
    """The sum over the first axis, a term at a time."""
    count, *rest = terms.shape
    if not count:
        return np.zeros(rest, dtype=np.int64)
    found: References = terms[0]
    if count == 1:
        return found
    if node.adjoint and not terms.all():
        for term in terms[1:]:
            found = _add(writer, node, (found, term))
    else:
        # The sum so far is the row that was written for the term before.
        steps = np.arange((count - 1) * size(tuple(rest))).reshape(count - 1, *rest)
        steps += writer.rows + 1
        sums = np.concatenate([terms[:1], steps[:-1]])
        found = writer.write(node, (sums, terms[1:]), steps.shape, "add", {})[-1]
    return found


def _carry(writer: Writer, node: Node, given: Sequence[References]) -> References:
    return _partly(writer, node, given[0] > 0, given[0], given, node.op, node.params)


def _multiply(writer: Writer, node: Node, given: Sequence[References]) -> References:
    return _products(writer, node, given[0], given[1], node.shape)


def _add(writer: Writer, node: Node, given: Sequence[References]) -> References:
    left, right = given
    other = np.where(left == 0, right, left)
    return _partly(writer, node, (left != 0) & (right != 0), other, given, "add", {})


def _matmul(writer: Writer, node: Node, given: Sequence[References]) -> References:
    left = given[0][np.newaxis] if given[0].ndim == 1 else given[0]
    right = given[1][:, np.newaxis] if given[1].ndim == 1 else given[1]
    left, right = left.swapaxes(-1, -2)[..., np.newaxis], right[..., np.newaxis, :]
    terms = _products(writer, node, left, right, broadcast(left.shape, right.shape))
    return _total(writer, node, terms if terms.ndim == 3 else np.moveaxis(terms, -3, 0))


def _outer(writer: Writer, node: Node, given: Sequence[References]) -> References:
    return _products(writer, node, given[0][:, np.newaxis], given[1], node.shape)


def _sum(writer: Writer, node: Node, given: Sequence[References]) -> References:
    axis = node.params.get("axis")
    terms = given[0].reshape(-1) if axis is None else np.moveaxis(given[0], axis, 0)
    return _total(writer, node, terms)


def _mean(writer: Writer, node: Node, given: Sequence[References]) -> References:
    total = _sum(writer, node, given)
    by = writer.number(literal(given[0].size // max(total.size, 1)))
    return writer.write(node, (total, by), node.shape, "divide", {})


def _sum_to(writer: Writer, node: Node, given: Sequence[References]) -> References:
    wide, shape = given[0].shape, node.shape
    extra = len(wide) - len(shape)
    kept = [
        extra + place
        for place, length in enumerate(shape)
        if length == 1 and wide[extra + place] != 1
    ]
    axes = [*range(extra), *kept]
    count = size(tuple(wide[each] for each in axes))
    terms = np.moveaxis(given[0], axes, range(len(axes)))
    return _total(writer, node, terms.reshape(count, size(shape)))


RULES: Mapping[str, Rule] = {
    "matmul": _matmul,
    "dot": _matmul,
    "outer": _outer,
    "sum": _sum,
    "mean": _mean,
    "sum_to": _sum_to,
}
RULES_OF_PARTIALS: Mapping[str, Rule] = {"carry": _carry, "multiply": _multiply, "add": _add}
"""Elementwise rows that need not be computed of some numbers, where a partial is among them."""
