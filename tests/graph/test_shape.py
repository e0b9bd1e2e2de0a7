"""Shapes: broadcasting as NumPy does it, axes, and refusals that a student can read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstep.graph.shape import Shape, ShapeError, axis_index, broadcast, size, spell

AXES = st.lists(st.sampled_from([0, 1, 1, 2, 3]), max_size=4).map(tuple)


@given(st.lists(AXES, min_size=1, max_size=4))
def test_broadcasting_is_numpys(shapes: list[Shape]) -> None:
    try:
        expected = np.broadcast_shapes(*shapes)
    except ValueError:
        with pytest.raises(ShapeError):
            broadcast(*shapes)
        return
    assert broadcast(*shapes) == expected


def test_a_refusal_names_the_shapes_and_the_sizes_that_meet() -> None:
    with pytest.raises(ShapeError) as refusal:
        broadcast((2, 3), (4,))
    assert str(refusal.value) == (
        "2×3 and 4 do not broadcast: sizes 3 and 4 meet in one axis; "
        "they must be equal or one of them 1"
    )


def test_an_axis_of_no_elements_broadcasts_with_1_alone() -> None:
    assert broadcast((0, 3), (1, 1)) == (0, 3)
    with pytest.raises(ShapeError, match="sizes 0 and 2"):
        broadcast((0,), (2,))


@pytest.mark.parametrize(
    ("shape", "spelled", "count"), [((), "a scalar", 1), ((4,), "4", 4), ((3, 0, 2), "3×0×2", 0)]
)
def test_a_shape_in_words_and_its_size(shape: Shape, spelled: str, count: int) -> None:
    assert spell(shape) == spelled
    assert size(shape) == count


@pytest.mark.parametrize(("axis", "place"), [(0, 0), (1, 1), (-1, 1), (-2, 0)])
def test_an_axis_counts_from_either_end(axis: int, place: int) -> None:
    assert axis_index(axis, (2, 3)) == place


@pytest.mark.parametrize("axis", [2, -3])
def test_an_axis_there_is_not(axis: int) -> None:
    with pytest.raises(ShapeError, match=f"axis {axis} does not exist: the shape is 2×3"):
        axis_index(axis, (2, 3))
