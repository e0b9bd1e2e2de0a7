"""Softmax with cross-entropy behind it, found in a network; and a softmax's single elements.

Proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from backstep.autodiff.zoom import Edge
from backstep.derivation.formula_writer import FormulaWriter
from backstep.formula.tree import ONE, Formula, Neg, multiply, subtract
from backstep.graph.node import Literal, Node
from backstep.graph.order import ancestors, uses

_Found = tuple[Node, Node | int | None, Node | None]
_Only = Callable[..., Node | None]
"""The only reader of a node, where it is one of these operations."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """−log of softmax at a class, or −Σ t log softmax.

    `inside` is the softmax (or its logarithm), `loss` what comes of it: a number, or one a row.
    `label` is the class, or `weights` the distribution t.
    """

    logits: Node
    inside: Node
    loss: Node
    label: Node | int | None
    weights: Node | None

    @property
    def named(self) -> bool:
        """Whether the probabilities are a node of the network."""
        return self.inside.op == "softmax"

    @property
    def rows(self) -> bool:
        """Whether there is a batch of them."""
        return len(self.logits.shape) > 1


def softmax_of(node: Node) -> Node | None:
    """What the node is the softmax of, over the last axis; None where it is none."""
    axis = node.params.get("axis", -1)
    if node.op != "softmax" or axis not in (-1, len(node.shape) - 1):
        return None
    return node.nodes[0]


def patterns(loss: Node) -> Iterator[Pattern]:
    """Every place behind the loss where softmax meets its cross-entropy and nothing else."""
    nodes = ancestors([loss])
    readers = uses(nodes)

    def only(node: Node, *ops: str) -> Node | None:
        reading = readers.get(node.id, [])
        return reading[0][0] if len(reading) == 1 and reading[0][0].op in ops else None

    for node in nodes:
        axis = node.params.get("axis", -1)
        if node.op not in ("softmax", "log_softmax") or axis not in (-1, len(node.shape) - 1):
            continue
        (logits,) = node.nodes
        found = _behind(node, only)
        if found is not None and len(readers.get(logits.id, [])) == 1:
            last, label, weights = found
            yield Pattern(logits, node, last, label, weights)


def _behind(node: Node, only: _Only) -> _Found | None:
    """What reads the softmax: (the loss, the class, the distribution)."""
    if node.op == "log_softmax":
        return _of_logs(node, only)
    weighed = only(node, "times_log")
    if weighed is not None:
        return _weighed(weighed, node, only)
    logs = only(node, "log")
    if logs is not None:
        return _of_logs(logs, only)
    chosen = only(node, "pick", "index")
    logs = None if chosen is None else only(chosen, "log")
    last = None if logs is None else only(logs, "negate")
    return None if chosen is None or last is None else _chosen(chosen, last)


def _of_logs(logs: Node, only: _Only) -> _Found | None:
    chosen = only(logs, "pick", "index")
    if chosen is not None:
        last = only(chosen, "negate")
        return None if last is None else _chosen(chosen, last)
    weighed = only(logs, "multiply")
    return None if weighed is None else _weighed(weighed, logs, only)


def _chosen(chosen: Node, last: Node) -> _Found | None:
    if chosen.op == "pick":
        label = chosen.inputs[1]
        return None if isinstance(label, Literal) else (last, label, None)
    key = chosen.params["key"]
    if len(key) == 1 and isinstance(key[0], int) and chosen.shape == ():
        return last, key[0], None
    return None


def _weighed(weighed: Node, part: Node, only: _Only) -> _Found | None:
    weights = next((each for each in weighed.inputs if each is not part), None)
    if not isinstance(weights, Node) or weights.shape != part.shape:
        return None
    if part in ancestors([weights]):
        return None
    total = only(weighed, "sum")
    last = None if total is None else only(total, "negate")
    if (
        total is None
        or last is None
        or total.params.get("axis", -1) not in (-1, len(part.shape) - 1)
    ):
        return None
    return None if len(total.shape) != len(part.shape) - 1 else (last, None, weights)


def cuts(found: Iterable[Pattern], named: Collection[int]) -> set[int]:
    """The nodes that must be drawn alone for the proofs to stand at them."""
    return {
        node.id
        for pattern in found
        for node in (pattern.logits, pattern.inside, pattern.loss)
        if node is not pattern.inside or node.id in named
    }


def between_elements(link: Edge, pen: FormulaWriter) -> Formula | None:
    """∂f_i/∂s_j where both ends are single numbers of a softmax that all have names; else None."""
    place = _element(link.use)
    if place is None:
        return None
    gathered, at = place
    if [each for each in gathered.inputs if each is link.source] != [link.source]:
        return None
    other = gathered.inputs.index(link.source)
    one = link.use
    two = _sibling(link.use, gathered, other)
    if two is None or not {one.id, two.id} <= pen.symbols.names.keys():
        return None
    f, g = pen.symbols.formula(one), pen.symbols.formula(two)
    return multiply(f, subtract(ONE, f)) if at == other else Neg(multiply(f, g))


def _element(node: Node) -> tuple[Node, int] | None:
    """What a softmax of gathered numbers gathers, and which of its numbers the node is."""
    if node.op != "index" or len(node.params["key"]) != 1:
        return None
    (whole,), (at,) = node.nodes, node.params["key"]
    if whole.op != "softmax" or whole.nodes[0].op != "stack" or not isinstance(at, int):
        return None
    return whole.nodes[0], at


def _sibling(node: Node, gathered: Node, at: int) -> Node | None:
    """The softmax's other number, at a place among what is gathered."""
    nodes = node.graph.nodes[: node.graph.forward_count]
    for each in nodes:
        place = _element(each)
        if place is not None and place[1] == at and place[0].inputs == gathered.inputs:
            return each
    return None
