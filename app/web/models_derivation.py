"""What `/derivation`, `/paths` and `/cost` take: their fields, meaning and examples."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from app.limits import LIMITS
from app.web.models import NEURON, Request, Zoom


class DerivationRequest(Request):
    """A partial derived line by line, as on paper."""

    example: ClassVar[dict[str, Any]] = {"source": NEURON, "of": "w"}

    of: str = Field(
        description="The name that the loss is derived by: a parameter, an input, a result.",
        examples=["w"],
    )


class PathsRequest(Request):
    """The paths from a node to the loss, the product along each, and their sum."""

    example: ClassVar[dict[str, Any]] = {"source": NEURON, "of": "w"}

    of: str = Field(
        description="Where the paths begin: a name, or an element such as `W1[0,2]`.",
        examples=["w"],
    )
    to: str = Field(  # type: ignore[assignment]
        default=None,
        description="Where they end; the loss where left out.",
        examples=["L"],
    )
    zoom: Zoom = Field(
        default="block",
        description="What a node of a path is: a statement (`block`), an operation (`tensor`), or"
        " a number (`scalar`). Of an element it is a number in any case.",
        examples=["block"],
    )
    most: Annotated[int, Field(ge=0, le=LIMITS.listed_paths, strict=True)] = Field(
        default=50,
        description="More paths than this are counted and not listed.",
        examples=[10],
    )


class CostRequest(Request):
    """Operations of values and gradients."""

    example: ClassVar[dict[str, Any]] = {"source": NEURON}


REQUESTS: tuple[type[Request], ...] = (DerivationRequest, PathsRequest, CostRequest)
