"""Python of NumPy, PyTorch or JAX as a definition, read by the ast module and never run."""

from __future__ import annotations

import ast
import textwrap
import warnings

from backstep.errors import DefinitionError, Diagnostic, PastedError, Span
from backstep.importers.definition import Imported
from backstep.importers.python.loss import finished, span_of
from backstep.importers.python.reading import Reader
from backstep.importers.python.shapes import Guesses, Misfit
from backstep.importers.python.state import TooMuch
from backstep.importers.python.survey import surveyed
from backstep.lang.compile.compiler import compile_text
from backstep.limits import LIMITS

_MOST_PARTS = 8_000
_DEEPEST = 60
_MOST_READINGS = 40


def from_python(text: str) -> Imported:
    """The definition that a Python text amounts to. Raises PastedError and LimitError.

    Parameters are what the text trains; its loss is what it sends back, a scalar that is called so,
    or the last value.
    """
    tree = _parsed(text)
    try:
        found = _read(tree)
    except PastedError as error:
        raise PastedError(*(_placed(text, each) for each in error.faults)) from None
    except RecursionError:
        message = "formulas and calls nest too deep"
        raise PastedError(Diagnostic("too_deep", message)) from None
    try:
        compile_text(found.source)
    except DefinitionError as error:
        fault = error.faults[0]
        raise PastedError(Diagnostic("not_read", fault.message, fault.hint)) from None
    return Imported(found.source, tuple(_placed(text, each) for each in found.warnings))


def _parsed(text: str) -> ast.Module:
    if len(text.encode(errors="replace")) > LIMITS.source_bytes:
        message = f"the text is longer than {LIMITS.source_bytes:,} bytes"
        raise PastedError(Diagnostic("too_long", message))
    code = "\n".join(_without_prompt(line) for line in textwrap.dedent(text).splitlines())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(code)
    except SyntaxError as error:
        line, column = error.lineno or 1, max(error.offset or 1, 1)
        message = f"this is not Python: {error.msg}"
        raise PastedError(
            Diagnostic("not_python", message, None, Span(line, column, line, column))
        ) from None
    except (ValueError, MemoryError, RecursionError):
        message = "the text cannot be read as Python"
        raise PastedError(Diagnostic("not_python", message)) from None
    _bounded(tree)
    _in_place(tree)
    return tree


def _without_prompt(line: str) -> str:
    """A line of a session at Python's or IPython's prompt."""
    for prompt in (">>> ", "... "):
        if line.startswith(prompt):
            return line[len(prompt) :]
    return "" if line.startswith(("%", "!")) else line


def _bounded(tree: ast.Module) -> None:
    """Raise PastedError where the text is too large or too deep."""
    count = 0
    rows: list[ast.AST] = [tree]
    depth = 0
    while rows:
        count += len(rows)
        depth += 1
        if count > _MOST_PARTS:
            message = f"the text has more than {_MOST_PARTS:,} parts"
            raise PastedError(Diagnostic("too_long", message))
        if depth > _DEEPEST:
            message = f"formulas and blocks nest more than {_DEEPEST} deep"
            raise PastedError(Diagnostic("too_deep", message, None, span_of(rows[0])))
        rows = [child for node in rows for child in ast.iter_child_nodes(node)]


def _in_place(tree: ast.Module) -> None:
    """Raise PastedError for what Python itself refuses only when it compiles: a `return` outside of
    a function, a `break` or a `continue` outside of a loop."""
    open_nodes: list[tuple[ast.AST, bool, bool]] = [(tree, False, False)]
    while open_nodes:
        node, in_function, in_loop = open_nodes.pop()
        if isinstance(node, ast.Return) and not in_function:
            raise _misplaced(node, "'return' outside of a function")
        if isinstance(node, ast.Break | ast.Continue) and not in_loop:
            word = type(node).__name__.lower()
            raise _misplaced(node, f"'{word}' outside of a loop")
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            in_function, in_loop = True, False
        elif isinstance(node, ast.ClassDef):
            in_function, in_loop = False, False
        ends = node.orelse if isinstance(node, ast.For | ast.AsyncFor | ast.While) else []
        for child in ast.iter_child_nodes(node):
            looping = isinstance(node, ast.For | ast.AsyncFor | ast.While) and child not in ends
            open_nodes.append((child, in_function, in_loop or looping))


def _misplaced(node: ast.stmt, message: str) -> PastedError:
    message = f"this is not Python: {message}"
    return PastedError(Diagnostic("not_python", message, None, span_of(node)))


def _read(tree: ast.Module) -> Imported:
    survey = surveyed(tree)
    guesses = Guesses()
    for number in range(_MOST_READINGS + 1):
        guesses.begin()
        guesses.final = guesses.final or number == _MOST_READINGS
        reader = Reader(survey, guesses)
        try:
            reader.run(tree.body)
            return finished(reader, tree)
        except Misfit:
            if not guesses.again():
                guesses.final = True
        except TooMuch as error:
            message = "loops and functions unroll to more than is read"
            raise PastedError(Diagnostic("too_long", message, None, span_of(error.node))) from None
    raise AssertionError("the last reading reports what does not fit")


def _placed(text: str, fault: Diagnostic) -> Diagnostic:
    """The diagnostic with its columns in characters."""
    span = fault.span
    lines = text.splitlines()
    if span is None or not 1 <= span.line <= len(lines):
        return fault
    start = len(lines[span.line - 1].encode()[: span.column - 1].decode(errors="ignore")) + 1
    last = lines[min(span.end_line, len(lines)) - 1]
    end = len(last.encode()[: span.end_column - 1].decode(errors="ignore")) + 1
    placed = Span(span.line, start, span.end_line, end)
    return Diagnostic(fault.code, fault.message, fault.hint, placed)
