"""The loop: its steps by hand, mini-batches and their order, pieces, ends, averages of examples."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from backstep.errors import RequestError
from backstep.lang.compile.compiler import compile_text
from backstep.train.examples import Examples, reread, rows_of
from backstep.train.loop import State, Training
from backstep.train.update import Update
from tests.train import by_hand
from tests.train.conftest import options

Trained = Callable[..., Training]

LINE = """\
input x = [1, 2, 3, 4, 5]
target y = [2, 4.5, 5, 8.5, 10]
param w = 0.5
param b = 0
p = w*x + b
L = mean((p - y)^2)
"""
XS, YS = [1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 4.5, 5.0, 8.5, 10.0]


def by_loop(order: list[list[int]], rate: float) -> list[tuple[float, float, float]]:
    """Loss, w and b before each update of gradient descent on a line, worked out by hand."""
    w, b, found = 0.5, 0.0, []
    for rows in order:
        errors = [w * XS[row] + b - YS[row] for row in rows]
        found.append((sum(e * e for e in errors) / len(rows), w, b))
        slope = sum(2 * e * XS[row] for e, row in zip(errors, rows, strict=True)) / len(rows)
        w, b = w - rate * slope, b - rate * sum(2 * e for e in errors) / len(rows)
    return found


def rows_at(examples: Examples, number: int) -> np.ndarray:
    """The rows of a batch that is not all of them."""
    chosen = examples.chosen(number)
    assert chosen is not None
    return chosen


@pytest.mark.parametrize("size", [5, 2, 1])
def test_steps_on_batches_are_those_of_a_loop(trained: Trained, size: int) -> None:
    training = trained(LINE, options("sgd", 0.01), size, ("x", "y"))
    order = []
    for number in range(12):
        chosen = training.examples.chosen(number)
        order.append(list(range(5)) if chosen is None else chosen.tolist())
    moments = list(training.run(training.begin(), 11))
    for moment, (loss, w, b) in zip(moments, by_loop(order, 0.01), strict=True):
        assert moment.loss == pytest.approx(loss, rel=1e-12)
        assert moment.state.vector == pytest.approx([w, b], rel=1e-12, abs=1e-13)


def test_every_epoch_reads_each_example_once_in_an_order_of_its_own(trained: Trained) -> None:
    examples = trained(LINE, options(), 2, ("x", "y")).examples
    epochs = [[rows_at(examples, 3 * epoch + at) for at in range(3)] for epoch in range(6)]
    assert [[len(rows) for rows in epoch] for epoch in epochs] == [[2, 2, 1]] * 6
    orders = [tuple(np.concatenate(epoch).tolist()) for epoch in epochs]
    assert all(sorted(order) == [0, 1, 2, 3, 4] for order in orders)
    assert len(set(orders)) > 3


def test_the_order_is_the_seeds(trained: Trained) -> None:
    def order(seed: int, shuffle: bool = True) -> list[int]:
        examples = trained(LINE, options(), 2, ("x", "y"), shuffle, seed).examples
        return [int(row) for at in range(9) for row in rows_at(examples, at)]

    assert order(7) == order(7)
    assert order(7) != order(8)
    assert order(7, shuffle=False) == [0, 1, 2, 3, 4] * 3


def test_examples_one_by_one_are_the_mean_of_their_losses() -> None:
    definition = compile_text(
        "input x = 1\ntarget y = 2\nparam w = 0.5\nparam b = 0\nL = (w*x+b-y)^2"
    )
    fixed = {leaf.name: np.zeros(()) for leaf in definition.leaves}
    start = {**fixed, "w": np.array(0.5)}
    rows = {"x": np.array(XS), "y": np.array(YS)}
    examples = Examples(rows, fixed, 5, False, 2, True, 3)
    training = Training(definition, start, examples, Update(options("sgd", 0.01)))
    order = [rows_at(examples, number).tolist() for number in range(9)]
    moments = list(training.run(training.begin(), 8))
    for moment, (loss, w, b) in zip(moments, by_loop(order, 0.01), strict=True):
        assert moment.loss == pytest.approx(loss, rel=1e-12)
        assert moment.state.vector == pytest.approx([w, b], rel=1e-12, abs=1e-13)
    whole = sum((0.5 * x - y) ** 2 for x, y in zip(XS, YS, strict=True)) / 5
    assert training.loss(training.begin().vector) == pytest.approx(whole, rel=1e-13)


def test_a_run_in_pieces_is_the_run_in_one(trained: Trained) -> None:
    training = trained(LINE, options("adam", 0.05, average=3), 2, ("x", "y"))
    whole = [moment.state for moment in training.run(training.begin(), 10)]
    again = trained(LINE, options("adam", 0.05, average=3), 2, ("x", "y"))
    middle = State(4, {name: value.copy() for name, value in whole[4].kept.items()})
    rest = [moment.state for moment in again.run(middle, 10)]
    for one, other in zip(whole[4:], rest, strict=True):
        for name, value in one.kept.items():
            assert np.array_equal(value, other.kept[name])


def test_the_gradient_is_that_of_all_parameters_and_its_norm_too(trained: Trained) -> None:
    source = (
        "param W = [[1, 2], [3, 4]]\nparam v = [0.5, -1]\nparam idle = [7, 8]\n"
        "L = sum((W @ v)^2)/2\n"
    )
    training = trained(source, options())
    moment = training.look(training.begin())
    found = {each.name: each.of(moment.gradient) for each in training.parameters}
    matrix, vector = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.5, -1.0])
    assert found["W"] == pytest.approx(np.outer(matrix @ vector, vector))
    assert found["v"] == pytest.approx(matrix.T @ matrix @ vector)
    assert found["idle"].tolist() == [0.0, 0.0]
    assert moment.norm == pytest.approx(math.hypot(*moment.gradient))


def test_a_training_ends_where_no_number_is_left(trained: Trained) -> None:
    training = trained("param w = 1\nL = w^4", options("sgd", 1.0))
    moments = list(training.run(training.begin(), 1000))
    assert training.ended(moments[-1], 1000) == "diverged"
    assert len(moments) < 20
    assert all(training.ended(moment, 1000) is None for moment in moments[:-1])


def test_a_training_ends_where_nothing_moves(trained: Trained) -> None:
    flat = "param w = 0.5\nL = (sign(w) - 2)^2"
    resting = trained(flat, options("momentum", 1.0))
    assert [resting.ended(each, 9) for each in resting.run(resting.begin(), 9)] == ["at_rest"]
    decaying = trained(flat, options("sgd", 0.1, decay=0.5))
    assert len(list(decaying.run(decaying.begin(), 9))) == 10
    rolling = trained("param w = 0.5\nL = relu(w - 0.4)", options("momentum", 0.3))
    assert len(list(rolling.run(rolling.begin(), 9))) == 10


def test_every_update_drops_others_and_the_first_those_of_the_text(trained: Trained) -> None:
    source = "param w[40] ~ ones\nh = dropout(w, 0.5)\nL = sum(h)"
    training = trained(source, options("sgd", 1e-9))
    dropped = [moment.gradient == 0 for moment in training.run(training.begin(), 3)]
    assert len({each.tobytes() for each in dropped}) == 4
    definition = compile_text(source)
    mask = next(node for node in definition.graph.nodes if node.op == "mask")
    from backstep.evaluate.numeric import forward

    assert np.array_equal(dropped[0], forward(definition, training._start, [mask])[mask.id] == 0)
    # Nothing is dropped of the loss that is told: 40 halves, each doubled.
    assert training.loss(training.begin().vector) == pytest.approx(40.0)


def test_each_example_of_an_update_and_each_update_has_masks_of_its_own() -> None:
    definition = compile_text("input x = 1\nparam w[60] ~ ones\nL = x*sum(dropout(w, 0.5))")
    start = {"x": np.ones(()), "w": np.ones(60)}
    # Of each example the gradient has a bit of its own, so that the sum tells all masks.
    rows = {"x": np.array([1.0, 2.0, 4.0])}
    examples = Examples(rows, {}, 3, False, 3, False, 0)
    training = Training(definition, start, examples, Update(options("sgd", 1e-12)))
    masks = []
    for moment in training.run(training.begin(), 3):
        drawn = np.rint(moment.gradient * 3 / 2).astype(int)
        masks += [(drawn >> at & 1).tobytes() for at in range(3)]
    assert len(set(masks)) == len(masks) == 12


def test_what_is_dropped_is_made_up_for_on_average(trained: Trained) -> None:
    training = trained("param w[8] ~ ones\nL = sum(dropout(w, 0.25))", options())
    assert training.loss(training.begin().vector) == pytest.approx(8.0)


@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_updates_and_their_rates_are_numbered_from_1(trained: Trained, name: str) -> None:
    chosen = options(name, 0.1, "step", {"gamma": 0.5, "s": 3.0})
    moments = list(trained("param w = 2\nL = w^2", chosen).run(State(0, _state(name)), 9))
    step, w = by_hand.STEPS[name](), [2.0]
    for moment, rate in zip(moments, by_hand.rates("step", 0.1, 10), strict=True):
        assert moment.rate == pytest.approx(rate, rel=1e-13)
        assert moment.state.vector == pytest.approx(w, rel=1e-12)
        w = step(w, [2 * w[0]], rate)


def _state(name: str) -> dict[str, np.ndarray]:
    return {"w": np.array([2.0])} | ({"m": np.zeros(1), "v": np.zeros(1)} if name == "adam" else {})


def test_a_gradient_of_0_on_some_examples_is_no_rest(trained: Trained) -> None:
    source = "input x = [0, 1]\ntarget y = [0, 5]\nparam w = 1\np = w*x\nL = mean((p - y)^2)"
    training = trained(source, options("sgd", 0.1), 1, ("x", "y"), shuffle=False)
    moments = list(training.run(training.begin(), 6))
    assert not moments[0].gradient.any()
    assert len(moments) == 7
    assert moments[-1].state.vector[0] > 2


def test_the_mean_of_the_iterates_is_the_first_before_there_is_another(trained: Trained) -> None:
    begun = trained("param w = [3, -1]\nL = sum(w^2)", options("sgd", 0.1, average=0)).begin()
    assert begun.kept["a"].tolist() == begun.vector.tolist() == [3.0, -1.0]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_the_sizes_of_batches_are_those_that_are_read(trained: Trained, size: int) -> None:
    examples = trained(LINE, options(), size, ("x", "y")).examples
    read = {len(examples.read(number)) for number in range(3 * examples.an_epoch)}
    assert read == examples.sizes()


def test_a_parameter_that_is_not_read_takes_no_others_gradient(trained: Trained) -> None:
    source = "param a = 2\nparam idle = [7, 8]\nparam b = [1, 3]\nL = a^2 + sum(b^2)"
    training = trained(source, options())
    assert training.look(training.begin()).gradient.tolist() == [4.0, 0.0, 0.0, 2.0, 6.0]


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        (LINE, 5),
        ("input x = 2\ntarget y = 1\nparam w = 1\nL = (w*x - y)^2", None),
        ("input x = [1, 2, -1]\ntarget y = 0.5\nparam w[3] ~ ones\nL = (dot(w, x) - y)^2", None),
        ("input x = [1, 2]\ntarget y = [0, 1]\nh = dense(x, 2)\nL = mse(h, y)", None),
        ("input x = [1, 2]\ntarget y = [0, 1]\nparam w = 1\n"
         "L = 0\nfor t in range(2):\n    L = L + (w*x[t] - y[t])^2", None),
        ("input X[4, 2] ~ ones\ntarget y[4] ~ zeros\nh = dense(X, 1)\nL = mse(h[:, 0], y)", 4),
        ("input X[4, 2] ~ ones\ntarget y[4] ~ zeros\nh = reshape(dense(X, 1), 4)\nL = mse(h, y)",
         None),
    ],
)  # fmt: skip
def test_a_batch_is_told_from_an_example(source: str, rows: int | None) -> None:
    assert rows_of(compile_text(source)) == rows


def test_what_is_no_batch_is_refused_with_its_line() -> None:
    with pytest.raises(RequestError, match=r"for 3 examples .* line 3: shapes do not fit"):
        reread(compile_text("input x[4] ~ ones\nparam w[4] ~ ones\nL = sum(w*x)"), ["x"], 3)
    with pytest.raises(RequestError, match="other parameters"):
        reread(compile_text("input x[4] ~ ones\nh = dense(x, 2)\nL = sum(h)"), ["x"], 3)
