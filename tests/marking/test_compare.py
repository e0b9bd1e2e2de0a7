"""Checking a typed answer: right ones in many spellings, wrong ones with their slips."""

from __future__ import annotations

import numpy as np
import pytest

from backstep.autodiff.reverse import Backward
from backstep.binding.bind import CompiledModel
from backstep.errors import AnswerError, LimitError, RequestError
from tests.asking import CALLS
from tests.marking.answers import SOURCES, TEXTS, compare

RIGHT = [
    ("toy-neuron", "w", "(u - y)*u*(1 - u)*x + 2*lambda*w"),
    ("toy-neuron", "w", "2λ·w + x·(u − y)·(u − u^2)".replace("2λ", "2·λ")),
    ("toy-neuron", "w", "(sigmoid(w*x + b) - y)*exp(-z)/(1 + exp(-z))^2*x + lambda*2*w"),
    ("toy-neuron", "w", "-x*(y - u)*u + x*(y - u)*u^2 + 2*lambda*w"),
    ("toy-neuron", "w", "x*(u - y)/(2 + exp(z) + exp(-z)) + lambda*(w + w)"),
    ("own", "b", "(u - y)*g(u)"),
    ("toy-neuron", "z", "(u - y)*u*(1 - u)"),
    ("toy-neuron", "u", "u - y"),
    ("toy-neuron", "r", "lambda"),
    ("toy-neuron", "l", "1"),
    ("toy-neuron", "L", "1"),
    ("toy-neuron", "y", "y - u"),
    ("linear-regression", "w", "(dot(w, x) + b - y)*x"),
    ("linear-regression", "w", "(w @ x + b - y)*x"),
    ("linear-regression", "w", "[(p - y)*x[0], (p - y)*x[1], (p - y)*x[2]]"),
    ("linear-regression", "w[1]", "(p - y)*x[1]"),
    ("linear-regression", "w[-1]", "(p - y)*x[-1]"),
    ("linear-regression", "b", "sum(w*x) + b - y"),
    ("logistic-regression", "w", "(p - y)*x"),
    ("logistic-regression", "w", "-(y/p - (1 - y)/(1 - p))*p*(1 - p)*x"),
    ("logistic-regression", "z", "p - y"),
    ("nine-weights", "w__h_22", "(y - t)*w__o_21*z_2*(1 - z_2)*x_2"),
    (
        "nine-weights",
        "x_1",
        "(y - t)*(w__o_11*z_1*(1 - z_1)*w__h_11 + w__o_21*z_2*(1 - z_2)*w__h_12)",
    ),
    ("two-layers", "W_1", "outer((p - 1)*w_o*z*(1 - z), x)"),
    ("two-layers", "W_1", "(p - 1)*reshape(w_o*z*(1 - z), 2, 1) @ reshape(x, 1, 3)"),
    ("two-layers", "w_o", "(p - 1)*z"),
    ("two-layers", "p", "-1/p"),
    ("softmax-layer", "h", "a - z"),
    ("softmax-layer", "h", "sum(z)*a - z"),
    ("softmax-layer", "a", "-z/a"),
    ("softmax-layer", "W", "outer((a - z)*step(q), x)"),
    ("softmax-layer", "W", "outer(where(q > 0, a - z, 0), x)"),
    ("squares", "W", "X.T @ (P - Y)/2 + 2*lambda*W"),
    ("squares", "W", "(2*(P - Y).T @ X/4).T + lambda*W*2"),
    ("squares", "b", "sum(P - Y, axis=0)/2"),
    ("squares", "P", "(P - Y)/2"),
    ("rows", "w", "X.T @ (p - y)/4"),
    ("rows", "w", "(p - y) @ X/4"),
    ("rows", "z", "(p - y)/4"),
    ("rows", "p", "-(y/p - (1 - y)/(1 - p))/4"),
    ("classes", "a", "f - one_hot(y, 3)"),
    ("classes", "f", "-one_hot(y, 3)/f"),
    ("classes", "W", "outer(f - one_hot(y, 3), x)"),
    ("square", "W", "outer((V.T @ o)*(1 - h^2), x)"),
    ("square", "V", "outer(o, h)"),
    ("deep-network", "s.b", "f - one_hot(y, 2)"),
    ("deep-network", "s.W", "outer(f - one_hot(y, 2), h)"),
]


@pytest.mark.parametrize(("example", "of", "answer"), RIGHT)
def test_a_right_answer_is_equal_however_it_is_written(example: str, of: str, answer: str) -> None:
    found = compare(example, of, answer)
    assert found["equal"] is True, found
    assert found["points"] >= 4
    assert "hint" not in found


@pytest.mark.parametrize(
    ("example", "of", "answer"),
    [
        ("toy-neuron", "w", "x*(u - y)/(2 + exp(z) + exp(-z)) + lambda*(w + w)"),
        ("two-layers", "W_1", "outer((p - 1)*w_o*z*(1 - z), x)"),
        ("classes", "a", "f - one_hot(y, 3)"),
        ("square", "W", "outer((V.T @ o)*(1 - h^2), x)"),
    ],
)
def test_equality_is_proved_where_that_ends_in_time(example: str, of: str, answer: str) -> None:
    assert compare(example, of, answer)["how"] == "symbolic"
    # What holds for a label that adds up to 1 only is not proved of all labels.
    assert compare("softmax-layer", "h", "a - z")["how"] == "points"


def test_a_note_says_what_equality_rests_on() -> None:
    assert compare("softmax-layer", "h", "a - z")["note"] == (
        "equal where z adds up to 1, as the label does"
    )
    assert compare("softmax-layer", "h", "sum(z)*a - z")["note"] is None
    said = compare("toy-neuron", "w", "(u - y)*u*(1 - u)*x + 0.2*w")
    assert said["equal"]
    assert "lambda = 0.1" in said["note"]
    # A constant of 1 left out is no constant written as its number.
    found = compare("toy-neuron", "w", "(u - y)*u*(1 - u)*x + 2*w", **{"lambda": 1})
    assert found["equal"] is False
    assert "λ" in found["hint"]


def test_a_batch_of_soft_labels_is_kept_as_rows_that_add_up() -> None:
    source = "input H[2, 3] ~ normal(0, 1)\ntarget Z = [[0.2, 0.3, 0.5], [1, 0, 0]]\nparam t = 1\n"
    source += "A = softmax(t*H)\nL = -sum(Z*log(A))\n"
    found = CALLS["compare"]({"source": source, "of": "H", "answer": "t*(A - Z)"})
    assert found["equal"] is True
    assert "each row of Z" in found["note"]


def test_kinks_are_left_out_and_labels_stay_classes() -> None:
    source = "param w = 0\nparam v = 1\nL = relu(w) + abs(v)\n"
    found = CALLS["compare"]({"source": source, "of": "w", "answer": "where(w >= 0, 1, 0)"})
    assert found["equal"] is True  # the convention at 0 is not what was asked
    found = compare("classes", "b", "f - one_hot(y, 3)")
    assert found["equal"] is True
    found = compare("classes", "b", "f - [0, 1, 0]")
    assert found["equal"] is True
    assert found["note"] == "for the class in force, y = 1; for another it is not equal"
    found = compare("classes", "b", "f - [1, 0, 0]")
    assert found["equal"] is False


def test_where_only_one_side_is_a_number_they_are_not_equal() -> None:
    source = "param w = -2\nL = w^2\n"
    found = CALLS["compare"]({"source": source, "of": "w", "answer": "2*exp(log(w))"})
    assert found["equal"] is False
    assert np.isnan(found["answer"])
    source = "param w = -2\nL = log(w)*0 + sqrt(w - 100)\n"
    found = CALLS["compare"]({"source": source, "of": "w", "answer": "1"})
    assert found["equal"] is None
    assert "finite" in found["note"]


@pytest.mark.parametrize(
    ("answer", "column", "message"),
    [
        ("(u - y)*q", 9, "unknown name 'q'"),
        ("w 2", 1, "an operator is missing between 'w' and '2'"),
        ("dL/dw = u*q", 11, "unknown name 'q'"),
        ("dL/dz = u", 1, "this line is ∂L/∂z, and what is asked for is ∂L/∂w"),
        ("u + [1, 2] @ [1, 2, 3]", 5, "shapes do not fit"),
        ("(u - y", 1, "'(' is never closed"),
        ("", 1, "there is no formula"),
        ("∂L*x", 1, "is not part of the language"),
        ("u\nu", 1, "an answer is one formula"),
        ("x[0]", 1, "1 indices are given, but x is a scalar"),
        ("w = ", 3, "an answer is a formula alone"),
        ("dense(x, 2)", 1, "dense"),
        ("input x = 2", 1, ""),
        ("u u =", 5, ""),
        ("__import__('os')", 12, ""),
    ],
)
def test_a_faulty_answer_is_told_with_its_place(answer: str, column: int, message: str) -> None:
    with pytest.raises(AnswerError) as refused:
        compare("toy-neuron", "w", answer)
    fault = refused.value.faults[0]
    assert message in fault.message
    assert fault.pointer == "/answer"
    assert fault.span is not None
    assert fault.span.column == column or message == ""


def test_unknown_names_of_an_answer_are_told_together_with_those_there_are() -> None:
    with pytest.raises(AnswerError) as refused:
        compare("toy-neuron", "w", "q*v")
    assert len(refused.value.faults) == 2
    assert "x, y, w" in (refused.value.faults[0].hint or "")
    with pytest.raises(AnswerError) as refused:
        compare("toy-neuron", "w", "lamda*w")
    assert refused.value.faults[0].hint == "did you mean 'lambda'?"


def test_what_is_derived_by_must_exist() -> None:
    with pytest.raises(RequestError) as refused:
        compare("toy-neuron", "v", "u")
    assert refused.value.faults[0].pointer == "/of"
    with pytest.raises(LimitError):
        compare("toy-neuron", "w", "+".join(["w"] * 9000))


def test_an_answer_adds_nothing_to_the_definition() -> None:
    from backstep.binding.bind import bind

    graph = bind(TEXTS["toy-neuron"]).definition.graph
    compare("toy-neuron", "w", "(u - y)*u*(1 - u)*x*x + 7*w")
    before = len(graph.nodes)
    compare("toy-neuron", "w", "(u - y)*u*(1 - u)*x*x + 8*w^3*sin(x)")
    assert len(graph.nodes) == before


def test_a_planted_wrong_partial_makes_the_right_answer_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right = vars(CompiledModel)["back"].func

    def planted(self: CompiledModel) -> Backward:
        back = right(self)
        w = self.definition.names["w"][-1].node
        adjoint = back.adjoints[w.id]
        assert adjoint is not None
        return Backward({**back.adjoints, w.id: 1.001 * adjoint}, back.contributions)

    monkeypatch.setattr(CompiledModel, "back", property(planted))
    source = TEXTS["toy-neuron"] + "# planted\n"
    answer = "(u - y)*u*(1 - u)*x + 2*lambda*w"
    assert CALLS["compare"]({"source": source, "of": "w", "answer": answer})["equal"] is False


@pytest.mark.parametrize("example", ["rnn", "deep-network", "lstm"])
def test_printed_formulas_of_shared_weights_are_right_answers(example: str) -> None:
    source = SOURCES[example]
    printed = CALLS["derive"]({"source": source, "form": "matrix"})["gradients"]
    for name in list(printed)[:3]:
        found = CALLS["compare"]({"source": source, "of": name, "answer": printed[name]["text"]})
        assert found["equal"] is True, name


def test_a_wrong_constant_of_a_long_loop_is_settled_at_few_points() -> None:
    source = "param w = 0.3\nh = w\nfor t in range(800):\n    h = sin(h)*h + w\nL = h\n"
    found = CALLS["compare"]({"source": source, "of": "w", "answer": "2"})
    assert found["equal"] is False
    assert 1 <= found["points"] <= 12


def test_names_of_the_shared_form_are_read() -> None:
    for of, answer in [("w", "delta_z*x + 2*lambda*w"), ("z", "δ_u*u*(1 - u)"), ("b", "delta_z")]:
        assert compare("toy-neuron", of, answer)["how"] == "symbolic"
    assert compare("toy-neuron", "w", "delta_z*y")["equal"] is False
    # What is asked for is no answer.
    with pytest.raises(AnswerError, match="delta_z"):
        compare("toy-neuron", "z", "delta_z")
    source = (
        "input x = [1, 2]\nparam W[2, 2] ~ xavier\nh = tanh(W @ x)\nh = tanh(W @ h)\nL = sum(h^2)\n"
    )
    for answer in ("outer(δ_1, h⁽¹⁾) + outer(delta_h_1*(1 - h⁽¹⁾^2), x)", "W*0 + 2"):
        found = CALLS["compare"]({"source": source, "of": "W", "answer": answer})
        assert found["equal"] is ("δ" in answer)


def test_elements_are_read_as_closed_formulas_spell_them() -> None:
    source = "param W_1 = [[1, 2], [3, 4]]\nparam lambda = 2\nL = lambda*sum(W_1^2)/2\n"
    found = CALLS["compare"]({"source": source, "of": "W_1[1,0]", "answer": "lambda_*W_1_1_0"})
    assert found["how"] == "symbolic"
    with pytest.raises(AnswerError, match="W_1_1_2"):
        CALLS["compare"]({"source": source, "of": "W_1[1,0]", "answer": "lambda*W_1_1_2"})
