"""Texts in wrappings, and habits of R, Julia, C, Keras, optax and speech: what was meant comes out.

Each loss is that of the other language, worked out by hand.
"""

from __future__ import annotations

import math

import pytest

from tests.faults.test_mend import check_invariants, leads_to, read

P = "param x = 2\n"
V = "param w = [1, 2]\ninput x = [3, 4]\n"
M = "param W = [[1, 2], [3, 4]]\n"
SOFT = math.log(1 + math.e) - 1

WRAPPED = [
    "```python\nparam x = 2\nL = x^2\n```",
    "~~~\nparam x = 2\nL = x^2\n~~~",
    "$$\nparam x = 2\n$$\nL = x^2",
    "param x = 2\n\\begin{align*}\nL &= x^2\n\\end{align*}",
    "<pre>\nparam x = 2\nL = x^2\n</pre>",
    "- param x = 2\n- L = x^2",
    "* param x = 2\n* L = x^2",
    "• param x = 2\n• L = x^2",
    "> param x = 2\n> L = x^2",
    "1. param x = 2\n2. L = x^2",
    "1) param x = 2\n2) L = x^2",
    "(1) param x = 2\n(2) L = x^2",
    "Step 1: param x = 2\nStep 2: L = x^2",
    "1 | param x = 2\n2 | L = x^2",
    ">>> param x = 2\n>>> L = x^2",
    ">> param x = 2\n>> L = x^2",
    "julia> param x = 2\njulia> L = x^2",
    "In [1]: param x = 2\nOut[1]: 2\nIn [2]: L = x^2",
    "- `param x = 2`\n- `L = x^2`",
    "param x = 2\n**L** = x^2",
    ">>> param x = 2\n>>> L = np.square(x)",
    "1. x: float = 2\n2. L = x^2",
]
LOOPS = [
    (P + "h = x\nfor i in 1:3\n    h = h*x\nend\nL = h", 16),
    (P + "h = x\nfor i=1:3\n    h = h*x;\nend\nL = h", 16),
    (P + "h = x\nfor i in range(3) {\n    h = h*x\n}\nL = h", 16),
    (P + "h = x\nfor (i in 1:3) {\n  h <- h*x\n}\nL = h", 16),
    (P + "h = x\nfor (int i = 0; i < 3; i++) h = h*x;\nL = h", 16),
    (P + "h = x\nfor (let i = 1; i <= 3; i += 1) {\n  h = h*x;\n}\nL = h", 16),
    (P + "h = x\nfor i in 0..3 {\n    h = h*x;\n}\nL = h", 16),
    (P + "h = x\nfor i in 1:2:5\n    h = h + i\nend\nL = h", 11),
    (V + "s = 0\nfor i in 1:2\n    s = s + w[i]*x[i]\nend\nL = s", 11),
    (V + "s = 0\nfor i=1:2\n    s = s + w(i)*x(i);\nend\nL = s", 11),
    (V + "s = 0\nfor i in 1:1\n    s = s + w[i+1]*x[i]\nend\nL = s", 6),
    (V + "s = 0\nfor i in 1:length(x)\n    s = s + w[i]*x[i]\nend\nL = s", 11),
    (V + "s = 0\nfor i in eachindex(x)\n    s = s + w[i]*x[i]\nend\nL = s", 11),
    (V + "s = 0\nfor (i in seq_len(2)) {\n s <- s + w[i]*x[i]\n}\nL <- s", 11),
]
FUNCTIONS = [
    "f = @(t) t^2\nL = f(x)",
    "f(t) -> t^2\nL = f(x)",
    "f = t -> t^2\nL = f(x)",
    "f = (t) => t^2\nL = f(x)",
    "const f = (t) => { return t^2; };\nL = f(x)",
    "f: t ↦ t^2\nL = f(x)",
    "f <- function(t) t^2\nL = f(x)",
    "f <- function(t) { return(t^2) }\nL = f(x)",
    "f = \\(t) t^2\nL = f(x)",
    "function f(t) t^2 end\nL = f(x)",
    "function f(t)\n    u = t\n    return u*t\nend\nL = f(x)",
    "f <- function(t) {\n  u <- t*t\n  u\n}\nL = f(x)",
    "function f(t) {\n  return t*t;\n}\nL = f(x)",
    "fn f(t: f64) -> f64 { t*t }\nL = f(x)",
    "let f = |t| t*t;\nL = f(x)",
    "L = x squared",
    "L = the square of x",
    "L = x times x",
    "L = x to the power of 2",
    "loss: x^2",
    "return x^2",
    "L(x) = x^2",
    "dL/dx = 2*x\nL = x^2",
    "L = x^2\n∂L/∂x = 2x",
    "L = x^2\n\\frac{\\partial L}{\\partial x} = 2x",
    "with torch.no_grad():\n    L = x^2",
    'if __name__ == "__main__":\n    L = x^2',
    "L = x ^ 2 // square",
    "L = x^2 -- the input",
    "L : float = x^2",
]
WORDS = [
    ("param x: float = 2\nL = x**2", 4),
    ("x: float = 2.0\nL = x**2", 4),
    ("const float x = 2\nL = x", 2),
    ("x::Float64 = 2\nL = x", 2),
    ("x <- c(1, 2, 3)\nL <- sum(x^2)", 14),
    ("x <- c(1, 2, 3)\nL <- x[1]*x[3]", 3),
    ("x <- c(1, 2, 3)\nL <- sum(x[2:3])", 5),
    ("W <- matrix(c(1, 2, 3, 4), nrow=2)\nL <- sum(W %*% W)", 54),
    ("W <- matrix(c(1, 2, 3, 4), nrow=2, byrow=TRUE)\nL <- W[1, 2]", 2),
    (M + "param b = [1, 2]\nL = sum(W %*% b)", 16),
    (M + "L = sum(t(W) %*% W)", 58),
    (P + "L = ifelse(x > 0, x, -x)", 2),
    (P + "x^2 -> L", 4),
    ("x <- 2; L <- x^2", 4),
    ("x ← 2\nL ← x²", 4),
    ("x = 1,000,000\nL = x", 1_000_000),
    (V + "L = <w|x>", 11),
    (V + "L = w . x", 11),
    (V + "h = x |> relu\nL = sum(h)", 7),
    (V + "L = Σ_{i=1}^{2} w_i x_i", 11),
    (V + r"L = \sum_{i=1}^{2} w_i x_i", 11),
    (V + "L = sum_i w_i x_i", 11),
    ("param x = 1.234,56\nL = x", 1234.56),
    ("input x = [1,5 2,5]\nL = sum(x)", 4),
    ("param z = [1, 2]\ntarget y = 1\nL = sparse_categorical_crossentropy(y, softmax(z))", SOFT),
    ("param z = [1, 2]\ntarget y = [0, 1]\nL = categorical_crossentropy(y, softmax(z))", SOFT),
    (
        "param z = [1, 2]\ntarget y = 1\nL = optax.softmax_cross_entropy_with_integer_labels(z, y)",
        SOFT,
    ),
    (
        "param z = [1, 2]\ntarget y = 1\nL = SparseCategoricalCrossentropy(from_logits=True)(y, z)",
        SOFT,
    ),
    (V + "L = sum(optax.l2_loss(w, x))", 4),
    (V + "L = tf.nn.l2_loss(x)", 12.5),
    (V + "L = sum(tf.math.squared_difference(w, x))", 8),
    ("param z = [1, 2]\nL = Flux.logitcrossentropy(z, [0, 1])", SOFT),
    ("param z = [1, 2]\nL = Flux.crossentropy(softmax(z), [0, 1])", SOFT),
]
LAYERS = [
    "keras.layers.Dense(3, activation='relu')(x)",
    'tf.keras.layers.Dense(units=3, activation="relu")(x)',
    "relu(Dense(3)(x))",
    "Activation('relu')(Dense(3)(x))",
    "relu(Linear(x, 3))",
    "nn.relu(nn.Dense(features=3)(x))",
    "dense(x, units=3, activation=relu)",
    "relu(nn.Linear(2, 3)(x))",
]
NOTHING = [
    (P + "L = sin^{-1}(x)", "1/sin(x)"),
    (P + "L = x^2 where x > 0", "where(x > 0, a, b)"),
    (P + "L = \\lim_{x \\to 3} x", "no limits"),
    (P + "L = x → 3", "no limits"),
    (P + "L = ∫ x dx", "no integrals"),
    ("x <- c(1, 2, 3)\nL <- sum(x[-1])", ""),
    (V + "L = Σ_{i=1}^{1} w_i x_i", ""),
    (V + "s = 0\nfor i in range(2):\n    s = s + w(i)\nL = s", ""),
    ("x = [1, 2, 3]\nL <- var(x)", ""),
    ("W = [[1, 3], [2, 4]]\nx = [5, 6]\nL <- sum(W * x)", ""),
    (V + "L = sum of x squared", ""),
    (P + "L = x plus 1 squared", ""),
    (P + "L = x plus 1 over 2", ""),
    (M + "L = sum(optax.softmax_cross_entropy(W, W))", "no softmax_cross_entropy"),
    (P + "h = x\nwhile h < 5:\n    h = h*x\nL = h", "where the number is known"),
]


@pytest.mark.parametrize("source", WRAPPED)
def test_what_stands_around_a_text_is_taken_away(source: str) -> None:
    check_invariants(source)
    faults = read(source)[1]
    assert faults
    assert any(fault["fixes"] for fault in faults)
    assert leads_to(source, 4)


@pytest.mark.parametrize(
    ("source", "loss"), [*LOOPS, *((P + body, 4.0) for body in FUNCTIONS), *WORDS]
)
def test_a_habit_leads_to_what_it_means_there(source: str, loss: float) -> None:
    check_invariants(source)
    faults = read(source)[1]
    assert faults
    assert all(fault["fixes"] for fault in faults[:1])
    assert leads_to(source, loss)


@pytest.mark.parametrize(
    ("source", "loss"),
    [
        (V + "s = 0\nfor i in range(len(x)):\n    s = s + w[i]*x[i]\nL = s", 11),
        (V + "s = 0\nfor i in range(x.shape[0]):\n    s = s + w[i]*x[i]\nL = s", 11),
        (V + "n = x.shape[0]\nL = sum(x)/n", 3.5),
        (M + "L = sum(inv(W))", 0),
    ],
)
def test_what_was_a_habit_and_is_read(source: str, loss: float) -> None:
    value, faults = read(source)[:2]
    assert not faults
    assert value == pytest.approx(loss, abs=1e-12)


def test_what_a_function_of_matlab_gives_is_a_name_of_its_own() -> None:
    assert leads_to(P + "function y = f(t)\n  u = t*t;\n  y = u;\nend\nL = f(x)", 4)


@pytest.mark.parametrize("call", LAYERS)
def test_a_layer_of_keras_or_flax_is_a_dense_one(call: str) -> None:
    source = f"input x = [1, 2]\nh = {call}\nL = sum(h)"
    loss = read("input x = [1, 2]\nh = relu(dense(x, 3))\nL = sum(h)")[0]
    assert loss is not None
    check_invariants(source)
    assert leads_to(source, loss)


@pytest.mark.parametrize(("source", "says"), NOTHING)
def test_where_nothing_fits_a_sentence_says_what_would_do(source: str, says: str) -> None:
    check_invariants(source)
    faults = read(source)[1]
    assert faults
    assert not faults[-1]["fixes"]
    assert says in (faults[-1]["hint"] or "")


def test_a_prompt_stays_where_another_line_would_be_wrong_and_a_sentence_says_so() -> None:
    source = ">>> param x = 2\n>>> L = frobnicate(x)"
    (first, *_) = read(source)[1]
    assert not first["fixes"]
    assert first["hint"] == "write the statements without what stands around them"
