"""Every mistake in the meaning of a text: its code, its place, its message and its mend."""

from __future__ import annotations

import pytest

from app.errors import BackstepError, DefinitionError, Fault, LimitError
from app.lang.build import understand
from app.lang.report import format_fault
from tests.lang.test_faults import underlined


def faults_of(source: str) -> tuple[Fault, ...]:
    with pytest.raises(DefinitionError) as caught:
        understand(source)
    return caught.value.faults


X = "input x = [1, 2, 3]\n"
CONSTANT = "a constant is needed here"
WHOLE = "write it as a number, or a const whose value is whole"

# text, code, what is underlined, message, hint
MISTAKES = [
    ("u = sigmod(2)", "unknown_name", "sigmod", "unknown name 'sigmod'", "did you mean 'sigmoid'?"),
    ("u = sigm(2)", "unknown_name", "sigm", "unknown name 'sigm'", "did you mean 'sigmoid'?"),
    ("u = ReLU(2)", "unknown_name", "ReLU", "unknown name 'ReLU'", "did you mean 'relu'?"),
    ("u = ln(2)", "unknown_name", "ln", "unknown name 'ln'", "did you mean 'log'?"),
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
        "for a product write w*(…)",
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
    # Shapes
    (
        "param W1[3, 4] ~ xavier\ninput x = [1, 2, 3, 4, 5]\nz = W1 @ x + 1\nL = sum(z)",
        "shapes",
        "W1 @ x",
        "shapes do not fit: W1 is 3×4, x is 5; '@' needs the last axis of the left (4) to equal "
        "the second-last of the right (of a vector its only one: 5)",
        None,
    ),
    (
        X + "L = sum(2 + x*[1, 2])",
        "shapes",
        "x*[1, 2]",
        "shapes do not fit: x is 3, [1, 2] is 2; 3 and 2 do not broadcast: sizes 3 and 2 meet in "
        "one axis; they must be equal or one of them 1",
        None,
    ),
    (
        X + "L = sum(x, axis=1)",
        "shapes",
        "sum(x, axis=1)",
        "shapes do not fit: x is 3; axis 1 does not exist: the shape is 3",
        None,
    ),
    (
        "param w[3] = [1, 2]\nL = sum(w)",
        "declared_shape",
        "[1, 2]",
        "'w' is declared with shape 3, and its value has shape 2",
        "write w = … without a shape, or a value of that shape",
    ),
    (
        "param w[3, 2] = 0\nL = sum(w)",
        "declared_shape",
        "0",
        "'w' is declared with shape 3×2, and its value is a scalar",
        "write zeros(3, 2) or ones(3, 2), or draw it by '~'",
    ),
    (
        X + "L = 2*x",
        "loss_not_scalar",
        "L",
        "the loss must be a scalar, and 'L' has shape 3",
        "write sum(L) or mean(L)",
    ),
    (
        "L = [2]",
        "loss_not_scalar",
        "L",
        "the loss must be a scalar, and 'L' has shape 1",
        "write L[0] for its only element",
    ),
    (
        "L = [[1, 2], [3]]",
        "ragged_list",
        "[3]",
        "the elements of a list are of one shape; the first is of shape 2, this one of shape 1",
        None,
    ),
    (
        "W = [[1, 2], [3, 4]]\nx = [1, 2]\nL = sum(W·x)",
        "ambiguous_product",
        "·",
        "'·' between two tensors may mean either product",
        "write * for element by element, @ for the matrix product",
    ),
    # Division
    (
        "param w = 1\nL = w/0",
        "division_by_zero",
        "w/0",
        "division by a literal zero",
        "divide by what is not 0",
    ),
    (
        "param w = 1\nL = w/(1 - 1.0)",
        "division_by_zero",
        "w/(1 - 1.0)",
        "division by a literal zero",
        "divide by what is not 0",
    ),
    (
        "L = 2 + 0^-1",
        "division_by_zero",
        "0^-1",
        "division by a literal zero",
        "divide by what is not 0",
    ),
    (
        "L = 1/0*2",
        "division_by_zero",
        "1/0",
        "division by a literal zero",
        "divide by what is not 0",
    ),
    (
        X + "L = sum(softmax(x, temperature=0))",
        "division_by_zero",
        "softmax(x, temperature=0)",
        "division by a literal zero",
        "divide by what is not 0",
    ),
    # Arguments
    ("L = exp()", "arguments", "exp()", "'exp' lacks its argument 'x'", "write exp(x)"),
    ("L = exp(1, 2)", "arguments", "exp(1, 2)", "'exp' takes 1 argument, 2 given", "write exp(x)"),
    (
        X + "L = sum(x, 0)",
        "arguments",
        "0",
        "'sum' takes 1 argument by place",
        "an option is given by its name: axis=…",
    ),
    (
        X + "L = sum(x, axes=0)",
        "unknown_keyword",
        "axes",
        "'sum' has no argument 'axes'",
        "did you mean 'axis'?",
    ),
    (
        "f(a) = a\nL = f(1, 2)",
        "arguments",
        "f(1, 2)",
        "'f' takes 1 argument, 2 given",
        "write f(a)",
    ),
    (
        "f(a) = a\nL = f(a=1)",
        "unknown_keyword",
        "a=1",
        "'f' takes its arguments by place",
        "write f(a)",
    ),
    (
        X + "L = sum(x, axis=0.5)",
        "whole_number",
        "0.5",
        "'axis' is a whole number",
        WHOLE,
    ),
    (
        "L = where(1, 2, 3)",
        "condition",
        "1",
        "'where' needs a comparison first",
        "write where(x > 0, a, b)",
    ),
    (
        "a, b = exp(3)",
        "several_values",
        "a, b = exp(3)",
        "2 names are given 1 value",
        "give each name its value on a line of its own",
    ),
    # Indices and sizes
    (
        X + "L = x[3]",
        "index",
        "3",
        "index 3 of x, which has 3 elements",
        "the first is 0, the last is 2",
    ),
    (X + "L = x[1, 0]", "index", "x[1, 0]", "2 indices are given, but x is 3", None),
    (X + "L = x[1.5]", "whole_number", "1.5", "an index is a whole number", WHOLE),
    ("L = 3[0]", "index", "3[0]", "a number has no elements", None),
    (X + "L = sum(x[::0])", "index", "::0", "a slice's step can't be 0", None),
    (
        X + "L = x.shape",
        "attribute",
        "shape",
        "x has no '.shape'",
        "the transpose is written .T, functions are written sum(x)",
    ),
    (
        "input k = 3\nparam W[k, 2] ~ he\nL = sum(W)",
        "not_constant",
        "k",
        f"'k' is declared as input; {CONSTANT}",
        "write a number or a const",
    ),
    (
        "z = 3\nL = sum(zeros(z))",
        "not_constant",
        "z",
        f"'z' is computed; {CONSTANT}",
        "write a number or a const",
    ),
    (
        "param y = 3\ninput x = 2*y\nL = x",
        "not_constant",
        "y",
        f"'y' is declared as param; {CONSTANT}",
        "write a number or a const",
    ),
    (
        "const n = 5/2\nparam W[n] ~ he\nL = sum(W)",
        "whole_number",
        "n",
        "a size is a whole number",
        WHOLE,
    ),
    ("param W[0] ~ he\nL = sum(W)", "size", "0", "a size is 1 or more", None),
    ("L = sum(zeros(-2))", "negative_size", "-2", "a size is 0 or more", None),
    (
        "param x = [1, 2]\nL = sum(reshape(x, -1))",
        "negative_size",
        "-1",
        "a size is 0 or more",
        "no size is worked out from the others: write each",
    ),
    ("L = sum(eye(-2))", "negative_size", "eye(-2)", "a size is 0 or more", None),
    (
        "for t in range(2, 9, 0):\n    x = t\nL = 1",
        "loop_bounds",
        "0",
        "a loop's step can't be 0",
        None,
    ),
    # Draws
    (
        "param w ~ normal(0, -1)\nL = w",
        "draw",
        "-1",
        "a standard deviation is 0 or more",
        None,
    ),
    (
        "param w ~ uniform(2, 1)\nL = w",
        "draw",
        "uniform(2, 1)",
        "the low end of a uniform draw lies above the high end",
        "write uniform(low, high)",
    ),
    ("param w ~ normal(0, log(0))\nL = w", "draw", "log(0)", "a draw's numbers are finite", None),
    # Classes
    (
        X + "target y = 3\nL = cross_entropy(x, y)",
        "class_number",
        "3",
        "3 is no class number: a whole number from 0 to 2 is needed",
        "classes count from 0",
    ),
    (
        X + "target y = [0, 0.5]\nL = cross_entropy(x, y[1])",
        "class_number",
        "[0, 0.5]",
        "0.5 is no class number: a whole number from 0 to 2 is needed",
        "classes count from 0",
    ),
    (
        X + "L = cross_entropy(x, -1)",
        "class_number",
        "cross_entropy(x, -1)",
        "-1 is no class number: a whole number from 0 to 2 is needed",
        "classes count from 0",
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


@pytest.mark.parametrize(
    ("source", "code", "place", "message", "hint"),
    MISTAKES,
    ids=[case[0].splitlines()[-1][:30] for case in MISTAKES],
)
def test_one_mistake(source: str, code: str, place: str, message: str, hint: str | None) -> None:
    (fault,) = faults_of(source)
    assert (fault.code, fault.message, fault.hint) == (code, message, hint)
    assert underlined(source, fault) == place


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
        "param w = 2x\n"
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
    assert len(faults_of("a = 2x\nb = a + 1\nc = b[7]\nL = c + sigmoid(b, c)")) == 1
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
        understand(source)
    (fault,) = caught.value.faults
    assert fault.code == limit and fault.span is not None and fault.span.line == line
    assert caught.value.details["limit"] == limit
    assert f"{caught.value.details['allowed']:,} allowed" in fault.message


def test_every_refusal_is_of_the_one_tree() -> None:
    for source in ("", "L = $", "L = x", "L = zeros(9999, 9999)"):
        with pytest.raises(BackstepError):
            understand(source)


def test_one_formula_too_deep_does_not_count_against_the_next() -> None:
    functions = "f0(x) = x + 1\n" + "".join(f"f{i}(x) = f{i - 1}(x)\n" for i in range(1, 90))
    (fault,) = faults_of(f"{functions}input a = 1\nb = f89(a)\nc = f89(a)\nL = f20(a)")
    assert fault.code == "nesting_depth"
