"""The samples of docs/python.md as cells of a notebook, and the walk's widget, where both can be.

uv sync --inexact --group notebooks
"""

from __future__ import annotations

import doctest
from pathlib import Path
from typing import Any

import pytest

from backstep.network import Network
from tests.fenced import samples

NET = "input x = 2\nparam w = 0.5\nz = w*x\nL = (z - 3)^2"


@pytest.mark.slow
def test_the_samples_run_in_a_notebook_and_show_themselves(tmp_path: Path) -> None:
    nbclient = pytest.importorskip("nbclient", reason="needs the group notebooks")
    nbformat = pytest.importorskip("nbformat", reason="needs the group notebooks")
    text = "\n".join(text for kind, text in samples("docs/python.md") if kind == "python")
    examples = doctest.DocTestParser().get_examples(text)
    notebook = nbformat.v4.new_notebook()
    shown = ['net.gradient("w")', "net.graph()", "net.walk()", 'net.derivation("w")']
    cells = [*(each.source for each in examples), *shown]
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    kernel = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=120, resources=kernel).execute()
    formula, drawing, walk, derivation = (
        cell.outputs[0]["data"] for cell in notebook.cells[-len(shown) :]
    )
    assert formula["text/latex"].startswith("$\\displaystyle \\frac{\\partial L}{\\partial w} = ")
    assert drawing["image/svg+xml"].startswith("<svg")
    assert walk["text/html"].startswith('<div class="backstep-walk"')
    assert "application/vnd.jupyter.widget-view+json" in walk
    assert derivation["text/latex"].startswith("\\begin{align*}")


@pytest.mark.slow
def test_a_widget_sends_the_page_of_the_step_that_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("anywidget", reason="needs the extra notebook")
    walk = Network(NET).walk()
    widget: Any = walk.widget(step=2)
    assert (widget.step, widget.total, widget.page) == (2, walk.total, walk.page(2))
    widget.step = 5
    assert widget.page == walk.page(5)
    widget.step = 999
    assert widget.step == walk.total
    assert walk.widget().step == walk.first
    kept, _ = walk._repr_mimebundle_()
    assert "text/html" in kept
    monkeypatch.setattr("backstep.network.walk._MOST_BESIDE", 1000)
    light, _ = Network(NET).walk()._repr_mimebundle_()
    assert "text/html" not in light
    assert "application/vnd.jupyter.widget-view+json" in light
    assert "export default" in str(widget._esm)
