"""Names of other libraries and languages: no fix is other mathematics, and no hint is untrue."""

from __future__ import annotations

import pytest

from tests.faults.test_mend import leads_to, read

GIVEN = "param x = [0.5, -1.2, 2]\nparam v = [0.1, 0.2]\nparam d = 2\ntarget y = 1\nparam a = 0.3\n"


@pytest.mark.parametrize(
    "formula",
    [
        # Each begins or ends with a name of the text, and is another library's function.
        "sum(np.vstack([x, x]))",
        "sum(vstack(x, x))",
        "dnorm(a)",
        "dexp(a)",
        "vsplit(v)",
        "sum(vander(v))",
        "pnorm(a)",
        "colSums(x)",
        "plogis(a)",
        "numel(x)*a",
    ],
)
def test_another_librarys_function_is_no_run_of_names_and_no_typing_error(formula: str) -> None:
    _, faults = read(f"{GIVEN}L = {formula}")
    assert faults
    fixes = [edit["text"] for fault in faults for fix in fault["fixes"] for edit in fix["edits"]]
    wrong = ("v @", "v*", "d*", "d @", "norm", "exp(", "split(")
    assert not any(each in text for text in fixes for each in wrong), fixes


def test_a_loss_on_logits_is_led_to_ours() -> None:
    formula = "tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=x)"
    assert leads_to(f"{GIVEN}L = {formula}", 3.4341961371357983)


@pytest.mark.parametrize("formula", ["S \\\\ v + a b", "solve(S) %*% v", "S^{-1} @@ v"])
def test_what_solves_a_system_is_not_said_not_to_be_there(formula: str) -> None:
    _, faults = read(f"param S = [[2, 1], [1, 3]]\n{GIVEN}L = {formula}")
    assert faults
    assert not any("no inverse" in f"{fault['hint']}" for fault in faults)
    assert not any("nothing that solves" in f"{fault['hint']}" for fault in faults)
