"""The last line of a derivation by one element: that element of what the whole tensor's comes to.

Derives nothing.
"""

from __future__ import annotations

import numpy as np

from backstep.autodiff.reverse import broadcast_whole
from backstep.derivation.lines import Line, Piece, Rule, plain
from backstep.derivation.path_context import PathContext, distinct
from backstep.notation.symbols import PARTIAL, figure


def element_of(
    way: PathContext, tree: Rule, ended: Piece, at: tuple[int, ...]
) -> tuple[Rule, Piece]:
    """The derivation by the whole, with the line for the element at `at`, and what it ends in."""
    adjoint = way.adjoint(way.of)
    place = ", ".join(map(str, at))
    steps = [_bracketed(ended, place)]
    if adjoint is None:
        steps = [plain("0", "0", "0")]
    elif ended.text == "…":
        steps = [plain(r"\ldots", "…")]
    else:
        inside = way.pen.tidy(broadcast_whole(adjoint, way.of.shape), at=at)
        if inside is not None:
            steps.append(inside)
    line = Line(
        "element",
        f"of all elements, the one at [{place}]",
        partial_by_element(way, at),
        distinct(steps),
        numbers=_figure(way, at, False),
        display_numbers=_figure(way, at, True),
    )
    return Rule(tree.code, tree.lines, (*tree.parts, Rule("element", (line,)))), line.steps[-1]


def _bracketed(piece: Piece, place: str) -> Piece:
    """The whole formula, and which element of it."""
    return Piece(
        rf"\left[{piece.latex}\right]_{{{place}}}",
        rf"\left[{piece.display}\right]_{{{place}}}",
        f"({piece.text})[{place}]",
        None if piece.formula is None else f"({piece.formula})[{place}]",
        None if piece.answer is None else f"({piece.answer})[{place}]",
    )


def partial_by_element(way: PathContext, at: tuple[int, ...]) -> Piece:
    """∂L/∂W[1,0]."""
    loss, of = way.pen.symbol(way.loss), way.pen.symbol(way.of)
    place = ",".join(map(str, at))
    below = f"{of.latex}[{place}]" if "_" in of.latex else f"{of.latex}_{{{place}}}"
    latex = rf"\frac{{\partial {loss.latex}}}{{\partial {below}}}"
    return Piece(latex, rf"{PARTIAL}{{{latex}}}", f"∂{loss.text}/∂{of.text}[{place}]")


def _figure(way: PathContext, at: tuple[int, ...], coloured: bool) -> str:
    found = np.broadcast_to(way.numbers.partial(way.of), way.of.shape)[at]
    return figure(float(found), PARTIAL if coloured else None).text
