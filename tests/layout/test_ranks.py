"""Columns of a layered drawing and the order within them: short links, few crossings."""

from __future__ import annotations

import pytest

from backstep.layout import graphviz_columns
from backstep.layout.crossings import crossings, ordered
from backstep.layout.ranks import narrower, ranks
from tests.layout.graphs import scattered


class TestRanks:
    @staticmethod
    def total(found: list[int], links: list[tuple[int, int]]) -> int:
        assert all(found[head] > found[tail] for tail, head in links)
        return sum(found[head] - found[tail] for tail, head in links)

    def test_leaves_come_along(self) -> None:
        """A chain 0 … 5 whose last reads 6, made of the leaves 7 and 8: those are near it."""
        links = [(at, at + 1) for at in range(5)] + [(6, 5), (7, 6), (8, 6)]
        assert ranks(9, links) == [0, 1, 2, 3, 4, 5, 4, 3, 3]

    def test_a_box_that_is_read_often_follows_its_uses(self) -> None:
        """A chain 0 … 5; 6 reads 0 and is read by 4 and 5."""
        links = [(at, at + 1) for at in range(5)] + [(0, 6), (6, 4), (6, 5)]
        assert ranks(7, links)[6] == 3

    @pytest.mark.parametrize("seed", range(10))
    def test_nearly_as_short_as_graphvizs(self, seed: int) -> None:
        boxes, links = scattered(80, seed)
        at = {box.id: index for index, box in enumerate(boxes)}
        pairs = [(at[link.tail], at[link.head]) for link in links]
        best = graphviz_columns.Arrangement(
            tuple((10.0, 10.0, 0.0) for _ in boxes),
            tuple((*pair, 0.0, 0.0) for pair in pairs),
            True,
            False,
        ).ranks
        assert self.total(ranks(80, pairs), pairs) <= 1.15 * self.total(best, pairs)

    def test_none_is_empty(self) -> None:
        found = ranks(4, [(0, 1), (2, 3)])
        assert set(found) == {0, 1}
        assert ranks(1, []) == [0]

    def test_a_circle(self) -> None:
        with pytest.raises(ValueError, match="circle"):
            ranks(3, [(0, 1), (1, 2), (2, 1)])


class TestNarrower:
    def test_leaves_leave_the_widest_rank(self) -> None:
        """A chain 0 … 3 whose last reads the leaves 4, 5 and 6, which stand beside 2."""
        links = [(0, 1), (1, 2), (2, 3), (4, 3), (5, 3), (6, 3)]
        widths = [100.0] * 7
        first = ranks(7, links)
        assert first == [0, 1, 2, 3, 2, 2, 2]
        together, *singles = narrower(first, widths, links)
        assert sorted(together.count(rank) for rank in range(4)) == [1, 2, 2, 2]
        assert len(singles) == 3
        for found in (together, *singles):
            assert all(found[head] > found[tail] for tail, head in links)
            assert found[:4] == first[:4]
            assert found.count(2) < 4

    def test_what_is_read_has_no_other_rank(self) -> None:
        assert narrower([0, 0, 0, 1], [100.0] * 4, [(0, 3), (1, 3), (2, 3)]) == []
        assert narrower([], [], []) == []


class TestCrossings:
    def test_they_are_counted(self) -> None:
        behind = [[], [], [], [(1, 1), (2, 1)], [(0, 1)], [(0, 1), (1, 1)]]
        ahead = [[(4, 1), (5, 1)], [(3, 1), (5, 1)], [(3, 1)], [], [], []]
        columns = [[0, 1, 2], [3, 4, 5]]
        # 0–4 and 0–5 cross 1–3 and 2–3; 1–5 crosses 2–3.
        assert crossings(columns, ahead, [0, 1, 2, 0, 1, 2]) == 5
        better = ordered(columns, behind, ahead)
        place = {item: at for column in better for at, item in enumerate(column)}
        assert crossings(better, ahead, [place[item] for item in range(6)]) == 0

    def test_an_order_without_any_is_kept(self) -> None:
        behind = [[], [], [(0, 1)], [(1, 1)]]
        ahead = [[(2, 1)], [(3, 1)], [], []]
        assert ordered([[0, 1], [2, 3]], behind, ahead) == [[0, 1], [2, 3]]
