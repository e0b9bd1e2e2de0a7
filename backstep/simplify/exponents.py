"""Exponentials normalised along an axis, by parts: softmax, its logarithm, log Σ exp."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backstep.graph.node import Node, Operand
from backstep.graph.shape import Shape, axis_index
from backstep.simplify.value_numbering import (
    Meaning,
    Pullback,
    Values,
    bare,
    between,
    kept_shape,
    lined_up,
    quotient_of,
    reduced,
    spread,
    terms_of,
    unnamed,
    whole_of,
    written,
)


@dataclass(frozen=True, slots=True)
class _Exponents:
    """The tensor `of` whose exponentials are normalised, and the axis.

    What is constant along the axis, and subtracted, is no part of `of`: a softmax does not depend
    on it.
    """

    argument: Node
    of: Node
    axis: int | None


def _summed_exponents(
    total: Operand, shape: Shape, narrow: Shape | None, inside: set[int]
) -> _Exponents | None:
    """Of Σ exp(z − m): z and the axis."""
    total = bare(total, inside)
    if not isinstance(total, Node) or total.op != "sum":
        return None
    axis = total.params.get("axis")
    inside.add(total.id)
    inner = bare(total.inputs[0], inside)
    if not isinstance(inner, Node) or inner.op != "exp" or inner.shape != shape or not shape:
        return None
    if narrow is not None and narrow != kept_shape(shape, axis):
        return None
    inside.add(inner.id)
    argument = inner.inputs[0]
    if not isinstance(argument, Node):
        return None
    return _Exponents(argument, _shifted(argument, axis, inside), axis)


def _shifted(argument: Node, axis: int | None, inside: set[int]) -> Node:
    """z of z − m, where m is the same along the axis; else the argument itself."""
    minus = unnamed(argument)
    if minus.op != "subtract" or not isinstance(minus.inputs[0], Node):
        return argument
    left, right = minus.inputs
    assert isinstance(left, Node)
    if left.shape != minus.shape or not _constant_along(right, minus.shape, axis):
        return argument
    passed = between(argument, left)
    if passed is None:
        return argument
    inside |= passed
    return left


def _constant_along(operand: Operand, shape: Shape, axis: int | None) -> bool:
    narrow = (1,) * (len(shape) - len(operand.shape)) + operand.shape
    if operand.shape == shape:
        lined = lined_up(operand, shape, set())
        narrow = narrow if lined is None else lined[1]
    return all(
        length == 1
        for place, length in enumerate(narrow)
        if axis is None or place == axis_index(axis, shape)
    )


def softmax(values: Values, node: Node) -> Meaning | None:
    """s = e/Σe with e = exp(z − m), m the same along the axis: s(g − Σ g s)."""
    inside: set[int] = set()
    pair = quotient_of(node, inside)
    if pair is None or not isinstance(pair[0], Node) or pair[0].shape != node.shape:
        return None
    top, below = pair
    lined = lined_up(below, node.shape, inside)
    if lined is None:
        return None
    found = _summed_exponents(lined[0], node.shape, lined[1], inside)
    if found is None or not values.same(lined[0].inputs[0], top, inside):
        return None
    assert isinstance(top, Node)
    inside.add(top.id)
    axis = found.axis
    values.note_softmax(node, found.argument, axis)
    values.note_softmax(node, found.of, axis)

    def pullback(g: Node, out: Node) -> list[Node]:
        partial = whole_of(g, out.shape)
        mean = spread(reduced("sum", partial * out, axis), out.shape, axis)
        return [out * (partial - mean)]

    return Meaning((found.of,), frozenset(inside - {node.id, found.of.id}), pullback)


def _probabilities(values: Values, found: _Exponents) -> Node:
    """The softmax of exponents: as the text has it, or the operation."""
    of, axis = found.of, found.axis
    known = values.probable(of, axis)
    if known is None and (axis is not None or len(of.shape) == 1):
        known = of.graph.apply("softmax", of, axis=-1 if axis is None else axis)
    if known is not None:
        return known
    top = of.graph.apply("exp", of)
    return top / of.graph.apply("sum", top)


def log_of_softmax(values: Values, node: Node) -> Meaning | None:
    """log s for a softmax s in parts: g − s Σ g."""
    inside: set[int] = set()
    inner = bare(node.inputs[0], inside)
    if not isinstance(inner, Node) or inner.op not in ("divide", "multiply"):
        return None
    shares = softmax(values, inner)
    if shares is None:
        return None
    (of,) = shares.inputs
    whole = frozenset({*inside, inner.id, *shares.inside} - {of.id})
    pair = quotient_of(inner, set())
    lined = None if pair is None else lined_up(pair[1], inner.shape, set())
    assert lined is not None
    axis = lined[0].params.get("axis")

    def pullback(g: Node, out: Node) -> list[Node]:
        partial = whole_of(g, out.shape)
        return [partial - inner * spread(reduced("sum", partial, axis), out.shape, axis)]

    return Meaning((of,), whole, pullback)


def _log_of_exponents(
    values: Values, operand: Operand, shape: Shape | None, inside: set[int]
) -> tuple[_Exponents, Shape] | None:
    """Of log Σ exp(a), lined up with a if `shape` is given: a, and the logarithm's own shape."""
    node = bare(operand, inside)
    narrow: Shape | None = None
    if shape is not None:
        lined = lined_up(node, shape, inside)
        if lined is None:
            return None
        node, narrow = lined
    if not isinstance(node, Node) or node.op != "log":
        return None
    inside.add(node.id)
    total = node.inputs[0]
    while isinstance(total, Node) and total.op in ("identity", "reshape"):
        inside.add(total.id)
        total = total.inputs[0]
    if not isinstance(total, Node) or total.op != "sum" or not isinstance(total.inputs[0], Node):
        return None
    full = total.inputs[0].shape
    kept = kept_shape(full, total.params.get("axis"))
    if shape is not None and (full != shape or narrow != kept):
        return None
    if node.shape not in (kept, total.shape):
        return None
    found = _summed_exponents(total, full, None, inside)
    return None if found is None else (found, node.shape)


def _spread_partial(g: Node, own: Shape, found: _Exponents) -> Node:
    """The partial of a reduced value, repeated along the axis."""
    partial, full = whole_of(g, own), found.of.shape
    if own == kept_shape(full, found.axis):
        return partial.graph.apply("broadcast_to", partial, shape=full)
    return spread(partial, full, found.axis)


def log_sum_exp(values: Values, node: Node) -> Meaning | None:
    """log Σ exp(z), and m + log Σ exp(z − m) with any m: the softmax of z times g."""
    inside: set[int] = set()
    if node.op == "log":
        made = _log_of_exponents(values, node, None, inside)
        if made is None:
            return None
        found, own = made
        # Unlike a softmax it does depend on what is subtracted.
        of = found.argument
        found = _Exponents(of, of, found.axis)
    else:
        pair: tuple[_Exponents, Shape] | None = None
        for shift, other in (node.inputs, node.inputs[::-1]):
            opened: set[int] = set()
            made = _log_of_exponents(values, other, None, opened)
            if made is None or made[0].of is made[0].argument:
                continue
            minus = unnamed(made[0].argument)
            right = _lined_value(minus.inputs[1])
            if right is not None and values.same(right, _lined_value(shift) or shift, opened):
                pair = made
                inside |= opened
        if pair is None:
            return None
        found, own = pair
        of = found.of
        if node.shape != own:
            return None

    def pullback(g: Node, out: Node) -> list[Node]:
        return [_spread_partial(g, own, found) * _probabilities(values, found)]

    return Meaning((of,), frozenset(inside - {node.id, of.id}), pullback)


def _lined_value(operand: Operand) -> Node | None:
    """A reduced value without what lines it up."""
    while isinstance(operand, Node) and operand.op in ("identity", "reshape", "expand"):
        operand = operand.inputs[0]
    return operand if isinstance(operand, Node) else None


def log_softmax(values: Values, node: Node) -> Meaning | None:
    """z − log Σ exp(z), with the same subtracted from both z or not: g − softmax(z) Σ g."""
    inside: set[int] = set()
    summed = terms_of(node)
    if summed is None:
        return None
    terms, opened = summed
    for place, (sign, term) in enumerate(terms):
        inner: set[int] = set()
        made = _log_of_exponents(values, term, node.shape, inner) if sign < 0 else None
        if made is None:
            continue
        found = made[0]
        own = terms_of(found.argument)
        rest = terms[:place] + terms[place + 1 :]
        if own is None or not _same_terms(values, own[0], rest, inner):
            continue
        inside |= inner | opened | own[1] | {found.argument.id}
        own_parts = frozenset(inside - {node.id, found.of.id})
        return Meaning((found.of,), own_parts, _log_softmax_back(values, found))
    return None


def _log_softmax_back(values: Values, found: _Exponents) -> Pullback:
    def pullback(g: Node, out: Node) -> list[Node]:
        partial = whole_of(g, out.shape)
        whole = spread(reduced("sum", partial, found.axis), out.shape, found.axis)
        return [partial - _probabilities(values, found) * whole]

    return pullback


def _same_terms(
    values: Values,
    kept: list[tuple[int, Operand]],
    twins: list[tuple[int, Operand]],
    inside: set[int],
) -> bool:
    """Whether two sums have the same terms, each once."""
    left = list(kept)
    for sign, twin in twins:
        place = next(
            (
                k
                for k, (own, one) in enumerate(left)
                if own == sign and values.same(one, twin, inside)
            ),
            None,
        )
        if place is None:
            return False
        left.pop(place)
    return not left


def softplus(values: Values, node: Node) -> Meaning | None:
    """max(z, 0) + log(1 + e^(−|z|)) among the terms of a sum: softplus(z), whose slope is σ(z)."""
    summed = terms_of(node)
    if summed is None:
        return None
    terms, opened = summed
    for place, (sign, term) in enumerate(terms):
        inside = set(opened)
        absolute = _mirrored_logarithm(term, inside)
        if absolute is None:
            continue
        for other, (same, rival) in enumerate(terms):
            own = set(inside)
            positive = _positive_part(rival, own)
            if (
                same != sign
                or positive is None
                or not _either_sign(values, positive, absolute, own)
            ):
                continue
            rest = [each for k, each in enumerate(terms) if k not in (place, other)]
            others = [(s, each) for s, each in rest if isinstance(each, Node)]

            def pullback(
                g: Node,
                out: Node,
                others: Sequence[tuple[int, Node]] = tuple(others),
                sign: int = sign,
                of: Node = positive,
            ) -> list[Node]:
                slope = whole_of(g, out.shape) * of.graph.apply("sigmoid", of)
                sent = [g if own > 0 else -g for own, _ in others]
                return [*sent, slope if sign > 0 else -slope]

            inputs = (*(each for _, each in others), positive)
            passed = own - {node.id, *(each.id for each in inputs)}
            return Meaning(inputs, frozenset(passed), pullback)
    return None


def _mirrored_logarithm(operand: Operand, inside: set[int]) -> Node | None:
    """The z of log(1 + e^(−|z|))."""
    inner = bare(operand, inside)
    chain: tuple[tuple[str, ...], ...] = (("log", "log1p"), ("exp",), ("negate",), ("abs",))
    for names in chain:
        if not isinstance(inner, Node) or inner.op not in names:
            return None
        inside.add(inner.id)
        below: Operand = bare(inner.inputs[0], inside)
        if inner.op == "log":
            if not isinstance(below, Node) or below.op != "add":
                return None
            inside.add(below.id)
            one, other = below.inputs if written(below.inputs[0]) == 1 else below.inputs[::-1]
            if written(one) != 1:
                return None
            below = bare(other, inside)
        inner = below
    return inner if isinstance(inner, Node) else None


def _positive_part(operand: Operand, inside: set[int]) -> Node | None:
    """The z of relu(z) and max(z, 0)."""
    part = bare(operand, inside)
    if not isinstance(part, Node) or part.op not in ("relu", "maximum"):
        return None
    inside.add(part.id)
    of = [each for each in part.inputs if written(each) != 0]
    return of[0] if len(of) == 1 and isinstance(of[0], Node) else None


def _either_sign(values: Values, one: Node, other: Node, inside: set[int]) -> bool:
    """Whether both are equal but for their sign, which an absolute value does not see."""
    if values.same(one, other, inside):
        return True
    mirrored, own = unnamed(one), set(inside)
    if mirrored.op != "negate" or not values.same(mirrored.inputs[0], other, own):
        return False
    inside |= own
    return True
