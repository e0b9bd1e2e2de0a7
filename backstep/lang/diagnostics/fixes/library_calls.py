"""Calls of other libraries whose options, defaults or argument order give them another value than
ours: what they compute there, in our words.

PyTorch's `var` divides by n − 1; Keras's losses take the label first; `elu` has an alpha.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from backstep.graph.shape import Shape
from backstep.ops import FUNCTIONS

_TANH_GELU = "{x}*(1 + tanh(sqrt(2/pi)*({x} + 0.044715*{x}^3)))/2"
_KERAS_LOSSES = {
    "MSE": "mse",
    "mse": "mse",
    "mean_squared_error": "mse",
    "MeanSquaredError": "mse",
    "binary_crossentropy": "bce",
    "categorical_crossentropy": "nll",
    "sparse_categorical_crossentropy": "nll",
    "mean_absolute_error": "mae",
    "MAE": "mae",
    "MeanAbsoluteError": "mae",
    "BinaryCrossentropy": "bce",
    "CategoricalCrossentropy": "nll",
    "SparseCategoricalCrossentropy": "nll",
}
"""Keras losses, which take the label first and probabilities, and ours."""


@dataclass(frozen=True, slots=True)
class LibraryCall:
    """A call: its library's names before the point, its name, its arguments as texts."""

    modules: tuple[str, ...]
    name: str
    by_place: tuple[str, ...]
    by_name: Mapping[str, str]
    shapes: Mapping[str, Shape]
    """The shapes of arguments that are names."""
    called_again: bool = False
    """Whether what it returns is called, as a layer is."""

    def factor(self, number: int) -> str:
        """An argument as a factor."""
        return _factor(self.by_place[number])

    def number(self, *names: str) -> Fraction | None:
        """The number passed by one of the names."""
        for name in names:
            given = self.by_name.get(name)
            if given is not None and re.fullmatch(r"-?\d*\.?\d+(?:[eE][-+]?\d+)?", given):
                return Fraction(given)
        return None


def written(call: LibraryCall) -> str | None:
    """The call in the language's words; None where our function of the same name is the same."""
    rule = RULES.get(call.name)
    given = call.by_place or call.by_name
    return rule(call) if rule is not None and given else None


def _factor(typed: str) -> str:
    plain = re.fullmatch(r"[\w.]+(?:\[[^\[\]]*\])?|\w+\([^()]*\)|\[[^\[\]]*\]|\([^()]*\)", typed)
    return typed if plain else f"({typed})"


def _only(call: LibraryCall, places: int, *options: str) -> bool:
    """Whether the call has so many positional arguments, and no keyword other than these."""
    harmless = {"name", "inplace", "size_average", "reduce"}
    return len(call.by_place) == places and set(call.by_name) <= {*options, *harmless}


def _spread(call: LibraryCall) -> str | None:
    """`var` and `std`: PyTorch divides by n − 1, NumPy by n, and options choose either."""
    root = call.name == "std"
    options = ("unbiased", "correction", "ddof", "dim", "axis", "keepdim", "keepdims")
    if len(call.by_place) not in (1, 2) or not set(call.by_name) <= set(options):
        return None
    if call.by_name.get("keepdim", call.by_name.get("keepdims", "False")) != "False":
        return None
    axis = call.by_name.get("dim", call.by_name.get("axis"))
    if len(call.by_place) == 2:
        if not re.fullmatch(r"-?\d+", call.by_place[1]):
            return None
        axis = call.by_place[1]
    taken = call.number("correction", "ddof")
    if "unbiased" in call.by_name:
        taken = Fraction(int(call.by_name["unbiased"] == "True"))
    if taken is None:
        taken = Fraction(int("torch" in call.modules))
    operand = call.by_place[0]
    inner = f"var({operand})" if axis is None else f"var({operand}, axis={axis})"
    if taken != 0:
        shape = call.shapes.get(operand)
        if shape is None or (axis is not None and not re.fullmatch(r"-?\d+", axis)):
            return None
        if axis is not None and not -len(shape) <= int(axis) < len(shape):
            return None
        count = prod(shape) if axis is None else shape[int(axis)]
        if count - taken <= 0 or taken.denominator != 1:
            return None
        inner = f"{inner}*{count}" + (f"/{count - taken}" if count - taken > 1 else "")
    if not root:
        # A call that is already ours needs no rewriting.
        ours = not call.modules and taken == 0 and set(call.by_name) <= {"axis"}
        return None if ours else inner
    return f"sqrt({inner})"


def _elu(call: LibraryCall) -> str | None:
    alpha = call.by_name.get("alpha", call.by_place[1] if len(call.by_place) == 2 else None)
    if alpha is None or not _only(call, len(call.by_place), "alpha"):
        return None
    if re.fullmatch(r"1(?:\.0*)?", alpha):
        return f"elu({call.by_place[0]})"
    x = call.by_place[0]
    return f"where({x} > 0, {x}, {_factor(alpha)}*(exp({x}) - 1))"


def _softplus(call: LibraryCall) -> str | None:
    beta = call.by_name.get("beta")
    if beta is None or not _only(call, 1, "beta", "threshold"):
        return None
    if re.fullmatch(r"1(?:\.0*)?", beta):
        return f"softplus({call.by_place[0]})"
    return f"softplus({_factor(beta)}*{call.factor(0)})/{_factor(beta)}"


def _gelu(call: LibraryCall) -> str | None:
    if not _only(call, 1, "approximate"):
        return None
    approximate = call.by_name.get("approximate", "True" if "jax" in call.modules else None)
    if approximate in ("tanh", "True"):
        return _TANH_GELU.format(x=call.factor(0))
    return f"gelu({call.by_place[0]})" if approximate in ("none", "False") else None


def _norm(call: LibraryCall) -> str | None:
    given = call.by_name.get("p", call.by_name.get("ord"))
    if given is None and len(call.by_place) == 2:
        given = call.by_place[1]
    if given is None or not _only(call, len(call.by_place), "p", "ord"):
        return None
    x = call.by_place[0]
    shape = call.shapes.get(x)
    if shape is None or len(shape) != 1:
        return None
    if re.fullmatch(r"1(?:\.0*)?", given):
        return f"sum(abs({x}))"
    if given in ("inf", "np.inf", "float(inf)"):
        return f"max(abs({x}))"
    return f"norm({x})" if re.fullmatch(r"2(?:\.0*)?", given) else None


def _squares(call: LibraryCall) -> str | None:
    """A loss of squares or of distances, by its reduction; symmetric, so Keras's order fits."""
    if not _only(call, 2, "reduction"):
        return None
    p, y = (_factor(each) for each in call.by_place)
    reduction = call.by_name.get("reduction")
    distance = call.name.lower() in ("l1_loss", "l1loss", "mae", "mean_absolute_error")
    each = f"abs({p} - {y})" if distance else f"({p} - {y})^2"
    if reduction == "sum":
        return f"sum({each})"
    if reduction == "none":
        return each
    if reduction not in ("mean", None) or (reduction is None and not call.modules):
        return None
    p, y = call.by_place
    return f"mean({each})" if distance else f"mse({p}, {y})"


def _robust(call: LibraryCall) -> str | None:
    """Huber's loss with its default threshold of 1, which is the same in every library."""
    if not _only(call, 2, "delta", "beta", "reduction"):
        return None
    if call.number("delta", "beta") not in (None, 1) or call.by_name.get("reduction") == "none":
        return None
    r = " - ".join(_factor(each) for each in call.by_place)
    each = f"where(abs({r}) < 1, ({r})^2/2, abs({r}) - 1/2)"
    return f"{'sum' if call.by_name.get('reduction') == 'sum' else 'mean'}({each})"


def _of_classes(call: LibraryCall) -> str | None:
    """PyTorch's classification losses, by their reduction: ours are the mean over the rows."""
    if not _only(call, 2, "reduction") or "reduction" not in call.by_name:
        return None
    ours = _CLASS_LOSSES[call.name]
    p, y = call.by_place
    inner = f"{ours}({f'exp({p})' if ours == 'nll' else p}, {y})"
    if call.by_name["reduction"] == "mean":
        return inner
    shape = call.shapes.get(p)
    if call.by_name["reduction"] != "sum" or shape is None:
        return None
    each = ours in ("bce", "bce_with_logits")
    rows = prod(shape) if each else (shape[0] if len(shape) > 1 else 1)
    return f"{rows}*{inner}" if rows != 1 else inner


_CLASS_LOSSES = {
    "cross_entropy": "cross_entropy",
    "CrossEntropyLoss": "cross_entropy",
    "nll_loss": "nll",
    "NLLLoss": "nll",
    "binary_cross_entropy": "bce",
    "BCELoss": "bce",
    "binary_cross_entropy_with_logits": "bce_with_logits",
    "BCEWithLogitsLoss": "bce_with_logits",
}


def _nll(call: LibraryCall) -> str | None:
    if "reduction" in call.by_name:
        return _of_classes(call)
    return f"nll(exp({call.by_place[0]}), {call.by_place[1]})" if _only(call, 2) else None


def _keras(call: LibraryCall) -> str | None:
    """A Keras loss: the label comes first there, and an option says that scores are logits."""
    own = call.name.lower().endswith("categoricalcrossentropy") or "categorical_" in call.name
    own = own or call.name in ("BinaryCrossentropy", "MeanSquaredError", "MeanAbsoluteError")
    if not own and not {"keras", "losses", "K"} & set(call.modules):
        return _squares(call) if call.name in ("mean_squared_error", "MSE", "mse", "MAE") else None
    label = call.by_name.get("y_true", call.by_place[0] if call.by_place else None)
    predicted = call.by_name.get("y_pred", call.by_place[-1] if call.by_place else None)
    places = 2 - ("y_true" in call.by_name) - ("y_pred" in call.by_name)
    if not _only(call, places, "y_true", "y_pred", "from_logits") or not label or not predicted:
        return None
    ours = _KERAS_LOSSES[call.name]
    if call.modules[:1] == ("Flux",):
        return None
    if call.by_name.get("from_logits") == "True":
        ours = {"bce": "bce_with_logits", "nll": "cross_entropy"}.get(ours, ours)
    if ours == "mae":
        return f"mean(abs({_factor(predicted)} - {_factor(label)}))"
    return f"{ours}({predicted}, {label})"


def _with_logits(call: LibraryCall) -> str | None:
    """TensorFlow's losses on logits, with both arguments passed by name."""
    labels, logits = call.by_name.get("labels"), call.by_name.get("logits")
    if labels is None or logits is None or not _only(call, 0, "labels", "logits"):
        return None
    if call.name == "sigmoid_cross_entropy_with_logits":
        # One value for each element there.
        return f"softplus({logits}) - {_factor(logits)}*{_factor(labels)}"
    shape = call.shapes.get(logits)
    return f"cross_entropy({logits}, {labels})" if shape is not None and len(shape) == 1 else None


def _each(form: str) -> Callable[[LibraryCall], str | None]:
    """A function of one or two arguments whose value is the formula `form`."""

    def written(call: LibraryCall) -> str | None:
        count = 2 if "{y}" in form else 1
        if not call.modules or not _only(call, count):
            return None
        x, y = (_factor(call.by_place[n]) if n < count else "" for n in (0, 1))
        return form.format(x=x, y=y)

    return written


def _halved(call: LibraryCall) -> str | None:
    """optax's l2_loss, one value for each element, and TensorFlow's, one in all; both halved."""
    if {"tf", "nn"} & set(call.modules):
        return f"sum({call.factor(0)}^2)/2" if _only(call, 1) else None
    if "optax" not in call.modules or len(call.by_place) not in (1, 2) or call.by_name:
        return None
    inner = " - ".join(_factor(each) for each in call.by_place)
    return f"({inner})^2/2" if len(call.by_place) == 2 else f"{inner}^2/2"


def _cross_entropy_of_one_case(call: LibraryCall) -> str | None:
    """A cross-entropy with one value for each case there: ours, if there is one case."""
    if not _only(call, 2):
        return None
    shape = call.shapes.get(call.by_place[0])
    one = shape is not None and len(shape) == 1
    return f"cross_entropy({call.by_place[0]}, {call.by_place[1]})" if one else None


def _flux(call: LibraryCall) -> str | None:
    """Flux's losses: `crossentropy` takes probabilities, `logitcrossentropy` logits."""
    ours = {"crossentropy": "nll", "logitcrossentropy": "cross_entropy"}[call.name]
    if call.modules[:1] != ("Flux",) and call.name == "crossentropy":
        return None
    shape = call.shapes.get(call.by_place[0]) if call.by_place else None
    if not _only(call, 2) or (shape is not None and len(shape) > 1):
        return None  # a batch lies in columns there
    return f"{ours}({call.by_place[0]}, {call.by_place[1]})"


def _log_loss(call: LibraryCall) -> str | None:
    """scikit-learn's log_loss of probabilities, the label first."""
    return f"bce({call.by_place[1]}, {call.by_place[0]})" if _only(call, 2) else None


def _dense(call: LibraryCall) -> str | None:
    """`Dense(3, activation='relu')(x)`, `Linear(x, 3)`, `dense(x, 3, activation=relu)`."""
    sizes = ("units", "features", "out_features", "in_features")
    if not set(call.by_name) <= {"activation", "name", "input_shape", "input_dim", *sizes}:
        return None
    if call.name == "dense" and "activation" not in call.by_name:
        return None
    if call.name == "Linear" and call.called_again:
        return None
    given = list(call.by_place)
    if not given or re.fullmatch(r"\d+", given[0]):
        return None  # a layer that is called elsewhere
    x, *rest = given
    activation = call.by_name.get("activation")
    if rest and not re.fullmatch(r"\d+", rest[-1]) and rest[-1].isidentifier() and len(rest) > 1:
        activation = rest.pop()
    units = next((call.by_name[each] for each in sizes if each in call.by_name), None)
    if rest:
        units = rest[-1]
    if units is None or len(rest) > (2 if call.name == "Linear" else 1):
        return None
    inner = f"dense({x}, {units})"
    activation = None if activation is None else activation.strip("'\" ").rpartition(".")[2]
    if activation in (None, "None", "linear", "identity"):
        return inner
    ours = _ACTIVATIONS.get(activation, activation)
    return f"{ours}({inner})" if ours in FUNCTIONS else None


_ACTIVATIONS = {
    "swish": "silu",
    "ReLU": "relu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "σ": "sigmoid",
}


def _activation(call: LibraryCall) -> str | None:
    """Keras's `Activation('relu')(x)`."""
    if not _only(call, 2):
        return None
    x, name = call.by_place
    ours = _ACTIVATIONS.get(name.strip("'\""), name.strip("'\""))
    return f"{ours}({x})" if ours in FUNCTIONS else None


def _leaky(call: LibraryCall) -> str | None:
    slope = call.by_name.get("alpha", call.by_name.get("negative_slope"))
    if slope is None and "tf" in call.modules and len(call.by_place) == 1:
        slope = "0.2"
    if slope is None or not _only(call, 1, "alpha", "negative_slope"):
        return None
    return f"leaky_relu({call.by_place[0]}, slope={slope})"


def _layer_norm(call: LibraryCall) -> str | None:
    """`F.layer_norm(x, (4,))` without gain and bias, over the last axis."""
    sizes = re.findall(r"\d+", call.by_place[1]) if len(call.by_place) == 2 else []
    shape = call.shapes.get(call.by_place[0]) if call.by_place else None
    if not shape or len(sizes) != 1 or int(sizes[0]) != shape[-1] or not _only(call, 2, "eps"):
        return None
    if not re.fullmatch(r"[\[(]?\s*\d+\s*,?\s*[\])]?", call.by_place[1]) or not call.modules:
        return None
    eps = f", eps={call.by_name['eps']}" if "eps" in call.by_name else ""
    return f"layer_norm({call.by_place[0]}, ones({sizes[0]}), zeros({sizes[0]}){eps})"


def _normalize(call: LibraryCall) -> str | None:
    x = call.by_place[0] if call.by_place else ""
    shape = call.shapes.get(x)
    if shape is None or len(shape) != 1 or not _only(call, 1, "dim", "axis"):
        return None
    return f"{_factor(x)}/norm({x})"


RULES: Mapping[str, Callable[[LibraryCall], str | None]] = {
    "var": _spread,
    "std": _spread,
    "elu": _elu,
    "ELU": _elu,
    "softplus": _softplus,
    "Softplus": _softplus,
    "gelu": _gelu,
    "GELU": _gelu,
    "norm": _norm,
    "leaky_relu": _leaky,
    "mse_loss": _squares,
    "MSELoss": _squares,
    "l1_loss": _squares,
    "L1Loss": _squares,
    "huber_loss": _robust,
    "smooth_l1_loss": _robust,
    "HuberLoss": _robust,
    "SmoothL1Loss": _robust,
    "layer_norm": _layer_norm,
    "normalize": _normalize,
    "sigmoid_cross_entropy_with_logits": _with_logits,
    "softmax_cross_entropy_with_logits": _with_logits,
    "sparse_softmax_cross_entropy_with_logits": _with_logits,
    **dict.fromkeys(_KERAS_LOSSES, _keras),
    **dict.fromkeys(_CLASS_LOSSES, _of_classes),
    "nll_loss": _nll,
    "NLLLoss": _nll,
    "Dense": _dense,
    "Linear": _dense,
    "dense": _dense,
    "Activation": _activation,
    "l2_loss": _halved,
    "squared_error": _each("({x} - {y})^2"),
    "squared_difference": _each("({x} - {y})^2"),
    "sigmoid_binary_cross_entropy": _each("(softplus({x}) - {x}*{y})"),
    "softmax_cross_entropy_with_integer_labels": _cross_entropy_of_one_case,
    "softmax_cross_entropy": _cross_entropy_of_one_case,
    "crossentropy": _flux,
    "logitcrossentropy": _flux,
    "log_loss": _log_loss,
}
"""By another library's name of a function, how a call is rewritten; None: as the others."""
