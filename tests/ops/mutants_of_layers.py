"""Faults to plant in the rows of activations, extremes, entropy and windows. Runs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from backstep.ops import TABLE
from backstep.ops.reduce import expand_all
from backstep.ops.row import operation
from tests.ops.mutants import Fault, Rule

equal, exp, greater, greater_equal = (
    operation(name) for name in ("equal", "exp", "greater", "greater_equal")
)
less_equal, log, log_slope, sigmoid, softmax = (
    operation(name) for name in ("less_equal", "log", "log_slope", "sigmoid", "softmax")
)
absolute, move, normal_cdf, patches, reshape, total, where = (
    operation(name)
    for name in ("abs", "move_axis", "normal_cdf", "patches", "reshape", "sum", "where")
)

_WRONG: tuple[tuple[str, str, Rule], ...] = (
    ("leaky_relu", "as relu", lambda g, out, x, slope: (g * greater(x, 0),)),
    ("elu", "its value for its slope", lambda g, out, x: (g * where(greater(x, 0), 1, out),)),
    ("selu", "as elu", lambda g, out, x: (g * where(greater(x, 0), 1, exp(x)),)),
    ("gelu", "the density left out", lambda g, out, x: (g * normal_cdf(x),)),
    ("normal_cdf", "not scaled", lambda g, out, x: (g * exp(-(x * x) / 2),)),
    ("silu", "as sigmoid", lambda g, out, x: (g * (sigmoid(x) * (1 - sigmoid(x))),)),
    ("softplus", "its value for its input", lambda g, out, x: (g * sigmoid(out),)),
    ("hardtanh", "1 everywhere", lambda g, out, x: (g,)),
    ("clip", "one bound alone", lambda g, out, x, low, high: (g * greater_equal(x, low),)),
    (
        "max",
        "every element",
        lambda g, out, x, axis=None: (expand_all(g, x.shape, axis),),
    ),
    (
        "prod",
        "its value for the others' product",
        lambda g, out, x, axis=None: (expand_all(g * out, x.shape, axis),),
    ),
    (
        "norm",
        "not divided by its value",
        lambda g, out, x, axis=None: (expand_all(g, x.shape, axis) * x,),
    ),
    (
        "var",
        "not centred",
        lambda g, out, x, axis=None: (expand_all(g, x.shape, axis) * (2 * x / 3),),
    ),
    (
        "logsumexp",
        "not normalised",
        lambda g, out, x, axis=None: (expand_all(g, x.shape, axis) * exp(x),),
    ),
    ("times_log", "the sides exchanged", lambda g, out, y, p: (g * (y / p), g * log(p))),
    (
        "move_axis",
        "moved on and not back",
        lambda g, out, x, source, target: (reshape(g, shape=x.shape),),
    ),
    (
        "unpatches",
        "as if nothing overlapped",
        lambda g, out, x, **params: (
            patches(g, **{key: params[key] for key in ("size", "stride", "padding")}) / 2,
        ),
    ),
)


def wrong_rules_of_layers() -> Iterator[Fault]:
    """Rules with a wrong operand, a forgotten factor, a side for the other."""
    for name, said, rule in _WRONG:
        yield Fault(f"{name}: {said}", replace(TABLE[name], vjp=rule))


def _not_shared(g: Any, out: Any, x: Any, axis: int | None = None) -> tuple[Any]:
    return (expand_all(g, x.shape, axis) * equal(x, expand_all(out, x.shape, axis)),)


def _by_division(g: Any, out: Any, x: Any, axis: int | None = None) -> tuple[Any]:
    return (expand_all(g, x.shape, axis) * (expand_all(out, x.shape, axis) / x),)


def _not_guarded(g: Any, out: Any, x: Any, axis: int | None = None) -> tuple[Any]:
    return (expand_all(g, x.shape, axis) * (x / expand_all(out, x.shape, axis)),)


_LOST_CONVENTIONS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "leaky_relu",
        "slope 1 at 0",
        {"vjp": lambda g, out, x, slope: (g * where(greater_equal(x, 0), 1, slope),)},
    ),
    ("elu", "by exp", {"numpy": lambda x: np.where(np.greater(x, 0), x, np.exp(x) - 1)}),
    (
        "hardtanh",
        "slope 1 at its bounds",
        {"vjp": lambda g, out, x: (g * less_equal(absolute(x), 1),)},
    ),
    (
        "clip",
        "slope 0 at its bounds",
        {"vjp": lambda g, out, x, low, high: (g * (greater(x, low) * greater(high, x)),)},
    ),
    ("softplus", "typed out", {"numpy": lambda x: np.log(1 + np.exp(x))}),
    ("silu", "by one exponential", {"numpy": lambda x: x * np.exp(x) / (1 + np.exp(x))}),
    ("max", "every tied element gets all", {"vjp": _not_shared}),
    ("min", "every tied element gets all", {"vjp": _not_shared}),
    ("prod", "by division", {"vjp": _by_division}),
    ("norm", "no guard at 0", {"vjp": _not_guarded}),
    (
        "norm",
        "by squares",
        {"numpy": lambda x, axis=None: np.sqrt(np.sum(np.square(x), axis=axis))},
    ),
    (
        "logsumexp",
        "typed out",
        {"numpy": lambda x, axis=None: np.log(np.sum(np.exp(x), axis=axis))},
    ),
    ("times_log", "0·log 0 is NaN", {"numpy": lambda y, p: np.multiply(y, np.log(p))}),
    (
        "times_log",
        "no guard where y is 0",
        {"vjp": lambda g, out, y, p: (g * log(p), g * (y * log_slope(p)))},
    ),
    ("round", "halves up", {"numpy": lambda x: np.floor(np.asarray(x) + 0.5)}),
)


def lost_conventions_of_layers() -> Iterator[Fault]:
    """Rules and forms that are right but for the points where a convention holds."""
    for name, said, changed in _LOST_CONVENTIONS:
        yield Fault(f"{name}: {said}", replace(TABLE[name], **changed))
