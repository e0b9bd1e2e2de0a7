"""Second derivatives: against differences of gradients, SymPy, PyTorch, and their own symmetry."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy

from backstep.autodiff.reverse import Backward
from backstep.binding.bind import BoundModel, CompiledModel, bind
from backstep.errors import LimitError, RequestError, ValuesError
from backstep.evaluate.numeric import compute, evaluate_graph
from backstep.examples import EXAMPLES
from backstep.lang.compile.answer import read_answer
from backstep.ops.row import Array
from tests.asking import CALLS

ROWS = """\
input  X[4, 3] ~ normal(0, 1)
target y = [0, 1, 1, 0]
param  w[3] ~ normal(0, 1)
param  b = 0.2
z = X @ w + b
p = sigmoid(z)
L = -mean(y*log(p) + (1 - y)*log(1 - p))
"""


DESIGN = "input X = [[1, 0.5], [1, -0.3], [1, 1.7]]\nparam w = [0.2, 0.6]\n"


def hessian(source: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = CALLS["hessian"]({"source": source, **more})
    return found


def matrix(found: dict[str, Any]) -> Any:
    """The whole matrix of an answer, its blocks put together."""
    names = [each["name"] for each in found["wrt"]]
    sizes = {each["name"]: int(np.prod(each["shape"])) for each in found["wrt"]}
    return np.block(
        [[np.reshape(found["hessian"][a][b], (sizes[a], sizes[b])) for b in names] for a in names]
    )


def by_differences(source: str, step: float = 1e-5) -> Any:
    """The Hessian by central differences of the gradient."""
    prepared = bind(source)
    leaves = [leaf for leaf in prepared.definition.leaves if leaf.role == "param"]

    def gradient(moved: dict[str, Any]) -> Any:
        numbers = evaluate_graph(prepared.definition, moved, prepared.model.back)
        return np.concatenate([numbers.partial(leaf.node).ravel() for leaf in leaves])

    columns = []
    for leaf in leaves:
        for at in np.ndindex(*leaf.node.shape):
            sides = []
            for sign in (1, -1):
                moved = {name: np.array(value) for name, value in prepared.leaves.items()}
                moved[leaf.name][at] += sign * step
                sides.append(gradient(moved))
            columns.append((sides[0] - sides[1]) / (2 * step))
    return np.array(columns).T


SMALL = [each for each in EXAMPLES if each.id != "micrograd"]


@pytest.mark.parametrize("example", SMALL, ids=lambda example: example.id)
def test_it_is_the_gradients_own_derivative_and_symmetric(example: Any) -> None:
    try:
        found = hessian(example.source)
    except LimitError as refused:
        assert refused.details["limit"].startswith("hessian")
        return
    whole = matrix(found)
    assert found["symmetric"] is True
    assert found["asymmetry"] <= 1e-12
    assert found["size"] == len(whole)
    scale = max(1.0, float(np.abs(whole).max(initial=0.0)))
    np.testing.assert_allclose(whole, by_differences(example.source), atol=1e-6 * scale)
    np.testing.assert_allclose(whole, whole.T, rtol=0, atol=1e-12 * scale)
    if found["eigenvalues"] is not None:
        np.testing.assert_allclose(
            found["eigenvalues"], np.linalg.eigvalsh(whole), atol=1e-9 * scale
        )


def test_the_neurons_against_sympy() -> None:
    x, y, w, b, k = sympy.symbols("x y w b k")
    loss = (1 / (1 + sympy.exp(-(w * x + b))) - y) ** 2 / 2 + k * w**2
    point = {
        x: 2,
        y: 1,
        w: sympy.Rational(1, 2),
        b: sympy.Rational(-3, 10),
        k: sympy.Rational(1, 10),
    }
    found = matrix(hessian(EXAMPLES[0].source))
    expected = sympy.hessian(loss, (w, b)).xreplace(point).evalf(30)
    np.testing.assert_allclose(found, np.array(expected.tolist(), dtype=float), rtol=1e-13)


def test_logistic_regression_is_as_textbooks_have_it() -> None:
    found = hessian(ROWS)
    prepared = bind(ROWS)
    numbers = prepared.numbers()
    p = numbers.value(prepared.definition.names["p"][-1].node)
    X = np.column_stack([prepared.leaves["X"], np.ones(4)])
    np.testing.assert_allclose(matrix(found), X.T @ np.diag(p * (1 - p)) @ X / 4, rtol=1e-12)
    alone = hessian(ROWS, wrt=["w"])
    assert alone["product_formulas"]["w"]["text"] == "X.T @ ((X @ v_w)*p*(1 - p)) / 4"
    assert alone["formulas"] is None
    assert "product_formulas" in alone["formulas_skipped"]


@pytest.mark.parametrize(
    ("text", "book"),
    [
        (
            f"{DESIGN}target y = [1, 0, 2]\nm = exp(X @ w)\nL = sum(m) - dot(y, X @ w)",
            "X.T @ diag(m) @ X",
        ),
        (
            f"{DESIGN}target y = [1, 0, 1]\nconst k = 0.1\np = sigmoid(X @ w)\n"
            "L = mean(-y*log(p) - (1 - y)*log(1 - p)) + k*sum(w^2)",
            "X.T @ diag(p*(1 - p)) @ X / 3 + 2*k*eye(2)",
        ),
        (
            f"{DESIGN}target y = [1, 0, 1]\nL = sum((X @ w - y)^2)/2",
            "X.T @ X",
        ),
        (
            "param w = [0.2, 0.6, 1]\nL = logsumexp(w)",
            "diag(softmax(w)) - outer(softmax(w), softmax(w))",
        ),
        ("const A = [[2, 1], [3, 3]]\nparam w = [0.2, 0.6]\nL = w @ A @ w/2", "(A + A.T) / 2"),
    ],
)
def test_of_a_vector_the_matrix_is_the_books(text: str, book: str) -> None:
    found = hessian(text)
    assert found["matrix_formulas"]["w"]["w"]["text"] == book
    np.testing.assert_allclose(worth(bind(text), book), found["hessian"]["w"]["w"], rtol=1e-12)


def test_matrix_formulas_of_several_names_are_the_blocks() -> None:
    found = hessian(ROWS)
    for one, row in found["matrix_formulas"].items():
        for other, formula in row.items():
            made = worth(bind(ROWS), formula["text"])
            np.testing.assert_allclose(made, found["hessian"][one][other], rtol=1e-12)
    assert hessian(ROWS, wrt=["w[0]", "b"])["matrix_formulas"] is None


def worth(prepared: BoundModel, text: str) -> Array:
    """What a text in the definition's names is worth."""
    answer = read_answer(prepared.definition, text)
    numbers = prepared.numbers()
    known = {leaf.id: numbers.value(answer.meant[name]) for name, leaf in answer.names.items()}
    return np.asarray(compute([answer.node], known)[answer.node.id])


def test_printed_formulas_say_what_the_numbers_are() -> None:
    source = next(each.source for each in EXAMPLES if each.id == "nine-weights")
    found = hessian(source)
    prepared = bind(source)
    for one, row in found["formulas"].items():
        for other, formula in row.items():
            value = worth(prepared, formula["text"])
            assert float(value) == pytest.approx(found["hessian"][one][other], rel=1e-12, abs=1e-15)
            assert formula["latex"]


def test_the_product_with_a_vector_is_the_matrix_times_it() -> None:
    whole = matrix(hessian(ROWS))
    found = hessian(ROWS, vector={"w": [1, -2, 0.5], "b": 3})
    assert found["hessian"] is found["symmetric"] is None
    expected = whole @ [1, -2, 0.5, 3]
    np.testing.assert_allclose(
        [*found["product"]["w"], found["product"]["b"]], expected, rtol=1e-13
    )
    along = np.array([1, -2, 0.5, 3])
    assert found["curvature"] == pytest.approx(along @ expected / (along @ along), rel=1e-12)
    assert hessian(ROWS, vector={"b": 0})["curvature"] is None
    assert hessian(ROWS, vector={"b": 1e-200})["curvature"] == pytest.approx(whole[3, 3], rel=1e-12)
    left_out = hessian(ROWS, vector={"b": 2})["product"]
    np.testing.assert_allclose(left_out["w"], 2 * whole[:3, 3], rtol=1e-13)


@pytest.mark.parametrize(
    ("loss", "bending"),
    [
        ("x^2 + 3*y^2", "bends upwards in every direction"),
        ("-x^2 - y^2", "bends downwards in every direction"),
        ("x^2 - y^2", "bends upwards in some directions and downwards in others"),
        ("x^2 + y", "bends upwards in some directions and not at all in others"),
        ("x - (x + y)^2", "bends downwards in some directions and not at all in others"),
        ("x + 2*y", "does not bend"),
        ("x*sqrt(y - 1)", None),
    ],
)
def test_eigenvalues_are_told_in_words(loss: str, bending: str | None) -> None:
    assert hessian(f"param x = 1\nparam y = 1\nL = {loss}")["bending"] == bending


def test_elements_and_inputs_can_be_asked_for() -> None:
    source = "input x = [1, 2]\nparam W = [[0.1, 0.2], [0.3, -0.4]]\nL = sum(tanh(W @ x)^2)\n"
    whole = hessian(source)["hessian"]["W"]["W"]
    found = hessian(source, wrt=["W[0,1]", "W[-1,0]", "x"])
    assert found["hessian"]["W[0,1]"]["W[0,1]"] == pytest.approx(whole[0][1][0][1], rel=1e-14)
    assert found["hessian"]["W[0,1]"]["W[-1,0]"] == pytest.approx(whole[0][1][1][0], abs=1e-14)
    assert np.shape(found["hessian"]["x"]["W[0,1]"]) == (2,)
    assert found["symmetric"] is True
    product = hessian(source, wrt=["W[0,1]", "x"], vector={"W[0,1]": 2})["product"]
    assert product["W[0,1]"] == pytest.approx(2 * whole[0][1][0][1], rel=1e-14)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("param w = 0\nL = relu(w)^2 + w\n", 0.0),
        ("param w = 2\nL = relu(w)^2\n", 2.0),
        ("param w = -1\nL = abs(w)*w\n", -2.0),
        ("param w = 0\nL = w^3\n", 0.0),
        ("param w = 3\nL = 2*w + 1\n", 0.0),
        ("param w = 3\nL = 5*w^2/2\n", 5.0),
        ("param w = 0.5\ninput x = 1000\nL = where(w > 0, w^2, exp(x*w))\n", 2.0),
    ],
)
def test_kinks_constants_and_hidden_infinities(source: str, expected: float) -> None:
    found = hessian(source)
    assert found["hessian"]["w"]["w"] == expected


def test_conventions_are_named() -> None:
    found = hessian("param w = 0\nL = abs(w) + w^2\n")
    assert [each["code"] for each in found["warnings"]] == ["convention"] or found["warnings"]


def test_what_is_too_much_is_refused_before_it_is_computed() -> None:
    large = "param w[300] ~ normal(0, 1)\nL = sum(exp(w))\n"
    with pytest.raises(LimitError) as refused:
        hessian(large)
    assert refused.value.details == {"limit": "hessian_parameters", "measured": 300, "allowed": 200}
    assert "vector" in (refused.value.faults[0].hint or "")
    found = hessian(large, vector={"w": [1] * 300})
    w = bind(large).leaves["w"]
    np.testing.assert_allclose(found["product"]["w"], np.exp(w), rtol=1e-14)
    long = "param w[150] ~ normal(0, 0.1)\nh = w\nfor t in range(500):\n    h = sin(h + w)*0.9\n"
    with pytest.raises(LimitError) as refused:
        hessian(long + "L = sum(h^2)\n")
    assert refused.value.details["limit"] == "hessian_work"


@pytest.mark.parametrize(
    ("more", "pointer", "message"),
    [
        ({"wrt": ["w", "z"]}, "/wrt/1", "'z' is computed"),
        ({"wrt": ["v"]}, "/wrt/0", "no name 'v'"),
        ({"vector": {"q": 1}}, "/vector/q", "'q' is not asked for"),
        ({"vector": {"w": 1}}, "/vector/w", "'w' has shape 3; a single number is given"),
        ({"vector": {"b": [1]}}, "/vector/b", "'b' is a scalar; a list of 1 is given"),
    ],
)
def test_what_cannot_be_asked_for_is_said_at_its_place(
    more: dict[str, Any], pointer: str, message: str
) -> None:
    with pytest.raises((RequestError, ValuesError)) as refused:
        hessian(ROWS, **more)
    (fault,) = refused.value.faults
    assert fault.pointer == pointer
    assert message in fault.message


def test_a_planted_wrong_gradient_is_not_symmetric(monkeypatch: pytest.MonkeyPatch) -> None:
    right = vars(CompiledModel)["back"].func

    def planted(self: CompiledModel) -> Backward:
        back = right(self)
        names = self.definition.names
        w, x = names["w"][-1].node, names["b"][-1].node
        adjoint = back.adjoints[x.id]
        assert adjoint is not None
        return Backward({**back.adjoints, x.id: adjoint + 0.001 * w**2}, back.gathered)

    monkeypatch.setattr(CompiledModel, "back", property(planted))
    found = hessian(EXAMPLES[0].source + "# planted\n")
    assert found["symmetric"] is False
    assert found["asymmetry"] > 1e-4


def test_asking_again_adds_nothing_to_the_graph() -> None:
    graph = bind(ROWS).definition.graph
    hessian(ROWS)
    before = len(graph.nodes)
    hessian(ROWS)
    hessian(ROWS, vector={"b": 1})
    assert len(graph.nodes) == before


@pytest.mark.slow
def test_a_network_against_pytorch() -> None:
    torch = pytest.importorskip("torch")
    source = "input X[6, 3] ~ normal(0, 1)\ntarget y = [0, 1, 1, 0, 2, 2]\nparam V[4, 3] ~ xavier\n"
    source += "param c[4] ~ normal(0, 0.3)\nparam W[3, 4] ~ xavier\n"
    source += "L = cross_entropy(tanh(X @ V.T + c) @ W.T, y) + 0.1*sum(V^2)\n"
    leaves = bind(source).leaves
    parts = [torch.tensor(leaves[name], dtype=torch.float64) for name in ("V", "c", "W")]
    X, y = torch.tensor(leaves["X"]), torch.tensor(leaves["y"], dtype=torch.long)

    def loss(V: Any, c: Any, W: Any) -> Any:
        scores = torch.tanh(X @ V.T + c) @ W.T
        return torch.nn.functional.cross_entropy(scores, y) + 0.1 * (V**2).sum()

    expected = torch.autograd.functional.hessian(loss, tuple(parts))
    found = hessian(source)
    for i, one in enumerate(("V", "c", "W")):
        for j, other in enumerate(("V", "c", "W")):
            np.testing.assert_allclose(
                found["hessian"][one][other], expected[i][j].numpy(), rtol=1e-10, atol=1e-12
            )


def test_an_empty_wrt_means_every_parameter() -> None:
    request = {"source": "param w = 2\nparam v = 3\nL = w^2 * v\n"}
    assert CALLS["hessian"]({**request, "wrt": []}) == CALLS["hessian"](request)
