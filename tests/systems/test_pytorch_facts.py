"""Functions that PyTorch has too, against the numbers that it gave, kept in the tests' data."""

from __future__ import annotations

import numpy as np
import pytest

from tests.asking import CALLS
from tests.systems.functions_twice_written import FUNCTIONS
from tests.systems.pytorch_facts import stored
from tests.systems.twice_written import Pair

FACTS = stored()


@pytest.mark.parametrize("pair", [pytest.param(p, id=p.said) for p in FUNCTIONS])
def test_a_function_is_pytorchs(pair: Pair) -> None:
    fact = FACTS[pair.said]
    answer = CALLS["evaluate"]({"source": pair.definition})
    np.testing.assert_allclose(answer["loss"]["value"], fact["loss"], rtol=1e-12, atol=1e-13)
    for name, expected in fact["partials"].items():
        np.testing.assert_allclose(
            answer["partials"][name], expected, rtol=1e-11, atol=1e-13, err_msg=name
        )


def test_each_fact_is_of_a_pair() -> None:
    assert set(FACTS) == {pair.said for pair in FUNCTIONS}
