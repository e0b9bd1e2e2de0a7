"""A user's text as a comment: nothing in it ends the comment, joins lines, or turns their order.

Whatever no letter, mark, figure, sign or space is (line ends, other controls, marks that turn the
direction of text) is written by its number.
"""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    """The text on one line, with what is not to be seen in it by its number."""
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
    """One line of a comment up to the line's end."""
    return f"{mark} {printable(text)}".rstrip()


def starred(text: str) -> str:
    """What stands within `/* */`: it ends no comment and begins none, and has no trigraph."""
    shown = printable(text)
    for bad, good in (("*/", "* /"), ("/*", "/ *"), ("??", "? ?")):
        while bad in shown:
            shown = shown.replace(bad, good)
    return shown
