"""Prints rules: each is called on named inputs and a named partial, and the result is printed.

So what is shown is what is computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from backstep.autodiff.reverse import Backward, backward
from backstep.formula.latex import latex
from backstep.formula.operations import FromGraph
from backstep.formula.text import text
from backstep.formula.tree import (
    ONE,
    At,
    Call,
    Formula,
    Neg,
    Num,
    Op,
    Role,
    Sym,
    mapped,
    multiply,
    times,
)
from backstep.graph.graph import Graph
from backstep.graph.node import Node, literal
from backstep.graph.order import ancestors
from backstep.graph.shape import Shape
from backstep.lang.compile.definition import Definition
from backstep.operations.examples import OUT, value
from backstep.ops import TABLE, Row
from backstep.ops.row import Sample
from backstep.simplify.rewrite import simplify

G = "g"
"""The name of the incoming partial."""
LONGEST = 1200
"""Characters of LaTeX that are still read as one formula."""

CONDITION: Role = "condition"
"""The role of a condition in a printed row."""

MOST_FORMS = 4
"""The most shapes of inputs that a rule is printed for."""

TOO_LONG = "too long for one line; the example shows it step by step"
NOT_FOLLOWED = "no partial flows back to it"


@dataclass(frozen=True, slots=True)
class PrintedFormula:
    """A formula as text and as LaTeX; `display` is LaTeX with the page's colour macros."""

    latex: str
    display: str
    text: str
    formula: Formula


@dataclass(frozen=True, slots=True)
class Partial:
    """The partial that a rule sends to one input; None if there is none, for `reason`."""

    name: str
    formula: PrintedFormula | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Form:
    """An operation on inputs of certain shapes: its text, its formula and its partials.

    `steps` are the intermediate values that the formulas name, in order; `terms` the rows that
    stand in the formulas and that no text can write.
    """

    call: str
    value: PrintedFormula
    inputs: Mapping[str, Shape]
    output: Shape
    partials: tuple[Partial, ...]
    terms: tuple[Row, ...]
    steps: tuple[tuple[str, PrintedFormula], ...] = ()


class _Names:
    """Nodes with the names that they are printed by."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self._symbols: dict[int, Sym] = {}
        for name, node in nodes.items():
            self.name(node, name)

    def name(self, node: Node, name: str) -> None:
        role: Role = "partial" if TABLE[node.op].marks_partial else "value"
        if name == CONDITION:
            role = CONDITION
        self._symbols[node.id] = Sym(name, role, node.id, node.shape)

    def formula(self, node: Node) -> Formula:
        """The node's name, or its formula in named nodes."""
        return FromGraph(lambda each: self._symbols.get(each.id)).of(node)

    def terms(self, node: Node) -> list[Row]:
        """The rows that stand in the formula of a node and that no text can write."""
        open_nodes, seen, found = [node], {node.id}, []
        while open_nodes:
            part = open_nodes.pop()
            row = TABLE[part.op]
            if part.id in self._symbols:
                continue
            if row.samples and not row.example and not row.transparent:
                found.append(row)
            for parent in part.nodes:
                if parent.id not in seen:
                    seen.add(parent.id)
                    open_nodes.append(parent)
        return found


def _printed(formula: Formula) -> PrintedFormula:
    return PrintedFormula(latex(formula), latex(formula, coloured=True), text(formula), formula)


def _times_g(local: Formula) -> Formula:
    """The incoming partial times a local derivative."""
    g = Sym(G, "partial")
    if local is ONE or local is Neg(ONE):
        return g if local is ONE else Neg(g)
    return times(g, local)


def named(given: Sequence[str], count: int) -> list[str]:
    """Names of a row's inputs: those in `given`, then letters."""
    return [*given, *"abcd"[len(given) :]][:count]


def of_row(row: Row, names: Sequence[str]) -> tuple[Form, ...]:
    """The forms of a row's rule on its samples' shapes, without repetitions.

    `names` are the inputs', continued by letters. An elementwise row has one form.
    """
    forms: dict[tuple[str, ...], Form] = {}
    first, *others = row.samples
    if row.elementwise:
        others = []
    for sample in (first, *(each for each in others if any(each.shapes))):
        form = _of_sample(row, sample, names)
        forms.setdefault(_skeleton(form), form)
    return tuple(forms.values())[:MOST_FORMS]


def _skeleton(form: Form) -> tuple[str, ...]:
    """The text of its partials without sizes, axes and numbers."""
    return tuple(
        latex(mapped(part.formula.formula, _without_sizes)) if part.formula else ""
        for part in form.partials
    )


def _without_sizes(part: Formula) -> Formula:
    match part:
        case Num():
            return ONE
        case At(value):
            return At(value, ())
        case Call("reshape", (inside,)):
            return inside
        case Call(name, args, options):
            kept = ((key, () if isinstance(each, tuple) else 0) for key, each in options)
            return Call(name, args, tuple(each for each in kept if each[0] != "axis"))
        case Op("multiply", args) if ONE in args:
            return multiply(*(each for each in args if each is not ONE))
    return part


def _of_sample(row: Row, sample: Sample, given: Sequence[str]) -> Form:
    graph = Graph(TABLE)
    names = named(given, len(sample.shapes))
    leaves = {
        name: graph.apply("leaf", name=name, role="input", shape=shape)
        for name, shape in zip(names, sample.shapes, strict=True)
    }
    node = graph.apply(row.name, *leaves.values(), **sample.params)
    graph.seal(simplify)
    call = row.notation.text(*names, **sample.params)
    return _form(call, node, [node], leaves, _Names(leaves))


def of_definition(definition: Definition, call: str) -> Form:
    """The form of an example's value, in which values that are read twice have a name.

    `call` is the expression of the value.
    """
    graph, node = definition.graph, value(definition)
    graph.seal(simplify)
    members = [each for each in ancestors([node]) if not TABLE[each.op].leaf]
    leaves = {leaf.name.rpartition(".")[2]: leaf.node for leaf in definition.leaves}
    names = _Names(leaves)
    steps, terms = [], []
    for name, step in _steps(definition, members, node):
        steps.append((name, _printed(names.formula(step))))
        terms += names.terms(step)
        names.name(step, name)
    form = _form(call, node, members, leaves, names)
    return replace(form, steps=tuple(steps), terms=(*terms, *form.terms))


def _steps(
    definition: Definition, members: Sequence[Node], out: Node
) -> Iterable[tuple[str, Node]]:
    """Values that several operations read, and those the text names, but the last."""
    read: dict[int, int] = {}
    for member in members:
        for parent in member.nodes:
            read[parent.id] = read.get(parent.id, 0) + 1
    named = {given[-1].node.id: name for name, given in definition.names.items()}
    steps = [
        member
        for member in members
        if member is not out and (member.id in named or read.get(member.id, 0) > 1)
    ]
    free = [step for step in steps if step.id not in named]
    for step in steps:
        number = f"_{free.index(step) + 1}" if len(free) > 1 else ""
        yield named.get(step.id, f"s{number}"), step


def _form(
    call: str,
    node: Node,
    members: Sequence[Node],
    leaves: Mapping[str, Node],
    names: _Names,
) -> Form:
    graph = node.graph
    scalar = len(members) == 1 and all(leaf.shape == () for leaf in (*leaves.values(), node))
    written, terms = _printed(names.formula(node)), names.terms(node)
    names.name(node, OUT)
    if scalar:
        seed = graph.constant(literal(1))
    else:
        seed = graph.apply("seed", name=G, shape=node.shape)
        names.name(seed, G)
    found = backward(node, members, TABLE, seed)
    partials = tuple(_partial(name, leaf, found, names, scalar) for name, leaf in leaves.items())
    for partial, leaf in zip(partials, leaves.values(), strict=True):
        adjoint = found.adjoints.get(leaf.id)
        if partial.formula is not None and adjoint is not None:
            terms += names.terms(adjoint)
    shapes = {name: leaf.shape for name, leaf in leaves.items()}
    return Form(call, written, shapes, node.shape, partials, tuple(terms))


def _partial(name: str, leaf: Node, found: Backward, names: _Names, scalar: bool) -> Partial:
    adjoint = found.adjoints.get(leaf.id)
    if adjoint is None:
        reasons = [part.reason for part in found.contributions.get(leaf.id, ()) if part.reason]
        return Partial(name, None, reasons[0] if reasons else NOT_FOLLOWED)
    formula = names.formula(adjoint)
    written = _printed(_times_g(formula) if scalar else formula)
    if len(written.latex) > LONGEST:
        return Partial(name, None, TOO_LONG)
    return Partial(name, written, None)
