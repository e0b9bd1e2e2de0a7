"""The targets of export, each with its file name, media type and writer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from backstep.binding.bind import BoundModel
from backstep.errors import Diagnostic, RequestError
from backstep.export.beamer_file import beamer_file
from backstep.export.c.file import c_file
from backstep.export.definition import definition_file
from backstep.export.expected_values import Stored, stored
from backstep.export.julia.file import julia_file
from backstep.export.latex_file import latex_file
from backstep.export.notebook import notebook_file
from backstep.export.numpy_target import numpy_file
from backstep.export.octave.file import octave_file
from backstep.export.sympy_file import sympy_file
from backstep.export.tensor_targets import jax_file, torch_file

TargetName = Literal[
    "numpy", "torch", "jax", "c", "julia", "octave", "sympy", "latex", "beamer", "notebook", "nn"
]


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """An exported file: `name` is a name to save it by, `media` its media type."""

    name: str
    media: str
    text: str

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.text)  # what a notebook shows


@dataclass(frozen=True, slots=True)
class Target:
    """A target: `about` describes it in one line; `write` returns the text."""

    name: str
    media: str
    about: str
    write: Callable[[BoundModel, Stored], str]


_PYTHON, _TEX = "text/x-python", "application/x-tex"

TARGETS: Mapping[TargetName, Target] = {
    "numpy": Target("net.py", _PYTHON, "a NumPy program that checks itself", numpy_file),
    "torch": Target("net.py", _PYTHON, "the same with PyTorch", torch_file),
    "jax": Target("net.py", _PYTHON, "the same with JAX", jax_file),
    "c": Target("net.c", "text/x-c", "a C99 program that checks itself", c_file),
    "julia": Target("net.jl", "text/x-julia", "the same with Base Julia", julia_file),
    "octave": Target("net.m", "text/x-octave", "the same with plain Octave or MATLAB", octave_file),
    "sympy": Target(
        "net.py", _PYTHON, "the loss and its closed gradients as a SymPy program", sympy_file
    ),
    "latex": Target(
        "net.tex",
        _TEX,
        "a document: definition, graph, values, every partial and its derivation",
        latex_file,
    ),
    "beamer": Target("net.tex", _TEX, "the walk as slides, a step a frame", beamer_file),
    "notebook": Target(
        "net.ipynb",
        "application/x-ipynb+json",
        "a notebook: text, picture, formulas, the NumPy program and its check",
        notebook_file,
    ),
    "nn": Target(
        "net.nn",
        "text/plain",
        "the definition's own text, with the values that are replaced",
        lambda prepared, numbers: definition_file(prepared),
    ),
}
"""The targets by their names in requests."""


def export(
    prepared: BoundModel, target: TargetName, wrt: Sequence[str] | None = None
) -> ExportedFile:
    """The definition, with the values in force, as a file; gradients by `wrt`, or all parameters.

    Equal text and values lead to equal bytes. Raises RequestError for an unknown target or name,
    LimitError if the file would be too large.
    """
    if target not in TARGETS:
        known = ", ".join(TARGETS)
        message = f"there is no target '{str(target)[:40]}'"
        raise RequestError(Diagnostic("unknown_target", message, known, pointer="/target"))
    wanted = TARGETS[target]
    return ExportedFile(wanted.name, wanted.media, wanted.write(prepared, stored(prepared, wrt)))
