r"""Habits of other languages and of the board: what comes out is the loss that was meant.

Each text leads to the loss that is right by hand or by NumPy; einsum is compared with NumPy's.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.faults.cases import ask
from tests.faults.test_mend import check_invariants, leads_to, read, texts

X = "param x = 4\n"
V = "param w = [3, 4]\ninput x = [1, 2]\n"
M = "param W = [[2, 1], [0, 3]]\ninput x = [1, 2]\n"
SIGMOID = 1 / (1 + math.exp(-4))

BRANCHES = [
    (X + "if x > 0:\n    L = x^2\nelse:\n    L = -x", 16),
    (X + "if x > 5:\n    L = x\nelif x > 3:\n    L = 2*x\nelse:\n    L = 0*x", 8),
    (X + "L = x\nif x > 0:\n    L = -x", -4),
    (X + "if x > 5: L = x\nelse: L = 3*x", 12),
    (X + "if (x > 0) { L = x } else { L = -x }", 4),
    (X + "L = 2*(x if x > 0 else -x) + 1", 9),
    (X + "L = exp(x if x < 0 else 0)", 1),
]
CONDITIONS = [
    (X + "L = where(0 < x < 5, x, 1)", 4),
    (X + "L = where(0 < x <= 3, x, 1)", 1),
    (X + "L = where(x > 0 and x < 5, x, 1)", 4),
    (X + "L = where(x > 0 && x < 3, x, 1)", 1),
    (X + "L = where(x < 0 or x > 3, x, 1)", 4),
    (X + "L = where((x < 0) | (x > 5), x, 1)", 1),
    (X + "L = where(not x > 3, x, 1)", 1),
    (X + "L = where(x, 3, 1)", 3),
    (X + "L = (x > 0)*x", 4),
    (X + "L = x > 5", 0),
    (X + "L = where(x > 0 and x < 5 and x > 4, x, 1)", 1),
]
BOARD = [
    (X + "L = e⁻ˣ", math.exp(-4)),
    (X + "L = e⁻ˣ² + 1", 1 + math.exp(-16)),
    (X + "L = x⁻² + x¹⁰", 1 / 16 + 4**10),
    (V + "L = ∑ w*x", 11),
    (V + "L = ∑ w*x + 1", 12),
    (V + "L = ∑ᵢ wᵢ xᵢ", 11),
    (V + "L = ∑_i w_i x_i", 11),
    (V + "L = ∑_{i} w_i^2", 25),
    (V + "L = Σ w·x", 11),
    (V + "L = ∏ w", 12),
    (X + "L = ∛(2*x)", 2),
    (V + "L = ‖w‖₂", 5),
    (V + "L = ‖w‖²₂", 25),
    (V + "L = ||w||_2^2", 25),
    (V + "L = ‖w‖₁", 7),
    (V + "L = sum(w ⊗ x)", 21),
    (V + "L = sum(w • x)", 11),
    (X + "L = where(x ⩽ 3, 0, x)", 4),
    (X + "L ≡ x", 4),
    (X + "L ≜ x", 4),
    (X + "L <- x", 4),
]
LATEX = [
    (X + r"L = \frac12 x", 2),
    (X + r"L = \dfrac{1}{1 + e^{-x}}", SIGMOID),
    (M + r"L = sum(W^{\top} x)", 9),
    (M + r"L = sum(W^\top x)", 9),
    (M + r"L = sum(W^{T} x)", 9),
    (V + r"L = w^{\intercal} x", 11),
    (V + r"L = \|w\|^2", 25),
    (V + r"L = \lVert w \rVert^2", 25),
    (V + r"L = \left\| w \right\|_2^2", 25),
    (V + r"L = \sum_i w_i x_i", 11),
    (V + r"L = \sum_{i=1}^{n} w_i", 7),
    (V + r"L = \sum_{i} w_i^2", 25),
    (X + r"$$L = x^2$$", 16),
    (X + "\\hat{y} = x\nL = \\hat{y}^2", 16),
    (X + r"L = \mathrm{relu}(x)", 4),
    (X + r"L = \text{ReLU}(x)", 4),
    (X + r"\mathcal{L} = x^2", 16),
    (X + r"L &= x^2 \\", 16),
    (X + r"L = x\,x", 16),
]
EINSUM = [
    "ij,j->i", "ji,j->i", "i,ij->j", "i,i->", "i,j->ij", "i,j->ji", "ij,jk->ik", "ij,kj->ik",
    "ji,jk->ik", "ij,jk->ki", "ij->ji", "ij->", "ij->i", "ij->j", "ii", "ii->i", "ij,ij->ij",
    "ij,ij->", "ij,ij->i", "ij,ij->j", "ij,ji->", "i,ij,j->", "ij,jk,k->i", "ij,jk,kl->il",
    "ij,j", "ij,j->ij", "i,i->i", "ij,j->", "ij,k->i",
]  # fmt: skip
SCRIPTS = [
    (X + "def f(x):\n    y = x**2\n    return y + 1\nL = f(x)", 17),
    (X + "def f(x):\n    y = x + 1\n    z = 2*y\n    return z\nL = f(x)", 10),
    (X + "L = x^2\nL.backward()", 16),
    (X + "L = x^2\noptimizer.step()", 16),
    (X + "L = x^2\noptimizer.zero_grad()\nprint(L)", 16),
    (X + "L = x^2\nreturn L", 16),
    ("x = torch.tensor([1., 2.], requires_grad=True)\nL = (x**2).sum()", 5),
    ("x = nn.Parameter(torch.tensor(2.0))\nL = x^2", 4),
    (X + "z = x\nz -= x + 1\nL = z", -1),
    (X + "z = x\nz *= x + 1\nL = z", 20),
    (X + "z = x\nz++\nL = z", 5),
    (X + "L = (lambda t: t**2)(x)", 16),
    (V + "L = sum([t^2 for t in w])", 25),
    (X + "// the loss\nL = x", 4),
    (X + "L = x // the loss", 4),
    (X + "/* the loss */\nL = x", 4),
    (X + "% the loss\nL = x", 4),
    (X + "-- the loss\nL = x", 4),
    (X + 'L = "x"', 4),
    (X + "L = “x”", 4),
    (V + "L = sum(exp.(0*w))", 2),
    (M + "L = sum(W(:))", 6),
    (V + "L = w[end]", 4),
    (X + "float L = x", 4),
    (X + "minimize x^2", 16),
    (X + "minimize L = x^2", 16),
    (X + "L = [x+1)", 5),
    (X + "L = x - １２", -8),
    (X + "L = 1_000*x", 4000),
    (X + "L = 1'000*x", 4000),
    (X + "L = 1 000*x", 4000),
    (X + "L = 1.5f*x", 6),
    (X + "L = 10%*x", 0.4),
    (X + "L = x*12.5%", 0.5),
    ("param x = 4\u2028L = x", 4),
]
DRAWS = [
    ("param w[3] ~ glorot", "param w[3] ~ xavier"),
    ("param w[3] ~ kaiming", "param w[3] ~ he"),
    ("param w[3] ~ normal", "param w[3] ~ normal(0, 1)"),
    ("param w[3] ~ randn", "param w[3] ~ normal(0, 1)"),
    ("param w[3] ~ normal(mean=0, std=2)", "param w[3] ~ normal(0, 2)"),
    ("param w[3] ~ uniform(low=0, high=2)", "param w[3] ~ uniform(0, 2)"),
    ("param w[3] ~ U(0, 2)", "param w[3] ~ uniform(0, 2)"),
    ("param w[3] ~ N(0, 0.5^2)", "param w[3] ~ normal(0, 0.5)"),
    ("param w[3] = normal(0, 2)", "param w[3] ~ normal(0, 2)"),
    ("param w[3] = xavier", "param w[3] ~ xavier"),
    ("w[3] ~ normal(0, 2)", "param w[3] ~ normal(0, 2)"),
    ("w = torch.randn(3, requires_grad=True)", "param w[3] ~ normal(0, 1)"),
    ("w = torch.randn(3)", "input w[3] ~ normal(0, 1)"),
]


@pytest.mark.parametrize(("source", "loss"), [*BRANCHES, *CONDITIONS, *BOARD, *LATEX, *SCRIPTS])
def test_a_habit_leads_to_what_was_meant(source: str, loss: float) -> None:
    check_invariants(source)
    assert leads_to(source, loss)


@pytest.mark.parametrize("written", EINSUM)
def test_a_sum_in_einsteins_notation_is_what_numpy_makes_of_it(written: str) -> None:
    drawn = np.random.default_rng(3)
    operands = [
        drawn.integers(-4, 5, (3,) * len(letters)).astype(float)
        for letters in written.partition("->")[0].split(",")
    ]
    lines = [f"param a{n} = {each.tolist()}" for n, each in enumerate(operands)]
    names = ", ".join(f"a{n}" for n in range(len(operands)))
    made = np.einsum(written, *operands)
    weights = drawn.integers(-4, 5, made.shape).astype(float)
    lines.append(f"K = {weights.tolist()}")
    source = "\n".join([*lines, f"L = sum(K*np.einsum('{written}', {names}))"])
    _, faults = read(source)
    assert len(faults) == 1, faults
    assert len(faults[0]["fixes"]) == 1, faults
    (text,) = texts(source, faults[0])
    assert read(text)[0] == pytest.approx(float(np.sum(weights * made)))


@pytest.mark.parametrize("written", ["bij,bjk->bik", "ij,jk->", "i,j,k->ijk"])
def test_of_einsum_nothing_false_is_offered(written: str) -> None:
    source = M + f"L = sum(np.einsum('{written}', W, W))"
    assert leads_to(source, 18) is (written == "ij,jk->")
    said = "dot(sum(W, axis=1)" if written == "ij,jk->" else "no einsum"
    assert said in read(source)[1][0]["hint"]


@pytest.mark.parametrize(("typed", "made"), DRAWS)
def test_a_draw_is_written_in_our_words(typed: str, made: str) -> None:
    loss = read(f"{made}\nL = sum(w)")[0]
    assert loss is not None
    assert leads_to(f"{typed}\nL = sum(w)", loss)


def test_what_a_second_number_of_a_normal_is_can_be_chosen() -> None:
    source = "param w[3] ~ N(0, 0.1)\nL = sum(w)"
    (fault,) = read(source)[1]
    assert [fix["title"] for fix in fault["fixes"]] == [
        "Write normal(0, 0.1): 0.1 is the standard deviation",
        "Write normal(0, sqrt(0.1)): 0.1 is the variance",
    ]


def test_what_is_learned_there_is_learned_here() -> None:
    source = "x = torch.tensor([1., 2.], requires_grad=True)\nL = sum(x)"
    (fault,) = read(source)[1]
    (text,) = texts(source, fault)
    status, answer = ask("POST /derive", {"source": text})
    assert status == 200
    assert list(answer["gradients"]) == ["x"]


NOTHING = [
    X + "L = x // 2 * y",
    X + "L = x // 2",
    X + "L = exp x*y",
    X + "L = tanh 2*x",
    "param h1 = 1\nparam h2 = 2\nL = h1h2h3",
    X + "if x > 0:\n    L = x\nelse:\n    K = -x",
    X + "L = ∇x",
    X + r"L = \binom{3}{1}",
    X + r"L = \nabla x",
    V + r"L = \sum_{i=1}^{1} w_i",
    "param x = 4\nx += 1\nL = x",
]


@pytest.mark.parametrize("source", NOTHING)
def test_where_no_meaning_is_certain_nothing_is_offered(source: str) -> None:
    check_invariants(source)
    _, faults = read(source)
    assert faults
    assert not any(fault["fixes"] for fault in faults)


FEW = [
    ("param x = 2\nL = sin 2x", ["L = sin(2*x)"]),
    ("param x = 2\nL = cos 3x + 1", ["L = cos(3*x) + 1"]),
    ("param x = 2\nL = 1,000*x", ["L = 1000*x", "L = 1.000*x"]),
]


@pytest.mark.parametrize(("source", "wanted"), FEW)
def test_what_may_be_meant_is_offered_and_nothing_else(source: str, wanted: list[str]) -> None:
    check_invariants(source)
    (fault,) = read(source)[1]
    assert [text.splitlines()[-1] for text in texts(source, fault)] == wanted
