"""Rules as a reader sees them: each is called on named inputs and a named partial, and printed.

So what is shown is what is computed; nothing is written here of any operation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from backstep.autodiff.reverse import Backward, backward
from backstep.graph.graph import Graph
from backstep.graph.node import Node, literal
from backstep.graph.order import ancestors
from backstep.graph.shape import Shape
from backstep.lang.compile.definition import Definition
from backstep.lang.syntax.display import latex_name
from backstep.notation.latex import LATEX, TEXT, Printed, Style, formula
from backstep.notation.symbols import PARTIAL, VALUE
from backstep.operations.examples import OUT, value
from backstep.ops import TABLE, Row
from backstep.ops.row import ATOM, PRODUCT, SUM, Sample
from backstep.simplify.rewrite import simplify

G = "g"
"""What the incoming partial is called."""
LONGEST = 1200
"""Characters of LaTeX that are still read as one formula."""

MOST_FORMS = 4
"""Past this many shapes of inputs a rule has been understood."""

_SIZES = re.compile(
    r"_\{\\text\{axis \}-?\d+\}|\\frac\{\d+\}\{\d+\} \\, |\\left\(|\\right\)|[\d:, ]+"
)

TOO_LONG = "too long for one line; the example shows it step by step"
NOT_FOLLOWED = "no partial flows back to it"


@dataclass(frozen=True, slots=True)
class PrintedFormula:
    """A formula in both notations; `display` is the LaTeX with the page's colour macros."""

    latex: str
    display: str
    text: str


@dataclass(frozen=True, slots=True)
class Partial:
    """What a rule sends back to one input; None where that is nothing, for `reason`."""

    name: str
    formula: PrintedFormula | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Form:
    """An operation on inputs of certain shapes: how it is typed, its formula and its partials.

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
    """Nodes by the names they are printed with, in both notations."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self.latex: dict[int, Printed] = {}
        self.coloured: dict[int, Printed] = {}
        self.text: dict[int, Printed] = {}
        for name, node in nodes.items():
            self.name(node, name)

    def name(self, node: Node, name: str) -> None:
        colour = PARTIAL if TABLE[node.op].marks_partial else VALUE
        self.latex[node.id] = Printed(latex_name(name), ATOM)
        self.coloured[node.id] = Printed(rf"{colour}{{{latex_name(name)}}}", ATOM)
        self.text[node.id] = Printed(name, ATOM)

    def written(self, node: Node) -> PrintedFormula:
        """The node as its name, or written out until named nodes."""
        return PrintedFormula(
            _printed(node, self.latex, LATEX).text,
            _printed(node, self.coloured, LATEX).text,
            _printed(node, self.text, TEXT).text,
        )

    def terms(self, node: Node) -> list[Row]:
        """The rows that stand in the formula of a node and that no text can write."""
        open_nodes, seen, found = [node], {node.id}, []
        while open_nodes:
            part = open_nodes.pop()
            row = TABLE[part.op]
            if part.id in self.latex:
                continue
            if row.samples and not row.example and not row.transparent:
                found.append(row)
            for parent in part.nodes:
                if parent.id not in seen:
                    seen.add(parent.id)
                    open_nodes.append(parent)
        return found

    def times_g(self, local: Node) -> PrintedFormula:
        """The incoming partial times a local derivative."""
        latex = _printed(local, self.latex, LATEX)
        coloured = _printed(local, self.coloured, LATEX)
        text = _printed(local, self.text, TEXT)
        g = rf"{PARTIAL}{{{G}}}"
        if latex.text in ("1", "-1"):
            sign = latex.text.removesuffix("1")
            return PrintedFormula(sign + G, sign + g, sign + G)
        return PrintedFormula(
            rf"{G} \cdot {_factor(latex, LATEX)}",
            rf"{g} \cdot {_factor(Printed(coloured.text, latex.precedence), LATEX)}",
            f"{G}*{_factor(text, TEXT)}",
        )


def _printed(node: Node, names: Mapping[int, Printed], style: Style) -> Printed:
    return names[node.id] if node.id in names else formula(node, names, style)


def _factor(printed: Printed, style: Style) -> str:
    alone = printed.precedence > SUM and not printed.text.startswith("-")
    if style is TEXT:
        alone = alone and printed.precedence > PRODUCT
    return printed.text if alone else style.brackets(printed.text)


def named(given: Sequence[str], count: int) -> list[str]:
    """Names of a row's inputs: those given, and letters for what is past them."""
    return [*given, *"abcd"[len(given) :]][:count]


def of_row(row: Row, names: Sequence[str]) -> tuple[Form, ...]:
    """The forms that a row's rule takes on its samples' shapes; those that read alike once.

    `names` are the inputs'; letters stand for those past them. An elementwise row has one form.
    """
    forms: dict[str, Form] = {}
    first, *others = row.samples
    if row.elementwise:
        others = []
    for sample in (first, *(each for each in others if any(each.shapes))):
        form = _of_sample(row, sample, names)
        forms.setdefault(_skeleton(form), form)
    return tuple(forms.values())[:MOST_FORMS]


def _skeleton(form: Form) -> str:
    """What of its partials is left when sizes, axes and brackets are taken out."""
    formulas = [part.formula.latex if part.formula else "" for part in form.partials]
    return _SIZES.sub("", "|".join(formulas))


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
    """An example's value in terms of all that it is made of, values read twice by a name.

    `call` is the expression that gives the value.
    """
    graph, node = definition.graph, value(definition)
    graph.seal(simplify)
    members = [each for each in ancestors([node]) if not TABLE[each.op].leaf]
    leaves = {leaf.name.rpartition(".")[2]: leaf.node for leaf in definition.leaves}
    names = _Names(leaves)
    steps, terms = [], []
    for name, step in _steps(definition, members, node):
        steps.append((name, names.written(step)))
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
    written, terms = names.written(node), names.terms(node)
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
    written = names.times_g(adjoint) if scalar else names.written(adjoint)
    if len(written.latex) > LONGEST:
        return Partial(name, None, TOO_LONG)
    return Partial(name, written, None)
