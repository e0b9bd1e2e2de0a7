"""A bound on processor time: asked between steps, it cuts what computes, and leaves nothing."""

from __future__ import annotations

import signal
import sys
import threading
import time
from contextlib import suppress
from typing import Any

import pytest

from backstep import clock
from backstep.binding import closed_gradients
from backstep.clock import OutOfTime, TooDear, Watch, cheaply, expect, heed, within
from backstep.errors import BackstepError
from backstep.examples import EXAMPLES
from backstep.limits import LIMITS
from tests.asking import CALLS
from tests.systems.random_twins import network


def spin(seconds: float) -> None:
    """Compute for so long, and ask."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        heed()


def test_what_computes_too_long_is_cut() -> None:
    begun = time.thread_time()
    with pytest.raises(OutOfTime), within(0.05):
        spin(20)
    assert time.thread_time() - begun < 10
    spin(0.1)  # nothing is left behind


def test_what_waits_is_not_cut_and_no_signal_is_set() -> None:
    handler = signal.getsignal(signal.SIGVTALRM)
    with within(0.05):
        time.sleep(0.2)
        heed()
        assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
        assert signal.getsignal(signal.SIGVTALRM) is handler


def test_the_outer_bound_holds_and_other_threads_have_none() -> None:
    with pytest.raises(OutOfTime), within(0.05), within(1000):
        spin(20)
    with within(1000):
        with pytest.raises(OutOfTime), within(0.02):
            spin(20)
        spin(0.05)
    done: list[bool] = []

    def work() -> None:
        spin(0.05)
        done.append(True)

    thread = threading.Thread(target=work)
    with within(0.01):
        thread.start()
        thread.join()
    assert done


def test_a_watch_that_has_run_out_begins_nothing() -> None:
    watch = Watch()
    begun: list[bool] = []
    with pytest.raises(OutOfTime), watch.until(0):
        begun.append(True)
    assert not begun
    with watch.until(1000):
        heed()


def test_the_form_that_fits_is_never_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for by `auto` ends in a form that is ready, however long the others take."""
    request = {"source": "param w = 2\nL = w*sin(w)", "values": {}, "form": "auto"}
    CALLS["derive"]({**request, "form": "scalar"})  # SymPy imports what it needs the first time
    assert CALLS["derive"](request)["form"] == "scalar"
    monkeypatch.setattr(closed_gradients, "SHARE", 0.01)
    monkeypatch.setattr(closed_gradients, "closed", lambda *_: spin(20))
    assert CALLS["derive"](request)["form"] == "matrix"
    monkeypatch.setattr(closed_gradients, "matrix", lambda *_: spin(20))
    assert CALLS["derive"](request)["form"] == "shared"


class Asked:
    """The longest that is computed, in seconds, between two times that the clock is asked."""

    def __init__(self) -> None:
        self.longest, self._last = 0.0, clock.used()

    def __call__(self) -> None:
        now = clock.used()
        self.longest, self._last = max(self.longest, now - self._last), now


def _longest(monkeypatch: pytest.MonkeyPatch, request: dict[str, Any]) -> float:
    """The same of one request, which was never asked before."""
    asked = Asked()
    asking = [
        module
        for name, module in list(sys.modules.items())
        if name.startswith("backstep.") and getattr(module, "heed", None) is heed
    ]
    assert len(asking) > 5
    for module in asking:
        monkeypatch.setattr(module, "heed", asked)
    with suppress(BackstepError):
        CALLS["derive"](request)
    asked()
    monkeypatch.undo()
    return asked.longest


@pytest.mark.slow
@pytest.mark.parametrize("form", ["scalar", "matrix"])
def test_the_clock_is_asked_often(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two times less is computed than lies between the forms' shares and a job's end."""
    sources = [example.source for example in EXAMPLES]
    sources += ["\n".join(network(seed).ours) for seed in range(4)]
    longest = {
        source: _longest(monkeypatch, {"source": source, "form": form}) for source in sources
    }
    left = (1 - 2 * closed_gradients.SHARE) * LIMITS.job_seconds
    assert max(longest.values()) < left / 2, max(longest, key=lambda each: longest[each])


def test_what_is_not_cheap_is_told_past_every_handler_of_a_bound() -> None:
    with pytest.raises(TooDear), cheaply(0.05), suppress(OutOfTime, Exception), within(0.01):
        with suppress(OutOfTime):
            spin(20)
        spin(0)
        with within(1000):
            until = time.thread_time() + 0.1
            while time.thread_time() < until:
                pass
            heed()
    spin(0.1)


def test_what_is_counted_not_to_be_cheap_is_not_begun() -> None:
    with cheaply(100.0):
        expect(50.0)
        with pytest.raises(TooDear):
            expect(101.0)
    expect(1000.0)
