"""A picture for LaTeX: complete, without markup of the user's, and the same as the drawing."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pypdfium2
import pytest

from backstep.binding.bind import bind
from backstep.drawing.answer import drawn
from backstep.examples import EXAMPLES
from backstep.export.pictures import elements, picture_file
from backstep.export.tikz import tikz
from backstep.walk import Zoom
from backstep.walk.walk_for import walk_for

SHIPPED = {example.id: example.source for example in EXAMPLES}
ZOOMS: tuple[Zoom, ...] = ("block", "tensor")
STRANGE = "input x_1_a = 2\nparam λ_ñ = 3e-9\nparam 权 = 1\nL = where(x_1_a < λ_ñ, 权, λ_ñ^2*x_1_a)"


def written(name: str, step: int | None = None) -> str:
    found = walk_for(bind(SHIPPED.get(name, name)))
    return picture_file(found, "tikz", step=step).body.decode()


def test_the_picture_has_all_that_it_needs() -> None:
    """Its colours are defined in it, so that it can be copied into any document with TikZ."""
    text = written("two-layers")
    picture = text[text.index(r"\begin{tikzpicture}") : text.index(r"\end{document}")]
    defined = set(re.findall(r"\\definecolor\{(\w+)\}", picture))
    used = set(re.findall(r"(?:fill|draw|text)=(\w+)", picture))
    assert used <= defined
    assert picture.count("{") == picture.count("}")
    assert text.startswith(r"\documentclass[tikz]{standalone}")


def test_it_is_drawn_at_a_step() -> None:
    assert "0.6682" not in written("toy-neuron", 0)
    assert "0.6682" in written("toy-neuron", 9)


def test_a_narrow_picture_is_scaled() -> None:
    found = walk_for(bind(SHIPPED["toy-neuron"]))
    picture = elements(found, drawn(found))
    wide = float(picture.get("width", "0"))
    scale = re.search(r"x=([\d.]+)pt", tikz(picture, 300, 500))
    assert scale is not None
    assert float(scale[1]) * wide == pytest.approx(300, rel=1e-3)


def test_texts_are_escaped() -> None:
    for zoom in ZOOMS:
        found = walk_for(bind(STRANGE), zoom)
        text = picture_file(found, "tikz").body.decode()
        said = re.findall(r"at \([^)]*\) \{(.*)\};", text)
        assert said
        for each in said:
            plain = re.sub(r"\\ensuremath\{[^{}]*\}", "", each)
            assert not re.search(r"(?<!\\)[_%#&~<>]", plain), each
    assert any("textless" in each for each in said)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX")
@pytest.mark.parametrize("source", ["toy-neuron", "convolution-2d", STRANGE])
def test_latex_sets_it(source: str, tmp_path: Path) -> None:
    text = written(source).replace(
        r"\documentclass[tikz]{standalone}",
        r"\documentclass[landscape,a2paper]{article}\usepackage{tikz,geometry}\pagestyle{empty}",
    )
    (tmp_path / "graph.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "graph.tex"]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout[-2000:]
    page = pypdfium2.PdfDocument(tmp_path / "graph.pdf")[0]
    assert page.get_textpage().count_chars() > 20
