"""Eight networks, as text and by hand in NumPy: the loss and all gradients. Measures nothing.

What is by hand is what a person writes who knows the formulas: no buffers, no tricks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Values = Mapping[str, Any]
Answer = tuple[Any, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Net:
    """A network: its text, its formulas by hand, and the share of their time that is wanted."""

    name: str
    text: str
    by_hand: Callable[[Values], Answer]
    wanted: float


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _neuron(v: Values) -> Answer:
    u = _sigmoid(v["w"] * v["x"] + v["b"])
    d = (u - v["y"]) * u * (1 - u)
    return (u - v["y"]) ** 2 / 2, {"w": d * v["x"], "b": d}


NINE = """\
input x1 = 0.5
input x2 = -0.8
target y = 1
param w11 = 0.15
param w12 = 0.2
param w21 = 0.25
param w22 = 0.3
param b1 = 0.35
param b2 = -0.1
param v1 = 0.4
param v2 = 0.45
param c = 0.6
h1 = sigmoid(w11*x1 + w12*x2 + b1)
h2 = sigmoid(w21*x1 + w22*x2 + b2)
u = sigmoid(v1*h1 + v2*h2 + c)
L = (u - y)^2/2
"""


def _nine(v: Values) -> Answer:
    h1 = _sigmoid(v["w11"] * v["x1"] + v["w12"] * v["x2"] + v["b1"])
    h2 = _sigmoid(v["w21"] * v["x1"] + v["w22"] * v["x2"] + v["b2"])
    u = _sigmoid(v["v1"] * h1 + v["v2"] * h2 + v["c"])
    d = (u - v["y"]) * u * (1 - u)
    d1, d2 = d * v["v1"] * h1 * (1 - h1), d * v["v2"] * h2 * (1 - h2)
    gradients = {"w11": d1 * v["x1"], "w12": d1 * v["x2"], "w21": d2 * v["x1"]}
    gradients |= {"w22": d2 * v["x2"], "b1": d1, "b2": d2, "v1": d * h1, "v2": d * h2, "c": d}
    return (u - v["y"]) ** 2 / 2, gradients


def _softmax_loss(s: Any, k: Any) -> tuple[Any, Any]:
    """The mean cross-entropy over rows, and its partial by the logits."""
    rows = np.arange(len(s))
    s = s - s.max(axis=1, keepdims=True)
    e = np.exp(s)
    total = e.sum(axis=1, keepdims=True)
    loss = (np.log(total[:, 0]) - s[rows, k]).mean()
    d = e / total
    d[rows, k] -= 1
    return loss, d / len(s)


def _one(v: Values) -> Answer:
    z = v["h.W"] @ v["x"] + v["h.b"]
    h = np.maximum(z, 0)
    s = v["s.W"] @ h + v["s.b"]
    k = int(v["k"])
    e = np.exp(s - s.max())
    total = e.sum()
    d = e / total
    loss = -np.log(d[k])
    d[k] -= 1
    back = (v["s.W"].T @ d) * (z > 0)
    gradients = {"h.W": np.outer(back, v["x"]), "h.b": back, "s.W": np.outer(d, h), "s.b": d}
    return loss, gradients


def _batch(v: Values) -> Answer:
    z = v["X"] @ v["h.W"].T + v["h.b"]
    h = np.maximum(z, 0)
    loss, d = _softmax_loss(h @ v["s.W"].T + v["s.b"], v["k"].astype(int))
    back = (d @ v["s.W"]) * (z > 0)
    gradients = {"h.W": back.T @ v["X"], "h.b": back.sum(axis=0)}
    return loss, {**gradients, "s.W": d.T @ h, "s.b": d.sum(axis=0)}


LAYERS = 20
DEEP = "\n".join(
    (
        "input X[32, 64] ~ normal(0, 1)",
        "target Y[32, 64] ~ normal(0, 1)",
        "h1 = tanh(dense(X, 64))",
        *(f"h{n} = tanh(dense(h{n - 1}, 64))" for n in range(2, LAYERS + 1)),
        f"L = mse(h{LAYERS}, Y)",
    )
)


def _deep(v: Values) -> Answer:
    kept = [v["X"]]
    for n in range(1, LAYERS + 1):
        kept.append(np.tanh(kept[-1] @ v[f"h{n}.W"].T + v[f"h{n}.b"]))
    error = kept[-1] - v["Y"]
    gradients: dict[str, Any] = {}
    d = 2 * error / error.size
    for n in range(LAYERS, 0, -1):
        d = d * (1 - kept[n] ** 2)
        gradients[f"h{n}.W"], gradients[f"h{n}.b"] = d.T @ kept[n - 1], d.sum(axis=0)
        d = d @ v[f"h{n}.W"]
    return (error**2).mean(), gradients


def _image(rows: int) -> str:
    return (
        f"input X[{rows}, 1, 12, 12] ~ normal(0, 1)\n"
        f"target k[{rows}] = [{', '.join(str(n % 10) for n in range(rows))}]\n"
        "c = relu(conv2d(X, filters=4, kernel=3))\n"
        "p = max_pool2d(c, 2)\n"
        f"s = dense(reshape(p, {rows}, 100), 10)\n"
        "L = cross_entropy(s, k)\n"
    )


def _convolution(v: Values) -> Answer:
    X, K = v["X"], v["c.W"]
    n = len(X)
    windows = np.lib.stride_tricks.sliding_window_view(X[:, 0], (3, 3), axis=(1, 2))
    cut = np.ascontiguousarray(windows).reshape(n, 100, 9)
    z = (cut @ K.reshape(4, 9).T + v["c.b"]).transpose(0, 2, 1).reshape(n, 4, 10, 10)
    c = np.maximum(z, 0)
    blocks = c.reshape(n, 4, 5, 2, 5, 2).transpose(0, 1, 2, 4, 3, 5).reshape(n, 4, 5, 5, 4)
    p = blocks.max(axis=-1)
    flat = p.reshape(n, 100)
    loss, d = _softmax_loss(flat @ v["s.W"].T + v["s.b"], v["k"].astype(int))
    gradients = {"s.W": d.T @ flat, "s.b": d.sum(axis=0)}
    back = (d @ v["s.W"]).reshape(n, 4, 5, 5, 1)
    hit = blocks == p[..., None]
    share = hit / hit.sum(axis=-1, keepdims=True) * back
    dc = share.reshape(n, 4, 5, 5, 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(n, 4, 10, 10)
    dz = (dc * (z > 0)).reshape(n, 4, 100)
    gradients["c.W"] = np.matmul(dz, cut).sum(axis=0).reshape(4, 1, 3, 3)
    gradients["c.b"] = dz.sum(axis=(0, 2))
    return loss, gradients


STEPS, WIDE = 10, 16
RECURRENT = f"""\
input X[{STEPS}, 8] ~ normal(0, 1)
target y[{WIDE}] ~ normal(0, 1)
param U[{4 * WIDE}, 8] ~ xavier
param V[{4 * WIDE}, {WIDE}] ~ xavier
param b[{4 * WIDE}] ~ zeros
h = zeros({WIDE})
c = zeros({WIDE})
for t in range({STEPS}):
    h, c = lstm_cell(X[t], h, c, U, V, b)
L = mse(h, y)
"""


def _lstm(v: Values) -> Answer:
    n = WIDE
    h, c = np.zeros(n), np.zeros(n)
    kept = []
    for t in range(STEPS):
        a = v["U"] @ v["X"][t] + v["V"] @ h + v["b"]
        i, f, o = _sigmoid(a[:n]), _sigmoid(a[n : 2 * n]), _sigmoid(a[3 * n :])
        g = np.tanh(a[2 * n : 3 * n])
        new = f * c + i * g
        kept.append((h, c, i, f, g, o, np.tanh(new)))
        h, c = o * kept[-1][-1], new
    error = h - v["y"]
    dh, dc = 2 * error / n, np.zeros(n)
    U, V, b = np.zeros_like(v["U"]), np.zeros_like(v["V"]), np.zeros_like(v["b"])
    for t in range(STEPS - 1, -1, -1):
        before, cell, i, f, g, o, squashed = kept[t]
        dc = dc + dh * o * (1 - squashed**2)
        parts = (
            dc * g * i * (1 - i),
            dc * cell * f * (1 - f),
            dc * i * (1 - g**2),
            dh * squashed * o * (1 - o),
        )
        da = np.concatenate(parts)
        U += np.outer(da, v["X"][t])
        V += np.outer(da, before)
        b += da
        dh, dc = v["V"].T @ da, dc * f
    return (error**2).mean(), {"U": U, "V": V, "b": b}


HEAD = """\
input X[8, 16] ~ normal(0, 1)
target Y[8, 16] ~ normal(0, 1)
A = self_attention(X, 16)
L = mse(A, Y)
"""


def _attention(v: Values) -> Answer:
    X = v["X"]
    Q, K, V = (X @ v[f"A.{name}"].T for name in ("W_q", "W_k", "W_v"))
    s = Q @ K.T / 4
    e = np.exp(s - s.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    error = p @ V - v["Y"]
    d = 2 * error / error.size
    dp = d @ V.T
    ds = p * (dp - (dp * p).sum(axis=1, keepdims=True)) / 4
    gradients = {"A.W_q": (ds @ K).T @ X, "A.W_k": (ds.T @ Q).T @ X, "A.W_v": (p.T @ d).T @ X}
    return (error**2).mean(), gradients


NETS = (
    Net(
        "1 neuron",
        "input x = 2\ntarget y = 1\nparam w = 0.5\nparam b = -0.3\n"
        "z = w*x + b\nu = sigmoid(z)\nL = (u - y)^2/2",
        _neuron,
        0.25,
    ),
    Net("2 2-2-1, nine scalars", NINE, _nine, 0.25),
    Net(
        "3 4-16-3, one example",
        "input x = [0.1, 0.9, -0.4, 0.7]\ntarget k = 1\n"
        "h = relu(dense(x, 16))\ns = dense(h, 3)\nL = cross_entropy(s, k)",
        _one,
        0.75,
    ),
    Net(
        "4 784-256-10, batch 64",
        "input X[64, 784] ~ uniform(0, 1)\n"
        f"target k = [{', '.join(str(n % 10) for n in range(64))}]\n"
        "h = relu(dense(X, 256))\ns = dense(h, 10)\nL = cross_entropy(s, k)",
        _batch,
        1.15,
    ),
    Net("5 tanh 64 × 20, batch 32", DEEP, _deep, 1.1),
    Net("6 convolution, batch 1", _image(1), _convolution, 0.9),
    Net("6 convolution, batch 16", _image(16), _convolution, 0.95),
    Net("7 LSTM, 10 steps", RECURRENT, _lstm, 0.9),
    Net("8 attention, 8 × 16", HEAD, _attention, 0.95),
)
