"""Every path from a node to the loss, the product along each, and their sum.

Counted before anything is listed; too many are only counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from backstep.autodiff.paths import Path, counts, longest, narrowed, on_the_way, paths
from backstep.autodiff.zoom import Edge, View
from backstep.binding.bind import BoundModel
from backstep.binding.json_arrays import to_json_array
from backstep.binding.resolve import number, numbers_towards, target
from backstep.binding.scalar import scalar
from backstep.derivation.locals import Local, Locals, called, why_zero
from backstep.derivation.views import named_view
from backstep.errors import Diagnostic, LimitError
from backstep.evaluate.numeric import GraphValues
from backstep.formula.board import ELIDED, Shown, brief
from backstep.formula.tree import ONE, ZERO, Deriv, Figure, Formula, along_paths, times
from backstep.graph.node import Node
from backstep.limits import LIMITS
from backstep.notation.figures import spell_count
from backstep.ops.row import Array
from backstep.symbolic.targets import Target
from backstep.walk import Zoom, at_zoom
from backstep.walk.contributions import DIRECT

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
            latex=None if why_not else self._sum(told),
            display=None if why_not else self._sum(told, coloured=True),
            numbers=None if total is None else self._sum_of_figures(products, total),
            sum=total,
            partial=self._brief_partial(),
        )

    def _brief_partial(self) -> Array | None:
        found = self.partial
        return None if found is None or found.size > LIMITS.listed_elements else found

    def _sum(self, told: Sequence[PathProduct], coloured: bool = False) -> str:
        whole = self.prepared.symbols.derivative(self.to, self.of)
        left = self.prepared.symbols.in_latex(whole, coloured)
        terms = [each.display if coloured else each.latex for each in told]
        text = f"{left} = {' + '.join(terms) or '0'}"
        return text if len(text) <= LIMITS.latex_characters else rf"{left} = \ldots"

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
        chain = times(*(self._symbol(link) for link in reversed(path))) if path else ONE
        latex, display = self._short(chain)
        numbers = self._in_figures(factors, product) if known else (None, None)
        return PathProduct(
            nodes=[f"n{node.id}" for node in nodes],
            edges=[link.id for link in path],
            names=[called(symbols, node) for node in nodes],
            latex=latex,
            display=display,
            factors=factors,
            numbers=numbers[0],
            display_numbers=numbers[1],
            product=product if known else None,
        )

    def _short(self, formula: Formula) -> tuple[str, str]:
        """Plain and in colour; … of what is long."""
        symbols = self.prepared.symbols
        latex = symbols.in_latex(formula)
        if len(latex) > LIMITS.latex_characters:
            return self._short(ELIDED)
        return latex, symbols.in_latex(formula, coloured=True)

    def _in_figures(self, factors: Sequence[PathFactor], product: float) -> tuple[str, str]:
        figures = [Figure(each.value or 0.0, "value") for each in factors] or [Figure(1.0)]
        written, coloured = self._short(times(*figures))
        total, shown = self._short(Figure(product, "partial"))
        if written == r"\ldots":
            return total, shown
        return f"{written} = {total}", f"{coloured} = {shown}"

    def _sum_of_figures(self, products: Sequence[float], total: float) -> str:
        terms, _ = self._short(along_paths(*map(Figure, products)) if products else ZERO)
        result, _ = self._short(Figure(total))
        return result if len(products) < 2 or terms == r"\ldots" else f"{terms} = {result}"

    def _symbol(self, link: Edge) -> Deriv:
        """∂u/∂z; of what the end reads itself, where it is reached by other ways too, told so."""
        found = self.prepared.symbols.derivative(link.use, link.source)
        direct = self.several and link.use is self.to and link.source is self.of
        return replace(found, along=DIRECT) if direct else found

    def _factor(self, local: Local) -> PathFactor:
        link = local.link
        if link.id not in self._factors:
            self._factors[link.id] = self._printed(local)
        return self._factors[link.id]

    def _printed(self, local: Local) -> PathFactor:
        symbols, link = self.prepared.symbols, local.link
        latex, display = self._short(self._symbol(link))
        value: float | None = None
        if local.scalar and local.slope is not None:
            value = float(self.numbers.value(local.slope))
        elif local.scalar:
            value = 0.0
        slope: Formula | None = ZERO if local.sent is None else None
        if local.slope is not None:
            slope = brief(symbols.trees.of(local.slope))
        return PathFactor(
            edge=link.id,
            latex=latex,
            display=display,
            local=None if slope is None else symbols.in_latex(slope),
            local_display=None if slope is None else symbols.in_latex(slope, coloured=True),
            text=None if slope is None else Shown().write(slope),
            value=value,
            reason=why_zero(local),
        )


def _product(factors: Sequence[PathFactor]) -> tuple[float, bool]:
    """The product from the end of the path back; a partial of exactly 0 stays 0."""
    product = np.float64(1.0)
    for factor in factors:
        if factor.value is None:
            return 0.0, False
        with np.errstate(all="ignore"):
            product = product * factor.value if product != 0 else product
    return float(product), True
