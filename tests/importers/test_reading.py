"""What pasted Python is read as: words, roles, shapes, warnings, refusals, bounds."""

from __future__ import annotations

import pytest

from backstep.errors import BackstepError, PastedError
from backstep.importers.definition import Imported
from backstep.importers.python import from_python
from backstep.lang.compile.compiler import compile_text
from backstep.network import Network


def _lines(text: str) -> list[str]:
    return from_python(text).source.splitlines()


def _refused(text: str) -> tuple[str, int | None]:
    with pytest.raises(PastedError) as caught:
        from_python(text)
    (fault,) = caught.value.faults
    return fault.message, None if fault.span is None else fault.span.line


DATA = "x = np.array([[0.2, -0.5, 1.5], [1.0, 0.4, -0.3]])\nw = np.ones(3)\n"


@pytest.mark.parametrize(
    ("python", "line"),
    [
        ("np.sum(np.log1p(x))", None),
        ("np.mean(x, axis=1).max()", "max(mean(x, axis=1))"),
        ("x.T.dot(x).trace()", "sum(x.T @ x*eye(3))"),
        ("np.clip(x, 0, 1).sum()", "sum(clip(x, 0, 1))"),
        ("x.clip(min=0).sum()", "sum(maximum(x, 0))"),
        ("np.where(x > 0, x, 0.1 * x).sum()", "sum(where(x > 0, x, 0.1*x))"),
        ("((x > 0) * x).sum()", "sum(where(x > 0, 1, 0)*x)"),
        ("np.sum(x, axis=1, keepdims=True).sum()", "sum(reshape(sum(x, axis=1), 2, 1))"),
        ("np.power(x, 2).sum()", "sum(x^2)"),
        ("-(x ** 2).sum()", "-sum(x^2)"),
        ("(2 ** -x[0, 1]) / (3 - (1 - x[0, 0]))", "2^(-x[0, 1])/(3 - (1 - x[0, 0]))"),
        ("x[:, None, :].sum()", "sum(reshape(x, 2, 1, 3))"),
        ("x[0] @ w", "x[0] @ w"),
        ("x[-1, ::2].sum()", "sum(x[-1, ::2])"),
        ("np.concatenate([x, x], axis=1).sum()", "sum(concat(x, x, axis=1))"),
        ("np.linalg.norm(x)", "norm(x)"),
        ("np.outer(w, w).sum()", "sum(outer(w, w))"),
        ("sum(w)", "sum(w)"),
        ("max(w[0], w[1])", "max(w[0], w[1])"),
        ("(x if True else w).sum()", "sum(x)"),
        ("x.reshape(-1).sum()", "sum(flatten(x))"),
        ("np.std(x)", None),
        ("np.squeeze(x[:1]).sum()", "sum(flatten(x[:1]))"),
    ],
)
def test_numpy_is_written_in_the_words_of_the_language(python: str, line: str | None) -> None:
    import numpy as np

    found = from_python(f"{DATA}y_ = {python}")
    if line is not None:
        assert f"y_ = {line}" in found.source.splitlines() or f"= {line}" in found.source
    space: dict[str, object] = {"np": np}
    exec(f"{DATA}y_ = {python}", space)
    computed = float(Network(found.source).evaluate().loss.value)
    assert computed == pytest.approx(float(space["y_"]), rel=1e-12)  # type: ignore[arg-type]


TORCH = """import torch
import torch.nn.functional as F
x = torch.tensor([1., 2., 4.], requires_grad=True)
"""


@pytest.mark.parametrize(
    ("python", "expected"),
    [
        ("x.var()", 7 / 3),
        ("x.std(unbiased=False) ** 2", 14 / 9),
        ("x.max(dim=0)[0]", 4.0),
        ("F.elu(-x, alpha=2.0).sum()", -4.956939),
        ("F.softplus(x, beta=2).sum()", 7.0727067),
        ("F.nll_loss(F.log_softmax(x, dim=0), torch.tensor(1))", 2.169846),
        ("F.cross_entropy(x, torch.tensor(1))", 2.169846),
        ("x.norm(1)", 7.0),
        ("torch.einsum('i,i->', x, x)", 21.0),
        ("x.pow(2).mean()", 7.0),
        ("x.view(3, 1).t().mm(x.view(-1, 1)).squeeze()", 21.0),
        ("F.normalize(x, dim=0).sum()", 1.5275252),
    ],
)
def test_pytorch_keeps_its_own_defaults(python: str, expected: float) -> None:
    found = from_python(f"{TORCH}loss = {python}\nloss.backward()")
    result = Network(found.source).evaluate()
    assert float(result.loss.value) == pytest.approx(expected, rel=1e-6)
    assert list(result.gradients) == ["x"]


def test_what_is_updated_or_requires_a_gradient_is_a_parameter() -> None:
    text = """
a = np.random.randn(3)
b = np.array([1.0, 2.0, 3.0])
c = np.array([0.5, 0.5, 0.5])
y = np.array([0.0, 1.0, 0.0])
for i in range(5):
    loss = np.sum((a * b + c - y) ** 2)
    a -= lr * grad_a
    c = c - 0.1 * grad_c
"""
    roles = {leaf.name: leaf.role for leaf in compile_text(from_python(text).source).leaves}
    assert roles == {"a": "param", "b": "input", "c": "param", "y": "target"}


def test_a_step_that_names_no_rate_is_one_in_a_loop_alone() -> None:
    step = "w = np.ones(2)\nfor i in range(9):\n  loss = (w**2).sum()\n  w -= 0.1*2*w"
    assert _lines(step) == ["param w[2] ~ ones", "", "loss = sum(w^2)"]
    centred = "x = np.array([1.0, 4.0])\nx -= x.mean()\nL = (x**2).sum()"
    assert _lines(centred)[-2:] == ["x_2 = x - mean(x)", "L = sum(x_2^2)"]


def test_the_second_argument_of_a_loss_is_a_target() -> None:
    found = from_python("p = torch.rand(3)\nq = torch.rand(3)\nl = F.mse_loss(p, q)")
    assert _roles(found) == {"p": "input", "q": "target"}


def _roles(found: Imported) -> dict[str, str]:
    return {leaf.name: leaf.role for leaf in compile_text(found.source).leaves}


def test_shapes_that_the_text_does_not_tell_are_tried_until_they_fit() -> None:
    found = from_python("h = np.tanh(W1 @ x + b1)\nz = W2 @ h\nloss = ((z - y)**2).sum()")
    shapes = {leaf.name: leaf.node.shape for leaf in compile_text(found.source).leaves}
    assert shapes["W1"] == (shapes["b1"][0], shapes["x"][0])
    assert shapes["W2"] == (shapes["y"][0], shapes["b1"][0])
    assumed = [each for each in found.warnings if each.code == "assumed"]
    assert [each.message.split()[6] for each in assumed] == ["W1", "x", "b1", "W2", "y"]
    assert all(each.span is not None for each in assumed)


def test_sizes_that_the_text_tells_are_kept() -> None:
    found = from_python("x = np.array([1.0, 2.0, 3.0, 4.0, 5.0])\nL = (W @ x).sum()")
    shapes = {leaf.name: leaf.node.shape for leaf in compile_text(found.source).leaves}
    assert shapes["W"][1] == 5


def test_gradients_by_hand_are_left_out_with_their_place() -> None:
    text = "w = 0.5\nL = (w - 1)**2\ndw = 2*(w - 1)\nw -= 0.1*dw"
    found = from_python(text)
    assert "dw" not in found.source
    (warning,) = found.warnings
    assert (warning.code, warning.span and warning.span.line) == ("left_out", 3)


def test_a_value_that_is_no_scalar_is_summed_and_said_so() -> None:
    found = from_python("h = np.tanh(W @ x)")
    assert found.source.endswith("h = tanh(W @ x)\nL = sum(h)\n")
    assert found.warnings[0].code == "loss_assumed"


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("x = np.ones((3, 3))\nL = np.linalg.eigvals(x)", "eigvals", 2),
        ("x = np.ones(3)\ny = np.fft.fft(x)\nL = y.sum()", "fft", 2),
        ("a = np.ones((2, 3))\nb = np.ones((2, 3))\nL = (a @ b).sum()", "'@' needs", 3),
        ("L = (", "not Python", 1),
        ("x = np.ones(3)\ndef f(n):\n  return f(n)\nL = f(x)", "too deep", None),
        ("import os", "computes nothing", None),
        ("x = np.ones(10**9)\nL = x.sum()", "elements", 1),
        (
            "x = torch.ones(3, requires_grad=True)\nloss = x[x > 0].sum()\nloss.backward()",
            "condit",
            2,
        ),
    ],
)
def test_what_is_not_read_is_named_with_its_line(text: str, words: str, line: int | None) -> None:
    message, place = _refused(text)
    assert words in message
    if line is not None:
        assert place == line


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "(" * 90 + "1" + ")" * 90,
        "x = " + "-" * 3000 + "1",
        "x = [[1]]\n" + "x = [x, x]\n" * 200 + "L = np.array(x).sum()",
        "x = [1]\nfor i in range(150):\n    x = x + x\nL = np.array(x).sum()",
        "x = [1]\nx.append(x)\nL = np.array(x).sum()",
        "L = 10**10**10 * np.ones(3).sum()",
        "x = np.ones(3)\nfor i in range(150):\n  for j in range(150):\n    x = x + 1\nL = x.sum()",
        "a" * 20_000,
        "x = 9" * 9,
        "L = np.arange(10**12).sum()",
        "x = np.ones(3)\n" + "".join(f"x = x*x + x*{i}\n" for i in range(400)) + "L = x.sum()",
        "f = lambda x: f(f(x))\nL = f(np.ones(2))",
        "L = " + "+".join(["x"] * 5000),
    ],
)
def test_what_grows_is_bounded(text: str) -> None:
    try:
        found = from_python(text)
    except BackstepError:
        return
    compile_text(found.source)


def test_nothing_of_the_text_is_run() -> None:
    text = "import os\nos.system('ls')\nx = np.ones(2)\nL = __import__('os').getpid() + x.sum()"
    message, line = _refused(text)
    assert line == 4
    assert message


def test_columns_of_places_are_characters() -> None:
    message, _ = _refused("é = 1\nλλλ = np.ones(3); L = np.fft.fft(λλλ).sum()")
    assert "fft" in message
    with pytest.raises(PastedError) as caught:
        from_python("é = 1\nλλλ = np.ones(3); L = np.fft.fft(λλλ).sum()")
    span = caught.value.faults[0].span
    assert span is not None
    assert (span.line, span.column) == (2, 23)


def test_a_session_at_the_prompt_is_read() -> None:
    assert "L = sum(x^2)" in _lines(">>> x = np.ones(3)\n>>> L = (x**2).sum()\n")


def test_a_loop_of_methods_is_a_training_too() -> None:
    text = """
class Net:
    def __init__(self, x, y):
        self.x, self.y = x, y
        self.weights = np.random.rand(2, 1)
    def forward(self):
        self.out = np.tanh(self.x @ self.weights)
    def backward_pass(self):
        d_weights = self.x.T @ (self.out - self.y)
        self.weights -= d_weights
net = Net(np.array([[1.0, 2.0]]), np.array([[1.0]]))
for i in range(1500):
    net.forward()
    net.backward_pass()
print(net.out)
"""
    assert _lines(text)[-2:] == ["out = tanh(x @ weights)", "L = sum((out - y)^2)/2"]


def test_layers_that_are_only_made_are_called() -> None:
    found = from_python("model = nn.Sequential(nn.Linear(7, 2), nn.ReLU())")
    assert "relu(W1 @ x + b1)" in found.source
    assert "input x[7]" in found.source


def test_a_number_that_grad_is_asked_by_is_a_parameter() -> None:
    found = from_python("def f(x):\n    return jnp.tanh(x)**2\nprint(grad(f)(1.0))")
    assert found.source == "param x = 1\n\nf(x) = tanh(x)^2\n\nL = f(x)\n"


def test_a_drawn_array_that_has_a_name_keeps_it() -> None:
    found = from_python("x = torch.randn(3, requires_grad=True)\ny = x + 2\nz = y.mean()")
    assert _lines(found.source and "x = torch.randn(3)\ny = x + 2\nz = y.mean()")[-2:] == [
        "y = x + 2",
        "z = mean(y)",
    ]
    assert "param x[3]" in found.source
    assert "normal(0, 0.01)" in from_python("w = np.random.randn(3)\nw *= 0.01\nL = w.sum()").source


def test_a_loss_that_needs_what_the_text_does_not_hold_is_refused_there() -> None:
    text = "for x, y in loader:\n  out = model(x)\n  loss = criterion(out, y)\n  loss.backward()"
    assert _refused(text) == ("criterion is not defined in the text", 3)


def test_what_an_if_decides_by_values_is_not_passed_over() -> None:
    text = """
def f(x, y):
    if x.sum() > 0:
        return x * y
    return x
L = f(np.ones(2), np.ones(2)).sum()
"""
    assert _refused(text) == ("what an if decides by values", 3)


def test_weights_are_drawn_as_the_text_says() -> None:
    text = """
w = nn.Parameter(torch.zeros(3, 3))
nn.init.xavier_uniform_(w)
layer = nn.Linear(3, 2)
nn.init.zeros_(layer.bias)
loss = layer(torch.randn(2, 3) @ w).sum()
loss.backward()
"""
    lines = _lines(text)
    assert "param w[3, 3] ~ xavier" in lines
    assert "param layer_b[2] ~ zeros" in lines


@pytest.mark.parametrize(
    "text", ["d = {[1]: 2}\nL = d[0]", "x = np.ones((2, 2))\nL = np.sum(x, axis=1.5).sum()"]
)
def test_arguments_of_no_use_are_refused(text: str) -> None:
    assert _refused(text)[0]
