"""Python, LaTeX, printed arrays and other libraries' networks as the text of a definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike

from backstep.binding.evaluation import Remark
from backstep.importers.imported import Notation, imported
from backstep.importers.networks import onnx_operators
from backstep.importers.networks.aten import LABELS, MOVES, RULES
from backstep.importers.networks.definition_writer import Network, network
from backstep.importers.networks.onnx_file import recorded_file
from backstep.importers.networks.torch_export import recorded
from backstep.network.shown_errors import shown


class DefinitionText(str):
    """A definition's text, and what is to be known of how it was read."""

    __slots__ = ("values", "warnings")
    warnings: tuple[Remark, ...]
    values: Mapping[str, object]
    """Numbers that are too many for the text, by name, as every method of a Network takes them."""

    def __new__(
        cls,
        source: str,
        warnings: Sequence[Remark] = (),
        values: Mapping[str, object] | None = None,
    ) -> DefinitionText:
        """A text with its remarks and values."""
        made = super().__new__(cls, source)
        made.warnings = tuple(warnings)
        made.values = values or {}
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


def from_torch(module: object, example_inputs: object) -> DefinitionText:
    """The definition of a PyTorch module, by torch.export on inputs like the example's.

    Weights and inputs are written as values, or given as `values` where they are too many for a
    text. The loss is what the module gives, summed if it is no scalar. Raises PastedError, which
    names an operation that the language has no word for, and Unavailable without PyTorch, which
    `backstep-learn[torch]` brings.
    """
    with shown(""):
        return _text(network(recorded(module, example_inputs), RULES, MOVES, LABELS))


def from_onnx(path: str | PathLike[str]) -> DefinitionText:
    """The definition of the network in an ONNX file; inputs are drawn, open sizes are 1.

    Else as `from_torch`. Raises OSError, PastedError, and Unavailable without the package onnx,
    which `backstep-learn[onnx]` brings.
    """
    with shown(""):
        found = recorded_file(path)
        rules, moves, labels = onnx_operators.RULES, onnx_operators.MOVES, onnx_operators.LABELS
        return _text(network(found, rules, moves, labels))


def _text(made: Network) -> DefinitionText:
    remarks = [Remark(each.code, each.message, None, None, None, ()) for each in made.warnings]
    return DefinitionText(made.source, remarks, made.values)


def _told(notation: Notation, text: str) -> DefinitionText:
    with shown(text):
        found = imported(notation, text)
        return DefinitionText(found.source, found.warnings)
