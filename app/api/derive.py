"""POST /derive: the exact loss and gradients, by SymPy or in matrix form."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field
from typing_extensions import TypeAliasType

from backstep.binding.bind import BoundModel, bind
from backstep.binding.closed_gradients import Form, ScalarForm, derive
from backstep.binding.matrix_gradients import MatrixForm, SharedForm
from backstep.clock import OutOfTime, shorten, within
from backstep.limits import LIMITS

from .call import Call
from .request import NEURON, Definition

DeriveAnswer = TypeAliasType("DeriveAnswer", ScalarForm | MatrixForm | SharedForm)


class DeriveRequest(Definition):
    """Formulas: the exact loss and gradients."""

    form: Form = Field(
        default="scalar",
        description="A closed formula for each element, one in matrix form for each gradient, or"
        " the same by intermediate results that stand once; `auto` is closed formulas where all"
        " that is derived by are scalars and they are no longer than those by names, else the next"
        " of the three that fits and can be read.",
        examples=["matrix"],
    )
    wrt: list[str] | None = Field(
        default=None,
        description="What to derive by: parameters, inputs, intermediates, elements such as"
        " `W1[0,2]`; every parameter where left out.",
        examples=[["w", "b"]],
    )


SHARE = 0.75
"""The share of a job's time that a form may take; the rest is for the shared form in its place, and
for the answer's own text."""


def in_time(prepared: BoundModel, form: Form, wrt: Sequence[str] | None) -> DeriveAnswer:
    """The exact loss and gradients in a form; in shared form where that one takes too long, which
    is not only a matter of the size that is counted."""
    try:
        with within(SHARE * LIMITS.job_seconds):
            return derive(prepared, form, wrt)
    except OutOfTime:
        shorten()
    return derive(prepared, "shared", wrt)


def answer(request: DeriveRequest) -> DeriveAnswer:
    """The exact loss and gradients, by SymPy."""
    return in_time(bind(request.source, request.values), request.form, request.wrt)


CALL = Call(
    "derive",
    DeriveRequest,
    answer,
    DeriveAnswer,
    example={"source": NEURON, "wrt": ["w", "z"]},
)
