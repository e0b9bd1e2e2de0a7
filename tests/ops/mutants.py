"""Faults to plant in the operation table: rules and forms that are wrong on purpose. Runs nothing.

A fault is a name, and the table with one row replaced. Each must be caught by a check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from backstep.graph.node import Node
from backstep.ops import TABLE, NoGradient, Row
from backstep.ops.row import operation
from tests.ops.cases import Table, build, cases

Rule = Callable[..., Any]

log, step, where, square, swap = (
    operation(n) for n in ("log", "step", "where", "square", "swap_last")
)
outer, softmax, total, expand = (operation(n) for n in ("outer", "softmax", "sum", "expand"))
index, scatter, transpose, reshape = (
    operation(n) for n in ("index", "scatter", "transpose", "reshape")
)
greater_equal, sigmoid, tanh = (operation(n) for n in ("greater_equal", "sigmoid", "tanh"))
sin, cos, place, log_slope = (operation(n) for n in ("sin", "cos", "place", "log_slope"))
broadcast_to, sum_to = operation("broadcast_to"), operation("sum_to")


@dataclass(frozen=True, slots=True)
class Fault:
    """A row's wrong twin."""

    said: str
    row: Row

    @property
    def table(self) -> Table:
        return {**TABLE, self.row.name: self.row}


def _answers(row: Row) -> tuple[Any, ...]:
    built = build(cases(row.name)[0])
    u = built.seed("u", built.node.shape)
    return row.vjp(u, built.node, *built.node.inputs, **built.node.params)


def _with_answer(rule: Rule, position: int, change: Callable[[Node], Any]) -> Rule:
    def wrong(*given: Any, **params: Any) -> tuple[Any, ...]:
        answers = list(rule(*given, **params))
        if isinstance(answers[position], Node):
            answers[position] = change(answers[position])
        return tuple(answers)

    return wrong


CHANGES: tuple[tuple[str, Callable[[Node], Any]], ...] = (
    ("its sign flipped", lambda answer: -answer),
    ("0.1 % too large", lambda answer: answer * 1.001),
    ("0.1 % too small", lambda answer: answer * 0.999),
    ("left out", lambda answer: None),
    ("squared", lambda answer: square(answer)),
)


def slips() -> Iterator[Fault]:
    """Every answer of every rule, changed in every way."""
    for name, row in TABLE.items():
        if not row.samples or not row.samples[0].shapes:
            continue
        for position, answer in enumerate(_answers(row)):
            if not isinstance(answer, Node):
                continue
            for said, change in CHANGES:
                rule = _with_answer(row.vjp, position, change)
                yield Fault(f"{name}: partial {position} {said}", replace(row, vjp=rule))


def invented() -> Iterator[Fault]:
    """A partial where the rule says that there is none."""
    for name, row in TABLE.items():
        if not row.samples or not row.samples[0].shapes:
            continue
        answers = _answers(row)
        for position, answer in enumerate(answers):
            if isinstance(answer, NoGradient) and position not in row.labels:

                def rule(
                    g: Node, out: Node, *inputs: Node, at: int = position, **_: Any
                ) -> tuple[Any, ...]:
                    return tuple(g if place == at else None for place in range(len(inputs)))

                yield Fault(f"{name}: a partial {position} that is none", replace(row, vjp=rule))


def _swapped(name: str) -> Rule:
    rule = TABLE[name].vjp
    return lambda g, out, a, b, **params: tuple(reversed(rule(g, out, a, b, **params)))


_WRONG: tuple[tuple[str, str, Rule], ...] = (
    ("subtract", "both sides alike", lambda g, out, a, b: (g, g)),
    ("subtract", "the sides exchanged", _swapped("subtract")),
    ("multiply", "each side's own value", lambda g, out, a, b, strong=None: (g * a, g * b)),
    ("divide", "the numerator for the value", lambda g, out, a, b, strong=None: (g / b, -g * a)),
    ("divide", "the sides exchanged", _swapped("divide")),
    ("power", "the exponent not lowered", lambda g, out, a, b: (g * (b * a**b), g * out * log(a))),
    ("power", "log of the exponent", lambda g, out, a, b: (g * (b * a ** (b - 1)), g * log(b * b))),
    ("square", "no factor 2", lambda g, out, x: (g * x,)),
    ("exp", "its input for its value", lambda g, out, x: (g * x,)),
    ("log", "its value for its input", lambda g, out, x: (g / out,)),
    ("log_slope", "not squared", lambda g, out, x: (-g * out,)),
    ("sqrt", "no factor 2", lambda g, out, x: (g / out,)),
    ("sqrt", "its input for its value", lambda g, out, x: (g / (2 * x),)),
    ("sin", "cos of its value", lambda g, out, x: (g * cos(out),)),
    ("cos", "no sign", lambda g, out, x: (g * sin(x),)),
    ("tanh", "its input for its value", lambda g, out, x: (g * (1 - x**2),)),
    ("tanh", "not squared", lambda g, out, x: (g * (1 - out),)),
    ("sigmoid", "as tanh", lambda g, out, x: (g * (1 - out**2),)),
    ("relu", "1 everywhere", lambda g, out, x: (g,)),
    ("relu", "its value for its slope", lambda g, out, x: (g * out,)),
    ("abs", "no sign", lambda g, out, x: (g,)),
    (
        "where",
        "the branches exchanged",
        lambda g, out, c, a, b: (None, where(c, 0, g), where(c, g, 0)),
    ),
    ("maximum", "the smaller's side", lambda g, out, a, b: (g * step(b - a), g * step(a - b))),
    (
        "sum",
        "only along the first axis",
        lambda g, out, x, axis=None: (
            scatter(reshape(g, shape=()), key=(0,) * len(x.shape), shape=x.shape),
        ),
    ),
    ("mean", "not divided", lambda g, out, x, axis=None: (expand(g, shape=x.shape, axis=axis),)),
    ("sum_to", "averaged", lambda g, out, x, shape: (broadcast_to(g, shape=x.shape) / 2,)),
    ("matmul", "the vector not transposed", lambda g, out, a, b, strong=None: (None, a @ g)),
    ("dot", "each side's own value", lambda g, out, a, b: (g * a, g * b)),
    (
        "outer",
        "both by the same side",
        lambda g, out, a, b, strong=None: (g @ b, swap(g) @ (a + a)),
    ),
    ("transpose", "not turned back", lambda g, out, x: (reshape(g, shape=x.shape),)),
    ("swap_last", "all axes turned", lambda g, out, x: (transpose(g),)),
    (
        "index",
        "put at the start",
        lambda g, out, x, key: (
            reshape(
                scatter(
                    reshape(g, shape=(int(np.prod(g.shape)),)),
                    key=((0, int(np.prod(g.shape)), 1),),
                    shape=(int(np.prod(x.shape)),),
                ),
                shape=x.shape,
            ),
        ),
    ),
    (
        "concat",
        "the first piece for all of one length",
        lambda g, out, *xs, axis=0: tuple(
            index(
                g, key=(*((0, n, 1) for n in g.shape[: axis % len(g.shape)]), (0, x.shape[axis], 1))
            )
            for x in xs
        ),
    ),
    (
        "stack",
        "the pieces reversed",
        lambda g, out, *xs, axis=0: tuple(reversed(TABLE["stack"].vjp(g, out, *xs, axis=axis))),
    ),
    ("pick", "at class 0", lambda g, out, x, k: (place(g, 0 * k, classes=x.shape[-1]), None)),
    ("softmax", "as if elementwise", lambda g, out, x, axis=-1: (g * (out * (1 - out)),)),
    ("softmax", "the sum left out", lambda g, out, x, axis=-1: (out * g,)),
    (
        "log_softmax",
        "its value for softmax",
        lambda g, out, x, axis=-1: (
            g - out * expand(total(g, axis=axis), shape=x.shape, axis=axis),
        ),
    ),
    ("log_softmax", "the sum left out", lambda g, out, x, axis=-1: (g - softmax(x, axis=axis),)),
)


def wrong_rules() -> Iterator[Fault]:
    """Rules with a wrong operand, a forgotten factor, a side for the other."""
    for name, said, rule in _WRONG:
        yield Fault(f"{name}: {said}", replace(TABLE[name], vjp=rule))


def _weak(name: str) -> Callable[..., Any]:
    form = TABLE[name].numpy
    return lambda *inputs, strong=None: form(*inputs)


_LOST_CONVENTIONS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("multiply", "0·∞ is NaN", {"numpy": _weak("multiply")}),
    ("divide", "0/0 is NaN", {"numpy": _weak("divide")}),
    ("matmul", "0·∞ is NaN", {"numpy": _weak("matmul")}),
    ("outer", "0·∞ is NaN", {"numpy": _weak("outer")}),
    ("where", "a product for a mask", {"vjp": lambda g, out, c, a, b: (None, g * c, g * (1 - c))}),
    (
        "where",
        "a product of 0 and 1 for a mask",
        {"vjp": lambda g, out, c, a, b: (None, g * step(c), g * (1 - step(c)))},
    ),
    ("guard", "a product for a mask", {"vjp": lambda g, out, c, a: (None, g * step(c))}),
    (
        "maximum",
        "a tie goes to the first",
        {"vjp": lambda g, out, a, b: (g * greater_equal(a, b), g * (1 - greater_equal(a, b)))},
    ),
    (
        "minimum",
        "a tie gives nothing",
        {"vjp": lambda g, out, a, b: (g * step(b - a), g * step(a - b))},
    ),
    ("relu", "slope 1 at 0", {"vjp": lambda g, out, x: (g * greater_equal(x, 0),)}),
    ("relu", "slope ½ at 0", {"vjp": lambda g, out, x: (g * where(out / out, 1, 0.5),)}),
    ("abs", "slope 1 at 0", {"vjp": lambda g, out, x: (g * (2 * greater_equal(x, 0) - 1),)}),
    ("abs", "x/|x|", {"vjp": lambda g, out, x: (g * (x / out),)}),
    ("log", "1/x also below 0", {"vjp": lambda g, out, x: (g / x,)}),
    (
        "power",
        "no guard",
        {"vjp": lambda g, out, a, b: (g * (b * a ** (b - 1)), g * (out * log(a)))},
    ),
    (
        "tanh",
        "by exponentials",
        {"numpy": lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))},
    ),
    ("sigmoid", "by one exponential", {"numpy": lambda x: np.exp(x) / (1 + np.exp(x))}),
    (
        "softmax",
        "not shifted",
        {"numpy": lambda x, axis=-1: np.exp(x) / np.sum(np.exp(x), axis=axis, keepdims=True)},
    ),
    (
        "log_softmax",
        "typed out",
        {"numpy": lambda x, axis=-1: np.log(TABLE["softmax"].numpy(x, axis=axis))},
    ),
    ("relu", "NaN lost", {"numpy": lambda x: np.where(np.greater(x, 0), x, 0.0)}),
    ("step", "1 at 0", {"numpy": lambda x: np.greater_equal(x, 0).astype(np.float64)}),
    ("sqrt", "a signed zero", {"numpy": np.sqrt}),
    (
        "sum",
        "of nothing is NaN",
        {
            "numpy": lambda x, axis=None: (
                np.mean(x, axis=axis) * (np.size(x) if axis is None else np.shape(x)[axis])
                if np.size(x)
                else np.float64("nan")
            )
        },
    ),
)


def lost_conventions() -> Iterator[Fault]:
    """Rules and forms that are right but for the points where a convention holds."""
    for name, said, changed in _LOST_CONVENTIONS:
        yield Fault(f"{name}: {said}", replace(TABLE[name], **changed))


SECOND_ORDER: tuple[tuple[str, str], ...] = (
    ("square", "multiply"),
    ("exp", "multiply"),
    ("tanh", "power"),
    ("tanh", "subtract"),
    ("log", "log_slope"),
    ("sigmoid", "multiply"),
    ("sqrt", "divide"),
    ("divide", "negate"),
    ("sin", "cos"),
    ("cos", "sin"),
    ("matmul", "swap_last"),
    ("matmul", "outer"),
    ("outer", "matmul"),
    ("power", "log"),
    ("softmax", "expand"),
    ("log_softmax", "softmax"),
)
"""A row whose gradient is built with another row: a slip there shows at second order alone."""
