"""Tensor graph → scalar graph: a node for every element, by the same rows.

Elementwise rows apply to each element; shaping rows and sums use their NumPy form on arrays of
nodes; what is left (softmax, max, norm) stays one operation on the elements it reads, so that ties
and tails keep their convention.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from itertools import product
from math import isfinite, isnan
from typing import Any

import numpy as np

from backstep.clock import expect
from backstep.errors import Diagnostic, LimitError
from backstep.graph.graph import Graph
from backstep.graph.node import Literal, Node, literal
from backstep.graph.shape import Shape, size
from backstep.limits import LIMITS
from backstep.ops import TABLE, Row
from backstep.ops.elements import on_elements, renamed

_SCALAR_SECONDS = 1e-5
"""About what it takes to build a scalar node."""
Elements = Any
"""An object array of nodes and literals, in the shape of a tensor."""


@dataclass(slots=True)
class Scalars:
    """The scalar graph, each tensor node's elements by id, and the nodes drawn as one."""

    graph: Graph
    elements: dict[int, Elements] = field(default_factory=dict)
    groups: list[tuple[Node, ...]] = field(default_factory=list)
    made: dict[int, range] = field(default_factory=dict)
    """By tensor node the ids of all scalar nodes that were built for it."""


def scalar_count(nodes: Sequence[Node], named: Collection[int] = ()) -> int:
    """An upper bound on how many nodes the scalar graph has, counted from shapes alone."""
    return sum(_count(node) + (size(node.shape) if node.id in named else 0) for node in nodes)


def _count(node: Node) -> int:
    row = TABLE[node.op]
    if row.operations == 0 and not row.elementwise and not row.leaf and node.nodes:
        return 0
    terms = 1
    if row.terms is not None and row.sympy is None:
        terms = 2 * max(row.terms(*(operand.shape for operand in node.inputs), **node.params), 1)
    return size(node.shape) * terms * (1 if row.elementwise or row.sympy is None else 3)


def admit(nodes: Sequence[Node], named: Collection[int] = ()) -> None:
    """Raises LimitError past the limit on scalar nodes, by `scalar_count`."""
    count = scalar_count(nodes, named)
    if count > LIMITS.scalar_nodes:
        raise LimitError(
            Diagnostic(
                "scalar_nodes",
                f"scalars of the network: {count:,} counted, {LIMITS.scalar_nodes:,} allowed",
                "zoom out to tensors",
                pointer="/zoom",
            ),
            details={
                "limit": "scalar_nodes",
                "measured": count,
                "allowed": LIMITS.scalar_nodes,
            },
        )
    expect(count * _SCALAR_SECONDS)


def scalarize(
    nodes: Sequence[Node], labels: Mapping[int, object], named: Collection[int] = ()
) -> Scalars:
    """The scalar graph of forward nodes (ascending); `labels` holds class numbers by node id.

    The elements of the nodes whose ids are in `named` are nodes of their own, even if their name
    (of a slice, of a reshaped tensor) is a second one for existing elements. Raises LimitError,
    before anything is built, past the limit on scalar nodes.
    """
    admit(nodes, named)
    scalars = Scalars(Graph(TABLE, LIMITS.scalar_nodes * 2))
    taken: set[int] = set()
    for node in nodes:
        start = len(scalars.graph.nodes)
        found = expanded_rows(scalars, node, labels)
        if node.id in named:
            found = _renamed(scalars.graph, node, found, taken)
        scalars.elements[node.id] = found
        scalars.made[node.id] = range(start, len(scalars.graph.nodes))
    return scalars


def _renamed(graph: Graph, node: Node, found: Elements, taken: set[int]) -> Elements:
    """The elements; each of those that have a name already gets a copy for the new one.

    A number that is a name's only element is drawn: the loss may be one.
    """

    def own(element: Any) -> Any:
        if not isinstance(element, Node):
            if node.shape != ():
                return element
            element = graph.constant(element if isinstance(element, Literal) else literal(element))
        if element.id in taken:
            element = renamed(element, node.span)
        taken.add(element.id)
        return element

    return _shaped(node, [own(element) for element in found.flat])


def element_name(name: str, at: tuple[int, ...]) -> str:
    """An element as the language writes it: `W[0, 2]`."""
    return f"{name}[{', '.join(map(str, at))}]" if at else name


def element_names(name: str, shape: Shape) -> list[str]:
    """The names of all elements, in row-major order."""
    if not shape:
        return [name]
    axes = [[str(place) for place in range(length)] for length in shape]
    return [f"{name}[{', '.join(at)}]" for at in product(*axes)]


def expanded_rows(scalars: Scalars, node: Node, labels: Mapping[int, object]) -> Elements:
    """The elements of a node, of whose inputs the elements are known."""
    row = TABLE[node.op]
    if row.leaf:
        names = element_names(node.params["name"], node.shape)
        leaf = partial(scalars.graph.apply, "leaf", role=node.params["role"], shape=())
        return _shaped(node, [leaf(name=name, span=node.span) for name in names])
    if not node.nodes:
        return _written(scalars, node, row)
    inputs = [
        np.array(operand, dtype=object)
        if isinstance(operand, Literal)
        else scalars.elements[operand.id]
        for operand in node.inputs
    ]
    if row.elementwise:
        wide = [np.broadcast_to(value, node.shape).flat for value in inputs]
        apply = partial(scalars.graph.apply, node.op, span=node.span, **node.params)
        return _shaped(node, [apply(*given) for given in zip(*wide, strict=True)])
    if row.sympy is None:
        given = [
            _class_numbers(operand, value, labels) if position in row.labels else value
            for position, (operand, value) in enumerate(zip(node.inputs, inputs, strict=True))
        ]
        return _formed(scalars, node, row, given)
    return _whole(scalars, node, inputs[0])


def _class_numbers(operand: object, elements: Any, labels: Mapping[int, Any]) -> Any:
    """The numbers of classes or places: no scalars are computed with them."""
    if isinstance(operand, Literal):
        return np.float64(float(operand))
    return labels.get(operand.id, elements) if isinstance(operand, Node) else elements


def _shaped(node: Node, elements: list[object]) -> Elements:
    """Elements in row-major order, in the node's shape."""
    result = np.empty(len(elements), dtype=object)
    result[:] = elements
    return result.reshape(node.shape)


def _written(scalars: Scalars, node: Node, row: Row) -> Elements:
    """Elements of what reads no node: literals, each a node that can be drawn."""
    given = [float(operand) for operand in node.inputs if isinstance(operand, Literal)]
    with np.errstate(all="ignore"):
        array = np.asarray(row.numpy(*given, **node.params), dtype=np.float64)

    def constant(value: float) -> Node:
        if np.isfinite(value):
            literal = Literal(Fraction(repr(value)))
            return scalars.graph.constant(literal)
        # A value that is not finite is computed where it arises.
        return scalars.graph.apply(node.op, *node.inputs, span=node.span, **node.params)

    return _shaped(node, [constant(value) for value in array.ravel().tolist()])


def _formed(scalars: Scalars, node: Node, row: Row, given: Sequence[object]) -> Elements:
    """A row's NumPy form on elements; numbers in its result become literals.

    Numbers that are computed with are drawn, as those of a literal array are: a literal has no
    arithmetic, and two of them may meet.
    """

    def drawn(element: object) -> object:
        return scalars.graph.constant(element) if isinstance(element, Literal) else element

    def written(element: Any) -> Any:
        if isinstance(element, np.generic):
            element = element.item()
        found = isinstance(element, float) and not isfinite(element)
        return _not_finite(scalars.graph, element) if found else element

    if row.operations:
        given = [_each(array, drawn) for array in given]
    found = np.asarray(row.numpy(*given, **node.params), dtype=object)
    return _each(np.broadcast_to(found, node.shape), written)


def _each(array: Any, change: Callable[[Any], Any]) -> Any:
    """The array with `change` applied to its elements; numbers of an array of floats stay."""
    if np.asarray(array).dtype != object:
        return array
    result = np.empty(np.shape(array), dtype=object)
    for at in np.ndindex(*result.shape):
        result[at] = change(array[at])
    return result


def _not_finite(graph: Graph, value: float) -> Node:
    """A value that is not finite, as a quotient: 0/0, as the mean of nothing is."""
    above = 0 if isnan(value) else 1 if value > 0 else -1
    return graph.constant(literal(above)) / 0


def _whole(scalars: Scalars, node: Node, given: Elements) -> Elements:
    """A row that stays one operation: on each slice it reads, folded with the choice of its
    element.
    """
    axis = node.params.get("axis")
    params = node.params.copy()
    params.pop("axis", None)
    keeps = node.shape == given.shape and axis is not None
    if keeps:
        params["axis"] = 0
    result = np.empty(node.shape, dtype=object)
    for place, part in _slices(given, axis, keeps):
        if not part and not keeps:
            found = float(TABLE[node.op].numpy(np.zeros(0), **params))
            result[place] = found if isfinite(found) else _not_finite(scalars.graph, found)
            continue
        for at in range(len(part)) if keeps else [None]:
            members = on_elements(scalars.graph, node.op, part, params, at, node.span)
            scalars.groups.append(members)
            result[_place(place, axis, at)] = members[-1]
    return result


def _slices(given: Elements, axis: int | None, keeps: bool) -> Iterator[tuple[Any, list[Any]]]:
    if axis is None:
        yield (), list(given.flat)
        return
    rows = np.moveaxis(given, axis, -1)
    for at in np.ndindex(*rows.shape[:-1]):
        yield at, list(rows[at])


def _place(place: tuple[int, ...], axis: int | None, at: int | None) -> tuple[int, ...]:
    """The index of a slice's element in the result."""
    if at is None or axis is None:
        return place
    whole = list(place)
    whole.insert(axis if axis >= 0 else len(place) + 1 + axis, at)
    return tuple(whole)
