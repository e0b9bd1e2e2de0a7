"""Rewrites of operations that move elements: shapes, axes, one-hot vectors, scattered parts."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import prod
from typing import Any

from backstep.graph.node import Literal, Node, Operand
from backstep.graph.parameters import Parameters
from backstep.graph.shape import axis_index, size
from backstep.simplify.factors import (
    MOST_PARTS,
    ONE,
    Builder,
    is_one_hot,
    is_op,
    length,
    number_of,
    split,
)
from backstep.simplify.products import product


def reshaped(b: Builder, inputs: tuple[Operand, ...], params: Parameters) -> Operand | None:
    """`reshape` of an input that is moved itself, or has the shape already."""
    (value,) = inputs
    shape = params["shape"]
    if value.shape == shape:
        return value
    if is_op(value, "reshape"):
        assert isinstance(value, Node)
        return b.make("reshape", value.inputs[0], shape=shape)
    if is_op(value, "ones"):
        return b.raw("ones", shape=shape) if shape else ONE
    _, factors = split(b, value)
    if len(factors) == 1:
        ((only, times),) = factors.items()
        if times < 0:
            return product(b, shape, (b.make("reshape", only, shape=shape), times))
    return None


def moved(b: Builder, inputs: tuple[Operand, ...], params: Parameters) -> Operand | None:
    """`moveaxis` as nothing, as a transpose, or merged with another."""
    (value,) = inputs
    axes = len(value.shape)
    source, target = (axis_index(params[key], value.shape) for key in ("source", "target"))
    if source == target:
        return value
    if axes == 2:
        return b.make("transpose", value)
    if isinstance(value, Node) and value.op == "move_axis":
        before = tuple(axis_index(value.params[key], value.shape) for key in ("source", "target"))
        if before == (target, source):
            return value.inputs[0]
    return None


def placed(b: Builder, inputs: tuple[Operand, ...], params: Parameters) -> Operand | None:
    """A value placed at a class number is the value times a one-hot vector; a 1 in each row at its
    own number is the identity.
    """
    value, label = inputs
    if number_of(value) == 1:
        length = params["classes"]
        counted = is_op(label, "arange") and label.shape == (length,)
        return b.raw("eye", n=length) if counted else None
    hot = b.make("place", ONE, label, **params)
    widened = value
    if value.shape:
        if value.shape != label.shape:
            widened = b.make("broadcast_to", value, shape=label.shape)
        widened = b.make("reshape", widened, shape=(*label.shape, 1))
    return product(b, hot.shape, (widened, 1), (hot, 1))


def picked(b: Builder, inputs: tuple[Operand, ...], _: Parameters) -> Operand | None:
    """The chosen element of a product of tensors is the product of the chosen elements."""
    value, label = inputs
    if is_op(value, "ones"):
        return b.raw("ones", shape=label.shape) if label.shape else ONE
    if is_one_hot(value) and isinstance(value, Node) and value.inputs[1] is label:
        return b.raw("ones", shape=label.shape) if label.shape else ONE
    number = number_of(label)
    if number is not None and len(value.shape) == 1:
        # A literal class: its element is one like any other.
        return b.make("index", value, key=(int(number),))
    return None


def scattered(b: Builder, inputs: tuple[Operand, ...], params: Parameters) -> Operand | None:
    """A part scattered into zeros is a product with rows of the identity: e_t gᵀ, EᵀG."""
    (value,) = inputs
    shape = params["shape"]
    key = params["key"]
    axes = [place for place in range(len(key)) if not _whole(key[place], shape[place])]
    if not axes:
        return value
    kept = [1 if isinstance(part, int) else len(range(*part)) for part in key]
    if any(length == 0 for length in kept):
        return b.raw("zeros", shape=shape)
    single = [(part, shape[place]) for place in axes if isinstance(part := key[place], int)]
    if len(single) == len(axes) <= 2 and len(shape) <= 2:
        units = [_unit(b, part, length) for part, length in single]
        if len(shape) == 1:
            return product(b, shape, (value, 1), (units[0], 1))
        if len(axes) == 2:
            return product(b, shape, (value, 1), (b.make("outer", *units), 1))
        flat = b.make("reshape", value, shape=(size(value.shape),))
        pair = (units[0], flat) if axes[0] == 0 else (flat, units[0])
        return b.make("outer", *pair)
    lengths = (*kept, *shape[len(key) :])
    value = b.make("reshape", value, shape=lengths)
    for place in axes:
        value = _selected(b, value, place, key[place], shape[place])
    return value


def _whole(part: Any, length: int) -> bool:
    return not isinstance(part, int) and tuple(range(*part)) == tuple(range(length))


def _unit(b: Builder, place: int, length: int) -> Operand:
    """The unit vector with a 1 at an index."""
    return b.raw("place", ONE, Literal(Fraction(place)), classes=length)


def _selected(b: Builder, value: Operand, place: int, part: object, length: int) -> Operand:
    """The axis widened to `length`, with its elements at the indices that `part` selects."""
    if isinstance(part, int):
        part = (part, part + 1, 1)
    rows = b.raw("index", b.raw("eye", n=length), key=(part,))
    before, after = prod(value.shape[:place]), prod(value.shape[place + 1 :])
    if len(value.shape) == 1:
        return b.make("matmul", b.make("transpose", rows), value)
    if len(value.shape) == 2 and place == 1:
        return b.make("matmul", value, rows)
    if len(value.shape) == 2:
        return b.make("matmul", b.make("transpose", rows), value)
    cut = b.make("reshape", value, shape=(before, value.shape[place], after))
    wide = b.make("matmul", b.make("transpose", rows), cut)
    return b.make("reshape", wide, shape=(*value.shape[:place], length, *value.shape[place + 1 :]))


def side_by_side(b: Builder, inputs: tuple[Operand, ...], _: Parameters) -> Operand | None:
    """Parts scattered side by side, without a gap, are the parts concatenated."""
    if sum(length(b, each) for each in inputs) > MOST_PARTS:
        return None
    pieces = [part for each in inputs for part in _pieces(b, each)]
    if not 1 < len(pieces) <= MOST_PARTS:
        return None
    places = {place for place, _, _ in pieces}
    if len(places) != 1 or len({value.shape for _, value, _ in pieces}) > len(pieces):
        return None
    pieces.sort(key=lambda piece: piece[2][0])
    (place,) = places
    spans = [piece[2] for piece in pieces]
    joined = all(before[1] == after[0] for before, after in pairwise(spans))
    if not joined or spans[0][0] != 0 or spans[-1][1] != inputs[0].shape[place]:
        return None
    return b.make("concat", *(value for _, value, _ in pieces), axis=place)


def _pieces(
    b: Builder, operand: Operand, scaled_before: bool = False
) -> list[tuple[int, Operand, tuple[int, int]]]:
    """(axis, value, (start, stop)) for each part in a sum of scattered parts; empty for anything
    else.

    A scalar may be a factor of a part, or of a sum of them.
    """
    if is_op(operand, "add"):
        if length(b, operand) > MOST_PARTS:
            return []
        assert isinstance(operand, Node)
        left, right = (_pieces(b, each, scaled_before) for each in operand.inputs)
        return left + right if left and right else []
    coefficient, factors = split(b, operand)
    inside = [each for each in factors if is_op(each, "scatter", "add") and factors[each] == 1]
    if len(inside) != 1 or any(each.shape for each in factors if each is not inside[0]):
        return []
    (inner,) = inside
    scalars = [(each, n) for each, n in factors.items() if each is not inner]
    if inner is not operand:
        found = [] if scaled_before else _pieces(b, inner, True)
        scaled = []
        for place, value, span in found:
            made = product(b, value.shape, (Literal(coefficient), 1), *scalars, (value, 1))
            if made is None:
                return []
            scaled.append((place, made, span))
        return scaled
    assert isinstance(inner, Node)
    key, shape = inner.params["key"], inner.params["shape"]
    cut = [n for n in range(len(key)) if not _whole(key[n], shape[n])]
    if len(cut) == 1 and not isinstance(part := key[cut[0]], int) and part[2] == 1:
        return [(cut[0], inner.inputs[0], part[:2])]
    return []
