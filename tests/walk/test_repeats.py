"""Statements that a text repeats are folded as passes of a loop are, where it would be too wide."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backstep.binding.bind import bind
from backstep.walk.folds import Fold, folds
from backstep.walk.repeats import with_repeats
from tests.asking import CALLS

DENSE = "input x[4] ~ normal(0, 1)\nh0 = dense(x, 4)\n" + "".join(
    f"h{at} = tanh(dense(h{at - 1}, 4))\n" for at in range(1, 20)
)
BLOCKS = (
    "input x[1, 2, 4, 4] ~ normal(0, 1)\nh0 = relu(conv2d(x, filters=2, kernel=3, padding=1))\n"
)
BLOCKS += "".join(
    f"a{at} = relu(batch_norm(conv2d(h{at - 1}, filters=2, kernel=3, padding=1)))\n"
    f"b{at} = batch_norm(conv2d(a{at}, filters=2, kernel=3, padding=1))\n"
    f"h{at} = relu(b{at} + h{at - 1})\n"
    for at in range(1, 5)
)
CHAIN = "input x = 1\n" + "".join(f"param w{at} = {at / 9 + 0.3}\n" for at in range(1, 17))
CHAIN += "h1 = tanh(w1*x)\n" + "".join(f"h{at} = tanh(w{at}*h{at - 1})\n" for at in range(2, 17))
TEXTS = {
    "dense": DENSE + "L = sum(h19^2)",
    "blocks": BLOCKS + "L = mean(h4)^2",
    "chain": CHAIN + "L = h16^2",
}


def runs(source: str) -> list[tuple[str, list[str]]]:
    """Each run of repeats with what its groups consist of."""
    definition = bind(source).definition
    found = with_repeats(definition, folds(definition))
    return [
        (fold.title, [" ".join(each.title for each in group.inside) for group in fold.inside])
        for fold in found
        if fold.repeated
    ]


def graph(source: str, **more: Any) -> Any:
    return CALLS["graph"]({"source": source, "boxes": 40, **more})


def closed(drawn: Any) -> dict[str, str]:
    return {each["title"]: each["fold"] for each in drawn["frames"] if not each["open"]}


def test_what_is_repeated() -> None:
    (run,) = runs(TEXTS["dense"])
    assert run == ("h1 … h19", [f"h{at}" for at in range(1, 20)])
    (run,) = runs(TEXTS["blocks"])
    assert run == ("h1 … h4", [f"a{at} b{at} h{at}" for at in range(1, 5)])


@pytest.mark.parametrize(
    "source",
    [
        # Three alone show as much as a run of them would.
        "input x = 1\nparam w = 2\na = tanh(w*x)\nb = tanh(w*a)\nc = tanh(w*b)\nL = c^2",
        # Neurons of one layer read nothing of each other.
        "input x = 1\nparam w = 2\n"
        + "".join(f"a{at} = tanh(w*x + {at})\n" for at in range(6))
        + "L = a0 + a1 + a2 + a3 + a4 + a5",
        # The passes of a loop are its own.
        "h = 1\nparam w = 2\nfor t in range(6):\n    h = tanh(w*h)\nL = h^2",
        # One function is another.
        "h = 1\nparam w = 2\na = tanh(w*h)\nb = sin(w*a)\nc = tanh(w*b)\nd = cos(w*c)\nL = d^2",
    ],
)
def test_what_is_not(source: str) -> None:
    assert runs(source) == []


def test_a_parameter_stands_in_the_group_that_alone_reads_it() -> None:
    source = CHAIN.replace("h9 = tanh(w9*h8)", "h9 = tanh(w3*h8)") + "L = h16^2 + w5"
    definition = bind(source).definition
    (run,) = (f for f in with_repeats(definition, folds(definition)) if f.repeated)
    names = {leaf.node.id: leaf.name for leaf in definition.leaves}
    own = {group.title: [names[key] for key in group.own] for group in run.inside}
    assert (own["h2"], own["h3"], own["h5"], own["h9"]) == (["w2"], [], [], [])


@pytest.mark.parametrize("name", ["dense", pytest.param("blocks", marks=pytest.mark.slow), "chain"])
def test_numbers_are_the_same_however_repeats_are_folded(name: str) -> None:
    source = TEXTS[name]
    drawn = graph(source)
    assert len(drawn["nodes"]) <= 10
    assert "statements that repeat are folded" in drawn["folded"]
    whole = CALLS["graph"]({"source": source, "zoom": "tensor"})
    partials = {node["id"]: node["partial"] for node in whole["nodes"]}
    for node in drawn["nodes"]:
        if node["partial"] is not None:
            np.testing.assert_allclose(node["partial"], partials[node["id"]], rtol=1e-9)


def test_each_group_opens_to_its_statements() -> None:
    source = TEXTS["blocks"]
    first = closed(graph(source))
    assert list(first) == ["h1", "h2 … h3", "h4"]
    apart = closed(graph(source, open=[first["h2 … h3"]]))
    assert list(apart) == ["h1", "h2", "h3", "h4"]
    drawn = graph(source, open=[apart["h3"]])
    assert {"a3", "b3", "h3"} <= {node["name"] for node in drawn["nodes"]}
    (frame,) = [each for each in drawn["frames"] if each["kind"] == "pass" and each["open"]]
    assert (frame["title"], frame["opened"]) == ("h3", [apart["h3"]])
    (run,) = [each for each in drawn["frames"] if each["kind"] == "loop"]
    assert (run["title"], run["opened"]) == ("h1 … h4", [apart["h3"]])


def test_a_text_that_fits_is_not_folded() -> None:
    source = "input x = 1\nparam w = 0.5\nh0 = w*x\n" + "".join(
        f"h{at} = tanh(w*h{at - 1})\n" for at in range(1, 6)
    )
    assert len(runs(source + "L = h5^2")) == 1
    assert graph(source + "L = h5^2")["folded"] is None


def test_groups_are_found_in_a_long_text_without_looking_at_all_pairs() -> None:
    statements = 600
    source = "h0 = 1\nparam w = 2\n" + "".join(
        f"h{at} = {'tanh' if at * at % 7 < 3 else 'sin'}(w*h{at - 1})\n"
        for at in range(1, statements)
    )
    definition = bind(source + f"L = h{statements - 1}").definition
    found: tuple[Fold, ...] = with_repeats(definition, folds(definition))
    assert sum(len(fold) for fold in found) == sum(len(fold) for fold in folds(definition))
