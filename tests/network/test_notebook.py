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


def test_what_a_cell_ends_with_is_shown_in_words() -> None:
    """A notebook takes the first class in the order of inheritance that has a way to show itself:
    a dataclass's own repr stands before the base class's words."""
    net = Network(NET)
    results: list[Any] = [
        net.evaluate(),
        net.check(),
        net.compare("w", "x"),
        net.compare("w", "(z - 3)*2*x"),
        net.hessian(),
        net.jacobian_formulas("z", "w"),
        net.export("numpy"),
    ]
    for result in results:
        ways = (each.__dict__ for each in type(result).__mro__ if each is not object)
        first = next(each for each in ways if "_repr_pretty_" in each or "__repr__" in each)
        assert "_repr_pretty_" in first, type(result)
    training = net.train(steps=1)
    assert repr(training) == "<training of w: not begun>"
    list(training)
    assert repr(training) == f"<training of w: {training.summary.outcome}>"  # type: ignore[union-attr]


def test_a_picture_has_the_ground_of_its_theme_and_the_width_of_the_page() -> None:
    light, dark = (Network(NET).graph(theme=theme)._repr_svg_() for theme in ("light", "dark"))
    assert light.startswith('<svg style="background: #faf9f5; max-width: 100%; height: auto" ')
    assert dark.startswith('<svg style="background: #0e1116; max-width: 100%; height: auto" ')
    assert light.replace(' style="background: #faf9f5; max-width: 100%; height: auto"', "", 1) == (
        Network(NET).graph().svg
    )
    assert 'style="background: #faf9f5' in Network(NET).walk().page(3)
