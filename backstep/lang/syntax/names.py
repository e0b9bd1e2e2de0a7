"""Names: which characters they hold, their canonical spelling, reserved words, look-alikes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from functools import lru_cache

STATEMENT_WORDS = frozenset(
    {"input", "target", "param", "const", "for", "in", "range", "layers", "minimize", "seed"}
)
"""Words that the grammar itself reserves; they have no other meaning anywhere."""

DISTRIBUTIONS = frozenset({"normal", "uniform", "xavier", "he", "zeros", "ones"})
"""Words that may follow `~`. `zeros` and `ones` before a parenthesis are functions too."""

RESERVED = STATEMENT_WORDS | DISTRIBUTIONS | {"pi"}
"""Names that can't be assigned."""

TURNED = "⊤"
"""The name, which nobody can type, of an exponent that transposes."""

_GREEK = {
    letter: unicodedata.name(letter).rpartition(" ")[2].lower().replace("lamda", "lambda")
    for letter in "αβγδεζηθικλμνξοπρστυφχψω"
}
_GREEK |= {letter.upper(): spelling.capitalize() for letter, spelling in _GREEK.items()}

GREEK_LETTERS = {spelling: letter for letter, spelling in _GREEK.items() if letter != "ς"}
"""Spelled-out Greek and its letters."""

# A Greek letter is read as its spelling if it is a whole part of the name: λ, λ_1, w_λ, β2.
_GREEK_PART = re.compile(rf"(?:(?<=_)|^)([{''.join(_GREEK)}])(?=[0-9]*(?:_|$))")

VERSION = re.compile("⁽([⁰¹²³⁴⁵⁶⁷⁸⁹]+)⁾")
"""What follows the name of a reassigned result to mean one of its versions: h⁽²⁾."""

# Subscripts become plain digits by NFKC, as W₁ is W1; superscripts are powers to a reader, and
# a circled digit or a fraction is no part of a name.
_NOT_IN_NAMES = ("<super>", "<circle>", "<square>", "<fraction>")


@lru_cache(maxsize=4096)
def in_name(character: str) -> bool:
    """Whether a name may hold the character, before normalising."""
    if character.isascii():
        return character.isalnum() or character == "_"
    decomposition = unicodedata.decomposition(character)
    if decomposition.startswith(_NOT_IN_NAMES):
        return False
    return all(map(_plain, unicodedata.normalize("NFKC", character)))


def _plain(character: str) -> bool:
    if character.isascii():
        return character.isalnum() or character == "_"
    return unicodedata.category(character)[0] in "LM"


def canonical(typed: str) -> str | None:
    """The one spelling of a name: NFKC, Greek letters spelled out; None if it is no name."""
    version = VERSION.search(typed)
    if version is not None:
        plain = canonical(typed[: version.start()])
        return None if plain is None else plain + version[0]
    if typed.isascii():
        return typed if typed.strip("_0123456789") and not typed[0].isdigit() else None
    name = unicodedata.normalize("NFKC", typed)
    starts = name[:1] == "_" or unicodedata.category(name[:1] or " ")[0] == "L"
    if not starts or not any(unicodedata.category(character)[0] == "L" for character in name):
        return None
    return _GREEK_PART.sub(lambda match: _GREEK[match[1]], name)


def known_as(typed: str, names: Container[str]) -> str:
    """The one of these names that is typed, in its one spelling; as it is typed if it is none."""
    if typed in names:
        return typed
    name = canonical(typed)
    return typed if name is None or name not in names else name


def versioned(name: str, version: int) -> str:
    """A name with a version number, from 1: h⁽²⁾."""
    return f"{name}⁽{str(version).translate(_RAISE)}⁾"


_RAISE = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307", "vec": "\u20d7"}
"""Endings that are accents, with the combining character that draws each."""

_WORD = re.compile(rf"(?P<letter>[^\W\d_]+)(?P<accent>{'|'.join(ACCENTS)})(?P<rest>[0-9]*(?:_.*)?)")


def otherwise_accented(name: str) -> str | None:
    """`yhat` for ŷ, ŷ for `yhat`: a name's other spelling; None if it has no accent."""
    word = _WORD.fullmatch(name)
    if word is not None:
        letter = unicodedata.normalize("NFC", word["letter"] + ACCENTS[word["accent"]])
        return letter + word["rest"]
    plain = unicodedata.normalize("NFD", name)
    for ending, accent in ACCENTS.items():
        letters, found, rest = plain.partition(accent)
        if found and len(letters) == 1:
            return f"{letters}{ending}{rest}"
    return None


_LOOKS_LIKE = dict(
    zip(
        "аеорсухіјѕһԁԛԝкмнтвАВЕКМНОРСТУХІЈЅԌ" + "οναΑΒΕΖΗΙΚΜΝΟΡΤΥΧ" + "ıɡɑ",
        "aeopcyxijshdqwkmhtbABEKMHOPCTYXIJSG" + "ovaABEZHIKMNOPTYX" + "iga",
        strict=True,
    )
)


def skeleton(typed: str) -> str:
    """The name as it looks: letters that look Latin replaced by the Latin ones."""
    return "".join(_LOOKS_LIKE.get(character, character) for character in typed)


def foreign(typed: str) -> str | None:
    """The first character that looks Latin and is not."""
    return next((character for character in typed if character in _LOOKS_LIKE), None)
