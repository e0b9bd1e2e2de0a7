"""Layers built from rows: dense, convolution, pooling, recurrent cells, attention, normalising.

Layouts are PyTorch's. Those that own parameters ask `make.own` for them; the same formulas serve
the forms whose parameters are passed.
"""

from __future__ import annotations

from fractions import Fraction
from math import isqrt, prod

from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import Shape, ShapeError, spell
from backstep.ops.factories import LayerFactory, NodeFactory, spread


def softmax(make: NodeFactory, x: Operand, axis: int = -1, temperature: Operand | int = 1) -> Node:
    """softmax(x / temperature); a temperature of 1 is left out."""
    unit = temperature == 1 or (isinstance(temperature, Literal) and temperature.value == 1)
    return make("softmax", x if unit else make("divide", x, temperature), axis=axis)


def one_hot(make: NodeFactory, k: Operand, n: int) -> Node:
    """Zeros with a 1 at the class number, of `n` classes; for several numbers a row each."""
    if n < 1:
        raise ShapeError("'one_hot' needs 1 class or more")
    return make("place", 1, k, classes=n)


def _affine(make: NodeFactory, x: Operand, weights: Operand) -> Node:
    """W x for a vector, X Wᵀ for rows; W has a row for each unit."""
    if len(x.shape) == 1:
        return make("matmul", weights, x)
    return make("matmul", x, make("transpose", weights))


def _vector_or_rows(name: str, x: Operand) -> int:
    if len(x.shape) not in (1, 2):
        raise ShapeError(f"'{name}' takes a vector or rows of a batch, not {spell(x.shape)}")
    return x.shape[-1]


def dense(make: LayerFactory, x: Operand, units: int, init: str = "xavier") -> Node:
    """W x + b with W of units × inputs; for a batch of rows X Wᵀ + b."""
    inputs = _vector_or_rows("dense", x)
    weights = make.own("W", (units, inputs), init)
    return make("add", _affine(make, x, weights), make.own("b", (units,), "zeros"))


def _convolve(
    make: NodeFactory, x: Operand, kernels: Operand, bias: Operand, stride: int, padding: int
) -> Node:
    """Cross-correlation of (…, channels, lengths…) with kernels (filters, channels, sizes…)."""
    axes = len(kernels.shape) - 2
    filters, channels, *size = kernels.shape
    if x.shape[-axes - 1 : -axes] != (channels,) or len(x.shape) > axes + 2:
        layout = "channels, length" if axes == 1 else "channels, height, width"
        raise ShapeError(
            f"'conv{axes}d' needs ({layout}), or a batch of them, with {channels} channels as the "
            f"kernels ({spell(kernels.shape)}) have; x is {spell(x.shape)}"
        )
    cut = make("patches", x, size=tuple(size), stride=stride, padding=padding)
    lead, counts = cut.shape[: -axes - 2], cut.shape[-axes - 1 : -1]
    # (…, channels, counts…, size) → (…, counts, channels·size): one row for each window.
    flat = make("reshape", cut, shape=(*lead, channels, prod(counts), prod(size)))
    windows = make("move_axis", flat, source=-3, target=-2)
    rows = make("reshape", windows, shape=(*lead, prod(counts), channels * prod(size)))
    columns = make("transpose", make("reshape", kernels, shape=(filters, channels * prod(size))))
    sums = make("matmul", rows, columns)
    if not (isinstance(bias, Literal) and bias.value == 0):
        sums = make("add", sums, bias)
    images = make("swap_last", sums)
    return make("reshape", images, shape=(*lead, filters, *counts))


def convolution(axes: int, name: str):  # type: ignore[no-untyped-def]
    """`conv1d` or `conv2d`: with kernels passed, or with `filters=` and `kernel=` of its own."""

    def build(
        make: LayerFactory,
        x: Operand,
        K: Operand | None = None,
        b: Operand | None = None,
        stride: int = 1,
        padding: int = 0,
        filters: int | None = None,
        kernel: int | None = None,
    ) -> Node:
        if K is None:
            if filters is None or kernel is None:
                raise ShapeError(f"'{name}' needs kernels, or filters= and kernel= by name")
            if len(x.shape) <= axes:
                raise ShapeError(f"'{name}' needs channels before the lengths: {spell(x.shape)}")
            shape = (filters, x.shape[-axes - 1], *(kernel,) * axes)
            own_kernels = make.own("W", shape, "xavier")
            bias: Operand = make.own("b", (filters,), "zeros")
            return _convolve(make, x, own_kernels, bias, stride, padding)
        if filters is not None or kernel is not None:
            raise ShapeError(f"'{name}' takes kernels, or filters= and kernel=, not both")
        if not K.shape:
            raise ShapeError(
                f"'{name}' needs kernels here; their number and size are given by name: "
                f"{name}(x, filters=4, kernel=3)"
            )
        if len(K.shape) != axes + 2:
            sizes = "length" if axes == 1 else "height, width"
            raise ShapeError(
                f"'{name}' needs kernels of shape (filters, channels, {sizes}), "
                f"not {spell(K.shape)}"
            )
        given = Literal(Fraction(0)) if b is None else b
        return _convolve(make, x, K, given, stride, padding)

    return build


def pooling(axes: int, reduction: str):  # type: ignore[no-untyped-def]
    """`max_pool` or `avg_pool` over `axes` axes; the stride defaults to the size."""

    def build(make: NodeFactory, x: Operand, size: int, stride: int | None = None) -> Node:
        step = size if stride is None else stride
        cut = make("patches", x, size=(size,) * axes, stride=step, padding=0)
        return make(reduction, cut, axis=-1)

    return build


def rnn_cell(
    make: LayerFactory,
    x: Operand,
    h: Operand,
    W_x: Operand | None = None,
    W_h: Operand | None = None,
    b: Operand | None = None,
) -> Node:
    """tanh(W_x x + W_h h + b)."""
    inputs, units = _vector_or_rows("rnn_cell", x), _vector_or_rows("rnn_cell", h)
    if W_x is None or W_h is None or b is None:
        W_x = make.own("W_x", (units, inputs), "xavier")
        W_h = make.own("W_h", (units, units), "xavier")
        b = make.own("b", (units,), "zeros")
    return make("tanh", _recurrent(make, x, h, W_x, W_h, b))


def _recurrent(
    make: NodeFactory, x: Operand, h: Operand, W_x: Operand, W_h: Operand, b: Operand
) -> Node:
    return make("add", make("add", _affine(make, x, W_x), _affine(make, h, W_h)), b)


def lstm_cell(
    make: LayerFactory,
    x: Operand,
    h: Operand,
    c: Operand,
    W_x: Operand | None = None,
    W_h: Operand | None = None,
    b: Operand | None = None,
) -> tuple[Node, Node]:
    """(h, c) after one step; the gates i, f, g, o are stacked in that order in W_x, W_h and b."""
    inputs, units = _vector_or_rows("lstm_cell", x), _vector_or_rows("lstm_cell", h)
    if W_x is None or W_h is None or b is None:
        W_x = make.own("W_x", (4 * units, inputs), "xavier")
        W_h = make.own("W_h", (4 * units, units), "xavier")
        b = make.own("b", (4 * units,), "zeros")
    gates = _recurrent(make, x, h, W_x, W_h, b)
    if gates.shape[-1] != 4 * units:
        raise ShapeError(
            f"'lstm_cell' needs four gates of {units} stacked in its weights, "
            f"not {gates.shape[-1]} rows"
        )

    def gate(number: int, function: str) -> Node:
        part: tuple[int, int, int] = (number * units, (number + 1) * units, 1)
        rows: tuple[tuple[int, int, int], ...] = tuple((0, n, 1) for n in gates.shape[:-1])
        return make(function, make("index", gates, key=(*rows, part)))

    keep = make("multiply", gate(1, "sigmoid"), c)
    write = make("multiply", gate(0, "sigmoid"), gate(2, "tanh"))
    cell = make("add", keep, write)
    return make("multiply", gate(3, "sigmoid"), make("tanh", cell)), cell


def attention(make: NodeFactory, Q: Operand, K: Operand, V: Operand) -> Node:
    """softmax(Q Kᵀ / √d) V; rows are positions, d is the width of a row of Q."""
    for name, matrix in (("Q", Q), ("K", K), ("V", V)):
        if len(matrix.shape) < 2:
            raise ShapeError(
                f"'attention' needs matrices, a row a position; {name} is {spell(matrix.shape)}"
            )
    scores = make("matmul", Q, make("swap_last", K))
    width = Q.shape[-1]
    root = isqrt(width)
    scale: Operand = (
        Literal(Fraction(root)) if root * root == width else make("sqrt", Literal(Fraction(width)))
    )
    return make("matmul", make("softmax", make("divide", scores, scale), axis=-1), V)


def self_attention(make: LayerFactory, X: Operand, width: int) -> Node:
    """Self-attention of the rows of X, with W_q, W_k, W_v of width × inputs."""
    if len(X.shape) < 2:
        raise ShapeError(f"'self_attention' needs rows, a position each, not {spell(X.shape)}")
    shape = (width, X.shape[-1])
    parts = [
        make("matmul", X, make("transpose", make.own(name, shape, "xavier")))
        for name in ("W_q", "W_k", "W_v")
    ]
    return attention(make, *parts)


def _normalise(make: NodeFactory, x: Node | Operand, axis: int, eps: Fraction) -> Node:
    mean = spread(make, make("mean", x, axis=axis), x.shape, axis)
    variance = make("var", x, axis=axis)
    deviation = make("sqrt", make("add", variance, Literal(eps)))
    return make("divide", make("subtract", x, mean), spread(make, deviation, x.shape, axis))


def _scaled(make: NodeFactory, x: Node, gain: Operand, bias: Operand) -> Node:
    return make("add", make("multiply", x, gain), bias)


EPS = Fraction(1, 100_000)


def layer_norm(
    make: NodeFactory, x: Operand, gain: Operand, bias: Operand, eps: Fraction = EPS
) -> Node:
    """(x − mean)/√(var + eps)·gain + bias, over the last axis."""
    if not x.shape:
        raise ShapeError("'layer_norm' needs a vector or rows, not a scalar")
    return _scaled(make, _normalise(make, x, -1, eps), gain, bias)


def batch_norm(
    make: NodeFactory, x: Operand, gain: Operand, bias: Operand, eps: Fraction = EPS
) -> Node:
    """Batch normalisation: each feature over the batch, with the batch's own biased variance.

    Features are the last axis of rows (batch, features), the channels of signals (batch, channels,
    length) and of images (batch, channels, height, width).
    """
    if len(x.shape) == 2:
        return _scaled(make, _normalise(make, x, 0, eps), gain, bias)
    if len(x.shape) not in (3, 4):
        raise ShapeError(
            "'batch_norm' needs rows (batch, features), signals (batch, channels, length) or "
            f"images (batch, channels, height, width), not {spell(x.shape)}"
        )
    last = make("move_axis", x, source=1, target=-1)
    rows_shape: Shape = (prod(last.shape[:-1]), last.shape[-1])
    rows = make("reshape", last, shape=rows_shape)
    done = _scaled(make, _normalise(make, rows, 0, eps), gain, bias)
    return make("move_axis", make("reshape", done, shape=last.shape), source=-1, target=1)


def dropout(make: LayerFactory, x: Operand, p: Fraction) -> Node:
    """Each element kept with probability 1 − p and scaled by 1/(1 − p), else 0."""
    if not 0 <= p < 1:
        raise ShapeError("'dropout' needs a probability from 0 up to, not including, 1")
    kept = make("multiply", x, make.mask(p, x.shape))
    return make("divide", kept, Literal(1 - p)) if p else kept
