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
    Planted(
        "a batch of signals read as an image",
        "backstep/formula/convolutions.py",
        "return () if given == followed else given",
        "return ()",
        ("tests/binding/test_convolutions.py",),
    ),
    Planted(
        "the stride of a convolution not set",
        "backstep/formula/notation.py",
        'for key, usual in (("stride", 1), ("padding", 0)):',
        'for key, usual in (("padding", 0),):',
        ("tests/binding/test_convolutions.py",),
    ),
    Planted(
        "a full convolution read as a product",
        "backstep/formula/latex_reader/reader.py",
        "if sign.text == ASTERISK and (isinstance(right, Open) or len(right.shape) < 3):",
        "if sign.text == ASTERISK:",
        ("tests/binding/test_convolutions.py",),
    ),
)
