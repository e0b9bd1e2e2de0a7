"""Evaluate, derive, explain a step, check an answer, draw: plain functions of plain data.

Each takes a definition's text and answers what the library computes; a docstring is what a model
reads of a tool, so it says what the model needs and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

from backstep.binding.bind import BoundModel, bind
from backstep.clock import OutOfTime, within
from backstep.errors import Diagnostic, TimeUp
from backstep.limits import LIMITS
from backstep.network.shown_errors import shown

Zoom = Literal["block", "tensor", "scalar"]
Values = Mapping[str, object]

INSTRUCTIONS = """\
Backstep computes exact derivatives of small networks. A definition is a text, a statement a line:

input x = [1, 2]
target y = 1
param W = [[0.1, 0.2]]
param b = 0.5
z = W @ x + b
L = (sigmoid(z[0]) - y)^2 / 2

input, target, param and const declare values; the last line is the loss, or `minimize L` says it.
* is elementwise, @ the matrix product, ^ a power, .T a transpose. Functions are tanh, relu,
softmax, log, exp, sum, mean, cross_entropy and the like. What is wrong with a text is answered with
its line, a caret and what to write. Use check_answer for a formula that a learner typed; do not
judge it yourself."""


def evaluate(source: str, values: Values | None = None) -> Mapping[str, object]:
    """Run a definition forward and backward: the loss, every name's value and partial, gradients,
    warnings. `values` replaces numbers of the text, by name."""
    from backstep.binding.evaluation import evaluate as evaluated

    with _bound(source, values) as prepared:
        found = evaluated(prepared, most=LIMITS.listed_elements)
        return {
            "loss": found.loss,
            "values": found.values,
            "partials": found.partials,
            "gradients": found.gradients,
            "warnings": [str(each) for each in found.warnings],
        }


def derive(
    source: str,
    wrt: Sequence[str] | None = None,
    form: Literal["auto", "scalar", "matrix", "shared"] = "auto",
) -> Mapping[str, object]:
    """The exact gradients as formulas, as text and as LaTeX; by every parameter, or by the names or
    elements (W[0,1]) of `wrt`. `shared` names intermediate results once, as backprop does."""
    from backstep.network.formula import gradient

    with _bound(source) as prepared:
        leaves = prepared.definition.leaves
        names = wrt or [leaf.name for leaf in leaves if leaf.role == "param" and not leaf.label]
        found = {}
        for name in names:
            made = gradient(prepared, name, form)
            parts = {each.name: each.text for each in made.definitions}
            found[made.name] = {"text": made.text, "latex": made.latex, "definitions": parts}
        return found


def explain_step(
    source: str, step: int, zoom: Zoom = "block", values: Values | None = None
) -> Mapping[str, object]:
    """A step of the walk through backpropagation, from 1: first each value is computed, then each
    partial, as the sum of what its uses send back. Answers the step in words, formulas and
    numbers, and how many steps there are."""
    from backstep.drawing.steps import told
    from backstep.errors import RequestError
    from backstep.network.walk import equations
    from backstep.walk.walk_for import walk_for

    with _bound(source, values) as prepared:
        found = walk_for(prepared, zoom, fold=True)
        total = found.walk.total
        if not 1 <= step <= total:
            message = f"there is no step {step}; the walk has {total}"
            raise RequestError(Diagnostic("unknown_step", message, pointer="/step"))
        at = told(found, found.walk.steps[step - 1])
        notes = [at.remark, at.note if at.phase == "backward" else None]
        return {
            "step": step,
            "total": total,
            "forward_ends": found.walk.forward,
            "phase": at.phase,
            "words": at.words,
            "line": at.line,
            "formulas": list(equations(at)),
            "note": "; ".join(filter(None, notes)) or None,
        }


def check_answer(
    source: str, of: str, answer: str, values: Values | None = None
) -> Mapping[str, object]:
    """Judge a formula that was typed for the loss's partial with respect to `of`: whether it is
    equal for all values, and, where it is not, what is missing and a point where the two differ."""
    from backstep.marking.compare import WrongVerdict, compare

    with _bound(source, values, answer) as prepared:
        found = compare(prepared, of, answer)
        wrong = found if isinstance(found, WrongVerdict) else None
        return {
            "equal": found.equal,
            "words": str(found),
            "hint": None if wrong is None else wrong.hint,
            "proved": found.proof is not None,
            "at": None if wrong is None else wrong.at,
        }


def draw(
    source: str,
    step: int | None = None,
    zoom: Zoom = "block",
    theme: Literal["light", "dark"] = "light",
    values: Values | None = None,
) -> bytes:
    """Draw the computation graph with values, partials and local derivatives, at a step of the walk
    or at its end, as PNG."""
    from backstep.network.drawing import Drawing
    from backstep.walk.walk_for import walk_for

    with _bound(source, values) as prepared:
        return Drawing(walk_for(prepared, zoom, fold=True), "LR", step, theme).png()


TOOLS: Sequence[Callable[..., object]] = (evaluate, derive, explain_step, check_answer, draw)


@contextmanager
def _bound(source: str, values: Values | None = None, answer: str = "") -> Iterator[BoundModel]:
    """The definition with these values; the block's errors are printed with their place, and it has
    a job's time. Raises TimeUp."""
    seconds = LIMITS.job_seconds
    with shown(source, answer):
        try:
            with within(seconds):
                yield bind(source, values)
        except OutOfTime:
            message = f"this took more than {seconds:g} s of processor time"
            raise TimeUp(Diagnostic("time_up", message, "ask for less")) from None
