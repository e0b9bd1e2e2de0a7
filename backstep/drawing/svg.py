"""Writes positions and texts as SVG, by one template that escapes all text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_HERE = Path(__file__).parent


@cache
def environment() -> Environment:
    """The environment for templates of pictures: it escapes, and raises for undefined names."""
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )


def render(content: Mapping[str, object], *, interactive: bool = True) -> str:
    """The picture as SVG text that takes the page's sheets. Without `interactive` it has nothing
    that a reader can press."""
    return environment().get_template("graph.svg").render(**content, interactive=interactive)
