"""A whole backward pass typed by hand: each line paired with its partial by name, and judged.

A line is judged as it was typed, and once more with the right values of the lines before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from backstep.autodiff.reverse import broadcast_whole
from backstep.binding.bind import BoundModel
from backstep.clock import Watch
from backstep.errors import AnswerError, Diagnostic, RequestError, Span
from backstep.graph.node import Node, literal
from backstep.graph.order import ancestors
from backstep.graph.shape import Shape
from backstep.lang.compile.answer import Answer
from backstep.lang.syntax import names
from backstep.lang.syntax.partial_names import partial_of
from backstep.lang.syntax.tokens import split_lines
from backstep.marking.compare import Verdict, WrongVerdict, compare
from backstep.marking.readings import Earlier, readings
from backstep.marking.trial import Bound
from backstep.symbolic.targets import target_for

POINTER = "/answers"
MOST_LINES = 60
"""The most lines in one backward pass; each is judged at many points."""
_READ = 2.0
"""Seconds after which the names in an intermediate value are no longer looked up."""


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """One line of a backward pass, judged."""

    line: int
    """Its line in the text, from 1."""
    name: str
    """The name on its left side, as typed, such as `dz`."""
    of: str | None
    """What the partial is with respect to, such as `z`; null for an intermediate value."""
    shape: Shape | None
    """The partial's shape, empty for a scalar."""
    equal: bool | None
    """Whether the line as typed is the partial; null if that is undecided, or if the line is an
    intermediate value.
    """
    given_earlier: bool | None
    """The same with the right values of the lines before it."""
    hint: str | None
    """The mistake in the line, if the lines before it are taken to be right."""
    read: str
    """The formula as it was read, in the language."""
    read_latex: str
    """The same as LaTeX."""


@dataclass(frozen=True, slots=True)
class PassVerdict:
    """A whole backward pass, judged line by line."""

    answers: Sequence[LineVerdict]
    first_wrong: int | None
    """The number of the first wrong line; null if none is wrong."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One line as typed: where its formula starts, the name it defines, the formula."""

    number: int
    at: Span
    left: str
    formula: str


def judge(prepared: BoundModel, text: str, watch: Watch | None = None) -> PassVerdict:
    """Every line of a backward pass, such as `dz = du*u*(1 - u)`, judged in order.

    Raises AnswerError for a line that can't be read, at its place in the text.
    """
    lines = list(_lines(text))
    return _judged(prepared, lines, watch or Watch())


def judge_own(prepared: BoundModel, watch: Watch | None = None) -> PassVerdict:
    """The lines behind the loss of the definition itself. Raises RequestError if it has none."""
    derived = prepared.definition.derived
    if not derived:
        message = "there is no answer, and the text gives no partial by hand"
        raise RequestError(Diagnostic("no_answer", message, "write answer or answers"))
    lines = [
        _Line(each.line, Span(each.line, 1, each.line, 1), each.name, each.text) for each in derived
    ]
    return _judged(prepared, lines, watch or Watch())


def _judged(prepared: BoundModel, lines: Sequence[_Line], watch: Watch) -> PassVerdict:
    if len(lines) > MOST_LINES:
        message = f"{len(lines)} lines are given; {MOST_LINES} are allowed"
        raise AnswerError(Diagnostic("answer_lines", message, None, pointer=POINTER))
    typed, right = Earlier(), Earlier()
    found: list[LineVerdict] = []
    wrong: set[str] = set()
    for line in lines:
        try:
            verdict, typed, right = _one(prepared, line, typed, right, watch)
        except AnswerError as error:
            raise AnswerError(*(_moved(each, line) for each in error.faults)) from None
        if verdict.equal is False:
            wrong.add(verdict.name)
        found.append(verdict)
    first = next((each.line for each in found if each.equal is False), None)
    return PassVerdict(found, first)


def _one(
    prepared: BoundModel, line: _Line, typed: Earlier, right: Earlier, watch: Watch
) -> tuple[LineVerdict, Earlier, Earlier]:
    definition = prepared.definition
    of = partial_of(line.left, definition.names, definition.loss_name)
    name = names.canonical(line.left.strip())
    if name in definition.names:
        message = f"'{line.left}' has a value in the definition"
        mend = f"write d{line.left} for its partial"
        raise AnswerError(Diagnostic("given_again", message, mend, Span(1, 1, 1, 2)))
    if of is None:
        return _between(prepared, line, name, typed, right, watch)
    target = target_for(definition, of, POINTER)
    given = compare(prepared, of, line.formula, watch, right)
    as_typed: Verdict | WrongVerdict | None = given
    if typed != right:
        try:
            as_typed = compare(prepared, of, line.formula, watch, typed)
        except AnswerError:
            as_typed = None
    equal = False if as_typed is None else as_typed.equal
    hint = given.hint if isinstance(given, WrongVerdict) else None
    if equal is False and given.equal:
        hint = "right, if the lines before it were"
    verdict = LineVerdict(
        line.number, line.left, of, given.shape, equal, given.equal, hint, given.read,
        given.read_latex,
    )  # fmt: skip
    partial = _adjoint(prepared, target.node)
    value = partial
    if not equal:
        value = _made(prepared, _answer(prepared, line, of, typed, watch)) or partial
    return (
        verdict,
        _with(typed, _called(prepared, name, of), partial, value),
        _with(right, _called(prepared, name, of), partial, partial),
    )


def _called(prepared: BoundModel, name: str | None, of: str) -> Sequence[str]:
    """Names by which later lines may refer to a line's partial: the line's own, and short ones."""
    known = prepared.definition.names
    short = [f"{form}{of}" for form in ("d", "grad_", "delta_") if f"{form}{of}" not in known]
    return short if name is None else [*short, name]


def _with(before: Earlier, called: Sequence[str], partial: Node | None, value: Node) -> Earlier:
    named = {**before.names, **dict.fromkeys(called, value)}
    partials = before.partials
    if partial is not None and partial is not value:
        partials = {**partials, partial.id: value}
    return Earlier(named, partials)


def _between(
    prepared: BoundModel,
    line: _Line,
    name: str | None,
    typed: Earlier,
    right: Earlier,
    watch: Watch,
) -> tuple[LineVerdict, Earlier, Earlier]:
    """The verdict on an intermediate value, which is no partial and is not judged."""
    if name is None:
        message = f"'{line.left}' is no name of a partial"
        hint = "write, for example, dz = … for the partial with respect to z"
        raise AnswerError(Diagnostic("left_side", message, hint, Span(1, 1, 1, 2)))
    answers = [_answer(prepared, line, None, each, watch) for each in (typed, right)]
    made = [None if each is None else _made(prepared, each) for each in answers]
    shown = answers[1] or answers[0]
    if shown is None or made[1] is None:
        raise AnswerError(Diagnostic("unreadable", "this line can't be read", None))
    verdict = LineVerdict(line.number, line.left, None, None, None, None, None, shown.read, "")
    return (
        verdict,
        _with(typed, [name], None, made[0] or made[1]),
        _with(right, [name], None, made[1]),
    )


def _answer(
    prepared: BoundModel, line: _Line, of: str | None, given: Earlier, watch: Watch
) -> Answer | None:
    """The formula of a line as typed; None if it can't be read with what was typed before."""
    target = target_for(prepared.definition, of or prepared.definition.loss_name, POINTER)
    try:
        return readings(prepared, target, line.formula, {}, Bound(watch, _READ), given)[0].answer
    except AnswerError:
        if of is None:
            raise
        return None


def _made(prepared: BoundModel, answer: Answer | None) -> Node | None:
    """A typed formula as a node of the definition's own graph."""
    if answer is None:
        return None
    graph = prepared.definition.graph
    made = {leaf.id: answer.meant[name] for name, leaf in answer.names.items()}
    for each in ancestors([answer.node], made):
        inputs = [made[part.id] if isinstance(part, Node) else part for part in each.inputs]
        made[each.id] = graph.apply(each.op, *inputs, **each.params)
    return made[answer.node.id]


def _adjoint(prepared: BoundModel, node: Node) -> Node:
    adjoint = prepared.model.back.adjoints.get(node.id)
    graph = prepared.definition.graph
    return broadcast_whole(graph.constant(literal(0)) if adjoint is None else adjoint, node.shape)


def _lines(text: str) -> Iterator[_Line]:
    """The lines of a text, each divided at its equals sign; an open bracket continues a line."""
    rows = split_lines(text)
    start = 0
    while start < len(rows):
        end, whole = start + 1, _code(rows[start])
        while end < len(rows) and _open(whole) > 0:
            whole += "\n" + _code(rows[end])
            end += 1
        if whole.strip():
            yield _sides(whole, start + 1)
        start = end


def _code(row: str) -> str:
    return row.partition("#")[0]


def _open(text: str) -> int:
    return sum((each in "([{") - (each in ")]}") for each in text)


def _sides(whole: str, number: int) -> _Line:
    left, equal, formula = whole.partition("=")
    if not equal or formula.startswith("=") or not formula.strip() or "\n" in left:
        message = "a line of a backward pass is a name, '=', and its formula"
        hint = "write, for example, dz = du*u*(1 - u)"
        at = Span(number, 1, number, len(whole.partition("\n")[0]) + 1)
        raise AnswerError(Diagnostic("left_side", message, hint, at, POINTER))
    start = len(left) + 1 + len(formula) - len(formula.lstrip())
    return _Line(number, Span(number, start + 1, number, start + 1), left.strip(), formula.strip())


def _moved(fault: Diagnostic, line: _Line) -> Diagnostic:
    """A diagnostic of a formula, at its line in the text."""
    if fault.span is None or fault.pointer == POINTER:
        return replace(fault, pointer=POINTER, span=fault.span or line.at)
    span, at = fault.span, line.at
    shift = at.column - 1
    return replace(
        fault,
        pointer=POINTER,
        fixes=(),
        span=Span(
            span.line + at.line - 1,
            span.column + (shift if span.line == 1 else 0),
            span.end_line + at.line - 1,
            span.end_column + (shift if span.end_line == 1 else 0),
        ),
    )
