"""A node of the gradient as a readable formula: a tidy graph in named symbols.

The definition's own graph is unchanged; the tidy nodes are in a graph of their own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import cast

from backstep.clock import heed
from backstep.graph.graph import Graph
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.parameters import Parameters
from backstep.graph.shape import size
from backstep.ops import TABLE
from backstep.simplify.elements import taken
from backstep.simplify.factors import Kept, Rules, adds_up, held_for_symmetry, split
from backstep.simplify.masks import CHOICES, SWITCHES, Bounds, as_typed, hides_mask, met
from backstep.simplify.matrices import LAST, RULES
from backstep.simplify.reductions import divided_by_its_sum

_COMMON = frozenset({2, 3, 4, 6})
"""Denominators that stay denominators, whatever they count."""

_FREE = frozenset({"leaf", "ones", "zeros", "eye", "array", "place", "mask"})
MOST_COUNTED = 10**15
"""The most operations of a formula that are counted."""


class Tidy:
    """Tidy forms of a graph's nodes; `symbols` are the nodes that stand for themselves.

    `sizes` are the sizes of axes and tensors: a denominator that counts them divides the whole at
    the end, as a mean's N does. Other numbers are factors in front. `free`: a form may have a value
    where parts of what it is made of overflow, such as σ(z) of 1/(1 + exp(−z)).
    """

    def __init__(
        self,
        symbols: Iterable[Node] = (),
        sizes: Collection[int] = (),
        rules: Rules = RULES,
        last: Rules = LAST,
        free: bool = True,
    ) -> None:
        self.graph = Graph(TABLE)
        self.graph.seal()
        self.kept = Kept(free=free)
        self._sizes = frozenset(sizes)
        self._rules = rules
        self._last = last
        self._done: dict[object, Operand] = {}
        self._tidy: dict[int, Operand] = {}
        self._own: dict[int, Operand] = {}
        self._known: dict[int, Node] = {}
        self._final: dict[Operand, Operand] = {}
        self._products: dict[frozenset[Operand], tuple[Operand, ...]] = {}
        self._typed: dict[int, Operand] = {}
        self._bounds = Bounds(lambda node: self.origin.get(node.id) if self._here(node) else None)
        self._masked: set[int] = set()
        self._rectified: dict[int, Node] = {}
        self.origin: dict[int, Node] = {}
        """By the id of a symbol in the tidy graph, the node it stands for."""
        for node in symbols:
            self.symbol(node)

    def symbol(self, node: Node) -> Node:
        """The symbol for a node in all forms from here on."""
        known = self._tidy.get(node.id)
        if isinstance(known, Node) and known.id in self.origin:
            return known
        leaf = self.graph.apply("leaf", name=str(node.id), role="input", shape=node.shape)
        self.kept.note(leaf)
        self._tidy[node.id] = leaf
        self.origin[leaf.id] = node
        return leaf

    def name(self, node: Node) -> None:
        """Replace the node's own formula by its symbol wherever it arises."""
        made = self._own[node.id] = self._rebuilt(node)
        self._replace(made, node)
        if adds_up(self, made) or divided_by_its_sum(self, made):
            self.adds_up(node)
        held = held_for_symmetry(self, made) if len(node.shape) == 2 else None
        if held is not None:
            self.kept.symmetric.setdefault(self.symbol(node).id, held)
        whole = node
        while whole.op == "identity" and whole.nodes:
            (whole,) = whole.nodes
        if whole.op == "relu" and whole.nodes:
            self._rectified.setdefault(whole.nodes[0].id, self.symbol(node))

    def known_as(self, node: Node, other: Node) -> None:
        """Replace the formula of another node, which has the named node's value, as well."""
        self._replace(self._rebuilt(other) if other.nodes else self._inner(other), node)

    def _replace(self, made: Operand, node: Node) -> None:
        if isinstance(made, Node) and made.inputs:
            symbol = self._known.setdefault(made.id, self.symbol(node))
            # They may contain what has a name now.
            self.kept.products.clear()
            self.kept.shortest.clear()
            self._note_product(symbol, made)
            inner = made.inputs[0]
            if made.op == "negate" and isinstance(inner, Node) and inner.op in ("sum", "dot"):
                # H = −Σ p log p: the sum alone is −H.
                turned = self.graph.apply("negate", symbol)
                self.kept.note(turned)
                self._known.setdefault(inner.id, turned)

    def _note_product(self, symbol: Node, made: Node) -> None:
        """Note the factors of what a symbol stands for, so that they are replaced by it."""
        if made.op not in ("multiply", "divide", "power", "negate"):
            return
        number, factors = split(self, made)
        if number and factors and set(factors) != {made}:
            key = min(factors, key=lambda each: factors[each])
            self.kept.named.setdefault(key, []).append((symbol, number, factors))

    def adds_up(self, node: Node) -> None:
        """Record that the last axis of the node's symbol adds up to 1."""
        self.kept.units.add(self.symbol(node).id)
        self.kept.shortest.clear()

    def held_to_add_up(self, node: Node) -> None:
        """The same for labels, whose values in force do: what relies on it is in `kept.relied`."""
        self.kept.labels.add(self.symbol(node).id)

    def held_symmetric(self, node: Node) -> None:
        """The same for a matrix that is given, and whose value in force is symmetric."""
        symbol = self.symbol(node)
        self.kept.symmetric[symbol.id] = frozenset({symbol.id})

    def stands_for(self, symbol: Node, node: Node) -> None:
        """Record that the symbol names the node: if the node is masked, so is the symbol."""
        if hides_mask(self, self.of(node, whole=True)):
            self._masked.add(self.symbol(symbol).id)

    def masked(self, node: Node) -> bool:
        """Whether the node is the symbol of a masked partial."""
        return node.id in self._masked

    def may_fail(self, operand: Operand) -> bool:
        """Whether a tidy form's value may be infinite or none where the leaves are finite."""
        return self._bounds.may_fail(operand)

    def _here(self, node: Node) -> bool:
        return node.graph is self.graph

    def raw(self, op: str, *inputs: Operand, **params: object) -> Node:
        """The operation as asked; an existing equal node is reused."""
        if op == "dot":
            # aᵀb and bᵀa are one part: the order that came first stands.
            inputs = self._products.setdefault(frozenset(inputs), inputs)
        node = self.graph.apply(op, *inputs, span=None, **params)
        self.kept.note(node)
        return self._known.get(node.id, node)

    def make(self, op: str, *inputs: Operand, **params: object) -> Operand:
        """The operation on tidy inputs, tidied."""
        key = (op, inputs, tuple(sorted(params.items())))
        found = self._done.get(key)
        if found is None:
            heed()
            found = self._done[key] = self._by_rule(
                self._rules, op, inputs, cast("Parameters", params)
            )
        return self._known.get(found.id, found) if isinstance(found, Node) else found

    def counts(self, number: int) -> bool:
        """Whether a denominator counts elements."""
        return number in _COMMON or any(size % number == 0 for size in self._sizes)

    def _by_rule(
        self, rules: Rules, op: str, inputs: tuple[Operand, ...], params: Parameters
    ) -> Operand:
        for _, rule in rules.get(op, ()):
            made = rule(self, inputs, params)
            if made is not None:
                return self._known.get(made.id, made) if isinstance(made, Node) else made
        return self.raw(op, *inputs, **params)

    def of(self, node: Node, whole: bool = False) -> Operand:
        """The node's tidy form, in symbols; `whole`: its own formula even if it is a symbol."""
        if whole and self._is_symbol(node):
            made = self._own.get(node.id)
            return self._finished(self._rebuilt(node) if made is None else made)
        return self._finished(self._inner(node))

    def element(self, node: Node, at: tuple[int, ...]) -> Operand:
        """The tidy form of one element of a node: its own, or an element of the whole's tidy form
        if that is shorter.
        """
        named = [each.id for each in self.origin.values()]
        itself = self.of(taken(node, at, named))
        whole = self.of(node)
        if isinstance(whole, Literal) or whole.shape != node.shape:
            return itself
        inside = self._finished(self._again(taken(whole, at, self.origin)))
        return inside if operations(inside) < operations(itself) else itself

    def _again(self, node: Node) -> Operand:
        """A form that was changed inside, tidied once more from its symbols up."""
        known: dict[Node, Operand] = {}
        open_nodes = [node]
        while open_nodes:
            part = open_nodes[-1]
            missing = [each for each in part.nodes if each not in known]
            if part in known or not missing:
                open_nodes.pop()
                if part not in known:
                    known[part] = self._made_of(part, known)
                continue
            open_nodes.extend(missing)
        return known[node]

    def _made_of(self, node: Node, known: Mapping[Node, Operand]) -> Operand:
        if node.op == "constant":
            (value,) = node.inputs
            assert isinstance(value, Literal)
            return value
        if not node.inputs:
            return node
        inputs = [known[each] if isinstance(each, Node) else each for each in node.inputs]
        return self.make(node.op, *inputs, **node.params)

    def _is_symbol(self, node: Node) -> bool:
        made = self._tidy.get(node.id)
        return isinstance(made, Node) and made.id in self.origin

    def _inner(self, node: Node) -> Operand:
        open_nodes = [node]
        while open_nodes:
            part = open_nodes[-1]
            if part.id in self._tidy:
                open_nodes.pop()
                continue
            missing = [each for each in part.nodes if each.id not in self._tidy]
            if missing:
                open_nodes.extend(missing)
                continue
            open_nodes.pop()
            self._tidy[part.id] = self._rebuilt(part)
        return self._tidy[node.id]

    def _rebuilt(self, node: Node) -> Operand:
        if node.op == "constant":
            (value,) = node.inputs
            assert isinstance(value, Literal)
            return value
        if TABLE[node.op].leaf:
            return self.symbol(node)
        if node.op in SWITCHES:
            inputs = [self.as_typed(each) for each in node.inputs]
            if node.op == "step" and isinstance(inputs[0], Node) and inputs[0].inputs:
                # relu(a) is positive where a is.
                inputs = [self._rectified.get(node.nodes[0].id, inputs[0])]
            return self.make(node.op, *inputs, **node.params)
        inputs = [each if isinstance(each, Literal) else self._inner(each) for each in node.inputs]
        if node.op in CHOICES:
            inputs[0] = self.as_typed(node.inputs[0])
        side = node.params.get("strong")
        made = None if side is None else met(self, self._bounds, node.op, inputs, side)
        return self.make(node.op, *inputs, **_plain(node)) if made is None else made

    def typed(self, node: Node) -> Operand:
        """The node's own formula, operation by operation, even if it is a symbol."""
        made = self._tidy.pop(node.id, None)
        self._typed.pop(node.id, None)
        try:
            return self.as_typed(node)
        finally:
            self._typed.pop(node.id, None)
            if made is not None:
                self._tidy[node.id] = made

    def as_typed(self, operand: Operand) -> Operand:
        """The operand by the very operations that compute it, in their order, on symbols.

        Operations with jumps need these: reassembled it would be rounded otherwise, and could be
        another value.
        """
        if isinstance(operand, Literal):
            return operand
        open_nodes = [operand]
        while open_nodes:
            part = open_nodes[-1]
            if part.id in self._typed:
                open_nodes.pop()
                continue
            if self._is_symbol(part) or TABLE[part.op].leaf:
                self._typed[part.id] = self.symbol(part)
                continue
            missing = [each for each in part.nodes if each.id not in self._typed]
            if missing:
                open_nodes.extend(missing)
                continue
            inputs = [
                each if isinstance(each, Literal) else self._typed[each.id] for each in part.inputs
            ]
            self._typed[part.id] = as_typed(self, part.op, inputs, _plain(part))
        return self._typed[operand.id]

    def as_asked(self, op: str, *inputs: Operand, **params: object) -> Node:
        """The operation, with no look-up of named equals: their value may be rounded otherwise."""
        node = self.graph.apply(op, *inputs, span=None, **params)
        self.kept.note(node)
        return node

    def ended(self, operand: Operand) -> Operand:
        """A form that was changed since it was made, with the final rewrites applied."""
        return self._finished(operand)

    def _finished(self, operand: Operand) -> Operand:
        """The form with the last rewrites applied, from the inputs up."""
        open_nodes = [operand]
        while open_nodes:
            part = open_nodes[-1]
            if part in self._final:
                open_nodes.pop()
                continue
            if isinstance(part, Literal) or not part.inputs:
                self._final[part] = part
                continue
            missing = [each for each in part.inputs if each not in self._final]
            if missing:
                open_nodes.extend(missing)
                continue
            # A literal stays itself: an equal one may have been typed in another way.
            inputs = tuple(
                each if isinstance(each, Literal) else self._final[each] for each in part.inputs
            )
            if part.op in self._last:
                self._final[part] = self._by_rule(self._last, part.op, inputs, part.params)
            elif any(new is not old for new, old in zip(inputs, part.inputs, strict=True)):
                self._final[part] = self.make(part.op, *inputs, **part.params)
            else:
                self._final[part] = part
        return self._final[operand]


def _plain(node: Node) -> Parameters:
    """The static parameters, without the mark of a product with a partial."""
    params = node.params.copy()
    params.pop("strong", None)
    return params


def counted_sizes(nodes: Iterable[Node]) -> set[int]:
    """The sizes of axes and tensors among the nodes, for `Tidy`."""
    return {count for node in nodes for count in (*node.shape, size(node.shape)) if count > 1}


def operations(operand: Operand) -> int:
    """Operations of the formula written out; in time linear in the graph."""
    counts: dict[int, int] = {}
    open_nodes = [operand]
    while open_nodes:
        part = open_nodes[-1]
        if isinstance(part, Literal) or part.id in counts:
            open_nodes.pop()
            continue
        missing = [each for each in part.nodes if each.id not in counts]
        if missing:
            open_nodes.extend(missing)
            continue
        own = 0 if part.op in _FREE else 1
        whole = own + sum(counts[each.id] for each in part.nodes)
        counts[part.id] = min(whole, MOST_COUNTED)
    return 0 if isinstance(operand, Literal) else counts[operand.id]
