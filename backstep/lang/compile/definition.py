"""A compiled text: the graph with the roles, names, versions and blocks of the text.

A `Definition` is the one thing that every later stage reads; it never changes once built.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from backstep.errors import Diagnostic, Span
from backstep.graph.graph import Graph
from backstep.graph.node import Node, Operand
from backstep.graph.parameters import LeafRole
from backstep.graph.shape import Shape
from backstep.records import record

Argument = tuple[str | None, Operand | int | tuple[int, ...] | Fraction | str]
"""An argument of a built-in function's call: its name, None if positional, and its value."""

BlockKind = Literal["statement", "function", "layer", "loop"]


@record(frozen=True, slots=True)
class Draw:
    """`~`: numbers of `shape` drawn from a stream keyed by the definition's seed and the name.

    `arguments` are those of the distribution as typed: mean and standard deviation of `normal`, low
    and high of `uniform`, none for `xavier`, `he`, `zeros` and `ones`.
    """

    distribution: str
    arguments: tuple[Fraction | float, ...]
    shape: Shape


@record(frozen=True, slots=True)
class Leaf:
    """A declared name. Its value is `initial` unless replaced.

    `initial` is a node of `Definition.constants`, to be evaluated by an engine, or a draw.
    `structural`: its value is built into shapes, bounds, indices or other values, and can't be
    replaced. `label`: it is one or several class numbers, so it has no partial.
    """

    name: str
    role: LeafRole
    node: Node
    initial: Node | Draw
    span: Span
    structural: bool
    label: bool


@record(frozen=True, slots=True)
class Version:
    """One version of a name that is assigned; `index` counts from 1."""

    name: str
    node: Node
    line: int
    index: int


@record(frozen=True, slots=True)
class Block:
    """Forward nodes kept together: a statement, a call of a user's function, a layer, a pass.

    `nodes` are the ids of all nodes inside, those of inner blocks included, ascending; `pass_` is
    the loop variable's value if the block is a pass of a loop. `arguments` are those of a built-in
    function that consists of several operations, so that its call can be written again.
    """

    id: int
    kind: BlockKind
    title: str
    parent: int | None
    nodes: tuple[int, ...]
    output: Node | None
    span: Span
    pass_: int | None
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """How a statement that is written as on a board was read."""

    line: int
    """Its line in the text, from 1."""
    text: str
    """The statement in the language, such as `L = dot(w, x)`."""


@dataclass(frozen=True, slots=True)
class DerivedLine:
    """A line behind the loss that gives a partial by hand: `dz = du*u*(1 - u)`.

    It is no part of the network: `node` is of a graph of its own, whose leaves `names` stand for
    the definition's nodes `meant`, or for the values of earlier such lines.
    """

    line: int
    name: str
    """As typed, such as `dz`."""
    of: str | None
    """What the partial is with respect to, such as `z`; None of a value in between."""
    text: str
    """The formula as typed."""
    node: Node
    names: Mapping[str, Node]
    meant: Mapping[str, Node]


@dataclass(frozen=True, slots=True)
class Definition:
    """A compiled definition. `names` holds every name of the text, in the text's order."""

    source: str
    graph: Graph
    constants: Graph
    leaves: tuple[Leaf, ...]
    names: Mapping[str, tuple[Version, ...]]
    loss_name: str
    loss: Node
    blocks: tuple[Block, ...]
    seed: int
    warnings: tuple[Diagnostic, ...]
    readings: tuple[Reading, ...] = ()
    derived: tuple[DerivedLine, ...] = ()
