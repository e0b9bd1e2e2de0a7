"""The compiled function of a network: values by name, gradients by name, refusals, threads."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import backstep
from backstep.binding.bind import bind
from backstep.binding.evaluation import evaluate
from backstep.errors import DefinitionError, RequestError, ValuesError
from backstep.evaluate.numeric import evaluate_graph
from backstep.examples import EXAMPLES, Example

NEURON = (
    "input x = 2\ntarget y = 1\nparam w = 0.5\nparam b = -0.3\nconst lambda = 0.1\n"
    "z = w*x + b\nu = sigmoid(z)\nL = (u - y)^2/2 + lambda*w^2"
)
CLASSES = """\
input X = [[1, 0.5], [-1, 2], [0.3, -0.7]]
target k = [0, 2, 1]
h = tanh(dense(X, 4))
s = dense(h, 3)
L = cross_entropy(s, k)
"""


def agree(text: str, values: dict[str, object]) -> None:
    net = backstep.Network(text)
    loss, gradients = net.compile()(values)
    wanted = net.evaluate(values)
    assert loss == pytest.approx(float(wanted.loss.value), rel=1e-14)
    assert list(gradients) == list(wanted.gradients)
    for name, partial in wanted.gradients.items():
        assert partial is not None
        np.testing.assert_allclose(np.asarray(gradients[name]), partial, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    "values", [{}, {"w": 0.7}, {"w": 3, "lambda": 0}, {"x": np.float64(1.5), "b": np.array(2)}]
)
def test_numbers_of_a_neuron(values: dict[str, object]) -> None:
    agree(NEURON, values)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"X": np.ones((3, 2))},
        {"X": [[1, 2], [3, 4], [5, 6.5]], "k": [1, 1, 0]},
        {"X": np.ones((3, 2), dtype=np.int32), "k": (2, 2, 2)},
        {"X": np.ones((2, 3)).T},
    ],
)
def test_arrays(values: dict[str, object]) -> None:
    agree(CLASSES, values)


def test_scalars_are_floats_and_tensors_arrays_of_their_shape() -> None:
    loss, gradients = backstep.Network(NEURON).compile()(w=0.7)
    assert (type(loss), type(gradients["w"])) == (float, float)
    _, gradients = backstep.Network("param W = [[1, 2]]\nL = sum(W)").compile()()
    assert np.asarray(gradients["W"]).tolist() == [[1, 1]]


def test_values_given_to_compile_are_kept_and_those_of_a_call_are_not() -> None:
    f = backstep.Network("param w = 1\nL = w^2").compile(w=3)
    assert (f()[0], f(w=4.0)[0], f()[0]) == (9, 16, 9)


def test_wrt_names_inputs_and_what_is_computed() -> None:
    net = backstep.Network(NEURON)
    _, gradients = net.compile(wrt=["u", "x", "L"])()
    wanted: Any = net.evaluate().partials
    assert {name: float(wanted[name]) for name in ("u", "x", "L")} == pytest.approx(gradients)


def test_what_the_loss_does_not_read_has_a_gradient_of_zeros() -> None:
    net = backstep.Network("param w = 2\nparam V[2] = [1, 2]\nparam q = 1\nL = w^2")
    _, gradients = net.compile()()
    assert gradients["q"] == 0
    assert np.asarray(gradients["V"]).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"v": 1.0}, "unknown_value"),
        ({"u": 1.0}, "unknown_value"),
        ({"w": [1.0]}, "value_shape"),
        ({"w": "much"}, "bad_value"),
        ({"w": True}, "bad_value"),
        ({"w": None}, "bad_value"),
    ],
)
def test_a_wrong_value_is_refused(values: dict[str, object], code: str) -> None:
    with pytest.raises(ValuesError) as caught:
        backstep.Network(NEURON).compile()(values)
    assert caught.value.faults[0].code == code


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"k": [0, 3, 1]}, "class_number"),
        ({"k": [0, 0.5, 1]}, "class_number"),
        ({"k": [0, np.nan, 1]}, "class_number"),
        ({"X": np.ones((2, 3))}, "value_shape"),
        ({"X": [[1, 2], [3], [4, 5]]}, "bad_value"),
    ],
)
def test_a_wrong_array_is_refused(values: dict[str, object], code: str) -> None:
    with pytest.raises(ValuesError) as caught:
        backstep.Network(CLASSES).compile()(values)
    assert caught.value.faults[0].code == code


def test_a_class_number_that_is_computed_and_none_is_refused() -> None:
    net = backstep.Network("input a = 1\nparam s = [1, 2]\nL = cross_entropy(s, a + 0)")
    assert net.compile()()[0] > 0
    with pytest.raises(DefinitionError, match="class number"):
        net.compile()(a=7.0)


def test_a_value_built_into_a_shape_is_refused() -> None:
    net = backstep.Network("const n = 2\nparam w[n] = [1, 2]\nL = sum(w^n)")
    with pytest.raises(ValuesError) as caught:
        net.compile()(n=3.0)
    assert caught.value.faults[0].code == "structural_value"


@pytest.mark.parametrize(("name", "code"), [("v", "unknown_name"), ("k", "no_partial")])
def test_wrt_refuses_what_has_no_partial(name: str, code: str) -> None:
    with pytest.raises(RequestError) as caught:
        backstep.Network(CLASSES).compile(wrt=["X", name])
    assert (caught.value.faults[0].code, caught.value.faults[0].pointer) == (code, "/wrt/1")


def test_answers_are_arrays_of_their_own() -> None:
    f = backstep.Network(CLASSES).compile(wrt=["X", "s"])
    _, first = f()
    kept = {name: np.array(each) for name, each in first.items()}
    X = np.full((3, 2), 5.0)
    f(X=X)
    assert all(np.array_equal(kept[name], each) for name, each in first.items())
    assert not any(np.shares_memory(X, each) for each in f(X=X)[1].values())
    np.asarray(first["X"])[...] = 0
    assert all(np.array_equal(kept[name], each) for name, each in f()[1].items())


def test_without_a_copy_arrays_are_written_over_by_the_next_call() -> None:
    f = backstep.Network(CLASSES).compile(copy=False)
    _, first = f()
    kept = {name: np.array(each) for name, each in first.items()}
    _, second = f(X=np.full((3, 2), 5.0))
    assert all(np.shares_memory(first[name], each) for name, each in second.items())
    assert not np.array_equal(first["h.W"], kept["h.W"])


def test_threads_get_what_they_asked_for() -> None:
    f = backstep.Network(CLASSES).compile()
    given = [np.full((3, 2), 0.1 * number) for number in range(8)]
    wanted = [f(X=each) for each in given]
    wrong: list[int] = []

    def ask(number: int) -> None:
        for _ in range(50):
            loss, gradients = f(X=given[number])
            alike = (np.array_equal(gradients[k], each) for k, each in wanted[number][1].items())
            if loss != wanted[number][0] or not all(alike):
                wrong.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_no_warning_is_left_to_the_caller() -> None:
    with np.errstate(all="raise"):
        loss, _ = backstep.Network("param w = [1, 2]\nL = sum(exp(w))").compile()(w=[1000, 1])
    assert loss == np.inf


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
def test_a_pass_that_is_compiled_has_the_bits_of_one_that_is_interpreted(
    example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = bind(example.source)
    monkeypatch.setattr(prepared.model, "_asked", True)
    compiled = prepared.model.computed(prepared.leaves)
    wanted = evaluate_graph(prepared.definition, prepared.leaves, prepared.model.back)
    assert compiled is not None
    assert set(compiled) <= {node.id for node in prepared.definition.graph.nodes}
    for node in (*prepared.model.facts.forward, *prepared.model.facts.partials):
        found, value = np.asarray(compiled[node.id]), wanted.value(node)
        np.testing.assert_array_equal(np.broadcast_to(found, node.shape), value)
        np.testing.assert_array_equal(np.signbit(found), np.signbit(value))


def test_the_first_pass_is_interpreted_and_the_next_are_compiled() -> None:
    text = "param w = 0.3\nL = tanh(w)^2 + 0.123"
    first = evaluate(bind(text))
    assert "_program" not in bind(text).model.__dict__
    again = evaluate(bind(text))
    assert "_program" in bind(text).model.__dict__
    assert (first.loss.value, first.gradients) == (again.loss.value, again.gradients)


@pytest.mark.parametrize(
    ("text", "at", "loss"),
    [
        # What overflows on its way alone, and digits that a tail keeps.
        ("param w = [1, 2, 3]\nL = sum(w)", [1e308, 1e308, -1e308], 1e308),
        ("param w = [1, 2]\nL = sum(log(sigmoid(w)))", [-720.0, 0.0], -720 + np.log(0.5)),
        ("param w = [1, 2]\nL = sum(step(w))", [np.nan, 1.0], np.nan),
        ("param w = [1, 2]\nL = sum(relu(w))", [np.nan, 1.0], np.nan),
        ("param w = [1, 2]\nL = max(w)", [np.inf, 1.0], np.inf),
        ("param w = [1, 2]\nL = sum(where(w > 0, sqrt(w), 0))", [-1.0, 4.0], 2.0),
    ],
)
def test_arrays_where_something_is_not_finite(text: str, at: list[float], loss: float) -> None:
    found, gradients = backstep.Network(text).compile()(w=at)
    assert found == pytest.approx(loss, rel=1e-14, nan_ok=True)
    wanted = backstep.Network(text).evaluate(w=at).gradients["w"]
    np.testing.assert_allclose(gradients["w"], np.asarray(wanted), rtol=1e-12)


def test_a_vectors_transpose_is_the_same_buffer_and_not_its_own() -> None:
    agree("param v = [1, 2, 3]\nu = exp(v)\nt = exp(u.T)\nL = sum(t) + sum(u^2)", {})


def test_an_infinite_value_beside_a_partial_of_zero() -> None:
    f = backstep.Network("input x = 1\nparam w = 1\nL = where(w > 0, x*w, 0)").compile()
    assert f(w=-1.0, x=np.inf) == (0.0, {"w": 0.0})
    f = backstep.Network("input x = [1, 1]\nparam w = 1\nL = where(w > 0, sum(x*w), 0)").compile()
    assert f(w=-1.0, x=[np.inf, np.nan]) == (0.0, {"w": 0.0})


def test_windows_that_overlap_are_added_up_anew_in_each_run() -> None:
    net = backstep.Network(
        "input x[1, 6] ~ normal(0, 1)\nparam K[2, 1, 3] ~ normal(0, 1)\n"
        "param M[1, 2, 2] ~ normal(0, 1)\nL = sum(conv1d(tanh(conv1d(x, K)), M)^2)"
    )
    f, wanted = net.compile(), net.evaluate().gradients
    for _ in range(2):
        for name, partial in f()[1].items():
            np.testing.assert_allclose(partial, np.asarray(wanted[name]), rtol=1e-12)


def test_windows_that_overlap_have_the_interpreters_bits_in_an_exact_pass() -> None:
    prepared = bind(
        "input x[1, 9] ~ normal(0, 1)\nparam K[2, 1, 4] ~ normal(0, 1)\n"
        "param M[1, 2, 5] ~ normal(0, 1)\nL = sum(conv1d(tanh(conv1d(x, K)), M)^2)"
    )
    prepared.model._asked = True
    found = prepared.model.computed(prepared.leaves)
    wanted = evaluate_graph(prepared.definition, prepared.leaves, prepared.model.back)
    assert found is not None
    for node in prepared.model.facts.partials:
        np.testing.assert_array_equal(
            np.broadcast_to(np.asarray(found[node.id]), node.shape), wanted.value(node)
        )


def test_class_numbers_are_read_anew_wherever_their_array_may_have_changed() -> None:
    f = backstep.Network(CLASSES).compile()
    numbers = np.array([0.0, 2.0, 1.0])
    shown = numbers.view()
    shown.setflags(write=False)
    wanted = f()[0]
    assert f(k=numbers)[0] == f(k=shown)[0] == wanted
    numbers[:] = [1, 1, 1]
    other = f(k=[1, 1, 1])[0]
    assert other != wanted
    assert f(k=numbers)[0] == f(k=shown)[0] == other
    assert f()[0] == wanted
    numbers[0] = 3
    numbers.setflags(write=False)
    for _ in range(2):
        with pytest.raises(ValuesError):
            f(k=numbers)
