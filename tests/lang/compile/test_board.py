"""What is written as on a board: read where it has one meaning, else refused with both."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backstep.errors import DefinitionError
from backstep.lang.compile.compiler import compile_text
from tests.faults.cases import ask

CASES = json.loads((Path(__file__).parents[2] / "data" / "board.json").read_text("utf-8"))
S = "param a = 2\nparam b = -3\nconst λ = 0.5\n"
V = "param w = [3, 4]\ninput x = [1, 2]\nparam W = [[1, 2], [3, 5]]\nparam s = 2\n"


def loss_of(source: str) -> float:
    """The loss of a text that is read."""
    definition = compile_text(source)
    status, answer = ask("POST /evaluate", {"source": source, "names": []})
    assert status == 200, answer
    assert definition.loss.shape == ()
    return float(answer["loss"]["value"])


@pytest.mark.parametrize("case", [pytest.param(each, id=each["id"]) for each in CASES])
def test_a_formula_of_a_board_has_the_value_and_the_partials_of_the_board(
    case: dict[str, Any],
) -> None:
    status, answer = ask("POST /evaluate", {"source": case["definition"]})
    assert status == 200, answer
    assert answer["loss"]["value"] == pytest.approx(case["loss"], rel=1e-12)
    for name, wanted in case["partials"].items():
        np.testing.assert_allclose(answer["partials"][name], wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("2a", 4),
        ("2(a + b)", -2),
        ("(a − b)a(1 − a)b", 30),
        ("a b", -6),
        ("-2a^2", -8),
        ("2a²b", -24),
        ("½a + ¼b + ⅓", 1 - 0.75 + 1 / 3),
        ("a³ + b⁻¹", 8 - 1 / 3),
        ("aᵃ⁻¹", 2),
        ("a(1 - a)^2", 2),
        ("(a(1 - a))^2", 4),
        ("(a(1 - a))²a", 8),
        ("(2a)^2 + (a b)^2", 16 + 36),
        ("1/(a(1 - a))", -0.5),
        ("√(a(a + 6))", 4),
        ("e^(a(1 - a))", math.exp(-2)),
        ("2^(a(b + 4))", 4),
        ("a(b)(b)", 18),
        ("1/2 (a + b)", -0.5),
        ("-1/2 (a + b)", 0.5),
        ("−1/2 a b − 1", 2),
        ("(-2/3 b)", 2),
        ("-1/2 Σ_{i=0}^{3} i^2", -7),
        ("λ a", 1),
        ("√a·√a", 2),
        ("√(a + 2)", 2),
        ("2√(a + 2)", 4),
        ("|b|", 3),
        ("|a||b| + | |a| - 5 |", 9),
        ("2|a b|", 12),
        ("||b| - 1|", 2),
        ("e^a + e⁻ᵃ + e^{-a b}", math.exp(2) + math.exp(-2) + math.exp(6)),
        ("ln(a) + sgn(b)", math.log(2) - 1),
        (
            "ReLU(b) + Sigmoid(b) + Tanh(a) + LeakyReLU(b)",
            1 / (1 + math.exp(3)) + math.tanh(2) - 0.03,
        ),
        ("np.exp(a) + torch.relu(a) + F.sigmoid(b) + np.linalg.norm(a)", None),
        ("Σ_{i=0}^{3} i^2 + a", 16),
        ("Σ_{i=1}^3 a i + 1", 13),
        ("2 Σ_{i=0}^{2} i (a + i) - 1", 21),
        ("∑ᵢ₌₀³ i", 6),
        ("Π_{k=1}^{4} k", 24),
        ("sum(i in 0..3, i - 1) + prod(k in 1..3, k)", 8),
        ("sum(i in 3..2, i) + prod(i in 3..2, i)", 1),
        ("Σ_{i=0}^{1} Σ_{j=0}^{2} i j", 3),
    ],
)
def test_a_formula_of_numbers(formula: str, value: float | None) -> None:
    found = loss_of(f"{S}L = {formula}")
    expected = math.exp(2) + 2 + 1 / (1 + math.exp(3)) + 2 if value is None else value
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("sum(W x)", 18),
        ("sum(2W x)", 36),
        ("sum(s W)", 22),
        ("sum(s W x)", 36),
        ("sum(Wᵀ x) + sum(W^T x) + sum(W^⊤ x) + sum(W' x) + sum(W^{T} x)", 5 * 19),
        ("wᵀx", 11),
        ("xᵀ W x", 31),
        ("½ xᵀ W x", 15.5),
        ("sum(x wᵀ)", 21),
        ("sum((x - w)wᵀ x)", -44),
        ("xᵀ W W x", 191),
        ("⟨w, x⟩ + ⟨W x, 2x⟩", 11 + 62),
        ("‖w‖ + ‖w‖² + ‖w‖₁ + ‖w‖₂ + ‖w‖₂² + ‖w‖²₂", 5 + 25 + 7 + 5 + 25 + 25),
        ("||w||^2 + ||W||_F^2 + s||w||", 25 + 39 + 10),
        ("‖w − x‖_∞", 2),
        ("sum(w ⊙ x) + sum(w ∘ x)", 22),
        ("sum(|x - w|)", 4),
        ("Σ_{i=0}^{1} w_i x_i", 11),
        ("Σ_{i=0}^{1} (w_i)(xᵢ)", 11),
        ("Σ_{i=0}^{1} wᵢ xᵢ", 11),
        ("Σ_{i=0}^{1} Σ_{j=0}^{1} W_{ij} x_{j}", 18),
        ("Σ_{i=0}^{1} Σ_{j=0}^{1} x_i W_ij x_j", 31),
        ("sum(i in 0..1, w[i]x[i])", 11),
        ("sum(W, dim=0)[0] + torch.sum(W, dim=1)[0] + np.max(W, axis=0)[1]", 4 + 3 + 5),
        ("w[0]x[1] + W[0, 1](x[0] + 1)", 10),
        ("sum(softmax(W x))", 1),
    ],
)
def test_a_formula_of_vectors_and_matrices(formula: str, value: float) -> None:
    assert loss_of(f"{V}L = {formula}") == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("L = sum(w x)", {"L = sum(w*x)", "L = sum(dot(w, x))"}),
        ("L = 1/2s", {"L = 1/2*s", "L = 1/(2s)"}),
        ("L = (s + 1)/2(s - 1)", {"L = (s + 1)/2*(s - 1)", "L = (s + 1)/(2(s - 1))"}),
        ("L = s/s(1 - s)", {"L = s/s*(1 - s)", "L = s/(s(1 - s))"}),
    ],
)
def test_where_two_products_are_possible_both_are_offered(line: str, offered: set[str]) -> None:
    with pytest.raises(DefinitionError) as caught:
        compile_text(V + line)
    (fault,) = caught.value.faults
    assert fault.code == "implicit_product"
    assert {fix.title.removeprefix("Write ") for fix in fault.fixes} == offered


@pytest.mark.parametrize(
    "line",
    [
        *("L = s x^2s", "L = e^-s t", "L = [s s][0]", "L = max(s s)", "L = s/s(1 - s)"),
        *(
            "L = √s(1 - s)",
            "L = s(0)",
            "L = x(1)",
            "L = s^T",
            "L = s'",
            "L = ws",
            "L = sW",
            "L = sx",
        ),
        *(
            "L = e^s(1 - s)",
            "L = 2½",
            "L = |s",
            "L = ‖s|",
            "L = s x 2",
            "L = {s}",
            "L = s (1) (2) =",
        ),
    ],
)
def test_what_has_no_one_meaning_is_refused(line: str) -> None:
    with pytest.raises(DefinitionError):
        compile_text(V + line)


def test_a_prime_beside_a_star_stays_open_since_elsewhere_the_star_is_the_product_of_matrices() -> (
    None
):
    with pytest.raises(DefinitionError):
        compile_text(V + "L = sum(w'*x)")


@pytest.mark.parametrize("line", ["2*w' x", "w' x*2", "1e-1*20*w' x", "w' x + 2*(w' x)/2"])
def test_a_star_beside_a_number_leaves_a_prime_its_meaning(line: str) -> None:
    assert loss_of(f"param w = [1, 2]\nparam x = [3, 4]\nL = {line}") == 22


@pytest.mark.parametrize("line", ["w'*2*x", "2*w'*x", "w' x*x2"])
def test_a_star_between_names_leaves_a_prime_open(line: str) -> None:
    with pytest.raises(DefinitionError):
        compile_text(f"param w = [1, 2]\nparam x = [3, 4]\nparam x2 = 1\nL = {line}")


def test_a_sum_that_counts_from_one_is_told_where_elements_start() -> None:
    with pytest.raises(DefinitionError) as caught:
        compile_text(V + "L = Σ_{i=1}^{2} w_i x_i")
    (fault,) = caught.value.faults
    assert fault.code == "index"
    assert [fix.title for fix in fault.fixes] == ["Write L = Σ_{i=0}^{1} w_i x_i"]


def test_what_a_text_declares_keeps_its_meaning() -> None:
    assert loss_of("const e = 2\nconst T = 3\nparam a = 2\nL = e^a + a^T") == 12
    assert loss_of("param step = 2\nL = step(step)") == 1
    assert loss_of("u(t) = t^2\nparam a = 3\nL = u(a)") == 9
    assert loss_of("param W = 2\nL = W^(2) + W^2") == 8


def test_names_with_a_raised_number_are_names_where_there_is_no_plain_one() -> None:
    text = (
        "input x = [1, 2]\nparam W^(1) = [[1, 2], [3, 4]]\nparam b⁽¹⁾ = [0, 1]\n"
        "z^(1) = W^(1) x + b^(1)\nz^{(2)} = z⁽¹⁾\nL = sum(z^(2))"
    )
    definition = compile_text(text)
    assert list(definition.names) == ["x", "W⁽¹⁾", "b⁽¹⁾", "z⁽¹⁾", "z⁽²⁾", "L"]
    assert loss_of(text) == 17
    with pytest.raises(DefinitionError) as caught:
        compile_text("param W = 1\nW⁽¹⁾ = 2\nL = W")
    assert caught.value.faults[0].code == "given_again"
    with pytest.raises(DefinitionError):
        compile_text("h⁽¹⁾ = 1\nh⁽¹⁾ = 2\nL = h⁽¹⁾")


def test_a_hat_is_one_name_in_both_spellings() -> None:
    assert loss_of("param a = 2\nŷ = 3a\nL = yhat^2") == 36
    assert loss_of("param a = 2\nyhat = 3a\nL = ŷ²") == 36


def test_a_printed_array_is_the_list_it_shows() -> None:
    assert loss_of("input X = array([[1., 2.],\n       [3., 4.]], dtype=float32)\nL = sum(X)") == 10
    assert loss_of("input X = torch.tensor([1., 2.], requires_grad=True)\nL = sum(X)") == 3


READINGS = [
    ("L = sum(2W x) + ½‖w‖²", "L = sum(2*W @ x) + 1/2*sum(w^2)"),
    ("L = xᵀ W x", "L = dot(x.T @ W, x)"),
    ("L = sum(x wᵀ)", "L = sum(outer(x, w))"),
    ("L = s(1 − s)^2/2", "L = s*(1 - s)^2/2"),
    ("L = e^{-s²}", "L = exp(-s^2)"),
    ("L = Σ_{i=0}^{1} w_i x_i", "L = sum(i in 0..1, w[i]*x[i])"),
    ("L = |s|(s + 1)", "L = abs(s)*(s + 1)"),
    ("L = np.exp(s)", "L = exp(s)"),
    ("f(t) = 2t(1 - t)\nL = f(s)", "f(t) = 2*t*(1 - t)"),
    ("L = -(s + 1)²", "L = -(s + 1)^2"),
]


@pytest.mark.parametrize(("typed", "meant"), READINGS)
def test_how_a_statement_was_read_is_told_and_reads_the_same(typed: str, meant: str) -> None:
    definition = compile_text(V + typed)
    (reading,) = definition.readings
    assert (reading.line, reading.text) == (5, meant)
    plain = compile_text(V + meant + typed.partition("\n")[1] + typed.partition("\n")[2])
    assert not plain.readings or "in 0.." in meant
    assert loss_of(V + typed) == loss_of(V + meant + "\n" + typed.partition("\n")[2])


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ("‖W‖₂", "norm_of_matrix"),
        ("‖W‖₂²", "norm_of_matrix"),
        ("||W||_2", "norm_of_matrix"),
        ("sum(|W|)", "bars_of_matrix"),
        ("sum(W² x)", "power_by_element"),
        ("‖W‖ + ‖w‖₂ + ‖W‖_F + sum(|w|) + sum(abs(W)) + norm(W)", None),
    ],
)
def test_what_is_another_thing_elsewhere_is_told(formula: str, code: str | None) -> None:
    warnings = compile_text(f"{V}L = {formula}").warnings
    assert [each.code for each in warnings] == ([] if code is None else [code])


def test_a_text_in_the_language_has_no_readings() -> None:
    assert not compile_text(V + "L = dot(w, W @ x)^2 − s·s").readings
