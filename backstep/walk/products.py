"""A contribution between tensors as a product that can be written out in numbers.

Each factor has a letter for each of its axes, as in Einstein's notation: a letter that the factors
have and the contribution has not is summed over. So it is known which elements make one element of
the contribution, whatever the operation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from backstep.autodiff.zoom import named_seed
from backstep.evaluate.numeric import GraphValues, compute
from backstep.formula.board import brief
from backstep.formula.elements import at, is_loose, turned
from backstep.formula.elements import element as element_of
from backstep.formula.tree import At, Deriv, Formula, Sym
from backstep.graph.node import Literal as Number
from backstep.graph.shape import ShapeError, size
from backstep.limits import LIMITS
from backstep.notation.symbols import Symbols
from backstep.ops.row import Array
from backstep.simplify.contraction import NoProduct, Piece, Role, Sign, contraction
from backstep.walk.edges import EdgeFormula
from backstep.walk.tidied import MOST_TIDIED, tidied

_MOST_COMPARED = 100_000
"""Of a product of more multiplications only the factors are computed."""
_PLACES = (70001, 70002, 70003, 70004)
"""Places that stand for any, in the LaTeX of an element before its letters are put in."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor of a contribution; `axes` has a letter for each axis of `array`."""

    role: Role
    latex: str
    element: str
    """One element as LaTeX; `#{ik}` stands for its place in the axes i and k."""
    axes: str
    size: tuple[int, int]
    """Rows and columns as it is written: a vector is a column, or a row."""
    array: Array


@dataclass(frozen=True, slots=True)
class Product:
    """A contribution as a product, its factors in the order in which they are written.

    Of the sign `elements` the local factor has the axes of the contribution and of the upstream
    partial, and is not written out.
    """

    sign: Sign
    latex: str
    element: str
    axes: str
    size: tuple[int, int]
    factors: tuple[Factor, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """A factor without its numbers; a local one without a node is a Jacobian."""

    piece: Piece
    formula: Formula
    is_row: bool = False
    latex: str = ""
    element: str = ""

    @property
    def axes(self) -> str:
        return self.piece.axes


@dataclass(frozen=True, slots=True)
class _Plan:
    """What no value changes of a product."""

    sign: Sign
    latex: str
    element: str
    axes: str
    parts: tuple[_Part, ...]


def product(
    edge: EdgeFormula, symbols: Symbols, numbers: GraphValues, value: Array, several: bool
) -> Product | None:
    """The contribution `value` as a product; None if it is none of at most two axes.

    `several`: it is one of several uses. None too where the product in numbers is not the
    contribution, as where an exact 0 met an infinity.
    """
    source, use = edge.link.source, edge.link.use
    if edge.formula.partial is None or edge.real.partial is None:
        return None
    if (not source.shape and not use.shape) or max(len(source.shape), len(use.shape)) > 2:
        return None
    if not size(source.shape) or not size(use.shape):
        return None
    members = (node.id for node in edge.vertex.members)
    key = ("product", edge.link.id, edge.link.position, several, *members)
    if key not in symbols.kept:
        symbols.kept[key] = _plan(edge, symbols, several)
    plan: _Plan | None = symbols.kept[key]
    return None if plan is None else _in_numbers(plan, edge, symbols, numbers, value)


def _plan(edge: EdgeFormula, symbols: Symbols, several: bool) -> _Plan | None:
    source, use = edge.link.source, edge.link.use
    assert edge.formula.partial is not None
    axes = "ij"[: len(source.shape)]
    try:
        sign, parts = _by_matrices(edge, symbols, axes)
    except (NoProduct, ShapeError):
        found = _by_elements(edge, symbols, axes)
        if found is None:
            return None
        sign, parts = found
    along = symbols.formula(use) if several else None
    loss = symbols.formula(symbols.loss)
    whole = Deriv(loss, symbols.formula(source), along=along)
    own = Deriv(loss, at(symbols.formula(source), _PLACES[: len(axes)]), along=along)

    def factor(formula: Formula) -> str:
        latex = symbols.in_latex(formula, coloured=True)
        return rf"\left({latex}\right)" if is_loose(formula) else latex

    def printed(part: _Part) -> _Part:
        places = _PLACES[: len(part.axes)]
        if part.piece.role == "upstream":
            key = places[::-1] if part.piece.transposed else places
            one: Formula = Deriv(loss, at(symbols.formula(use), key))
        elif part.piece.node is None:
            mine = len(axes)
            one = Deriv(
                at(symbols.formula(use), places[mine:]),
                at(symbols.formula(source), places[:mine]),
            )
        else:
            one = element_of(part.formula, places)
        element = factor(one)
        if not isinstance(one, At):
            element = element.replace(r"\odot", r"\cdot")
        whole = turned(part.formula) if part.is_row else part.formula
        latex = factor(whole)
        return replace(part, latex=latex, element=_lettered(element, part.axes))

    return _Plan(
        sign,
        symbols.in_latex(whole, coloured=True),
        _lettered(symbols.in_latex(own, coloured=True), axes),
        axes,
        tuple(map(printed, _laid(sign, axes, parts))),
    )


def _laid(sign: Sign, axes: str, parts: Sequence[_Part]) -> list[_Part]:
    """The factors, each vector a column or a row: one before columns of a matrix is a row."""
    return [
        replace(part, is_row=(part.axes in axes) != (place == 0))
        if sign == "matmul" and len(part.axes) == 1
        else part
        for place, part in enumerate(parts)
    ]


def _lettered(latex: str, axes: str) -> str:
    """`W_{70001,70002}` with letters for the places: `W_{#{ij}}`."""
    for count in range(len(axes), 0, -1):
        for start in range(len(axes) - count + 1):
            for step in (1, -1):
                letters = axes[start : start + count][::step]
                places = _PLACES[start : start + count][::step]
                latex = latex.replace(",".join(map(str, places)), f"#{{{letters}}}")
    return latex


def _by_matrices(edge: EdgeFormula, symbols: Symbols, axes: str) -> tuple[Sign, list[_Part]]:
    """The contribution by its tidy form. Raises NoProduct."""
    whole = edge.formula.partial
    assert whole is not None
    known, seed = tidied(symbols), named_seed(edge.vertex)
    operand = known.operand(whole, seed, Sym(symbols.incoming, size=seed.shape))
    sign, pieces = contraction(known.tidy, operand, known.tidy.symbol(seed), axes, MOST_TIDIED)
    g = symbols.derivative(symbols.loss, edge.link.use)

    def part(piece: Piece) -> _Part:
        if piece.role == "upstream":
            return _Part(piece, turned(g) if piece.transposed else g)
        return _Part(piece, brief(known.formulas.of(piece.known)))

    return sign, list(map(part, pieces))


def _by_elements(edge: EdgeFormula, symbols: Symbols, axes: str) -> tuple[Sign, list[_Part]] | None:
    """The contribution by its Jacobian: of vectors a matrix by the upstream partial."""
    source, use = edge.link.source, edge.link.use
    if size(source.shape) * size(use.shape) > LIMITS.listed_elements:
        return None
    summed = "kl"[: len(use.shape)]
    g = symbols.derivative(symbols.loss, use)
    upstream = _Part(Piece("upstream", summed, use.shape), g)
    slope: Formula = symbols.derivative(use, source)
    vectors = len(source.shape) == len(use.shape) == 1
    piece = Piece("local", axes + summed, source.shape + use.shape)
    local = _Part(piece, turned(slope) if vectors else slope)
    return ("matmul", [local, upstream]) if vectors else ("elements", [upstream, local])


def _jacobian(edge: EdgeFormula, numbers: GraphValues) -> Array:
    """∂use/∂source, the axes of the source first: a pullback for each element of the use."""
    source, use = edge.link.source, edge.link.use
    found = np.zeros((size(use.shape), *source.shape))
    for place in range(len(found)):
        one = np.zeros(size(use.shape))
        one[place] = 1.0
        found[place] = _sent(edge, numbers, one.reshape(use.shape))
    return np.moveaxis(found, 0, -1).reshape(source.shape + use.shape)


def _sent(edge: EdgeFormula, numbers: GraphValues, partial: Array) -> Array:
    """What the use sends along the edge if this is the partial at it."""
    sent = edge.formula.partial
    assert sent is not None
    known = compute([sent], {**numbers.values, named_seed(edge.vertex).id: partial})
    return np.broadcast_to(np.asarray(known[sent.id], dtype=np.float64), edge.link.source.shape)


def _in_numbers(
    plan: _Plan, edge: EdgeFormula, symbols: Symbols, numbers: GraphValues, value: Array
) -> Product | None:
    found = [_array(plan, part, edge, symbols, numbers) for part in plan.parts]
    letters = {
        letter: length
        for part, array in zip(plan.parts, found, strict=True)
        for letter, length in zip(part.axes, array.shape, strict=True)
    }
    if prod(letters.values()) <= _MOST_COMPARED and not _is(plan, found, value):
        return None
    factors = tuple(
        Factor(part.piece.role, part.latex, part.element, part.axes, _size(part, array), array)
        for part, array in zip(plan.parts, found, strict=True)
    )
    across = plan.sign == "matmul" and len(plan.axes) == 1 and plan.axes in plan.parts[-1].axes
    length = size(value.shape)
    whole = (1, length) if across else (length, 1)
    rows, columns = value.shape if len(value.shape) == 2 else whole
    return Product(plan.sign, plan.latex, plan.element, plan.axes, (rows, columns), factors)


def _is(plan: _Plan, arrays: Sequence[Array], value: Array) -> bool:
    """Whether the factors' product is the contribution, but for rounding."""
    formula = ",".join(part.axes for part in plan.parts) + "->" + plan.axes
    with np.errstate(all="ignore"):
        made = np.einsum(formula, *arrays)
        scale = np.einsum(formula, *map(np.abs, arrays))
        return bool(np.all(np.abs(made - value) <= 1e-9 * scale + 1e-300))


def _array(
    plan: _Plan, part: _Part, edge: EdgeFormula, symbols: Symbols, numbers: GraphValues
) -> Array:
    piece = part.piece
    if piece.role == "upstream":
        given = numbers.partial(edge.link.use)
        return given.T if piece.transposed else given
    if piece.node is None:
        return _jacobian(edge, numbers)
    if plan.sign in ("elementwise", "scale") and part.axes == plan.axes:
        # The pullback of ones keeps the digits that the tidy form may cancel, as 1 − σ(z).
        return _sent(edge, numbers, np.ones(edge.link.use.shape))
    if isinstance(piece.node, Number):
        return np.asarray(float(piece.node))
    known = {
        leaf: numbers.value(node)
        for leaf, node in tidied(symbols).tidy.origin.items()
        if node.op != "seed"
    }
    found = compute([piece.node], known)[piece.node.id]
    return np.broadcast_to(np.asarray(found, dtype=np.float64), piece.shape)


def _size(part: _Part, array: Array) -> tuple[int, int]:
    """Rows and columns as a factor is written."""
    if array.ndim == 2:
        return array.shape[0], array.shape[1]
    if array.ndim != 1:
        return 1, 1
    return (1, array.size) if part.is_row else (array.size, 1)
