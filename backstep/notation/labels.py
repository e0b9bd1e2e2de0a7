"""Names set as mathematics in a drawing: letters with raised and lowered parts, and their width."""

from __future__ import annotations

from dataclasses import dataclass

from backstep.lang.syntax.display import ACCENTS, shown
from backstep.notation.extents import extent

SCRIPT = 0.75
"""How large raised and lowered parts are set, at most, as a share of what they stand by."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters: `rise` is 1 raised, −1 lowered, 0 on the line."""

    text: str
    rise: int
    italic: bool


def pieces(name: str, version: int | None = None, longest: int = 16) -> tuple[Piece, ...]:
    """A name's runs; one of more than `longest` characters as it is typed, cut in its middle."""
    parts = shown(name)
    base = parts.base + "".join(ACCENTS[accent] for accent in parts.accents)
    lowered = ",".join(shown(part).base if part.isalpha() else part for part in parts.lowered)
    raised = ",".join(shown(part).base if part.isalpha() else part for part in parts.raised)
    version_mark = "" if version is None else f"({version})"
    element = parts.element
    if len(base + lowered + raised) > longest:
        typed, _, element = name.replace(" ", "").partition("[")
        element = f"[{element}" if element else ""
        runs = [Piece(_cut(typed, longest), 0, italic=False), Piece(version_mark, 1, italic=False)]
    else:
        runs = [
            Piece(base, 0, italic=len(parts.base) == 1),
            Piece(lowered, -1, italic=False),
            Piece(raised + version_mark, 1, italic=False),
        ]
    return tuple(run for run in (*runs, Piece(element, 0, italic=False)) if run.text)


def _cut(text: str, longest: int) -> str:
    """The text with … in the place of its middle where it is longer."""
    if len(text) <= longest:
        return text
    start = longest // 2
    return f"{text[:start]}…{text[start + 1 - longest :]}"


def pieces_width(runs: tuple[Piece, ...], font_size: float) -> float:
    """How wide a set name is, in pixels. A raised part stands over a lowered one before it."""
    total = before = 0.0
    for run in runs:
        size = font_size * (SCRIPT if run.rise else 1.0)
        wide = extent(run.text, size, "italic" if run.italic else "upright")
        total += wide - min(before, wide) if run.rise > 0 else wide
        before = wide if run.rise < 0 else 0.0
    return total
