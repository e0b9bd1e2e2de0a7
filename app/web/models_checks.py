"""What `/compare`, `/check` and `/hessian` take: their fields, meaning and examples."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from app.web.models import NEURON, Request


class CompareRequest(Request):
    """Whether a typed formula is a partial of the loss, and what a wrong one lacks."""

    example: ClassVar[dict[str, Any]] = {
        "source": NEURON,
        "of": "w",
        "answer": "(u - y)*u*(1 - u)*x + 2*lambda*w",
    }

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


REQUESTS: tuple[type[Request], ...] = (CompareRequest,)
