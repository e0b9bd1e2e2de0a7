"""Closed formulas that fit by the size that is counted, and take longer than a job may: the shared
form is answered in their place, or the file is refused in words. No call ends for want of time.
"""

from __future__ import annotations

from itertools import pairwise
from time import thread_time
from typing import Any

import orjson
import pytest

from app.api import derive, export
from app.api.jobs import JOBS
from app.jobs.protocol import Payload
from backstep.clock import shortening
from backstep.errors import FormulaTooLarge
from backstep.limits import LIMITS
from tests.asking import CALLS


def network(*sizes: int) -> str:
    """Dense layers, each with a bias and tanh."""
    lines = [f"input x[{sizes[0]}] ~ normal(0, 1)", f"target y[{sizes[-1]}] ~ normal(0, 1)"]
    last = "x"
    for place, (before, after) in enumerate(pairwise(sizes)):
        lines += [
            f"param W{place}[{after}, {before}] ~ normal(0, 1)",
            f"param b{place}[{after}] ~ zeros",
            f"h{place} = tanh(W{place} @ {last} + b{place})",
        ]
        last = f"h{place}"
    return "\n".join([*lines, f"L = sum(({last} - y)^2)"])


SMALL = network(3, 4, 2)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is slow on a large network is so on a small one."""
    monkeypatch.setattr(derive, "SHARE", 1e-6)
    monkeypatch.setattr(export, "SHARE", 1e-6)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("form", ["scalar", "matrix", "auto"])
def test_a_form_that_takes_too_long_gives_way_to_the_shared_one(form: str) -> None:
    with shortening() as shortened:
        found = CALLS["derive"]({"source": SMALL, "form": form})
        # Computed again, in more time, it may be another answer: it is not to be kept.
        assert shortened()
    assert found["form"] == "shared"
    assert found == CALLS["derive"]({"source": SMALL, "form": "shared"})
    part = CALLS["analyze_part"]({"source": SMALL, "form": form, "part": "formulas"})
    assert part == found


@pytest.mark.usefixtures("hurried")
def test_a_file_of_closed_formulas_that_takes_too_long_is_refused_in_words() -> None:
    with pytest.raises(FormulaTooLarge) as refused:
        CALLS["export"]({"source": SMALL, "target": "sympy"})
    assert "numpy" in (refused.value.faults[0].hint or "")


def test_a_form_that_has_its_time_is_the_one_that_is_asked_for() -> None:
    assert CALLS["derive"]({"source": SMALL, "form": "scalar"})["form"] == "scalar"


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(9, 10, 5), (12, 11, 4), (8, 12, 3), (6, 14, 4), (20, 7, 3)])
def test_no_network_of_some_hundred_parameters_ends_for_want_of_time(
    sizes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As a service has it; `tests.asking` leaves forms all the time they need.
    monkeypatch.setattr(derive, "SHARE", export.SHARE)
    for call, more in (
        ("derive", {"form": "scalar"}),
        ("analyze/formulas", {"form": "scalar"}),
        ("export", {"target": "sympy"}),
    ):
        begun = thread_time()
        try:
            found = JOBS[call](orjson.dumps({"source": network(*sizes), **more}))
            assert isinstance(found, Payload) or found.form in ("scalar", "shared")
        except FormulaTooLarge:
            assert call == "export"
        # The machine that tests run on may be several times as slow when it is busy.
        assert thread_time() - begun < 5 * LIMITS.job_seconds
