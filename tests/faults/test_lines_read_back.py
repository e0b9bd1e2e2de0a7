"""The plain text of a derivation's line, pasted as an answer, is judged like what was typed."""

from __future__ import annotations

import pytest

from tests.faults.cases import ask


@pytest.mark.parametrize(
    "source",
    [
        "param x = 2\nL = gelu(x)",
        "param x = 2\nL = normal_cdf(x)*x",
        "param x = 2\nL = log10(x)",
        "param x = 2\nparam b = 3\nL = x^b*log(x)",
        "param x = [1, 2, 3]\nL = max(x)*min(x)",
        "param x = 2\nL = maximum(x, 3)*minimum(x, 1)",
        "param x = 2\nL = where(x > 1, x^2, 3*x)",
        "param x = 2\nL = where(x >= 1, sqrt(x)/2, -x)",
        "param x = 2\nL = leaky_relu(x, slope=0.1)",
    ],
)
def test_the_last_form_of_a_line_is_a_right_answer(source: str) -> None:
    _, found = ask("POST /derivation", {"source": source, "of": "x"})
    (line, *_) = found["lines"]
    # Behind the last equals sign that is no part of a comparison.
    text = line["text"].rpartition(" = ")[2]
    status, answer = ask("POST /compare", {"source": source, "of": "x", "answer": text})
    assert status == 200, (text, answer)
    assert answer["equal"] is True, text
