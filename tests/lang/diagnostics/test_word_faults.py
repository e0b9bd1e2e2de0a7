"""Mistakes in words, signs and numbers; what is written as other languages have it."""

from __future__ import annotations

from backstep.lang.syntax.parser import parse
from tests.lang.diagnostics.mistakes import Mistake, each, hold

BETWEEN = "an operator is missing between "
NO_VALUE = "is a word of the language and has no value"
NOT_GIVEN = "is a word of the language and can't be given a value"
WHERE = "a comparison stands only as the first argument of where"
LETTERS = "a name holds letters, digits and underscores; the transpose is written .T"

MISTAKES: list[Mistake] = [
    # Products
    ("z = x 2", "implicit_product", "x 2", BETWEEN + "'x' and '2'", None),
    ("z = (a)2", "implicit_product", ")2", BETWEEN + "')' and '2'", None),
    ("z = x^2y", "implicit_product", "2y", BETWEEN + "'2' and 'y'", None),
    ("z = [a b]", "implicit_product", "a b", BETWEEN + "'a' and 'b'", None),
    ("z = x.5", "implicit_product", "x.5", BETWEEN + "'x' and '.5'", None),
    ("z = [2 x]", "implicit_product", "2 x", BETWEEN + "'2' and 'x'", None),
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
    (
        "y = x // 2",
        "unknown_operator",
        "//",
        "'//' is no operator",
        "/ is a quotient; there is none rounded down",
    ),
    # Characters
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
    (
        "input z = [1, 2]\nL = softmax(z)_1",
        "bad_name",
        "_1",
        "an element of a value stands in square brackets",
        "elements are counted from 0: softmax(z)[0] is the first",
    ),
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
]


@each(MISTAKES)
def test_one_mistake(mistake: Mistake) -> None:
    hold(mistake, parse)
