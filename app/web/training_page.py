"""The Train page: its options in the address, and what it shows without scripts.

The address holds the state that every page shares, as `d`, and the options of the training beside
it by their names in the API.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qs, urlencode

import orjson
from starlette.requests import Request

from backstep.errors import BackstepError
from backstep.examples import TRAININGS
from backstep.lang.syntax.display import text_name
from backstep.train.optimisers import OPTIMISERS, SCHEDULES, Optimiser, Schedule

from ..api import share_link
from ..api.events import framed, unframed
from ..jobs import protocol
from ..jobs.pool_records import CallFailed
from . import problems
from .job_client import JobClient
from .report import report

Plain = dict[str, Any]

WHOLE = ("steps", "average", "batch", "holdout", "seed", "every")
NUMBERS = ("rate", "clip", "weight_decay")
WORDS = ("optimiser", "schedule", "watch")
_ROWS: tuple[Optimiser | Schedule, ...] = (*OPTIMISERS.values(), *SCHEDULES.values())
SETTINGS = tuple(dict.fromkeys(setting.name for row in _ROWS for setting in row.settings))
_OTHERS = frozenset({"d", "run", "shuffle"})
"""Parameters of the address that are neither fields of the request nor settings."""
STEPS = 200
ROWS = 12
"""Steps in the table that is shown without scripts."""
PIECES = 10
"""Pieces of a training that a page waits for, each of `train_seconds`."""


def address(d: str, options: Mapping[str, object]) -> str:
    """The address of a training."""
    return "/train?" + urlencode({"d": d, **options})


LISTED: tuple[Plain, ...] = tuple(
    {
        "id": each.example.id,
        "title": each.example.title,
        "about": each.example.about,
        "source": each.example.source,
        "link": address(share_link.encode({"source": each.example.source}), each.options),
    }
    for each in TRAININGS
)


def _row(row: Optimiser | Schedule) -> Plain:
    plain = asdict(row)
    for setting in plain["settings"]:
        setting["symbol"] = text_name(setting["name"])
    return plain


_OPTIMISERS = [_row(row) for row in OPTIMISERS.values()]
_SCHEDULES = [_row(row) for row in SCHEDULES.values()]


def coming_from(request: Request) -> str | None:
    """The state of the working page that a reader comes from, read off the Referer header.

    The link there was rendered with the page and may be out of date; its address is current.
    """
    come = share_link.parts(request.headers.get("referer", ""))
    given = parse_qs(come.query).get("d") if come is not None and come.path == "/" else None
    return given[-1] if given else request.query_params.get("d")


def options(query: Mapping[str, str]) -> Plain:
    """The fields of a training's request from an address. What is not a number stays text, and
    unknown options stay, for the call to refuse by name."""
    known = {*WORDS, *WHOLE, *NUMBERS, *SETTINGS, *_OTHERS}
    found: Plain = {name: query[name] for name in query if name not in known}
    found |= {name: query[name] for name in WORDS if query.get(name)}
    found |= {name: _number(query[name], int) for name in WHOLE if query.get(name)}
    found |= {name: _number(query[name], float) for name in NUMBERS if query.get(name)}
    chosen = (
        OPTIMISERS.get(found.get("optimiser", "sgd")),
        SCHEDULES.get(found.get("schedule", "constant")),
    )
    own = {setting.name for row in chosen if row is not None for setting in row.settings}
    settings = {name: _number(query[name], float) for name in SETTINGS if query.get(name)}
    # Without scripts the form also sends the settings of the optimiser chosen before.
    found["settings"] = {name: value for name, value in settings.items() if name in own}
    found["shuffle"] = query.get("shuffle", "1") != "0"
    return {"steps": STEPS, **found}


def _number(text: str, kind: type[int] | type[float]) -> object:
    try:
        return kind(text.replace("−", "-").strip())
    except ValueError:
        return text


async def context(desk: JobClient, request: Request, given: Plain) -> Plain:
    """The context of the page's template for a state."""
    asked = {**options(request.query_params), **_body(given)}
    found = await _begun(desk, request, asked)
    start = found.get("start")
    shown = {
        "state": given,
        "d": share_link.encode({key: each for key, each in _body(given).items() if each}),
        "asked": asked,
        "optimisers": _OPTIMISERS,
        "schedules": _SCHEDULES,
        "trainings": LISTED,
        "example": next(
            (each for each in LISTED if each["source"].strip() == given["source"].strip()), None
        ),
        "watch": asked.get("watch") or _first(start),
        "letters": _letters(start),
        "decay": _decay(asked.get("optimiser")),
        "faults": _at_fields(found["problem"]),
        **found,
    }
    if start is not None and request.query_params.get("run"):
        shown["table"] = await _table(desk, request, asked)
    return shown


def _at_fields(problem: Plain | None) -> dict[str, str]:
    """The message for each field of the form that is wrong, by the field's name."""
    errors = [] if problem is None else problem.get("errors") or []
    found: dict[str, str] = {}
    for each in errors:
        if pointer := each.get("pointer"):
            name = pointer.rpartition("/")[2]
            said = re.sub(r"^'[\w.]+' ", "", each["message"])
            found.setdefault(name, said + (f" ({each['hint']})" if each.get("hint") else ""))
    return found


def _letters(start: Plain | None) -> dict[str, str]:
    """The letters of a parameter and its partial in the rule that is shown."""
    given = {} if start is None else start["rule"]["letters"]
    return {name: text_name(given.get(name, name)) for name in ("w", "g")}


def _decay(optimiser: Any) -> str:
    """The default weight decay."""
    row = OPTIMISERS.get(optimiser or "sgd")
    return "0" if row is None else f"{row.weight_decay:g}"


def _first(start: Plain | None) -> str | None:
    """The first element of the first parameter."""
    if start is None:
        return None
    first = start["parameters"][0]
    name, at = str(first["name"]), ",".join("0" for _ in first["shape"])
    return f"{name}[{at}]" if at else name


def _body(given: Plain) -> Plain:
    return {"source": given["source"], "values": given.get("values") or {}}


async def _begun(desk: JobClient, request: Request, asked: Plain) -> Plain:
    """The first event, or a problem."""
    try:
        piece = await desk.ask(request, "train", protocol.to_json(asked))
    except BackstepError as error:
        lines = report(error, asked["source"])
        return {"start": None, "problem": problems.problem(error), "fault_lines": lines}
    except CallFailed as failed:
        told = problems.problem(problems.broken(failed, request))
        return {"start": None, "problem": told, "fault_lines": []}
    ((_, start),) = _events(unframed(piece.body)[0])
    return {"start": start, "problem": None, "fault_lines": []}


async def _table(desk: JobClient, request: Request, asked: Plain) -> Plain:
    """Steps of a training, as many as can be computed in the time that a page may take."""
    payload = protocol.to_json({**asked, "every": max(1, asked["steps"] // ROWS)})
    rows: list[Plain] = []
    try:
        _, left = unframed((await desk.ask(request, "train", payload)).body)
        for _ in range(PIECES):
            if not left:
                break
            piece = await desk.piece(request, "train_on", framed(payload, left))
            told, left = unframed(piece.body)
            for name, data in _events(told):
                if name == "summary":
                    return {"rows": rows, "summary": data, "problem": None}
                rows.append(data)
    except BackstepError as error:
        return {"rows": rows, "summary": None, "problem": problems.problem(error)}
    except CallFailed as failed:
        told_problem = problems.problem(problems.broken(failed, request))
        return {"rows": rows, "summary": None, "problem": told_problem}
    return {"rows": rows, "summary": None, "problem": None}


def _events(told: bytes) -> list[tuple[str, Any]]:
    """The events in a worker's answer."""
    found = []
    for block in told.strip().split(b"\n\n"):
        if block:
            name, data = block.split(b"\n", 1)
            found.append((name[7:].decode(), orjson.loads(data[6:])))
    return found
