"""What each pass adds to a partial: the sum of its uses' contributions, folded or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.asking import CALLS

LOOP = """input x = [1, -2, 3, 0.5, 2, 1]
param w = 0.5
param v = [0.3, -0.2]
h = 0
for t in range(6):
    z = w*h + x[t]*w
    h = tanh(z + sum(v*v)*t)
L = h^2 + w"""
TWICE = """param w = 0.5
h = 1
for t in range(4):
    for k in range(3):
        h = tanh(w*h + t)
for s in range(2):
    h = sin(w*h)
L = h^2"""
REPEATED = "param w = [0.4, -0.3]\nh0 = [1, 2]\n" + "".join(
    f"h{at} = tanh(w*h{at - 1} + w)\n" for at in range(1, 17)
)
TEXTS = {"loop": LOOP, "twice": TWICE, "repeated": REPEATED + "L = sum(h16^2)"}


def shares(source: str, **more: Any) -> dict[str, list[dict[str, Any]]]:
    steps = CALLS["steps"]({"source": source, "zoom": "block", "boxes": 40, **more})["steps"]
    return {each["name"]: each["passes"] for each in steps if each.get("passes")}


def by_pass(source: str, name: str) -> dict[str, np.ndarray]:
    """Contributions of the walk that nothing is folded in, added up in each outermost pass."""
    steps = CALLS["steps"]({"source": source, "zoom": "tensor"})["steps"]
    (own,) = [each for each in steps if each["name"] == name and each["phase"] == "backward"]
    found: dict[str, np.ndarray] = {}
    for each in own["contributions"]:
        title = (each["pass"] or "outside the loop").split(", ")[0]
        found[title] = found.get(title, 0.0) + np.array(each["value"], dtype=float)
    return found


@pytest.mark.parametrize("name", ["loop", "twice"])
def test_a_pass_adds_what_its_uses_send_back(name: str) -> None:
    source = TEXTS[name]
    found = shares(source)
    assert found
    for leaf, passes in found.items():
        wanted = by_pass(source, leaf)
        titles = [each["title"] for each in passes]
        assert set(titles) == set(wanted)
        assert titles[-1] == "outside the loop" or "outside the loop" not in titles
        for each in passes:
            norm = np.linalg.norm(wanted[each["title"]])
            assert each["norm"] == pytest.approx(norm, rel=1e-9, abs=1e-15)


def test_bars_are_as_high_as_powers_of_ten_say() -> None:
    (passes,) = shares(TEXTS["repeated"]).values()
    assert [each["title"] for each in passes] == [f"h{at}" for at in range(1, 17)]
    largest = max(each["norm"] for each in passes)
    for each in passes:
        below = np.log10(largest / each["norm"])
        assert each["height"] == pytest.approx(max(1 - below / 5, 0.06), abs=1e-3)


def test_folding_does_not_change_them() -> None:
    drawn = CALLS["graph"]({"source": LOOP, "boxes": 40})
    opened = [each["fold"] for each in drawn["frames"] if not each["open"]]
    assert shares(LOOP, open=opened) == shares(LOOP)


def test_a_moved_value_moves_them() -> None:
    request = {"source": LOOP, "zoom": "block", "boxes": 40, "values": {"w": 0.9}}
    steps = CALLS["steps"](request)["steps"]
    assert [s["passes"] for s in steps if s.get("passes")] != list(shares(LOOP).values())


def test_what_is_not_shared_has_none() -> None:
    assert shares("param w = 0.5\ninput x = 2\nL = (w*x)^2") == {}
    many = LOOP.replace("range(6)", "range(50)").replace("x[t]", "x[0]")
    assert shares(many) == {}
