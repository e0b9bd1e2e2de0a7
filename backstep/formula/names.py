"""How names are typeset: letters, accents, subscripts and superscripts."""

from __future__ import annotations

from functools import lru_cache

from backstep.formula.boxes import Accent, Atom, Box, Scripts, row
from backstep.lang.syntax.display import shown
from backstep.lang.syntax.names import GREEK_LETTERS

_VARIANTS = {"epsilon": "varepsilon", "phi": "varphi"}
_LATIN_CAPITALS = frozenset(
    {"Alpha", "Beta", "Epsilon", "Zeta", "Eta", "Iota", "Kappa", "Mu", "Nu"}
    | {"Omicron", "Rho", "Tau", "Chi"}
)
"""Greek capitals that LaTeX has no command for, being Latin letters to the eye."""
_ESCAPED = frozenset("{}$&#_%")
_LEFT_OUT = frozenset("\\^~")

THIN = Atom(r"\,", "0.167em", "space")
SPACE = Atom(r"\ ", "0.25em", "space")
COMMA = Atom(",", ",", "sign")


@lru_cache(maxsize=4096)
def name(typed: str, version: int | None = None) -> Box:
    """A name as it is set; `version`, from 1, is raised in brackets: h⁽²⁾."""
    parts = shown(typed)
    base: Box = letters(parts.spelled)
    for accent in parts.accents:
        base = Accent(accent, base)
    raised: list[Box] = []
    for part in parts.raised:
        raised += [*([THIN] if raised else []), _letters(part)]
    if version is not None:
        number = row(Atom("(", "(", "sign"), digits(str(version)), Atom(")", ")", "sign"))
        raised += [*([THIN] if raised else []), number]
    lowered: list[Box] = []
    between = SPACE if _words(parts.base, parts.lowered) else COMMA
    for part in parts.lowered:
        lowered += [*([between] if lowered else []), _letters(part)]
    if lowered or raised:
        base = Scripts(base, row(*lowered) if lowered else None, row(*raised) if raised else None)
    return row(base, digits(parts.element)) if parts.element else base


def _words(base: str, lowered: tuple[str, ...]) -> bool:
    """Whether a name reads as words, and what is lowered in it not as indices."""
    return sum(len(part) > 2 and part.isalpha() for part in (base, *lowered)) > 1


def letters(text: str) -> Atom:
    """A word or a letter of a name."""
    if text in GREEK_LETTERS:
        letter = GREEK_LETTERS[text]
        if text == "omicron":
            return Atom("o", "o")
        if text in _LATIN_CAPITALS:
            return Atom(rf"\mathrm{{{letter}}}", letter, "word")
        command = _VARIANTS.get(text, text)
        return Atom("\\" + command, _SET.get(command, letter))
    if len(text) == 1 and text.isascii():
        return Atom(text, text)
    if text in _SIGNS:
        return _SIGNS[text]
    if text.isascii() and text.isalnum():
        return Atom(rf"\mathrm{{{text}}}", text, "word")
    escaped = "".join(map(_in_text, _readable(text)))
    return Atom(rf"\text{{{escaped}}}", _readable(text), "text")


def _in_text(character: str) -> str:
    if character in _ESCAPED:
        return "\\" + character
    return IN_TEXT.get(character, character)


IN_TEXT = {
    sign: f"${command}$"
    for sign, command in {
        "∞": r"\infty", "−": "-", "·": r"\cdot", "×": r"\times", "≤": r"\le", "≥": r"\ge",
        "≠": r"\ne", "→": r"\to", "∂": r"\partial", "√": r"\surd", "½": r"\tfrac12",
        "⁰": "^0", "¹": "^1", "²": "^2", "³": "^3", "π": r"\pi", "σ": r"\sigma", "Σ": r"\Sigma",
    }.items()
}  # fmt: skip
"""Signs of mathematics within a sentence, which LaTeX's text fonts have not."""
_SIGNS = {"…": Atom(r"\ldots", "…", "sign"), "ℓ": Atom(r"\ell", "ℓ")}
_SET = {"varepsilon": "ε", "varphi": "φ", "phi": "ϕ", "epsilon": "ϵ"}
LETTERS = GREEK_LETTERS | _SET | {"vartheta": "ϑ", "ell": "ℓ"}
"""The letters that are commands, by those."""


def _readable(text: str) -> str:
    return "".join(each for each in text if each not in _LEFT_OUT)


def _letters(text: str) -> Box:
    """A part of a name that may be numbers with commas, or a number in brackets."""
    if text[:1] == "(" and text[1:-1].isdecimal():
        return row(Atom("(", "(", "sign"), digits(text[1:-1]), Atom(")", ")", "sign"))
    if text.isascii() and text.replace(",", "").isdigit():
        return digits(text)
    return letters(text)


def digits(text: str) -> Box:
    """Numbers and the signs between them, as they stand in an index."""
    found: list[Box] = []
    number = ""
    for character in text + " ":
        if character.isdigit():
            number += character
            continue
        if number:
            found.append(Atom(number, number, "number"))
            number = ""
        if character != " ":
            found.append(Atom(character, "−" if character == "-" else character, "sign"))
    return row(*found)
