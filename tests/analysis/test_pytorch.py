"""Layers, losses and random networks of them against PyTorch: every value, every partial.

Among the slow tests; they are skipped where PyTorch is not installed (CONTRIBUTING says how).
"""

from __future__ import annotations

import pytest

from tests.analysis.losses_twice_written import LOSSES
from tests.analysis.torch_twins import compare
from tests.analysis.twice_written import LAYERS, Pair

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("pair", [pytest.param(p, id=p.said) for p in (*LAYERS, *LOSSES)])
def test_a_layer_or_loss_is_pytorchs(pair: Pair) -> None:
    compared = compare(pair.definition, pair.torch)
    assert compared.elements > 2
    assert compared.apart == ()
    assert compared.warnings == frozenset()
