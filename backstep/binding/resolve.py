"""A name or an element that a request asks for, as a node; in scalar zoom, as one number."""

from __future__ import annotations

import numpy as np

from backstep.autodiff.paths import on_the_way
from backstep.autodiff.reverse import backward
from backstep.binding.bind import BoundModel
from backstep.binding.scalar import element_of
from backstep.errors import Diagnostic, RequestError
from backstep.evaluate.numeric import GraphValues
from backstep.graph.node import Node
from backstep.ops import TABLE
from backstep.symbolic.targets import Target, target_for


def target(prepared: BoundModel, field: str, name: str) -> Target:
    """What a field's name means. Raises RequestError, at the field, if there is no such name."""
    try:
        return target_for(prepared.definition, name)
    except RequestError as refusal:
        (fault,) = refusal.faults
        placed = Diagnostic(fault.code, fault.message, fault.hint, pointer=f"/{field}")
        raise RequestError(placed, details=refusal.details) from None


def number(prepared: BoundModel, field: str, meant: Target) -> Node:
    """The scalar that is meant, in the scalar definition.

    Raises RequestError if a whole tensor is meant, or a number that nothing computes.
    """
    found = None
    if len(meant.places) == 1:
        found = element_of(prepared, meant.node, meant.places[0])
    if found is None:
        first = ", ".join("0" for _ in meant.node.shape)
        fault = Diagnostic(
            "not_a_number",
            f"'{meant.name}' is no single number of the network",
            f"ask for one of its numbers, such as {meant.name}[{first}]",
            pointer=f"/{field}",
        )
        raise RequestError(fault)
    return found


def numbers_towards(prepared: BoundModel, of: Node, to: Node) -> GraphValues:
    """The numbers of a sealed definition, with only the partials of `to` on paths from `of`.

    In a network of many thousand scalars that is a small part. Values are computed on access.
    """
    nodes = prepared.definition.graph.nodes
    order = on_the_way(nodes, of, to) or [to]
    known = {
        leaf.node.id: np.asarray(prepared.leaves[leaf.name]) for leaf in prepared.definition.leaves
    }
    return GraphValues(prepared.definition, prepared.leaves, known, backward(to, order, TABLE))
