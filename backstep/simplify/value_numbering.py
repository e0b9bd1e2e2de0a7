"""Value numbering of forward nodes: products and sums taken apart, broadcasting looked through.

Two nodes that compute the same have one number, whatever they are written as.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import Shape, axis_index, size
from backstep.simplify.factors import number_of

Pullback = Callable[[Node, Node], Sequence[Node]]
"""From the output's partial and the output: a partial for each of the inputs, in order."""

_MOST_PARTS = 40
_MOST_READ = 1_000
"""Nodes that are looked at for whether two equal ones read the same."""
HALF = Fraction(1, 2)
_ONE = Literal(Fraction(1))


@dataclass(frozen=True, slots=True)
class Meaning:
    """A forward node as one function of `inputs`; `inside` are the ids of its parts between."""

    inputs: tuple[Node, ...]
    inside: frozenset[int]
    pullback: Pullback


class Values:
    """Numbers for the values of forward nodes: two nodes with one number compute the same."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._numbers: dict[object, int] = {}
        self._of: dict[int, int] = {}
        self._softmaxes: dict[tuple[int, Shape], Node] = {}
        for node in nodes:
            self._of[node.id] = self._number(node)

    def same(self, kept: Operand, twin: Operand, inside: set[int]) -> bool:
        """Whether both are known to have one value. What the twin alone reads is passed over: its
        part of the partial is sent to what it equals, and its ids are added to `inside`.
        """
        if isinstance(kept, Literal) or isinstance(twin, Literal):
            a, b = written(kept), written(twin)
            return a is not None and a == b
        if self._of[kept.id] != self._of[twin.id]:
            return False
        if kept.id == twin.id:
            return True
        alone = self._alone(kept, twin)
        if alone is None:
            return False
        inside |= alone
        return True

    def _alone(self, kept: Node, twin: Node) -> set[int] | None:
        """The ids of what the twin reads and its equal does not; None if that is unknown."""
        found: set[int] = set()
        waiting = [(kept, twin)]
        while waiting:
            one, other = waiting.pop()
            one, other = unnamed(one), unnamed(other, found)
            if one.id == other.id or other.id in found:
                continue
            found.add(other.id)
            for each in other.nodes:
                equal = next((k for k in one.nodes if self._of[k.id] == self._of[each.id]), None)
                if equal is None or len(found) > _MOST_READ:
                    return None
                waiting.append((equal, each))
        return found

    def probable(self, of: Node, axis: int | None) -> Node | None:
        """The softmax along the axis that the text writes out in parts, if it does."""
        return self._softmaxes.get((self._of[of.id], kept_shape(of.shape, axis)))

    def note_softmax(self, node: Node, of: Node, axis: int | None) -> None:
        """Record a softmax; the first of equal ones counts."""
        self._softmaxes.setdefault((self._of[of.id], kept_shape(of.shape, axis)), node)

    def _number(self, node: Node) -> int:
        if node.op == "identity" and isinstance(node.inputs[0], Node):
            return self._of[node.inputs[0].id]
        inputs: list[object] = [
            (each.value, each.symbol) if isinstance(each, Literal) else self._of[each.id]
            for each in node.inputs
        ]
        op = node.op
        if op == "square":
            op, inputs = "power", [*inputs, (Fraction(2), None)]
        if op == "multiply" and inputs[0] == inputs[1]:
            op, inputs = "power", [inputs[0], (Fraction(2), None)]
        if op in ("add", "multiply", "dot"):
            inputs.sort(key=repr)
        own = (node.id,) if not inputs else tuple(sorted(node.params.items()))
        key = (op, *inputs, own)
        return self._numbers.setdefault(key, len(self._numbers))


def unnamed(node: Node, inside: set[int] | None = None) -> Node:
    """The node that a name stands for; any other node itself."""
    while node.op == "identity" and node.nodes:
        if inside is not None:
            inside.add(node.id)
        (node,) = node.nodes
    return node


def between(node: Node, end: Node) -> set[int] | None:
    """The ids of a node and all that it reads, as far as `end`; None if there are many."""
    found: set[int] = set()
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if part.id in found or part.id == end.id:
            continue
        found.add(part.id)
        waiting += part.nodes
        if len(found) > _MOST_READ:
            return None
    return found


def written(operand: Operand) -> Fraction | None:
    """The number that is written, under a sign or a name as well."""
    if isinstance(operand, Literal):
        return number_of(operand)
    if operand.op in ("constant", "identity"):
        return written(operand.inputs[0])
    if operand.op == "negate":
        inner = written(operand.inputs[0])
        return None if inner is None else -inner
    return None


@dataclass(slots=True)
class Opened:
    """Factors with exponents, and the ids of the nodes that were opened to find them."""

    number: bool
    parts: list[tuple[Node, Fraction]]
    inside: set[int]


def factors_of(operand: Operand) -> Opened | None:
    """A product taken apart, roots and powers too; None: it is long, or the sign is in doubt."""
    opened = Opened(True, [], set())
    waiting: list[tuple[Operand, Fraction]] = [(operand, Fraction(1))]
    while waiting:
        part, times = waiting.pop()
        if isinstance(part, Literal):
            continue
        inner: list[tuple[Operand, Fraction]] | None = None
        if part.op == "multiply":
            inner = [(each, times) for each in part.inputs]
        elif part.op == "divide":
            inner = [(part.inputs[0], times), (part.inputs[1], -times)]
        elif part.op in ("identity", "negate") and times.denominator == 1:
            inner = [(part.inputs[0], times)]
        elif part.op == "square" and times.denominator == 1:
            inner = [(part.inputs[0], 2 * times)]
        elif part.op == "sqrt":
            inner = [(part.inputs[0], times * HALF)] if times.denominator == 1 else None
        elif part.op == "power" and times.denominator == 1:
            exponent = number_of(part.inputs[1])
            inner = None if exponent is None else [(part.inputs[0], times * exponent)]
        if inner is None or any(n.denominator > 2 for _, n in inner):
            opened.parts.append((part, times))
        else:
            opened.inside.add(part.id)
            waiting += reversed(inner)
        if len(opened.parts) + len(waiting) > _MOST_PARTS:
            return None
    return opened


def terms_of(operand: Operand) -> tuple[list[tuple[int, Operand]], set[int]] | None:
    """A sum as signs and terms, and the ids of what was opened; None if it is long."""
    found: list[tuple[int, Operand]] = []
    inside: set[int] = set()
    waiting: list[tuple[int, Operand]] = [(1, operand)]
    while waiting:
        sign, part = waiting.pop()
        inner: list[tuple[int, Operand]] | None = None
        if isinstance(part, Node) and part.op in ("add", "subtract"):
            inner = [(sign, part.inputs[0]), (sign if part.op == "add" else -sign, part.inputs[1])]
        elif isinstance(part, Node) and part.op in ("identity", "negate"):
            inner = [(-sign if part.op == "negate" else sign, part.inputs[0])]
        if inner is None:
            found.append((sign, part))
        else:
            assert isinstance(part, Node)
            inside.add(part.id)
            waiting += reversed(inner)
        if len(found) + len(waiting) > _MOST_PARTS:
            return None
    return found, inside


def bare(operand: Operand, inside: set[int]) -> Operand:
    """What a name stands for."""
    while isinstance(operand, Node) and operand.op == "identity":
        inside.add(operand.id)
        operand = operand.inputs[0]
    return operand


def quotient_of(node: Node, inside: set[int]) -> tuple[Operand, Node] | None:
    """Numerator and denominator of n/d, n·(1/d), n·d⁻¹ and d⁻¹."""
    if node.op == "divide" and isinstance(node.inputs[1], Node):
        return node.inputs[0], node.inputs[1]
    if node.op == "power" and number_of(node.inputs[1]) == -1 and isinstance(node.inputs[0], Node):
        return _ONE, node.inputs[0]
    if node.op == "multiply":
        for top, other in (node.inputs, node.inputs[::-1]):
            inner: set[int] = set()
            other = bare(other, inner)
            if not isinstance(other, Node) or other.op not in ("divide", "power"):
                continue
            below = quotient_of(other, inner)
            if below is not None and written(below[0]) == 1:
                inside |= {*inner, other.id}
                return top, below[1]
    return None


def lined_up(operand: Operand, shape: Shape, inside: set[int]) -> tuple[Node, Shape] | None:
    """A reduced value that is broadcast along the axes it was reduced along, without what lines it
    up; and its shape with 1 for each of these axes.
    """
    wrapped: Shape | None = None
    while isinstance(operand, Node) and operand.op in ("identity", "reshape", "expand"):
        if operand.op == "reshape" and wrapped is None:
            wrapped = operand.shape
        if operand.op == "expand":
            if wrapped is not None or operand.shape != shape:
                return None
            axis = operand.params.get("axis")
            wrapped = kept_shape(shape, axis)
        inside.add(operand.id)
        operand = operand.inputs[0]
    if isinstance(operand, Literal):
        return None
    narrow = operand.shape if wrapped is None else wrapped
    return operand, (1,) * (len(shape) - len(narrow)) + narrow


def kept_shape(shape: Shape, axis: int | None) -> Shape:
    """The shape after a reduction that keeps its axes."""
    if axis is None:
        return (1,) * len(shape)
    place = axis_index(axis, shape)
    return (*shape[:place], 1, *shape[place + 1 :])


def spread(narrow: Node, shape: Shape, axis: int | None) -> Node:
    """A reduced value repeated along the axis it was reduced along."""
    if axis is None:
        return narrow.graph.apply("expand", narrow, shape=shape)
    return narrow.graph.apply("expand", narrow, shape=shape, axis=axis_index(axis, shape))


def reduced(op: str, value: Node, axis: int | None) -> Node:
    """The sum, or another reduction, along the axis; of all elements where there is none."""
    if axis is None:
        return value.graph.apply(op, value)
    return value.graph.apply(op, value, axis=axis_index(axis, value.shape))


def whole_of(partial: Node, shape: Shape) -> Node:
    """A partial in the full shape, if it is the same for many elements."""
    if partial.shape == shape:
        return partial
    return partial.graph.apply("broadcast_to", partial, shape=shape)


def counted(shape: Shape, axis: int | None) -> int:
    """How many elements a reduction puts together for one of its result."""
    return size(shape) if axis is None else shape[axis_index(axis, shape)]
