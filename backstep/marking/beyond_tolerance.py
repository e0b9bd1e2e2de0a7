"""Whether an answer that is equal to a tolerance differs by what a float rounds away.

Both are evaluated with many digits, and with more: a difference that stays the same is real, the
remainder of an equality changes each time. A decimal of many figures may be rounded, in the answer
and in the text, and so may a constant in force; a difference that vanishes when these are moved
within their last digit does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from fractions import Fraction

import numpy as np

from backstep.autodiff.reverse import element
from backstep.evaluate.sampling import FixedInputs
from backstep.graph.node import Literal, Node, literal
from backstep.graph.order import ancestors
from backstep.lang.compile.answer import Answer
from backstep.lang.compile.definition import Definition
from backstep.ops.exact import Written
from backstep.ops.row import Array, Objects
from backstep.symbolic.many_digits import Beyond, Real, Reals, Value, objects, real, work

MOST_WORK = 30_000
"""Operations on elements of one evaluation; about 0.1 s."""
_DIGITS, _MORE = 60, 40
_MOST_DIGITS = 800
_FIGURES = 8
"""Significant figures from which a decimal may be a rounded number."""
_CUT = Fraction(9_999, 10_000)
"""The largest error of a truncated number, in units of its last digit."""
_ULP = Fraction(1, 2**53)
_MOST_MOVED = 40
_STAYS = 1e-6
_NEAR = 1e-6

Moved = Mapping[tuple[Node, int], Fraction]
"""By a node and the position among its inputs, how much a literal is off; for an array, the
position among its elements.
"""


def differ(
    definition: Definition,
    answer: Answer,
    partial: Node,
    right: Array,
    leaves: Mapping[str, Array],
    kept: FixedInputs,
    late: Callable[[], bool],
) -> bool:
    """Whether the two certainly differ at a point, although they do not to a tolerance.

    False if that cannot be decided within the bounds, or if `right`, the partial's value, differs
    from its value with many digits: by a convention, or by a tie between rounded numbers.
    """
    read = {name: node for name, node in answer.meant.items() if name in _named(answer)}
    targets = [partial, *read.values()]
    behind, typed = ancestors(targets), ancestors([answer.node])
    if work(targets) + work([answer.node]) > MOST_WORK:
        return False
    digits = _DIGITS + _further([*behind, *typed], leaves)
    if digits > _MOST_DIGITS:
        return False
    shares = {each.name for each in kept if each.what == "distribution"}

    def apart(
        digits: int, moved: Moved, constants: Mapping[str, Fraction]
    ) -> tuple[Objects, Objects]:
        reals = Reals(digits)

        def written(node: Node, place: int, number: Literal) -> Real:
            by = moved.get((node, place))
            if by is None:
                return reals.written(number)
            return reals.number(number.value + by)

        given = {leaf.node: leaves[leaf.name] for leaf in definition.leaves}
        known = objects(reals, given)
        for leaf in definition.leaves:
            if leaf.name in shares:
                rows = known[leaf.node]
                total = np.sum(np.asarray(rows, dtype=object), axis=-1, keepdims=True)
                known[leaf.node] = rows * reals.each(reals.inverse, total)
            if leaf.name in constants:
                known[leaf.node] = known[leaf.node] * reals.number(1 + constants[leaf.name])
        known |= _arrays(reals, behind, moved)
        real(reals, targets, known, written, late)
        mine = {answer.names[name]: known[node] for name, node in read.items()}
        mine |= _arrays(reals, typed, moved)
        real(reals, [answer.node], mine, written, late)
        shape = right.shape
        one = np.broadcast_to(np.asarray(known[partial], dtype=object), shape)
        other = np.broadcast_to(np.asarray(mine[answer.node], dtype=object), shape)
        return one, np.asarray(one - other, dtype=object)

    try:
        (one, first), (_, second) = apart(digits, {}, {}), apart(digits + _MORE, {}, {})
        if not _is(one, right):
            return False
        stays = [
            bool(b != 0 and abs(a - b) <= _STAYS * abs(b))
            for a, b in zip(first.ravel().tolist(), second.ravel().tolist(), strict=True)
        ]
        if not any(stays):
            return False
        rounded = list(_rounded([*behind, *typed]))
        held = {each.name for each in kept if each.what == "constant"}
        if len(rounded) + len(held) > _MOST_MOVED:
            return False
        slack: Objects = 0 * abs(second)
        for key, by in rounded:
            slack = slack + abs(apart(digits + _MORE, {key: by}, {})[1] - second)
        for name in sorted(held):
            slack = slack + abs(apart(digits + _MORE, {}, {name: _ULP})[1] - second)
    except (Beyond, ArithmeticError):
        return False
    pairs = zip(stays, second.flat, np.asarray(slack, dtype=object).flat, strict=True)
    return any(stay and abs(b) > more for stay, b, more in pairs)


def partial_of(
    definition: Definition, adjoint: Node | None, node: Node, place: tuple[int, ...] | None
) -> Node:
    """The node of a partial, or of one element of it; 0 for None."""
    if adjoint is None:
        return definition.graph.constant(literal(0))
    return adjoint if place is None else element(adjoint, node.shape, place)


def _named(answer: Answer) -> Collection[str]:
    typed = set(ancestors([answer.node]))
    return {name for name, node in answer.names.items() if node in typed}


def _is(one: Objects, right: Array) -> bool:
    """Whether the partial is the same with many digits and as a float."""
    found = np.array([float(each) for each in one.flat]).reshape(right.shape)
    scale = np.max(np.abs(right), initial=0.0)
    with np.errstate(all="ignore"):
        return bool((np.abs(found - right) <= _NEAR * scale + 1e-300).all())


def _further(nodes: list[Node], leaves: Mapping[str, Array]) -> int:
    """Further digits that the smallest and the largest number require."""
    sizes = [
        abs(float(each)) for node in nodes for each in node.inputs if isinstance(each, Literal)
    ]
    sizes += [abs(float(each)) for value in leaves.values() for each in np.ravel(value)]
    exponents = [abs(np.log10(each)) for each in sizes if 0 < each < np.inf]
    return 2 * int(max(exponents, default=0.0))


def _arrays(reals: Reals, nodes: list[Node], moved: Moved) -> dict[Node, Value]:
    """Literal arrays, if one of their elements is moved."""
    found: dict[Node, Value] = {}
    for node in nodes:
        if "values" in node.params and any(each is node for each, _ in moved):
            numbers = [
                reals.number(value + moved.get((node, place), 0))
                for place, value in enumerate(_elements(node.params["values"]))
            ]
            found[node] = np.array(numbers, dtype=object).reshape(node.shape)
    return found


def _elements(values: Iterable[Written]) -> Iterator[Fraction]:
    """The numbers of nested rows, in order."""
    for each in values:
        if isinstance(each, tuple):
            yield from _elements(each)
        else:
            yield each


def _rounded(nodes: list[Node]) -> Iterator[tuple[tuple[Node, int], Fraction]]:
    """Literals that may be rounded, and how far off they may be."""
    for node in nodes:
        if "values" in node.params:
            for place, value in enumerate(_elements(node.params["values"])):
                unit = _unit_of_value(abs(value))
                if unit is not None:
                    yield (node, place), unit * _CUT
            continue
        for place, operand in enumerate(node.inputs):
            if isinstance(operand, Literal) and operand.symbol is None:
                unit = _unit(operand)
                if unit is not None:
                    yield (node, place), unit * _CUT


def _unit(number: Literal) -> Fraction | None:
    """The unit of the last digit of a decimal of many figures; None for others."""
    value = abs(number.value)
    text = (number.text or "").replace("_", "").lower().lstrip("-−")
    mantissa, _, power = text.partition("e")
    whole, point, fraction = mantissa.partition(".")
    if (whole + fraction).isdecimal() and (not power or power.lstrip("+-").isdecimal()):
        figures = len((whole + fraction).lstrip("0"))
        many = bool(point or power) and figures >= _FIGURES
        return Fraction(10) ** (int(power or 0) - len(fraction)) if many else None
    # Computed from others: as exact as they are, unless a float lacks the digits.
    return value * 2 * _ULP if value.denominator > 10**_FIGURES else None


def _unit_of_value(value: Fraction) -> Fraction | None:
    """The same for a number whose text is not kept: of its decimal form, if it has one."""
    rest = value.denominator
    for factor in (2, 5):
        while rest % factor == 0:
            rest //= factor
    if rest != 1 or value.denominator == 1:
        return None
    unit = Fraction(1)
    while (value / unit).denominator != 1:
        unit /= 10
    figures = len(str((value / unit).numerator))
    return unit if figures >= _FIGURES else None
