"""LaTeX with characters that are digits to Unicode and none to a reader of numbers, and broken."""

from __future__ import annotations

import pytest

from backstep.errors import AnswerError, DefinitionError, PastedError
from backstep.formula.latex_reader.reader import read
from backstep.formula.tree import Sym
from backstep.importers.imported import imported
from backstep.lang.compile.compiler import compile_text

CHARACTERS = "²³¹⁰⁹₀₉①⒈٣१Ⅷ½ᵀ\u0301\ufeff\u202e𝟘𝐰１"
FRAMES = (
    "{}",
    "L = w{}",
    "L = {}w",
    "L = w^{{{}}}",
    "L = w_{{{}}}",
    "L = \\frac{{w}}{{{}}}",
    "L = \\sum_{{i=1}}^{{{}}} w_i",
    "w \\in \\mathbb{{R}}^{{{}}}\nL = w",
    "L {} w",
    "L = 2{}",
)


@pytest.mark.parametrize("frame", FRAMES)
def test_pasted_it_is_read_or_refused_in_words(frame: str) -> None:
    for character in CHARACTERS:
        try:
            compile_text(imported("latex", frame.format(character)).source)
        except PastedError as error:
            assert error.faults[0].message


@pytest.mark.parametrize("frame", ["{}", "w_{{{}}}", "w^{{{}}}", "\\frac{{w}}{{{}}}", "2{}"])
def test_typed_it_is_read_or_refused_in_words(frame: str) -> None:
    for character in CHARACTERS:
        try:
            assert read(frame.format(character), [Sym("w", "param")])
        except AnswerError as error:
            assert error.faults[0].message


@pytest.mark.parametrize(
    "text", ["L = w=", "w =", "w \\approx", "w \\leftarrow", "w \\propto", "= w"]
)
def test_a_relation_without_a_side_is_refused_in_words(text: str) -> None:
    try:
        assert "w" in imported("latex", text).source
    except PastedError as error:
        assert error.faults[0].message


def test_a_digit_raised_as_a_character_is_a_power() -> None:
    assert "w^2" in imported("latex", "L = 3w²").source
    assert imported("latex", "L = w₁²").source == imported("latex", "L = w_1^2").source


@pytest.mark.parametrize("text", ["\\frac{w}{}", "\\frac{}{w}", "\\frac{w}{\\}", "\\frac{}{}"])
def test_a_fraction_without_a_part_in_a_text_is_its_fault(text: str) -> None:
    with pytest.raises(DefinitionError):
        compile_text(f"param w = 1\nL = {text}")


@pytest.mark.parametrize(
    "text",
    [
        "return",
        "x = 1\nreturn x",
        "break",
        "continue",
        "while True:\n    return",
        "if 1:\n    return 2",
        "try:\n    return 1\nfinally:\n    pass",
        "with x:\n    break",
        "class A:\n    return 1",
        "def f():\n    break\nf()",
        "for i in range(2):\n    def f():\n        continue\n    f()",
        "for i in range(2):\n    pass\nelse:\n    break",
    ],
)
def test_python_out_of_its_place_is_refused_in_words(text: str) -> None:
    with pytest.raises(PastedError) as raised:
        imported("python", text)
    assert raised.value.faults[0].code == "not_python"
    assert raised.value.faults[0].span


def test_python_in_its_place_is_read() -> None:
    text = (
        "def f(x):\n    for i in range(9):\n        if i > 1:\n            break\n"
        "        x = x*x\n    return x\nw = torch.tensor(2., requires_grad=True)\nL = f(w)"
    )
    assert "w" in imported("python", text).source
