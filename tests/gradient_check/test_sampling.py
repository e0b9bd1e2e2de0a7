"""Differences of several elements at once are those of each alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from backstep.binding.bind import BoundModel, bind
from backstep.evaluate.differences import Differences, Moved
from backstep.examples import EXAMPLES, Example
from backstep.gradient_check.sampling import batched
from backstep.graph.order import ancestors, uses

ROWS = "input x = [0.3, -0.7, 1.1, 0.2, -0.4]\nparam w = [0.5, -0.2, 0.8, 0.5, 0.1]\n"
KINKED = {
    "a kink and a tie": "L = sum(relu(w*x - 0.1)) + max(w)^2 + sum(abs(w - 0.1))",
    "broadcast pieces": "M = where(reshape(w, 5, 1) > x, w, 2*x)\nL = sum(M^2) + min(M)",
    "pieces along an axis": "M = outer(w, x)\nL = sum(max(M, axis=1)^2) + sum(sort(w)*x)",
    "a near kink": "L = sum(relu(w - 0.49999)) + sum(sqrt(w + 0.2))",
    "edges": "L = sum(log(w + 0.2)) + prod(w) + sum(round(w))",
    "nothing reads some": "L = sum(w[1:3]^2)*softmax(w)[0]",
    "a stop between": "L = sum(detach(w)*w*relu(w))",
    "a pass inside": "y = sum(tanh(w*x))\nL = sum(grad(y, w)^2)",
    "a still condition": "L = sum(where(x > 0, w^2, 3*w)*where(x < 0, 1, w))",
    "one for all": "L = sum((x + mean(w))^2)",
}
LAYERS = """\
input X[3, 1, 6, 6] ~ normal(0, 1)
target k = [0, 2, 1]
c = relu(conv2d(X, filters=2, kernel=3))
s = dense(reshape(max_pool2d(c, 2), 3, 8), 4)
L = cross_entropy(layer_norm(s), k)
"""


def pairs(prepared: BoundModel, most: int) -> list[tuple[str, Moved, Moved]]:
    """By element the difference of a batch, and the one alone."""
    loss, numbers = prepared.definition.loss, prepared.numbers()
    read = uses(ancestors([loss]))
    found = []
    for leaf in prepared.definition.leaves:
        places = list(np.ndindex(*leaf.node.shape))[:most]
        if leaf.label or leaf.structural or len(places) < 4:
            continue
        differences = Differences(loss, leaf.node, numbers.values, read)
        for at, one in zip(places, differences.several(places), strict=True):
            found.append((f"{leaf.name}{at}", one, differences.by(at)))
    return found


def same(one: Moved, other: Moved) -> bool:
    if (one.convention, one.smooth) != (other.convention, other.smooth):
        return False
    first, second = one.difference, other.difference
    if not np.isfinite(second.value):
        return bool(np.array_equal(first.value, second.value, equal_nan=True))
    return abs(first.value - second.value) <= 4 * second.rounding


@pytest.mark.parametrize("source", [*KINKED.values()], ids=[*KINKED])
def test_points_beside_kinks_are_judged_as_alone(source: str) -> None:
    found = pairs(bind(ROWS + source), 5)
    assert len(found) >= 5
    assert [name for name, *both in found if not same(*both)] == []


def test_points_of_layers_are_those_of_each_alone() -> None:
    found = pairs(bind(LAYERS), 12)
    assert len(found) > 25
    assert [name for name, *both in found if not same(*both)] == []


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.id)
def test_points_of_examples_are_those_of_each_alone(example: Example) -> None:
    found = pairs(bind(example.source), 40)
    assert [name for name, *both in found if not same(*both)] == []


def test_what_is_computed_at_once_is_bounded() -> None:
    prepared = bind("param W[400, 400] ~ xavier\nparam v[400] ~ normal(0, 1)\nL = sum((W @ v)^2)")
    loss, numbers = prepared.definition.loss, prepared.numbers()
    read = uses(ancestors([loss]))
    wide, small = (
        Differences(loss, leaf.node, numbers.values, read) for leaf in prepared.definition.leaves
    )
    assert wide.together == 1
    assert 4 * small.together * 1_201 <= 200_000


@pytest.mark.parametrize(
    ("count", "most", "lengths"),
    [(0, 5, []), (1, 5, [1]), (10, 5, [5, 5]), (11, 5, [4, 4, 3]), (3, 1, [1, 1, 1])],
)
def test_groups_are_alike(count: int, most: int, lengths: Sequence[int]) -> None:
    groups = list(batched([None] * count, most))  # type: ignore[list-item]
    assert [len(each) for each in groups] == lengths
