"""Random small networks of branches, extremes, logs and roots, and points where they have kinks.

A network is drawn a statement at a time on vectors of two; its leaves are drawn from few values, so
that ties, zeros and branches not taken are met often. Quotients stand in branches alone, and there
is nothing that levels off: what an infinite value makes 0 by rounding is no mask. Checks nothing.
"""

from __future__ import annotations

import random
from typing import Any

VALUES = (0, 0, 1, -1, 2, -3, 0.5, 0.1, 0.3, 3)
_UNARY = (
    "relu({})", "sqrt({})", "log({})", "abs({})", "{}^2", "0.1*{}*3", "-{}",
    "clip({}, 0, 1)", "step({})*{}", "sign({})*{}", "{}^1.5", "norm({})*{}",
    "max({})*{}", "min({})", "{}[0]*{}", "sum({})", "mean({})", "hardtanh({})",
    "leaky_relu({})", "({})[1:2]*{}", "sort_free({})", "{}.T", "reshape({}, 2)",
)  # fmt: skip
_BINARY = (
    "{0} + {1}", "{0} - {1}", "{0}*{1}", "maximum({0}, {1})", "minimum({0}, {1})",
    "where({0} > {1}, {0}, {1}^2)", "where({0} > 0, sqrt({0}), {1})",
    "where({0} == {1}, {0}, log({1}))", "where(0.1*{0}*3 >= 0.3*{1}, {0}, 1/{1})",
    "where({1} != 0, {0}/{1}, 0)", "where({0} > 0, where({1} > 0, log({0}*{1}), {0}), exp({1}))",
    "relu(log({0})) * {1}", "maximum(sqrt({0}), 1) + {1}", "{0}*max(log({1}))", "dot({0}, {1})*{0}",
)  # fmt: skip


def source(seed: int) -> str:
    """A definition: leaves x, y, M; two to five statements; a loss."""
    draw = random.Random(seed)
    names = ["x", "y", "x"]
    lines = ["param x = [1, 2]", "param y = [3, 0.5]", "param M = [[1, -1], [0.5, 2]]"]
    for number in range(draw.randint(1, 4)):
        name = f"u{number}"
        lines.append(f"{name} = {_statement(draw, names)}")
        names += [name, name]
    lines.append(f"L = sum({names[-1]} + 0*x)" if draw.random() < 0.5 else f"L = sum({names[-1]})")
    return "\n".join(lines)


def _statement(draw: random.Random, names: list[str]) -> str:
    form = draw.choice(_UNARY + _BINARY)
    if form == "sort_free({})":
        return f"relu(M @ ({draw.choice(names)} + x))"
    if form in _BINARY:
        return form.format(draw.choice(names), draw.choice(names))
    one = draw.choice(names)
    if draw.random() < 0.4:
        one = f"({draw.choice(_BINARY).format(one, draw.choice(names))})"
    return form.replace("{}", one)


def point(seed: int) -> dict[str, Any]:
    """Values of the leaves at which something may be tied, zero or negative."""
    draw = random.Random(seed)
    return {
        "x": [draw.choice(VALUES) for _ in range(2)],
        "y": [draw.choice(VALUES) for _ in range(2)],
        "M": [[draw.choice(VALUES) for _ in range(2)] for _ in range(2)],
    }
