"""The part `figures`: what a moved value changes, against the whole walk on the same values."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from app.api.analyze import QUICK_NODES
from backstep.examples import EXAMPLES
from backstep.lang.compile.compiler import compile_text
from tests.asking import CALLS

TOY = EXAMPLES[0].source
SENT = ("node", "shown", "summary", "heat", "remark")


def part(name: str, source: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = CALLS["analyze_part"](
        {"source": source, "zoom": "block", "fold": True, "part": name, **more}
    )
    return found


def first_number(source: str) -> dict[str, float]:
    leaves = compile_text(source).leaves
    return {leaf.name: 0.37 for leaf in leaves if leaf.node.shape == () and leaf.role == "param"}


@pytest.mark.parametrize("zoom", ["block", pytest.param("tensor", marks=pytest.mark.slow)])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
def test_they_are_those_of_the_walk(example: Any, zoom: str) -> None:
    moved = {"zoom": zoom, "values": first_number(example.source)}
    walk = part("walk", example.source, **moved)
    at = walk["forward"] + 1
    figures = part("figures", example.source, **moved, step=at)
    assert (figures["zoom"], figures["total"]) == (walk["zoom"], walk["total"])
    assert len(figures["steps"]) == walk["total"]
    for step, found in zip(walk["steps"], figures["steps"], strict=True):
        key = "value" if step["phase"] == "forward" else "partial"
        assert found[key] == step[key] or found[key] != found[key]
        assert {name: found[name] for name in SENT} == {name: step[name] for name in SENT}
        whole = [(each["local_shown"], each["size"]) for each in step.get("contributions", ())]
        assert [(each["local_shown"], each["size"]) for each in found["contributions"]] == whole


@pytest.mark.parametrize("at", [1, 9, 15, 19, 1000])
def test_the_step_at_hand_is_told_whole(at: int) -> None:
    walk = part("walk", TOY, values={"w": 1.25})
    step = dict(walk["steps"][min(at, walk["total"]) - 1])
    for shared in ("reused_by", "holds", "serves", "serves_count"):
        step.pop(shared, None)
    assert part("figures", TOY, values={"w": 1.25}, step=at)["step"] == step


def test_at_the_start_no_step_is_at_hand() -> None:
    assert part("figures", TOY, step=0)["step"] is None


def test_another_value_moves_what_is_kept_of_a_view() -> None:
    before, after = (part("figures", TOY, values={"b": each})["steps"] for each in (-0.3, 0.5))
    nodes = [step["node"] for step in before]
    assert nodes == [step["node"] for step in after]
    assert before[nodes.index("n6")]["shown"] == ["0.7"]
    assert after[nodes.index("n6")]["shown"] == ["1.5"]


def quick(source: str, *parts: str, zoom: str = "block") -> dict[str, Any] | None:
    found: dict[str, Any] | None = CALLS["analyze_quick"](
        {"source": source, "zoom": zoom, "fold": True, "parts": list(parts)}
    )
    return found


def test_quick_parts_are_answered_in_one_go() -> None:
    found = quick(TOY, "figures", "numbers")
    assert found is not None
    assert list(found) == ["figures", "numbers"]
    assert found["numbers"] == CALLS["evaluate"]({"source": TOY})
    assert found["figures"] == part("figures", TOY)


def test_every_part_of_a_small_network_is_read_evaluated_and_walked_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts: Counter[str] = Counter()

    def counted(module: str, name: str) -> None:
        real = getattr(import_module(module), name)

        def call(*given: Any, **more: Any) -> Any:
            counts[name] += 1
            return real(*given, **more)

        monkeypatch.setattr(import_module(module), name, call)

    # In one go however slow the machine is: what is counted here is no time.
    monkeypatch.setattr(import_module("app.api.analyze"), "QUICK_SECONDS", 60.0)
    counted("backstep.binding.bind", "compile_text")
    counted("backstep.binding.bind", "begin")
    counted("backstep.walk.walk_for", "walk")
    source = TOY + "# read for the first time\n"
    found = quick(source, "figures", "drawing", "walk", "numbers", "formulas", "check")
    assert counts == {"compile_text": 1, "begin": 1, "walk": 1}
    assert found is not None
    for name, each in found.items():
        alone = part(name, source, form="scalar") if name == "formulas" else part(name, source)
        np.testing.assert_equal(each, alone)


def test_what_takes_long_is_asked_for_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("app.api.analyze"), "QUICK_SECONDS", 0.0)
    assert quick(EXAMPLES[2].source, "formulas") is None


def test_what_may_take_long_is_not() -> None:
    long = "param w = 1\nh = 1\n" + "h = h*w\n" * QUICK_NODES + "L = h\n"
    assert quick(long, "numbers") is None
    wide = "param W[60, 60] ~ normal(0, 1)\nL = sum(W^2)\n"
    assert quick(wide, "numbers", "figures") is not None
    assert quick(wide, "numbers", "figures", zoom="scalar") is None


def test_nor_is_what_cannot_be_answered() -> None:
    assert quick(TOY, "numbers", "figures") is not None
    asked = {"source": TOY, "zoom": "block", "parts": ["numbers"], "names": ["nobody"]}
    assert CALLS["analyze_quick"](asked) is None
