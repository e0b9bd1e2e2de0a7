"""Faults in the engines: closed derivatives, shapes of partials, the bound on closed formulas."""

from __future__ import annotations

from tests.mutants.runner import Planted

_SIZE = "backstep/symbolic/size.py"
_BOUND = ("tests/symbolic/test_size.py",)

FAULTS: tuple[Planted, ...] = (
    Planted(
        "a choice with one constant branch is flat",
        "backstep/symbolic/functions.py",
        "flat = all(is_condition(part) or part == 0 for part in parts)",
        "flat = any(part == 0 for part in parts)",
        ("tests/symbolic/test_functions.py",),
    ),
    Planted(
        "the root of a number not counted by its primes",
        _SIZE,
        "    return 2 * (_most_primes(value.numerator) + _most_primes(value.denominator)) + 2",
        "    return 0",
        _BOUND,
    ),
    Planted(
        "a power of a product counted once",
        _SIZE,
        "        spread = width if row.raises else 0",
        "        spread = 0",
        _BOUND,
    ),
    Planted(
        "an input counted once that a form writes often",
        _SIZE,
        "terms_of(node) * (row.copies * read + row.operations + spread)",
        "terms_of(node) * (read + row.operations + spread)",
        _BOUND,
    ),
)
