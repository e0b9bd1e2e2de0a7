"""What workers run: a request's bytes in, an answer out. Nothing here runs in the service itself.

A body is read here, and not where it arrives, so that a large or a malicious one takes a worker's
bounded time and never the service's. `PARTS` of `/analyze` are calls of their own, so that one
part's time, memory or fault is its own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from app import analysis
from app.errors import BackstepError
from app.examples import EXAMPLES
from app.jobs import wire
from app.jobs.wire import Answer
from app.operations import operations
from app.web import (
    models,
    models_checks,
    models_derivation,
    models_train,
    state,
    streams,
    strict_json,
)

PARTS = ("numbers", "drawing", "walk", "figures", "formulas", "check")

_MEDIA = {"svg": "image/svg+xml", "dot": "text/vnd.graphviz"}


def _answer(name: str, model: type[models.Request], payload: bytes) -> Any:
    return analysis.CALLS[name](models.read(model, strict_json.loads(payload)))


def _file(request: dict[str, Any]) -> Any:
    result = analysis.CALLS["graph"](request)
    if isinstance(result, str):
        return Answer(_MEDIA[request["format"]], result.encode())
    return result


def graph(payload: bytes) -> Any:
    """The drawing; as SVG or DOT it is a file."""
    return _file(models.read(models.GraphRequest, strict_json.loads(payload)))


def picture(payload: bytes) -> Any:
    """The drawing of a link's state, as SVG."""
    request = models.read(models.PictureRequest, strict_json.loads(payload))
    return _file({**request, "format": "svg"})


def parts(payload: bytes) -> list[str]:
    """Which parts a request for `/analyze` asks for, each once.

    The text is read here first: one that is at fault fails the call, once and for all parts.
    """
    request = models.read(models.AnalyzeRequest, strict_json.loads(payload))
    analysis.CALLS["understood"](request)
    return list(dict.fromkeys(request["parts"]))


def quick(payload: bytes) -> Any:
    """All of `/analyze` where that is quick; else what `parts` says, as `models.APART`."""
    request = models.read(models.AnalyzeRequest, strict_json.loads(payload))
    found = analysis.CALLS["analyze_quick"](request)
    return found or Answer(models.APART, wire.to_json(list(dict.fromkeys(request["parts"]))))


def _part(name: str, payload: bytes) -> Any:
    request = models.read(models.AnalyzeRequest, strict_json.loads(payload))
    return analysis.CALLS["analyze_part"]({**request, "part": name})


@functools.lru_cache(maxsize=4)
def _training(payload: bytes) -> analysis.Run:
    # Pieces of one training come one after another, and mostly to the same worker.
    return analysis.Run(models.read(models_train.TrainRequest, strict_json.loads(payload)))


def train(payload: bytes) -> Answer:
    """The first event of a training, and the state it begins with."""
    found = _training(payload).begin()
    return _piece([("start", found["start"])], found["state"])


def train_on(payload: bytes) -> Answer:
    """The next events of a training, and the state after them; none after the last."""
    request, state = streams.unframed(payload)
    found = _training(request).go_on(orjson.loads(state))
    told = [("step", each) for each in found["events"]]
    if found["summary"] is not None:
        told.append(("summary", found["summary"]))
    return _piece(told, found["state"])


def _piece(told: list[tuple[str, Any]], state: Any) -> Answer:
    """Events as they are sent, then the state, for the service to pass on unread."""
    events = b"".join(streams.event(name, data) for name, data in told)
    packed = b"" if state is None else wire.to_json(state)
    return Answer(streams.MEDIA, streams.framed(events, packed))


def listed(payload: bytes) -> Any:
    """Every operation, each with a link that opens its example; the same whatever is sent."""
    return {
        "operations": [
            {**entry, "link": "/?d=" + state.encode({"source": entry["source"]})}
            for entry in operations()
        ]
    }


CALLS: Mapping[str, Callable[[bytes], Any]] = {
    "evaluate": functools.partial(_answer, "evaluate", models.EvaluateRequest),
    "derive": functools.partial(_answer, "derive", models.DeriveRequest),
    "steps": functools.partial(_answer, "steps", models.StepsRequest),
    "graph": graph,
    "picture": picture,
    "parts": parts,
    "quick": quick,
    "compare": functools.partial(_answer, "compare", models_checks.CompareRequest),
    "derivation": functools.partial(_answer, "derivation", models_derivation.DerivationRequest),
    "paths": functools.partial(_answer, "paths", models_derivation.PathsRequest),
    "cost": functools.partial(_answer, "cost", models_derivation.CostRequest),
    # The name "check" is that of the part.
    "check_elements": functools.partial(_answer, "check", models_checks.CheckRequest),
    "hessian": functools.partial(_answer, "hessian", models_checks.HessianRequest),
    "operations": listed,
    "train": train,
    "train_on": train_on,
    **{name: functools.partial(_part, name) for name in PARTS},
}


def prime() -> None:
    """Run once, in the process that workers are forked from, what starts no thread there.

    What that leaves in caches (a grammar's tables, SymPy's own) every worker begins with.
    """
    _down_without_threads()


def warm() -> list[str]:
    """Run the rest in a new worker, so that its first job is as fast as its second.

    Returns the parts that do not work.
    """
    return [*_down_without_threads(), *_down("drawing")]


@functools.cache
def _down_without_threads() -> tuple[str, ...]:
    return _down("numbers", "walk", "formulas", "check")


def _down(*parts: str) -> tuple[str, ...]:
    """Which of these parts fail on an example that works."""
    request = {"source": EXAMPLES[0].source, "values": {}, "zoom": "tensor", "direction": "LR"}
    down = []
    for part in parts:
        try:
            analysis.CALLS["analyze_part"]({**request, "part": part})
        except (BackstepError, OSError, RuntimeError):
            down.append(part)
    return tuple(down)
