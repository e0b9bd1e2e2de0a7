"""The symbols of the proof for softmax, and the Jacobian of softmax by cases."""

from __future__ import annotations

from dataclasses import dataclass, replace

from backstep.derivation.formula_writer import FormulaWriter
from backstep.derivation.lines import Line, Rule, Step
from backstep.derivation.softmax import Pattern, softmax_of
from backstep.formula.board import Paper
from backstep.formula.operations import applied
from backstep.formula.tree import (
    ONE,
    ZERO,
    At,
    Big,
    Deriv,
    Formula,
    Frac,
    Neg,
    Op,
    Pow,
    Sym,
    multiply,
    number,
    subtract,
)
from backstep.graph.node import Node

_NAMED = ("p", "f", "q", "m")
"""Letters for probabilities that the text gives no name, the first that is free."""
_SCORES = ("a", "s", "r", "o")
"""Letters for what softmax is of, where that has no name."""
_LETTERS = (("c", "k"), ("i", "j"), ("m", "n"))


@dataclass(frozen=True, slots=True)
class SoftmaxSymbols:
    """What the proof calls things: indices, elements, and `said`, softmax in the definition's
    names."""

    first: Sym
    second: Sym
    f: Formula
    s: Formula
    loss: Formula
    said: Formula | None

    def elements(self, value: Formula) -> tuple[Formula, Formula]:
        """A vector's elements at the two indices."""
        return At(value, (self.first,)), At(value, (self.second,))


def symbols_of(pattern: Pattern, pen: FormulaWriter) -> SoftmaxSymbols:
    """Names and letters for a proof, none of which the text uses otherwise."""
    taken = {name for name in pen.definition.names if len(name) == 1}
    pairs = _LETTERS if pattern.weights is None else (_LETTERS[1], _LETTERS[0], _LETTERS[2])
    first, second = next((pair for pair in pairs if not taken & set(pair)), pairs[0])
    twin, named = _twin(pattern, pen), pattern.logits.id in pen.symbols.names
    loss = pen.symbols.formula(pattern.loss)
    inside = pen.tidy(pattern.inside if pattern.named else pattern.logits)
    said = None
    if inside is not None and not pattern.rows:
        said = inside.shown if pattern.named else applied("softmax", inside.shown, axis=-1)
    return SoftmaxSymbols(
        Sym(first, "index"),
        Sym(second, "index"),
        _letter(_NAMED, taken) if twin is None else in_a_row(pen.symbols.formula(twin)),
        in_a_row(pen.symbols.formula(pattern.logits)) if named else _letter(_SCORES, taken),
        Sym("ℓ") if pattern.rows else loss,
        said,
    )


def _letter(letters: tuple[str, ...], taken: set[str]) -> Sym:
    return Sym(next((each for each in letters if each not in taken), letters[0]), "value")


def in_a_row(formula: Formula) -> Formula:
    """A value in one row of a batch: its elements are numbers."""
    return replace(formula, size=formula.size[-1:]) if isinstance(formula, Sym) else formula


def _twin(pattern: Pattern, pen: FormulaWriter) -> Node | None:
    """The probabilities where they have a name: the pattern's own, or others of the same scores."""
    if pattern.named:
        return pattern.inside if pattern.inside.id in pen.symbols.names else None
    given = (version.node for version in pen.symbols.names.values())
    return next((n for n in given if softmax_of(n) is pattern.logits), None)


def setting(pattern: Pattern, pen: FormulaWriter, signs: SoftmaxSymbols) -> Line:
    """What the loss is, and what softmax is, in elements."""
    (fc, _), (sc, sj) = signs.elements(signs.f), signs.elements(signs.s)
    if pattern.weights is None:
        loss: Formula = Neg(log(At(signs.f, (class_of(pattern, pen),))))
    else:
        tc, _ = signs.elements(in_a_row(pen.symbols.formula(pattern.weights)))
        loss = Neg(Big("sum", multiply(tc, log(fc)), signs.first))
    beside: list[tuple[Formula, Formula]] = [(fc, Frac(exp(sc), Big("sum", exp(sj), signs.second)))]
    if pattern.logits.id not in pen.symbols.names:
        beside.append((signs.s, pen.own(pattern.logits)))
    words = "softmax, and the cross-entropy behind it"
    if pattern.rows:
        words += ", in one row of the batch"
    return Line("softmax", words, signs.loss, (Step(loss, None),), beside=tuple(beside))


def exp(formula: Formula) -> Formula:
    """e to a power."""
    return applied("exp", formula)


def log(formula: Formula) -> Formula:
    """The logarithm."""
    return applied("log", formula)


def class_of(pattern: Pattern, pen: FormulaWriter) -> Formula:
    """The true class: the label's name, or the number that is written."""
    if isinstance(pattern.label, Node):
        return pen.symbols.formula(pattern.label)
    return number(pattern.label or 0)


def one_hot(pattern: Pattern, pen: FormulaWriter) -> Formula:
    """e_y."""
    return applied("place", ONE, class_of(pattern, pen), classes=pattern.logits.shape[-1])


def jacobian(pattern: Pattern, signs: SoftmaxSymbols) -> Rule:
    """∂f_c/∂s_k by the quotient rule, in two cases."""
    c, k = signs.first.name, signs.second.name
    (fc, fk), (sc, sk) = signs.elements(signs.f), signs.elements(signs.s)
    total, sk_text = Sym("Sigma"), Paper().write(sk)
    f = signs.said
    inside = pattern.inside if pattern.named else None
    whole = None
    if f is not None:
        identity = applied("eye", n=pattern.logits.shape[-1])
        whole = subtract(multiply(identity, f), applied("outer", f, f))
    equal = Line(
        "quotient",
        f"quotient rule, {c} = {k}: numerator and denominator Σ both have the derivative "
        f"exp({sk_text})",
        Deriv(fk, sk),
        (
            Step(_over(multiply(exp(sk), total), multiply(exp(sk), exp(sk)), total), None),
            Step(multiply(fk, subtract(ONE, fk)), None),
        ),
    )
    apart = Line(
        "quotient",
        f"quotient rule, {c} ≠ {k}: only the denominator holds {sk_text}",
        Deriv(fc, sk),
        (
            Step(_over(multiply(ZERO, total), multiply(exp(sc), exp(sk)), total), None),
            Step(Neg(multiply(fc, fk)), None),
        ),
    )
    both = Line(
        "cases",
        "both cases in one",
        Deriv(fc, sk),
        (Step(multiply(fc, subtract(same(signs.first, signs.second), fk)), whole),),
        top=inside,
        bottom=pattern.logits if inside is not None else None,
    )
    return Rule("quotient", (equal, apart, both))


def _over(left: Formula, right: Formula, total: Formula) -> Formula:
    return Frac(subtract(left, right), Pow(total, number(2)))


def same(one: Formula, other: Formula) -> Formula:
    """1 where both are the same class and else 0."""
    return Op("equal", (one, other))
