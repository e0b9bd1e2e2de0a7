"""The backward pass: what is gathered where, in which order, and what passes a boundary."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backstep.autodiff.gradient import differentiate
from backstep.autodiff.reverse import Backward, backward
from backstep.evaluate.finite_differences import five_point
from backstep.graph.graph import Graph
from backstep.graph.node import Node, literal
from backstep.graph.order import ancestors, uses
from backstep.graph.shape import Shape, ShapeError
from backstep.ops import TABLE
from backstep.ops.row import Array, operation
from backstep.simplify.rewrite import simplify
from tests.ops.cases import evaluate

exp, tanh, relu, step = (operation(name) for name in ("exp", "tanh", "relu", "step"))
total, index, log, sign = (operation(name) for name in ("sum", "index", "log", "sign"))


def leaf(graph: Graph, name: str = "x", shape: Shape = ()) -> Node:
    return graph.apply("leaf", name=name, role="param", shape=shape)


def value(node: Node | None, known: dict[int, Array]) -> float:
    assert node is not None
    return float(evaluate([node], known)[0])


def test_one_neuron_by_hand() -> None:
    """σ(w·x + b) at w = ½, x = 2, b = −0.3, squared against 1: worked out on paper."""
    graph = Graph(TABLE)
    w, x, b = (leaf(graph, name) for name in "wxb")
    u = graph.apply("sigmoid", w * x + b)
    loss = (u - 1) ** 2
    back = differentiate(loss)
    known = {w.id: np.array(0.5), x.id: np.array(2.0), b.id: np.array(-0.3)}
    s = 1 / (1 + np.exp(-0.7))
    delta = 2 * (s - 1) * s * (1 - s)
    assert value(back.adjoints[loss.id], known) == 1
    assert value(back.adjoints[u.id], known) == pytest.approx(2 * (s - 1))
    assert value(back.adjoints[b.id], known) == pytest.approx(delta)
    assert value(back.adjoints[w.id], known) == pytest.approx(2 * delta)
    assert value(back.adjoints[x.id], known) == pytest.approx(0.5 * delta)


def test_contributions_are_one_a_use_in_the_order_of_the_text() -> None:
    graph = Graph(TABLE)
    x = leaf(graph)
    square, shifted = x * x, x + 1
    loss = square * shifted
    back = differentiate(loss)
    found = back.contributions[x.id]
    assert [(part.use, part.position) for part in found] == [
        (square, 0),
        (square, 1),
        (shifted, 0),
    ]
    known = {x.id: np.array(3.0)}
    assert [value(part.partial, known) for part in found] == [12, 12, 9]
    assert value(back.adjoints[x.id], known) == 33
    assert [(part.use, part.position) for part in found] == uses(ancestors([loss]))[x.id]


def test_a_written_number_receives_nothing() -> None:
    graph = Graph(TABLE)
    x = leaf(graph)
    loss = 3 * x - 2
    back = differentiate(loss)
    assert set(back.contributions) == {x.id, loss.nodes[0].id}


def test_a_seed_other_than_1_scales_everything() -> None:
    graph = Graph(TABLE)
    x = leaf(graph, shape=(2,))
    out = exp(x)
    graph.seal(simplify)
    seed = graph.apply("seed", name="u", shape=(2,))
    back = backward(out, ancestors([out]), TABLE, seed)
    assert back.adjoints[out.id] is seed
    (found,) = evaluate(
        [present(back.adjoints[x.id])], {x.id: np.zeros(2), seed.id: np.array([2.0, -3.0])}
    )
    np.testing.assert_array_equal(found, [2.0, -3.0])


def present(node: Node | None) -> Node:
    assert node is not None
    return node


def test_where_nothing_flows_the_reason_is_kept() -> None:
    graph = Graph(TABLE)
    x = leaf(graph)
    flat = step(x)
    loss = flat * 2
    back = differentiate(loss)
    (part,) = back.contributions[x.id]
    assert part.partial is None
    assert part.reason is not None
    assert "flat" in part.reason
    assert back.adjoints[x.id] is None
    assert back.adjoints[flat.id] is not None


def test_nothing_is_sent_on_from_where_nothing_arrives() -> None:
    graph = Graph(TABLE)
    x = leaf(graph)
    inner = exp(x)
    loss = sign(inner)
    back = differentiate(loss)
    assert back.adjoints[inner.id] is None
    assert x.id not in back.contributions
    assert back.adjoints[x.id] is None


def test_a_flat_use_beside_a_live_one_adds_nothing() -> None:
    graph = Graph(TABLE)
    x = leaf(graph)
    loss = step(x) + exp(x)
    back = differentiate(loss)
    assert [part.partial is None for part in back.contributions[x.id]] == [True, False]
    assert value(back.adjoints[x.id], {x.id: np.array(0.0)}) == 1


def test_a_block_gathers_at_its_boundary_and_passes_nothing_on() -> None:
    graph = Graph(TABLE)
    x = leaf(graph)
    before = exp(x)
    inner = before * before
    after = tanh(inner)
    graph.seal(simplify)
    seed = graph.apply("seed", name="g", shape=())
    back = backward(after, [inner, after], TABLE, seed)
    assert set(back.adjoints) == {before.id, inner.id, after.id}
    assert x.id not in back.contributions
    known = {x.id: np.array(0.3), seed.id: np.array(2.0)}
    t = np.tanh(np.exp(0.6))
    assert value(back.adjoints[before.id], known) == pytest.approx(4 * (1 - t**2) * np.exp(0.3))


def test_what_the_loss_does_not_read_is_in_no_pass() -> None:
    graph = Graph(TABLE)
    x, y = leaf(graph, "x"), leaf(graph, "y")
    aside = exp(y)
    loss = x * 2
    back = differentiate(loss)
    assert y.id not in back.adjoints
    assert aside.id not in back.adjoints


def test_differentiating_leaves_the_forward_part_as_it_was() -> None:
    graph = Graph(TABLE)
    x = leaf(graph, shape=(3,))
    loss = total(relu(x * 1) + 0)
    before = [(n.id, n.op, n.inputs, n.params, n.shape) for n in graph.nodes]
    differentiate(loss)
    after = [(n.id, n.op, n.inputs, n.params, n.shape) for n in graph.nodes[: len(before)]]
    assert before == after
    assert graph.forward_count == len(before)


def test_differentiating_again_finds_the_same_nodes() -> None:
    graph = Graph(TABLE)
    x = leaf(graph, shape=(3,))
    loss = total(tanh(x) * x)
    first = differentiate(loss)
    size = len(graph.nodes)
    assert differentiate(loss) == first
    assert len(graph.nodes) == size


def test_a_gradient_is_differentiated_like_any_node() -> None:
    graph = Graph(TABLE)
    x = leaf(graph)
    loss = x**3
    slope = present(differentiate(loss).adjoints[x.id])
    curve = present(backward(slope, ancestors([slope]), TABLE).adjoints[x.id])
    third = present(backward(curve, ancestors([curve]), TABLE).adjoints[x.id])
    known = {x.id: np.array(5.0)}
    assert [value(node, known) for node in (slope, curve, third)] == [75, 30, 6]


def test_a_long_chain_costs_a_few_nodes_a_link_and_no_deep_stack() -> None:
    sizes = []
    for length in (500, 1000):
        graph = Graph(TABLE)
        x = node = leaf(graph)
        for _ in range(length):
            node = tanh(node)
        differentiate(node)
        sizes.append(len(graph.nodes))
        assert x.id in differentiate(node).adjoints
    assert sizes[1] - sizes[0] <= 500 * 5


def test_a_value_read_often_is_derived_once() -> None:
    """Doubling thirty times reads 2³⁰ paths; the pass has a node a use."""
    graph = Graph(TABLE)
    x = node = leaf(graph)
    for _ in range(30):
        node = node + node
    back = differentiate(node)
    assert len(graph.nodes) < 150
    assert value(back.adjoints[x.id], {x.id: np.array(1.0)}) == 2.0**30


def test_a_seed_that_is_a_plain_node_still_wins_with_its_zeros() -> None:
    graph = Graph(TABLE)
    x, c = leaf(graph, "x", (2,)), leaf(graph, "c", (2,))
    out = log(x)
    graph.seal(simplify)
    back = backward(out, ancestors([out]), TABLE, c)
    known = {x.id: np.array([0.0, 2.0]), c.id: np.array([0.0, 1.0])}
    np.testing.assert_array_equal(evaluate([present(back.adjoints[x.id])], known)[0], [0.0, 0.5])


def test_a_factor_of_0_wins_over_what_is_behind_it() -> None:
    graph = Graph(TABLE)
    x = leaf(graph, shape=(2,))
    loss = total(0 * log(x))
    back = differentiate(loss)
    (found,) = evaluate([present(back.adjoints[x.id])], {x.id: np.array([0.0, -1.0])})
    np.testing.assert_array_equal(found, [0.0, 0.0])


def test_every_partial_has_the_shape_of_its_node() -> None:
    graph = Graph(TABLE)
    w, x, b = leaf(graph, "W", (4, 3)), leaf(graph, "X", (5, 3)), leaf(graph, "b", (4,))
    hidden = relu(x @ w.T + b) * graph.constant(literal(2))
    loss = total(hidden * hidden)
    back = differentiate(loss)
    for node in ancestors([loss]):
        adjoint = back.adjoints[node.id]
        if adjoint is not None:
            assert adjoint.shape == node.shape, node


UNARY = ["exp", "tanh", "sigmoid", "sin", "cos", "square", "negate"]
BINARY = ["add", "subtract", "multiply", "matmul", "outer", "dot"]
STEPS = st.lists(
    st.tuples(st.sampled_from(UNARY + BINARY), st.integers(0, 9), st.integers(0, 9)),
    min_size=1,
    max_size=9,
)


def network(steps: list[tuple[str, int, int]]) -> tuple[list[Node], Node]:
    """Leaves and a scalar loss of a network that reads each value as often as it happens to."""
    graph = Graph(TABLE)
    leaves = [leaf(graph, "a"), leaf(graph, "v", (3,)), leaf(graph, "W", (3, 3))]
    made = list(leaves)
    for op, first, second in steps:
        inputs = [made[-1 - first % len(made)], made[-1 - second % len(made)]]
        try:
            made.append(tanh(graph.apply(op, *inputs[: TABLE[op].arity[0]])))
        except ShapeError:
            continue
    loss = made[-1]
    return leaves, total(loss * loss) if loss.shape else loss


@settings(max_examples=60, deadline=None)
@given(STEPS, st.integers(0, 1000))
def test_random_networks_agree_with_differences(
    steps: list[tuple[str, int, int]], seed: int
) -> None:
    leaves, loss = network(steps)
    back: Backward = differentiate(loss)
    random = np.random.default_rng(seed)
    points = {node.id: random.normal(0, 0.7, node.shape) for node in leaves}
    way = {node.id: random.normal(size=node.shape) for node in leaves}

    def along(t: float) -> float:
        at = {key: np.asarray(points[key] + t * way[key]) for key in points}
        return float(evaluate([loss], at)[0])

    slope = sum(
        float(np.sum(evaluate([adjoint], points)[0] * way[node.id]))
        for node in leaves
        if (adjoint := back.adjoints.get(node.id)) is not None
    )
    found = five_point(along, 0.0)
    assert abs(found.value - slope) <= 30 * found.error + 1e-8 * (1 + abs(slope))
