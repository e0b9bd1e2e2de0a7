"""Python as tutorials and courses write it, with what is looked up in it once it has run.

`record.py` runs each text with the real libraries and stores values, loss and gradients in
tests/data/importers/python.json; test_python.py reads the text and compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Snippet:
    """A text: `values` and `gradients` are, by our names, expressions of what it leaves behind."""

    name: str
    text: str
    values: Mapping[str, str]
    gradients: Mapping[str, str]
    loss: str = "loss"
    quiet: tuple[tuple[str, str], ...] = ()
    """Replacements under which the text runs one pass and changes no parameter."""
    library: str = "np"
    roles: Mapping[str, str] = field(default_factory=dict)
    """Roles to be found besides those of parameters, which are what has a gradient here."""


def own(*names: str) -> dict[str, str]:
    """Values that are called as they are here."""
    return {name: name for name in names}


def grads(*names: str) -> dict[str, str]:
    """Gradients that PyTorch keeps."""
    return {name: f"{name}.grad" for name in names}
