"""Second derivatives: the gradient differentiated again, as more graph.

A gradient is nodes like any other, so reverse mode runs over them: from the partials of several
parameters, each weighted by a vector's part, back to the parameters. That is the Hessian-vector
product; a unit vector gives a row of the Hessian.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backstep.autodiff.reverse import (
    Backward,
    Gathered,
    apply_vjp,
    backward,
    broadcast_whole,
    total,
)
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.ops import TABLE


@dataclass(frozen=True, slots=True)
class Product:
    """The Hessian-vector product: by parameter's id the seed that stands for the vector's part, and
    the product's part (None: zero).
    """

    seeds: Mapping[int, Node]
    parts: Mapping[int, Node | None]
    nodes: int
    """Nodes that are evaluated for one product."""


def product(back: Backward, parameters: Sequence[Node]) -> Product:
    """The Hessian-vector product for a vector whose parts are named seeds."""
    seeds: dict[int, Node] = {}
    outputs: list[tuple[Node, Node]] = []
    for parameter in parameters:
        adjoint = back.adjoints.get(parameter.id)
        seed = parameter.graph.apply("seed", name=f"v{parameter.id}", shape=parameter.shape)
        seeds[parameter.id] = seed
        if adjoint is not None:
            outputs.append((broadcast_whole(adjoint, parameter.shape), seed))
    found = _back_from(outputs)
    parts = {parameter.id: found.get(parameter.id) for parameter in parameters}
    present = [part for part in parts.values() if part is not None]
    return Product(seeds, parts, len(ancestors(present)) if present else 0)


def _back_from(outputs: Sequence[tuple[Node, Node]]) -> dict[int, Node | None]:
    """Adjoints of all that several outputs are computed from, with a seed for each output."""
    gathered: Gathered = {}
    sown: dict[int, list[Node]] = {}
    for output, seed in outputs:
        sown.setdefault(output.id, []).append(seed)
    adjoints: dict[int, Node | None] = {}
    for node in reversed(ancestors(output for output, _ in outputs)):
        adjoint = total(gathered.get(node.id, []))
        for seed in sown.get(node.id, ()):
            adjoint = seed if adjoint is None else adjoint + seed
        adjoints[node.id] = adjoint
        if adjoint is not None:
            apply_vjp(node, adjoint, TABLE[node.op], gathered)
    return adjoints


def by_scalar(back: Backward, parameter: Node) -> Mapping[int, Node | None]:
    """The partials of a scalar parameter's partial, by node id: a row of the Hessian."""
    adjoint = back.adjoints.get(parameter.id)
    if adjoint is None or not adjoint.nodes:
        return {}
    return backward(adjoint, ancestors([adjoint]), TABLE).adjoints
