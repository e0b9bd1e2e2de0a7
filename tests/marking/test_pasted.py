"""What is printed is right when it is pasted as an answer: every form, and the derivations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest

from backstep.binding.bind import bind
from backstep.errors import BackstepError, FormulaTooLarge
from backstep.examples import EXAMPLES
from backstep.lang.compile.answer import read_answer
from backstep.marking.symbolic_equality import proved
from backstep.marking.trial import Submission, trial
from backstep.symbolic.targets import target_for
from tests.asking import CALLS
from tests.systems.random_twins import network

SOURCES = {example.id: example.source for example in EXAMPLES}
_NAME = re.compile(r"[^\W\d]\w*")
Printed = tuple[str, str]
"""What the partial is by, and its formula."""


def _elements(texts: Any, at: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], str]]:
    if isinstance(texts, list):
        for place, each in enumerate(texts):
            yield from _elements(each, (*at, place))
    else:
        yield at, texts


def _derived(source: str, form: str) -> Any:
    try:
        return CALLS["derive"]({"source": source, "form": form})
    except FormulaTooLarge:
        return {"gradients": {}, "definitions": [], "symbols": {}}


def whole(source: str, form: str) -> Iterator[Printed]:
    """The formulas of the forms `matrix` and `shared`, and those that the latter gives once."""
    found = _derived(source, form)
    for name, gradient in found["gradients"].items():
        yield name, gradient["text"]
    for given in found.get("definitions", ()):
        if given["kind"] == "partial" and given["of"] and "⁽" not in given["of_text"]:
            yield given["of"], given["text"]


def scalar(source: str, few: int, spelled: bool = False) -> Iterator[Printed]:
    """Closed formulas of a few elements of each tensor; `spelled` as SymPy reads them."""
    found = _derived(source, "scalar")
    for number, (name, gradient) in enumerate(found["gradients"].items()):
        if gradient["text"] is None:
            continue
        elements = list(_elements(gradient["text"]))
        chosen = np.random.default_rng(number).permutation(len(elements))[:few]
        for at, text in (elements[place] for place in chosen):
            if not spelled:
                symbols = found["symbols"]
                text = _NAME.sub(lambda match: symbols.get(match[0], match[0]), text)  # noqa: B023
            yield name + (f"[{','.join(map(str, at))}]" if at else ""), text


def derived(source: str, wanted: list[str]) -> Iterator[Printed]:
    """What derivations come to, and their last line, both as the language reads it."""
    for name in wanted:
        found = CALLS["derivation"]({"source": source, "of": name})
        yield name, found["conclusion"]["text"]
        if found["lines"][-1]["formula"] is not None:
            yield name, found["lines"][-1]["formula"]


def wrong(source: str, printed: Iterator[Printed]) -> list[Any]:
    """Those that are not right, with what was said of them."""
    found = []
    for of, text in printed:
        answer = CALLS["compare"]({"source": source, "of": of, "answer": text})
        if answer["equal"] is not True:
            found.append((of, text[:300], answer.get("hint")))
    return found


_LONG = {"lstm", "lstm-cell", "rnn", "convolution", "convolution-2d", "ten-relu-he"}
"""Examples whose formulas take seconds each."""
_SLOW = {"force-matching", "ten-sigmoids", "residual-block", "exploding-chain", "attention"}
"""Examples whose formulas take seconds together."""


@pytest.mark.parametrize(
    "example",
    [
        pytest.param(
            each,
            marks=[pytest.mark.long] * (each in _LONG) + [pytest.mark.slow] * (each in _SLOW),
        )
        for each in SOURCES
    ],
)
def test_printed_formulas_of_the_examples_are_right(example: str) -> None:
    source = SOURCES[example]
    assert not wrong(source, whole(source, "matrix"))
    assert not wrong(source, whole(source, "shared"))
    for spelled in (False, True):
        assert not wrong(source, islice(scalar(source, 1, spelled), 4))
    names = list(_derived(source, "shared")["gradients"])
    assert not wrong(source, derived(source, names[:3]))


@pytest.mark.parametrize(("seed", "of"), [(1, "h4.W_q"), (4, "p7")])
def test_a_partial_that_cancels_is_read_with_its_rounding(seed: int, of: str) -> None:
    """Behind a normalisation the partial is a sum of what cancels: δ_h is there, its sum is 0."""
    source = "\n".join(network(seed).ours)
    text = _derived(source, "shared")["gradients"][of]["text"]
    assert "delta" in text
    assert not wrong(source, iter([(of, text)]))
    assert wrong(source, iter([(of, f"1.00001*({text})")]))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20))
def test_printed_formulas_of_random_networks_are_right(seed: int) -> None:
    source = "\n".join(network(seed).ours)
    assert not wrong(source, whole(source, "matrix"))
    assert not wrong(source, whole(source, "shared"))
    for spelled in (False, True):
        assert not wrong(source, islice(scalar(source, 1, spelled), 3))


@pytest.mark.long
@pytest.mark.parametrize("example", SOURCES)
def test_every_element_of_the_examples_is_right(example: str) -> None:
    source = SOURCES[example]
    assert not wrong(source, scalar(source, 40))
    assert not wrong(source, derived(source, list(_derived(source, "shared")["gradients"])))


_TOKEN = re.compile(r"[^\W\d][\w.]*|\d+\.?\d*(?:e-?\d+)?|\*\*|.")


def _mutants(text: str) -> Iterator[str]:
    """The formula with a sign turned, a product for a quotient, a number off in its 12th place."""
    tokens = _TOKEN.findall(text)
    for place, token in enumerate(tokens):
        other = {"+": "-", "-": "+", "*": "/"}.get(token)
        if token[0].isdigit() and (place == 0 or tokens[place - 1] not in "[,(:"):
            other = f"({token}*1.000000000001)"
        if other is not None:
            yield "".join([*tokens[:place], other, *tokens[place + 1 :]])


@pytest.mark.parametrize("example", ["toy-neuron", "softmax-scores", "two-layers", "micrograd"])
def test_no_wrong_formula_is_proved(example: str) -> None:
    """Where one is, it has the partial's values all the same: - -x, a factor of 1."""
    tried = 0
    prepared = bind(SOURCES[example])
    for of, text in whole(SOURCES[example], "matrix"):
        target = target_for(prepared.definition, of)
        for mutant in list(_mutants(text))[:20]:
            try:
                claim = Submission(prepared, read_answer(prepared.definition, mutant), target)
            except BackstepError:
                continue
            tried += 1
            if claim.answer.node.shape == claim.shape and proved(claim):
                assert trial(claim).equal, mutant
                assert "1.000000000001" not in mutant, mutant
    assert tried >= 2
