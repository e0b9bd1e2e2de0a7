"""Modules that a name is given, axes exchanged by number, ranges, points for axes, three values."""

from __future__ import annotations

import math

import pytest

from tests.faults.test_mend import check_invariants, leads_to, read, texts

V = "param x = [1, 2, 4]\ntarget y = [0, 1, 1]\n"
M = "param W = [[1, 2], [3, 4], [5, 6]]\n"
P = "param p = [0.1, 0.6]\ntarget y = [0, 1]\n"
BCE = -(math.log(0.9) + math.log(0.6)) / 2

LED = [
    ("param x = 0.5\nL = Math.exp(x)", math.exp(0.5)),
    ("param x = 3\nL = Math.pow(x, 2) + Math.PI", 9 + math.pi),
    ("param x = -3\nL = Math.max(0, Math.abs(x))", 3),
    (M + "L = sum(W.transpose(0, 1) @ W)", 179),
    (M + "L = sum(torch.transpose(W, 0, 1) @ W)", 179),
    (M + "L = sum(W.permute(1, 0) @ W)", 179),
    (M + "L = sum(np.transpose(W, (1, 0)) @ W)", 179),
    (M + "L = sum(W.swapaxes(-2, -1) @ W)", 179),
    ("param T = [[[1, 2], [3, 4]]]\nL = sum(T.transpose(1, 2)[0, 0])", 4),
    (P + "L = BCELoss(p, y)", BCE),
    (P + "L = nn.BCELoss(p, y)", BCE),
    (P + "L = MSELoss(p, y)", (0.01 + 0.16) / 2),
    (P + "criterion = nn.BCELoss()\nL = criterion(p, y)", BCE),
    (P + "loss_fn = torch.nn.MSELoss()\nL = 2*loss_fn(p, y) + loss_fn(p, y)", 3 * 0.17 / 2),
    (V + "act = nn.ReLU()\nloss_fn = nn.MSELoss()\nL = loss_fn(act(-x), y)", 2 / 3),
    (V + "sm = nn.Softmax(dim=0)\nL = sum(sm(x))", 1),
    (V + "a = nn.LeakyReLU(0.5)\nL = sum(a(-x))", -3.5),
    (V + "L = np.mean(x, keepdims=True)", 7 / 3),
    (V + "L = sum(x - np.sum(x, keepdims=True))", 7 - 21),
    (M + "L = sum(W[..., 0])", 9),
    (M + "L = sum(W[0, ...])", 3),
    (M + "i = 1:3\nL = sum(W)*sum(i)", 126),
    (V + "L = sum(x * 1:3)", 17),
    (V + "L = sum(x) + max(0, 5, x[2])", 12),
    (V + "L = sum(x) + min(9, x[0], x[1], x[2])", 8),
    ("param x = -2\nL = leaky_relu(x, negative_slope=0.1)", -0.2),
]


@pytest.mark.parametrize(("source", "loss"), LED)
def test_it_leads_to_what_is_meant_there(source: str, loss: float) -> None:
    check_invariants(source)
    assert leads_to(source, loss)


def test_a_layer_that_is_given_a_name_is_written_where_it_is_called() -> None:
    source = "input x = [1, 2]\nfc = nn.Linear(2, 3)\nh = fc(x)\nL = sum(h)"
    (fault,) = read(source)[1]
    assert texts(source, fault) == ["input x = [1, 2]\nh = dense(x, 3)\nL = sum(h)"]


NOTHING = [
    "input x = [1, 2]\nfc = nn.Linear(2, 2)\nh = fc(fc(x))\nL = sum(h)",
    "input x = [1, 2]\nfc = nn.Linear(2, 2)\nh = fc(x)\nk = fc(h)\nL = sum(k)",
    "input x = [1, 2]\nfc = nn.Linear(2, 2, bias=False)\nh = fc(x)\nL = sum(h)",
    "param x = [1, 2]\nf = nn.MSELoss(weight=x)\nL = f(x, x)",
    "param x = [1, 2]\nL = sum(sigmoid(x, temperature=2))",
    "param x = [1, 2]\nL = sum(relu(x, threshold=2))",
    "param T = [[[1, 2], [3, 4]]]\nL = sum(T.permute(2, 0, 1))",
]


@pytest.mark.parametrize("source", NOTHING)
def test_what_would_be_another_network_is_not_offered(source: str) -> None:
    check_invariants(source)
    _, faults = read(source)
    assert faults
    assert not any(fault["fixes"] for fault in faults)
