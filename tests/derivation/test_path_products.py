"""`/paths`: counted before they are listed, and their products sum to the partial."""

from __future__ import annotations

from math import isclose
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backstep.binding.bind import bind
from backstep.derivation.path_products import path_list
from backstep.errors import RequestError
from backstep.examples import EXAMPLES
from tests.asking import CALLS, plain

SOURCES = {example.id: example.source for example in EXAMPLES}
NEURON = SOURCES["toy-neuron"]

DIAMONDS = """\
param x = 0.5
h = x
for t in range({times}):
    a = 2*h
    b = 3*h
    h = a + b
L = h
"""

UNITS = ["{} + {}", "{} * {}", "{} - 2*{}", "sigmoid({}) * {}", "tanh({} + {})", "{}^2 + {}"]


@st.composite
def networks(draw: Any) -> str:
    """Definitions of scalars alone, each reading any two that stand before it."""
    names = ["w", "x"]
    lines = ["param w = 0.7", "input x = -0.4"]
    for number in range(draw(st.integers(1, 6))):
        unit = draw(st.sampled_from(UNITS))
        given_names = [draw(st.sampled_from(names)) for _ in range(2)]
        lines.append(f"v{number} = {unit.format(*given_names)}")
        names.append(f"v{number}")
    lines.append(f"L = {' + '.join(names[2:])}")
    return "\n".join(lines) + "\n"


def ask(source: str, of: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = plain(path_list(bind(source), of, **more))
    return found


def close(one: float, other: float) -> bool:
    return isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)


@settings(max_examples=30, deadline=None)
@given(networks(), st.sampled_from(["block", "tensor", "scalar"]))
def test_products_along_paths_sum_to_the_partial(source: str, zoom: str) -> None:
    found = ask(source, "w", zoom=zoom, most=500)
    if found["reason"] is None:
        assert found["count"] == found["listed"] == len(found["paths"])
        assert len({tuple(path["edges"]) for path in found["paths"]}) == found["count"]
        assert close(found["sum"], found["partial"])


@settings(max_examples=10, deadline=None)
@given(networks())
def test_paths_are_those_a_search_of_the_whole_graph_finds(source: str) -> None:
    found = ask(source, "w", zoom="tensor", most=500)
    edges = {edge for path in found["paths"] for edge in path["edges"]}
    onward: dict[str, set[str]] = {}
    for edge in edges:
        onward.setdefault(edge.split("-")[0], set()).add(edge)
    ends = {path["nodes"][-1] for path in found["paths"]}

    def search(node: str) -> int:
        return 1 if node in ends else sum(search(edge.split("-")[1]) for edge in onward[node])

    if found["paths"]:
        assert search(found["paths"][0]["nodes"][0]) == found["count"]


def test_the_two_paths_of_the_toy_neuron() -> None:
    found = ask(NEURON, "w")
    assert [path["names"] for path in found["paths"]] == [
        ["w", "z", "u", "l", "L"],
        ["w", "r", "L"],
    ]
    data, penalty = found["paths"]
    assert [factor["text"] for factor in data["factors"]] == ["1", "u - y", "u*(1 - u)", "x"]
    assert penalty["product"] == pytest.approx(0.1)
    assert found["sum"] == pytest.approx(found["partial"])
    assert found["latex"].count(r"\partial L") == 3


def test_many_paths_are_counted_and_not_listed() -> None:
    found = ask(DIAMONDS.format(times=10), "x", most=500)
    assert (found["count"], found["listed"], found["paths"]) == (2**10, 0, [])
    assert "1,024 paths" in found["reason"]
    assert found["sum"] is None
    assert found["partial"] == 5.0**10


def test_counts_past_what_json_holds_are_digits_or_words() -> None:
    exact = ask(DIAMONDS.format(times=60), "x")
    assert exact["count"] == str(2**60)
    far = ask(DIAMONDS.format(times=1200), "x")
    assert far["count"] is None
    assert far["said"] == "about 10^361"


def test_few_long_paths_are_not_listed_past_the_limit_on_edges() -> None:
    source = "param x = 1\nh = x\nfor t in range(9000):\n    h = h + 1\nL = h + x + 2*x\n"
    found = ask(source, "x", zoom="tensor")
    assert found["count"] == 3
    assert found["listed"] == 0
    assert "edges" in found["reason"]


def test_an_element_of_a_tensor_is_one_number_of_the_network() -> None:
    source = SOURCES["softmax-layer"]
    found = ask(source, "W[0,1]")
    assert found["elements"]
    assert found["count"] == 3
    assert found["paths"][0]["names"] == ["W₀,₁", "q₀", "h₀", "a₀", "J"]
    assert close(found["sum"], found["partial"])
    assert ask(source, "W[0, 1]", zoom="scalar")["sum"] == pytest.approx(found["sum"])


def test_tensors_on_the_way_have_no_products_and_the_answer_says_why() -> None:
    found = ask(SOURCES["two-layers"], "W_1")
    assert found["count"] == found["listed"] == 1
    assert found["paths"][0]["product"] is None
    assert found["sum"] is None
    assert "tensors" in found["reason"]
    assert found["partial"][0][0] == pytest.approx(-0.0750676)


def test_the_way_may_end_before_the_loss() -> None:
    found = ask(NEURON, "w", to="u")
    assert found["count"] == 1
    assert found["partial"] == pytest.approx(2 * 0.2217128733)


def test_a_name_that_the_loss_does_not_read_has_no_path() -> None:
    found = ask("param w = 1\nunused = w^2\nL = w\n", "unused")
    assert (found["count"], found["sum"], found["partial"]) == (0, 0.0, 0.0)


def test_a_flat_unit_on_the_way_gives_0_and_says_why() -> None:
    found = ask("param w = 0.5\np = sign(w)\nL = p^2\n", "w")
    assert found["sum"] == 0.0
    assert "flat" in found["paths"][0]["factors"][1]["reason"]


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ({"of": "nothing"}, "/of"),
        ({"of": "w", "to": "nothing"}, "/to"),
        ({"of": "w", "zoom": "scalar"}, "/of"),
        ({"of": "w[7]"}, "/of"),
    ],
)
def test_what_is_not_there_is_refused_in_its_place(asked: dict[str, Any], place: str) -> None:
    source = "param w = [1, 2]\nL = sum(w^2)\n"
    with pytest.raises(RequestError) as refused:
        ask(source, **asked)
    assert refused.value.faults[0].pointer == place


@pytest.mark.parametrize("zoom", ["block", "tensor"])
def test_paths_run_over_the_nodes_that_are_drawn(zoom: str) -> None:
    request = {"source": SOURCES["lstm-cell"], "zoom": zoom}
    drawn = CALLS["graph"](request)
    nodes, edges = ({each["id"] for each in drawn[kind]} for kind in ("nodes", "edges"))
    found = ask(request["source"], "b", zoom=zoom, most=500)
    assert found["listed"] > 0
    for path in found["paths"]:
        assert set(path["nodes"]) <= nodes
        assert set(path["edges"]) <= edges
