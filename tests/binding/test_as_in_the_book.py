"""The printed gradient beside the book's; where the text's own parts overflow it is theirs."""

from __future__ import annotations

import numpy as np
import pytest

from tests.asking import CALLS
from tests.binding.reading import backprop, read_back

SOFTMAX = "e = exp(z)\ns = e/sum(e)\nL = -log(pick(s, k))"


def printed(definition: str, of: str) -> str:
    answer = CALLS["derive"]({"source": definition, "form": "matrix", "wrt": [of]})
    text: str = answer["gradients"][of]["text"]
    return text


@pytest.mark.parametrize(
    ("definition", "of"),
    [
        ("param z = [1000, 0, 1]\ntarget k = 1\n" + SOFTMAX, "z"),
        ("param z = -800\nu = 1/(1 + exp(-z))\nL = (u - 1)^2", "z"),
        ("param z = [-800, -900]\nL = log(sum(exp(z)))", "z"),
        ("param x = 60\np = exp(-x^2/2)/sqrt(2*pi)\nL = log(p)", "x"),
        ("param x = -2\nL = sqrt(x)*sqrt(x)*x", "x"),
    ],
)
def test_where_a_part_overflows_the_formula_has_the_value_that_is_shown(
    definition: str, of: str
) -> None:
    (shown,) = (value for name, value in backprop(definition).items() if name == of)
    (read,) = read_back(definition, [("found", printed(definition, of))]).values()
    np.testing.assert_allclose(read, shown)


def test_the_loss_is_shown_as_it_is_typed() -> None:
    source = "param z = 0.3\nL = 1/(1 + exp(-z))"
    answer = CALLS["derive"]({"source": source, "form": "matrix"})
    assert answer["loss"]["text"] == "1 / (1 + exp(-z))"
    assert answer["gradients"]["z"]["text"] == "sigmoid(z)*(1 - sigmoid(z))"
