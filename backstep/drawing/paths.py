"""Reads the paths and transforms of a picture."""

from __future__ import annotations

import re
from collections.abc import Iterator

_COMMAND = re.compile(r"([MLHVCZ])([^MLHVCZ]*)", re.IGNORECASE)
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?")
_OTHER = re.compile(r"[^MLHVCZmlhvcze\d\s.,-]")
_TAKES = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "Z": 0}


def matrix(transform: str) -> tuple[float, float, float, float, float, float]:
    """The six numbers of a `translate()` or `matrix()`."""
    numbers = [float(each) for each in _NUMBER.findall(transform)]
    a, b, c, d, e, f = [1.0, 0.0, 0.0, 1.0, *numbers][-6:]
    return a, b, c, d, e, f


def commands(d: str) -> Iterator[tuple[str, tuple[float, ...]]]:
    """A path's commands as M, L, C and Z with absolute numbers.

    Raises ValueError for a command other than M, L, H, V, C and Z, absolute or relative.
    """
    if _OTHER.search(d):
        raise ValueError(f"a path has a command that is not known here: {d[:40]!r}")
    x = y = left = top = 0.0
    for letter, given in _COMMAND.findall(d):
        command, relative = letter.upper(), letter.islower()
        numbers = [float(each) for each in _NUMBER.findall(given)]
        if command == "Z":
            x, y = left, top
            yield "Z", ()
            continue
        takes = _TAKES[command]
        for start in range(0, len(numbers), takes):
            found = numbers[start : start + takes]
            if command in "HV":
                along = found[0] + ((x if command == "H" else y) if relative else 0.0)
                found = [along, y] if command == "H" else [x, along]
            elif relative:
                found = [each + (y if at % 2 else x) for at, each in enumerate(found)]
            x, y = found[-2:]
            if command == "M" and start == 0:
                left, top = x, y
                yield "M", (x, y)
            else:
                yield ("C" if command == "C" else "L"), tuple(found)
