"""The arguments of methods: names, choices and numbers of a step, and errors for any others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from difflib import get_close_matches
from operator import index
from typing import get_args

from backstep.errors import Diagnostic, RequestError
from backstep.train.setup import TrainOptions


def text(value: object, what: str) -> str:
    """A text. Raises TypeError for anything else."""
    if isinstance(value, str):
        return value
    raise TypeError(f"{what} is a text, not {type(value).__name__}")


def names(given: Sequence[str] | None) -> list[str] | None:
    """Names; a text alone is one name, and not its letters."""
    if given is None:
        return None
    return [given] if isinstance(given, str) else [text(each, "a name") for each in given]


def choice(kinds: object, **given: str) -> None:
    """Raises RequestError for a value that is none of the literals of a type."""
    for field, value in given.items():
        if value not in get_args(kinds):
            message = f"there is no {field} '{str(value)[:40]}'"
            known = ", ".join(get_args(kinds))
            raise RequestError(Diagnostic(f"unknown_{field}", message, known, pointer=f"/{field}"))


def step(given: int | None) -> int | None:
    """A step's number. Raises TypeError for what is no whole number."""
    if given is None:
        return None
    if isinstance(given, bool) or not hasattr(given, "__index__"):
        raise TypeError(f"a step is a whole number, not {given!r}")
    return index(given)


def options(given: Iterable[str]) -> None:
    """Raises TypeError for what is no field of TrainOptions and no name of the text."""
    known = [each.name for each in fields(TrainOptions)]
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}"
            raise TypeError(f"a training has no option '{name}', nor the text such a name; {hint}")
