"""Values with indices, and sums over these: elementwise where they agree, else of products."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from backstep.importers.formulas import Formulas, Unwritable, Value
from backstep.importers.python.formula_text import read_formula
from backstep.lang.diagnostics.fixes.einsum import summed


@dataclass(frozen=True, slots=True)
class Term:
    """A value whose axes are counted by letters, or a product of such that waits for its sum.

    `row` says that it is a vector that was turned, as w in wᵀ x.
    """

    value: Value | None
    letters: tuple[str, ...] = ()
    factors: tuple[tuple[tuple[str, ...], Value], ...] = ()
    row: bool = False

    def plain(self) -> Value:
        """The value. Raises Unwritable where it is a product whose indices differ."""
        if self.value is None:
            raise Unwritable("a product whose indices differ and are not summed")
        return self.value

    def summed(self, formulas: Formulas, over: Set[str], *, mean: bool = False) -> Term:
        """The sum, or the mean, over some of the letters."""
        ours = "mean" if mean else "sum"
        if self.value is None:
            if mean:
                raise Unwritable("a mean of a product whose indices differ")
            return self._contracted(formulas, over)
        left = tuple(each for each in self.letters if each not in over)
        if not self.letters:
            raise Unwritable("a sum of what does not have its index")
        if not left:
            return Term(formulas.call(ours, self.value))
        value = self.value
        for place in reversed(range(len(self.letters))):
            if self.letters[place] in over:
                value = formulas.call(ours, value, axis=place)
        return Term(value, left)

    def _contracted(self, formulas: Formulas, over: Set[str]) -> Term:
        every = dict.fromkeys(each for letters, _ in self.factors for each in letters)
        left = tuple(each for each in every if each not in over)
        names = [f"given_{place}" for place in range(len(self.factors))]
        values = dict(zip(names, (value for _, value in self.factors), strict=True))
        subscripts = ",".join("".join(letters) for letters, _ in self.factors)
        shapes = {name: value.shape for name, value in values.items()}
        formula = summed(f"{subscripts}->{''.join(left)}", names, shapes)
        if formula is None:
            raise Unwritable("a sum over a product whose indices differ")
        return Term(read_formula(formulas, formula, values).value, left)


def joined(formulas: Formulas, sign: str, left: Term, right: Term) -> Term:
    """Two terms and one of + - * /."""
    for one, other in ((left, right), (right, left)):
        if one.letters and not other.letters and other.value is not None and other.value.shape:
            raise Unwritable("an array without an index beside one that has an index", shapes=True)
    same = left.letters == right.letters or not left.letters or not right.letters
    if left.value is not None and right.value is not None and same:
        letters = left.letters or right.letters
        row = left.row and right.row
        return Term(formulas.binary(sign, left.value, right.value), letters, row=row)
    if sign != "*":
        raise Unwritable("terms whose indices differ")
    return Term(None, (), (*_factors(left), *_factors(right)))


def _factors(term: Term) -> tuple[tuple[tuple[str, ...], Value], ...]:
    return term.factors if term.value is None else ((term.letters, term.value),)


def drop(formulas: Formulas, term: Term, counted: tuple[str, ...]) -> Value:
    """The array of a term, its axes in the order of the indices of the name that it defines."""
    value = term.plain()
    if set(term.letters) - set(counted):
        raise Unwritable(
            "an index on the right that no sum runs over and the left does not have: what a sum"
            " runs over is a product, or stands in brackets"
        )
    if term.letters and term.letters != counted and set(term.letters) == set(counted):
        return formulas.ordered(value, [term.letters.index(each) for each in counted])
    return value
