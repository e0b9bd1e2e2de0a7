"""The size of what comes back to each layer: vanished or exploded partials, saturated units.

A layer is a name given by an activation function, such as `h = sigmoid(W @ x + b)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backstep.autodiff.zoom import Edge, Vertex, named_seed, pullback
from backstep.evaluate.numeric import GraphValues, compute
from backstep.graph.node import Node
from backstep.layout.plates import norm
from backstep.notation.figures import short
from backstep.notation.symbols import Symbols
from backstep.ops.activations import ACTIVATIONS
from backstep.ops.row import Array

SATURATED = 1e-3
"""A unit is saturated where the slope of its activation is below this."""
VANISHED, EXPLODED = 1e-4, 1e4
"""A layer's partial has vanished or exploded past these multiples of the last layer's."""
_MOST = 200
"""Of more layers none is listed: nobody reads so many bars."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer at the values in force."""

    node: Node
    norm: float
    """The Euclidean norm of the loss's partial with respect to the layer."""
    units: int
    """The number of its elements."""
    saturated: int
    """How many of them are saturated."""
    remark: str | None
    """What is wrong with it, in words; None if nothing is."""


def layers(forward: Sequence[Node], numbers: GraphValues, symbols: Symbols) -> tuple[Layer, ...]:
    """The layers of a definition in the order of the text; `forward` are its forward nodes."""
    found = [node for node in forward if node.id in symbols.names and _is_activation(node)]
    if len(found) > _MOST:
        return ()
    sizes = [norm(numbers.partial(node)) for node in found]
    return tuple(
        _layer(node, size, sizes[-1], numbers) for node, size in zip(found, sizes, strict=True)
    )


def _is_activation(node: Node) -> bool:
    return node.op in ACTIVATIONS and len(node.nodes) == 1


def _layer(node: Node, size: float, last: float, numbers: GraphValues) -> Layer:
    slopes = np.abs(_slopes(node, numbers))
    saturated = int(np.count_nonzero(slopes < SATURATED))
    return Layer(node, size, slopes.size, saturated, _remark(node, slopes, saturated, size, last))


def _remark(node: Node, slopes: Array, saturated: int, size: float, last: float) -> str | None:
    said = []
    if slopes.size and not slopes.any():
        said.append(f"dead: {node.op} has slope 0 for every element")
    elif slopes.size and saturated == slopes.size:
        largest = short(float(np.max(slopes)))
        unit = "its slope is" if slopes.size == 1 else "no slope is over"
        said.append(f"saturated: {unit} {largest}")
    if last > 0 and size < VANISHED * last:
        said.append("vanished: under 1/10,000 of the last layer's")
    elif last > 0 and size > EXPLODED * last:
        said.append("exploded: over 10,000 times the last layer's")
    return "; ".join(said) or None


def _slopes(node: Node, numbers: GraphValues) -> Array:
    """The activation's slope at each element."""
    (source,) = node.nodes
    link = Edge(source, node, node.inputs.index(source))
    vertex = Vertex(node, (node,), (link,))
    seed = named_seed(vertex)
    sent = pullback(vertex, seed)[link.id].partial
    if sent is None:
        return np.zeros(node.shape)
    known = compute([sent], {**numbers.values, seed.id: np.ones(node.shape)})
    return np.broadcast_to(np.asarray(known[sent.id], dtype=np.float64), node.shape)
