"""The three-way check: it agrees where all is right, and says where it is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backstep.autodiff.reverse import Backward
from backstep.binding.bind import CompiledModel
from backstep.errors import RequestError
from backstep.evaluate.differences import Differences
from backstep.graph.node import literal
from backstep.graph.order import ancestors, uses
from tests.asking import CALLS

NETWORK = """\
input  x = [1, -0.5, 2]
param  W_1 = [[0.2, -0.3, 0.1], [0.4, 0.1, -0.2]]
param  w_o = [0.7, -0.6]
z = sigmoid(W_1 @ x)
p = sigmoid(dot(w_o, z))
L = -log(p)
"""


def check(source: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = CALLS["check"]({"source": source, **more})
    return found


def by_name(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in found["elements"]}


def test_every_element_is_listed_with_three_derivations() -> None:
    found = check(NETWORK)
    assert found["agree"] is True
    assert found["count"] == 8
    assert found["omitted"] == 0
    elements = by_name(found)
    assert set(elements) == {
        *(f"W_1[{i},{j}]" for i in range(2) for j in range(3)),
        "w_o[0]",
        "w_o[1]",
    }
    for each in elements.values():
        assert each["within"] is True
        assert each["note"] is None
        assert each["apart"]["symbolic"] < 1e-12
        assert each["apart"]["differences"] < 1e-9
        assert 0 < each["expected_error"] < 1e-9
    assert found["symbolic"]["compared"] == found["differences"]["compared"] == 8
    assert found["symbolic"]["skipped"] is found["differences"]["skipped"] is None


def test_the_worst_is_first_and_the_rest_is_counted() -> None:
    found = check(NETWORK, limit=3)
    apart = [max(each["apart"].values()) for each in found["elements"]]
    assert len(apart) == 3
    assert found["omitted"] == 5
    assert apart == sorted(apart, reverse=True)
    assert check(NETWORK, limit=0)["elements"] == []


def test_intermediates_inputs_and_elements_are_checked_too() -> None:
    found = check(NETWORK, wrt=["z", "x[2]", "W_1[-1,0]", "p"])
    assert set(by_name(found)) == {"z[0]", "z[1]", "x[2]", "W_1[1,0]", "p"}
    assert found["agree"] is True
    assert all(each["differences"] is not None for each in found["elements"])
    with pytest.raises(RequestError) as refused:
        check(NETWORK, wrt=["z", "v"])
    assert refused.value.faults[0].pointer == "/wrt/1"


@pytest.mark.parametrize("element", [(0, 1), (1, 2)])
def test_a_planted_wrong_partial_is_the_worst(
    element: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = vars(CompiledModel)["back"].func

    def planted(self: CompiledModel) -> Backward:
        back = right(self)
        node = self.definition.names["W_1"][-1].node
        adjoint = back.adjoints[node.id]
        assert adjoint is not None
        wrong = adjoint + node.graph.apply(
            "scatter", node.graph.constant(literal(1e-6)), key=element, shape=node.shape
        )
        return Backward({**back.adjoints, node.id: wrong}, back.contributions)

    monkeypatch.setattr(CompiledModel, "back", property(planted))
    found = check(NETWORK + f"# {element}\n")
    assert found["agree"] is False
    first = found["elements"][0]
    assert first["name"] == f"W_1[{element[0]},{element[1]}]"
    assert first["within"] is False
    assert [each["within"] for each in found["elements"]].count(False) == 1
    assert not found["symbolic"]["within"]
    assert not found["differences"]["within"]
    part = CALLS["analyze_part"]({"source": NETWORK + f"# {element}\n", "part": "check"})
    assert part["agree"] is False
    assert part["worst"]["name"] == "W_1"


def test_a_convention_is_named_and_is_no_disagreement() -> None:
    found = check("param w = 0\nparam v = 2\nL = relu(w) + v^2*abs(w) + v\n")
    elements = by_name(found)
    assert found["agree"] is True
    assert "convention" in elements["w"]["note"]
    assert elements["w"]["within"] is True  # as SymPy has it, and the differences are not asked
    assert elements["v"]["within"] is True
    assert elements["v"]["note"] is None
    assert "1 where the partial is a convention" in found["differences"]["skipped"]
    assert found["differences"]["compared"] == 1


def test_a_kink_nearby_is_stepped_around() -> None:
    source = "param w = 0.0002\nparam v = 2\nL = v*relu(w) + w^2\n"
    found = check(source)
    element = by_name(found)["w"]
    assert found["agree"] is True
    assert element["within"] is True
    assert "a kink lies near" in element["note"]
    assert element["differences"] == pytest.approx(2.0004, rel=1e-6)


def test_what_is_not_finite_is_named() -> None:
    found = check("param w = -1\nparam v = 2\nL = log(w) + v\n")
    elements = by_name(found)
    assert elements["w"]["within"] in (None, True)
    found = check("param w = 0\nparam v = 2\nL = log(w) + v\n")
    assert by_name(found)["w"]["note"] == "the partial is not finite"
    assert "no finite number" in found["symbolic"]["skipped"]
    assert "no finite number" in found["differences"]["skipped"]
    part = CALLS["analyze_part"]({"source": "param w = 0\nL = log(w)\n", "part": "check"})
    assert part["agree"] is None
    assert part["differences"]["skipped"] is not None


def test_of_many_elements_a_part_is_compared_and_it_is_said() -> None:
    source = "input x[40] ~ normal(0, 1)\nparam W[40, 40] ~ xavier\nparam V[40, 40] ~ xavier\n"
    source += "h = x\nfor t in range(10):\n    h = tanh(W @ h + V @ x)\nL = sum(h^2)\n"
    found = check(source, limit=5)
    assert found["count"] == 3200
    assert found["omitted"] == 3195
    assert found["agree"] is True
    assert 100 < found["differences"]["compared"] < 3200
    assert "spread over all" in found["differences"]["skipped"]
    assert "are allowed" in found["symbolic"]["skipped"]


def test_differences_work_out_again_only_what_reads_the_element() -> None:
    from backstep.binding.bind import bind

    prepared = bind(NETWORK)
    loss, numbers = prepared.definition.loss, prepared.numbers()
    read = uses(ancestors([loss]))
    late = prepared.definition.names["w_o"][-1].node
    early = prepared.definition.names["W_1"][-1].node
    works = [Differences(loss, node, numbers.values, read).work for node in (late, early)]
    assert works[0] < works[1]
    moved = Differences(loss, late, numbers.values, read).by((0,))
    np.testing.assert_allclose(moved.difference.value, numbers.partial(late)[0], rtol=1e-9)


@pytest.mark.parametrize(
    "source",
    [
        "param w = 0.5\nL = round(w) * w",
        "param a = 1\nL = where(a > 1, a^2, 3*a)",
        "param a = 1\nL = where(a == 1, a^2, 3*a)",
        "param a = 0.1\nparam b = 0.2\nL = abs(a + b - 0.3)",
        "param a = 0.1\nparam b = 0.2\nL = relu(a + b - 0.3) * 5",
        "param w = 1e-9\nL = relu(w) + w",
        "param w = 0.30000000000001\nL = abs(w - 0.3)",
        "param w = [0.5, 0.5000001]\nL = max(w) * max(w)",
        "param w = 1e-7\nL = step(w) * 5 + w",
        "param w = 0.4999999\nL = round(w) + w",
        "param w = 1.5707963267948966\nL = sin(w) / cos(w)",
        "param w = 0.1\nparam v = 0.6\nL = where(w + v < 0.7, w, 3*w) * v",
    ],
)
def test_a_kink_a_jump_or_a_tie_within_every_step_is_no_disagreement(source: str) -> None:
    found = check(source)
    assert found["agree"] is not False
    assert found["symbolic"]["within"]
    assert found["differences"]["compared"] == 0
    assert "within the step" in found["differences"]["skipped"]
    for each in found["elements"]:
        assert each["within"] is not False
        assert each["differences"] is None
        assert "a kink, a jump, a tie or a pole lies within the step" in each["note"]


@pytest.mark.parametrize(
    "source",
    [
        "param w = 1e-17\nL = sqrt(w^2)",
        "param w = 1e-9\nL = (w^2)^0.5",
        "param w = 1e-9\nL = norm([w, 0])",
        "param w = 1e5\nL = sin(w * 1e6)",
    ],
)
def test_differences_that_are_not_precise_enough_claim_nothing(source: str) -> None:
    found = check(source)
    assert found["agree"] is True
    assert found["symbolic"]["compared"] == 1
    assert found["differences"]["compared"] == 0
    assert "not precise enough" in found["elements"][0]["note"]


def test_a_step_that_is_too_wide_is_not_called_a_kink() -> None:
    for source in (
        "param w = 0.1\nL = sin(1000*w)",
        "param w = [1, 1, 1]\ninput v = [1, 2, 3]\nL = dot(layer_norm(w, [1, 1, 1], [0, 0, 0]), v)",
    ):
        found = check(source)
        notes = {each["note"] for each in found["elements"]} - {None}
        assert found["agree"] is True
        assert found["differences"]["skipped"] is None
        assert notes == {"the usual one is too wide here: the differences are of a smaller step"}


def test_half_way_sympy_rounds_to_the_even_number_as_the_values_do() -> None:
    for value in (-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.3, 1.7, 2, -1.2):
        found = check(f"param w = {value}\nL = round(w) * w")
        assert found["symbolic"]["worst"] == 0, value


def test_a_wrong_partial_near_a_kink_is_still_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = vars(CompiledModel)["back"].func

    def planted(self: CompiledModel) -> Backward:
        back = right(self)
        node = self.definition.names["w"][-1].node
        adjoint = back.adjoints[node.id]
        assert adjoint is not None
        return Backward({**back.adjoints, node.id: adjoint * literal(1.001)}, back.contributions)

    monkeypatch.setattr(CompiledModel, "back", property(planted))
    found = check("param w = 0.0002\nL = relu(w) + sin(w)  # planted\n")
    assert found["agree"] is False
    assert not found["symbolic"]["within"]
    assert not found["differences"]["within"]


def test_a_network_of_two_hundred_thousand_weights_is_sampled_within_bounds() -> None:
    source = (
        "input x[784] ~ uniform(0, 1)\ntarget y = 3\nparam W1[256, 784] ~ xavier\n"
        "param b1[256] ~ zeros\nparam W2[10, 256] ~ xavier\nparam b2[10] ~ zeros\n"
        "h = relu(W1 @ x + b1)\ns = W2 @ h + b2\nL = cross_entropy(s, y)\n"
    )
    found = check(source, limit=400)
    names = {each["name"].partition("[")[0] for each in found["elements"]}
    assert names == {"W1", "b1", "W2", "b2"}
    assert len(found["elements"]) == 400
    assert found["count"] == 203_530
    assert found["omitted"] == 203_130
    assert found["agree"] is True
    assert 4 <= found["differences"]["compared"] < 3000
    part = CALLS["analyze_part"]({"source": source, "part": "check"})
    assert part["elements"] == 203_530
    assert part["agree"] is True
    assert 4 <= part["differences"]["compared"] < found["differences"]["compared"]
    assert "of 203,530 elements are compared" in part["differences"]["skipped"]


def test_a_number_raised_to_a_huge_power_is_refused_before_it_is_computed() -> None:
    found = check("param w = 1e308\nL = (w * 1e10)^1000000")
    assert "thousands of digits" in found["symbolic"]["skipped"]


def test_closed_derivatives_that_take_too_long_are_left_out_and_the_others_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("backstep.gradient_check.run._SHARE", 0.002)
    monkeypatch.setattr("backstep.evaluate.differences._TOGETHER", 1)  # one element at a time
    found = check("param w[60] ~ normal(1, 0.1)\nL = prod(w)")
    assert "take longer than a check may" in found["symbolic"]["skipped"]
    assert found["symbolic"]["compared"] == 0
    assert "take longer than a check may" in found["differences"]["skipped"]
    assert 0 < found["differences"]["compared"] < 60
    assert found["agree"] is True
