"""The nets in CasADi's scalar expressions (SX), called from Python; without 4, 5 and 6."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import casadi
import numpy as np

Loss = Callable[[Mapping[str, Any], Mapping[str, Any]], Any]


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + casadi.exp(-x))


def _neuron(p: Any, v: Any) -> Any:
    return (_sigmoid(p["w"] * v["x"] + p["b"]) - v["y"]) ** 2 / 2


def _nine(p: Any, v: Any) -> Any:
    h1 = _sigmoid(p["w11"] * v["x1"] + p["w12"] * v["x2"] + p["b1"])
    h2 = _sigmoid(p["w21"] * v["x1"] + p["w22"] * v["x2"] + p["b2"])
    return (_sigmoid(p["v1"] * h1 + p["v2"] * h2 + p["c"]) - v["y"]) ** 2 / 2


def _one(p: Any, v: Any) -> Any:
    h = casadi.fmax(p["h.W"] @ v["x"] + p["h.b"], 0)
    s = p["s.W"] @ h + p["s.b"]
    chosen = casadi.dot(s, casadi.vertcat(*(v["k"] == n for n in range(3))))
    return casadi.logsumexp(s) - chosen


def _lstm(p: Any, v: Any) -> Any:
    n = 16
    h = c = casadi.SX.zeros(n)
    for t in range(10):
        a = p["U"] @ v["X"][t, :].T + p["V"] @ h + p["b"]
        i, f, g, o = casadi.vertsplit(a, n)
        c = _sigmoid(f) * c + _sigmoid(i) * casadi.tanh(g)
        h = _sigmoid(o) * casadi.tanh(c)
    return casadi.sumsqr(h - v["y"]) / n


def _attention(p: Any, v: Any) -> Any:
    q, k, u = (v["X"] @ p[f"A.{name}"].T for name in ("W_q", "W_k", "W_v"))
    scores = q @ k.T / 4
    e = casadi.exp(scores - casadi.repmat(casadi.mmax(scores), 8, 8))
    weights = e / casadi.repmat(casadi.sum2(e), 1, 8)
    return casadi.sumsqr(weights @ u - v["Y"]) / 128


LOSSES: dict[str, Loss] = {"1": _neuron, "2": _nine, "3": _one, "7": _lstm, "8": _attention}


def net(number: str, learned: Mapping[str, Any], fixed: Mapping[str, Any]) -> Callable[[], Any]:
    """Forward and backward of a net on these values, which are CasADi's own matrices before."""
    if number not in LOSSES:
        raise NotImplementedError(number)
    given = {**learned, **fixed}
    symbols = {
        name: casadi.SX.sym(name, *(*each.shape, *(1,) * (2 - each.ndim)))
        for name, each in given.items()
    }
    params = {name: symbols[name] for name in learned}
    loss = LOSSES[number](params, {name: symbols[name] for name in fixed})
    flat = casadi.vertcat(*(casadi.vec(each) for each in params.values()))
    gradient = casadi.gradient(loss, flat)
    ends = np.cumsum([0, *(each.size for each in learned.values())]).tolist()
    partials = [
        casadi.reshape(part, *each.shape)
        for part, each in zip(casadi.vertsplit(gradient, ends), params.values(), strict=True)
    ]
    function = casadi.Function("f", list(symbols.values()), [loss, *partials])
    values = [casadi.DM(np.asarray(each, dtype=float)) for each in given.values()]

    def run() -> Any:
        found, *rest = function(*values)
        return found, dict(zip(params, rest, strict=True))

    return run


def first(number: str, learned: Mapping[str, Any], fixed: Mapping[str, Any]) -> Any:
    """The first gradient, with its expressions."""
    return net(number, learned, fixed)()
