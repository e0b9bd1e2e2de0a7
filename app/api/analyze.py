"""POST /analyze: several parts in one call; each that may be slow, or fail, is a job of its own."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from backstep.binding.bind import bind
from backstep.binding.closed_gradients import Form
from backstep.binding.evaluation import Evaluation, evaluate
from backstep.clock import OutOfTime, within
from backstep.drawing.answer import Picture, drawn, page_picture
from backstep.drawing.moved import WalkFigures, walk_figures
from backstep.drawing.steps import WalkSteps, walk_steps
from backstep.errors import BackstepError
from backstep.gradient_check.result import CheckSummary
from backstep.gradient_check.run import summarise
from backstep.walk.walk_for import BoundWalk, walk_for

from ..jobs import protocol
from ..jobs.protocol import Payload
from . import strict_json
from .call import DRAWING, JOB, Call
from .derive import DeriveAnswer, in_time
from .graph import DrawnRequest
from .problem import Failed
from .request import NEURON, read

Part = Literal["numbers", "drawing", "walk", "figures", "formulas", "check"]
APART = "application/vnd.backstep.parts+json"
"""The media type of a list of parts, each to be asked for as a job of its own."""
LINES = "application/x-ndjson"
"""The media type of one line for each part: an object with the part's name and its answer."""
QUICK_NODES = 300
QUICK_WORK = 1_000_000
QUICK_SCALARS = 2_000
"""Forward nodes, and operations on numbers, of a definition whose numbers take a few ms; the last
where each of those operations is a node."""
QUICK_SECONDS = 0.3 * JOB
"""Of processor time that all parts of such a definition may take as one job."""


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


class _Asked:
    """A request that is read once, with the results that several of its parts share."""

    def __init__(self, request: AnalyzeRequest) -> None:
        self.request = request
        self.prepared = bind(request.source, request.values)

    @cached_property
    def walked(self) -> BoundWalk:
        """The walk, every step in full."""
        return self._walked(None)

    def moved(self) -> BoundWalk:
        """The walk with the current step in full, or the walk that another part has made."""
        known: BoundWalk | None = self.__dict__.get("walked")
        last = sys.maxsize if self.request.step is None else self.request.step
        return self._walked(last) if known is None else known

    def _walked(self, told: int | None) -> BoundWalk:
        asked = self.request
        return walk_for(
            self.prepared,
            asked.zoom,
            asked.open,
            fold=asked.fold,
            zoom_out=True,
            told=told,
            boxes=asked.boxes,
        )


def _drawing(asked: _Asked) -> Picture:
    drawing = drawn(asked.walked, asked.request.direction, asked.request.step)
    return page_picture(asked.walked, drawing)


PARTS: Mapping[Part, Callable[[_Asked], object]] = {
    "numbers": lambda asked: evaluate(asked.prepared, asked.request.names, asked.request.most),
    "drawing": _drawing,
    "walk": lambda asked: walk_steps(asked.walked),
    "figures": lambda asked: walk_figures(asked.moved(), asked.request.step),
    "formulas": lambda asked: in_time(asked.prepared, asked.request.form, asked.request.wrt),
    "check": lambda asked: summarise(asked.prepared),
}


def answer(request: AnalyzeRequest) -> Mapping[Part, object] | Payload:
    """Several parts at once; a part that fails is a problem in its place.

    With `Accept: application/x-ndjson` a line a part, as each is ready. All of it is one job where
    that is quick; else the job says which parts there are to be asked for. The text is read here:
    a text with errors fails the call for all parts at once.
    """
    return together(request) or Payload(APART, protocol.to_json(parts(request)))


def together(request: AnalyzeRequest) -> Mapping[Part, object] | None:
    """All parts that a request asks for: its text read, evaluated and walked once.

    None where they may take long, or one cannot be answered: then each is asked for by itself, so
    that its time, its memory and its errors are its own.
    """
    asked = _Asked(request)
    asked.prepared.seal()
    work = QUICK_SCALARS if request.zoom == "scalar" else QUICK_WORK
    nodes = asked.prepared.definition.graph.forward_count or 0
    if nodes > QUICK_NODES or asked.prepared.model.work > work:
        return None
    wanted = dict.fromkeys(request.parts)
    # Figures can be read off a walk with every step in full, but not the other way round.
    order = sorted(wanted, key=lambda name: name == "figures")
    try:
        with within(QUICK_SECONDS):
            found = {name: PARTS[name](asked) for name in order}
    except (BackstepError, OutOfTime):
        return None
    return {name: found[name] for name in wanted}


def parts(request: AnalyzeRequest) -> list[str]:
    """Which parts a request asks for, each once, where its text can be read."""
    bind(request.source, request.values)
    return list(dict.fromkeys(request.parts))


def part(name: Part, request: AnalyzeRequest) -> object:
    """One part. A network with too many scalars is zoomed out, and the answer says so."""
    return PARTS[name](_Asked(request))


def job(name: str) -> str:
    """The name of a part's job."""
    return f"analyze/{name}"


def _part(name: Part, payload: bytes) -> object:
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
    seconds=DRAWING,
    files=(LINES,),
    more={
        "analyze/parts": (_parts, JOB),
        **{job(name): (functools.partial(_part, name), _seconds(name)) for name in PARTS},
    },
)
