"""Texts made to do harm: each is refused with a fault, or read, in bounded time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backstep.errors import BackstepError, DefinitionError, LimitError
from backstep.lang.compile.compiler import compile_text
from backstep.lang.diagnostics.report import format_faults
from backstep.lang.syntax.parser import parse

SECONDS = 2.0
"""Far above what any of them takes (0.2 s), far below what a runaway would."""

REFUSED = {
    "open brackets": ("z = " + "(" * 16_000, "nesting_depth"),
    "brackets": ("z = " + "(" * 8_000 + ")" * 8_000, "nesting_depth"),
    "square brackets": ("z = " + "[" * 16_000, "nesting_depth"),
    "a bracket a line": ("(\n" * 8_000, "nesting_depth"),
    "unclosed lines": ("a = (1\n" * 2_000, "unclosed_bracket"),
    "mismatched lines": ("(\n)]\n" * 2_700, "unopened_bracket"),
    "calls": ("z = " + "f(" * 8_000, "nesting_depth"),
    "signs": ("z = " + "-" * 16_000 + "x", "nesting_depth"),
    "powers": ("z = 2" + "^2" * 8_000, "nesting_depth"),
    "signed powers": ("z = 2" + "^-2" * 5_000, "nesting_depth"),
    "transposes": ("z = a" + ".T" * 8_000, "nesting_depth"),
    "indices": ("z = a" + "[0]" * 5_000, "nesting_depth"),
    "loops": ("".join(" " * i + "for t in range(3):\n" for i in range(150)), "nesting_depth"),
    "exponent": ("z = 1e1000000000", "literal_overflow"),
    "negative exponent": ("z = 1e-1000000000", "literal_underflow"),
    "digits": ("z = " + "9" * 16_000, "literal_characters"),
    "name": ("z = " + "a" * 16_000, "name_characters"),
    "NUL": ("z = \x00", "unknown_character"),
    "lone surrogate": ("z = \ud800", "unknown_character"),
    "lone surrogate in a comment": ("z = 1 # \udfff", "unknown_character"),
    "escape in a comment": ("z = 1 # \x1b[2J", "unknown_character"),
    "right to left": ("z = \u200f1", "unknown_character"),
    "line separator": ("z = 1\u2028y = 2", "unknown_character"),
    "a dollar a line": ("$\n" * 8_000, "unknown_character"),
    "quotes": ('"' * 16_000, "unknown_character"),
    "equals": ("a=" * 8_000, "second_equals"),
    "comparisons": ("z = where(" + "a<" * 8_000, "unclosed_bracket"),
    "only lines": ("\n" * 16_000, "empty"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_time(name: str) -> None:
    source, code = REFUSED[name]
    started = time.process_time()
    with pytest.raises(DefinitionError) as caught:
        parse(source)
    shown = format_faults(source, caught.value.faults)
    assert time.process_time() - started < SECONDS
    assert code in {fault.code for fault in caught.value.faults}
    assert len(caught.value.faults) <= 21
    shown.encode("utf-8")


@pytest.mark.parametrize(
    "source",
    [
        "z = a" + "+a" * 8_000,
        "z = a" + "*a" * 8_000,
        "z = f(" + "a," * 8_000 + "a)",
        "z = [" + "1," * 8_000 + "]",
        "z = 9**9**9",
        "z = 0e1000000000",
        "a=1\n" * 4_000,
        "z = " + "(" * 60 + "x" + ")" * 60,
        "z = " + "-" * 64 + "x",
        "z = 2" + "^2" * 64,
    ],
)
def test_read_in_time(source: str) -> None:
    started = time.process_time()
    parse(source)
    assert time.process_time() - started < SECONDS


def test_a_text_past_the_limit_is_not_read() -> None:
    with pytest.raises(LimitError):
        parse("(" * 1_000_000)


PIECES = st.sampled_from(
    [
        *"xyWλ012.+-*/^@~:,=<>()[] \n\t#$'\"²–",
        "input ",
        "param ",
        "for t in range(3):\n    ",
        "where(",
        "minimize ",
        "seed ",
        " = ",
        "==",
        "~ normal(0, 1)",
        "def ",
        " and ",
        "\u202e",
        "\ud800",
        "\x00",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60))
def test_any_text_is_read_or_refused_with_places(source: str) -> None:
    try:
        parse(source)
    except DefinitionError as error:
        for fault in error.faults:
            assert fault.span is not None
            assert fault.message
            start = (fault.span.line, fault.span.column)
            assert start < (fault.span.end_line, fault.span.end_column)
        format_faults(source, error.faults).encode("utf-8")


def _functions(count: int, body: str, first: str) -> str:
    rest = "".join(f"f{i}(x) = {body.replace('f', f'f{i - 1}')}\n" for i in range(1, count))
    return f"f0(x) = {first}\n{rest}"


MEANT_TO_EXPLODE = {
    "doubling calls": _functions(40, "f(f(x))", "x + x") + "input a = 1\nL = f39(a)",
    "doubling sums": _functions(40, "f(x) + f(x)", "x + x") + "L = f39(1)",
    "squaring numbers": _functions(40, "f(f(x))", "x*x") + "L = f39(2)",
    "a chain of functions": _functions(300, "f(x)", "x + 1") + "input a = 1\nL = f299(a)",
    "loops in loops": "".join(" " * i + f"for t{i} in range(9):\n" for i in range(60))
    + " " * 60
    + "L = 1",
    "empty passes": "for a in range(9999):\n for b in range(9999):\n  for c in range(0):\n"
    "   x = 1\nL = 1",
    "a long loop": "for a in range(10^9):\n x = 1\nL = 1",
    "a huge loop": "for a in range(10^99):\n x = 1\nL = 1",
    "a huge tensor": "L = sum(zeros(" + ", ".join(["999999999"] * 16) + "))",
    "many axes": "L = " + "[" * 40 + "1" + "]" * 40,
    "a huge index": "x = [1, 2]\nL = x[10^99]",
    "unknown names": "".join(f"a{i} = b{i}\n" for i in range(1, 1200)),
    "unknown functions": "".join(f"a{i} = b{i}(2)\n" for i in range(1, 1000)),
}


@pytest.mark.parametrize("name", MEANT_TO_EXPLODE)
def test_what_would_explode_is_refused_in_time(name: str) -> None:
    started = time.process_time()
    with pytest.raises((DefinitionError, LimitError)):
        compile_text(MEANT_TO_EXPLODE[name])
    assert time.process_time() - started < 8 * SECONDS


@pytest.mark.parametrize(
    "source",
    [
        "input a = 1\nL = a" + "+a" * 7_900,
        "L = 1" + "+1" * 8_000,
        "L = 9**9**9 + 2^0.5",
        "L = " + "*".join(["1e308"] * 40),
        "L = 1e300^1e300*0",
        "L = sum(linspace(0, 1e308, 1000000))",
        "input x = 1\nL = " + "(1 + 2*tanh(" * 32 + "x" + "))" * 32,
        "input x = 1\nL = " + "-x^" * 32 + "x",
        "".join(" " * i + f"for t{i} in range(1):\n" for i in range(64)) + " " * 64 + "L = 1",
        "L = 0\nfor t in range(9000):\n    L = L + t",
    ],
)
def test_large_and_deep_definitions_are_understood(source: str) -> None:
    """Also with much of Python's stack in use already."""

    def deep(frames: int) -> None:
        if frames:
            deep(frames - 1)
        else:
            compile_text(source)

    started = time.process_time()
    deep(150)
    assert time.process_time() - started < 8 * SECONDS


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES | st.sampled_from(["x = 1\n", "f(x) = ", "x[", "]\n"]), max_size=30))
def test_any_text_is_understood_or_refused(pieces: list[str]) -> None:
    source = "".join(pieces)
    try:
        compile_text(source)
    except BackstepError as error:
        assert error.faults
        format_faults(source, error.faults).encode("utf-8")
