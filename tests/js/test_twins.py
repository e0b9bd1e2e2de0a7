"""What the page's scripts work out as the library does, on the same cases: any difference fails."""

from __future__ import annotations

import json
import math
import re
import struct
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from app.api import share_link
from app.jobs import protocol
from backstep.binding.bind import bind
from backstep.binding.json_arrays import summary
from backstep.drawing.heat import heat, paths
from backstep.drawing.steps import walk_steps
from backstep.errors import Edit
from backstep.examples import EXAMPLES
from backstep.formula import latex_reader
from backstep.formula.text import text as as_text
from backstep.lang.diagnostics.fixes.edits import applied
from backstep.lang.syntax import lines
from backstep.layout import edge_numbers
from backstep.limits import LIMITS
from backstep.notation.figures import latex_figure, short, spoken, whole
from backstep.walk.elements import worked_out
from backstep.walk.walk_for import walk_for
from tests.asking import CALLS, plain, run
from tests.binding.reading import read_back
from tests.walk.test_products import CASES

PRODUCTS = [CASES["layer"], CASES["rows of a softmax"], CASES["bias of rows"], CASES["between"]]
ROOT = Path(__file__).resolve().parent.parent.parent
Ask = Callable[..., list[Any]]


@pytest.fixture(scope="session")
def ask(node: str) -> Ask:
    """Gives what functions of a script give, called one after the other."""

    def asked(module: str, *calls: Sequence[Any]) -> list[Any]:
        done = subprocess.run(
            [node, str(Path(__file__).with_name("ask.js"))],
            input=protocol.to_json([module, *calls]),
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr.decode()[-2000:]
        found: list[Any] = json.loads(done.stdout)
        return found

    return asked


def numbers() -> Iterator[float]:
    """Numbers whose figures are hard: ties, carries, ends of the notations, any bits."""
    yield from (0.0, -0.0, math.nan, math.inf, -math.inf, 5e-324, 1.7976931348623157e308)
    for lead in (1, 1.25, 1.5, 2.0625, 2.0635, 9.9995, 9.9996, 9.5, 9.4999, 0.5, 2.5, 1 / 3):
        for power in (-320, -101, -100, -99, -12, -5, -4, -3, -1, 0, 1, 3, 4, 5, 16, 99, 100, 300):
            yield from (lead * 10.0**power, -lead * 10.0**power)
    drawn = Random(7)
    for _ in range(1000):
        yield struct.unpack("d", drawn.randbytes(8))[0]
        yield round(drawn.uniform(-1e4, 1e4), drawn.randrange(6))


@pytest.mark.parametrize(
    ("name", "written"),
    [("short", short), ("latexFigure", latex_figure), ("spokenFigure", spoken)],
)
def test_figures(ask: Ask, name: str, written: Callable[[float, int], str]) -> None:
    cases = [(value, digits) for value in numbers() for digits in (1, 2, 3, 4, 6)]
    found = ask("format", *([name, *case] for case in cases))
    wrong = [
        (*case, got, written(*case))
        for case, got in zip(cases, found, strict=True)
        if got != written(*case)
    ]
    assert wrong == []


def test_whole_numbers(ask: Ask) -> None:
    cases = list(numbers())
    found = ask("format", *(["whole", case] for case in cases))
    assert found == [whole(case) for case in cases]


def arrays() -> list[np.ndarray]:
    """Tensors too large to list, and some that are not."""
    rng = np.random.default_rng(0)
    shapes = [(30, 30), (500,), (3, 4, 50), (1, 1), (14, 28)]
    found = [rng.normal(size=shape) * scale for shape in shapes for scale in (1.0, 0.0, 1e300)]
    found.append(np.where(rng.random((30, 19)) < 0.2, np.nan, -1.0))
    found.append(np.where(rng.random((30, 19)) < 0.2, -np.inf, -1.0))
    return found


def test_pictures_of_tensors(ask: Ask) -> None:
    pictures = [heat(array) for array in [*arrays(), np.zeros((0, 3))]]
    cells = [{"rows": p.rows, "columns": p.columns, "cells": p.cells} for p in pictures]
    assert ask("heat-paths", *(["heatPaths", each] for each in cells)) == [
        dict(paths(picture)) for picture in pictures
    ]


def test_what_is_said_of_a_large_tensor(ask: Ask) -> None:
    large = [(array, found) for array in arrays() if (found := summary(array)) is not None]
    told = ask("arrays", *(["summaryOf", array] for array, _ in large))
    for (_, wanted), got in zip(large, told, strict=True):
        for name in ("min", "max", "norm"):
            assert float(got[name]) == pytest.approx(getattr(wanted, name), rel=1e-13, nan_ok=True)
    assert len(large) > 8


def edits(drawn: Random, text: str) -> list[Edit]:
    """Changes of a text that do not overlap."""
    each_line = re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff"))
    places = sorted(
        (line, drawn.randint(1, len(each_line[line - 1]) + 2))
        for line in drawn.choices(range(1, len(each_line) + 1), k=2 * drawn.randint(1, 3))
    )
    pairs = zip(places[::2], places[1::2], strict=True)
    return [Edit(*start, *end, drawn.choice(["", "x", "𝜎\n", "\r"])) for start, end in pairs]


def test_fixes_made_in_a_text(ask: Ask) -> None:
    drawn = Random(3)
    cases = []
    for _ in range(300):
        parts = ("a", "𝜎", "x̂", " ", "\n", "\r\n", "\r", "# é", "\u2028", "\x0b", "\x85")
        text = drawn.choice(["", "\ufeff"]) + "".join(drawn.choices(parts, k=12))
        cases.append((text, edits(drawn, text)))
    plainly = [
        {name: getattr(each, name) for name in ("line", "column", "end_line", "end_column", "text")}
        for _, found in cases
        for each in found
    ]
    made = iter(plainly)
    calls = [["applyFix", text, {"edits": [next(made) for _ in found]}] for text, found in cases]
    assert ask("fixes", *calls) == [applied(text, found) for text, found in cases]


STATES: list[dict[str, Any]] = [
    {"source": "L = σ(x)\r\n# 𝜎", "zoom": "block", "direction": "LR"},
    {
        "source": "param w = [[1, 2]]",
        "values": {"w": [[0.1, -1e-9]]},
        "step": 0,
        "zoom": "tensor",
        "direction": "TB",
        "open": ["n1", "f:square"],
        "turned": True,
    },
    # Enough to have every letter that an address may hold.
    *(
        {"source": f"param w = {value!r}", "zoom": "block", "direction": "LR"}
        for value in (Random(seed).uniform(-9, 9) for seed in range(30))
    ),
]


def test_the_state_in_an_address(ask: Ask) -> None:
    packed = ask("share-link", *(["encode", state] for state in STATES))
    for state, letters in zip(STATES, packed, strict=True):
        assert re.fullmatch(r"[\w-]+", letters, re.ASCII)
        found = share_link.decode(letters)
        assert {name: found[name] for name in state if name != "turned"} == {
            name: each for name, each in state.items() if name != "turned"
        }
    said = [{name: each for name, each in state.items() if name != "turned"} for state in STATES]
    assert ask("share-link", *(["decode", share_link.encode(state)] for state in said)) == said


ELEMENTS = """\
input x = [1, 2]
param W_1 = [[0.5, -1], [2, 0.25]]
param theta = [1, 2]
h = W_1 @ x
h = h * theta
L = sum(h)
"""


def walk(source: str, zoom: str, **more: Any) -> dict[str, Any]:
    """The walk as the page is sent it."""
    asked = {"source": source, "zoom": zoom, "fold": False, "part": "walk", **more}
    found: dict[str, Any] = CALLS["analyze_part"](asked)
    return found


def test_symbols_of_elements(ask: Ask) -> None:
    tensors = {
        (step["name"], step["version"]): step["symbol"]["latex"]
        for step in walk(ELEMENTS, "block")["steps"]
        if step["phase"] == "forward" and step["shape"]
    }
    cases = []
    for step in walk(ELEMENTS, "scalar")["steps"]:
        name, _, at = (step["name"] or "").removesuffix("]").partition("[")
        if step["phase"] == "forward" and at:
            tensor = tensors[name, step["version"]]
            cases.append((tensor, [int(each) for each in at.split(",")], step["symbol"]["latex"]))
    assert len({tensor for tensor, _, _ in cases}) > 3
    found = ask("symbols", *(["elementLatex", tensor, at] for tensor, at, _ in cases))
    assert found == [latex for _, _, latex in cases]


MOVED = [
    EXAMPLES[0].source,
    "param w = 0.5\nh = 1\nfor t in range(3):\n    h = tanh(w*h)\nL = relu(h - 2) + w*w - w^2",
    "param k = 2\nparam W = ones(12, 12)\nx = k*W\nL = sum(x^2) + log(k)",
]


def first_number(source: str) -> str:
    """A number of the text that a slider moves."""
    steps = walk(source, "block")["steps"]
    moved = (step for step in steps if step["kind"] in ("param", "input") and not step["shape"])
    return str(next(step["name"] for step in moved))


FORMULAS = ("formula", "rule", "words")
"""What waits for the whole walk, of every step but the one that is shown."""
SHARED = ("reused_by", "holds", "serves", "serves_count")
"""What of a step the moved figures leave to the walk."""


@pytest.mark.parametrize("zoom", ["block", "tensor", "scalar"])
def test_a_moved_value(ask: Ask, zoom: str) -> None:
    cases = []
    # A large tensor's picture is not drawn element by element.
    for source in MOVED[:2] if zoom == "scalar" else MOVED:
        name = first_number(source)
        before, after = (walk(source, zoom, values={name: value}) for value in (0.5, -1.25))
        for at in (0, 1, after["forward"] + 1, after["total"]):
            asked = {"source": source, "zoom": zoom, "fold": False, "part": "figures"}
            figures = CALLS["analyze_part"]({**asked, "values": {name: -1.25}, "step": at})
            cases.append((before, figures, at, after))
    found = ask("figures", *(["withFigures", b, figures, at] for b, figures, at, _ in cases))
    for (_, _, at, wanted), got in zip(cases, json.loads(protocol.to_json(found)), strict=True):
        assert got is not None
        told = json.loads(protocol.to_json(wanted))
        assert [seen(each, at) for each in got["steps"]] == [seen(e, at) for e in told["steps"]]


def seen(step: dict[str, Any], at: int) -> dict[str, Any]:
    """A step without what is not yet as new as its figures."""
    if step["step"] == at:
        return step
    kept = {name: each for name, each in step.items() if name not in FORMULAS}
    if "contributions" in kept:
        kept["contributions"] = [(c["local_shown"], c["size"]) for c in kept["contributions"]]
    return kept


def test_words_that_begin_a_line() -> None:
    text = (ROOT / "static" / "js" / "definition-words.js").read_text()
    (first,) = re.findall(r"FIRST = /\^\(\?:([a-z|]+)\)", text)
    assert set(first.split("|")) == {each.lower() for each in lines._STARTS}


def test_numbers_that_both_sides_hold() -> None:
    """How much is sent, and of what the drawing leaves to the panel."""

    def given(script: str, pattern: str) -> list[float]:
        text = (ROOT / "static" / "js" / f"{script}.js").read_text()
        (found,) = re.findall(pattern, text)
        return [float(each) for each in re.findall(r"[\d.]+", found)]

    assert given("state", r"const MOST = (.*);") == [LIMITS.listed_elements]
    assert given("painting", r"const CROWD = (.*);") == [edge_numbers.MOST]
    label = given("carried-label", r"const \[SIZE, WEIGHT, WIDTH, LINE\] = (.*);")
    assert [label[0], *label[2:]] == [edge_numbers.SIZE, edge_numbers.WIDTH, edge_numbers.LINE]


TOGETHER = """\
input X = [[1, 2],
  [0.5, -1],  # two
  [2, 0], [1, 1]]
target y = [1, 0, 2,
  -1]
param w = [0.3, -0.2]
p = X @ w
L = mean((p - y)^2)
"""
APART = """\
input x = 1
target y = 2
param w = 0.5
L = (w*x - y)^2
"""
TRAININGS = [
    {"source": TOGETHER, "batch": 2, "values": {}},
    {"source": TOGETHER, "batch": 3, "values": {"y": [1, 2, 3, 4]}},
    {"source": TOGETHER, "batch": 4, "values": {}},
    {"source": APART, "batch": 1, "values": {}, "data": {"x": [1, 2, -1], "y": [2, 3, 0.5]}},
]


@pytest.mark.parametrize("body", TRAININGS, ids=["two", "moved", "all", "one by one"])
def test_the_definition_of_an_update(ask: Ask, body: dict[str, Any]) -> None:
    training = run({**body, "steps": 5, "rate": 0.05, "every": 1})
    begun = training.begin()
    start = json.loads(protocol.to_json(plain(begun.start)))
    steps = json.loads(protocol.to_json(plain(training.go_on(begun.state).steps)))
    definition = {"source": body["source"], "values": body["values"]}
    calls = [["definitionOfUpdate", definition, start["examples"], s["examples"]] for s in steps]
    for step, found in zip(steps, ask("training-rows", *calls), strict=True):
        values = {**found["values"], **step["parameters"]}
        answer = CALLS["evaluate"]({"source": found["source"], "values": values})
        assert answer["loss"]["value"] == pytest.approx(step["loss"], rel=1e-12)
        slope = np.concatenate([np.ravel(each) for each in answer["gradients"].values()])
        if step["gradient_norm"]:
            assert np.linalg.norm(slope) == pytest.approx(step["gradient_norm"], rel=1e-12)


def test_an_element_of_a_contribution_worked_out(ask: Ask) -> None:
    count = 0
    for source in PRODUCTS:
        found = walk_for(bind(source), "tensor")
        steps = json.loads(protocol.to_json(walk_steps(found)))["steps"]
        sent = [each for step in steps for each in step.get("contributions", [])]
        known = [each for step in found.walk.steps for each in step.contributions]
        calls: list[list[Any]] = []
        wanted: list[str] = []
        for each, own in zip(sent, known, strict=True):
            if own.product is None:
                continue
            for at in np.ndindex(own.value.shape):
                calls.append(["workedOut", each["product"], each["value"], list(at)])
                wanted.append(worked_out(own.product, own.value, at))
        assert ask("products", *calls) == wanted
        count += len(calls)
    assert count > 80


IN_NUMBERS = [
    "input x = 2\nparam w = -0.5\nparam b = 1.25\nu = w*x + b\na = tanh(u)\nL = (a - 0.5)^2",
    "input x = [1, -2]\nparam w = [0.5, 3]\nparam b = -1\nu = sum(w*x) + b\nL = exp(-u)/(1 + u^2)",
    "param x_1 = 0.003\nparam theta = 20000\nL = x_1*theta^2*sin(x_1*theta)",
    "param x = 2\nparam w = -0.5\nL = x*w^2 - (x - w)^3",
    "param e = 2\nparam k = -3\nL = k*exp(e)*e",
    "param W = [[1, -2], [0.5, 4]]\nparam W_1 = 2\nL = W[0, 1]*W_1*W[1, 0] - sigmoid(W[1, 1])",
]


def test_formulas_with_numbers_in_the_place_of_symbols(ask: Ask) -> None:
    count = 0
    for source in IN_NUMBERS:
        form = CALLS["derive"]({"source": source, "form": "scalar"})
        partials = CALLS["evaluate"]({"source": source})["gradients"]
        pairs = [
            (latex, partial)
            for name, each in form["gradients"].items()
            for latex, partial in zip(
                np.ravel(np.array(each["display"], dtype=object)),
                np.ravel(partials[name]),
                strict=True,
            )
        ]
        learned = ["learnSymbols", walk(source, "block")]
        _, *found = ask("symbols", learned, *(["withNumbers", latex] for latex, _ in pairs))
        for (latex, partial), written in zip(pairs, found, strict=True):
            if written is None:
                # What holds no symbol has nothing to be replaced.
                assert not re.search(r"[A-Za-z]", re.sub(r"\\[A-Za-z]+", "", latex)), latex
                continue
            # Braces are not seen: a number that needs brackets has them.
            plainer = re.sub(r"\{\\fv\{(.*?)\}\}", r" \1 ", written)
            number = as_text(latex_reader.read(re.sub(r"\\fv(?={)", "", plainer), {}))
            value = read_back(source, [("found", number)])["found"]
            assert value == pytest.approx(partial, rel=1e-9), (latex, written)
            count += 1
    assert count > 10
