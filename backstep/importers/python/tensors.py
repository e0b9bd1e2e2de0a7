"""Functions on arrays whose form here depends on shapes: reshaping, products, reductions, fills."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING

from backstep.graph.shape import Shape
from backstep.importers.formulas import Numbers, Unwritable, Value
from backstep.importers.python import arrays
from backstep.importers.python.formula_text import read_formula
from backstep.importers.python.values import Data, Opaque, Unsaid
from backstep.lang.diagnostics.fixes.einsum import summed

if TYPE_CHECKING:
    from backstep.importers.python.state import State


@dataclass(frozen=True, slots=True)
class Call:
    """A function of another library by its path, on arguments by place and by name."""

    reader: State
    places: Sequence[object]
    options: Mapping[str, object]
    path: tuple[str, ...]

    def argument(self, place: int, *names: str, default: object = None) -> object:
        """An argument by the first of its names that is given, else by its place."""
        for name in names:
            if name in self.options:
                return self.options[name]
        return self.places[place] if place < len(self.places) else default


Special = Callable[[Call], object]
"""A function's value; None where the general rules serve."""


def _dot(call: Call) -> object:
    """A dot product of vectors, a product of matrices, or a multiple."""
    if len(call.places) != 2:
        return None
    left, right = call.reader.pair(call.places[0], call.places[1], product=True)
    if not left.shape or not right.shape:
        return call.reader.formulas.binary("*", left, right)
    if len(left.shape) == len(right.shape) == 1:
        return call.reader.formulas.call("dot", left, right)
    return call.reader.formulas.binary("@", left, right)


def _reshape(call: Call) -> object:
    size, given = prod(arrays.shape_of(call.reader, call.places[0])), list(call.places[1:])
    if "shape" in call.options or "newshape" in call.options:
        given = [call.options.get("shape", call.options.get("newshape"))]
    if len(given) == 1 and isinstance(given[0], list | tuple):
        given = list(given[0])
    if not given and call.path[-1] == "view":
        raise Unsaid("a view of another kind")
    shape = [call.reader.whole(each) for each in given]
    if shape.count(-1) == 1:
        rest = prod(each for each in shape if each != -1)
        if not rest or size % rest:
            raise Unwritable(f"{size} elements in rows of {rest}", shapes=True)
        shape[shape.index(-1)] = size // rest
    first = call.places[0]
    drawn = isinstance(first, Data) and first.leaf is None and (first.draw or first.scheme)
    if isinstance(first, Data) and drawn and prod(shape) == size:
        return replace(first, shape=tuple(shape))
    numbers = _written(first)
    if numbers is not None and prod(shape) == size:
        return arrays.listed(_folded(arrays.flat(numbers), shape), tuple(shape))
    return call.reader.formulas.reshaped(call.reader.tensor(first), tuple(shape))


def _written(value: object) -> Numbers | None:
    """The numbers of an array that has no name."""
    return value.numbers if isinstance(value, Data) and value.name is None else None


def _folded(flat: Sequence[float], shape: Sequence[int]) -> Numbers:
    if not shape:
        return flat[0]
    step = prod(shape[1:])
    return [_folded(flat[place : place + step], shape[1:]) for place in range(0, len(flat), step)]


def flatten(call: Call) -> object:
    """All elements in a row, from an axis on."""
    value = call.reader.tensor(call.places[0])
    start = call.reader.whole(call.argument(1, "start_dim", default=0))
    if not start:
        return call.reader.formulas.reshaped(value, (prod(value.shape),))
    return call.reader.formulas.reshaped(value, (*value.shape[:start], prod(value.shape[start:])))


def _transpose(call: Call) -> object:
    """Turned; two axes exchanged, in PyTorch; or NumPy's and `permute`'s order of axes."""
    name = call.path[-1]
    if isinstance(call.places[0], Data) and len(call.places) == 1 and name in ("t", "transpose"):
        return arrays.attribute(call.reader, call.places[0], "T")
    value = call.reader.tensor(call.places[0])
    given = list(call.places[1:])
    if "axes" in call.options:
        given = [call.options["axes"]]
    if len(given) == 1 and isinstance(given[0], list | tuple):
        given = list(given[0])
    axes = [call.reader.whole(each) for each in given]
    rank = len(value.shape)
    if any(not -rank <= each < rank for each in axes):
        raise Unwritable("an axis that the value does not have", shapes=True)
    axes = [each % rank for each in axes]
    if not axes:
        return call.reader.formulas.turned(value)
    exchanged = name in ("swapaxes", "swapdims") or (
        name == "transpose" and call.path[0] == "torch"
    )
    if exchanged and len(axes) == 2:
        order = list(range(rank))
        order[axes[0]], order[axes[1]] = order[axes[1]], order[axes[0]]
        return call.reader.formulas.ordered(value, order)
    return call.reader.formulas.ordered(value, axes)


def _squeeze(call: Call) -> object:
    value = call.reader.tensor(call.places[0])
    axis = call.argument(1, "axis")
    if axis is None:
        return call.reader.formulas.reshaped(
            value, tuple(each for each in value.shape if each != 1)
        )
    place = call.reader.whole(axis) % max(len(value.shape), 1)
    if value.shape[place : place + 1] != (1,):
        return value
    return call.reader.formulas.reshaped(value, (*value.shape[:place], *value.shape[place + 1 :]))


def _unsqueeze(call: Call) -> object:
    value = call.reader.tensor(call.places[0])
    given = call.argument(1, "axis", default=0)
    place = call.reader.whole(given)
    place = place + len(value.shape) + 1 if place < 0 else place
    return call.reader.formulas.reshaped(value, (*value.shape[:place], 1, *value.shape[place:]))


def _concat(call: Call) -> object:
    name = call.path[-1]
    parts = call.places[0] if isinstance(call.places[0], list | tuple) else call.places
    values = [call.reader.tensor(each) for each in parts]
    rest = call.places[1:] if isinstance(call.places[0], list | tuple) else []
    default = {"hstack": 1, "vstack": 0}.get(name, 0)
    axis = call.reader.whole(call.options.get("axis", rest[0] if rest else default))
    if name == "vstack":
        values = [_as_rows(call.reader, each) for each in values]
    if name == "hstack" and len(values[0].shape) == 1:
        axis = 0
    ours = "stack" if name == "stack" else "concat"
    return call.reader.formulas.call(ours, *values, **({"axis": axis} if axis else {}))


def _as_rows(reader: State, value: Value) -> Value:
    if len(value.shape) == 1:
        return reader.formulas.reshaped(value, (1, *value.shape))
    return value


def _extreme(call: Call) -> object:
    """PyTorch's max along an axis, which gives the positions too."""
    torch = call.path[0] == "torch"
    axis = call.argument(1, "axis")
    second = call.places[1] if len(call.places) > 1 else None
    if isinstance(second, Value | Data):
        return None
    if axis is None or isinstance(axis, tuple | list):
        return None
    value = call.reader.tensor(call.places[0])
    ours = "max" if call.path[-1].endswith("max") else "min"
    made = call.reader.formulas.call(ours, value, axis=call.reader.whole(axis))
    if torch and call.path[-1] in ("max", "min"):
        return (made, Opaque("positions of largest elements, which have no gradient"))
    return made


def _sorted(call: Call) -> object:
    """PyTorch's sort, which gives the positions too."""
    if call.path[0] != "torch":
        return None
    if call.argument(2, "descending") not in (None, False):
        raise Unsaid("a sort from the largest on")
    axis = call.reader.whole(call.argument(1, "axis", default=-1))
    made = call.reader.formulas.call("sort", call.reader.tensor(call.places[0]), axis=axis)
    return (made, Opaque("positions of sorted elements, which have no gradient"))


def _clip(call: Call) -> object:
    value = call.reader.tensor(call.places[0])
    low = call.argument(1, "min", "a_min")
    high = call.argument(2, "max", "a_max")
    if low is not None and high is not None:
        low, high = call.reader.number(low), call.reader.number(high)
        return call.reader.formulas.call("clip", value, low, high)
    if low is not None:
        return call.reader.formulas.call("maximum", value, call.reader.tensor(low))
    if high is not None:
        return call.reader.formulas.call("minimum", value, call.reader.tensor(high))
    return value


def _one_hot(call: Call) -> object:
    count = call.argument(1, "num_classes", "depth")
    if count is None:
        raise Unsaid("one_hot without the number of classes")
    return call.reader.formulas.call(
        "one_hot", call.reader.tensor(call.places[0]), call.reader.whole(count)
    )


def _linear(call: Call) -> object:
    """x Wᵀ + b."""
    if len(call.places) not in (2, 3) or call.path[0] != "torch":
        return None
    bias = call.places[2] if len(call.places) == 3 else call.options.get("bias")
    x, weights = call.reader.tensor(call.places[0]), call.reader.tensor(call.places[1])
    return affine(call.reader, x, weights, None if bias is None else call.reader.tensor(bias))


def affine(reader: State, x: Value, weights: Value, bias: Value | None) -> Value:
    """W x + b of a vector, X Wᵀ + b of rows."""
    formulas = reader.formulas
    if len(x.shape) == 1:
        made = formulas.binary("@", weights, x)
    else:
        made = formulas.binary("@", x, formulas.turned(weights))
    return made if bias is None else formulas.binary("+", made, bias)


def convolution(call: Call) -> object:
    """A cross-correlation with kernels that are given."""
    if call.path[0] != "torch":
        return None
    names = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
    given = {**dict(zip(names, call.places, strict=False)), **call.options}
    if whole_of_all(call.reader, given.get("dilation", 1)) != 1 or given.get("groups", 1) != 1:
        raise Unsaid("a convolution with dilation or groups")
    operands = [call.reader.tensor(given["input"]), call.reader.tensor(given["weight"])]
    if given.get("bias") is not None:
        operands.append(call.reader.tensor(given["bias"]))
    steps = {
        key: number
        for key, default in (("stride", 1), ("padding", 0))
        if (number := whole_of_all(call.reader, given.get(key, default))) != default
    }
    return call.reader.formulas.call(call.path[-1], *operands, **steps)


def whole_of_all(reader: State, value: object) -> int:
    """A number that is given for all axes, or once for each."""
    if isinstance(value, list | tuple):
        numbers = {reader.whole(each) for each in value}
        if len(numbers) != 1:
            raise Unsaid("windows whose sides differ")
        return numbers.pop()
    if isinstance(value, str):
        raise Unsaid(f"padding={value!r}")
    return reader.whole(value)


def pool(call: Call) -> object:
    """The largest element or the mean of every window."""
    given = {
        **dict(zip(("x", "kernel_size", "stride", "padding"), call.places, strict=False)),
        **call.options,
    }
    if whole_of_all(call.reader, given.get("padding", 0)):
        raise Unsaid("a pooling with padding")
    size = whole_of_all(call.reader, given["kernel_size"])
    stride = given.get("stride")
    more = (
        ()
        if stride is None or whole_of_all(call.reader, stride) == size
        else (whole_of_all(call.reader, stride),)
    )
    return call.reader.formulas.call(call.path[-1], call.reader.tensor(given["x"]), size, *more)


def _einsum(call: Call) -> object:
    if not call.places or not isinstance(call.places[0], str):
        raise Unsaid("einsum without its letters")
    values = [call.reader.tensor(each) for each in call.places[1:]]
    names = [f"given_{place}" for place in range(len(values))]
    formula = summed(
        call.places[0], names, dict(zip(names, (v.shape for v in values), strict=True))
    )
    if formula is None:
        raise Unsaid(f"einsum with the letters {call.places[0]}")
    bound = dict(zip(names, values, strict=True))
    return read_formula(call.reader.formulas, formula, bound).value


def _filled(number: float | int) -> Special:
    def fill(call: Call) -> object:
        given = list(call.places)
        if "shape" in call.options or "size" in call.options:
            given = [call.options.get("shape", call.options.get("size"))]
        return arrays.filled(arrays.sizes(call.reader, given) if given != [()] else (), number)

    return fill


def _filled_like(number: float | int) -> Special:
    def fill(call: Call) -> object:
        return arrays.filled(arrays.shape_of(call.reader, call.places[0]), number)

    return fill


def _full(call: Call) -> object:
    number = call.reader.number(call.options.get("fill_value", call.places[-1]))
    if call.path[-1] == "full_like":
        return arrays.filled(arrays.shape_of(call.reader, call.places[0]), number)
    parts = list(call.places[0]) if isinstance(call.places[0], list | tuple) else [call.places[0]]
    return arrays.filled(arrays.sizes(call.reader, parts), number)


def _eye(call: Call) -> object:
    count = call.reader.whole(call.places[0])
    if len(call.places) > 1 and call.reader.whole(call.places[1]) != count:
        raise Unsaid("an identity that is no square")
    shape = arrays.sizes(call.reader, [count, count])
    return Data(shape, value=f"eye({count})")


def _linspace(call: Call) -> object:
    low, high = (call.reader.tensor(each) for each in call.places[:2])
    count = call.argument(2, "num", "steps", default=50)
    shape = arrays.sizes(call.reader, [count])
    if low.uses or high.uses:
        low, high = (
            call.reader.formulas.number(call.reader.number(each)) for each in call.places[:2]
        )
    value = f"linspace({low.text}, {high.text}, {shape[0]})"
    return Data(shape, value=value)


def _arange(call: Call) -> object:
    bounds = [call.reader.number(each) for each in call.places]
    if not all(isinstance(each, int) for each in bounds):
        whole = [call.reader.whole(each) for each in bounds]
        found = range(*whole)
    else:
        found = range(*(int(each) for each in bounds))
    shape = arrays.sizes(call.reader, [len(found)])
    plain = len(bounds) == 1
    whole_only = all(isinstance(each, int) for each in bounds)
    numbers = [each if whole_only else float(each) for each in found]
    made = arrays.listed(numbers, shape)
    if plain:
        made.value = f"arange({shape[0]})"
    return made


def _size(call: Call) -> object:
    shape = arrays.shape_of(call.reader, call.places[0])
    if len(call.places) == 2:
        place = call.reader.whole(call.places[1])
        if not -len(shape) <= place < len(shape):
            raise Unwritable("an axis that the value does not have", shapes=True)
        return shape[place]
    return prod(shape) if call.path[-1] in ("numel", "nelement") or call.path[0] == "np" else shape


def _trace(call: Call) -> object:
    value = call.reader.tensor(call.places[0])
    if len(value.shape) != 2 or value.shape[0] != value.shape[1]:
        raise Unwritable("the trace of what is no square matrix")
    unit = call.reader.formulas.call("eye", value.shape[0])
    return call.reader.formulas.call("sum", call.reader.formulas.binary("*", value, unit))


def _norm(call: Call) -> object:
    if len(call.places) == 1 and not call.options.get("axis"):
        return None
    axis = call.options.get("axis")
    if len(call.places) == 1 and isinstance(axis, int):
        return call.reader.formulas.call("norm", call.reader.tensor(call.places[0]), axis=axis)
    return None


def _same(call: Call) -> object:
    return call.places[0]


def _broadcast(call: Call) -> object:
    """A value repeated to a shape: plus zeros of that shape."""
    value = call.reader.tensor(call.places[0])
    if call.path[-1] == "expand_as":
        shape: Shape = arrays.shape_of(call.reader, call.places[1])
    else:
        given = list(call.places[1:])
        if len(given) == 1 and isinstance(given[0], list | tuple):
            given = list(given[0])
        wanted = [call.reader.whole(each) for each in given]
        padded = (1,) * (len(wanted) - len(value.shape)) + value.shape
        shape = tuple(
            has if each == -1 else each for each, has in zip(wanted, padded, strict=False)
        )
    if value.shape == shape:
        return value
    return call.reader.formulas.binary("+", value, call.reader.formulas.call("zeros", *shape))


def _parts(call: Call) -> object:
    """A value cut along an axis: into so many parts, or into parts of so many elements."""
    value = call.reader.tensor(call.places[0])
    counted = call.path[-1] == "chunk" or call.path[0] != "torch"
    given = call.options.get(
        "chunks", call.places[1] if len(call.places) > 1 else call.options.get("split_size", 1)
    )
    axis = call.reader.whole(call.argument(2, "axis", default=0))
    rank = len(value.shape)
    if not -rank <= axis < rank:
        raise Unwritable("an axis that the value does not have", shapes=True)
    axis %= rank
    size = value.shape[axis]
    if isinstance(given, list | tuple):
        sizes = [call.reader.whole(each) for each in given]
        bounds = [0, *sizes] if not counted else [0, *sizes, size]
        if not counted:
            bounds = [sum(sizes[:place]) for place in range(len(sizes) + 1)]
    else:
        count = call.reader.whole(given)
        if count < 1:
            raise Unwritable("parts of no elements")
        step = -(-size // count) if counted else count
        bounds = [*range(0, size, step), size]
    return [
        call.reader.formulas.index(value, [*[slice(None)] * axis, slice(low, high)])
        for low, high in pairwise(bounds)
    ]


def _triangle(call: Call) -> object:
    """The triangle of a matrix below or above its diagonal, by a matrix of ones and zeros."""
    shape = arrays.shape_of(call.reader, call.places[0])
    above = call.reader.whole(
        call.options.get("diagonal", call.options.get("k", (*call.places, 0)[1]))
    )
    if len(shape) != 2:
        raise Unwritable("a triangle of what is no matrix", shapes=True)
    lower = call.path[-1] == "tril"
    numbers = [
        [int(j - i <= above if lower else j - i >= above) for j in range(shape[1])]
        for i in range(shape[0])
    ]
    mask = arrays.listed(numbers, shape)
    if isinstance(call.places[0], Data) and call.places[0].fill == 1:
        return mask
    return call.reader.formulas.binary(
        "*", call.reader.tensor(call.places[0]), call.reader.tensor(mask)
    )


def _masked_fill(call: Call) -> object:
    value, condition = call.reader.tensor(call.places[0]), call.reader.tensor(call.places[1])
    number = call.reader.number(call.options.get("value", call.places[-1]))
    if number == float("-inf"):
        # Softmax makes a 0 of it, as of −∞, which no definition can write.
        number = -1e30
    return call.reader.formulas.call("where", condition, call.reader.formulas.number(number), value)


def _dropout(call: Call) -> object:
    if call.options.get("training") is False:
        return call.places[0]
    probability = call.argument(1, "p", default=0.5)
    return call.reader.formulas.call(
        "dropout", call.reader.tensor(call.places[0]), call.reader.number(probability)
    )


def _embedding(call: Call) -> object:
    if call.path[0] != "torch" or len(call.places) != 2:
        return None
    return arrays.item(call.reader, call.places[1], call.places[0])


def _attention(call: Call) -> object:
    if (
        len(call.places) != 3
        or call.options.get("attn_mask") is not None
        or call.options.get("is_causal")
    ):
        raise Unsaid("attention with a mask")
    return call.reader.formulas.call(
        "attention", *(call.reader.tensor(each) for each in call.places)
    )


def _normalised(call: Call) -> object:
    """softmax and log_softmax: over the last axis where none is named."""
    if call.path[0] == "torch" and len(call.places) == 1 and "axis" not in call.options:
        return call.reader.formulas.call(call.path[-1], call.reader.tensor(call.places[0]))
    return None


def _layer_norm(call: Call) -> object:
    if call.path[0] != "torch" or len(call.places) < 3:
        return None
    names = ("x", "shape", "weight", "bias", "eps")
    given = {**dict(zip(names, call.places, strict=False)), **call.options}
    x = call.reader.tensor(given["x"])
    gain, bias = (given.get(each) for each in ("weight", "bias"))
    gain = (
        call.reader.formulas.call("ones", x.shape[-1]) if gain is None else call.reader.tensor(gain)
    )
    bias = (
        call.reader.formulas.call("zeros", x.shape[-1])
        if bias is None
        else call.reader.tensor(bias)
    )
    more = (call.reader.number(given["eps"]),) if "eps" in given else ()
    return call.reader.formulas.call("layer_norm", x, gain, bias, *more)


def over_axes(reader: State, ours: str, places: Sequence[object], axes: Sequence[int]) -> Value:
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


def _logarithm(call: Call) -> object:
    """Python's logarithm to a base."""
    if call.path[0] != "math" or len(call.places) != 2:
        return None
    value, base = (
        call.reader.formulas.call("log", call.reader.tensor(each)) for each in call.places
    )
    return call.reader.formulas.binary("/", value, base)


SPECIAL: Mapping[str, Special] = {
    "log": _logarithm,
    **dict.fromkeys(("dot", "matmul", "mm", "mv", "bmm", "vdot", "inner"), _dot),
    **dict.fromkeys(("reshape", "view"), _reshape),
    **dict.fromkeys(("flatten", "ravel"), flatten),
    **dict.fromkeys(("transpose", "permute", "swapaxes", "t", "permute_dims"), _transpose),
    "squeeze": _squeeze,
    **dict.fromkeys(("unsqueeze", "expand_dims"), _unsqueeze),
    **dict.fromkeys(("cat", "concat", "concatenate", "stack", "hstack", "vstack"), _concat),
    **dict.fromkeys(("max", "min", "amax", "amin"), _extreme),
    "sort": _sorted,
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
