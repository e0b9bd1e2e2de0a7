"""Nodes worked out again and again: the same numbers as the numeric engine, from any given cut."""

from __future__ import annotations

import numpy as np
import pytest

from backstep.autodiff.gradient import differentiate
from backstep.errors import DefinitionError
from backstep.evaluate.initial import initial_values
from backstep.evaluate.numeric import evaluate_graph
from backstep.evaluate.straight_line import StraightLineProgram
from backstep.lang.compile.compiler import compile_text

SOURCE = """\
input X = [[1, 0.5], [-1, 2], [0.3, -0.7]]
target k = [0, 2, 1]
h = tanh(dense(X, 4))
s = dense(h, 3)
L = cross_entropy(s, k) + 0.1*sum(h.W^2)
"""


def test_loss_and_partials_are_those_of_the_engine() -> None:
    definition = compile_text(SOURCE)
    leaves = initial_values(definition)
    numbers = evaluate_graph(definition, leaves)
    back = differentiate(definition.loss)
    learned = [leaf.node for leaf in definition.leaves if leaf.role == "param"]
    adjoints = [each for node in learned if (each := back.adjoints[node.id]) is not None]
    assert len(adjoints) == len(learned)
    straight = StraightLineProgram(
        [definition.loss, *adjoints], [leaf.node for leaf in definition.leaves]
    )
    given = {leaf.node.id: leaves[leaf.name] for leaf in definition.leaves}
    for _ in range(2):
        loss, *found = straight.run(given)
        assert loss == numbers.value(definition.loss)
        for node, partial in zip(learned, found, strict=True):
            assert np.array_equal(np.broadcast_to(partial, node.shape), numbers.partial(node))
    assert straight.count > 10
    assert straight.work > straight.count


def test_a_given_node_cuts_the_graph() -> None:
    definition = compile_text("param w = 2\nu = w^2\nL = 3*u")
    (u,) = definition.names["u"]
    straight = StraightLineProgram([definition.loss], [u.node])
    assert straight.count == 1
    assert straight.run({u.node.id: np.array(5.0)}) == [15.0]


def test_a_class_number_that_is_none_is_refused() -> None:
    definition = compile_text(SOURCE)
    straight = StraightLineProgram([definition.loss], [leaf.node for leaf in definition.leaves])
    leaves = {**initial_values(definition), "k": np.array([0.0, 3.0, 1.0])}
    with pytest.raises(DefinitionError, match="class number"):
        straight.run({leaf.node.id: leaves[leaf.name] for leaf in definition.leaves})
