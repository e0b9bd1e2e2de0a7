"""Sums that a text writes term by term, by an index, in a loop or by elements, as one of a tensor.

Terms are alike if they differ in the place of an element alone, or in a number: w x₀ + w x₁ is
sum(w x). A statement that has such terms sends its partial back by the rule of the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from backstep.clock import heed
from backstep.errors import LimitError
from backstep.graph.graph import Graph
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.order import ancestors, uses
from backstep.graph.shape import ShapeError, axis_index
from backstep.ops import TABLE

_SUMS = ("add", "subtract")
_ALONG = ("sum", "mean", "max", "min", "prod", "norm", "var", "std", "logsumexp")
_ROWWISE = ("softmax", "log_softmax")
_DEEPEST = 150
"""Operations nested in each other; what is deeper is left as it is."""
_MOST = 20_000
"""Operations of a statement that is looked at."""


class _Left(Exception):
    """The statement is left as it is written."""


@dataclass(frozen=True, slots=True)
class SummedUp:
    """A named value or the loss whose statement has sums that are written out."""

    inputs: tuple[Node, ...]
    """What the statement reads."""
    inside: frozenset[int]
    """The ids of its own nodes."""
    whole: Callable[[], Node]
    """What it is computed by with these as sums, in its own graph, which is sealed by then."""


def summed_up(
    order: Sequence[Node], named: Collection[int], earlier: Collection[int], loss: Node
) -> dict[int, SummedUp]:
    """By id the values among `order` whose statement adds up terms that are alike.

    `named` are the ids of nodes with a name, between which statements lie, `earlier` those whose
    name is given again later. Where the later giving alone reads them, and adds to them, they are
    parts of its sum: the passes of a loop.
    """
    if not any(node.op == "index" or node.op in _SUMS for node in order):
        return {}
    places = uses(order)
    steps = {
        key
        for key in earlier
        if len(places.get(key, ())) == 1 and key != loss.id
        for use, place in places[key]
        if place == 0 and use.op in _SUMS
    }
    stands = (set(named) | {loss.id}) - steps
    found: dict[int, SummedUp] = {}
    for node in order:
        if node.id in stands and node.nodes:
            try:
                made = _statement(node, stands, places)
            except (_Left, LimitError, ShapeError):
                continue
            if made is not None:
                found[node.id] = made
    return found


def _statement(
    node: Node, stands: Collection[int], places: Mapping[int, list[tuple[Node, int]]]
) -> SummedUp | None:
    inside = _inside(node, stands, places)
    if not any(each.op in _SUMS for each in inside.values()):
        return None
    rolling = _Rolling(inside)
    root = rolling.rolled(node)
    if not rolling.changed or not isinstance(root, Node):
        return None
    reads = tuple(
        rolling.origin[each.id] for each in ancestors([root]) if each.id in rolling.origin
    )
    inputs = tuple(each for each in reads if each.op != "constant")
    graph = node.graph

    def whole() -> Node:
        made: dict[int, Operand] = {}
        for part in ancestors([root]):
            origin = rolling.origin.get(part.id)
            made[part.id] = (
                graph.apply(
                    part.op,
                    *(each if isinstance(each, Literal) else made[each.id] for each in part.inputs),
                    **part.params,
                )
                if origin is None
                else origin
            )
        found = made[root.id]
        return graph.constant(found) if isinstance(found, Literal) else found

    passed = frozenset(key for key in inside if key != node.id)
    return SummedUp(inputs, passed, whole)


def _inside(
    node: Node, stands: Collection[int], places: Mapping[int, list[tuple[Node, int]]]
) -> dict[int, Node]:
    """The statement's own nodes by id: those that nothing outside it reads."""
    outer = set(stands)
    while True:
        found: dict[int, Node] = {}
        waiting = [node]
        while waiting:
            part = waiting.pop()
            if part.id in found or (part.id in outer and part is not node) or not part.nodes:
                continue
            found[part.id] = part
            waiting += part.nodes
            if len(found) > _MOST:
                raise _Left
        read = {
            key
            for key, part in found.items()
            if part is not node and any(use.id not in found for use, _ in places.get(key, ()))
        }
        if not read:
            return found
        outer |= read


class _Rolling:
    """A statement built once more, in a graph of its own whose leaves stand for what it reads."""

    def __init__(self, inside: Mapping[int, Node]) -> None:
        self._inside = inside
        self._graph = Graph(TABLE)
        self._made: dict[Any, Node] = {}
        self._rolled: dict[int, Operand] = {}
        self._lifted: dict[tuple[int, ...], Node | None] = {}
        self._looks: dict[tuple[int, bool], Any] = {}
        self._numbers: dict[Any, int] = {}
        self.origin: dict[int, Node] = {}
        self.changed = False

    def _make(self, op: str, *inputs: Operand, **params: Any) -> Node:
        key = (
            op,
            *((e.value, e.symbol, e.text) if isinstance(e, Literal) else e.id for e in inputs),
            *sorted(params.items()),
        )
        heed()
        if key not in self._made:
            self._made[key] = self._graph.apply(op, *inputs, **params)
        return self._made[key]

    def _leaf(self, node: Node) -> Node:
        leaf = self._make("leaf", name=str(node.id), role="input", shape=node.shape)
        self.origin[leaf.id] = node
        return leaf

    def rolled(self, operand: Operand, depth: int = 0) -> Operand:
        """The operand with its written-out sums as sums of tensors."""
        if isinstance(operand, Literal):
            return operand
        if operand.id not in self._inside:
            return self._leaf(operand)
        if depth > _DEEPEST:
            raise _Left
        found = self._rolled.get(operand.id)
        if found is None:
            if operand.op in _SUMS:
                found = self._chain(operand, depth)
            else:
                inputs = [self.rolled(each, depth + 1) for each in operand.inputs]
                found = self._make(operand.op, *inputs, **operand.params)
            self._rolled[operand.id] = found
        return found

    def _chain(self, node: Node, depth: int) -> Operand:
        groups: dict[Any, list[tuple[int, Operand]]] = {}
        signs: list[int] = []
        terms: list[Operand] = []
        for place, (sign, term) in enumerate(self._terms(node)):
            signs.append(sign)
            terms.append(self.rolled(term, depth + 1))
            groups.setdefault((sign, self._look(term, False)), []).append((place, term))
        parts: list[tuple[int, int, Operand]] = []
        for (sign, _), group in groups.items():
            for places in self._alike(group, terms):
                whole = self._added(places, terms)
                if whole is None:
                    parts += [(place, sign, terms[place]) for place in places]
                else:
                    self.changed = True
                    parts.append((places[0], sign, whole))
        parts.sort(key=lambda part: (part[1] < 0, part[0]))
        (_, sign, total), *rest = parts
        if sign < 0:
            total = self._make("negate", total)
        for _, sign, part in rest:
            total = self._make("add" if sign > 0 else "subtract", total, part)
        return total

    def _alike(
        self, group: Sequence[tuple[int, Operand]], terms: Sequence[Operand]
    ) -> Iterable[list[int]]:
        """Places of terms that are one sum: the group, or its terms with the same numbers."""
        whole = [place for place, _ in group]
        if self._added(whole, terms) is not None:
            return [whole]
        exact: dict[Any, list[int]] = {}
        for place, term in group:
            exact.setdefault(self._look(term, True), []).append(place)
        return exact.values()

    def _added(self, places: Sequence[int], terms: Sequence[Operand]) -> Operand | None:
        if len(places) < 2:
            return None
        parts = [terms[place] for place in places]
        first = parts[0]
        if any(isinstance(each, Literal) for each in parts) or len({_key(e) for e in parts}) == 1:
            return None
        lifted = self._lift(parts)
        if lifted is None or not isinstance(lifted, Node):
            return None
        return self._sum(lifted) if first.shape == () else self._make("sum", lifted, axis=0)

    def _sum(self, vector: Node) -> Node:
        """The sum of a vector, scalars before it, of two vectors their inner product."""
        scalars: list[Operand] = []
        vectors: list[Operand] = []
        waiting: list[Operand] = [vector]
        while waiting:
            part = waiting.pop()
            if isinstance(part, Node) and part.op == "multiply":
                waiting += part.inputs[::-1]
            else:
                (vectors if part.shape else scalars).append(part)
        if len(vectors) == 2 and vectors[0] != vectors[1]:
            made = self._make("dot", *vectors)
        else:
            whole = vectors[0]
            for each in vectors[1:]:
                whole = self._make("multiply", whole, each)
            made = self._make("sum", whole)
        for each in reversed(scalars):
            made = self._make("multiply", each, made)
        return made

    def _terms(self, node: Node) -> list[tuple[int, Operand]]:
        """The terms of a sum in order, with their signs; a term that is a sum itself is one."""
        found: list[tuple[int, Operand]] = []
        part: Operand = node
        while isinstance(part, Node) and part.op in _SUMS and part.id in self._inside:
            last = found[-1][1] if found else None
            if (
                isinstance(last, Node)
                and last.op in _SUMS
                and self._look(last, False) == self._look(part, False)
            ):
                break
            found.append((1 if part.op == "add" else -1, part.inputs[1]))
            part = part.inputs[0]
        found.append((1, part))
        return found[::-1]

    def _look(self, operand: Operand, exact: bool) -> Any:
        """What terms that are alike have in common; if `exact`, their numbers as well."""
        if isinstance(operand, Literal):
            own = ("number", operand.symbol, operand.value if exact else None)
            return self._numbers.setdefault(own, len(self._numbers))
        waiting = [operand]
        while waiting:
            part = waiting[-1]
            if (part.id, exact) in self._looks:
                waiting.pop()
                continue
            within = part.id in self._inside
            missing = [e for e in part.nodes if (e.id, exact) not in self._looks] if within else []
            if missing:
                waiting += missing
                continue
            waiting.pop()
            self._looks[part.id, exact] = self._own_look(part, exact, within)
        return self._looks[operand.id, exact]

    def _own_look(self, node: Node, exact: bool, within: bool) -> int:
        own: Any = ("read", node.id)
        if within:
            inputs = tuple(
                self._look(each, exact)
                if isinstance(each, Literal)
                else self._looks[each.id, exact]
                for each in node.inputs
            )
            params = dict(node.params)
            if node.op == "index":
                params["key"] = tuple(None if isinstance(e, int) else e for e in node.params["key"])
            own = (node.op, inputs, tuple(sorted(params.items())))
        return self._numbers.setdefault(own, len(self._numbers))

    def _lift(self, parts: Sequence[Operand]) -> Operand | None:
        """One tensor of all parts along a new first axis, or what they all are."""
        first = parts[0]
        if all(_key(each) == _key(first) for each in parts):
            return first
        if all(isinstance(each, Literal) for each in parts):
            numbers = [each for each in parts if isinstance(each, Literal)]
            if any(each.symbol or each.minus_zero for each in numbers):
                return None
            return self._make("array", values=tuple(each.value for each in numbers))
        nodes = [each for each in parts if isinstance(each, Node)]
        if len(nodes) < len(parts):
            return None
        key = tuple(each.id for each in nodes)
        if key not in self._lifted:
            self._lifted[key] = self._lifted_nodes(nodes)
        return self._lifted[key]

    def _lifted_nodes(self, nodes: Sequence[Node]) -> Node | None:
        first, count = nodes[0], len(nodes)
        if (
            any(
                (each.op, each.shape, len(each.inputs))
                != (first.op, first.shape, len(first.inputs))
                for each in nodes
            )
            or not first.inputs
        ):
            return None
        columns = list(zip(*(each.inputs for each in nodes), strict=True))
        if first.op == "index" and all(_key(each) == _key(columns[0][0]) for each in columns[0]):
            base = columns[0][0]
            assert isinstance(base, Node)
            return self._sliced(base, [each.params["key"] for each in nodes])
        if any(each.params != first.params for each in nodes):
            return None
        inputs: list[Operand] = []
        along: list[bool] = []
        for column in columns:
            lifted = self._lift(column)
            if lifted is None:
                return None
            inputs.append(lifted)
            along.append(any(_key(each) != _key(column[0]) for each in column))
        return self._by_rule(first, count, inputs, along)

    def _by_rule(
        self, node: Node, count: int, inputs: Sequence[Operand], along: Sequence[bool]
    ) -> Node | None:
        """The operation on all parts at once, of inputs of which some have the new axis."""
        op, rank = node.op, len(node.shape)
        if TABLE[op].elementwise:
            return self._make(
                op,
                *(
                    self._lined_up(each, count, rank) if new and isinstance(each, Node) else each
                    for each, new in zip(inputs, along, strict=True)
                ),
                **node.params,
            )
        nodes = [each for each in inputs if isinstance(each, Node)]
        if len(nodes) < len(inputs):
            return None
        inner = [len(each.shape) - new for each, new in zip(nodes, along, strict=True)]
        if op in ("dot", "matmul"):
            return self._product(op, nodes, along, inner)
        if op in _ALONG or op in _ROWWISE:
            return self._reduced(node, nodes[0], inner[0])
        if op == "pick" and all(along) and inner == [1, 0]:
            return self._make(op, *nodes, **node.params)
        if op == "index":
            return self._make(op, nodes[0], key=((0, count, 1), *node.params["key"]))
        if op == "reshape":
            return self._make(op, nodes[0], shape=(count, *node.shape))
        return nodes[0] if op == "identity" else None

    def _lined_up(self, part: Node, count: int, rank: int) -> Node:
        """The new axis before all others where operands have fewer axes than the result."""
        shape = part.shape[1:]
        if len(shape) == rank:
            return part
        return self._make("reshape", part, shape=(count, *(1,) * (rank - len(shape)), *shape))

    def _product(
        self, op: str, nodes: Sequence[Node], along: Sequence[bool], inner: Sequence[int]
    ) -> Node | None:
        left, right = nodes
        if op == "dot":
            if all(along):
                return self._make("sum", self._make("multiply", left, right), axis=1)
            return self._make("matmul", *((left, right) if along[0] else (right, left)))
        if all(along):
            return None
        if along[0] and inner == [1, 2]:
            return self._make("matmul", left, right)
        if along[1] and inner == [2, 1]:
            return self._make("matmul", right, self._make("transpose", left))
        return None

    def _reduced(self, node: Node, part: Node, rank: int) -> Node | None:
        params = dict(node.params)
        axis = params.get("axis")
        if axis is None:
            if rank != 1:
                return None
            axis = 0
        if not isinstance(axis, int):
            return None
        axis = axis_index(axis, part.shape[1:]) + 1
        return self._make(node.op, part, **{**params, "axis": axis})

    def _sliced(self, base: Node, keys: Sequence[tuple[Any, ...]]) -> Node | None:
        """The part of a tensor whose elements or rows all parts are, in their order."""
        first = keys[0]
        varied = [k for k in range(len(first)) if any(key[k] != first[k] for key in keys)]
        if len(varied) != 1:
            return None
        (place,) = varied
        steps = [key[place] for key in keys]
        if not all(isinstance(each, int) for each in steps):
            return None
        step = steps[1] - steps[0]
        if step < 1 or any(later - one != step for one, later in pairwise(steps)):
            return None
        key = (*first[:place], (steps[0], steps[-1] + 1, step), *first[place + 1 :])
        before = sum(not isinstance(each, int) for each in first[:place])
        wholes = [(0, length, 1) for length in base.shape]
        while key and key[-1] == wholes[len(key) - 1]:
            key = key[:-1]
        made = base if not key else self._make("index", base, key=key)
        if before == 0:
            return made
        return self._make("transpose", made) if before == 1 and len(made.shape) == 2 else None


def _key(operand: Operand) -> Any:
    if isinstance(operand, Literal):
        return (operand.value, operand.symbol)
    return operand.id
