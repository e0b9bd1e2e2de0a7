"""Masks, factors of 0 or 1: whether one may be a factor of a product or must be wrapped around it.

A partial of exactly 0 stays 0 whatever it meets, in numbers. A formula that is read back has no
such rule: 0 times an undefined value is undefined. There the mask is written around the product.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import isinf

from backstep.graph.node import Literal, Node, Operand
from backstep.graph.parameters import Parameters
from backstep.graph.shape import Shape, axis_index, broadcast
from backstep.simplify.factors import SUMS, Builder, is_op, number_of, split
from backstep.simplify.products import product
from backstep.simplify.sums import terms, total

COMPARISONS = frozenset({"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"})
SWITCHES = COMPARISONS | {"step", "sign", "round", "argmax"}
"""Operations with jumps: rounding in the inputs may change the result altogether."""
CHOICES = frozenset({"where", "guard"})
"""Operations that their first input switches."""
ZERO = Literal(Fraction(0))

_MOVED = frozenset(
    {"identity", "carry", "expand", "broadcast_to", "sum_to", "reshape", "transpose", "swap_last"}
    | {"move_axis", "index", "scatter", "pick", "concat", "stack", "patches", "unpatches"}
    | {"take", "put"}
)
_LINEAR = frozenset({"multiply", "negate", "matmul", "dot", "outer", "sum", "mean"})
_BOUNDED_BELOW = frozenset(
    {
        "square",
        "abs",
        "norm",
        "var",
        "std",
        "argmax",
        "sqrt",
        "relu",
        "exp",
        "sigmoid",
        "softmax",
        "softplus",
    }
    | {"cosh", "hardsigmoid", "huber"}
    | COMPARISONS
    | {"step"}
)
"""Operations that are never negative. Those that are never 0 either, such as exp, may round to it.
"""
FINITE = frozenset(
    {"add", "subtract", "multiply", "negate", "square", "abs", "sign", "step", "sin", "cos"}
    | {"tanh", "sigmoid", "relu", "leaky_relu", "elu", "selu", "normal_cdf", "gelu", "silu"}
    | {"softplus", "hardtanh", "clip", "round", "maximum", "minimum", "sum", "mean", "max", "min"}
    | {"prod", "prod_except", "norm", "var", "logsumexp", "matmul", "dot", "outer", "softmax"}
    | {"log_softmax", "place", "where", "tan", "atan", "sinh", "cosh", "expm1", "erf"}
    | {"std", "cumsum", "sort", "argmax", "stop_gradient", "det", "cofactors"}
    | {"logaddexp", "softsign", "hardsigmoid", "huber", "conv_weight", "conv_input"}
    | COMPARISONS
    | _MOVED
)
"""Operations that are finite wherever their inputs are; a new operation is assumed not to be."""


class Bounds:
    """What is known of values from how they are computed: nodes of any graph, each visited once.

    `meant` maps a symbol to the node that it stands for, or None.
    """

    def __init__(self, meant: Callable[[Node], Node | None]) -> None:
        self._meant = meant
        self._known: dict[Node, tuple[int, bool]] = {}

    def may_fail(self, operand: Operand) -> bool:
        """Whether the value may be infinite or undefined although the leaves are finite."""
        return self._of(operand)[1]

    def floor(self, operand: Operand) -> int:
        """2 if it is positive, 1 if it is not negative, 0 if nothing is known."""
        return self._of(operand)[0]

    def _of(self, operand: Operand) -> tuple[int, bool]:
        if isinstance(operand, Literal):
            value = float(operand)
            return (2 if value > 0 else 1 if value == 0 else 0), isinf(value)
        open_nodes = [operand]
        while open_nodes:
            node = open_nodes[-1]
            meant = self._meant(node)
            reads = node.nodes if meant is None else (meant,)
            missing = [each for each in reads if each not in self._known]
            if missing:
                open_nodes.extend(missing)
                continue
            open_nodes.pop()
            if node not in self._known:
                given = self._looked_at(node) if meant is None else self._known[meant]
                self._known[node] = given
        return self._known[operand]

    def _looked_at(self, node: Node) -> tuple[int, bool]:
        if not node.inputs:
            return (2 if node.op == "ones" else 1 if node.op in ("zeros", "eye") else 0), False
        if node.op == "constant":
            return self._of(node.inputs[0])
        floors = [self.floor(each) for each in node.inputs]
        fails = any(self.may_fail(each) for each in node.inputs)
        first, last = node.inputs[0], node.inputs[-1]
        if node.op in ("log", "log_slope"):
            return int(node.op == "log_slope"), fails or floors[0] < 2
        if node.op == "sqrt":
            return max(floors[0], 1), fails or floors[0] < 1
        if node.op == "divide":
            number = number_of(last)
            return min(floors), fails or (floors[1] < 2 and not number)
        if node.op == "power":
            return self._power(node, floors, fails)
        if node.op == "guard":
            return min(floors[1], 1), self.may_fail(first) or self._guarded(last)
        return self._sign(node, floors), fails or node.op not in FINITE

    def _sign(self, node: Node, floors: list[int]) -> int:
        if node.op == "sum" and is_op(node.inputs[0], "equal"):
            return 2  # how many attain the extreme: one does
        if node.op == "add":
            return max(floors) if min(floors) >= 1 else 0
        if node.op in ("multiply", "outer", "maximum", "where", "dot", "matmul"):
            if node.op == "multiply" and node.inputs[0] is node.inputs[1]:
                return 1
            if node.op == "maximum":
                return max(floors)
            return min(floors[1:] if node.op == "where" else floors)
        if node.op in ("conv_weight", "conv_input"):
            return min(*floors, 1)  # an element that no window meets is 0
        if node.op in _MOVED or node.op in ("sum", "mean", "max", "min", "prod"):
            lowest = min(floors)
            return (
                min(lowest, 1) if node.op in ("scatter", "sum_to", "unpatches", "put") else lowest
            )
        return int(node.op in _BOUNDED_BELOW)

    def _power(self, node: Node, floors: list[int], fails: bool) -> tuple[int, bool]:
        exponent = number_of(node.inputs[1])
        if exponent is None:
            return min(floors[0], 1), True
        even = exponent.denominator == 1 and exponent.numerator % 2 == 0
        sign = floors[0] or int(even)
        if exponent < 0:
            return sign, fails or floors[0] < 2
        return sign, fails or (exponent.denominator != 1 and floors[0] < 1)

    def _guarded(self, value: Operand) -> bool:
        """Whether it is guarded: a quotient is by its denominator, other operations are not."""
        if is_op(value, "divide"):
            assert isinstance(value, Node)
            return any(map(self.may_fail, value.inputs))
        return self.may_fail(value)


def around(
    b: Builder, bounds: Bounds, partial: Operand, local: Operand, times: int
) -> Operand | None:
    """The partial times a local derivative, or divided by it, with its masks around the product.

    None if the product is safe unchanged: there is no mask, or nothing that it must stop.
    """
    failing = bounds.floor(local) < 2 and not number_of(local) if times < 0 else False
    if not failing and not bounds.may_fail(local):
        return None
    shape = broadcast(partial.shape, local.shape)
    if is_op(partial, *SUMS):
        parts = [(n, around(b, bounds, rest, local, times)) for n, rest in terms(b, partial)]
        masked = [(n, made) for n, made in parts if made is not None]
        return total(b, masked, shape) if len(masked) == len(parts) else None
    if isinstance(partial, Node) and partial.op == "scatter" and local.shape == partial.shape:
        (value,) = partial.inputs
        chosen = b.make("index", local, key=partial.params["key"])
        inner = product(b, value.shape, (value, 1), (chosen, times))
        return None if inner is None else b.make("scatter", inner, **partial.params)
    coefficient, factors = split(b, partial)
    masks = [each for each, n in factors.items() if n > 0 and is_mask(each)]
    if not masks:
        return _where_not_zero(b, partial, local, times) if hides_mask(b, partial) else None
    rest = [(each, n) for each, n in factors.items() if each not in masks]
    # What was undefined before the mask was met is undefined after it.
    outside = [(each, n) for each, n in rest if _fails(bounds, each, n)]
    inside = [part for part in rest if part not in outside]
    whole: Operand | None = product(b, shape, (Literal(coefficient), 1), *inside, (local, times))
    for mask in reversed(masks):
        whole = None if whole is None else _masked(b, bounds, mask, whole)
    if whole is None:
        return None
    return product(b, shape, (whole, 1), *outside)


def met(b: Builder, bounds: Bounds, op: str, inputs: list[Operand], side: str) -> Operand | None:
    """A product with the partial on one side, or its quotient, with masks where they must be."""
    if op not in ("multiply", "divide"):
        return None
    partial, local = inputs if side == "left" else inputs[::-1]
    return around(b, bounds, partial, local, -1 if op == "divide" else 1)


def as_typed(b: Builder, op: str, inputs: list[Operand], params: Parameters) -> Operand:
    """The operation unchanged; what only repeats or transposes is spelled as in the language."""
    if op in ("constant", "identity", "carry"):
        return inputs[0]
    if op in ("expand", "broadcast_to"):
        return _widened(b, inputs[0], params["shape"], params.get("axis"))
    if op == "swap_last" and len(inputs[0].shape) == 2:
        return b.as_asked("transpose", *inputs)
    if op in SWITCHES or op in CHOICES:
        return b.make(op, *inputs, **params)
    return b.as_asked(op, *inputs, **params)


def _widened(b: Builder, value: Operand, shape: Shape, axis: int | None) -> Operand:
    """The value repeated: times ones, with an axis of its own if it is not the first."""
    if value.shape == shape:
        return value
    if axis is not None and value.shape and axis_index(axis, shape):
        place = axis_index(axis, shape)
        value = b.as_asked("reshape", value, shape=(*shape[:place], 1, *shape[place + 1 :]))
    return b.as_asked("multiply", value, b.as_asked("ones", shape=shape))


def _fails(bounds: Bounds, factor: Operand, times: int) -> bool:
    return bounds.may_fail(factor) or (times < 0 and bounds.floor(factor) < 2)


def is_mask(operand: Operand) -> bool:
    """Whether a factor is exactly 0 in places, by a condition."""
    if not isinstance(operand, Node):
        return False
    if operand.op in COMPARISONS or operand.op in ("step", "guard"):
        return True
    if operand.op == "subtract":
        return number_of(operand.inputs[0]) == 1 and is_op(operand.inputs[1], "step", *COMPARISONS)
    return operand.op == "where" and any(
        _is_zero(each) or is_mask(each) for each in operand.inputs[1:]
    )


def _is_zero(operand: Operand) -> bool:
    return number_of(operand) == 0 or is_op(operand, "zeros")


def _condition(b: Builder, mask: Node) -> Node:
    """The condition under which a step or a comparison is 1."""
    return b.raw("greater", mask.inputs[0], ZERO) if mask.op == "step" else mask


def _masked(b: Builder, bounds: Bounds, mask: Operand, value: Operand) -> Operand | None:
    """The mask times the value, written so that the value is read only where the mask is not 0."""
    if _is_zero(mask):
        return ZERO
    if not is_mask(mask):
        within = around(b, bounds, mask, value, 1)
        shape = broadcast(mask.shape, value.shape)
        return product(b, shape, (mask, 1), (value, 1)) if within is None else within
    assert isinstance(mask, Node)
    if mask.op == "subtract":
        inner = mask.inputs[1]
        assert isinstance(inner, Node)
        return b.make("where", _condition(b, inner), ZERO, value)
    if mask.op not in CHOICES:
        return b.make("where", _condition(b, mask), value, ZERO)
    condition, *branches = mask.inputs
    made = [_masked(b, bounds, each, value) for each in branches]
    if any(each is None for each in made):
        return None
    return b.make(mask.op, condition, *(each for each in made if each is not None))


def hides_mask(b: Builder, operand: Operand) -> bool:
    """Whether a mask's zeros may be all there is: moved, summed, or named on their way."""
    open_operands = [operand]
    while open_operands:
        part = open_operands.pop()
        if not isinstance(part, Node):
            continue
        if is_mask(part) or b.masked(part):
            return True
        if part.op in _LINEAR or part.op in _MOVED:
            open_operands.extend(part.inputs)
        elif part.op == "divide":
            open_operands.append(part.inputs[0])
    return False


def _where_not_zero(b: Builder, partial: Operand, local: Operand, times: int) -> Operand | None:
    inner = product(b, broadcast(partial.shape, local.shape), (partial, 1), (local, times))
    if inner is None:
        return None
    return b.make("where", b.raw("not_equal", partial, ZERO), inner, ZERO)


def narrow(b: Builder, operand: Operand) -> Operand | None:
    """A condition, or a side of one, without the ones that only broadcast it; else None."""
    if not is_op(operand, *COMPARISONS):
        return bare(operand)
    assert isinstance(operand, Node)
    sides = [bare(each) for each in operand.inputs]
    if all(side is None for side in sides):
        return None
    given = [old if new is None else new for new, old in zip(sides, operand.inputs, strict=True)]
    return b.make(operand.op, *given)


def bare(operand: Operand) -> Operand | None:
    """The operand without ones that only broadcast it; else None. No value changes."""
    if is_op(operand, "multiply"):
        assert isinstance(operand, Node)
        value, last = operand.inputs
        if is_op(last, "ones"):
            return value
    return None
