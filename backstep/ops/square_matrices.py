"""Rows of square matrices: determinant, its cofactors, its logarithm, systems of equations.

Expressions are expanded by minors, and numbers computed by LAPACK, but for the smallest matrices.
All take batches, with other axes in front, for programs of many points; their rules take one.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial
from typing import Any, TypeVar

import numpy as np

from backstep.graph.node import Node
from backstep.graph.shape import Shape, ShapeError, spell
from backstep.ops.lazy_sympy import sympy
from backstep.ops.row import (
    Array,
    Contribution,
    Floats,
    Kink,
    Mask,
    Objects,
    Row,
    Sample,
    call,
    operation,
)

_cofactors = operation("cofactors")
_concat = operation("concat")
_index = operation("index")
_outer = operation("outer")
_solve = operation("solve")
_stack = operation("stack")
_sum = operation("sum")
_transpose = operation("transpose")

Entries = TypeVar("Entries", Array, Objects)
_SMALL = 3
"""Rows up to which minors are as good as LAPACK, and exact of small whole numbers."""


def _square(name: str, shape: Shape) -> int:
    if len(shape) < 2 or shape[-2] != shape[-1]:
        raise ShapeError(f"'{name}' needs a square matrix, not {spell(shape)}")
    return shape[-1]


def _scalar(name: str) -> Callable[[Shape], Shape]:
    def shape_of(shape: Shape) -> Shape:
        _square(name, shape)
        return shape[:-2]

    return shape_of


def _cofactors_shape(shape: Shape) -> Shape:
    _square("cofactors", shape)
    return shape


def _solve_shape(a: Shape, b: Shape) -> Shape:
    n = _square("solve", a)
    if b != a[:-1] and (len(b) != len(a) or b[:-1] != a[:-1]):
        raise ShapeError(f"'solve' needs a right side of {n} rows, not {spell(b)}")
    return b


def minors(x: Array | Objects) -> Any:
    """The determinants of matrices of numbers or expressions, by the minors of the first row."""
    n = x.shape[-1]
    if n == 0:
        return np.ones(x.shape[:-2], dtype=x.dtype)[()]
    if n == 1:
        return x[..., 0, 0][()]
    total: object = None
    for column in range(n):
        rest = np.delete(x[..., 1:, :], column, axis=-1)
        part = x[..., 0, column] * minors(rest)
        total = part if total is None else total - part if column % 2 else total + part
    return total


def cofactor_minors(x: Entries) -> Entries:
    """The cofactors of matrices of numbers or expressions."""
    result = np.empty(x.shape, dtype=x.dtype)
    for i, j in np.ndindex(*x.shape[-2:]):
        minor = minors(np.delete(np.delete(x, i, axis=-2), j, axis=-1))
        result[..., i, j] = -minor if (i + j) % 2 else minor
    return result


def _expanded(x: Array) -> bool:
    return bool(x.dtype == object or x.shape[-1] <= _SMALL)


def _finite(matrices: Array) -> Mask:
    """Which matrices have finite elements alone."""
    return np.asarray(np.isfinite(matrices).all(axis=(-1, -2)))


def _det_numpy(x: Floats) -> Floats:
    matrix = np.asarray(x)
    if _expanded(matrix):
        found: Floats = minors(matrix)
        return found
    held = _finite(matrix)
    return np.where(held, np.linalg.det(np.where(held[..., None, None], matrix, 0.0)), np.nan)[()]


def _cofactors_numpy(x: Floats) -> Floats:
    """By singular values, since a singular matrix has cofactors too: U adj(S) Vᵀ, with signs."""
    matrix = np.asarray(x)
    if _expanded(matrix) or matrix.shape[-1] == _SMALL + 1:
        return cofactor_minors(matrix)
    held = _finite(matrix)[..., None, None]
    left, values, right = np.linalg.svd(np.where(held, matrix, 0.0))
    n = values.shape[-1]
    others = np.stack([np.prod(np.delete(values, k, axis=-1), axis=-1) for k in range(n)], axis=-1)
    sign = np.sign(np.linalg.det(left) * np.linalg.det(right))[..., None, None]
    return np.where(held, sign * ((left * others[..., None, :]) @ right), np.nan)


def _logdet_numpy(x: Floats) -> Floats | Node:
    matrix = np.asarray(x)
    if matrix.dtype == object:
        found = minors(matrix)
        # Of scalars in a graph the logarithm is a node; others have one of their own, or SymPy's.
        if isinstance(found, Node):
            return found.graph.apply("log", found)
        made: Floats = found.log() if hasattr(found, "log") else sympy.log(found)
        return made
    held = _finite(matrix)
    sign, logarithm = np.linalg.slogdet(np.where(held[..., None, None], matrix, 0.0))
    return np.where(held & (sign >= 0), logarithm, np.nan)[()]


def _solve_numpy(a: Floats, b: Floats) -> Floats:
    """NaN where the matrix is singular."""
    left, right = np.asarray(a), np.asarray(b)
    if left.dtype == object or right.dtype == object:
        turned = np.swapaxes(cofactor_minors(np.asarray(left, dtype=object)), -1, -2)
        made: Floats = np.matmul(turned, right) / minors(np.asarray(left, dtype=object))
        return made
    column = right.ndim < left.ndim
    columns = right[..., None] if column else right
    solved = np.full(columns.shape, np.nan)
    for at in np.ndindex(*left.shape[:-2]):
        if np.isfinite(left[at]).all():
            try:
                solved[at] = np.linalg.solve(left[at], columns[at])
            except np.linalg.LinAlgError:
                continue
    return solved[..., 0] if column else solved


def _cofactors_vjp(g: Node, out: Node, x: Node) -> tuple[Contribution]:
    """d⟨G, C⟩ = ⟨⟨G, C⟩ A⁻ᵀ − A⁻ᵀ Gᵀ C, dA⟩, since C is det·A⁻ᵀ.

    Up to three rows, cofactors are sums of products, and a singular matrix has these slopes too.
    """
    n = x.shape[-1]
    if n == 1:
        return (None,)
    if n == 2:
        return (_cofactors(g),)
    if n == 3:
        return (_mixed(x, g),)
    inverse = _inverse_of_transpose(x)
    return (_sum(g * out) * inverse - inverse @ (_transpose(g) @ out),)


def _mixed(a: Node, g: Node) -> Node:
    """Of 3×3 matrices what cofactors, a square, have for a product: rows aⱼ × gₖ + gⱼ × aₖ."""
    rows = [[_index(each, key=(row,)) for row in range(3)] for each in (a, g)]

    def turned(u: Node, by: int) -> Node:
        return _concat(_index(u, key=((by, 3, 1),)), _index(u, key=((0, by, 1),)), axis=0)

    def cross(u: Node, v: Node) -> Node:
        return turned(u, 1) * turned(v, 2) - turned(u, 2) * turned(v, 1)

    def part(row: int) -> Node:
        j, k = (row + 1) % 3, (row + 2) % 3
        return cross(rows[0][j], rows[1][k]) + cross(rows[1][j], rows[0][k])

    return _stack(*(part(row) for row in range(3)), axis=0)


def _inverse_of_transpose(x: Node) -> Node:
    return _solve(_transpose(x), x.graph.apply("eye", n=x.shape[0]))


def _solve_vjp(g: Node, out: Node, a: Node, b: Node) -> tuple[Contribution, ...]:
    back = _solve(_transpose(a), g)
    if len(out.shape) == 1:
        return -_outer(back, out), back
    return -(back @ _transpose(out)), back


def _terms(n: int) -> int:
    """The products of an expanded determinant, with their factors."""
    return n * factorial(min(n, 12))


def _singular(a: Floats, b: Floats | None = None) -> Mask | np.bool_:
    return np.equal(_det_numpy(np.asarray(a, dtype=np.float64)), 0)


_WELL = (
    Sample(((2, 2),), domain=((-2.0, 2.0),)),
    Sample(((3, 3),), domain=((-2.0, 2.0),)),
)

ROWS: tuple[Row, ...] = (
    Row(
        name="det",
        doc="The determinant of a square matrix.",
        shape=_scalar("det"),
        numpy=_det_numpy,
        vjp=lambda g, out, x: (g * _cofactors(x),),
        work=lambda elements, shape: elements * shape[-1] ** 3,
        notation=call("det"),
        samples=_WELL,
        example="det(A)",
        operations=2,
        terms=lambda shape: _terms(shape[-1]),
        reads_all=True,
        whole=True,
    ),
    Row(
        name="cofactors",
        doc="The slopes of a determinant by its elements: det(A) times the inverse's transpose.",
        shape=_cofactors_shape,
        numpy=_cofactors_numpy,
        vjp=_cofactors_vjp,
        work=lambda elements, shape: elements * shape[-1],
        notation=call("cofactors", "cof"),
        samples=(*_WELL, Sample(((4, 4),), domain=((-2.0, 2.0),))),
        example="cofactors(A)",
        operations=2,
        terms=lambda shape: _terms(shape[-1]),
        reads_all=True,
        whole=True,
    ),
    Row(
        name="logdet",
        doc="The logarithm of a square matrix's determinant, without overflow.",
        shape=_scalar("logdet"),
        numpy=_logdet_numpy,
        vjp=lambda g, out, x: (g * _inverse_of_transpose(x),),
        work=lambda elements, shape: elements * shape[-1] ** 3,
        notation=call("logdet", "log det"),
        samples=(Sample(((2, 2),), domain=((-2.0, 2.0),)),),
        example="logdet(A)",
        operations=3,
        terms=lambda shape: _terms(shape[-1]),
        reads_all=True,
        whole=True,
        slope=(8, 30),
        kinks=(
            Kink(
                "log_of_singular",
                "logdet of a singular matrix is −∞, and its partials are undefined",
                _singular,
            ),
        ),
    ),
    Row(
        name="solve",
        doc="The x with A x = b, for a vector b or a matrix of columns.",
        shape=_solve_shape,
        numpy=_solve_numpy,
        vjp=_solve_vjp,
        work=lambda elements, a, b: elements * a[-1] ** 2,
        notation=call("solve"),
        arity=(2, 2),
        samples=(
            Sample(((2, 2), (2,)), domain=((-2.0, 2.0), (-2.0, 2.0))),
            Sample(((3, 3), (3, 2)), domain=((-2.0, 2.0), (-2.0, 2.0))),
        ),
        example="solve(A, x)",
        operations=4,
        terms=lambda a, b: 2 * _terms(a[-1]) + a[-1],
        reads_all=True,
        whole=True,
        slope=(8, 30),
        kinks=(
            Kink(
                "singular",
                "a singular matrix has no inverse: the solution and its partials are undefined",
                _singular,
            ),
        ),
    ),
)
