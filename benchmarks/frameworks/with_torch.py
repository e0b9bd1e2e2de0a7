"""The nets in PyTorch, run eagerly on one thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812

torch.set_num_threads(1)

Loss = Callable[[Mapping[str, Any], Mapping[str, Any]], Any]


def _neuron(p: Any, v: Any) -> Any:
    return (torch.sigmoid(p["w"] * v["x"] + p["b"]) - v["y"]) ** 2 / 2


def _nine(p: Any, v: Any) -> Any:
    h1 = torch.sigmoid(p["w11"] * v["x1"] + p["w12"] * v["x2"] + p["b1"])
    h2 = torch.sigmoid(p["w21"] * v["x1"] + p["w22"] * v["x2"] + p["b2"])
    return (torch.sigmoid(p["v1"] * h1 + p["v2"] * h2 + p["c"]) - v["y"]) ** 2 / 2


def _classes(p: Any, v: Any) -> Any:
    x = v["x"] if "x" in v else v["X"]
    h = torch.relu(F.linear(x, p["h.W"], p["h.b"]))
    return F.cross_entropy(F.linear(h, p["s.W"], p["s.b"]), v["k"])


def _deep(p: Any, v: Any) -> Any:
    h = v["X"]
    for n in range(1, len(p) // 2 + 1):
        h = torch.tanh(F.linear(h, p[f"h{n}.W"], p[f"h{n}.b"]))
    return F.mse_loss(h, v["Y"])


def _image(p: Any, v: Any) -> Any:
    c = torch.relu(F.conv2d(v["X"], p["c.W"], p["c.b"]))
    s = F.linear(F.max_pool2d(c, 2).flatten(1), p["s.W"], p["s.b"])
    return F.cross_entropy(s, v["k"])


def _lstm(p: Any, v: Any) -> Any:
    n = len(v["y"])
    h = c = torch.zeros(n)
    for x in v["X"]:
        i, f, g, o = (p["U"] @ x + p["V"] @ h + p["b"]).split(n)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
    return F.mse_loss(h, v["y"])


def _attention(p: Any, v: Any) -> Any:
    q, k, u = (F.linear(v["X"], p[f"A.{name}"]) for name in ("W_q", "W_k", "W_v"))
    return F.mse_loss(torch.softmax(q @ k.T / 4, 1) @ u, v["Y"])


LOSSES: dict[str, Loss] = {
    "1": _neuron,
    "2": _nine,
    "3": _classes,
    "4": _classes,
    "5": _deep,
    "6": _image,
    "7": _lstm,
    "8": _attention,
}


def _tensors(arrays: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: torch.tensor(int(each))
        if name == "k" and not each.shape
        else torch.tensor(each.astype(np.int64) if name == "k" else each)
        for name, each in arrays.items()
    }


def net(number: str, learned: Mapping[str, Any], fixed: Mapping[str, Any]) -> Callable[[], Any]:
    """Forward and backward of a net on these values; the tensors are made before."""
    torch.set_default_dtype(torch.float64)
    loss, given = LOSSES[number], _tensors(fixed)
    params = {name: each.requires_grad_() for name, each in _tensors(learned).items()}
    tensors = list(params.values())

    def run() -> Any:
        found = loss(params, given)
        return found, dict(zip(params, torch.autograd.grad(found, tensors), strict=True))

    return run


def first(number: str, learned: Mapping[str, Any], fixed: Mapping[str, Any]) -> Any:
    """The first gradient, from the arrays on."""
    return net(number, learned, fixed)()
