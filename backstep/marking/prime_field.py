"""Exact arithmetic modulo a prime, with roots and truth values adjoined. Names no operation.

A number is an int from 0 to p − 1, or a `Sum` if something is adjoined: a root r with r² = a, or a
truth value t with t² = t. What else is not rational is an opaque function of its argument, drawn by
a keyed hash, so that equal arguments have equal values and nothing else is assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from hashlib import blake2b
from math import isqrt
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

CHAINS: tuple[int, ...] = (
    70099776151979039,
    49967837712843959,
    53237509806098699,
    48240983930758799,
)
"""First primes of chains p, 2p + 1, 4p + 3, … of `LEVELS` primes each, 56 to 60 bits long."""
LEVELS = 5
_SMALL = 1 << 20
"""Numbers up to this, and their quotients, are taken for the constants that they are."""
_DENOMINATORS = range(1, 17)
_MOST_TERMS = 12
_MOST_INVERTED = 3
"""Adjoined numbers in one divisor; each doubles the work."""

Generator = tuple[str, int]
"""A kind of adjoined number, and its argument."""
Number: TypeAlias = "int | Sum"
Numbers: TypeAlias = NDArray[np.object_]
"""An array of numbers of the field."""


class Undefined(Exception):
    """A division by 0, or a power without a value: at other draws it may have one."""


class Unproved(Exception):
    """Nothing can be found out: undefined at every draw, or an invalid class number."""


class Sum:
    """Numbers times products of adjoined ones, summed; immutable. Reduced: `%` is the identity."""

    __slots__ = ("field", "terms")

    def __init__(self, field: Field, terms: Mapping[frozenset[Generator], int]) -> None:
        self.field = field
        self.terms = terms

    def __mod__(self, _: int) -> Sum:
        return self

    def __neg__(self) -> Number:
        return self * -1

    def __add__(self, other: Number) -> Number:
        if isinstance(other, np.ndarray):
            return NotImplemented
        terms = dict(self.terms)
        for key, value in _terms(other).items():
            terms[key] = terms.get(key, 0) + value
        return self.field.settled(terms)

    __radd__ = __add__

    def __sub__(self, other: Number) -> Number:
        return NotImplemented if isinstance(other, np.ndarray) else self + -other

    def __rsub__(self, other: Number) -> Number:
        return NotImplemented if isinstance(other, np.ndarray) else -self + other

    def __mul__(self, other: Number) -> Number:
        if isinstance(other, np.ndarray):
            return NotImplemented
        field, terms = self.field, dict[frozenset[Generator], int]()
        for one, a in self.terms.items():
            for two, b in _terms(other).items():
                key, value = field.product(one, two, a * b)
                if (not two and field.vanishes(key, b)) or (not one and field.vanishes(key, a)):
                    continue
                terms[key] = terms.get(key, 0) + value
        return field.settled(terms)

    __rmul__ = __mul__


def _terms(value: Number) -> Mapping[frozenset[Generator], int]:
    return value.terms if isinstance(value, Sum) else {frozenset(): value}


class Field:
    """The numbers modulo one prime of a chain. `seed` keys what is drawn.

    `adjoins` False makes roots and truth values opaque too; `guards` True reads the conditions of
    conventions as any other. While `analytic` is true, arguments vanish only at isolated points, or
    identically, since nothing in them is opaque or piecewise. `powers` becomes true when an
    exponent was symbolic.
    """

    def __init__(
        self, start: int, level: int, seed: int, adjoins: bool = True, guards: bool = False
    ) -> None:
        self.prime = ((start + 1) << (LEVELS - 1 - level)) - 1
        """2q + 1, with q the prime of the next level."""
        self.last = level == LEVELS - 1
        self.adjoins = adjoins
        self.guards = guards
        self.analytic = False
        self.powers = False
        self._key = f"{start}:{level}:{seed}:"
        self._base = pow(self.draw("base"), 2, self.prime)
        self._numeric: dict[Generator, int] = {}
        self._pi = self.draw("pi")

    def draw(self, name: str, *about: int) -> int:
        """A number from 1 to p − 1: the same one for the same name and numbers."""
        text = f"{self._key}{name}:{about}".encode()
        return int.from_bytes(blake2b(text, digest_size=16).digest()) % (self.prime - 1) + 1

    def number(self, value: Fraction, multiple_of_pi: bool = False) -> int:
        """An exact number's residue."""
        found = value.numerator
        if value.denominator != 1:
            found = found * self._inverse(value.denominator)
        return (found * self._pi if multiple_of_pi else found) % self.prime

    def reduced(self, value: Number) -> Number:
        """A number reduced to 0 to p − 1."""
        return value % self.prime

    def plain(self, value: Number) -> int:
        """A number with adjoined numbers replaced by opaque ones."""
        if not isinstance(value, Sum):
            return int(value) % self.prime
        total = 0
        for key, coefficient in value.terms.items():
            for generator in key:
                coefficient = coefficient * self._opaque(generator) % self.prime
            total += coefficient
        return total % self.prime

    def opaque(self, name: str, *arguments: Number) -> int:
        """A function with no known properties, at its arguments."""
        return self.draw(name, *map(self.plain, arguments))

    def odd(self, name: str, x: Number) -> int:
        """An opaque function with f(−x) = −f(x)."""
        value = self.plain(x)
        opposite = (-value) % self.prime
        if value <= opposite:
            return self.draw(name, value) if value else 0
        return self.prime - self.draw(name, opposite)

    def even(self, name: str, x: Number) -> int:
        """An opaque function with f(−x) = f(x)."""
        value = self.plain(x)
        return self.draw(name, min(value, (-value) % self.prime))

    def exp(self, deeper: int) -> int:
        """e^x, for x at the next level, where it counts modulo the order of the base.

        Adjoined numbers in it must have been replaced. At the last level, which has no next, it is
        opaque in x itself.
        """
        if self.last:
            return self.draw("exp", deeper)
        return pow(self._base, deeper, self.prime)

    def log(self, x: Number) -> int:
        """An opaque logarithm with log(1/x) = −log x; for numbers, the sum over their primes."""
        value = self.plain(x)
        if value == 0:
            raise Undefined
        known = self._rational(value, _DENOMINATORS)
        if known is not None and known > 0:
            parts = [(prime, times) for prime, times in _primes(known.numerator)]
            parts += [(prime, -times) for prime, times in _primes(known.denominator)]
            return sum(times * self.draw("log", prime) for prime, times in parts) % self.prime
        inverse = self._inverse(value)
        return self.draw("log", value) if value < inverse else -self.draw("log", inverse)

    def inverse(self, x: Number) -> Number:
        """1/x. Raises Undefined if x is 0."""
        if not isinstance(x, Sum):
            return self._inverse(x)
        adjoined = sorted({each for key in x.terms for each in key}, key=str)
        if len(adjoined) > _MOST_INVERTED:
            return self._inverse(self.plain(x))
        chosen = adjoined[0]
        without = {key: value for key, value in x.terms.items() if chosen not in key}
        beside = {key - {chosen}: value for key, value in x.terms.items() if chosen in key}
        u, v = self.settled(without), self.settled(beside)
        if chosen[0] == "root":
            top = u + v * self.settled({frozenset({chosen}): -1})
            return top * self.inverse(self.reduced(u * u - chosen[1] * (v * v)))
        if u == 0:  # only if it is true
            return self._inverse(self.plain(x))
        elsewhere = self.inverse(u)
        there = self.inverse(self.reduced(u + v))
        return self.reduced(
            elsewhere + (there - elsewhere) * self.settled({frozenset({chosen}): 1})
        )

    def whole_power(self, x: Number, exponent: int) -> Number:
        """x to an integer exponent."""
        if exponent < 0:
            x, exponent = self.inverse(x), -exponent
        if not isinstance(x, Sum):
            return pow(x, exponent, self.prime)
        result: Number = 1
        while exponent:
            if exponent & 1:
                result = self.reduced(result * x)
            x, exponent = self.reduced(x * x), exponent >> 1
        return result

    def rational_power(self, x: Number, exponent: Fraction) -> Number:
        """x to a literal exponent: integer powers exactly, halves by a root, others opaque."""
        if abs(exponent.numerator) > _SMALL or exponent.denominator > _SMALL:
            return self.opaque(f"power {exponent}", x)
        whole = exponent.numerator // exponent.denominator
        rest = exponent - whole
        power = self.whole_power(x, whole)
        if not rest:
            return power
        root = self.root(x) if rest == Fraction(1, 2) else self.opaque(f"power {rest}", x)
        return self.reduced(power * root)

    def symbolic_power(self, x: Number, deeper: int) -> int:
        """x^b with b at the next level. Raises Undefined unless x is a square, as half are.

        For squares every law of powers holds that does for positive numbers.
        """
        value = self.plain(x)
        if self.last:
            return self.draw("power", value, deeper)
        if value == 0 or pow(value, (self.prime - 1) // 2, self.prime) != 1:
            raise Undefined
        self.powers = True
        return pow(value, deeper, self.prime)

    def root(self, x: Number) -> Number:
        """√x, with (√x)² = x; roots of positive numbers and of π split into their factors."""
        value = self.plain(x)
        if value == 0:
            return 0
        for multiple, scale in ((0, 1), (1, self._inverse(self._pi)), (-1, self._pi)):
            known = self._rational(value * scale % self.prime, _DENOMINATORS)
            if known is not None and known > 0:
                result: Number = self.number(Fraction(1, known.denominator))
                for prime, times in _primes(known.numerator * known.denominator):
                    result = result * pow(prime, times // 2)
                    if times % 2:
                        result = self.reduced(result * self._root_of(prime))
                if multiple:
                    result = self.reduced(result * self._root_of(self._pi))
                    result = result * (scale if multiple < 0 else 1)
                return self.reduced(result)
        return self._root_of(value)

    def positive(self, x: Number) -> Number:
        """The truth of x > 0; for x and −x it is one number, except at x = 0."""
        value = self.plain(x)
        known = self._rational(value)
        if known is not None:
            return int(known > 0)
        opposite = (-value) % self.prime
        if value <= opposite:
            return self._truth("positive", value)
        elsewhere = 0 if self.analytic else self._truth("zero", opposite)
        return 1 - self._truth("positive", opposite) - elsewhere

    def zero(self, x: Number) -> Number:
        """The truth of x = 0."""
        value = self.plain(x)
        known = self._rational(value)
        if known is not None:
            return int(known == 0)
        return self._truth("zero", min(value, (-value) % self.prime))

    def positive_part(self, x: Number) -> Number:
        """max(x, 0), with max(x, 0) − max(−x, 0) = x."""
        value = self.plain(x)
        opposite = (-value) % self.prime
        if value <= opposite:
            return self.reduced(x * self.positive(x))
        return self.reduced(x + self.positive_part(-x))

    def rounded(self, x: Number) -> int:
        """The nearest integer: opaque."""
        return self.opaque("round", x)

    @staticmethod
    def chosen(
        truth: Number | Numbers, there: Number | Numbers, elsewhere: Number | Numbers
    ) -> Number | Numbers:
        """One of two, by a truth value."""
        return elsewhere + truth * (there - elsewhere)

    def truth(self, x: Number) -> Number:
        """The truth of x ≠ 0: x itself if it is a truth value."""
        if not isinstance(x, Sum):
            return 1 - self.zero(x)
        square = x * x
        same = isinstance(square, Sum) and square.terms == x.terms
        return x if same else 1 - self.zero(x)

    def classes(self, numbers: Number | ArrayLike, count: int) -> NDArray[np.int64]:
        """Class numbers as ints. Raises Unproved for an invalid one."""
        found = np.asarray(numbers, dtype=object)
        if any(isinstance(each, Sum) or not 0 <= each < count for each in found.flat):
            raise Unproved
        return found.astype(np.int64)

    @staticmethod
    def each(function: Callable[..., Any], *arrays: Any) -> Any:
        """A scalar function applied to every element; arrays broadcast."""
        if not any(isinstance(array, np.ndarray) for array in arrays):
            return function(*arrays)
        return np.frompyfunc(function, len(arrays), 1)(*arrays)

    def guarded(self, condition: Number | Numbers, value: Number | Numbers) -> Number | Numbers:
        """A value under the condition of a convention, which no drawn number satisfies."""
        if not self.guards:
            return value + 0 * condition
        found: Number | Numbers = self.each(self.truth, condition) * value
        return found

    def settled(self, terms: Mapping[frozenset[Generator], int]) -> Number:
        """The number of some terms: an int if no adjoined number is left, or too many are."""
        kept = {key: rest for key, value in terms.items() if (rest := value % self.prime)}
        if not any(kept):
            return kept.get(frozenset(), 0)
        found = Sum(self, kept)
        return found if len(kept) <= _MOST_TERMS else self.plain(found)

    def product(
        self, one: frozenset[Generator], two: frozenset[Generator], value: int
    ) -> tuple[frozenset[Generator], int]:
        """The product of two products of adjoined numbers, times a number."""
        if not one or not two:
            return one | two, value
        both = set(one | two)
        for kind, about in one & two:
            if kind == "root":
                both.discard((kind, about))
                value = value * about % self.prime
        for kind, about in one | two:
            if kind == "zero" and ("positive", about) in both:
                return frozenset(), 0
        return frozenset(both), value

    def vanishes(self, key: frozenset[Generator], value: int) -> bool:
        """Whether a number is one that a truth value in the product implies to be 0."""
        value %= self.prime
        return ("zero", min(value, (-value) % self.prime)) in key

    def _inverse(self, value: int) -> int:
        try:
            return pow(value, -1, self.prime)
        except ValueError:
            raise Undefined from None

    def _opaque(self, generator: Generator) -> int:
        found = self._numeric.get(generator)
        if found is None:
            found = self._numeric[generator] = self.draw(*generator)
        return found

    def _root_of(self, value: int) -> Number:
        return self._adjoined(("root", value))

    def _truth(self, kind: str, value: int) -> Number:
        return self._adjoined((kind, value))

    def _adjoined(self, generator: Generator) -> Number:
        if not self.adjoins:
            return self._opaque(generator)
        return Sum(self, {frozenset({generator}): 1})

    def _rational(self, value: int, denominators: Iterable[int] = (1,)) -> Fraction | None:
        """The rational that a residue stands for, if it is a small one."""
        for denominator in denominators:
            top = value * denominator % self.prime
            if top < _SMALL:
                return Fraction(top, denominator)
            if self.prime - top < _SMALL:
                return Fraction(top - self.prime, denominator)
        return None


def _primes(number: int) -> list[tuple[int, int]]:
    """The prime factors of a number, with their multiplicities."""
    found = []
    for factor in (2, *range(3, isqrt(number) + 1, 2)):
        times = 0
        while number % factor == 0:
            number, times = number // factor, times + 1
        if times:
            found.append((factor, times))
        if factor * factor > number:
            break
    return [*found, (number, 1)] if number > 1 else found
