"""The exported lines run in this process: they agree with the page, and a wrong one is seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backstep.binding.bind import bind
from backstep.evaluate.compiled import code
from backstep.examples import EXAMPLES
from backstep.export import numpy_run as tried
from backstep.export.numpy_run import trial
from backstep.export.numpy_target import TARGET
from backstep.operations.listing import sources

SHIPPED = {example.id: example.source for example in EXAMPLES}


@pytest.mark.parametrize("name", ["toy-neuron", "two-layers", "lstm", "batch-norm"])
def test_examples_agree(name: str) -> None:
    found = trial(bind(SHIPPED[name]))
    assert found.agree
    assert found.worst <= 1e-14
    assert found.gradients


@pytest.mark.slow
@pytest.mark.parametrize("name", list(sources()))
def test_every_function_agrees(name: str) -> None:
    assert trial(bind(sources()[name])).agree


def test_values_in_force_and_names_asked_for() -> None:
    found = trial(bind(SHIPPED["toy-neuron"], {"w": 3.0}), ["x", "z"])
    assert (found.loss, found.gradients) == ("L", ["x", "z"])
    assert found.agree


def test_what_is_not_finite_agrees_with_itself() -> None:
    assert trial(bind("param w = 0\nL = log(w)*w + 1/w")).worst == 0.0


def test_a_line_that_is_wrong_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {**TARGET.dialect.words}
    plain = words["sigmoid"]
    words["sigmoid"] = lambda scribe, node, done, thin: replace(
        piece := plain(scribe, node, done, thin), text=f"(1.0000001*{piece.text})"
    )
    wrong = replace(TARGET, dialect=replace(TARGET.dialect, words=words))
    monkeypatch.setattr(tried, "TARGET", wrong)
    found = trial(bind(SHIPPED["toy-neuron"]))
    assert not found.agree
    assert found.worst > found.tolerance


def test_no_name_of_the_text_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    compiled = code._compiled

    def noted(text: str) -> object:
        seen.append(text)
        return compiled(text)

    monkeypatch.setattr(code, "_compiled", noted)
    trial(bind("param import_os = 2\ninput weird = 1\nL = (import_os*weird)^2"))
    assert seen
    assert not any("import_os" in text or "weird" in text for text in seen)
