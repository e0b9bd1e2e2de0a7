"""Every row has a place in exact arithmetic: a form, or its NumPy form."""

from __future__ import annotations

from backstep.ops import TABLE
from backstep.ops.exact import EXACT, FAITHFUL, MOVES

_BY_THE_NODE = {"leaf", "seed", "constant", "power"}
"""Drawn, or read off the node: a written number, a written exponent."""


def test_each_row_says_what_it_is_in_exact_arithmetic() -> None:
    kinds = [set(EXACT), set(MOVES), _BY_THE_NODE]
    for name in TABLE:
        assert sum(name in kind for kind in kinds) == 1, name
    assert set().union(*kinds) == set(TABLE)


def test_what_moves_elements_has_one_form_for_numbers_and_expressions() -> None:
    assert all(TABLE[name].sympy is None for name in MOVES)


def test_nothing_that_switches_is_called_faithful() -> None:
    edges = {"divide"}  # its pieces are apart by places where it has no value
    switching = {name for name, row in TABLE.items() if row.branch is not None}
    assert FAITHFUL & switching == edges
    assert set(TABLE) > FAITHFUL
