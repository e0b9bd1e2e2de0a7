"""The events of `/train`, for the schema. Builds no answer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .answers import Answer, Shape
from .schema import Number, Numbers


class UpdateLine(Answer):
    name: str = Field(description="What the line gives, as the rule names it.", examples=["w"])
    latex: str = Field(examples=[r"w \leftarrow w - \eta \, g"])


class UpdateRule(Answer):
    text: str = Field(
        description="The update in the language; `w` is a parameter and `g` its partial.",
        examples=["eta = eta_0\nw = w - eta*g"],
    )
    lines: list[UpdateLine]
    letters: dict[str, str] = Field(
        description="The rule's own letters that the definition's names have already, each with"
        " the one that stands for it here.",
        examples=[{"lambda": "kappa"}],
    )
    note: str | None = Field(description="The same in a sentence; null where there are none.")


class TrainedParameter(Answer):
    name: str = Field(examples=["w"])
    latex: str = Field(examples=["w"])
    shape: Shape


class TrainRows(Answer):
    name: str = Field(description="An input or a target.", examples=["x"])
    role: Literal["input", "target"]
    line: int = Field(description="Where its declaration begins in the text, from 1.")
    end_line: int = Field(description="The last line of its declaration.")
    values: list[Numbers] = Field(description="An example a row.")


class TrainExamples(Answer):
    count: int = Field(description="How many there are.", examples=[4])
    batch: int = Field(description="How many an update reads, at most.", examples=[4])
    epoch: int = Field(description="Updates that read all of them once.", examples=[1])
    together: bool = Field(
        description="The definition reads them at once; else it is for one, and what counts is the"
        " mean of the losses."
    )
    rows: list[TrainRows] | None = Field(
        description="The examples by name, where there are several and not too many numbers: a"
        " definition of some of them is the text with these declarations replaced."
    )


class FitAxis(Answer):
    name: str = Field(examples=["x"])
    ticks: list[float]


class FitPicture(Answer):
    kind: Literal["curve", "region"]
    output: str = Field(description="The prediction that is shown.", examples=["p"])
    axes: list[FitAxis] = Field(description="The inputs of an example, and the grid along each.")
    threshold: float | None = Field(
        description="Of a region: the prediction at which both labels cost as much.",
        examples=[0.5],
    )
    classes: int | None = Field(
        description="Of a region: how many classes have a score each; what is sent is which of"
        " them has the largest."
    )
    points: list[list[Number]] = Field(description="Examples, the inputs of each in a row.")
    targets: list[Number] | None = Field(description="Their targets, where each is one number.")


class TrainStart(Answer):
    """The first event: what is trained, and how."""

    loss: str = Field(description="The loss, as the text names it.", examples=["L"])
    parameters: list[TrainedParameter]
    numbers: int = Field(description="Elements of all parameters together.", examples=[2])
    optimiser: str = Field(examples=["sgd"])
    rate: float = Field(examples=[0.05])
    schedule: str = Field(examples=["constant"])
    settings: dict[str, float] = Field(description="Those in force.", examples=[{}])
    rule: UpdateRule = Field(description="One update, with all that goes with it.")
    watch: str | None = Field(examples=["w"])
    steps: int = Field(examples=[3])
    every: int = Field(examples=[1])
    examples: TrainExamples
    fit: FitPicture | None = Field(description="The grid that each step's `fit` is over.")
    no_fit: str | None = Field(description="Why there is none, where one was asked for.")


class TrainStep(Answer):
    """After so many updates: the loss and the gradient that the next update reads."""

    step: int = Field(description="Updates made; 0 is before the first.", examples=[0])
    epoch: int = Field(description="Which pass over the examples the next update belongs to.")
    rate: float = Field(description="The learning rate of the next update.", examples=[0.05])
    loss: Number = Field(description="Over the examples of the next update.", examples=[18.5625])
    gradient_norm: Number = Field(description="Of all parameters, before any clipping.")
    examples: list[int] | None = Field(
        description="The numbers of the examples, from 0, that `loss`, `gradient_norm` and `update`"
        " are over; null where they are more than 400.",
        examples=[[0]],
    )
    parameters: dict[str, Numbers] = Field(
        description="Those of `names`, before the next update.", examples=[{"w": 0.5, "b": 0.0}]
    )
    update: list[UpdateLine] | None = Field(
        description="The next update of `watch`, in symbols and in numbers; null after the last."
    )
    fit: list[Numbers] | None = Field(
        description="The prediction over the grid, to four figures; of a region a row for each"
        " place along the second axis."
    )


class TrainLoss(Answer):
    first: Number = Field(examples=[18.5625])
    last: Number = Field(examples=[0.0566])


class Averaged(Answer):
    loss: Number
    parameters: dict[str, Numbers]
    fit: list[Numbers] | None


class TrainSummary(Answer):
    """The last event."""

    outcome: Literal["done", "diverged", "at_rest"] = Field(
        description="`diverged`: the loss or the gradient is not finite. `at_rest`: the gradient"
        " is 0, and nothing would ever move."
    )
    message: str = Field(description="The same in a sentence.", examples=["3 updates are made"])
    hint: str | None = Field(description="What would do, where it ended badly.")
    steps: int = Field(description="Updates made.", examples=[3])
    loss: TrainLoss = Field(
        description="Over all examples, before the first update and after the last."
    )
    parameters: dict[str, Numbers] = Field(description="All, after the last update.")
    averaged: Averaged | None = Field(description="With `average`: the mean of the parameters.")


EVENTS: tuple[tuple[str, type[Answer]], ...] = (
    ("start", TrainStart),
    ("step", TrainStep),
    ("summary", TrainSummary),
)
"""By the event's name. A fourth, `error`, is a Problem: what stopped the training midway."""

SCHEMA = {
    "oneOf": [
        {
            "type": "object",
            "properties": {
                "event": {"const": name},
                "data": {
                    "type": "string",
                    "contentMediaType": "application/json",
                    "contentSchema": {"$ref": f"#/components/schemas/{model}"},
                },
            },
            "required": ["event", "data"],
        }
        for name, model in (
            *((name, model.__name__) for name, model in EVENTS),
            ("error", "Problem"),
        )
    ]
}
"""Of one event: its name, and its data, a line of JSON."""
