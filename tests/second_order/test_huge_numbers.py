"""Second derivatives past a float, or near it: there is an answer, right if a float holds it."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from backstep.second_order.one_sided_limits import Ends, limits
from tests.binding.reading import array
from tests.faults.cases import ask

FORMULAS = (
    "prod(w)",
    "sum(w^3)",
    "norm(w)",
    "sum(exp(w))",
    "sum(relu(w)^2)",
    "sum(abs(w)*w*8e307)",
    "1e308*(w[0] - w[1])*w[2]",
)
VALUES = ("[1e308, 1e308, 1e308]", "[1.7e308, 0, -1.7e308]", "[1e-320, 0, 1]", "[1, 1, 1]")
VECTORS = (None, [1, 1, 1], [1.7e308, 1.7e308, -1.7e308], [1e-320, 0, 0])


def hessian(source: str, **more: Any) -> dict[str, Any]:
    status, answer = ask("POST /hessian", {"source": source, **more})
    assert status == 200, answer
    return dict(answer)


@pytest.mark.parametrize(("formula", "values"), list(product(FORMULAS, VALUES)))
def test_there_is_an_answer_whatever_overflows(formula: str, values: str) -> None:
    """Warnings of NumPy are errors in tests, so nothing overflows unseen either."""
    for vector in VECTORS:
        more = {} if vector is None else {"vector": {"w": vector}}
        answer = hessian(f"param w[3] = {values}\nL = {formula}", **more)
        if vector is not None:
            assert array(answer["product"]["w"]).shape == (3,)
            continue
        block = array(answer["hessian"]["w"]["w"])
        assert (answer["eigenvalues"] is not None) == bool(np.isfinite(block).all())
        assert (answer["bending"] is not None) == bool(np.isfinite(block).all())


def test_eigenvalues_and_asymmetry_are_right_where_sums_of_two_elements_overflow() -> None:
    answer = hessian("param w[3] = [1e308, 1e308, 1e308]\nL = prod(w)")
    np.testing.assert_allclose(array(answer["eigenvalues"])[:2], -1e308, rtol=1e-14)
    assert answer["eigenvalues"][2] == "Infinity"  # 2e308
    assert answer["symmetric"] is True
    assert answer["bending"] == "bends upwards in some directions and downwards in others"


@pytest.mark.parametrize("length", [1e-300, 1.0, 1e154, 1.7e308])
def test_the_curvature_does_not_depend_on_the_vectors_length(length: float) -> None:
    answer = hessian("param w[2] = [1, 1]\nL = sum(w^4)", vector={"w": [length, length]})
    assert float(array(answer["curvature"])) == pytest.approx(12, rel=1e-14)


def test_a_limit_near_the_largest_float_is_known() -> None:
    told = np.ones((2, 1), dtype=bool)
    beside = np.full((2, 1), 1.5e308)
    beside[1] *= 1 + 1e-12
    found = limits(Ends(beside, told, beside, told, 1e-9), beside[0])
    assert found.values[0] == pytest.approx(1.5e308, rel=1e-11)
    assert found.known.all()
