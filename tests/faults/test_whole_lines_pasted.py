"""Lines of derivations pasted whole as answers: each side of them is judged like what was typed."""

from __future__ import annotations

import re

import pytest

from backstep.binding.bind import bind
from backstep.examples import EXAMPLES
from backstep.lang.syntax.display import text_name
from tests.faults.cases import ask
from tests.faults.test_pasted_formulas import source

SOURCES = {each.id: each.source for each in EXAMPLES}
NEURON = SOURCES["toy-neuron"]


def judged(definition: str, of: str, kind: str = "text") -> int:
    """How many lines of a derivation that are of a partial of the loss are right, pasted whole."""
    names = bind(definition).definition.names
    shown = {
        text_name(name, given[-1].index if len(given) > 1 else None): name
        for name, given in names.items()
    }
    status, found = ask("POST /derivation", {"source": definition, "of": of})
    if status != 200:
        return 0
    loss = next(each for each, name in shown.items() if name == found["loss"])
    count = 0
    for line in found["lines"]:
        left = re.match(rf"∂{re.escape(loss)}/∂(.+?) = ", line["text"])
        asked = shown.get(left[1]) if left else None
        if asked is not None:
            request = {"source": definition, "of": asked, "answer": line[kind]}
            status, answer = ask("POST /compare", request)
            assert status == 200, (line[kind], answer)
            assert answer["equal"] is True, (line[kind], answer)
            count += 1
    return count


@pytest.mark.parametrize(
    ("example", "of"),
    [
        ("toy-neuron", "w"),
        ("micrograd", "a"),
        ("deep-network", "a[0].W"),
        ("xor", "W"),
        ("rnn", "b"),
    ],
)
def test_every_line_of_a_partial_is_right_pasted_whole(example: str, of: str) -> None:
    assert judged(SOURCES[example], of) > 2


@pytest.mark.parametrize("seed", [2, 6, 7, 16])
def test_every_line_of_random_definitions_is_right_pasted_whole(seed: int) -> None:
    assert judged(source(seed), "x") > 1


def test_lines_in_latex_are_read() -> None:
    assert judged(NEURON, "w", "latex") > 3


@pytest.mark.slow
@pytest.mark.parametrize("example", SOURCES)
def test_every_line_of_every_example_is_right_pasted_whole(example: str) -> None:
    status, found = ask("POST /evaluate", {"source": SOURCES[example]})
    assert status == 200
    for name in list(found["gradients"])[:6]:
        judged(SOURCES[example], name)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20, 60))
def test_every_line_of_many_definitions_is_right_pasted_whole(seed: int) -> None:
    judged(source(seed), "x")
    judged(source(seed), "M")


@pytest.mark.parametrize(
    ("of", "line", "equal"),
    [
        ("w", "∂L/∂w = (u − y)·u·(1 − u)·x + 2·λ·w", True),
        ("w", "dw = (u - y)*u*(1 - u)*x + 2*lambda*w", True),
        ("w", "3. ∂L/∂w = (u − y)·u·(1 − u)·x + 2·λ·w    (tidied (so))", True),
        ("w", "∂L/∂w = (u − y)·u = (u − y)·u·(1 − u)·x + 2·λ·w", False),
        ("w", "∂L/∂w = (u − y)·u·(1 − u)·x + 2·λ·w = (u − y)·u", False),
        ("w", "dL/dw = u", False),
        ("l", "∂L/∂l = ∂/∂l (l + λ·r) = 1", True),
        ("l", "∂/∂l (l + 2·l·r)", False),
        ("w", r"\frac{\partial L}{\partial w} &= (u - y) u (1 - u) x + 2 \lambda w \\", True),
        ("u", "∂L/∂u = where(u == y, 0, u - y)", True),
    ],
)
def test_each_side_of_a_line_is_judged(of: str, line: str, equal: bool) -> None:
    status, answer = ask("POST /compare", {"source": NEURON, "of": of, "answer": line})
    assert status == 200, answer
    assert answer["equal"] is equal


def test_a_part_of_a_line_that_cannot_be_read_is_told() -> None:
    line = "∂L/∂u = (u − y)·nothing_known = u − y"
    _, answer = ask("POST /compare", {"source": NEURON, "of": "u", "answer": line})
    assert answer["equal"] is True
    assert "cannot be read" in answer["note"]
