"""The operators of ONNX in the words of the language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from backstep.importers.formulas import Formulas, Unwritable, Value
from backstep.importers.networks.aten import convolved, normalised, one_of
from backstep.importers.networks.aten_moves import axis_of, item
from backstep.importers.networks.definition_writer import Given, Rule
from backstep.importers.python.formula_text import read_formula
from backstep.lang.diagnostics.fixes.foreign_formulas import FORMULAS
from backstep.ops import FUNCTIONS

MOVES = frozenset(
    {"Flatten", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Identity", "Dropout", "Cast"}
    | {"Slice", "Split", "Expand", "ConstantOfShape", "getitem"}
)
"""Operators that only move elements."""
LABELS = {"SoftmaxCrossEntropyLoss": "in1"}


def _of(name: str) -> Rule:
    def rule(formulas: Formulas, given: Given) -> Value:
        value = given.value("in0")
        if name in FUNCTIONS:
            return formulas.call(name, value)
        parameters, formula = FORMULAS[name]
        return read_formula(formulas, formula, {parameters[0]: value}).value

    return rule


def _binary(sign: str) -> Rule:
    def rule(formulas: Formulas, given: Given) -> Value:
        left, right = given.value("in0"), given.value("in1")
        both = len(left.shape) == len(right.shape) == 1
        if sign == "@" and both:
            return formulas.call("dot", left, right)
        return formulas.binary(sign, left, right)

    return rule


def _power(formulas: Formulas, given: Given) -> Value:
    return formulas.power(given.value("in0"), given.value("in1"))


def _gemm(formulas: Formulas, given: Given) -> Value:
    left, right = given.value("in0"), given.value("in1")
    left = formulas.turned(left) if given.get("transA") else left
    right = formulas.turned(right) if given.get("transB") else right
    made = formulas.binary("@", left, right)
    if given.get("alpha", 1.0) != 1:
        made = formulas.binary("*", formulas.number(given.get("alpha")), made)
    bias = given.optional("in2")
    if bias is None:
        return made
    if given.get("beta", 1.0) != 1:
        bias = formulas.binary("*", formulas.number(given.get("beta")), bias)
    return formulas.binary("+", made, bias)


def _padding(given: Given, axes: int) -> int:
    if given.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise Unwritable(f"auto_pad={given.get('auto_pad')}")
    return one_of(given.get("pads", [0] * axes * 2), "padding")


def _convolution(formulas: Formulas, given: Given) -> Value:
    kernels = given.value("in1")
    axes = len(kernels.shape) - 2
    if axes not in (1, 2):
        raise Unwritable(f"a convolution over {axes} axes")
    return convolved(
        formulas,
        axes,
        given.value("in0"),
        kernels,
        given.optional("in2"),
        given.get("strides", 1),
        _padding(given, axes),
        given.get("dilations", 1),
        given.get("group", 1),
    )


def _pool(kind: str) -> Rule:
    def rule(formulas: Formulas, given: Given) -> Value:
        sizes = given.get("kernel_shape")
        axes = len(sizes)
        if _padding(given, axes) or given.get("ceil_mode"):
            raise Unwritable("a pooling with padding, or with windows past the edge")
        size, stride = one_of(sizes, "a window"), one_of(given.get("strides", 1), "a stride")
        more = () if stride == size else (stride,)
        return formulas.call(f"{kind}_pool{axes}d", given.value("in0"), size, *more)

    return rule


def _global_mean(formulas: Formulas, given: Given) -> Value:
    value = given.value("in0")
    shape = (*value.shape[:2], *(1,) * (len(value.shape) - 2))
    flat = formulas.reshaped(value, (*value.shape[:2], prod(value.shape[2:])))
    return formulas.reshaped(formulas.call("mean", flat, axis=2), shape)


def _batch_norm(formulas: Formulas, given: Given) -> Value:
    known = (given.value("in3"), given.value("in4"))
    gain, bias = given.value("in1"), given.value("in2")
    return normalised(formulas, given.value("in0"), gain, bias, known, given.get("epsilon", 1e-5))


def _layer_norm(formulas: Formulas, given: Given) -> Value:
    value = given.value("in0")
    if axis_of(value, given.get("axis", -1)) != len(value.shape) - 1:
        raise Unwritable("a normalisation over several axes")
    bias = given.optional("in2")
    bias = formulas.call("zeros", value.shape[-1]) if bias is None else bias
    eps = given.get("epsilon", 1e-5)
    return formulas.call("layer_norm", value, given.value("in1"), bias, eps)


def _softmax(name: str) -> Rule:
    def rule(formulas: Formulas, given: Given) -> Value:
        value = given.value("in0")
        axis = axis_of(value, given.get("axis", -1))
        last = axis == len(value.shape) - 1
        return formulas.call(name, value, **({} if last else {"axis": axis}))

    return rule


def _reduced(name: str) -> Rule:
    def rule(formulas: Formulas, given: Given) -> Value:
        value = given.value("in0")
        listed = given.get("axes", given.get("in1"))
        axes = range(len(value.shape)) if listed is None else [axis_of(value, n) for n in listed]
        made = value
        for axis in sorted(axes, reverse=True):
            made = formulas.call(name, made, axis=axis)
        if not given.get("keepdims", 1):
            return made
        shape = tuple(1 if n in axes else size for n, size in enumerate(value.shape))
        return formulas.reshaped(made, shape)

    return rule


def _flattened(formulas: Formulas, given: Given) -> Value:
    value = given.value("in0")
    axis = given.get("axis", 1) % (len(value.shape) + 1)
    return formulas.reshaped(value, (prod(value.shape[:axis]), prod(value.shape[axis:])))


def _reshaped(formulas: Formulas, given: Given) -> Value:
    value, wanted = given.value("in0"), given.get("in1")
    if not isinstance(wanted, list):
        raise Unwritable("a shape that is computed")
    sizes = [value.shape[n] if each == 0 else each for n, each in enumerate(wanted)]
    if -1 in sizes:
        rest = prod(each for each in sizes if each != -1)
        sizes[sizes.index(-1)] = prod(value.shape) // max(rest, 1)
    return formulas.reshaped(value, tuple(sizes))


def _transposed(formulas: Formulas, given: Given) -> Value:
    value = given.value("in0")
    order = given.get("perm", list(range(len(value.shape)))[::-1])
    return formulas.ordered(value, order)


def _squeezed(formulas: Formulas, given: Given) -> Value:
    value = given.value("in0")
    listed = given.get("axes", given.get("in1"))
    axes = range(len(value.shape)) if listed is None else [axis_of(value, n) for n in listed]
    kept = [size for n, size in enumerate(value.shape) if n not in axes or size != 1]
    return formulas.reshaped(value, tuple(kept))


def _unsqueezed(formulas: Formulas, given: Given) -> Value:
    value = given.value("in0")
    listed = given.get("axes", given.get("in1"))
    rank = len(value.shape) + len(listed)
    places = {each % rank for each in listed}
    sizes = iter(value.shape)
    shape = tuple(1 if place in places else next(sizes) for place in range(rank))
    return formulas.reshaped(value, shape)


def _joined(formulas: Formulas, given: Given) -> Value:
    values = [given.value(name) for name in given.arguments if name.startswith("in")]
    axis = axis_of(values[0], given.get("axis", 0))
    return formulas.call("concat", *values, **({"axis": axis} if axis else {}))


def _sliced(formulas: Formulas, given: Given) -> Value:
    value = given.value("in0")
    starts, ends = given.get("in1", given.get("starts")), given.get("in2", given.get("ends"))
    axes = given.get("in3", given.get("axes", list(range(len(starts)))))
    steps = given.get("in4", [1] * len(starts))
    key: list[int | slice] = [slice(None)] * len(value.shape)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        place = axis_of(value, axis)
        size = value.shape[place]
        key[place] = slice(start or None, None if end >= size else end, step)
    return formulas.index(value, key)


def _parts(formulas: Formulas, given: Given) -> Sequence[Value]:
    value = given.value("in0")
    axis = axis_of(value, given.get("axis", 0))
    size, count = value.shape[axis], given.get("outputs", 1)
    sizes = given.get("in1", given.get("split", [-(-size // count)] * count))
    found, start = [], 0
    for step in sizes:
        end = min(start + step, size)
        found.append(formulas.index(value, [*[slice(None)] * axis, slice(start, end)]))
        start = end
    return found


def _gathered(formulas: Formulas, given: Given) -> Value:
    table, places = given.value("in0"), given.get("in1")
    axis = axis_of(table, given.get("axis", 0))
    if isinstance(places, int):
        return formulas.index(table, [*[slice(None)] * axis, places])
    if axis or len(table.shape) != 2:
        raise Unwritable("elements picked along a later axis")
    if isinstance(places, list):
        if not all(isinstance(each, int) for each in places):
            raise Unwritable("elements picked by a matrix of numbers")
        rows = [formulas.index(table, [each]) for each in places]
        return formulas.call("stack", *rows)
    row = places if len(places.shape) < 2 else formulas.call("flatten", places)
    made = formulas.binary("@", formulas.call("one_hot", row, table.shape[0]), table)
    return formulas.reshaped(made, (*places.shape, table.shape[1]))


def _clipped(formulas: Formulas, given: Given) -> Value:
    value = given.value("in0")
    low, high = given.get("in1", given.get("min")), given.get("in2", given.get("max"))
    if low is not None and high is not None:
        return formulas.call("clip", value, low, high)
    if low is not None:
        return formulas.call("maximum", value, low)
    return value if high is None else formulas.call("minimum", value, high)


def _same(formulas: Formulas, given: Given) -> Value | Sequence[Value]:
    value = given.value("in0")
    return [value] if given.get("outputs") else value


def _leaky(formulas: Formulas, given: Given) -> Value:
    slope = given.get("alpha", 0.01)
    return formulas.call("leaky_relu", given.value("in0"), float(f"{slope:.7g}"))


def _elu(formulas: Formulas, given: Given) -> Value:
    if given.get("alpha", 1.0) != 1:
        raise Unwritable(f"Elu with alpha={given.get('alpha')}")
    return formulas.call("elu", given.value("in0"))


def _gelu(formulas: Formulas, given: Given) -> Value:
    if given.get("approximate", "none") == "none":
        return formulas.call("gelu", given.value("in0"))
    formula = "x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x^3)))/2"
    return read_formula(formulas, formula, {"x": given.value("in0")}).value


def _loss(formulas: Formulas, given: Given) -> Value | Sequence[Value]:
    if given.get("reduction", "mean") != "mean" or given.get("in2") is not None:
        raise Unwritable("a loss with weights, or that is no mean")
    made = formulas.call("cross_entropy", given.value("in0"), given.value("in1"))
    return [made] if given.get("outputs") else made


def _compared(sign: str) -> Rule:
    def rule(formulas: Formulas, given: Given) -> Value:
        return formulas.compare(sign, given.value("in0"), given.value("in1"))

    return rule


def _where(formulas: Formulas, given: Given) -> Value:
    return formulas.call("where", given.value("in0"), given.value("in1"), given.value("in2"))


def _negated(formulas: Formulas, given: Given) -> Value:
    return formulas.negate(given.value("in0"))


_NAMES = {
    "Relu": "relu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Exp": "exp",
    "Log": "log",
    "Sqrt": "sqrt",
    "Abs": "abs",
    "Sin": "sin",
    "Cos": "cos",
    "Tan": "tan",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Selu": "selu",
    "Sign": "sign",
    "Round": "round",
    "Erf": "erf",
    "Reciprocal": "reciprocal",
    "HardSwish": "hardswish",
    "Mish": "mish",
    "Sinh": "sinh",
    "Cosh": "cosh",
}
RULES: Mapping[str, Rule] = {
    **{theirs: _of(ours) for theirs, ours in _NAMES.items()},
    "Add": _binary("+"),
    "Sub": _binary("-"),
    "Mul": _binary("*"),
    "Div": _binary("/"),
    "MatMul": _binary("@"),
    "Pow": _power,
    "Neg": _negated,
    "Gemm": _gemm,
    "Conv": _convolution,
    "MaxPool": _pool("max"),
    "AveragePool": _pool("avg"),
    "GlobalAveragePool": _global_mean,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "Softmax": _softmax("softmax"),
    "LogSoftmax": _softmax("log_softmax"),
    "ReduceMean": _reduced("mean"),
    "ReduceSum": _reduced("sum"),
    "ReduceMax": _reduced("max"),
    "ReduceMin": _reduced("min"),
    "ReduceProd": _reduced("prod"),
    "Flatten": _flattened,
    "Reshape": _reshaped,
    "Transpose": _transposed,
    "Squeeze": _squeezed,
    "Unsqueeze": _unsqueezed,
    "Concat": _joined,
    "Slice": _sliced,
    "Split": _parts,
    "Gather": _gathered,
    "Clip": _clipped,
    **dict.fromkeys(("Identity", "Dropout", "Cast"), _same),
    "LeakyRelu": _leaky,
    "Elu": _elu,
    "Gelu": _gelu,
    "SoftmaxCrossEntropyLoss": _loss,
    "Equal": _compared("=="),
    "Greater": _compared(">"),
    "Less": _compared("<"),
    "GreaterOrEqual": _compared(">="),
    "LessOrEqual": _compared("<="),
    "Where": _where,
    "getitem": item,
}
"""By the operator's name."""
