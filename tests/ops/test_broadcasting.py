"""Broadcasting undone once: every pair of shapes, on every row that broadcasts."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from backstep.graph.shape import Shape
from backstep.ops import TABLE
from tests.ops.cases import Case, build, evaluate, partials
from tests.ops.checks import differences

SHAPES: tuple[Shape, ...] = ((), (1,), (3,), (3, 1), (1, 4), (3, 4), (0, 3))
BROADCASTING = [n for n, row in TABLE.items() if row.elementwise and row.arity[0] > 1]


def pairs() -> list[tuple[Shape, Shape]]:
    found = []
    for a, b in product(SHAPES, repeat=2):
        try:
            np.broadcast_shapes(a, b)
        except ValueError:
            continue
        found.append((a, b))
    return found


def case_of(name: str, a: Shape, b: Shape) -> Case:
    """The row's first sample on inputs of the shapes, the second of them for all further ones."""
    sample = TABLE[name].samples[0]
    shapes = (a, b, *[b] * (len(sample.shapes) - 2))
    number = SHAPES.index(a) * len(SHAPES) + SHAPES.index(b)
    return Case(name, number, replace(sample, shapes=shapes), {})


@pytest.mark.parametrize("name", BROADCASTING)
def test_every_partial_has_its_inputs_shape_and_is_right(name: str) -> None:
    for a, b in pairs():
        differences(case_of(name, a, b))


@pytest.mark.parametrize("name", BROADCASTING)
def test_the_value_is_numpys(name: str) -> None:
    for a, b in pairs():
        built = build(case_of(name, a, b))
        (value,) = evaluate([built.node], built.points)
        assert value.shape == np.broadcast_shapes(a, b) == built.node.shape


@pytest.mark.parametrize("name", ["add", "multiply", "maximum"])
def test_a_partial_sums_over_what_was_widened(name: str) -> None:
    built = build(case_of(name, (3, 1), (1, 4)))
    u = built.seed("u", (3, 4))
    back = built.back(built.node, u)
    coming = np.arange(12.0).reshape(3, 4)
    narrow = partials(built, back, {**built.points, u.id: coming}, built.leaves)
    wide = build(case_of(name, (3, 4), (3, 4)))
    seed = wide.seed("u", (3, 4))
    points = {
        leaf.id: np.broadcast_to(built.points[other.id], (3, 4)).copy()
        for leaf, other in zip(wide.leaves, built.leaves, strict=True)
    }
    full = partials(wide, wide.back(wide.node, seed), {**points, seed.id: coming}, wide.leaves)
    np.testing.assert_allclose(narrow[0], full[0].sum(axis=1, keepdims=True), rtol=1e-15)
    np.testing.assert_allclose(narrow[1], full[1].sum(axis=0, keepdims=True), rtol=1e-15)
