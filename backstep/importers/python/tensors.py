"""Functions on arrays whose form here depends on shapes: reshaping, products, reductions, fills."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Any

from backstep.graph.shape import Shape
from backstep.importers.formulas import Unwritable, Value
from backstep.importers.python import arrays
from backstep.importers.python.formula_text import read_formula
from backstep.importers.python.values import Data, Opaque, Unsaid
from backstep.lang.diagnostics.fixes.einsum import summed

if TYPE_CHECKING:
    from backstep.importers.python.state import State

Special = Callable[["State", Sequence[Any], Mapping[str, Any], tuple[str, ...]], Any]
"""A function by its arguments, options and path; None where the general rules serve."""


def _dot(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    """A dot product of vectors, a product of matrices, or a multiple."""
    if len(places) != 2:
        return None
    left, right = reader.pair(places[0], places[1], product=True)
    if not left.shape or not right.shape:
        return reader.formulas.binary("*", left, right)
    if len(left.shape) == len(right.shape) == 1:
        return reader.formulas.call("dot", left, right)
    return reader.formulas.binary("@", left, right)


def _reshape(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    size, given = prod(arrays.shape_of(reader, places[0])), list(places[1:])
    if "shape" in options or "newshape" in options:
        given = [options.get("shape", options.get("newshape"))]
    if len(given) == 1 and isinstance(given[0], list | tuple):
        given = list(given[0])
    if not given and path[-1] == "view":
        raise Unsaid("a view of another kind")
    shape = [reader.whole(each) for each in given]
    if shape.count(-1) == 1:
        rest = prod(each for each in shape if each != -1)
        if not rest or size % rest:
            raise Unwritable(f"{size} elements in rows of {rest}", shapes=True)
        shape[shape.index(-1)] = size // rest
    first = places[0]
    drawn = isinstance(first, Data) and first.leaf is None and (first.draw or first.scheme)
    if drawn and prod(shape) == size:
        return replace(first, shape=tuple(shape))
    numbers = _written(first)
    if numbers is not None and prod(shape) == size:
        return arrays.listed(_folded(arrays.flat(numbers), shape), tuple(shape))
    return reader.formulas.reshaped(reader.tensor(first), tuple(shape))


def _written(value: Any) -> Any:
    """The numbers of an array that has no name."""
    return value.numbers if isinstance(value, Data) and value.name is None else None


def _folded(flat: Sequence[Any], shape: Sequence[int]) -> Any:
    if not shape:
        return flat[0]
    step = prod(shape[1:])
    return [_folded(flat[place : place + step], shape[1:]) for place in range(0, len(flat), step)]


def flatten(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    """All elements in a row, from an axis on."""
    value = reader.tensor(places[0])
    start = reader.whole(options.get("start_dim", places[1] if len(places) > 1 else 0))
    if not start:
        return reader.formulas.reshaped(value, (prod(value.shape),))
    return reader.formulas.reshaped(value, (*value.shape[:start], prod(value.shape[start:])))


def _transpose(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    """Turned; two axes exchanged, in PyTorch; or NumPy's and `permute`'s order of axes."""
    name = path[-1]
    if isinstance(places[0], Data) and len(places) == 1 and name in ("t", "transpose"):
        return arrays.attribute(reader, places[0], "T")
    value = reader.tensor(places[0])
    given = list(places[1:])
    if "axes" in options:
        given = [options["axes"]]
    if len(given) == 1 and isinstance(given[0], list | tuple):
        given = list(given[0])
    axes = [reader.whole(each) for each in given]
    rank = len(value.shape)
    if any(not -rank <= each < rank for each in axes):
        raise Unwritable("an axis that the value does not have", shapes=True)
    axes = [each % rank for each in axes]
    if not axes:
        return reader.formulas.turned(value)
    exchanged = name in ("swapaxes", "swapdims") or (name == "transpose" and path[0] == "torch")
    if exchanged and len(axes) == 2:
        order = list(range(rank))
        order[axes[0]], order[axes[1]] = order[axes[1]], order[axes[0]]
        return reader.formulas.ordered(value, order)
    return reader.formulas.ordered(value, axes)


def _squeeze(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    value = reader.tensor(places[0])
    axis = options.get("axis", places[1] if len(places) > 1 else None)
    if axis is None:
        return reader.formulas.reshaped(value, tuple(each for each in value.shape if each != 1))
    place = reader.whole(axis) % max(len(value.shape), 1)
    if value.shape[place : place + 1] != (1,):
        return value
    return reader.formulas.reshaped(value, (*value.shape[:place], *value.shape[place + 1 :]))


def _unsqueeze(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    value = reader.tensor(places[0])
    given = options.get("axis", places[1] if len(places) > 1 else 0)
    place = reader.whole(given)
    place = place + len(value.shape) + 1 if place < 0 else place
    return reader.formulas.reshaped(value, (*value.shape[:place], 1, *value.shape[place:]))


def _concat(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    name = path[-1]
    parts = places[0] if isinstance(places[0], list | tuple) else places
    values = [reader.tensor(each) for each in parts]
    rest = places[1:] if isinstance(places[0], list | tuple) else []
    default = {"hstack": 1, "vstack": 0}.get(name, 0)
    axis = reader.whole(options.get("axis", rest[0] if rest else default))
    if name == "vstack":
        values = [_as_rows(reader, each) for each in values]
    if name == "hstack" and len(values[0].shape) == 1:
        axis = 0
    ours = "stack" if name == "stack" else "concat"
    return reader.formulas.call(ours, *values, **({"axis": axis} if axis else {}))


def _as_rows(reader: State, value: Value) -> Value:
    if len(value.shape) == 1:
        return reader.formulas.reshaped(value, (1, *value.shape))
    return value


def _extreme(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    """PyTorch's max along an axis, which gives the positions too."""
    torch = path[0] == "torch"
    axis = options.get("axis", places[1] if len(places) > 1 else None)
    second = places[1] if len(places) > 1 else None
    if isinstance(second, Value | Data):
        return None
    if axis is None or isinstance(axis, tuple | list):
        return None
    value = reader.tensor(places[0])
    ours = "max" if path[-1].endswith("max") else "min"
    made = reader.formulas.call(ours, value, axis=reader.whole(axis))
    if torch and path[-1] in ("max", "min"):
        return (made, Opaque("positions of largest elements, which have no gradient"))
    return made


def _clip(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    value = reader.tensor(places[0])
    low = options.get("min", options.get("a_min", places[1] if len(places) > 1 else None))
    high = options.get("max", options.get("a_max", places[2] if len(places) > 2 else None))
    if low is not None and high is not None:
        low, high = reader.number(low), reader.number(high)
        return reader.formulas.call("clip", value, low, high)
    if low is not None:
        return reader.formulas.call("maximum", value, reader.tensor(low))
    if high is not None:
        return reader.formulas.call("minimum", value, reader.tensor(high))
    return value


def _one_hot(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    count = options.get("num_classes", options.get("depth", places[1] if len(places) > 1 else None))
    if count is None:
        raise Unsaid("one_hot without the number of classes")
    return reader.formulas.call("one_hot", reader.tensor(places[0]), reader.whole(count))


def _linear(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    """x Wᵀ + b."""
    if len(places) not in (2, 3) or path[0] != "torch":
        return None
    bias = places[2] if len(places) == 3 else options.get("bias")
    x, weights = reader.tensor(places[0]), reader.tensor(places[1])
    return affine(reader, x, weights, None if bias is None else reader.tensor(bias))


def affine(reader: State, x: Value, weights: Value, bias: Value | None) -> Value:
    """W x + b of a vector, X Wᵀ + b of rows."""
    formulas = reader.formulas
    if len(x.shape) == 1:
        made = formulas.binary("@", weights, x)
    else:
        made = formulas.binary("@", x, formulas.turned(weights))
    return made if bias is None else formulas.binary("+", made, bias)


def convolution(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    """A cross-correlation with kernels that are given."""
    if path[0] != "torch":
        return None
    names = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
    given = {**dict(zip(names, places, strict=False)), **options}
    if whole_of_all(reader, given.get("dilation", 1)) != 1 or given.get("groups", 1) != 1:
        raise Unsaid("a convolution with dilation or groups")
    operands = [reader.tensor(given["input"]), reader.tensor(given["weight"])]
    if given.get("bias") is not None:
        operands.append(reader.tensor(given["bias"]))
    steps = {
        key: number
        for key, default in (("stride", 1), ("padding", 0))
        if (number := whole_of_all(reader, given.get(key, default))) != default
    }
    return reader.formulas.call(path[-1], *operands, **steps)


def whole_of_all(reader: State, value: Any) -> int:
    """A number that is given for all axes, or once for each."""
    if isinstance(value, list | tuple):
        numbers = {reader.whole(each) for each in value}
        if len(numbers) != 1:
            raise Unsaid("windows whose sides differ")
        return numbers.pop()
    if isinstance(value, str):
        raise Unsaid(f"padding={value!r}")
    return reader.whole(value)


def pool(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    """The largest element or the mean of every window."""
    given = {
        **dict(zip(("x", "kernel_size", "stride", "padding"), places, strict=False)),
        **options,
    }
    if whole_of_all(reader, given.get("padding", 0)):
        raise Unsaid("a pooling with padding")
    size = whole_of_all(reader, given["kernel_size"])
    stride = given.get("stride")
    more = (
        ()
        if stride is None or whole_of_all(reader, stride) == size
        else (whole_of_all(reader, stride),)
    )
    return reader.formulas.call(path[-1], reader.tensor(given["x"]), size, *more)


def _einsum(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    if not places or not isinstance(places[0], str):
        raise Unsaid("einsum without its letters")
    values = [reader.tensor(each) for each in places[1:]]
    names = [f"given_{place}" for place in range(len(values))]
    formula = summed(places[0], names, dict(zip(names, (v.shape for v in values), strict=True)))
    if formula is None:
        raise Unsaid(f"einsum with the letters {places[0]}")
    bound = dict(zip(names, values, strict=True))
    return read_formula(reader.formulas, formula, bound).value


def _filled(number: float | int) -> Special:
    def fill(
        reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
    ) -> Any:
        given = list(places)
        if "shape" in options or "size" in options:
            given = [options.get("shape", options.get("size"))]
        made = arrays.filled(arrays.sizes(reader, given) if given != [()] else (), number)
        made.learned = options.get("requires_grad") is True
        return made

    return fill


def _filled_like(number: float | int) -> Special:
    def fill(
        reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
    ) -> Any:
        return arrays.filled(arrays.shape_of(reader, places[0]), number)

    return fill


def _full(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    number = reader.number(options.get("fill_value", places[-1]))
    if path[-1] == "full_like":
        return arrays.filled(arrays.shape_of(reader, places[0]), number)
    parts = list(places[0]) if isinstance(places[0], list | tuple) else [places[0]]
    made = arrays.filled(arrays.sizes(reader, parts), number)
    made.learned = options.get("requires_grad") is True
    return made


def _eye(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    count = reader.whole(places[0])
    if len(places) > 1 and reader.whole(places[1]) != count:
        raise Unsaid("an identity that is no square")
    shape = arrays.sizes(reader, [count, count])
    return Data(shape, value=f"eye({count})")


def _linspace(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    low, high = (reader.tensor(each) for each in places[:2])
    count = options.get("num", options.get("steps", places[2] if len(places) > 2 else 50))
    shape = arrays.sizes(reader, [count])
    if low.uses or high.uses:
        low, high = (reader.formulas.number(reader.number(each)) for each in places[:2])
    value = f"linspace({low.text}, {high.text}, {shape[0]})"
    made = Data(shape, value=value)
    made.learned = options.get("requires_grad") is True
    return made


def _arange(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    bounds = [reader.number(each) for each in places]
    if not all(isinstance(each, int) for each in bounds):
        whole = [reader.whole(each) for each in bounds]
        found = range(*whole)
    else:
        found = range(*(int(each) for each in bounds))
    shape = arrays.sizes(reader, [len(found)])
    plain = len(bounds) == 1
    whole_only = all(isinstance(each, int) for each in bounds)
    numbers = [each if whole_only else float(each) for each in found]
    made = arrays.listed(numbers, shape)
    if plain:
        made.value = f"arange({shape[0]})"
    return made


def _size(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    shape = arrays.shape_of(reader, places[0])
    if len(places) == 2:
        place = reader.whole(places[1])
        if not -len(shape) <= place < len(shape):
            raise Unwritable("an axis that the value does not have", shapes=True)
        return shape[place]
    return prod(shape) if path[-1] in ("numel", "nelement") or path[0] == "np" else shape


def _trace(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    value = reader.tensor(places[0])
    if len(value.shape) != 2 or value.shape[0] != value.shape[1]:
        raise Unwritable("the trace of what is no square matrix")
    unit = reader.formulas.call("eye", value.shape[0])
    return reader.formulas.call("sum", reader.formulas.binary("*", value, unit))


def _norm(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    if len(places) == 1 and not options.get("axis"):
        return None
    axis = options.get("axis")
    if len(places) == 1 and isinstance(axis, int):
        return reader.formulas.call("norm", reader.tensor(places[0]), axis=axis)
    return None


def _same(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    return places[0]


def _broadcast(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    """A value repeated to a shape: plus zeros of that shape."""
    value = reader.tensor(places[0])
    if path[-1] == "expand_as":
        shape: Shape = arrays.shape_of(reader, places[1])
    else:
        given = list(places[1:])
        if len(given) == 1 and isinstance(given[0], list | tuple):
            given = list(given[0])
        wanted = [reader.whole(each) for each in given]
        padded = (1,) * (len(wanted) - len(value.shape)) + value.shape
        shape = tuple(
            has if each == -1 else each for each, has in zip(wanted, padded, strict=False)
        )
    if value.shape == shape:
        return value
    return reader.formulas.binary("+", value, reader.formulas.call("zeros", *shape))


def _parts(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    """A value cut along an axis: into so many parts, or into parts of so many elements."""
    value = reader.tensor(places[0])
    counted = path[-1] == "chunk" or path[0] != "torch"
    given = options.get("chunks", places[1] if len(places) > 1 else options.get("split_size", 1))
    axis = reader.whole(options.get("axis", places[2] if len(places) > 2 else 0))
    rank = len(value.shape)
    if not -rank <= axis < rank:
        raise Unwritable("an axis that the value does not have", shapes=True)
    axis %= rank
    size = value.shape[axis]
    if isinstance(given, list | tuple):
        sizes = [reader.whole(each) for each in given]
        bounds = [0, *sizes] if not counted else [0, *sizes, size]
        if not counted:
            bounds = [sum(sizes[:place]) for place in range(len(sizes) + 1)]
    else:
        count = reader.whole(given)
        if count < 1:
            raise Unwritable("parts of no elements")
        step = -(-size // count) if counted else count
        bounds = [*range(0, size, step), size]
    return [
        reader.formulas.index(value, [*[slice(None)] * axis, slice(low, high)])
        for low, high in pairwise(bounds)
    ]


def _triangle(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    """The triangle of a matrix below or above its diagonal, by a matrix of ones and zeros."""
    shape = arrays.shape_of(reader, places[0])
    above = reader.whole(options.get("diagonal", options.get("k", (*places, 0)[1])))
    if len(shape) != 2:
        raise Unwritable("a triangle of what is no matrix", shapes=True)
    lower = path[-1] == "tril"
    numbers = [
        [int(j - i <= above if lower else j - i >= above) for j in range(shape[1])]
        for i in range(shape[0])
    ]
    mask = arrays.listed(numbers, shape)
    if isinstance(places[0], Data) and places[0].fill == 1:
        return mask
    return reader.formulas.binary("*", reader.tensor(places[0]), reader.tensor(mask))


def _masked_fill(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    value, condition = reader.tensor(places[0]), reader.tensor(places[1])
    number = reader.number(options.get("value", places[-1]))
    if number == float("-inf"):
        # Softmax makes a 0 of it, as of −∞, which no definition can write.
        number = -1e30
    return reader.formulas.call("where", condition, reader.formulas.number(number), value)


def _dropout(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    if options.get("training") is False:
        return places[0]
    probability = options.get("p", places[1] if len(places) > 1 else 0.5)
    return reader.formulas.call("dropout", reader.tensor(places[0]), reader.number(probability))


def _embedding(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    if path[0] != "torch" or len(places) != 2:
        return None
    return arrays.item(reader, places[1], places[0])


def _attention(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    if len(places) != 3 or options.get("attn_mask") is not None or options.get("is_causal"):
        raise Unsaid("attention with a mask")
    return reader.formulas.call("attention", *(reader.tensor(each) for each in places))


def _normalised(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    """softmax and log_softmax: over the last axis where none is named."""
    if path[0] == "torch" and len(places) == 1 and "axis" not in options:
        return reader.formulas.call(path[-1], reader.tensor(places[0]))
    return None


def _layer_norm(
    reader: State, places: Sequence[Any], options: Mapping[str, Any], path: tuple[str, ...]
) -> Any:
    if path[0] != "torch" or len(places) < 3:
        return None
    names = ("x", "shape", "weight", "bias", "eps")
    given = {**dict(zip(names, places, strict=False)), **options}
    x = reader.tensor(given["x"])
    gain, bias = (given.get(each) for each in ("weight", "bias"))
    gain = reader.formulas.call("ones", x.shape[-1]) if gain is None else reader.tensor(gain)
    bias = reader.formulas.call("zeros", x.shape[-1]) if bias is None else reader.tensor(bias)
    more = (reader.number(given["eps"]),) if "eps" in given else ()
    return reader.formulas.call("layer_norm", x, gain, bias, *more)


def over_axes(reader: State, ours: str, places: Sequence[Any], axes: Sequence[int]) -> Value:
    """A reduction over several axes: of sums, means, products and extremes one after another."""
    value = reader.tensor(places[0])
    rank = len(value.shape)
    if any(not -rank <= each < rank for each in axes):
        raise Unwritable("an axis that the value does not have", shapes=True)
    places_ = sorted({each % rank for each in axes}, reverse=True)
    if len(places_) == rank:
        return reader.formulas.call(ours, value)
    if ours not in ("sum", "mean", "prod", "max", "min", "logsumexp"):
        kept = [each for each in range(rank) if each not in places_]
        moved = reader.formulas.ordered(value, [*kept, *sorted(places_)])
        flat = reader.formulas.reshaped(
            moved, (*moved.shape[: len(kept)], prod(moved.shape[len(kept) :]))
        )
        return reader.formulas.call(ours, flat, axis=len(kept))
    for axis in places_:
        value = reader.formulas.call(ours, value, axis=axis)
    return value


SPECIAL: Mapping[str, Special] = {
    **dict.fromkeys(("dot", "matmul", "mm", "mv", "bmm", "vdot", "inner"), _dot),
    **dict.fromkeys(("reshape", "view"), _reshape),
    **dict.fromkeys(("flatten", "ravel"), flatten),
    **dict.fromkeys(("transpose", "permute", "swapaxes", "t", "permute_dims"), _transpose),
    "squeeze": _squeeze,
    **dict.fromkeys(("unsqueeze", "expand_dims"), _unsqueeze),
    **dict.fromkeys(("cat", "concat", "concatenate", "stack", "hstack", "vstack"), _concat),
    **dict.fromkeys(("max", "min", "amax", "amin"), _extreme),
    **dict.fromkeys(("clip", "clamp"), _clip),
    "one_hot": _one_hot,
    "linear": _linear,
    **dict.fromkeys(("conv1d", "conv2d"), convolution),
    **dict.fromkeys(("max_pool1d", "max_pool2d", "avg_pool1d", "avg_pool2d"), pool),
    "einsum": _einsum,
    **dict.fromkeys(("zeros", "empty"), _filled(0)),
    "ones": _filled(1),
    **dict.fromkeys(("zeros_like", "empty_like"), _filled_like(0)),
    "ones_like": _filled_like(1),
    **dict.fromkeys(("full", "full_like"), _full),
    **dict.fromkeys(("eye", "identity"), _eye),
    "linspace": _linspace,
    "arange": _arange,
    **dict.fromkeys(("size", "numel", "nelement"), _size),
    "trace": _trace,
    "norm": _norm,
    **dict.fromkeys(("atleast_2d", "ascontiguousarray", "long", "half"), _same),
    **dict.fromkeys(("expand", "broadcast_to", "expand_as"), _broadcast),
    "masked_fill": _masked_fill,
    **dict.fromkeys(("chunk", "split", "array_split"), _parts),
    **dict.fromkeys(("tril", "triu"), _triangle),
    "dropout": _dropout,
    "embedding": _embedding,
    "scaled_dot_product_attention": _attention,
    **dict.fromkeys(("softmax", "log_softmax"), _normalised),
    "layer_norm": _layer_norm,
}
"""By name, in PyTorch, NumPy and JAX alike."""
