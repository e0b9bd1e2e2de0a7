"""Named rewrites for matrix formulas of gradients, so that they read like a textbook's.

Each is tried in turn on an operation and its inputs, which are tidy already, and returns a tidy
equal or None. Values are unchanged up to rounding, wherever the formula has one.
"""

from __future__ import annotations

from fractions import Fraction

from backstep.graph.node import Literal, Node, Operand
from backstep.graph.parameters import Parameters
from backstep.graph.shape import broadcast
from backstep.simplify import moves as moves
from backstep.simplify import reductions as reductions
from backstep.simplify.factors import (
    MINUS,
    PLUS,
    SUMS,
    Builder,
    Rule,
    Rules,
    adds_up,
    assemble,
    held_for_symmetry,
    is_one_hot,
    is_op,
    is_sum,
    number_of,
    split,
)
from backstep.simplify.products import product
from backstep.simplify.sums import terms, total

# Elementwise


def _product(b: Builder, inputs: tuple[Operand, ...], _: Parameters) -> Operand | None:
    left, right = inputs
    return product(b, broadcast(left.shape, right.shape), (left, 1), (right, 1))


def _quotient(b: Builder, inputs: tuple[Operand, ...], _: Parameters) -> Operand | None:
    left, right = inputs
    return product(b, broadcast(left.shape, right.shape), (left, 1), (right, -1))


def _negative(b: Builder, inputs: tuple[Operand, ...], _: Parameters) -> Operand | None:
    (inner,) = inputs
    turned = None
    if is_op(inner, *SUMS):
        turned = total(b, [(MINUS, inner)], inner.shape)
    if turned is not None and not is_op(turned, "negate"):
        return turned
    return product(b, inner.shape, (Literal(MINUS), 1), (inner, 1))


def _square(b: Builder, inputs: tuple[Operand, ...], _: Parameters) -> Operand | None:
    return product(b, inputs[0].shape, (inputs[0], 2))


def _power(b: Builder, inputs: tuple[Operand, ...], _: Parameters) -> Operand | None:
    exponent = number_of(inputs[1])
    if exponent is None or exponent.denominator != 1 or not 0 < abs(exponent) <= 16:
        return None
    return product(b, inputs[0].shape, (inputs[0], int(exponent)))


def _reciprocal(b: Builder, inputs: tuple[Operand, ...], _: Parameters) -> Operand | None:
    return product(b, inputs[0].shape, (inputs[0], -1))


def _plus(b: Builder, inputs: tuple[Operand, ...], _: Parameters) -> Operand | None:
    left, right = inputs
    return total(b, [(PLUS, left), (PLUS, right)], broadcast(left.shape, right.shape))


def _minus(b: Builder, inputs: tuple[Operand, ...], _: Parameters) -> Operand | None:
    left, right = inputs
    return total(b, [(PLUS, left), (MINUS, right)], broadcast(left.shape, right.shape))


def _itself(b: Builder, inputs: tuple[Operand, ...], _: Parameters) -> Operand | None:
    return inputs[0]


# Scalars out of linear operations


def _scalars_out(op: str, *places: int) -> Rule:
    """Numbers and scalars before an operation that is linear in the inputs at `places`."""

    def rule(b: Builder, inputs: tuple[Operand, ...], params: Parameters) -> Operand | None:
        outside: list[tuple[Operand, int]] = []
        inside = list(inputs)
        for place in places:
            value = inputs[place]
            coefficient, factors = split(b, value)
            if coefficient == 0 and value.shape:
                return assemble(b, Fraction(0), {}, b.raw(op, *inputs, **params).shape)
            if is_op(value, *SUMS):
                parts = terms(b, value)
                if value.shape and all(number < 0 for number, _ in parts):
                    turned = total(b, [(-number, rest) for number, rest in parts], value.shape)
                    if turned is not None:
                        inside[place] = turned
                        outside.append((Literal(MINUS), 1))
                continue
            if not value.shape:
                continue
            scalars = [(each, n) for each, n in factors.items() if not each.shape]
            if coefficient == 1 and not scalars:
                continue
            rest = {each: n for each, n in factors.items() if each.shape}
            inside[place] = assemble(b, PLUS, rest, value.shape)
            outside += [(Literal(coefficient), 1), *scalars]
        if not outside:
            return None
        inner = b.make(op, *inside, **params)
        return product(b, inner.shape, *outside, (inner, 1))

    return rule


# Matrices


def _turned(b: Builder, inputs: tuple[Operand, ...], _: Parameters) -> Operand | None:
    """(Aᵀ)ᵀ = A, (AB)ᵀ = BᵀAᵀ, (abᵀ)ᵀ = baᵀ; a vector is its own transpose, and so is
    a symmetric matrix.
    """
    (value,) = inputs
    if len(value.shape) < 2:
        return value
    if not isinstance(value, Node):
        return None
    if value.op == "transpose":
        return value.inputs[0]
    held = held_for_symmetry(b, value)
    if held is not None:
        b.kept.relied |= held
        return value
    if value.op == "ones":
        return b.raw("ones", shape=tuple(reversed(value.shape)))
    if value.op == "matmul" and all(len(each.shape) == 2 for each in value.inputs):
        left, right = value.inputs
        return b.make("matmul", b.make("transpose", right), b.make("transpose", left))
    if value.op == "outer":
        return b.make("outer", *reversed(value.inputs))
    return None


def _swapped(b: Builder, inputs: tuple[Operand, ...], _: Parameters) -> Operand | None:
    (value,) = inputs
    if len(value.shape) == 2:
        return b.make("transpose", value)
    return value.inputs[0] if isinstance(value, Node) and value.op == "swap_last" else None


def _matrix_product(b: Builder, inputs: tuple[Operand, ...], _: Parameters) -> Operand | None:
    """xᵀA is Aᵀx, aᵀb of two vectors a dot product; a column times a row is abᵀ."""
    left, right = inputs
    if len(left.shape) == 1 and len(right.shape) == 1:
        return b.make("dot", left, right)
    if len(left.shape) == 1 and len(right.shape) == 2:
        return b.make("matmul", b.make("transpose", right), left)
    if is_op(left, "eye") and len(left.shape) == 2 and len(right.shape) <= 2:
        return right
    if is_op(right, "eye") and len(left.shape) <= 2:
        return left
    return None


def _dot(b: Builder, inputs: tuple[Operand, ...], _: Parameters) -> Operand | None:
    """A dot product with ones is a sum, with a one-hot vector an element; (Aᵀx)ᵀy is xᵀ(Ay)."""
    for one, other in (inputs, inputs[::-1]):
        if is_op(one, "ones"):
            return b.make("sum", other)
        if is_one_hot(one):
            assert isinstance(one, Node)
            return b.make("pick", other, one.inputs[1])
        if adds_up(b, other) and is_sum(b, one):
            parts = terms(b, one)
            # A vector of one element that is spread over the others is no operand of a dot product.
            fit = all(rest.shape in ((), other.shape) for _, rest in parts)
            if fit and any(not rest.shape for _, rest in parts):
                return total(
                    b,
                    [(n, b.make("dot", rest, other) if rest.shape else rest) for n, rest in parts],
                    (),
                )
    for one, other in (inputs, inputs[::-1]):
        if isinstance(one, Node) and is_op(one, "matmul") and len(one.inputs[1].shape) == 1:
            matrix, vector = one.inputs
            if isinstance(matrix, Node) and matrix.op == "transpose":
                return b.make("dot", vector, b.make("matmul", matrix.inputs[0], other))
    return None


_PRODUCTS = (
    "factors gathered: numbers, scalars, tensors; x/x = 1; multiplied out where that cancels"
)
_SUMS = "terms gathered: x − x = 0, pluses first; common factors before the sum"
_FIRST = "scalar factors to the front"
_ONLY = "the only axis is all there is"
_SIDES = "two sides of a comparison broadcast"
_REDUCTIONS = ("prod", "max", "min", "norm", "var", "logsumexp")
_COMPARISONS = (
    "less",
    "less_equal",
    "greater",
    "greater_equal",
    "equal",
    "not_equal",
    "where",
    "guard",
)

RULES: Rules = {
    "multiply": ((_PRODUCTS, _product),),
    "divide": ((_PRODUCTS, _quotient),),
    "negate": (("signs pulled out of products and differences", _negative),),
    "square": ((_PRODUCTS, _square),),
    "power": ((_PRODUCTS, _power),),
    "log_slope": (("the slope of log is 1/x", _reciprocal),),
    "add": (("parts put back side by side are joined", moves.side_by_side), (_SUMS, _plus)),
    "subtract": ((_SUMS, _minus),),
    "identity": (("a name for a value is the value", _itself),),
    "carry": (("a partial on its way is the partial", _itself),),
    "expand": (("what is repeated is the value times ones", reductions.widened),),
    "broadcast_to": (("what is repeated is the value times ones", reductions.widened),),
    "sum_to": (("sums over the broadcast axes", reductions.narrowed),),
    "sum": (
        (_ONLY, reductions.only_axis("sum")),
        ("sums of ones, of one-hot rows, of what does not change", reductions.summed),
        (_FIRST, _scalars_out("sum", 0)),
        ("Σ aᵢbᵢ = aᵀb", reductions.inner_product),
    ),
    "mean": (
        (_ONLY, reductions.only_axis("mean")),
        (_FIRST, _scalars_out("mean", 0)),
        ("what is the same along the axis before the mean", reductions.averaged),
    ),
    **{
        op: ((_ONLY, reductions.only_axis(op)),)
        for op in ("prod", "max", "min", "norm", "var", "logsumexp")
    },
    **{op: ((_SIDES, reductions.compared(op)),) for op in _COMPARISONS},
    "transpose": (
        (_FIRST, _scalars_out("transpose", 0)),
        ("(Aᵀ)ᵀ = A, (AB)ᵀ = BᵀAᵀ, (abᵀ)ᵀ = baᵀ, Sᵀ = S", _turned),
    ),
    "swap_last": (("(Aᵀ)ᵀ = A, (AB)ᵀ = BᵀAᵀ, (abᵀ)ᵀ = baᵀ", _swapped),),
    "matmul": (
        (_FIRST, _scalars_out("matmul", 0, 1)),
        ("xᵀA = Aᵀx, IA = AI = A", _matrix_product),
    ),
    "dot": (
        (_FIRST, _scalars_out("dot", 0, 1)),
        ("1ᵀx = Σ x, e_kᵀx = x_k, (Aᵀx)ᵀy = xᵀ(Ay), (1 + x)ᵀp = 1 + xᵀp where Σp = 1", _dot),
    ),
    "solve": ((_FIRST, _scalars_out("solve", 1)),),
    "outer": ((_FIRST, _scalars_out("outer", 0, 1)),),
    "reshape": (
        (_FIRST, _scalars_out("reshape", 0)),
        ("a shape given again is the last one", moves.reshaped),
    ),
    "move_axis": (
        (_FIRST, _scalars_out("move_axis", 0)),
        ("an axis moved back", moves.moved),
    ),
    "index": ((_FIRST, _scalars_out("index", 0)),),
    "place": (("a value at a class number is the value times e_k", moves.placed),),
    "pick": (
        (_FIRST, _scalars_out("pick", 0)),
        ("the chosen element of a one-hot vector is 1", moves.picked),
    ),
    "patches": ((_FIRST, _scalars_out("patches", 0)),),
    "unpatches": ((_FIRST, _scalars_out("unpatches", 0)),),
    "conv_weight": ((_FIRST, _scalars_out("conv_weight", 0, 1)),),
    "conv_input": ((_FIRST, _scalars_out("conv_input", 0, 1)),),
}
"""For each operation its rewrites, with their names; the first that applies wins."""

LAST: Rules = {
    "scatter": (("a part put back is a product with rows of the identity", moves.scattered),),
}
"""Rewrites applied after all others: until then parts may still combine with their neighbours."""
