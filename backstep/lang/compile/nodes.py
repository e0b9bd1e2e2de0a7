"""New nodes at places of the text: the limits they keep to, and errors of shapes that don't fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import cast

from backstep.clock import expect
from backstep.errors import Diagnostic, Edit, Fix, LimitError, Span
from backstep.graph.graph import Graph
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.parameters import Parameters
from backstep.graph.shape import Shape, ShapeError, spell
from backstep.lang.syntax.refusal import StatementError, refuse
from backstep.lang.syntax.tokens import split_lines
from backstep.limits import LIMITS
from backstep.ops import TABLE

MOST_AXES = 16
"""Axes of one tensor; NumPy stops at 64, and nobody reads past 5."""
MOST_OPEN = 200
"""Nesting of formulas, those of called functions and loops included: what any text within the
nesting limit needs, well within Python's own stack.
"""
NO_SIZE = "a size is 1 or more"
"""One rule for every new shape; only a slice of a name may be empty."""


@dataclass(slots=True)
class Budget:
    """How much has been read, and how deep, against the limits."""

    steps: int = 0
    open: int = 0

    def enter(self, span: Span, levels: int = 1) -> None:
        """Count a formula as open. Raises StatementError; call `leave` otherwise."""
        if self.open + levels > MOST_OPEN:
            raise refuse(
                "nesting_depth",
                f"formulas of loops and functions nest more than {MOST_OPEN} deep",
                "call fewer functions inside each other",
                span,
            )
        self.open += levels

    def leave(self, levels: int = 1) -> None:
        """Count a formula as closed."""
        self.open -= levels

    def spend(self, span: Span) -> None:
        """Count one part read. Raises LimitError."""
        expect(0.0)
        self.steps += 1
        if self.steps > LIMITS.unrolling_steps:
            raise limit_error(
                "unrolling_steps",
                "parts of formulas to unroll",
                self.steps,
                LIMITS.unrolling_steps,
                span,
            )


def limit_error(code: str, what: str, measured: int, allowed: int, span: Span) -> LimitError:
    """The error of a passed limit, at its place in the text."""
    fault = Diagnostic(
        code, f"{what}: {measured:,} counted, {allowed:,} allowed", "make the network smaller", span
    )
    return LimitError(fault, details={"limit": code, "measured": measured, "allowed": allowed})


def at_place(error: LimitError, span: Span) -> LimitError:
    """The error of a limit that a graph is past, with its place in the text."""
    fault = error.faults[0]
    at = Diagnostic(fault.code, fault.message, fault.hint, span)
    return LimitError(at, details=error.details)


@contextmanager
def placed(span: Span) -> Iterator[None]:
    """Give the error of a limit that a graph is past its place in the text."""
    try:
        yield
    except LimitError as error:
        raise at_place(error, span) from None


@dataclass(slots=True)
class Text:
    """The text, for messages that quote it."""

    source: str
    lines: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = split_lines(self.source)

    def quote(self, span: Span, most: int = 24) -> str | None:
        """The text of a span, if it is short and on one line."""
        if span.line != span.end_line or span.end_column - span.column > most:
            return None
        return self.lines[span.line - 1][span.column - 1 : span.end_column - 1]

    def starts(self, span: Span, character: str) -> bool:
        """Whether the text of a span begins with a character."""
        return self.lines[span.line - 1].startswith(character, span.column - 1)

    def between(self, left: Span, right: Span) -> str:
        """The text between two spans of one line; empty if they are on two lines."""
        if left.end_line != right.line:
            return ""
        return self.lines[right.line - 1][left.end_column - 1 : right.column - 1]

    def line_of(self, span: Span) -> str | None:
        """The text of a span on one line, to be written again."""
        return self.quote(span, _LONGEST_REWRITTEN)


_LONGEST_REWRITTEN = 200


@dataclass(slots=True)
class Maker:
    """Nodes of a graph; `graph` is None if only literals are allowed."""

    text: Text
    graph: Graph | None
    empties: bool = False
    """Whether a size may be 0: the partial of an empty slice, as it is printed, is an answer."""

    def make(self, op: str, *inputs: Operand, span: Span, **params: object) -> Node:
        """A new node. Raises ShapeError, StatementError or LimitError."""
        if self.graph is None:
            raise refuse(
                "not_constant",
                "a constant is needed here, worked out from written numbers by + - * / ^",
                "write it as a number",
                span,
            )
        if op == "divide" and isinstance(inputs[1], Literal) and inputs[1].value == 0:
            raise division(span)
        try:
            node = self.graph.apply(op, *inputs, span=span, **params)
        except LimitError as error:
            raise at_place(error, span) from None
        shape = node.shape
        if not shape:
            return node
        if len(shape) > MOST_AXES:
            message = f"a tensor of {len(shape)} axes; {MOST_AXES} are allowed"
            raise refuse("axes", message, None, span)
        if min(shape) < 0:
            raise refuse("negative_size", NO_SIZE, None, span)
        if 0 in shape and not node.nodes and not self.empties:
            # A slice may be empty, `x[:t]` in a loop's first pass; no other result may.
            raise refuse("size", NO_SIZE, None, span)
        return node

    def fit(
        self,
        op: str,
        inputs: Sequence[Operand],
        places: Sequence[Span],
        span: Span,
        **params: object,
    ) -> Node:
        """A new node whose inputs have places in the text; the error of a misfit names them."""
        try:
            return self.make(op, *inputs, span=span, **params)
        except ShapeError as error:
            mend = self._transposed(op, inputs, places, cast("Parameters", params))
            raise self.misfit(error, inputs, places, span, mend) from None

    def _transposed(
        self, op: str, inputs: Sequence[Operand], places: Sequence[Span], params: Parameters
    ) -> tuple[Fix, ...]:
        """Fixes that transpose a matrix or insert an axis of size 1, if that would fit."""
        assert self.graph is not None
        shapes = [operand.shape for operand in inputs]
        fitting = []
        for number, (shape, place) in enumerate(zip(shapes, places, strict=True)):
            quoted = self.text.quote(place)
            if TABLE[op].elementwise:
                others = [*shapes[:number], *shapes[number + 1 :]]
                fitting += [
                    self._written(f"reshape({{}}, {', '.join(map(str, sizes))})", place)
                    for other in others
                    for sizes in widened(shape, other)
                ]
            elif len(shape) == 2 and shape[0] != shape[1] and quoted is not None:
                turned = [*shapes[:number], shape[::-1], *shapes[number + 1 :]]
                with suppress(ShapeError):
                    self.graph.table[op].shape_of(tuple(turned), params)
                    fitting.append(self._written("{}.T", place))
        return tuple(fitting)

    def _written(self, form: str, place: Span) -> Fix:
        """The fix that wraps the text of a span in a form."""
        text = self.text.quote(place, 200) or "x"
        if form == "{}.T" and not text.isidentifier() and text[:1] != "(":
            text = f"({text})" if text[-1:] not in ")]" else text
        new = form.format(text)
        return Fix(f"Write {new}", (Edit.at(place, new),))

    def misfit(
        self,
        error: ShapeError,
        inputs: Sequence[Operand],
        places: Sequence[Span],
        span: Span,
        fixes: tuple[Fix, ...] = (),
    ) -> StatementError:
        """The error of shapes that don't fit, which names each operand and its shape."""
        said = []
        for operand, place in zip(inputs, places, strict=True):
            quoted = self.text.quote(place)
            if quoted is not None and isinstance(operand, Node):
                said.append(f"{quoted} is {spell(operand.shape)}")
        whose = ", ".join(dict.fromkeys(said))
        message = f"shapes do not fit: {whose}; {error}" if whose else str(error)
        return StatementError(Diagnostic("shapes", message, None, span, fixes=fixes))


def widened(shape: Shape, other: Shape) -> list[Shape]:
    """The shape with one more axis of size 1, at places where it then broadcasts to the other.

    At the front it would be what broadcasting does by itself.
    """
    if len(shape) + 1 != len(other):
        return []
    return [
        (*shape[:place], 1, *shape[place:])
        for place in range(1, len(other))
        if (*other[:place], *other[place + 1 :]) == shape
    ]


def division(span: Span) -> StatementError:
    """The error of a division by a literal zero."""
    return refuse("division_by_zero", "division by a literal zero", "divide by what is not 0", span)
