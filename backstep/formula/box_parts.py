"""Boxes that several kinds of formula need: numbers, products, brackets, subscripts."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import isinf, isnan

from backstep.formula.boxes import (
    Atom,
    Box,
    Colour,
    Fence,
    Over,
    Row,
    Scripts,
    Tagged,
    every,
    first,
    row,
)
from backstep.formula.figures import digits_of
from backstep.formula.names import digits
from backstep.formula.shapes import shape_of
from backstep.formula.table import ATOM, COMPARISON, POWER, PRODUCT, Function
from backstep.formula.text import float_text
from backstep.formula.tree import Call, Deriv, Figure, Formula, Num, Op, Sym
from backstep.graph.shape import Shape
from backstep.lang.spelling import exact_text
from backstep.limits import LIMITS

Set = tuple[Box, int]
"""A box and how tightly it binds."""

COLOURS: Mapping[str, Colour] = {
    **dict.fromkeys(("input", "target", "param", "const", "value"), "value"),
    "partial": "partial",
}
MINUS = Atom("-", "−", "sign")
WIDE = Atom(r" \, ", "0.167em", "space")
_DOT = Atom(r" \cdot ", "·", "sign")
_TIMES = Atom(r" \times ", "×", "sign")
_COMMON = (2, 3, 4, 6)
"""Denominators whose fractions read better than their decimals."""
_LONGEST_DENOMINATOR = 10**6
"""A fraction past this is nothing to read; it is written to the digits of a float64."""


def side(box: Box) -> tuple[Box, ...]:
    """The boxes of a row, or the one that is none."""
    return box.items if isinstance(box, Row) else (box,)


def bracketed(box: Box) -> Box:
    """A box in parentheses."""
    return Fence("(", box, ")")


def beside(*boxes: Box, dots: bool = False) -> Box:
    """Factors side by side; a number would run into what stands left of it.

    With `dots` there is one between any two.
    """
    found: list[Box] = []
    for box in boxes:
        if found:
            start = first(box)
            runs_in = isinstance(start, Over) or (
                isinstance(start, Atom) and start.kind == "number"
            )
            found.append(_DOT if runs_in or dots else WIDE)
        found.append(box)
    return row(*found)


def is_matrix_product(formula: Formula) -> bool:
    """Whether a formula is a product of matrices, outer products among them."""
    if isinstance(formula, Call):
        return formula.name == "outer"
    return isinstance(formula, Op) and formula.op == "matmul"


def shape_box(shape: Shape) -> Box:
    """A shape: 3×4."""
    found: list[Box] = []
    for size in shape:
        found += [*([_TIMES] if found else []), Atom(str(size), str(size), "number")]
    return row(*found)


def same_axes(before: Shape, after: Shape) -> bool:
    """Whether shapes differ by axes of length 1 alone, which formulas of vectors and matrices pass
    over."""
    if max(len(before), len(after)) > 2:
        return False
    return [n for n in before if n != 1] == [n for n in after if n != 1]


def column(formula: Formula, shape: Shape) -> tuple[list[Formula], Formula] | None:
    """The vector that stands in a column of what has that shape, and numbers before it."""
    if len(shape) != 2 or shape[1] == 1:
        return None
    args = list(formula.args) if isinstance(formula, Op) and formula.op == "multiply" else [formula]
    scalars = [each for each in args if not shape_of(each)]
    match [each for each in args if shape_of(each)]:
        case [Call("reshape", (inside,)) as turned] if len(shape_of(inside)) == 1:
            return (scalars, inside) if turned.option("shape") == (shape[0], 1) else None
    return None


def indexed(box: Box) -> bool:
    """Whether something is lowered in a box that is no bracket around it."""
    return not ends_in_bracket(box) and any(
        isinstance(each, Scripts) and each.lowered is not None for each in every(box)
    )


def ends_in_bracket(box: Box) -> bool:
    """Whether the last thing that a box shows is a closing parenthesis."""
    while isinstance(box, Row) and box.items:
        box = box.items[-1]
    return isinstance(box, Fence) and box.right == ")"


def axis_below(part: Call, unsaid: int | None = None) -> Box | None:
    """The axis that a reduction is along, as it stands below its name."""
    axis = part.option("axis", unsaid)
    if axis == unsaid or axis is None:
        return None
    return row(Atom(r"\text{axis }", "axis ", "text"), digits(str(axis)))


def head(row_of: Function, part: Call) -> Box:
    """A function's name as it stands before its arguments, with the axis below it."""
    kind = "letter" if row_of.latex in (r"\sigma", r"\Phi") else "word"
    head: Box = row(*(word_atom(each, kind) for each in words_of(row_of)))
    below = None
    if row_of.style == "reduction":
        below = axis_below(part)
    elif row_of.style == "softmax":
        below = axis_below(part, -1)
    if below is None:
        return head
    *front, last = head.items  # type: ignore[union-attr]
    under = row_of.latex in (r"\max", r"\min", r"\prod")
    return row(*front, Scripts(last, below, under=under))


def words_of(row_of: Function) -> list[tuple[str, str]]:
    """The parts of a function's name, each with its LaTeX."""
    latex = row_of.latex.split(" ")
    chars = row_of.char.split(" ")
    return [
        (text + (" " if number < len(latex) - 1 else ""), char)
        for number, (text, char) in enumerate(zip(latex, chars, strict=True))
    ]


def word_atom(spelled: tuple[str, str], kind: str) -> Atom:
    """A part of a function's name, from its LaTeX and its character."""
    latex, char = spelled
    if latex == r"\prod":
        return Atom(latex, "∏", "sign")
    return Atom(latex, char, "letter" if kind == "letter" else "word")


def derived_colour(part: Deriv) -> Colour | None:
    """The colour of a derivative: that of partials where the loss is derived, and not only a part
    of its ways in words."""
    whole = not isinstance(part.along, str)
    return "partial" if whole and isinstance(part.top, Sym) and part.top.loss else None


def decimal(value: Fraction | int) -> Box:
    """A static number of a function, as a decimal."""
    return digits(exact_text(Fraction(value)))


def number_box(number: Num) -> Set:
    """A number: as typed, else as a fraction or a decimal."""
    value, typed = number.value, number.text
    if typed is None:
        typed = plain_number(value)
    if typed is None:
        top, bottom = str(value.numerator), str(value.denominator)
        return Over(Atom(top, top, "number"), Atom(bottom, bottom, "number")), POWER
    mantissa, _, power = typed.lower().partition("e")
    if not power:
        return Atom(typed, typed, "number"), ATOM
    exponent = str(int(power))
    ten = Scripts(Atom("10", "10", "number"), None, digits(exponent))
    return row(Atom(mantissa, mantissa, "number"), _DOT, ten), PRODUCT


def figure_box(figure: Figure) -> Set:
    """A value in figures: in brackets wherever it has a sign and is not alone."""
    value = abs(figure.value)
    level = COMPARISON if figure.value < 0 else ATOM
    if isnan(value):
        box: Box = Atom(r"\mathrm{NaN}", "NaN", "word")
    elif isinf(value):
        box = Atom(r"\infty", "∞", "number")
    else:
        mantissa, power = digits_of(value)
        box = Atom(mantissa, mantissa, "number")
        if power is not None:
            ten = Scripts(Atom("10", "10", "number"), None, digits(str(power)))
            box, level = row(box, _DOT, ten), min(level, PRODUCT)
    box = row(MINUS, box) if figure.value < 0 else box
    return Tagged(box, None, COLOURS.get(figure.role)), level


def plain_number(value: Fraction) -> str | None:
    """A whole number or a decimal; None of what is written as a fraction."""
    if value.denominator == 1:
        digits_of_it = str(value.numerator)
        if len(digits_of_it) <= LIMITS.literal_characters:
            return digits_of_it
        decimal = float_text(value)
        return decimal if Fraction(decimal) == value else digits_of_it
    if value.denominator in _COMMON:
        return None
    decimal = float_text(value)
    if "e" not in decimal and Fraction(decimal) == value:
        return decimal
    return decimal if value.denominator > _LONGEST_DENOMINATOR else None
