"""Matrix and shared forms: as the lectures write them, read back to backprop's very numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backstep.errors import FormulaTooLarge, RequestError
from backstep.examples import EXAMPLES
from tests.asking import CALLS
from tests.binding.reading import backprop, read_back

SOURCES = {example.id: example.source for example in EXAMPLES}


def derive(source: str, form: str, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = CALLS["derive"]({"source": source, "form": form, **more})
    return answer


def texts(source: str, **more: Any) -> dict[str, str]:
    return {
        name: each["text"] for name, each in derive(source, "matrix", **more)["gradients"].items()
    }


def check(source: str, values: dict[str, Any] | None = None) -> None:
    """Both forms, read back, are backprop's gradients."""
    wanted = backprop(source, values)
    for form in ("matrix", "shared"):
        answer = derive(source, form)
        given = [(each["name"], each["text"]) for each in answer.get("definitions", ())]
        wrt = [
            (f"read{place}", each["text"])
            for place, each in enumerate(answer["gradients"].values())
        ]
        found = read_back(source, [*given, *wrt], values)
        for (name, text), (key, each) in zip(wrt, answer["gradients"].items(), strict=True):
            assert list(found[name].shape) == each["shape"], text
            np.testing.assert_allclose(
                found[name], wanted[key], rtol=1e-11, atol=1e-13, err_msg=f"{form} {key} = {text}"
            )
        for each in answer.get("definitions", ()):
            assert list(found[each["name"]].shape) == each["shape"]


@pytest.mark.parametrize("name", SOURCES)
def test_an_examples_formulas_read_back_to_backprops_numbers(name: str) -> None:
    try:
        check(SOURCES[name])
    except FormulaTooLarge as refused:
        assert "shared" in str(refused.faults[0].hint)
        check_shared(SOURCES[name])


def check_shared(source: str) -> None:
    answer = derive(source, "shared")
    given = [(each["name"], each["text"]) for each in answer["definitions"]]
    wrt = [(f"read{n}", each["text"]) for n, each in enumerate(answer["gradients"].values())]
    found = read_back(source, [*given, *wrt])
    wanted = backprop(source)
    for (name, text), key in zip(wrt, answer["gradients"], strict=True):
        np.testing.assert_allclose(found[name], wanted[key], rtol=1e-11, err_msg=text)


# The lectures' systems


def test_linear_regression() -> None:
    assert texts(SOURCES["linear-regression"]) == {"w": "(p - y)*x", "b": "p - y"}


def test_logistic_regression() -> None:
    assert texts(SOURCES["logistic-regression"]) == {"w": "(p - y)*x", "b": "p - y"}
    by_loss = "input x = [1, 2]\ntarget y = 1\nparam w = [0.3, -0.2]\np = sigmoid(dot(w, x))\n"
    assert texts(by_loss + "L = -log(p)") == {"w": "(p - 1)*x"}
    assert texts(by_loss + "L = bce(p, y)") == {"w": "(p - y)*x"}
    by_logit = "input x = [1, 2]\ntarget y = 1\nparam w = [0.3, -0.2]\nz = dot(w, x)\n"
    assert texts(by_logit + "p = sigmoid(z)\nL = bce_with_logits(z, y)") == {"w": "(p - y)*x"}


def test_toy_neuron() -> None:
    assert texts(SOURCES["toy-neuron"]) == {
        "w": "(u - y)*u*(1 - u)*x + 2*lambda*w",
        "b": "(u - y)*u*(1 - u)",
    }


def test_nine_weights() -> None:
    found = texts(SOURCES["nine-weights"])
    assert found["w__h_22"] == "(y - t)*w__o_21*z_2*(1 - z_2)*x_2"
    assert found["w__o_11"] == "(y - t)*z_1"


def test_two_layers_in_matrix_form() -> None:
    answer = derive(SOURCES["two-layers"], "matrix")["gradients"]
    assert answer["W_1"]["text"] == "(p - 1)*outer(w_o*z*(1 - z), x)"
    assert answer["W_1"]["latex"] == (
        r"\left(p - 1\right) \, \left(w_{o} \odot z \odot \left(1 - z\right)\right) \, x^{\top}"
    )
    assert answer["W_1"]["latex_shapes"] == (
        r"\left(p - 1\right) \, \left(\underset{2}{w_{o}} \odot \underset{2}{z} \odot "
        r"\left(1 - \underset{2}{z}\right)\right) \, \underset{3}{x}^{\top}"
    )
    assert answer["w_o"]["text"] == "(p - 1)*z"


def test_deep_network_with_softmax() -> None:
    answer = derive(SOURCES["deep-network"], "matrix", wrt=["s", "f", "a"])["gradients"]
    assert answer["s"]["text"] == "f - one_hot(y, 2)"
    assert answer["f"]["text"] == "-one_hot(y, 2) / pick(f, y)"
    assert answer["a"]["text"] == "(s.W.T @ (f - one_hot(y, 2)))*(1 - h^2)"


def test_relu_softmax_and_cross_entropy() -> None:
    found = texts(SOURCES["softmax-layer"], wrt=["h", "W"])
    assert found["h"] == "a - z"
    assert found["W"] == "outer((a - z)*step(q), x)"
    by_class = (
        SOURCES["softmax-layer"]
        .replace("[0, 1, 0]", "1")
        .replace("J = -sum(z * log(a))", "J = nll(a, z)")
    )
    assert texts(by_class)["W"] == "outer((a - one_hot(z, 3))*step(q), x)"


def test_a_batch_is_the_mean_of_its_rows() -> None:
    source = (
        "input X[4, 3] ~ normal(0, 1)\ntarget Y = [0, 1, 1, 0]\nparam W[3, 2] ~ xavier\n"
        "param b[2] ~ zeros\nS = X @ W + b\nP = softmax(S)\nL = cross_entropy(S, Y)"
    )
    assert texts(source) == {
        "W": "X.T @ (P - one_hot(Y, 2)) / 4",
        "b": "sum(P - one_hot(Y, 2), axis=0) / 4",
    }
    check(source)
    dense = "input X[4, 3] ~ normal(0, 1)\ntarget Y = [0, 1, 1, 0]\ns = dense(X, 2)\n"
    assert texts(dense + "P = softmax(s)\nL = nll(P, Y)") == {
        "s.W": "(P - one_hot(Y, 2)).T @ X / 4",
        "s.b": "sum(P - one_hot(Y, 2), axis=0) / 4",
    }
    assert texts(SOURCES["batch-loss"]) == {
        "w": "X.T @ (p - y) / 4 + lambda_1*sign(w) + 2*lambda_2*w",
        "b": "sum(p - y) / 4",
    }


def test_a_recurrent_networks_weights_are_sums_over_time() -> None:
    answer = derive(SOURCES["rnn"], "shared")
    assert [each["of"] for each in answer["definitions"]] == ["h", None] * 3
    assert answer["definitions"][0]["text"] == "h - y"
    names = [each["name"] for each in answer["definitions"][1::2]]
    assert answer["gradients"]["W_h"]["text"] == (
        f"outer({names[2]}, h⁽¹⁾) + outer({names[1]}, h⁽²⁾) + outer({names[0]}, h⁽³⁾)"
    )


# Shared form


def test_partials_are_given_once_in_the_order_of_backprop() -> None:
    answer = derive(SOURCES["two-layers"], "shared")
    assert [(each["name"], each["text"], each["of"]) for each in answer["definitions"]] == [
        ("delta_p", "-1 / p", "p"),
        ("delta_s", "delta_p*p*(1 - p)", "s"),
        ("delta_z", "delta_s*w_o", "z"),
        ("delta_a", "delta_z*z*(1 - z)", "a"),
    ]
    assert [each["symbol"] for each in answer["definitions"]][-1] == r"\delta_{a}"
    assert {name: each["text"] for name, each in answer["gradients"].items()} == {
        "W_1": "outer(delta_a, x)",
        "w_o": "delta_s*z",
    }


def test_a_taken_name_is_not_given_to_a_partial() -> None:
    source = "param w = 2\nparam delta_u = 3\nu = w*delta_u\nz = sin(u)*u\nL = z^2"
    names = [each["name"] for each in derive(source, "shared")["definitions"]]
    assert names == ["delta_z", "delta_u_"]
    check(source)


# What is asked for, and what is too much


def test_an_element_is_asked_for_by_its_place() -> None:
    found = texts(SOURCES["two-layers"], wrt=["W_1[1, 2]", "z"])
    assert found["z"] == "(p - 1)*w_o"
    values = read_back(SOURCES["two-layers"], [("read", found["W_1[1, 2]"])])
    assert values["read"] == pytest.approx(backprop(SOURCES["two-layers"])["W_1"][1, 2])


def test_what_the_loss_does_not_read_is_zero() -> None:
    source = "param v[2, 3] ~ zeros\nparam c = 1\nparam w = 2\nL = w^2"
    assert texts(source) == {"v": "zeros(2, 3)", "c": "0", "w": "2*w"}
    check(source)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(RequestError):
        derive("param w = 2\nL = w^2", "matrix", wrt=["q"])


def test_a_formula_past_the_limit_is_refused_and_the_shared_form_answers() -> None:
    # Nothing has a name in here, and each cosine is read twice: written out it doubles.
    source = "param w = 0.3\nf(x) = sin(x)*cos(x)\nu = " + "f(" * 40 + "w" + ")" * 40 + "\nL = u^2"
    with pytest.raises(FormulaTooLarge) as refused:
        derive(source, "matrix")
    (fault,) = refused.value.faults
    assert fault.code == "formula_too_large"
    assert "∂L/∂w" in fault.message
    assert "shared" in str(fault.hint)
    answer = derive(source, "shared")
    assert sum(each["operations"] for each in answer["definitions"]) < 1500
    check_shared(source)


def test_large_tensors_are_symbols() -> None:
    source = (
        "input x[784] ~ normal(0, 1)\ntarget y = 3\nh = relu(dense(x, 256))\n"
        "s = dense(h, 10)\nL = cross_entropy(s, y)"
    )
    for form in ("matrix", "shared"):
        answer = derive(source, form)
        assert all(len(each["latex"]) < 400 for each in answer["gradients"].values())
    assert texts(source)["s.W"] == "outer(softmax(s) - one_hot(y, 10), h)"


@pytest.mark.parametrize(
    "source",
    [
        "param X[2, 3, 4] ~ normal(0, 1)\nparam A[2, 4, 2] ~ normal(0, 1)\nL = sum((X @ A)^2)",
        "param X[2, 3, 4] ~ normal(0, 1)\nL = sum(transpose(X)[1, :, 0]^3)",
        "param x[5] ~ normal(0, 1)\nL = sum(x[1:4:2]^2) + x[0]*x[4] + sum(x[::-1]*x)",
        "param W[3, 4] ~ normal(0, 1)\nL = sum(W[1]^2) + sum(W[:, 2]^3) + W[0, 0]*W[2, 3]",
        "param W[3, 4] ~ normal(0, 1)\nL = sum(W[0:2, 1:3]^2) + sum(W[::2]^3)",
        "param a[3] ~ normal(0, 1)\nparam b[3] ~ normal(0, 1)\nL = sum([a, b]^2) + norm(a - b)",
        "param a[2, 3] ~ normal(0, 1)\nh = dropout(a, 0.5)\nL = sum(h^3)",
        "param a[2, 3] ~ normal(0, 1)\nL = sum(layer_norm(a, 2, 1)^3)",
        "param a[2, 3, 4] ~ normal(0, 1)\nL = sum(batch_norm(a, [1, 2, 3, 4][0:3][0], 1)^3)",
        "param a[4] ~ uniform(1, 2)\nL = prod(a) + max(a)*min(a) + var(a) + logsumexp(a)",
        "param a[4] ~ uniform(1, 2)\nparam c = 3\nL = sum(a^c) + sum(c^a) + sum(1/(a + c))",
        "param a[3] ~ normal(0, 1)\ntarget k = 2\n"
        "L = hinge(a, k) + sum(softmax(a, temperature=3)^2)",
        "param a[2, 3] ~ normal(0, 1)\nL = sum(gelu(a)*silu(a) + selu(a) + elu(a)^2)",
        "param a[2, 3] ~ normal(0, 1)\nparam b[2, 1] ~ normal(0, 1)\nL = sum(a*b)^2 + sum(a + b)",
        "param a[2, 3] ~ normal(0, 1)\nparam b[3] ~ normal(0, 1)\n"
        "L = sum((a*b)^2) + mean(a, axis=1)[0]",
        "param a[2, 3] ~ normal(0, 1)\nparam c = 2\nL = sum(where(a > 0, a*c, c)^2)",
        "param p[2, 3] ~ uniform(0.1, 0.9)\ntarget y[2, 3] ~ uniform(0, 1)\n"
        "L = bce(p, y) + nll(p, y)",
        "param z[2, 3] ~ normal(0, 1)\ntarget y[2, 3] ~ uniform(0, 1)\nL = bce_with_logits(z, y)^2",
        "param z[2, 3] ~ normal(0, 1)\ntarget y[2, 3] ~ uniform(0, 1)\nL = cross_entropy(z, y)",
        "param z[2, 3] ~ normal(0, 1)\ntarget y = [2, 0]\nL = cross_entropy(z, y) + hinge(z, y)",
        "param x[2, 6] ~ normal(0, 1)\nh = conv1d(x, filters=2, kernel=3, padding=1, stride=2)\n"
        "L = sum(max_pool1d(h, 2)^2)",
        "param x[3, 4] ~ normal(0, 1)\ns = self_attention(x, 2)\nL = sum(s^2)",
        "param x[2, 3] ~ normal(0, 1)\nh = zeros(2, 2)\nc = zeros(2, 2)\nfor t in range(2):\n"
        "    h, c = lstm_cell(x, h, c)\nL = sum(h^2)",
        "param a = 2\nparam b = 3\nL = a*b",
        "param a = 2\nL = exp(a)",
    ],
)
def test_formulas_of_all_sorts_read_back(source: str) -> None:
    try:
        check(source)
    except FormulaTooLarge:
        check_shared(source)


@pytest.mark.parametrize(
    "source",
    [
        "input x[60, 2] ~ normal(0, 1)\nparam W_x[2, 2] ~ xavier\nparam W_h[2, 2] ~ xavier\n"
        "param b[2] ~ zeros\nh = zeros(2)\nfor t in range(60):\n"
        "    h = rnn_cell(x[t], h, W_x, W_h, b)\nL = sum(h^2)",
        "param w = 0.1\nL = w" + "".join(f" + sin({place}*w)" for place in range(200)),
        "param w = 0.9\nL = w" + "".join(f"*cos({place}*w)" for place in range(60)),
        "param w = 0.1\ns = w\nfor t in range(200):\n    s = sin(s)\nL = s^2",
    ],
    ids=["recurrent", "sum", "product", "chain"],
)
def test_the_shared_form_is_for_any_length(source: str) -> None:
    check_shared(source)


@pytest.mark.parametrize(
    ("source", "wrt", "form"),
    [
        ("input x = 2\nparam w = 3\nL = (w*x)^2", None, "scalar"),
        ("input x = [1, 2]\nparam w = [3, 4]\nL = (w @ x)^2", None, "matrix"),
        ("input x = 2\nparam w = 3\nu = tanh(w*x)\nL = (u - 1)^2", None, "matrix"),
        ("param w = [3, 4]\nL = w[0]*w[1]", ["w[1]"], "scalar"),
        ("input x = [1, 2]\nparam w = [3, 4]\nL = (w @ x)^2", ["w[1]"], "matrix"),
        ("param w = 0.5\nh = w\nfor t in range(40):\n    h = tanh(w*h)\nL = h^2", None, "shared"),
        (next(each.source for each in EXAMPLES if each.id == "rnn"), None, "matrix"),
        # Of twelve matrix forms none can be read; the longest shared result is a line.
        (next(each.source for each in EXAMPLES if each.id == "lstm"), None, "shared"),
    ],
)
def test_the_form_that_fits_is_found(source: str, wrt: list[str] | None, form: str) -> None:
    more = {} if wrt is None else {"wrt": wrt}
    found = CALLS["derive"]({"source": source, "form": "auto", **more})
    assert found == CALLS["derive"]({"source": source, "form": form, **more})


def test_a_value_that_a_mask_compares_is_given_as_typed() -> None:
    inner = "0.1*w*3 - 0.09"
    source = f"param w = [0.3, 0.2]\nL = sum(relu(({inner})*w*2)*3*relu({inner}))"
    found = CALLS["derive"]({"source": source, "form": "shared"})["definitions"]
    assert inner in [each["text"] for each in found if each["kind"] == "value"]


def test_an_element_of_a_transpose_stands_across_the_diagonal() -> None:
    source = "param W = [[1, 2], [3, 4]]\nconst C = [[5, 6], [7, 8]]\nL = sum(exp(W.T)*C)"
    found = CALLS["derive"]({"source": source, "form": "matrix", "wrt": ["W[0,1]"]})
    assert found["gradients"]["W[0,1]"]["text"] == "C[1, 0]*exp(W[0, 1])"
