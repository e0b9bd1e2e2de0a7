"""Views: which nodes are drawn as one, their edges in order, and what travels along each edge."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backstep.autodiff.gradient import differentiate
from backstep.autodiff.zoom import Vertex, View, named_seed, pullback, unit, view
from backstep.graph.graph import Graph
from backstep.graph.node import Node
from backstep.ops import TABLE
from backstep.ops.row import Array, operation
from tests.ops.cases import evaluate

exp, step, tanh = operation("exp"), operation("step"), operation("tanh")


class Neuron:
    """tanh(w·x + b)², with everything between w·x and the square there to be folded."""

    def __init__(self) -> None:
        self.graph = graph = Graph(TABLE)
        self.w, self.x, self.b = (
            graph.apply("leaf", name=name, role="param", shape=()) for name in "wxb"
        )
        self.product = self.w * self.x
        self.total = self.product + self.b
        self.out = tanh(self.total)
        self.loss = self.out * self.out
        self.back = differentiate(self.loss)
        self.forward = graph.nodes[: graph.forward_count]
        self.known: dict[int, Array] = {
            self.w.id: np.array(0.5),
            self.x.id: np.array(2.0),
            self.b.id: np.array(-0.3),
        }

    def value(self, node: Node | None) -> float:
        assert node is not None
        return float(evaluate([node], self.known)[0])


def vertex_of(drawn: View, node: Node) -> Vertex:
    return next(vertex for vertex in drawn.vertices if vertex.node is node)


def test_unfolded_every_node_is_drawn_leaves_first_and_every_use_is_an_edge() -> None:
    n = Neuron()
    drawn = view(n.forward)
    assert [vertex.node for vertex in drawn.vertices] == [
        n.w, n.x, n.b, n.product, n.total, n.out, n.loss,
    ]  # fmt: skip
    assert [link.id for link in vertex_of(drawn, n.loss).links] == [
        f"n{n.out.id}-n{n.loss.id}-0",
        f"n{n.out.id}-n{n.loss.id}-1",
    ]
    assert [link.position for link in drawn.uses[n.out.id]] == [0, 1]
    assert len({vertex.id for vertex in drawn.vertices}) == len(drawn.vertices)


def test_leaves_come_first_even_where_the_text_declares_them_late() -> None:
    graph = Graph(TABLE)
    x = graph.apply("leaf", name="x", role="input", shape=())
    early = exp(x)
    late = graph.apply("leaf", name="y", role="input", shape=())
    last = early * late
    assert [vertex.node for vertex in view(graph.nodes).vertices] == [x, late, early, last]


def test_a_group_is_one_vertex_with_one_edge_a_source() -> None:
    n = Neuron()
    group = (n.product, n.total, n.out)
    drawn = view(n.forward, [group])
    assert [vertex.node for vertex in drawn.vertices] == [n.w, n.x, n.b, n.out, n.loss]
    folded = vertex_of(drawn, n.out)
    assert folded.members == group
    assert [link.source for link in folded.links] == [n.w, n.x, n.b]
    assert all(link.position is None for link in folded.links)
    assert [link.use for link in drawn.uses[n.w.id]] == [n.out]


def test_a_group_that_reads_a_node_twice_has_one_edge_from_it() -> None:
    graph = Graph(TABLE)
    x = graph.apply("leaf", name="x", role="input", shape=())
    square = x * x
    top = square + x
    graph.seal()
    (link,) = view(graph.nodes, [(square, top)]).vertices[-1].links
    assert link.source is x
    assert link.id == f"n{x.id}-n{top.id}-0"


def test_what_an_edge_carries_adds_up_to_the_partial() -> None:
    n = Neuron()
    for groups in ([], [(n.product, n.total, n.out)], [(n.total, n.out)]):
        drawn = view(n.forward, groups)
        arrived: dict[int, float] = {}
        for vertex in drawn.vertices:
            adjoint = n.back.adjoints[vertex.node.id]
            assert adjoint is not None
            for link in vertex.links:
                carried = n.value(pullback(vertex, adjoint)[link.id].partial)
                arrived[link.source.id] = arrived.get(link.source.id, 0.0) + carried
        for key, amount in arrived.items():
            assert amount == pytest.approx(n.value(n.back.adjoints[key]), rel=1e-14)


def test_with_the_number_1_coming_in_an_edge_carries_its_local_derivative() -> None:
    n = Neuron()
    drawn = view(n.forward, [(n.product, n.total, n.out)])
    folded = vertex_of(drawn, n.out)
    local = pullback(folded, unit(folded))
    slope = 1 - np.tanh(0.7) ** 2
    found = [n.value(local[link.id].partial) for link in folded.links]
    assert found == pytest.approx([2 * slope, 0.5 * slope, slope])


def test_a_named_partial_stands_for_whatever_comes_in() -> None:
    n = Neuron()
    vertex = vertex_of(view(n.forward), n.out)
    seed = named_seed(vertex)
    assert seed.shape == n.out.shape
    assert named_seed(vertex) is seed
    carried = pullback(vertex, seed)[vertex.links[0].id].partial
    n.known[seed.id] = np.array(10.0)
    assert n.value(carried) == pytest.approx(10 * (1 - np.tanh(0.7) ** 2))


def test_an_edge_along_which_nothing_flows_says_why() -> None:
    graph = Graph(TABLE)
    x = graph.apply("leaf", name="x", role="input", shape=())
    node = step(x)
    graph.seal()
    (vertex,) = view(graph.nodes).vertices[1:]
    (answer,) = pullback(vertex, unit(vertex)).values()
    assert answer.partial is None
    assert answer.reason is not None
    assert vertex.node is node


def test_a_group_with_one_live_path_gives_no_reason() -> None:
    graph = Graph(TABLE)
    x = graph.apply("leaf", name="x", role="input", shape=())
    flat, live = step(x), exp(x)
    top = flat * live
    graph.seal()
    vertex = view(graph.nodes, [(flat, live, top)]).vertices[-1]
    (answer,) = pullback(vertex, unit(vertex)).values()
    assert answer.partial is not None
    assert answer.reason is None


def test_a_node_of_a_group_that_is_read_from_outside_is_a_vertex_of_its_own() -> None:
    graph = Graph(TABLE)
    x = graph.apply("leaf", name="x", role="input", shape=())
    inner = exp(x)
    cell = tanh(inner)
    state = inner * 2
    graph.seal()
    drawn = view(graph.nodes, [(inner, cell, state)])
    assert [vertex.node for vertex in drawn.vertices] == [x, inner, cell, state]
    drawn = view([x, inner, cell], [(inner, cell)])
    assert [vertex.node for vertex in drawn.vertices] == [x, cell]


def test_a_group_of_two_outputs_is_as_few_vertices_as_can_be() -> None:
    graph = Graph(TABLE)
    x = graph.apply("leaf", name="x", role="input", shape=())
    gate = exp(x)
    cell = tanh(gate) * gate
    out = tanh(cell)
    last = out + cell
    graph.seal()
    group = graph.nodes[1:-1]
    drawn = view(graph.nodes, [group])
    assert [vertex.node for vertex in drawn.vertices] == [x, cell, out, last]
    assert vertex_of(drawn, cell).members == (gate, cell.inputs[0], cell)


def test_what_stops_inside_a_group_is_told_at_its_edge() -> None:
    graph = Graph(TABLE)
    x = graph.apply("leaf", name="x", role="input", shape=())
    inner = exp(x)
    top = step(inner)
    graph.seal()
    (vertex,) = view(graph.nodes, [(inner, top)]).vertices[1:]
    (answer,) = pullback(vertex, unit(vertex)).values()
    assert answer.partial is None
    assert answer.reason is not None
    assert "flat" in answer.reason


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["exp", "tanh", "sin", "add", "multiply", "subtract"]),
        st.integers(0, 6),
        st.integers(0, 6),
    ),
    min_size=2,
    max_size=10,
)


@settings(max_examples=80, deadline=None)
@given(STEPS, st.lists(st.integers(0, 12), max_size=4))
def test_however_nodes_are_grouped_the_edges_carry_the_whole_partial(
    steps: list[tuple[str, int, int]], cuts: list[int]
) -> None:
    graph = Graph(TABLE)
    made = [graph.apply("leaf", name=name, role="param", shape=()) for name in "ab"]
    for op, first, second in steps:
        reads = [made[-1 - first % len(made)], made[-1 - second % len(made)]]
        node = graph.apply(op, *reads[: TABLE[op].arity[0]])
        made.append(tanh(node) if op == "multiply" else node)
    back = differentiate(made[-1])
    inner = graph.nodes[2 : graph.forward_count]
    ends = [0, *sorted({cut % (len(inner) + 1) for cut in cuts}), len(inner)]
    groups = [inner[start:end] for start, end in pairwise(ends) if end > start]
    drawn = view(graph.nodes[: graph.forward_count], groups)
    known = {made[0].id: np.array(0.4), made[1].id: np.array(-0.3)}
    arrived: dict[int, float] = {}
    for vertex in drawn.vertices:
        adjoint = back.adjoints.get(vertex.node.id)
        if adjoint is None:
            continue
        for link in vertex.links:
            partial = pullback(vertex, adjoint)[link.id].partial
            assert partial is not None
            carried = float(evaluate([partial], known)[0])
            arrived[link.source.id] = arrived.get(link.source.id, 0.0) + carried
    for key, amount in arrived.items():
        adjoint = back.adjoints[key]
        assert adjoint is not None
        whole = float(evaluate([adjoint], known)[0])
        assert abs(amount - whole) <= 1e-9 * (1 + abs(whole))
