"""Which closed derivatives are given: those within the limits, and only what they depend on."""

from __future__ import annotations

from dataclasses import replace
from time import process_time
from typing import Any

import numpy as np
import pytest

from backstep.errors import FormulaTooLarge
from backstep.lang.compile.compiler import compile_text
from backstep.limits import LIMITS
from backstep.symbolic import bounds
from backstep.symbolic.bounds import admit_breadth, admit_counted
from backstep.symbolic.engine import derive
from backstep.symbolic.network import breadth, depending
from backstep.symbolic.targets import Target, target_for


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> Any:
    def set_to(**allowed: int) -> None:
        monkeypatch.setattr(bounds, "LIMITS", replace(LIMITS, **allowed))

    return set_to


SUM = compile_text("param a = 1\nparam W[3] ~ xavier\nL = a^2 + sum(W * W)")
A, W = target_for(SUM, "a"), target_for(SUM, "W")


def refused(most: int | None = None) -> dict[str, Any]:
    found = admit_counted(10, [W, A], {"W": [40, 50, 60], "a": [30]}, most)
    return {name: refusal.details for name, refusal in found.items()}


def test_one_formula_past_the_limit_takes_its_own_gradient_with_it(limited: Any) -> None:
    assert refused() == {}
    limited(formula_operations=60)
    assert refused() == {}
    limited(formula_operations=59)
    assert refused() == {
        "W": {"limit": "formula_operations", "operations": 60, "measured": 60, "allowed": 59}
    }


def test_of_all_together_the_smallest_have_room_first(limited: Any) -> None:
    limited(answer_operations=190)
    assert refused() == {}
    limited(answer_operations=189)
    assert refused()["W"]["limit"] == "answer_operations"
    assert refused()["W"]["operations"] == 190
    assert set(refused(most=39)) == {"W", "a"}


def test_what_depends_is_found_by_shapes_alone() -> None:
    definition = compile_text(
        "input x[4] ~ normal(0, 1)\nparam W[3, 4] ~ xavier\nparam V[2, 3] ~ xavier\n"
        "h = tanh(W @ x)\ns = V @ h\np = softmax(s)\nL = sum(p) + sum(h[0:2])"
    )
    nodes = definition.graph.nodes[: definition.graph.forward_count]
    weights = target_for(definition, "W").node
    masks = depending(nodes, {weights.id: {(2, 1)}})
    by_name: dict[str, Any] = {
        name: masks[versions[-1].node.id] for name, versions in definition.names.items()
    }
    assert by_name["W"].nonzero() == (np.array([2]), np.array([1]))
    assert by_name["h"].tolist() == [False, False, True]
    assert np.all(by_name["s"])
    assert by_name["x"] is False
    assert breadth(nodes, masks) < 20


def test_a_network_too_broad_is_refused_by_name_before_anything_is_made(limited: Any) -> None:
    nodes = SUM.graph.nodes[: SUM.graph.forward_count]
    assert admit_breadth(nodes, SUM.loss, [W, A])[1] == {}
    limited(derivation_work=7)
    masks, left_out = admit_breadth(nodes, SUM.loss, [W, A])
    assert set(left_out) == {"W"}
    assert left_out["W"].details["limit"] == "derivation_work"
    assert masks[W.node.id] is False
    assert masks[A.node.id] is True


IMAGES = (
    "input x[784] ~ normal(0, 1)\nparam W[256, 784] ~ xavier\nparam v[256] ~ normal(0, 1)\n"
    "param V[10, 256] ~ xavier\n"
)


def test_an_element_of_a_large_network_is_a_matter_of_its_own_cone() -> None:
    definition = compile_text(IMAGES + "L = relu(W @ x) @ v")
    start = process_time()
    closed = derive(definition, [target_for(definition, "W[3,7]")], {})
    assert process_time() - start < 1
    meanings = {symbol.meaning for symbol in closed.symbols.values()}
    assert meanings == {"v[3]"} | {f"W[3,{j}]" for j in range(784)} | {
        f"x[{j}]" for j in range(784)
    }


@pytest.mark.parametrize("name", ["W[3,7]", "V[0,0]", "W"])
def test_what_reads_a_whole_large_network_is_refused_in_a_moment(name: str) -> None:
    definition = compile_text(IMAGES + "L = cross_entropy(V @ relu(W @ x), 3)")
    target: Target = target_for(definition, name)
    start = process_time()
    with pytest.raises(FormulaTooLarge) as refusal:
        derive(definition, [target], {})
    assert process_time() - start < 1
    assert refusal.value.details["operations"] > 1_000_000


def test_what_fits_is_given_beside_what_does_not() -> None:
    definition = compile_text(
        "input x[20] ~ normal(0, 1)\ntarget y[3] ~ normal(0, 1)\nparam W[30, 20] ~ xavier\n"
        "param V[3, 30] ~ xavier\nparam b[3] = [0, 0, 0]\n"
        "L = sum((sigmoid(V @ tanh(W @ x) + b) - y)^2)"
    )
    closed = derive(definition, [target_for(definition, each) for each in ("W", "V", "b")], {})
    assert set(closed.refused) == {"W"}
    assert set(closed.gradients) == {"V", "b"}


def test_sixty_parameters_of_three_layers_are_all_derived() -> None:
    definition = compile_text(
        "input x[4] ~ normal(0, 1)\ntarget y[4] ~ normal(0, 1)\nh = x\n"
        "for k in layers(3):\n    h = sigmoid(dense(h, 4))\nL = sum((h - y)^2)"
    )
    names = [leaf.name for leaf in definition.leaves if leaf.role == "param"]
    start = process_time()
    closed = derive(definition, [target_for(definition, name) for name in names], {})
    assert process_time() - start < 1
    assert not closed.refused
    assert sum(each.size for each in closed.gradients.values()) == 60
