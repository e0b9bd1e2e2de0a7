"""The letters of an update: those of its rule, except where the user's text has the name.

A letter that the text has already is replaced by another, so that one letter never stands for two
things on a page. Nothing is printed here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from backstep.lang.syntax.display import text_name

FUNCTIONS = frozenset({"minimum", "sqrt", "cos", "pi"})
"""Functions in the lines of rules; no letters."""

_NAME = re.compile(r"[A-Za-z_]\w*")
_OTHERS: Mapping[str, tuple[str, ...]] = {
    "w": ("theta", "phi", "p"),
    "g": ("q", "s", "r"),
    "m": ("u", "s", "r"),
    "v": ("s", "r", "q"),
    "b": ("u", "v", "m"),
    "eta": ("alpha", "rho"),
    "lambda": ("kappa", "delta"),
    "mu": ("rho", "kappa"),
    "epsilon": ("delta", "zeta"),
}
"""Alternative letters of the field, by the letter that they replace."""
_POOL = (
    *("kappa", "rho", "zeta", "xi", "tau", "omega", "psi", "chi", "nu", "delta", "phi"),
    *("q", "r", "s", "u", "p", "f", "h", "d"),
)


def names_in(text: str) -> list[str]:
    """The names that lines of a rule read and assign, in their order."""
    return [name for name in dict.fromkeys(_NAME.findall(text)) if name not in FUNCTIONS]


def letters(
    text: str, taken: Collection[str], parameters: Collection[str], own: Collection[str]
) -> dict[str, str]:
    """For every name in the lines `text`, the letter that replaces it.

    `taken` are the names of the user's text, `parameters` those among them that are trained: `w`
    stands for each, so it may be one of them. Each of `own` is kept for every parameter, and
    carries its name as m_w does.
    """
    names = names_in(text)
    forms: dict[str, list[str]] = {}
    for name in names:
        forms.setdefault(_stem(name), []).append(name)
    used = {text_name(name) for name in taken}
    found: dict[str, str] = {}

    def clashes(stem: str, letter: str) -> bool:
        """Whether the letter in place of the stem would be a name that is taken."""
        if stem == letter == "w" and "w" in parameters:
            return False
        if letter != stem and (letter in forms or letter in found.values()):
            return True
        for form in forms[stem]:
            written = letter + form[len(stem) :]
            carried = (f"{written}_{each}" for each in parameters if form in own)
            if any(text_name(each) in used for each in (written, *carried)):
                return True
        return False

    for stem in forms:
        found[stem] = next(each for each in _candidates(stem) if not clashes(stem, each))
    return {name: found[_stem(name)] + name[len(_stem(name)) :] for name in names}


def rewritten(text: str, called: Mapping[str, str]) -> str:
    """The lines in those letters."""
    return _NAME.sub(lambda match: called.get(match[0], match[0]), text)


def _candidates(stem: str) -> Iterator[str]:
    yield stem
    yield from _OTHERS.get(stem, ())
    yield from _POOL
    number = 1
    while True:
        yield f"{stem}_{number}"
        number += 1


def _stem(name: str) -> str:
    """The letter of a name: beta of beta_1, m of mhat."""
    return name.split("_")[0].removesuffix("hat")
