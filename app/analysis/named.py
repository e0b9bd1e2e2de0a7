"""A name or an element that a request asks for, as a node; as one number where that is meant."""

from __future__ import annotations

from app.analysis.prepare import Prepared
from app.analysis.scalar import element_of
from app.engines.symbolic import Target, target_for
from app.errors import Fault, RequestError
from app.graph.node import Node


def target(prepared: Prepared, field: str, name: str) -> Target:
    """What a field's name means. Raises RequestError, at the field, where there is no such name."""
    try:
        return target_for(prepared.definition, name)
    except RequestError as refusal:
        (fault,) = refusal.faults
        placed = Fault(fault.code, fault.message, fault.hint, pointer=f"/{field}")
        raise RequestError(placed, details=refusal.details) from None


def number(prepared: Prepared, field: str, meant: Target) -> Node:
    """The scalar that is meant, in the scalar definition.

    Raises RequestError where a whole tensor is meant, or a number that nothing computes.
    """
    found = None
    if len(meant.places) == 1:
        found = element_of(prepared, meant.node, meant.places[0])
    if found is None:
        first = ", ".join("0" for _ in meant.node.shape)
        fault = Fault(
            "not_a_number",
            f"'{meant.name}' is no single number of the network",
            f"ask for one of its numbers, such as {meant.name}[{first}]",
            pointer=f"/{field}",
        )
        raise RequestError(fault)
    return found
