"""Source for sums, largest and smallest elements, and products of vectors and matrices."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from backstep.evaluate.compiled.buffers import Buffers
from backstep.evaluate.compiled.writer import Tensor, Value
from backstep.graph.node import Node
from backstep.graph.shape import axis_index, size


def total(w: Buffers, node: Node, operands: Sequence[Value]) -> Value | None:
    """A sum or a mean."""
    (operand,) = node.nodes
    value = w.whole(operands[0], operand.shape)
    axis = node.params.get("axis")
    length = size(operand.shape) if axis is None else operand.shape[axis]
    if length == 0:
        return None
    mean = node.op == "mean"
    if not node.shape and (axis is None or len(operand.shape) == 1):
        total = w.total(value)
        return w.read(node, f"({total} / {length!r}.0)" if mean else total)
    out = along(w, node, value, axis_index(0 if axis is None else axis, operand.shape))
    if mean:
        divided = w.called(np.divide)
        w.line(f"{divided}({out.name}, {w.number_array(float(length))}, {out.name})")
    return out


def along(w: Buffers, node: Node, value: Tensor, axis: int) -> Tensor:
    """Sums along one axis of several."""
    out = w.buffer(node)
    if len(value.shape) == 2:
        ones = w.ones(value.shape[axis])
        pair = (ones, value.name) if axis == 0 else (value.name, ones)
        w.dot(*pair, out)
    else:
        reduce = w.called(np.add.reduce)
        w.line(f"{reduce}({value.name}, {axis}, None, {out.name})")
    return out


def sum_to(w: Buffers, node: Node, operands: Sequence[Value]) -> Value | None:
    """Sums over the axes that broadcasting had added or widened."""
    (operand,) = node.nodes
    value = w.whole(operands[0], operand.shape)
    extra = len(operand.shape) - len(node.shape)
    axes = [*range(extra)]
    axes += [
        extra + place
        for place, length in enumerate(node.shape)
        if length == 1 and operand.shape[extra + place] != 1
    ]
    if not node.shape:
        return w.read(node, w.total(value))
    out = w.buffer(node)
    if len(axes) == extra and value.planned is not None and out.planned is not None:
        rows = value.planned.reshape(prod(operand.shape[:extra]), -1)
        flat = out.planned.reshape(-1)
        if np.shares_memory(rows, value.planned) and np.shares_memory(flat, out.planned):
            w.dot(w.ones(len(rows)), w.held(rows), w.planned(flat))
            return out
    if out.planned is None:
        return None
    kept = tuple(1 if place in axes else length for place, length in enumerate(operand.shape))
    into = w.held(out.planned.reshape(kept))
    reduce = w.called(np.add.reduce)
    w.line(f"{reduce}({value.name}, {tuple(axes)!r}, None, {into}, True)")
    return out


def extreme(reduce: object, w: Buffers, node: Node, operands: Sequence[Value]) -> Value:
    """The largest or smallest element, by the reduction `reduce`."""
    (operand,) = node.nodes
    value = w.whole(operands[0], operand.shape)
    axis = node.params.get("axis")
    if not node.shape:
        return w.read(node, f"{w.called(float)}({w.called(reduce)}({value.name}, None))")
    out = w.buffer(node)
    w.line(f"{w.called(reduce)}({value.name}, {axis}, None, {out.name})")
    return out


def product(w: Buffers, node: Node, operands: Sequence[Value]) -> Value | None:
    """A product of vectors and matrices, or of batches of them."""
    left, right = (
        w.whole(value, of.shape) for value, of in zip(operands, node.inputs, strict=True)
    )
    if not node.shape:
        return w.read(node, f"{w.called(float)}({left.name}.dot({right.name}))")
    if node.id in w.turned:
        return Tensor("", node.shape)
    out = w.buffer(node)
    if len(left.shape) > 2 or len(right.shape) > 2:
        w.line(f"{w.called(np.matmul)}({left.name}, {right.name}, {out.name})")
    else:
        w.dot(left.name, right.name, out)
    return out


def outer(w: Buffers, node: Node, operands: Sequence[Value]) -> Tensor:
    """Every product of an element of one vector with one of another."""
    left, right = (
        w.whole(value, of.shape) for value, of in zip(operands, node.inputs, strict=True)
    )
    out = w.buffer(node)
    column = w.column(left)
    if out.planned is None or out.planned.flags.c_contiguous:
        # The product of two matrices takes half the time of one that broadcasts; −0 is 0 in it.
        w.dot(column, w.line_of(right), out)
    else:
        w.line(f"{w.called(np.multiply)}({column}, {right.name}, {out.name})")
    return out
