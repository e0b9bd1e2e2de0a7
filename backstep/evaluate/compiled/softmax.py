"""Source for softmax and its logarithm, for class numbers, and for the gradients of both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from math import prod

import numpy as np

from backstep.evaluate.compiled.buffers import Buffers
from backstep.evaluate.compiled.writer import Number, Tensor, Value
from backstep.graph.node import Node
from backstep.graph.shape import axis_index
from backstep.ops.row import Array


def softmax(w: Buffers, node: Node, operands: Sequence[Value]) -> Tensor:
    """Softmax, from what its logarithm has left behind, if there is one."""
    (value,) = operands
    value = w.whole(value, node.shape)
    axis = node.params.get("axis", -1)
    out = w.buffer(node)
    log = w.logs.get(node.nodes[0].id)
    if log is not None and axis_index(axis, node.shape) == len(node.shape) - 1:
        weights, places, rest = log
        whole = w.bound[weights].reshape(-1)
        w.line(f"{w.held(whole)}[{places}] = 1.0")
        if len(node.shape) == 1:
            w.line(f"{w.called(np.divide)}({weights}, {w.scalar(f'1.0 + {rest}')}, {out.name})")
        else:
            w.line(f"{w.called(np.add)}({rest}, {w.number_array(1.0)}, {rest})")
            w.line(f"{w.called(np.divide)}({weights}, {rest}, {out.name})")
        # Once: what is left behind is used up.
        del w.logs[node.nodes[0].id]
        return out
    side = list(node.shape)
    side[axis] = 1
    most = w.spare("w", tuple(side))
    w.lines += [
        f"{w.called(np.maximum.reduce)}({value.name}, {axis}, None, {most}, True)",
        f"{w.called(np.subtract)}({value.name}, {most}, {out.name})",
        f"{w.called(np.exp)}({out.name}, {out.name})",
    ]
    last = axis_index(axis, node.shape) == len(node.shape) - 1
    if last and len(node.shape) == 2 and not w.templates.masked:
        line = w.planned(w.bound[most].reshape(-1))
        w.dot(out.name, w.ones(node.shape[1]), line)
    else:
        w.line(f"{w.called(np.add.reduce)}({out.name}, {axis}, None, {most}, True)")
    w.line(f"{w.called(np.divide)}({out.name}, {most}, {out.name})")
    return out


def log_softmax(w: Buffers, node: Node, operands: Sequence[Value]) -> Tensor | None:
    """The logarithm of softmax, along the last axis."""
    value = w.whole(operands[0], node.shape)
    last = axis_index(node.params.get("axis", -1), node.shape) == len(node.shape) - 1
    if not last or len(node.shape) > 2:
        return None
    out = w.buffer(node)
    # The largest term is exp(0) = 1; leaving it out lets log1p keep the digits of the rest.
    weights = np.empty(node.shape)
    held = w.held(weights)
    subtract, exp = w.called(np.subtract), w.called(np.exp)
    if len(node.shape) == 1:
        at, rest = w.new("i"), w.new("t")
        log1p = w.called(math.log1p)
        w.logs[node.nodes[0].id] = held, at, rest
        w.line(f"{at} = {value.name}.argmax()")
        most = w.scalar(f"{value.name}[{at}]")
        w.lines += [
            f"{subtract}({value.name}, {most}, {out.name})",
            f"{exp}({out.name}, {held})",
            f"{held}[{at}] = 0.0",
            f"{rest} = {w.total(w.planned(weights))}",
        ]
        w.line(f"{subtract}({out.name}, {w.scalar(f'{log1p}({rest})')}, {out.name})")
        return out
    rows, classes = node.shape
    most, places = w.spare("w", (rows, 1)), w.spare("i", (rows,))
    kept = np.empty((rows, 1))
    w.logs[node.nodes[0].id] = held, places, w.held(kept)
    starts = w.held(np.arange(rows) * classes)
    row, line = w.flat(value), w.held(w.bound[most].reshape(-1))
    w.lines += [
        f"{value.name}.argmax(1, {places})",
        f"{w.called(np.add)}({places}, {starts}, {places})",
        f"{w.called(np.maximum.reduce)}({value.name}, 1, None, {most}, True)"
        if row is None
        else f"{row.name}.take({places}, None, {line}, 'clip')",
        f"{subtract}({value.name}, {most}, {out.name})",
        f"{exp}({out.name}, {held})",
        f"{w.held(weights.reshape(-1))}[{places}] = 0.0",
    ]
    w.dot(held, w.ones(classes), w.planned(kept.reshape(-1)))
    w.lines += [
        f"{w.called(np.log1p)}({w.held(kept)}, {most})",
        f"{subtract}({out.name}, {most}, {out.name})",
    ]
    return out


def class_places(w: Buffers, value: Value, classes: int) -> str:
    """Class numbers as places; an invalid one is left to the reference, which reports it."""
    error = w.bind(ValueError(), "e", ValueError)
    key = ("class", value.text if isinstance(value, Number) else value.name, classes)
    if key in w._names:
        return w._names[key]
    if isinstance(value, Number):
        at, number = w.new("i"), w.atom(value).text
        w.line(f"{at} = {w.called(int)}({number})")
        w.line(f"if {at} != {number} or not -1 < {at} < {classes}: raise {error}")
        w._names[key] = at
        return at
    shape = value.shape
    numbers = np.empty(shape, dtype=np.intp)
    at, wrong = w.held(numbers), w.spare("m", shape)
    unsigned = w.held(numbers.view(np.uintp))
    starts = w.held(np.arange(prod(shape)).reshape(shape) * classes)
    unlike, most = w.called(np.not_equal), w.called(np.maximum.reduce)
    either = w.called(np.logical_or.reduce)
    places = w.spare("i", shape)
    lines = [
        f"{w.called(np.copyto)}({at}, {value.name}, 'unsafe')",
        f"{unlike}({at}, {value.name}, {wrong})",
        # A negative number is a large one without its sign.
        f"if {either}({wrong}, None) or {most}({unsigned}, None) >= {classes}: raise {error}",
        f"{w.called(np.add)}({at}, {starts}, {places})",
    ]
    if value.name in w.arguments:
        # The text's own class numbers are the same array at each call, which nobody writes to.
        latest = w.bind([None], "s")
        lines.append(f"{latest}[0] = {w.bind(_unchanging, 'f', _unchanging)}({value.name})")
        lines = [
            f"if {value.name} is not {latest}[0]:",
            f"  {latest}[0] = None",
            *(f"  {line}" for line in lines),
        ]
    w.lines += lines
    w._names[key] = places
    return places


def _unchanging(array: Array) -> Array | None:
    """The array, if it is read-only and no view of another."""
    return None if array.flags.writeable or array.base is not None else array


def pick(w: Buffers, node: Node, operands: Sequence[Value]) -> Value | None:
    """For each row, the element at a class number."""
    value, number = operands
    value = w.whole(value, node.inputs[0].shape)
    classes = value.shape[-1]
    if not node.shape:
        return w.read(node, f"{value.name}.item({class_places(w, number, classes)})")
    row = w.flat(value)
    if row is None or 0 in node.shape:
        return None
    places = class_places(w, w.whole(number, node.shape), classes)
    out = w.buffer(node)
    w.line(f"{row.name}.take({places}, None, {out.name}, 'clip')")
    return out


def place(w: Buffers, node: Node, operands: Sequence[Value]) -> Value | None:
    """For each row, zeros with a value at a class number."""
    value, number = operands
    at = node.inputs[1].shape
    out = w.buffer(node)
    row = w.flat(out)
    if row is None:
        return None
    if at:
        number = w.whole(number, at)
    places = class_places(w, number, node.shape[-1])
    given = value.name if isinstance(value, Tensor) else value.text
    w.line(f"{out.name}.fill(0.0)")
    w.line(f"{row.name}[{places}] = {given}")
    return out


def less_its_place(w: Buffers, node: Node, operands: Sequence[Value]) -> Tensor | None:
    """x·(eₖ − p), at k as x times the sum of the others of p, which keeps its digits."""
    value, x, number = operands
    p = w.whole(value, node.shape)
    if len(node.shape) == 2:
        number = w.whole(number, node.shape[:1])
    places = class_places(w, number, node.shape[-1])
    out = w.buffer(node)
    row = w.flat(out)
    if row is None and len(node.shape) == 2:
        return None
    name = out.name if row is None else row.name
    multiply, negative = w.called(np.multiply), w.called(np.negative)
    if isinstance(x, Number):
        factor = w.number_array(-x.value) if x.value is not None else w.scalar(f"-{x.text}")
        w.line(f"{multiply}({p.name}, {factor}, {out.name})")
    else:
        w.line(f"{multiply}({p.name}, {w.column(x)}, {out.name})")
        w.line(f"{negative}({out.name}, {out.name})")
    w.line(f"{name}[{places}] = 0.0")
    if len(node.shape) == 1:
        others = f"{w.ones(node.shape[0])}.dot({out.name})"
        w.line(f"{name}[{places}] = -{others}")
        return out
    rest = w.spare("w", node.shape[:1])
    w.dot(out.name, w.ones(node.shape[1]), Tensor(rest, node.shape[:1], w.bound[rest]))
    w.line(f"{negative}({rest}, {rest})")
    w.line(f"{name}[{places}] = {rest}")
    return out


def less_its_mean(w: Buffers, node: Node, operands: Sequence[Value]) -> Tensor | None:
    """g − Σ p_j g_j: first g at the largest p is subtracted, which all elements have in common."""
    g, p = (w.whole(value, node.shape) for value in operands)
    axis = w.tails[node.id].reads[1].params.get("axis", -1)  # type: ignore[union-attr]
    row = w.flat(g)
    last = axis_index(axis, node.shape) == len(node.shape) - 1
    if not last or row is None or len(node.shape) > 2:
        return None
    out = w.buffer(node)
    weighted = w.spare("w", node.shape)
    subtract, multiply = w.called(np.subtract), w.called(np.multiply)
    if len(node.shape) == 1:
        total = f"{w.ones(node.shape[0])}.dot({weighted})"
        common = w.scalar(f"{g.name}[{p.name}.argmax()]")
        w.line(f"{subtract}({g.name}, {common}, {out.name})")
        w.line(f"{multiply}({p.name}, {out.name}, {weighted})")
        w.line(f"{subtract}({out.name}, {w.scalar(total)}, {out.name})")
        return out
    rows, length = node.shape
    places, side = w.spare("i", (rows,)), np.empty((rows, 1))
    starts = w.held(np.arange(rows) * length)
    line = w.planned(side.reshape(-1))
    w.lines += [
        f"{p.name}.argmax(1, {places})",
        f"{w.called(np.add)}({places}, {starts}, {places})",
        f"{row.name}.take({places}, None, {line.name}, 'clip')",
        f"{subtract}({g.name}, {w.held(side)}, {out.name})",
        f"{multiply}({p.name}, {out.name}, {weighted})",
    ]
    w.dot(weighted, w.ones(length), line)
    w.line(f"{subtract}({out.name}, {w.held(side)}, {out.name})")
    return out
