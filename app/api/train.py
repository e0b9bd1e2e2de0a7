"""POST /train: the events of a training, computed in pieces and sent as they come."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
import orjson
from pydantic import Field

from backstep.binding.bind import bind
from backstep.train.events import SavedState, TrainStart, TrainStep, TrainSummary
from backstep.train.run import Run
from backstep.train.setup import TrainOptions

from ..jobs.protocol import Payload
from . import events, strict_json
from .call import JOB, Call
from .problem import Problem
from .request import Asked, Definition, Values, read

LINE = (
    "input x = [1, 2, 3, 4]\ntarget y = [2, 4, 6.5, 8]\nparam w = 0.5\nparam b = 0\n"
    "p = w*x + b\nL = mean((p - y)^2)"
)
"""A line through four points, as the example of the schema has it."""

Positive = Annotated[float, Field(gt=0)]


class TrainingOptions(Asked):
    """How a definition is trained."""

    steps: Annotated[int, Field(ge=0, le=10**6, strict=True)] = Field(
        default=100, description="Updates to be made.", examples=[100]
    )
    every: Annotated[int, Field(ge=1, le=10**6, strict=True)] = Field(
        default=None,  # type: ignore[assignment]
        description="Of every so many steps one is sent, and the last two; where left out, about"
        " 200 in all.",
        examples=[10],
    )
    optimiser: Literal["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"] = (
        Field(
            default="sgd",
            description="The rule of an update; `sgd` is gradient descent.",
            examples=["adam"],
        )
    )
    rate: Positive | None = Field(
        default=None,
        description="The learning rate to start from; the optimiser's own where left out.",
        examples=[0.05],
    )
    settings: dict[str, float] = Field(
        default_factory=dict,
        description="Numbers of the optimiser and of the schedule, by name: `mu` of momentum,"
        " `alpha` of RMSprop, `beta_1` and `beta_2` of Adam, `epsilon`, `gamma` and `s` of a"
        " schedule, `eta_min` and `T` of `cosine`; the usual ones where left out.",
        examples=[{}],
    )
    schedule: Literal["constant", "step", "exponential", "inverse", "cosine"] = Field(
        default="constant",
        description="How the learning rate falls.",
        examples=["cosine"],
    )
    weight_decay: Annotated[float, Field(ge=0)] = Field(
        default=None,  # type: ignore[assignment]
        description="Times each parameter, added to its partial, as an L2 penalty is; of `adamw`"
        " times the learning rate, taken off the parameter itself. Where left out 0.01 of `adamw`,"
        " as in PyTorch, and none of the others.",
        examples=[0.01],
    )
    clip: Positive | None = Field(
        default=None,
        description="A gradient longer than this, of all parameters together, is scaled down to"
        " it; none is where left out.",
        examples=[1.0],
    )
    average: Annotated[int, Field(ge=0, le=10**6, strict=True)] = Field(
        default=None,  # type: ignore[assignment]
        description="The mean of the parameters after every update past this one is kept too.",
        examples=[0],
    )
    data: Values = Field(
        default_factory=dict,
        description="Examples: for inputs and targets, by name, a list with one entry an example."
        " An entry has the declared shape where the definition is for one example, and the shape"
        " without its first axis where it is for a batch.",
        examples=[{"x": [1, 2, 3], "y": [2, 4, 6]}],
    )
    batch: Annotated[int, Field(ge=1, le=10**6, strict=True)] = Field(
        default=None,  # type: ignore[assignment]
        description="Examples of one update; all where left out. Without `data` the examples are"
        " the rows of the definition's own inputs and targets.",
        examples=[2],
    )
    shuffle: bool = Field(
        default=True,
        description="Each epoch in an order of its own; else as they stand.",
        examples=[True],
    )
    seed: Annotated[int, Field(ge=0, le=2**31, strict=True)] = Field(
        default=0, description="Of the order; parameters start as the text says.", examples=[7]
    )
    holdout: Annotated[int, Field(ge=2, le=10**6, strict=True)] = Field(
        default=None,  # type: ignore[assignment]
        description="Of every so many examples the last is held out: no update reads it, and each"
        " step has the loss over all of them; none where left out. Without `data` the examples are"
        " the rows of the definition's own inputs and targets.",
        examples=[4],
    )


class TrainRequest(TrainingOptions, Definition):
    """A training: many updates of the parameters, sent as they are made."""

    names: list[str] | None = Field(
        default=None,
        description="Parameters whose values are sent with each step; where left out all, if they"
        " have 400 numbers at most. The summary has all.",
        examples=[["w"]],
    )
    watch: str | None = Field(
        default=None,
        description="A parameter, or an element such as `W1[0,2]`, whose update is written out at"
        " each step.",
        examples=["w"],
    )
    fit: bool = Field(
        default=False,
        description="With each step the prediction over a grid, where the definition has one or"
        " two inputs an example.",
        examples=[True],
    )


EVENTS: tuple[tuple[str, type], ...] = (
    ("start", TrainStart),
    ("step", TrainStep),
    ("summary", TrainSummary),
    ("error", Problem),
)
"""The classes of events by name; `error` says why a training stopped midway."""


def run_of(request: TrainRequest) -> Run:
    """The training that a request asks for."""
    options = {name: each for name, each in request if name not in Definition.model_fields}
    return Run(bind(request.source, request.values), TrainOptions(**options))


@functools.lru_cache(maxsize=4)
def _run(payload: bytes) -> Run:
    # Pieces of one training come one after another, and mostly to the same worker.
    return run_of(read(TrainRequest, strict_json.loads(payload)))


def begin(payload: bytes) -> Payload:
    """The first event of a training, and the state it begins with."""
    found = _run(payload).begin()
    return events.piece([("start", found.start)], found.state)


def go_on(payload: bytes) -> Payload:
    """The next events of a training, and the state after them; none after the last."""
    request, state = events.unframed(payload)
    found = _run(request).go_on(restored(state))
    told: list[tuple[str, object]] = [("step", each) for each in found.steps]
    if found.summary is not None:
        told.append(("summary", found.summary))
    return events.piece(told, found.state)


def restored(packed: bytes) -> SavedState:
    """The state that was packed into bytes."""
    return restored_from(orjson.loads(packed))


def restored_from(found: Mapping[str, Any]) -> SavedState:
    """The state that JSON holds."""
    kept = {name: np.array(each, dtype=np.float64) for name, each in found["kept"].items()}
    return SavedState(found["step"], kept, float(found["first"]))


CALL = Call(
    "train",
    TrainRequest,
    None,
    None,
    about="A training, step by step: server-sent events, the first `start`, the last `summary`."
    " `Content-Location` says where it can be gone on with.",
    example={
        "source": LINE,
        "steps": 3,
        "rate": 0.05,
        "names": ["w", "b"],
        "watch": "w",
    },
    files=(events.MEDIA,),
    events=EVENTS,
    more={"train": (begin, JOB)},
)

RESUMED = Call(
    "train_resumed",
    None,
    None,
    None,
    method="GET",
    path="/train/{id}",
    finds=True,
    parameters=events.resuming("The last part of the `Content-Location` of a training."),
    about="The events of a training that was begun, from one of them on; the training goes on"
    " where it rested.",
    files=(events.MEDIA,),
    events=EVENTS,
    more={"train_on": (go_on, JOB)},
)
