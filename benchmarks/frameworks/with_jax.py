"""The nets in JAX, compiled by `jax.jit`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

os.environ.setdefault(
    "XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
)

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")

Loss = Callable[[Mapping[str, Any], Mapping[str, Any]], Any]
_sigmoid = jax.nn.sigmoid


def _neuron(p: Any, v: Any) -> Any:
    return (_sigmoid(p["w"] * v["x"] + p["b"]) - v["y"]) ** 2 / 2


def _nine(p: Any, v: Any) -> Any:
    h1 = _sigmoid(p["w11"] * v["x1"] + p["w12"] * v["x2"] + p["b1"])
    h2 = _sigmoid(p["w21"] * v["x1"] + p["w22"] * v["x2"] + p["b2"])
    return (_sigmoid(p["v1"] * h1 + p["v2"] * h2 + p["c"]) - v["y"]) ** 2 / 2


def _cross_entropy(s: Any, k: Any) -> Any:
    return -jnp.take_along_axis(jax.nn.log_softmax(s), k[..., None], axis=-1).mean()


def _classes(p: Any, v: Any) -> Any:
    x = v["x"] if "x" in v else v["X"]
    h = jax.nn.relu(x @ p["h.W"].T + p["h.b"])
    return _cross_entropy(h @ p["s.W"].T + p["s.b"], v["k"])


def _deep(p: Any, v: Any) -> Any:
    h = v["X"]
    for n in range(1, len(p) // 2 + 1):
        h = jnp.tanh(h @ p[f"h{n}.W"].T + p[f"h{n}.b"])
    return ((h - v["Y"]) ** 2).mean()


def _image(p: Any, v: Any) -> Any:
    c = jax.lax.conv(v["X"], p["c.W"], (1, 1), "VALID") + p["c.b"][:, None, None]
    blocks = jax.lax.reduce_window(
        jax.nn.relu(c), -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID"
    )
    return _cross_entropy(blocks.reshape(len(c), -1) @ p["s.W"].T + p["s.b"], v["k"])


def _lstm(p: Any, v: Any) -> Any:
    n = len(v["y"])

    def step(state: Any, x: Any) -> Any:
        h, c = state
        i, f, g, o = jnp.split(p["U"] @ x + p["V"] @ h + p["b"], 4)
        c = _sigmoid(f) * c + _sigmoid(i) * jnp.tanh(g)
        return (_sigmoid(o) * jnp.tanh(c), c), None

    (h, _), _ = jax.lax.scan(step, (jnp.zeros(n), jnp.zeros(n)), v["X"])
    return ((h - v["y"]) ** 2).mean()


def _attention(p: Any, v: Any) -> Any:
    q, k, u = (v["X"] @ p[f"A.{name}"].T for name in ("W_q", "W_k", "W_v"))
    return ((jax.nn.softmax(q @ k.T / 4, axis=1) @ u - v["Y"]) ** 2).mean()


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


def _arrays(arrays: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: jnp.asarray(each.astype(np.int64) if name == "k" else each)
        for name, each in arrays.items()
    }


def net(number: str, learned: Mapping[str, Any], fixed: Mapping[str, Any]) -> Callable[[], Any]:
    """Forward and backward of a net on these values, which are JAX's own arrays before."""
    both = jax.jit(jax.value_and_grad(LOSSES[number]))
    params, given = _arrays(learned), _arrays(fixed)
    return lambda: jax.block_until_ready(both(params, given))


def first(number: str, learned: Mapping[str, Any], fixed: Mapping[str, Any]) -> Any:
    """The first gradient, with its compiling."""
    jax.clear_caches()
    return net(number, learned, fixed)()
