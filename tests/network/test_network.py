"""The library as its user has it: values in any form, frozen answers, errors with their place."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

import backstep
from backstep.errors import (
    AnswerError,
    DefinitionError,
    LimitError,
    RequestError,
    ValuesError,
)
from backstep.gradient_check.result import (
    CheckedElement,
    Comparison,
    Distances,
    GradientCheck,
)
from backstep.network import Network
from backstep.ops.row import Array
from tests.asking import CALLS, plain

LINE = "input x = 2\nparam w = 0.5\nL = (w*x - 3)^2"
LAYER = """\
input X = [[1, 2], [3, 4]]
target y = [1, 0]
param W = [[0.1], [-0.2]]
const lambda = 0.1
p = sigmoid(X @ W)[:, 0]
L = mean((p - y)^2) + lambda*sum(W^2)
"""


def test_arrays_lists_and_numbers_are_values() -> None:
    net = Network(LAYER)
    ones = np.ones((2, 2), dtype=np.int32)
    found = net.evaluate(X=ones, W=[[np.float32(0.5)], (1,)])
    assert found.values["X"].tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert found.values["W"].tolist() == [[0.5], [1.0]]
    at = net.evaluate({"lambda": 0.0}).loss
    assert at < net.evaluate().loss
    assert np.isnan(net.evaluate({"lambda": np.nan}).loss)


def test_readings_are_what_the_calls_answer() -> None:
    net, asked = Network(LAYER), {"source": LAYER}
    pairs = [
        (net.formulas("matrix"), CALLS["derive"]({**asked, "form": "matrix"})),
        (net.walk(zoom="block").data, CALLS["steps"]({**asked, "zoom": "block"})),
        (net.graph(step=4).graph, CALLS["graph"]({**asked, "step": 4})),
        (net.check(), CALLS["check"](asked)),
        (net.hessian(), CALLS["hessian"](asked)),
        (net.derivation("W"), CALLS["derivation"]({**asked, "of": "W"})),
        (net.compare("W", "W"), CALLS["compare"]({**asked, "of": "W", "answer": "W"})),
        (net.paths("W[0,0]"), CALLS["paths"]({**asked, "of": "W[0,0]"})),
        (net.cost(), CALLS["cost"](asked)),
        (net.jacobian_formulas("p", "W"), CALLS["jacobian"]({**asked, "of": "p", "wrt": "W"})),
    ]
    found = net.evaluate()
    named = {"name": found.loss.name, "value": float(found.loss)}
    np.testing.assert_equal({**plain(found), "loss": named}, CALLS["evaluate"](asked))
    for mine, answered in pairs:
        np.testing.assert_equal(plain(mine), answered)
        assert dataclasses.is_dataclass(mine)
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(mine, dataclasses.fields(mine)[0].name, None)


def test_a_gradient_is_the_partial_by_one_name() -> None:
    net = Network(LINE)
    assert net.gradient("w", "matrix").text == "2*(w*x - 3)*x"
    with pytest.raises(RequestError, match="v"):
        net.gradient("v")


def test_a_vector_of_arrays_is_multiplied() -> None:
    found = Network(LAYER).hessian(vector={"W": np.array([[1.0], [0.0]])})
    whole = Network(LAYER).hessian().hessian
    assert found.product is not None
    assert whole is not None
    np.testing.assert_allclose(found.product["W"], whole["W"]["W"][:, :, 0, 0])


def test_second_derivatives_print_in_lines() -> None:
    net = Network("param w = 2\nparam b = [1, 2]\nL = w^2*sum(b)")
    assert str(net.hessian()).splitlines() == [
        "∂²L/∂w∂w = 6.",
        "∂²L/∂w∂b = [4., 4.]",
        "∂²L/∂b∂b = [[0., 0.],",
        " [0., 0.]]",
        "L bends upwards in some directions and downwards in others",
    ]
    product = str(net.hessian(vector={"w": 1}))
    assert product.splitlines() == ["(Hv) w = 6.", "(Hv) b = [4., 4.]"]


def test_a_training_is_looped_over() -> None:
    training = Network(LINE).train(steps=4, rate=0.1, w=1.0, names=["w"])
    assert training.start.rate == 0.1
    assert training.summary is None
    steps = list(training)
    assert [each.step for each in steps] == [0, 1, 2, 3, 4]
    assert float(steps[0].parameters["w"]) == 1.0
    assert training.summary is not None
    assert training.summary.steps == 4
    data = {"x": np.array([1.0, 2.0, 3.0])}
    assert Network(LINE).train(steps=1, data=data).start.examples.count == 3
    with pytest.raises(RequestError, match=r"no optimiser 'best' \(there are: sgd, "):
        Network(LINE).train(optimiser="best")
    with pytest.raises(RequestError, match="no schedule 'none'"):
        Network(LINE).train(schedule="none")
    for name in ("steps", "every", "batch", "average"):
        with pytest.raises(RequestError, match=f"'{name}' is a whole number from"):
            Network(LINE).train(**{name: -1})
    with pytest.raises(RequestError, match="'steps' is a whole number from 0"):
        Network(LINE).train(steps=1.5)
    with pytest.raises(TypeError, match="speed"):
        Network(LINE).train(steps=1, speed=3)


def test_values_at_fault_are_said_by_their_names() -> None:
    net = Network(LINE)
    with pytest.raises(ValuesError) as refused:
        net.evaluate(w=np.zeros(3))
    assert refused.value.faults[0].pointer == "/values/w"
    with pytest.raises(ValuesError, match="v"):
        net.evaluate(v=1)
    assert net.evaluate().loss == 4.0


def test_a_wrong_choice_is_refused_and_not_taken_for_another() -> None:
    net = Network(LAYER)
    wrong: dict[str, Any] = {"zoom": "fine", "theme": "blue", "direction": "RL"}
    for field, value in wrong.items():
        for method in (net.graph, net.walk):
            with pytest.raises(RequestError, match=f"there is no {field} '{value}' \\(\\w+, \\w+"):
                method(**{field: value})
    closed: Any = "closed"
    for ask in (lambda: net.gradient("W", form=closed), lambda: net.formulas(closed)):
        with pytest.raises(RequestError, match="there is no form 'closed'"):
            ask()


def test_what_is_of_another_type_is_told_as_that() -> None:
    net, wrong = Network(LAYER), cast("Any", 3.5)
    asked: dict[str, Callable[[], object]] = {
        "a definition is a text, not float": lambda: Network(wrong),
        "a name is a text, not float": lambda: net.gradient(wrong),
        "an answer is a text, not float": lambda: net.compare("W", wrong),
        "a step is a whole number, not 3.5": lambda: net.graph(step=wrong),
        "no option 'optimizer', .* did you mean optimiser": lambda: net.train(optimizer="adam"),
    }
    for said, ask in asked.items():
        with pytest.raises(TypeError, match=said):
            ask()
    assert net.graph(step=cast("int", np.int64(3))).step == 3


def test_a_text_alone_is_one_name() -> None:
    net = Network("param Wa = 1\nL = Wa^2")
    assert list(net.evaluate(names="Wa").values) == ["Wa"]
    assert list(net.compile(wrt="Wa")()[1]) == ["Wa"]
    assert [each.name for each in net.hessian(wrt="Wa").wrt] == ["Wa"]
    assert net.check(wrt="Wa").count == 1
    assert list(net.formulas("matrix", "Wa").gradients) == ["Wa"]
    assert "'Wa': dWa" in net.export("numpy", wrt="Wa").text


def test_a_text_at_fault_is_shown_with_a_mark() -> None:
    with pytest.raises(DefinitionError) as refused:
        Network("param w = 1\nL = w*v")
    said = str(refused.value).splitlines()
    assert said[0] == "line 2, column 7: unknown name 'v'"
    assert said[1] == "  2 | L = w*v"
    assert said[2].startswith("    |       ^ ")


def test_every_error_is_printed_in_words_and_an_answers_in_its_own_line() -> None:
    net = Network(LINE)
    with pytest.raises(AnswerError) as refused:
        net.compare("w", "2*(w*x - 3")
    assert str(refused.value).splitlines()[1] == "  1 | 2*(w*x - 3"
    with pytest.raises(RequestError, match=r"no name 'ww' \(did you mean 'w'\?\)"):
        net.gradient("ww")
    with pytest.raises(ValuesError, match=r"'v' is not in the text \(declared names: x, w\)"):
        net.compile(v=1)


def test_a_file_is_read_and_a_drawing_saved(tmp_path: Path) -> None:
    (tmp_path / "net.nn").write_text(LINE, encoding="utf-8-sig")
    drawing = backstep.read(tmp_path / "net.nn").graph()
    drawing.save(tmp_path / "net.svg")
    assert (tmp_path / "net.svg").read_text(encoding="utf-8") == drawing.svg
    for ending, begins in {"png": b"\x89PNG", "pdf": b"%PDF", "tex": b"\\documentclass"}.items():
        drawing.save(tmp_path / f"net.{ending}", scale=0.5)
        assert (tmp_path / f"net.{ending}").read_bytes().startswith(begins)
    assert (drawing.png(0.5), drawing.pdf) == tuple(
        (tmp_path / name).read_bytes() for name in ("net.png", "net.pdf")
    )
    drawing.save(tmp_path / "net.DOT")
    assert (tmp_path / "net.DOT").read_text(encoding="utf-8").startswith("digraph")
    with pytest.raises(ValueError, match=r"saved as one of \.svg, .*, not as 'net\.bmp'"):
        drawing.save(tmp_path / "net.bmp")
    assert not (tmp_path / "net.bmp").exists()


def test_what_a_caller_does_to_an_array_changes_no_later_answer() -> None:
    net = Network("input X = [[1, 2]]\nparam W = [[1], [2]]\nh = X @ W\nh = 2*h\nL = sum(h^2)")

    def answers() -> list[str]:
        e = net.evaluate()
        second = net.hessian().hessian
        assert second is not None
        made = [net.jacobian("h", "W"), net.gradient("W").numpy()(), net.compile()()[1]["W"]]
        arrays = [*e.values.values(), *e.partials.values(), second["W"]["W"], *made]
        arrays += [each.value for each in e.versions["h"] if each.value is not None]
        told = [str(each) for each in arrays]
        for each in arrays:
            if isinstance(each, np.ndarray) and each.flags.writeable:
                each[...] = 99
        return told

    assert answers() == answers()


class _Frame:
    """What has an array, as a tensor of another library or a table."""

    def __array__(self, dtype: object = None, copy: object = None) -> Array:
        return np.array([[1.0, 2.0], [3.0, 4.0]])


def test_a_value_is_whatever_has_an_array_and_else_is_refused_in_words() -> None:
    net = Network(LAYER)
    assert net.evaluate(X=_Frame()).loss == net.evaluate().loss
    assert net.compile()(X=_Frame())[0] == pytest.approx(net.evaluate().loss)
    for value in (np.array([1j, 1]), np.array(["a", "b"]), [None, 1], "12", {"a": 1}, object()):
        with pytest.raises(ValuesError, match="'y' needs numbers"):
            net.evaluate(y=value)
        with pytest.raises(ValuesError, match="'y' needs numbers"):
            net.compile()(y=value)


def test_the_loss_is_a_number_that_knows_its_name() -> None:
    found = Network(LINE).evaluate(w=1.0)
    assert found.loss == found.loss.value == 1.0
    assert f"{found.loss:.2f}" == "1.00"
    again = pickle.loads(pickle.dumps(found.loss))
    assert (again, again.name) == (1.0, "L")
    assert str(found) == "L = 1\n∂L/∂w = -4"


def test_what_has_no_partial_is_not_among_the_partials() -> None:
    net = Network("param z[3] = [1, 2, 3]\ntarget k = 1\nL = cross_entropy(z, k)")
    found = net.evaluate()
    assert sorted(found.partials) == ["L", "z"]
    assert sorted(found.values) == ["L", "k", "z"]


def test_a_warning_is_printed_with_its_line() -> None:
    (found,) = Network("param w = 0\nL = relu(w)").evaluate().warnings
    assert str(found) == "line 2: L: relu has a kink at 0; its partial there is 0"


def test_verdicts_are_true_or_false_and_sentences() -> None:
    net = Network(LINE)
    right, wrong = net.compare("w", "2*(w*x - 3)*x"), net.compare("w", "2*(w*x - 3)")
    assert right
    assert not wrong
    said = "Right: this is the partial with respect to w, proved for all values."
    assert str(right) == said
    assert str(wrong).startswith("Not the partial with respect to w: the factor x of ")
    assert "It gives −4, and the partial is −8; at x = 2, w = 0.5." in str(wrong)
    open_one = Network("param w = 1\nL = sqrt(-1 - w^2)").compare("w", "2*sqrt(-1 - w^2)")
    assert open_one.equal is None
    assert not open_one
    assert str(open_one).startswith("Not decided.")
    checked = net.check()
    assert checked
    assert str(checked).startswith("Backprop, SymPy and differences agree on 1 element, to ")
    kink = Network("param w = 0\nL = relu(w)").check()
    assert str(kink).startswith("Backprop and SymPy agree on 1 element, ")
    unknown = Network("param w = 1\nL = log(w - 2)").check()
    assert not unknown
    assert str(unknown).startswith("Not checked. SymPy: ")


def test_a_check_that_finds_a_difference_says_where() -> None:
    whole = Comparison(2, 0.25, "w", False, None, None)
    apart = CheckedElement("w", 1.0, 1.5, 1.0, None, Distances(0.25, 0.0), False, None)
    found = GradientCheck(False, 2, [apart], 1, whole, replace(whole, worst=1e-9))
    assert not found
    assert (
        str(found) == "They differ: at w most, from backprop SymPy by 0.25, differences by 1e-09."
    )


def test_a_derivation_prints_its_lines_and_is_typeset() -> None:
    found = Network(LINE).derivation("w")
    assert str(found).startswith("1. ")
    assert found._repr_latex_().startswith("\\begin{align*}")


@pytest.mark.parametrize(
    ("of", "by", "shape"),
    [
        ("p", "h", (2, 2)),
        ("p", "W", (2, 2, 2)),
        ("p[1]", "W", (2, 2)),
        ("p", "W[0,1]", (2,)),
        ("L", "W", (2, 2)),
        ("h", "p", (2, 2)),
        ("h", "h", (2, 2)),
        ("v", "W", (3, 2, 2)),
    ],
)
def test_a_jacobian_is_what_differences_say(of: str, by: str, shape: tuple[int, ...]) -> None:
    net = Network(
        "input x = [1, -2]\nparam W = [[0.1, 0.2], [-0.3, 0.4]]\nh = W @ x\n"
        "p = softmax(h)\nv = concat(p, [sum(h)])\nL = sum(v^2)"
    )
    found = net.jacobian(of, by)
    assert found.shape == shape
    if by.startswith("W"):
        W, step = np.array([[0.1, 0.2], [-0.3, 0.4]]), 1e-6
        at = [(0, 1)] if by != "W" else list(np.ndindex(2, 2))
        name, _, place = of.partition("[")
        for place_in_w in at:
            more, less = W.copy(), W.copy()
            more[place_in_w] += step
            less[place_in_w] -= step
            away = net.evaluate(W=more).values[name] - net.evaluate(W=less).values[name]
            away = away[1] if place else away
            mine = found[(..., *place_in_w)] if by == "W" else found
            np.testing.assert_allclose(mine, away / (2 * step), atol=1e-8)
    elif of == by:
        np.testing.assert_array_equal(found, np.eye(2))
    elif of == "h":
        np.testing.assert_array_equal(found, np.zeros((2, 2)))
    else:
        p = net.evaluate().values["p"]
        np.testing.assert_allclose(found, np.diag(p) - np.outer(p, p), atol=1e-15)


def test_a_jacobian_of_many_numbers_is_refused_before_it_is_computed() -> None:
    net = Network("param W[60, 60] ~ normal(0, 1)\nh = W^2\nL = sum(h)")
    with pytest.raises(LimitError, match="numbers of a Jacobian"):
        net.jacobian("h", "W")
    assert net.jacobian("h[0,1]", "W").shape == (60, 60)
    with pytest.raises(RequestError, match="v"):
        net.jacobian("h", "v")


def test_what_is_not_read_of_an_evaluation_is_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    net = Network("input X = [[1, 2], [3, 4]]\nparam W = [[0.1], [-0.2]]\nL = sum((X @ W)^2)")
    monkeypatch.setattr("backstep.binding.evaluation.warnings", never)
    monkeypatch.setattr("backstep.evaluate.rounding.Rounding.of", never)
    found = net.evaluate()
    assert found.gradients["W"].ravel().tolist() == pytest.approx([-3.6, -5.2])
    assert found.partials["X"].ravel().tolist() == pytest.approx([-0.06, 0.12, -0.1, 0.2])
    for field in ("rounding", "warnings"):
        with pytest.raises(AssertionError):
            getattr(found, field)
    with pytest.raises(AttributeError, match="no attribute 'slopes'"):
        found.slopes  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("first", ["values", "partials", "gradients", "rounding", "warnings"])
def test_the_order_of_reading_an_evaluation_changes_no_number(first: str) -> None:
    source = f"{LAYER}p = p*p\nminimize p0\n".replace("\nL =", "\np0 =")
    asked = CALLS["evaluate"]({"source": source})
    found = Network(source).evaluate()
    getattr(found, first)
    kept = pickle.loads(pickle.dumps(found))
    for each in (found, kept):
        named = {"name": each.loss.name, "value": float(each.loss)}
        np.testing.assert_equal({**plain(each), "loss": named}, asked)
