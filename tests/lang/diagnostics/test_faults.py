"""Mistakes in the form of a text: each one's code, its place, its message and its mend."""

from __future__ import annotations

import pytest

from backstep.errors import Diagnostic
from backstep.lang.syntax.parser import parse
from tests.lang.diagnostics import mistakes
from tests.lang.diagnostics.mistakes import Mistake, each, hold

DRAWS = "write normal(mean, sd), uniform(low, high), xavier, he, zeros or ones"
FORM = "write for t in range(3):"

MISTAKES: list[Mistake] = [
    # Brackets
    ("z = 2*(x + 1", "unclosed_bracket", "(", "'(' is never closed", "add ')'"),
    ("z = [[1, 2], [3", "unclosed_bracket", "[", "'[' is never closed", "add ']'"),
    (
        "z = x + 1)",
        "unopened_bracket",
        ")",
        "')' closes nothing",
        "delete it, or open '(' before it",
    ),
    (
        "z = (a + b]",
        "mismatched_bracket",
        "]",
        "']' closes '(' of line 1, column 5",
        "write ')'",
    ),
    # '='
    ("param w 0.5", "missing_equals", "0.5", "'=' is missing after 'w'", "write param w = 0.5"),
    ("z w*x", "missing_equals", "w", "'=' is missing after 'z'", "write z = w*x"),
    (
        "w*x + b",
        "missing_equals",
        "w*x + b",
        "this line gives no name a value",
        "write name = … before it",
    ),
    (
        "param W[3, 4] xavier",
        "missing_equals",
        "xavier",
        "'~' is missing after 'W[3, 4]'",
        "write param W[3, 4] ~ xavier",
    ),
    ("param w", "missing_value", "param w", "'w' is given no value", "write param w = …"),
    (
        "param W[3]",
        "missing_value",
        "param W[3]",
        "'W' is given no value",
        "write param W[3] ~ xavier",
    ),
    (
        "y == 3",
        "comparison_for_equals",
        "==",
        "'==' compares; 'y' is given a value by '='",
        "write y = …",
    ),
    (
        "const y == 3",
        "comparison_for_equals",
        "==",
        "'==' compares; 'y' is given a value by '='",
        "write y = …",
    ),
    (
        "L = where(x = 0, 1, 2)",
        "equals_for_comparison",
        "x = 0",
        "'=' gives a value; a comparison is written '=='",
        "write x == …",
    ),
    (
        "L = where(x + 1 = 0, 1, 2)",
        "equals_for_comparison",
        "=",
        "'=' gives a value; a comparison is written '=='",
        "write ==",
    ),
    ("a = b = 3", "second_equals", "=", "one '=' a line", "give each name its value on its own"),
    (
        "a = 1 b = 2",
        "two_statements",
        "b",
        "a second statement starts here",
        "write one statement a line",
    ),
    (
        "y = 5 minimize y",
        "two_statements",
        "minimize",
        "a second statement starts here",
        "write one statement a line",
    ),
    (
        "2 = x",
        "left_side",
        "2 = x",
        "left of '=' stands the name that is given a value",
        "write name = …",
    ),
    (
        "x[0] = 3",
        "left_side",
        "[",
        "one element of 'x' can't be given a value",
        "give the whole: x = […]",
    ),
    (
        "f(2) = 3",
        "left_side",
        "2",
        "between the parentheses of a definition stand names",
        "write f(x) = …",
    ),
    (
        "1st = 3",
        "bad_name",
        "1st",
        "'1st' is no name: a name starts with a letter",
        "write, for example, st1",
    ),
    # Loops
    ("for t in range(3)", "missing_colon", "", "the ':' is missing", "add ':' at the end"),
    ("for t in xs:", "loop_head", "xs", "a loop runs over range(…) or layers(…)", FORM),
    ("for t = 0:3", "loop_head", "=", "'in' is missing after the loop's variable", FORM),
    ("for t in range():", "loop_bounds", ")", "range needs a whole number", FORM),
    (
        "for t in range(1, 2, 3, 4):",
        "loop_bounds",
        "(1, 2, 3, 4)",
        "range takes at most start, stop and step",
        None,
    ),
    ("for t in layers(2, 3):", "loop_bounds", "(2, 3)", "layers takes one number", None),
    (
        "for t in range(3): x = 1",
        "loop_body",
        "x",
        "what a loop repeats stands on the lines below it",
        "start a new line here and indent it",
    ),
    (
        "for t in range(3):",
        "empty_loop",
        "for t in range(3):",
        "the loop repeats nothing",
        "indent the lines below it that are to be repeated",
    ),
    # Draws, seeds, losses
    (
        "w ~ normal(0, 1)",
        "draw",
        "~",
        "'~' draws the value of a declared name",
        "write param w ~ …, or input, target or const",
    ),
    (
        "param w ~ gauss(0, 1)",
        "unknown_distribution",
        "gauss",
        "'gauss' can't be drawn from",
        DRAWS,
    ),
    (
        "param w ~ normal(0)",
        "arguments",
        "normal(0)",
        "normal takes mean and sd",
        "write normal(mean, sd)",
    ),
    ("param w ~ xavier(1)", "arguments", "xavier(1)", "xavier takes no arguments", "write xavier"),
    (
        "seed 7.5",
        "seed",
        "7.5",
        "a seed is a whole number from 0 to 2^64 − 1",
        "write, for example, seed 7",
    ),
    (
        "seed -1",
        "seed",
        "-",
        "a seed is a whole number from 0 to 2^64 − 1",
        "write, for example, seed 7",
    ),
    (
        "minimize L + r",
        "minimize",
        "+",
        "'minimize' takes one name",
        "write L = … on a line above, then minimize L",
    ),
    # Values left out
    (
        "z = a +",
        "missing_operand",
        "+",
        "a value is missing after '+'",
        "a formula goes on in the next line only inside parentheses",
    ),
    (
        "z = sin a",
        "no_parentheses",
        "sin a",
        "what the function 'sin' works on stands in parentheses",
        "write sin(…)",
    ),
    ("z = a * / b", "missing_operand", "/", "a value is missing between '*' and '/'", None),
    ("z = f(, a)", "missing_operand", ",", "a value is missing before ','", None),
    ("z = ()", "missing_operand", "()", "the parentheses are empty", None),
    ("z = []", "missing_operand", "[]", "the brackets are empty", None),
    ("z = x.", "attribute", "", "after '.' stands a name", "write x.T for the transpose"),
    (
        "z = f(a=1, 2)",
        "argument_order",
        "2",
        "an argument without a name stands after one given by name",
        "put the arguments given by name last",
    ),
    (
        "z = a, b",
        "several_values",
        ",",
        "a name is given one value",
        "write [a, b] for a vector, or a line each",
    ),
    (
        "param x[] = 3",
        "shape",
        "]",
        "a shape holds at least one size",
        "write x[3], or no brackets",
    ),
    ("param W(3, 4) = 3", "shape", "(", "a shape stands in brackets", "write param W[3, 4]"),
]


@each(MISTAKES)
def test_one_mistake(mistake: Mistake) -> None:
    hold(mistake, parse)


def faults_of(source: str) -> tuple[Diagnostic, ...]:
    return mistakes.faults_of(source, parse)


@pytest.mark.parametrize("source", ["", "  \n\t\n", "# only a comment\n\n#", "\ufeff"])
def test_an_empty_definition(source: str) -> None:
    (fault,) = faults_of(source)
    assert (fault.code, fault.message) == ("empty", "the definition is empty")


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("a = 1\n  b = 2\n  c = 3", 2, "this line is indented, and no loop is open above it"),
        ("for t in range(2):\na = 1", 1, "the loop repeats nothing"),
        (
            "for t in range(2):\n    a = 1\n  b = 2",
            3,
            "the indentation fits no line above it",
        ),
        (
            "for t in range(2):\n\ta = 1\n        b = 2",
            3,
            "tabs and spaces are mixed in the indentation",
        ),
        ("for t in range(2):\n    param w = 1", 2, "a name is declared outside loops"),
        ("for t in range(2):\n    f(x) = 1", 2, "a function is defined outside loops"),
        ("for t in range(2):\n    minimize L", 2, "'minimize' stands outside loops"),
        ("for t in range(2):\n    seed 1", 2, "'seed' stands outside loops"),
    ],
)
def test_blocks(source: str, line: int, message: str) -> None:
    (fault,) = faults_of(source)
    assert fault.span is not None
    assert (fault.span.line, fault.message) == (line, message)


def test_independent_mistakes_are_told_together() -> None:
    faults = faults_of(
        "input x = x 2\n"
        "param w = 0.5\n"
        "z = sigmoid(w*x\n"
        "u = (z + 1]\n"
        "for t in range(3)\n"
        "    h = h + * 2\n"
        "    v = 3\n"
        "L = u $ 2 + 1e999\n"
        "def f(x):\n"
        "    y = 2x\n"
        "    return y\n"
        "minimize L L"
    )
    assert [(fault.span.line, fault.code) for fault in faults if fault.span] == [
        (1, "implicit_product"),
        (3, "unclosed_bracket"),
        (4, "mismatched_bracket"),
        (5, "missing_colon"),
        (6, "missing_operand"),
        (8, "unknown_character"),
        (8, "literal_overflow"),
        (9, "foreign_word"),
        (12, "minimize"),
    ]


def test_an_open_bracket_swallows_no_statement_below_it() -> None:
    for below in ("param b = x 2", "u = x 2"):
        first, second = faults_of(f"z = f(a,\n    g(1)\n{below}")
        assert (first.code, first.span and first.span.line) == ("unclosed_bracket", 1)
        assert (second.code, second.span and second.span.line) == ("implicit_product", 3)


def test_arguments_by_name_may_start_a_line() -> None:
    assert parse("h = conv1d(x,\n    filters=4,\n    kernel=3)").statements


def test_columns_count_characters() -> None:
    (fault,) = faults_of("𝑥 = ŷ\t+ x 2")
    assert fault.span is not None
    assert (fault.span.column, fault.span.end_column) == (9, 12)
