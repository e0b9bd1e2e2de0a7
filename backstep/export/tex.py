"""Text and formulas for pdflatex; a user's text is escaped, whatever it contains."""

from __future__ import annotations

import re
import unicodedata

from backstep.export.comments import printable
from backstep.lang.syntax.names import GREEK_LETTERS

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "^": r"\textasciicircum{}",
    "_": r"\_",
    "%": r"\%",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    "-": r"{-}",
    "!": r"{!}",
    "?": r"{?}",
    ",": r"{,}",
}
_LATIN = frozenset({"Alpha", "Beta", "Epsilon", "Zeta", "Eta", "Iota", "Kappa", "Mu", "Nu"}) | {
    "Omicron", "Rho", "Tau", "Chi"
}  # fmt: skip
_MATHS = {
    "∂": r"\partial", "·": r"\cdot", "−": "-", "→": r"\to", "∞": r"\infty", "≤": r"\le",
    "≥": r"\ge", "≠": r"\ne", "σ": r"\sigma", "×": r"\times", "⊙": r"\odot", "Σ": r"\sum",
    "√": r"\surd", "′": "'", "ᵀ": r"^{\top}", "⊤": r"\top", "½": r"\tfrac12", "Φ": r"\Phi",
    "∏": r"\prod", "‖": r"\|", "⁰": "^0", "¹": "^1", "²": "^2", "³": "^3", "∈": r"\in",
    **{digit: f"_{place}" for place, digit in enumerate("₀₁₂₃₄₅₆₇₈₉")},
}  # fmt: skip
_TEXTS = {
    **{
        sign: rf"\ensuremath{{^{{{place}}}}}"
        for sign, place in zip("⁴⁵⁶⁷⁸⁹⁻⁺⁽⁾", "456789-+()", strict=True)
    },
    "⊗": r"\ensuremath{\otimes}", "⊕": r"\ensuremath{\oplus}", "∇": r"\ensuremath{\nabla}",
    "←": r"\ensuremath{\leftarrow}", "ℓ": r"\ensuremath{\ell}", "□": r"\ensuremath{\square}",
    "∑": r"\ensuremath{\sum}", "±": r"\ensuremath{\pm}", "⊤": r"\ensuremath{\top}",
    "¼": r"\ensuremath{\tfrac14}", "¾": r"\ensuremath{\tfrac34}", "⅓": r"\ensuremath{\tfrac13}",
    "⅔": r"\ensuremath{\tfrac23}", "⅙": r"\ensuremath{\tfrac16}",
}  # fmt: skip
"""Characters that texts of a drawing have, and formulas have not."""
_GREEK = {
    letter: "\\" + {"epsilon": "varepsilon", "phi": "varphi"}.get(name, name)
    for name, letter in GREEK_LETTERS.items()
    if name not in _LATIN and name != "omicron"
}
_PUNCTUATION = {"“": "``", "”": "''", "‘": "`", "’": "'", "–": "--", "—": "---", "…": r"\dots{}"}


def text(written: str) -> str:
    """A text as one line of LaTeX, with no commands in it."""
    return "".join(_character(each) for each in printable(written))


def _character(character: str) -> str:
    if character in _SPECIAL:
        return _SPECIAL[character]
    if character.isascii():
        return character
    if character in _PUNCTUATION:
        return _PUNCTUATION[character]
    if character in _TEXTS:
        return _TEXTS[character]
    known = _MATHS.get(character) or _GREEK.get(character)
    if known is not None:
        return rf"\ensuremath{{{known}}}"
    # Latin letters with accents are in 8-bit fonts.
    plain = unicodedata.normalize("NFD", character)
    if plain[0].isascii() and plain[0].isalpha() and all(map(_is_common, plain[1:])):
        return character
    return character if character in "ßøØæÆœŒłŁ" else rf"{{[U+{ord(character):04X}]}}"


def _is_common(mark: str) -> bool:
    return mark in "\u0300\u0301\u0302\u0303\u0308\u030a\u0327\u030c"


_TOKENS = re.compile(r"\\[A-Za-z]+|\\?.|\n", re.DOTALL)
_TO_TEXT = frozenset({r"\text", r"\mbox", r"\textbf", r"\textsf", r"\texttt", r"\textrm"})


def formula(latex: str) -> str:
    """A printed formula, with characters that pdflatex's fonts lack as commands of the mode that
    they stand in, or as text."""
    written: list[str] = []
    in_text = [False]
    opens_text = False
    for token in _TOKENS.findall(latex):
        if token == "{":
            in_text.append(opens_text or in_text[-1])
        elif token == "}" and len(in_text) > 1:
            in_text.pop()
        elif token == "$":
            in_text[-1] = not in_text[-1]
        elif not token.isascii():
            token = _character(token) if in_text[-1] else _letter(token)
        opens_text = token in _TO_TEXT
        written.append(token)
    return "".join(written)


def _letter(character: str) -> str:
    known = _MATHS.get(character) or _GREEK.get(character)
    return known + " " if known is not None else rf"\text{{{_character(character)}}}"


def code(lines: list[str]) -> str:
    """Lines of a text verbatim, in a monospaced font."""
    shown = [r"\mbox{\texttt{" + text(line).replace(" ", r"\ ") + "}}" for line in lines]
    return "\\begin{flushleft}\\small\n" + "\\\\\n".join(shown) + "\n\\end{flushleft}"
