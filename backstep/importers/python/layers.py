"""PyTorch's modules as a Python text makes and calls them: nn.Linear(2, 3), nn.Sequential(…)."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from math import sqrt
from typing import TYPE_CHECKING

from backstep.graph.shape import Shape
from backstep.importers.formulas import Value
from backstep.importers.python import arrays, tensors
from backstep.importers.python.values import Data, Free, Layer, Method, Opaque, Unsaid
from backstep.lang.diagnostics.fixes.foreign_names import CLASSES, CLASSES_WITH

if TYPE_CHECKING:
    from backstep.importers.python.state import State

_LOSSES = {
    "MSELoss": "mse_loss",
    "CrossEntropyLoss": "cross_entropy",
    "BCELoss": "binary_cross_entropy",
    "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
    "NLLLoss": "nll_loss",
    "L1Loss": "l1_loss",
    "SmoothL1Loss": "smooth_l1_loss",
    "HuberLoss": "huber_loss",
}
_OWN = frozenset(
    [
        "Linear",
        "Conv1d",
        "Conv2d",
        "Embedding",
        "LayerNorm",
        "BatchNorm1d",
        "BatchNorm2d",
        "Sequential",
        "ModuleList",
        "Identity",
        "MaxPool1d",
        "MaxPool2d",
        "AvgPool1d",
        "AvgPool2d",
        "Flatten",
        "Dropout",
        "Dropout2d",
        "LSTMCell",
        "RNNCell",
        "Bilinear",
        "Unflatten",
    ]
)
_NO_ROOTS = frozenset({"tf", "keras"})


def is_layer(path: tuple[str, ...]) -> bool:
    """Whether a path names a module that is made before it is called."""
    name = path[-1]
    known = name in _OWN or name in _LOSSES or name in CLASSES or name in CLASSES_WITH
    return name[:1].isupper() and known and not _NO_ROOTS & {*path}


def made(
    reader: State, path: tuple[str, ...], places: Sequence[object], options: Mapping[str, object]
) -> object:
    """A module. Modules in a row keep their order."""
    kind = path[-1]
    if kind in ("Sequential", "ModuleList"):
        parts = list(places)
        if len(parts) == 1 and isinstance(parts[0], list | tuple):
            parts = list(parts[0])
        if parts and isinstance(parts[0], dict):
            raise Unsaid("a Sequential of a dictionary")
        return Layer(kind, tuple(parts), options, path)
    if places and isinstance(places[0], Value | Data):
        # A class that is called on values at once: MSELoss(p, y).
        return apply(reader, Layer(kind, (), options, path), places, None)
    return Layer(kind, tuple(places), options, path)


def child(layer: Layer, place: int) -> object:
    """A module in a row of modules."""
    if not -len(layer.places) <= place < len(layer.places):
        raise Unsaid("an index past the modules in the row")
    return layer.places[place]


def attribute(reader: State, layer: Layer, name: str) -> object:
    """A module's weight or bias, or a method of it."""
    if name in ("weight", "bias") and layer.kind in _PARAMETERS:
        return _parameters(reader, layer).get(name)
    if name == "in_features":
        return _argument(layer, 0, "in_features")
    if name == "out_features":
        return _argument(layer, 1, "out_features")
    if name == "append":
        return Method(layer, name)
    return Opaque(f"{name} of a module")


def apply(reader: State, layer: Layer, places: Sequence[object], node: ast.AST | None) -> object:
    """A module called on values."""
    kind = layer.kind
    if kind == "Sequential":
        found: object = places[0]
        for each in layer.places:
            found = reader.call(each, [found], {}, node or ast.Pass())
        return found
    rule = _RULES.get(kind)
    if isinstance(places[0], Free) and kind in _PARAMETERS:
        # What it is called on has the size that its weights have.
        reader.guesses.seen(_sizes(reader, layer)["weight"][0][:2])
        use = reader.survey.use(places[0].name)
        use.axes = max(use.axes, 1)
    if kind == "Embedding":
        if layer.options.get("padding_idx", layer.places[2:3] or None) is not None:
            raise Unsaid("an embedding with padding_idx", node)
        return arrays.item(reader, _parameters(reader, layer)["weight"], places[0])
    if rule is not None:
        value = reader.tensor(places[0])
        return rule(reader, layer, value)
    from backstep.importers.python.libraries import function

    where = node or ast.Pass()
    if kind in _LOSSES:
        path = ("torch", "nn", "functional", _LOSSES[kind])
        return function(reader, path, list(places), layer.options, where)
    if kind in CLASSES_WITH:
        ours, option = CLASSES_WITH[kind]
        given = dict(layer.options)
        if layer.places and option is not None:
            given[option[0]] = layer.places[0]
        return function(reader, ("torch", ours), list(places), given, where)
    if kind in CLASSES:
        path = ("torch", "nn", "functional", CLASSES[kind])
        return function(reader, path, list(places), layer.options, where)
    raise Unsaid(f"a module that is not read: {kind}", node)


def _argument(layer: Layer, place: int, name: str, default: object = None) -> object:
    if len(layer.places) > place:
        return layer.places[place]
    return layer.options.get(name, default)


def _sizes(reader: State, layer: Layer) -> Mapping[str, tuple[Shape, float | None]]:
    """The parameters of a module: for each its shape, and the bound of its uniform draw."""
    kind = layer.kind
    if kind == "Linear":
        inputs = reader.whole(_argument(layer, 0, "in_features"))
        units = reader.whole(_argument(layer, 1, "out_features"))
        bound = 1 / sqrt(max(inputs, 1))
        found: dict[str, tuple[Shape, float | None]] = {"weight": ((units, inputs), bound)}
        if _argument(layer, 2, "bias", True):
            found["bias"] = ((units,), bound)
        return found
    if kind in ("Conv1d", "Conv2d"):
        axes = int(kind[-2])
        channels = reader.whole(_argument(layer, 0, "in_channels"))
        filters = reader.whole(_argument(layer, 1, "out_channels"))
        size = tensors.whole_of_all(reader, _argument(layer, 2, "kernel_size"))
        bound = 1 / sqrt(max(channels * size**axes, 1))
        found = {"weight": ((filters, channels, *(size,) * axes), bound)}
        if _argument(layer, 7, "bias", True):
            found["bias"] = ((filters,), bound)
        return found
    if kind == "Embedding":
        rows = reader.whole(_argument(layer, 0, "num_embeddings"))
        return {"weight": ((rows, reader.whole(_argument(layer, 1, "embedding_dim"))), None)}
    sizes = _argument(layer, 0, "normalized_shape", _argument(layer, 0, "num_features"))
    count = tensors.whole_of_all(reader, sizes)
    return {"weight": ((count,), None), "bias": ((count,), None)}


_PARAMETERS = frozenset(
    ["Linear", "Conv1d", "Conv2d", "Embedding", "LayerNorm", "BatchNorm1d", "BatchNorm2d"]
)


def _parameters(reader: State, layer: Layer) -> dict[str, Value]:
    """A module's parameters, declared where it is first called."""
    if layer.parameters:
        return layer.parameters
    prefix = layer.name
    number = "" if prefix else reader.layer_name()
    for name, (shape, bound) in _sizes(reader, layer).items():
        if min(shape) < 1:
            raise Unsaid(f"{layer.kind} with a size below 1")
        reader.guesses.seen(shape)
        short = "W" if name == "weight" else "b"
        ours = f"{prefix}_{short}" if prefix else f"{short}{number}"
        scheme = layer.schemes.get(name)
        if scheme is not None:
            value, draw = scheme.value, arrays.drawn(scheme)
        elif bound is not None:
            value, draw = None, f"uniform({-bound:.6g}, {bound:.6g})"
        elif layer.kind == "Embedding":
            value, draw = None, "normal(0, 1)"
        else:
            value, draw = None, "ones" if name == "weight" else "zeros"
        made = reader.definition.declare(
            ours, shape, value=value, draw=draw, line=reader.line, role="param"
        )
        layer.parameters[name] = made
    return layer.parameters


def _linear(reader: State, layer: Layer, x: Value) -> object:
    own = _parameters(reader, layer)
    return tensors.affine(reader, x, own["weight"], own.get("bias"))


def _convolution(reader: State, layer: Layer, x: Value) -> object:
    own = _parameters(reader, layer)
    given = {
        "stride": _argument(layer, 3, "stride", 1),
        "padding": _argument(layer, 4, "padding", 0),
        "dilation": _argument(layer, 5, "dilation", 1),
        "groups": _argument(layer, 6, "groups", 1),
        "bias": own.get("bias"),
    }
    name = layer.kind.lower()
    path = ("torch", name)
    return tensors.convolution(tensors.Call(reader, [x, own["weight"]], given, path))


def _pool(reader: State, layer: Layer, x: Value) -> object:
    name = {"M": "max_pool", "A": "avg_pool"}[layer.kind[0]] + layer.kind[-2:].lower()
    given = {
        "kernel_size": _argument(layer, 0, "kernel_size"),
        "stride": _argument(layer, 1, "stride"),
        "padding": _argument(layer, 2, "padding", 0),
    }
    return tensors.pool(tensors.Call(reader, [x], given, ("torch", name)))


def _normal(reader: State, layer: Layer, x: Value) -> object:
    own = _parameters(reader, layer)
    name = "layer_norm" if layer.kind == "LayerNorm" else "batch_norm"
    if name == "batch_norm" and reader.serving:
        raise Unsaid("batch norm by running statistics, as eval() has it")
    eps = reader.number(layer.options.get("eps", 1e-5))
    more = () if eps == 1e-5 else (eps,)
    return reader.formulas.call(name, x, own["weight"], own["bias"], *more)


def _flatten(reader: State, layer: Layer, x: Value) -> object:
    start = reader.whole(_argument(layer, 0, "start_dim", 1))
    if len(x.shape) <= start:
        return x
    return tensors.flatten(tensors.Call(reader, [x, start], {}, ("torch", "flatten")))


def _dropout(reader: State, layer: Layer, x: Value) -> object:
    probability = reader.number(_argument(layer, 0, "p", 0.5))
    kept = not probability or reader.serving
    return x if kept else reader.formulas.call("dropout", x, probability)


def _identity(reader: State, layer: Layer, x: Value) -> object:
    return x


_RULES = {
    "Linear": _linear,
    "Conv1d": _convolution,
    "Conv2d": _convolution,
    **dict.fromkeys(("MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d"), _pool),
    **dict.fromkeys(("LayerNorm", "BatchNorm1d", "BatchNorm2d"), _normal),
    "Flatten": _flatten,
    "Dropout": _dropout,
    "Identity": _identity,
}
