"""Documents compile: every sign, sentence, name and number in them is in the mode it needs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from backstep.binding.bind import bind
from backstep.derivation.answer import derivation
from backstep.export import tex
from backstep.export.exporting import TargetName, export
from backstep.export.latex_file import figures
from backstep.formula.names import letters
from backstep.formula.set_latex import boxes
from backstep.ops import TABLE
from tests.export import edges, networks
from tests.export.latex_modes import faults

SENTENCES = sorted(
    {kink.words for row in TABLE.values() for kink in row.kinks}
    | {row.doc for row in TABLE.values()}
)


def test_the_reader_of_documents_finds_what_pdflatex_rejects() -> None:
    for right in (
        "a $x^2$ b",
        r"$\frac{a}{\text{b $\infty$}}$",
        r"\ensuremath{\infty} ü {\small x}",
    ):
        assert faults(right) == []
    for wrong in (
        "a ∞",
        r"a \infty",
        "a_b",
        r"$\text{x \infty}$",
        r"$\text{x^2}$",
        "{a",
        "a}",
        "$a",
        r"\begin{align*} a",
        "重",
    ):
        assert faults(wrong), wrong


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_is_text_in_a_document_and_in_a_formula(sentence: str) -> None:
    assert faults(tex.text(sentence)) == []
    assert faults(f"${tex.formula(letters(sentence).latex)}$") == []


def test_every_character_is_written_in_either_mode() -> None:
    codes = (*range(0x20, 0x180), *range(0x370, 0x400), *range(0x2000, 0x2300), 0x91CD, 0x1F600)
    signs = {chr(code) for code in codes if chr(code).isprintable()}
    for character in sorted(signs):
        assert faults(tex.text(character)) == [], hex(ord(character))
        assert faults(f"${tex.formula(letters(character + 'b').latex)}$") == [], hex(ord(character))
        if not character.isascii():
            assert faults(f"$x {tex.formula(character)}$") == [], hex(ord(character))


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 5e-324, -1e300, 0.1, -0.0])
def test_every_number_is_written(value: float) -> None:
    for array in (np.array(value), np.array([[value, 1.0]]), np.full(50, value)):
        assert faults(figures(array)) == []


def test_a_sentence_within_a_derivation_is_read_back() -> None:
    """`/derivation` answers LaTeX that pdflatex takes as it is."""
    for name in ("a root of 0", "a power at 0", "0 log 0"):
        prepared = bind(edges.TEXTS[name])
        for leaf in prepared.definition.leaves:
            found = derivation(prepared, leaf.name)
            assert found.align.isascii()
            assert faults(found.align) == []
            for line in found.lines:
                assert boxes(line.latex) is not None, line.latex


@pytest.mark.parametrize("target", ["latex", "beamer"])
def test_a_document_at_an_edge_keeps_its_modes(target: TargetName) -> None:
    assert faults(export(bind(edges.TEXTS["a power at 0"]), target).text) == []


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex is here")
@pytest.mark.parametrize("target", ["latex", "beamer"])
def test_pdflatex_makes_pages_of_every_edge(target: TargetName, tmp_path: Path) -> None:
    for name, prepared in {**edges.texts(), **networks.hostile()}.items():
        text = export(prepared, target).text
        assert faults(text) == [], name
        (tmp_path / "net.tex").write_text(text, encoding="utf-8")
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "net.tex"]
        made = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=300)
        assert made.returncode == 0, (name, made.stdout[-2000:])
        assert b"Missing character" not in made.stdout
