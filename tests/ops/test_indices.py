"""Static indices: the elements they take, the text they are written by, and what is refused."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from backstep.autodiff.gradient import differentiate
from backstep.evaluate.numeric import compute
from backstep.graph.graph import Graph
from backstep.graph.shape import ShapeError
from backstep.ops import TABLE

VECTOR = np.array([3.0, 1.0, 4.0, 1.5, 9.0])
SLICES = ["1:4", "0:5:2", "4:0:-1", "::-1", "::-2", "3::-1", "1::-1", "2:2", ":", "4:1:-2"]


def key_of(text: str) -> tuple[int, int, int]:
    """What a slice of the vector is once it is read."""
    parts = [int(part) if part else None for part in text.split(":")]
    places = range(*slice(*parts).indices(len(VECTOR)))
    return places.start, places.stop, places.step


def sliced(text: str) -> Any:
    return VECTOR[slice(*(int(part) if part else None for part in text.split(":")))]


@pytest.mark.parametrize("text", SLICES)
def test_a_slice_takes_numpys_elements_and_puts_them_back(text: str) -> None:
    key = (key_of(text),)
    taken = TABLE["index"].numpy(VECTOR, key=key)
    assert taken.tolist() == sliced(text).tolist()
    assert TABLE["index"].shape_of((VECTOR.shape,), {"key": key}) == taken.shape
    back = TABLE["scatter"].numpy(taken, key=key, shape=VECTOR.shape)
    kept = np.isin(np.arange(len(VECTOR)), range(*key[0]))
    assert back.tolist() == np.where(kept, VECTOR, 0.0).tolist()


@pytest.mark.parametrize("text", SLICES)
def test_a_slice_is_written_as_it_is_read(text: str) -> None:
    written = TABLE["index"].notation.text("x", key=(key_of(text),))
    assert written.startswith("x[")
    assert written.endswith("]")
    assert sliced(written[2:-1]).tolist() == sliced(text).tolist()


def test_places_within_an_axis_are_taken_and_all_others_refused() -> None:
    for start, stop, step in product(range(-2, 8), range(-3, 8), (-2, -1, 1, 2)):
        places = range(start, stop, step)
        right = all(0 <= place < len(VECTOR) for place in places)
        try:
            shape = TABLE["index"].shape_of((VECTOR.shape,), {"key": ((start, stop, step),)})
        except ShapeError:
            assert not right
        else:
            assert right
            assert shape == (len(places),)
    for place in (-1, 5):
        with pytest.raises(ShapeError):
            TABLE["index"].shape_of((VECTOR.shape,), {"key": (place,)})


def test_what_is_joined_comes_apart_where_it_was_joined() -> None:
    graph = Graph(TABLE)
    pieces = [graph.apply("leaf", name=f"x{n}", role="param", shape=(2, n)) for n in (1, 3, 2)]
    whole = graph.apply("concat", *pieces, axis=1)
    weights = np.arange(12.0).reshape(2, 6)
    factor = graph.apply("leaf", name="w", role="input", shape=(2, 6))
    back = differentiate(graph.apply("sum", whole * factor))
    known = {each.id: np.ones(each.shape) for each in pieces} | {factor.id: weights}
    found = []
    for each in pieces:
        adjoint = back.adjoints[each.id]
        assert adjoint is not None
        found.append(compute([adjoint], known)[adjoint.id])
    assert np.array_equal(np.concatenate(found, axis=1), weights)


@pytest.mark.parametrize(
    ("label", "right"),
    [(0, True), (2, True), (3, False), (-1, False), (1.5, False), (np.nan, False)],
)
def test_a_class_number_is_one_of_the_classes(label: float, right: bool) -> None:
    check = TABLE["pick"].check
    assert check is not None
    said = check(np.zeros(3), np.array(label))
    assert (said is None) == right
    assert said is None or "from 0 to 2" in said
