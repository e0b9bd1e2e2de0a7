"""Tensors as small pictures: which cell stands for what, and the paths that draw the cells."""

from __future__ import annotations

import numpy as np
import pytest

from backstep.drawing.heat import MOST_COLUMNS, MOST_ROWS, Heat, heat, level_name, paths


def test_a_small_matrix_keeps_every_element() -> None:
    assert heat(np.array([[1.0, -1.0], [0.0, 0.4]])) == Heat(2, 2, "kafh")


@pytest.mark.parametrize(
    ("shape", "rows", "columns"),
    [
        ((10,), 10, 1),
        ((28,), MOST_ROWS, 1),
        ((784,), MOST_ROWS, 1),
        ((1, 784), 1, MOST_COLUMNS),
        ((50, 1), MOST_ROWS, 1),
        ((256, 784), MOST_ROWS, MOST_COLUMNS),
        ((3, 4, 5), 12, 5),
        ((0,), 1, 1),
    ],
)
def test_it_is_never_larger_than_can_be_read(
    shape: tuple[int, ...], rows: int, columns: int
) -> None:
    made = heat(np.ones(shape))
    assert (made.rows, made.columns) == (rows, columns)
    assert len(made.cells) == rows * columns


def test_a_cell_is_the_mean_of_its_block() -> None:
    array = np.zeros((28, 56))
    array[:2, :2] = [[4.0, 4.0], [4.0, 4.0]]
    array[2:4, 2:4] = [[-2.0, -2.0], [-2.0, -2.0]]
    array[26:, 54:] = [[2.0, -2.0], [2.0, -2.0]]
    cells = heat(array).cells
    assert cells[0] == "k"
    assert cells[MOST_COLUMNS + 1] == "c"
    assert cells[-1] == "f"


def test_sizes_are_shares_of_the_largest() -> None:
    assert heat(np.array([5e-9, 1e-9, -3e-9])) == heat(np.array([5e9, 1e9, -3e9]))


def test_what_is_not_finite_says_so() -> None:
    assert heat(np.array([np.nan, 1.0, np.inf])).cells == "zkz"
    assert heat(np.array([np.nan])).cells == "z"


def test_a_level_is_one_path_of_runs() -> None:
    drawn = paths(Heat(2, 3, "kkafkf"))
    assert drawn == {"down-5": "M2 0h1v1h-1z", "up-5": "M0 0h2v1h-2zM1 1h1v1h-1z"}
    assert paths(Heat(1, 2, "ff")) == {}
    assert paths(Heat(1, 1, "z")) == {"unknown": "M0 0h1v1h-1z"}


def test_letters_name_their_levels() -> None:
    assert [level_name(cell) for cell in "aefgk"] == ["down-5", "down-1", None, "up-1", "up-5"]
