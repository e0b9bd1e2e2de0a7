"""The nodes of a derivation: each named one, with the unnamed operations behind it folded in."""

from __future__ import annotations

from collections.abc import Collection

from backstep.autodiff.zoom import View, view
from backstep.graph.node import Node
from backstep.lang.compile.definition import Definition
from backstep.ops import TABLE
from backstep.ops.explanations import alone, divides, multiplies
from backstep.ops.explanations import is_step as takes_a_line
from backstep.simplify.convolutions import convolutions

_SUMS = ("add", "subtract")


def named_view(definition: Definition, named: Collection[int]) -> View:
    """A view whose vertices are the named nodes, with what has no name folded into its reader.

    What several named nodes read is a vertex of its own.
    """
    nodes = definition.graph.nodes[: definition.graph.forward_count]
    readers: dict[int, set[int]] = {}
    group: dict[int, int] = {}
    for node in reversed(nodes):
        reading = readers.get(node.id, set())
        group[node.id] = node.id
        if node.id not in named and len(reading) == 1:
            (group[node.id],) = reading
        for parent in node.nodes:
            readers.setdefault(parent.id, set()).add(group[node.id])
    members: dict[int, list[Node]] = {}
    for node in nodes:
        if not TABLE[node.op].leaf:
            members.setdefault(group[node.id], []).append(node)
    return view(nodes, members.values())


def paper_view(
    definition: Definition,
    most: int,
    alone_: Collection[int] = (),
    inside: Collection[int] = (),
    tensor: bool = False,
    finer: bool = False,
) -> View:
    """The view that a derivation on paper follows: a statement is one node, unless it nests.

    A step within a step is taken apart, as a teacher gives each a name; nodes in `alone_` are
    vertices in any case, and those `inside` are for no reason. `finer`: where a statement has
    several steps, what each is of has a line, though none stands in another; by a `tensor` the
    rules of products and quotients have no line of their own, and so their parts have.
    Past `most` statements stay whole.
    """
    graph = definition.graph
    nodes = graph.nodes[: graph.forward_count]
    groups = _statements(definition)
    whole = view(nodes, groups)
    if len(whole.vertices) > most:
        return whole
    pieces: list[list[Node]] = []
    for group in groups:
        pieces.extend(_apart(group, alone_, inside, tensor, finer))
    found = view(nodes, pieces)
    return found if len(found.vertices) <= most else whole


def _apart(
    group: list[Node],
    alone_: Collection[int],
    kept: Collection[int],
    tensor: bool,
    finer: bool,
) -> list[list[Node]]:
    """The statement's operations in groups, cut where a step stands inside another.

    Then the sum that a function is of, such as `w*x + b`, has a line of its own as well.
    """
    inside = {node.id for node in group}
    parts = finer and tensor
    convolved = convolutions(group)
    within = {part for each in convolved.values() for part in each.inside}

    def is_step(node: Node) -> bool:
        return node.id in convolved or (node.id not in within and takes_a_line(node))

    above: set[int] = set()
    arguments: set[int] = set()
    for node in reversed(group):
        # What stands in a quotient is derived with it, by the rule of quotients.
        steps = multiplies(node) or is_step(node) if parts else is_step(node) and not divides(node)
        for parent in node.nodes:
            if parent.id in inside and (steps or node.id in above):
                above.add(parent.id)
            if parent.id in inside and alone(node):
                arguments.add(parent.id)
    cut = {node.id for node in group if is_step(node) and node.id in above}
    if finer and sum(map(is_step, group)) > 1:
        of = {
            part.id for node in group if is_step(node) and not divides(node) for part in node.nodes
        }
        cut |= {node.id for node in group if node.id in of and node.op in _SUMS}
    if cut:
        cut |= {node.id for node in group if node.id in arguments and node.op in _SUMS}
    cut |= {node.id for node in group if node.id in alone_}
    cut -= set(kept)
    if not cut:
        return [group]
    owner: dict[int, int] = {}
    readers: dict[int, set[int]] = {}
    for node in reversed(group):
        reading = readers.get(node.id, set())
        own = node.id in cut or len(reading) != 1
        owner[node.id] = node.id if own else next(iter(reading))
        for parent in node.nodes:
            readers.setdefault(parent.id, set()).add(owner[node.id])
    pieces: dict[int, list[Node]] = {}
    for node in group:
        pieces.setdefault(owner[node.id], []).append(node)
    return list(pieces.values())


def _statements(definition: Definition) -> list[list[Node]]:
    """The operations of each statement and pass; of a scalar definition, of what stays whole."""
    nodes = definition.graph.nodes
    return [
        [nodes[key] for key in block.nodes if not TABLE[nodes[key].op].leaf]
        for block in definition.blocks
        if block.kind == "statement"
    ]
