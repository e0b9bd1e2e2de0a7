"""docs/add-a-printer.md is true: its printer, added as it says to a copy, writes every formula."""

from __future__ import annotations

from typing import Any

import pytest

from tests.guides.copies import copy, guide, printed, samples

pytestmark = pytest.mark.slow

GUIDE = "add-a-printer"

# Run where `backstep` is the copy.
SCRIPT = """
import json
from dataclasses import replace
from backstep.formula import boxes, language
from backstep.formula.tree import Cases, Deriv, Mat, Op, Sym, number
from backstep.formula.typst import _written, typst
from tests.formula.test_printed import PRINTED
from tests.formula.trees import NAMES

x, w, L = NAMES["x"], Sym("w", "param"), Sym("L", "value")
choice = Cases(((x, Op("greater", (x, number(0)))), (number(0), None)))
letter = boxes.Atom("x", "x")
matrix = boxes.Table("bmatrix", ((letter, letter), (letter, letter)))
print(json.dumps({
    "all": {text: typst(language.read(text, NAMES)) for text, *_ in PRINTED},
    "partial": typst(Deriv(L, w)),
    "choice": typst(choice),
    "list": typst(Mat((x, w))),
    "matrix": boxes.folded(matrix, _written),
    "hostile": typst(Sym('#x"$')),
}))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a copy with the guide's printer writes."""
    folder = copy(tmp_path_factory.mktemp("copy"))
    (module,) = samples(GUIDE)
    (folder / "backstep" / "formula" / "typst.py").write_text(module, encoding="utf-8")
    return printed(folder, SCRIPT)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("(x + k) / h", "frac(x + k, h^(( 2 )))"),
        ("x*(k + h)", "x #h(0.167em) lr(( k + h^(( 2 )) ))"),
        ("-x^2", "− x^(2)"),
        ("-(u*what)", "− lr(( u ⊙ hat(w) ))"),
        ("(1/3)^x", "lr(( frac(1, 3) ))^(x)"),
    ],
)
def test_brackets_stand_where_the_table_has_them(
    found: dict[str, Any], text: str, written: str
) -> None:
    assert found["all"][text] == written


def test_what_is_no_text_of_the_language_is_written_too(found: dict[str, Any]) -> None:
    assert found["partial"] == "frac(∂ L, ∂ w)"
    assert found["choice"] == 'cases(x & "for" #h(0.222em) x > 0, 0 & "otherwise")'
    assert found["list"] == r"lr([ x \, w ])"
    assert found["matrix"] == 'mat(delim: "[", x, x; x, x)'


def test_a_name_is_never_a_command(found: dict[str, Any]) -> None:
    assert found["hostile"] == r'"#x\"$"'


def test_every_formula_is_written_with_balanced_brackets(found: dict[str, Any]) -> None:
    assert len(found["all"]) > 50
    for written in found["all"].values():
        assert written
        assert written.count("(") == written.count(")")


def test_the_guide_fits_two_screens() -> None:
    assert len(guide(GUIDE).splitlines()) <= 90
