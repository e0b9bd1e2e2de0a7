"""Functions of matrices that are formulas of rows: trace, inverse, diagonals, triangles, kron."""

from __future__ import annotations

from collections.abc import Callable

from backstep.graph.node import Node, Operand
from backstep.graph.shape import ShapeError, spell
from backstep.ops.factories import NodeFactory
from backstep.ops.reductions import triangle


def _square(name: str, A: Operand) -> None:
    if len(A.shape) != 2 or A.shape[0] != A.shape[1]:
        raise ShapeError(f"'{name}' needs a square matrix, not {spell(A.shape)}")


def of_one(name: str) -> Callable[..., Node]:
    """A row of one square matrix."""

    def build(make: NodeFactory, A: Operand) -> Node:
        _square(name, A)
        return make(name, A)

    return build


def solve(make: NodeFactory, A: Operand, b: Operand) -> Node:
    """The x with A x = b."""
    _square("solve", A)
    return make("solve", A, b)


def trace(make: NodeFactory, A: Operand) -> Node:
    """The sum of the elements on the diagonal."""
    _square("trace", A)
    return make("sum", diag(make, A))


def inv(make: NodeFactory, A: Operand) -> Node:
    """The X with A X = I."""
    _square("inv", A)
    return make("solve", A, make("eye", n=A.shape[0]))


def diag(make: NodeFactory, x: Operand) -> Node:
    """Of a vector the matrix with it on the diagonal, of a matrix the vector on its diagonal."""
    if len(x.shape) == 1:
        return make("place", x, make("arange", n=x.shape[0]), classes=x.shape[0])
    if len(x.shape) != 2:
        raise ShapeError(f"'diag' takes a vector or a matrix, not {spell(x.shape)}")
    n = min(x.shape)
    square = x if x.shape[0] == n else make("index", x, key=((0, n, 1),))
    return make("pick", square, make("arange", n=n))


def tril(make: NodeFactory, x: Operand, k: int = 0) -> Node:
    """The elements on and below the k-th diagonal; 0 above."""
    return triangle(make, x, k, lower=True)


def triu(make: NodeFactory, x: Operand, k: int = 0) -> Node:
    """The elements on and above the k-th diagonal; 0 below."""
    return triangle(make, x, k, lower=False)


def kron(make: NodeFactory, a: Operand, b: Operand) -> Node:
    """Every element of a times all of b, block by block."""
    if len(a.shape) != len(b.shape) or not 1 <= len(a.shape) <= 2:
        raise ShapeError(
            f"'kron' takes two vectors or two matrices, not {spell(a.shape)} and {spell(b.shape)}"
        )
    wide = tuple(size for length in a.shape for size in (length, 1))
    other = tuple(size for length in b.shape for size in (1, length))
    blocks = make("multiply", make("reshape", a, shape=wide), make("reshape", b, shape=other))
    whole = tuple(one * two for one, two in zip(a.shape, b.shape, strict=True))
    return make("reshape", blocks, shape=whole)
