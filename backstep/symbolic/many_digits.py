"""A graph's values as real numbers of many digits: what float64 rounds away.

A row has its form of exact arithmetic (`ops/exact`), with mpmath's numbers in place of those modulo
a prime. What is undefined, or may be by a convention, is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from math import isfinite
from typing import TypeAlias

import numpy as np
from mpmath.ctx_mp import MPContext
from mpmath.ctx_mp_python import _mpf
from numpy.typing import NDArray

from backstep.graph.node import Literal, Node
from backstep.graph.order import ancestors
from backstep.graph.shape import size
from backstep.ops import TABLE
from backstep.ops.exact import Exact, exact_of, number_of
from backstep.ops.row import Array, Objects
from backstep.ops.values import INFINITY_LITERAL, PI

_LARGEST = 1 << 24
"""The largest argument of exp, and exponent of a power: a result of more bits costs as many."""
_FURTHEST = 1 << 12
"""Bits before the point of a sine's argument, which needs as many of π."""
_SMALL = 1 << 24


Real: TypeAlias = _mpf
Value: TypeAlias = Real | Objects
"""A real number, or an array of them."""


class Beyond(Exception):
    """It cannot be computed: too large, too late, or a row without a form in real numbers."""


class Reals:
    """Numbers of so many digits, with the methods of a field modulo a prime (`Field`)."""

    def __init__(self, digits: int) -> None:
        self.digits = digits
        self._mp = MPContext()
        self._mp.dps = digits
        self._nan = self._mp.nan

    def number(self, value: Fraction | int, multiple_of_pi: bool = False) -> Real:
        """A rational number, to the digits in force."""
        found = self._mp.mpf(value.numerator) / value.denominator
        return found * self._mp.pi if multiple_of_pi else found

    def written(self, literal: Literal) -> Real:
        """A literal; one that is nearest to a multiple of π is that multiple."""
        if literal.symbol == INFINITY_LITERAL.symbol:
            raise Beyond
        times = literal.value / PI
        if literal.symbol is not None:
            return self.number(times, multiple_of_pi=True)
        if literal.value.denominator > _SMALL and max(times.numerator, times.denominator) < _SMALL:
            return self.number(times, multiple_of_pi=True)
        return self.number(literal.value)

    @staticmethod
    def each(function: Callable[..., Value], *arrays: Value) -> Value:
        """A scalar function applied to every element; arrays broadcast."""
        if not any(isinstance(array, np.ndarray) for array in arrays):
            return function(*arrays)
        return np.frompyfunc(function, len(arrays), 1)(*arrays)

    def reduced(self, value: Real) -> Real:
        """The number itself."""
        return value

    plain = reduced

    def exp(self, x: Real) -> Real:
        """e^x. Raises Beyond if it has too many digits."""
        return self._mp.exp(self._within(x, _LARGEST))

    def log(self, x: Real) -> Real:
        """The logarithm; NaN for what is not positive."""
        return self._mp.log(x) if x > 0 else self._nan

    def inverse(self, x: Real) -> Real:
        """1/x; NaN for 0."""
        return self._nan if x == 0 else self._mp.mpf(1) / x

    def root(self, x: Real) -> Real:
        """√x; NaN for what is negative."""
        return self._mp.sqrt(x) if x >= 0 else self._nan

    def rational_power(self, x: Real, exponent: Fraction) -> Real:
        """x to a literal exponent; NaN if that is no real number."""
        if exponent.denominator == 1:
            whole = exponent.numerator
            self._within(whole, _LARGEST)
            return self._nan if x == 0 and whole < 0 else self._mp.mpf(x) ** whole
        return self._raised(x, self.number(exponent))

    def symbolic_power(self, x: Real, exponent: Real) -> Real:
        """x to any exponent; NaN if that is no real number."""
        if exponent == self._mp.floor(exponent) and abs(exponent) < _LARGEST:
            return self.rational_power(x, Fraction(int(exponent)))
        return self._raised(x, exponent)

    def positive(self, x: Real) -> int:
        """1 if x > 0, else 0."""
        return int(x > 0)

    def zero(self, x: Real) -> int:
        """1 if x = 0, else 0."""
        return int(x == 0)

    def truth(self, x: Real) -> int:
        """1 if x ≠ 0, else 0."""
        return int(x != 0)

    def positive_part(self, x: Real) -> Real:
        """max(x, 0)."""
        return x if x > 0 or x != x else 0 * x

    def rounded(self, x: Real) -> Real:
        """The nearest integer, of two the even one."""
        return self._mp.nint(x)

    def odd(self, name: str, x: Real) -> Real:
        """sin, asin, atan, erf, or the normal distribution function minus ½."""
        if name == "sin":
            return self._mp.sin(self._within(x, 1 << _FURTHEST))
        if name == "normal_cdf":
            return self._mp.erf(self._within(x, _LARGEST) / self._mp.sqrt(2)) / 2
        if name == "erf":
            return self._mp.erf(self._within(x, _LARGEST))
        if name == "atan":
            return self._mp.atan(x)
        if name == "asin":
            return self._mp.asin(x) if abs(x) <= 1 else self._nan
        raise Beyond

    def even(self, name: str, x: Real) -> Real:
        """cos."""
        if name == "cos":
            return self._mp.cos(self._within(x, 1 << _FURTHEST))
        raise Beyond

    def opaque(self, name: str, *arguments: Real) -> Real:
        """The largest of some numbers, acos, or the angle of a point."""
        if name == "acos":
            (x,) = arguments
            return self._mp.acos(x) if abs(x) <= 1 else self._nan
        if name == "atan2":
            return self._mp.atan2(*arguments)
        if name == "sort":
            place, *among = arguments
            return self._nan if any(each != each for each in among) else sorted(among)[place]
        if name == "argmax":
            return arguments.index(max(arguments))
        if name != "max":
            raise Beyond
        return self._nan if any(each != each for each in arguments) else max(arguments)

    def chosen(self, truth: Value, there: Value, elsewhere: Value) -> Value:
        """One of two values, whatever the other is."""
        return self.each(lambda holds, one, other: one if holds else other, truth, there, elsewhere)

    def guarded(self, condition: Value, value: Value) -> Value:
        """A value if the condition of a convention holds, else 0."""
        return self.chosen(condition, value, self._mp.mpf(0))

    def classes(self, numbers: Value, count: int) -> NDArray[np.int64]:
        """Class numbers as ints. Raises Beyond for an invalid one."""
        found = np.asarray(numbers, dtype=object)
        if any(each != int(each) or not 0 <= each < count for each in found.flat):
            raise Beyond
        return np.asarray(np.frompyfunc(int, 1, 1)(found)).astype(np.int64)

    def _within(self, x: Real, bound: int) -> Real:
        if not abs(x) <= bound:
            if x != x:
                return x
            raise Beyond
        return x

    def _raised(self, x: Real, exponent: Real) -> Real:
        if x == 0:
            return self._mp.mpf(0) if exponent > 0 else self._nan
        if not x > 0:
            return self._nan
        return self._mp.exp(self._within(exponent * self._mp.log(x), _LARGEST))


def work(targets: Iterable[Node]) -> int:
    """Operations on elements that the targets take."""
    total = 0
    for node in ancestors(targets):
        row = TABLE[node.op]
        terms = 1
        if row.terms is not None:
            terms = row.terms(*(each.shape for each in node.inputs), **node.params)
        total += size(node.shape) * max(terms, 1)
    return total


def real(
    reals: Reals,
    targets: Iterable[Node],
    known: dict[Node, Value],
    written: Callable[[Node, int, Literal], Real],
    late: Callable[[], bool] = lambda: False,
) -> dict[Node, Value]:
    """`known` extended by the values of the targets and what they read, as objects in their shapes.

    `written` returns the number of a literal, by its node and its position among the inputs. Raises
    Beyond once it is `late`, which is tested at every node, or if a value is out of reach.
    """
    seen = {node.id for node in known}
    for node in ancestors(targets, seen):
        if late():
            raise Beyond
        inputs = [
            written(node, place, each) if isinstance(each, Literal) else known[each]
            for place, each in enumerate(node.inputs)
        ]
        known[node] = _shaped(_value(reals, node, inputs), node.shape)
    return known


def _value(reals: Reals, node: Node, inputs: list[Value]) -> Value:
    form = exact_of(node, number_of(node.inputs[-1], lambda each: each) if node.inputs else None)
    if form is None or TABLE[node.op].leaf:
        raise Beyond
    found = form.form(reals, *_read(form, inputs), **node.params)
    strong = node.params.get("strong")
    if strong is None or not TABLE[node.op].elementwise:
        return found
    # An incoming partial of exactly 0 contributes exactly 0, whatever it meets.
    sides = {"left": inputs[:1], "right": inputs[1:], "both": inputs}[strong]
    for side in sides:
        found = reals.chosen(reals.each(reals.zero, side), side, found)
    return found


def _read(form: Exact, inputs: list[Value]) -> list[Value]:
    """The inputs that a form takes; the next level of an exponential is here the same number."""
    plain = range(len(inputs)) if form.plain is None else form.plain
    return [inputs[place] for place in (*plain, *form.deep)]


def _shaped(value: Value, shape: tuple[int, ...]) -> Value:
    if shape == ():
        return value.item() if isinstance(value, np.ndarray) else value
    return np.broadcast_to(np.asarray(value, dtype=object), shape)


def objects(reals: Reals, values: Mapping[Node, Array]) -> dict[Node, Value]:
    """Floats as the numbers that they are written as, the shortest decimals: 0.1 is a tenth.

    Raises Beyond where one is not finite.
    """

    def decimal(value: float) -> Real:
        if not isfinite(value):
            raise Beyond
        return reals.number(Fraction(repr(float(value))))

    return {
        node: _shaped(reals.each(decimal, np.asarray(value)), node.shape)
        for node, value in values.items()
    }
