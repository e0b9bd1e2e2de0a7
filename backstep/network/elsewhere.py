"""What is written elsewhere as the text of a definition."""

from __future__ import annotations

from collections.abc import Sequence

from backstep.binding.evaluation import Remark
from backstep.importers.imported import Notation, imported
from backstep.network.shown_errors import shown


class DefinitionText(str):
    """A definition's text, and what is to be known of how it was read."""

    __slots__ = ("warnings",)
    warnings: tuple[Remark, ...]

    def __new__(cls, source: str, warnings: Sequence[Remark] = ()) -> DefinitionText:
        """A text with its remarks."""
        made = super().__new__(cls, source)
        made.warnings = tuple(warnings)
        return made


def from_python(text: str) -> DefinitionText:
    """The definition that Python with NumPy, PyTorch or JAX amounts to; the text is never run.

    Parameters are what the text trains. Raises PastedError, which prints the line with a caret.
    """
    return _told("python", text)


def from_latex(text: str) -> DefinitionText:
    r"""The definition that LaTeX amounts to: a formula, or lines of `align`. Raises PastedError."""
    return _told("latex", text)


def from_array(text: str) -> DefinitionText:
    """The definition that declares printed arrays. Raises PastedError."""
    return _told("array", text)


def _told(notation: Notation, text: str) -> DefinitionText:
    with shown(text):
        found = imported(notation, text)
        return DefinitionText(found.source, found.warnings)
