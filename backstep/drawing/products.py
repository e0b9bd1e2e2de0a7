"""A contribution that is written out as a product, as it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backstep.binding.json_arrays import Summary, brief, summary
from backstep.drawing.heat import Heat, heat
from backstep.notation.figures import alike
from backstep.ops.row import Array
from backstep.simplify.contraction import Role, Sign
from backstep.walk import Contribution
from backstep.walk.elements import worked_out
from backstep.walk.products import Factor


@dataclass(frozen=True, slots=True)
class ProductFactor:
    """A factor of a contribution that is written out."""

    role: Role
    latex: str
    """With the macros `\\fv` and `\\bp` around values and partials."""
    element: str
    """The symbol of one element as LaTeX; `#{ik}` stands for its place in the axes i and k."""
    axes: str
    """A letter for each axis of the value, such as `ik`."""
    rows: int
    """As it is written, such as `3`: a vector is a column or a row."""
    columns: int
    value: Array | None
    """Null of a tensor too large to list."""
    summary: Summary | None
    """Of a tensor too large to list."""
    cells: Sequence[str] | None
    """The figures of a matrix that can be read, row by row, such as `["0.5"]`."""
    power: str
    """The power of ten that the figures share, such as `·10⁻⁸`; else empty."""
    heat: Heat | None
    """A picture of a matrix that is too large to read."""


@dataclass(frozen=True, slots=True)
class ContributionProduct:
    """A contribution as a product that is written out in numbers.

    A letter that the factors' axes have and the contribution's have not is summed over.
    """

    sign: Sign
    """`matmul`: rows by columns; `elementwise`; `scale`: one number by each element; `elements`:
    each element is a sum of its own, by a local derivative that has the axes of both."""
    latex: str
    """The contribution, with the macros `\\fv` and `\\bp`."""
    element: str
    """The symbol of one element as LaTeX; `#{ij}` stands for its place in the axes i and j."""
    axes: str
    """Of the contribution, such as `ij`; empty if it is a number."""
    rows: int
    """As it is written, such as `3`."""
    columns: int
    factors: Sequence[ProductFactor]
    """In the order in which they are written."""
    cells: Sequence[str] | None
    """The figures of a contribution that can be read, row by row, such as `["0.5"]`."""
    power: str
    """The power of ten that the figures share, such as `·10⁻⁸`; else empty."""
    heat: Heat | None
    """A picture of a contribution that is too large to read."""
    worked: str
    """The last element worked out, as LaTeX with the macros `\\fv` and `\\bp`: its terms in
    symbols and in numbers."""


_LARGEST_READ = 4
"""A matrix of more rows or columns is shown as a picture."""


def _cells(array: Array, size: tuple[int, int]) -> tuple[Sequence[str] | None, str]:
    """The figures of a matrix, and the power of ten that they share."""
    if max(size) > _LARGEST_READ or array.ndim > 2:
        return None, ""
    return alike([float(each) for each in array.flat])


def _picture(array: Array, size: tuple[int, int]) -> Heat | None:
    """The picture of a matrix that is too large to be read."""
    if max(size) <= _LARGEST_READ or array.ndim > 2:
        return None
    return heat(array.reshape(size))


def _factor(found: Factor) -> ProductFactor:
    cells, power = _cells(found.array, found.size)
    return ProductFactor(
        role=found.role,
        latex=found.latex,
        element=found.element,
        axes=found.axes,
        rows=found.size[0],
        columns=found.size[1],
        value=brief(found.array),
        summary=summary(found.array),
        cells=cells,
        power=power,
        heat=_picture(found.array, found.size),
    )


def sent_product(found: Contribution, alone: bool) -> ContributionProduct | None:
    """A contribution as a product, if it is one.

    `alone`: it is the only contribution, and so the partial, whose rounding is known.
    """
    product = found.product
    if product is None:
        return None
    value = found.settled if alone else found.value
    cells, power = _cells(value, product.size)
    last = tuple(length - 1 for length in found.value.shape)
    rounded = alone and bool(found.settled[last] == 0 and found.value[last] != 0)
    return ContributionProduct(
        sign=product.sign,
        latex=product.latex,
        element=product.element,
        axes=product.axes,
        rows=product.size[0],
        columns=product.size[1],
        factors=tuple(map(_factor, product.factors)),
        cells=cells,
        power=power,
        heat=_picture(value, product.size),
        worked=worked_out(product, found.value, last, rounded),
    )
