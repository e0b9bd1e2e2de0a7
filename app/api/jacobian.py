"""POST /jacobian: the derivative of one name's elements by another's."""

from __future__ import annotations

from pydantic import Field

from backstep.binding.bind import bind
from backstep.binding.jacobian_formulas import Jacobian, jacobian_with_formulas

from .call import Call
from .request import Definition


class JacobianRequest(Definition):
    """The derivative of one name's elements by another's: numbers and formulas."""

    of: str = Field(
        description="What is derived: a name of the text, or an element such as `p[0]`.",
        examples=["p"],
    )
    wrt: str = Field(
        description="What it is derived by: a name of the text, or an element such as `W1[0,2]`.",
        examples=["z"],
    )


def answer(request: JacobianRequest) -> Jacobian:
    """The derivative of one name's elements by another's: the numbers, the formula of the whole
    as a matrix, and an element's formula by cases."""
    return jacobian_with_formulas(bind(request.source, request.values), request.of, request.wrt)


CALL = Call(
    "jacobian",
    JacobianRequest,
    answer,
    Jacobian,
    example={
        "source": "param z = [0.5, -0.3, 1.1]\np = softmax(z)\nL = -log(p[0])",
        "of": "p",
        "wrt": "z",
    },
)
