"""Formulas as MathML, for pages that run no script."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from backstep.formula.boxes import (
    Accent,
    Atom,
    Below,
    Box,
    Fence,
    Over,
    Root,
    Row,
    Scripts,
    Table,
    Tagged,
    folded,
    untagged,
)
from backstep.formula.notation import boxed
from backstep.formula.tree import Formula

_ACCENTS = {"hat": "^", "bar": "¯", "tilde": "~", "dot": "˙", "vec": "→"}
FENCES = {
    r"\|": "‖",
    r"\{": "{",
    r"\}": "}",
    r"\lfloor": "⌊",
    r"\rfloor": "⌋",
    r"\lceil": "⌈",
    r"\rceil": "⌉",
}
"""Brackets that are commands, as characters."""
_BRACKETS = {"cases": ("{", "."), "bmatrix": ("[", "]")}


def mathml(formula: Formula, display: bool = False, coloured: bool = True) -> str:
    """The formula as a `math` element; values and partials in rows of their class."""
    return element(boxed(formula), display, coloured)


def element(box: Box, display: bool = False, coloured: bool = True) -> str:
    """A box as a `math` element."""
    shown = ' display="block"' if display else ""
    parts = folded(untagged(box, coloured), _parts)
    return f"<math{shown}>{_one(parts)}</math>"


def _one(parts: Sequence[str]) -> str:
    """Elements as one."""
    return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"


def _parts(box: Box, inside: Sequence[Sequence[str]]) -> Sequence[str]:
    """A box as the elements that stand in the row around it, from those of its own parts."""
    match box:
        case Row():
            return [part for each in inside for part in each]
        case Atom(_, "", "space"):
            return []
        case Tagged(_, _, colour):
            return [f'<mrow class="{colour}">{_one(inside[0])}</mrow>']
    return [_element(box, [_one(each) for each in inside])]


def _element(box: Box, parts: Sequence[str]) -> str:
    match box:
        case Atom():
            return _atom(box)
        case Scripts(_, lowered, raised, under):
            below, around = ("munder", "munderover") if under else ("msub", "msubsup")
            tag = around if lowered is not None and raised is not None else below
            tag = "msup" if lowered is None else tag
            return f"<{tag}>{''.join(parts)}</{tag}>"
        case Accent(name):
            return f'<mover accent="true">{parts[0]}<mo>{_ACCENTS[name]}</mo></mover>'
        case Over():
            return f"<mfrac>{parts[0]}{parts[1]}</mfrac>"
        case Root():
            return f"<msqrt>{parts[0]}</msqrt>"
        case Fence(left, _, right):
            return f"<mrow>{_fence(left)}{parts[0]}{_fence(right)}</mrow>"
        case Below():
            return f"<munder>{parts[0]}{parts[1]}</munder>"
        case Table(kind, rows):
            cells = iter(parts)
            lines = "".join(
                f"<mtr>{''.join(f'<mtd>{next(cells)}</mtd>' for _ in row)}</mtr>" for row in rows
            )
            opening, closing = map(_fence, _BRACKETS[kind])
            return f"<mrow>{opening}<mtable>{lines}</mtable>{closing}</mrow>"
    return parts[0]


def _atom(atom: Atom) -> str:
    text = escape(atom.char)
    if atom.kind == "space":
        return f'<mspace width="{text}"></mspace>'
    if atom.kind == "number":
        return f"<mn>{text}</mn>"
    if atom.kind == "text":
        return f"<mtext>{text}</mtext>"
    if atom.kind == "sign":
        # Upright brackets that are no pair of fitting size keep theirs.
        fixed = ' stretchy="false"' if atom.char in "()[]|" else ""
        return f"<mo{fixed}>{text}</mo>"
    weight = ' class="bold"' if atom.style == "bold" else ""
    # A word stands upright by itself; a single letter would lean.
    upright = atom.kind == "word" and len(atom.char) == 1
    normal = ' mathvariant="normal"' if upright else ""
    return f"<mi{weight}{normal}>{text}</mi>"


def _fence(sign: str) -> str:
    return "" if sign == "." else f'<mo stretchy="true">{escape(FENCES.get(sign, sign))}</mo>'
