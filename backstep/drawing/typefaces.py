"""The typefaces of pictures that stand alone: their families, and the parts and widths of texts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from backstep.drawing.widths import SYSTEM_WIDTHS, Face

FONTS = Path(__file__).parent / "fonts"
"""The folder of the typefaces that are shipped."""
FILES: Mapping[Face, str] = {
    "sans": "Inter-400.ttf",
    "bold": "Inter-600.ttf",
    "serif": "KaTeX_Main-Regular.ttf",
    "italic": "KaTeX_Math-Italic.ttf",
    "signs": "DejaVuSans.ttf",
}
"""The file of each shipped face."""
BOX = "□"
"""Drawn for a character that no shipped typeface has."""

_UNKNOWN = 600
_SERIF = "'Times New Roman', Times, 'Liberation Serif', serif"
_RARE = re.compile(
    "[^\u0020-\u017f\u0384-\u03ce\u0400-\u045f\u2010-\u2027\u2032\u2122"
    "\u2202\u2206\u220f\u2211\u2212\u221a\u221e\u2248\u2260\u2264\u2265\u1e00-\u1eff]"
)
"""Characters that Arial or Times New Roman lack somewhere."""


@dataclass(frozen=True, slots=True)
class Typefaces:
    """Families by the custom property that names them; `signs` is for characters others lack."""

    properties: Mapping[str, str]
    signs: str
    widths: Mapping[Face, Mapping[str, int]]
    has: Callable[[str, Face], bool]
    complete: bool
    """Whether these are all that there is: a character without a width is then a box."""

    def face(self, style: Mapping[str, str]) -> Face:
        """The face of a text with these attributes."""
        family = style.get("font-family")
        if family == self.signs:
            return "signs"
        if style.get("font-style") == "italic":
            return "italic"
        if family == self.properties["--mathematics"]:
            return "serif"
        return "bold" if style.get("font-weight", "400") >= "600" else "sans"

    def parts(self, text: str, face: Face) -> Iterator[tuple[str, Face]]:
        """The text in parts of one face each, so that no renderer has to choose another font: it
        may set the whole line in that, or leave the character out."""
        faces: list[Face] = [face if self.has(each, face) else "signs" for each in text]
        if self.complete:
            text = "".join(
                each if each in self.widths[found] else BOX
                for each, found in zip(text, faces, strict=True)
            )
        for found, part in groupby(zip(text, faces, strict=True), key=lambda each: each[1]):
            yield "".join(character for character, _ in part), found

    def width(self, text: str, size: float, face: Face) -> float:
        """The text's width in CSS pixels; a character that is not listed is as wide as most."""
        widths = self.widths[face]
        return sum(widths.get(each, _UNKNOWN) for each in text) * size / 1000


SYSTEM = Typefaces(
    {
        "--text": "Arial, Helvetica, 'Liberation Sans', sans-serif",
        "--mathematics": _SERIF,
        "--italic": _SERIF,
    },
    "'DejaVu Sans', 'Cambria Math', 'STIX Two Math', 'Segoe UI Symbol', sans-serif",
    SYSTEM_WIDTHS,
    lambda character, face: _RARE.match(character) is None,
    complete=False,
)
"""Typefaces that machines have, narrower than those of the page, so that text keeps its room."""


@cache
def shipped() -> Typefaces:
    """The page's typefaces, as files that are part of the package."""
    widths: Mapping[Face, Mapping[str, int]] = json.loads(
        (FONTS / "widths.json").read_text(encoding="utf-8")
    )
    return Typefaces(
        {"--text": "Inter", "--mathematics": "KaTeX_Main", "--italic": "KaTeX_Math"},
        "DejaVu Sans",
        widths,
        lambda character, face: character in widths[face],
        complete=True,
    )
