"""A bound on processor time: it cuts what computes, not what waits, and leaves nothing behind."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from app.analysis import CALLS, formulas
from app.clock import OutOfTime, within
from tests.analysis.answers import SOURCES

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""A bound may be raised where it is swallowed, as in the collector's callbacks: it comes again."""


def spin(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_what_computes_too_long_is_cut() -> None:
    begun = time.process_time()
    with pytest.raises(OutOfTime), within(0.05):
        spin(20)
    assert time.process_time() - begun < 10


def test_it_is_raised_again_where_it_was_swallowed() -> None:
    swallowed = 0
    with pytest.raises(OutOfTime), within(0.02):
        while swallowed < 2:
            try:
                spin(20)
            except OutOfTime:
                swallowed += 1
        spin(20)


def test_what_waits_is_not_cut_and_nothing_is_left_behind() -> None:
    handler = signal.getsignal(signal.SIGVTALRM)
    with within(0.05):
        time.sleep(0.2)
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGVTALRM) is handler
    spin(0.1)


def test_the_outer_bound_holds_and_other_threads_have_none() -> None:
    with pytest.raises(OutOfTime), within(0.05), within(1000):
        spin(20)
    done: list[bool] = []

    def work() -> None:
        with within(0.01):
            spin(0.05)
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done


def test_the_form_that_fits_is_never_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for by `auto` ends in a form that is ready, however long the others take."""
    request = {"source": SOURCES["toy-neuron"], "values": {}, "form": "auto"}
    assert CALLS["derive"](request)["form"] == "scalar"
    monkeypatch.setattr(formulas, "SHARE", 0.01)
    monkeypatch.setattr(formulas, "closed", lambda *_: spin(20))
    assert CALLS["derive"](request)["form"] == "matrix"
    monkeypatch.setattr(formulas, "matrix", lambda *_: spin(20))
    assert CALLS["derive"](request)["form"] == "shared"
