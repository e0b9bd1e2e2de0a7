"""Source for what only moves elements: views, joins, windows and their adjoints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from backstep.evaluate.compiled.buffers import Buffers
from backstep.evaluate.compiled.writer import Number, Tensor, Value
from backstep.graph.node import Node
from backstep.graph.parameters import Parameters
from backstep.graph.shape import Shape, axis_index
from backstep.ops import TABLE
from backstep.ops.row import Array
from backstep.ops.shaping import numpy_key


def moved(w: Buffers, node: Node, operands: Sequence[Value]) -> Value | None:
    """The same elements in another arrangement: a view, if there is one."""
    (value,) = operands
    if node.nodes[0].id in w.turned:
        left, right = (w.values[each.id] for each in node.nodes[0].nodes)
        first = w.transposed(w.whole(right, node.nodes[0].nodes[1].shape))
        second = w.transposed(w.whole(left, node.nodes[0].nodes[0].shape))
        out = w.buffer(node)
        w.dot(first, second, out)
        return out
    row, params = TABLE[node.op], node.params
    if isinstance(value, Number):
        value = w.whole(value, node.nodes[0].shape)
    if value.planned is not None:
        made = np.asarray(row.numpy(value.planned, **params))
        if not node.shape:
            if value.planned.size == 1:
                return Number(f"{value.name}.item()", 1)
            key = ", ".join(str(each) for each in params["key"])
            return w.read(node, f"{value.name}.item({key})")
        if np.shares_memory(made, value.planned):
            return w.planned(made)
        out = w.buffer(node)
        if out.planned is None:
            return None
        into = out.planned.reshape(value.shape)
        w.line(f"{w.called(np.copyto)}({w.held(into)}, {value.name})")
        return out
    if node.op == "transpose" or (node.op == "swap_last" and len(node.shape) == 2):
        return Tensor(w.transposed(value), node.shape)
    name = w.new("v")
    if node.op == "reshape" and node.shape:
        text = f"{value.name}.reshape({node.shape!r})"
    elif node.op == "index":
        at = params["key"]
        if not node.shape:
            return w.read(node, f"{value.name}.item({', '.join(map(str, at))})")
        text = f"{value.name}[{w.bind(numpy_key(at), 'k', ('key', at))}]"
    else:
        return None
    w.line(f"{name} = {text}")
    return Tensor(name, node.shape)


def joined(w: Buffers, node: Node, operands: Sequence[Value]) -> Tensor:
    """Values side by side, or scattered into zeros: each is computed in its place, if it can be."""
    whole = w.buffers[node.id]
    for value, part in zip(operands, parts(node, whole), strict=True):
        w.put(value, part)
    return w.planned(whole)


def windows(w: Buffers, node: Node, operands: Sequence[Value]) -> Tensor | None:
    """The windows, copied from a view of them."""
    given = node.nodes[0].shape
    value = w.whole(operands[0], given)
    padding, axes = node.params["padding"], len(node.params["size"])
    copyto = w.called(np.copyto)
    source = value.planned
    if source is None or padding:
        source = np.zeros(_padded(given, axes, padding))
        w.line(f"{copyto}({w.held(_inside(source, axes, padding))}, {value.name})")
    cut = _cut(source, node.params)
    out = w.buffer(node)
    if out.planned is None:
        return None
    into = out.planned.reshape(cut.shape)
    if not np.shares_memory(into, out.planned):
        return None
    w.line(f"{copyto}({w.held(into)}, {w.held(cut)})")
    return out


def windows_back(w: Buffers, node: Node, operands: Sequence[Value]) -> Tensor | None:
    """Windows added up at their origins, one offset in the window at a time."""
    params, axes = node.params, len(node.params["size"])
    windows = w.whole(operands[0], node.nodes[0].shape)
    if windows.planned is None:
        return None
    whole = np.zeros(_padded(node.shape, axes, params["padding"]))
    cut = _cut(whole, params, writeable=True)
    pieces = windows.planned.reshape(cut.shape)
    if not np.shares_memory(pieces, windows.planned):
        return None
    name = w.held(whole)
    if params["stride"] >= max(params["size"]):
        w.line(f"{w.called(np.copyto)}({w.held(cut)}, {w.held(pieces)})")
    else:
        w.line(f"{name}.fill(0.0)")
        add = w.called(np.add)
        for place in np.ndindex(*params["size"]):
            into = w.held(cut[(..., *place)])
            w.line(f"{add}({into}, {w.held(pieces[(..., *place)])}, {into})")
    return w.planned(_inside(whole, axes, params["padding"]))


def _padded(shape: Shape, axes: int, padding: int) -> Shape:
    return (*shape[:-axes], *(length + 2 * padding for length in shape[-axes:]))


def _inside(whole: Array, axes: int, padding: int) -> Array:
    """The part of a padded array without its padding."""
    key: tuple[Any, ...] = (
        ...,
        *(slice(padding, length - padding) for length in whole.shape[-axes:]),
    )
    found: Array = whole[key]
    return found


def _cut(whole: Array, params: Parameters, writeable: bool = False) -> Array:
    """The windows of an array as a view: (…, counts…, size…)."""
    sizes, stride = params["size"], params["stride"]
    axes = tuple(range(-len(sizes), 0))
    cut = np.lib.stride_tricks.sliding_window_view(whole, sizes, axis=axes, writeable=writeable)
    steps = (slice(None, None, stride),) * len(sizes)
    key: tuple[Any, ...] = (..., *steps, *(slice(None),) * len(sizes))
    found: Array = cut[key]
    return found


def parts(node: Node, whole: Array) -> list[Array]:
    """The parts of a joined or scattered node that hold its inputs."""
    if node.op == "scatter":
        key = (*numpy_key(node.params["key"]), ...)
        return [whole[key]]
    axis = axis_index(node.params.get("axis", 0), node.shape)
    before: tuple[Any, ...] = (slice(None),) * axis
    if node.op == "stack":
        return [whole[(*before, place, ...)] for place in range(len(node.inputs))]
    found, start = [], 0
    for operand in node.inputs:
        stop = start + operand.shape[axis]
        found.append(whole[(*before, slice(start, stop))])
        start = stop
    return found


def join(w: Buffers, node: Node) -> None:
    """Plan the inputs of a join to be computed in its place."""
    w.join(node, parts)


def turn(w: Buffers, node: Node) -> None:
    """Plan a product that only its transpose reads as the product of transposes."""
    (inner,) = node.nodes
    matrices = inner.op == "matmul" and all(len(each.shape) == 2 for each in inner.nodes)
    if len(node.shape) == 2 and matrices and w.uses.get(inner.id) == 1:
        w.turned.add(inner.id)
