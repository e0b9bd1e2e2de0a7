"""Lines of figures and formulas read for what they are worth. Checks nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np

from backstep.binding.bind import BoundModel
from backstep.derivation.lines import Line
from backstep.formula.board import Paper
from tests.formula.latex_values import value

_NUMBER = re.compile(r"(?<![\w.^])(?<!\^\{)(?<!\^\{-)\d+(?:\.\d+)?")
_INDEX = re.compile(r"_\{(\w+)\}")
_ROUNDED = 6e-4
"""Half a unit of the fourth digit, and some more."""
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_READ = re.compile(r"[\w\s+\-*/^().,]*")


def worth(figures: str) -> tuple[float, float]:
    """What rounded figures come to, and how far their rounding can have moved it."""
    found, away = float(value(figures, {})), 0.0
    for number in _NUMBER.finditer(figures):
        moved = f"{float(number[0]) * (1 + _ROUNDED):.12f}"
        other = figures[: number.start()] + moved + figures[number.end() :]
        away += abs(float(value(other, {})) - found)
    return found, away + _ROUNDED * abs(found) + 1e-12


def readable(figures: str | None) -> bool:
    """Whether the line is one of finite numbers."""
    return figures is not None and not any(
        sign in figures for sign in (r"\mathrm", r"\infty", r"\left[", "[")
    )


def sides(figures: str) -> list[tuple[float, float]]:
    """The sides of a line of figures."""
    return [worth(side) for side in figures.split(" = ") if side]


def vector(figures: str) -> np.ndarray:
    """A short vector in figures."""
    inside = figures.removeprefix(r"\left[").removesuffix(r"\right]")
    return np.array([worth(each)[0] for each in inside.split(", ")])


def symbols(prepared: BoundModel) -> Mapping[str, float]:
    """The numbers by their names in LaTeX, without its braces."""
    numbers, found = prepared.numbers(), {}
    for node in prepared.definition.graph.nodes[: prepared.definition.graph.forward_count]:
        named = node.id in prepared.symbols.names or prepared.symbols.is_numbered(node)
        if named and node.shape == ():
            name = prepared.symbols.of(node).replace("{", "").replace("}", "")
            found[name] = float(numbers.value(node))
    return found


def in_figures(prepared: BoundModel, line: Line) -> str | None:
    """A line's sides in figures, as LaTeX."""
    return " = ".join(map(prepared.symbols.in_latex, line.numbers)) or None


def in_latex(prepared: BoundModel, line: Line, known: Mapping[str, float]) -> Iterator[float]:
    """What the steps of names alone come to, as their LaTeX has them."""
    for step in line.steps:
        latex = prepared.symbols.in_latex(step.shown)
        if "partial" not in latex:
            yield float(value(_INDEX.sub(r"_\1", latex), known))


def in_words_of_the_language(line: Line) -> Iterator[str]:
    """The steps of names alone as their plain characters have them, for the language to read."""
    for step in line.steps:
        text = Paper().write(step.shown).translate(_SUBSCRIPTS)
        text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda found: "^" + found[0].translate(_POWERS), text)
        for sign, typed in (("−", "-"), ("·", "*"), ("σ(", "sigmoid("), ("λ", "lambda")):
            text = text.replace(sign, typed)
        if _READ.fullmatch(text):
            yield re.sub(r"\blog (\w+)", r"log(\1)", text)
