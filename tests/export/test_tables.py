"""Tables of words: one for every row in every target; what they leave unmasked stays finite."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pytest

from backstep.binding.bind import bind
from backstep.export import numpy_target, tensor_targets
from backstep.export.c import lines as c_lines
from backstep.export.c import words as c_words
from backstep.export.finite import LOOKED_AT, may_leave
from backstep.export.julia import words as julia_words
from backstep.export.octave import words as octave_words
from backstep.export.program import Operation
from backstep.graph.order import ancestors
from backstep.ops.accurate_forms import NAMES
from backstep.ops.table import RUN
from tests.export import networks

WORDS: dict[str, Collection[str]] = {
    "numpy": numpy_target.DIALECT.words,
    "torch": tensor_targets.TORCH.dialect.words,
    "jax": tensor_targets.JAX.dialect.words,
    "c": c_words.WORDS,
    "julia": julia_words.WORDS,
    "octave": octave_words.WORDS,
}


@pytest.mark.parametrize("target", WORDS)
def test_every_row_has_a_word(target: str) -> None:
    assert set(WORDS[target]) == {*RUN, *NAMES}


def test_what_c_forms_by_loops_has_its_loops() -> None:
    """A word of C writes an element, or says that its row has lines of its own."""
    of_their_own = {name for name, word in c_words.WORDS.items() if word is c_words.looped}
    assert of_their_own == c_lines.FORMED


def test_a_helper_that_is_called_is_there() -> None:
    for helper in c_words.HELPERS.values():
        assert set(helper.needs) <= set(c_words.HELPERS)
    for target in (numpy_target.TARGET, tensor_targets.TORCH, tensor_targets.JAX):
        for helper in target.dialect.helpers.values():
            for name in helper.needs:
                assert name in target.dialect.helpers or name.startswith("import ")


@pytest.mark.parametrize(
    ("formula", "leaves"),
    [
        ("x^2", False),
        ("x^0.5", True),
        ("x^(-1)", True),
        ("x^x", True),
        ("x/2", False),
        ("1/x", True),
        ("log(x)", True),
        ("x*x", False),
    ],
)
def test_what_may_leave_the_finite_numbers(formula: str, leaves: bool) -> None:
    definition = bind(f"param x = 2\nL = {formula}").definition
    node = definition.loss
    while node.op == "identity":
        (node,) = node.nodes
    assert may_leave(Operation(node.op, node.inputs, node.params)) == leaves


def test_rows_that_are_not_looked_at_stay_finite() -> None:
    """At kinks, ties, both zeros and negative numbers: only overflow is left."""
    for kind in ("drawn", "special"):
        (prepared,) = networks.rows(kind).values()
        numbers = prepared.numbers()
        seen = set()
        for node in ancestors([prepared.definition.loss]):
            inputs = [numbers.value(each) for each in node.nodes]
            if node.op in LOOKED_AT or not all(np.isfinite(each).all() for each in inputs):
                continue
            assert np.isfinite(numbers.value(node)).all(), node
            seen.add(node.op)
        assert {*RUN} - seen <= LOOKED_AT | {"leaf", "seed", "constant"}
