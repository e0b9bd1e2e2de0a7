"""A notebook: text, picture, formulas, the NumPy program and its check, in the format 4.5."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence

from backstep.binding.bind import BoundModel
from backstep.binding.closed_gradients import derive
from backstep.binding.matrix_gradients import SharedForm
from backstep.drawing.answer import drawn, portable_svg
from backstep.export.comments import lines_of
from backstep.export.expected_values import Stored
from backstep.export.header import digest
from backstep.export.numpy_target import numpy_file
from backstep.walk.walk_for import walk_for

Cell = dict[str, object]
"""A cell, or a part of one, as JSON has it."""


def notebook_file(prepared: BoundModel, numbers: Stored) -> str:
    """The notebook's JSON. Raises LimitError if the network is too large to be drawn."""
    code, _, _ = numpy_file(prepared, numbers).partition('\nif __name__ == "__main__":')
    cells = [
        _text(_opening(prepared)),
        _text(
            "![the graph](attachment:graph.svg)",
            _attached(prepared),
        ),
        _text(_formulas(prepared, list(numbers.wrt))),
        _text("The same as a program, forward and backward, a line a partial:"),
        _code(code),
        _text("Its numbers beside those of Backstep's own engine; 0 says that they agree:"),
        _code("main([])"),
    ]
    for place, cell in enumerate(cells):
        cell["id"] = f"cell-{place}"
    book = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(book, indent=1, ensure_ascii=False) + "\n"


def _opening(prepared: BoundModel) -> str:
    """The definition as an indented code block, so that Markdown interprets none of it."""
    source = prepared.definition.source
    lines = [f"    {line}" for line in lines_of(source.strip("\n"))]
    return "\n".join(
        ["# A network and its gradient", "", "The definition:", "", *lines, "",
         f"SHA-256 of its text: {digest(source)}"]
    )  # fmt: skip


def _attached(prepared: BoundModel) -> Cell:
    """The picture as a cell's attachment."""
    found = walk_for(prepared, "block", fold=True)
    picture = portable_svg(found, drawn(found))
    return {"graph.svg": {"image/svg+xml": base64.b64encode(picture.encode()).decode()}}


def _formulas(prepared: BoundModel, wrt: Sequence[str]) -> str:
    form = derive(prepared, "shared", wrt)
    assert isinstance(form, SharedForm)
    lines = ["Backwards, each partial by those after it:", ""]
    for each in form.definitions:
        lines += [f"$${each.symbol} = {each.latex}$$", ""]
    for name, gradient in form.gradients.items():
        lines += [f"By `{name}`:", "", f"$${gradient.latex}$$", ""]
    return "\n".join(lines).rstrip("\n")


def _text(text: str, attachments: Cell | None = None) -> Cell:
    more = {} if attachments is None else {"attachments": attachments}
    return {"cell_type": "markdown", "metadata": {}, "source": _lines(text), **more}


def _code(text: str) -> Cell:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": _lines(text),
    }


def _lines(text: str) -> list[str]:
    return text.strip("\n").splitlines(keepends=True)
