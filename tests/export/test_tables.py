"""Tables of words: one for every row in every target; what they leave unmasked stays finite."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pytest

from backstep.export import numpy_target
from backstep.export.finite import LOOKED_AT
from backstep.ops import TABLE
from backstep.ops.tails import NAMES
from tests.export import networks

WORDS: dict[str, Collection[str]] = {"numpy": numpy_target.DIALECT.words}


@pytest.mark.parametrize("target", WORDS)
def test_every_row_has_a_word(target: str) -> None:
    assert set(WORDS[target]) == {*TABLE, *NAMES}


def test_a_helper_that_is_called_is_there() -> None:
    for helper in numpy_target.DIALECT.helpers.values():
        for name in helper.needs:
            assert name in numpy_target.DIALECT.helpers or name.startswith("import ")


def test_rows_that_are_not_looked_at_stay_finite() -> None:
    """At kinks, ties, both zeros and negative numbers: only overflow is left."""
    ends = []
    for kind in ("drawn", "special"):
        for name, prepared in networks.rows(kind).items():
            if name.split()[0] in LOOKED_AT:
                continue
            numbers = prepared.numbers()
            node = prepared.definition.loss
            while not TABLE[node.op].leaf and node.op != name.split()[0]:
                node = node.nodes[0]
            if not np.isfinite(numbers.value(node)).all():
                ends.append(name)
    assert not ends
