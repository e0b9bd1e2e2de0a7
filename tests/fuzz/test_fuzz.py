"""No text ends in an error of the service; and the fuzzer sees it where one does."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from app.api.jobs import JOBS
from backstep.lang.compile.compiler import compile_text
from backstep.ops import FUNCTIONS
from tests.fuzz.calls import KINDS, Asked, drawn
from tests.fuzz.figures import Figures
from tests.fuzz.texts import Text, text
from tests.fuzz.trial import shrunken, tried

FEW, SOME, MANY = 5, 40, 400


def came_to(seeds: range) -> Figures:
    figures = Figures()
    for seed in seeds:
        rng = Random(seed)
        for asked in drawn(rng, text(rng)):
            figures.add(asked, tried(asked, 10))
    return figures


@pytest.mark.parametrize(
    "seeds", [range(FEW), pytest.param(range(FEW, SOME), marks=pytest.mark.slow)]
)
def test_no_call_on_a_drawn_text_fails(seeds: range) -> None:
    figures = came_to(seeds)
    assert figures.met == {}
    assert figures.outcomes["answer"] > figures.calls / 2


@pytest.mark.long
def test_no_call_on_many_drawn_texts_fails() -> None:
    assert came_to(range(SOME, SOME + MANY)).met == {}


def test_a_seed_gives_its_text_again_and_texts_differ() -> None:
    assert text(Random(3)) == text(Random(3))
    assert len({text(Random(seed)) for seed in range(8)}) == 8


@pytest.mark.long
@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_of_the_catalogue_is_drawn_in_a_way_that_is_understood(name: str) -> None:
    rng = Random(1)
    for _ in range(3000):
        grown = Text(rng)
        grown.grow("param w = [[0.5, -1], [2, 1]]", "param x = [[[1, 2, 3]]]", "param k = 1")
        line = f"h = {grown.call(FUNCTIONS[name], 0)}"
        if FUNCTIONS[name].outputs == 2:
            line = line.replace("h =", "h, c =")
        if grown.understood([*grown.lines, line]) is not None:
            return
    pytest.fail(f"{name} is never understood")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Puts a function in the place of the call `evaluate`."""

    def put(call: Any) -> None:
        monkeypatch.setattr("tests.fuzz.calls.JOBS", {**JOBS, "evaluate": call})

    return put


def test_a_failure_is_seen_and_its_text_shortened(broken: Callable[[Any], None]) -> None:
    def sines(payload: bytes) -> Any:
        if b"sin(" in payload:
            raise KeyError("sin")
        return {}

    broken(sines)
    source = "param w = [1, 2]\nparam v = 3\nh = exp(v)\nL = sum(sin(w*h) + norm(w))"
    asked = Asked("evaluate", {"source": source, "values": {"v": 1}})
    failed = tried(asked)
    assert (failed.kind, failed.code) == ("failure", "KeyError at ?")
    shorter = shrunken(asked, failed)
    assert "sin(" in shorter.source
    assert len(shorter.source) < 20
    assert "values" not in shorter.request


def test_what_takes_too_long_is_no_failure(broken: Callable[[Any], None]) -> None:
    def forever(payload: bytes) -> Any:
        while True:
            pass

    broken(forever)
    assert tried(Asked("evaluate", {"source": "L = 1"}), 0.05).kind == "late"


def test_a_refusal_is_counted_by_its_code() -> None:
    figures = Figures()
    asked = Asked("evaluate", {"source": "L = sin("})
    figures.add(asked, tried(asked))
    assert figures.outcomes == {"refusal": 1}
    assert not figures.met
    assert "refusals  1: " in figures.told()


def test_most_texts_are_understood() -> None:
    told = 0
    for seed in range(30):
        try:
            compile_text(text(Random(seed)))
            told += 1
        except Exception:
            continue
    assert told > 20


def test_every_job_is_among_the_calls() -> None:
    of_texts = {"analyze", "train", "sweep"}  # with the pieces that they go on with
    pieces = {name for name in JOBS if re.split(r"[/_]", name)[0] in of_texts}
    links = {"evaluated_link", "exported_link", "graph_link"}  # as their calls, and by a page
    assert {*KINDS, *pieces, *links, "operations"} == {*JOBS, "page", "whole pass"}
