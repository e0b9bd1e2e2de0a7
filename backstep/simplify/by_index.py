"""A value that is linear in another, element by element: sums of products of elements, with δ.

The tidy form of a pullback is read from the outside in at an index of symbols; where the seed is
reached, its index must be the row's: a δ for each axis. A sum over k with δ(k, i) is its term at i.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import axis_index, size
from backstep.simplify.factors import ONE, Builder
from backstep.simplify.linear import Linear, Matrix, Outer

_MOST_TERMS = 24

Index = str | int
"""A symbol, such as i, or a number."""
Delta = frozenset[Index]
"""Two indices that are to be equal."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One element of a value that does not depend on the seed, to a power."""

    value: Operand
    at: tuple[Index, ...]
    power: int = 1


@dataclass(frozen=True, slots=True)
class Product:
    """A number times elements, where all δ are 1; summed over each index in `sums`."""

    scale: Fraction = Fraction(1)
    pieces: tuple[Piece, ...] = ()
    deltas: frozenset[Delta] = frozenset()
    sums: Mapping[str, int] = field(default_factory=dict)
    """By index how many values it has, from 0."""

    def put(self, old: str, new: Index) -> Product | None:
        """The same with one index for another; None where that makes it 0."""
        deltas = set()
        for pair in self.deltas:
            changed = frozenset(new if each == old else each for each in pair)
            if all(isinstance(each, int) for each in changed) and len(changed) == 2:
                return None
            if len(changed) == 2:
                deltas.add(changed)
        pieces = tuple(
            replace(each, at=tuple(new if part == old else part for part in each.at))
            for each in self.pieces
        )
        sums = {name: count for name, count in self.sums.items() if name != old}
        return Product(self.scale, pieces, frozenset(deltas), sums)


class ByIndex:
    """Elements of a tidy form that is linear in the seed."""

    def __init__(
        self,
        build: Builder,
        linear: Linear,
        seed: Node,
        row: tuple[Index, ...],
        letters: Iterator[str],
    ) -> None:
        self._b, self._linear, self._seed = build, linear, seed
        self._row, self._letters = row, letters

    def terms(self, operand: Operand, at: tuple[Index, ...]) -> tuple[Product, ...] | None:
        """The terms of one element; None past an operation that moves elements otherwise."""
        if not self._linear.holds(operand):
            return ()
        assert isinstance(operand, Node)
        found = self._terms(operand, at)
        if found is None or len(found) > _MOST_TERMS:
            return None
        return tuple(found)

    def _terms(self, node: Node, at: tuple[Index, ...]) -> list[Product] | None:
        if node is self._seed:
            return _met(zip(self._row, at, strict=True))
        op, inputs = node.op, node.inputs
        if op in ("add", "subtract"):
            return self._sum(node, at)
        if op == "negate":
            return self._of(inputs[0], at, scale=Fraction(-1))
        if op in ("multiply", "divide"):
            return self._product(node, at)
        if op == "matmul":
            return self._matmul(node, at)
        if op == "dot":
            return self._contracted(node, inputs[0], inputs[1], (), ())
        if op == "outer":
            left, right = inputs
            if self._linear.holds(left):
                return self._of(left, at[:1], Piece(right, at[1:]))
            return self._of(right, at[1:], Piece(left, at[:1]))
        if op == "transpose":
            return self._of(inputs[0], tuple(reversed(at)))
        if op in ("sum", "mean"):
            return self._total(node, at)
        if op == "index":
            return self._cut(node, at)
        if op == "reshape":
            return self._reshaped(node, at)
        if op in ("guard", "where") and not any(
            self._linear.holds(each) for each in (inputs[0], *inputs[2:])
        ):
            mask = self._b.make("where", inputs[0], ONE, Literal(Fraction(0)))
            return self._of(inputs[1], _aligned(at, inputs[1]), Piece(mask, _aligned(at, mask)))
        return None

    def _of(
        self,
        operand: Operand,
        at: tuple[Index, ...],
        *pieces: Piece,
        scale: Fraction = Fraction(1),
    ) -> list[Product] | None:
        """The terms of a part, each times further factors."""
        found = self.terms(operand, at)
        if found is None:
            return None
        return [
            replace(each, scale=scale * each.scale, pieces=(*each.pieces, *pieces))
            for each in found
        ]

    def _sum(self, node: Node, at: tuple[Index, ...]) -> list[Product] | None:
        terms: list[Product] = []
        for place, part in enumerate(node.inputs):
            sign = Fraction(-1 if node.op == "subtract" and place else 1)
            found = self._of(part, _aligned(at, part), scale=sign)
            if found is None:
                return None
            terms += found
        return terms

    def _product(self, node: Node, at: tuple[Index, ...]) -> list[Product] | None:
        left, right = node.inputs
        power = 1 if node.op == "multiply" else -1
        if self._linear.holds(right):
            if self._linear.holds(left) or power < 0:
                return None
            left, right = right, left
        return self._of(left, _aligned(at, left), Piece(right, _aligned(at, right), power))

    def _matmul(self, node: Node, at: tuple[Index, ...]) -> list[Product] | None:
        left, right = node.inputs
        if len(left.shape) > 2 or len(right.shape) > 2:
            return None
        first = at[: len(left.shape) - 1]
        return self._contracted(node, left, right, first, at[len(first) :])

    def _contracted(
        self,
        node: Node,
        left: Operand,
        right: Operand,
        before: tuple[Index, ...],
        after: tuple[Index, ...],
    ) -> list[Product] | None:
        """Σ over k of left[…, k]·right[k, …]."""
        k = next(self._letters)
        if self._linear.holds(left) and self._linear.holds(right):
            return None
        if self._linear.holds(right):
            found = self._of(right, (k, *after), Piece(left, (*before, k)))
        else:
            found = self._of(left, (*before, k), Piece(right, (k, *after)))
        return None if found is None else summed(found, k, left.shape[-1])

    def _total(self, node: Node, at: tuple[Index, ...]) -> list[Product] | None:
        (inside,) = node.inputs
        axis = node.params.get("axis")
        named = range(len(inside.shape)) if axis is None else (axis,)
        axes = {axis_index(each, inside.shape) for each in named}
        kept = len(node.shape) == len(inside.shape)
        rest = iter(at)
        whole: list[Index] = []
        bound: dict[str, int] = {}
        for place, count in enumerate(inside.shape):
            if place in axes:
                if kept:
                    next(rest, None)
                letter = next(self._letters)
                whole.append(letter)
                bound[letter] = count
            else:
                whole.append(next(rest))
        scale = Fraction(1, size(tuple(bound.values())) if node.op == "mean" else 1)
        found = self._of(inside, tuple(whole), scale=scale)
        for letter, count in bound.items():
            if found is None:
                return None
            found = summed(found, letter, count)
        return found

    def _cut(self, node: Node, at: tuple[Index, ...]) -> list[Product] | None:
        (inside,) = node.inputs
        key = node.params["key"]
        rest = iter(at)
        whole: list[Index] = []
        for place, count in enumerate(inside.shape):
            part = key[place] if place < len(key) else (0, count, 1)
            if isinstance(part, int):
                whole.append(part % count)
                continue
            start, _, step = part
            index = next(rest)
            if (start, step) == (0, 1):
                whole.append(index)
            elif isinstance(index, int):
                whole.append(start + step * index)
            else:
                return None
        return self._of(inside, tuple(whole))

    def _reshaped(self, node: Node, at: tuple[Index, ...]) -> list[Product] | None:
        """Only what puts in or takes out axes of one element."""
        (inside,) = node.inputs
        if [n for n in node.shape if n != 1] != [n for n in inside.shape if n != 1]:
            return None
        long = iter([part for part, count in zip(at, node.shape, strict=True) if count != 1])
        return self._of(inside, tuple(0 if count == 1 else next(long) for count in inside.shape))


def _aligned(at: tuple[Index, ...], part: Operand) -> tuple[Index, ...]:
    """An operand's own index where it is broadcast to what has the index `at`."""
    shape = part.shape
    own = at[len(at) - len(shape) :]
    return tuple(0 if count == 1 else each for each, count in zip(own, shape, strict=True))


def _met(pairs: Iterable[tuple[Index, Index]]) -> list[Product]:
    deltas = set()
    for one, other in pairs:
        if isinstance(one, int) and isinstance(other, int) and one != other:
            return []
        if one != other:
            deltas.add(frozenset((one, other)))
    return [Product(deltas=frozenset(deltas))]


def summed(terms: Iterable[Product], index: str, count: int) -> list[Product]:
    """The sum over an index: where a δ binds it, the term at what it is bound to."""
    found = []
    for term in terms:
        bound = next((pair for pair in term.deltas if index in pair), None)
        if bound is not None:
            (other,) = bound - {index}
            put = term.put(index, other)
            if put is not None:
                found.append(put)
        elif any(index in piece.at for piece in term.pieces):
            found.append(replace(term, sums={**term.sums, index: count}))
        else:
            found.append(replace(term, scale=term.scale * count))
    return found


def of_matrix(
    matrix: Matrix, row: Index, column: Index, letters: Iterator[str]
) -> tuple[Product, ...]:
    """The terms of a matrix's element."""
    found: list[Product] = []
    for term in matrix:
        if isinstance(term, Outer):
            pieces = (Piece(term.left, (row,)), Piece(term.right, (column,)))
            found.append(Product(pieces=pieces))
            continue
        at, inside, sums = row, [Piece(term.scale, ())], dict[str, int]()
        for factor in term.factors:
            if factor.kind == "diagonal":
                inside.append(Piece(factor.value, (at,)))
                continue
            k = next(letters)
            inside.append(Piece(factor.value, (at, k)))
            at, sums[k] = k, factor.value.shape[-1]
        made: Product | None = Product(pieces=tuple(inside), sums=sums)
        if isinstance(at, str) and at in sums:
            made = Product(pieces=tuple(inside), sums=sums).put(at, column)
        elif at != column:
            made = Product(pieces=tuple(inside), deltas=frozenset({frozenset((at, column))}))
        found += [] if made is None else [made]
    return tuple(found)
