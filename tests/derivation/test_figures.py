"""Every line of a derivation by numbers: its figures multiply out, and its signs are worth them.

The formula in the language is held elsewhere; here it is what is shown: LaTeX, plain characters,
figures.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from backstep.binding.bind import BoundModel
from backstep.derivation.answer import in_words
from backstep.derivation.lines import Line
from tests.asking import CALLS
from tests.binding.reading import read_back
from tests.derivation.figures import (
    in_figures,
    in_latex,
    in_words_of_the_language,
    readable,
    sides,
    symbols,
    vector,
)
from tests.derivation.on_paper import SOURCES, asked, jacobian, whole, worked
from tests.derivation.test_path_products import networks

derivation = CALLS["derivation"]

NUMBERS = {
    "minus one": "param w = 0.3\nu = 1 - w\nL = u^2",
    "minus one twice": "param w = 0.3\nu = 1 - w\nv = 2 - u\nL = v^2*u",
    "a convention": "param w = 0.5\nv = sign(w)\nL = v*w^2",
    "a negative factor": "param w = 0.3\ninput x = -0.7\nz = x*w\nv = cos(z)\nL = 3 - v^3",
    "a sum for a factor": "param w = 0.3\ninput y = 1\np = sigmoid(w)\nL = (p - y)^2 + w",
    "a short sum for a factor": "param w = 0.3\nu = (w - 3)*(w + 5)\nL = u^2",
    "a short difference for a factor": "param w = 0.3\nu = (w - 3)*(w + 1)\nL = u^2",
    "terms of a product": "param w = 0.3\ninput y = 1\np = sigmoid(w)\n"
    "L = -(y*log(p) + (1 - y)*log(1 - p))",
    "terms of which one is negative": "param w = 0.3\ninput y = 1\np = sigmoid(w)\n"
    "L = y*log(p) - 3*y/(1 - p)",
    "a quotient": "param a = 1.2\nL = (a^2 + 1)/(a*sin(a))",
    "a product and a quotient": "param a = -1.2\nu = a*sin(a)\nv = u/(1 + a^2)\nL = v^2 - u",
    "direct and not": "param w = 0.5\nu = w^2\nv = u*w\nL = u*w + v*w",
    "two uses in a row": "param w = 0.4\na = w^2 - 3\nb = a*w\nc = b*a\nd = c - b\ne = d*c\n"
    "f = e*d - b\nL = f*e - a*f",
    "small and large": "param w = 0.0003\ninput x = -52000\nz = w*x\nL = z^2 - 4*w",
}
BACKWARDS = "two uses in a row"
TENSORS = {
    "a vector": "input x = [1, -0.5, 2]\nparam w = [0.3, -0.2, 0.7]\nL = exp(dot(w, x)) - w[0]",
    "a vector between numbers": "param w = 0.4\ninput x = [1, -2, 3]\nh = tanh(w*x)\n"
    "s = sum(h)\nL = s^2*w",
}


def held(prepared: BoundModel, source: str, lines: list[Line], names: bool = True) -> int:
    """How many figures and formulas came to what their line says; AssertionError where not."""
    numbers, count, known = prepared.numbers(), 0, symbols(prepared)
    statements: list[tuple[str, str, float]] = []
    for line in lines:
        right = None
        if line.top is not None and line.bottom is not None and whole(prepared, line):
            right = jacobian(prepared, line.top, line.bottom)
        figures = in_figures(prepared, line)
        if readable(figures) and figures is not None:
            *before, (last, away) = sides(figures)
            for found, moved in before:
                assert abs(found - last) <= away + moved, figures
            if right is not None and right.shape == ():
                assert abs(last - right) <= away, (in_words(line), figures)
            count += 1 + len(before)
        elif figures is not None and figures.startswith(r"\left["):
            assert line.bottom is not None
            partial = numbers.partial(line.bottom)
            np.testing.assert_allclose(vector(figures), partial, rtol=1e-3, atol=1e-12)
            count += 1
        if not names or (right is not None and right.shape != ()):
            continue
        shown = list(in_latex(prepared, line, known))
        if right is None and shown:
            right = np.array(shown[-1])
        assert shown == pytest.approx([float(right or 0)] * len(shown), rel=1e-9), in_words(line)
        if right is not None:
            for text in in_words_of_the_language(line):
                statements.append((f"line_{len(statements)}", text, float(right)))
        count += len(shown)
    read = read_back(source, [(name, text) for name, text, _ in statements])
    for name, text, value in statements:
        assert float(read[name]) == pytest.approx(value, rel=1e-9, abs=1e-12), text
    return count + len(statements)


@pytest.mark.parametrize("name", NUMBERS)
def test_figures_and_signs_of_every_line_are_worth_its_left_side(name: str) -> None:
    source = NUMBERS[name]
    for of in asked(source):
        prepared, tree = worked(source, of)
        lines = [line for _, line in tree.walk()]
        assert held(prepared, source, lines) or of == "L"


@settings(max_examples=10, deadline=None)
@given(networks())
def test_those_of_random_networks_are(source: str) -> None:
    prepared, tree = worked(source, "w")
    held(prepared, source, [line for _, line in tree.walk()])


@pytest.mark.parametrize("name", TENSORS)
def test_figures_of_tensors_are_those_of_the_partial(name: str) -> None:
    source, count = TENSORS[name], 0
    for of in asked(source):
        prepared, tree = worked(source, of)
        count += held(prepared, source, [line for _, line in tree.walk()], names=False)
    assert count >= 2


@pytest.mark.long
@pytest.mark.parametrize("example", SOURCES)
def test_figures_of_every_example_multiply_out(example: str) -> None:
    source = SOURCES[example]
    for of in asked(source):
        prepared, tree = worked(source, of)
        held(prepared, source, [line for _, line in tree.walk()], names=False)


def test_the_partials_found_backwards_are_among_them() -> None:
    prepared, tree = worked(NUMBERS[BACKWARDS], "w")
    assert "from the loss back" in tree.lines[0].words
    figures = [in_figures(prepared, line) or "" for _, line in tree.walk()]
    assert any(r"\left(-" in each and " + " in each for each in figures)


@pytest.mark.parametrize("of", ["W[0,1]", "W[1,0]"])
def test_the_figure_of_an_element_is_its_own(of: str) -> None:
    source = "input x = [0.5, -1]\nparam W = [[0.3, -0.1], [0.2, 0.4]]\nL = sum((W @ x)^3)\n"
    answer = derivation({"source": source, "of": of})
    (line,) = [line for line in answer["lines"] if line["rule"] == "element"]
    slopes = 3 * np.square([[0.25], [-0.3]]) * [[0.5, -1]]
    place = tuple(int(each) for each in of[2:-1].split(","))
    assert float(line["numbers"]) == pytest.approx(slopes[place], rel=1e-3)


def proved(source: str) -> bool:
    """Whether the partial by S is the proof's for softmax with cross-entropy."""
    lines = derivation({"source": source, "of": "S"})["lines"]
    return any("the cross-entropy behind it" in line["words"] for line in lines)


@pytest.mark.parametrize(
    "loss",
    [
        "-sum(T*log_softmax(S, axis=0), axis=1)",
        "-sum(T*log(softmax(S)), axis=0)",
        "-sum(T*log_softmax(S), axis=0)",
    ],
)
def test_rows_and_columns_are_not_mixed_in_the_proof(loss: str) -> None:
    source = (
        "param S = [[1, 2, 0.5], [0, 1, 3], [2, 1, 1]]\n"
        f"input T = [[0, 1, 0], [1, 0, 0], [0, 0, 1]]\nl = {loss}\nL = mean(l)\n"
    )
    assert not proved(source)
    turned = source.replace("axis=0), axis=1", "axis=1), axis=1").replace("axis=0)", "axis=1)")
    assert proved(turned)


def test_labels_of_which_one_row_adds_up_do_not_add_up() -> None:
    source = (
        "param S = [[1, 2, 0.5], [0, 1, 3]]\ninput T = [[0, 1, 0], [1, 0.5, 0]]\n"
        "L = cross_entropy(S, T)\n"
    )
    found = derivation({"source": source, "of": "S"})["lines"]
    assert not [line["words"] for line in found if "sums to 1" in line["words"]]
    right = derivation({"source": source.replace("1, 0.5, 0", "0.5, 0.5, 0"), "of": "S"})["lines"]
    assert [line["words"] for line in right if "sums to 1" in line["words"]]
