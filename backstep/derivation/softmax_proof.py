"""The proof for softmax with cross-entropy behind it, element by element, as on the board.

The slope of −log at the true class, the Jacobian of softmax by the quotient rule in two cases,
their product summed over the classes, and what cancels.
"""

from __future__ import annotations

from collections.abc import Iterator

from backstep.derivation.formula_writer import FormulaWriter
from backstep.derivation.lines import Line, Piece, Rule
from backstep.derivation.softmax import Pattern
from backstep.derivation.softmax_symbols import (
    SoftmaxSymbols,
    atom,
    class_of,
    jacobian,
    one_hot,
    ratio,
    same,
    setting,
    symbols_of,
)
from backstep.graph.node import Node

_EXACT = 1e-12


def prove(pattern: Pattern, pen: FormulaWriter) -> Rule:
    """The proof, from the loss down to all elements at once."""
    signs = symbols_of(pattern, pen)
    by_class = pattern.weights is None
    parts = _by_class(pattern, pen, signs) if by_class else _by_weights(pattern, pen, signs)
    return Rule("softmax", (setting(pattern, pen, signs),), tuple(parts))


def _by_class(pattern: Pattern, pen: FormulaWriter, signs: SoftmaxSymbols) -> Iterator[Rule]:
    c, k, y = signs.first, signs.second, class_of(pattern, pen)
    fc, fk = signs.of(signs.f, c), signs.of(signs.f, k)
    fy = signs.of(signs.f, y.latex)
    sk = signs.of(signs.s, k)
    f, hot = signs.f_formula, one_hot(pattern, pen)
    true = None if f is None else f"sum({hot}*{atom(f)})"
    slope = None if f is None else f"(-{hot}/{true})"
    inside = pattern.inside if pattern.named else None
    fy_text, one = f"{signs.f.text}_{y.text}", f"1({y.text}={c})"
    yield Rule(
        "cases",
        (
            Line(
                "cases",
                f"only the true class's {fy_text} stands in the loss: −1/{fy_text} for "
                f"{c} = {y.text}, else 0",
                ratio(signs.loss, fc),
                (
                    Piece(
                        rf"-\frac{{{same(y.latex, c)}}}{{{fy.latex}}}",
                        rf"-\frac{{{same(y.latex, c)}}}{{{fy.display}}}",
                        f"−{one}/{fy_text}",
                        slope,
                    ),
                ),
                top=pattern.loss if inside is not None and f is not None else None,
                bottom=inside if f is not None else None,
            ),
        ),
    )
    yield jacobian(pattern, pen, signs)
    left = ratio(signs.loss, sk)
    chained = None if f is None else f"{slope}*{atom(f)} - {atom(f)}*sum({slope}*{atom(f)})"
    where = (pattern.loss, pattern.logits) if f is not None else (None, None)
    yield Rule(
        "paths",
        (
            Line(
                "paths",
                f"{sk.text} reaches the loss through every {fc.text}: the sum over the classes",
                left,
                (
                    Piece(
                        rf"\sum_{{{c}}} {ratio(signs.loss, fc).latex} \cdot "
                        rf"{ratio(fc, sk).latex}",
                        rf"\sum_{{{c}}} {ratio(signs.loss, fc).latex} \cdot "
                        rf"{ratio(fc, sk).latex}",
                        f"Σ_{c} {ratio(signs.loss, fc).text}·{ratio(fc, sk).text}",
                    ),
                    Piece(
                        rf"\sum_{{{c}}} -\frac{{{same(y.latex, c)}}}{{{fy.latex}}} \cdot "
                        rf"{fc.latex} \left({same(c, k)} - {fk.latex}\right)",
                        rf"\sum_{{{c}}} -\frac{{{same(y.latex, c)}}}{{{fy.display}}} \cdot "
                        rf"{fc.display} \left({same(c, k)} - {fk.display}\right)",
                        f"Σ_{c} −{one}/{fy_text}·{fc.text}(1({c}={k}) − {fk.text})",
                        chained,
                    ),
                ),
                top=where[0],
                bottom=where[1],
            ),
            Line(
                "tidy",
                f"only the term with {c} = {y.text} is left",
                left,
                (
                    Piece(
                        rf"-\frac{{1}}{{{fy.latex}}} \cdot {fy.latex} "
                        rf"\left({same(y.latex, k)} - {fk.latex}\right)",
                        rf"-\frac{{1}}{{{fy.display}}} \cdot {fy.display} "
                        rf"\left({same(y.latex, k)} - {fk.display}\right)",
                        f"−1/{fy_text}·{fy_text}(1({y.text}={k}) − {fk.text})",
                        None if f is None else f"-1/{true}*{true}*({hot} - {f})",
                    ),
                ),
                top=where[0],
                bottom=where[1],
            ),
            Line(
                "tidy",
                f"{fy_text} cancels",
                left,
                (
                    Piece(
                        rf"-\left({same(y.latex, k)} - {fk.latex}\right)",
                        rf"-\left({same(y.latex, k)} - {fk.display}\right)",
                        f"−(1({y.text}={k}) − {fk.text})",
                        None if f is None else f"-({hot} - {f})",
                    ),
                ),
                top=where[0],
                bottom=where[1],
            ),
        ),
    )
    unit = rf"e_{{{y.latex}}}"
    yield Rule(
        "vector",
        (
            Line(
                "vector",
                f"for all {k} at once: e_{y.text} is 1 at the true class and 0 elsewhere",
                ratio(signs.loss, signs.s),
                (
                    Piece(
                        rf"-\left({unit} - {signs.f.latex}\right)",
                        rf"-\left({unit} - {signs.f.display}\right)",
                        f"−(e_{y.text} − {signs.f.text})",
                    ),
                    Piece(
                        rf"{signs.f.latex} - {unit}",
                        rf"{signs.f.display} - {unit}",
                        f"{signs.f.text} − e_{y.text}",
                        None if f is None else f"{f} - {hot}",
                    ),
                ),
                top=where[0],
                bottom=where[1],
            ),
        ),
    )


def _by_weights(pattern: Pattern, pen: FormulaWriter, signs: SoftmaxSymbols) -> Iterator[Rule]:
    assert pattern.weights is not None
    i, j = signs.first, signs.second
    fi, fj = signs.of(signs.f, i), signs.of(signs.f, j)
    sj = signs.of(signs.s, j)
    t = pen.symbol(pattern.weights)
    ti, tj = signs.of(t, i), signs.of(t, j)
    f = signs.f_formula
    tidied = pen.tidy(pattern.weights)
    given = None if tidied is None or f is None else tidied.formula
    w = None if given is None else atom(given)
    inside = pattern.inside if pattern.named else None
    known = f is not None and w is not None
    where = (pattern.loss, pattern.logits) if known else (None, None)
    yield Rule(
        "function",
        (
            Line(
                "function",
                f"log {fi.text} has the derivative 1/{fi.text}, and only one term holds it",
                ratio(signs.loss, fi),
                (
                    Piece(
                        rf"-\frac{{{ti.latex}}}{{{fi.latex}}}",
                        rf"-\frac{{{ti.display}}}{{{fi.display}}}",
                        f"−{ti.text}/{fi.text}",
                        f"-{w}/{atom(f)}" if f is not None and w is not None else None,
                    ),
                ),
                top=pattern.loss if inside is not None and known else None,
                bottom=inside if known else None,
            ),
        ),
    )
    yield jacobian(pattern, pen, signs)
    left = ratio(signs.loss, sj)
    g = None if f is None or w is None else f"(-{w}/{atom(f)})"
    equal = same(i, j)

    def line(rule: str, words: str, *steps: Piece) -> Line:
        return Line(rule, words, left, steps, top=where[0], bottom=where[1])

    def piece(latex: str, text: str, formula: str | None = None) -> Piece:
        """The LaTeX written with the elements' plain signs, and again with the coloured ones."""
        shown = latex
        for each in (ti, tj, fi, fj):
            shown = shown.replace(f"«{each.text}»", each.display)
            latex = latex.replace(f"«{each.text}»", each.latex)
        return Piece(latex, shown, text, formula if known else None)

    a, b, p, q = (f"«{each.text}»" for each in (ti, tj, fi, fj))
    yield Rule(
        "paths",
        (
            line(
                "paths",
                f"{sj.text} reaches the loss through every {fi.text}: the sum over them",
                piece(
                    rf"\sum_{{{i}}} {ratio(signs.loss, fi).latex} \cdot {ratio(fi, sj).latex}",
                    f"Σ_{i} {ratio(signs.loss, fi).text}·{ratio(fi, sj).text}",
                ),
                piece(
                    rf"\sum_{{{i}}} -\frac{{{a}}}{{{p}}} \cdot {p} \left({equal} - {q}\right)",
                    f"Σ_{i} −{ti.text}/{fi.text}·{fi.text}(1({i}={j}) − {fj.text})",
                    None
                    if g is None or f is None
                    else f"{g}*{atom(f)} - {atom(f)}*sum({g}*{atom(f)})",
                ),
            ),
            line(
                "tidy",
                f"{fi.text} cancels",
                piece(
                    rf"-\sum_{{{i}}} {a} \left({equal} - {q}\right)",
                    f"−Σ_{i} {ti.text}(1({i}={j}) − {fj.text})",
                    None if f is None else f"-({w} - {atom(f)}*sum({w}))",
                ),
            ),
            line(
                "tidy",
                f"the first sum keeps the term with {i} = {j}; {fj.text} comes out of the second",
                piece(
                    rf"{q} \sum_{{{i}}} {a} - {b}",
                    f"{fj.text} Σ_{i} {ti.text} − {tj.text}",
                    None if f is None else f"{atom(f)}*sum({w}) - {w}",
                ),
            ),
        ),
    )
    yield Rule(
        "vector",
        (
            Line(
                "vector",
                f"for all {j} at once",
                ratio(signs.loss, signs.s),
                (
                    Piece(
                        rf"\left(\sum_{{{i}}} {ti.latex}\right) {signs.f.latex} - {t.latex}",
                        rf"\left(\sum_{{{i}}} {ti.display}\right) {signs.f.display} - {t.display}",
                        f"(Σ_{i} {ti.text}) {signs.f.text} − {t.text}",
                        None if f is None else f"sum({w})*{atom(f)} - {w}",
                    ),
                ),
                top=where[0],
                bottom=where[1],
            ),
        ),
    )
    if _distribution(pattern.weights, pen):
        words = f"{t.text} sums to 1, Σ_{i} {ti.text} = 1, and this is {signs.f.text} − {t.text}"
        step = piece(rf"{q} - {b}", f"{fj.text} − {tj.text}", None if f is None else f"{f} - {w}")
        yield Rule("given", (line("given", words, step),))


def _distribution(weights: Node, pen: FormulaWriter) -> bool:
    """Whether the numbers in force sum to 1 in every row."""
    sums = pen.numbers.value(weights).sum(axis=-1)
    return bool((abs(sums - 1) < _EXACT).all())
