"""Products of two tensors: what an element is read from, and where 0·∞ is 0."""

from __future__ import annotations

import numpy as np
import pytest

from backstep.graph.shape import Shape
from backstep.ops import TABLE

MATMUL = TABLE["matmul"]


@pytest.mark.parametrize("shapes", [sample.shapes for sample in MATMUL.samples])
def test_an_element_is_read_from_its_row_and_column(shapes: tuple[Shape, Shape]) -> None:
    random = np.random.default_rng(1)
    a, b = (random.normal(size=shape) for shape in shapes)
    whole = np.asarray(MATMUL.numpy(a, b))
    assert MATMUL.reads is not None
    for at in np.ndindex(*whole.shape):
        left, right = MATMUL.reads(at, a.shape, b.shape)
        assert np.dot(a[left], b[right]) == pytest.approx(whole[at], rel=1e-13)


@pytest.mark.parametrize(("strong", "zeros"), [("left", "a"), ("right", "b"), ("both", "ab")])
@pytest.mark.parametrize("op", ["multiply", "outer", "matmul"])
def test_a_partial_of_0_wins_over_what_it_meets(op: str, strong: str, zeros: str) -> None:
    nothing, infinite = np.zeros(2), np.array([np.inf, np.nan])
    for side, pair in (("a", (nothing, infinite)), ("b", (infinite, nothing))):
        with np.errstate(all="ignore"):
            found = TABLE[op].numpy(*pair, strong=strong)
        # What is no partial is no reason for a 0.
        assert (not np.any(found)) if side in zeros else np.isnan(found).any()
