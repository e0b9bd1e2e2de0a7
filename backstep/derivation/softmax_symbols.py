"""What the proof for softmax calls things, and the Jacobian of softmax by cases. Proves no loss."""

from __future__ import annotations

from dataclasses import dataclass

from backstep.derivation.formula_writer import FormulaWriter
from backstep.derivation.lines import Line, Piece, Rule, plain
from backstep.derivation.softmax import Pattern, softmax_of
from backstep.graph.node import Node

_NAMED = ("p", "f", "q", "m")
"""Letters for probabilities that the text gives no name, the first that is free."""
_SCORES = ("a", "s", "r", "o")
"""Letters for what softmax is of, where that has no name."""
_LETTERS = (("c", "k"), ("i", "j"), ("m", "n"))


@dataclass(frozen=True, slots=True)
class SoftmaxSymbols:
    """What the proof calls things: indices, elements, and their wording in the language."""

    first: str
    second: str
    f: Piece
    s: Piece
    loss: Piece
    f_formula: str | None

    def of(self, piece: Piece, index: str) -> Piece:
        """An element of a vector."""
        simple = len(piece.text) == 1
        latex = piece.latex if "_" not in piece.latex else rf"{{{piece.latex}}}"
        display = piece.display
        if not simple and any(sign in piece.text for sign in " /*+−-("):
            latex, display = rf"\left({latex}\right)", rf"\left({display}\right)"
        return Piece(
            rf"{latex}_{{{index}}}",
            rf"{display}_{{{index}}}",
            f"({piece.text})_{index}"
            if set(piece.text) & set(" /·−+(")
            else f"{piece.text}_{index}",
        )


def symbols_of(pattern: Pattern, pen: FormulaWriter) -> SoftmaxSymbols:
    """Names and letters for a proof, none of which the text uses otherwise."""
    taken = {name for name in pen.definition.names if len(name) == 1}
    pairs = _LETTERS if pattern.weights is None else (_LETTERS[1], _LETTERS[0], _LETTERS[2])
    first, second = next((pair for pair in pairs if not taken & set(pair)), pairs[0])
    twin = _twin(pattern, pen)
    if twin is not None:
        f = pen.symbol(twin)
    else:
        letter = next((each for each in _NAMED if each not in taken), "p")
        f = Piece(letter, rf"\fv{{{letter}}}", letter)
    loss = pen.symbol(pattern.loss)
    if pattern.rows:
        loss = plain(r"\ell", "ℓ")
    inside = pen.tidy(pattern.inside)
    formula = None if inside is None else inside.formula
    if not pattern.named:
        logits = pen.tidy(pattern.logits)
        formula = None if logits is None else f"softmax({logits.formula})"
    if pattern.rows:
        formula = None
    return SoftmaxSymbols(first, second, f, _logits(pattern, pen, taken), loss, formula)


def _twin(pattern: Pattern, pen: FormulaWriter) -> Node | None:
    """The probabilities where they have a name: the pattern's own, or others of the same scores."""
    if pattern.named:
        return pattern.inside if pattern.inside.id in pen.symbols.latex else None
    given = (version.node for version in pen.symbols.names.values())
    return next((n for n in given if softmax_of(n) is pattern.logits), None)


def _logits(pattern: Pattern, pen: FormulaWriter, taken: set[str]) -> Piece:
    """What softmax is of; where it has no name, a letter that is free."""
    if pattern.logits.id in pen.symbols.latex:
        return pen.symbol(pattern.logits)
    letter = next((each for each in _SCORES if each not in taken), "a")
    return Piece(letter, rf"\fv{{{letter}}}", letter)


def setting(pattern: Pattern, pen: FormulaWriter, signs: SoftmaxSymbols) -> Line:
    """What the loss is, and what softmax is, in elements."""
    c, j = signs.first, signs.second
    f, s = signs.of(signs.f, c), signs.of(signs.s, c)
    sj = signs.of(signs.s, j)
    if pattern.weights is None:
        fy = signs.of(signs.f, class_of(pattern, pen).latex)
        fy_text = f"{signs.f.text}_{class_of(pattern, pen).text}"
        latex, display = rf"-\log {fy.latex}", rf"-\log {fy.display}"
        text = f"−log {fy_text}"
    else:
        t = signs.of(pen.symbol(pattern.weights), c)
        latex = rf"-\sum_{{{c}}} {t.latex} \log {f.latex}"
        display = rf"-\sum_{{{c}}} {t.display} \log {f.display}"
        text = f"−Σ_{c} {t.text} log {f.text}"
    tail = (
        rf"\qquad {{}} {f.latex} = \frac{{e^{{{s.latex}}}}}{{\sum_{{{j}}} e^{{{sj.latex}}}}}",
        rf"\qquad {{}} {f.display} = \frac{{e^{{{s.display}}}}}{{\sum_{{{j}}} e^{{{sj.display}}}}}",
    )
    own = pen.own(pattern.logits)
    where = Piece("", "", "")
    if pattern.logits.id not in pen.symbols.latex:
        where = Piece(
            rf"\qquad {{}} {signs.s.latex} = {own.latex}",
            rf"\qquad {{}} {signs.s.display} = {own.display}",
            f",  {signs.s.text} = {own.text}",
        )
    words = "softmax, and the cross-entropy behind it"
    if pattern.rows:
        words += ", in one row of the batch"
    step = Piece(
        latex + tail[0] + where.latex,
        display + tail[1] + where.display,
        f"{text},  {f.text} = exp({s.text})/Σ_{j} exp({sj.text}){where.text}",
    )
    return Line("softmax", words, signs.loss, (step,))


def class_of(pattern: Pattern, pen: FormulaWriter) -> Piece:
    """The true class: the label's name, or the number that is written."""
    if isinstance(pattern.label, Node):
        return pen.symbol(pattern.label)
    return plain(str(pattern.label), str(pattern.label))


def one_hot(pattern: Pattern, pen: FormulaWriter) -> str:
    """e_y as the language writes it."""
    classes = pattern.logits.shape[-1]
    if isinstance(pattern.label, Node):
        label = pen.tidy(pattern.label)
        return f"one_hot({label.formula if label else 'y'}, {classes})"
    return f"one_hot({pattern.label}, {classes})"


def ratio(top: Piece, bottom: Piece) -> Piece:
    """∂top/∂bottom of elements."""
    return plain(
        rf"\frac{{\partial {top.latex}}}{{\partial {bottom.latex}}}",
        f"∂{top.text}/∂{bottom.text}",
    )


def same(y: str, c: str) -> str:
    """1(y = c), which is 1 where both are the same class and else 0."""
    return rf"\mathbf{{1}}({y} = {c})"


def jacobian(pattern: Pattern, pen: FormulaWriter, signs: SoftmaxSymbols) -> Rule:
    """∂f_c/∂s_k by the quotient rule, in two cases."""
    c, k = signs.first, signs.second
    fc, fk = signs.of(signs.f, c), signs.of(signs.f, k)
    sc, sk = signs.of(signs.s, c), signs.of(signs.s, k)
    total = r"\Sigma"
    f = signs.f_formula
    whole = None if f is None else f"eye({pattern.logits.shape[-1]})*{atom(f)} - outer({f}, {f})"
    inside = pattern.inside if pattern.named else None
    equal = Line(
        "quotient",
        f"quotient rule, {c} = {k}: numerator and denominator Σ both have the derivative "
        f"exp({sk.text})",
        ratio(fk, sk),
        (
            plain(
                rf"\frac{{e^{{{sk.latex}}} {total} - e^{{{sk.latex}}} e^{{{sk.latex}}}}}"
                rf"{{{total}^{{2}}}}",
                f"(exp({sk.text})·Σ − exp({sk.text})²)/Σ²",
            ),
            Piece(
                rf"{fk.latex} \left(1 - {fk.latex}\right)",
                rf"{fk.display} \left(1 - {fk.display}\right)",
                f"{fk.text}(1 − {fk.text})",
            ),
        ),
    )
    apart = Line(
        "quotient",
        f"quotient rule, {c} ≠ {k}: only the denominator holds {sk.text}",
        ratio(fc, sk),
        (
            plain(
                rf"\frac{{0 \cdot {total} - e^{{{sc.latex}}} e^{{{sk.latex}}}}}{{{total}^{{2}}}}",
                f"(0·Σ − exp({sc.text})·exp({sk.text}))/Σ²",
            ),
            Piece(
                rf"-{fc.latex} \, {fk.latex}",
                rf"-{fc.display} \, {fk.display}",
                f"−{fc.text} {fk.text}",
            ),
        ),
    )
    both = Line(
        "cases",
        "both cases in one",
        ratio(fc, sk),
        (
            Piece(
                rf"{fc.latex} \left({same(c, k)} - {fk.latex}\right)",
                rf"{fc.display} \left({same(c, k)} - {fk.display}\right)",
                f"{fc.text}(1({c}={k}) − {fk.text})",
                whole,
            ),
        ),
        top=inside,
        bottom=pattern.logits if inside is not None else None,
    )
    return Rule("quotient", (equal, apart, both))


def atom(formula: str) -> str:
    """The formula where it must bind tightly."""
    return formula if formula.isidentifier() else f"({formula})"
