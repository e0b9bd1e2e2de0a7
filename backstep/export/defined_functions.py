"""Functions that a program defines if its lines call them, from a file in its own language.

Between two functions of a file there is an empty line; which others a function calls is read from
its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_FILES = Path(__file__).with_name("functions")
_NAME = re.compile(r"^(?:def |static [^;{(]*?|function (?:\w+ = )?|(?=\w+\())(\w+)\(", re.MULTILINE)
_LIBRARIES = ("itertools", "math")


@dataclass(frozen=True, slots=True)
class Helper:
    """A function that the file defines if a line calls it; `needs` are other helpers that it calls,
    and its imports."""

    text: str
    needs: tuple[str, ...] = ()


def text_of(file: str) -> str:
    """The functions in a file, as text."""
    return (_FILES / file).read_text(encoding="utf-8")


def helpers_in(text: str) -> Mapping[str, Helper]:
    """The functions of a text in C, Julia, Octave or Python, by name."""
    found = {}
    for each in re.split(r"\n\n+(?=\S)", text.strip("\n")):
        name = _NAME.search(each)
        assert name is not None
        found[name[1]] = (each.rstrip("\n") + "\n", each[name.end() :])
    return {
        name: Helper(each, (*_imports(body), *_calls(name, body, found)))
        for name, (each, body) in found.items()
    }


def _calls(name: str, body: str, known: Iterable[str]) -> tuple[str, ...]:
    others = (other for other in known if other != name)
    return tuple(other for other in others if re.search(rf"(?<![\w.]){other}\.?\(", body))


def _imports(body: str) -> tuple[str, ...]:
    used = (name for name in _LIBRARIES if re.search(rf"(?<![\w.]){name}\.", body))
    return tuple(f"import {name}" for name in used)
