"""docs/add-an-optimiser.md is true: its row, added as it says to a copy, trains and is told."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

from tests.guides.copies import copy, guide, printed, put, samples

pytestmark = pytest.mark.slow

GUIDE = "add-an-optimiser"

# Run where `backstep` is the copy. The loop is the guide's own, beside the row.
SCRIPT = """
import json, math
from tests.train import by_hand
from tests.train.by_hand import Step
{loop}
by_hand.STEPS["adadelta"] = adadelta

from app.web.training_page import _OPTIMISERS
from backstep import Network
from backstep.train.optimisers import OPTIMISERS
from backstep.train.update import Update
from tests.train import test_optimisers as checks
from tests.train.conftest import options

checks.test_every_rule_has_a_loop_beside_it()
checks.test_a_rule_is_its_published_formula("adadelta")
checks.test_clipping_then_decay_as_pytorch_orders_them("adadelta")
told = []
checks.test_a_wrong_rule_is_caught("adadelta", lambda *caught: told.append(caught))
training = Network("input x = 2\\nparam w = 0.5\\nL = (w*x - 3)^2").train(
    steps=400, optimiser="adadelta", settings={{"epsilon": 0.01}}
)
losses = [step.loss for step in training]
print(json.dumps({{
    "told": told,
    "start": training.start.optimiser,
    "rule": training.start.rule.text,
    "menu": [row["title"] for row in _OPTIMISERS],
    "losses": [losses[0], losses[-1]],
}}))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = copy(tmp_path_factory.mktemp("copy"))
    row, loop = samples(GUIDE)
    put(
        folder / "backstep" / "train" / "optimisers.py",
        "OPTIMISERS: Mapping[str, Optimiser] = {\n    row.name: row\n    for row in (\n",
        textwrap.indent(row.rstrip() + ",\n", " " * 8),
    )
    return printed(folder, SCRIPT.format(loop=loop))


def test_its_rule_is_the_published_one_and_each_line_is_held(found: dict[str, Any]) -> None:
    ((planted, survived),) = found["told"]
    assert planted >= 6
    assert survived == []


def test_it_trains(found: dict[str, Any]) -> None:
    assert found["start"] == "adadelta"
    first, last = found["losses"]
    assert last < 1e-3 * first


def test_its_rule_is_shown_and_it_is_in_the_menu(found: dict[str, Any]) -> None:
    assert "rho" in str(found["rule"])
    assert "Adadelta" in found["menu"]


def test_the_guide_fits_two_screens() -> None:
    assert len(guide(GUIDE).splitlines()) <= 90
