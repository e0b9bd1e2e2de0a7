"""The chain rule on scalars, in SymPy, with symbols in place of intermediate values.

Each local derivative is SymPy's own, of the table's forward form. While they are multiplied a
symbol stands for every intermediate value, so that p/p cancels; values are substituted at the end.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import TypeAlias, cast

import sympy

from backstep.clock import heed
from backstep.graph.parameters import Parameters
from backstep.limits import LIMITS
from backstep.ops import TABLE
from backstep.ops.symbolic_roles import (
    ADD,
    IDENTITY,
    MULTIPLY,
    NEGATE,
    POWER,
    SOFTMAX,
    SUBTRACT,
    WHERE,
)
from backstep.symbolic.functions import Params, is_condition, named_function, reduced, slope_of_one
from backstep.symbolic.masks import Masks
from backstep.symbolic.network import Mask, Network
from backstep.symbolic.scalars import Input, Scalar
from backstep.symbolic.tidy import Tidy, both
from backstep.symbolic.values import CHOICES, CONDITIONS, Values, as_numbers, form

_MOST_FORWARD = 16
"""Derivatives of one answer that are built in both directions, to choose the shorter."""
_FAR = 4
"""In units of the limit of one formula, the size from which no cancelling makes it short enough."""
_SHORT = 40
"""The size, in operations, up to which a derivative by the backward direction is good enough."""


Derivative: TypeAlias = sympy.Expr | int
"""A derivative; far past the limit, only the number of its operations."""


class ChainRule:
    """Derivatives of a network's scalars, in the symbols of `values`.

    `masks` holds, by node id, which elements can depend on the variables.
    """

    def __init__(self, network: Network, values: Values, masks: Mapping[int, Mask]) -> None:
        self._network = network
        self._values = values
        self._masks = masks
        self._tidy = Tidy(values.order)
        self._stops = Masks(values)
        self._slopes: dict[tuple[int, int], sympy.Expr] = {}

    def derivatives(self, loss: Input, targets: Collection[int]) -> dict[int, Derivative]:
        """By target the derivative of the loss, in symbols for values.

        If it is far past the limit, only the number of its operations, as a Python int.
        """
        found = {number: sympy.Integer(0) for number in targets}
        if not isinstance(loss, Scalar):
            return found
        order, depends = self._readers(loss, found)
        sent: dict[int, list[tuple[int, Derivative]]] = {loss.number: [(0, sympy.Integer(1))]}
        for rank, scalar in zip(range(len(order), 0, -1), reversed(order), strict=True):
            heed()
            arrived = sent.pop(scalar.number, None)
            if arrived is None:
                continue
            # What is read first is written first: the data before the regulariser.
            total = self._joined([part for _, part in sorted(arrived, key=_rank)])
            if scalar.number in found:
                found[scalar.number] = total
            if total == 0:
                continue
            for place, each in enumerate(scalar.inputs):
                if isinstance(each, Scalar) and depends[each.number]:
                    part = self._sent(total, scalar, place)
                    if part != 0:
                        sent.setdefault(each.number, []).append((rank, part))
        if len(found) <= _MOST_FORWARD:
            self._shorten(loss, found)
        return found

    def _joined(self, parts: list[Derivative]) -> Derivative:
        if not any(isinstance(part, int) for part in parts):
            total = self._tidy.joined(parts)
            count = self._values.counted(total)
            return total if count <= _FAR * LIMITS.formula_operations else count
        return sum(part if isinstance(part, int) else self._values.counted(part) for part in parts)

    def _shorten(self, loss: Scalar, found: dict[int, Derivative]) -> None:
        """Replace derivatives by those of the forward direction if these are much shorter."""
        for number, formula in found.items():
            backward = self.counted(formula)
            if backward <= _SHORT:
                continue
            forward = self._forward(loss, number)
            if 5 * self.counted(forward) < 4 * backward:
                found[number] = forward

    def counted(self, derivative: Derivative) -> int:
        """The operations of a derivative."""
        return derivative if isinstance(derivative, int) else self._values.counted(derivative)

    def _forward(self, loss: Scalar, target: int) -> Derivative:
        """The derivative in the forward direction: shorter if many paths meet before the loss."""
        moved: dict[int, Derivative] = {}
        order, depends = self._readers(loss, [target])
        for scalar in order:
            heed()
            if scalar.number == target:
                moved[target] = sympy.Integer(1)
                continue
            parts = [
                self._sent(moved[each.number], scalar, place, forward=True)
                for place, each in enumerate(scalar.inputs)
                if isinstance(each, Scalar)
                and depends[each.number]
                and moved.get(each.number, 0) != 0
            ]
            if parts:
                moved[scalar.number] = self._joined(parts)
        return moved.get(loss.number, sympy.Integer(0))

    def _readers(
        self, loss: Scalar, targets: Collection[int]
    ) -> tuple[list[Scalar], dict[int, bool]]:
        """The scalars between targets and loss, inputs before uses; and whether each depends."""
        order: list[Scalar] = []
        depends: dict[int, bool] = {}
        stack: list[tuple[Scalar, bool]] = [(loss, False)]
        while stack:
            scalar, read = stack.pop()
            if read:
                inputs = [each for each in scalar.inputs if isinstance(each, Scalar)]
                if scalar.number in targets or any(depends[each.number] for each in inputs):
                    depends[scalar.number] = True
                    order.append(scalar)
                continue
            if scalar.number in depends:
                continue
            depends[scalar.number] = False
            if self._can_depend(scalar):
                stack.append((scalar, True))
                inner = [each for each in scalar.inputs if isinstance(each, Scalar)]
                stack.extend((each, False) for each in reversed(inner))
        return order, depends

    def _can_depend(self, scalar: Scalar) -> bool:
        if scalar.home is None:
            return True
        node, place = scalar.home
        mask = self._masks[node]
        return mask if isinstance(mask, bool) else bool(mask.flat[place])

    def _sent(
        self, total: Derivative, scalar: Scalar, place: int, forward: bool = False
    ) -> Derivative:
        if isinstance(total, int):
            return total
        if scalar.op in CHOICES:
            # A choice between incoming partials: a slope outside its branch is not multiplied by 0.
            branches = [total if at == place else sympy.Integer(0) for at in (1, 2)]
            if place == 0:
                return sympy.Integer(0)
            condition = self._values.view(scalar.inputs[0])
            if not is_condition(condition):
                condition = sympy.Ne(condition, 0)
            return named_function(TABLE[WHERE])(condition, *branches)
        slope = self._slope(scalar, place)
        masked, other = (slope, total) if forward else (total, slope)
        return self._met(masked, other, forward, chosen=False)

    def _met(
        self, masked: sympy.Expr, other: sympy.Expr, forward: bool, chosen: bool
    ) -> sympy.Expr:
        """The product of the two inside a choice, with whatever masks stand in its branches around
        it; `chosen`: the first is a branch that a mask was made to."""
        if both(masked):
            branches = [self._met(part, other, forward, chosen) for part in masked.args[1:]]
            return masked.func(masked.args[0], *branches)
        choice = self._stops.around(masked, other)
        if choice is not None and both(choice):
            return self._met(choice, other, forward, chosen=True)
        if choice is not None:
            return self._tidy.cancelled(choice, other, forward)
        # A choice is what is multiplied inside, whichever of the two it is.
        parts = (other, masked) if forward and not chosen else (masked, other)
        return self._tidy.cancelled(*parts, forward)

    def _slope(self, scalar: Scalar, place: int) -> sympy.Expr:
        """The local derivative with respect to one input, in symbols for values."""
        key = (scalar.number, place)
        if key not in self._slopes:
            self._slopes[key] = self._derived(scalar, place)
        return self._slopes[key]

    def _derived(self, scalar: Scalar, place: int) -> sympy.Expr:
        if scalar.op in (IDENTITY, ADD):
            return sympy.Integer(1)
        if scalar.op in (SUBTRACT, NEGATE):
            return sympy.Integer(1 if scalar.op == SUBTRACT and place == 0 else -1)
        row = TABLE[scalar.op]
        if row.zero_derivative or scalar.op in CONDITIONS:
            return sympy.Integer(0)
        view = self._values.view
        if scalar.op == MULTIPLY:
            (other,) = as_numbers(MULTIPLY, [view(scalar.inputs[1 - place])])
            return other
        own = view(scalar)
        if scalar.op == SOFTMAX:
            # p_i(δ − p_j), in the values of its own slice.
            other = view(self._network.siblings(scalar)[place])
            return own * (1 - other) if place == scalar.at else -own * other
        views = as_numbers(scalar.op, [view(each) for each in scalar.inputs])
        if row.named and not row.elementwise:
            others = [*views[:place], *views[place + 1 :]]
            if not others:
                return sympy.Integer(1)
            return slope_of_one(row.name, views[place], reduced(named_function(row), others))
        given = tuple(
            None if isinstance(each, Scalar) else written
            for each, written in zip(scalar.inputs, views, strict=True)
        )
        if scalar.op == POWER and not views[1].is_number:
            return _slope_of_power(own, views[0], views[1], place)
        fixed = tuple(sorted((scalar.params or {}).items()))
        slope, value, places = _template(scalar.op, fixed, given, place, scalar.at)
        if any(each.has(sympy.nan, sympy.zoo) for each in (own, *views)):
            return sympy.nan  # SymPy compares neither with a number
        return slope.xreplace({value: own, **dict(zip(places, views, strict=True))})


def _slope_of_power(
    own: sympy.Expr, base: sympy.Expr, exponent: sympy.Expr, place: int
) -> sympy.Expr:
    """SymPy's own, except for a base of 0 (x·aˣ/a and aˣ·log a are undefined there)."""
    choice = named_function(TABLE[WHERE])
    if place == 0:
        slope = exponent * sympy.Pow(base, exponent - 1)
        return choice(sympy.Ne(exponent, 0), slope, sympy.Integer(0))
    if base == 0:
        return choice(exponent >= 0, sympy.Integer(0), -own)
    slope = own * sympy.log(base)
    if base.is_number:
        return slope
    return choice(sympy.Eq(base, 0) & (exponent >= 0), sympy.Integer(0), slope)


def _rank(arrived: tuple[int, Derivative]) -> int:
    return arrived[0]


@cache
def _template(
    op: str, params: Params, given: tuple[sympy.Expr | None, ...], place: int, at: int | None
) -> tuple[sympy.Expr, sympy.Symbol, tuple[sympy.Symbol, ...]]:
    """A local derivative, the symbol of the own value in it, and those of the inputs."""
    places = sympy.symbols(f"z:{len(given)}", seq=True)
    inputs = [
        symbol if number is None else number for symbol, number in zip(places, given, strict=True)
    ]
    value = sympy.Symbol("value")
    formula = form(op, cast("Parameters", dict(params)), inputs, at)
    slope = sympy.diff(formula, places[place])
    if not is_condition(formula) and not formula.is_Symbol and not formula.is_number:
        slope = slope.xreplace({formula: value})
    return slope, value, places
