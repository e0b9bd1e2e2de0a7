"""A network as a straight-line program: forward, then backward in shared form, line by line.

What is computed, in which order, under which name, is data here; the language it is written in, and
whether it is run, are the caller's. Each line's expression is the graph of its node, cut where
another line's result is read. If a part of the gradient is evaluated by an equal form that keeps
its digits (`ops/accurate_forms`), a line reads that form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from backstep.autodiff.reverse import Backward
from backstep.autodiff.shared import Kind, Statements
from backstep.clock import heed
from backstep.graph.node import Node, Operand
from backstep.graph.parameters import Parameters
from backstep.lang.compile.definition import Definition, Leaf, Version
from backstep.ops import TABLE
from backstep.ops.accurate_forms import tail

DEEPEST = 24
"""An expression that is nested deeper gets lines for its parts: readers and parsers end there."""


Stands = Callable[[Node], bool]
Repeated = Callable[[Node, Stands], bool]


@dataclass(frozen=True, slots=True)
class Operation:
    """How a node is evaluated: the name of a row, or of a tail; what it reads; options."""

    name: str
    reads: tuple[Operand, ...]
    params: Parameters


@dataclass(frozen=True, slots=True)
class Line:
    """One statement: `node` is evaluated, and `symbol` stands for it in later lines.

    A `value` is a forward value; a `partial` is that of the loss with respect to `of`, with node
    None if it is 0; a `factor` is a part of partials. `version` is that of its name in the text, if
    any. A line that is not `read` is read by nothing, or is part of the program's answer.
    """

    node: Node | None
    symbol: Node | None
    kind: Kind
    of: Node | None
    version: Version | None
    read: bool


@dataclass(frozen=True, slots=True)
class Program:
    """Lines in order; each reads leaves and earlier lines. `gradients` are lines of `backward`, by
    their variables; they come last.
    """

    definition: Definition
    forward: Sequence[Line]
    backward: Sequence[Line]
    gradients: Mapping[str, Line]
    by_symbol: Mapping[int, Line]
    """By the id of its symbol, the line that the symbol stands for."""
    leaves: Mapping[int, Leaf]
    back: Backward

    @property
    def lines(self) -> list[Line]:
        """All lines, in order."""
        return [*self.forward, *self.backward]

    def parts(self, line: Line) -> list[Node]:
        """The nodes whose operations a line contains, inputs before their uses: none if it is
        another name for an existing result.
        """
        node = line.node
        if node is None or (line.symbol is not node and self.stands(node)):
            return []
        return inside(node, lambda each: each is not node and self.stands(each))

    def stands(self, node: Node) -> bool:
        """Whether a name stands for the node, so that no line but its own looks into it."""
        return node.id in self.by_symbol or node.id in self.leaves


def operation(node: Node) -> Operation:
    """How a node is evaluated, as in the numeric engine."""
    form = tail(node)
    if form is None:
        return Operation(node.op, node.inputs, node.params)
    return Operation(form.name, form.reads, form.params)


def carried(operand: Operand) -> Operand:
    """The partial behind the mark of a partial on its way."""
    while isinstance(operand, Node) and operand.nodes and TABLE[operand.op].marks_partial:
        operand = operand.inputs[0]
    return operand


def inside(root: Node, stands: Stands) -> list[Node]:
    """The root and what it is computed from, up to nodes that another name stands for."""
    done: dict[int, Node] = {}
    waiting = [root]
    while waiting:
        node = waiting[-1]
        if node.id in done:
            waiting.pop()
            continue
        missing = [
            each
            for each in map(carried, operation(node).reads)
            if isinstance(each, Node) and each.id not in done and not stands(each)
        ]
        if missing:
            waiting.extend(missing)
            continue
        waiting.pop()
        done[node.id] = node
    return list(done.values())


def program(
    definition: Definition,
    wrt: Mapping[str, Node] | None = None,
    apart: Callable[[Node], bool] = lambda node: False,
    repeated: Repeated = lambda node, stands: False,
    held: Callable[[Node], Iterable[Node]] = lambda node: (),
) -> Program:
    """The program of a definition's loss and of its gradients with respect to the nodes of `wrt`,
    which are named in the text; every parameter if None.

    `apart`: nodes that need a line of their own; `repeated`: nodes that are recomputed wherever
    they are read rather than kept, given which nodes a name stands for. What the loss does not read
    is not in it. `held`: of what a node reads, the nodes that need a line of their own for its
    sake.
    """
    if wrt is None:
        wrt = {leaf.name: leaf.node for leaf in definition.leaves if leaf.role == "param"}
    return _Builder(definition, wrt, apart, repeated, held).program()


class _Builder:
    def __init__(
        self,
        definition: Definition,
        wrt: Mapping[str, Node],
        apart: Callable[[Node], bool],
        repeated: Repeated,
        held: Callable[[Node], Iterable[Node]],
    ) -> None:
        self.definition = definition
        self.wrt = wrt
        self.apart, self.repeated, self.held = apart, repeated, held
        self.forced: set[int] = set()
        self.versions = {
            version.node.id: version
            for versions in definition.names.values()
            for version in versions
        }
        self.leaves = {leaf.node.id: leaf for leaf in definition.leaves}
        named = {key: version.node for key, version in self.versions.items()}
        statements = Statements(definition.loss, named)
        self.back = statements.back
        self.given = {each.symbol.id: each for each in statements.given}
        assert definition.graph.forward_count is not None
        self.sealed = definition.graph.forward_count
        self.kept: dict[int, Node] = {}
        self.depths: dict[int, int] = {}
        self.uses: Counter[int] = Counter()

    def program(self) -> Program:
        """The whole program."""
        adjoints = {name: self._adjoint(node) for name, node in self.wrt.items()}
        roots = [self.definition.loss, *(each for each in adjoints.values() if each is not None)]
        order = self._order(roots)
        self.forced = {each.id for node in order for each in self.held(node)}
        for node in order:
            if self._has_line(node):
                self.kept[node.id] = node
        read = {node.id for node in order}
        forward = [
            self._value(node) for node in order if node.id in self.kept and node.id < self.sealed
        ]
        forward.sort(key=lambda line: line.symbol.id if line.symbol is not None else -1)
        backward = [
            self._line(node) for node in order if node.id in self.kept and node.id >= self.sealed
        ]
        backward = self._with_plain(backward, read)
        gradients = {
            name: Line(adjoints[name], None, "partial", node, self.versions.get(node.id), False)
            for name, node in self.wrt.items()
        }
        backward += gradients.values()
        by_symbol = {
            line.symbol.id: line for line in (*forward, *backward) if line.symbol is not None
        }
        return Program(
            self.definition, forward, backward, gradients, by_symbol, self.leaves, self.back
        )

    def _adjoint(self, node: Node) -> Node | None:
        found = self.back.adjoints.get(node.id)
        operand = None if found is None else carried(found)
        return operand if isinstance(operand, Node) else None

    def _reads(self, node: Node) -> list[Node]:
        given = self.given.get(node.id)
        if given is not None:
            reads: Iterable[Operand] = (given.node,)
        else:
            reads = operation(node).reads
        return [each for each in map(carried, reads) if isinstance(each, Node)]

    def _order(self, roots: Sequence[Node]) -> list[Node]:
        """All that the roots are computed from, inputs first: forward, then backward from the loss
        on. Counts how often each is read.
        """
        starts = list(roots[:1])
        partials = [
            (each.of.id, each.symbol) for each in self.given.values() if each.of is not None
        ]
        reachable = self._reachable(roots)
        partials = [part for part in partials if part[1].id in reachable]
        starts += [symbol for _, symbol in sorted(partials, key=lambda part: -part[0])]
        starts += roots[1:]
        self.uses.update(node.id for node in roots)
        order: list[Node] = []
        done: set[int] = set()
        for start in starts:
            waiting = [start]
            while waiting:
                node = waiting[-1]
                if node.id in done:
                    waiting.pop()
                    continue
                missing = [each for each in self._reads(node) if each.id not in done]
                if missing:
                    waiting.extend(reversed(missing))
                    continue
                heed()
                waiting.pop()
                done.add(node.id)
                order.append(node)
                self.uses.update(each.id for each in self._reads(node))
        return order

    def _reachable(self, roots: Iterable[Node]) -> set[int]:
        seen: set[int] = set()
        waiting = list(roots)
        while waiting:
            node = waiting.pop()
            if node.id not in seen:
                seen.add(node.id)
                waiting.extend(self._reads(node))
        return seen

    def _has_line(self, node: Node) -> bool:
        """Whether the node has a line; asked in order, so that what it reads is known."""
        if node.id in self.leaves:
            return False
        if node.id in self.versions or node.id in self.given or node is self.definition.loss:
            self.depths[node.id] = 0
            return True
        depth = 1 + max((self.depths.get(each.id, 0) for each in self._reads(node)), default=0)
        alone = (
            (self.uses[node.id] > 1 and not self.repeated(node, self._stands))
            or self.apart(node)
            or node.id in self.forced
            or depth > DEEPEST
        )
        self.depths[node.id] = 0 if alone else depth
        return alone

    def _value(self, node: Node) -> Line:
        return Line(node, node, "value", node, self.versions.get(node.id), True)

    def _line(self, node: Node) -> Line:
        given = self.given.get(node.id)
        if given is None:
            return Line(node, node, "factor", None, None, True)
        inner = carried(given.node)
        assert isinstance(inner, Node)
        assert given.of is not None
        return Line(inner, node, "partial", given.of, self.versions.get(given.of.id), True)

    def _with_plain(self, lines: list[Line], read: set[int]) -> list[Line]:
        """The lines with those of partials that are only a number or another symbol, which nothing
        reads, at their places of the backward pass.
        """
        own = {line.of.id for line in lines if line.of is not None}
        plain = []
        for key in self.versions:
            node = self.definition.graph.nodes[key]
            if key in own or key not in read or not node.nodes:
                continue
            adjoint = self._adjoint(node)
            if adjoint is not None and (adjoint.op == "constant" or self._stands(adjoint)):
                plain.append(Line(adjoint, None, "partial", node, self.versions[key], False))
        return self._placed(lines, sorted(plain, key=lambda line: -_of(line)))

    def _stands(self, node: Node) -> bool:
        return node.id in self.kept or node.id in self.leaves

    def _placed(self, lines: list[Line], more: Sequence[Line]) -> list[Line]:
        """Each of `more` as soon as what it reads is computed, after partials of later nodes."""
        made = list(lines)
        for line in more:
            place = 0
            for position, each in enumerate(made):
                reads = each.symbol is not None and each.symbol is line.node
                if reads or (each.kind == "partial" and _of(each) > _of(line)):
                    place = position + 1
            made.insert(place, line)
        return made


def _of(line: Line) -> int:
    return -1 if line.of is None else line.of.id
