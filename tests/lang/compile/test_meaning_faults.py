"""Mistakes in the meaning of a text, of names above all; its limits; many mistakes together."""

from __future__ import annotations

import pytest

from backstep.errors import BackstepError, Diagnostic, LimitError
from backstep.lang.compile.compiler import compile_text
from backstep.lang.diagnostics.report import format_fault
from tests.lang.diagnostics import mistakes
from tests.lang.diagnostics.mistakes import Mistake, each, hold

MISTAKES: list[Mistake] = [
    ("u = sigmod(2)", "unknown_name", "sigmod", "unknown name 'sigmod'", "did you mean 'sigmoid'?"),
    ("u = sigm(2)", "unknown_name", "sigm", "unknown name 'sigm'", None),
    ("u = Relus(2)", "unknown_name", "Relus", "unknown name 'Relus'", "did you mean 'relu'?"),
    ("u = matmul(2, 3)", "unknown_name", "matmul", "unknown name 'matmul'", "write a @ b"),
    (
        "weight = 2\nu = wieght + 1",
        "unknown_name",
        "wieght",
        "unknown name 'wieght'",
        "did you mean 'weight'?",
    ),
    ("u = v", "unknown_name", "v", "unknown name 'v'", "declare it above: input v = 1"),
    (
        "x = 2\nu = х",
        "unknown_name",
        "х",
        "unknown name 'х'",
        "did you mean 'x'? this one has CYRILLIC SMALL LETTER HA",
    ),
    (
        "param W = xavier\nL = 1",
        "unknown_name",
        "xavier",
        "unknown name 'xavier'",
        "a draw follows '~' in a declaration: param W[3, 4] ~ xavier",
    ),
    (
        "L = relu",
        "unknown_name",
        "relu",
        "unknown name 'relu'",
        "'relu' is a function: write relu(…)",
    ),
    ("L = 2\nminimize M", "unknown_name", "M", "unknown name 'M'", "give it a value by '='"),
    (
        "for t in range(2):\n    L = t\nM = t",
        "unknown_name",
        "t",
        "'t' has a value only inside its loop",
        "use it in the indented lines",
    ),
    (
        "w = 2\nL = w(3)",
        "not_a_function",
        "w",
        "'w' is a value, not a function",
        "write L = w*(3)",
    ),
    (
        "z = y + 1\ny = 3",
        "use_before_definition",
        "y",
        "'y' is used before it is given a value on line 2",
        "give it a value above",
    ),
    (
        "z = z + 1",
        "use_before_definition",
        "z",
        "'z' is used before it has a value",
        "give it a value above",
    ),
    (
        "f(x) = x*y\nL = f(3)\ny = 2",
        "use_before_definition",
        "y",
        "'y' is used before it is given a value on line 3",
        "give it a value above",
    ),
    (
        "input x = 1\nx = 2",
        "given_again",
        "x",
        "'x' is declared as input on line 1 and can't be given again",
        "choose another name",
    ),
    (
        "input x = 1\nparam x = 2\nL = x",
        "given_again",
        "x",
        "'x' is declared as input on line 1 and can't be declared again",
        "choose another name",
    ),
    (
        "z = 1\nparam z = 2",
        "given_again",
        "z",
        "'z' is given a value on line 1 and can't be declared again",
        "choose another name",
    ),
    (
        "for t in range(2):\n    t = 1\nL = 2",
        "given_again",
        "t",
        "'t' counts the passes of a loop and can't be given a value",
        "choose another name",
    ),
    (
        "f(x) = x\nf(y) = 2*y\nL = 1",
        "given_again",
        "f",
        "the function 'f' is defined on line 1 already",
        "choose another name",
    ),
    (
        "f(x) = x*f(x - 1)\nL = 1",
        "recursion",
        "f",
        "'f' calls itself",
        "write a loop: a function can't recur",
    ),
    # The loss and the seed
    (
        "param w = 1",
        "no_loss",
        "param w = 1",
        "no name is given a value by '=', so there is no loss",
        "write, for example: L = (u - y)^2",
    ),
    (
        "param w = 1\nL = w\nminimize w",
        "loss",
        "w",
        "'w' is declared as param: it is no loss",
        "minimize a name that is given its value by '='",
    ),
    (
        "L = 2\nminimize L\nminimize L",
        "second_loss",
        "minimize L",
        "the loss is chosen on line 2 already",
        "delete one of the two lines",
    ),
    (
        "seed 1\nseed 2\nL = 1",
        "second_seed",
        "seed 2",
        "the seed is given on line 1 already",
        "delete one of the two lines",
    ),
]


@each(MISTAKES)
def test_one_mistake(mistake: Mistake) -> None:
    hold(mistake, compile_text)


def faults_of(source: str) -> tuple[Diagnostic, ...]:
    return mistakes.faults_of(source, compile_text)


def test_the_two_examples_of_the_language_page() -> None:
    source = "# a\n# b\n# c\n# d\nz = 1\nu = sigmod(z)"
    (fault,) = faults_of(source)
    assert format_fault(source, fault) == (
        "line 6, column 5: unknown name 'sigmod'\n"
        "  6 | u = sigmod(z)\n"
        "    |     ^^^^^^ did you mean 'sigmoid'?"
    )
    source = "\n" * 5 + (
        "param W1[3, 4] ~ xavier\ninput x = [1, 2, 3, 4, 5]\nparam b1 = zeros(3)\n"
        "z = W1 @ x + b1\nL = sum(z)"
    )
    (fault,) = faults_of(source)
    assert format_fault(source, fault) == (
        "line 9, column 5: shapes do not fit: W1 is 3×4, x is 5; '@' needs the last axis of the "
        "left (4) to equal\n"
        "                  the second-last of the right (of a vector its only one: 5)\n"
        "  9 | z = W1 @ x + b1\n"
        "    |     ^^^^^^"
    )


def test_independent_mistakes_of_form_and_meaning_are_told_together() -> None:
    faults = faults_of(
        "param w = x 2\n"
        "input v = [1, 2]\n"
        "z = sigmod(w) + nowhere\n"
        "u = v + [1, 2, 3]\n"
        "f(x) = x + missing\n"
        "for t in range(3):\n"
        "    v = t\n"
        "L = z + u + f(w) + nowhere + last"
    )
    assert [(fault.span.line, fault.code) for fault in faults if fault.span] == [
        (1, "implicit_product"),
        (3, "unknown_name"),
        (3, "unknown_name"),
        (4, "shapes"),
        (5, "unknown_name"),
        (7, "given_again"),
        (8, "unknown_name"),
    ]


def test_what_a_fault_leaves_unknown_is_not_reported_again() -> None:
    assert len(faults_of("a = x 2\nb = a + 1\nc = b[7]\nL = c + sigmoid(b, c)")) == 1
    assert len(faults_of("(((\nL = anything + goes(here)")) == 1


def test_a_mistake_in_a_loop_is_told_once() -> None:
    assert len(faults_of("for t in range(100):\n    y = sigmod(t)\n    z = foo\nL = y")) == 2
    (fault,) = faults_of("input x = [1, 2]\nfor t in range(5):\n    y = x[t]\nL = y")
    assert fault.message == "index 2 of x, which has 2 elements"


@pytest.mark.parametrize(
    ("source", "limit", "line"),
    [
        ("x = 1\nL = sum(zeros(1001, 1000))", "tensor_elements", 2),
        ("L = 0\n" + "L = L + sum(ones(1000, 1000))\n" * 11, "all_elements", 11),
        ("L = 0\nfor t in range(20001):\n    L = L + 1", "forward_nodes", 2),
        ("L = 0\nfor t in range(19999):\n    L = L + 1 + 1", "forward_nodes", 3),
        (
            "for a in range(5000):\n  for b in range(5000):\n    for c in range(0):\n      x = 1\n"
            "L = 1",
            "unrolling_steps",
            3,
        ),
    ],
)
def test_limits_are_told_at_their_place(source: str, limit: str, line: int) -> None:
    with pytest.raises(LimitError) as caught:
        compile_text(source)
    (fault,) = caught.value.faults
    assert fault.code == limit
    assert fault.span is not None
    assert fault.span.line == line
    assert caught.value.details["limit"] == limit
    assert f"{caught.value.details['allowed']:,} allowed" in fault.message


def test_every_refusal_is_of_the_one_tree() -> None:
    for source in ("", "L = $", "L = x", "L = zeros(9999, 9999)"):
        with pytest.raises(BackstepError):
            compile_text(source)


def test_one_formula_too_deep_does_not_count_against_the_next() -> None:
    functions = "f0(x) = x + 1\n" + "".join(f"f{i}(x) = f{i - 1}(x)\n" for i in range(1, 90))
    (fault,) = faults_of(f"{functions}input a = 1\nb = f89(a)\nc = f89(a)\nL = f20(a)")
    assert fault.code == "nesting_depth"
