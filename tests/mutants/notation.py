"""Faults in how formulas are written: brackets, signs, shapes, numbers, masks."""

from __future__ import annotations

from tests.mutants.runner import Planted

FAULTS: tuple[Planted, ...] = (
    Planted(
        "a fraction with a long denominator as a decimal",
        "backstep/lang/spelling.py",
        '    return f"{sign}{whole_text(top)}/{whole_text(bottom)}"',
        '    return f"{sign}{top / bottom}"',
        ("tests/lang/test_spelling.py",),
    ),
)
