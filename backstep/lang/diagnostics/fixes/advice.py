"""Advice for a line that no fix is offered for: one sentence for each habit."""

from __future__ import annotations

import re

from backstep.lang.syntax.lines import Line

_SENTENCES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (
            r"\\?\b(sin|cos|tan|sinh|cosh|tanh|exp|log|ln)\s*\^\s*[({]?\s*[-−]\s*1|[a-z]⁻¹\s*\(",
            "a power of −1 behind a function may be its inverse, which there is not, or one over"
            " its value, written 1/sin(x)",
        ),
        (
            r"^\s*(?:>>>|>>\s|(?:In|Out)\s*\[|julia>|`{3}|~{3}|[-*•>]\s+\w)",
            "write the statements without what stands around them",
        ),
        (
            r"\blim(?:it)?\b|\\lim|→|\\to\b",
            "there are no limits: a value is taken at a point, given as in param x = 3",
        ),
        (
            r"\bmod\b|⌊|⌈|(?<=[\w)])\s*%\s*(?=[\w(])",
            "there is no remainder, and nothing that rounds down or up",
        ),
        (
            r"(?<![\w.])[d∂]\s*/\s*[d∂]\w|[d∂]\w+/[d∂]\w+|\bdiff\s*\("
            r"|^[^'\"]*[^\W\d]['′]+\s*(?:\(\s*\w+\s*\))?\s*(?:[-+/,;)][^'\"]*)?$",
            "derivatives are worked out, not written",
        ),
        (
            r"\\(?:sum|prod)|∑|_\{?[ijk]\}?(?!\w)",
            "an index that runs over a vector is left out: p = exp(z)/sum(exp(z))",
        ),
        (
            r"\b(?:subject\s+to|s\.t\.|such\s+that)",
            "there are no constraints: a penalty in the loss stands for one",
        ),
        (
            r"∫|\\int\b|\bintegrate\b",
            "there are no integrals; a sum over points is written sum(f(x))*h",
        ),
        (
            r"\\begin\s*\{cases\}|\bcases\b",
            "cases are written where(condition, a, b), one inside another",
        ),
        (
            r"(?<!\w)(?:inv|pinv|inverse|solve)\s*\(|\^\{?-1\}?\s*@",
            "the inverse of a matrix is written inv(A), and what solves A x = b is solve(A, b)",
        ),
        (
            r"^\s*with\s",
            "there are no blocks but loops and functions: write the statements by themselves",
        ),
        (
            r"(?<![\w.])(?:VLOOKUP|HLOOKUP|INDEX|OFFSET|[A-Z]{1,2}\$?\d+:\$?[A-Z]{1,2}\$?\d+)",
            "cells of a sheet have names here: write a vector, such as input x = [1, 2, 3]",
        ),
    )
)


def instead(line: Line) -> str | None:
    """The sentence for the first habit that the line shows; None if it shows none."""
    text = "\n".join(line.texts).partition("#")[0]
    return next((said for pattern, said in _SENTENCES if pattern.search(text)), None)
