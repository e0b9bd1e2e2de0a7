"""POST /analyze: several parts at once; each that may take long, or fail, by itself."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from backstep.binding.bind import Prepared, bind
from backstep.binding.closed_gradients import Form, derive
from backstep.binding.evaluation import Evaluation, evaluate
from backstep.drawing.answer import Picture, drawn, page_picture
from backstep.drawing.moved import WalkFigures, walk_figures
from backstep.drawing.steps import WalkSteps, walk_steps
from backstep.errors import BackstepError
from backstep.gradient_check.result import CheckSummary
from backstep.gradient_check.run import summarise
from backstep.walk.walk_for import Walked, walked

from ..jobs import protocol
from ..jobs.protocol import Answer
from . import strict_json
from .call import DRAWING, JOB, Call
from .derive import DeriveAnswer
from .graph import DrawnRequest
from .problem import Failed
from .request import NEURON, read

Part = Literal["numbers", "drawing", "walk", "figures", "formulas", "check"]
APART = "application/vnd.backstep.parts+json"
"""The media type of a list of parts that are each to be asked for by themselves."""
QUICK_NODES = 300
QUICK_WORK = 1_000_000
QUICK_SCALARS = 2_000
"""Forward nodes, and operations on numbers, of a definition whose numbers take a few ms; the last
where each of those operations is a node."""


class AnalyzeRequest(DrawnRequest):
    """Several parts at once."""

    parts: list[Part] = Field(
        default=["numbers", "drawing", "walk", "formulas"],
        min_length=1,
        description="What is asked for; all but `figures` and `check` where left out.",
        examples=[["numbers", "walk"]],
    )
    names: list[str] | None = Field(
        default=None,
        description="As `/evaluate` takes it, for the part `numbers`.",
        examples=[["z"]],
    )
    most: Annotated[int, Field(ge=0)] = Field(
        default=None,  # type: ignore[assignment]
        description="Tensors of more elements than this are null in the part `numbers`; every one"
        " is sent where left out.",
        examples=[400],
    )
    form: Form = Field(
        default="scalar",
        description="As `/derive` takes it, for the part `formulas`.",
        examples=["scalar"],
    )
    wrt: list[str] | None = Field(
        default=None,
        description="As `/derive` takes it, for the part `formulas`.",
        examples=[["w"]],
    )


class Analysis(TypedDict):
    """Each part that was asked for, under its name."""

    numbers: NotRequired[Evaluation | Failed]
    drawing: NotRequired[Picture | Failed]
    walk: NotRequired[WalkSteps | Failed]
    figures: NotRequired[WalkFigures | Failed]
    formulas: NotRequired[DeriveAnswer | Failed]
    check: NotRequired[CheckSummary | Failed]


def _numbers(given: Prepared, asked: AnalyzeRequest) -> Evaluation:
    return evaluate(given, asked.names, asked.most)


def _walked(given: Prepared, asked: AnalyzeRequest, told: int | None = None) -> Walked:
    return walked(given, asked.zoom, asked.open, fold=asked.fold, zoom_out=True, told=told)


def _drawing(given: Prepared, asked: AnalyzeRequest) -> Picture:
    found = _walked(given, asked)
    return page_picture(found, drawn(found, asked.direction, asked.step))


def _figures(given: Prepared, asked: AnalyzeRequest) -> WalkFigures:
    last = sys.maxsize if asked.step is None else asked.step
    return walk_figures(_walked(given, asked, told=last), asked.step)


PARTS: Mapping[Part, Callable[[Prepared, AnalyzeRequest], Any]] = {
    "numbers": _numbers,
    "drawing": _drawing,
    "walk": lambda given, asked: walk_steps(_walked(given, asked)),
    "figures": _figures,
    "formulas": lambda given, asked: derive(given, asked.form, asked.wrt),
    "check": lambda given, asked: summarise(given),
}
_QUICK = ("numbers", "figures")


def answer(request: AnalyzeRequest) -> Any:
    """Several of these at once; a part that fails is a problem in its place.

    All of it where that is quick; else which parts there are to be asked for, as `APART`. The text
    is read here: one that is at fault fails the call, once and for all parts.
    """
    return quick(request) or Answer(APART, protocol.to_json(parts(request)))


def quick(request: AnalyzeRequest) -> dict[str, Any] | None:
    """All parts that a request asks for, from one evaluation; None where they may take long or one
    cannot be answered.

    Then each is asked for by itself, so that one's time, memory or fault is its own.
    """
    given = bind(request.source, request.values)
    given.seal()
    work = QUICK_SCALARS if request.zoom == "scalar" else QUICK_WORK
    nodes = given.definition.graph.forward or 0
    if nodes > QUICK_NODES or given.understood.work > work or set(request.parts) - set(_QUICK):
        return None
    try:
        return {each: PARTS[each](given, request) for each in dict.fromkeys(request.parts)}
    except BackstepError:
        return None


def parts(request: AnalyzeRequest) -> list[str]:
    """Which parts a request asks for, each once, where its text can be read."""
    bind(request.source, request.values)
    return list(dict.fromkeys(request.parts))


def part(name: Part, request: AnalyzeRequest) -> Any:
    """One part. A network of too many scalars to be made is zoomed out, and the answer says so."""
    return PARTS[name](bind(request.source, request.values), request)


def job(name: str) -> str:
    """The name of a part's job."""
    return f"analyze/{name}"


def _part(name: Part, payload: bytes) -> Any:
    return part(name, read(AnalyzeRequest, strict_json.loads(payload)))


def _parts(payload: bytes) -> list[str]:
    return parts(read(AnalyzeRequest, strict_json.loads(payload)))


def _seconds(name: str) -> float:
    return DRAWING if name == "drawing" else JOB


CALL = Call(
    "analyze",
    AnalyzeRequest,
    answer,
    Analysis,
    example={"source": NEURON, "parts": ["numbers", "check"]},
    more={
        "analyze/parts": (_parts, JOB),
        **{job(name): (functools.partial(_part, name), _seconds(name)) for name in PARTS},
    },
)
