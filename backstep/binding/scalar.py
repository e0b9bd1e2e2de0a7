"""A bound definition at scalar zoom: the same network with every element a name of its own."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from backstep.autodiff.scalarise import Scalars, element_name, scalarize
from backstep.binding.bind import BoundModel, CompiledModel
from backstep.graph.node import Node
from backstep.lang.compile.definition import Block, Definition, Leaf, Version
from backstep.ops.row import Array


def scalar(prepared: BoundModel) -> BoundModel:
    """The definition on scalars. Raises LimitError if there would be too many."""
    expanded, _ = _expanded(prepared.model, _labels(prepared))
    leaves: dict[str, Array] = {}
    for leaf in prepared.definition.leaves:
        array = prepared.leaves[leaf.name]
        for at in np.ndindex(*array.shape):
            leaves[element_name(leaf.name, at)] = np.asarray(array[at])
    return BoundModel(expanded, leaves)


def element_of(prepared: BoundModel, node: Node, at: tuple[int, ...]) -> Node | None:
    """The scalar of a forward node's element; None for a literal 0 of padding."""
    _, scalars = _expanded(prepared.model, _labels(prepared))
    found = scalars.elements[node.id][at]
    return found if isinstance(found, Node) else None


def _labels(prepared: BoundModel) -> tuple[tuple[int, bytes], ...]:
    return tuple((key, value.tobytes()) for key, value in prepared.class_numbers.items())


@lru_cache(maxsize=8)
def _expanded(
    understood: CompiledModel, labels: tuple[tuple[int, bytes], ...]
) -> tuple[CompiledModel, Scalars]:
    """One expansion for each text and its class numbers, which choose elements."""
    definition = understood.definition
    nodes = definition.graph.nodes
    numbers = {key: np.frombuffer(data).reshape(nodes[key].shape) for key, data in labels}
    named = {each.node.id for versions in definition.names.values() for each in versions}
    scalars = scalarize(nodes[: definition.graph.forward_count], numbers, named)
    return CompiledModel(_definition(definition, scalars), {}), scalars


def _definition(definition: Definition, scalars: Scalars) -> Definition:
    leaves = tuple(
        Leaf(
            element_name(leaf.name, at),
            leaf.role,
            node,
            leaf.initial,
            leaf.span,
            leaf.structural,
            leaf.label,
        )
        for leaf in definition.leaves
        for at, node in _elements(scalars, leaf.node)
    )
    names: dict[str, list[Version]] = {}
    taken: set[int] = set()
    for name, versions in definition.names.items():
        for version in versions:
            for at, node in _elements(scalars, version.node):
                # A reshaped tensor's elements are those of another name already.
                if node.id not in taken:
                    taken.add(node.id)
                    whole = element_name(name, at)
                    given = names.setdefault(whole, [])
                    given.append(Version(whole, node, version.line, len(given) + 1))
    (loss,) = scalars.elements[definition.loss.id].flat
    blocks = tuple(
        Block(
            id=number,
            kind="statement",
            title="",
            parent=None,
            nodes=tuple(member.id for member in group),
            output=group[-1],
            span=group[-1].span or definition.leaves[0].span,
            pass_=None,
        )
        for number, group in enumerate(scalars.groups)
    )
    loops = (
        replace(
            block,
            id=len(blocks) + number,
            parent=None,
            nodes=tuple(made for key in block.nodes for made in scalars.made[key]),
            output=None,
        )
        for number, block in enumerate(definition.blocks)
        if block.kind == "loop"
    )
    return replace(
        definition,
        graph=scalars.graph,
        leaves=leaves,
        names={name: tuple(given) for name, given in names.items()},
        loss_name=definition.loss_name,
        loss=loss,
        blocks=(*blocks, *loops),
        warnings=(),
    )


def _elements(scalars: Scalars, node: Node) -> list[tuple[tuple[int, ...], Any]]:
    array = scalars.elements[node.id]
    return [(at, array[at]) for at in np.ndindex(*array.shape) if isinstance(array[at], Node)]
