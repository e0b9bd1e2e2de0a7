"""Distances and neighbours in a drawing of many edges: those that looking at every point gives."""

from __future__ import annotations

import numpy as np
import pytest

from backstep.clock import Watch
from backstep.layout.edge_numbers import Carrying, _Search, _to_points
from tests.faults.cases import ask


def drawn(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Rooms, and points along a path."""
    random = np.random.default_rng(seed)
    corners = random.uniform(0, 2000, (40, 2))
    rooms = np.concatenate([corners, corners + random.uniform(0, 80, (40, 2))], axis=1)
    return rooms, np.cumsum(random.normal(0, 3, (count, 2)), axis=0) + 1000


@pytest.mark.parametrize("count", [0, 1, 200, 257, 1000, 4321])
def test_the_distance_to_a_long_path_is_that_to_its_nearest_point(count: int) -> None:
    rooms, points = drawn(count, count)
    found = _to_points(rooms, points)
    for room, distance in zip(rooms, found, strict=True):
        beside = np.clip(points, room[:2], room[2:])
        nearest = np.min(np.hypot(*(points - beside).T), initial=np.inf)
        assert distance == pytest.approx(nearest, rel=1e-12)


def test_the_points_near_a_room_are_all_of_other_edges() -> None:
    random = np.random.default_rng(5)
    ends = random.uniform(0, 900, (12, 4, 2))
    edges = [
        Carrying(str(number), tuple(map(tuple, each.tolist())), None, None, None, carries=True)
        for number, each in enumerate(ends)
    ]
    search = _Search(edges, [], (0.0, 0.0, 900.0, 900.0))
    for _ in range(60):
        left, top = random.uniform(-50, 900, 2).tolist()
        room, reach = (left, top, left + 73.0, top + 28.0), float(random.uniform(1, 110))
        found = search._near(3, room, reach)
        others = np.concatenate([path for at, path in enumerate(search.paths) if at != 3])
        x, y = others.T
        inside = (x > left - reach) & (x < room[2] + reach)
        inside &= (y > top - reach) & (y < room[3] + reach)
        assert sorted(map(tuple, found.tolist())) == sorted(map(tuple, others[inside].tolist()))


@pytest.mark.slow
@pytest.mark.parametrize("call", ["graph", "export"])
@pytest.mark.parametrize("count", [120, 240])
def test_many_edges_into_one_node_are_drawn_in_time(call: str, count: int) -> None:
    lines = [f"param p{number} = {number / 100}" for number in range(count)]
    source = "\n".join([*lines, f"L = {' + '.join(f'p{number}^2' for number in range(count))}"])
    watch = Watch()
    status, _ = ask(
        call, {"source": source, **({"target": "notebook"} if call == "export" else {})}
    )
    assert status == 200
    assert not watch.past(7.0)
