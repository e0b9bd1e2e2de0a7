"""Random networks straight from the operation table, as definitions. Checks nothing.

A step is a row of the table with the static parameters of one of its samples; where its shapes
do not fit what is there, the step is passed over, so that every drawn network is a network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from math import prod
from typing import Any

from hypothesis import strategies as st

from backstep.errors import Span
from backstep.graph.graph import Graph
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import Shape, ShapeError
from backstep.lang.compile.compiler import compile_text
from backstep.lang.compile.definition import Definition, Draw, Leaf, Version
from backstep.ops import TABLE
from backstep.ops.row import COMPARISON
from backstep.symbolic.size import closed_sizes, derivative_bound

PLACE = Span(1, 1, 1, 2)
# What a text can reach; class numbers apart, which are no values of a network.
ROWS = [
    (name, sample.params)
    for name, row in TABLE.items()
    if row.example and row.samples[0].shapes and not row.labels
    for sample in row.samples
]
CONDITIONS = {name for name, row in TABLE.items() if row.notation.precedence == COMPARISON}
CHOOSE = "where"
SHAPES: Mapping[str, Shape] = {"a": (), "v": (3,), "W": (2, 3)}
MOST = 300
"""Operations of the largest formula that is drawn: past it SymPy takes seconds."""
NUMBERS = st.sampled_from([Fraction(text) for text in ("2", "3", "1/2", "-1", "0.1")])
READS = st.one_of(st.integers(0, 8), NUMBERS)
Step = tuple[tuple[str, Mapping[str, Any]], tuple[int | Fraction, ...]]
STEPS = st.lists(
    st.tuples(st.sampled_from(ROWS), st.tuples(READS, READS, READS)), min_size=1, max_size=6
)


def definition_of(
    loss: Node, leaves: Mapping[str, Node], labels: frozenset[str] = frozenset()
) -> Definition:
    """A definition of a graph made by hand: every leaf a parameter drawn from a normal."""
    declared = tuple(
        Leaf(
            name=name,
            role="input" if name in labels else "param",
            node=node,
            initial=Draw("normal", (Fraction(0), Fraction(1)), node.shape),
            span=PLACE,
            structural=False,
            label=name in labels,
        )
        for name, node in leaves.items()
    )
    names = {name: (Version(name, node, 1, 1),) for name, node in {**leaves, "L": loss}.items()}
    return replace(
        compile_text("param x = 1\nL = x"),
        graph=loss.graph,
        leaves=declared,
        names=names,
        loss=loss,
        blocks=(),
    )


def small(node: Node) -> bool:
    return closed_sizes(node)[node.id] * max(prod(node.shape), 1) <= MOST


def drawn(steps: list[Step]) -> Definition | None:
    """A network small enough for SymPy; None where its gradients may not be."""
    definition = network(steps)
    bounds = [derivative_bound(definition.loss, leaf.node) for leaf in definition.leaves]
    return definition if max(bounds) <= 8 * MOST else None


def network(steps: list[Step]) -> Definition:
    """The network of the steps, its loss the sum of what was made last.

    A step whose node is too large is made and then not read.
    """
    graph = Graph(TABLE)
    leaves = {
        name: graph.apply("leaf", name=name, role="param", shape=shape)
        for name, shape in SHAPES.items()
    }
    made: list[Node] = list(leaves.values())
    conditions: list[Node] = []
    for (name, params), reads in steps:
        count = TABLE[name].arity[0] if TABLE[name].arity[1] is not None else 2
        operands: list[Operand] = [
            Literal(each) if isinstance(each, Fraction) else made[-1 - each % len(made)]
            for each in reads[:count]
        ]
        if not any(isinstance(operand, Node) for operand in operands):
            operands[0] = made[-1]
        if name == CHOOSE:
            if not conditions:
                continue
            operands[0] = conditions[-1]
        try:
            node = graph.apply(name, *operands, **params)
        except ShapeError:
            continue
        if small(node):
            (conditions if name in CONDITIONS else made).append(node)
    last = made[-1]
    loss = graph.apply("sum", last) if last.shape else last
    return definition_of(loss, leaves)
