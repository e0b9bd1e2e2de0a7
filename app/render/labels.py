"""Names set as mathematics in a drawing: letters with raised and lowered parts, and their width.

Widths are estimates for a serif italic; plates keep a margin, so a font that differs still fits.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.lang.display import ACCENTS, shown

_WIDE = frozenset("mwMWQGDOC@%—−+=<>≤≥≠⊙⊗½⅓⅔¼¾⅙")
_NARROW = frozenset("ijltfrI1.,:;'|!()[]/ ·\u2009")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters: `rise` is 1 raised, −1 lowered, 0 on the line."""

    text: str
    rise: int
    italic: bool


def pieces(name: str, version: int | None = None, longest: int = 14) -> tuple[Piece, ...]:
    """A name's runs; past `longest` characters the end is an ellipsis."""
    parts = shown(name)
    base = parts.base + "".join(ACCENTS[accent] for accent in parts.accents)
    runs = [Piece(_cut(base, longest), 0, italic=len(parts.base) == 1)]
    left = longest - len(base)
    lowered = ",".join(shown(part).base if part.isalpha() else part for part in parts.lowered)
    raised = ",".join(shown(part).base if part.isalpha() else part for part in parts.raised)
    if version is not None:
        raised += f"({version})"
    for text, rise in ((lowered, -1), (raised, 1)):
        if text and left > 0:
            runs.append(Piece(_cut(text, left), rise, italic=False))
            left -= len(text)
    if parts.element:
        runs.append(Piece(parts.element, 0, italic=False))
    return tuple(runs)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: max(longest - 1, 1)] + "…"


def width(text: str, font_size: float) -> float:
    """About how wide a text is, in pixels."""
    units = sum(0.84 if c in _WIDE else 0.34 if c in _NARROW else 0.56 for c in text)
    return units * font_size


def pieces_width(runs: tuple[Piece, ...], font_size: float) -> float:
    """About how wide a set name is, in pixels."""
    return sum(width(run.text, font_size * (0.7 if run.rise else 1.0)) for run in runs)
