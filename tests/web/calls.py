"""Calls for tests of the web alone: `source` says what is to happen."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from app.api import analyze, evaluate, events, strict_json
from app.api.request import read
from app.jobs import protocol
from app.jobs.protocol import Payload
from backstep.errors import (
    DefinitionError,
    Details,
    Diagnostic,
    Edit,
    Fix,
    FormulaTooLarge,
    LimitError,
    RequestError,
    Span,
    Unavailable,
    ValuesError,
)

SECRET = "a secret of the server"


def evaluated(payload: bytes) -> Any:
    request = read(evaluate.EvaluateRequest, strict_json.loads(payload)).plain()
    source = request["source"]
    match source:
        case "definition":
            place = Span(1, 5, 1, 6)
            fix = Fix("Write w", (Edit.at(place, "w"),))
            hint = "did you mean w?"
            fault = Diagnostic("unknown_name", "nothing is called v", hint, place, fixes=(fix,))
            raise DefinitionError(fault, Diagnostic("other", "and this"))
        case "values":
            raise ValuesError(Diagnostic("value_shape", "'w' is a scalar", pointer="/values/w"))
        case "request":
            raise RequestError(Diagnostic("unknown_step", "there is no step 99"))
        case "limit":
            details: Details = {"limit": "forward_nodes", "measured": 20001, "allowed": 20000}
            raise LimitError(Diagnostic("forward_nodes", "too many nodes"), details=details)
        case "formula":
            details = {"operations": 10**30, "allowed": 20000}
            raise FormulaTooLarge(Diagnostic("formula_too_large", "too large"), details=details)
        case "unavailable":
            raise Unavailable(Diagnostic("down", "it is down"), details={"retry_after": 7})
        case "internal":
            raise RuntimeError(SECRET)
        case "spin":
            while True:
                pass
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "large":
            return {"text": "backstep " * 200_000}
    what, _, more = source.partition(" ")
    if what == "sleep":
        time.sleep(float(more))
    while what == "wait" and not Path(more).exists():
        time.sleep(0.005)
    return request


def graph(payload: bytes) -> Any:
    return Payload("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>")


def parts(payload: bytes) -> Any:
    return read(analyze.AnalyzeRequest, strict_json.loads(payload)).parts


def quick(payload: bytes) -> Any:
    if b"broken" in payload:
        raise RuntimeError(SECRET)
    return Payload(analyze.APART, protocol.to_json(parts(payload)))


def numbers(payload: bytes) -> Any:
    time.sleep(0.2)
    return {"loss": 1.0}


def drawing(payload: bytes) -> Any:
    raise LimitError(
        Diagnostic("drawn_nodes", "too many to draw"), details={"limit": "drawn_nodes"}
    )


def walk(payload: bytes) -> Any:
    raise RuntimeError(SECRET)


def train(payload: bytes) -> Any:
    source = read(evaluate.EvaluateRequest, strict_json.loads(payload)).source
    pieces = {"break": 0, "limit": 0, "spin": 0, "slow": 5, "endless": 1_000_000}.get(source)
    return _piece("start", {}, b"" if pieces is None else b"%d" % pieces)


def train_on(payload: bytes) -> Any:
    request, left = events.unframed(payload)
    source = strict_json.loads(request)["source"]
    if source == "break":
        raise RuntimeError(SECRET)
    while source == "spin":
        pass
    if source == "limit":
        raise LimitError(Diagnostic("train_nodes", "too much"), details={"limit": "train_nodes"})
    time.sleep(0.1)
    count = int(left)
    return _piece("step", {}, b"%d" % (count - 1)) if count else _piece("summary", {}, b"")


def _piece(name: str, data: Any, state: bytes) -> Payload:
    return Payload(events.MEDIA, events.framed(events.event(name, data), state))


CALLS = {
    "train": train,
    "train_on": train_on,
    "evaluate": evaluated,
    "graph": graph,
    "analyze/parts": parts,
    "analyze": quick,
    "operations": lambda payload: {"operations": []},
    "analyze/numbers": numbers,
    "analyze/drawing": drawing,
    "analyze/walk": walk,
}
