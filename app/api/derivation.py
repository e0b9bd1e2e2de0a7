"""POST /derivation: a partial derived line by line, as on paper."""

from __future__ import annotations

from pydantic import Field

from backstep.binding.bind import bind
from backstep.derivation.answer import Derivation, derivation

from .call import Call
from .request import NEURON, Definition


class DerivationRequest(Definition):
    """A partial derived line by line, as on paper."""

    of: str = Field(
        description="The name that the loss is derived by: a parameter, an input, a result.",
        examples=["w"],
    )


def answer(request: DerivationRequest) -> Derivation:
    """A partial derived line by line, as on paper."""
    return derivation(bind(request.source, request.values), request.of)


CALL = Call(
    "derivation",
    DerivationRequest,
    answer,
    Derivation,
    example={"source": NEURON, "of": "w"},
)
