"""What each call answers, for the schema that is published. No answer is ever built from these.

Answers go out as a worker wrote them; the tests hold them against these models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypeAliasType, TypedDict

from backstep import errors
from backstep.binding import evaluation

from .schema import Flags, Number, Numbers, model_of

Count = TypeAliasType("Count", "int | Number")
"""A count; past 64 bits a float."""
Shape = Annotated[list[int], Field(description="A scalar's is empty.", examples=[[2, 3]])]


_OPEN = ConfigDict(extra="allow")


class Answer(BaseModel):
    """What may have more fields than are described, and never fewer."""

    model_config = _OPEN


if TYPE_CHECKING:
    Fix: TypeAlias = Any
    LossValue: TypeAlias = Any
    Remark: TypeAlias = Any
    EvaluateAnswer: TypeAlias = Any
else:
    Fix = model_of(errors.Fix)
    LossValue = model_of(evaluation.LossValue)
    Remark = model_of(evaluation.Remark)
    EvaluateAnswer = model_of(evaluation.Evaluation)


class Summary(Answer):
    """A tensor too large to list."""

    shape: Shape
    min: Number
    max: Number
    norm: Number


class Label(Answer):
    text: str = Field(examples=["z"])
    latex: str = Field(examples=["z"])


class Node(Answer):
    id: str = Field(examples=["n6"])
    name: str | None = Field(examples=["z"])
    kind: Literal["input", "target", "param", "const", "constant", "operation", "result"]
    line: int | None
    shape: Shape
    sign: str | None = Field(description="An operation's sign.", examples=["+"])
    label: Label
    formula: Label | None
    x: float = Field(description="Of the centre, in CSS pixels.", examples=[310.0])
    y: float = Field(description="Of the centre, in CSS pixels, downwards.", examples=[80.0])
    width: float = Field(description="In CSS pixels.", examples=[104.0])
    height: float = Field(description="In CSS pixels.", examples=[62.0])
    value: Numbers | None = Field(description="Null before its step, and of a large tensor.")
    partial: Numbers | None = Field(description="Null before its step, and of a large tensor.")
    summary: Summary | None
    partial_summary: Summary | None
    rounding: Flags | None = Field(
        default=None, description="Where the partial is 0 but for rounding; null: nowhere."
    )
    state: Literal["waiting", "forward", "current", "backward"]
    remark: str | None = Field(
        description="What should be known besides the numbers: a convention, where NaN is born.",
        examples=["relu has a kink at 0; its partial there is 0"],
    )
    fold: Fold | None = Field(description="What `open` opens, of a node that is several.")


class Fold(Answer):
    id: str = Field(description="What `open` takes.", examples=["b2"])
    kind: Literal["statement", "function", "layer", "pass", "loop"]
    title: str = Field(examples=["h"])
    operations: int = Field(description="How many operations are drawn as one.", examples=[3])


class Frame(Answer):
    fold: str = Field(description="The open fold that it stands around.", examples=["b2"])
    kind: Literal["statement", "function", "layer", "pass", "loop"]
    title: str = Field(description="Empty but in the first of a fold's frames.", examples=["h"])
    x: float = Field(description="Of the left side, in CSS pixels.", examples=[310.0])
    y: float = Field(description="Of the upper side, in CSS pixels.", examples=[80.0])
    width: float = Field(description="In CSS pixels.", examples=[104.0])
    height: float = Field(description="In CSS pixels.", examples=[62.0])


class Place(Answer):
    x: float
    y: float


class Local(Answer):
    text: str | None = Field(examples=["u(1 − u)"])
    latex: str | None = Field(examples=["u \\, (1 - u)"])
    value: Number | None = Field(description="Null where it is a Jacobian.", examples=[0.2217])


class Edge(Answer):
    id: str = Field(examples=["n6-n7-0"])
    source: str = Field(examples=["n6"])
    target: str = Field(examples=["n7"])
    path: str = Field(description="As an SVG path's `d`.", examples=["M0,0 L10,0"])
    label: Place | None = Field(description="Where the local derivative stands.")
    local: Local
    contribution: Numbers | None
    state: Literal["waiting", "forward", "current", "done"]


class GraphAnswer(Answer):
    zoom: Literal["tensor", "block", "scalar"]
    direction: Literal["LR", "TB"]
    width: float = Field(description="In CSS pixels.", examples=[812.0])
    height: float = Field(description="In CSS pixels.", examples=[240.0])
    step: int = Field(examples=[12])
    total: int = Field(examples=[19])
    folded: str | None = Field(description="Why fewer nodes are drawn than were asked for.")
    nodes: list[Node]
    edges: list[Edge]
    frames: list[Frame] = Field(description="Around what is drawn of open folds.")


class Drawing(Answer):
    svg: str = Field(description="The picture.", examples=["<svg …>…</svg>"])
    graph: GraphAnswer


class Fault(TypedDict):
    """One thing that is wrong, with its place in the text or in the values."""

    __pydantic_config__ = _OPEN  # type: ignore[misc]

    code: Annotated[str, Field(examples=["unknown_name"])]
    message: Annotated[str, Field(examples=["nothing is called v"])]
    hint: Annotated[str | None, Field(examples=["did you mean w?"])]
    line: NotRequired[Annotated[int, Field(description="From 1.", examples=[3])]]
    column: NotRequired[Annotated[int, Field(description="From 1, in characters.", examples=[5])]]
    end_line: NotRequired[Annotated[int, Field(description="From 1.", examples=[3])]]
    end_column: NotRequired[Annotated[int, Field(description="Exclusive.", examples=[6])]]
    pointer: NotRequired[Annotated[str, Field(description="RFC 6901.", examples=["/values/w"])]]
    fixes: Annotated[
        list[Fix],
        Field(description="Changes of the text, the likeliest first; empty where none is known."),
    ]


class Problem(TypedDict):
    """What went wrong (RFC 9457)."""

    __pydantic_config__ = _OPEN  # type: ignore[misc]

    type: Annotated[str, Field(examples=["/api/v1/docs#definition"])]
    title: Annotated[str, Field(examples=["The definition is at fault"])]
    status: Annotated[int, Field(examples=[422])]
    code: Annotated[str, Field(description="The kind of problem.", examples=["definition"])]
    detail: Annotated[str, Field(examples=["nothing is called v"])]
    errors: Annotated[list[Fault], Field(description="What is at fault, and where.")]
    limit: NotRequired[Annotated[str, Field(examples=["body_bytes"])]]
    measured: NotRequired[Annotated[Count, Field(examples=[5000000])]]
    operations: NotRequired[Annotated[Count, Field(description="Of a formula, as counted.")]]
    allowed: NotRequired[Annotated[Count, Field(examples=[4000000])]]
    retry_after: NotRequired[Annotated[int, Field(description="Seconds.", examples=[1])]]


class Failed(Answer):
    """A part that failed, in its place."""

    problem: Problem


class Example(Answer):
    id: str = Field(examples=["toy-neuron"])
    title: str = Field(examples=["One neuron with weight decay"])
    about: str
    source: str = Field(description="The definition's text.")
    link: str = Field(description="Opens it on the page.", examples=["/?d=eNq…"])


class ExamplesAnswer(Answer):
    examples: list[Example]


class HealthAnswer(Answer):
    live: Literal[True]
    ready: bool = Field(description="Whether a worker can take a job.")
    degraded: list[str] = Field(description="The parts that do not work now.", examples=[[]])
    version: str = Field(examples=["0.1.0"])
