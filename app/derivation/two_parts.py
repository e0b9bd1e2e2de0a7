"""Quotients and products whose parts both hold what is derived by, set as the rule is said."""

from __future__ import annotations

from app.calculus.reverse import backward
from app.calculus.zoom import unit
from app.derivation.lines import Piece
from app.derivation.locals import Local
from app.derivation.pen import Pen
from app.graph.node import Node
from app.ops import TABLE
from app.ops.words import words_of

_LOOSE = frozenset(" −+·/^⁰¹²³⁴⁵⁶⁷⁸⁹")
_LONGEST = 60
"""Characters of LaTeX past which a part is not written out in the rule."""


def by_its_parts(local: Local, pen: Pen) -> Piece | None:
    """(u′v − u v′)/v² or u′v + u v′; None where the use is neither, or a part is constant."""
    code = words_of(local.link.use).code
    if code not in ("quotient", "product") or not local.scalar or len(local.link.use.inputs) != 2:
        return None
    parts = local.link.use.nodes
    if len(parts) != 2 or parts[0] is parts[1]:
        return None
    written: list[Piece] = []
    for part in parts:
        slope = _slope(local, part)
        if slope is None:
            return None
        tidied = pen.tidy(slope)
        if tidied is None or len(tidied.latex) > _LONGEST:
            return None
        written += [_bracketed(pen.raw(part)), _bracketed(tidied)]
    u, du, v, dv = written
    sign, said = ("-", "−") if code == "quotient" else ("+", "+")
    latex = rf"{du.latex} \cdot {v.latex} {sign} {u.latex} \cdot {dv.latex}"
    display = rf"{du.display} \cdot {v.display} {sign} {u.display} \cdot {dv.display}"
    text = f"{du.text}·{v.text} {said} {u.text}·{dv.text}"
    if code == "product":
        return Piece(latex, display, text)
    return Piece(
        rf"\frac{{{latex}}}{{{v.latex}^{{2}}}}",
        rf"\frac{{{display}}}{{{v.display}^{{2}}}}",
        f"({text})/{v.text}²",
    )


def _slope(local: Local, part: Node) -> Node | None:
    """The derivative of a part inside the use; None where it does not hold the source."""
    if part is local.link.source:
        return unit(local.vertex)
    inside = [each for each in local.vertex.members if each.id <= part.id]
    if part not in inside:
        return None
    return backward(part, inside, TABLE, unit(local.vertex)).adjoints.get(local.link.source.id)


def _bracketed(piece: Piece) -> Piece:
    if not set(piece.text) & _LOOSE:
        return piece
    return Piece(
        rf"\left({piece.latex}\right)", rf"\left({piece.display}\right)", f"({piece.text})"
    )
