"""Arrays as NumPy prints them: read with their commas, and what is no print left as it is."""

from __future__ import annotations

import numpy as np
import pytest

from backstep.lang.syntax.lines import logical_lines
from backstep.lang.syntax.printed_arrays import printed_arrays
from tests.asking import CALLS


def test_what_numpy_prints_is_read_as_the_array() -> None:
    draw = np.random.default_rng(3)
    for shape in [(3,), (2, 2), (3, 4), (2, 3, 2)]:
        arrays = (draw.uniform(0, 2, shape), draw.integers(0, 9, shape), draw.normal(size=shape))
        for array in (*arrays, np.abs(draw.normal(size=shape)) * -(10.0**-7)):
            text = str(array)
            answer = CALLS["evaluate"]({"source": f"input x = {text}\nparam g = 1\nL = g*sum(x)"})
            assert np.allclose(answer["values"]["x"], array, rtol=1e-6, atol=1e-8), text


def test_signs_alone_make_an_array_by_their_spacing_and_are_told() -> None:
    source = "input x = [1.6 -0.6 -0.5]\nL = sum(x^2)"
    answer = CALLS["evaluate"]({"source": source})
    assert answer["values"]["x"] == [1.6, -0.6, -0.5]
    (warning,) = answer["warnings"]
    assert (warning["code"], warning["line"], warning["column"]) == ("printed_array", 1, 11)
    edits = warning["fixes"][0]["edits"]
    assert [(each["column"], each["text"]) for each in edits] == [(15, ","), (20, ",")]


def test_what_can_only_be_an_array_is_no_news() -> None:
    answer = CALLS["evaluate"]({"source": "input x = [[1.6 -0.6]\n [0.5 2]]\nL = sum(x^2)"})
    assert answer["warnings"] == []


@pytest.mark.parametrize(
    "text",
    [
        "x = [1.6 - 0.6]",
        "x = [1 -2, 3]",
        "x = [[1, 2], [3, 4]][0]",
        "x = [[1, 2, 3][0], 4]",
        "x = [a 1]",
        "x = w[0] [1]",
        "x = [1.2.3 4]",
        "x = [1, 2]",
        "x = [1,5 2,5]",
        "x = [[1,5 2,5], [3,5 4,5]]",
    ],
)
def test_what_is_no_print_is_left_as_it_is(text: str) -> None:
    (line,) = logical_lines(text)
    assert list(printed_arrays(line.tokens)) == []
    assert "".join(line.tokens) == text.replace(" ", "")
