"""The answer of a call that is refused or fails: RFC 9457 problem details."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NotRequired

from typing_extensions import TypedDict

from backstep.errors import Details, Fix


class ProblemFault(TypedDict):
    """One thing that is wrong, with its place in the text or in the values."""

    code: str
    """Such as `unknown_name`."""
    message: str
    """Such as `nothing is called v`."""
    hint: str | None
    """Such as `did you mean w?`"""
    line: NotRequired[int]
    """From 1."""
    column: NotRequired[int]
    """From 1, in characters."""
    end_line: NotRequired[int]
    """From 1."""
    end_column: NotRequired[int]
    """Exclusive."""
    pointer: NotRequired[str]
    """RFC 6901, such as `/values/w`."""
    fixes: Sequence[Fix]
    """Changes of the text, the likeliest first; empty where none is known."""


class Problem(Details):
    """What went wrong (RFC 9457)."""

    type: str
    """Such as `/api/v1/docs#definition`."""
    title: str
    """Such as `The definition is at fault`."""
    status: int
    """Such as `422`."""
    code: str
    """The kind of problem, such as `definition`."""
    detail: str
    """Such as `nothing is called v`."""
    errors: Sequence[ProblemFault]
    """What is at fault, and where."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A part that failed, in its place."""

    problem: Problem
