"""Formulas as objects: every notation, SymPy's own expression, and a function of arrays."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
import sympy

from backstep.errors import FormulaTooLarge
from backstep.examples import EXAMPLES
from backstep.network import Network
from backstep.network.formula import Form, Formula

NEURON = EXAMPLES[0].source
TIED = """\
input X = [[1, 2], [3, 4]]
param W = [[0.1], [-0.2]]
target y = [1, 0]
p = sigmoid(X @ W)[:, 0]
L = mean((p - y)^2) + max(p) + relu(W[0, 0])
"""


def formulas(net: Network, form: Form) -> list[Formula]:
    """The loss in the form that fits, and every gradient in this one."""
    return [net.loss, *(net.gradient(name, form=form) for name in net.evaluate().gradients)]


@pytest.mark.parametrize("form", ["scalar", "matrix", "shared"])
def test_a_formula_has_every_notation(form: Form) -> None:
    net = Network(NEURON if form == "scalar" else TIED)
    for each in formulas(net, form):
        assert each.text
        assert "\\" in each.latex
        assert ElementTree.fromstring(each.mathml.replace("&", "&amp;")).tag == "math"
        for part in each.definitions:
            assert ElementTree.fromstring(part.mathml).tag == "math"
        shown = each._repr_mimebundle_()
        assert shown["text/latex"] == each._repr_latex_()
        assert each.latex in shown["text/latex"]
        assert each.text in shown["text/plain"]
        assert repr(each).splitlines()[-1] == f"{each.name} = {each.text}"


def test_a_formula_of_every_example_can_be_set() -> None:
    for example in EXAMPLES:
        net = Network(example.source)
        name = next(iter(net.evaluate().gradients))
        found = net.gradient(name, form="shared")
        for part in (*found.definitions, found):
            assert part.mathml.startswith("<math"), (example.id, part.text)


def test_the_longest_formulas_are_set_too() -> None:
    source = next(example.source for example in EXAMPLES if example.id == "lstm-cell")
    found = Network(source).gradient("W_x", form="matrix")
    assert len(found.latex) > 4000
    assert found.mathml.startswith("<math")
    assert "<mtext>" not in found.mathml


def test_the_shared_form_has_each_intermediate_result_once() -> None:
    found = Network(NEURON).gradient("w", form="shared")
    assert found.form == "shared"
    names = [each.name for each in found.definitions]
    assert len(names) == len(set(names)) > 0
    assert names[-1] in found.text
    assert str(found).splitlines()[-1] == f"∂L/∂w = {found.text}"
    assert str(found).splitlines()[0] == str(found.definitions[0])
    assert found._repr_latex_().startswith("\\begin{align*}")


def test_a_printed_gradient_is_right_as_an_answer() -> None:
    net = Network(NEURON)
    forms: tuple[Form, ...] = ("matrix", "scalar", "shared")
    for form in forms:
        assert net.compare("w", net.gradient("w", form=form).text)


@pytest.mark.parametrize("source", [NEURON, TIED], ids=["neuron", "tied"])
def test_sympys_expression_has_the_values_of_backprop(source: str) -> None:
    net = Network(source)
    e = net.evaluate()
    values = {
        sympy.Symbol("_".join([name, *map(str, at)])): array[at]
        for name, array in e.values.items()
        for at in np.ndindex(array.shape)
    }
    values |= {sympy.Symbol("lambda_"): e.values["lambda"]} if "lambda" in e.values else {}
    assert float(net.loss.sympy().subs(values)) == pytest.approx(e.loss, rel=1e-12)
    for name, gradient in e.gradients.items():
        found = net.gradient(name, form="matrix").sympy()
        assert getattr(found, "shape", ()) == gradient.shape
        assert not found.atoms(sympy.core.function.AppliedUndef)
        flat = found.flat() if gradient.shape else [found]
        mine = [float(sympy.N(each.subs(values))) for each in flat]
        np.testing.assert_allclose(mine, gradient.reshape(-1), rtol=1e-12)


def test_sympys_expression_is_one_of_sympys_own_functions() -> None:
    found = Network("param x = [1, 2, 3]\nL = sum(softplus(x)) + norm(x) + gelu(x[0])").gradient(
        "x"
    )
    derived = found.sympy()
    assert isinstance(derived, sympy.ImmutableDenseNDimArray)
    assert all(type(each).__module__.startswith("sympy.") for each in derived.atoms(sympy.Function))
    w = Network("param w = 2\nL = sin(w)*exp(w)").gradient("w").sympy()
    x = sympy.Symbol("w")
    assert sympy.simplify(w - sympy.diff(sympy.sin(x) * sympy.exp(x), x)) == 0


def test_an_array_function_is_the_gradient_at_any_values() -> None:
    net = Network(TIED)
    W = np.array([[0.3], [0.4]])
    by = net.evaluate(W=W).gradients["W"]
    function = net.gradient("W").numpy()
    np.testing.assert_allclose(function(W=W), by)
    np.testing.assert_allclose(np.asarray(function), net.evaluate().gradients["W"])
    element = net.gradient("W[1,0]").numpy()
    assert element(W=W) == pytest.approx(by[1, 0])
    assert float(element) == pytest.approx(net.evaluate().gradients["W"][1, 0])
    assert net.loss.numpy()({"W": W}) == pytest.approx(net.evaluate(W=W).loss)
    assert "import numpy as np" in str(function)
    assert "return L, {'W': dW}" in function.source


def test_an_element_is_written_with_its_place_below() -> None:
    found = Network(TIED).gradient("W[1,0]")
    assert found.shape == ()
    assert found.name == "∂L/∂W[1,0]"
    assert found._repr_latex_().startswith(
        "$\\displaystyle \\frac{\\partial L}{\\partial {W}_{1,0}}"
    )


def test_a_tensor_in_scalar_form_is_a_matrix_of_formulas() -> None:
    found = Network("param W = [[1, 2], [3, 4]]\nL = sum(W^2)").gradient("W", form="scalar")
    assert found.text == "[[2*W_0_0, 2*W_0_1], [2*W_1_0, 2*W_1_1]]"
    assert found.latex == (
        "\\begin{bmatrix} 2 \\, W_{0,0} & 2 \\, W_{0,1} \\\\ "
        "2 \\, W_{1,0} & 2 \\, W_{1,1} \\end{bmatrix}"
    )
    cube = Network("param T = ones(1, 2, 1)\nL = sum(T^2)").gradient("T", form="scalar")
    assert cube.latex.count("\\begin{bmatrix}") == 2
    assert np.shape(cube.sympy()) == (1, 2, 1)


def test_a_formula_that_is_too_large_is_refused_with_what_to_ask_for() -> None:
    source = "param W[40, 40] ~ normal(0, 1)\nh = tanh(W @ tanh(W @ W))\nL = sum(h^2)"
    with pytest.raises(FormulaTooLarge, match=r'ask for .* form: "shared"'):
        Network(source).gradient("W", form="scalar")
    assert Network(source).gradient("W").form in ("matrix", "shared")
