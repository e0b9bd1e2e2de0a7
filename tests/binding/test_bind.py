"""Replaced values: what of them is refused, in which words, and that many of them cost little."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from backstep.errors import ValuesError
from tests.asking import CALLS

SOURCE = "param a = 1\nparam x = [1, 2, 3]\nparam W[2, 3] ~ zeros\nL = a*sum(W @ x)\n"


def refused(**values: Any) -> Any:
    with pytest.raises(ValuesError) as refusal:
        CALLS["evaluate"]({"source": SOURCE, "values": values})
    (fault,) = refusal.value.faults
    return fault


@pytest.mark.parametrize(
    ("name", "value", "message", "hint"),
    [
        ("a", [1, 2], "'a' is a scalar; a list of 2 is given", "give one number"),
        ("a", [[1]], "'a' is a scalar; nested lists of 1×1 are given", "give one number"),
        ("x", 2, "'x' has shape 3; a single number is given", "give a list of 3 numbers"),
        ("x", [1, 2], "'x' has shape 3; a list of 2 is given", "give a list of 3 numbers"),
        ("W", [1, 2, 3], "'W' has shape 2×3; a list of 3 is given", "give nested lists of 2×3"),
        ("W", [[1, 2]], "'W' has shape 2×3; nested lists of 1×2 are given", "nested lists of 2×3"),
        ("W", [[1, 2, 3], [4]], "'W' needs numbers, or nested lists", "give nested lists of 2×3"),
        ("x", [1, "two", 3], "'x' needs numbers", "give a list of 3 numbers"),
        ("x", [1, None, 3], "'x' needs numbers", "give a list of 3 numbers"),
        ("a", True, "'a' needs numbers", "give one number"),
        ("a", {}, "'a' needs numbers", "give one number"),
        ("x", [], "'x' has shape 3; a list of 0 is given", "give a list of 3 numbers"),
    ],
)
def test_the_words_say_what_was_given_and_what_is_wanted(
    name: str, value: Any, message: str, hint: str
) -> None:
    fault = refused(**{name: value})
    assert message in fault.message
    assert hint in fault.hint
    assert fault.pointer == f"/values/{name}"


def test_numbers_words_and_huge_integers_are_taken() -> None:
    answer = CALLS["evaluate"](
        {"source": SOURCE, "values": {"x": [10**400, -1, "NaN"], "a": "-Infinity"}}
    )
    assert answer["values"]["x"][:2] == [np.inf, -1.0]
    assert np.isnan(answer["values"]["x"][2])


def test_a_million_numbers_for_a_scalar_are_refused_at_once() -> None:
    many: list[Any] = [0.5] * 1_000_000
    nested: list[Any] = [[0.5, 1] for _ in range(300_000)]
    start = time.process_time()
    refused(a=many)
    refused(a=nested)
    assert time.process_time() - start < 0.3
