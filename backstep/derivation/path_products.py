"""Every path from a node to the loss, the product along each, and their sum.

Counted before anything is listed; too many are only counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from backstep.autodiff.paths import Path, counts, longest, narrowed, on_the_way, paths
from backstep.autodiff.zoom import View
from backstep.binding.bind import BoundModel
from backstep.binding.json_arrays import to_json_array
from backstep.binding.resolve import number, numbers_towards, target
from backstep.binding.scalar import scalar
from backstep.derivation.locals import (
    DIRECT,
    Local,
    Locals,
    along,
    coloured_ratio,
    ratio,
    said,
    why_zero,
    written,
)
from backstep.derivation.views import named_view
from backstep.errors import Diagnostic, LimitError
from backstep.evaluate.numeric import GraphValues
from backstep.graph.node import Node
from backstep.limits import LIMITS
from backstep.notation.figures import spell_count
from backstep.notation.latex import LATEX, TEXT, Printed
from backstep.notation.symbols import PARTIAL, VALUE, figure
from backstep.ops.row import PRODUCT, Array
from backstep.symbolic.bounds import Target
from backstep.walk import Zoom, at_zoom

_LISTED = 50
"""Paths that are listed where no other number is given."""


@dataclass(frozen=True, slots=True)
class PathFactor:
    """One edge of a path, and the local derivative along it."""

    edge: str
    """As in `/graph` at this zoom."""
    latex: str
    display: str
    """With the macros \\fv and \\bp of values and partials."""
    local: str | None
    """The local derivative as LaTeX; null where it is a Jacobian."""
    local_display: str | None
    text: str | None
    value: float | None
    reason: str | None
    """Why nothing flows along the edge."""


@dataclass(frozen=True, slots=True)
class PathProduct:
    """One path and the product along it."""

    nodes: Sequence[str]
    """From `of` on."""
    edges: Sequence[str]
    names: Sequence[str]
    latex: str
    display: str
    factors: Sequence[PathFactor]
    """From the end of the path back."""
    numbers: str | None
    """The product in figures; null where tensors meet."""
    display_numbers: str | None
    product: float | None


@dataclass(frozen=True, slots=True)
class PathSum:
    """Every path between two nodes, or how many there are, and the sum of their products."""

    of: str
    to: str
    zoom: Zoom
    elements: bool
    """Whether nodes are single numbers of tensors."""
    count: int | str | None
    """A whole number up to 2^53; its digits as text past that; null past 300 digits."""
    said: str
    """The count as it is read."""
    listed: int
    reason: str | None
    """Why none are listed, or why there are no numbers."""
    paths: Sequence[PathProduct]
    latex: str | None
    """The sum over paths; null where none are listed."""
    display: str | None
    numbers: str | None
    sum: float | None
    """Of the products."""
    partial: Array | None
    """By backprop; null where `to` is a tensor, or of a tensor too large to list."""


def path_list(
    prepared: BoundModel, of: str, to: str | None = None, zoom: Zoom = "block", most: int = _LISTED
) -> PathSum:
    """The paths from `of` to `to`, the loss if none is given; more than `most` are only counted.

    Raises RequestError for a name that the definition does not have, LimitError where the network
    has too many single numbers.
    """
    return _Paths(prepared, of, to or prepared.definition.loss_name, zoom).answer(most)


class _Paths:
    """The paths of one request: where they run, and what stands along them."""

    def __init__(self, prepared: BoundModel, of_name: str, to_name: str, zoom: Zoom) -> None:
        self.of_name = of_name
        self.to_name = to_name
        of = target(prepared, "of", of_name)
        to = target(prepared, "to", to_name)
        self.zoom: Zoom = zoom
        self.elements = self.zoom == "scalar" or not (of.whole and to.whole)
        if self.elements:
            try:
                self.of: Node = number(prepared, "of", of)
                self.to: Node = number(prepared, "to", to)
                prepared = scalar(prepared)
            except LimitError as refusal:
                raise self._refused(refusal, of, to) from None
        else:
            self.of, self.to = of.node, to.node
        self.prepared: BoundModel = prepared
        prepared.seal()
        nodes = prepared.definition.graph.nodes
        kept = {node.id for node in on_the_way(nodes, self.of, self.to)} or {self.of.id}
        self.view: View = narrowed(self._view(), kept)
        self.locals = Locals(self.view)
        self._factors: dict[str, PathFactor] = {}
        self.several = False

    def _refused(self, refusal: LimitError, of: Target, to: Target) -> LimitError:
        """The refusal of a network of single numbers, at the field that asks for one."""
        if of.whole and to.whole:
            return refusal
        field, name = ("to", self.to_name) if of.whole else ("of", self.of_name)
        (fault,) = refusal.faults
        whole_name = name.rpartition("[")[0]
        hint = f"ask for the whole '{whole_name}', whose paths run between tensors"
        placed = Diagnostic(fault.code, fault.message, hint, pointer=f"/{field}")
        return LimitError(placed, details=refusal.details)

    def _view(self) -> View:
        definition = self.prepared.definition
        if self.elements and self.zoom != "scalar":
            if self.zoom == "block":
                kept = {*self.prepared.symbols.names, self.of.id, self.to.id}
                return named_view(definition, kept)
            self.zoom = "scalar"
        found = at_zoom(definition, self.zoom).view
        drawn = {vertex.node.id for vertex in found.vertices}
        if {self.of.id, self.to.id} <= drawn:
            return found
        # A name inside a statement of two values is drawn with the other.
        self.zoom = "tensor"
        return at_zoom(definition, self.zoom).view

    @cached_property
    def numbers(self) -> GraphValues:
        return numbers_towards(self.prepared, self.of, self.to)

    @cached_property
    def partial(self) -> Array | None:
        """The partial of `to` by `of`; None where `to` is a tensor."""
        return None if self.to.shape != () else self.numbers.partial(self.of)

    def answer(self, most: int) -> PathSum:
        count = counts(self.view, self.to).get(self.of.id, 0)
        self.several = count > 1
        why_not = self._why_not(count, most)
        listed = [] if why_not else list(paths(self.view, self.of, self.to))
        told = [self._path(path) for path in listed]
        products = [each.product for each in told if each.product is not None]
        summed = not why_not and len(products) == len(told)
        symbols = self.prepared.symbols
        left, coloured = ratio(symbols, self.to, self.of), self._left()
        reason = why_not
        if not reason and not summed:
            reason = "tensors stand on the way, so a factor is a Jacobian and not one number"
        with np.errstate(all="ignore"):
            total = float(np.sum(products)) if summed else None
        return PathSum(
            of=self.of_name,
            to=self.to_name,
            zoom=self.zoom,
            elements=self.elements,
            count=to_json_array(count),
            said=spell_count(count),
            listed=len(told),
            reason=reason,
            paths=tuple(told),
            latex=None if why_not else _sum(left, [each.latex for each in told]),
            display=None if why_not else _sum(coloured, [each.display for each in told]),
            numbers=None if total is None else _sum_of_figures(products, total),
            sum=total,
            partial=self._brief_partial(),
        )

    def _brief_partial(self) -> Array | None:
        found = self.partial
        return None if found is None or found.size > LIMITS.listed_elements else found

    def _left(self) -> str:
        return coloured_ratio(self.prepared.symbols, self.to, self.of)

    def _why_not(self, count: int, most: int) -> str | None:
        if count == 0:
            return None
        said = f"{spell_count(count)} path{'s' if count > 1 else ''}"
        if count > most:
            return f"{said}, counted and not listed: up to {most:,} are listed"
        edges = count * longest(self.view, self.of, self.to)
        if edges > LIMITS.listed_edges:
            return (
                f"{said} of up to {edges // count:,} edges each, counted and not listed: "
                f"{LIMITS.listed_edges:,} edges are listed"
            )
        return None

    def _path(self, path: Path) -> PathProduct:
        symbols = self.prepared.symbols
        factors = [self._factor(self.locals.of(link)) for link in reversed(path)]
        nodes = [self.of, *(link.use for link in path)]
        product, known = _product(factors)
        return PathProduct(
            nodes=[f"n{node.id}" for node in nodes],
            edges=[link.id for link in path],
            names=[said(symbols, node) for node in nodes],
            latex=_chain([factor.latex for factor in factors]),
            display=_chain([factor.display for factor in factors]),
            factors=factors,
            numbers=_in_figures(factors, product, coloured=False) if known else None,
            display_numbers=_in_figures(factors, product, coloured=True) if known else None,
            product=product if known else None,
        )

    def _factor(self, local: Local) -> PathFactor:
        link = local.link
        if link.id not in self._factors:
            self._factors[link.id] = self._printed(local)
        return self._factors[link.id]

    def _printed(self, local: Local) -> PathFactor:
        symbols, link = self.prepared.symbols, local.link
        symbol = ratio(symbols, link.use, link.source)
        display = coloured_ratio(symbols, link.use, link.source)
        if self.several and link.use is self.to and link.source is self.of:
            symbol, display = along(symbol, DIRECT), along(display, DIRECT)
        value: float | None = None
        if local.scalar and local.slope is not None:
            value = float(self.numbers.value(local.slope))
        elif local.scalar:
            value = 0.0
        return PathFactor(
            edge=link.id,
            latex=symbol,
            display=display,
            local=self._slope(local, symbols.latex),
            local_display=self._slope(local, symbols.coloured),
            text=self._slope(local, symbols.text, text=True),
            value=value,
            reason=why_zero(local),
        )

    def _slope(self, local: Local, names: Mapping[int, Printed], text: bool = False) -> str | None:
        if local.slope is not None:
            return written(local.slope, names, TEXT if text else LATEX).text
        return "0" if local.sent is None else None


def _product(factors: Sequence[PathFactor]) -> tuple[float, bool]:
    """The product from the end of the path back; a partial of exactly 0 stays 0."""
    product = np.float64(1.0)
    for factor in factors:
        if factor.value is None:
            return 0.0, False
        with np.errstate(all="ignore"):
            product = product * factor.value if product != 0 else product
    return float(product), True


def _chain(symbols: list[str]) -> str:
    text = r" \cdot ".join(symbols) or "1"
    return text if len(text) <= LIMITS.latex_characters else r"\ldots"


def _sum(left: str, terms: list[str]) -> str:
    text = f"{left} = {' + '.join(terms) or '0'}"
    return text if len(text) <= LIMITS.latex_characters else rf"{left} = \ldots"


def _in_figures(factors: Sequence[PathFactor], product: float, coloured: bool) -> str:
    shown = [figure(each.value or 0.0, VALUE if coloured else None) for each in factors]
    total = figure(product, PARTIAL if coloured else None).text
    text = r" \cdot ".join(
        each.text if each.precedence >= PRODUCT else rf"\left({each.text}\right)"
        for each in shown or [figure(1.0)]
    )
    return f"{text} = {total}" if len(text) <= LIMITS.latex_characters else total


def _sum_of_figures(products: Sequence[float], total: float) -> str:
    shown = [figure(product) for product in products]
    text = " + ".join(
        each.text if place == 0 or each.precedence >= PRODUCT else rf"\left({each.text}\right)"
        for place, each in enumerate(shown)
    )
    result = figure(total).text
    if len(shown) < 2 or len(text) > LIMITS.latex_characters:
        return result
    return f"{text} = {result}"
