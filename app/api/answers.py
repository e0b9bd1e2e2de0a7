"""What each call answers, for the schema that is published. No answer is ever built from these.

Answers go out as a worker wrote them; the tests hold them against these models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypeAliasType, TypedDict

from backstep import errors
from backstep.binding import evaluation

from .schema import Number, model_of

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
