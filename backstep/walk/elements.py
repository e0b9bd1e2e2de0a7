"""One element of a contribution, worked out: the elements that make it, in symbols and numbers.

The page works out any other element by the same rules, in static/js/products.js.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import product as every

from backstep.notation.figures import latex_figure
from backstep.ops.row import Array
from backstep.walk.products import Factor, Product

_PLACE = re.compile(r"#\{([a-z]+)\}")
MOST_TERMS = 4
"""A sum of more terms is written by its first two and its last."""

Places = Mapping[str, int]


def worked_out(found: Product, value: Array, at: Sequence[int], negligible: bool = False) -> str:
    """An equation as LaTeX: an element, its terms in symbols, in numbers, and its value.

    `value` is the contribution; `negligible`: the element is 0 but for rounding.
    """
    fixed = dict(zip(found.axes, at, strict=True))
    terms = _terms(found, fixed)
    left = _placed(found.element, fixed)
    result = latex_figure(float(value[tuple(at)]))
    end = r"\bp{0} \text{ but for rounding}" if negligible else rf"\bp{{{result}}}"
    if not terms:
        return f"{left} = {end}"
    symbols = _sum([_product(_symbols(found, each)) for each in terms])
    factors = [_numbers(found, each) for each in terms]
    if len(factors) == 1 and len(factors[0]) < 2:
        return f"{left} = {symbols} = {end}"
    numbers = _sum([_product(each) for each in factors])
    return f"{left} = {symbols} = {numbers} = {end}"


def _terms(found: Product, fixed: Places) -> list[Places]:
    """The places of each term's elements; of a Jacobian without those where it is 0."""
    lengths = {
        letter: length
        for factor in found.factors
        for letter, length in zip(factor.axes, factor.array.shape, strict=True)
        if letter not in fixed
    }
    letters = sorted(lengths)
    all_places = (
        {**fixed, **dict(zip(letters, at, strict=True))}
        for at in every(*(range(lengths[letter]) for letter in letters))
    )
    if found.sign != "elements":
        return list(all_places)
    local = found.factors[-1]
    return [each for each in all_places if _at(local, each) != 0]


def _at(factor: Factor, places: Places) -> float:
    return float(factor.array[tuple(places[letter] for letter in factor.axes)])


def _placed(element: str, places: Places) -> str:
    return _PLACE.sub(lambda found: ",".join(str(places[each]) for each in found[1]), element)


def _symbols(found: Product, places: Places) -> list[str]:
    return [_placed(factor.element, places) for factor in found.factors if factor.element != "1"]


def _numbers(found: Product, places: Places) -> list[str]:
    shown = []
    for factor in found.factors:
        if factor.element == "1":
            continue
        figure = latex_figure(_at(factor, places))
        colour = "bp" if factor.role == "upstream" else "fv"
        written = rf"\{colour}{{{figure}}}"
        signed = figure.startswith("-") or r"\cdot" in figure
        shown.append(rf"\left({written}\right)" if signed else f"{{{written}}}")
    return shown


def _product(factors: Sequence[str]) -> str:
    return r" \cdot ".join(factors)


def _sum(terms: Sequence[str]) -> str:
    if len(terms) > MOST_TERMS:
        return " + ".join([*terms[:2], r"\cdots", terms[-1]])
    return " + ".join(terms)
