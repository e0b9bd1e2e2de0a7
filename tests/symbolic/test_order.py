"""Closed formulas as a textbook writes them, whose texts read from outside are the derivatives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import process_time
from typing import Any

import numpy as np
import pytest
import sympy

from backstep.symbolic.order import Order
from tests.asking import CALLS

S = sympy.Symbol
HEAD = "input x = 2\ntarget y = 1\nparam w = 0.5\nparam b = -0.3\nconst lambda = 0.1\n"
X, Y, W, B, LAMBDA = map(S, ("x", "y", "w", "b", "lambda"))
SIGMA = r"\sigma\left(w \, x + b\right)"
SLOPE = rf"{SIGMA} \, \left(1 - {SIGMA}\right)"


def sigma(z: Any) -> Any:
    return 1 / (1 + sympy.exp(-z))


Z = W * X + B
LAYER = "input x[2] = [1, 2]\nparam W[2, 2] ~ normal(0, 1)\n"
ROWS = [S(f"W[{i},0]") * S("x[0]") + S(f"W[{i},1]") * S("x[1]") for i in range(2)]

Case = tuple[str, Any, Mapping[str, str]]
CASES: Mapping[str, Case] = {
    "neuron": (
        HEAD + "u = sigmoid(w*x + b)\nL = (u - y)^2/2 + lambda*w^2",
        (sigma(Z) - Y) ** 2 / 2 + LAMBDA * W**2,
        {
            "w": rf"\left({SIGMA} - y\right) \, {SLOPE} \, x + 2 \, \lambda \, w",
            "b": rf"\left({SIGMA} - y\right) \, {SLOPE}",
        },
    ),
    "target first": (
        HEAD + "L = (y - sigmoid(w*x + b))^2/2",
        (Y - sigma(Z)) ** 2 / 2,
        {"w": rf"-\left(y - {SIGMA}\right) \, {SLOPE} \, x"},
    ),
    "log likelihood": (
        HEAD + "L = -log(sigmoid(w*x + b))",
        -sympy.log(sigma(Z)),
        {"w": rf"\left({SIGMA} - 1\right) \, x", "b": rf"{SIGMA} - 1"},
    ),
    "hinge": (
        HEAD + "L = relu(1 - y*(w*x + b)) + lambda*w^2/2",
        sympy.Piecewise((1 - Y * Z, 1 - Y * Z > 0), (0, True)) + LAMBDA * W**2 / 2,
        {
            "w": r"-\mathbf{1}\left[1 - y \, \left(w \, x + b\right) > 0\right] \, y \, x"
            r" + \lambda \, w",
        },
    ),
    "two layers": (
        LAYER + "param v[2] = [1, 2]\np = sigmoid(dot(v, sigmoid(W @ x)))\nL = -log(p)",
        -sympy.log(sigma(S("v[0]") * sigma(ROWS[0]) + S("v[1]") * sigma(ROWS[1]))),
        {},
    ),
    "softmax": (
        LAYER + "L = cross_entropy(W @ x, 1)",
        sympy.log(sympy.exp(ROWS[0]) + sympy.exp(ROWS[1])) - ROWS[1],
        {},
    ),
    "quotients": (
        HEAD + "L = w/x/b*y - (w*x - y)/(b^2 + x) + sqrt(2)*w/2 - w/(x/b)",
        W / X / B * Y - (W * X - Y) / (B**2 + X) + sympy.sqrt(2) * W / 2 - W / (X / B),
        {},
    ),
    "brackets": (
        HEAD + "L = w - (x - (b - w*x)) - (y + w)*(x - b) - -b/-2",
        W - (X - (B - W * X)) - (Y + W) * (X - B) - B / 2,
        {},
    ),
}


def flat(text: Any, at: tuple[int, ...] = ()) -> list[tuple[tuple[int, ...], str]]:
    if isinstance(text, str):
        return [(at, text)]
    return [each for place, part in enumerate(text) for each in flat(part, (*at, place))]


@pytest.mark.parametrize("said", CASES)
def test_a_formula_stands_as_on_paper_and_is_sympys_derivative(said: str) -> None:
    source, loss, written = CASES[said]
    answer = CALLS["derive"]({"source": source})
    symbols = {text: S(meaning) for text, meaning in answer["symbols"].items()}
    assert {name: answer["gradients"][name]["latex"] for name in written} == written
    random = np.random.default_rng(0)
    for name, gradient in answer["gradients"].items():
        for at, text in flat(gradient["text"]):
            element = f"{name}[{','.join(map(str, at))}]" if at else name
            apart = sympy.sympify(text, locals=symbols) - sympy.diff(loss, S(element))
            for _ in range(3):
                values = {each: sympy.Float(random.uniform(0.3, 1.5), 30)
                          for each in sorted(apart.free_symbols, key=str)}  # fmt: skip
                assert abs(apart.xreplace(values).evalf(20)) < 1e-15, (element, text)


def test_many_slopes_that_meet_again_are_not_multiplied_out() -> None:
    source = (
        "input x[20] ~ normal(0, 1)\nparam w = 1\nparam u = 1\nh = 0\n"
        "for t in range(20):\n    h = tanh(w*h + u*x[t])\nL = h^2"
    )
    start = process_time()
    assert CALLS["derive"]({"source": source})["gradients"]["w"]["operations"] < 2_000
    assert process_time() - start < 2


@pytest.mark.parametrize(
    ("parts", "written"),
    [
        (lambda a, b, c: (c, b, a), "c*b*a"),
        (lambda a, b, c: (b / a, c), "(b/a)*c"),
        (lambda a, b, c: (c, 2 * a, 1 / b), "2*c*a/b"),
    ],
)
def test_a_product_keeps_the_order_of_its_parts(
    parts: Callable[..., tuple[Any, ...]], written: str
) -> None:
    order, symbols = Order(), sympy.symbols("a b c")
    given = parts(*symbols)
    product = order.grouped(sympy.Mul(*given), given, given)
    factors = [str(each) if not each.is_Mul else f"({each})" for each in order.written(product)]
    shown = "*".join(factors).replace("*1/", "/")
    assert (f"2*{shown}" if product.args[0] == 2 else shown) == written
