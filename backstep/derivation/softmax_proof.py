"""The proof for softmax with cross-entropy behind it, element by element, as on the board.

The slope of −log at the true class, the Jacobian of softmax by the quotient rule in two cases,
their product summed over the classes, and what cancels.
"""

from __future__ import annotations

from collections.abc import Iterator

from backstep.derivation.formula_writer import FormulaWriter
from backstep.derivation.lines import Line, Rule, Step
from backstep.derivation.softmax import Pattern
from backstep.derivation.softmax_symbols import (
    SoftmaxSymbols,
    class_of,
    in_a_row,
    jacobian,
    one_hot,
    same,
    setting,
    symbols_of,
)
from backstep.formula.board import Paper
from backstep.formula.operations import applied
from backstep.formula.tree import (
    ONE,
    At,
    Big,
    Deriv,
    Formula,
    Frac,
    Neg,
    multiply,
    subtract,
    times,
)
from backstep.graph.node import Node

_EXACT = 1e-12
_shown = Paper().write


def prove(pattern: Pattern, pen: FormulaWriter) -> Rule:
    """The proof, from the loss down to all elements at once."""
    signs = symbols_of(pattern, pen)
    by_class = pattern.weights is None
    parts = _by_class(pattern, pen, signs) if by_class else _by_weights(pattern, pen, signs)
    return Rule("softmax", (setting(pattern, pen, signs),), tuple(parts))


def _total(formula: Formula) -> Formula:
    return applied("sum", formula)


def _chained(slope: Formula, f: Formula) -> Formula:
    """A slope by f times softmax's Jacobian."""
    return subtract(multiply(slope, f), multiply(f, _total(multiply(slope, f))))


class _Said:
    """Lines by the scores as a whole, whose steps say something where softmax does."""

    def __init__(self, pattern: Pattern, left: Formula, known: bool) -> None:
        self._pattern, self._left, self._known = pattern, left, known

    def line(self, rule: str, words: str, *steps: Step, left: Formula | None = None) -> Line:
        """A line whose left side is the loss by the scores, or by one of them."""
        top, bottom = self._pattern.loss, self._pattern.logits
        return Line(
            rule,
            words,
            self._left if left is None else left,
            steps,
            top=top if self._known else None,
            bottom=bottom if self._known else None,
        )


def _by_class(pattern: Pattern, pen: FormulaWriter, signs: SoftmaxSymbols) -> Iterator[Rule]:
    c, k, y = signs.first, signs.second, class_of(pattern, pen)
    (fc, fk), (_, sk) = signs.elements(signs.f), signs.elements(signs.s)
    fy, f, hot = At(signs.f, (y,)), signs.said, one_hot(pattern, pen)
    known = f is not None
    first: Formula = Neg(Frac(same(y, c), fy))
    slope = chained = put_in = cancelled = ended = None
    if f is not None:
        true = _total(multiply(hot, f))
        slope = Neg(Frac(hot, true))
        chained = _chained(slope, f)
        put_in = Neg(multiply(multiply(Frac(ONE, true), true), subtract(hot, f)))
        cancelled, ended = Neg(subtract(hot, f)), subtract(f, hot)
    at = f"{_shown(c)} = {_shown(y)}"
    inside = pattern.inside if pattern.named and known else None
    yield Rule(
        "cases",
        (
            Line(
                "cases",
                f"only the true class's {_shown(fy)} stands in the loss: −1/{_shown(fy)} for "
                f"{at}, else 0",
                Deriv(signs.loss, fc),
                (Step(first, slope),),
                top=None if inside is None else pattern.loss,
                bottom=inside,
            ),
        ),
    )
    yield jacobian(pattern, signs)
    said = _Said(pattern, Deriv(signs.loss, sk), known)
    jacobian_ck = multiply(fc, subtract(same(c, k), fk))
    rest = subtract(same(y, k), fk)
    yield Rule(
        "paths",
        (
            said.line(
                "paths",
                f"{_shown(sk)} reaches the loss through every {_shown(fc)}: "
                "the sum over the classes",
                Step(Big("sum", times(Deriv(signs.loss, fc), Deriv(fc, sk)), c), None),
                Step(Big("sum", times(first, jacobian_ck), c), chained),
            ),
            said.line(
                "tidy",
                f"only the term with {at} is left",
                Step(Neg(times(Frac(ONE, fy), multiply(fy, rest))), put_in),
            ),
            said.line("tidy", f"{_shown(fy)} cancels", Step(Neg(rest), cancelled)),
        ),
    )
    yield Rule(
        "vector",
        (
            said.line(
                "vector",
                f"for all {_shown(k)} at once: {_shown(hot)} is 1 at the true class "
                "and 0 elsewhere",
                Step(Neg(subtract(hot, signs.f)), None),
                Step(subtract(signs.f, hot), ended),
                left=Deriv(signs.loss, signs.s),
            ),
        ),
    )


def _by_weights(pattern: Pattern, pen: FormulaWriter, signs: SoftmaxSymbols) -> Iterator[Rule]:
    assert pattern.weights is not None
    i, j = signs.first, signs.second
    (fi, fj), (_, sj) = signs.elements(signs.f), signs.elements(signs.s)
    t = in_a_row(pen.symbols.formula(pattern.weights))
    ti, tj = signs.elements(t)
    tidied, f = pen.tidy(pattern.weights), signs.said
    w = None if tidied is None else tidied.shown
    first: Formula = Neg(Frac(ti, fi))
    slope = chained = cancelled = ended = closed = None
    if f is not None and w is not None:
        slope = Neg(Frac(w, f))
        chained = _chained(slope, f)
        cancelled = Neg(subtract(w, multiply(f, _total(w))))
        ended = subtract(multiply(_total(w), f), w)
        closed = subtract(f, w)
    known = closed is not None
    inside = pattern.inside if pattern.named and known else None
    yield Rule(
        "function",
        (
            Line(
                "function",
                f"log {_shown(fi)} has the derivative 1/{_shown(fi)}, and only one term holds it",
                Deriv(signs.loss, fi),
                (Step(first, slope),),
                top=None if inside is None else pattern.loss,
                bottom=inside,
            ),
        ),
    )
    yield jacobian(pattern, signs)
    said = _Said(pattern, Deriv(signs.loss, sj), known)
    rest, total = subtract(same(i, j), fj), Big("sum", ti, i)
    yield Rule(
        "paths",
        (
            said.line(
                "paths",
                f"{_shown(sj)} reaches the loss through every {_shown(fi)}: the sum over them",
                Step(Big("sum", times(Deriv(signs.loss, fi), Deriv(fi, sj)), i), None),
                Step(Big("sum", times(first, multiply(fi, rest)), i), chained),
            ),
            said.line(
                "tidy",
                f"{_shown(fi)} cancels",
                Step(Neg(Big("sum", multiply(ti, rest), i)), cancelled),
            ),
            said.line(
                "tidy",
                f"the first sum keeps the term with {_shown(i)} = {_shown(j)}; "
                f"{_shown(fj)} comes out of the second",
                Step(subtract(multiply(fj, total), tj), ended),
            ),
        ),
    )
    yield Rule(
        "vector",
        (
            said.line(
                "vector",
                f"for all {_shown(j)} at once",
                Step(subtract(multiply(total, signs.f), t), ended),
                left=Deriv(signs.loss, signs.s),
            ),
        ),
    )
    if _distribution(pattern.weights, pen):
        ended_in = _shown(subtract(signs.f, t))
        words = f"{_shown(t)} sums to 1, {_shown(total)} = 1, and this is {ended_in}"
        yield Rule("given", (said.line("given", words, Step(subtract(fj, tj), closed)),))


def _distribution(weights: Node, pen: FormulaWriter) -> bool:
    """Whether the numbers in force sum to 1 in every row."""
    sums = pen.numbers.value(weights).sum(axis=-1)
    return bool((abs(sums - 1) < _EXACT).all())
