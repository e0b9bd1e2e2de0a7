"""The description of a call of the API, which routes, workers, schema and guide are made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from backstep.limits import LIMITS

from .request import Asked

Job = Callable[[bytes], Any]
"""A function that a worker runs: from a request's bytes to an answer."""

JOB = LIMITS.job_seconds
DRAWING = LIMITS.job_seconds + LIMITS.layout_seconds
"""Seconds of processor time: of what computes, and of what lays out or reads all of the table."""


@dataclass(frozen=True)
class Call:
    """One call. The module that holds it, and the list in `app/api/__init__.py`, name it."""

    name: str
    """The name of its job and its `operationId`; also its path, if no other is given."""
    request: type[Asked] | None
    """The class of its request; None for a call without fields."""
    answer: Callable[[Any], Any] | None
    """Runs in a worker. None where the service answers by itself, or in pieces: see `more`."""
    schema: object
    """The class of its JSON; None where it answers files alone."""
    example: Mapping[str, object] = field(default_factory=dict, kw_only=True)
    method: Literal["GET", "POST"] = field(default="POST", kw_only=True)
    path: str = field(default="", kw_only=True)
    parameters: tuple[Mapping[str, object], ...] = field(default=(), kw_only=True)
    """Of the address's query, as OpenAPI has them."""
    seconds: float = field(default=JOB, kw_only=True)
    files: tuple[str, ...] = field(default=(), kw_only=True)
    """Media types that it may answer in the place of JSON."""
    names: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    """Names to save its files by, by media type."""
    events: tuple[tuple[str, type], ...] = field(default=(), kw_only=True)
    """For a stream of events: the class of each event's data, by the event's name."""
    more: Mapping[str, tuple[Job, float]] = field(default_factory=dict, kw_only=True)
    """Further jobs by name, with their seconds: for parts of the answer, or pieces of a stream."""
    finds: bool = field(default=False, kw_only=True)
    """Whether it is 404 if there is nothing of what it is asked for."""
    about: str = field(default="", kw_only=True)

    @property
    def address(self) -> str:
        """Its path below the API's prefix."""
        return self.path or "/" + self.name

    @property
    def description(self) -> str:
        """What it answers, in a sentence or two."""
        return self.about or (self.answer.__doc__ or "").strip().replace("\n    ", "\n")
