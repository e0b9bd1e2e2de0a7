"""POST /compare: a typed formula judged: is it a partial of the loss, and what does it lack?

Or a Jacobian, or a whole backward pass, line by line.
"""

from __future__ import annotations

from pydantic import Field
from typing_extensions import TypeAliasType

from backstep.binding.bind import bind
from backstep.clock import Watch
from backstep.errors import Diagnostic, RequestError
from backstep.marking.backward_pass import PassVerdict, judge, judge_own
from backstep.marking.compare import Verdict, WrongVerdict, compare
from backstep.marking.jacobian_answer import compare_jacobian

from .call import Call
from .request import NEURON, Definition

CompareAnswer = TypeAliasType("CompareAnswer", Verdict | WrongVerdict | PassVerdict)


class CompareRequest(Definition):
    """Whether a typed formula is a partial of the loss, and what a wrong one lacks."""

    of: str | None = Field(
        default=None,
        description="What the partial is by: a parameter, an input, an intermediate, or an element"
        " such as `W1[0,2]`.",
        examples=["w"],
    )
    wrt: str | None = Field(
        default=None,
        description="With it, what is judged is the Jacobian ∂of/∂wrt of two names, as a matrix, by"
        " elements or by cases: its axes are those of `of`, then those of `wrt`.",
        examples=["z"],
    )
    answer: str | None = Field(
        default=None,
        description="The formula, in the language and the names of the definition, those of"
        " intermediates among them.",
        examples=["(u - y)*u*(1 - u)*x + 2*lambda*w"],
    )
    answers: str | list[str] | None = Field(
        default=None,
        description="A whole backward pass in the place of `of` and `answer`: a line for each"
        " partial, named for it, such as `dz = du*u*(1 - u)`. Where all three are left out, the"
        " lines behind `minimize` in the text itself.",
        examples=["du = u - y\ndz = du*u*(1 - u)\ndw = dz*x + 2*lambda*w"],
    )


def answer(request: CompareRequest) -> CompareAnswer:
    """Whether a typed formula is a partial of the loss, and what a wrong one lacks."""
    watch = Watch()
    prepared = bind(request.source, request.values)
    if request.answers is not None:
        if (request.of, request.wrt, request.answer) != (None, None, None):
            raise _refused("answers stand in the place of of, wrt and answer", "/answers")
        lines = request.answers
        return judge(prepared, lines if isinstance(lines, str) else "\n".join(lines), watch)
    if request.of is None and request.answer is None:
        return judge_own(prepared, watch)
    if request.of is None or request.answer is None:
        missing = "of" if request.of is None else "answer"
        raise _refused(f"the field {missing} is missing", f"/{missing}")
    if request.wrt is not None:
        return compare_jacobian(
            prepared, request.values, request.of, request.wrt, request.answer, watch
        )
    return compare(prepared, request.of, request.answer, watch)


def _refused(message: str, pointer: str) -> RequestError:
    return RequestError(Diagnostic("fields", message, pointer=pointer))


CALL = Call(
    "compare",
    CompareRequest,
    answer,
    CompareAnswer,
    example={
        "source": NEURON,
        "of": "w",
        "answer": "(u - y)*u*(1 - u)*x + 2*lambda*w",
    },
)
