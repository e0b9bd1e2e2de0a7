"""Products of exponentials by their logarithms: shares of a sum, sigmoids among them, and logs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from backstep.graph.node import Literal, Node, Operand
from backstep.simplify.value_numbering import (
    Meaning,
    Values,
    factors_of,
    quotient_of,
    terms_of,
    whole_of,
)


@dataclass(frozen=True, slots=True)
class _Ways:
    """What a product is a function of: arguments of exponentials, and other factors."""

    inputs: tuple[Node, ...]
    times: tuple[Fraction, ...]
    exponential: tuple[bool, ...]
    inside: frozenset[int]

    @property
    def telling(self) -> bool:
        """Whether an exponential is among them."""
        return any(self.exponential)

    def back(self, relative: Node) -> list[Node]:
        """The partials, from the partial by the product times the product."""
        made = []
        for node, times, exponential in zip(self.inputs, self.times, self.exponential, strict=True):
            scaled = relative if times == 1 else Literal(times) * relative
            made.append(scaled if exponential else scaled / node)
        return made


def _ways(operand: Operand) -> _Ways | None:
    opened = factors_of(operand)
    if opened is None:
        return None
    inputs, times, exponential = [], [], []
    inside = set(opened.inside)
    for factor, exponent in opened.parts:
        telling = factor.op == "exp" and isinstance(factor.inputs[0], Node)
        if telling:
            inside.add(factor.id)
            inner = factor.inputs[0]
            assert isinstance(inner, Node)
            inputs.append(inner)
        else:
            inputs.append(factor)
        times.append(exponent)
        exponential.append(telling)
    return _Ways(tuple(inputs), tuple(times), tuple(exponential), frozenset(inside))


def logarithm(values: Values, node: Node) -> Meaning | None:
    """log(Π fᵢ^kᵢ): kᵢ g/fᵢ, and k g for the argument of an exponential.

    Only where a factor is an exponential or a root: the logarithm undoes these.
    """
    (inner,) = node.inputs
    ways = _ways(inner)
    if ways is None or not ways.inputs:
        return None
    rooted = any(times.denominator != 1 for times in ways.times)
    if not (ways.telling or rooted):
        return None
    return Meaning(ways.inputs, ways.inside, lambda g, out: ways.back(whole_of(g, out.shape)))


def share(values: Values, node: Node) -> Meaning | None:
    """u = n/(n + r): its slope by log n is u(1 − u), by log r −u(1 − u); a sigmoid is one."""
    inside: set[int] = set()
    pair = quotient_of(node, inside)
    if pair is None:
        return None
    top, below = pair
    summed = terms_of(below)
    if summed is None:
        return None
    terms, opened = summed
    if len(terms) < 2 or any(term.shape not in (node.shape, ()) for _, term in terms):
        return None
    place = next(
        (k for k, (sign, term) in enumerate(terms) if sign > 0 and values.same(term, top, inside)),
        None,
    )
    if place is None:
        return None
    rest = [each for k, each in enumerate(terms) if k != place]
    ways = [_ways(term) for _, term in (terms[place], *rest)]
    if any(each is None for each in ways) or not any(each and each.telling for each in ways):
        return None
    known = [each for each in ways if each is not None]
    # A factor with a root or a quotient is left to its own rule.
    if any(
        times != 1
        for each in known
        for times, e in zip(each.times, each.exponential, strict=True)
        if not e
    ):
        return None
    inside |= opened | set(known[0].inside)
    top_ways = _ways(top)
    assert top_ways is not None
    inside |= top_ways.inside
    inputs = list(known[0].inputs)
    others: list[tuple[int, Operand, _Ways]] = []
    for (sign, term), each in zip(rest, known[1:], strict=True):
        if each.inputs:
            others.append((sign, term, each))
            inside |= each.inside
            inputs += each.inputs
    inside.discard(node.id)

    def pullback(g: Node, out: Node) -> list[Node]:
        partial = whole_of(g, out.shape)
        slope = partial * out * (1 - out)
        made = known[0].back(slope)
        for sign, term, each in others:
            part = -slope if len(terms) == 2 else partial * out * (term / below) * -sign
            made += each.back(part)
        return made

    return Meaning(tuple(inputs), frozenset(inside), pullback)


def balance(values: Values, node: Node) -> Meaning | None:
    """h = (a − b)/(a + b), a hyperbolic tangent: its slopes by log a and log b are ±(1 − h²)/2."""
    inside: set[int] = set()
    pair = quotient_of(node, inside)
    summed = [terms_of(each) for each in pair or ()]
    if len(summed) != 2 or summed[0] is None or summed[1] is None:
        return None
    (top, opened), (below, also) = summed[0], summed[1]
    signs = [sorted(sign for sign, _ in each) for each in (top, below)]
    if signs != [[-1, 1], [1, 1]] or any(each.shape not in (node.shape, ()) for _, each in top):
        return None
    plus, minus = (next(each for sign, each in top if sign == wanted) for wanted in (1, -1))
    (_, first), (_, last) = below
    if not any(
        values.same(plus, one, inside) and values.same(minus, other, inside)
        for one, other in ((first, last), (last, first))
    ):
        return None
    more, less = _ways(plus), _ways(minus)
    if more is None or less is None or not all(more.exponential + less.exponential):
        return None
    if not (more.telling or less.telling):
        return None
    inside |= opened | also | more.inside | less.inside

    def pullback(g: Node, out: Node) -> list[Node]:
        half = whole_of(g, out.shape) * (1 - out**2) / 2
        return more.back(half) + less.back(-half)

    return Meaning(more.inputs + less.inputs, frozenset(inside - {node.id}), pullback)
