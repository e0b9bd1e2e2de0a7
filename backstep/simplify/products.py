"""Rewrites of elementwise products: factors gathered, multiplied out if that cancels."""

from __future__ import annotations

from fractions import Fraction

from backstep.clock import heed
from backstep.graph.node import Node, Operand
from backstep.graph.shape import Shape, broadcast
from backstep.simplify.factors import (
    MOST_PARTS,
    ONE,
    PLUS,
    Builder,
    Factors,
    assemble,
    column,
    cost,
    is_one_hot,
    is_op,
    is_sum,
    merged,
    number_of,
    split,
)
from backstep.simplify.sums import summed, terms, total

_MOST_MULTIPLIED = 6
_MOST_TRIED = 60
"""Products that are tried for one: of sums of quotients of sums they double with each level, and
what is printed of a network takes ten at most."""


def product(b: Builder, shape: Shape, *parts: tuple[Operand, int]) -> Operand | None:
    """The product of operands raised to exponents, in its shortest form; None: leave it."""
    joined = merged(b, parts)
    if joined is None or len(joined[1]) > MOST_PARTS:
        return None
    return shortest_product(b, *joined, shape)


def shortest_product(b: Builder, coefficient: Fraction, factors: Factors, shape: Shape) -> Operand:
    """The shortest of the gathered product and its equals, as far as few are tried."""
    kept = b.kept
    if not factors:
        return assemble(b, coefficient, factors, shape)
    # Each way leads to products of other ways: kept, they are as many as there are products.
    key = (coefficient, tuple(factors.items()), shape, kept.free)
    found = kept.shortest.get(key)
    if found is None:
        outermost = not kept.tried
        if kept.tried == _MOST_TRIED:
            return assemble(b, coefficient, factors, shape)
        heed()
        kept.tried += 1
        freed, kept.freed = kept.freed, False
        try:
            found = _shortest(b, coefficient, factors, shape), kept.freed
        finally:
            kept.freed |= freed
            if outermost:
                kept.tried = 0
        if kept.tried < _MOST_TRIED:
            kept.shortest[key] = found
    best, freed = found
    kept.freed |= freed
    return best


def _shortest(b: Builder, coefficient: Fraction, factors: Factors, shape: Shape) -> Operand:
    best = assemble(b, coefficient, factors, shape)
    for change in (
        *(_cleared, _cleared_by_a_factor, _unguarded, _rectified, _paired, _raised, _inverted),
        *(_picked, _multiplied, _named, _shares),
    ):
        other = change(b, coefficient, factors, shape)
        if other is not None and cost(b, other) < cost(b, best):
            best = other
            b.kept.freed |= change in (_named, _shares)
    return best


def _cleared(b: Builder, coefficient: Fraction, factors: Factors, shape: Shape) -> Operand | None:
    """A number multiplied into a sum if that makes integers: 2(1/2 − x) is 1 − 2x."""
    for factor, times in factors.items():
        if times != 1 or not is_sum(b, factor):
            continue
        inner = terms(b, factor)
        whole = all((coefficient * number).denominator == 1 for number, _ in inner)
        if whole and any(number.denominator != 1 for number, _ in inner):
            cleared = summed(b, [(coefficient * n, rest) for n, rest in inner], factor.shape)
            rest = [(each, n) for each, n in factors.items() if each is not factor]
            joined = merged(b, [(cleared, 1), *rest])
            return None if joined is None else assemble(b, *joined, shape)
    return None


def _cleared_by_a_factor(
    b: Builder, coefficient: Fraction, factors: Factors, shape: Shape
) -> Operand | None:
    """A scalar multiplied into a sum that is divided by it: (1 + x/n)·n is n + x."""
    for whole, times in factors.items():
        if abs(times) != 1 or not is_sum(b, whole):
            continue
        inner = [(number, split(b, rest)[1]) for number, rest in terms(b, whole)]
        for factor, n in factors.items():
            if factor is whole or n * times < 1 or factor.shape:
                continue
            if not any(own.get(factor, 0) < 0 for _, own in inner):
                continue
            parts = []
            for number, own in inner:
                joined = merged(b, [*own.items(), (factor, 1)])
                if joined is None:
                    return None
                wide = broadcast((), *(each.shape for each in joined[1]))
                parts.append((number * joined[0], assemble(b, PLUS, joined[1], wide)))
            cleared = summed(b, parts, whole.shape)
            rest = [(each, k) for each, k in factors.items() if each is not whole]
            joined = merged(b, [*rest, (factor, -times), (cleared, times)])
            if joined is not None:
                return shortest_product(b, coefficient * joined[0], joined[1], shape)
    return None


def _unguarded(b: Builder, coefficient: Fraction, factors: Factors, shape: Shape) -> Operand | None:
    """A guarded quotient whose denominator cancels needs no guard: p·(y/p) is y."""
    for factor, times in factors.items():
        if times != 1 or not isinstance(factor, Node) or factor.op != "guard":
            continue
        rest = [(each, n) for each, n in factors.items() if each is not factor]
        joined = merged(b, [(factor.inputs[1], 1), *rest])
        if joined is None:
            continue
        number, inside = joined
        if all(n > 0 and not is_op(each, "log") for each, n in inside.items()):
            return shortest_product(b, coefficient * number, inside, shape)
    return None


def _rectified(b: Builder, coefficient: Fraction, factors: Factors, shape: Shape) -> Operand | None:
    """What is 0 where a step is 0 needs no step beside it: relu(x)·step(x) is relu(x)."""
    for factor, times in factors.items():
        if not is_op(factor, "step") or times < 1:
            continue
        assert isinstance(factor, Node)
        (inner,) = factor.inputs
        if any(n > 0 and _is_positive_part(b, each, inner) for each, n in factors.items()):
            rest = {each: n for each, n in factors.items() if each is not factor}
            return shortest_product(b, coefficient, rest, shape)
    return None


def _paired(b: Builder, coefficient: Fraction, factors: Factors, shape: Shape) -> Operand | None:
    """x·sign(x) is |x|, sinh(x)/cosh(x) is tanh(x)."""
    for factor, times in factors.items():
        if not isinstance(factor, Node) or times < 1:
            continue
        other: Operand
        if factor.op == "sign":
            other, made, against = factor.inputs[0], b.make("abs", *factor.inputs), 1
        elif factor.op == "sinh":
            other, made, against = (
                b.make("cosh", *factor.inputs),
                b.make("tanh", *factor.inputs),
                -1,
            )
        else:
            continue
        if factors.get(other, 0) * against < 1:
            continue
        joined = merged(b, [*factors.items(), (factor, -1), (other, -against), (made, 1)])
        if joined is not None:
            return shortest_product(b, coefficient * joined[0], joined[1], shape)
    return None


def _raised(b: Builder, coefficient: Fraction, factors: Factors, shape: Shape) -> Operand | None:
    """x·x^(a − 1) is x^a."""
    for factor, times in factors.items():
        found = _one_less(factor) if times == 1 else None
        if found is None:
            continue
        base, exponent = found
        n = factors.get(base, 0)
        if n < 1:
            continue
        rest = {each: k for each, k in factors.items() if each is not factor and each is not base}
        parts = [*rest.items(), (base, n - 1), (b.make("power", base, exponent), 1)]
        joined = merged(b, [(each, k) for each, k in parts if k])
        return None if joined is None else assemble(b, coefficient * joined[0], joined[1], shape)
    return None


def _one_less(factor: Operand) -> tuple[Operand, Operand] | None:
    """The base and the exponent a of x^(a − 1)."""
    if not isinstance(factor, Node) or factor.op != "power":
        return None
    base, exponent = factor.inputs
    if not isinstance(exponent, Node) or exponent.op != "subtract":
        return None
    more, one = exponent.inputs
    return (base, more) if number_of(one) == 1 else None


def _inverted(b: Builder, coefficient: Fraction, factors: Factors, shape: Shape) -> Operand | None:
    """cof(A)/det(A) is the inverse's transpose."""
    for factor, times in factors.items():
        if times != 1 or not isinstance(factor, Node) or factor.op != "cofactors":
            continue
        (matrix,) = factor.inputs
        whole = b.make("det", matrix)
        if factors.get(whole) != -1:
            continue
        unit = b.raw("eye", n=shape[-1])
        inverse = b.make("solve", b.make("transpose", matrix), unit)
        rest = [(each, n) for each, n in factors.items() if each not in (factor, whole)]
        joined = merged(b, [(inverse, 1), *rest])
        return None if joined is None else assemble(b, coefficient * joined[0], joined[1], shape)
    return None


def _is_positive_part(b: Builder, operand: Operand, of: Operand) -> bool:
    """Whether it is relu(x), or max(x, 0)."""
    if not isinstance(operand, Node) or operand.op not in ("relu", "maximum"):
        return False
    inner = [each for each in operand.inputs if number_of(each) != 0]
    if len(inner) != 1 or inner[0].shape != of.shape:
        return False
    # What a step is of stands as it was typed.
    difference = b.make("subtract", inner[0], of)
    return number_of(difference) == 0 or is_op(difference, "zeros")


def _picked(b: Builder, coefficient: Fraction, factors: Factors, shape: Shape) -> Operand | None:
    """Beside a one-hot vector only the chosen element counts: f ⊙ e_y is f_y e_y."""
    hot = next((each for each, n in factors.items() if n == 1 and is_one_hot(each)), None)
    # The element of a single class is the whole, which would be picked again and again.
    if hot is None or hot.shape != shape or shape[-1] == 1:
        return None
    assert isinstance(hot, Node)
    parts: list[tuple[Operand, int]] = [(hot, 1)]
    for each, times in factors.items():
        if each is hot:
            continue
        if each.shape == shape and not is_op(each, "ones") and not is_one_hot(each):
            chosen = b.make("pick", each, hot.inputs[1])
            parts.append((column(b, chosen), times))
        else:
            parts.append((each, times))
    joined = merged(b, parts)
    if joined is None or set(joined[1]) == set(factors):
        return None
    return shortest_product(b, coefficient * joined[0], joined[1], shape)


def _multiplied(
    b: Builder, coefficient: Fraction, factors: Factors, shape: Shape
) -> Operand | None:
    """A sum multiplied out, tried if a quotient or a one-hot vector could cancel."""
    for factor, times in factors.items():
        if times != 1 or not is_sum(b, factor):
            continue
        inner = terms(b, factor)
        if len(inner) > _MOST_MULTIPLIED:
            continue
        rest = [(each, n) for each, n in factors.items() if each is not factor]
        cancels = any(n < 0 for _, n in rest) or any(
            n < 0 or is_one_hot(each) or is_op(each, "guard") or _raises(each, rest)
            for _, term in inner
            for each, n in split(b, term)[1].items()
        )
        if not cancels:
            continue
        parts = []
        for number, term in inner:
            joined = merged(b, [(term, 1), *rest])
            if joined is None:
                return None
            wide = broadcast(term.shape, *(each.shape for each, _ in rest))
            parts.append((number, shortest_product(b, *joined, wide)))
        whole = total(b, parts, shape)
        joined = None if whole is None else merged(b, [(whole, 1)])
        return None if joined is None else assemble(b, coefficient * joined[0], joined[1], shape)
    return None


def _raises(factor: Operand, others: list[tuple[Operand, int]]) -> bool:
    """Whether the factor is x^(a − 1), and x is among the others."""
    found = _one_less(factor)
    return found is not None and any(each is found[0] and n > 0 for each, n in others)


def _named(b: Builder, coefficient: Fraction, factors: Factors, shape: Shape) -> Operand | None:
    """Factors that a name stands for, as the name: e/S is s where the text says s = e/S."""
    best: Operand | None = None
    for factor in factors if b.kept.free else ():
        for symbol, number, own in b.kept.named.get(factor, ()):
            if not all(_holds(factors.get(each, 0), n) for each, n in own.items()):
                continue
            rest = [(each, n - own.get(each, 0)) for each, n in factors.items()]
            joined = merged(b, [(symbol, 1), *rest])
            if joined is None:
                continue
            made = shortest_product(b, coefficient / number * joined[0], joined[1], shape)
            if best is None or cost(b, made) < cost(b, best):
                best = made
    return best


def _holds(times: int, part: int) -> bool:
    """Whether an exponent has another one in it."""
    return abs(times) >= abs(part) and times * part > 0


def _shares(b: Builder, coefficient: Fraction, factors: Factors, shape: Shape) -> Operand | None:
    """1/(1 + e^a) is σ(−a), e^a/(e^a + e^b) is σ(a − b), e^a/Σe^a is softmax(a)."""
    for factor, times in factors.items() if b.kept.free else ():
        if times < 0:
            made = _sigmoid(b, factor, factors) or _softmax(b, factor, factors)
        else:
            made = _other_share(b, factor, factors)
        if made is None:
            continue
        joined = merged(b, [*made, *((each, n) for each, n in factors.items())])
        if joined is not None:
            return shortest_product(b, coefficient * joined[0], joined[1], shape)
    return None


def _sigmoid(b: Builder, factor: Operand, factors: Factors) -> list[tuple[Operand, int]] | None:
    """Of 1 + e^a, or of e^a + e^b, as a divisor."""
    if not isinstance(factor, Node) or factor.op != "add":
        return None
    for one, other in (factor.inputs, factor.inputs[::-1]):
        if not isinstance(other, Node) or other.op != "exp":
            continue
        inner = other.inputs[0]
        if number_of(one) == 1:
            mirrored = b.make("sigmoid", b.make("negate", inner))
            named = isinstance(mirrored, Node) and not mirrored.inputs
            if factors.get(other, 0) < 1 or named:
                return [(mirrored, 1), (factor, 1)]
        elif not is_op(one, "exp") or factors.get(other, 0) < 1:
            continue
        else:
            assert isinstance(one, Node)
            inner = b.make("subtract", inner, one.inputs[0])
        return [(b.make("sigmoid", inner), 1), (other, -1), (factor, 1)]
    return None


def _other_share(b: Builder, factor: Operand, factors: Factors) -> list[tuple[Operand, int]] | None:
    if not isinstance(factor, Node) or factor.op != "exp":
        return None
    share = b.make("sigmoid", b.make("negate", factor.inputs[0]))
    if factors.get(share, 0) < 1:
        return None
    named = isinstance(share, Node) and not share.inputs
    other = b.raw("subtract", ONE, share) if named else b.make("sigmoid", factor.inputs[0])
    return [(other, 1), (factor, -1), (share, -1)]


def _softmax(b: Builder, factor: Operand, factors: Factors) -> list[tuple[Operand, int]] | None:
    total = factor
    while is_op(total, "reshape"):
        assert isinstance(total, Node)
        total = total.inputs[0]
    if not isinstance(total, Node) or total.op != "sum" or not is_op(total.inputs[0], "exp"):
        return None
    (top,) = total.inputs
    assert isinstance(top, Node)
    axis = total.params.get("axis")
    if factors.get(top, 0) < 1 or (axis is None and len(top.shape) != 1):
        return None
    place = -1 if axis is None or axis == len(top.shape) - 1 else axis
    kept = (*top.shape[:place], 1, *top.shape[place % len(top.shape) + 1 :])
    narrow = (1,) * (len(top.shape) - len(factor.shape)) + factor.shape
    if narrow != kept:
        return None
    (inner,) = top.inputs
    return [(b.make("softmax", inner, axis=place), 1), (top, -1), (factor, 1)]


def before_fraction(b: Builder, operand: Operand, factor: Node) -> Operand:
    """g z / a as g · (z / a), for a factor g of the numerator; anything else unchanged."""
    if is_op(operand, "negate"):
        assert isinstance(operand, Node)
        (inner,) = operand.inputs
        made = before_fraction(b, inner, factor)
        return operand if made is inner else b.raw("negate", made)
    if not is_op(operand, "divide"):
        return operand
    assert isinstance(operand, Node)
    top, bottom = operand.inputs
    factors: list[Operand] = []
    while is_op(top, "multiply"):
        assert isinstance(top, Node)
        top, last = top.inputs
        factors.append(last)
    factors.append(top)
    if factor not in factors:
        return operand
    factors.remove(factor)
    over = factors.pop() if factors else ONE
    while factors:
        over = b.raw("multiply", over, factors.pop())
    return b.raw("multiply", factor, b.raw("divide", over, bottom))
