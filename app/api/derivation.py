"""POST /derivation: a partial derived line by line, as on paper."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from backstep.derivation import answer as on_paper

from .answers_derivation import DerivationAnswer
from .call import Call
from .request import NEURON, Definition


class DerivationRequest(Definition):
    """A partial derived line by line, as on paper."""

    of: str = Field(
        description="The name that the loss is derived by: a parameter, an input, a result.",
        examples=["w"],
    )


def answer(request: DerivationRequest) -> dict[str, Any]:
    """A partial derived line by line, as on paper."""
    return on_paper.derivation(request.plain())


CALL = Call(
    "derivation",
    DerivationRequest,
    answer,
    DerivationAnswer,
    example={"source": NEURON, "of": "w"},
)
