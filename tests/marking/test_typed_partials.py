"""Partials and derivatives within a typed answer, and what derivations end in, as answers."""

from __future__ import annotations

from typing import Any

import pytest

from backstep.errors import AnswerError
from tests.asking import CALLS
from tests.systems.random_twins import network

LAYERS = (
    "input x = [1, -2]\ntarget y = 1\nparam W = [[0.3, -0.1], [-0.2, 0.4]]\n"
    "param v = [0.5, 0.2]\nz_1 = W @ x\nh = relu(z_1)\nu = dot(v, h)\nL = (u - y)^2/2"
)
SCALARS = (
    "f(x) = x*sigmoid(x)\ninput x = 0.5\nparam w = 0.4\nparam b = 0.1\nz = w*x + b\nu = f(z)\n"
    "q = leaky_relu(u)\nl = (q - 1)^2/2\nr = w^2\nJ = l + 0.1*r"
)
PASSES = (
    "input x = [1, -2]\nparam W = [[0.3, -0.1], [-0.2, 0.4]]\nh = zeros(2)\n"
    "for t in range(3):\n    h = tanh(W @ h + x)\nL = sum(h^2)/2"
)
OWN = "param dL = 2\nparam dh = 3\nparam h = 1.5\ndelta_h = h*dL\nL = delta_h^2/dh + dL/dh"


def compare(source: str, of: str, answer: str) -> dict[str, Any]:
    return dict(CALLS["compare"]({"source": source, "of": of, "answer": answer}))


def refusal(source: str, of: str, answer: str) -> tuple[str, str | None]:
    with pytest.raises(AnswerError) as error:
        compare(source, of, answer)
    fault = error.value.faults[0]
    return fault.message, fault.hint


@pytest.mark.parametrize(
    ("source", "of", "answer"),
    [
        (LAYERS, "W", "outer(∂L/∂z_1, x)"),
        (LAYERS, "W", "outer(∂L/∂z₁, x)"),
        (LAYERS, "W", "outer(dL/dz_1, x)"),
        (LAYERS, "z_1", "dL/dh * relu'(z_1)"),
        (LAYERS, "z_1", "(∂L)/(∂h) ⊙ relu′(z₁)"),
        (LAYERS, "z_1", "dL/du*du/dh*relu'(z_1)"),
        (LAYERS, "z_1", "dL/dh*dh/dz_1"),
        (LAYERS, "W[0,1]", "dL/dz_1[0]*x[1]"),
        (SCALARS, "w", "∂J/∂l·∂l/∂u·∂u/∂z·∂z/∂w + ∂J/∂r·∂r/∂w"),
        (SCALARS, "w", "dJ/dz*x + 0.2*w"),
        (SCALARS, "z", "(q - 1)*leaky_relu'(u)*f'(z)"),
        (SCALARS, "x", "w*(q - 1)*leaky_relu'(f(z))*f'(w*x + b)"),
        (PASSES, "x", "∂L/∂h⁽⁴⁾*(1 - h^2) + ∂L/∂h⁽³⁾*(1 - h⁽³⁾^2) + ∂L/∂h⁽²⁾*(1 - h⁽²⁾^2)"),
        (OWN, "h", "2*delta_h/dh*dL"),
        (OWN, "h", "∂L/∂delta_h*dL"),
        (OWN, "delta_h", "2*delta_h/dh"),
    ],
)
def test_a_partial_in_an_answer_is_the_partial(source: str, of: str, answer: str) -> None:
    assert compare(source, of, answer)["equal"] is True


@pytest.mark.parametrize(
    ("source", "of", "answer"),
    [
        (LAYERS, "W", "outer(∂L/∂h, x)"),
        (LAYERS, "z_1", "dL/dh*tanh'(z_1)"),
        (SCALARS, "w", "∂J/∂l·∂l/∂u·∂u/∂z·∂z/∂w"),
        (SCALARS, "z", "(q - 1)*f'(u)*leaky_relu'(z)"),
        (PASSES, "x", "∂L/∂h*(1 - h^2)"),
    ],
)
def test_a_wrong_chain_is_wrong(source: str, of: str, answer: str) -> None:
    assert compare(source, of, answer)["equal"] is False


def test_a_partial_that_is_no_value_is_refused_with_what_to_type() -> None:
    message, hint = refusal(LAYERS, "h", "dL/dh")
    assert message == "∂L/∂h is what is asked for"
    assert hint == "write its formula"
    assert refusal(LAYERS, "h[0]", "∂L/∂h[0]")[0] == message
    message, hint = refusal(PASSES, "W", "sum(h)·∂h/∂W")
    assert "Jacobian" in message
    assert "outer(g, x)" in str(hint)
    assert refusal(LAYERS, "W", "outer(∂L/∂k, x)")[0] == "unknown name 'k'"
    many = "\n".join(f"s{place} = a*{place}" for place in range(42))
    source = f"param a = 1\n{many}\nL = {' + '.join(f's{place}' for place in range(42))}"
    answer = " + ".join(f"{place}*dL/ds{place}" for place in range(42))
    assert "partials stand in one answer" in refusal(source, "a", answer)[0]


def test_a_chain_from_the_loss_is_what_is_sent_back_along_it() -> None:
    assert compare(PASSES, "W", "∂L/∂h·∂h/∂W")["equal"] is True
    assert compare(PASSES, "W", "2·∂L/∂h·∂h/∂W")["equal"] is False
    source = "param a = [1, 2]\nparam M = [[1, 2], [3, 4]]\nu = M @ a\nL = sum(u^2) + sum(a)\n"
    assert compare(source, "a", "∂L/∂u·∂u/∂a + ∂L/∂a|direct")["equal"] is True
    assert compare(source, "a", "∂L/∂u·∂u/∂a")["equal"] is False
    assert compare(source, "a", "∂L/∂a|u + ∂L/∂a|direct")["equal"] is True


def test_in_a_sum_over_paths_each_factor_is_direct() -> None:
    source = "param a = 2\nu = a^2\nv = u*a\nL = u*v\n"
    paths = "∂L/∂v·∂v/∂u·∂u/∂a + ∂L/∂u·∂u/∂a + ∂L/∂v·∂v/∂a"
    assert compare(source, "a", paths)["equal"] is True
    assert compare(source, "a", "∂L/∂u·∂u/∂a + ∂L/∂v·∂v/∂a")["equal"] is True
    assert compare(source, "a", "∂L/∂v·∂v/∂u·∂u/∂a + ∂L/∂u·∂u/∂a")["equal"] is False


@pytest.mark.parametrize("place", ["", "[0,0]"])
def test_what_a_long_derivation_ends_in_is_read_as_an_answer(place: str) -> None:
    source = "\n".join(network(1).ours)
    found = CALLS["derivation"]({"source": source, "of": f"h2.W_v{place}"})
    conclusion = found["conclusion"]["text"]
    assert "delta_h2" in conclusion
    assert "∂" in found["lines"][-1]["text"]
    assert compare(source, f"h2.W_v{place}", conclusion)["equal"] is True
    assert compare(source, f"h2.W_v{place}", f"1.001*({conclusion})")["equal"] is False


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20))
def test_what_derivations_through_layers_end_in_is_right(seed: int) -> None:
    source = "\n".join(network(seed).ours)
    definition = CALLS["evaluate"]({"source": source})
    for name, partial in definition["partials"].items():
        if partial is None:
            continue
        conclusion = CALLS["derivation"]({"source": source, "of": name})["conclusion"]["text"]
        if conclusion is not None:
            assert compare(source, name, conclusion)["equal"] is True, (name, conclusion)
