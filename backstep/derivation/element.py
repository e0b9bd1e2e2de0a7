"""The last line of a derivation with respect to one element: that element of the partial.

Derives nothing.
"""

from __future__ import annotations

import numpy as np

from backstep.autodiff.reverse import broadcast_whole
from backstep.derivation.lines import Line, Rule, Step, distinct, plain
from backstep.derivation.path_context import PathContext
from backstep.formula.board import ELIDED
from backstep.formula.tree import ZERO, At, Deriv, Figure, Formula


def element_of(way: PathContext, tree: Rule, ended: Step, at: tuple[int, ...]) -> tuple[Rule, Step]:
    """The derivation by the whole, with the line for the element at `at`, and what it ends in."""
    adjoint = way.adjoint(way.of)
    steps = [_element(ended, at)]
    if adjoint is None:
        steps = [plain(ZERO)]
    elif ended.shown is ELIDED:
        steps = [ended]
    else:
        inside = way.pen.tidy(broadcast_whole(adjoint, way.of.shape), at=at)
        if inside is not None:
            steps.append(inside)
    line = Line(
        "element",
        f"of all elements, the one at [{', '.join(map(str, at))}]",
        partial_by_element(way, at),
        distinct(steps),
        numbers=(_figure(way, at),),
    )
    return Rule(tree.code, tree.lines, (*tree.parts, Rule("element", (line,)))), line.steps[-1]


def _element(whole: Step, at: tuple[int, ...]) -> Step:
    """The whole formula, and which element of it."""
    found = (None if each is None else At(each, at) for each in (whole.said, whole.answer))
    return Step(At(whole.shown, at), *found)


def partial_by_element(way: PathContext, at: tuple[int, ...]) -> Deriv:
    """∂L/∂W[1,0]."""
    return Deriv(way.symbols.formula(way.loss), At(way.symbols.formula(way.of), at))


def _figure(way: PathContext, at: tuple[int, ...]) -> Formula:
    found = np.broadcast_to(way.numbers.partial(way.of), way.of.shape)[at]
    return Figure(float(found), "partial")
