"""Rewrites of sums along axes and of what is repeated along them: ones, dot products, axes."""

from __future__ import annotations

from fractions import Fraction

from backstep.graph.node import Literal, Node, Operand
from backstep.graph.parameters import Parameters
from backstep.graph.shape import Shape, axis_index, broadcast, size
from backstep.simplify.factors import (
    PLUS,
    SUMS,
    Builder,
    Rule,
    adds_up,
    assemble,
    column,
    cost,
    is_op,
    split,
)
from backstep.simplify.masks import CHOICES, narrow
from backstep.simplify.products import product
from backstep.simplify.sums import terms, total


def widened(b: Builder, inputs: tuple[Operand, ...], params: Parameters) -> Operand | None:
    """A repeated value is the value times ones, which are dropped if another factor is as wide."""
    value, shape, axis = inputs[0], params["shape"], params.get("axis")
    if axis is not None and value.shape:
        place = axis_index(axis, shape)
        if place:
            narrow = (*shape[:place], 1, *shape[place + 1 :])
            value = b.make("reshape", value, shape=narrow)
    return product(b, shape, (value, 1), (b.raw("ones", shape=shape), 1))


def narrowed(b: Builder, inputs: tuple[Operand, ...], params: Parameters) -> Operand | None:
    """The sum over the axes that broadcasting widened, one by one."""
    value, shape = inputs[0], params["shape"]
    if not shape:
        return b.make("sum", value)
    while len(value.shape) > len(shape):
        value = b.make("sum", value, axis=0)
    for place, length in enumerate(shape):
        if length == 1 and value.shape[place] != 1:
            narrow = (*value.shape[:place], 1, *value.shape[place + 1 :])
            value = b.make("reshape", b.make("sum", value, axis=place), shape=narrow)
    return value


def summed(b: Builder, inputs: tuple[Operand, ...], params: Parameters) -> Operand | None:
    """Sums of ones are counts, of softmax 1; factors constant along the axis are moved out."""
    (value,) = inputs
    if not value.shape:
        return value
    axis = params.get("axis")
    place = None if axis is None else axis_index(axis, value.shape)
    if is_op(value, "zeros"):
        return assemble(b, Fraction(0), {}, _left(value.shape, place))
    if is_op(value, "ones"):
        count = size(value.shape) if place is None else value.shape[place]
        return assemble(b, Fraction(count), {}, _left(value.shape, place))
    if is_op(value, "transpose") and place is not None and isinstance(value, Node):
        return b.make("sum", value.inputs[0], axis=len(value.shape) - 1 - place)
    last = len(value.shape) - 1
    if (place == last or len(value.shape) == 1) and adds_up(b, value):
        return assemble(b, PLUS, {}, _left(value.shape, place))
    if is_op(value, *SUMS):
        return _termwise(b, value, params, place)
    _, factors = split(b, value)
    if place is None or len(value.shape) < 2 or len(factors) < 2:
        return None
    return _constant_out(b, value, place, "sum")


def averaged(b: Builder, inputs: tuple[Operand, ...], params: Parameters) -> Operand | None:
    """Factors that are constant along the axis, moved before a mean."""
    (value,) = inputs
    axis = params.get("axis")
    if axis is None or len(value.shape) < 2 or len(split(b, value)[1]) < 2:
        return None
    return _constant_out(b, value, axis_index(axis, value.shape), "mean")


def _left(shape: Shape, place: int | None) -> Shape:
    return () if place is None else shape[:place] + shape[place + 1 :]


def _termwise(b: Builder, value: Operand, params: Parameters, place: int | None) -> Operand | None:
    """The sum of a sum term by term, if that leaves a number or a single element, or is
    shorter."""
    inner = terms(b, value)
    if place not in (None, len(value.shape) - 1):
        return None
    counted = [_counted(b, rest, value.shape) for _, rest in inner]
    if len(inner) > 6 or not any(counted):
        return None
    wide = [
        # A number beside a tensor is there once for each element.
        (n, rest if rest.shape else assemble(b, PLUS, {**split(b, rest)[1], **ones}, value.shape))
        for ones in (dict[Operand, int]({b.raw("ones", shape=value.shape): 1}),)
        for n, rest in inner
    ]
    shape = _left(value.shape, place)
    made = total(b, [(n, b.make("sum", rest, **params)) for n, rest in wide], shape)
    if all(counted) or made is None:
        return made
    return made if cost(b, made) <= cost(b, b.raw("sum", value, **params)) else None


def _counted(b: Builder, term: Operand, shape: Shape) -> bool:
    """Whether a term's sum along the last axis is known: numbers, alone, times what adds up, or
    times ones.
    """
    if not term.shape:
        return True
    wide = [(each, n) for each, n in split(b, term)[1].items() if each.shape]
    if len(wide) != 1 or term.shape != shape:
        return False
    ((only, times),) = wide
    return times == 1 and (adds_up(b, only) or is_op(only, "ones"))


def _constant_out(b: Builder, value: Operand, place: int, op: str) -> Operand | None:
    """Factors that are constant along the axis, moved before its sum or its mean."""
    coefficient, factors = split(b, value)
    outside, inside = dict[Operand, int](), dict[Operand, int]()
    for each, times in factors.items():
        own = place - len(value.shape) + len(each.shape)
        constant = own < 0 or each.shape[own] == 1
        (outside if constant and not is_op(each, "ones") else inside)[each] = times
    if not outside or not inside:
        return None
    summed = b.make(op, assemble(b, PLUS, inside, value.shape), axis=place)
    parts: list[tuple[Operand, int]] = [(Literal(coefficient), 1), (summed, 1)]
    for each, times in outside.items():
        own = place - len(value.shape) + len(each.shape)
        narrow = each if own < 0 else b.make("reshape", each, shape=_left(each.shape, own))
        parts.append((narrow, times))
    return product(b, _left(value.shape, place), *parts)


def divided_by_its_sum(b: Builder, operand: Operand) -> bool:
    """Whether it is x/Σx, with the sum along the last axis, which adds up to 1 there."""
    coefficient, factors = split(b, operand)
    below = [each for each, n in factors.items() if n < 0]
    above = {each: n for each, n in factors.items() if n > 0}
    if coefficient != 1 or len(below) != 1 or factors[below[0]] != -1 or not operand.shape:
        return False
    share = assemble(b, PLUS, above, operand.shape)
    return column(b, b.make("sum", share, axis=len(operand.shape) - 1)) is below[0]


def inner_product(b: Builder, inputs: tuple[Operand, ...], params: Parameters) -> Operand | None:
    """Σ aᵢbᵢ of two vectors is aᵀb; the row sums of X ⊙ v are Xv."""
    (value,) = inputs
    _, factors = split(b, value)
    if len(factors) < 2 or any(times < 0 for times in factors.values()):
        return None
    parts = [each for each, times in factors.items() for _ in range(times)]
    if len(value.shape) == 1 and len(parts) == 2 and parts[0].shape == parts[1].shape:
        return b.make("dot", *parts)
    axis = params.get("axis")
    if len(value.shape) != 2 or axis is None or len(parts) != 2:
        return None
    rows = axis_index(axis, value.shape) == 0
    matrix = next((each for each in parts if each.shape == value.shape), None)
    if matrix is None:
        return None
    other = parts[0] if parts[1] is matrix else parts[1]
    if not rows and other.shape == (value.shape[1],):
        return b.make("matmul", matrix, other)
    if rows and other.shape == (value.shape[0], 1):
        flat = b.make("reshape", other, shape=(value.shape[0],))
        return b.make("matmul", b.make("transpose", matrix), flat)
    return None


def only_axis(op: str) -> Rule:
    """A reduction over the only axis is one over all; another axis is counted from the front."""

    def rule(b: Builder, inputs: tuple[Operand, ...], params: Parameters) -> Operand | None:
        axis, shape = params.get("axis"), inputs[0].shape
        if axis is None or not shape:
            return None
        if len(shape) == 1:
            return b.make(op, *inputs)
        return b.make(op, *inputs, axis=axis % len(shape)) if axis < 0 else None

    return rule


def compared(op: str) -> Rule:
    """Two sides of a comparison broadcast by themselves: ones that widen one of them are dropped.

    Nothing else of a side is changed: rounded otherwise it would be another condition.
    """

    def rule(b: Builder, inputs: tuple[Operand, ...], params: Parameters) -> Operand | None:
        shape = broadcast(*(each.shape for each in inputs))
        for place, each in enumerate(inputs):
            real = _narrow(b, each, op in CHOICES and place > 0)
            if real is None:
                continue
            others = [other.shape for number, other in enumerate(inputs) if number != place]
            if broadcast(real.shape, *others) == shape:
                changed = list(inputs)
                changed[place] = real
                return b.make(op, *changed, **params)
        return None

    return rule


def _narrow(b: Builder, operand: Operand, free: bool) -> Operand | None:
    """The operand without the ones that widen it; `free`: it may be reassembled."""
    if not free:
        return narrow(b, operand)
    coefficient, factors = split(b, operand)
    if not any(is_op(factor, "ones") for factor in factors):
        return None
    real = {factor: n for factor, n in factors.items() if not is_op(factor, "ones")}
    return assemble(b, coefficient, real, broadcast((), *(factor.shape for factor in real)))
