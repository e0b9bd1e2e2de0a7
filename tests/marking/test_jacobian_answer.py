"""Typed Jacobians: as matrices, by elements and by cases, and what a wrong one lacks."""

from __future__ import annotations

import pytest

from backstep.errors import AnswerError, RequestError
from tests.asking import CALLS

SOFTMAX = "param z = [0.5, -0.3, 1.1]\np = softmax(z)\nL = -log(p[0])"
SIGMOID = "param z = [0.5, -0.3, 1.1]\ns = sigmoid(z)\nL = sum(s)\nminimize L\ndz = s*(1 - s)"
UNIT = "param x = [0.5, -0.3, 1.1]\nr = norm(x)\nu = x/r\nL = u[0]"
LAYER = (
    "input x = [0.5, -1]\nparam W = [[0.3, 0.2], [0.1, 0.7], [1, 2]]\nparam b = [0.1, 0.2, 0.3]\n"
    "a = W @ x + b\nh = tanh(a)\nL = sum(h)"
)
BESIDE = "pᵢ depends on every zⱼ, and for i ≠ j there is a partial as well"
ALONE = f"these are the elements ∂pᵢ/∂zᵢ alone: {BESIDE}"
OFF = f"the diagonal is right, and off it the answer is 0: {BESIDE}"
DIAGONAL = (
    "these are the elements ∂sᵢ/∂zᵢ on the diagonal: as a matrix they are diag(…),"
    " and all others are 0"
)


def judged(source: str, of: str, wrt: str, answer: str) -> tuple[object, object]:
    found = CALLS["compare"]({"source": source, "of": of, "wrt": wrt, "answer": answer})
    assert found["of"] == f"∂{of}/∂{wrt}"
    return found["equal"], found.get("hint")


@pytest.mark.parametrize(
    ("source", "of", "wrt", "answer"),
    [
        (SOFTMAX, "p", "z", "diag(p) - outer(p, p)"),
        (SOFTMAX, "p", "z", "diag(p) − p pᵀ"),
        (SOFTMAX, "p", "z", "diag(p)(I - 1 pᵀ)"),
        (SOFTMAX, "p", "z", "∂p/∂z = diag(p) - p p^T"),
        (SOFTMAX, "p", "z", "J = diag(p) - p p^T"),
        (SOFTMAX, "p", "z", "p_i(δ_ij − p_j)"),
        (SOFTMAX, "p", "z", "∂p_i/∂z_j = p_i(1(i = j) − p_j)"),
        (SOFTMAX, "p", "z", "∂p_k/∂z_l = p_k(δ_kl − p_l)"),
        (SOFTMAX, "p", "z", r"\frac{\partial p_i}{\partial z_j} = p_i(\delta_{ij} - p_j)"),
        (SOFTMAX, "p", "z", "p_i(1 − p_i) if i = j, −p_i p_j otherwise"),
        (SOFTMAX, "p", "z", "p_i(1 - p_i) if i = j; -p_i p_j if i ≠ j"),
        (SOFTMAX, "p", "z", "where(i == j, p_i*(1 - p_i), -p_i*p_j)"),
        (
            SOFTMAX,
            "p",
            "z",
            r"\begin{cases} p_i(1-p_i) & i = j \\ -p_i p_j & \text{otherwise} \end{cases}",
        ),
        (SIGMOID, "s", "z", "diag(s*(1 - s))"),
        (SIGMOID, "s", "z", "s_i(1 − s_i)δ_ij"),
        (UNIT, "u", "x", "(I - u uᵀ)/‖x‖"),
        (UNIT, "u", "x", "(δ_ij - u_i u_j)/r"),
        (UNIT, "r", "x", "x/r"),
        (LAYER, "a", "x", "W"),
        (LAYER, "a", "b", "I"),
        (LAYER, "a", "b", "δ_ij"),
        (LAYER, "h", "x", "diag(1 - h²) W"),
        (LAYER, "h", "x", "(1 - h_i²) W_ij"),
        (LAYER, "h", "W", "(1 - h_i^2)δ_ij x_k"),
    ],
)
def test_a_right_one_is_right(source: str, of: str, wrt: str, answer: str) -> None:
    assert judged(source, of, wrt, answer)[0] is True


@pytest.mark.parametrize(
    ("source", "of", "wrt", "answer", "hint"),
    [
        (SOFTMAX, "p", "z", "p*(1 - p)", ALONE),
        (SOFTMAX, "p", "z", "diag(p*(1 - p))", OFF),
        (SOFTMAX, "p", "z", "p pᵀ - diag(p)", "the sign is turned"),
        (
            SOFTMAX,
            "p",
            "z",
            "p_i(1 − p_i) if i = j, p_i p_j otherwise",
            "the diagonal is right, and off it the sign is turned",
        ),
        (
            SOFTMAX,
            "p",
            "z",
            "-p pᵀ",
            "what is off the diagonal is right, and the diagonal, i = j, is not",
        ),
        (
            SOFTMAX,
            "p",
            "z",
            "p pᵀ",
            "off the diagonal the sign is turned, and the diagonal, i = j, is not right either",
        ),
        (SIGMOID, "s", "z", "s*(1 - s)", DIAGONAL),
        (
            LAYER,
            "a",
            "x",
            "Wᵀ",
            "it is transposed: row i has the partials of aᵢ, column j those by xⱼ",
        ),
        (LAYER, "a", "b", "1", "∂a/∂b is a matrix, 3×3: an element for every aᵢ and every bⱼ"),
        (UNIT, "u", "x", "I - u uᵀ", "a factor r too many: the answer is the partial times r"),
    ],
)
def test_a_wrong_one_is_told_what_is_wrong(
    source: str, of: str, wrt: str, answer: str, hint: str
) -> None:
    assert judged(source, of, wrt, answer) == (False, hint)


def test_what_is_no_jacobian_is_refused_in_words() -> None:
    ask = CALLS["compare"]
    with pytest.raises(AnswerError, match="what is asked for is ∂p/∂z"):
        ask({"source": SOFTMAX, "of": "p", "wrt": "z", "answer": "∂L/∂z = p"})
    with pytest.raises(RequestError, match="x is not computed from h"):
        ask({"source": LAYER, "of": "x", "wrt": "h", "answer": "I"})
    with pytest.raises(RequestError, match="asked for by names"):
        ask({"source": SOFTMAX, "of": "p[0]", "wrt": "z", "answer": "p"})
    with pytest.raises(RequestError, match="answers stand in the place"):
        ask({"source": SOFTMAX, "wrt": "z", "answers": "dz = p"})
