"""Worked examples with published numbers: losses, partials, and the figures their authors print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.asking import CALLS

CASES = json.loads((Path(__file__).parents[1] / "data" / "published.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_loss_and_partials_are_the_published_ones(case: dict[str, Any]) -> None:
    answer = CALLS["evaluate"]({"source": case["definition"]})
    assert answer["loss"]["value"] == pytest.approx(case["loss"], rel=case["rtol"])
    for name, expected in case["partials"].items():
        np.testing.assert_allclose(
            answer["partials"][name], expected, rtol=case["rtol"], atol=1e-15, err_msg=name
        )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_three_derivations_agree(case: dict[str, Any]) -> None:
    answer = CALLS["analyze_part"]({"part": "check", "source": case["definition"]})
    assert answer["agree"] is True, answer
    assert answer["differences"]["compared"] == answer["elements"] or (
        answer["differences"]["skipped"] is not None
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
@pytest.mark.parametrize("zoom", ["block", "tensor"])
def test_walk_ends_in_the_same_partials(case: dict[str, Any], zoom: str) -> None:
    walk = CALLS["steps"]({"source": case["definition"], "zoom": zoom})
    last = {step["name"]: step["partial"] for step in walk["steps"] if step["phase"] == "backward"}
    for name, expected in case["partials"].items():
        np.testing.assert_allclose(last[name], expected, rtol=1e-9, atol=1e-15, err_msg=name)


def test_a_step_of_gradient_descent_gives_the_weights_mazur_prints() -> None:
    case = next(case for case in CASES if case["id"] == "mazur-2-2-2")
    answer = CALLS["evaluate"]({"source": case["definition"]})
    for weight in (f"w{number}" for number in range(1, 9)):
        moved = answer["values"][weight] - case["published"]["eta"] * answer["gradients"][weight]
        assert moved == pytest.approx(case["published"][f"{weight}_new"], abs=5e-9)


def test_an_lstm_step_gives_the_weights_gomez_prints() -> None:
    case = next(case for case in CASES if case["id"] == "gomez-lstm")
    answer = CALLS["evaluate"]({"source": case["definition"]})
    for weight in ("Wa", "Wi", "Wf", "Wo"):
        moved = np.array(answer["values"][weight]) - case["published"]["lr"] * np.array(
            answer["gradients"][weight]
        )
        np.testing.assert_allclose(moved, case["published"][f"{weight}_new"], atol=1e-5)
