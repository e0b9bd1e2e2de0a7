"""Writes positions and texts as SVG, by one template that escapes all text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_HERE = Path(__file__).parent

Theme = Literal["light", "dark"]


@cache
def environment() -> Environment:
    """The environment for templates of pictures: it escapes, and raises for undefined names."""
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )


@cache
def _style() -> str:
    """The stylesheet of a standalone picture: the page's own colours and rules."""
    sheets = ("raw.css", "meanings.css", "drawing.css")
    return "".join((_HERE / "style" / sheet).read_text(encoding="utf-8") for sheet in sheets)


def render(content: Mapping[str, Any], alone: Theme | None = None) -> str:
    """The picture as SVG text. `alone`, a theme, gives a file its own stylesheet."""
    style = "" if alone is None else _style()
    return environment().get_template("graph.svg").render(**content, theme=alone, style=style)
