"""Layers built from rows: dense, convolution, pooling, recurrent cells, attention, normalising.

Layouts are PyTorch's. Those that own parameters ask `make.own` for them; the same formulas serve
the forms whose parameters are passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt, prod

from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import Shape, ShapeError, spell
from backstep.ops.factories import LayerFactory, NodeFactory, spread
from backstep.ops.values import INFINITY_LITERAL


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


@dataclass(frozen=True, slots=True)
class _Windows:
    """How windows are cut: steps between them, zeros around, steps inside, parts of channels."""

    stride: int = 1
    padding: int = 0
    dilation: int = 1
    groups: int = 1

    def wide(self, size: Shape) -> Shape:
        """The lengths that a kernel of this size reaches over."""
        return tuple((length - 1) * self.dilation + 1 for length in size)

    def inside(self, size: Shape) -> tuple[tuple[int, int, int], ...]:
        """The index of a kernel's elements in what it reaches over."""
        return tuple((0, length, self.dilation) for length in self.wide(size))

    def check(self, name: str) -> None:
        """Raises ShapeError if they are no whole numbers from 1."""
        if self.dilation < 1 or self.groups < 1:
            raise ShapeError(f"'{name}' needs a dilation and groups of 1 or more")


def _convolve(
    make: NodeFactory, x: Operand, kernels: Operand, bias: Operand, cut: _Windows
) -> Node:
    """Cross-correlation of (…, channels, lengths…) with kernels (filters, channels, sizes…)."""
    axes = len(kernels.shape) - 2
    filters, channels = kernels.shape[:2]
    groups = cut.groups
    cut.check(f"conv{axes}d")
    if x.shape[-axes - 1 : -axes] != (channels * groups,) or len(x.shape) > axes + 2:
        layout = "channels, length" if axes == 1 else "channels, height, width"
        each = "" if groups == 1 else f" in each of {groups} groups"
        raise ShapeError(
            f"'conv{axes}d' needs ({layout}), or a batch of them, with {channels} channels{each} "
            f"as the kernels ({spell(kernels.shape)}) have; x is {spell(x.shape)}"
        )
    if filters % groups:
        raise ShapeError(f"'conv{axes}d' can't divide {filters} filters into {groups} groups")
    if groups == 1:
        return _correlate(make, x, kernels, bias, cut)
    # Channels are the axis before the lengths; filters are the kernels' first.
    place, each_filters = len(x.shape) - axes - 1, filters // groups
    parts = [
        _correlate(
            make,
            _part(make, x, place, part, channels),
            _part(make, kernels, 0, part, each_filters),
            _part(make, bias, 0, part, each_filters) if bias.shape else bias,
            cut,
        )
        for part in range(groups)
    ]
    return make("concat", *parts, axis=place)


def _part(make: NodeFactory, x: Operand, axis: int, part: int, length: int) -> Node:
    """The part of an axis that one group has."""
    before = tuple((0, each, 1) for each in x.shape[:axis])
    return make("index", x, key=(*before, (part * length, (part + 1) * length, 1)))


def _by_channel(make: NodeFactory, x: Operand, axes: int) -> Operand:
    """A value a channel, with axes of length 1 for the lengths behind; a scalar as it is."""
    return make("reshape", x, shape=(*x.shape, *(1,) * axes)) if x.shape else x


def _correlate(
    make: NodeFactory, x: Operand, kernels: Operand, bias: Operand, cut: _Windows
) -> Node:
    axes = len(kernels.shape) - 2
    filters, channels, *size = kernels.shape
    patches = _patches(make, x, tuple(size), cut)
    lead, counts = patches.shape[: -axes - 2], patches.shape[-axes - 1 : -1]
    # (…, channels, counts…, size) → (…, counts, channels·size): one row for each window.
    flat = make("reshape", patches, shape=(*lead, channels, prod(counts), prod(size)))
    windows = make("move_axis", flat, source=-3, target=-2)
    rows = make("reshape", windows, shape=(*lead, prod(counts), channels * prod(size)))
    columns = make("transpose", make("reshape", kernels, shape=(filters, channels * prod(size))))
    sums = make("matmul", rows, columns)
    if not (isinstance(bias, Literal) and bias.value == 0):
        sums = make("add", sums, bias)
    images = make("swap_last", sums)
    return make("reshape", images, shape=(*lead, filters, *counts))


def _patches(make: NodeFactory, x: Operand, size: Shape, cut: _Windows) -> Node:
    """The windows of x as rows of the elements that a kernel meets."""
    wide = cut.wide(size)
    patches = make("patches", x, size=wide, stride=cut.stride, padding=cut.padding)
    if cut.dilation == 1:
        return patches
    lead = patches.shape[:-1]
    whole = make("reshape", patches, shape=(*lead, *wide))
    key = (*((0, length, 1) for length in lead), *cut.inside(size))
    return make("reshape", make("index", whole, key=key), shape=(*lead, prod(size)))


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
        dilation: int = 1,
        groups: int = 1,
    ) -> Node:
        cut = _Windows(stride, padding, dilation, groups)
        if K is None:
            if filters is None or kernel is None:
                raise ShapeError(f"'{name}' needs kernels, or filters= and kernel= by name")
            if len(x.shape) <= axes:
                raise ShapeError(f"'{name}' needs channels before the lengths: {spell(x.shape)}")
            channels = _divided(name, x.shape[-axes - 1], groups)
            own_kernels = make.own("W", (filters, channels, *(kernel,) * axes), "xavier")
            bias: Operand = make.own("b", (filters,), "zeros")
            return _convolve(make, x, own_kernels, bias, cut)
        _given_kernels(name, axes, K, filters, kernel)
        given = Literal(Fraction(0)) if b is None else b
        return _convolve(make, x, K, given, cut)

    return build


def _divided(name: str, channels: int, groups: int) -> int:
    """The channels of one group."""
    if groups < 1 or channels % groups:
        raise ShapeError(f"'{name}' can't divide {channels} channels into {groups} groups")
    return channels // groups


def _given_kernels(
    name: str, axes: int, K: Operand, filters: int | None, kernel: int | None
) -> None:
    """Raises ShapeError if kernels are passed in another way than a convolution takes them."""
    if filters is not None or kernel is not None:
        raise ShapeError(f"'{name}' takes kernels, or filters= and kernel=, not both")
    if not K.shape:
        raise ShapeError(
            f"'{name}' needs kernels here; their number and size are given by name: "
            f"{name}(x, filters=4, kernel=3)"
        )
    if len(K.shape) != axes + 2:
        sizes = "length" if axes == 1 else "height, width"
        first = "channels, filters" if name.startswith("conv_transpose") else "filters, channels"
        raise ShapeError(
            f"'{name}' needs kernels of shape ({first}, {sizes}), not {spell(K.shape)}"
        )


def conv_transpose2d(
    make: LayerFactory,
    x: Operand,
    K: Operand | None = None,
    b: Operand | None = None,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    groups: int = 1,
    dilation: int = 1,
    filters: int | None = None,
    kernel: int | None = None,
) -> Node:
    """Each element times a kernel, added up where it came from: what `conv2d` sends back.

    Kernels are (channels, filters, height, width), as PyTorch's.
    """
    name = "conv_transpose2d"
    cut = _Windows(stride, padding, dilation, groups)
    cut.check(name)
    if not 3 <= len(x.shape) <= 4:
        raise ShapeError(
            f"'{name}' needs (channels, height, width), or a batch of them, not {spell(x.shape)}"
        )
    bias: Operand | None = b
    if K is None:
        if filters is None or kernel is None:
            raise ShapeError(f"'{name}' needs kernels, or filters= and kernel= by name")
        shape = (x.shape[-3], _divided(name, filters, groups), kernel, kernel)
        K = make.own("W", shape, "xavier")
        bias = make.own("b", (filters,), "zeros")
    else:
        _given_kernels(name, 2, K, filters, kernel)
    channels = _divided(name, x.shape[-3], groups)
    if K.shape[0] != channels * groups:
        raise ShapeError(
            f"'{name}' needs as many channels as the kernels ({spell(K.shape)}) have, "
            f"{K.shape[0]}; x is {spell(x.shape)}"
        )
    if not 0 <= output_padding < max(stride, dilation):
        raise ShapeError(f"'{name}' needs an output_padding below its stride")
    place = len(x.shape) - 3
    parts = [
        _spread_out(
            make,
            x if groups == 1 else _part(make, x, place, part, channels),
            K if groups == 1 else _part(make, K, 0, part, channels),
            cut,
            output_padding,
        )
        for part in range(groups)
    ]
    images = parts[0] if groups == 1 else make("concat", *parts, axis=place)
    return images if bias is None else make("add", images, _by_channel(make, bias, 2))


def _spread_out(make: NodeFactory, x: Operand, kernels: Operand, cut: _Windows, more: int) -> Node:
    channels, filters, *size = kernels.shape
    wide = cut.wide(tuple(size))
    if cut.dilation > 1:
        key = ((0, channels, 1), (0, filters, 1), *cut.inside(tuple(size)))
        kernels = make("scatter", kernels, key=key, shape=(channels, filters, *wide))
    lead, counts = x.shape[:-3], x.shape[-2:]
    lengths = tuple(
        (count - 1) * cut.stride - 2 * cut.padding + length + more
        for count, length in zip(counts, wide, strict=True)
    )
    if min(lengths) < 1:
        raise ShapeError("'conv_transpose2d' would have no element: its padding is too wide")
    columns = make("reshape", x, shape=(*lead, channels, prod(counts)))
    rows = make("swap_last", columns)
    flat = make("reshape", kernels, shape=(channels, filters * prod(wide)))
    made = make("matmul", rows, flat)
    split = make("reshape", made, shape=(*lead, *counts, filters, prod(wide)))
    windows = make("move_axis", split, source=-2, target=-4)
    return make(
        "unpatches",
        windows,
        shape=(*lead, filters, *lengths),
        size=wide,
        stride=cut.stride,
        padding=cut.padding,
    )


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


def gru_cell(
    make: LayerFactory,
    x: Operand,
    h: Operand,
    W_x: Operand | None = None,
    W_h: Operand | None = None,
    b_x: Operand | None = None,
    b_h: Operand | None = None,
) -> Node:
    """(1 − z) n + z h; the gates r, z, n are stacked in that order, as PyTorch's are.

    r and z are σ(W_x x + b_x + W_h h + b_h), and n is tanh(W_x x + b_x + r (W_h h + b_h)).
    """
    inputs, units = _vector_or_rows("gru_cell", x), _vector_or_rows("gru_cell", h)
    if W_x is None or W_h is None or b_x is None or b_h is None:
        W_x = make.own("W_x", (3 * units, inputs), "xavier")
        W_h = make.own("W_h", (3 * units, units), "xavier")
        b_x = make.own("b_x", (3 * units,), "zeros")
        b_h = make.own("b_h", (3 * units,), "zeros")
    came = make("add", _affine(make, x, W_x), b_x)
    held = make("add", _affine(make, h, W_h), b_h)
    for part in (came, held):
        if part.shape[-1] != 3 * units:
            raise ShapeError(
                f"'gru_cell' needs three gates of {units} stacked in its weights, "
                f"not {part.shape[-1]} rows"
            )

    def gate(whole: Node, number: int) -> Node:
        part: tuple[int, int, int] = (number * units, (number + 1) * units, 1)
        return make("index", whole, key=(*((0, n, 1) for n in whole.shape[:-1]), part))

    r = make("sigmoid", make("add", gate(came, 0), gate(held, 0)))
    z = make("sigmoid", make("add", gate(came, 1), gate(held, 1)))
    n = make("tanh", make("add", gate(came, 2), make("multiply", r, gate(held, 2))))
    new = make("multiply", make("subtract", 1, z), n)
    return make("add", new, make("multiply", z, h))


def attention(
    make: NodeFactory,
    Q: Operand,
    K: Operand,
    V: Operand,
    causal: bool = False,
    mask: Operand | None = None,
) -> Node:
    """softmax(Q Kᵀ / √d) V; rows are positions, d is the width of a row of Q.

    `causal`: a position attends to itself and those before. A mask that is a comparison keeps the
    scores where it holds; any other is added to them.
    """
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
    scores = make("divide", scores, scale)
    if mask is not None:
        if isinstance(mask, Node) and mask.op in COMPARISONS:
            scores = make("where", mask, scores, make("negate", INFINITY_LITERAL))
        else:
            scores = make("add", scores, mask)
    if causal:
        until = make("reshape", make("arange", n=scores.shape[-2]), shape=(scores.shape[-2], 1))
        holds = make("less_equal", make("arange", n=scores.shape[-1]), until)
        scores = make("where", holds, scores, make("negate", INFINITY_LITERAL))
    return make("matmul", make("softmax", scores, axis=-1), V)


COMPARISONS = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")


def self_attention(
    make: LayerFactory,
    X: Operand,
    width: int,
    causal: bool = False,
    mask: Operand | None = None,
) -> Node:
    """Self-attention of the rows of X, with W_q, W_k, W_v of width × inputs."""
    if len(X.shape) < 2:
        raise ShapeError(f"'self_attention' needs rows, a position each, not {spell(X.shape)}")
    shape = (width, X.shape[-1])
    Q, K, V = (
        make("matmul", X, make("transpose", make.own(name, shape, "xavier")))
        for name in ("W_q", "W_k", "W_v")
    )
    return attention(make, Q, K, V, causal, mask)


def multi_head_attention(
    make: LayerFactory,
    X: Operand,
    heads: int,
    causal: bool = False,
    mask: Operand | None = None,
) -> Node:
    """Self-attention by parts of the width, a head each, joined and multiplied by W_o.

    W_q, W_k, W_v and W_o are width × width, and X is multiplied by their transposes.
    """
    if not 2 <= len(X.shape) <= 3:
        raise ShapeError(
            f"'multi_head_attention' needs rows, a position each, or a batch, not {spell(X.shape)}"
        )
    *lead, positions, width = X.shape
    if heads < 1 or width % heads:
        raise ShapeError(f"'multi_head_attention' can't divide a width of {width} by {heads} heads")

    def projected(x: Operand, name: str) -> Node:
        return make("matmul", x, make("transpose", make.own(name, (width, width), "xavier")))

    split = (*lead, positions, heads, width // heads)
    Q, K, V = (
        make("move_axis", make("reshape", projected(X, name), shape=split), source=-2, target=-3)
        for name in ("W_q", "W_k", "W_v")
    )
    each = attention(make, Q, K, V, causal, mask)
    joined = make("move_axis", each, source=-3, target=-2)
    return projected(make("reshape", joined, shape=(*lead, positions, width)), "W_o")


def embedding(make: LayerFactory, ids: Operand, count: int, width: int) -> Node:
    """The rows of W, which is count × width, with these numbers."""
    return make("take", make.own("W", (count, width), "normal"), ids)


def _normalise(make: NodeFactory, x: Node | Operand, axis: int, eps: Fraction) -> Node:
    mean = spread(make, make("mean", x, axis=axis), x.shape, axis)
    variance = make("var", x, axis=axis)
    deviation = make("sqrt", make("add", variance, Literal(eps)))
    return make("divide", make("subtract", x, mean), spread(make, deviation, x.shape, axis))


def _scaled(make: NodeFactory, x: Node, gain: Operand, bias: Operand) -> Node:
    return make("add", make("multiply", x, gain), bias)


EPS = Fraction(1, 100_000)


def _owned(
    make: LayerFactory, gain: Operand | None, bias: Operand | None, features: int
) -> tuple[Operand, Operand]:
    """Gain and bias, of the layer where they are left out: ones and zeros at first."""
    gain = make.own("gain", (features,), "ones") if gain is None else gain
    bias = make.own("bias", (features,), "zeros") if bias is None else bias
    return gain, bias


def layer_norm(
    make: LayerFactory,
    x: Operand,
    gain: Operand | None = None,
    bias: Operand | None = None,
    eps: Fraction = EPS,
) -> Node:
    """(x − mean)/√(var + eps)·gain + bias, over the last axis."""
    if not x.shape:
        raise ShapeError("'layer_norm' needs a vector or rows, not a scalar")
    normal = _normalise(make, x, -1, eps)
    return _scaled(make, normal, *_owned(make, gain, bias, x.shape[-1]))


def batch_norm(
    make: LayerFactory,
    x: Operand,
    gain: Operand | None = None,
    bias: Operand | None = None,
    eps: Fraction = EPS,
) -> Node:
    """Batch normalisation: each feature over the batch, with the batch's own biased variance.

    Features are the last axis of rows (batch, features), the channels of signals (batch, channels,
    length) and of images (batch, channels, height, width).
    """
    if len(x.shape) not in (2, 3, 4):
        raise ShapeError(
            "'batch_norm' needs rows (batch, features), signals (batch, channels, length) or "
            f"images (batch, channels, height, width), not {spell(x.shape)}"
        )
    gain, bias = _owned(make, gain, bias, x.shape[1])
    if len(x.shape) == 2:
        return _scaled(make, _normalise(make, x, 0, eps), gain, bias)
    last = make("move_axis", x, source=1, target=-1)
    rows_shape: Shape = (prod(last.shape[:-1]), last.shape[-1])
    rows = make("reshape", last, shape=rows_shape)
    done = _scaled(make, _normalise(make, rows, 0, eps), gain, bias)
    return make("move_axis", make("reshape", done, shape=last.shape), source=-1, target=1)


def group_norm(
    make: LayerFactory,
    x: Operand,
    groups: int,
    gain: Operand | None = None,
    bias: Operand | None = None,
    eps: Fraction = EPS,
) -> Node:
    """Mean 0 and variance 1 over each group of channels of a case, then gain and bias a channel.

    x is (batch, channels, …), as PyTorch's is.
    """
    if len(x.shape) < 2:
        raise ShapeError(f"'group_norm' needs (batch, channels, …), not {spell(x.shape)}")
    batch, channels, *rest = x.shape
    each = _divided("group_norm", channels, groups)
    gain, bias = _owned(make, gain, bias, channels)
    parts = make("reshape", x, shape=(batch, groups, each * prod(rest)))
    normal = make("reshape", _normalise(make, parts, -1, eps), shape=x.shape)
    axes = len(rest)
    return _scaled(make, normal, _by_channel(make, gain, axes), _by_channel(make, bias, axes))


def rms_norm(
    make: LayerFactory, x: Operand, gain: Operand | None = None, eps: Fraction = Fraction(0)
) -> Node:
    """x/√(mean of squares + eps)·gain, over the last axis; Zhang and Sennrich (2019)."""
    if not x.shape:
        raise ShapeError("'rms_norm' needs a vector or rows, not a scalar")
    gain = make.own("gain", x.shape[-1:], "ones") if gain is None else gain
    squares = make("mean", make("power", x, 2), axis=-1)
    root = make("sqrt", squares if eps == 0 else make("add", squares, Literal(eps)))
    return make("multiply", make("divide", x, spread(make, root, x.shape, -1)), gain)


def dropout(make: LayerFactory, x: Operand, p: Fraction) -> Node:
    """Each element kept with probability 1 − p and scaled by 1/(1 − p), else 0."""
    if not 0 <= p < 1:
        raise ShapeError("'dropout' needs a probability from 0 up to, not including, 1")
    kept = make("multiply", x, make.mask(p, x.shape))
    return make("divide", kept, Literal(1 - p)) if p else kept
