"""What students of the lecture systems hand in, and what each wrong answer is told; or nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest

from backstep.errors import AnswerError
from backstep.examples import EXAMPLES
from backstep.marking.mistakes import Search
from tests.asking import CALLS

DRAWN = "~ normal(0, 1)"
BATCH = f"input X[4, 3] {DRAWN}\ntarget y = [0, 1, 1, 0]\nparam w[3] {DRAWN}\nparam b = 0.1\n"
HIDDEN = f"input X[5, 3] {DRAWN}\ntarget Y[5, 2] {DRAWN}\nparam W_1[3, 4] ~ xavier\n"
HIDDEN += f"param b_1[4] {DRAWN}\nparam W_2[4, 2] ~ xavier\nparam b_2[2] {DRAWN}\n"
HIDDEN += "A = X @ W_1 + b_1\nH = sigmoid(A)\nP = H @ W_2 + b_2\nL = sum((P - Y)^2)/10\n"
SCORES = f"input X[4, 3] {DRAWN}\ntarget Y = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0]]\n"
SCORES += f"param W[3, 3] ~ xavier\nparam b[3] {DRAWN}\nZ = X @ W + b\n"
TEXTS = {
    **{example.id: example.source for example in EXAMPLES},
    "regression": BATCH + "p = X @ w\nL = sum((p - y)^2)/8\n",
    "fourths": BATCH + "p = X @ w\nL = mean((p - y)^2)\n",
    "rows": BATCH + "z = X @ w + b\np = sigmoid(z)\nL = -mean(y*log(p) + (1 - y)*log(1 - p))\n",
    "hidden": HIDDEN,
    "tanh": HIDDEN.replace("sigmoid(A)", "tanh(A)").replace("sum((P - Y)^2)/10", "mse(P, Y)"),
    "scores": SCORES + "A = softmax(Z)\nL = -sum(Y*log(A))/4\n",
    "classes": SCORES.replace(
        "target Y = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0]]", ""
    ).replace("param W", "target y = [0, 2, 1, 0]\nparam W", 1)
    + "L = cross_entropy(Z, y)\n",
    "chain": "input x = 0.7\ntarget y = 0.2\nparam w1 = 0.5\nparam w2 = -0.8\nparam w3 = 1.2\n"
    "h1 = tanh(w1*x)\nh2 = tanh(w2*h1)\no = w3*h2\nL = (o - y)^2\n",
    "shared": "input x = [0.5, -0.3]\ntarget y = 0.4\nparam w = 0.6\nparam u = 0.9\n"
    "h_1 = tanh(u*x[0])\nh_2 = tanh(w*h_1 + u*x[1])\nL = (h_2 - y)^2/2\n",
    "hot": "param s = [2, 1, 0.1]\ntarget z = [0, 1, 0]\nconst T = 2\np = softmax(s/T)\n"
    "L = -sum(z*log(p))\n",
}

TOLD = [
    # The target forgotten.
    ("regression", "w", "X.T @ p/4", "the term −y of p − y is missing"),
    ("rows", "w", "X.T @ p/4", "the term −y of p − y is missing"),
    ("logistic-regression", "w", "p*x", "the term −y of p − y is missing"),
    ("toy-neuron", "b", "u*u*(1 - u)", "the term −y of u − y is missing"),
    ("two-layers", "w_o", "p*z", "the term −1 of p − 1 is missing"),
    ("nine-weights", "w__h_22", "y*w__o_21*z_2*(1 - z_2)*x_2", "the term −t of y − t is missing"),
    ("softmax-layer", "h", "a", "the term −z of a − z is missing"),
    ("softmax-layer", "W", "outer(a*step(q), x)", "the term −z of a − z is missing"),
    ("scores", "Z", "A/4", "the term −Y of A − Y is missing"),
    ("classes", "Z", "softmax(Z)/4", "−one_hot(y, 3) of softmax(Z) − one_hot(y, 3) is missing"),
    # The logits for the probabilities.
    ("scores", "Z", "(Z - Y)/4", "A is meant where Z stands"),
    ("classes", "Z", "(Z - one_hot(y, 3))/4", "softmax(Z) is meant where Z stands"),
    # A slope too many, lost, at the wrong place, or not taken.
    ("rows", "w", "X.T @ ((p - y)*p*(1 - p))/4", "p·(1 − p) = ∂p/∂z is one too many"),
    ("hidden", "W_2", "H.T @ ((P - Y)*P*(1 - P))/5", "a factor too many: P·(1 − P)"),
    ("hidden", "b_1", "sum((P - Y) @ W_2.T*H*(1 - H)*H*(1 - H), axis=0)/5", "H·(1 − H) = ∂H/∂A is"),
    ("scores", "W", "X.T @ ((A - Y)*A*(1 - A))/4", "the factor ∂Aᵢ/∂Zᵢ is one too many"),
    ("hidden", "W_1", "X.T @ ((P - Y) @ W_2.T)/5", "the factor H·(1 − H) is missing"),
    ("hidden", "W_1", "X.T @ ((P - Y) @ W_2.T*H)/5", "the factor (1 − H) of"),
    ("hidden", "W_1", "X.T @ ((P - Y) @ W_2.T*A*(1 - A))/5", "∂H/∂A is taken at A where H is"),
    ("tanh", "W_1", "2*X.T @ ((P - Y) @ W_2.T*(1 - H))/10", "the exponent of H² is missing"),
    ("batch-loss", "w", "X.T @ (p - y)/4 + lambda_1*abs(w) + 2*lambda_2*w", "abs(w) itself stands"),
    ("shared", "u", "(h_2 - y)*(x[1] + w*(1 - h_1^2)*x[0])", "the factor (1 − h₂²) of"),
    # The Jacobian of softmax.
    ("softmax-layer", "h", "-z*(1 - a)", "only ∂aᵢ/∂hᵢ is used"),
    ("softmax-layer", "h", "a*(1 - a)", "this is ∂aᵢ/∂hᵢ alone"),
    # Numbers.
    ("chain", "o", "o - y", "the factor 2 of ∂L/∂o = 2·(o − y) is missing"),
    ("tanh", "P", "P - Y", "a factor 1/5 is missing"),
    ("fourths", "w", "2*X.T @ (p - y)", "a factor 1/4 is missing"),
    ("fourths", "w", "2*(p - y) @ X", "a factor 1/4 is missing"),
    ("batch-loss", "w", "X.T @ (p - y) + lambda_1*sign(w) + 2*lambda_2*w", "the division by 4 of"),
    ("batch-loss", "w", "X.T @ (p - y)/4 + lambda_1 + 2*lambda_2*w", "the factor sign(w) of λ₁·s"),
    ("hot", "s", "p - z", "the division by T of (p − z)/T is missing"),
    ("hot", "s", "(p - z)*T", "T is a factor, and a divisor is meant"),
    # Matrices the other way round, sums left out.
    ("scores", "X", "(A - Y) @ W/4", "a transpose is missing or too many at W"),
    ("scores", "W", "(A - Y).T @ X/4", "the answer is transposed"),
    ("hidden", "b_2", "(P - Y)/5", "a sum is missing: b₂ is used 5 times"),
    ("hidden", "b_2", "sum(P - Y)/5", "adds up what stands apart"),
    ("rows", "b", "p - y", "sum(…)/4"),
    # Something else's partial.
    ("toy-neuron", "w", "(u - y)*u*(1 - u)", "this is ∂L/∂z, the partial with respect to z, not w"),
    ("chain", "w1", "2*(o - y)*w3*(1 - h2^2)", "this is ∂L/∂(w₂·h₁), the partial"),
    ("toy-neuron", "w", "u*(1 - u)*x", "this is ∂u/∂w: the steps from u to L are missing"),
    ("softmax-layer", "h", "h", "this is the value of h, not the partial ∂J/∂h"),
    ("mazur", "w1", "(o1 - t1)*o1*(1 - o1)*w5*h1*(1 - h1)*i1", "the path through o₂"),
    ("perceptron", "w", "(p - y)*x", "∂L/∂w is 0 everywhere: sign is flat"),
    # Two things at once.
    ("hot", "s", "2*p", "two things are wrong: the term −z is missing, and"),
    ("hidden", "W_1", "X.T @ ((P - Y) @ W_2.T*H)*2/5", "two things are"),
]


def hint(example: str, of: str, answer: str) -> str | None:
    request = {"source": TEXTS[example], "of": of, "answer": answer}
    found: dict[str, Any] = CALLS["compare"](request)
    assert found["equal"] is False, found
    told: str | None = found["hint"]
    return told


@pytest.mark.parametrize(("example", "of", "answer", "said"), TOLD)
def test_a_mistake_is_told_as_what_it_is(example: str, of: str, answer: str, said: str) -> None:
    assert said in (hint(example, of, answer) or "nothing")


@pytest.mark.parametrize(
    ("example", "of", "answer"),
    [
        ("toy-neuron", "w", "w*sin(x) + b"),
        ("micrograd", "a", "2"),
        ("lstm", "U_a", "U_a*sin(3) + h"),
        ("lstm", "W_f", "W_f*W_o + i*x[0]"),
        ("rnn", "W_h", "outer(h, y)*sin(W_x)"),
        ("nine-weights", "w__h_22", "y*y*sin(z_1) + x_1*w__o_11*w__h_21"),
        ("batch-norm", "gain", "gain*gain + sin(bias)"),
        ("scores", "W", "W*W + X[:3, :]"),
        ("hot", "s", "sin(s)*p"),
        ("batch-loss", "b", "6"),
        ("batch-loss", "w", "w*(1 - lambda_1)"),
        ("hidden", "W_1", "2 - sin(W_1)"),
        ("convolution", "K", "3*K^2"),
        ("circuit-max", "z", "0*z"),
        ("rnn", "W_h", "W_x - W_x"),
        ("logistic-regression", "b", "y + y"),
        ("hidden", "W_2", "4 + W_2 - W_2"),
        ("softmax-scores", "b", "[0, 0, 0]"),
    ],
)
def test_what_nobody_would_mean_is_told_nothing(example: str, of: str, answer: str) -> None:
    assert hint(example, of, answer) is None


def test_a_slip_that_gives_infinity_explains_nothing() -> None:
    # With h = 0 at the first step, to divide by h would give infinity, which is near everything.
    source = "input x = 0\nparam u = 0.4\nparam w = 2\nh = 0*x\na = tanh(u*h + w)\nL = a^2\n"
    found = CALLS["compare"]({"source": source, "of": "w", "answer": "sin(u) + a^3"})
    assert found["equal"] is False
    assert found["hint"] is None


def test_only_what_has_no_way_back_is_zero_everywhere() -> None:
    assert hint("circuit-max", "w", "z + 2") is None
    near = "param w = 100\nparam z = 900\nL = max(w, z)\n"
    found = CALLS["compare"]({"source": near, "of": "w", "answer": "w"})
    assert "everywhere" not in (found["hint"] or "")
    assert (hint("xor", "c", "p[0] - y[0]") or "").startswith("∂L/∂c is 0 everywhere: step is flat")


def test_a_matrix_that_would_fit_the_other_way_round_is_told() -> None:
    with pytest.raises(AnswerError) as refused:
        hint("hidden", "H", "(P - Y) @ W_2/5")
    assert refused.value.faults[0].hint == "write W_2.T"


def test_a_search_without_the_right_formula_finds_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Search, "formula", None)
    assert "−y of p − y" not in (hint("regression", "w", "X.T @ p/4") or "")


@pytest.mark.parametrize(
    ("source", "of", "answer", "said"),
    [
        (
            "param w = [-3, -4]\nparam b = [-10, -20]\ninput x = 2\nL = sum(relu(w*x + b)^2)/2",
            "w",
            "x*ones(2)",
            "the factor relu(x·w + b) of x·relu(x·w + b) is missing",
        ),
        (
            "param q = [0.2, -0.5]\ninput K = [[1, 0], [0.5, 2]]\ninput V = [1, 2]\n"
            "a = softmax(K @ q)\nL = dot(a, V)",
            "q",
            "K.T @ V",
            "the factor ∂a/∂(K q) is missing: what a sends back to K q is ",
        ),
        (
            "param X = [[1, 2, -1], [0.5, 0.3, 2]]\nY = layer_norm(X, ones(3), zeros(3))\n"
            "L = sum(Y^3)",
            "X",
            "3*Y^2",
            "the factor ∂Y/∂X is missing",
        ),
        (
            "input x = [1, 2, 4]\nparam s = 2\nL = sum(log(s) + x^2/(2*s^2))",
            "s",
            "1/s - sum(x^2)/s^3",
            "the factor 3 of ∂L/∂s = 3/s − sum(x²)/s³ is missing",
        ),
    ],
)
def test_what_is_no_name_is_bracketed_and_what_is_counted_is_a_number(
    source: str, of: str, answer: str, said: str
) -> None:
    found = CALLS["compare"]({"source": source, "of": of, "answer": answer})["hint"]
    assert found is not None
    assert said in found
    assert not re.search(r"sum\(1\)|(∂\S+) is missing in \1", found)
