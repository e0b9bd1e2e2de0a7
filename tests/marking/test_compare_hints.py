"""Wrong answers of one's own: each is told what it lacks, and shown a point that tells it apart."""

from __future__ import annotations

import numpy as np
import pytest

from tests.asking import CALLS
from tests.marking.answers import TEXTS, compare

WRONG = [
    # The neuron: what a lecture's first exercise is handed in with.
    (
        "toy-neuron",
        "w",
        "(u - y)*u*(1 - u) + 2*lambda*w",
        "factor",
        "the factor x = ∂z/∂w is missing",
    ),
    ("toy-neuron", "w", "(u - y)*x + 2*lambda*w", "factor", "= ∂u/∂z is missing"),
    ("toy-neuron", "w", "(u - y)*u*x + 2*lambda*w", "factor", "(1 − u) of ∂u/∂z = u·(1 − u)"),
    (
        "toy-neuron",
        "w",
        "u*(1 - u)*x + 2*lambda*w",
        "factor",
        "the factor (u − y) = ∂l/∂u is missing",
    ),
    ("toy-neuron", "w", "(u - y)*u*(1 - u)*x", "path", "r = w² is missing: its term is 2·λ·w"),
    ("toy-neuron", "w", "2*lambda*w", "path", "the path through z = w·x + b is missing"),
    ("toy-neuron", "w", "(u - y)*u*(1 - u)*x + 2*w", "factor", "the factor λ = ∂L/∂r is missing"),
    ("toy-neuron", "w", "(u - y)*u*(1 - u)*x + lambda*w", "factor", "the factor 2 of ∂r/∂w = 2·w"),
    (
        "toy-neuron",
        "w",
        "(y - u)*u*(1 - u)*x + 2*lambda*w",
        "sign",
        "through z = w·x + b is turned",
    ),
    ("toy-neuron", "w", "-(u - y)*u*(1 - u)*x - 2*lambda*w", "sign", "minus the partial"),
    ("toy-neuron", "w", "2*(u - y)*u*(1 - u)*x + 2*lambda*w", "extra", "a factor too many: 2"),
    ("toy-neuron", "w", "(u - y)*z*(1 - z)*x + 2*lambda*w", "place", "at z where u is meant"),
    (
        "toy-neuron",
        "w",
        "(u - y)*sigmoid(u)*(1 - sigmoid(u))*x + 2*lambda*w",
        "place",
        "at u where z is meant",
    ),
    (
        "toy-neuron",
        "w",
        "(u - y)*u*(1 - u)*x*x + 2*lambda*w",
        "extra",
        "the factor x = ∂z/∂w is one too many",
    ),
    ("toy-neuron", "w", "(u - y)*u*(1 - u)*w + 2*lambda*w", "place", "x is meant where w stands"),
    (
        "toy-neuron",
        "w",
        "(u - 1)*u*(1 - u)*2 + 2*lambda*w",
        "values",
        "right at the values in force",
    ),
    (
        "toy-neuron",
        "w",
        "(u - y)*u*(1 - u)*2 + 2*lambda*w",
        "place",
        "x is meant where 2 stands; at the values in force that makes no difference",
    ),
    (
        "toy-neuron",
        "w",
        "(u - 1)*u*(1 - u)*x + 2*lambda*w",
        "place",
        "y is meant where 1 stands; at the values in force that makes no difference",
    ),
    ("toy-neuron", "u", "2*(u - y)", "extra", "too many: 2"),
    # S1, S2: one unit on a vector.
    ("linear-regression", "w", "p - y", "factor", "the factor x is missing"),
    ("linear-regression", "w", "x", "factor", "∂L/∂p is missing"),
    ("linear-regression", "w", "(p - y)*w", "place", "x is meant where w stands"),
    ("linear-regression", "w", "(y - p)*x", "sign", "minus the partial"),
    ("linear-regression", "w", "(p - y)*x/2", "extra", "a division too many: by 2"),
    ("linear-regression", "b", "(p - y)*x", "other", "with respect to w, not b"),
    ("logistic-regression", "w", "-(y/p - (1 - y)/(1 - p))*x", "factor", "p·(1 − p) = ∂p/∂z"),
    (
        "logistic-regression",
        "w",
        "(p - y)*p*(1 - p)*x",
        "extra",
        "p·(1 − p) = ∂p/∂z is one too many",
    ),
    ("logistic-regression", "w", "(p - 1)*x", "place", "y is meant where 1 stands"),
    # S5: nine weights by name.
    ("nine-weights", "w__h_22", "(y - t)*z_2*(1 - z_2)*x_2", "factor", "w₂₁ᵒ = ∂y/∂z₂ is missing"),
    ("nine-weights", "w__h_22", "(y - t)*w__o_21*x_2", "factor", "z₂·(1 − z₂)"),
    ("nine-weights", "w__h_22", "(y - t)*w__o_21*z_1*(1 - z_1)*x_2", "place", "z₂ is meant"),
    ("nine-weights", "w__o_01", "y - t", "factor", "z₀ = ∂y/∂w₀₁ᵒ is missing; at the values"),
    (
        "nine-weights",
        "x_1",
        "(y - t)*w__o_11*z_1*(1 - z_1)*w__h_11",
        "path",
        "the path through z₂",
    ),
    # S6, S8 and batches: matrices.
    ("two-layers", "W_1", "(p - 1)*outer(x, w_o*z*(1 - z))", "transpose", "is transposed"),
    ("two-layers", "W_1", "(p - 1)*w_o*z*(1 - z)", "factor", "the factor x is missing"),
    ("two-layers", "W_1", "(p - 1)*outer(z*(1 - z), x)", "factor", "the factor w_o is missing"),
    (
        "two-layers",
        "W_1",
        "(p - 1)*outer(w_o*z, x)",
        "factor",
        "(1 − z) of w_o·z·(1 − z) is missing",
    ),
    ("two-layers", "W_1", "(1 - p)*outer(w_o*z*(1 - z), x)", "sign", "minus the partial"),
    ("two-layers", "W_1", "(p - 1)*outer(w_o*a*(1 - a), x)", "place", "at a where z is meant"),
    ("softmax-layer", "W", "outer(a - z, x)", "factor", "the factor step(q) is missing"),
    ("softmax-layer", "h", "z - a", "sign", "minus the partial"),
    ("square", "W", "outer((V @ o)*(1 - h^2), x)", "transpose", "V"),
    ("square", "W", "outer((V.T @ o)*(1 - h), x)", "factor", "the exponent of h² is missing"),
    ("square", "W", "outer(x, (V.T @ o)*(1 - h^2))", "transpose", "transposed"),
    ("square", "V", "o*h", "product", "product"),
    ("squares", "W", "X.T @ (P - Y)/2", "path", "from W straight to L is missing"),
    ("squares", "W", "X.T @ (P - Y) + 2*lambda*W", "constant", "a factor 2 too many"),
    ("squares", "W", "(P - Y).T @ X/2 + 2*lambda*W.T", "transpose", "is transposed"),
    ("squares", "b", "(P - Y)/2", "sum", "sum(…, axis=0)"),
    ("rows", "w", "X.T @ (p - y)", "constant", "4 times the partial"),
    ("rows", "w", "X.T @ ((p - y)*p*(1 - p))/4", "extra", "p·(1 − p) = ∂p/∂z is one too many"),
    ("classes", "a", "f - y", "place", "y is a class number: one_hot(y, 3) is meant"),
    (
        "classes",
        "a",
        "f - 1",
        "place",
        "the 1 belongs to the class y alone: one_hot(y, 3)",
    ),
    ("classes", "a", "y - f", "place", "the sign is turned, and y is a class number"),
    (
        "classes",
        "a",
        "1 - f",
        "place",
        "the sign is turned, and the 1 belongs to the class y",
    ),
]


@pytest.mark.parametrize(("example", "of", "answer", "kind", "hint"), WRONG)
def test_a_wrong_answer_is_told_what_it_lacks(
    example: str, of: str, answer: str, kind: str, hint: str
) -> None:
    found = compare(example, of, answer)
    assert found["equal"] is False, found
    assert found["missing"] is not None, found
    assert (found["missing"]["kind"], hint in found["hint"]) == (kind, True), found["hint"]


@pytest.mark.parametrize(("example", "of", "answer", "kind", "hint"), WRONG)
def test_the_point_that_is_shown_tells_the_two_apart(
    example: str, of: str, answer: str, kind: str, hint: str
) -> None:
    found = compare(example, of, answer)
    mine, right = np.array(found["answer"]), np.array(found["partial"])
    assert mine.shape != right.shape or not np.allclose(mine, right, rtol=1e-7, atol=0)
    leaves = {name: value for name, value in found["at"].items() if name in _declared(example)}
    numbers = CALLS["evaluate"]({"source": TEXTS[example], "values": leaves})
    np.testing.assert_allclose(numbers["partials"][of], right, rtol=1e-12)


def _declared(example: str) -> set[str]:
    lines = TEXTS[example].splitlines()
    roles = ("input", "target", "param", "const")
    return {line.split()[1].partition("[")[0] for line in lines if line.startswith(roles)}
