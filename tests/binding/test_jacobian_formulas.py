"""Jacobians as formulas: read back they are the numbers, whole and element by element."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest

from backstep.binding.bind import BoundModel, bind
from backstep.binding.jacobian import jacobian
from backstep.binding.jacobian_formulas import Jacobian, jacobian_with_formulas
from backstep.errors import LimitError
from backstep.evaluate.numeric import compute
from backstep.examples import EXAMPLES, Example
from backstep.lang.compile.answer import read_answer
from backstep.ops.row import Array

VECTORS = {
    "sigmoid": ("s = sigmoid(z)", "diag(s*(1 - s))"),
    "softmax": ("s = softmax(z)", "diag(s) - outer(s, s)"),
    "softmax in words": ("s = exp(z)/sum(exp(z))", "diag(s) - outer(s, s)"),
    "tanh": ("s = tanh(z)", "diag(1 - s^2)"),
    "unit vector": ("s = z/norm(z)", "(eye(3) - outer(s, s)) / norm(z)"),
    "centred": ("s = z - mean(z)", "eye(3) - outer(ones(3), ones(3)) / 3"),
    "layer": ("s = A @ z + 1", "A"),
    "behind a layer": ("s = tanh(A @ z)", "diag(1 - s^2) @ A"),
    "two layers": ("s = A @ sigmoid(B @ z)", None),
    "softmax of a layer": ("s = softmax(A @ z)", None),
    "outer product": ("s = dot(z, c)*z", "dot(z, c)*eye(3) + outer(z, c)"),
    "log softmax": ("s = log_softmax(z)", None),
    "layer norm": ("s = layer_norm(z, 1, 0)", None),
    "relu": ("s = relu(z)", "diag(step(z))"),
    "running sums": ("s = cumsum(z)", "[[1, 0, 0], [1, 1, 0], [1, 1, 1]]"),
    "a slice": ("s = z[1:]^2", None),
    "reversed": ("s = concat(z[2:], z[:2])", None),
    "masked": ("s = where(c > 0, z^2, c)", None),
    "largest": ("s = z*max(z)", None),
    "one element": ("s = z[0]*z", None),
    "two terms": ("s = sigmoid(z) + 2*z", None),
}
CONSTANT = ("running sums", "reversed")
"""What has numbers alone for elements."""
TENSORS = {
    "a layer by its matrix": ("h = tanh(W @ x)", "h", "W"),
    "softmax by its matrix": ("h = softmax(W @ x)", "h", "W"),
    "rows by the input": ("h = softmax(X @ W.T, axis=1)", "h", "X"),
    "rows by the matrix": ("h = X @ W.T", "h", "W"),
    "a bias of rows": ("h = relu(X + x)", "h", "x"),
    "sums of rows": ("h = sum(X^2, axis=1)", "h", "X"),
    "means of columns": ("h = mean(X*X, axis=0)", "h", "X"),
    "a number by a vector": ("h = dot(x, x)", "h", "x"),
    "a vector by a number": ("h = softmax(a*x)", "h", "a"),
    "a matrix by a number": ("h = a^2*X", "h", "a"),
    "an outer product": ("h = outer(x, x)", "h", "x"),
    "a transpose": ("h = X.T", "h", "X"),
    "an element by a vector": ("h = softmax(x)", "h[1]", "x"),
    "a vector by an element": ("h = softmax(W @ x)", "h", "W[0,1]"),
    "an element by an element": ("h = softmax(x)", "h[0]", "x[1]"),
    "a norm of rows": ("h = X/norm(X, axis=1, keepdims=true)", "h", "X"),
    "nothing": ("h = X*2", "h", "a"),
}
VECTOR = "param z = [0.5, -0.3, 1.1]\nconst c = [1, -2, 0.5]\n"
MATRICES = (
    "input A[3, 3] = [[1, 0.5, -0.3], [0.2, -1, 0.4], [0.3, 0.8, 0.1]]\n"
    "input B[3, 3] = [[0.3, 0.5, 0.7], [-0.2, 0.1, 0.4], [1, 0.8, -0.6]]\n"
)
TENSOR = (
    "param a = 0.7\nparam x = [0.4, -0.9]\nparam X = [[0.3, 1.2], [-0.5, 0.7], [0.9, 0.2]]\n"
    "param W = [[0.3, -0.8], [0.5, 0.1], [-0.7, 0.6]]\n"
)


def value(prepared: BoundModel, text: str) -> Array:
    """What a text in the definition's names is worth."""
    answer = read_answer(prepared.definition, text)
    numbers = prepared.numbers()
    known = {leaf.id: numbers.value(answer.meant[name]) for name, leaf in answer.names.items()}
    return np.asarray(compute([answer.node], known)[answer.node.id])


def at(text: str, put: dict[str, int]) -> str:
    """An element's formula with numbers for the indices."""
    for name, number in put.items():
        text = re.sub(rf"\b{name}\b", str(number), text)
    return text


def agree(prepared: BoundModel, found: Jacobian) -> None:
    """The formula, the element's formula and its cases are worth the numbers."""
    expected = np.asarray(found.jacobian)
    if found.text is not None:
        worth = value(prepared, found.text)
        assert worth.shape == expected.shape
        np.testing.assert_allclose(worth, expected, rtol=1e-9, atol=1e-12)
    if found.element is None:
        assert found.cases is None
        return
    assert found.cases is not None
    indices = [*found.element.rows, *found.element.columns]
    assert len(indices) == expected.ndim
    for place in list(np.ndindex(*expected.shape))[:: max(1, expected.size // 12)]:
        put = {name: number for name, number in zip(indices, place, strict=True) if name.isalpha()}
        worth = value(prepared, at(found.element.text, put))
        np.testing.assert_allclose(worth, expected[place], rtol=1e-9, atol=1e-12)
        (case,) = [
            each
            for each in found.cases
            if each.when is not None and all(map(_holds, at(each.when, put).split(" and ")))
        ] or found.cases[-1:]
        worth = value(prepared, at(case.text, put))
        np.testing.assert_allclose(worth, expected[place], rtol=1e-9, atol=1e-12)


def _holds(condition: str) -> bool:
    one, sign, other = condition.split()
    return (one == other) == (sign == "==")


def vector(line: str) -> BoundModel:
    used = [row for row in MATRICES.splitlines() if re.search(rf"\b{row[6]}\b", line)]
    return bind("\n".join([VECTOR, *used, line, "L = sum(s)"]))


@pytest.mark.parametrize("kind", VECTORS)
def test_a_vector_by_a_vector_is_a_matrix_formula(kind: str) -> None:
    line, book = VECTORS[kind]
    prepared = vector(line)
    found = jacobian_with_formulas(prepared, "s", "z")
    assert found.form == ("elements" if kind in CONSTANT else "matrix")
    if book is not None:
        assert found.text == book
    agree(prepared, found)


@pytest.mark.parametrize("kind", TENSORS)
def test_a_tensor_by_a_tensor_has_a_formula_by_cases(kind: str) -> None:
    line, of, wrt = TENSORS[kind]
    prepared = bind(f"{TENSOR}{line}\nL = sum(h)")
    found = jacobian_with_formulas(prepared, of, wrt)
    assert found.element is not None or found.form == "matrix"
    agree(prepared, found)


def test_softmax_has_the_two_cases_of_every_course() -> None:
    found = jacobian_with_formulas(vector("s = softmax(z)"), "s", "z")
    assert found.cases is not None
    assert [(each.when, each.text) for each in found.cases] == [
        ("i == j", "s[i]*(1 - s[i])"),
        ("i != j", "-s[i]*s[j]"),
    ]
    assert found.element is not None
    assert found.element.text == "s[i]*(where(i == j, 1, 0) - s[j])"
    assert found.latex == r"\operatorname{diag}\left(s\right) - s \, s^{\top}"
    assert found.element.equation.startswith(
        r"\frac{\partial s_{i}}{\partial z_{j}} = \begin{cases}"
    )
    assert found.rows == ("s[0]", "s[1]", "s[2]")
    assert found.columns == ("z[0]", "z[1]", "z[2]")


def test_rows_of_softmax_hold_each_case_once() -> None:
    prepared = bind("param Z = [[0.3, 1.2, 0], [-0.5, 0.7, 1]]\nP = softmax(Z)\nL = sum(P)")
    found = jacobian_with_formulas(prepared, "P", "Z")
    assert found.cases is not None
    assert [(each.when, each.text) for each in found.cases] == [
        ("i == k and j == l", "P[i, j]*(1 - P[i, j])"),
        ("i == k and j != l", "-P[i, l]*P[i, j]"),
        (None, "0"),
    ]
    assert found.skipped is not None
    assert "4 axes" in found.skipped
    agree(prepared, found)


def test_indices_are_letters_that_the_text_has_not() -> None:
    prepared = bind("param i = [0.5, 2]\nj = sigmoid(i)\nL = sum(j)")
    found = jacobian_with_formulas(prepared, "j", "i")
    assert found.element is not None
    assert (*found.element.rows, *found.element.columns) == ("k", "l")


def test_what_does_not_depend_is_zeros() -> None:
    found = jacobian_with_formulas(bind(f"{TENSOR}h = 2*x\nL = sum(h) + a"), "h", "a")
    assert found.text == "zeros(2)"
    assert not np.any(found.jacobian)


@pytest.mark.parametrize(
    "value", ["atan(w)*0", "0*exp(w)", "step(w)", "w - w", "w^0", "stop_gradient(w)"]
)
def test_what_is_multiplied_by_0_is_zeros_too(value: str) -> None:
    """The partial then depends on nothing that is sent back."""
    prepared = bind(f"param w = [1, 2]\nh = {value}\nL = sum(h)")
    assert jacobian(prepared, "h", "w").tolist() == [[0, 0], [0, 0]]
    assert jacobian(prepared, "h[1]", "w").tolist() == [0, 0]


def test_numbers_that_are_not_finite_are_no_formula() -> None:
    prepared = bind("param w = [0.2, 0]\ns = cumprod([log(-1), 2, log(0)])*sum(w)\nL = sum(s)")
    found = jacobian_with_formulas(prepared, "s", "w")
    assert np.isnan(found.jacobian).all()
    assert found.text is None or "nan" not in found.text


def test_a_jacobian_too_large_is_refused_before_it_is_computed() -> None:
    prepared = bind("param W[60, 60] ~ normal(0, 1)\nh = W^2\nL = sum(h)")
    with pytest.raises(LimitError, match="numbers of a Jacobian"):
        jacobian_with_formulas(prepared, "h", "W")


def pairs(prepared: BoundModel) -> list[tuple[str, str]]:
    """Two names of a text, one computed from the other, whose Jacobian is small."""
    names = prepared.definition.names
    sizes = {name: int(np.prod(given[-1].node.shape)) for name, given in names.items()}
    leaves = {leaf.name for leaf in prepared.definition.leaves if leaf.label}
    return [
        (of, by)
        for of, by in product(names, names)
        if of != by and not {of, by} & leaves and 1 < sizes[of] * sizes[by] <= 64
    ]


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.id)
def test_formulas_of_every_example_are_worth_the_numbers(example: Example) -> None:
    prepared = bind(example.source)
    chosen = pairs(prepared)
    for of, by in chosen[:: max(1, len(chosen) // 40)]:
        found = jacobian_with_formulas(prepared, of, by)
        np.testing.assert_array_equal(found.jacobian, jacobian(prepared, of, by))
        agree(prepared, found)
