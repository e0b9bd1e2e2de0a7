"""Answers that are right for something else: another partial, another loss, a value, nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from backstep.binding.node_names import NodeNames
from backstep.formula.board import Board
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.lang.syntax.display import text_name
from backstep.marking.chain import Chain
from backstep.marking.mistake import Mistake
from backstep.marking.trial import SamplePoint, Submission, read_names
from backstep.ops import TABLE
from backstep.ops.row import Array

_LONGEST = 40
"""Characters of the formula of a node without a name."""


def other_partials(claim: Submission) -> Iterator[Mistake]:
    """The partial with respect to another node, those on the way to the loss first."""
    definition, symbols = claim.prepared.definition, claim.prepared.symbols
    loss = symbols.said(definition.loss)
    spoken, wrong = NodeNames(claim.prepared, Board()), text_name(claim.target.name)
    behind = ancestors([definition.loss])
    ahead = _reached(claim.target.node, behind)
    named = {given[-1].node.id for given in definition.names.values()}
    nodes = [given[-1].node for given in definition.names.values()]
    unnamed = [node for node in behind if node.id not in named and not TABLE[node.op].leaf]
    for node in sorted(nodes, key=lambda node: node.id not in ahead) + unnamed:
        if node is claim.target.node or node is definition.loss:
            continue
        name = spoken.describe(node)
        if len(name) > _LONGEST or (node.id not in named and spoken.hidden(node)):
            continue
        below = name if node.id in named else f"({name})"
        said = f"this is ∂{loss}/∂{below}, the partial with respect to {name}, not {wrong}"
        yield Mistake("other", said, lambda t, n=node: _unless_zero(t.numbers.partial(n)))  # type: ignore[misc]


def _unless_zero(partial: Array) -> Array | None:
    return partial if np.any(partial) else None


def other_losses(chain: Chain) -> Iterator[Mistake]:
    """The partial of a node before the loss."""
    claim, symbols = chain.claim, chain.symbols
    definition = claim.prepared.definition
    loss, wrong = symbols.said(definition.loss), text_name(claim.target.name)
    for node in chain.links.ahead() if read_names(claim) else ():
        name = symbols.name(node) and symbols.said(node)
        if name:
            said = f"this is ∂{name}/∂{wrong}: the steps from {name} to {loss} are missing"
            yield Mistake("factor", said, lambda t, n=node: chain.links.of(n, t))  # type: ignore[misc]


def values(claim: Submission) -> Iterator[Mistake]:
    """Values in place of a partial; not reported if one is the partial at any point."""
    definition, symbols = claim.prepared.definition, claim.prepared.symbols
    loss = symbols.said(definition.loss)
    wrong = text_name(claim.target.name)
    said = f"this is the value of {loss}, not its partial by {wrong}"
    yield Mistake("other", said, lambda t: _if_apart(t, definition.loss))
    for given in definition.names.values() if read_names(claim) else ():
        node = given[-1].node
        said = f"this is the value of {symbols.said(node)}, not the partial ∂{loss}/∂{wrong}"
        yield Mistake("other", said, lambda t, n=node: _if_apart(t, n))  # type: ignore[misc]


def _if_apart(tried: SamplePoint, node: Node) -> Array | None:
    return tried.numbers.value(node) if tried.apart else None


def nothing(claim: Submission) -> Mistake:
    """A partial that is 0 wherever it was tried; if the graph has none, the reason."""
    definition = claim.prepared.definition
    loss, wrong = claim.prepared.symbols.said(definition.loss), text_name(claim.target.name)
    behind = ancestors([definition.loss])
    ahead = _reached(claim.target.node, behind)
    if claim.prepared.model.back.adjoints.get(claim.target.node.id) is not None:
        said = f"∂{loss}/∂{wrong} is 0 at every point that was tried"
        return Mistake("other", said, lambda t: t.answer if np.all(t.partial == 0) else None)
    said = f"∂{loss}/∂{wrong} is 0 everywhere"
    if definition.loss.id not in ahead:
        said += f": {loss} does not depend on {wrong}"
    for node in behind:
        reasons = {
            part.reason
            for part in claim.prepared.model.back.contributions.get(node.id, ())
            if part.reason is not None
        }
        if node.id in ahead and reasons:
            said += f": {reasons.pop()}"
            break
    return Mistake("other", said, lambda t: t.answer if np.all(t.partial == 0) else None)


def _reached(target: Node, behind: list[Node]) -> set[int]:
    """The target and all before the loss that is computed from it."""
    found = {target.id}
    for node in behind:
        if any(parent.id in found for parent in node.nodes):
            found.add(node.id)
    return found
