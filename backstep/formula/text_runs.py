"""Formulas in one line, as runs of characters for the labels of a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from backstep.formula.board import FRACTIONS
from backstep.formula.boxes import (
    Accent,
    Atom,
    Below,
    Box,
    Fence,
    Over,
    Root,
    Row,
    Scripts,
    Table,
    folded,
)
from backstep.formula.mathml import FENCES
from backstep.formula.names import name as named
from backstep.lang.syntax.display import ACCENTS

_THIN = "\u2009"
_SPACED = frozenset("+−=<>≤≥≠·⊙⊗→")
_OPENS = frozenset("([, ")
_SHOWN = {",": ", ", "∑": "Σ", "∏": "Π"}


@dataclass(frozen=True, slots=True)
class Run:
    """A run of characters: `rise` is 1 raised, −1 lowered, 0 on the line."""

    text: str
    rise: int
    italic: bool


Runs = tuple[Run, ...]


class _Tall(Exception):
    """What stands in no single line: a table, a shape below a name."""


def runs(box: Box) -> Runs | None:
    """A box in one line, a fraction with a stroke; None where it cannot be set so."""
    try:
        found = folded(box, _set)
    except _Tall:
        return None
    grouped = groupby(found, lambda run: (run.rise, run.italic))
    return tuple(
        Run("".join(run.text for run in inside), rise, italic) for (rise, italic), inside in grouped
    )


def label(name: str, version: int | None = None, longest: int = 16) -> Runs:
    """A name's runs; one of more than `longest` characters as it is typed, cut in its middle."""
    typed, bracket, element = name.replace(" ", "").partition("[")
    if sum(len(run.text) for run in runs(named(typed)) or ()) <= longest:
        return runs(named(name, version)) or ()
    mark = "" if version is None else f"({version})"
    short, rest = _upright(_cut(typed, longest)), _upright(bracket + element)
    return tuple(run for run in (short, Run(mark, 1, italic=False), rest) if run.text)


def _cut(text: str, longest: int) -> str:
    """The text with … in the place of its middle where it is longer."""
    if len(text) <= longest:
        return text
    start = longest // 2
    return f"{text[:start]}…{text[start + 1 - longest :]}"


def _upright(text: str) -> Run:
    return Run(text, 0, italic=False)


def _set(box: Box, parts: Sequence[Runs]) -> Runs:
    match box:
        case Atom():
            return _atom(box)
        case Row():
            return _side_by_side(parts)
        case Scripts(_, lowered, raised):
            rises = [-1] * (lowered is not None) + [1] * (raised is not None)
            scripts = zip(rises, parts[1:], strict=True)
            return (*parts[0], *(run for rise, part in scripts for run in _risen(part, rise)))
        case Accent(accent):
            *body, last = parts[0]
            return (*body, replace(last, text=last.text + ACCENTS[accent]))
        case Over():
            return _fraction(parts[0], parts[1])
        case Root():
            return (_upright("√"), *_grouped(parts[0]))
        case Fence(left, _, right):
            if "." in (left, right):
                raise _Tall
            opening, closing = (_upright(FENCES.get(sign, sign)) for sign in (left, right))
            return (opening, *parts[0], closing)
        case Below() | Table():
            raise _Tall
    return parts[0]


def _atom(atom: Atom) -> Runs:
    if atom.kind == "space":
        return (_upright(_THIN),) if atom.char else ()
    if atom.kind == "letter":
        return (Run(atom.char, 0, italic=atom.char.isascii() or atom.char.islower()),)
    # A space between words stays where those about signs go.
    return (_upright(_SHOWN.get(atom.char, atom.char.replace(" ", "\u00a0"))),)


def _side_by_side(parts: Sequence[Runs]) -> Runs:
    found: list[Run] = []
    summing = False
    for part in parts:
        if not part:
            continue
        first = part[0]
        if len(part) == 1 and first.text in _SPACED:
            # A sign has no space where it is no operation between two things.
            alone = not found or found[-1].text[-1:] in _OPENS
            part = (_upright(first.text if alone else f" {first.text} "),)
        if summing and first.text != "(":
            found.append(_upright(_THIN))
        summing = part[0] in (_upright("Σ"), _upright("Π")) and all(run.rise for run in part[1:])
        # 2w, but u (1 − u).
        number = found and not found[-1].rise and found[-1].text[-1:].isdigit()
        if not (number and part == (_upright(_THIN),)):
            found += part
    return tuple(found)


def _risen(part: Runs, rise: int) -> Runs:
    return tuple(replace(run, text=run.text.replace(" ", ""), rise=rise) for run in part)


def _fraction(top: Runs, bottom: Runs) -> Runs:
    written = "".join(run.text for run in (*top, _upright("/"), *bottom))
    if written in FRACTIONS:
        return (_upright(FRACTIONS[written]),)
    # ∂z/∂w is recognised by its signs.
    derived = top[:1] == bottom[:1] == (_upright("∂"),)
    return (*_bracketed(top), _upright("/"), *(bottom if derived else _grouped(bottom)))


def _grouped(part: Runs) -> Runs:
    """In brackets where it is more than one thing."""
    if sum(not run.rise for run in part) == 1:
        return part
    return (_upright("("), *part, _upright(")"))


def _bracketed(part: Runs) -> Runs:
    """In brackets where a sum's sign stands in it outside of brackets and of scripts."""
    depth = 0
    for sign in "".join(run.text for run in part if not run.rise):
        depth += (sign in "([") - (sign in ")]")
        if not depth and sign in "+−":
            return (_upright("("), *part, _upright(")"))
    return part
