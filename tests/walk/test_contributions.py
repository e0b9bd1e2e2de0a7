"""What each use sends back, as the walk tells it: upstream × local in numbers, and in formulas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import accumulate, permutations
from typing import Any

import numpy as np
import pytest

from backstep.examples import EXAMPLES
from backstep.formula import latex_reader
from backstep.formula.symbols import names, symbols
from backstep.formula.text import text
from backstep.formula.tree import Deriv, Sym, multiply, replaced, walk
from backstep.lang.compile.compiler import compile_text
from tests.asking import CALLS
from tests.binding.reading import array, read_back
from tests.derivation.figures import readable, sides
from tests.formula.latex_values import value

SOURCES = {example.id: example.source for example in EXAMPLES}
QUICK = ("toy-neuron", "nine-weights", "batch-loss", "softmax-layer", "lstm-cell")
TYPED = {
    "a name used twice": "param w = 0.7\nu = w^2\nv = u*w\nL = u*v - 3*w",
    "twice by one": "param x = 3\nL = x*x - x",
    "negative slopes": "param w = -0.4\nz = cos(w)\nL = (z - 2)^2*z",
}
READ_OFF = {"read off a tensor": "input x = [1, 2]\nparam w = 0.4\nL = w*sum(x*x) - w"}
TENSORS = {
    "two names read": "param W = [[1, 2], [3, -1]]\nparam v = [0.5, -1]\ninput b = [2, 3]\n"
    "h = W @ v\ns = h*b*v\nL = sum(s^2)",
    "a layer": "input x = [0.5, -1]\nparam W = [[0.3, -0.1], [0.2, 0.4]]\nparam b = [0.1, 0.2]\n"
    "h = tanh(W @ x + b)\nL = sum(h*h*b)",
    "a scale": "param x = [1, 2, 3]\nparam c = 0.5\ninput d = [2, -1, 1]\ny = c*x*d\nL = dot(y, x)",
}
_LETTERS = re.compile(r"(?<![\\\\A-Za-z])[A-Za-z]+")


def walked(source: str, zoom: str) -> dict[str, Any]:
    found: dict[str, Any] = CALLS["steps"]({"source": source, "zoom": zoom})
    return found


def backward(walk: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (step for step in walk["steps"] if step["phase"] == "backward")


def multiplied_out(walk: dict[str, Any]) -> int:
    """How many contributions were upstream × local; AssertionError where one is not."""
    partials = {step["node"]: step["partial"] for step in backward(walk)}
    count = 0
    for step in backward(walk):
        sent = step["contributions"]
        values = [array(each["value"]) for each in sent]
        for each, total in zip(sent, accumulate(values), strict=True):
            np.testing.assert_allclose(array(each["sum"]), total, rtol=1e-12, atol=1e-15)
            assert each["upstream"] == partials[each["use"]]
            if each["local"] is not None:
                product = array(each["upstream"]) * each["local"]
                np.testing.assert_allclose(array(each["value"]), product, rtol=1e-9, atol=1e-15)
            rule = each["rule"]
            if rule is None or not readable(rule["numbers"]):
                continue
            (left, moved), (right, away) = sides(rule["numbers"])
            assert abs(left - right) <= moved + away, rule["numbers"]
            assert abs(right - float(array(each["value"]))) <= away, rule["numbers"]
            count += 1
        if sent:
            np.testing.assert_allclose(array(step["partial"]), sum(values), rtol=1e-9, atol=1e-15)
    return count


@pytest.mark.parametrize("zoom", ["block", "tensor"])
@pytest.mark.parametrize("name", [*TYPED, *READ_OFF, *QUICK])
def test_upstream_times_local_is_the_contribution(name: str, zoom: str) -> None:
    source = (TYPED | READ_OFF | SOURCES)[name]
    assert multiplied_out(walked(source, zoom)) or name not in TYPED


@pytest.mark.long
@pytest.mark.parametrize("zoom", ["block", "tensor", "scalar"])
@pytest.mark.parametrize("example", SOURCES)
def test_it_is_in_every_example(example: str, zoom: str) -> None:
    multiplied_out(CALLS["steps"]({"source": SOURCES[example], "zoom": zoom, "zoom_out": True}))


@pytest.mark.parametrize("name", [*TYPED, *TENSORS])
def test_the_formula_of_g_gives_the_contribution_and_names_all_it_reads(name: str) -> None:
    source = (TYPED | TENSORS)[name]
    walk = walked(source, "block")
    known = {
        step["name"]: array(step["value"])
        for step in walk["steps"]
        if step["phase"] == "forward" and step["name"]
    }
    for step in backward(walk):
        for each in step["contributions"]:
            rule, upstream = each["rule"], array(each["upstream"])
            factor = upstream if each["local"] is not None else 1.0
            found = factor * value(rule["local"], {**known, "g": upstream})
            np.testing.assert_allclose(
                np.broadcast_to(found, np.shape(each["value"])), array(each["value"]), rtol=1e-9
            )
            letters = set(_LETTERS.findall(rule["local"]))
            assert set(rule["reused"]) == letters & known.keys()


@pytest.mark.parametrize("name", [*TYPED, *TENSORS, *QUICK[:-1]])
def test_the_lines_of_a_contribution_read_back(name: str) -> None:
    source = (TYPED | TENSORS | SOURCES)[name]
    definition = compile_text(source)
    known = names(symbols(definition).values(), definition.graph.nodes)
    statements: list[tuple[str, str]] = []
    wanted: list[Any] = []
    given = source.rstrip("\n")
    for step in backward(walked(source, "block")):
        for each in step["contributions"]:
            if each["rule"] is None:
                continue
            upstream, value_ = array(each["upstream"]), array(each["value"])
            g = Sym(f"g_{len(wanted)}", size=np.shape(upstream))
            read = partial(latex_reader.read, shape=np.shape(value_))
            local = read(each["rule"]["local"], {**known, "g": replace(g, name="g")})
            local = replaced(local, {replace(g, name="g"): g})
            line = read(each["rule"]["latex"].partition(" = ")[2], known)
            partials = [part for part in walk(line) if isinstance(part, Deriv)]
            sent = local if each["local"] is None else multiply(g, local)
            if len(partials) == 1:
                statements.append((f"line_{len(wanted)}", text(replaced(line, {partials[0]: g}))))
                wanted.append(value_)
            given += f"\ninput {g.name} = {upstream.tolist()}"
            statements.append((f"sent_{len(wanted)}", text(sent)))
            wanted.append(value_)
    found = read_back(given, statements)
    for (name_, _), value_ in zip(statements, wanted, strict=True):
        got = np.broadcast_to(found[name_], np.shape(value_))
        np.testing.assert_allclose(got, value_, rtol=1e-9, atol=1e-15)


def test_one_of_several_uses_is_told_from_the_whole_partial() -> None:
    for name, source in TYPED.items():
        for step in backward(walked(source, "tensor")):
            several = len(step["contributions"]) > 1
            for each in step["contributions"]:
                assert (r"\right|_" in each["rule"]["latex"]) == several, name


def test_what_is_written_as_a_number_has_no_step_back() -> None:
    walk = walked("param w = 0.4\nL = w*sum(ones(3)) + w", "tensor")
    kinds = {step["node"]: step["kind"] for step in walk["steps"]}
    assert "constant" in kinds.values()
    assert "constant" not in {kinds[step["node"]] for step in backward(walk)}


def test_a_partial_lists_so_many_parameters_and_counts_all() -> None:
    many = "".join(f"param w{at} = {at}\n" for at in range(25))
    source = many + "z = " + " + ".join(f"w{at}" for at in range(25)) + "\nL = z^2\n"
    (z,) = [step for step in backward(walked(source, "block")) if step["name"] == "z"]
    assert z["serves"] == [f"w{at}" for at in range(20)]
    assert z["serves_count"] == 25


def test_a_use_is_in_the_passes_that_it_stands_in_and_no_others() -> None:
    source = (
        "param w = 0.5\ns = w\nfor t in range(3):\n    s = s*w\n"
        "for k in range(2):\n    s = s + w\nL = s*w\n"
    )
    (w,) = [step for step in backward(walked(source, "block")) if step["name"] == "w"]
    passes = [each["pass"] for each in w["contributions"]]
    assert passes == [None, "t = 0", "t = 1", "t = 2", "k = 0", "k = 1", None]


CELL = (
    "input x = [[1, 2], [0.5, 3]]\n"
    "param {w} = [[0.95, 0.8], [0.7, 0.45], [0.45, 0.25], [0.6, 0.4]]\n"
    "param {u} = [[0.8], [0.1], [0.15], [0.25]]\nparam b = [0.65, 0.15, 0.2, 0.1]\n"
    "h = zeros(1)\nc = zeros(1)\nfor t in range(2):\n"
    "    h, c = lstm_cell(x[t], h, c, {w}, {u}, b)\nL = sum(h^2)"
)


@pytest.mark.parametrize("name", ["v_12", "v12", "v₁₂", "v", "v_2", "q_1"])
def test_parts_without_a_name_have_a_letter_that_no_name_has(name: str) -> None:
    source = CELL.format(w=name, u="U")
    found = CALLS["derivation"]({"source": source, "of": "U"})
    named = [line["text"].split(" = ")[0] for line in found["lines"] if line["rule"] == "name"]
    assert named
    assert not any(each.startswith(name[0]) for each in named)


@pytest.mark.parametrize(("name", "letter"), [("W", "g"), ("g", r"g_{\mathrm{in}}")])
def test_the_incoming_partial_has_a_letter_that_no_name_has(name: str, letter: str) -> None:
    source = f"input x = [1, 2]\nparam {name} = [[1, 2], [3, 4]]\nL = sum({name} @ x)"
    (step,) = (
        each
        for each in walked(source, "tensor")["steps"]
        if each["name"] == name and each["phase"] == "backward"
    )
    (contribution,) = step["contributions"]
    assert contribution["rule"]["local"] == rf"{letter} \, x^{{\top}}"


TWICE = [
    "input x = [1, -2]\nparam W = [[0.5, -1], [2, 0.25]]\nh = W @ x\nM = outer(h, h)\nL = sum(M^2)",
    "param w = 3\nu = w*w\nL = u*u",
    "param w = [1, 2]\nu = dot(w, w)\nL = u + sum(w*w)",
    "param W = [[0.5, -1], [2, 0.25]]\nP = W @ W\nL = sum(P)",
]


SMALL = [each.source for each in EXAMPLES if each.id in ("toy-neuron", "nine-weights", "micrograd")]


ZOOMS = ("block", "tensor", "scalar")
THERE_AND_BACK = [ZOOMS, ZOOMS[::-1]]


@pytest.mark.parametrize(
    "orders",
    [
        THERE_AND_BACK,
        pytest.param(
            [each for each in permutations(ZOOMS) if each not in THERE_AND_BACK],
            marks=pytest.mark.slow,
        ),
    ],
)
@pytest.mark.parametrize("source", [*TWICE, *SMALL])
def test_what_was_asked_at_another_zoom_changes_no_formula(
    source: str, orders: list[tuple[str, ...]]
) -> None:
    """A use of both factors at once, and of one of them, have the same edge at two zooms."""

    def rules(text: str, zoom: str) -> list[object]:
        drawn = CALLS["graph"]({"source": text, "zoom": zoom})
        walked = CALLS["steps"]({"source": text, "zoom": zoom})
        said = [
            each["rule"] for step in walked["steps"] for each in step.get("contributions") or ()
        ]
        computed = [step.get("formula") for step in walked["steps"]]
        return [said, computed, [edge["local"] for edge in drawn["edges"]]]

    # A text is compiled once, with all that is known of it: a comment makes it another.
    alone = {zoom: rules(f"{source}\n# {zoom} alone", zoom) for zoom in ZOOMS}
    for order in orders:
        text = f"{source}\n# {order}"
        assert {zoom: rules(text, zoom) for zoom in order} == alone, order
