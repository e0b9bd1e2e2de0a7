"""Optimisers and schedules once more, as loops over Python's floats, from their published formulas.

Shares no code with the room: nothing of `app` is imported.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

Step = Callable[[list[float], list[float], float], list[float]]
"""Parameters, gradient and learning rate in; parameters out."""


def sgd() -> Step:
    return lambda w, g, rate: [a - rate * b for a, b in zip(w, g, strict=True)]


def momentum(mu: float = 0.9, nesterov: bool = False) -> Step:
    """Sutskever et al. (2013) in PyTorch's order: the rate multiplies the whole velocity."""
    velocity: list[float] = []

    def step(w: list[float], g: list[float], rate: float) -> list[float]:
        velocity[:] = (
            [mu * v + b for v, b in zip(velocity, g, strict=True)] if velocity else list(g)
        )
        moves = [b + mu * v for v, b in zip(velocity, g, strict=True)] if nesterov else velocity
        return [a - rate * move for a, move in zip(w, moves, strict=True)]

    return step


def adagrad(epsilon: float = 1e-10) -> Step:
    """Duchi et al. (2011), diagonal."""
    squares: list[float] = []

    def step(w: list[float], g: list[float], rate: float) -> list[float]:
        squares[:] = [s + b * b for s, b in zip(squares or [0.0] * len(g), g, strict=True)]
        return [
            a - rate * b / (math.sqrt(s) + epsilon) for a, b, s in zip(w, g, squares, strict=True)
        ]

    return step


def rmsprop(alpha: float = 0.99, epsilon: float = 1e-8) -> Step:
    """Hinton (2012), lecture 6e."""
    squares: list[float] = []

    def step(w: list[float], g: list[float], rate: float) -> list[float]:
        before = squares or [0.0] * len(g)
        squares[:] = [alpha * s + (1 - alpha) * b * b for s, b in zip(before, g, strict=True)]
        return [
            a - rate * b / (math.sqrt(s) + epsilon) for a, b, s in zip(w, g, squares, strict=True)
        ]

    return step


def adam(beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8) -> Step:
    """Kingma & Ba (2015), algorithm 1."""
    first: list[float] = []
    second: list[float] = []
    count = 0

    def step(w: list[float], g: list[float], rate: float) -> list[float]:
        nonlocal count
        count += 1
        zeros = [0.0] * len(g)
        first[:] = [beta_1 * m + (1 - beta_1) * b for m, b in zip(first or zeros, g, strict=True)]
        second[:] = [
            beta_2 * v + (1 - beta_2) * b * b for v, b in zip(second or zeros, g, strict=True)
        ]
        found = []
        for a, m, v in zip(w, first, second, strict=True):
            m_hat, v_hat = m / (1 - beta_1**count), v / (1 - beta_2**count)
            found.append(a - rate * m_hat / (math.sqrt(v_hat) + epsilon))
        return found

    return step


def adamw(decay: float = 0.0) -> Step:
    """Loshchilov & Hutter (2019), algorithm 2, in PyTorch's order and without its default decay."""
    inner = adam()

    def step(w: list[float], g: list[float], rate: float) -> list[float]:
        return inner([a - rate * decay * a for a in w], g, rate)

    return step


DECOUPLED = {"adamw": adamw}
"""Whose weight decay is no part of the gradient."""

STEPS: dict[str, Callable[[], Step]] = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": lambda: momentum(nesterov=True),
    "adagrad": adagrad,
    "rmsprop": rmsprop,
    "adam": adam,
    "adamw": adamw,
}


def rates(name: str, first: float, count: int) -> Iterator[float]:
    """The learning rates of so many updates, by the settings that the tests use."""
    for number in range(count):
        yield {
            "constant": first,
            "step": first * 0.5 ** (number // 3),
            "exponential": first * 0.9**number,
            "inverse": first / (1 + 0.1 * number),
            "cosine": 0.01 + (first - 0.01) * (1 + math.cos(math.pi * min(number, 8) / 8)) / 2,
        }[name]


def clipped(g: list[float], most: float) -> list[float]:
    """PyTorch's `clip_grad_norm_`."""
    norm = math.sqrt(math.fsum(b * b for b in g))
    factor = min(1.0, most / (norm + 1e-6))
    return [b * factor for b in g]
