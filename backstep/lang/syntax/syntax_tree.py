"""The syntax tree of a definition: frozen nodes with their places.

Chains of one precedence (`a + b - c`) are flat, so that a long line is never a deep tree; what
nests (brackets, signs, exponents) is counted against the nesting limit before a tree is built.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from backstep.errors import Diagnostic, Span
from backstep.graph.parameters import LeafRole
from backstep.records import record

LEFT_OUT = "\u2062"
"""The operator of a product without a sign: the shapes decide which one it is."""


@record(frozen=True, slots=True)
class Number:
    """A number as typed: its text and its exact value."""

    text: str
    value: Fraction
    span: Span


@record(frozen=True, slots=True)
class Name:
    """A name in its canonical spelling (NFKC, a Greek letter spelled out)."""

    name: str
    span: Span


@record(frozen=True, slots=True)
class Sign:
    """`-x` or `+x`."""

    op: str
    operand: Expression
    span: Span


@record(frozen=True, slots=True)
class Power:
    """`base ^ exponent`."""

    base: Expression
    exponent: Expression
    span: Span


@record(frozen=True, slots=True)
class OperatorLink:
    """One further operator and operand of a chain; `span` is the operator's place."""

    op: str
    operand: Expression
    span: Span


@record(frozen=True, slots=True)
class OperatorChain:
    """Operators of one precedence, applied from the left: `first op operand op operand …`.

    The operator `LEFT_OUT` is a product without a sign.
    """

    first: Expression
    links: tuple[OperatorLink, ...]
    span: Span


@record(frozen=True, slots=True)
class Joined(OperatorChain):
    """A product without signs that stands in no brackets of its own: `2x`, `u(1 − u)x`."""


@record(frozen=True, slots=True)
class Comparison:
    """`left op right`: only ever the first argument of `where`."""

    left: Expression
    op: str
    right: Expression
    span: Span


@record(frozen=True, slots=True)
class Keyword:
    """A keyword argument: `axis=0`."""

    name: Name
    value: Expression
    span: Span


@record(frozen=True, slots=True)
class Call:
    """A function's name before parentheses, positional arguments, then keyword arguments."""

    function: Name
    arguments: tuple[Expression | Comparison, ...]
    keywords: tuple[Keyword, ...]
    span: Span


@record(frozen=True, slots=True)
class Slice:
    """`start:stop:step` on one axis; what is left out is None."""

    start: Expression | None
    stop: Expression | None
    step: Expression | None
    span: Span


@record(frozen=True, slots=True)
class Index:
    """`value[item, item, …]`."""

    value: Expression
    items: tuple[Expression | Slice, ...]
    span: Span


@record(frozen=True, slots=True)
class Attribute:
    """`value.T`, or a layer's own parameter such as `h.W`."""

    value: Expression
    name: Name
    span: Span


@record(frozen=True, slots=True)
class ListOf:
    """`[a, b, …]`: the rows of a vector, matrix or larger tensor."""

    items: tuple[Expression, ...]
    span: Span


@record(frozen=True, slots=True)
class Total:
    """A sum or product (`function`) over the whole numbers from `first` to `last`, both included.

    `Σ_{i=0}^{n-1} body`, `sum(i in 0..n-1, body)`.
    """

    function: Name
    variable: Name
    first: Expression
    last: Expression
    body: Expression
    span: Span


Expression = (
    Number | Name | Sign | Power | OperatorChain | Call | Index | Attribute | ListOf | Total
)


@record(frozen=True, slots=True)
class Drawn:
    """What follows `~`: a distribution's word and its arguments."""

    distribution: Name
    arguments: tuple[Expression, ...]
    span: Span


@record(frozen=True, slots=True)
class Declare:
    """`role name[shape] = value` or `role name[shape] ~ distribution`."""

    role: LeafRole
    name: Name
    shape: tuple[Expression, ...] | None
    value: Expression | Drawn
    span: Span


@record(frozen=True, slots=True)
class Assign:
    """`name = value`, or several targets for a function of several values."""

    targets: tuple[Name, ...]
    value: Expression
    span: Span


@record(frozen=True, slots=True)
class Function:
    """`name(parameters) = body`."""

    name: Name
    parameters: tuple[Name, ...]
    body: Expression
    span: Span


@record(frozen=True, slots=True)
class Loop:
    """`for variable in range(bounds):` or `layers(n)`, with the indented block.

    `span` is the place of the head line.
    """

    variable: Name
    over: Literal["range", "layers"]
    bounds: tuple[Expression, ...]
    body: tuple[Statement, ...]
    span: Span


@record(frozen=True, slots=True)
class Minimize:
    """`minimize name`."""

    name: Name
    span: Span


@record(frozen=True, slots=True)
class Seed:
    """`seed n`."""

    value: int
    span: Span


@record(frozen=True, slots=True)
class Broken:
    """A wrong line, already reported; `targets` are the names it would have assigned.

    If they are unknown, it is empty: then names that are unknown later are not reported. `body` is
    the block of a loop whose head is wrong.
    """

    targets: tuple[Name, ...]
    body: tuple[Statement, ...]
    span: Span


Statement = Declare | Assign | Function | Loop | Minimize | Seed | Broken


@record(frozen=True, slots=True)
class Program:
    """A whole text, read: its statements in order, and what could have been read otherwise.

    `shorthand` are the first lines of those that are written as on a board.
    """

    source: str
    statements: tuple[Statement, ...]
    warnings: tuple[Diagnostic, ...] = ()
    shorthand: frozenset[int] = frozenset()
