"""LaTeX of a formula, or of several lined up, as a definition."""

from __future__ import annotations

from backstep.errors import DefinitionError, Diagnostic, PastedError, Span
from backstep.importers.definition import Imported
from backstep.importers.formulas import Unwritable
from backstep.importers.latex.equations import Equation, bold, equations
from backstep.importers.latex.reading import Reading
from backstep.importers.python.shapes import Guesses, Misfit
from backstep.lang.compile.compiler import compile_text
from backstep.limits import LIMITS

_MOST_READINGS = 40


def from_latex(text: str) -> Imported:
    r"""The definition that formulas of a paper amount to. Raises PastedError.

    A line `z &= W x + b \\` defines a name, `W \in \mathbb{R}^{3 \times 2}` declares one; unknown
    sizes are assumed.
    """
    if len(text.encode(errors="replace")) > LIMITS.source_bytes:
        message = f"the text is longer than {LIMITS.source_bytes:,} bytes"
        raise PastedError(Diagnostic("too_long", message))
    lines = equations(text)
    if not lines:
        raise PastedError(Diagnostic("nothing_computed", "the text holds no formula"))
    try:
        found = _read(lines, bold(text))
    except RecursionError:
        raise PastedError(Diagnostic("too_deep", "formulas nest too deep")) from None
    try:
        compile_text(found.source)
    except DefinitionError as error:
        fault = error.faults[0]
        raise PastedError(Diagnostic("not_read", fault.message, fault.hint)) from None
    return found


def _read(lines: list[Equation], arrays: frozenset[str]) -> Imported:
    guesses = Guesses()
    for number in range(_MOST_READINGS + 1):
        guesses.begin()
        guesses.final = guesses.final or number == _MOST_READINGS
        reading = Reading(guesses, arrays)
        line = lines[0]
        try:
            reading.survey(lines)
            for line in lines:
                reading.equation(line)
            return reading.finished()
        except Misfit:
            if not guesses.again():
                guesses.final = True
        except Unwritable as error:
            try:
                guesses.failed(error.shapes)
            except Misfit:
                if not guesses.again():
                    guesses.final = True
                continue
            span = Span(line.line, 1, line.line, 1)
            raise PastedError(Diagnostic("not_read", str(error), None, span)) from None
    raise AssertionError("the last reading reports what does not fit")
