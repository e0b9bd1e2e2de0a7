"""Faults in formulas as a board has them: brackets, signs, what is left out."""

from __future__ import annotations

from tests.mutants.runner import Planted

_BOARD = ("tests/formula/test_board.py",)
_HERE = "backstep/formula/"

FAULTS: tuple[Planted, ...] = (
    Planted(
        "a matrix product on a board with a dot",
        _HERE + "table.py",
        '" @ ", "*", r" \\, ", " ", "times")',
        '" @ ", "*", r" \\, ", "·", "times")',
        _BOARD,
    ),
    Planted(
        "a factor that is a sum without brackets",
        _HERE + "board.py",
        "PRODUCT if is_sum else COMPARISON",
        "COMPARISON",
        _BOARD,
    ),
    Planted(
        "a raised name raised again",
        _HERE + "board.py",
        'POWER if any(mark in name for mark in RAISED + "^") else ATOM',
        "ATOM",
        _BOARD,
    ),
    Planted(
        "a power's base without brackets, on a board",
        _HERE + "board.py",
        "return self._at(base, ATOM) + (text",
        "return self._of(base) + (text",
        _BOARD,
    ),
    Planted(
        "a transpose's inside without brackets, on a board",
        _HERE + "board.py",
        'return f"{self._at(value, ATOM)}ᵀ", POWER',
        'return f"{self._of(value)}ᵀ", POWER',
        _BOARD,
    ),
    Planted(
        "a transpose raised without brackets, on a board",
        _HERE + "board.py",
        'return f"{self._at(value, ATOM)}ᵀ", POWER',
        'return f"{self._at(value, ATOM)}ᵀ", ATOM',
        _BOARD,
    ),
    Planted(
        "a fraction as tight as a number, on a board",
        _HERE + "board.py",
        "return FRACTIONS[written], POWER",
        "return FRACTIONS[written], ATOM",
        _BOARD,
    ),
    Planted(
        "a long formula written out",
        _HERE + "board.py",
        "return formula if operations([formula]) <= _MOST_OPERATIONS else ELIDED",
        "return formula",
        _BOARD,
    ),
)
