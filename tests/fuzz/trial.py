"""A call tried within a time: whether it answers, refuses, is late or fails; and a shorter text.

The time is the processor's, by an alarm, so that a busy machine makes nothing late.
"""

from __future__ import annotations

import re
import signal
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from backstep.errors import BackstepError
from backstep.limits import LIMITS
from tests.fuzz.calls import Asked, ask

ROOT = Path(__file__).resolve().parent.parent.parent
SHRINKING = 150
"""Shorter texts that are tried for one failure."""


class Late(BaseException):
    """The time of one call is up."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call: "answer", "refusal", "late" or "failure"; and which of them."""

    kind: str
    code: str = ""
    trace: str = ""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raises Late where what is inside takes longer, in time of the processor."""

    def late(*_: object) -> None:
        raise Late

    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def tried(asked: Asked, seconds: float = LIMITS.job_seconds) -> Outcome:
    """What comes of a call."""
    try:
        with warnings.catch_warnings(), within(seconds):
            warnings.simplefilter("ignore")
            ask(asked)
    except Late:
        return Outcome("late", asked.call)
    except BackstepError as error:
        return Outcome("refusal", error.faults[0].code)
    except MemoryError:
        return Outcome("refusal", "memory")
    except Exception as error:
        return Outcome("failure", _where(error), traceback.format_exc(limit=-8))
    return Outcome("answer")


def _where(error: Exception) -> str:
    """Which failure it is: the exception and the innermost line of the product's own."""
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if any(Path(frame.filename).is_relative_to(ROOT / each) for each in ("backstep", "app"))
    ]
    place = f"{Path(own[-1].filename).relative_to(ROOT)}:{own[-1].name}" if own else "?"
    return f"{type(error).__name__} at {place}"


def shrunken(asked: Asked, failed: Outcome, most: int = SHRINKING) -> Asked:
    """A shorter text with which the same call fails in the same way."""
    best, left = asked, most
    again = True
    while again and left > 0:
        again = False
        for shorter in _shorter(best):
            left -= 1
            if left <= 0:
                break
            if tried(shorter).code == failed.code:
                best, again = shorter, True
                break
    return best


def _shorter(asked: Asked) -> Iterator[Asked]:
    """Without one of the fields, the lines, or the brackets' insides."""

    def with_text(source: str) -> Asked:
        return replace(asked, request={**asked.request, "source": source})

    for field in ("values", "step", "wrt", "direction", "schedule", "watch", "fit", "batch"):
        if field in asked.request:
            kept = {name: each for name, each in asked.request.items() if name != field}
            yield replace(asked, request=kept)
    lines = asked.source.split("\n")
    for place in range(len(lines)):
        yield with_text("\n".join(lines[:place] + lines[place + 1 :]))
    yield from map(with_text, _simpler(asked.source))
    if "answer" in asked.request:
        for answer in _simpler(str(asked.request["answer"])):
            yield replace(asked, request={**asked.request, "answer": answer})


_INSIDE: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"\w*\(([^()]*)\)", lambda found: found[1].split(",")[0]),
    (r"\w*\(([^()]*)\)", lambda found: "1"),
    (r"\[([^\[\]]*)\]", lambda found: found[1].split(",")[0]),
    (r"\[([^\[\]]*), [^\[\],]*\]", lambda found: f"[{found[1]}]"),
    (r" [-+*/^@] (?:[\w.]+|\([^()]*\))", lambda found: ""),
    (r"-?\d+\.\d+(?:e-?\d+)?", lambda found: "1"),
)


def _simpler(text: str) -> Iterator[str]:
    for pattern, change in _INSIDE:
        for found in re.finditer(pattern, text):
            simpler = text[: found.start()] + change(found) + text[found.end() :]
            if len(simpler) < len(text):
                yield simpler
