"""What a step's event says it read is what it read: by every optimiser, batch and order.

The loss, the length of the gradient and the next parameters are worked out here from the rows
that an event names, by loops of the published rules.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

from backstep.train.optimisers import OPTIMISERS
from tests.faults.test_letters import events
from tests.train import by_hand

X = [0.5, -1.0, 2.0, 3.0, -0.5]
Y = [1.0, 0.0, 2.5, 2.0, 0.3]
DATA = {"x": X, "y": Y}
MEAN = (
    "input x[5] = {x}\ntarget y[5] = {y}\nparam w = 0.4\nparam b = -0.2\nL = mean((w*x + b - y)^2)"
)
ONE = "input x = 1\ntarget y = 1\nparam w = 0.4\nparam b = -0.2\nL = (w*x + b - y)^2"
FORMS: dict[str, dict[str, Any]] = {
    "rows": {"source": MEAN.format(x=X, y=Y)},
    "examples of one": {"source": ONE, "data": DATA},
}
ORDERS: list[dict[str, Any]] = [
    *({"batch": batch, "shuffle": shuffle} for batch in (1, 2, 3, 5) for shuffle in (False, True)),
    {},
]
STEPS = 11
"""Two epochs and more of every batch, with last batches of 1 and 2 examples of 5."""


def by_rows(steps: list[Any], name: str, decay: float, clip: float | None) -> None:
    """Raises AssertionError where an event is not what its rows give."""
    x, y = np.array(X), np.array(Y)
    own = by_hand.DECOUPLED.get(name)
    move = by_hand.STEPS[name]() if own is None else own(decay)
    w = [0.4, -0.2]
    for step in steps:
        rows = step["examples"]
        assert [step["parameters"]["w"], step["parameters"]["b"]] == pytest.approx(w, rel=1e-9)
        rest = w[0] * x[rows] + w[1] - y[rows]
        assert step["loss"] == pytest.approx(float(np.mean(rest**2)), rel=1e-9)
        g = [2 * float(np.mean(rest * x[rows])), 2 * float(np.mean(rest))]
        assert step["gradient_norm"] == pytest.approx(math.hypot(*g), rel=1e-9)
        used = g if clip is None else by_hand.clipped(g, clip)
        added = 0.0 if own is not None else decay
        w = move(w, [b + added * a for a, b in zip(w, used, strict=True)], step["rate"])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_step_is_worked_out_over_the_rows_that_it_names(name: str, form: str) -> None:
    # Without a batch a definition of rows is one example.
    for number, order in enumerate(ORDERS if "data" in FORMS[form] else ORDERS[:-1]):
        more: dict[str, Any] = (
            {"weight_decay": 0.1, "clip": 1.5} if number % 2 else {"weight_decay": 0.0}
        )
        request = {**FORMS[form], "steps": STEPS, "every": 1, "rate": 0.05, "optimiser": name}
        found = events({**request, **order, **more, "names": ["w", "b"], "seed": number})
        steps = [data for kind, data in found if kind == "step"]
        assert len(steps) == STEPS + 1
        batch = order.get("batch", 5)
        read = [step["examples"] for step in steps]
        an_epoch = math.ceil(5 / batch)
        for start in range(0, STEPS - an_epoch, an_epoch):
            seen = [row for rows in read[start : start + an_epoch] for row in rows]
            assert sorted(seen) == [0, 1, 2, 3, 4]
        by_rows(steps, name, more["weight_decay"], more.get("clip"))


# torch.optim.AdamW(lr=0.1) on (a - 3)^2 + 2 (b + 1/2)^2 from 2 and -1, by its published rule:
# w <- w - lr*0.01*w, then Adam's step with betas 0.9 and 0.999, eps 1e-8.
ADAMW = [
    (2.0979999995, -0.8990000005),
    (2.195501259897831, -0.7993083023417686),
    (2.2921671308687706, -0.7022582857653966),
    (2.387598862280109, -0.6097503668959536),
    (2.48132804145818, -0.5243260019725221),
]


def test_adamw_is_pytorchs() -> None:
    source = "param a = 2\nparam b = -1\nL = (a - 3)^2 + 2*(b + 1/2)^2"
    request = {"source": source, "steps": 5, "every": 1, "rate": 0.1, "optimiser": "adamw"}
    steps = [data for kind, data in events(request) if kind == "step"]
    found = [(step["parameters"]["a"], step["parameters"]["b"]) for step in steps[1:]]
    assert found == [pytest.approx(each, rel=1e-12) for each in ADAMW]


@pytest.mark.parametrize("name", OPTIMISERS)
@pytest.mark.parametrize(
    "taken", [["g", "b", "v", "m"], ["eta", "lambda", "epsilon"], ["mu", "beta_1", "w", "t"]]
)
def test_no_letter_of_a_rule_is_a_name_of_the_text(name: str, taken: list[str]) -> None:
    lines = [f"param {each} = {n + 1}" for n, each in enumerate(taken)]
    source = "\n".join([*lines, f"L = {' + '.join(f'{each}^2' for each in taken)}"])
    request = {"source": source, "steps": 1, "optimiser": name, "weight_decay": 0.1, "clip": 1}
    rule = events({**request, "watch": taken[0]})[0][1]["rule"]
    letters = rule["letters"]
    used = set(re.findall(r"[A-Za-z]\w*", rule["text"])) - {"sqrt", "minimum"}
    clash = used & set(taken) - {letters.get("w", "w"), taken[0]}
    assert not {each for each in clash if each != "w"}, rule["text"]
