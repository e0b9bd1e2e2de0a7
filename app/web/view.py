"""The context of the templates that show a state.

Numbers, drawing, walk and formulas are separate calls, so that one that fails is a problem in its
place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request

from backstep.errors import BackstepError, DefinitionError, Diagnostic, LimitError, ValuesError
from backstep.limits import LIMITS

from ..api import share_link
from ..api.analyze import job
from ..api.examples import LISTED, listed
from ..jobs import protocol
from ..jobs.pool_records import CallFailed
from . import problems
from .job_client import JobClient
from .report import report

Plain = dict[str, Any]
_Packed = Callable[[Mapping[str, object]], str]

OPENING_NAME = "z"
"""The page opens in the middle of the walk: where this name's partial is completed."""
PAGE_BYTES = 2_000_000
"""A longer part is left out of the page; the API sends it."""
ZOOMS = ("block", "tensor", "scalar")
DIRECTIONS = ("LR", "TB")
_ASSUMED: Plain = {
    "values": {},
    "step": None,
    "zoom": "block",
    "direction": "LR",
    "open": [],
    "boxes": None,
    "sizes": None,
}
"""The defaults of fields that a state leaves out."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks for parts of one state on behalf of one request."""

    desk: JobClient
    request: Request
    state: Plain

    async def part(self, call: str, *fields: str, **more: object) -> Plain:
        """The answer of a part, given the state's source, values and `fields`."""
        chosen = {name: self.state[name] for name in ("source", "values", *fields)}
        if "zoom" in fields or "zoom" in more:
            chosen |= {"open": self.state["open"], "boxes": self.state.get("boxes")}
        answer = await self.desk.ask(self.request, job(call), protocol.to_json({**chosen, **more}))
        if len(answer.body) > PAGE_BYTES:
            raise LimitError(
                Diagnostic(
                    "too_large_to_show", "This is too large for a page.", "Ask the API for it."
                )
            )
        plain: Plain = orjson.loads(answer.body)
        return plain


async def opening(desk: JobClient, request: Request) -> Plain:
    """The state of a first visit: the first example, in the middle of its walk."""
    first = {**_ASSUMED, "source": LISTED[0].source, "boxes": share_link.BOXES}
    del first["step"]
    try:
        walk = await Asker(desk, request, first).part("walk", "zoom")
    except (BackstepError, CallFailed):
        return first
    step = _find(walk, "backward", OPENING_NAME)
    return first if step is None else {**first, "step": step}


async def to_first_question(desk: JobClient, request: Request, given: Plain) -> Plain:
    """The same state at the first partial that a round of guessing asks for, if it names no step.

    At the walk's end, where a state without a step stands, all other partials would be told.
    """
    if given.get("step") is not None:
        return given
    try:
        walk = await Asker(desk, request, given).part("walk", "zoom")
    except (BackstepError, CallFailed):
        return given
    first = next((each["step"] for each in walk["steps"] if is_asked(each)), None)
    return {**given, "step": first}


def is_asked(step: Plain) -> bool:
    """Whether a step's partial can be guessed: it has a name, and comes from other partials."""
    back = step["phase"] == "backward" and step["name"] is not None
    return bool(back and step["version"] is None and step["contributions"])


async def view(
    desk: JobClient, request: Request, given: Plain, base: str = "/?", direction: str = "LR"
) -> Plain:
    """The context of a page's template for a state; its links go on from `base`, `/?`.

    `direction` is this client's default, which links leave out.
    """
    ask = Asker(desk, request, given)
    asked = {
        "walk": lambda: ask.part("walk", "zoom"),
        "numbers": lambda: ask.part("numbers", most=LIMITS.listed_elements),
        "formulas": lambda: ask.part("formulas", form="auto"),
        "drawing": lambda: _drawing(ask),
    }
    found = dict(
        zip(
            asked,
            await asyncio.gather(*(_caught(request, part) for part in asked.values())),
            strict=True,
        )
    )
    parts = {name: each if isinstance(each, dict) else None for name, each in found.items()}
    errors = {name: each for name, each in found.items() if isinstance(each, BackstepError)}
    fault = next((error for error in errors.values() if _is_the_texts(error)), None)
    walk = parts["walk"]
    packed = _packing(direction, framed=walk is not None and walk["boxes"] is not None)
    shown = {"step": None, **given}
    if walk is not None and shown["step"] is not None:
        shown["step"] = min(shown["step"], walk["total"])
    return {
        "state": shown,
        "d": packed(shown),
        **parts,
        "problems": {}
        if fault is not None
        else {name: _sent(error) for name, error in errors.items()},
        "fault": None if fault is None else _sent(fault),
        "fault_lines": [] if fault is None else report(fault, shown["source"]),
        "example": listed(shown["source"]),
        "examples": LISTED,
        "links": _links(shown, walk, parts["drawing"], base, packed),
    }


def _sent(error: BackstepError) -> Plain:
    """The problem of an error, as the API sends it."""
    plain: Plain = orjson.loads(protocol.to_json(problems.problem(error)))
    return plain


async def _caught(request: Request, part: Callable[[], Awaitable[Plain]]) -> Plain | BackstepError:
    try:
        return await part()
    except BackstepError as error:
        return error
    except CallFailed as failed:
        return problems.broken(failed, request)


def _is_the_texts(error: BackstepError) -> bool:
    """Whether every part would fail alike, since the error is in the text or a value."""
    if isinstance(error, LimitError):
        return any(fault.span is not None for fault in error.faults)
    return isinstance(error, DefinitionError | ValuesError)


async def _drawing(ask: Asker) -> Plain:
    step = ask.state.get("step")
    if step is None:
        return await ask.part("drawing", "zoom", "direction")
    # A link may name a step past the end of the walk, as when the text has changed since.
    walk = await ask.part("walk", "zoom")
    return await ask.part("drawing", "zoom", "direction", step=min(step, walk["total"]))


def _packing(direction: str, *, framed: bool = True) -> _Packed:
    """A function that packs states for a client whose default direction this is.

    `framed`: whether passes or loops are folded for the number of boxes; else it need not be said.
    """
    assumed = {**_ASSUMED, "direction": direction}

    def packed(shown: Mapping[str, object]) -> str:
        return share_link.encode(
            {
                name: each
                for name, each in shown.items()
                if each != assumed.get(name, ...) and (framed or name != "boxes")
            }
        )

    return packed


def _links(
    shown: Plain, walk: Plain | None, drawing: Plain | None, base: str, packed: _Packed
) -> Plain:
    def to(**changes: object) -> str:
        return f"{base}d=" + packed({**shown, **changes})

    last = 0 if walk is None else walk["total"]
    at = last if shown["step"] is None else shown["step"]
    d = packed(shown)
    return {
        "first": to(step=0),
        "back": to(step=max(at - 1, 0)),
        "next": to(step=min(at + 1, last)),
        "last": to(step=last),
        # The step at another zoom is computed when somebody goes there.
        "zooms": {zoom: f"{base}d={d}&zoom={zoom}" for zoom in ZOOMS},
        "directions": {direction: to(direction=direction) for direction in DIRECTIONS},
        "folds": []
        if drawing is None
        else [
            (fold["title"], to(open=[*shown["open"], fold["id"]], step=None))
            for fold in _folds(drawing)
        ],
        "frames": []
        if drawing is None
        else [
            (
                frame["title"],
                to(open=[each for each in shown["open"] if each not in frame["opened"]], step=None),
            )
            for frame in drawing["graph"]["frames"]
            if frame["title"] and frame["opened"]
        ],
        "svg": "/api/v1/graph.svg?d=" + d,
        "embed": "/embed?d=" + d,
    }


def _folds(drawing: Plain) -> list[Plain]:
    """The folds that can be opened, each once."""
    found = {node["fold"]["id"]: node["fold"] for node in drawing["graph"]["nodes"] if node["fold"]}
    return list(found.values())


async def zoomed(
    desk: JobClient, request: Request, given: Plain, zoom: str, direction: str = "LR"
) -> str:
    """The parameter `d` of a state at another zoom: at the same name, in the same phase."""
    step = given.get("step")
    if step and zoom != given["zoom"]:
        ask = Asker(desk, request, given)
        try:
            walk, other = await asyncio.gather(
                ask.part("walk", "zoom"), ask.part("walk", zoom=zoom)
            )
            step = _same_place(walk, min(step, walk["total"]), other)
        except (BackstepError, CallFailed):
            step = None
    return _packing(direction)({**given, "step": step, "zoom": zoom})


def _same_place(walk: Plain, step: int, other: Plain) -> int:
    here = walk["steps"][step - 1]
    # From an operation without a name, on to the next step that has one.
    named = next((each for each in walk["steps"][step - 1 :] if each["name"] is not None), here)
    found = _find(other, named["phase"], named["name"], named.get("version"))
    if found is not None:
        return found
    return int(other["forward"] if here["phase"] == "forward" else other["total"])


def _find(walk: Plain, phase: str, name: str | None, version: object = None) -> int | None:
    """The step that completes a name, or the last of its elements."""
    wanted = (phase, _whole(name), version)
    for step in reversed(walk["steps"]):
        if (step["phase"], _whole(step["name"]), step.get("version")) == wanted:
            return int(step["step"])
    return None


def _whole(name: str | None) -> str | None:
    """The name of the tensor that a name, perhaps of an element, belongs to."""
    return None if name is None else name.partition("[")[0]
