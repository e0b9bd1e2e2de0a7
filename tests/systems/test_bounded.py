"""Work within the limits on texts that would still be too much is refused by a count, at once."""

from __future__ import annotations

import time
from typing import Any

import pytest

from backstep.errors import LimitError
from tests.asking import CALLS

NAMED = "\n".join(f"param p{i} = 1" for i in range(600)) + "\n"
NAMED += "L = " + "+".join(f"p{i}^2" for i in range(600))
LISTED = "param w = 2\nL = sum([" + ",".join(["w"] * 4000) + "])"
PRODUCTS = "param A[1000, 1000] ~ normal(0, 0.01)\nL = sum(A @ A @ A @ A @ A)"


@pytest.mark.parametrize(
    ("call", "request_", "limit"),
    [
        ("evaluate", {"source": PRODUCTS}, "arithmetic"),
        ("check", {"source": PRODUCTS}, "arithmetic"),
        ("steps", {"source": PRODUCTS}, "arithmetic"),
        ("hessian", {"source": PRODUCTS}, "hessian_parameters"),
        ("hessian", {"source": PRODUCTS, "vector": {}}, "arithmetic"),
        ("compare", {"source": PRODUCTS, "of": "A", "answer": "A"}, "arithmetic"),
    ],
)
def test_a_count_refuses_at_once(call: str, request_: dict[str, Any], limit: str) -> None:
    start = time.process_time()
    with pytest.raises(LimitError) as refused:
        CALLS[call](request_)
    assert time.process_time() - start < 2.5  # a busy machine; nothing of this size is computed
    assert refused.value.details["limit"] == limit
    assert refused.value.details["measured"] > refused.value.details["allowed"]


@pytest.mark.parametrize(
    ("request_", "name", "text"),
    [
        ({"source": NAMED}, "p7", "2*p7"),
        ({"source": "param w = 2\nL = " + "+".join(["w"] * 8000)}, "w", "8000"),
        ({"source": "param p[3000] ~ ones\nL = sum(p^2)", "wrt": ["p[0]"]}, "p[0]", "2*p_0"),
    ],
)
def test_what_is_only_long_is_derived(request_: dict[str, Any], name: str, text: str) -> None:
    start = time.process_time()
    assert CALLS["derive"](request_)["gradients"][name]["text"] == text
    assert time.process_time() - start < 2.5


@pytest.mark.slow
def test_a_list_of_thousands_is_walked_in_time_linear_in_it() -> None:
    def seconds(count: int) -> float:
        source = "param w = 2\nL = sum([" + ",".join(["w"] * count) + "])"
        start = time.process_time()
        walk = CALLS["steps"]({"source": source, "zoom": "tensor"})
        assert len(walk["steps"][-1]["contributions"]) == count
        return time.process_time() - start

    seconds(50)
    short, long = seconds(500), seconds(4000)
    assert long < 40 * short


def test_two_products_of_large_matrices_are_still_computed() -> None:
    source = "param A[300, 300] ~ normal(0, 0.01)\nL = sum(A @ A @ A)"
    assert CALLS["evaluate"]({"source": source, "names": ["L"]})["loss"]["value"] != 0
