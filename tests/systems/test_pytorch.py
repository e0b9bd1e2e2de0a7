"""Layers, losses and random networks of them against PyTorch: every value, every partial.

Among the slow tests; they are skipped where PyTorch is not installed (CONTRIBUTING says how).
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.systems.functions_twice_written import FUNCTIONS
from tests.systems.losses_twice_written import LOSSES
from tests.systems.random_twins import KINDS, network
from tests.systems.torch_disagreements import DISAGREEMENTS, MET_BY_CHANCE, Disagreement
from tests.systems.torch_twins import compare
from tests.systems.twice_written import LAYERS, Pair

pytestmark = pytest.mark.slow

EACH = 40
"""Random networks of each kind of input."""


@pytest.mark.parametrize(
    "pair", [pytest.param(p, id=p.said) for p in (*LAYERS, *LOSSES, *FUNCTIONS)]
)
def test_a_layer_or_loss_is_pytorchs(pair: Pair) -> None:
    compared = compare(pair.definition, pair.torch)
    assert len(compared.values) > 1
    assert compared.partials
    assert compared.apart == []
    assert compared.warnings == frozenset()


@pytest.mark.parametrize("place", range(len(KINDS)), ids=list(KINDS))
def test_random_networks_are_pytorchs(place: int) -> None:
    agreed, known = 0, 0
    for seed in range(place, EACH * len(KINDS), len(KINDS)):
        drawn = network(seed)
        definition = "\n".join(drawn.ours)
        compared = compare(definition, "\n".join(drawn.torch))
        if compared.apart and compared.warnings & MET_BY_CHANCE:
            known += 1
            continue
        assert compared.apart == [], definition
        agreed += 1
    print(f"{agreed} networks agree, {known} meet a known disagreement")
    assert agreed >= 0.9 * EACH


@pytest.mark.parametrize("known", [pytest.param(d, id=d.said) for d in DISAGREEMENTS])
def test_a_known_disagreement(known: Disagreement) -> None:
    compared = compare(known.definition, known.torch)
    assert compared.apart
    loss, partial = compared.values["L"], compared.partials["x"]
    for found, expected in (
        ((loss.ours, partial.ours), known.ours),
        ((loss.theirs, partial.theirs), known.theirs),
    ):
        for each, right in zip(found, expected, strict=True):
            np.testing.assert_allclose(each, right, rtol=1e-13)
