"""What Python changes in place, holds constant or chooses by values: read as it is, or refused."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from backstep.binding.bind import bind
from backstep.errors import PastedError
from backstep.importers.python import from_python

_TENSORS = "import torch\nw = torch.tensor([0.5, -2.0], requires_grad=True)\n"
_NUMBERS = "w = 0.5\nx = -2.0\n"
_ARRAYS = "import numpy as np\nw = np.array([0.5, -2.0])\nlr = 0.1\n"

READ: tuple[tuple[str, float, Mapping[str, object]], ...] = (
    # Methods that change a tensor, alone and one after another.
    (_TENSORS + "y = w * 2\ny.mul_(3).add_(1)\nloss = y.sum()", -7.0, {"w": [6, 6]}),
    (_TENSORS + "y = w * 2\nz = y\nz.clamp_(min=0)\nloss = (y * y).sum()", 1.0, {"w": [4, 0]}),
    (_TENSORS + "y = torch.ones(2)\ny.fill_(3)\nloss = (y * w).sum()", -4.5, {"w": [3, 3]}),
    (_TENSORS + "y = torch.ones(2)\ny.zero_()\nloss = (y + w).sum()", -1.5, {"w": [1, 1]}),
    (_TENSORS + "y = torch.ones(2)\ny.copy_(w * 2)\nloss = y.sum()", -3.0, {"w": [2, 2]}),
    # A step that a method takes is no part of the loss.
    (
        _TENSORS + "loss = (w * w).sum()\nloss.backward()\n"
        "with torch.no_grad():\n    w.sub_(0.1 * w.grad)\n    w.grad.zero_()",
        4.25,
        {"w": [1, -4]},
    ),
    # What is changed in place is changed under every name of it.
    (
        _ARRAYS + "b = w * 1\na = b\na += 1\nloss = (b * w).sum()\nw -= lr * dw",
        2.75,
        {"w": [2, -3]},
    ),
    (
        "import jax.numpy as jnp\nw = jnp.array([0.5, -2.0])\nlr = 0.1\n"
        "b = w * 1\na = b\na += 1\nloss = (b * w).sum()\nw -= lr * dw",
        4.25,
        {"w": [1, -4]},
    ),
    (
        _ARRAYS + "y = w * 2\nnp.multiply(y, y, out=y)\nloss = y.sum()\nw -= lr*dw",
        17,
        {"w": [4, -16]},
    ),
    # Constants, by every word for them.
    (_TENSORS + "y = w**2\nloss = (y.detach() * w).sum()", -7.875, {"w": [0.25, 4]}),
    (_TENSORS + "y = w**2\nloss = (y.data * w).sum()", -7.875, {"w": [0.25, 4]}),
    (_TENSORS + "loss = (w.data * w).sum()", 4.25, {"w": [0.5, -2]}),
    (_TENSORS + "y = w.sum()\nloss = (y.item() * w).sum()", 2.25, {"w": [-1.5, -1.5]}),
    (
        _TENSORS + "with torch.no_grad():\n    y = w**2\nloss = (y * w).sum()",
        -7.875,
        {"w": [0.25, 4]},
    ),
    (
        "import jax, jax.numpy as jnp\nw = jnp.array([0.5, -2.0])\n"
        "def f(w):\n    return jnp.sum(jax.lax.stop_gradient(w) * w)\ng = jax.grad(f)(w)",
        4.25,
        {"w": [0.5, -2]},
    ),
    # What values choose.
    (_NUMBERS + "z = w*x\nloss = z if z > 0 else 0.1*z\nw -= lr*dw", -0.1, {"w": -0.2}),
    (
        _NUMBERS + "z = w*x\nif z > 0:\n    a = z\nelse:\n    a = 0.1*z\nloss = a**2\nw -= lr*dw",
        0.01,
        {"w": 0.04},
    ),
    (
        "def leaky(z):\n    if z > 0:\n        return z\n    else:\n        return 0.1*z\n"
        + _NUMBERS
        + "loss = leaky(w*x)**2\nw -= lr*dw",
        0.01,
        {"w": 0.04},
    ),
    (_NUMBERS + "loss = max(0, 1 - w*x)**2\nw -= lr*dw", 4.0, {"w": 8}),
    (_NUMBERS + "loss = min(w, x, 3)*w\nw -= lr*dw", -1.0, {"w": -2}),
    (
        _NUMBERS
        + "import numpy as np\nk = 3\nn = max(k, 2)\nloss = (np.ones(n)*w).sum()\nw -= lr*dw",
        1.5,
        {"w": 3},
    ),
    # Whole numbers that are only written say how the text goes on.
    (_NUMBERS + "n = 3\nloss = w*x if n > 2 else w\nw -= lr*dw", -1.0, {"w": -2}),
    (
        _NUMBERS + "i = 0\nh = x\nwhile i < 3:\n    h = w*h\n    i += 1\nloss = h\nw -= lr*dw",
        -0.25,
        {"w": -1.5},
    ),
    # Numbers among the parameters.
    (
        "import jax, jax.numpy as jnp\n"
        "def f(p, x):\n    return jnp.sum(p['w']*x)*2 + 3*p['b']\n"
        "p = {'w': jnp.array([1.0, 2.0]), 'b': 0.5}\ng = jax.grad(f)(p, jnp.ones(2))",
        7.5,
        {"w": [2, 2], "b": 3},
    ),
    # A loss that is another name of a value; what a maker of arrays is told to learn.
    (_NUMBERS + "h = w*x\nz = h + 1\nloss = h\nw -= lr*dw", -1.0, {"w": -2}),
    (
        "import torch\nq = torch.ones(2, requires_grad=True)\nloss = (q * 3).sum()",
        6.0,
        {"q": [3, 3]},
    ),
    (
        "import torch\nq = torch.linspace(0, 1, 2, requires_grad=True)\nloss = (q * q).sum()",
        1.0,
        {"q": [0, 2]},
    ),
    # Two results by name, a logarithm to a base, a class that does not count, rows of a table.
    (
        "import torch\nA = torch.tensor([[1.0, 4.0], [3.0, 2.0]], requires_grad=True)\n"
        "loss = (A.max(dim=1).values**2).sum()",
        25.0,
        {"A": [[0, 8], [6, 0]]},
    ),
    *(
        (
            "import torch\nA = torch.tensor([[1.0, 4.0], [3.0, 2.0]], requires_grad=True)\n"
            f"loss = (A * {largest}).sum()",
            35.0,
            {"A": [[4, 9], [8, 3]]},
        )
        for largest in (
            "A.max(1, keepdim=True)[0]",
            "A.max(dim=1, keepdim=True).values",
            "torch.max(A, dim=1, keepdim=True)[0]",
        )
    ),
    # A copy is a thing of its own.
    *(
        (
            _TENSORS + f"y = w * 2\nz = {copied}\nz *= 5\nz.add_(1)\nloss = (y * y).sum()",
            17.0,
            {"w": [4, -16]},
        )
        for copied in ("y.clone()", "torch.clone(y)", "y.detach().clone()")
    ),
    ("import math\nw = 2.0\nloss = math.log(w, 2)\nw -= lr*dw", 1.0, {"w": 1 / (2 * np.log(2))}),
    (
        "import torch\nz = torch.zeros(2, 2, requires_grad=True)\n"
        "loss = F.cross_entropy(z, torch.tensor([1, 0]), ignore_index=0)",
        np.log(2),
        {"z": [[0.5, -0.5], [0, 0]]},
    ),
    (
        "import torch\nemb = nn.Embedding(3, 2)\nnn.init.ones_(emb.weight)\n"
        "loss = emb(torch.tensor([0, 2, 2])).sum()",
        6.0,
        {"emb_W": [[1, 1], [0, 0], [2, 2]]},
    ),
    # An engine for scalars that the text imports.
    (
        "from micrograd.engine import Value\na = Value(-4.0)\nb = Value(2.0)\n"
        "c = a*b + b**3\nc.backward()",
        0.0,
        {"b": 8},
    ),
)


@pytest.mark.parametrize(("text", "loss", "gradients"), READ)
def test_it_is_worth_what_python_computes(
    text: str, loss: float, gradients: Mapping[str, object]
) -> None:
    bound = bind(from_python(text).source)
    numbers = bound.numbers()
    assert float(numbers.value(bound.definition.loss)) == pytest.approx(loss, rel=1e-12, abs=1e-12)
    leaves = {leaf.name: leaf.node for leaf in bound.definition.leaves if leaf.role == "param"}
    for name, wanted in gradients.items():
        found = np.asarray(numbers.partial(leaves[name]))
        assert found == pytest.approx(np.asarray(wanted, dtype=float), rel=1e-12, abs=1e-12)


REFUSED: tuple[tuple[str, str], ...] = (
    (_TENSORS + "y = w*2\ny[0:1] = 0\nloss = y.sum()", "elements of an array"),
    (_ARRAYS + "y = np.outer(w, w)\nnp.fill_diagonal(y, 0)\nloss = y.sum()", "fill_diagonal"),
    (_TENSORS + "y = w*2\ny.frobnicate_()\nloss = y.sum()", "frobnicate"),
    (_ARRAYS + "A = np.ones((2, 2))*w\nloss = (A.reshape(-1, order='F')).sum()", "by columns"),
    (_ARRAYS + "A = np.ones((2, 2))*w\nloss = A.ravel('F').sum()", "by columns"),
    (_TENSORS + "loss = F.mse_loss(w, w*2, size_average=False)", "size_average"),
    (_TENSORS + "loss = F.mse_loss(w, w*2, reduce=False)", "reduce"),
    (_TENSORS + "loss = w.norm(p=1)", "a norm other"),
    (_TENSORS + "loss = torch.norm(w, p=3, dim=0)", "a norm other"),
    (_TENSORS + "loss = F.rms_norm(w, (2,)).sum()", "rms_norm"),
    ("act = nn.PReLU()\nx = torch.randn(3)\nloss = act(x).sum()", "no PReLU"),
    (
        "from tensorflow import keras\nmodel = keras.Sequential([keras.layers.Dense(3)])\n"
        "model.fit(x, y)",
        "a model of Keras",
    ),
    (
        "from sklearn.linear_model import LogisticRegression\nm = LogisticRegression().fit(X, y)",
        "is not in the text",
    ),
    (
        "emb = nn.Embedding(3, 2, padding_idx=0)\nloss = emb(torch.tensor([0, 2])).sum()",
        "padding_idx",
    ),
    (_NUMBERS + "z = w*x\nif z > 0:\n    a = z\nloss = a", "what an if decides by values"),
)


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_what_would_be_misread_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(PastedError) as caught:
        from_python(text)
    assert words in caught.value.faults[0].message


def test_a_loop_that_values_end_is_said_to_be_read_once() -> None:
    text = "import numpy as np\nw = np.array([2.0, 1.0])\nerr = w.sum()\n"
    text += "while err > 0.1:\n    err = (w*w).sum()\nloss = err"
    found = from_python(text)
    assert any("one pass" in each.message for each in found.warnings)


def test_data_is_a_constant_without_a_word() -> None:
    """What is not learned is not wrapped; what is learned is."""
    text = "import torch\nx = torch.tensor([1.0, 2.0])\n"
    text += "w = torch.tensor([1.0, 2.0], requires_grad=True)\nloss = (x.detach() * {}).sum()"
    assert "loss = sum(x*w)" in from_python(text.format("w")).source
    assert "loss = sum(x*stop_gradient(w))" in from_python(text.format("w.detach()")).source


def test_where_nothing_else_needs_it_what_keeps_no_gradient_is_left_out() -> None:
    text = _TENSORS + "loss = (w * w).sum()\nloss.backward()\n"
    text += "with torch.no_grad():\n    loss_there = (w * 3).sum()\n    seen = loss_there * 2\n"
    assert "stop_gradient" not in from_python(text).source


def test_a_choice_by_values_stays_one() -> None:
    for text in (
        "loss = z if z > 0 else 0.1*z",
        "if z > 0:\n    loss = z\nelse:\n    loss = 0.1*z",
    ):
        source = from_python(f"{_NUMBERS}z = w*x\n{text}\nw -= lr*dw").source
        assert "loss = where(z > 0, z, 0.1*z)" in source


def test_what_a_method_takes_a_step_of_is_learned() -> None:
    text = "import torch\nq = torch.tensor([0.5, -2.0])\nfor i in range(9):\n"
    text += "    loss = (q * q).sum()\n    loss.backward()\n    q.data.sub_(0.1 * q.grad)"
    assert "param q = [0.5, -2]" in from_python(text).source


def test_a_loss_that_an_if_may_change_is_not_what_it_was_before() -> None:
    for text in (
        "loss = z\nif z < 0:\n    loss = -z",
        "if z > 0 and x > 0:\n    loss = z\nelse:\n    loss = x",
    ):
        with pytest.raises(PastedError):
            from_python(f"{_NUMBERS}z = w*x\n{text}\nw -= lr*dw")
