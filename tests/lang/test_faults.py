"""Every mistake in the form of a text: its code, its place, its message and its mend."""

from __future__ import annotations

import pytest

from app.errors import DefinitionError, Fault
from app.lang.parser import parse
from app.lang.tokens import split_lines


def faults_of(source: str) -> tuple[Fault, ...]:
    with pytest.raises(DefinitionError) as caught:
        parse(source)
    return caught.value.faults


def underlined(source: str, fault: Fault) -> str:
    """The text that the caret stands under."""
    assert fault.span is not None
    line = split_lines(source)[fault.span.line - 1]
    assert fault.span.end_line == fault.span.line
    return line[fault.span.column - 1 : fault.span.end_column - 1]


BETWEEN = "an operator is missing between "
NO_VALUE = "is a word of the language and has no value"
NOT_GIVEN = "is a word of the language and can't be given a value"
WHERE = "a comparison stands only as the first argument of where"
DRAWS = "write normal(mean, sd), uniform(low, high), xavier, he, zeros or ones"
LETTERS = "a name holds letters, digits and underscores; the transpose is written .T"
FORM = "write for t in range(3):"

# text, code, what is underlined, message, hint
ONE_LINE = [
    # Products
    ("z = 2x", "implicit_product", "2x", BETWEEN + "'2' and 'x'", "write 2*x"),
    ("z = w x + b", "implicit_product", "w x", BETWEEN + "'w' and 'x'", "write w*x"),
    ("z = 2(x + 1)", "implicit_product", "2(", BETWEEN + "'2' and '('", "write 2*(x + 1)"),
    ("z = (a)(b)", "implicit_product", ")(", BETWEEN + "')' and '('", "write (a)*(b)"),
    ("z = f(x)y", "implicit_product", ")y", BETWEEN + "')' and 'y'", "write f(x)*y"),
    ("z = x[0] y", "implicit_product", "] y", BETWEEN + "']' and 'y'", "write x[0]*y"),
    ("z = x.5", "implicit_product", "x.5", BETWEEN + "'x' and '.5'", "write x*.5"),
    ("z = [2 x]", "implicit_product", "2 x", BETWEEN + "'2' and 'x'", "write 2*x"),
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
    # Comparisons
    ("y = x > 0", "comparison_outside_where", ">", WHERE, "write where(condition, a, b)"),
    (
        "y = max(x > 0, 1)",
        "comparison_outside_where",
        "x > 0",
        WHERE,
        "write where(condition, a, b)",
    ),
    (
        "y = where(a, x > 0, 1)",
        "comparison_outside_where",
        "x > 0",
        WHERE,
        "write where(condition, a, b)",
    ),
    (
        "L = where(0 < x < 1, 1, 2)",
        "chained_comparison",
        "0 < x < 1",
        "one comparison at a time",
        "write where(a < b, where(b < c, …, …), …)",
    ),
    # Words
    ("input = 3", "reserved_word", "input", f"'input' {NOT_GIVEN}", "choose another name"),
    ("param for = 2", "reserved_word", "for", f"'for' {NOT_GIVEN}", "choose another name"),
    ("range(x) = 2", "reserved_word", "range", f"'range' {NOT_GIVEN}", "choose another name"),
    ("normal = 2", "reserved_word", "normal", f"'normal' {NOT_GIVEN}", "choose another name"),
    ("f(seed) = 2", "reserved_word", "seed", f"'seed' {NOT_GIVEN}", "choose another name"),
    (
        "for input in range(3):",
        "reserved_word",
        "input",
        f"'input' {NOT_GIVEN}",
        "choose another name",
    ),
    ("y = 2*target", "reserved_word", "target", f"'target' {NO_VALUE}", "choose another name"),
    (
        "π = 3",
        "reserved_word",
        "π",
        "'pi' is a constant and can't be given a value",
        "choose another name",
    ),
    (
        "h, h = f(x)",
        "repeated_name",
        "h",
        "'h' stands here twice",
        "give each a name of its own",
    ),
    # Other languages
    (
        "def f(x): return x",
        "foreign_word",
        "def",
        "functions are defined without 'def'",
        "write f(x) = x^2",
    ),
    (
        "import numpy as np",
        "foreign_word",
        "import",
        "nothing is imported: the functions are built in",
        "delete the line",
    ),
    (
        "f = lambda x: x",
        "foreign_word",
        "lambda",
        "there are no functions without a name",
        "write f(x) = … on a line of its own",
    ),
    ("x += 1", "update", "+=", "there is no '+='", "write x = x + …"),
    ("x := 1", "walrus", ":=", "a name is given a value by '='", "write x = …"),
    (
        "if x > 0: y = 1",
        "foreign_word",
        "if",
        "there is no 'if'",
        "write y = where(condition, a, b)",
    ),
    (
        "y = a if b else c",
        "foreign_word",
        "if",
        "there is no 'if' inside a formula",
        "write where(condition, a, b)",
    ),
    ("y = x and z", "foreign_word", "and", "there is no 'and'", "put one where inside another"),
    (
        "y = [t for t in range(3)]",
        "foreign_word",
        "for",
        "there is no 'for' inside a formula",
        "write the loop on lines of its own",
    ),
    (
        "while True:",
        "foreign_word",
        "while",
        "there is no 'while'",
        "write for t in range(3): where the number is known",
    ),
    ("y = x // 2", "unknown_operator", "//", "'//' is no operator", "write / for a quotient"),
    # Characters
    (
        "z = x²",
        "unknown_character",
        "²",
        "the character '²' is not part of the language",
        "write ^2",
    ),
    (
        "z = Wᵀ",
        "unknown_character",
        "ᵀ",
        "the character 'ᵀ' is not part of the language",
        "write .T for the transpose",
    ),
    ("z = x'", "unknown_character", "'", "the character ''' is not part of the language", LETTERS),
    (
        "z = “a”",
        "unknown_character",
        "“",
        "the character '“' is not part of the language",
        "text in quotes is no value; names stand without quotes",
    ),
    (
        "a = 1; b = 2",
        "unknown_character",
        ";",
        "the character ';' is not part of the language",
        "write one statement a line",
    ),
    (
        "y = ٣",
        "unknown_character",
        "٣",
        "the character '٣' is not part of the language",
        "digits are 0–9: write 3",
    ),
    ("y = ３", "bad_name", "３", "'３' is no number", "digits are 0–9: write 3"),
    (
        "y = 1 ＋ 2",
        "unknown_character",
        "＋",
        "the character '＋' is not part of the language",
        "write +",
    ),
    (
        "y = a – b",
        "unknown_character",
        "–",
        "the character '–' is not part of the language",
        "write -",
    ),
    (
        "y = a\u200b",
        "unknown_character",
        "\u200b",
        "the invisible character U+200B (ZERO WIDTH SPACE) is not part of the language",
        "delete it",
    ),
    (
        "y = 1 # \u202e",
        "unknown_character",
        "\u202e",
        "the invisible character U+202E (RIGHT-TO-LEFT OVERRIDE) is not part of the language",
        "delete it",
    ),
    ("_ = 1", "bad_name", "_", "'_' is no name", "a name holds at least one letter"),
    # Numbers
    (
        "z = 1e999",
        "literal_overflow",
        "1e999",
        "1e999 is too large for a float64",
        "the largest is about 1.8e308",
    ),
    (
        "z = 1e-999",
        "literal_underflow",
        "1e-999",
        "1e-999 is too small for a float64, which would make it 0",
        "the smallest is about 4.9e-324",
    ),
    (
        "z = " + "1" * 41,
        "literal_characters",
        "1" * 41,
        "a number of 41 characters; 40 are allowed",
        "a float64 holds 17 significant digits",
    ),
    (
        "z = 1_000",
        "bad_name",
        "_000",
        "a number holds no underscores",
        "write its digits in one row",
    ),
    ("z = 1.2.3", "bad_number", "1.2.3", "'1.2.3' is no number", "one point a number"),
    (
        "param w = 0,5",
        "decimal_comma",
        "0,5",
        "a decimal is written with a point",
        "write 0.5, or [0, 5] for a vector",
    ),
    (
        "n" * 65 + " = 1",
        "name_characters",
        "n" * 65,
        "a name of 65 characters; 64 are allowed",
        "choose a shorter name",
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
        "write sin(a)",
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


@pytest.mark.parametrize(
    ("source", "code", "place", "message", "hint"),
    ONE_LINE,
    ids=[case[0][:30] for case in ONE_LINE],
)
def test_one_mistake(source: str, code: str, place: str, message: str, hint: str | None) -> None:
    (fault,) = faults_of(source)
    assert (fault.code, fault.message, fault.hint) == (code, message, hint)
    assert underlined(source, fault) == place


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
        "input x = 2x\n"
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
    for below in ("param b = 2x", "u = 2x"):
        first, second = faults_of(f"z = f(a,\n    g(1)\n{below}")
        assert (first.code, first.span and first.span.line) == ("unclosed_bracket", 1)
        assert (second.code, second.span and second.span.line) == ("implicit_product", 3)


def test_arguments_by_name_may_start_a_line() -> None:
    assert parse("h = conv1d(x,\n    filters=4,\n    kernel=3)").statements


def test_columns_count_characters() -> None:
    (fault,) = faults_of("𝑥 = ŷ\t+ 2x")
    assert fault.span is not None
    assert (fault.span.column, fault.span.end_column) == (9, 11)
