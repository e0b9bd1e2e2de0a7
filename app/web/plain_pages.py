"""Pages that need no script: the loss along a value, and a partial to be guessed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request

from backstep.drawing.plot import ticks
from backstep.errors import BackstepError, Diagnostic, RequestError
from backstep.notation.figures import short

from ..api import share_link
from ..jobs import protocol
from . import view
from .job_client import JobClient

Plain = dict[str, Any]

_COUNT = 160
_WIDTH, _HEIGHT = 640.0, 320.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 72.0, 16.0, 14.0, 26.0
_NUMBERS = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}


async def slope(desk: JobClient, request: Request, given: Plain) -> Plain:
    """The context of the page of one declared number: the loss along it, others held.

    The address names it, `of`, and may say the ends, `from` and `to`. Raises RequestError for a
    name that is no declared number, and for ends that are none.
    """
    ask = view.Asker(desk, request, given)
    walk = await ask.part("walk", "zoom")
    declared = [
        each
        for each in walk["steps"]
        if each["phase"] == "forward" and each["kind"] in ("input", "target", "param", "const")
    ]
    names = [each["name"] for each in declared if not each["shape"]]
    of = request.query_params.get("of", names[0] if names else "")
    step = next((each for each in declared if each["name"] == of and not each["shape"]), None)
    if step is None:
        raise RequestError(
            Diagnostic(
                "name",
                f"{of or 'This'} is no declared number of this definition.",
                f"Declared numbers: {', '.join(names)}." if names else "There is none.",
                pointer="/of",
            )
        )
    value = _number(step["value"])
    low, high = _ends(request.query_params, step["kind"], value)
    along = [float(f"{low + (high - low) * each / _COUNT:.12g}") for each in range(_COUNT + 1)]
    asked = {"source": given["source"], "values": given["values"], "names": [of]}
    sampled, here = [
        orjson.loads(
            (await desk.ask(request, "evaluate", protocol.to_json({**asked, **more}))).body
        )
        for more in ({"points": {of: along}}, {})
    ]
    losses = [_number(each) for each in sampled["loss"]["value"]]
    point = (value, _number(here["loss"]["value"]), _number(here["partials"].get(of, 0.0)))
    return {
        "d": share_link.encode(_stated(given)),
        "of": of,
        "names": names,
        "symbol": step["symbol"]["text"],
        "loss": walk["loss"],
        "ends": (f"{low:g}", f"{high:g}"),
        "said": _said(walk["loss"], step["symbol"]["text"], point),
        "picture": _picture(along, losses, point),
    }


def _number(given: object) -> float:
    return _NUMBERS[given] if isinstance(given, str) else float(str(given))


def _ends(query: Mapping[str, str], kind: str, value: float) -> tuple[float, float]:
    """The ends of the address; else as far as a slider of the working page goes."""
    far = _rounded_up(max(2.5 * abs(value), 2.0)) if math.isfinite(value) else 1.0
    low, high = -far, far
    if kind == "const" and value:
        far = _rounded_up(5 * abs(value))
        low, high = (0.0, far) if value > 0 else (-far, 0.0)
    try:
        low, high = float(query.get("from") or low), float(query.get("to") or high)
    except ValueError:
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low < high and high - low < math.inf):
        raise RequestError(
            Diagnostic("ends", "The ends are two numbers, the smaller one first.", pointer="/from")
        )
    return low, high


def _rounded_up(length: float) -> float:
    """The next 1, 2 or 5 with a power of ten."""
    power = 10.0 ** math.floor(math.log10(length))
    return next(lead for lead in (1, 2, 5, 10) if length / power <= lead) * power


def _said(loss: str, name: str, point: tuple[float, float, float]) -> str:
    value, height, slope = point
    where = f"{loss} is {short(height)} at {name} = {short(value)}"
    if not math.isfinite(slope):
        return f"{where}, where the slope is not finite."
    way = "rising" if slope > 0 else "falling" if slope < 0 else "level"
    return f"{where}, slope {short(slope)}, {way}."


def _picture(
    along: list[float], losses: list[float], point: tuple[float, float, float]
) -> Plain | None:
    """What the template draws, in the picture's coordinates; None where no loss is finite."""
    finite = [each for each in losses if math.isfinite(each)]
    if not finite:
        return None
    low, high = min(finite), max(finite)
    room = 0.06 * ((high - low) or abs(high) or 1.0)
    low, high = low - room, high + room
    start, end = along[0], along[-1]

    def place(value: float, loss: float) -> tuple[float, float]:
        x = _LEFT + (value - start) / (end - start) * (_WIDTH - _LEFT - _RIGHT)
        y = _HEIGHT - _BOTTOM - (loss - low) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)
        return round(x, 1), round(y, 1)

    pieces: list[list[tuple[float, float]]] = [[]]
    for value, loss in zip(along, losses, strict=True):
        if math.isfinite(loss):
            pieces[-1].append(place(value, loss))
        elif pieces[-1]:
            pieces.append([])
    value, height, slope = point
    shown = math.isfinite(height) and math.isfinite(slope) and start <= value <= end
    return {
        "size": (_WIDTH, _HEIGHT),
        "inner": (_LEFT, _TOP, _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM),
        "columns": [(place(at, low)[0], short(at)) for at in ticks((start, end))],
        "rows": [(place(start, at)[1], short(at)) for at in ticks((low, high))],
        "pieces": [
            "M" + " L".join(f"{x:g} {y:g}" for x, y in piece) for piece in pieces if len(piece) > 1
        ],
        "point": place(value, height) if shown else None,
        "tangent": _tangent(point, (start, end), (low, high), place) if shown else None,
    }


def _tangent(
    point: tuple[float, float, float],
    across: tuple[float, float],
    up: tuple[float, float],
    place: Any,
) -> str:
    """A third of the width, and no further than the picture is high."""
    value, height, slope = point
    reach = (across[1] - across[0]) / 6
    ends = []
    for side in (-1, 1):
        room = max(up[1] - height if slope * side > 0 else height - up[0], 0.0)
        far = min(reach, room / abs(slope)) if slope else reach
        at = min(max(value + side * far, across[0]), across[1])
        ends.append(place(at, height + slope * (at - value)))
    (left, top), (right, bottom) = ends
    return f"M{left:g} {top:g} L{right:g} {bottom:g}"


async def guess(desk: JobClient, request: Request, given: Plain) -> Plain:
    """The context of the page that asks for one partial, and judges what was sent for it.

    The step is the state's, or the next that asks: one back of a named node that is used.
    """
    ask = view.Asker(desk, request, given)
    walk = await ask.part("walk", "zoom")
    asked = [each for each in walk["steps"] if view.is_asked(each)]
    at = min(given["step"] or 0, walk["total"])
    step = next((each for each in asked if each["step"] >= at), asked[0] if asked else None)
    if step is None:
        raise RequestError(
            Diagnostic("nothing_to_guess", "No step of this walk completes a named partial.")
        )
    answer = request.query_params.get("answer", "").strip()
    verdict = None
    if answer:
        sent = {"source": given["source"], "values": given["values"], "of": step["name"]}
        try:
            found = await desk.ask(request, "compare", protocol.to_json({**sent, "answer": answer}))
            verdict = _verdict(orjson.loads(found.body))
        except BackstepError as error:
            verdict = _unread(error)
    drawing = await ask.part("drawing", "zoom", "direction", step=step["step"] - 1)
    place = asked.index(step)

    def to(each: Plain) -> str:
        return share_link.encode({**_stated(given), "step": each["step"]})

    return {
        "walk": walk,
        "step": step,
        "d": to(step),
        "answer": answer,
        "verdict": verdict,
        "drawing": drawing,
        "count": (place + 1, len(asked)),
        "before": to(asked[place - 1]) if place else None,
        "next": to(asked[place + 1]) if place + 1 < len(asked) else None,
        "upstream": [
            back["symbol"]["partial"]
            for use in step["contributions"]
            for back in walk["steps"]
            if back["phase"] == "backward" and back["node"] == use["use"]
        ],
    }


def _stated(given: Plain) -> Plain:
    return {name: each for name, each in given.items() if each is not None}


def _unread(error: BackstepError) -> Plain:
    """What stands in the way of judging an answer."""
    told = [f"{each.message}; {each.hint}" if each.hint else each.message for each in error.faults]
    return {"state": "is-doubtful", "words": f"Not judged: {'; '.join(told)}."}


def _verdict(found: Plain) -> Plain:
    """How an answer stands, without the partial's own figures."""
    told = [found[name] for name in ("hint", "note") if found.get(name)]
    more = " ".join(f"{each}." if each[-1] not in ".?!" else each for each in told)
    if found["equal"] is None:
        return {"state": "is-doubtful", "words": f"Not decided. {more}"}
    if found["equal"]:
        return {"state": "is-right", "words": f"✓ Right. {more}"}
    if (found.get("missing") or {}).get("kind") == "values":
        return {"state": "is-doubtful", "words": f"Almost: {more}"}
    return {"state": "is-wrong", "words": f"✗ Not yet. {more}"}
