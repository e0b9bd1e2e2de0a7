"""Formulas as LaTeX: plain, in colour, with the ids of what is pointed at, with shapes below."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from backstep.formula.boxes import (
    Accent,
    Atom,
    Below,
    Box,
    Fence,
    Group,
    Marked,
    Over,
    Root,
    Row,
    Scripts,
    Table,
    Tagged,
    folded,
)
from backstep.formula.notation import Setter, boxed
from backstep.formula.tree import Formula

COLOURS = {"value": r"\fv", "partial": r"\bp"}
"""Macros that the page gives the forward and the backward colour."""
_LONG = 2_000
"""Characters of a formula past which nothing of it is kept for the next one."""
_MOST_KEPT = 20_000
"""Boxes whose text is kept."""


def latex(
    formula: Formula,
    coloured: bool = False,
    shapes: bool = False,
    ids: bool = False,
    names: Collection[str] = (),
) -> str:
    r"""The formula as LaTeX.

    `coloured` puts values and partials in the page's colour macros; `shapes` puts the shape below
    each symbol; `ids` names by `\htmlData{node=…}` the node of the graph that a symbol stands for,
    and by `\htmlData{mark=…}` what a marked part is. `names` are those of the definition: where one
    is e or I, what else is written by that letter is written otherwise.
    """
    return written(boxed(formula, shapes, names), coloured, ids)


class Writer:
    """Writes the formulas of one definition: a part that several share is set and written once.

    `names` are the definition's, as in `latex`.
    """

    def __init__(self, names: Collection[str] = ()) -> None:
        self._names = names
        self._begin()

    def _begin(self) -> None:
        self._setter = Setter(names=self._names)
        self._known: dict[int, tuple[str, str]] = {}

    def in_both(self, formula: Formula) -> tuple[str, str]:
        """The formula as LaTeX without colours and with them."""
        found = folded(self._setter.boxed(formula), _in_both, self._known)
        # The parts of a long formula are long as well.
        if len(found[1]) > _LONG or len(self._known) > _MOST_KEPT:
            self._begin()
        return found


def _in_both(box: Box, parts: Sequence[tuple[str, str]]) -> tuple[str, str]:
    plain = _written(box, [each for each, _ in parts], False, False)
    in_colour = isinstance(box, Tagged) and box.colour is not None
    if not in_colour and all(each is other for each, other in parts):
        return plain, plain
    return plain, _written(box, [each for _, each in parts], True, False)


def written(box: Box, coloured: bool = False, ids: bool = False) -> str:
    """A box as LaTeX."""
    return folded(box, lambda each, parts: _written(each, parts, coloured, ids))


def _written(box: Box, parts: Sequence[str], coloured: bool, ids: bool) -> str:
    match box:
        case Atom(latex):
            return latex
        case Row():
            return _side_by_side(parts)
        case Group():
            return f"{{{parts[0]}}}"
        case Tagged(_, node, colour):
            text = parts[0]
            if coloured and colour is not None:
                text = f"{COLOURS[colour]}{{{text}}}"
            return rf"\htmlData{{node={node}}}{{{text}}}" if ids and node is not None else text
        case Marked(_, word):
            return rf"\htmlData{{mark={word}}}{{{parts[0]}}}" if ids else parts[0]
        case Scripts(_, lowered, raised):
            text, *scripts = parts
            text += "" if lowered is None else f"_{{{scripts[0]}}}"
            return text if raised is None else f"{text}^{{{scripts[-1]}}}"
        case Accent(name):
            return rf"\{name}{{{parts[0]}}}"
        case Over():
            return rf"\frac{{{parts[0]}}}{{{parts[1]}}}"
        case Root():
            return rf"\sqrt{{{parts[0]}}}"
        case Fence(left, _, right):
            return _side_by_side([rf"\left{left}", parts[0], rf"\right{right}"])
        case Below():
            return rf"\underset{{{parts[1]}}}{{{parts[0]}}}"
        case Table(kind, rows):
            cells = iter(parts)
            lines = (" & ".join(next(cells) for _ in row) for row in rows)
            return rf"\begin{{{kind}}} " + r" \\ ".join(lines) + rf" \end{{{kind}}}"


def _side_by_side(parts: Sequence[str]) -> str:
    """Texts joined; a command that a letter would run into is parted from it by a space."""
    text = ""
    for part in parts:
        if part[:1].isalpha() and _ends_in_command(text):
            text += " "
        text += part
    return text


def _ends_in_command(text: str) -> bool:
    letters = len(text) - len(text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    return letters > 0 and text[-letters - 1 : -letters] == "\\"
