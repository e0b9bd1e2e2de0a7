"""The nets in PyTensor, as functions compiled by its default mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt

Loss = Callable[[Mapping[str, Any], Mapping[str, Any]], Any]


def _neuron(p: Any, v: Any) -> Any:
    return (pt.sigmoid(p["w"] * v["x"] + p["b"]) - v["y"]) ** 2 / 2


def _nine(p: Any, v: Any) -> Any:
    h1 = pt.sigmoid(p["w11"] * v["x1"] + p["w12"] * v["x2"] + p["b1"])
    h2 = pt.sigmoid(p["w21"] * v["x1"] + p["w22"] * v["x2"] + p["b2"])
    return (pt.sigmoid(p["v1"] * h1 + p["v2"] * h2 + p["c"]) - v["y"]) ** 2 / 2


def _one(p: Any, v: Any) -> Any:
    h = pt.maximum(p["h.W"] @ v["x"] + p["h.b"], 0)
    return -pt.special.log_softmax(p["s.W"] @ h + p["s.b"])[v["k"]]


def _cross_entropy(s: Any, k: Any) -> Any:
    return -pt.special.log_softmax(s, axis=1)[pt.arange(s.shape[0]), k].mean()


def _batch(p: Any, v: Any) -> Any:
    h = pt.maximum(v["X"] @ p["h.W"].T + p["h.b"], 0)
    return _cross_entropy(h @ p["s.W"].T + p["s.b"], v["k"])


def _deep(p: Any, v: Any) -> Any:
    h = v["X"]
    for n in range(1, len(p) // 2 + 1):
        h = pt.tanh(h @ p[f"h{n}.W"].T + p[f"h{n}.b"])
    return ((h - v["Y"]) ** 2).mean()


def _image(p: Any, v: Any) -> Any:
    """A convolution as a sum of shifted products, which it differentiates best."""
    x, weights = v["X"], p["c.W"]
    c = p["c.b"][:, None, None]
    for row in range(3):
        for column in range(3):
            part = x[:, :, row : row + 10, column : column + 10]
            c = c + part * weights[:, 0, row, column][None, :, None, None]
    c = pt.maximum(c, 0)
    above = pt.maximum(c[:, :, 0::2], c[:, :, 1::2])
    blocks = pt.maximum(above[..., 0::2], above[..., 1::2])
    return _cross_entropy(blocks.reshape((x.shape[0], 100)) @ p["s.W"].T + p["s.b"], v["k"])


def _lstm(p: Any, v: Any) -> Any:
    n = 16
    h = c = pt.zeros(n)
    for t in range(10):
        a = p["U"] @ v["X"][t] + p["V"] @ h + p["b"]
        i, f, g, o = (a[n * part : n * (part + 1)] for part in range(4))
        c = pt.sigmoid(f) * c + pt.sigmoid(i) * pt.tanh(g)
        h = pt.sigmoid(o) * pt.tanh(c)
    return ((h - v["y"]) ** 2).mean()


def _attention(p: Any, v: Any) -> Any:
    q, k, u = (v["X"] @ p[f"A.{name}"].T for name in ("W_q", "W_k", "W_v"))
    return ((pt.special.softmax(q @ k.T / 4, axis=1) @ u - v["Y"]) ** 2).mean()


LOSSES: dict[str, Loss] = {
    "1": _neuron,
    "2": _nine,
    "3": _one,
    "4": _batch,
    "5": _deep,
    "6": _image,
    "7": _lstm,
    "8": _attention,
}


def net(number: str, learned: Mapping[str, Any], fixed: Mapping[str, Any]) -> Callable[[], Any]:
    """Forward and backward of a net on these values, without a check of the arguments' types."""
    arrays = {
        name: np.asarray(each, dtype=np.int64 if name == "k" else np.float64)
        for name, each in {**learned, **fixed}.items()
    }
    symbols = {
        name: pt.tensor(name.replace(".", "_"), shape=each.shape, dtype=each.dtype.name)
        for name, each in arrays.items()
    }
    params = {name: symbols[name] for name in learned}
    loss = LOSSES[number](params, {name: symbols[name] for name in fixed})
    partials = pytensor.grad(loss, list(params.values()))
    # With C's linker calls are the shortest; products of matrices are Numba's, unless C has a BLAS.
    products = number in "45" and not pytensor.config.blas__ldflags
    mode = "NUMBA" if products or not pytensor.config.cxx else "CVM"
    compiled = pytensor.function(list(symbols.values()), [loss, *partials], mode=mode)
    compiled.trust_input = True
    values = list(arrays.values())

    def run() -> Any:
        found, *rest = compiled(*values)
        return found, dict(zip(params, rest, strict=True))

    return run


def first(number: str, learned: Mapping[str, Any], fixed: Mapping[str, Any]) -> Any:
    """The first gradient, with its compiling; code that it keeps on disk stays."""
    return net(number, learned, fixed)()
