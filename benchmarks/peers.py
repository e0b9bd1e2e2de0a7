"""The other symbolic tools on the benchmark's network: each tool's way to all exact gradients.

Nothing of ours is in it. They come with the dependency group `bench`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import casadi
import pytensor
import pytensor.tensor as pt
import symengine
import sympy

Size = tuple[int, int, int]
"""Inputs, hidden units and outputs."""


def with_casadi(size: Size) -> Any:
    """The scalar expression graph of CasADi."""
    inputs, hidden, outputs = size
    x, y = casadi.SX.sym("x", inputs), casadi.SX.sym("y", outputs)
    weights = [
        casadi.SX.sym("W", hidden, inputs),
        casadi.SX.sym("b", hidden),
        casadi.SX.sym("V", outputs, hidden),
        casadi.SX.sym("c", outputs),
    ]
    first, bias, second, shift = weights
    h = casadi.tanh(first @ x + bias)
    loss = casadi.sumsqr(second @ h + shift - y)
    flat = casadi.vertcat(*(casadi.vec(each) for each in weights))
    return [x, y, *weights], casadi.gradient(loss, flat)


def with_pytensor(size: Size) -> Any:
    """Tensor expressions, as ours in tensors are."""
    x, y, b, c = (pt.dvector(name) for name in "xybc")
    first, second = pt.dmatrix("W"), pt.dmatrix("V")
    h = pt.tanh(first @ x + b)
    loss = pt.sum((second @ h + c - y) ** 2)
    return [x, y, first, b, second, c], pytensor.grad(loss, [first, b, second, c])


def _elementwise(size: Size, symbol: Callable[[str], Any], tanh: Callable[[Any], Any]) -> Any:
    inputs, hidden, outputs = size

    def vector(name: str, length: int) -> list[Any]:
        return [symbol(f"{name}{place}") for place in range(length)]

    lengths = (inputs, outputs, hidden, outputs)
    x, y, b, c = (vector(*each) for each in zip("xybc", lengths, strict=True))
    first = [vector(f"W{row}_", inputs) for row in range(hidden)]
    second = [vector(f"V{row}_", hidden) for row in range(outputs)]

    def affine(matrix: Any, inner: Any, shift: Any) -> list[Any]:
        return [
            sum((w * v for w, v in zip(row, inner, strict=True)), start=extra)
            for row, extra in zip(matrix, shift, strict=True)
        ]

    h = [tanh(each) for each in affine(first, x, b)]
    loss = sum((s - t) ** 2 for s, t in zip(affine(second, h, c), y, strict=True))
    parameters = [*chain(*first), *b, *chain(*second), *c]
    return [*x, *y], parameters, [loss.diff(each) for each in parameters]


def with_sympy(size: Size) -> Any:
    """SymPy's full derivative by each parameter."""
    return _elementwise(size, sympy.Symbol, sympy.tanh)


def with_symengine(size: Size) -> Any:
    """SymEngine's full derivative by each parameter."""
    return _elementwise(size, symengine.Symbol, symengine.tanh)


TOOLS: dict[str, Callable[[Size], Any]] = {
    "PyTensor": with_pytensor,
    "CasADi SX": with_casadi,
    "SymEngine": with_symengine,
    "SymPy": with_sympy,
}
