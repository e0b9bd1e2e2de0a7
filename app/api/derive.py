"""POST /derive: the exact loss and gradients, by SymPy or in matrix form."""

from __future__ import annotations

from pydantic import Field
from typing_extensions import TypeAliasType

from backstep.binding.bind import bind
from backstep.binding.closed_gradients import Form, ScalarForm, derive
from backstep.binding.matrix_gradients import MatrixForm, SharedForm

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


def answer(request: DeriveRequest) -> DeriveAnswer:
    """The exact loss and gradients, by SymPy."""
    return derive(bind(request.source, request.values), request.form, request.wrt)


CALL = Call(
    "derive",
    DeriveRequest,
    answer,
    DeriveAnswer,
    example={"source": NEURON, "wrt": ["w", "z"]},
)
