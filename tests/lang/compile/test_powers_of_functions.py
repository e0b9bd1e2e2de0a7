"""`sin²(x)` is the square of sin(x), where nothing else can be meant; `sin⁻¹(x)` is asked about."""

from __future__ import annotations

import math

import pytest

from backstep.binding.bind import bind
from backstep.errors import DefinitionError
from tests.asking import CALLS

GIVEN = "param x = 0.5\nparam y = 3\nz = 2*x\nf(a) = a + 1\n"
SIGMOID = 1 / (1 + math.exp(-1))

READ = [
    ("sin²(x)", math.sin(0.5) ** 2),
    ("sin^2(x)", math.sin(0.5) ** 2),
    ("sin**3(2x)", math.sin(1) ** 3),
    ("cos^2 x", math.cos(0.5) ** 2),
    ("sin² x + cos² x", 1),
    ("(1 - tanh² x)y", 3 * (1 - math.tanh(0.5) ** 2)),
    ("log² x", math.log(0.5) ** 2),
    ("ln²(y)", math.log(3) ** 2),
    ("σ²(z)", SIGMOID**2),
    ("σ(z) - σ^2(z)", SIGMOID - SIGMOID**2),
    ("2 sin²(x) cos(x) y", 2 * math.sin(0.5) ** 2 * math.cos(0.5) * 3),
    ("sin²(cos²(x))", math.sin(math.cos(0.5) ** 2) ** 2),
    ("tan²(x)/2", math.tan(0.5) ** 2 / 2),
    ("-exp²(x)^2", -(math.exp(0.5) ** 4)),
    ("f²(x)", 2.25),
    ("y²(x)", 4.5),
]


def _loss(source: str) -> float:
    return float(CALLS["evaluate"]({"source": source})["loss"]["value"])


@pytest.mark.parametrize(("written", "value"), READ)
def test_a_power_behind_a_function_is_that_of_its_value(written: str, value: float) -> None:
    assert _loss(f"{GIVEN}L = {written}") == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    "written",
    [
        "sin^-1(x)",
        "sin⁻¹(x)",
        "sin^{-1}(x)",
        "f⁻¹(x)",
        "sin² x cos x",
        "cos² x y",
        "cos² x/2",
        "sin^x(y)",
    ],
)
def test_what_may_be_something_else_is_refused(written: str) -> None:
    with pytest.raises(DefinitionError):
        bind(f"{GIVEN}L = {written}")


def test_a_name_is_no_function() -> None:
    text = "param sigma = 3\nparam x = 0.5\nL = σ²(x)"
    assert _loss(text) == pytest.approx(4.5)
    with pytest.raises(DefinitionError, match="how far the exponent goes"):
        bind(text.replace("²", "^2"))


@pytest.mark.parametrize(
    "answer", ["1 - tanh²(x)", "1-tanh^2 x", r"1 - \tanh^2(x)", r"1-\tanh^{2}\left(x\right)"]
)
def test_an_answer_may_have_one(answer: str) -> None:
    source = "param x = 0.5\nL = tanh(x)\n"
    found = CALLS["compare"]({"source": source, "of": "x", "answer": answer})
    assert found["equal"] is True
    assert found["read"] == "1 - tanh(x)^2"
