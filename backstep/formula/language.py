"""Formulas read from text of the language, as a definition and a typed answer are: by the compiler.

What it makes of the text is a graph of its own, on leaves that stand for the names' formulas.
"""

from __future__ import annotations

from collections.abc import Mapping

from backstep.formula.operations import FromGraph
from backstep.formula.tree import Formula
from backstep.graph.graph import Graph
from backstep.lang.compile.answer import expression, operand
from backstep.lang.compile.layers import Layers
from backstep.lang.compile.nodes import Maker, Text
from backstep.lang.compile.scope import Scope
from backstep.limits import LIMITS
from backstep.ops import TABLE


def read(text: str, names: Mapping[str, Formula]) -> Formula:
    """The formula that a text means, its names as the formulas given for them.

    Raises AnswerError, LimitError.
    """
    graph = Graph(TABLE, LIMITS.forward_nodes + len(names))
    leaves = {
        name: graph.apply("leaf", name=name, role="input", shape=formula.shape)
        for name, formula in names.items()
    }
    layers = Layers(Maker(Text(text), graph, empties=True), seed=0)
    layers.masks.update(leaves)
    scope = Scope({})
    scope.values.update(leaves)
    meant = {leaf.id: names[name] for name, leaf in leaves.items()}
    found = operand(expression(text), scope, layers)
    return FromGraph(lambda node: meant.get(node.id)).of(found)
