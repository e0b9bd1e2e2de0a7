"""Every call on a text, each with its form, zoom, part and format drawn. Judges no answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from types import SimpleNamespace
from typing import Any

import orjson
from starlette.requests import Request

from app.api import events, share_link
from app.api.analyze import PARTS, job
from app.jobs import protocol
from app.jobs.protocol import Payload
from app.web import pages
from backstep.export.exporting import TARGETS
from backstep.lang.compile.compiler import compile_text
from backstep.lang.compile.definition import Definition
from backstep.limits import LIMITS
from tests.checked import JOBS
from tests.fuzz.texts import Text, leaf_like

_PIECES = 3
"""Pieces of a training that are asked for."""
ZOOMS = ("block", "tensor", "scalar")
FORMS = ("scalar", "matrix", "shared", "auto")


@dataclass(frozen=True, slots=True)
class Asked:
    """One call and what it is asked."""

    call: str
    request: Mapping[str, Any]

    @property
    def source(self) -> str:
        """The text that it is about."""
        return str(self.request["source"])


def ask(asked: Asked) -> None:
    """Run a call as a worker and the service do. Raises what they would refuse or fail with."""
    special: dict[str, Callable[[Mapping[str, Any]], None]] = {
        "page": _page,
        "train": _train,
        "sweep": _sweep,
        "analyze": _analyze,
        "import": _import,
    }
    if asked.call in special:
        special[asked.call](asked.request)
    else:
        _answered(JOBS[asked.call](orjson.dumps(asked.request)))


def _answered(found: Any) -> bytes:
    body = found.body if isinstance(found, Payload) else protocol.to_json(found)
    assert isinstance(body, bytes)
    return body


def _analyze(request: Mapping[str, Any]) -> None:
    payload = orjson.dumps(request)
    _answered(JOBS["analyze"](payload))
    for part in orjson.loads(_answered(JOBS["analyze/parts"](payload))):
        _answered(JOBS[job(part)](payload))


def _train(request: Mapping[str, Any]) -> None:
    payload = orjson.dumps(request)
    _, packed = events.unframed(_answered(JOBS["train"](payload)))
    for _ in range(_PIECES):
        if not packed:
            return
        both = events.framed(payload, packed)
        _, packed = events.unframed(_answered(JOBS["train_on"](both)))


def _sweep(request: Mapping[str, Any]) -> None:
    payload = orjson.dumps(request)
    _, plan = events.unframed(_answered(JOBS["sweep"](events.framed(b"0" * 32, payload))))
    runs = orjson.loads(plan)["runs"]
    left: Any = {"first": 0, "last": runs, "run": None}
    ended: list[Any] = []
    for _ in range(_PIECES):
        if left is None:
            break
        asked = events.framed(payload, orjson.dumps(left))
        found = orjson.loads(events.unframed(_answered(JOBS["sweep_on"](asked)))[1])
        ended, left = [*ended, *found["ended"]], found["left"]
    if left is None:
        _answered(JOBS["sweep_end"](events.framed(payload, orjson.dumps(ended))))


def _import(request: Mapping[str, Any]) -> None:
    """The definition itself as pasted text, which is seldom any of these."""
    asked = {"from": request["from"], "text": request["source"]}
    _answered(JOBS["import"](orjson.dumps(asked)))


class _Desk:
    """Asks the calls in this process; what fails is raised, and is no problem in its place."""

    async def ask(self, request: Request, call: str, payload: bytes) -> Payload:
        found = JOBS[call](payload)
        return (
            found if isinstance(found, Payload) else Payload(protocol.JSON, protocol.to_json(found))
        )


_SERVICE = SimpleNamespace(state=SimpleNamespace(desk=_Desk(), pages=pages.Pages()))


def _page(request: Mapping[str, Any]) -> None:
    d = share_link.encode(dict(request))
    if len(d) > LIMITS.address_bytes:
        return
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": f"d={d}".encode(),
        "headers": [],
        "app": _SERVICE,
    }
    asyncio.run(pages.work(Request(scope)))


def drawn(rng: Random, source: str) -> Iterator[Asked]:
    """Every call once, on the text."""
    try:
        definition: Definition | None = compile_text(source)
    except Exception:  # refused or broken: each call says it, and none needs names
        definition = None
    names = ["w"] if definition is None else list(definition.names)
    for kind in KINDS:
        request = {"source": source, **_values(rng, definition), **_fields(rng, kind, definition)}
        if kind in ("derivation", "paths", "compare"):
            request["of"] = _asked_about(rng, names, definition)
        if kind == "compare":
            request["answer"] = _answer(rng, request, definition)
        if kind == "whole pass":
            request["answers"] = _whole_pass(rng, source, names, definition)
        yield Asked("compare" if kind == "whole pass" else kind, request)


KINDS = (
    "evaluate",
    "derive",
    "steps",
    "graph",
    "paths",
    "check",
    "compare",
    "derivation",
    "hessian",
    "jacobian",
    "cost",
    "analyze",
    "train",
    "page",
    "whole pass",
    "export",
    "export_check",
    "picture",
    "picture_png",
    "picture_pdf",
    "card",
    "sweep",
    "import",
)
"""The calls that are drawn; `compare` twice, of one partial and of a whole backward pass."""


def _values(rng: Random, definition: Definition | None) -> dict[str, Any]:
    if definition is None or rng.random() < 0.6:
        return {}
    free = [leaf for leaf in definition.leaves if not leaf.structural and not leaf.label]
    chosen = rng.sample(free, min(len(free), rng.choice((1, 1, 2))))
    return {"values": {leaf.name: leaf_like(rng, leaf.node) for leaf in chosen}}


def _asked_about(rng: Random, names: list[str], definition: Definition | None) -> str:
    name = rng.choice(names)
    if definition is None or rng.random() < 0.5:
        return name
    shape = definition.names[name][-1].node.shape
    if not shape or 0 in shape:
        return name
    return f"{name}[{','.join(str(rng.randrange(length)) for length in shape)}]"


def _wrt(rng: Random, definition: Definition | None) -> dict[str, Any]:
    if definition is None or rng.random() < 0.5:
        return {}
    names = list(definition.names)
    return {"wrt": [_asked_about(rng, names, definition) for _ in range(rng.choice((1, 2)))]}


def _fields(rng: Random, call: str, definition: Definition | None) -> dict[str, Any]:
    zoom = rng.choice(ZOOMS)
    looked = {"zoom": zoom, "direction": rng.choice(("LR", "TB")), "step": rng.randint(0, 12)}
    match call:
        case "derive":
            return {"form": rng.choice(FORMS), **_wrt(rng, definition)}
        case "steps":
            return {"zoom": zoom, "fold": rng.random() < 0.3}
        case "graph":
            return {**looked, "format": rng.choice(("json", "svg", "dot", "tikz", "png", "pdf"))}
        case "paths":
            return {"zoom": zoom, "most": rng.choice((0, 5, 50))}
        case "check":
            return {"limit": rng.choice((0, 3, 400)), **_wrt(rng, definition)}
        case "analyze":
            parts = rng.sample(list(PARTS), rng.randint(1, len(PARTS)))
            return {**looked, "parts": parts, "form": rng.choice(FORMS)}
        case "page":
            return looked if rng.random() < 0.5 else {}
        case "hessian":
            return _second(rng, definition)
        case "jacobian":
            names = ["w"] if definition is None else list(definition.names)
            return {each: _asked_about(rng, names, definition) for each in ("of", "wrt")}
        case "train":
            return _updates(rng, definition)
        case "export":
            return {"target": rng.choice(list(TARGETS)), **_wrt(rng, definition)}
        case "export_check":
            return _wrt(rng, definition)
        case "picture" | "picture_png" | "picture_pdf" | "card":
            return {**looked, "theme": rng.choice(("light", "dark"))}
        case "sweep":
            return {"train": {"steps": rng.choice((0, 1, 3))}, "over": _choices(rng)}
        case "import":
            return {"from": rng.choice(("python", "array", "latex"))}
    return {}


def _choices(rng: Random) -> dict[str, list[Any]]:
    of: dict[str, list[Any]] = {
        "rate": [0.1, 1e300],
        "seed": [1, 2],
        "steps": [0, 2],
        "optimiser": ["sgd", "adam"],
        "clip": [1e-300, 1],
        "values.w": [0.5, [1, 2]],
    }
    return {name: of[name] for name in rng.sample(list(of), rng.choice((1, 2)))}


def _second(rng: Random, definition: Definition | None) -> dict[str, Any]:
    if definition is None or rng.random() < 0.5:
        return _wrt(rng, definition)
    learned = [leaf for leaf in definition.leaves if leaf.role == "param" and not leaf.label]
    return {"vector": {leaf.name: leaf_like(rng, leaf.node) for leaf in learned[:2]}}


def _updates(rng: Random, definition: Definition | None) -> dict[str, Any]:
    rules = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam")
    found: dict[str, Any] = {"steps": rng.choice((0, 1, 3)), "optimiser": rng.choice(rules)}
    if rng.random() < 0.3:
        found["schedule"] = rng.choice(("constant", "step", "exponential", "inverse", "cosine"))
        found["weight_decay"] = rng.choice((0, 0.1, 1e300))
        found["clip"] = rng.choice((1, 1e-300))
    if rng.random() < 0.3:
        found |= {"fit": True, "batch": rng.choice((1, 2)), "average": rng.choice((0, 1))}
    if definition is not None and rng.random() < 0.3:
        found["watch"] = _asked_about(rng, list(definition.names), definition)
    return found


_TOKENS = re.compile(r"[A-Za-z_]\w*|\d+(?:\.\d+)?|[-+*/^@]")


def _answer(rng: Random, request: Mapping[str, Any], definition: Definition | None) -> str:
    """The partial as it is printed, one got wrong, or any formula in the text's names."""
    if definition is None or rng.random() < 0.2:
        return "w"
    if rng.random() < 0.3:
        made = Text(rng)
        made.shapes = {name: each[-1].node.shape for name, each in definition.names.items()}
        return made.formula(2)
    right = _printed(request)
    if right is None or rng.random() < 0.3:
        return right or "1"
    places = list(_TOKENS.finditer(right))
    if not places:
        return right
    place = rng.choice(places)
    return right[: place.start()] + _miswritten(rng, place[0], definition) + right[place.end() :]


def _whole_pass(
    rng: Random, source: str, names: list[str], definition: Definition | None
) -> list[str]:
    """A line for some of the names, last ones first."""
    asked = [name for name in reversed(names) if rng.random() < 0.6] or names[:1]
    return [
        f"d{name} = {_answer(rng, {'source': source, 'of': name}, definition)}" for name in asked
    ]


def _miswritten(rng: Random, token: str, definition: Definition) -> str:
    if token in "+-*/^@":
        return rng.choice("+-*/@")
    if token[0].isdigit():
        return rng.choice(("0", "1", "2", "3"))
    return rng.choice((*definition.names, "1", f"-{token}", f"{token}.T", f"sum({token})"))


def _printed(request: Mapping[str, Any]) -> str | None:
    asked = {"source": request["source"], "form": "matrix", "wrt": [request["of"]]}
    try:
        found = orjson.loads(_answered(JOBS["derive"](orjson.dumps(asked))))
    except Exception:  # refused or broken, which the call itself says
        return None
    text = found["gradients"][request["of"]]["text"]
    return text if isinstance(text, str) else None
