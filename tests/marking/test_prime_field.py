"""Numbers modulo a prime with roots and truth values: the laws that hold, and those that do not."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from backstep.marking.prime_field import CHAINS, LEVELS, Field, Sum, Undefined, Unproved

FIELD = Field(CHAINS[0], 1, 7)
X, Y = FIELD.draw("x"), FIELD.draw("y")


def _prime(number: int) -> bool:
    """Miller and Rabin's test, with bases that are enough below 2⁶⁴."""
    odd, halvings = number - 1, 0
    while odd % 2 == 0:
        odd, halvings = odd // 2, halvings + 1
    return all(
        any(
            pow(base, odd << k, number) in ({1, number - 1} if k == 0 else {number - 1})
            for k in range(halvings)
        )
        for base in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)
    )


def same(one: Any, other: Any) -> bool:
    return bool(FIELD.plain(one - other) == 0)


def test_the_primes_are_chains_of_primes() -> None:
    assert len(set(CHAINS)) == len(CHAINS)
    for start in CHAINS:
        primes = [Field(start, level, 0).prime for level in range(LEVELS)]
        assert all(map(_prime, primes))
        assert not _prime(start + 2)
        assert all(p == 2 * q + 1 for p, q in pairwise(primes))
        assert primes[-1] == start


def test_exponentials_multiply_where_exponents_add_at_the_next_level() -> None:
    below = Field(CHAINS[0], 2, 7).prime
    a, b = 123456789, 987654321
    product = FIELD.exp(a) * FIELD.exp(b) % FIELD.prime
    assert product == FIELD.exp((a + b) % below) != FIELD.exp(a * b % below)
    assert FIELD.exp(0) == 1


def test_a_root_is_one() -> None:
    root = FIELD.root(X)
    assert same(root * root, X)
    assert same(FIELD.inverse(root) * X, root)
    assert same((root - 1) * (root + 1), X - 1)
    assert same(FIELD.inverse(1 + root) * (1 + root), 1)
    assert same(FIELD.rational_power(X, Fraction(-3, 2)) * X * X, root)
    # √x² is |x|, which is neither x nor −x.
    square = FIELD.root(X * X % FIELD.prime)
    assert not same(square, X)
    assert not same(square, -X)
    assert not same(FIELD.root(X) * FIELD.root(Y), FIELD.root(X * Y % FIELD.prime))


def test_roots_of_numbers_are_split() -> None:
    two, three, twelve, half = (
        FIELD.root(FIELD.number(Fraction(text))) for text in ("2", "3", "12", "1/2")
    )
    assert same(twelve, 2 * three)
    assert same(half * 2, two)
    assert same(FIELD.root(9), 3)
    assert not same(two, three)
    pi, twice = (FIELD.number(Fraction(n), multiple_of_pi=True) for n in (1, 2))
    assert same(FIELD.root(twice), two * FIELD.root(pi))
    assert same(FIELD.log(8), 3 * FIELD.log(2))
    assert same(FIELD.log(FIELD.inverse(X)), -FIELD.log(X))


def test_truth_values() -> None:
    positive, negative, zero = FIELD.positive(X), FIELD.positive(-X), FIELD.zero(X)
    assert same(positive * positive, positive)
    assert same(positive * zero, 0)
    assert same(positive + negative + zero, 1)
    assert same(FIELD.zero(-X), zero)
    assert same(zero * X, 0)
    assert same(X * zero, 0)
    assert not same(positive, 1)
    assert not same(positive, FIELD.positive(Y))
    for x in (X, -X):
        part = FIELD.positive_part(x)
        assert same(part - FIELD.positive_part(-x), x)
        assert not same(part, x)
        assert same(part * FIELD.positive(x), part)
        assert same(part * part, part * x)
    analytic = Field(CHAINS[0], 1, 7)
    analytic.analytic = True
    assert same(analytic.positive(X) + analytic.positive(-X), 1)
    chosen = X + positive * (Y - X)
    assert same(
        FIELD.inverse(chosen), FIELD.inverse(X) + positive * (FIELD.inverse(Y) - FIELD.inverse(X))
    )
    assert FIELD.positive(3) == 1
    assert FIELD.positive(-3) == 0
    assert FIELD.zero(0) == 1


def test_what_is_too_much_is_made_plain() -> None:
    total, kinds = Sum(FIELD, {}) * 0, set()
    for place in range(40):
        total = total + FIELD.positive(FIELD.draw("z", place)) * place
        kinds.add(type(total))
    # Truth values are counted one by one, then all at once by opaque numbers.
    assert kinds == {int, Sum}
    assert len(getattr(total, "terms", ())) <= 12
    opaque = Field(CHAINS[0], 1, 7, adjoins=False)
    assert isinstance(opaque.positive(X), int)
    assert isinstance(opaque.root(X), int)


def test_what_has_no_value() -> None:
    with pytest.raises(Undefined):
        FIELD.inverse(0)
    with pytest.raises(Undefined):
        FIELD.log(0)
    squares = [value for value in range(2, 40) if _power(value) is not None]
    assert 0 < len(squares) < 38
    with pytest.raises(Unproved):
        FIELD.classes([0, 3], 3)


def _power(value: int) -> int | None:
    try:
        return FIELD.symbolic_power(value, 5)
    except Undefined:
        return None
