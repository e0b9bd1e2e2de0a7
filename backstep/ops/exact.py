"""The form of each row in exact arithmetic, by the row's name.

A form takes a field and its inputs, arrays of the field's numbers: those modulo a prime, or real
numbers of many digits. What a row reads through an exponential comes as `deep`, the input at the
next level, of which the field has e^x.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backstep.graph.node import Node, Operand
from backstep.graph.shape import Shape, axis_index
from backstep.ops.activations import SELU_ALPHA, SELU_SCALE
from backstep.ops.reduce import count
from backstep.ops.row import Objects
from backstep.ops.square_matrices import cofactor_minors, minors
from backstep.ops.table import TABLE


class Value(Protocol):
    """A number of a field, or an array of such numbers; a Python integer may be the other side."""

    def __neg__(self) -> Value: ...
    def __add__(self, other: Value | int, /) -> Value: ...
    def __radd__(self, other: int, /) -> Value: ...
    def __sub__(self, other: Value | int, /) -> Value: ...
    def __rsub__(self, other: int, /) -> Value: ...
    def __mul__(self, other: Value | int, /) -> Value: ...
    def __rmul__(self, other: int, /) -> Value: ...
    def __mod__(self, other: int, /) -> Value: ...


class Arithmetic(Protocol):
    """What a form asks of a field; functions of numbers are applied to arrays by `each`."""

    def number(self, value: Fraction, /) -> Value:
        """A rational number."""

    def each(self, function: Callable[..., Value], /, *arrays: Value) -> Value:
        """A function of numbers, applied to every element."""

    def reduced(self, value: Value, /) -> Value:
        """The same number, in its shortest form."""

    def plain(self, value: Value, /) -> int:
        """A number that can be compared and sorted."""

    def exp(self, x: Value, /) -> Value:
        """e^x."""

    def log(self, x: Value, /) -> Value:
        """log x."""

    def inverse(self, x: Value, /) -> Value:
        """1/x."""

    def root(self, x: Value, /) -> Value:
        """√x."""

    def rational_power(self, x: Value, exponent: Fraction, /) -> Value:
        """x to a literal exponent."""

    def symbolic_power(self, x: Value, exponent: Value, /) -> Value:
        """x to any exponent."""

    def positive(self, x: Value, /) -> Value:
        """1 if x > 0, else 0."""

    def zero(self, x: Value, /) -> Value:
        """1 if x = 0, else 0."""

    def truth(self, x: Value, /) -> Value:
        """1 if x ≠ 0, else 0."""

    def positive_part(self, x: Value, /) -> Value:
        """max(x, 0)."""

    def odd(self, name: str, x: Value, /) -> Value:
        """An odd function by its name."""

    def even(self, name: str, x: Value, /) -> Value:
        """An even function by its name."""

    def opaque(self, name: str, /, *arguments: Value | int) -> Value:
        """Any other function by its name."""

    def chosen(self, truth: Value, there: Value, elsewhere: Value, /) -> Value:
        """One of two values."""

    def guarded(self, condition: Value, value: Value, /) -> Value:
        """A value under the condition of a convention."""

    def classes(self, numbers: Value, count: int, /) -> NDArray[np.int64]:
        """Class numbers from 0 to `count` − 1, as integers."""


Written: TypeAlias = "Fraction | tuple[Written, ...]"
"""A written number, or the written elements of an array."""


@dataclass(frozen=True, slots=True)
class Exact:
    """A row's form, called `(field, *inputs, **params)`.

    `deep` are the inputs that it also takes at the next level, after the others; `plain` those that
    it takes at its own level, None for all.
    """

    form: Callable[..., Value]
    deep: tuple[int, ...] = ()
    plain: tuple[int, ...] | None = None


def _exponential(form: Callable[..., Value]) -> Exact:
    """A form that reads e^x alone."""
    return Exact(
        lambda f, deep, **params: form(f, f.each(f.exp, deep), **params), deep=(0,), plain=()
    )


def _beside(form: Callable[..., Value]) -> Exact:
    """A form that reads x and e^x."""
    return Exact(lambda f, x, deep, **params: form(f, x, f.each(f.exp, deep), **params), deep=(0,))


def _unary(name: str) -> Exact:
    """A function of the field's own, applied to every element."""
    return Exact(lambda f, x, **_: f.each(getattr(f, name), x))


def _shape(x: Value) -> Shape:
    return np.asarray(x, dtype=object).shape


def _total(x: Value, axis: int | None = None, keepdims: bool = False) -> Value:
    total: Value = np.sum(np.asarray(x, dtype=object), axis=axis, keepdims=keepdims)
    return total


def _over(f: Arithmetic, a: Value, b: Value) -> Value:
    return a * f.each(f.inverse, b)


def _clipped(f: Arithmetic, x: Value, low: Fraction, high: Fraction) -> Value:
    """Cut off below, then above, as the row does."""
    least, most = f.number(low), f.number(high)
    if low > high:
        return x * 0 + most
    return f.each(f.positive_part, x - least) + least - f.each(f.positive_part, x - most)


def _selu(f: Arithmetic, x: Value, e: Value) -> Value:
    scale, alpha = f.number(SELU_SCALE), f.number(SELU_ALPHA)
    return f.chosen(1 - f.each(f.positive, -x), scale * x, scale * alpha * (e - 1))


def _normal_cdf(f: Arithmetic, x: Value) -> Value:
    return f.number(Fraction(1, 2)) + f.each(lambda each: f.odd("normal_cdf", each), x)


def _sine(f: Arithmetic, x: Value) -> Value:
    return f.each(lambda each: f.odd("sin", each), x)


def _cosine(f: Arithmetic, x: Value) -> Value:
    return f.each(lambda each: f.even("cos", each), x)


def _half(f: Arithmetic, x: Value) -> Value:
    return x * f.number(Fraction(1, 2))


def _logarithm(f: Arithmetic, x: Value, base: int) -> Value:
    return _over(f, f.each(f.log, x), f.log(f.number(Fraction(base))))


def _huber(f: Arithmetic, r: Value, delta: Fraction) -> Value:
    """(r² − ((|r| − δ)₊)²)/2."""
    size = f.each(lambda each: 2 * f.positive_part(each) - each, r)
    past = f.each(f.positive_part, size - f.number(delta))
    return _half(f, r * r - past * past)


def _mean(f: Arithmetic, x: Value, axis: int | None = None) -> Value:
    return _total(x, axis) * f.number(Fraction(1, max(count(_shape(x), axis), 1)))


def _var(f: Arithmetic, x: Value, axis: int | None = None) -> Value:
    share = f.number(Fraction(1, max(count(_shape(x), axis), 1)))
    centred = f.each(f.reduced, x - _total(x, axis, keepdims=True) * share)
    return _total(f.each(f.reduced, centred * centred), axis) * share


def _norm(f: Arithmetic, x: Value, axis: int | None = None) -> Value:
    return f.each(f.root, _total(f.each(f.reduced, x * x), axis))


def _extreme(name: str) -> Exact:
    """The largest of some numbers in any order; the smallest is −max(−x)."""
    sign = -1 if name == "min" else 1

    def form(f: Arithmetic, x: Value, axis: int | None = None) -> Value:
        # The product of a 0-d array of objects is the object.
        array = np.asarray(np.asarray(x, dtype=object) * sign, dtype=object)
        rows = array.reshape(-1) if axis is None else np.moveaxis(array, axis, -1)
        result = np.empty(rows.shape[:-1], dtype=object)
        for at in np.ndindex(*result.shape):
            among = sorted({f.plain(each) for each in rows[at]})
            result[at] = f.opaque("max", *among) * sign if len(among) > 1 else sign * among[0]
        return result

    return Exact(form)


def _softmax(f: Arithmetic, e: Value, axis: int = -1) -> Value:
    return e * f.each(f.inverse, _total(e, axis, keepdims=True))


def _log_softmax(f: Arithmetic, x: Value, e: Value, axis: int = -1) -> Value:
    return x - f.each(f.log, _total(e, axis, keepdims=True))


def _logsumexp(f: Arithmetic, e: Value, axis: int | None = None) -> Value:
    return f.each(f.log, _total(e, axis))


def _power(exponent: Fraction | None) -> Exact:
    """The form of a power: with a literal exponent, or with any."""
    if exponent is not None:
        return Exact(
            lambda f, x: f.each(lambda each: f.rational_power(each, exponent), x), plain=(0,)
        )
    return Exact(lambda f, x, deep: f.each(f.symbolic_power, x, deep), deep=(1,), plain=(0,))


def _whole(values: ArrayLike) -> Objects:
    """Integral numbers as ints."""
    whole: Objects = np.frompyfunc(int, 1, 1)(np.asarray(values))
    return whole


def _array(f: Arithmetic, values: Written) -> Value:
    def numbers(part: Written) -> object:
        return [numbers(each) for each in part] if isinstance(part, tuple) else f.number(part)

    def shape(part: Written) -> Shape:
        if not isinstance(part, tuple):
            return ()
        return (len(part), *(shape(part[0]) if part else ()))

    return np.array(numbers(values), dtype=object).reshape(shape(values))


def _linspace(f: Arithmetic, low: Fraction, high: Fraction, n: int) -> Value:
    step = (high - low) / max(n - 1, 1)
    return np.array([f.number(low + step * k) for k in range(n)], dtype=object)


def _picked(f: Arithmetic, x: Value, k: Value) -> Value:
    array, rows = np.asarray(x, dtype=object), f.classes(k, _shape(x)[-1])
    return np.take_along_axis(array, np.expand_dims(rows, -1), axis=-1)[..., 0]


def _placed(f: Arithmetic, x: Value, k: Value, classes: int) -> Value:
    rows = f.classes(k, classes)
    whole = np.zeros((*np.shape(rows), classes), dtype=object)
    wide = np.broadcast_to(np.asarray(x, dtype=object), np.shape(rows))
    np.put_along_axis(whole, np.expand_dims(rows, -1), np.expand_dims(wide, -1), axis=-1)
    return whole


def _product(f: Arithmetic, x: Value, axis: int | None = None) -> Value:
    array = np.asarray(x, dtype=object)
    rows = (
        array.reshape(-1) if axis is None else np.moveaxis(array, axis_index(axis, array.shape), -1)
    )
    return _running(f, rows)


def _running(f: Arithmetic, rows: Objects) -> Value:
    """The product along the last axis."""
    result: Value = np.ones(rows.shape[:-1], dtype=object)
    for place in range(rows.shape[-1]):
        result = f.each(f.reduced, result * rows[..., place])
    return result


def _prod_except(f: Arithmetic, x: Value, order: int) -> Value:
    array = np.asarray(x, dtype=object)
    length = array.shape[-1]
    result = np.zeros(array.shape[:-1] + (length,) * order, dtype=object)
    for places in np.ndindex(*(length,) * order):
        if len(set(places)) == order:
            kept = [k for k in range(length) if k not in places]
            result[(..., *places)] = _running(f, array[..., kept])
    return result


def _sorted(f: Arithmetic, x: Value, axis: int) -> Value:
    """Opaque in the elements as a set, for each place."""
    rows = np.moveaxis(np.asarray(x, dtype=object), axis, -1)
    result = np.empty(rows.shape, dtype=object)
    for at in np.ndindex(*rows.shape[:-1]):
        among = sorted(f.plain(each) for each in rows[at])
        for place in range(rows.shape[-1]):
            result[(*at, place)] = f.opaque("sort", place, *among)
    return np.moveaxis(result, -1, axis)


def _place_of_largest(f: Arithmetic, x: Value, axis: int | None = None) -> Value:
    array = np.asarray(x, dtype=object)
    rows = array.reshape(-1) if axis is None else np.moveaxis(array, axis, -1)
    result = np.empty(rows.shape[:-1], dtype=object)
    for at in np.ndindex(*result.shape):
        result[at] = f.opaque("argmax", *map(f.plain, rows[at]))
    return result


def _put(f: Arithmetic, x: Value, k: Value, rows: int) -> Value:
    places, array = f.classes(k, rows), np.asarray(x, dtype=object)
    whole = np.zeros((rows, *array.shape[np.ndim(places) :]), dtype=object)
    for at in np.ndindex(*np.shape(places)):
        whole[places[at]] = whole[places[at]] + array[at]
    return whole


_LARGEST_MATRIX = 6
"""Rows past which a determinant is opaque: it is expanded, with as many terms as a factorial."""


def _solved(f: Arithmetic, a: Value, b: Value) -> Value:
    """adj(A) b/det A."""
    matrix, right = np.asarray(a, dtype=object), np.asarray(b, dtype=object)
    cofactors: Objects = cofactor_minors(matrix)
    adjugate = np.asarray(f.each(f.reduced, cofactors), dtype=object).T
    over = f.inverse(f.reduced(minors(matrix)))
    return f.each(f.reduced, np.matmul(adjugate, right)) * over


def _compared(form: Callable[[Arithmetic, Value, Value], Value]) -> Exact:
    return Exact(lambda f, a, b: f.each(lambda one, two: form(f, one, two), a, b))


EXACT: Mapping[str, Exact] = {
    "array": Exact(_array),
    "zeros": Exact(lambda f, shape: np.full(shape, 0, dtype=object)),
    "ones": Exact(lambda f, shape: np.full(shape, 1, dtype=object)),
    "eye": Exact(lambda f, n: _whole(np.eye(n))),
    "arange": Exact(lambda f, n: _whole(np.arange(n))),
    "linspace": Exact(_linspace),
    "add": Exact(lambda f, a, b: a + b),
    "subtract": Exact(lambda f, a, b: a - b),
    "multiply": Exact(lambda f, a, b, strong=None: a * b),
    "divide": Exact(lambda f, a, b, strong=None: _over(f, a, b)),
    "negate": Exact(lambda f, x: -x),
    "identity": Exact(lambda f, x: x),
    "carry": Exact(lambda f, x: x),
    "square": Exact(lambda f, x: x * x),
    "exp": _exponential(lambda f, e: e),
    "log": _unary("log"),
    "log_slope": _unary("inverse"),
    "sqrt": _unary("root"),
    "abs": Exact(lambda f, x: f.each(lambda a: 2 * f.positive_part(a) - a, x)),
    "sign": Exact(lambda f, x: f.each(lambda a: f.positive(a) - f.positive(-a), x)),
    "step": _unary("positive"),
    "sin": Exact(lambda f, x: _sine(f, x)),
    "cos": Exact(lambda f, x: _cosine(f, x)),
    "tanh": _exponential(lambda f, e: _over(f, e * e - 1, e * e + 1)),
    "sigmoid": _exponential(lambda f, e: _over(f, e, 1 + e)),
    "relu": _unary("positive_part"),
    "round": _unary("rounded"),
    "leaky_relu": Exact(
        lambda f, x, slope: f.number(slope) * x + f.number(1 - slope) * f.each(f.positive_part, x)
    ),
    "elu": _beside(lambda f, x, e: f.chosen(1 - f.each(f.positive, -x), x, e - 1)),
    "selu": _beside(_selu),
    "normal_cdf": Exact(_normal_cdf),
    "gelu": Exact(lambda f, x: x * _normal_cdf(f, x)),
    "silu": _beside(lambda f, x, e: x * _over(f, e, 1 + e)),
    "softplus": _exponential(lambda f, e: f.each(f.log, 1 + e)),
    "tan": Exact(lambda f, x: _over(f, _sine(f, x), _cosine(f, x))),
    "asin": Exact(lambda f, x: f.each(lambda a: f.odd("asin", a), x)),
    "acos": Exact(lambda f, x: f.each(lambda a: f.opaque("acos", a), x)),
    "atan": Exact(lambda f, x: f.each(lambda a: f.odd("atan", a), x)),
    "sinh": _exponential(lambda f, e: _half(f, e - f.each(f.inverse, e))),
    "cosh": _exponential(lambda f, e: _half(f, e + f.each(f.inverse, e))),
    "log1p": Exact(lambda f, x: f.each(f.log, 1 + x)),
    "expm1": _exponential(lambda f, e: e - 1),
    "log2": Exact(lambda f, x: _logarithm(f, x, 2)),
    "log10": Exact(lambda f, x: _logarithm(f, x, 10)),
    "erf": Exact(lambda f, x: f.each(lambda a: f.odd("erf", a), x)),
    "atan2": Exact(lambda f, y, x: f.each(lambda a, b: f.opaque("atan2", a, b), y, x)),
    "logaddexp": Exact(
        lambda f, a, b: f.each(f.log, f.each(f.exp, a) + f.each(f.exp, b)), deep=(0, 1), plain=()
    ),
    "softsign": Exact(
        lambda f, x: _over(f, x, 1 + f.each(lambda a: 2 * f.positive_part(a) - a, x))
    ),
    "hardsigmoid": Exact(
        lambda f, x: _clipped(f, x + 3, Fraction(0), Fraction(6)) * f.number(Fraction(1, 6))
    ),
    "huber": Exact(_huber),
    "hardtanh": Exact(lambda f, x: _clipped(f, x, Fraction(-1), Fraction(1))),
    "clip": Exact(_clipped),
    "less": _compared(lambda f, a, b: f.positive(b - a)),
    "less_equal": _compared(lambda f, a, b: 1 - f.positive(a - b)),
    "greater": _compared(lambda f, a, b: f.positive(a - b)),
    "greater_equal": _compared(lambda f, a, b: 1 - f.positive(b - a)),
    "equal": _compared(lambda f, a, b: f.zero(a - b)),
    "not_equal": _compared(lambda f, a, b: 1 - f.zero(a - b)),
    "where": Exact(lambda f, c, a, b: f.chosen(f.each(f.truth, c), a, b)),
    "guard": Exact(lambda f, c, a: f.guarded(c, a)),
    "maximum": _compared(lambda f, a, b: b + f.positive_part(a - b)),
    "minimum": _compared(lambda f, a, b: b - f.positive_part(b - a)),
    "mean": Exact(_mean),
    "max": _extreme("max"),
    "min": _extreme("min"),
    "prod": Exact(_product),
    "prod_except": Exact(_prod_except),
    "norm": Exact(_norm),
    "var": Exact(_var),
    "std": Exact(lambda f, x, axis=None: f.each(f.root, _var(f, x, axis))),
    "cumsum": Exact(lambda f, x, axis: np.cumsum(np.asarray(x, dtype=object), axis=axis)),
    "stop_gradient": Exact(lambda f, x: x),
    "sort": Exact(_sorted),
    "argmax": Exact(_place_of_largest),
    "take": Exact(lambda f, x, k: np.asarray(x, dtype=object)[f.classes(k, _shape(x)[0])]),
    "put": Exact(_put),
    "det": Exact(lambda f, x: f.reduced(minors(np.asarray(x, dtype=object)))),
    "cofactors": Exact(
        lambda f, x: f.each(f.reduced, cofactor_minors(np.asarray(x, dtype=object)))
    ),
    "logdet": Exact(lambda f, x: f.log(f.reduced(minors(np.asarray(x, dtype=object))))),
    "solve": Exact(_solved),
    "logsumexp": _exponential(_logsumexp),
    "matmul": Exact(lambda f, a, b, strong=None: np.matmul(a, b)),
    "outer": Exact(lambda f, a, b, strong=None: np.multiply.outer(a, b)),
    "softmax": _exponential(_softmax),
    "log_softmax": _beside(_log_softmax),
    "pick": Exact(_picked),
    "place": Exact(_placed),
    "times_log": Exact(lambda f, y, p: y * f.each(f.log, p)),
    "mask": Exact(lambda f, **params: _whole(TABLE["mask"].numpy(**params))),
}
"""Forms by the name of the row; `power` has one of its own."""

MOVES: frozenset[str] = frozenset(
    {
        *("sum", "expand", "sum_to", "broadcast_to", "dot", "reshape", "transpose", "swap_last"),
        *("move_axis", "index", "scatter", "concat", "stack", "patches", "unpatches"),
        *("conv_weight", "conv_input"),
    }
)
"""Rows whose NumPy form only moves, adds and multiplies elements: it is also their exact form."""

_SQUARE = frozenset({"det", "cofactors", "logdet", "solve"})
"""Rows that expand a determinant."""

FAITHFUL: frozenset[str] = MOVES | frozenset(
    {
        *("leaf", "constant", "array", "zeros", "ones", "eye", "arange", "linspace", "mask"),
        *("add", "subtract", "multiply", "divide", "negate", "identity", "carry", "square"),
        *(
            "exp",
            "expm1",
            "sinh",
            "cosh",
            "tanh",
            "sigmoid",
            "silu",
            "softmax",
            "mean",
            "var",
            "prod",
            "prod_except",
        ),
        *("matmul", "outer", "pick", "place", "cumsum", "take", "put", "det", "cofactors", "solve"),
    }
)
"""Rows that are exact everywhere: what is 0 in a whole region is 0 here, not opaque.

A power is one if its exponent is an integer.
"""


def exact_of(node: Node, number: Fraction | None) -> Exact | None:
    """The form of a node; None if it is opaque. `number` is its last input, if a literal."""
    if node.op == "power":
        return _power(number)
    if node.op == "constant":
        return EXACT["identity"]
    if node.op in _SQUARE and node.inputs[0].shape[-1] > _LARGEST_MATRIX:
        return None
    if node.op in MOVES:
        row = TABLE[node.op]
        return Exact(lambda f, *arrays, **params: row.numpy(*map(_boxed, arrays), **params))
    return EXACT.get(node.op)


def is_faithful(node: Node, number: Fraction | None) -> bool:
    """Whether a node's form keeps all that is known of its inputs."""
    if node.op == "power":
        return number is not None and number.denominator == 1
    return node.op in FAITHFUL


def is_convention(node: Node) -> bool:
    """Whether a node chooses by the condition of a convention."""
    return node.op == "guard"


def number_of(operand: Operand, meant: Callable[[Node], Node]) -> Fraction | None:
    """The number that an operand is, with or without a sign; None for anything else.

    `meant` maps a node to the node that it stands for.
    """
    sign = 1
    while isinstance(operand, Node):
        node = meant(operand)
        if node.op not in ("constant", "identity", "negate"):
            return None
        sign = -sign if node.op == "negate" else sign
        operand = node.inputs[0]
    return None if operand.symbol is not None else sign * operand.value


def _boxed(value: Value) -> Objects:
    """A number as a 0-d array, which NumPy treats as the object that it is."""
    if isinstance(value, np.ndarray):
        return value
    found = np.empty((), dtype=object)
    found[()] = value
    return found
