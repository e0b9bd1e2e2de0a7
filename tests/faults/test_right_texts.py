"""Ordinary teaching material, right as it stands: it is read, and nothing in it is doubted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest

from backstep.lang.compile.compiler import compile_text
from tests.faults.cases import DATA

TEXTS = (DATA / "right_texts.txt").read_text(encoding="utf-8").strip("\n").split("\n---\n")

STYLES: Mapping[str, Callable[[str], str]] = {
    "as it is": str,
    "Python's powers": lambda text: text.replace("^", "**"),
    "no spaces": lambda text: re.sub(r" ?([*/@]) ?", r"\1", text),
    "letters": lambda text: text.replace("lambda", "λ").replace("sigmoid(", "σ("),
    "remarks": lambda text: "# a lesson\n" + text.replace("\n", "  # so\n"),
    "other ends of lines": lambda text: text.replace("\n", "\r\n") + "\r\n",
}


@pytest.mark.parametrize("style", STYLES)
def test_a_right_text_is_read_without_a_warning(style: str) -> None:
    said = {}
    for text in TEXTS:
        source = STYLES[style](text)
        warnings = compile_text(source).warnings
        if warnings:
            said[source] = [each.message for each in warnings]
    assert len(TEXTS) >= 90
    assert said == {}
