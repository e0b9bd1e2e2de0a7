"""What would take long is refused by a count that is made beforehand, and what is allowed is quick.

A count is checked, never a clock: what a test may take is the processor time of a job.
"""

from __future__ import annotations

from importlib import import_module
from time import thread_time
from typing import Any

import pytest

from backstep.binding.bind import BoundModel
from backstep.clock import within
from backstep.limits import LIMITS
from tests.faults.cases import ask

LOOP = "param x = 1\nh = x\nfor t in range({}):\n    h = sin(h)*cos(h)\nL = h"


@pytest.mark.parametrize(
    ("call", "request_"), [("graph", {}), ("steps", {"zoom": "block", "fold": True})]
)
def test_a_network_of_too_many_operations_is_neither_drawn_nor_walked(
    call: str, request_: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted before its numbers, views and formulas are worked out, however it is folded."""
    monkeypatch.setattr(BoundModel, "numbers", _never)
    passes = LIMITS.walked_nodes // 3 + 1
    status, error = ask(f"POST /{call}", {"source": LOOP.format(passes), **request_})
    assert status == 422
    assert error["details"]["limit"] == "walked_nodes"
    assert error["details"]["measured"] == 3 * passes + 3
    assert f"{LIMITS.walked_nodes:,} allowed" in error["faults"][0]["message"]


def _never(*_: Any, **__: Any) -> Any:
    raise AssertionError("it was evaluated before it was counted")


@pytest.mark.parametrize("name", ["max", "min"])
@pytest.mark.parametrize("length", [60, 300])
def test_the_extreme_of_many_is_derived_in_its_time_or_refused(name: str, length: int) -> None:
    source = f"param v[{length}] ~ normal(0, 1)\nL = {name}(v)^2"
    begun = thread_time()
    status, found = ask("POST /derive", {"source": source, "form": "scalar"})
    assert status == (200 if length == 60 else 422)
    if status == 422:
        assert found["details"]["limit"] in ("derivation_work", "answer_operations")
    status, checked = ask("POST /check", {"source": source})
    assert status == 200
    assert checked["agree"]
    assert (checked["symbolic"]["compared"] == length) == (length == 60)
    assert thread_time() - begun < LIMITS.job_seconds * 3


def test_one_element_of_the_extreme_of_many_is_derived() -> None:
    source = "param v[300] ~ normal(0, 1)\nL = max(v)"
    status, found = ask("POST /derive", {"source": source, "wrt": ["v[3]"], "form": "scalar"})
    assert status == 200
    assert found["gradients"]["v[3]"]["text"].startswith("Heaviside(v_3 - Max(v_0, v_1, v_2, v_4,")
    assert found["gradients"]["v[3]"]["operations"] == 300


def test_what_is_no_number_is_worked_out_at_once() -> None:
    """Roots and logarithms below 0 within extremes: SymPy looked into them for half a minute."""
    source = """param x = [0.5, 0.5]
param y = [-1, 3]
a = norm((maximum(sqrt(y), 1) + x))*(maximum(sqrt(y), 1) + x)
b = mean((where(a > 0, where(a > 0, log(a*a), a), exp(a))))
L = sum(relu(log(y)) * b)"""
    begun = thread_time()
    status, found = ask("POST /check", {"source": source})
    assert status == 200
    assert thread_time() - begun < 5
    (element,) = [each for each in found["elements"] if each["name"] == "y[0]"]
    assert element["symbolic"] == "NaN" == element["backprop"]


def test_formulas_that_do_not_come_in_their_time_are_not_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The formulas are derived in time, and their values are not.
    seconds = iter([LIMITS.job_seconds, 0.0])
    run = import_module("backstep.gradient_check.run")
    monkeypatch.setattr(run, "within", lambda _: within(next(seconds)))
    status, found = ask("POST /check", {"source": "param w = [1, 2]\nL = sum(exp(w))"})
    assert status == 200
    assert found["agree"]
    assert found["symbolic"]["compared"] == 0
    assert (
        "2 where the formula has too many digits, or takes too long"
        in (found["symbolic"]["skipped"])
    )
