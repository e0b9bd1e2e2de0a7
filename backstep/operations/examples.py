"""Complete definitions around the table's examples, to open in the editor."""

from __future__ import annotations

import re
from collections.abc import Mapping

from backstep.graph.node import Node
from backstep.lang.compile.compiler import compile_text
from backstep.lang.compile.definition import Definition

OUT = "out"
"""The name of an example's value."""
SECOND = "second"
"""The name of the other value, if a function returns two."""

SCALARS: Mapping[str, str] = {
    "x": "param x = 0.5",
    "y": "param y = 1.5",
}
"""Declarations for the names of an elementwise operation's example."""

TENSORS: Mapping[str, str] = {
    "x": "param x = [0.5, -1, 2]",
    "a": "param a = [1, 2, -1]",
    "b": "param b = [0.5, -0.5, 1]",
    "y": "target y = [0, 1, 0]",
    "k": "target k = 1",
    "p": "param p = [0.2, 0.7, 0.1]",
    "z": "param z = [-1, 2, 0.5]",
    "prediction": "param prediction = [0.2, 0.7, 0.1]",
    "logits": "param logits = [2, 1, -1]",
    "scores": "param scores = [2, 1.5, -1]",
    "gain": "param gain = 1.5",
    "bias": "param bias = 0.2",
    "h": "input h = [0.1, -0.2]",
    "c": "input c = [0.3, 0.5]",
    "W": "param W = [[1, 2, 0], [0, -1, 3]]",
    "A": "param A = [[2, 0.5, 1], [0, 1, -1], [1, 0.5, 3]]",
    "q": "param q = [0.3, 0.5, 0.2]",
    "ids": "target ids = [2, 0, 2]",
    "X": "param X = [[1, 0, 2], [0, 1, -1], [2, 2, 0], [-1, 0, 1]]",
    "Q": "param Q = [[1, 0], [0, 1], [1, 1]]",
    "K": "param K = [[1, 1], [0, 1], [1, 0]]",
    "V": "param V = [[1, 0], [0, 2], [-1, 1]]",
    "signal": "input signal = [[1, 3, -2, 0, 2]]",
    "image": "input image = [[[1, 0, 2, 1], [0, 3, 1, 0], [1, 1, 0, 2], [2, 0, 1, 1]]]",
    "delta": "param delta = [[0.5, -1, 1, 0]]",
    "kernels": "param kernels = [[[1, -1]]]",
    "deltas": "param deltas = [[[0.5, -1, 0], [1, 0, 2], [0, -0.5, 1]]]",
    "filters": "param filters = [[[[1, 0], [-1, 2]]]]",
}
"""Declarations for other examples: vectors, matrices, rows, signals or images."""

_NAME = re.compile(r"[A-Za-z_]\w*(?![\w(])(?!=[^=])")
"""A name that is neither called nor an argument's keyword."""


def complete(
    expression: str, *, elementwise: bool = False, outputs: int = 1, one: bool = False
) -> str:
    """A definition that ends in the expression's value: its names declared, its loss a scalar.

    The loss of a tensor is half its sum of squares, or, with `one`, its first element.
    """
    declared = {**TENSORS, **(SCALARS if elementwise else {})}
    names = dict.fromkeys(_NAME.findall(expression))
    lines = [declared[name] for name in names if name in declared]
    named = OUT if outputs == 1 else f"{OUT}, {SECOND}"
    text = "\n".join([*lines, f"{named} = {expression}", ""])
    axes = len(value(compile_text(f"{text}L = sum({OUT})\n")).shape)
    if not axes:
        return text
    first = f"{OUT}[{', '.join('0' * axes)}]"
    return text + (f"L = {first}\n" if one else f"L = sum({OUT}^2) / 2\n")


def value(definition: Definition) -> Node:
    """The node of an example's value."""
    return definition.names[OUT][-1].node
