"""Numbers of a whole definition: values, partials, where the first NaN is born, conventions met."""

from __future__ import annotations

import numpy as np
import pytest

from backstep.autodiff.gradient import differentiate
from backstep.evaluate.initial import initial_values
from backstep.evaluate.numeric import GraphValues, evaluate_graph, forward
from backstep.lang.compile.compiler import compile_text

NEURON = """\
input x = 2
target y = 1
param w = 0.5
param b = -0.3
z = w*x + b
u = sigmoid(z)
L = (u - y)^2 / 2
"""


def numbers_of(text: str) -> GraphValues:
    definition = compile_text(text)
    return evaluate_graph(definition, initial_values(definition))


def partial(numbers: GraphValues, name: str) -> np.ndarray:
    return numbers.partial(numbers.definition.names[name][-1].node)


def test_a_neuron_by_hand() -> None:
    numbers = numbers_of(NEURON)
    s = 1 / (1 + np.exp(-0.7))
    delta = (s - 1) * s * (1 - s)
    expected = {"w": 2 * delta, "b": delta, "x": 0.5 * delta, "u": s - 1, "L": 1.0, "y": 1 - s}
    for name, slope in expected.items():
        assert partial(numbers, name) == pytest.approx(slope, rel=1e-15), name
    assert numbers.value(numbers.definition.loss) == pytest.approx((s - 1) ** 2 / 2)


def test_partials_have_the_shape_of_their_nodes_also_where_the_loss_reads_none() -> None:
    numbers = numbers_of(
        "param W[2, 3] = [[1, 2, 3], [4, 5, 6]]\nparam v[3] = [1, 0, -1]\n"
        "param idle[4] = [1, 2, 3, 4]\n"
        "L = sum(W @ v)"
    )
    assert partial(numbers, "W").shape == (2, 3)
    assert partial(numbers, "v").tolist() == [5, 7, 9]
    assert partial(numbers, "idle").tolist() == [0, 0, 0, 0]


def test_every_forward_value_is_there() -> None:
    numbers = numbers_of(NEURON)
    graph = numbers.definition.graph
    assert graph.forward_count is not None
    for node in graph.nodes[: graph.forward_count]:
        assert numbers.value(node).dtype == np.float64
        assert numbers.value(node).shape == node.shape


def test_forward_computes_what_is_asked_and_no_more() -> None:
    definition = compile_text(NEURON)
    leaves = initial_values(definition)
    asked = definition.names["z"][0].node
    known = forward(definition, leaves, [asked])
    assert known[asked.id] == pytest.approx(0.7)
    assert definition.loss.id not in known


def test_a_gradient_at_hand_is_used() -> None:
    definition = compile_text(NEURON)
    back = differentiate(definition.loss)
    size = len(definition.graph.nodes)
    numbers = evaluate_graph(definition, initial_values(definition), back)
    assert numbers.back is back
    assert len(definition.graph.nodes) == size


def test_a_named_number_is_a_node_with_a_partial() -> None:
    numbers = numbers_of("param x = 3\nn = 2\nL = x^n")
    assert partial(numbers, "n") == pytest.approx(9 * np.log(3))
    assert partial(numbers, "x") == pytest.approx(6)


def test_the_first_node_that_is_not_finite_is_named() -> None:
    numbers = numbers_of("param x = 0\ny = x * 2\nz = x / y\nL = z + 1")
    (forward_birth, backward_birth) = numbers.non_finite_origins
    assert forward_birth.node is numbers.definition.names["z"][0].node
    assert (forward_birth.value, forward_birth.backward) == ("NaN", False)
    assert backward_birth.backward
    assert backward_birth.node.op == "multiply"


def test_an_overflow_is_an_infinity_born() -> None:
    (birth, _) = numbers_of("param x = 1000\nL = exp(x)").non_finite_origins
    assert (birth.node.op, birth.value) == ("exp", "∞")
    (birth, _) = numbers_of("param x = 0\nL = log(x)").non_finite_origins
    assert birth.value == "−∞"


def test_an_infinite_value_that_was_given_is_told_at_the_name_it_was_given_to() -> None:
    definition = compile_text("param x = 1\nL = x * 2")
    (birth,) = evaluate_graph(definition, {"x": np.array(np.inf)}).non_finite_origins
    assert birth.node is definition.leaves[0].node


def test_finite_numbers_have_no_births_and_smooth_points_no_conventions() -> None:
    numbers = numbers_of(NEURON)
    assert numbers.non_finite_origins == []
    assert numbers.conventions == []


def test_a_partial_may_be_infinite_where_every_value_is_finite() -> None:
    (birth,) = numbers_of("param x = 0\nL = sqrt(x)").non_finite_origins
    assert birth.backward
    assert birth.value == "∞"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("param x = 0\nL = relu(x)", ["relu_at_zero"]),
        ("param x = 0\nL = abs(x) + relu(x)", ["abs_at_zero", "relu_at_zero"]),
        ("param x = 2\nL = maximum(x, 2)", ["tie"]),
        ("param x = 0\nL = sqrt(x)", ["sqrt_at_zero"]),
        ("param x = 0\nL = 1 / x", ["division_by_zero"]),
        ("param x = 0\nL = relu(x) * 0", []),
        ("param x = -1\nL = relu(abs(x + 1) - 5)", []),
        ("param x[2] = [0, 1]\nL = sum(relu(x))", ["relu_at_zero"]),
    ],
)
def test_conventions_are_told_where_they_matter(text: str, codes: list[str]) -> None:
    numbers = numbers_of(text)
    found = numbers.conventions
    assert [convention.code for convention in found] == codes
    assert all(convention.words for convention in found)


def test_a_partial_that_is_one_number_has_the_shape_of_its_tensor() -> None:
    numbers = numbers_of("param v = [1, 2, 3]\nparam M = [[1, 2], [3, 4]]\nL = sum(v) + mean(M)")
    assert partial(numbers, "v").tolist() == [1, 1, 1]
    assert partial(numbers, "M").tolist() == [[0.25, 0.25], [0.25, 0.25]]
