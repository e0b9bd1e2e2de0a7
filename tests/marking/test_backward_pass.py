"""A whole backward pass by hand: paired by name, judged line by line, kept out of the network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backstep.lang.compile.compiler import compile_text
from backstep.lang.syntax.partial_names import partial_of
from tests.faults.cases import ask

NEURON = (
    "input x = 2\ntarget y = 1\nparam w = 0.5\nparam b = -0.3\nconst lambda = 0.1\n"
    "z = w*x + b\nu = sigmoid(z)\nl = (u - y)^2/2\nr = w^2\nL = l + lambda*r"
)
LAYERS = (
    "input x = [0.5, -1.0]\ntarget y = 1\nparam W1 = [[0.2, -0.4], [0.9, 0.3]]\n"
    "param b1 = [0.1, -0.2]\nparam W2 = [[0.3, -0.7], [0.5, 0.2], [-0.1, 0.6]]\n"
    "z1 = W1 @ x + b1\nh = tanh(z1)\nlogits = W2 @ h\nL = cross_entropy(logits, y)\n"
)
PASS = (
    "dlogits = softmax(logits) - one_hot(y, 3)\ndW2 = dlogits hᵀ\ndh = W2ᵀ dlogits\n"
    "dz1 = dh ⊙ (1 - h²)\ndW1 = dz1 xᵀ\ndb1 = dz1"
)


def judged(source: str, answers: str | list[str] | None = None) -> dict[str, Any]:
    request = {"source": source} | ({} if answers is None else {"answers": answers})
    status, found = ask("POST /compare", request)
    assert status == 200, found
    return dict(found)


def marks(found: dict[str, Any]) -> list[tuple[str, bool | None, bool | None]]:
    return [(each["of"], each["equal"], each["given_earlier"]) for each in found["answers"]]


def test_a_right_pass_is_right_in_every_line() -> None:
    found = judged(LAYERS, PASS)
    assert found["first_wrong"] is None
    assert [each["of"] for each in found["answers"]] == ["logits", "W2", "h", "z1", "W1", "b1"]
    assert all(each["equal"] and each["given_earlier"] for each in found["answers"])
    assert found["answers"][1]["shape"] == [3, 2]


def test_a_slip_is_told_where_it_is_and_what_follows_from_it_is_right_given_the_rest() -> None:
    found = judged(NEURON, ["du = u − y", "dz = du u", "dw = dz x + 2λ w", "db = dz", "dr = λ"])
    assert found["first_wrong"] == 2
    assert marks(found) == [
        ("u", True, True),
        ("z", False, False),
        ("w", False, True),
        ("b", False, True),
        ("r", True, True),
    ]
    assert "1 - u" in found["answers"][1]["hint"] or "1 − u" in found["answers"][1]["hint"]


def test_partials_have_the_names_that_people_have_for_them() -> None:
    text = (
        "∂L/∂u = u − y\n# a remark\ndL/dz = ∂L/∂u u(1 − u)\ng = 2λ w\n"
        "grad_w = (\n  dz x\n  + g)\nb_grad = δ_z\n"
    )
    found = judged(NEURON, text)
    assert found["first_wrong"] is None
    assert [each["line"] for each in found["answers"]] == [1, 3, 4, 5, 8]
    assert [each["of"] for each in found["answers"]] == ["u", "z", None, "w", "b"]
    assert found["answers"][2]["equal"] is None


@pytest.mark.parametrize(
    ("typed", "of"),
    [
        ("dW2", "W2"),
        ("dL_dW2", "W2"),
        ("dL/dW2", "W2"),
        ("∂L/∂W2", "W2"),
        ("∂L / ∂W2", "W2"),
        (r"\frac{\partial L}{\partial W2}", "W2"),
        ("∇_W2 L", "W2"),
        ("grad_W2", "W2"),
        ("W2_grad", "W2"),
        ("W2.grad", "W2"),
        ("delta_z2", "z2"),
        ("δ_z2", "z2"),
        ("delta_2", "z2"),
        ("δ2", "z2"),
        ("dlogits", "logits"),
        ("dλ", "lambda"),
        ("du", None),
        ("W2", None),
        ("delta", None),
        ("du/dW2", None),
    ],
)
def test_which_partial_a_name_is(typed: str, of: str | None) -> None:
    known = {"W2", "z2", "logits", "lambda", "L"}
    assert partial_of(typed, known, "L") == of


def test_lines_behind_the_loss_are_no_part_of_the_network_and_have_values() -> None:
    source = f"{LAYERS}minimize L\n{PASS}"
    plain, whole = compile_text(LAYERS), compile_text(source)
    assert list(whole.names) == list(plain.names)
    assert len(whole.graph.nodes) == len(plain.graph.nodes)
    status, found = ask("POST /evaluate", {"source": source})
    assert status == 200
    for name in ("logits", "W2", "h", "z1", "W1", "b1"):
        np.testing.assert_allclose(found["values"][f"d{name}"], found["partials"][name], rtol=1e-9)
    verdict = judged(source)
    assert verdict["first_wrong"] is None
    assert [each["line"] for each in verdict["answers"]] == [11, 12, 13, 14, 15, 16]


def test_what_is_given_before_the_loss_stays_in_the_network() -> None:
    source = "minimize L\nparam x = 3\ninput y = 1\ndx = x - y\nL = dx^2"
    definition = compile_text(source)
    assert not definition.derived
    assert "dx" in definition.names


@pytest.mark.parametrize(
    ("answers", "line", "message"),
    [
        ("du = u − y\ndz = du*q", 2, "unknown name 'q'"),
        ("u = 3", 1, "has a value in the definition"),
        ("u − y", 1, "a line of a backward pass"),
        ("du = (u", 1, "'(' is never closed"),
    ],
)
def test_a_line_that_cannot_be_read_is_told_at_its_place(
    answers: str, line: int, message: str
) -> None:
    status, found = ask("POST /compare", {"source": NEURON, "answers": answers})
    assert status == 422
    assert found["faults"][0]["span"]["line"] == line
    assert message in found["faults"][0]["message"]
    assert found["faults"][0]["pointer"] == "/answers"


def test_a_wrong_line_in_the_text_is_told_at_its_place_in_the_text() -> None:
    status, found = ask("POST /evaluate", {"source": f"{NEURON}\nminimize L\ndz = du*q"})
    assert status == 422
    (fault, *_) = found["faults"]
    assert (fault["span"]["line"], fault["message"]) == (12, "unknown name 'du'")


def test_a_request_has_one_answer_or_a_pass() -> None:
    for more in ({"of": "w"}, {"answer": "u"}, {"of": "w", "answers": "du = u"}, {}):
        status, _ = ask("POST /compare", {"source": NEURON, **more})
        assert status == 422
