"""What Python changes in place, under whichever name: worth what NumPy computes, or refused."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from backstep.errors import PastedError
from backstep.importers.python import from_python
from backstep.network import Network

_WAYS = (
    "a",
    "a.T",
    "a[0]",
    "a[:, 1:]",
    "a[i]",
    "a[[0, 1]]",
    "a[a > 1]",
    "a.reshape(-1)",
    "np.reshape(a, (3, 2))",
    "a.ravel()",
    "a.flatten()",
    "a.swapaxes(0, 1)",
    "np.transpose(a)",
    "np.squeeze(a[:1])",
    "np.expand_dims(a, 0)",
    "a[None]",
    "np.split(a, 2)[0]",
    "a.copy()",
    "np.array(a)",
    "np.copy(a)",
    "a.astype(float)",
    "a + 0.0",
    "a.T.copy()",
)
_CHANGES = (
    "b += 1.5",
    "b *= a.sum()",
    "b[0] = 7.5",
    "b[b > 2] = 0.5",
    "b[...] = 3.0",
    "b.fill(2.5)",
    "np.add(b, 1, out=b)",
    "change(b)",
    "fill(b)",
    "b.T[0] = 1.0",
    "b = b + 1",
    "for row in b:\n    row *= 2",
    "a += 1.5",
    "a[a > 2] = 0.5",
    "a[0, 1] = 9.0",
)
_HEAD = """import numpy as np
i = 1
w = np.array([[0.5, -2.0, 4.0], [3.0, 1.0, 2.5]])
def change(m):
    m -= 0.25
def fill(m):
    m[:] = 0.75
"""


def _is_right(text: str) -> bool:
    """Whether a text is read; what it is worth is then what Python computes."""
    try:
        found = from_python(text)
    except PastedError:
        return False
    space: dict[str, object] = {}
    exec(text, space)
    value = Network(found.source).evaluate().loss.value
    assert float(value) == pytest.approx(float(np.asarray(space["loss"])), rel=1e-12), found.source
    return True


def _texts(way: str) -> list[str]:
    starts, losses = ("w * 2", "w", "w.copy()"), ("(a * w).sum()", "(b * b).sum() + a.sum()")
    made = (
        f"{_HEAD}a = {start}\nb = {way}\n{change}\nloss = {loss}\n"
        for start, change, loss in itertools.product(starts, _CHANGES, losses)
    )
    return [each for each in made if _runs(each)]


def _runs(text: str) -> bool:
    try:
        exec(text, {})
    except (ValueError, TypeError, IndexError):
        return False
    return True


@pytest.mark.parametrize("way", ["a", "a.T", "a[0]", "a.copy()"])
def test_a_change_in_place_is_seen_under_every_name(way: str) -> None:
    assert sum(_is_right(each) for each in _texts(way)[::4])


@pytest.mark.slow
@pytest.mark.parametrize("way", _WAYS)
def test_every_change_in_place_is_seen_under_every_name(way: str) -> None:
    assert sum(_is_right(each) for each in _texts(way))


_W = "import numpy as np\nw = np.array([1.0, 2.0, 4.0])\nx = w * 2\n"
_READ = (
    _W + "y = x\nx.sort()\nloss = y[0]",
    _W + "b = w.copy()\nb += 1\nloss = w.sum() + 0*b.sum()",
    _W + "def f(m):\n    m *= 3\ndef g():\n    a = w*2\n    f(a)\n    return a.sum()\nloss = g()",
    _W + "k = 1.5\ndef f(x):\n    global k\n    k = k*2\n    return k*x.sum()\nloss = f(x) + f(w)",
    _W + "def o():\n    k = w.sum()\n    def i():\n        nonlocal k\n        k = k*k\n    i()\n"
    "    i()\n    return k\nloss = o()",
    _W + "hs = [x]\nhs.extend([w, w*3])\nhs.insert(0, x*x)\nlast = hs.pop()\nhs.reverse()\n"
    "loss = (hs[0]*last).sum() + len(hs)*hs[2].sum()",
    _W + "hs = [w]\nks = hs\nks += [x]\nloss = sum(h.sum() for h in hs)",
    _W + "hs = [w, x, x*x]\ndel hs[1]\nloss = (hs[0]*hs[1]).sum()",
    _W + "c = [1.0, 2.0]\nc.append(4.0)\nloss = (np.array(c)*w).sum()",
    _W + "d = {'u': w}\nd.update({'u': x})\nloss = d['u'].sum()",
    _W
    + "s = 0.0\nfor i in range(3):\n    if i == 1:\n        continue\n    s = s + w[i]\nloss = s*s",
    _W + "try:\n    y = w*3\nexcept ValueError:\n    y = x\nelse:\n    y = y + 1\nfinally:\n"
    "    y = y*2\nloss = y.sum()",
)
_REFUSED = (
    (_W + "loss = x.sum()\ncontinue", "outside of a loop"),
    (_W + "if x.sum() > 2:\n    break\nloss = x.sum()", "outside of a loop"),
    (_W + "a = np.outer(w, w)\na[0], a[1] = a[1], a[0]\nloss = a[0].sum()", "elements of an array"),
    (_W + "np.add.at(x, [0, 0, 2], 1.5)\nloss = (x**2).sum()", "no at"),
    (_W + "x.shape = (3, 1)\nloss = x[1, 0]", "an array's shape, which is set"),
    (_W + "k = np.array([1, 2, 3])\nk[0] = 1.7\nloss = (k*w).sum()", "a fraction put into"),
    (
        _W + "s = x\nfor i in range(3):\n    s = s*2\n    if s.sum() > 20:\n        break\n"
        "loss = s.sum()",
        "a loop that values leave",
    ),
    (
        "import torch\nx = torch.tensor([1.0, 2.0], requires_grad=True)\ny = (x**3).sum()\n"
        "g, = torch.autograd.grad(y, x, create_graph=True)\nloss = (g**2).sum()\nloss.backward()",
        "a gradient that the text goes on with",
    ),
    (
        "import jax\nf = lambda x: x**3\nprint(jax.grad(jax.grad(f))(2.0))",
        "a derivative of a derivative",
    ),
    (
        "import jax.numpy as jnp\nf = lambda x: jnp.sum(x**3)\nx = jnp.array([1.0, 2.0])\n"
        "g = jax.grad(f)(x)\nloss = jnp.sum(g**2)",
        "a gradient",
    ),
    (
        "import torch\nbn = nn.BatchNorm1d(3)\nbn.eval()\nloss = bn(torch.randn(2, 3)).sum()",
        "running statistics",
    ),
    (
        "import torch\nx = torch.randn(2, 3)\ns, i = x.sort(1, descending=True)\nloss = s[0, 0]",
        "from the largest",
    ),
)


@pytest.mark.parametrize("text", _READ)
def test_what_lists_names_and_passes_become_is_read(text: str) -> None:
    assert _is_right(text)


@pytest.mark.parametrize(("text", "words"), _REFUSED)
def test_what_would_be_misread_is_refused(text: str, words: str) -> None:
    with pytest.raises(PastedError) as caught:
        from_python(text)
    assert words in caught.value.faults[0].message


def test_pytorch_sorts_into_values_and_positions() -> None:
    text = "import torch\nx = torch.tensor([[3.0, 1.0], [2.0, 5.0]])\n"
    for call in ("torch.sort(x, dim=1)", "x.sort()", "torch.sort(x, 1)"):
        found = from_python(f"{text}s, i = {call}\nloss = (s*torch.tensor([1.0, 10.0])).sum()")
        assert float(Network(found.source).evaluate().loss.value) == 83


def test_a_dropout_that_eval_turns_off_is_none() -> None:
    text = "import torch\nm = nn.Sequential(nn.Dropout(0.5), nn.ReLU())\nm.eval()\n"
    assert "dropout" not in from_python(f"{text}loss = m(torch.ones(2, 3)).sum()").source
