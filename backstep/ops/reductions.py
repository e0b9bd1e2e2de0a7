"""Reductions as functions: over several axes, with axes kept, and those that are formulas."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Literal as Word

from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import Shape, ShapeError, axis_index, size, spell
from backstep.ops.factories import NodeFactory

Axes = int | tuple[int, ...] | None
Build = Callable[[NodeFactory, Operand, dict[str, int]], Operand]


def reduction(name: str) -> Callable[..., Operand]:
    """A row that reduces all axes or one, over any, and with them kept if that is asked."""

    def build(make: NodeFactory, x: Operand, axis: Axes = None, keepdims: bool = False) -> Operand:
        return over(make, x, axis, keepdims, lambda make, x, along: make(name, x, **along))

    return build


def over(make: NodeFactory, x: Operand, axis: Axes, keepdims: bool, reduce: Build) -> Operand:
    """What `reduce` gives of x along the axes; it is called with none or one of them.

    Several are moved to the end and made one. Raises ShapeError if an axis is named twice.
    """
    gone = places(x.shape, axis)
    if axis is None or len(gone) == len(x.shape) > 1:
        made = reduce(make, x, {})
    elif len(gone) == 1:
        made = reduce(make, x, {"axis": axis if isinstance(axis, int) else gone[0]})
    else:
        made = reduce(make, _joined(make, x, gone), {"axis": -1})
    if not keepdims:
        return made
    kept = tuple(1 if place in gone else length for place, length in enumerate(x.shape))
    return make("reshape", made, shape=kept)


def places(shape: Shape, axis: Axes) -> tuple[int, ...]:
    """The axes from the front, in order."""
    if axis is None:
        return tuple(range(len(shape)))
    given = (axis,) if isinstance(axis, int) else axis
    found = tuple(sorted(axis_index(each, shape) for each in given))
    if len(set(found)) < len(found):
        raise ShapeError("an axis is named twice")
    return found


def counted(shape: Shape, axis: Axes) -> int:
    """How many elements are reduced to one."""
    return size(tuple(shape[place] for place in places(shape, axis)))


def _joined(make: NodeFactory, x: Operand, gone: tuple[int, ...]) -> Node:
    """The tensor with these axes as one, the last."""
    moved = x
    for number, place in enumerate(gone):
        # Each one that is moved brings those behind it one further to the front.
        if place - number != len(x.shape) - 1:
            moved = make("move_axis", moved, source=place - number, target=-1)
    kept = tuple(length for place, length in enumerate(x.shape) if place not in gone)
    return make("reshape", moved, shape=(*kept, size(tuple(x.shape[place] for place in gone))))


def _share(name: str, shape: Shape, axis: Axes, ddof: int) -> Fraction:
    """n/(n − ddof)."""
    count = counted(shape, axis)
    if count <= ddof:
        raise ShapeError(f"'{name}' with ddof={ddof} needs more elements than {count}")
    return Fraction(count, count - ddof)


def var(
    make: NodeFactory, x: Operand, axis: Axes = None, ddof: int = 0, keepdims: bool = False
) -> Operand:
    """Σ(x − mean)²/(n − ddof)."""

    def reduce(make: NodeFactory, x: Operand, along: dict[str, int]) -> Operand:
        made = make("var", x, **along)
        if ddof == 0:
            return made
        return make("multiply", Literal(_share("var", x.shape, along.get("axis"), ddof)), made)

    return over(make, x, axis, keepdims, reduce)


def std(
    make: NodeFactory, x: Operand, axis: Axes = None, ddof: int = 0, keepdims: bool = False
) -> Operand:
    """√(Σ(x − mean)²/(n − ddof))."""

    def reduce(make: NodeFactory, x: Operand, along: dict[str, int]) -> Operand:
        made = make("std", x, **along)
        if ddof == 0:
            return made
        share = _share("std", x.shape, along.get("axis"), ddof)
        return make("multiply", make("sqrt", Literal(share)), made)

    return over(make, x, axis, keepdims, reduce)


def norm(
    make: NodeFactory,
    x: Operand,
    axis: Axes = None,
    p: Fraction | Word["inf"] = Fraction(2),
    keepdims: bool = False,
) -> Operand:
    """(Σ|x|^p)^(1/p); of p = inf the largest |x|."""

    def reduce(make: NodeFactory, x: Operand, along: dict[str, int]) -> Operand:
        if p == 2:
            return make("norm", x, **along)
        sizes = make("abs", x)
        if p == "inf":
            return make("max", sizes, **along)
        if p == 1:
            return make("sum", sizes, **along)
        if p <= 0:
            raise ShapeError("'norm' needs a p above 0, or inf")
        total = make("sum", make("power", sizes, Literal(p)), **along)
        # The root has no finite slope at 0, where the norm has its kink.
        root = make("power", total, Literal(1 / p))
        return make("where", make("equal", total, 0), 0, root)

    return over(make, x, axis, keepdims, reduce)


def entropy(make: NodeFactory, p: Operand, axis: Axes = None, keepdims: bool = False) -> Operand:
    """−Σ p log p; 0·log 0 is 0."""

    def reduce(make: NodeFactory, p: Operand, along: dict[str, int]) -> Operand:
        return make("negate", make("sum", make("times_log", p, p), **along))

    return over(make, p, axis, keepdims, reduce)


def cumprod(make: NodeFactory, x: Operand, axis: int = -1) -> Operand:
    """The products of the first 1, 2, … elements, as products of rows filled up with ones.

    So a 0 among them divides nothing.
    """
    place = axis_index(axis, x.shape)
    last = len(x.shape) - 1
    rows = x if place == last else make("move_axis", x, source=place, target=-1)
    n = rows.shape[-1]
    whole = (*rows.shape[:-1], n, n)
    wide = make("expand", rows, shape=whole, axis=-2)
    made = make("prod", make("where", _until(make, n, n, 0), wide, 1), axis=-1)
    return made if place == last else make("move_axis", made, source=-1, target=place)


def _until(make: NodeFactory, rows: int, columns: int, offset: int) -> Node:
    """Of rows × columns, 1 where the column is at most the row's number plus the offset."""
    row = make("reshape", make("arange", n=rows), shape=(rows, 1))
    bound = row if offset == 0 else make("add", row, offset)
    return make("less_equal", make("arange", n=columns), bound)


def triangle(make: NodeFactory, x: Operand, k: int, lower: bool) -> Node:
    """The elements on and below the k-th diagonal, or on and above it; 0 elsewhere."""
    if len(x.shape) < 2:
        raise ShapeError(f"a matrix is needed, not {spell(x.shape)}")
    rows, columns = x.shape[-2:]
    if lower:
        return make("where", _until(make, rows, columns, k), x, 0)
    return make("where", _until(make, rows, columns, k - 1), 0, x)
