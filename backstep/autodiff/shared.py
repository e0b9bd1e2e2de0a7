"""The gradient in shared form: intermediate results, each computed once, as by backprop.

The partial of every statement's result gets a name before it is sent on; so does whatever else is
read more than once and is long to repeat. All formulas together are then linear in the graph.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from backstep.autodiff.reverse import Backward, backward
from backstep.graph.graph import literal_of
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.ops import TABLE
from backstep.simplify.rewrite import simplify
from backstep.simplify.value_numbering import Meaning

LEAST_OPERATIONS = 3
"""Shorter formulas are repeated: a name would say no more."""

Kind = Literal["value", "partial", "factor"]


@dataclass(frozen=True, slots=True)
class NamedPartial:
    """A result computed once: its node, and the node that stands for it from there on.

    A forward `value`, the `partial` with respect to `of`, or a `factor` of partials.
    """

    node: Node
    symbol: Node
    kind: Kind
    of: Node | None


@dataclass(slots=True)
class Statements:
    """The backward pass that names the partial of each statement's result.

    `named` are the nodes with a name, by id. `without` are the ids of nodes whose partial is only a
    symbol, and needs no name. What has one of the `meanings` sends back as a whole.
    """

    loss: Node
    named: Mapping[int, Node]
    without: Collection[int] = ()
    meanings: Mapping[int, Meaning] | None = None
    given: list[NamedPartial] = field(default_factory=list)
    back: Backward = field(init=False)

    def __post_init__(self) -> None:
        graph, named = self.loss.graph, self.named
        graph.seal(simplify)
        symbols: set[int] = set()

        def name(node: Node, adjoint: Node) -> Node:
            plain = literal_of(adjoint) is not None or adjoint.id in symbols or adjoint.id in named
            if plain or node.id not in named or node.id in self.without or not node.nodes:
                return adjoint
            symbol = graph.apply("seed", name=f"partial of n{node.id}", shape=node.shape)
            symbols.add(symbol.id)
            self.given.append(NamedPartial(adjoint, symbol, "partial", node))
            return symbol

        order = ancestors([self.loss])
        self.back = backward(self.loss, order, TABLE, named=name, meanings=self.meanings)


def share(
    statements: Statements, targets: Iterable[Node], without: Collection[int]
) -> list[NamedPartial]:
    """The named results of the targets' formulas, each before it is read, in backprop's order.

    What no target reads is left out. Nodes in `without`, by id, get no name. Nodes added by an
    earlier pass change neither the results nor their order.
    """
    targets = list(targets)
    graph, named = statements.loss.graph, statements.named
    by_symbol = {each.symbol.id: each for each in statements.given}
    order, uses = _read(targets, named, by_symbol)
    forward = graph.forward_count or 0
    of = {
        adjoint.id: graph.nodes[key]
        for key, adjoint in sorted(statements.back.adjoints.items())
        if adjoint is not None and graph.nodes[key].nodes
    }
    sizes: dict[int, int] = {}
    again: list[NamedPartial] = []
    partials = {each.node.id for each in statements.given}
    for node in order:
        if node.id in named or not node.nodes:
            sizes[node.id] = 0
            continue
        size = TABLE[node.op].operations + sum(sizes[_seen(each).id] for each in node.nodes)
        shared = uses[node.id] > 1 and size >= LEAST_OPERATIONS
        sizes[node.id] = 0 if shared else size
        if not shared or node.id in without or node.id in partials:
            continue
        if node.id < forward:
            again.append(NamedPartial(node, node, "value", node))
        elif node.id in of:
            again.append(NamedPartial(node, node, "partial", of[node.id]))
        else:
            again.append(NamedPartial(node, node, "factor", None))
    read = {node.id for node in order}
    kept = [each for each in statements.given if each.symbol.id in read]
    return _in_order([*kept, *again], targets, named)


def _in_order(
    found: Sequence[NamedPartial], targets: Sequence[Node], named: Collection[int]
) -> list[NamedPartial]:
    """Each after all that it reads: values forward, then partials backward, factors when needed.

    The ids of added nodes do not show that order: a partial may be in the graph from an earlier
    pass, before the symbol that it is now computed from.
    """
    by_symbol = {each.symbol.id: each for each in found}
    values = sorted((each.symbol for each in found if each.kind == "value"), key=lambda n: n.id)
    partials = [(each.of.id, each.symbol) for each in found if each.kind == "partial" and each.of]
    partials.sort(key=lambda part: -part[0])
    done: set[int] = set()
    ordered: list[NamedPartial] = []
    for root in (*values, *(symbol for _, symbol in partials), *map(_seen, targets)):
        open_nodes = [root]
        while open_nodes:
            node = open_nodes[-1]
            given = by_symbol.get(node.id)
            if node.id in named:
                reads: Sequence[Node] = ()
            elif given is None or given.node is node:
                reads = node.nodes
            else:
                reads = (given.node,)
            missing = (
                [] if node.id in done else [_seen(n) for n in reads if _seen(n).id not in done]
            )
            if missing:
                open_nodes.extend(reversed(missing))
                continue
            open_nodes.pop()
            if node.id not in done:
                done.add(node.id)
                if given is not None:
                    ordered.append(given)
    return ordered


def _seen(node: Node) -> Node:
    """The partial behind the mark of a partial on its way."""
    while TABLE[node.op].marks_partial and node.nodes:
        (node,) = node.nodes
    return node


def _read(
    targets: Iterable[Node], named: Collection[int], by_symbol: Mapping[int, NamedPartial]
) -> tuple[list[Node], Counter[int]]:
    """The nodes of the targets' formulas, by id, and how often each is read.

    Nodes with a name appear as that, and are not looked into; partials with a name are, since they
    are listed too.
    """
    seen: dict[int, Node] = {}
    uses: Counter[int] = Counter()
    open_nodes = [_seen(node) for node in targets]
    uses.update(node.id for node in open_nodes)
    while open_nodes:
        node = open_nodes.pop()
        if node.id in seen:
            continue
        seen[node.id] = node
        given = by_symbol.get(node.id)
        inside = () if node.id in named else node.nodes if given is None else (given.node,)
        for each in inside:
            uses[_seen(each).id] += 1
            open_nodes.append(_seen(each))
    return [seen[key] for key in sorted(seen)], uses
