"""A user's text as a comment, which it cannot end, join to other lines, or reorder.

Every character that is not a letter, mark, digit, sign or space (line ends, other controls, marks
of the direction of text) is written by its code point.
"""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    """The text on one line, with invisible characters by their code points."""
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isascii() and character.isprintable():
        return character
    if character == "\t":
        return "    "
    if unicodedata.category(character)[0] in "LMNPS":
        return character
    return f"\\u{ord(character):04x}"


def lines_of(text: str) -> list[str]:
    """The text's lines, as the language reads them, each printable."""
    return [printable(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def hashed(text: str, mark: str = "#") -> str:
    """A comment of one line."""
    return f"{mark} {printable(text)}".rstrip()


def starred(text: str) -> str:
    """The text for `/* */`: it neither ends nor begins a comment, and has no trigraph."""
    shown = printable(text)
    for bad, good in (("*/", "* /"), ("/*", "/ *"), ("??", "? ?")):
        while bad in shown:
            shown = shown.replace(bad, good)
    return shown
