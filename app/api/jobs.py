"""The jobs of the calls by name, which workers run. Nothing here runs in the service itself.

A body is read here, and not where it arrives, so that a large or a malicious one takes a worker's
bounded time and never the service's.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from backstep.errors import BackstepError
from backstep.examples import EXAMPLES

from . import CALLS, strict_json
from .analyze import AnalyzeRequest, Part, part
from .call import Call, Job
from .request import read


def answered(call: Call, payload: bytes) -> object:
    """The answer of a call to a request's bytes."""
    assert call.answer is not None
    if call.request is None:
        return call.answer(None)
    return call.answer(read(call.request, strict_json.loads(payload)))


def jobs(calls: tuple[Call, ...]) -> Mapping[str, Job]:
    """The jobs of these calls, by name."""
    found: dict[str, Job] = {}
    for call in calls:
        if call.answer is not None:
            found[call.name] = functools.partial(answered, call)
        found |= {name: job for name, (job, _) in call.more.items()}
    return found


JOBS = jobs(CALLS)


def prime() -> None:
    """Fill caches (a grammar's tables, SymPy's own) once, in the process that workers fork from.

    It may start no thread there.
    """
    # Loaded here, the layout's library stands in pages that all workers share.
    import backstep.layout.graphviz_wasm  # noqa: F401

    _down_without_threads()


def warm() -> list[str]:
    """Exercise everything else in a new worker, so that its first job is as fast as its second.

    Returns the parts that do not work.
    """
    return [*_down_without_threads(), *_down("drawing")]


@functools.cache
def _down_without_threads() -> tuple[str, ...]:
    return _down("numbers", "walk", "formulas", "check")


def _down(*parts: Part) -> tuple[str, ...]:
    """The parts among these that fail on a valid example."""
    request = AnalyzeRequest(source=EXAMPLES[0].source, zoom="tensor")
    down = []
    for name in parts:
        try:
            part(name, request)
        except (BackstepError, OSError, RuntimeError):
            down.append(name)
    return tuple(down)
