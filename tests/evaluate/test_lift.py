"""Many points at once: every lifted row gives at each point what it gives there alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backstep.evaluate.compiled.lift import Lifted
from backstep.evaluate.compiled.program import Program
from backstep.ops.row import Array
from backstep.ops.table import RUN
from tests.evaluate.compiled_cases import plain
from tests.ops.cases import Case, build, cases

CASES = [case for name, row in RUN.items() if row.samples for case in cases(name)]
COUNT = 3


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
@pytest.mark.parametrize(
    "which", ["all", *(pytest.param(each, marks=pytest.mark.slow) for each in ("first", "last"))]
)
def test_a_row_and_its_partials_at_many_points(case: Case, which: str) -> None:
    built = build(case)
    seed = built.seed("g", built.node.shape)
    back = built.back(built.node, seed)
    adjoints = [back.adjoints.get(leaf.id) for leaf in built.leaves if not built.steady(leaf)]
    targets = [built.node, *(each for each in adjoints if each is not None)]
    leaves = [*built.leaves, seed]
    random = np.random.default_rng(2)
    points: dict[int, Array] = {}
    for leaf in leaves:
        base = built.points.get(leaf.id, np.ones(leaf.shape))
        whole = leaf is not seed and built.steady(leaf)
        spread = np.zeros(COUNT) if whole else random.uniform(0.9, 1.0, COUNT)
        points[leaf.id] = base * (1.0 if whole else spread.reshape(-1, *(1,) * len(leaf.shape)))
        points[leaf.id] = np.broadcast_to(points[leaf.id], (COUNT, *leaf.shape))
    chosen = {"all": leaves, "first": leaves[:1], "last": leaves[-1:]}[which]
    moved = {leaf.id for leaf in chosen}
    lifted = Lifted(targets, moved, COUNT)
    read = [leaf for leaf in leaves if leaf.id in lifted.nodes]
    values: list[Any] = []
    for leaf in read:
        node = lifted.nodes[leaf.id]
        values.append(plain(points[leaf.id] if leaf.id in moved else points[leaf.id][0], node))
    found = Program(lifted.targets, [lifted.nodes[leaf.id] for leaf in read]).run(*values)
    alone = Program(targets, leaves)
    for number in range(COUNT):
        at = [plain(points[leaf.id][number if leaf.id in moved else 0], leaf) for leaf in leaves]
        for whole, wanted in zip(found, alone._reference(*at), strict=True):
            scale = np.spacing(np.max(np.abs(wanted), initial=0.0))
            np.testing.assert_allclose(whole[number], wanted, rtol=1e-12, atol=16 * scale)
