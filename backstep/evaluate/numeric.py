"""The numeric engine: forward and backward on float64, and the origin of the first NaN."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from math import isfinite

import numpy as np

from backstep.autodiff.gradient import differentiate
from backstep.autodiff.reverse import Backward
from backstep.errors import DefinitionError, Diagnostic
from backstep.evaluate.interpret import interpret, literal_number
from backstep.evaluate.untrusted import untrusted
from backstep.graph.node import Literal, Node
from backstep.graph.order import ancestors, uses
from backstep.graph.shape import size
from backstep.lang.compile.definition import Definition
from backstep.ops import TABLE
from backstep.ops.accurate_forms import tail
from backstep.ops.masked_products import strong_value
from backstep.ops.row import Array, Kink
from backstep.ops.values import INFINITY_LITERAL
from backstep.records import lazy_property

_FLOAT64 = np.dtype(np.float64)


@dataclass(frozen=True, slots=True)
class NonFiniteOrigin:
    """The first node that is not finite though all it was computed from is."""

    node: Node
    value: str
    backward: bool


@dataclass(frozen=True, slots=True)
class Convention:
    """A node whose partial is a convention at the values in force: a kink, a tie, an edge."""

    node: Node
    code: str
    words: str


class GraphFacts:
    """What is the same in every pass of a definition, found once, whatever the values."""

    def __init__(self, definition: Definition, back: Backward) -> None:
        self._definition = definition
        graph = definition.graph
        self.forward = graph.nodes[: graph.forward_count]
        self.partials = [node for node in back.adjoints.values() if node is not None]

    @cached_property
    def kinked(self) -> Sequence[tuple[Node, Sequence[Kink], Sequence[Node | Array]]]:
        """The nodes that the loss reads that may be at a kink, the kinks, and the inputs."""
        found = []
        for node in ancestors([self._definition.loss]):
            kinks = [kink for kink in TABLE[node.op].kinks if not _ruled_out(kink, node)]
            if kinks:
                inputs = [literal_number(x) if isinstance(x, Literal) else x for x in node.inputs]
                found.append((node, kinks, inputs))
        return found

    @cached_property
    def trained(self) -> Set[int]:
        """The ids of all that is computed from a parameter."""
        leaves = self._definition.leaves
        return _reached(self._definition, [leaf.node for leaf in leaves if leaf.role == "param"])

    @cached_property
    def steep(self) -> Sequence[Node]:
        """Nodes whose slope may be infinite."""
        return [
            node for node in self.forward if any(kink.infinite for kink in TABLE[node.op].kinks)
        ]


@dataclass(frozen=True)
class GraphValues:
    """Values by node id (forward and gradient nodes), and the pass they belong to."""

    definition: Definition
    leaves: Mapping[str, Array]
    values: dict[int, Array]
    back: Backward

    @lazy_property
    def facts(self) -> GraphFacts:
        """What is the same in every pass."""
        return GraphFacts(self.definition, self.back)

    @lazy_property
    def finite(self) -> bool:
        """Whether every value and every partial is finite."""
        return all(map(isfinite, self.largest))

    @lazy_property
    def largest(self) -> Sequence[float]:
        """The largest magnitude of every value and every partial; NaN where one is."""
        return [_largest(value) for value in self.values.values()]

    @lazy_property
    def non_finite_origins(self) -> Sequence[NonFiniteOrigin]:
        """Where non-finite values come from: the first forward node, and the first partial."""
        return _non_finite_origins(self)

    @lazy_property
    def conventions(self) -> Sequence[Convention]:
        """Kinks and ties that the values in force hit, where a partial other than 0 arrives.

        An operation that stops every partial is reported wherever it is between a parameter and the
        loss.
        """
        return _conventions(self)

    @lazy_property
    def untrusted(self) -> Set[int]:
        """Ids of nodes whose partial is 0 because a 0 due to rounding met an ∞."""
        if self.finite and not any((self.value(node) == 0).any() for node in self.facts.steep):
            return frozenset()
        return untrusted(self.facts.forward, self.back, self.value, apply)

    def value(self, node: Node) -> Array:
        """The node's value, in its shape; computed on the first access."""
        found = self.values.get(node.id)
        if found is None:
            _run([node], self.values)
            found = self.values[node.id]
        if found.__class__ is not np.ndarray or found.dtype is not _FLOAT64:
            found = self.values[node.id] = np.asarray(found, dtype=np.float64)
        return found

    def find(self, nodes: Iterable[Node]) -> None:
        """Compute the partials with respect to some nodes, all in one go."""
        adjoints = map(self.back.adjoints.get, [node.id for node in nodes])
        self._compute([each for each in adjoints if each is not None])

    def complete(self) -> None:
        """Compute every partial that there is."""
        self._compute(self.facts.partials)

    def _compute(self, nodes: Iterable[Node]) -> None:
        values = self.values
        left = [node for node in nodes if node.id not in values]
        if left:
            _run(left, values)

    def partial(self, node: Node) -> Array:
        """The partial of the loss with respect to the node, in the node's shape."""
        adjoint = self.back.adjoints.get(node.id)
        if adjoint is None:
            return np.zeros(node.shape)
        value = self.value(adjoint)
        return value if value.shape == node.shape else np.broadcast_to(value, node.shape)


def _run(
    targets: Iterable[Node], known: dict[int, Array], near: bool = False, strong: bool = False
) -> None:
    def value(node: Node, inputs: list[Array]) -> Array:
        form = tail(node) if size(node.shape) else None
        if form is not None and all(each.id in known for each in form.reads):
            reads = [known[each.id] for each in form.reads]
            return form.at(reads, lambda: own(node, inputs))
        return own(node, inputs)

    def own(node: Node, inputs: list[Array]) -> Array:
        kept = strong_value(node.op, inputs, node.params, quotients=False) if strong else None
        if kept is not None:
            return kept
        return apply_near(node, inputs) if near else apply(node, inputs)

    with np.errstate(all="ignore"):
        interpret(
            targets,
            known,
            literal_number,
            value,
        )


def apply(node: Node, inputs: list[Array]) -> Array:
    """A node's value from its inputs'. Raises DefinitionError for an invalid class number."""
    _check(node, inputs)
    found: Array = TABLE[node.op].numpy(*inputs, **node.params)
    return found


def _check(node: Node, inputs: list[Array]) -> None:
    check = TABLE[node.op].check
    message = None if check is None else check(*inputs, **node.params)
    if message is not None:
        raise DefinitionError(
            Diagnostic("class_number", message, "classes count from 0", node.span)
        )


def apply_near(node: Node, inputs: list[Array]) -> Array:
    """The same, with numbers a few ulps apart as equal in a comparison."""
    row = TABLE[node.op]
    if row.near is None:
        return apply(node, inputs)
    found: Array = row.near(*inputs, **node.params)
    return found


def compute(
    targets: Iterable[Node], known: dict[int, Array], near: bool = False, strong: bool = False
) -> dict[int, Array]:
    """`known` (by node id) extended by the targets' values and what they read; for any graph.

    `near`: in a comparison, numbers a few ulps apart are equal. `strong`: an exact 0 stays 0 in a
    product, whatever it meets; 0/0 is NaN.
    """
    _run(targets, known, near, strong)
    return known


def forward(
    definition: Definition, leaves: Mapping[str, Array], targets: Iterable[Node]
) -> dict[int, Array]:
    """Forward values by node id of the targets and what they read."""
    known: dict[int, Array] = {leaf.node.id: leaves[leaf.name] for leaf in definition.leaves}
    _run(targets, known)
    return known


def class_numbers(nodes: Iterable[Node], known: dict[int, Array]) -> dict[int, Array]:
    """By node id the values of all that some nodes, of any graph, read as class numbers.

    `known` has at least the leaves' values by node id, and is extended. Raises DefinitionError for
    an invalid class number.
    """
    found: dict[int, Array] = {}
    for node in nodes:
        row = TABLE[node.op]
        for position in row.labels:
            operand = node.inputs[position]
            if not isinstance(operand, Node):
                continue
            compute([operand], known)
            found[operand.id] = np.asarray(known[operand.id], dtype=np.float64)
            inputs: list[Array] = [np.broadcast_to(0.0, each.shape) for each in node.inputs]
            inputs[position] = found[operand.id]
            _check(node, inputs)
    return found


def begin(
    definition: Definition,
    leaves: Mapping[str, Array],
    back: Backward | None = None,
    facts: GraphFacts | None = None,
    compute_all: Callable[[Mapping[str, Array]], dict[int, Array] | None] | None = None,
) -> GraphValues:
    """Forward: every forward node's value, to which partials are added as they are asked for.

    `back` is the loss's gradient if it is already known, and so are `facts`; `compute_all` returns
    all numbers by node id, or None if they are to be interpreted.
    """
    back = differentiate(definition.loss) if back is None else back
    assert definition.graph.forward_count is not None
    known = None if compute_all is None else compute_all(leaves)
    if known is not None:
        return _with_facts(GraphValues(definition, leaves, known, back), facts)
    nodes = definition.graph.nodes[: definition.graph.forward_count]
    known = forward(definition, leaves, nodes)
    return _with_facts(GraphValues(definition, leaves, known, back), facts)


def evaluate_graph(
    definition: Definition, leaves: Mapping[str, Array], back: Backward | None = None
) -> GraphValues:
    """Forward and backward: every forward node's value, every partial of what the loss reads."""
    found = begin(definition, leaves, back)
    found.complete()
    return found


def _with_facts(found: GraphValues, facts: GraphFacts | None) -> GraphValues:
    if facts is not None:
        found.__dict__["facts"] = facts
    return found


def _spell(array: Array) -> str:
    if np.isnan(array).any():
        return "NaN"
    return "−∞" if np.isneginf(array).any() else "∞"


def _lead_to_a_partial(definition: Definition) -> set[int]:
    """Nodes with a name whose partial is displayed, and all that is computed from one."""
    silent = {leaf.node.id for leaf in definition.leaves if leaf.label or leaf.role == "const"}
    found = {each.node.id for given in definition.names.values() for each in given} - silent
    for node in ancestors([definition.loss]):
        if any(parent.id in found for parent in node.nodes):
            found.add(node.id)
    return found


def _non_finite_origins(numbers: GraphValues) -> list[NonFiniteOrigin]:
    definition, found = numbers.definition, []
    if numbers.finite:
        return []
    nodes = definition.graph.nodes[: definition.graph.forward_count or 0]
    infinite = [node for node in nodes if not _finite(numbers.value(node))]
    unused = _not_taken(nodes, {node.id for node in infinite}) if infinite else set()
    if any(node.id not in unused for node in infinite):
        unused |= _not_read(numbers, {node.id for node in infinite})
    for node in infinite:
        if node.id in unused or _written_infinite(node):
            continue
        if all(_finite(numbers.value(each)) for each in node.nodes):
            found.append(NonFiniteOrigin(node, _spell(numbers.value(node)), backward=False))
            break
    order = ancestors([definition.loss])
    if any(not _finite(numbers.partial(node)) for node in order):
        shown = _lead_to_a_partial(definition)
        for node in reversed(order):
            array = numbers.partial(node)
            if node.id in shown and not _finite(array):
                found.append(NonFiniteOrigin(node, _spell(array), backward=True))
                break
    return found


def _written_infinite(node: Node) -> bool:
    """Whether the node is computed from an ∞ that the text writes."""
    return any(
        isinstance(each, Literal) and each.symbol == INFINITY_LITERAL.symbol for each in node.inputs
    )


def _not_taken(nodes: Sequence[Node], infinite: set[int]) -> set[int]:
    """Those of the non-finite nodes that only a choice reads, and does not take."""
    used = uses(nodes)
    found: set[int] = set()
    for node in reversed(nodes):
        readers = used.get(node.id, ()) if node.id in infinite else ()
        if readers and all(
            each.id in found or (TABLE[each.op].chooses and each.id not in infinite)
            for each, _ in readers
        ):
            found.add(node.id)
    return found


_OTHERS = (0.7, -1.3)
"""Numbers that replace non-finite values, to test whether the loss reads them."""


def _not_read(numbers: GraphValues, infinite: set[int]) -> set[int]:
    """The non-finite nodes, if the loss is the same with other numbers in their place.

    So it is if they are in a branch that is not taken, even if they are finite again on the way to
    the choice: where(x > 0, 1/(1 + e^(−x)), …) at −1000.
    """
    loss = numbers.definition.loss
    order = ancestors([loss])
    leaves = {leaf.node.id for leaf in numbers.definition.leaves}
    choices = [node for node in order if TABLE[node.op].chooses]
    if not choices or leaves & infinite or not _finite(numbers.value(loss)):
        return set()
    deciding = [node.inputs[0] for node in choices if isinstance(node.inputs[0], Node)]
    if infinite & {node.id for node in ancestors(deciding)}:
        return set()
    for other in _OTHERS:
        known: dict[int, Array] = {key: numbers.values[key] for key in leaves}

        def value(node: Node, inputs: list[Array], other: float = other) -> Array:
            found = apply(node, inputs)
            if node.id not in infinite:
                return found
            return np.where(np.isfinite(numbers.value(node)), found, other)

        with np.errstate(all="ignore"), suppress(DefinitionError):
            interpret([loss], known, literal_number, value)
        if not np.array_equal(known.get(loss.id, np.nan), numbers.value(loss)):
            return set()
    return infinite & {node.id for node in order}


def _largest(array: Array) -> float:
    if array.ndim == 0:
        return abs(float(array))
    return float(np.maximum.reduce(np.abs(array), None, initial=0.0))


def _finite(array: Array) -> bool:
    # A scalar is tested in a fifth of the time that an array of one element takes.
    return isfinite(array) if array.ndim == 0 else bool(np.isfinite(array).all())


def _reached(definition: Definition, leaves: Iterable[Node]) -> set[int]:
    """The ids of all nodes that are computed from the leaves."""
    found = {leaf.id for leaf in leaves}
    for node in definition.graph.nodes[: definition.graph.forward_count]:
        if any(parent.id in found for parent in node.nodes):
            found.add(node.id)
    return found


def _ruled_out(kink: Kink, node: Node) -> bool:
    """Whether a number that the text writes keeps a node off a kink, whatever its values are."""
    if kink.second is None or not isinstance(node.inputs[1], Literal):
        return False
    return not kink.second(literal_number(node.inputs[1]))


def _conventions(numbers: GraphValues) -> list[Convention]:
    if not numbers.facts.kinked:
        return []
    trained = numbers.facts.trained
    found = []
    with np.errstate(all="ignore"):
        for node, kinks, operands in numbers.facts.kinked:
            inputs = [
                numbers.value(each)[()] if isinstance(each, Node) else each for each in operands
            ]
            for kink in kinks:
                hits = kink.hits(*inputs, **node.params)
                if not np.count_nonzero(hits):
                    continue
                here = kink.always and node.id in trained
                if np.any(hits & ((numbers.partial(node) != 0) | here)):
                    found.append(Convention(node, kink.code, kink.words))
    return found
