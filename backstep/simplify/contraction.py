"""A pullback as a product of the incoming partial and what it is multiplied by.

Each factor has a letter for each of its axes, as in Einstein's notation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from backstep.graph.node import Literal as Number
from backstep.graph.node import Node, Operand, literal
from backstep.graph.shape import Shape
from backstep.simplify.tidy import Tidy, operations

Sign = Literal["matmul", "elementwise", "scale", "elements"]
"""How factors are joined: rows by columns, element by element, one number by each element; or, of
`elements`, each element of the product by a sum of its own, which no product of matrices is."""
Role = Literal["upstream", "local"]
_AXES = (None, 0, 1, -1)


class NoProduct(Exception):
    """The pullback is no product of two factors or three."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A factor; `node` is None for the incoming partial, which may be `transposed`."""

    role: Role
    axes: str
    shape: Shape
    node: Operand | None = None
    transposed: bool = False

    @property
    def known(self) -> Operand:
        """The node of a local factor."""
        assert self.node is not None
        return self.node


def contraction(
    tidy: Tidy, whole: Operand | None, seed: Node, axes: str, most: int
) -> tuple[Sign, list[Piece]]:
    """The sign and the factors of a tidy pullback, in the order in which they are written.

    `seed` is the symbol of the incoming partial, `axes` has a letter for each axis of the whole.
    Raises NoProduct, also of one with more operations than `most`.
    """
    if whole is None or isinstance(whole, Number) or operations(whole) > most:
        raise NoProduct
    return _Reading(tidy, seed).pieces(whole, axes)


class _Reading:
    """Reads the tidy form of a contribution as a product."""

    def __init__(self, tidy: Tidy, seed: Node) -> None:
        self._tidy = tidy
        self._seed = seed
        self._letters = iter("klmnpq")
        self._numbers: list[Operand] = []
        self._signs: set[Sign] = set()

    def pieces(self, whole: Node, axes: str) -> tuple[Sign, list[Piece]]:
        """The sign and the factors. Raises NoProduct."""
        found = self._read(whole, axes)
        upstream = [part for part in found if part.role == "upstream"]
        if len(upstream) != 1 or ("matmul" in self._signs and len(self._signs) > 1):
            raise NoProduct
        sign: Sign = "scale" if not upstream[0].shape or not self._signs else "elementwise"
        if "matmul" in self._signs:
            sign = "matmul"
        found = self._joined(found, sign)
        if len(found) == 1 and not self._numbers:
            return sign, [*found, self._part(literal(1), "")]
        return sign, self._scaled(found) if self._numbers else found

    def _has(self, operand: Operand) -> bool:
        open_nodes, seen = [operand], set()
        while open_nodes:
            node = open_nodes.pop()
            if node is self._seed:
                return True
            if isinstance(node, Node) and node.id not in seen:
                seen.add(node.id)
                open_nodes.extend(node.nodes)
        return False

    def _part(self, operand: Operand, axes: str) -> Piece:
        return Piece("local", axes, operand.shape, operand)

    def _read(self, operand: Operand, axes: str) -> list[Piece]:
        if operand is self._seed:
            return [Piece("upstream", axes, operand.shape)]
        if not self._has(operand):
            return [self._part(operand, axes)]
        assert isinstance(operand, Node)
        inputs = operand.inputs
        match operand.op:
            case "negate":
                self._numbers.append(literal(-1))
                return self._read(inputs[0], axes)
            case "transpose" if inputs[0] is self._seed and len(axes) == 2:
                return [Piece("upstream", axes, operand.shape, transposed=True)]
            case "multiply":
                return self._multiplied(inputs[0], inputs[1], operand.shape, axes)
            case "divide" if not self._has(inputs[1]):
                over = self._tidy.make("divide", literal(1), inputs[1])
                return self._multiplied(inputs[0], over, operand.shape, axes)
            case "sum" if inputs[0].shape and operand.params.get("axis") in _AXES:
                return self._summed(inputs[0], operand.params.get("axis"), axes)
            case "matmul" | "outer" | "dot":
                return self._contracted(operand.op, inputs[0], inputs[1], axes)
        raise NoProduct

    def _multiplied(self, left: Operand, right: Operand, shape: Shape, axes: str) -> list[Piece]:
        for one, other in ((left, right), (right, left)):
            if not one.shape and not self._has(one):
                self._numbers.append(one)
                return self._read(other, axes)
        if not left.shape or not right.shape:
            self._signs.add("scale")
        elif left.shape == right.shape == shape:
            self._signs.add("elementwise")
        else:
            raise NoProduct
        return [
            part for each in (left, right) for part in self._read(each, axes if each.shape else "")
        ]

    def _letter(self) -> str:
        """The next inner axis. Raises NoProduct past as many as anybody reads in one step."""
        letter = next(self._letters, None)
        if letter is None:
            raise NoProduct
        return letter

    def _contracted(self, op: str, left: Operand, right: Operand, axes: str) -> list[Piece]:
        self._signs.add("matmul")
        if op == "outer":
            return self._read(left, axes[:1]) + self._read(right, axes[1:])
        ranks = (len(left.shape), len(right.shape))
        if not ranks[0] or not ranks[1] or max(ranks) > 2:
            raise NoProduct
        inner = self._letter()
        head, tail = axes[: ranks[0] - 1], axes[ranks[0] - 1 :]
        return self._read(left, head + inner) + self._read(right, inner + tail)

    def _summed(self, operand: Operand, axis: int | None, axes: str) -> list[Piece]:
        """A sum over an axis as a product with ones."""
        rank = len(operand.shape)
        if axis is None and rank > 1:
            raise NoProduct
        self._signs.add("matmul")
        inner, last = self._letter(), rank - 1
        ones = self._part(self._tidy.make("ones", shape=(operand.shape[axis or 0],)), inner)
        if rank > 1 and axis in (last, -1):
            return [*self._read(operand, axes + inner), ones]
        return [ones, *self._read(operand, inner + axes)]

    def _joined(self, parts: list[Piece], sign: Sign) -> list[Piece]:
        """Local factors that stand side by side as one."""
        if sign != "matmul":
            parts = sorted(parts, key=lambda part: part.role == "local")
        found: list[Piece] = []
        for part in parts:
            if not found or found[-1].role == "upstream" or part.role == "upstream":
                found.append(part)
                continue
            before = found.pop()
            if sign == "matmul":
                shared = set(before.axes) & set(part.axes)
                axes = "".join(each for each in before.axes + part.axes if each not in shared)
                if len(shared) != 1:
                    raise NoProduct
                made = self._tidy.make("matmul", before.known, part.known)
            else:
                axes = before.axes or part.axes
                made = self._tidy.make("multiply", before.known, part.known)
            found.append(self._part(made, axes))
        return found

    def _scaled(self, parts: list[Piece]) -> list[Piece]:
        """The numbers in front as part of a local factor, or as one."""
        number = self._numbers[0]
        for each in self._numbers[1:]:
            number = self._tidy.make("multiply", number, each)
        place = next((at for at, part in enumerate(parts) if part.role == "local"), None)
        if place is None:
            return [self._part(number, ""), *parts]
        old = parts[place]
        made = self._tidy.make("multiply", number, old.known)
        if made.shape != old.shape:
            raise NoProduct
        return [*parts[:place], self._part(made, old.axes), *parts[place + 1 :]]
