"""POST /sweep: many trainings of one definition, as events; GET /sweep/{id} sends what is left.

What is computed in a piece is a few runs, or a part of a long one. The service reads no event: it
numbers them, keeps them for a while, and hands back what a piece has left.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

import orjson
from pydantic import Field, WithJsonSchema

from backstep.binding.bind import pointer
from backstep.errors import BodyError, Diagnostic
from backstep.train.setup import TrainOptions
from backstep.train.sweep import (
    OPTIONS,
    Ended,
    Sweep,
    SweepPoint,
    SweepRun,
    SweepStart,
    SweepSummary,
    Unfinished,
    block,
    count_runs,
)

from ..jobs.protocol import Payload
from . import events, strict_json
from .call import JOB, Call
from .problem import Problem
from .request import NUMBERS, Definition, read
from .train import LINE, TrainingOptions, restored_from


class SweepTraining(TrainingOptions):
    """How each run of a sweep is trained, but for what it is over."""

    every: Annotated[int, Field(ge=1, le=10**6, strict=True)] = Field(
        default=None,  # type: ignore[assignment]
        description="Of every so many steps the loss is in a run's curve, and of the last two;"
        " where left out, about 20 in all.",
        examples=[10],
    )
    names: list[str] | None = Field(
        default=None,
        description="Parameters whose last values are sent with each run; where left out all, if"
        " they have 400 numbers at most.",
        examples=[["w"]],
    )


Choices = Annotated[
    dict[str, Annotated[list[Any], Field(min_length=1)]],
    Field(min_length=1),
    WithJsonSchema(
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "anyOf": [{"$ref": f"#/components/schemas/{NUMBERS}"}, {"type": "string"}]
                },
            },
        }
    ),
]


class SweepRequest(Definition):
    """Many trainings of one definition: every combination of some choices."""

    train: SweepTraining = Field(
        default_factory=SweepTraining,
        description="How each of them is trained, but for what the sweep is over.",
        examples=[{"steps": 3}],
    )
    over: Choices = Field(
        description="Lists of what to choose between, by name: `rate`, `seed`, `steps`, `batch`,"
        " `optimiser`, `schedule`, `weight_decay`, `clip` of a training, `settings.mu` of its"
        " settings, `values.w` of the values. The runs are all combinations, the last list's"
        " choices changing fastest.",
        examples=[{"rate": [0.05, 0.1], "values.w": [0, 0.5]}],
    )


EVENTS: tuple[tuple[str, type], ...] = (
    ("start", SweepStart),
    ("run", SweepRun),
    ("summary", SweepSummary),
    ("error", Problem),
)
"""The classes of events by name; `error` says why a sweep stopped midway."""


@functools.lru_cache(maxsize=4)
def _sweep(payload: bytes) -> Sweep:
    request = read(SweepRequest, strict_json.loads(payload))
    count_runs(request.over)
    return Sweep(request.source, request.values, _options(request.train), _choices(request))


def _options(given: TrainingOptions) -> TrainOptions:
    return TrainOptions(**dict(given))


def _choices(request: SweepRequest) -> Mapping[str, Sequence[object]]:
    """What the sweep is over, each choice as the field of its name takes it."""
    plain = {name: each for name, each in request.train if each is not None}
    return {
        key: [
            _choice(plain, key, choice, f"{pointer(key, 'over')}/{place}")
            for place, choice in enumerate(choices)
        ]
        for key, choices in request.over.items()
    }


def _choice(plain: Mapping[str, object], key: str, choice: object, at: str) -> object:
    if choice is None:
        raise BodyError(Diagnostic("missing", "a choice cannot be null", pointer=at))
    group, _, name = key.partition(".")
    if key not in OPTIONS and not (group == "settings" and name):
        return choice
    asked = {"settings": {name: choice}} if group == "settings" else {key: choice}
    try:
        found = read(SweepTraining, {**plain, **asked})
    except BodyError as error:
        raise BodyError(*(replace(fault, pointer=at) for fault in error.faults)) from None
    return found.settings[name] if group == "settings" else getattr(found, key)


def begin(payload: bytes) -> Payload:
    """The first event of a sweep, and what the service needs to know of it: how many runs, and the
    bytes of all events at most. The payload is its id and the request."""
    name, request = events.unframed(payload)
    start, numbers = _sweep(request).begin(name.decode())
    plan = {"runs": start.runs, "bytes": numbers * NUMBER_BYTES + start.runs * RUN_BYTES}
    return events.piece([("start", start)], plan)


NUMBER_BYTES = 26
"""The longest float64, with a comma."""
RUN_BYTES = 1_500
"""The words of a run's event."""


def go_on(payload: bytes) -> Payload:
    """Some runs of a block, or a part of one; how they ended, and what is left of the block. The
    payload is the request and what was left, or the block as it was first."""
    request, packed = events.unframed(payload)
    asked = orjson.loads(packed)
    left = None if asked["run"] is None else _unfinished(asked["run"])
    ended, first, rest = block(_sweep(request), asked["first"], asked["last"], left)
    after = None
    if first < asked["last"]:
        after = {"first": first, "last": asked["last"], "run": rest}
    return events.piece(
        [("run", event) for event, _ in ended],
        {"ended": [each for _, each in ended], "left": after},
    )


def end(payload: bytes) -> Payload:
    """The last event. The payload is the request and how all runs ended."""
    request, packed = events.unframed(payload)
    ended = [Ended(each["outcome"], _loss(each["loss"])) for each in orjson.loads(packed)]
    return events.piece([("summary", _sweep(request).summary(ended))], None)


def _unfinished(found: Mapping[str, Any]) -> Unfinished:
    curve = [SweepPoint(each["step"], float(each["loss"])) for each in found["curve"]]
    return Unfinished(restored_from(found["state"]), curve)


def _loss(given: float | str | None) -> float | None:
    return None if given is None else float(given)


CALL = Call(
    "sweep",
    SweepRequest,
    None,
    None,
    about="Many trainings of one definition, over learning rates, seeds, values: server-sent"
    " events, the first `start`, one `run` for each, in order, the last `summary`.",
    example={
        "source": LINE,
        "train": {"steps": 3},
        "over": {"rate": [0.01, 0.05], "values.w": [0, 0.5]},
    },
    files=(events.MEDIA,),
    events=EVENTS,
    more={"sweep": (begin, JOB)},
)

RESUMED = Call(
    "sweep_resumed",
    None,
    None,
    None,
    method="GET",
    path="/sweep/{id}",
    finds=True,
    parameters=events.resuming("The `id` of a sweep's `start`."),
    about="The events of a sweep that was begun, from one of them on; the sweep goes on where it"
    " rested.",
    files=(events.MEDIA,),
    events=EVENTS,
    more={"sweep_on": (go_on, JOB), "sweep_end": (end, JOB)},
)
