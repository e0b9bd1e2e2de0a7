"""Mistakes in what a formula computes with: shapes, arguments, indices, draws, class numbers."""

from __future__ import annotations

from backstep.lang.compile.compiler import compile_text
from tests.lang.diagnostics.mistakes import Mistake, each, hold

X = "input x = [1, 2, 3]\n"
CONSTANT = "a constant is needed here"
WHOLE = "write it as a number, or a const whose value is whole"

MISTAKES: list[Mistake] = [
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
        "write L = sum(x, axis=0)",
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
    ("L = sum(zeros(-2))", "negative_size", "-2", "a size is 1 or more", None),
    ("L = sum(zeros(2, 0))", "size", "0", "a size is 1 or more", None),
    ("L = sum(linspace(0, 1, 0))", "size", "linspace(0, 1, 0)", "a size is 1 or more", None),
    ("L = sum(eye(-2))", "negative_size", "eye(-2)", "a size is 1 or more", None),
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
]


@each(MISTAKES)
def test_one_mistake(mistake: Mistake) -> None:
    hold(mistake, compile_text)
