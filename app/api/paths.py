"""POST /paths: every path from a node to the loss, the product along each, and their sum."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from backstep.binding.bind import bind
from backstep.derivation.path_products import PathSum, path_list
from backstep.limits import LIMITS

from .call import Call
from .request import NEURON, Definition, Zoom


class PathsRequest(Definition):
    """The paths from a node to the loss, the product along each, and their sum."""

    of: str = Field(
        description="Where the paths begin: a name, or an element such as `W1[0,2]`.",
        examples=["w"],
    )
    to: str | None = Field(
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


def answer(request: PathsRequest) -> PathSum:
    """Every path from a node to the loss, the product along each, and their sum."""
    return path_list(
        bind(request.source, request.values), request.of, request.to, request.zoom, request.most
    )


CALL = Call(
    "paths",
    PathsRequest,
    answer,
    PathSum,
    example={"source": NEURON, "of": "w"},
)
