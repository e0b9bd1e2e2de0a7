"""The elements of a definition's nodes as scalars, and which of them depend on a variable.

Only what is read is built: one element of a large network costs its own cone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray

from backstep.clock import heed
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import Shape, size
from backstep.ops import TABLE
from backstep.ops.row import Array, Objects
from backstep.ops.symbolic_roles import IDENTITY
from backstep.symbolic.scalars import Count, Input, Made, Scalar, taken_over
from backstep.symbolic.size import terms_of
from backstep.symbolic.targets import Place

_CHEAP = 20
"""How many scalars are built in the time that one is differentiated."""
Indices: TypeAlias = NDArray[np.intp]
Mask = bool | NDArray[np.bool_]
"""Which elements depend on something: all or none, or an array of truth values."""


class Network:
    """The scalars of a definition's forward nodes (ascending), by node and index.

    `labels` holds by node id leaves that are class numbers and nothing else, `classes` whatever
    else is read as one; `literal` converts a number; the elements of nodes `apart`, by id, are
    scalars of their own.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        labels: Mapping[int, Array],
        literal: Callable[[Literal], sympy.Expr],
        apart: Collection[int] = (),
        classes: Mapping[int, Array] | None = None,
    ) -> None:
        self.count = Count()
        self._nodes = {node.id: node for node in nodes}
        self._labels = labels
        self._literal = literal
        self._apart = apart
        self._classes = classes or {}
        self._made: dict[int, list[Input]] = {}
        self._split: dict[int, list[Input]] = {}
        self._maps: dict[int, tuple[list[Operand], Indices]] = {}
        self._whole: dict[int, Objects] = {}
        self._slices: dict[tuple[int, int], tuple[Input, ...]] = {}
        self._spread: dict[tuple[Shape, Shape], Indices] = {}

    def element(self, node: Node, at: Place) -> Input:
        """The element at an index: a scalar, or a number if the text has one there."""
        return self._element(node, int(np.ravel_multi_index(at, node.shape)) if at else 0)

    def scalar(self, node: Node, at: Place) -> Scalar:
        """The element at an index of a node that is kept apart."""
        found = self.element(node, at)
        assert isinstance(found, Scalar)
        return found

    def _element(self, node: Node, place: int) -> Input:
        while node.id not in self._apart and node.id not in self._labels and _moves(node):
            found = self._source(node, place)
            if not isinstance(found, tuple):
                return found
            node, place = found
        if node.id in self._labels:
            return self._labels[node.id].flat[place]
        split = node.id in self._apart and not TABLE[node.op].leaf
        known = _kept(self._split if split else self._made, node)
        if known[place] is None:
            known[place] = self._apart_from(node, place) if split else self._first(node, place)
        return known[place]

    def _apart_from(self, node: Node, place: int) -> Scalar:
        def make() -> Made:
            if _moves(node):
                found = self._source(node, place)
                inner = self._element(*found) if isinstance(found, tuple) else found
            else:
                known = _kept(self._made, node)
                if known[place] is None:
                    known[place] = self._first(node, place)
                inner = known[place]
            return IDENTITY, (inner,), None, None

        return Scalar(self.count, make=make, home=(node.id, place))

    def _first(self, node: Node, place: int) -> Input:
        """A new scalar for an element; the number itself if it reads no node."""
        heed()
        row = TABLE[node.op]
        if row.leaf:
            at = (node.id, _index(node.shape, place))
            return Scalar(self.count, "leaf", (), None, at, home=(node.id, place))
        if not node.nodes and not row.elementwise:
            return self._all(node).flat[place]
        return Scalar(self.count, make=lambda: self._formed(node, place), home=(node.id, place))

    def _formed(self, node: Node, place: int) -> Made:
        row = TABLE[node.op]
        if row.elementwise:
            inputs = [self._aligned(node, operand, place) for operand in node.inputs]
            return node.op, tuple(inputs), node.params, None
        if row.sympy is not None:
            return self._on_many(node, place)
        if row.reads is None:
            return taken_over(self._all(node).flat[place])
        at = _index(node.shape, place)
        keys = row.reads(at, *(operand.shape for operand in node.nodes), **node.params)
        parts = [
            self._some(operand, self._places(operand.shape)[key])
            for operand, key in zip(node.nodes, keys, strict=True)
        ]
        return taken_over(row.numpy(*parts, **node.params))

    def _aligned(self, node: Node, operand: Operand, place: int) -> Input:
        """The element of an operand that broadcasting pairs with this one."""
        if isinstance(operand, Literal):
            return self._literal(operand)
        if operand.shape != node.shape:
            place = int(self._places(operand.shape, node.shape)[_index(node.shape, place)])
        return self._element(operand, place)

    def _on_many(self, node: Node, place: int) -> Made:
        """A row that reads its elements together, on each slice; each result reads all of them."""
        params = node.params.copy()
        params.pop("axis", None)
        (given,) = node.nodes
        members, at = self._slice(node, given, place)
        key = (node.id, int(members[0]) if len(members) else 0)
        if key not in self._slices:
            self._slices[key] = tuple(self._some(given, members))
        return node.op, self._slices[key], params, at

    def siblings(self, scalar: Scalar) -> list[Input]:
        """All results of the slice that a scalar's row was applied to."""
        assert scalar.home is not None
        node = self._nodes[scalar.home[0]]
        members, _ = self._slice(node, node.nodes[0], scalar.home[1])
        return [self._element(node, int(place)) for place in members]

    def _slice(self, node: Node, given: Node, place: int) -> tuple[Indices, int | None]:
        """The places that one element is read from, and which of its slice's results it is."""
        axis, places = node.params.get("axis"), self._places(given.shape)
        keeps = node.shape == given.shape and node.shape != ()
        if axis is None and not keeps:
            return np.ravel(places), None
        axis = len(given.shape) - 1 if axis is None else axis % len(given.shape)
        at = _index(node.shape, place)
        after = at[axis + 1 :] if keeps else at[axis:]
        key: tuple[int | slice, ...] = (*at[:axis], slice(None), *after)
        return places[key], at[axis] if keeps else None

    def _places(self, shape: Shape, wide: Shape | None = None) -> Indices:
        """The places of a tensor's elements in row-major order, or those that a wider one reads."""
        key = (shape, shape if wide is None else wide)
        if key not in self._spread:
            places = np.arange(size(shape)).reshape(shape)
            self._spread[key] = np.broadcast_to(places, key[1])
        return self._spread[key]

    def _some(self, node: Node, places: Indices) -> Objects:
        result = np.empty(np.shape(places), dtype=object)
        flat = result.reshape(-1)
        for number, place in enumerate(np.ravel(places).tolist()):
            flat[number] = self._element(node, place)
        return result

    def _all(self, node: Node) -> Objects:
        """A row's NumPy form on all elements of its inputs."""
        if node.id not in self._whole:
            row = TABLE[node.op]
            column = row.numpy if row.sympy is None else row.sympy
            given = [
                self._class_numbers(operand)
                if position in row.labels
                else np.asarray(self._literal(operand), dtype=object)
                if isinstance(operand, Literal)
                else self._some(operand, self._places(operand.shape))
                for position, operand in enumerate(node.inputs)
            ]
            result = np.empty(node.shape, dtype=object)
            result[...] = column(*given, **node.params)
            self._whole[node.id] = result
        return self._whole[node.id]

    def _source(self, node: Node, place: int) -> Input | tuple[Node, int]:
        """The origin of an element that is only moved, or the number at its place."""
        if node.id not in self._maps:
            self._maps[node.id] = self._map(node)
        sources, codes = self._maps[node.id]
        code = int(codes[place]) - 1
        if code < 0:
            return 0
        for source in sources:
            count = size(source.shape) if isinstance(source, Node) else 1
            if code < count:
                return (source, code) if isinstance(source, Node) else self._literal(source)
            code -= count
        raise AssertionError(f"{node} moves an element from nowhere")

    def _map(self, node: Node) -> tuple[list[Operand], Indices]:
        """The row applied to numbers that identify elements; 0 stands for a number."""
        row = TABLE[node.op]
        given, sources, start = [], [], 1
        for position, operand in enumerate(node.inputs):
            if position in row.labels:
                given.append(self._class_numbers(operand))
                continue
            shape = operand.shape if isinstance(operand, Node) else ()
            given.append(start + self._places(shape))
            sources.append(operand)
            start += size(shape)
        return sources, np.ravel(row.numpy(*given, **node.params))

    def _class_numbers(self, operand: Operand) -> Objects | Array | sympy.Expr:
        if isinstance(operand, Literal):
            return self._literal(operand)
        if operand.id in self._classes:
            return self._classes[operand.id]
        return self._some(operand, self._places(operand.shape))


def _kept(made: dict[int, list[Input]], node: Node) -> list[Input]:
    """The elements of a node that are built, by place; None for the others."""
    if node.id not in made:
        made[node.id] = [None] * size(node.shape)
    return made[node.id]


def _moves(node: Node) -> bool:
    row = TABLE[node.op]
    return bool(row.operations == 0 and not row.elementwise and row.sympy is None and node.nodes)


def _index(shape: tuple[int, ...], place: int) -> Place:
    return tuple(int(part) for part in np.unravel_index(place, shape)) if shape else ()


def depending(nodes: Iterable[Node], places: Mapping[int, Collection[Place]]) -> dict[int, Mask]:
    """By node id which elements can at most depend on the given elements; by shapes alone."""
    found: dict[int, Mask] = {}
    for node in nodes:
        mask = _mask(node, [found.get(each.id, False) for each in node.nodes])
        wanted = places.get(node.id, ())
        if len(wanted) == size(node.shape) and wanted:
            mask = True
        elif len(wanted) and mask is not True:
            own = np.zeros(node.shape, dtype=bool) | mask
            own[tuple(np.array(list(wanted)).T)] = True
            mask = own
        found[node.id] = mask
    return found


def _mask(node: Node, masks: Sequence[Mask]) -> Mask:
    if not any(mask is not False for mask in masks):
        return False
    row = TABLE[node.op]
    if all(mask is True for mask in masks) or node.shape == ():
        return True
    if row.elementwise:
        wide = [
            np.broadcast_to(np.broadcast_to(mask, each.shape), node.shape)
            for mask, each in zip(masks, node.nodes, strict=True)
        ]
        found: NDArray[np.bool_] = np.logical_or.reduce(wide)
        return found
    if row.sympy is not None or row.labels or row.whole:
        return True
    # These forms add up products: more inputs that depend only make more results that do.
    given = [
        np.ones(operand.shape) if isinstance(operand, Node) else np.ones(())
        for operand in node.inputs
    ]
    more = [
        1.0 + np.broadcast_to(masks[node.nodes.index(operand)], operand.shape)
        if isinstance(operand, Node)
        else np.ones(())
        for operand in node.inputs
    ]
    return np.asarray(row.numpy(*more, **node.params) > row.numpy(*given, **node.params))


def breadth(nodes: Iterable[Node], masks: Mapping[int, Mask]) -> int:
    """An upper bound on how many scalars depend, with the products that are added up.

    What is only moved or added up sends on what arrives and is not counted.
    """
    total = 0
    for node in nodes:
        own = _many(node, masks[node.id])
        if own and (TABLE[node.op].leaf or TABLE[node.op].slope[0]):
            read = sum(_many(each, masks[each.id]) for each in node.nodes)
            total += own * max(min(terms_of(node), read), terms_of(node) // _CHEAP, 1)
            row = TABLE[node.op]
            if row.named and not row.elementwise:
                # The slope with respect to each element contains all the others.
                total += read * terms_of(node) // _CHEAP
    return total


def _many(node: Node, mask: Mask) -> int:
    if isinstance(mask, bool):
        return size(node.shape) if mask else 0
    return int(np.count_nonzero(mask))
