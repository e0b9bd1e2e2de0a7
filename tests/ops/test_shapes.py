"""Shape rules: NumPy's shape where NumPy has one, and refusals that say what does not fit."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from backstep.graph.graph import Graph
from backstep.graph.parameters import Parameters
from backstep.graph.shape import Shape, ShapeError, spell
from backstep.ops import TABLE
from backstep.ops.row import Sample
from tests.ops.cases import build, cases, evaluate

SHAPES: tuple[Shape, ...] = (
    (),
    (0,),
    (1,),
    (2,),
    (3,),
    (2, 3),
    (3, 2),
    (3, 1),
    (2, 2),
    (1, 4),
    (0, 3),
    (2, 2, 3),
    (3, 3, 2),
)
USES = [
    pytest.param(name, sample, id=f"{name}-{number}")
    for name in TABLE
    for number, sample in enumerate(TABLE[name].samples)
    if sample.shapes
]


@pytest.mark.parametrize("name", TABLE)
def test_the_shape_rule_gives_numpys_shape(name: str) -> None:
    for case in cases(name):
        built = build(case)
        assert evaluate([built.node], built.points)[0].shape == built.node.shape, case.id


@pytest.mark.parametrize(("name", "sample"), USES)
def test_every_combination_is_computed_in_its_shape_or_refused_in_words(
    name: str, sample: Sample
) -> None:
    row, accepted = TABLE[name], 0
    for shapes in product(SHAPES, repeat=len(sample.shapes)):
        inputs: list[Any] = [np.zeros(shape) for shape in shapes]
        try:
            shape = row.shape_of(shapes, sample.params)
        except ShapeError as refusal:
            assert explains(str(refusal), name, shapes), str(refusal)
            continue
        accepted += 1
        if row.check is not None and row.check(*inputs, **sample.params) is not None:
            continue
        with np.errstate(all="ignore"):
            value = row.numpy(*inputs, **sample.params)
        assert np.shape(value) == shape, f"{shapes}: the rule says {shape}"
    assert row.shape_of(sample.shapes, sample.params) is not None
    assert accepted or sample.params


def explains(message: str, name: str, shapes: tuple[Shape, ...]) -> bool:
    """It names every shape, or what the operation wants and the shape or axes that are not so."""
    if all(spell(shape) in message for shape in shapes):
        return True
    wants = ("needs", "needed", "takes", "given", "broadcast", "exist")
    return any(word in message for word in wants) and any(
        spell(shape) in message or any(str(axis) in message for axis in shape) for shape in shapes
    )


REFUSED = [
    ("add", ((2, 3), (4,)), {}, "2×3 and 4 do not broadcast: sizes 3 and 4 meet in one axis"),
    ("where", ((2,), (3,), ()), {}, "2 and 3 and a scalar do not broadcast"),
    ("matmul", ((3, 4), (5,)), {}, "last axis of the left (4)"),
    ("matmul", ((3, 4), (5,)), {}, "of a vector its only one: 5"),
    ("matmul", ((3, 4), (5, 2)), {}, "the second-last of the right (5)"),
    ("matmul", ((), (3,)), {}, "for a scalar write '*'"),
    ("matmul", ((5, 1, 3), (4, 3, 2)), {}, "do not broadcast: sizes 5 and 4"),
    ("dot", ((3,), (4,)), {}, "two vectors of one length, not 3 and 4"),
    ("dot", ((3, 1), (3,)), {}, "takes vectors, not 3×1"),
    ("outer", ((), (3,)), {}, "takes vectors, not a scalar"),
    ("sum", ((2, 3),), {"axis": 2}, "axis 2 does not exist: the shape is 2×3"),
    ("mean", ((),), {"axis": 0}, "axis 0 does not exist: the shape is a scalar"),
    ("softmax", ((3,),), {"axis": 1}, "axis 1 does not exist"),
    ("softmax", ((),), {}, "axis -1 does not exist: the shape is a scalar"),
    ("log_softmax", ((2, 3),), {"axis": -3}, "axis -3 does not exist"),
    ("reshape", ((2, 3),), {"shape": (4,)}, "2×3 (6 elements) to 4 (4 elements)"),
    ("swap_last", ((3,),), {}, "a matrix is needed, not 3"),
    ("index", ((3,),), {"key": (0, 1)}, "2 indices are given, but the shape is 3"),
    ("concat", ((2, 3), (4, 3)), {"axis": 1}, "equal shapes but for axis 1: 2×3 and 4×3"),
    ("concat", ((), ()), {}, "axis 0 does not exist: the shape is a scalar"),
    ("concat", ((2,), (2, 1)), {}, "2 and 2×1"),
    ("stack", ((2,), (3,)), {}, "one shape: 2 and 3"),
    ("stack", ((2,), (2,)), {"axis": 2}, "axis 2 does not exist where what is stacked is 2"),
    ("stack", ((), ()), {"axis": 1}, "axis 1 does not exist where what is stacked is a scalar"),
    ("stack", ((), ()), {"axis": -2}, "axis -2 does not exist"),
    ("pick", ((2, 3), (3,)), {}, "one class number a row is needed: 3 against 2×3"),
    ("index", ((3,),), {"key": (3,)}, "past an axis of length 3: the shape is 3"),
    ("index", ((3,),), {"key": ((1, 4, 1),)}, "past an axis of length 3"),
    ("scatter", ((2,),), {"key": ((0, 3, 1),), "shape": (3,)}, "takes 3 of 3, not 2"),
    ("place", ((3,), (2,)), {"classes": 4}, "do not broadcast"),
    ("place", ((2,), ()), {"classes": 4}, "one class number a value is needed: a scalar against 2"),
    ("expand", ((2,),), {"shape": (2, 3), "axis": 0}, "2 cannot be repeated to 2×3 along axis 0"),
    ("broadcast_to", ((2, 3),), {"shape": (3,)}, "2×3 does not broadcast to 3"),
    ("sum_to", ((2, 3),), {"shape": (2,)}, "do not broadcast"),
    ("sum_to", ((3,),), {"shape": (2, 3)}, "3 is no broadcast of 2×3"),
]


@pytest.mark.parametrize(("name", "shapes", "params", "says"), REFUSED)
def test_what_a_refusal_says(
    name: str, shapes: tuple[Shape, ...], params: Parameters, says: str
) -> None:
    with pytest.raises(ShapeError) as refusal:
        TABLE[name].shape_of(shapes, params)
    assert says in str(refusal.value)


@pytest.mark.parametrize(("name", "sample"), USES)
def test_a_wrong_number_of_inputs_is_refused(name: str, sample: Sample) -> None:
    low, high = TABLE[name].arity
    for count in {low - 1, low if high is None else high + 1}:
        if low <= count and (high is None or count <= high):
            continue
        with pytest.raises(ShapeError, match=f"'{name}' takes {low} inputs?, {count} given"):
            TABLE[name].shape_of(sample.shapes[:1] * count, sample.params)


def test_a_refused_node_is_not_added() -> None:
    graph = Graph(TABLE)
    two = graph.apply("leaf", name="a", role="input", shape=(2,))
    three = graph.apply("leaf", name="b", role="input", shape=(3,))
    with pytest.raises(ShapeError):
        two + three
    assert graph.nodes == [two, three]
