"""Rows that reduce other than by adding: largest, smallest, product, norm, variance, logsumexp."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from backstep.graph.node import Node
from backstep.graph.shape import Shape, ShapeError, axis_index, size, spell
from backstep.ops import overflow_safe
from backstep.ops.lazy_sympy import sympy
from backstep.ops.reduce import count, expand_all, reduced
from backstep.ops.row import (
    Floats,
    Kink,
    Mask,
    Notation,
    Objects,
    Row,
    Sample,
    call,
    operation,
)

_equal = operation("equal")
_guard = operation("guard")
_mean = operation("mean")
_move = operation("move_axis")
_not_equal = operation("not_equal")
_prod_except = operation("prod_except")
_reshape = operation("reshape")
_softmax = operation("softmax")
_sum = operation("sum")

_SAMPLES = (
    Sample(((3,),)),
    Sample(((2, 3),)),
    Sample(((2, 3),), {"axis": 0}),
    Sample(((2, 3),), {"axis": -1}),
)


def _some(name: str, shape: Shape, axis: int | None) -> Shape:
    if count(shape, axis) == 0:
        raise ShapeError(f"'{name}' of nothing is not defined: the shape is {spell(shape)}")
    return reduced(shape, axis)


def per_slice(
    x: Objects, axis: int | None, form: Callable[[list[sympy.Expr]], sympy.Expr]
) -> sympy.Expr | Objects:
    """`form` applied to the list of expressions along the axis, for each index of the others."""
    array = np.asarray(x, dtype=object)
    if axis is None:
        return form(list(array.flat))
    rows = np.moveaxis(array, axis, -1)
    result = np.empty(rows.shape[:-1], dtype=object)
    for at in np.ndindex(*result.shape):
        result[at] = form(list(rows[at]))
    return result


def _shared(g: Node, out: Node, x: Node, axis: int | None = None) -> tuple[Node]:
    """The partial of the extreme, split evenly over the elements that attain it."""
    reached = _equal(x, expand_all(out, x.shape, axis))
    ties = expand_all(_sum(reached, **_axis(axis)), x.shape, axis)
    return (expand_all(g, x.shape, axis) * (reached / ties),)


def _axis(axis: int | None) -> dict[str, int]:
    return {} if axis is None else {"axis": axis}


def _ties(extreme: Callable[..., Floats]) -> Kink:
    def hits(x: Floats, axis: int | None = None) -> Mask:
        reached = np.equal(x, extreme(x, axis=axis, keepdims=True))
        return np.asarray(np.sum(reached, axis=axis) > 1)

    return Kink("tie", "several elements are the extreme; they share its partial evenly", hits)


def _extreme(name: str, doc: str, compute: Callable[..., Floats], closed: str) -> Row:
    return Row(
        name=name,
        doc=doc,
        shape=lambda shape, axis=None: _some(name, shape, axis),
        numpy=lambda x, axis=None: compute(x, axis=axis),
        sympy=lambda x, axis=None: per_slice(x, axis, lambda terms: getattr(sympy, closed)(*terms)),
        vjp=_shared,
        work=lambda elements, shape, axis=None: elements * (count(shape, axis) - 1),
        notation=call(name),
        samples=_SAMPLES,
        example=f"{name}(x)",
        terms=lambda shape, axis=None: count(shape, axis),
        reads_all=True,
        named=True,
        kinks=(_ties(compute),),
        branch=lambda x, axis=None: np.equal(x, compute(x, axis=axis, keepdims=True)),
    )


def _prod_vjp(g: Node, out: Node, x: Node, axis: int | None = None) -> tuple[Node]:
    if axis is None:
        flat = _reshape(x, shape=(size(x.shape),))
        others = _reshape(_prod_except(flat, order=1), shape=x.shape)
    else:
        last = _prod_except(_move(x, source=axis, target=-1), order=1)
        others = _move(last, source=-1, target=axis)
    return (expand_all(g, x.shape, axis) * others,)


def _except_shape(shape: Shape, order: int) -> Shape:
    if not shape:
        raise ShapeError("'prod_except' needs a vector or rows, not a scalar")
    if order < 1:
        raise ShapeError(f"'prod_except' leaves out 1 element or more, not {order}")
    return shape[:-1] + (shape[-1],) * order


def _except_numpy(x: Floats, order: int) -> Floats:
    """Element [.., i, j, ..]: the product of all elements but those; 0 if two of them are equal."""
    array = np.asarray(x)
    length = array.shape[-1]
    if order == 1 and array.dtype != object:
        return overflow_safe.others(array)
    one = array.dtype.type(1) if array.dtype != object else 1
    result = np.zeros(array.shape[:-1] + (length,) * order, dtype=array.dtype)
    for places in np.ndindex(*(length,) * order):
        if len(set(places)) == order:
            kept = [k for k in range(length) if k not in places]
            chosen = array[..., kept]
            result[(..., *places)] = overflow_safe.product(chosen, axis=-1) if kept else one
    return result


def _except_vjp(g: Node, out: Node, x: Node, order: int) -> tuple[Node]:
    """∂/∂x_j of the product without i is the product without i and j, and so on up."""
    deeper = _prod_except(x, order=order + 1)
    product = expand_all(g, deeper.shape, -1) * deeper
    for _ in range(order):
        product = _sum(product, axis=len(x.shape) - 1)
    return (product,)


def _norm_numpy(x: Floats, axis: int | None = None) -> Floats:
    """√Σx² by a scale that is a power of two: no overflow, no underflow, no rounding of its own."""
    array = np.asarray(x, dtype=np.float64, order="C")
    if count(array.shape, axis) == 0:
        return np.zeros(reduced(array.shape, axis))
    largest = np.max(np.abs(array), axis=axis, keepdims=True)
    sensible = np.isfinite(largest) & (largest > 0)
    _, power = np.frexp(np.where(sensible, largest, 1.0))
    scaled = np.ldexp(array, -power)
    root = np.ldexp(np.sqrt(np.sum(scaled * scaled, axis=axis, keepdims=True)), power)
    whole = np.where(sensible, root, largest)
    return np.asarray(whole).reshape(reduced(array.shape, axis))


def _norm_vjp(g: Node, out: Node, x: Node, axis: int | None = None) -> tuple[Node]:
    length = expand_all(out, x.shape, axis)
    return (expand_all(g, x.shape, axis) * _guard(_not_equal(length, 0), x / length),)


def _std_numpy(x: Floats, axis: int | None = None) -> Floats:
    """The norm of the distances from the mean over √n, which does not overflow on the way."""
    array = np.asarray(x, dtype=np.float64)
    number = count(array.shape, axis)
    if number == 0:
        return np.full(reduced(array.shape, axis), np.nan)
    mean = overflow_safe.mean(array, axis)
    centred = array - (mean if axis is None else np.expand_dims(mean, axis))
    spread = _norm_numpy(centred, axis) / np.sqrt(number)
    # The mean of equal numbers may be rounded; their distance from it is 0.
    first = array.reshape(-1)[0] if axis is None else np.take(array, [0], axis=axis)
    return np.where(np.all(np.equal(array, first), axis=axis), 0.0, spread)[()]


def _std_vjp(g: Node, out: Node, x: Node, axis: int | None = None) -> tuple[Node]:
    centred = x - expand_all(_mean(x, **_axis(axis)), x.shape, axis)
    width = expand_all(out, x.shape, axis)
    share = _guard(_not_equal(width, 0), centred / (max(count(x.shape, axis), 1) * width))
    return (expand_all(g, x.shape, axis) * share,)


def _var_vjp(g: Node, out: Node, x: Node, axis: int | None = None) -> tuple[Node]:
    centred = x - expand_all(_mean(x, **_axis(axis)), x.shape, axis)
    spread = expand_all(g, x.shape, axis)
    return (spread * (2 * centred / max(count(x.shape, axis), 1)),)


def _var_sympy(terms: list[sympy.Expr]) -> sympy.Expr:
    if not terms:
        return sympy.nan
    mean = sum(terms) / len(terms)
    return sum((term - mean) ** 2 for term in terms) / len(terms)


def _logsumexp_numpy(x: Floats, axis: int | None = None) -> Floats:
    array = np.asarray(x, dtype=np.float64, order="C")
    rows = array.reshape(1, -1) if axis is None else np.moveaxis(array, axis, -1)
    largest = np.max(rows, axis=-1, keepdims=True)
    place = np.expand_dims(np.argmax(rows, axis=-1), -1)
    weights = np.exp(rows - np.where(np.isfinite(largest), largest, 0.0))
    # The largest term is exp(0) = 1; leaving it out lets log1p keep the digits of the rest.
    np.put_along_axis(weights, place, np.where(np.isnan(largest), np.nan, 0.0), axis=-1)
    infinite = np.isinf(largest)[..., 0]
    result = np.where(
        infinite, largest[..., 0], largest[..., 0] + np.log1p(np.sum(weights, axis=-1))
    )
    return np.asarray(result).reshape(reduced(array.shape, axis))


def _logsumexp_vjp(g: Node, out: Node, x: Node, axis: int | None = None) -> tuple[Node]:
    if axis is None:
        flat = _softmax(_reshape(x, shape=(size(x.shape),)), axis=-1)
        shares = _reshape(flat, shape=x.shape)
    else:
        shares = _softmax(x, axis=axis)
    return (expand_all(g, x.shape, axis) * shares,)


ROWS: tuple[Row, ...] = (
    _extreme("max", "The largest element, of all or along one axis.", np.max, "Max"),
    _extreme("min", "The smallest element, of all or along one axis.", np.min, "Min"),
    Row(
        name="prod",
        doc="The product of all elements, or along one axis.",
        meaning=lambda x: rf"\prod_j {x}_j",
        shape=reduced,
        numpy=lambda x, axis=None: overflow_safe.product(x, axis),
        vjp=_prod_vjp,
        factors=True,
        work=lambda elements, shape, axis=None: elements * max(count(shape, axis) - 1, 0),
        notation=call("prod", "∏"),
        samples=_SAMPLES,
        example="prod(x)",
        terms=lambda shape, axis=None: count(shape, axis),
        reads_all=True,
    ),
    Row(
        name="prod_except",
        doc="Of a vector's elements the product of all but one, but two, …; no division.",
        shape=_except_shape,
        numpy=_except_numpy,
        vjp=_except_vjp,
        factors=True,
        work=lambda elements, shape, order: elements * max(shape[-1] - order - 1, 0),
        notation=Notation(
            "∏",
            lambda x, order: f"prod_except({x}, order={order})",
        ),
        samples=(
            Sample(((3,),), {"order": 1}),
            Sample(((2, 3),), {"order": 1}),
            Sample(((4,),), {"order": 2}),
        ),
        example="prod_except(x, order=1)",
        terms=lambda shape, order: shape[-1],
    ),
    Row(
        name="norm",
        doc="The Euclidean length of all elements, or along one axis.",
        meaning=lambda x: rf"\sqrt{{\sum_j {x}_j^2}}",
        shape=reduced,
        numpy=_norm_numpy,
        sympy=lambda x, axis=None: per_slice(
            x, axis, lambda terms: sympy.sqrt(sum(term**2 for term in terms))
        ),
        vjp=_norm_vjp,
        work=lambda elements, shape, axis=None: elements * 2 * count(shape, axis),
        notation=call("norm", "‖ ‖"),
        samples=_SAMPLES,
        example="norm(x)",
        operations=3,
        terms=lambda shape, axis=None: count(shape, axis),
        kinks=(
            Kink(
                "norm_at_zero",
                "norm has a kink where all elements are 0; its partial there is 0",
                lambda x, axis=None: (
                    np.all(np.equal(x, 0), axis=axis) & (count(np.shape(x), axis) > 0)
                ),
            ),
        ),
    ),
    Row(
        name="var",
        doc="The mean squared distance from the mean, of all elements or along one axis.",
        meaning=lambda x: rf"\frac{{1}}{{n}} \sum_j ({x}_j - \bar{{{x}}})^2",
        shape=reduced,
        numpy=lambda x, axis=None: (
            overflow_safe.variance(x, axis)
            if count(np.shape(x), axis)
            else np.full(reduced(np.shape(x), axis), np.nan)
        ),
        sympy=lambda x, axis=None: per_slice(x, axis, _var_sympy),
        vjp=_var_vjp,
        work=lambda elements, shape, axis=None: elements * 4 * count(shape, axis),
        notation=call("var"),
        samples=_SAMPLES,
        example="var(x)",
        operations=3,
        terms=lambda shape, axis=None: count(shape, axis) * (count(shape, axis) + 1),
    ),
    Row(
        name="std",
        doc="The root of the mean squared distance from the mean, of all elements or an axis.",
        meaning=lambda x: rf"\sqrt{{\frac{{1}}{{n}} \sum_j ({x}_j - \bar{{{x}}})^2}}",
        shape=reduced,
        numpy=_std_numpy,
        sympy=lambda x, axis=None: per_slice(x, axis, lambda t: sympy.sqrt(_var_sympy(t))),
        vjp=_std_vjp,
        work=lambda elements, shape, axis=None: elements * 4 * count(shape, axis),
        notation=call("std"),
        samples=(
            Sample(((3,),), domain=((-2.0, 2.0),)),
            Sample(((2, 3),)),
            Sample(((3, 2),), {"axis": 0}),
            Sample(((2, 3),), {"axis": -1}),
        ),
        example="std(x)",
        operations=4,
        terms=lambda shape, axis=None: count(shape, axis) * (count(shape, axis) + 1),
        reads_all=True,
        slope=(4, 14),
        kinks=(
            Kink(
                "std_of_constant",
                "std has a kink where all elements are equal; its partial there is 0",
                lambda x, axis=None: (
                    np.equal(_std_numpy(x, axis), 0) & (count(np.shape(x), axis) > 0)
                ),
            ),
        ),
    ),
    Row(
        name="logsumexp",
        doc="The logarithm of the sum of exponentials, without overflow.",
        meaning=lambda x: rf"\log \sum_j e^{{{x}_j}}",
        shape=lambda shape, axis=None: _some("logsumexp", shape, axis),
        numpy=_logsumexp_numpy,
        sympy=lambda x, axis=None: per_slice(
            x, axis, lambda terms: sympy.log(sum(sympy.exp(term) for term in terms))
        ),
        vjp=_logsumexp_vjp,
        work=lambda elements, shape, axis=None: elements * 2 * count(shape, axis),
        notation=call("logsumexp"),
        samples=_SAMPLES,
        example="logsumexp(x)",
        operations=3,
        terms=lambda shape, axis=None: count(shape, axis),
    ),
    Row(
        name="move_axis",
        doc="The same tensor with one axis moved to another place.",
        shape=lambda shape, source, target: _moved(shape, source, target),
        numpy=lambda x, source, target: np.moveaxis(x, source, target),
        vjp=lambda g, out, x, source, target: (_move(g, source=target, target=source),),
        work=0,
        notation=Notation(
            "⇄",
            lambda x, source, target: f"move_axis({x}, {source}, {target})",
        ),
        samples=(
            Sample(((2, 3, 4),), {"source": 0, "target": -1}),
            Sample(((2, 3, 4),), {"source": 2, "target": 1}),
        ),
        example="move_axis(image, 0, -1)",
        operations=0,
        slope=(0, 0),
    ),
)


def _moved(shape: Shape, source: int, target: int) -> Shape:
    rest = list(shape)
    length = rest.pop(axis_index(source, shape))
    rest.insert(axis_index(target, shape), length)
    return tuple(rest)
