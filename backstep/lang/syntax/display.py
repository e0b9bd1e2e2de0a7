"""How names are displayed: `W_1` as W₁, `w__o_01` with a superscript, `lambda` as λ, `yhat` as ŷ.

The same split serves LaTeX and the drawing; the rules are those by which SymPy prints symbols.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache

from backstep.lang.syntax.names import ACCENTS, GREEK_LETTERS, VERSION

__all__ = ["ACCENTS", "RAISED", "Shown", "latex_name", "shown", "text_name"]

_COMBINING = {sign: ending for ending, sign in ACCENTS.items()}
_ELEMENT = re.compile(r"^(.+)\[([\d, ]+)\]$")
_DIGITS = re.compile(r"^(\D+?)(\d+)$")
_LATEX_VARIANTS = {"epsilon": "varepsilon", "phi": "varphi"}
_LATIN_CAPITALS = frozenset(
    {"Alpha", "Beta", "Epsilon", "Zeta", "Eta", "Iota", "Kappa", "Mu", "Nu"}
    | {"Omicron", "Rho", "Tau", "Chi"}
)
"""Greek capitals without a LaTeX command, since they look like Latin letters."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A name's parts: letters (Greek as its letter), accents, superscripts and subscripts."""

    base: str
    spelled: str
    accents: tuple[str, ...]
    raised: tuple[str, ...]
    lowered: tuple[str, ...]
    element: str = ""
    """The indices of an element, in brackets if the name has a subscript of its own."""


@lru_cache(maxsize=4096)
def shown(name: str) -> Shown:
    """The parts of a name for display.

    The superscript of a layer's parameter `h.W` is its owner; the subscript of an element `W[0, 2]`
    is its index.
    """
    element = _ELEMENT.match(name)
    if element:
        parts = shown(element[1])
        at = element[2].replace(" ", "")
        if parts.lowered:
            return replace(parts, element=f"[{at}]")
        return replace(parts, lowered=(at,))
    owner, dot, own = name.rpartition(".")
    if dot:
        parts = shown(own)
        return replace(parts, raised=(owner, *parts.raised))
    version = VERSION.search(name)
    if version is not None and version.end() == len(name) and version.start():
        parts = shown(name[: version.start()])
        number = unicodedata.normalize("NFKC", version[1])
        return replace(parts, raised=(*parts.raised, f"({number})"))
    pieces = re.split(r"(__?)", name.strip("_") or name)
    base = pieces[0]
    raised: list[str] = []
    lowered: list[str] = []
    for mark, part in zip(pieces[1::2], pieces[2::2], strict=True):
        if part:
            (raised if mark == "__" else lowered).append(part)
    digits = _DIGITS.match(base)
    if digits:
        base = digits[1]
        lowered.insert(0, digits[2])
    base, accents = _accented(base)
    return Shown(GREEK_LETTERS.get(base, base), base, accents, tuple(raised), tuple(lowered))


def _accented(base: str) -> tuple[str, tuple[str, ...]]:
    letter, *signs = list(unicodedata.normalize("NFD", base)) or [""]
    if len(signs) == 1 and signs[0] in _COMBINING:
        return letter, (_COMBINING[signs[0]],)
    for ending in ACCENTS:
        stem = base[: -len(ending)]
        if base.endswith(ending) and (len(stem) == 1 or stem in GREEK_LETTERS):
            return stem, (ending,)
    return base, ()


def _latex_letters(text: str) -> str:
    if text[:1] == "(" and text[1:-1].isdecimal():
        return text
    if text in GREEK_LETTERS:
        if text == "omicron":
            return "o"
        if text in _LATIN_CAPITALS:
            return rf"\mathrm{{{GREEK_LETTERS[text]}}}"
        return "\\" + _LATEX_VARIANTS.get(text, text)
    if len(text) == 1 and text.isascii():
        return text
    if text.isascii() and text.replace(",", "").isdigit():
        return text
    if text.isascii() and text.isalnum():
        return rf"\mathrm{{{text}}}"
    return rf"\text{{{_escaped(text)}}}"


def _escaped(text: str) -> str:
    return re.sub(
        r"[\\{}$&#^_%~]", lambda match: "\\" + match[0] if match[0] in "{}$&#_%" else "", text
    )


def _words(parts: Shown) -> bool:
    """Whether a name reads as words, and its subscript is no index."""
    return sum(len(part) > 2 and part.isalpha() for part in (parts.base, *parts.lowered)) > 1


@lru_cache(maxsize=4096)
def latex_name(name: str, version: int | None = None) -> str:
    """A name as LaTeX; `version` (from 1) is a superscript in brackets, h⁽²⁾, for a name that is
    assigned several times.
    """
    parts = shown(name)
    text = _latex_letters(parts.spelled)
    for accent in parts.accents:
        text = rf"\{accent}{{{text}}}"
    raised = [_latex_letters(part) for part in parts.raised]
    if version is not None:
        raised.append(f"({version})")
    if parts.lowered:
        between = r"\ " if _words(parts) else ","
        text += "_{" + between.join(_latex_letters(part) for part in parts.lowered) + "}"
    if raised:
        text += "^{" + r"\,".join(raised) + "}"
    return text + parts.element


_SUB = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ"
"""The superscript characters that `text_name` writes."""

_SUPER = str.maketrans("0123456789()abcdefghijklmnoprstuvwxyz", RAISED)
_RAISABLE = frozenset("0123456789()abcdefghijklmnoprstuvwxyz")


@lru_cache(maxsize=4096)
def text_name(name: str, version: int | None = None) -> str:
    """A name in plain characters, for titles, screen readers and small labels: W₁, h⁽²⁾, ŷ."""
    parts = shown(name)
    text = parts.base + "".join(ACCENTS[accent] for accent in parts.accents)
    words = _words(parts)
    for place, part in enumerate(parts.lowered):
        digits = part.replace(",", "").isdigit()
        text += "," if place and not words else "_" if not digits else ""
        text += part.translate(_SUB) if digits else part
    for part in parts.raised:
        text += part.translate(_SUPER) if set(part) <= _RAISABLE else "^" + part
    text += "" if version is None else f"({version})".translate(_SUPER)
    return text + parts.element
