"""POST /export: a definition as a file that leaves the tab, for NumPy and other targets."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from backstep.binding.bind import bind
from backstep.clock import OutOfTime, within
from backstep.errors import Diagnostic, FormulaTooLarge
from backstep.export.exporting import TARGETS, TargetName, export
from backstep.export.numpy_run import Trial, trial
from backstep.limits import LIMITS

from ..jobs.protocol import Payload
from . import share_link
from .call import DRAWING, Call
from .request import NEURON, Definition

SHARE = 0.6
"""The share of a job's time that a file may take."""

NAMES: Mapping[str, str] = {target.media: target.name for target in TARGETS.values()}
"""What a file is called, by its media type: two of one type have one name."""


class ExportRequest(Definition):
    """A file: the definition, with the values in force, for a target."""

    target: TargetName = Field(
        description="; ".join(f"`{name}`: {each.about}" for name, each in TARGETS.items()) + ".",
        examples=["numpy"],
    )
    wrt: list[str] | None = Field(
        default=None,
        description="Names whose gradients the file has; every parameter where left out.",
        examples=[["w", "b"]],
    )


def answer(request: ExportRequest) -> Payload:
    """The definition as a file, with the values in force. A program checks itself: run without
    arguments it exits with 1 where its numbers are not those that are stored in it."""
    try:
        with within(SHARE * DRAWING):
            found = export(bind(request.source, request.values), request.target, request.wrt)
    except OutOfTime:
        raise _takes_too_long() from None
    return Payload(f"{found.media}; charset=utf-8", found.text.encode())


def _takes_too_long() -> FormulaTooLarge:
    # Closed formulas alone are long in the making; all other targets have a line a result.
    return FormulaTooLarge(
        Diagnostic(
            "formula_too_large",
            "the closed formulas of this take longer than one piece of mathematics may",
            "export it for a target with intermediate results, such as numpy, or fewer gradients,"
            " by `wrt`",
            pointer="/target",
        ),
        details={"limit": "job_seconds", "allowed": LIMITS.job_seconds},
    )


class TrialRequest(Definition):
    """The exported lines beside the page."""

    wrt: list[str] | None = Field(
        default=None,
        description="Names whose gradients are compared; every parameter where left out.",
        examples=[["w", "b"]],
    )


def tried(request: TrialRequest) -> Trial:
    """The lines of the NumPy file, run here under generated names, beside the numbers of
    `/evaluate`: the largest difference of the loss and of all gradients."""
    return trial(bind(request.source, request.values), request.wrt)


MEDIA = tuple(dict.fromkeys(f"{media}; charset=utf-8" for media in NAMES))
CALL = Call(
    "export",
    ExportRequest,
    answer,
    None,
    example={"source": NEURON, "target": "numpy"},
    seconds=DRAWING,
    files=MEDIA,
    names=NAMES,
)
LINK = Call(
    "exported_link",
    ExportRequest,
    answer,
    None,
    method="GET",
    path="/export",
    parameters=(
        *share_link.PARAMETERS,
        {
            "name": "target",
            "in": "query",
            "required": True,
            "description": "What the file is for.",
            "schema": {"type": "string", "enum": list(TARGETS)},
            "example": "numpy",
        },
    ),
    seconds=DRAWING,
    files=MEDIA,
    names=NAMES,
)
CHECK = Call(
    "export_check",
    TrialRequest,
    tried,
    Trial,
    path="/export/check",
    example={"source": NEURON},
)
