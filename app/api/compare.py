"""POST /compare: a typed formula judged: is it a partial of the loss, and what does it lack?"""

from __future__ import annotations

from pydantic import Field
from typing_extensions import TypeAliasType

from backstep.binding.bind import bind
from backstep.clock import Watch
from backstep.marking.compare import Verdict, WrongVerdict, compare

from .call import Call
from .request import NEURON, Definition

CompareAnswer = TypeAliasType("CompareAnswer", Verdict | WrongVerdict)


class CompareRequest(Definition):
    """Whether a typed formula is a partial of the loss, and what a wrong one lacks."""

    of: str = Field(
        description="What the partial is by: a parameter, an input, an intermediate, or an element"
        " such as `W1[0,2]`.",
        examples=["w"],
    )
    answer: str = Field(
        description="The formula, in the language and the names of the definition, those of"
        " intermediates among them.",
        examples=["(u - y)*u*(1 - u)*x + 2*lambda*w"],
    )


def answer(request: CompareRequest) -> CompareAnswer:
    """Whether a typed formula is a partial of the loss, and what a wrong one lacks."""
    watch = Watch()
    return compare(bind(request.source, request.values), request.of, request.answer, watch)


CALL = Call(
    "compare",
    CompareRequest,
    answer,
    CompareAnswer,
    example={
        "source": NEURON,
        "of": "w",
        "answer": "(u - y)*u*(1 - u)*x + 2*lambda*w",
    },
)
