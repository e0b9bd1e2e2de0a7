"""A vector that is linear in another, as a matrix: from the tidy form of what reverse mode sends.

The tidy form of a pullback, W.T @ ((1 - h^2)*g), is read from the outside in; what is left when g
is taken away is a sum of products of matrices, diagonals and u vᵀ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal as Choice

from backstep.clock import heed
from backstep.graph.node import Literal, Node, Operand
from backstep.simplify.factors import ONE, Builder, is_op

_MOST_TERMS = 12
"""The most terms of a matrix; a longer sum is no formula to be read."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A matrix, or a vector that stands for the matrix with it on its diagonal."""

    kind: Choice["matrix", "diagonal"]
    value: Operand


@dataclass(frozen=True, slots=True)
class Chain:
    """A number times a product of factors; without factors the identity."""

    scale: Operand
    factors: tuple[Factor, ...]


@dataclass(frozen=True, slots=True)
class Outer:
    """The matrix u vᵀ of two vectors."""

    left: Operand
    right: Operand


Term = Chain | Outer
Matrix = tuple[Term, ...]
"""The sum of its terms; without terms zeros."""


class Linear:
    """Parts of a tidy form as matrices on the vector that `seed` stands for."""

    def __init__(self, build: Builder, seed: Node) -> None:
        self._b = build
        self._seed = seed
        self._has: dict[int, bool] = {}
        self._vectors: dict[int, Matrix | None] = {}
        self._scalars: dict[int, Operand | None] = {}

    def matrix(self, operand: Operand) -> Matrix | None:
        """The matrix M of a vector that is M g; None where it is no such sum."""
        if isinstance(operand, Literal) or not self._reads(operand):
            return ()
        found = self._vector(operand)
        if found is None:
            return None
        gathered = self._gathered(found)
        return gathered if len(gathered) <= _MOST_TERMS else None

    def row(self, operand: Operand) -> Operand | None:
        """The vector r of a scalar that is rᵀ g; None where it is none that is known."""
        if isinstance(operand, Literal) or not self._reads(operand):
            return self._b.raw("zeros", shape=self._seed.shape)
        return self._scalar(operand)

    def _reads(self, node: Node) -> bool:
        open_nodes = [node]
        while open_nodes:
            part = open_nodes[-1]
            missing = [each for each in part.nodes if each.id not in self._has]
            if part.id not in self._has and missing:
                open_nodes.extend(missing)
                continue
            open_nodes.pop()
            self._has[part.id] = part is self._seed or any(
                self._has[each.id] for each in part.nodes
            )
        return self._has[node.id]

    def holds(self, operand: Operand) -> bool:
        """Whether the operand depends on g."""
        return isinstance(operand, Node) and self._reads(operand)

    def _vector(self, operand: Operand) -> Matrix | None:
        """The terms of a vector; a scalar among what is asked for is repeated by its reader."""
        if not isinstance(operand, Node) or len(operand.shape) != 1:
            return None
        # What several parts read is worked out once: else a chain of them doubles at each link.
        if operand.id not in self._vectors:
            heed()
            self._vectors[operand.id] = self._terms(operand)
        return self._vectors[operand.id]

    def _terms(self, node: Node) -> Matrix | None:
        if node is self._seed:
            return (Chain(ONE, ()),)
        if node.op in ("add", "subtract"):
            return self._sum(node)
        if node.op == "negate":
            found = self._vector(node.inputs[0])
            return None if found is None else self._scaled(Literal(Fraction(-1)), found)
        if node.op in ("multiply", "divide"):
            return self._product(node)
        if node.op == "matmul":
            left, right = node.inputs
            if self.holds(left) or len(left.shape) != 2:
                return None
            found = self._vector(right)
            return None if found is None else tuple(self._times(left, each) for each in found)
        if node.op in ("guard", "where"):
            return self._chosen(node)
        return None

    def _sum(self, node: Node) -> Matrix | None:
        terms: list[Term] = []
        for place, part in enumerate(node.inputs):
            if not self.holds(part):
                continue
            found = self._widened(part, node.shape)
            if found is None:
                return None
            turned = node.op == "subtract" and place == 1
            terms += self._scaled(Literal(Fraction(-1)), found) if turned else found
        return tuple(terms) if len(terms) <= 4 * _MOST_TERMS else None

    def _widened(self, part: Operand, shape: tuple[int, ...]) -> Matrix | None:
        """The terms of a vector, or of a scalar that is repeated to one."""
        if part.shape:
            return self._vector(part) if part.shape == shape else None
        row = self._scalar(part)
        return None if row is None else (Outer(self._b.raw("ones", shape=shape), row),)

    def _product(self, node: Node) -> Matrix | None:
        left, right = node.inputs
        if self.holds(right):
            if self.holds(left) or node.op == "divide":
                return None
            left, right = right, left
        known = right if node.op == "multiply" else self._b.make("divide", ONE, right)
        if not left.shape:
            row = self._scalar(left)
            return None if row is None else (Outer(known, row),)
        if left.shape != node.shape:
            return None
        found = self._vector(left)
        if found is None:
            return None
        if not known.shape:
            return self._scaled(known, found)
        if known.shape != node.shape:
            return None
        return tuple(self._weighed(known, each) for each in found)

    def _chosen(self, node: Node) -> Matrix | None:
        """A vector where a condition holds and 0 elsewhere: a diagonal of ones and zeros."""
        condition, value, *other = node.inputs
        if self.holds(condition) or any(self.holds(each) for each in other):
            return None
        mask = self._b.make("where", condition, ONE, Literal(Fraction(0)))
        found = self._widened(value, node.shape)
        if found is None or mask.shape not in ((), node.shape):
            return None
        if not mask.shape:
            return self._scaled(mask, found)
        return tuple(self._weighed(mask, each) for each in found)

    def _scalar(self, operand: Operand) -> Operand | None:
        if not isinstance(operand, Node) or operand.shape:
            return None
        if operand.id not in self._scalars:
            heed()
            self._scalars[operand.id] = self._row_of(operand)
        return self._scalars[operand.id]

    def _row_of(self, node: Node) -> Operand | None:
        if node is self._seed:
            return ONE
        if node.op in ("add", "subtract"):
            return self._added(node)
        if node.op == "negate":
            row = self._scalar(node.inputs[0])
            return None if row is None else self._b.make("negate", row)
        if node.op in ("multiply", "divide"):
            left, right = node.inputs
            if self.holds(right):
                if self.holds(left) or node.op == "divide":
                    return None
                left, right = right, left
            row = self._scalar(left)
            return None if row is None else self._b.make(node.op, row, right)
        if node.op == "dot":
            left, right = node.inputs
            if self.holds(right):
                left, right = right, left
            return None if self.holds(right) else self._across(right, left)
        if node.op == "sum" and node.params.get("axis") is None:
            (inside,) = node.inputs
            return self._across(self._b.raw("ones", shape=inside.shape), inside)
        if node.op == "mean" and node.params.get("axis") is None:
            (inside,) = node.inputs
            row = self._across(self._b.raw("ones", shape=inside.shape), inside)
            count = Literal(Fraction(inside.shape[0] if inside.shape else 1))
            return None if row is None else self._b.make("divide", row, count)
        if node.op == "index" and not node.shape:
            (inside,) = node.inputs
            if len(inside.shape) == 1 and isinstance(at := node.params["key"][0], int):
                place = Literal(Fraction(at))
                unit = self._b.raw("place", ONE, place, classes=inside.shape[0])
                return self._across(unit, inside)
        return None

    def _added(self, node: Node) -> Operand | None:
        total: Operand | None = None
        for place, part in enumerate(node.inputs):
            if not self.holds(part):
                continue
            row = self._scalar(part)
            if row is None:
                return None
            if place and node.op == "subtract":
                row = self._b.make("negate", row)
            total = row if total is None else self._b.make("add", total, row)
        return total

    def _across(self, known: Operand, inside: Operand) -> Operand | None:
        """The row of the dot product of a vector with one that is linear in g."""
        found = self._vector(inside)
        if found is None:
            return None
        total: Operand | None = None
        for term in found:
            if isinstance(term, Outer):
                made = self._b.make("multiply", self._b.make("dot", known, term.left), term.right)
            else:
                made = known
                for factor in term.factors:
                    if factor.kind == "diagonal":
                        made = self._b.make("multiply", made, factor.value)
                    else:
                        turned = self._b.make("transpose", factor.value)
                        made = self._b.make("matmul", turned, made)
                made = self._b.make("multiply", term.scale, made)
            total = made if total is None else self._b.make("add", total, made)
        return total

    def _scaled(self, scale: Operand, terms: Sequence[Term]) -> Matrix:
        make = self._b.make
        return tuple(
            Chain(make("multiply", scale, each.scale), each.factors)
            if isinstance(each, Chain)
            else Outer(make("multiply", scale, each.left), each.right)
            for each in terms
        )

    def _weighed(self, diagonal: Operand, term: Term) -> Term:
        if isinstance(term, Outer):
            return Outer(self._b.make("multiply", diagonal, term.left), term.right)
        if term.factors and term.factors[0].kind == "diagonal":
            joined = self._b.make("multiply", term.factors[0].value, diagonal)
            return Chain(term.scale, (Factor("diagonal", joined), *term.factors[1:]))
        return Chain(term.scale, (Factor("diagonal", diagonal), *term.factors))

    def _times(self, matrix: Operand, term: Term) -> Term:
        if isinstance(term, Outer):
            return Outer(self._b.make("matmul", matrix, term.left), term.right)
        return Chain(term.scale, (Factor("matrix", matrix), *term.factors))

    def _gathered(self, terms: Matrix) -> Matrix:
        """Diagonals as one, and outer products of one vector as one; the identity first."""
        make = self._b.make
        chains: dict[tuple[Factor, ...], Operand] = {}
        diagonal: Operand | None = None
        outers: list[Outer] = []
        for term in terms:
            if isinstance(term, Outer):
                _join(outers, term, self._b)
                continue
            if len(term.factors) == 1 and term.factors[0].kind == "diagonal":
                made = make("multiply", term.scale, term.factors[0].value)
                diagonal = made if diagonal is None else make("add", diagonal, made)
                continue
            known = chains.get(term.factors)
            chains[term.factors] = term.scale if known is None else make("add", known, term.scale)
        found: list[Term] = [Chain(scale, factors) for factors, scale in chains.items()]
        if diagonal is not None:
            alone = chains.get(())
            if alone is not None:  # c·I + diag(v) is diag(v + c)
                found = [each for each in found if isinstance(each, Chain) and each.factors]
                diagonal = make("add", diagonal, alone)
            found.insert(0, Chain(ONE, (Factor("diagonal", diagonal),)))
        return tuple(each for each in [*found, *outers] if not _is_nothing(each))


def _join(known: list[Outer], term: Outer, build: Builder) -> None:
    for place, each in enumerate(known):
        if each.right is term.right:
            known[place] = Outer(build.make("add", each.left, term.left), each.right)
            return
        if each.left is term.left:
            known[place] = Outer(each.left, build.make("add", each.right, term.right))
            return
    known.append(term)


def _is_nothing(term: Term) -> bool:
    if isinstance(term, Outer):
        parts = [term.left, term.right]
    else:
        parts = [term.scale, *(each.value for each in term.factors)]
    return any(
        is_op(each, "zeros") or (isinstance(each, Literal) and each.value == 0) for each in parts
    )


def transposed(build: Builder, matrix: Matrix) -> Matrix:
    """The transpose: of what reverse mode sends, the derivative itself."""
    found: list[Term] = []
    for term in matrix:
        if isinstance(term, Outer):
            found.append(Outer(term.right, term.left))
            continue
        turned = tuple(
            Factor("matrix", build.make("transpose", each.value)) if each.kind == "matrix" else each
            for each in reversed(term.factors)
        )
        found.append(Chain(term.scale, turned))
    return tuple(found)
