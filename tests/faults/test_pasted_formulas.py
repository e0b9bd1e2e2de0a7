"""Random small definitions, and every formula printed of them judged as a typed answer."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.cases import ask

NUMBERS = (0, 1, -1, 2, 0.5, -0.3, 0.7, 1.5, -2, 0.1)
STATEMENTS = (
    "tanh({0})*{1}", "sqrt({0}^2 + 1)", "log({0}^2 + 1)", "abs({0})", "clip({0}, -1, 1)",
    "{0}/({1}^2 + 1)", "maximum({0}, {1})", "where({0} > {1}, {0}^2, {1})", "{0}*norm({1})",
    "{0}*max({1})", "({0} - mean({0}))/sqrt(var({0}) + 0.1)", "{0}*logsumexp({1})",
    "softmax({0})*{1}", "stack({0}[0], {1}[1], {0}[2])", "{0}[::-1]*{1}", "M @ {0}",
    "concat({0}[1:], {1}[:1])", "sum(M*{0}, axis=1)", "max(M*{0}, axis=0)", "prod({0})*{1}",
    "softmax(M*{0}, axis=0)[1]", "relu(M @ {0}) + {1}",
)  # fmt: skip
LOSSES = ("sum({}^2)", "mean({})", "norm({})", "sum({}*x)", "logsumexp({})", "max({})")


def source(seed: int) -> str:
    """A definition of vectors of three and a matrix; statements may give a name anew."""
    draw = random.Random(seed)

    def vector() -> list[float]:
        return [draw.choice(NUMBERS) for _ in range(3)]

    lines = [f"param x = {vector()}", f"input y = {vector()}"]
    lines.append(f"param M = {[vector() for _ in range(3)]}")
    names = ["x", "y", "x"]
    for number in range(draw.randint(1, 4)):
        name = draw.choice((f"u{number}", "h"))
        form = draw.choice(STATEMENTS)
        lines.append(f"{name} = {form.format(draw.choice(names[-2:]), draw.choice(names))}")
        names.append(name)
    return "\n".join([*lines, f"L = {draw.choice(LOSSES).format(names[-1])}"])


def printed(definition: str) -> Iterator[tuple[str, str]]:
    """What is derived by, and a formula of it, in every form."""
    for form in ("scalar", "matrix", "shared"):
        status, answer = ask("POST /derive", {"source": definition, "form": form})
        if status == 200:
            for name, gradient in answer["gradients"].items():
                if not gradient.get("refused"):
                    yield from _elements(name, gradient["text"])


def _elements(name: str, text: Any, at: tuple[int, ...] = ()) -> Iterator[tuple[str, str]]:
    if isinstance(text, list):
        for place, each in enumerate(text):
            yield from _elements(name, each, (*at, place))
    else:
        yield (f"{name}{list(at)}" if at else name), text


def judged(seed: int, most: int) -> None:
    definition = source(seed)
    formulas = list(printed(definition))
    random.Random(seed).shuffle(formulas)
    for of, text in formulas[:most]:
        status, found = ask("POST /compare", {"source": definition, "of": of, "answer": text})
        said = f"{definition}\n∂/∂{of} = {text}: {found}"
        assert status == 200, said
        assert found["equal"] is not False, said


@pytest.mark.parametrize("seed", [3, 4])
def test_what_is_printed_is_right_as_an_answer(seed: int) -> None:
    judged(seed, 5)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10, 210))
def test_what_is_printed_of_many_definitions_is_right_as_an_answer(seed: int) -> None:
    judged(seed, 12)
