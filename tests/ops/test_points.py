"""Special values, ties and edges of domains: every row of the table of points, exactly."""

from __future__ import annotations

import pytest

from tests.ops.point import Point, hold, kinks_met
from tests.ops.points import POINTS


@pytest.mark.parametrize("rewritten", [True, False], ids=["rewritten", "as derived"])
@pytest.mark.parametrize("point", [pytest.param(point, id=point.said) for point in POINTS])
def test_a_special_point(point: Point, rewritten: bool) -> None:
    hold(point, rewritten=rewritten)


@pytest.mark.parametrize("point", [pytest.param(point, id=point.said) for point in POINTS])
def test_the_conventions_used_are_named(point: Point) -> None:
    assert kinks_met(point) == point.kinks
