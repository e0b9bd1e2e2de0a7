"""PyTorch's own operations, as torch.export writes them, in the words of the language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod, sqrt

from backstep.importers.formulas import Formulas, Unwritable, Value
from backstep.importers.networks.aten_moves import (
    axis_of,
    embedded,
    expanded,
    filled,
    first,
    flattened,
    full,
    item,
    joined,
    parts,
    permuted,
    same,
    selected,
    shaped,
    sliced,
    squeezed,
    transposed,
    unflattened,
    unsqueezed,
)
from backstep.importers.networks.definition_writer import Given, Rule
from backstep.importers.python.formula_text import read_formula
from backstep.lang.diagnostics.fixes.foreign_formulas import FORMULAS
from backstep.lang.diagnostics.fixes.foreign_names import RENAMED
from backstep.ops import FUNCTIONS

_LOSSES = {0: "none", 1: "mean", 2: "sum"}
MOVES = frozenset(
    [
        "view",
        "reshape",
        "_unsafe_view",
        "flatten",
        "unflatten",
        "transpose",
        "permute",
        "t",
        "squeeze",
        "unsqueeze",
        "select",
        "slice",
        "contiguous",
        "clone",
        "detach",
        "alias",
        "to",
        "_to_copy",
        "getitem",
        "expand",
        "zeros",
        "ones",
        "full",
        "zeros_like",
        "ones_like",
        "dropout",
        "split",
        "split_with_sizes",
        "chunk",
        "unbind",
        "narrow",
        "lift_fresh_copy",
        "relu_",
        "movedim",
        "numpy_T",
    ]
)
"""Steps that only move elements, or fill with them."""
LABELS = {
    "cross_entropy_loss": "target",
    "nll_loss_nd": "target",
    "nll_loss": "target",
    "mse_loss": "target",
    "l1_loss": "target",
    "smooth_l1_loss": "target",
    "huber_loss": "target",
    "binary_cross_entropy": "target",
    "binary_cross_entropy_with_logits": "target",
}
"""By loss, the argument that is its target."""


def _of(name: str) -> Rule:
    """A function of one value: ours of that name, or a formula."""

    def rule(formulas: Formulas, given: Given) -> Value:
        ours = RENAMED.get(name, name)
        value = first(given)
        if ours in FUNCTIONS:
            return formulas.call(ours, value)
        _, formula = FORMULAS[name]
        return read_formula(formulas, formula, {FORMULAS[name][0][0]: value}).value

    return rule


def _binary(sign: str) -> Rule:
    def rule(formulas: Formulas, given: Given) -> Value:
        left, right = first(given), given.value("other")
        alpha = given.get("alpha", 1)
        if alpha != 1:
            right = formulas.binary("*", formulas.number(alpha), right)
        if given.get("rounding_mode") is not None:
            raise Unwritable("a quotient that is rounded")
        return formulas.binary(sign, left, right)

    return rule


def _product(first: str, second: str) -> Rule:
    def rule(formulas: Formulas, given: Given) -> Value:
        left, right = given.value(first), given.value(second)
        if len(left.shape) == len(right.shape) == 1:
            return formulas.call("dot", left, right)
        return formulas.binary("@", left, right)

    return rule


def _linear(formulas: Formulas, given: Given) -> Value:
    return affine(formulas, given.value("input"), given.value("weight"), given.optional("bias"))


def affine(formulas: Formulas, x: Value, weights: Value, bias: Value | None) -> Value:
    """W x + b of a vector, X Wᵀ + b of rows."""
    if len(x.shape) == 1:
        made = formulas.binary("@", weights, x)
    else:
        made = formulas.binary("@", x, formulas.turned(weights))
    return made if bias is None else formulas.binary("+", made, bias)


def _addmm(formulas: Formulas, given: Given) -> Value:
    if given.get("beta", 1) != 1 or given.get("alpha", 1) != 1:
        raise Unwritable("with factors")
    made = formulas.binary("@", given.value("mat1"), given.value("mat2"))
    return formulas.binary("+", made, given.value("self"))


def one_of(sizes: int | Sequence[int], what: str) -> int:
    """The number that all axes share. Raises Unwritable if they differ."""
    listed = [sizes] if isinstance(sizes, int) else list(sizes)
    if len(set(listed)) != 1:
        raise Unwritable(f"{what} that differs from axis to axis")
    return int(listed[0])


def _convolution(axes: int) -> Rule:
    def rule(formulas: Formulas, given: Given) -> Value:
        return convolved(
            formulas,
            axes,
            given.value("input"),
            given.value("weight"),
            given.optional("bias"),
            given.get("stride", 1),
            given.get("padding", 0),
            given.get("dilation", 1),
            given.get("groups", 1),
        )

    return rule


def convolved(
    formulas: Formulas,
    axes: int,
    x: Value,
    kernels: Value,
    bias: Value | None,
    stride: int | Sequence[int],
    padding: int | str | Sequence[int],
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Value:
    """A cross-correlation; sizes once, or once for each axis."""
    if one_of(dilation, "dilation") != 1 or groups != 1:
        raise Unwritable("a convolution with dilation or groups")
    if isinstance(padding, str):
        raise Unwritable(f"padding={padding!r}")
    steps = {"stride": (one_of(stride, "a stride"), 1), "padding": (one_of(padding, "padding"), 0)}
    options = {name: size for name, (size, usual) in steps.items() if size != usual}
    operands = [x, kernels] if bias is None else [x, kernels, bias]
    return formulas.call(f"conv{axes}d", *operands, **options)


def _pool(axes: int, kind: str) -> Rule:
    def rule(formulas: Formulas, given: Given) -> Value:
        if given.get("ceil_mode") or one_of(given.get("dilation", 1), "dilation") != 1:
            raise Unwritable("a pooling with dilation, or with windows past the edge")
        if one_of(given.get("padding", 0), "padding"):
            raise Unwritable("a pooling with padding")
        size = one_of(given.get("kernel_size"), "a window")
        stride = one_of(given.get("stride") or size, "a stride")
        more = () if stride == size else (stride,)
        return formulas.call(f"{kind}_pool{axes}d", first(given), size, *more)

    return rule


def _adaptive(formulas: Formulas, given: Given) -> Value:
    if set(given.get("output_size", [])) != {1}:
        raise Unwritable("an adaptive pooling to more than one element")
    value = first(given)
    axes = len(given.get("output_size"))
    shape = (*value.shape[:-axes], *(1,) * axes)
    for _ in range(axes):
        value = formulas.call("mean", value, axis=len(value.shape) - 1)
    return formulas.reshaped(value, shape)


def _batch_norm(formulas: Formulas, given: Given) -> Value:
    return normalised(
        formulas,
        given.value("input"),
        given.optional("weight"),
        given.optional("bias"),
        None
        if given.get("training")
        else (given.value("running_mean"), given.value("running_var")),
        given.get("eps", 1e-5),
    )


def normalised(
    formulas: Formulas,
    x: Value,
    gain: Value | None,
    bias: Value | None,
    known: tuple[Value, Value] | None,
    eps: float,
) -> Value:
    """Batch normalisation: by known means and variances, or by the batch's own."""
    count = x.shape[1]
    gain = formulas.call("ones", count) if gain is None else gain
    bias = formulas.call("zeros", count) if bias is None else bias
    if known is None:
        more = () if eps == 1e-5 else (eps,)
        return formulas.call("batch_norm", x, gain, bias, *more)
    mean, variance = known
    root = formulas.call("sqrt", formulas.binary("+", variance, formulas.number(eps)))

    def spread(value: Value) -> Value:
        return formulas.reshaped(value, (count, *(1,) * (len(x.shape) - 2)))

    centred = formulas.binary("-", x, spread(mean))
    scaled = formulas.binary("*", centred, spread(formulas.binary("/", gain, root)))
    return formulas.binary("+", scaled, spread(bias))


def _layer_norm(formulas: Formulas, given: Given) -> Value:
    x = given.value("input")
    sizes = list(given.get("normalized_shape", []))
    if len(sizes) != 1:
        raise Unwritable("a normalisation over several axes")
    gain, bias = given.optional("weight"), given.optional("bias")
    gain = formulas.call("ones", sizes[0]) if gain is None else gain
    bias = formulas.call("zeros", sizes[0]) if bias is None else bias
    eps = given.get("eps", 1e-5)
    more = () if eps == 1e-5 else (eps,)
    return formulas.call("layer_norm", x, gain, bias, *more)


def _lstm_cell(formulas: Formulas, given: Given) -> Sequence[Value]:
    x, (h, c) = given.value("input"), given.get("hx")
    gates = formulas.binary(
        "+",
        affine(formulas, x, given.value("w_ih"), given.optional("b_ih")),
        affine(formulas, h, given.value("w_hh"), given.optional("b_hh")),
    )
    units = h.shape[-1]

    def gate(number: int, function: str) -> Value:
        key = [*[slice(None)] * (len(gates.shape) - 1), slice(number * units, (number + 1) * units)]
        return formulas.call(function, formulas.index(gates, key))

    kept = formulas.binary("*", gate(1, "sigmoid"), c)
    cell = formulas.binary("+", kept, formulas.binary("*", gate(0, "sigmoid"), gate(2, "tanh")))
    return [formulas.binary("*", gate(3, "sigmoid"), formulas.call("tanh", cell)), cell]


def _attention(formulas: Formulas, given: Given) -> Value:
    query, key, value = (given.value(name) for name in ("query", "key", "value"))
    if given.get("dropout_p", 0.0):
        raise Unwritable("attention with dropout")
    mask, scale = given.optional("attn_mask"), given.get("scale")
    causal = given.get("is_causal", False)
    usual = scale is None or abs(scale * sqrt(query.shape[-1]) - 1) < 1e-12
    if mask is None and not causal and usual:
        return formulas.call("attention", query, key, value)
    order = [*range(len(key.shape) - 2), len(key.shape) - 1, len(key.shape) - 2]
    scores = formulas.binary("@", query, formulas.ordered(key, order))
    factor = 1 / sqrt(query.shape[-1]) if scale is None else scale
    scores = formulas.binary("*", scores, formulas.number(factor))
    if causal:
        rows, columns = scores.shape[-2:]
        low = formulas.listed(
            [
                formulas.listed([formulas.number(0 if j <= i else -1e30) for j in range(columns)])
                for i in range(rows)
            ]
        )
        scores = formulas.binary("+", scores, low)
    if mask is not None:
        scores = formulas.binary("+", scores, mask)
    return formulas.binary("@", formulas.call("softmax", scores), value)


def _reduced(name: str) -> Rule:
    def rule(formulas: Formulas, given: Given) -> Value | Sequence[Value]:
        value = first(given)
        dims = given.get("dim")
        if dims is None or dims == []:
            return _corrected(formulas, name, value, None, given)
        listed = [dims] if isinstance(dims, int) else list(dims)
        axes = sorted({axis_of(value, each) for each in listed}, reverse=True)
        made = value
        if len(axes) == 1:
            made = _corrected(formulas, name, value, axes[0], given)
        elif name in ("sum", "mean", "max", "min", "prod", "logsumexp"):
            for axis in axes:
                made = formulas.call(name, made, axis=axis)
        else:
            raise Unwritable("over several axes")
        if given.get("keepdim"):
            shape = tuple(1 if n in axes else size for n, size in enumerate(value.shape))
            made = formulas.reshaped(made, shape)
        return [made] if given.called in ("max", "min") else made

    return rule


def _corrected(
    formulas: Formulas, name: str, value: Value, axis: int | None, given: Given
) -> Value:
    """A reduction; variances divide by n less the correction."""
    plain = "var" if name == "std" else name
    made = formulas.call(plain, value, **({} if axis is None else {"axis": axis}))
    if plain != "var":
        return made
    taken = 1 if given.get("unbiased", True) else 0
    taken = given.get("correction", taken)
    count = prod(value.shape) if axis is None else value.shape[axis]
    if count <= taken:
        raise Unwritable("a variance of too few elements")
    if taken:
        made = formulas.binary("*", made, formulas.number(count / (count - taken)))
    return formulas.call("sqrt", made) if name == "std" else made


def _softmax(name: str) -> Rule:
    def rule(formulas: Formulas, given: Given) -> Value:
        value = first(given)
        axis = axis_of(value, given.get("dim", -1))
        last = axis == len(value.shape) - 1
        return formulas.call(name, value, **({} if last else {"axis": axis}))

    return rule


def _dropout(formulas: Formulas, given: Given) -> Value:
    value = first(given)
    if not given.get("train") or not given.get("p"):
        return value
    return formulas.call("dropout", value, given.get("p"))


def _power(formulas: Formulas, given: Given) -> Value:
    return formulas.power(first(given), given.value("exponent"))


def _gelu(formulas: Formulas, given: Given) -> Value:
    value = first(given)
    if given.get("approximate", "none") == "none":
        return formulas.call("gelu", value)
    formula = "x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x^3)))/2"
    return read_formula(formulas, formula, {"x": value}).value


def _optioned(name: str, theirs: str, usual: float) -> Rule:
    """A function whose parameter the language's function has too."""

    def rule(formulas: Formulas, given: Given) -> Value:
        number = given.get(theirs, usual)
        if name == "elu" and number != 1:
            raise Unwritable(f"elu with alpha={number}")
        if name == "leaky_relu" and number != 0.01:
            return formulas.call(name, first(given), number)
        return formulas.call(name, first(given))

    return rule


def _hardtanh(formulas: Formulas, given: Given) -> Value:
    low, high = given.get("min_val", -1), given.get("max_val", 1)
    return formulas.call("clip", first(given), low, high)


def _clamp(formulas: Formulas, given: Given) -> Value:
    value, low, high = first(given), given.get("min"), given.get("max")
    if low is not None and high is not None:
        return formulas.call("clip", value, low, high)
    if low is not None:
        return formulas.call("maximum", value, low)
    return formulas.call("minimum", value, high)


def _loss(name: str) -> Rule:
    """A loss whose mean is the language's loss."""

    def rule(formulas: Formulas, given: Given) -> Value:
        reduction = _LOSSES[given.get("reduction", 1)]
        if reduction == "none" or given.get("weight") is not None or given.get("label_smoothing"):
            raise Unwritable("a loss with weights, smoothing, or no reduction")
        value, label = first(given), given.value("target")
        made = formulas.call(name, formulas.call("exp", value) if name == "nll" else value, label)
        if reduction == "mean":
            return made
        each = name in ("mse", "bce", "bce_with_logits")
        rows = prod(value.shape) if each else (value.shape[0] if len(value.shape) > 1 else 1)
        return formulas.binary("*", formulas.number(rows), made)

    return rule


def _distance(formula: str) -> Rule:
    def rule(formulas: Formulas, given: Given) -> Value:
        difference = formulas.binary("-", first(given), given.value("target"))
        if given.get("beta", given.get("delta", 1.0)) != 1:
            raise Unwritable("a threshold other than 1")
        each = read_formula(formulas, formula, {"r": difference}).value
        reduction = _LOSSES[given.get("reduction", 1)]
        return each if reduction == "none" else formulas.call(reduction, each)

    return rule


def _compared(sign: str) -> Rule:
    def rule(formulas: Formulas, given: Given) -> Value:
        return formulas.compare(sign, first(given), given.value("other"))

    return rule


def _where(formulas: Formulas, given: Given) -> Value:
    return formulas.call(
        "where", given.value("condition"), given.value("self"), given.value("other")
    )


def _masked_fill(formulas: Formulas, given: Given) -> Value:
    number = given.get("value")
    number = -1e30 if number == float("-inf") else number
    return formulas.call("where", given.value("mask"), number, first(given))


def _negated(formulas: Formulas, given: Given) -> Value:
    return formulas.negate(first(given))


def _from_other(formulas: Formulas, given: Given) -> Value:
    return formulas.binary("-", given.value("other"), first(given))


_PLAIN = [
    "exp",
    "log",
    "sqrt",
    "abs",
    "sin",
    "cos",
    "tanh",
    "sigmoid",
    "relu",
    "silu",
    "selu",
    "softplus",
    "sign",
    "round",
    "square",
    "log1p",
    "expm1",
    "rsqrt",
    "reciprocal",
    "erf",
    "log2",
    "log10",
    "tan",
    "sinh",
    "cosh",
    "hardsigmoid",
    "hardswish",
    "mish",
    "softsign",
    "relu6",
    "log_sigmoid",
    "tanhshrink",
    "exp2",
]
"""Functions of one value."""
RULES: Mapping[str, Rule] = {
    **{name: _of(name) for name in _PLAIN},
    **{f"{name}_": _of(name) for name in ("relu", "sigmoid", "tanh", "exp", "silu")},
    "linear": _linear,
    "addmm": _addmm,
    **dict.fromkeys(("matmul",), _product("self", "other")),
    **dict.fromkeys(("mm", "bmm"), _product("self", "mat2")),
    "mv": _product("self", "vec"),
    "dot": _product("self", "tensor"),
    **dict.fromkeys(("add", "add_"), _binary("+")),
    **dict.fromkeys(("sub", "sub_", "subtract"), _binary("-")),
    **dict.fromkeys(("mul", "mul_", "multiply"), _binary("*")),
    **dict.fromkeys(("div", "div_", "divide", "true_divide"), _binary("/")),
    "rsub": _from_other,
    "neg": _negated,
    "pow": _power,
    "conv1d": _convolution(1),
    "conv2d": _convolution(2),
    "max_pool1d": _pool(1, "max"),
    "max_pool2d": _pool(2, "max"),
    "avg_pool1d": _pool(1, "avg"),
    "avg_pool2d": _pool(2, "avg"),
    **dict.fromkeys(("adaptive_avg_pool1d", "adaptive_avg_pool2d"), _adaptive),
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "lstm_cell": _lstm_cell,
    "scaled_dot_product_attention": _attention,
    **{name: _reduced(name) for name in ("sum", "mean", "var", "std", "logsumexp", "max", "min")},
    "prod": _reduced("prod"),
    "amax": _reduced("max"),
    "amin": _reduced("min"),
    **dict.fromkeys(("softmax", "_softmax"), _softmax("softmax")),
    **dict.fromkeys(("log_softmax", "_log_softmax"), _softmax("log_softmax")),
    **dict.fromkeys(("view", "reshape", "_unsafe_view"), shaped),
    "flatten": flattened,
    "unflatten": unflattened,
    **dict.fromkeys(("transpose", "t", "swapaxes"), transposed),
    "permute": permuted,
    "squeeze": squeezed,
    "unsqueeze": unsqueezed,
    "select": selected,
    "slice": sliced,
    **dict.fromkeys(("split", "split_with_sizes", "chunk", "unbind"), parts),
    "getitem": item,
    **dict.fromkeys(
        ("contiguous", "clone", "detach", "alias", "to", "_to_copy", "lift_fresh_copy"), same
    ),
    **dict.fromkeys(("dropout", "feature_dropout"), _dropout),
    **dict.fromkeys(("zeros", "zeros_like"), filled(0)),
    **dict.fromkeys(("ones", "ones_like"), filled(1)),
    "full": full,
    "cat": joined("concat"),
    "stack": joined("stack"),
    "gelu": _gelu,
    "elu": _optioned("elu", "alpha", 1),
    "leaky_relu": _optioned("leaky_relu", "negative_slope", 0.01),
    "hardtanh": _hardtanh,
    "clamp": _clamp,
    "embedding": embedded,
    "cross_entropy_loss": _loss("cross_entropy"),
    **dict.fromkeys(("nll_loss_nd", "nll_loss"), _loss("nll")),
    "mse_loss": _loss("mse"),
    "binary_cross_entropy": _loss("bce"),
    "binary_cross_entropy_with_logits": _loss("bce_with_logits"),
    "l1_loss": _distance("abs(r)"),
    **dict.fromkeys(
        ("smooth_l1_loss", "huber_loss"), _distance("where(abs(r) < 1, r^2/2, abs(r) - 1/2)")
    ),
    "lt": _compared("<"),
    "le": _compared("<="),
    "gt": _compared(">"),
    "ge": _compared(">="),
    "eq": _compared("=="),
    "ne": _compared("!="),
    "where": _where,
    "masked_fill": _masked_fill,
    "expand": expanded,
    "maximum": lambda formulas, given: formulas.call("maximum", first(given), given.value("other")),
    "minimum": lambda formulas, given: formulas.call("minimum", first(given), given.value("other")),
}
"""By the operation's name without its overload."""
