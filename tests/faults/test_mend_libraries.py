"""Calls of other libraries whose options, defaults or order of arguments make another value.

The right values are worked out here from the libraries' published formulas, not by ours.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.faults.test_mend import check_invariants, leads_to, read, texts

XS = np.array([1.0, -2.0, 4.0])
YS = np.array([0.0, 1.0, 1.0])
MS = np.array([[1.0, 2.0, -1.0], [0.5, 3.0, 2.0]])
GIVEN = f"param x = {XS.tolist()}\nparam M = {MS.tolist()}\ntarget y = {YS.tolist()}\n"
GIVEN += "p = sigmoid(x)\n"
PS = 1 / (1 + np.exp(-XS))
SIGNED = np.maximum(XS, 0)


def tanh_gelu(x: np.ndarray) -> np.ndarray:
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    return np.asarray(x * (1 + np.tanh(inner)) / 2)


def log_softmax(z: np.ndarray) -> np.ndarray:
    return np.asarray(z - np.log(np.exp(z).sum(axis=-1, keepdims=True)))


def huber(r: np.ndarray) -> np.ndarray:
    return np.where(abs(r) < 1, r**2 / 2, abs(r) - 0.5)


BCE = -(YS * np.log(PS) + (1 - YS) * np.log(1 - PS))
CALLS = [
    ("torch.std(x)", XS.std(ddof=1)),
    ("torch.var(x)", XS.var(ddof=1)),
    ("torch.var(M)", MS.var(ddof=1)),
    ("sum(torch.var(M, dim=0))", MS.var(axis=0, ddof=1).sum()),
    ("sum(torch.std(M, 1))", MS.std(axis=1, ddof=1).sum()),
    ("torch.var(x, unbiased=False)", XS.var()),
    ("torch.std(x, correction=0)", XS.std()),
    ("np.std(x, ddof=1)", XS.std(ddof=1)),
    ("np.std(x)", XS.std()),
    ("jnp.var(x)", XS.var()),
    ("sum(F.elu(x, alpha=2))", np.where(XS > 0, XS, 2 * (np.exp(XS) - 1)).sum()),
    ("sum(nn.ELU(alpha=2)(x))", np.where(XS > 0, XS, 2 * (np.exp(XS) - 1)).sum()),
    ("sum(F.softplus(x, beta=2))", (np.log1p(np.exp(2 * XS)) / 2).sum()),
    ("sum(F.gelu(x, approximate='tanh'))", tanh_gelu(XS).sum()),
    ("sum(nn.GELU(approximate='tanh')(x))", tanh_gelu(XS).sum()),
    ("sum(jax.nn.gelu(x))", tanh_gelu(XS).sum()),
    ("sum(jax.nn.gelu(x, approximate=True))", tanh_gelu(XS).sum()),
    ("sum(F.gelu(x))", sum(v * (1 + math.erf(v / math.sqrt(2))) / 2 for v in XS)),
    ("sum(tf.nn.leaky_relu(x))", np.where(XS > 0, XS, 0.2 * XS).sum()),
    ("sum(F.leaky_relu(x))", np.where(XS > 0, XS, 0.01 * XS).sum()),
    ("sum(F.leaky_relu(x, negative_slope=0.3))", np.where(XS > 0, XS, 0.3 * XS).sum()),
    ("np.linalg.norm(x, 1)", abs(XS).sum()),
    ("torch.norm(x, p=1)", abs(XS).sum()),
    ("np.linalg.norm(x, ord=2)", math.sqrt((XS**2).sum())),
    ("sum(F.normalize(x, dim=0))", XS.sum() / math.sqrt((XS**2).sum())),
    ("nn.MSELoss()(x, y)", ((XS - YS) ** 2).mean()),
    ("nn.MSELoss(reduction='sum')(x, y)", ((XS - YS) ** 2).sum()),
    ("F.mse_loss(x, y, reduction='mean')", ((XS - YS) ** 2).mean()),
    ("sum(F.mse_loss(x, y, reduction='none'))", ((XS - YS) ** 2).sum()),
    ("nn.L1Loss(reduction='sum')(x, y)", abs(XS - YS).sum()),
    ("F.l1_loss(x, y)", abs(XS - YS).mean()),
    ("F.smooth_l1_loss(x, y)", huber(XS - YS).mean()),
    ("nn.HuberLoss()(x, y)", huber(XS - YS).mean()),
    ("nn.CrossEntropyLoss()(M, [1, 0])", -(log_softmax(MS)[[0, 1], [1, 0]]).mean()),
    ("F.cross_entropy(M, [1, 0], reduction='sum')", -(log_softmax(MS)[[0, 1], [1, 0]]).sum()),
    ("F.nll_loss(log_softmax(x), 1)", -log_softmax(XS)[1]),
    ("nn.NLLLoss()(log_softmax(x), 1)", -log_softmax(XS)[1]),
    ("nn.BCELoss()(p, y)", BCE.mean()),
    ("nn.BCELoss(reduction='sum')(p, y)", BCE.sum()),
    ("nn.BCEWithLogitsLoss()(x, y)", BCE.mean()),
    ("F.binary_cross_entropy_with_logits(x, y, reduction='sum')", BCE.sum()),
    ("tf.keras.losses.binary_crossentropy(y, p)", BCE.mean()),
    ("tf.keras.losses.binary_crossentropy(y, x, from_logits=True)", BCE.mean()),
    ("keras.losses.MSE(y, x)", ((XS - YS) ** 2).mean()),
    ("sum(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=x))", BCE.sum()),
    (
        "tf.nn.softmax_cross_entropy_with_logits(labels=[0, 1, 0], logits=x)",
        -log_softmax(XS)[1],
    ),
    (
        "sum(y*F.layer_norm(x, (3,), eps=0.1))",
        (YS * (XS - XS.mean()) / np.sqrt(XS.var() + 0.1)).sum(),
    ),
]


@pytest.mark.parametrize(("call", "value"), CALLS)
def test_a_call_is_what_its_library_computes(call: str, value: float) -> None:
    source = f"{GIVEN}L = {call}"
    check_invariants(source)
    _, faults = read(source)
    assert len(faults) <= 1, faults
    assert all(len(fault["fixes"]) == 1 for fault in faults), faults
    assert leads_to(source, float(value))


def test_a_method_of_two_libraries_is_offered_as_both_have_it() -> None:
    source = f"{GIVEN}L = x.std()"
    (fault,) = read(source)[1]
    found = [read(text)[0] for text in texts(source, fault)]
    assert found == [pytest.approx(XS.std()), pytest.approx(XS.std(ddof=1))]


NOTHING = [
    ("torch.std(x*y)", "n − 1"),
    ("torch.var(x*y)", "n − 1"),
    ("sum(softmax(x, beta=3))", ""),
    ("sum(nn.LayerNorm(3)(x))", "layer_norm(x)"),
    ("np.linalg.norm(M, 1)", ""),
    ("lg(x)", "log(x)/log(10)"),
    ("F.hinge_embedding_loss(x, y)", "no hinge_embedding_loss"),
    ("F.kl_div(x, y)", "no kl_div"),
    ("F.huber_loss(x, y, delta=2)", "no huber_loss"),
]


@pytest.mark.parametrize(("call", "said"), NOTHING)
def test_what_is_another_value_there_is_not_offered(call: str, said: str) -> None:
    source = f"{GIVEN}L = {call}"
    _, faults = read(source)
    assert faults
    assert not any(fault["fixes"] for fault in faults)
    assert said in (faults[0]["hint"] or "")


@pytest.mark.parametrize("formula", ["wx", "wx + 1", "2wx", "xw"])
def test_a_product_with_one_known_factor_is_no_name_to_declare(formula: str) -> None:
    source = f"param w = 3\nL = {formula}"
    _, faults = read(source)
    assert not any(fault["fixes"] for fault in faults)
    assert "product is written" in faults[0]["hint"]
