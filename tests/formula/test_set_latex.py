"""MathML for pages without scripts: what each command becomes; every formula of some examples."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings

from app.web.pages import mathml
from backstep.examples import EXAMPLES
from backstep.formula.latex import latex
from backstep.formula.mathml import element
from backstep.formula.mathml import mathml as tree_mathml
from backstep.formula.notation import boxed
from backstep.formula.set_latex import boxes
from backstep.formula.text_runs import runs
from backstep.formula.tree import Formula
from tests.asking import CALLS
from tests.formula.trees import formulas as drawn

SOME = ("toy-neuron", "softmax-layer", "rnn", "convolution", "activations", "attention", "xor")


@pytest.mark.parametrize(
    ("latex", "within"),
    [
        ("x", "<mi>x</mi>"),
        ("-0.5", "<mrow><mo>−</mo><mn>0.5</mn></mrow>"),
        (r"\frac{\partial L}{w}", "<mfrac><mrow><mo>∂</mo><mi>L</mi></mrow><mi>w</mi></mfrac>"),
        ("w_{01}^{h}", "<msubsup><mi>w</mi><mn>01</mn><mi>h</mi></msubsup>"),
        ("x^2", "<msup><mi>x</mi><mn>2</mn></msup>"),
        (r"\hat{y}", '<mover accent="true"><mi>y</mi><mo>^</mo></mover>'),
        (r"\fv{u}", '<mrow class="value"><mi>u</mi></mrow>'),
        (r"\bp{g}", '<mrow class="partial"><mi>g</mi></mrow>'),
        (r"\operatorname{leaky\_relu}", "<mi>leaky_relu</mi>"),
        (r"\text{a < b}", "<mtext>a &lt; b</mtext>"),
        (r"\sum_{i} x", "<munder><mo>∑</mo><mi>i</mi></munder>"),
        (
            r"\left.x\right|_{z}",
            '<msub><mrow><mi>x</mi><mo stretchy="true">|</mo></mrow><mi>z</mi></msub>',
        ),
        (
            r"\begin{bmatrix}1 & 2\\3 & 4\end{bmatrix}",
            "<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr>"
            "<mtr><mtd><mn>3</mn></mtd><mtd><mn>4</mn></mtd></mtr></mtable>",
        ),
        (r"\sqrt{x}", "<msqrt><mi>x</mi></msqrt>"),
        (r"\mathbf{1}", '<mi class="bold" mathvariant="normal">1</mi>'),
    ],
)
def test_a_command_becomes_its_element(latex: str, within: str) -> None:
    made = mathml(latex)
    assert made is not None
    assert within in made
    ET.fromstring(made)


@pytest.mark.parametrize(
    "latex",
    [r"\href{x}{y}", r"\left(x", "x}", r"\frac{1}", "{x", "a & b", r"\begin{align}x\end{align}"],
)
def test_what_it_does_not_know_it_leaves(latex: str) -> None:
    assert mathml(latex) is None


def test_text_is_never_markup() -> None:
    made = mathml(r"\mathrm{<script>} < \text{<b>}")
    assert made is not None
    assert "<script>" not in made
    assert "<b>" not in made


def formulas(found: Any) -> Iterator[str]:
    if isinstance(found, dict):
        for key, each in found.items():
            if key in ("latex", "display", "numbers", "display_numbers") and each:
                yield from leaves(each)
            elif isinstance(each, dict | list):
                yield from formulas(each)
    elif isinstance(found, list):
        for each in found:
            yield from formulas(each)


def leaves(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, list):
        for each in found:
            yield from leaves(each)


@pytest.mark.parametrize("name", SOME)
def test_every_formula_of_an_example_is_known(name: str) -> None:
    source = next(example.source for example in EXAMPLES if example.id == name)
    request = {"source": source, "values": {}, "zoom": "block", "direction": "LR"}
    seen = set(formulas(CALLS["steps"](request)))
    assert seen
    unknown = [each for each in seen if mathml(each) is None and len(each) < 4000]
    assert unknown == []
    for each in seen:
        if (made := mathml(each)) is not None:
            ET.fromstring(made)


_TAG = re.compile(r"<[^>]*>")


@given(drawn())
@settings(max_examples=80, deadline=None)
def test_what_is_read_is_set_as_the_tree_is(formula: Formula) -> None:
    """The same signs in MathML, where LaTeX does not tell what all an exponent is at; the same
    line."""
    read = boxes(latex(formula))
    assert read is not None
    assert _TAG.sub("", element(read)) == _TAG.sub("", tree_mathml(formula, coloured=False))
    assert runs(read) == runs(boxed(formula))
