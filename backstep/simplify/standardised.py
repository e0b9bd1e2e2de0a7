"""A tensor less its mean, over the root of its variance, by parts: batch norm and layer norm."""

from __future__ import annotations

from fractions import Fraction

from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import Shape
from backstep.simplify.factors import number_of
from backstep.simplify.value_numbering import (
    HALF,
    Meaning,
    Pullback,
    Values,
    bare,
    counted,
    factors_of,
    kept_shape,
    lined_up,
    reduced,
    spread,
    terms_of,
    whole_of,
    written,
)


def _mean_of(operand: Operand, shape: Shape, inside: set[int]) -> tuple[Node, int | None] | None:
    """The tensor and the axis that a lined-up mean is taken of, as a mean or a sum by a count."""
    lined = lined_up(operand, shape, inside)
    if lined is None:
        return None
    mean, narrow = lined
    found = _averaged(mean, inside)
    if found is None:
        return None
    of, axis, divisor = found
    if of.shape != shape or divisor != counted(shape, axis) or narrow != kept_shape(shape, axis):
        return None
    return of, axis


def _averaged(node: Node, inside: set[int]) -> tuple[Node, int | None, Fraction] | None:
    """Of Σx/d: x, the axis, and d; a mean's is its count."""
    divisor = Fraction(1)
    while True:
        inside.add(node.id)
        inner, scale = _unscaled(node)
        if not isinstance(inner, Node):
            return None
        if node.op in ("mean", "sum"):
            axis = node.params.get("axis")
            own = counted(inner.shape, axis) if node.op == "mean" else 1
            return inner, axis, divisor * own
        if not scale:
            return None
        divisor *= scale
        node = inner


def _unscaled(node: Node) -> tuple[Operand | None, Fraction | None]:
    """What a number divides, or a reduction is of, and the number; 1 where the value is moved."""
    if node.op in ("identity", "reshape", "mean", "sum"):
        return node.inputs[0], Fraction(1)
    if node.op == "divide":
        return node.inputs[0], written(node.inputs[1])
    if node.op == "multiply":
        for first, last in (node.inputs, node.inputs[::-1]):
            number = written(first)
            if number:
                return last, 1 / number
    return None, None


def _centred(operand: Operand, inside: set[int]) -> tuple[Node, Node, int | None] | None:
    """x − mean(x): the difference, x, and the axis."""
    node = bare(operand, inside)
    if not isinstance(node, Node) or node.op != "subtract" or not isinstance(node.inputs[0], Node):
        return None
    x, right = node.inputs
    opened: set[int] = set()
    found = _mean_of(right, node.shape, opened)
    if found is None or not isinstance(x, Node) or x.shape != node.shape:
        return None
    inside |= {node.id, *opened}
    return node, x, found[1]


def _spread_of(
    values: Values, operand: Operand, centred: Node, x: Node, axis: int | None, inside: set[int]
) -> tuple[Fraction, Node | None] | None:
    """Of a variance of x, with or without what is added to it: its divisor, and what is added."""
    summed = terms_of(operand)
    if summed is None:
        return None
    terms, opened = summed
    if len(terms) > 2 or any(sign < 0 for sign, _ in terms):
        return None
    for place, (_, term) in enumerate(terms):
        inner: set[int] = set()
        divisor = _variance(values, term, centred, x, axis, inner)
        if divisor is None:
            continue
        inside |= opened | inner
        rest = [each for k, (_, each) in enumerate(terms) if k != place]
        added = rest[0] if rest and isinstance(rest[0], Node) else None
        return None if added is not None and added.shape else (divisor, added)
    return None


def _variance(
    values: Values, term: Operand, centred: Node, x: Node, axis: int | None, inside: set[int]
) -> Fraction | None:
    lined = lined_up(term, x.shape, inside)
    if lined is None:
        return None
    node = lined[0]
    count = counted(x.shape, axis)
    if node.op == "var" and isinstance(node.inputs[0], Node):
        own = node.params.get("axis")
        whole = own is axis or kept_shape(x.shape, own) == kept_shape(x.shape, axis)
        if set(node.params) <= {"axis"} and whole and values.same(x, node.inputs[0], inside):
            inside.add(node.id)
            return Fraction(count)
        return None
    opened: set[int] = set()
    found = _averaged(node, opened)
    if found is None:
        return None
    of, own, divisor = found
    if of.shape != x.shape or kept_shape(x.shape, own) != kept_shape(x.shape, axis):
        return None
    squared = bare(of, opened)
    if not isinstance(squared, Node):
        return None
    opened.add(squared.id)
    base = squared.inputs[0]
    if squared.op == "multiply":
        if not values.same(base, squared.inputs[1], opened):
            return None
    elif squared.op != "square" and not (
        squared.op == "power" and number_of(squared.inputs[1]) == 2
    ):
        return None
    if not values.same(centred, base, opened):
        return None
    inside |= opened
    return divisor


def standardised(values: Values, node: Node) -> Meaning | None:
    """x̂ = (x − μ)/√(v + ε), v = Σ(x − μ)²/d: (g − mean g − x̂ Σ(g x̂)/d)/√(v + ε)."""
    for top, other in _sides(node):
        inside: set[int] = set()
        centred = _centred(top, inside)
        if centred is None:
            continue
        difference, x, axis = centred
        lined = lined_up(other, node.shape, inside)
        if lined is None or node.shape != x.shape or lined[1] != kept_shape(x.shape, axis):
            continue
        found = _width(values, lined[0], -1 if node.op == "divide" else 1, difference, x, axis)
        if found is None:
            continue
        divisor, added, opened = found
        inside |= opened | ({other.id} if isinstance(other, Node) else set())
        return Meaning(
            (x,) if added is None else (x, added),
            frozenset(inside - {node.id}),
            _standardised_back(node.op, other, axis, divisor, added is not None),
        )
    return None


def _sides(node: Node) -> list[tuple[Operand, Operand]]:
    pair = (node.inputs[0], node.inputs[1])
    return [pair] if node.op == "divide" else [pair, pair[::-1]]


def _width(
    values: Values, node: Node, side: int, centred: Node, x: Node, axis: int | None
) -> tuple[Fraction, Node | None, set[int]] | None:
    """Of √(v + ε) as a divisor, or its inverse as a factor: d, ε, and the ids opened."""
    inside: set[int] = set()
    width = bare(node, inside)
    if not isinstance(width, Node):
        return None
    if width.op == "std" and side < 0:
        own = width.params.get("axis")
        whole = kept_shape(x.shape, own) == kept_shape(x.shape, axis)
        if set(width.params) <= {"axis"} and whole and values.same(x, width.inputs[0], inside):
            return Fraction(counted(x.shape, axis)), None, {*inside, width.id}
        return None
    opened = factors_of(width)
    if opened is None or len(opened.parts) != 1:
        return None
    ((below, times),) = opened.parts
    if times != -side * HALF or _scaled(width):
        return None
    inside |= opened.inside
    found = _spread_of(values, below, centred, x, axis, inside)
    if found is None:
        return None
    return found[0], found[1], {*inside, below.id}


def _scaled(operand: Operand) -> bool:
    """Whether a number other than 1 is among the factors."""
    waiting = [operand]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Literal):
            if number_of(part) != 1:
                return True
        elif part.op == "negate":
            return True
        elif part.op in ("multiply", "divide", "identity"):
            waiting += part.inputs
        elif part.op in ("power", "sqrt", "square"):
            waiting.append(part.inputs[0])
    return False


def _standardised_back(
    op: str, other: Operand, axis: int | None, divisor: Fraction, added: bool
) -> Pullback:
    def pullback(g: Node, out: Node) -> list[Node]:
        shape = out.shape
        partial = whole_of(g, shape)
        mean = spread(reduced("mean", partial, axis), shape, axis)
        count = counted(shape, axis)
        inner = reduced("mean", partial * out, axis)
        if divisor != count:
            inner = Literal(count / divisor) * inner
        centred = partial - mean - out * spread(inner, shape, axis)
        made = [centred / other if op == "divide" else centred * other]
        if added:
            half = Literal(-HALF) * (partial * out)
            made.append(half / other / other if op == "divide" else half * other * other)
        return made

    return pullback
