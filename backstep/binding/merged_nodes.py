"""A definition with equal parts as one node, as a derivation has them.

The drawn graph is the text, so what is typed twice stands there twice. On paper one formula is one
thing: were it two, one left side would have two values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from backstep.binding.bind import BoundModel, CompiledModel
from backstep.graph.graph import Graph
from backstep.graph.node import Node, Operand
from backstep.lang.compile.definition import Block, Definition
from backstep.ops import TABLE


def on_paper_of(prepared: BoundModel) -> BoundModel:
    """The request with equal parts of its text as one."""
    understood = prepared.model
    found = understood.once("merged", lambda: merged(understood.definition))
    if found is understood.definition:
        return prepared
    made = understood.once("merged, understood", lambda: CompiledModel(found, understood.written))
    return BoundModel(made, prepared.leaves)


def merged(definition: Definition) -> Definition:
    """The definition with parts that have no name, and are computed as another of these, as one.

    What has a name stays as it was typed, and so does what is drawn at random, each time anew. The
    definition itself where no two parts are equal.
    """
    old = definition.graph.nodes[: definition.graph.forward_count]
    graph = Graph(TABLE)
    named = {each.node.id for versions in definition.names.values() for each in versions}
    made: dict[tuple[object, ...], Node] = {}
    now: dict[int, Node] = {}
    for node in old:
        inputs = tuple(_now(each, now) for each in node.inputs)
        key = (node.op, inputs, *sorted(node.params.items()))
        alone = node.id in named or TABLE[node.op].leaf or TABLE[node.op].random
        if not alone and key in made:
            now[node.id] = made[key]
            continue
        now[node.id] = graph.apply(node.op, *inputs, span=node.span, **node.params)
        if not alone:
            made[key] = now[node.id]
    if len(graph.nodes) == len(old):
        return definition
    return replace(
        definition,
        graph=graph,
        leaves=tuple(replace(leaf, node=now[leaf.node.id]) for leaf in definition.leaves),
        names={
            name: tuple(replace(version, node=now[version.node.id]) for version in versions)
            for name, versions in definition.names.items()
        },
        loss=now[definition.loss.id],
        blocks=_blocks(definition, now),
    )


def _now(operand: Operand, now: Mapping[int, Node]) -> Operand:
    return now[operand.id] if isinstance(operand, Node) else operand


def _blocks(definition: Definition, now: Mapping[int, Node]) -> tuple[Block, ...]:
    """The blocks of the nodes there are; a part of two statements belongs to the first."""
    owned: set[int] = set()
    found = []
    for block in definition.blocks:
        nodes = {now[key].id for key in block.nodes}
        if block.kind == "statement":
            nodes -= owned
            owned |= nodes
        output = None if block.output is None else now[block.output.id]
        arguments = tuple(
            (name, now[value.id] if isinstance(value, Node) else value)
            for name, value in block.arguments
        )
        found.append(replace(block, nodes=tuple(sorted(nodes)), output=output, arguments=arguments))
    return tuple(found)
