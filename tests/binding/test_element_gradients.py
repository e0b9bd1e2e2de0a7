"""Partials by single elements: what is written reads back as the partial that backprop has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backstep.autodiff import scalarise
from backstep.binding import element_gradients
from backstep.errors import FormulaTooLarge, LimitError, RequestError
from backstep.limits import LIMITS
from backstep.network import Network

NETWORKS = {
    "squares": "input x = [1, -2, 0.5]\nparam W[2, 3] ~ normal(0, 1)\nparam b = [0.1, 0.2]\n"
    "h = tanh(W @ x + b)\nL = sum((h - 1)^2)",
    "classes": "input X = [[1, 2], [3, -4], [0.5, 1]]\nparam W[3, 2] ~ normal(0, 1)\n"
    "target k = [0, 2, 1]\ns = X @ W.T\nL = cross_entropy(s, k)",
    "unnamed": "input x = [1, 2]\nparam w = [0.3, 0.4]\nparam t1 = 0.5\n"
    "L = exp(sum(tanh(t1*w*x)))/(1 + max(w))",
    "unused": "param w = [1, 2]\nparam v = 3\nL = w[1]^3",
    "wide": "param b = [1, 2]\nL = sum(b)",
    "windows": "input x[1, 2, 2] ~ normal(0, 1)\n"
    "z = relu(conv2d(x, filters=1, kernel=2, padding=1))\nL = mean(z^2)",
}


@pytest.mark.parametrize("text", NETWORKS.values(), ids=NETWORKS)
def test_a_partial_reads_back(text: str) -> None:
    net = Network(text)
    gradients = net.evaluate().gradients
    found = net.elements()
    assert len(found) == len(list(found)) == sum(np.size(each) for each in gradients.values())
    for name, written in found.items():
        whole, _, at = name.partition("[")
        place = tuple(int(each) for each in at.rstrip("]").split(",") if each)
        lines = [f"{defined} = {formula}" for defined, formula in written.definitions]
        again = Network("\n".join([text, *lines, f"answer = {written.text}"]))
        expected = np.asarray(gradients[whole])[place]
        assert float(again.evaluate().loss) == pytest.approx(expected, rel=1e-12, abs=1e-14), name


def test_it_prints_in_the_names_of_the_text() -> None:
    found = Network(NETWORKS["squares"]).elements()
    assert str(found["W[1, 2]"]) == "2*((h[1] - 1)*(1 - h[1]^2))*x[2]"
    assert found["W[-1, -1]"].text == found["W[1, 2]"].text
    assert repr(found) == f"<8 partials in {found.operations} operations on scalars>"


def test_what_is_read_again_has_a_name_that_the_text_leaves_free() -> None:
    found = Network(NETWORKS["unnamed"]).elements()
    names = [name for name, _ in found["w[0]"].definitions]
    assert names
    assert "t1" not in names
    assert len(set(names)) == len(names)


def test_names_are_those_asked_for() -> None:
    net = Network(NETWORKS["squares"])
    assert list(net.elements(["b"])) == ["b[0]", "b[1]"]
    assert list(net.elements(["W[0, 1]", "x[2]"])) == ["W[0, 1]", "x[2]"]
    with pytest.raises(KeyError):
        net.elements(["b"])["W[0, 0]"]
    with pytest.raises(RequestError):
        net.elements(["nothing"])


def test_two_elements_of_a_name_are_both_there() -> None:
    found = Network(NETWORKS["squares"]).elements(["W[0, 1]", "W[1, 2]"])
    assert [each.name for each in found.values()] == ["W[0, 1]", "W[1, 2]"]


def test_it_tells_what_it_has() -> None:
    found = Network(NETWORKS["squares"]).elements(["b"])
    assert "b[1]" in found
    assert not any(other in found for other in ("b", "W[0, 0]", "b[7]", "nothing", 1))


def test_too_many_are_refused_before_any_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scalarise, "LIMITS", replace(LIMITS, scalar_nodes=20))
    with pytest.raises(LimitError, match="scalars of the network"):
        Network(NETWORKS["squares"]).elements()


def test_one_that_is_too_long_is_refused_when_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(element_gradients, "text_or_none", lambda formula: None)
    found = Network(NETWORKS["squares"]).elements()
    with pytest.raises(FormulaTooLarge, match="longer than"):
        found["b[0]"]
