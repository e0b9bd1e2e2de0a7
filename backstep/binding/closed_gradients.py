"""The exact loss and gradients, as text that SymPy reads and as LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from backstep.binding.bind import BoundModel
from backstep.binding.matrix_gradients import MatrixForm, SharedForm, matrix, shared
from backstep.clock import OutOfTime, within
from backstep.errors import Diagnostic, FormulaTooLarge, LimitError
from backstep.graph.node import Node
from backstep.graph.shape import Shape
from backstep.limits import LIMITS
from backstep.ops import TABLE
from backstep.symbolic.engine import Closed, as_written
from backstep.symbolic.engine import derive as derive_closed
from backstep.symbolic.printer import Printer
from backstep.symbolic.targets import Target, target_for

LEGIBLE_OPERATIONS = 5_000
"""Size of all closed formulas together; past it nobody reads them, and the matrix form is there."""
LEGIBLE_TEXT = 250
"""Characters of a formula; a longer one fills lines, and its parts say more than the whole."""
SHARE = 0.3
"""The share of a job's time that each form may take before the next is tried, when any will do."""

Form = Literal["scalar", "matrix", "shared", "auto"]
Texts = NDArray[np.object_]
"""A text, or an array of them, in a tensor's shape."""


@dataclass(frozen=True, slots=True)
class ClosedFormula:
    """A gradient by SymPy, with a formula for each element."""

    shape: Shape
    """Empty for a scalar."""
    text: Texts
    """SymPy's notation, in the names of `symbols`, such as `2*(w*x - 3)*x`."""
    latex: Texts
    """Such as `2 \\, \\left(w \\, x - 3\\right) \\, x`."""
    display: Texts
    """The same with the macro `\\fv` around each name."""
    operations: int
    """The operations of all elements together, such as `4`."""


@dataclass(frozen=True, slots=True)
class FormulaRefusal:
    """Why a closed formula is not written out."""

    code: Literal["formula_too_large"]
    message: str
    hint: str | None
    limit: str
    """The limit's name, such as `answer_operations`."""
    operations: int | float | None
    """The bound that was counted, such as `838320`; past 64 bits a float. Null if it is not the
    size that is refused: a number of thousands of digits.
    """
    measured: int | float | None
    """What is more than `allowed`, such as `838320`: operations, or for `source_bytes` the bytes of
    the longest formula. Null if it was not counted.
    """
    allowed: int | float | None
    """Such as `400000`; null for a formula that is nested too deep."""


@dataclass(frozen=True, slots=True)
class RefusedFormula:
    """A gradient that alone is too large, while others are not."""

    shape: Shape
    text: None
    latex: None
    display: None
    operations: None
    refused: FormulaRefusal


@dataclass(frozen=True, slots=True)
class ClosedLoss:
    """The loss; null if it alone is too large, and derivatives by single elements are not."""

    name: str
    """Its name in the text, such as `L`."""
    shape: Shape
    text: Texts | None
    """Such as `(w*x - 3)**2`."""
    latex: Texts | None
    """Such as `\\left(w \\, x - 3\\right)^{2}`."""
    operations: int | None
    """Such as `3`."""


@dataclass(frozen=True, slots=True)
class ScalarForm:
    """The loss and its gradients by SymPy, with a closed formula for each element."""

    form: Literal["scalar"]
    loss: ClosedLoss
    symbols: Mapping[str, str]
    """What each symbol stands for in the definition, such as `{"lambda_": "lambda"}`."""
    gradients: Mapping[str, ClosedFormula | RefusedFormula]
    """By variable."""


def targets(prepared: BoundModel, wrt: Sequence[str] | None) -> list[Target]:
    """The variables: the names asked for, or every parameter."""
    definition = prepared.definition
    if wrt is None:
        wrt = [leaf.name for leaf in definition.leaves if leaf.role == "param" and not leaf.label]
    places = {name: place for place, name in reversed(list(enumerate(wrt)))}
    return [target_for(definition, name, f"/wrt/{places[name]}") for name in dict.fromkeys(wrt)]


def closed(
    prepared: BoundModel, wrt: Sequence[str] | None = None, most: int | None = None
) -> Closed:
    """The closed loss and gradients. Raises FormulaTooLarge if one passes a limit or `most`."""
    found = _within(prepared, wrt, most)
    for refusal in found.refused.values():
        raise refusal
    return found


def _within(prepared: BoundModel, wrt: Sequence[str] | None, most: int | None = None) -> Closed:
    """The formulas within the limits, and why the others are not."""
    labels = {
        leaf.name: prepared.leaves[leaf.name] for leaf in prepared.definition.leaves if leaf.label
    }
    wanted = targets(prepared, wrt)
    return derive_closed(prepared.definition, wanted, labels, most, prepared.class_numbers)


def derive(
    prepared: BoundModel, form: Form = "scalar", wrt: Sequence[str] | None = None
) -> ScalarForm | MatrixForm | SharedForm:
    """The exact loss and its gradients with respect to `wrt` (None: every parameter), in a form.

    `auto` is closed formulas if all variables are scalars, they fit, and they are no longer than
    the formulas by names; else the next of the three forms that fits; and shared if that is at
    most half as long as a long matrix form. Raises
    FormulaTooLarge if none of them may be written out, RequestError for an unknown name.
    """
    wanted = targets(prepared, wrt)
    if form == "auto":
        return _fitting(prepared, wanted, wrt)
    if form != "scalar":
        return matrix(prepared, wanted) if form == "matrix" else shared(prepared, wanted)
    found = _within(prepared, wrt)
    with as_written():
        answer, refused = _answer(prepared, found, [target.name for target in wanted])
    if refused and len(refused) == len(answer.gradients):
        raise refused[0]
    return answer


def _fitting(
    prepared: BoundModel, wanted: Sequence[Target], names: Sequence[str] | None
) -> ScalarForm | MatrixForm | SharedForm:
    """Closed formulas for scalars, if they are readable, and no longer than those by names; else a
    formula for each tensor; else shared.

    A form that exceeds its share of the job's time counts as one that does not fit.
    """
    ready: list[ScalarForm | MatrixForm | SharedForm] = []
    if not any(target.whole and target.node.shape for target in wanted):
        with suppress(FormulaTooLarge, OutOfTime), _share():
            ready.append(_legible(prepared, wanted, names))
    whole = None
    with suppress(FormulaTooLarge, OutOfTime), _share():
        whole = matrix(prepared, wanted)
    if whole is not None:
        # In a share of its own: the machine's speed is not to choose between the two.
        ready.append(_shorter(prepared, wanted, whole))
    # As a course writes it; of equally long ones the first.
    return min(ready, key=_length) if ready else shared(prepared, wanted)


def _share() -> AbstractContextManager[None]:
    """A form's share of the job's time."""
    return within(SHARE * LIMITS.job_seconds)


def _length(form: ScalarForm | MatrixForm | SharedForm) -> int:
    """The operations of everything that is to be read."""
    parts = form.definitions if isinstance(form, SharedForm) else ()
    return sum(each.operations or 0 for each in (*parts, *form.gradients.values()))


def _shorter(
    prepared: BoundModel, wanted: Sequence[Target], whole: MatrixForm
) -> MatrixForm | SharedForm:
    """A formula for each tensor; if one is unreadably long, shared results if those are short."""
    longest = max((len(each.text) for each in whole.gradients.values()), default=0)
    if longest <= LEGIBLE_TEXT:
        return whole
    with suppress(FormulaTooLarge, OutOfTime), _share():
        parts = shared(prepared, wanted)
        texts = [each.text for each in (*parts.definitions, *parts.gradients.values())]
        if 2 * max(map(len, texts)) <= longest:
            return parts
    return whole


def _legible(
    prepared: BoundModel, wanted: Sequence[Target], names: Sequence[str] | None
) -> ScalarForm:
    """The closed formulas. Raises FormulaTooLarge if one of them would be unreadably long."""
    found = closed(prepared, names, LEGIBLE_OPERATIONS)
    with as_written():
        answer, refused = _answer(prepared, found, [target.name for target in wanted])
    for refusal in refused:
        raise refusal
    return answer


def _answer(
    prepared: BoundModel, found: Closed, asked: Sequence[str]
) -> tuple[ScalarForm, list[FormulaTooLarge]]:
    """The formulas as they are sent, and why others are not."""
    printer = Printer(found.symbols, found.order, _tied(prepared))
    gradients: dict[str, ClosedFormula | RefusedFormula] = {}
    refused: list[FormulaTooLarge] = []
    for name in asked:
        try:
            if name in found.refused:
                raise found.refused[name]
            formulas = found.gradients[name]
            element = name not in prepared.definition.names
            gradients[name] = _printed(name, formulas.reshape(()) if element else formulas, printer)
        except FormulaTooLarge as refusal:
            gradients[name] = _refused(prepared, name, refusal)
            refused.append(refusal)
    name = prepared.definition.loss_name
    loss = None
    if found.loss is not None:
        with suppress(FormulaTooLarge):
            loss = _printed(name, np.array(found.loss, dtype=object), printer)
    answer = ScalarForm(
        form="scalar",
        loss=ClosedLoss(name, (), None, None, None)
        if loss is None
        else ClosedLoss(name, loss.shape, loss.text, loss.latex, loss.operations),
        symbols={
            symbol.text: symbol.meaning
            for key, symbol in found.symbols.items()
            if key in printer.used
        },
        gradients=gradients,
    )
    return answer, refused


def _tied(prepared: BoundModel) -> bool:
    """Whether elements of an extreme are tied at the values in force, or that cannot be told."""
    definition = prepared.definition
    nodes = definition.graph.nodes[: definition.graph.forward_count]
    if not any(_extreme(node) for node in nodes):
        return False
    try:
        return any(_extreme(each.node) for each in prepared.numbers().conventions)
    except LimitError:
        return True


def _extreme(node: Node) -> bool:
    row = TABLE[node.op]
    return row.named and not row.elementwise and bool(row.kinks)


def _printed(name: str, formulas: Texts, printer: Printer) -> ClosedFormula:
    """The formulas of a name. Raises FormulaTooLarge if one is too long to be read back."""
    text = _each(formulas, printer.text)
    operations = sum(printer.operations(formula) for formula in formulas.flat)
    _admit_length(name, text, operations)
    latex = _each(formulas, printer.latex)
    display = _each(formulas, lambda formula: printer.latex(formula, coloured=True))
    return ClosedFormula(formulas.shape, text, latex, display, operations)


def _admit_length(name: str, texts: Texts, operations: int) -> None:
    """Refuse a formula that is too long to be pasted into a definition or as an answer."""
    lengths = [len(str(text).encode()) for text in texts.flat]
    longest, allowed = max(lengths, default=0), LIMITS.source_bytes
    if longest <= allowed:
        return
    message = f"a closed derivative by {name} has {longest:,} bytes; {allowed:,} can be read back"
    hint = 'ask for form: "shared", which gives every intermediate result once'
    if min(lengths) <= allowed:
        hint = f"ask for a single element that has a shorter one, or {hint}"
    raise FormulaTooLarge(
        Diagnostic("formula_too_large", message, hint),
        details={
            "limit": "source_bytes",
            "operations": operations,
            "measured": longest,
            "allowed": allowed,
        },
    )


def _refused(prepared: BoundModel, name: str, refusal: FormulaTooLarge) -> RefusedFormula:
    """A gradient that is left out of an answer with others in it, and why."""
    versions = prepared.definition.names.get(name)
    (fault,) = refusal.faults
    details = refusal.details
    refused = FormulaRefusal(
        code="formula_too_large",
        message=fault.message,
        hint=fault.hint,
        limit=str(details["limit"]),
        operations=details.get("operations"),
        measured=details.get("measured"),
        allowed=details.get("allowed"),
    )
    shape = () if versions is None else versions[-1].node.shape
    return RefusedFormula(shape, None, None, None, None, refused)


def _each(formulas: Texts, change: Callable[[object], str]) -> Texts:
    result = np.empty(formulas.shape, dtype=object)
    for at in np.ndindex(*formulas.shape):
        result[at] = change(formulas[at])
    return result
