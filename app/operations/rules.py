"""Rules as a reader sees them: each is called on named inputs and a named partial, and printed.

So what is shown is what is computed; nothing is written here of any operation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.calculus.reverse import Backward, backward
from app.calculus.rewrite import simplify
from app.graph.graph import Graph
from app.graph.node import Node, literal
from app.graph.shape import Shape
from app.graph.walk import ancestors
from app.lang.definition import Definition
from app.lang.display import latex_name
from app.operations.examples import OUT, value
from app.ops import TABLE, Row
from app.ops.row import ATOM, PRODUCT, SUM, Sample
from app.render.latex import LATEX, TEXT, Printed, Style, formula

G = "g"
"""What the incoming partial is called."""
LONGEST = 260
"""Characters of LaTeX that are still read as one formula."""

MOST_FORMS = 4
"""Past this many shapes of inputs a rule has been understood."""

_SIZES = re.compile(
    r"_\{\\text\{axis \}-?\d+\}|\\frac\{\d+\}\{\d+\} \\, |\\left\(|\\right\)|[\d:, ]+"
)

TOO_LONG = "too long for one line; the example shows it step by step"
NOT_FOLLOWED = "no partial flows back to it"


@dataclass(frozen=True, slots=True)
class Written:
    """A formula in both notations."""

    latex: str
    text: str


@dataclass(frozen=True, slots=True)
class Partial:
    """What a rule sends back to one input; None where that is nothing, for `reason`."""

    name: str
    formula: Written | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Form:
    """An operation on inputs of certain shapes: its formula, and its partials there.

    `steps` are the intermediate values that the formulas name, in order.
    """

    value: Written
    inputs: Mapping[str, Shape]
    output: Shape
    partials: tuple[Partial, ...]
    steps: tuple[tuple[str, Written], ...] = ()


class _Names:
    """Nodes by the names they are printed with, in both notations."""

    def __init__(self) -> None:
        self.latex: dict[int, Printed] = {}
        self.text: dict[int, Printed] = {}

    def name(self, node: Node, name: str) -> None:
        self.latex[node.id] = Printed(latex_name(name), ATOM)
        self.text[node.id] = Printed(name, ATOM)

    def forget(self, node: Node) -> None:
        self.latex.pop(node.id, None)
        self.text.pop(node.id, None)

    def written(self, node: Node) -> Written:
        """The node as its name, or written out until named nodes."""
        return Written(_printed(node, self.latex, LATEX).text, _printed(node, self.text, TEXT).text)

    def times_g(self, local: Node) -> Written:
        """The incoming partial times a local derivative."""
        latex = _printed(local, self.latex, LATEX)
        if latex.text in ("1", "-1"):
            signed = latex.text.replace("1", G)
            return Written(signed, signed)
        text = _printed(local, self.text, TEXT)
        return Written(rf"{G} \cdot {_factor(latex, LATEX)}", f"{G}*{_factor(text, TEXT)}")


def _printed(node: Node, names: Mapping[int, Printed], style: Style) -> Printed:
    return names[node.id] if node.id in names else formula(node, names, style)


def _factor(printed: Printed, style: Style) -> str:
    alone = printed.precedence > SUM and not printed.text.startswith("-")
    if style is TEXT:
        alone = alone and printed.precedence > PRODUCT
    return printed.text if alone else style.brackets(printed.text)


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
    named = [*given, *"abcd"[len(given) :]] if len(given) < len(sample.shapes) else given
    leaves = {
        name: graph.apply("leaf", name=name, role="input", shape=shape)
        for name, shape in zip(named, sample.shapes, strict=False)
    }
    node = graph.apply(row.name, *leaves.values(), **sample.params)
    graph.seal(simplify)
    names = _Names()
    for name, leaf in leaves.items():
        names.name(leaf, name)
    return _form(node, [node], leaves, names)


def of_definition(definition: Definition) -> Form:
    """An example's value in terms of all that it is made of, values read twice by a name."""
    graph, node = definition.graph, value(definition)
    graph.seal(simplify)
    members = [each for each in ancestors([node]) if not TABLE[each.op].leaf]
    leaves = {leaf.name.rpartition(".")[2]: leaf.node for leaf in definition.leaves}
    names = _Names()
    for name, leaf in leaves.items():
        names.name(leaf, name)
    steps = []
    for name, step in _steps(definition, members, node):
        steps.append((name, names.written(step)))
        names.name(step, name)
    form = _form(node, members, leaves, names)
    return Form(form.value, form.inputs, form.output, form.partials, tuple(steps))


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


def _form(node: Node, members: Sequence[Node], leaves: Mapping[str, Node], names: _Names) -> Form:
    graph = node.graph
    scalar = len(members) == 1 and all(leaf.shape == () for leaf in (*leaves.values(), node))
    written = names.written(node)
    names.name(node, OUT)
    if scalar:
        seed = graph.constant(literal(1))
    else:
        seed = graph.apply("seed", name=G, shape=node.shape)
        names.name(seed, G)
    found = backward(node, members, TABLE, seed)
    partials = tuple(_partial(name, leaf, found, names, scalar) for name, leaf in leaves.items())
    shapes = {name: leaf.shape for name, leaf in leaves.items()}
    return Form(written, shapes, node.shape, partials)


def _partial(name: str, leaf: Node, found: Backward, names: _Names, scalar: bool) -> Partial:
    adjoint = found.adjoints.get(leaf.id)
    if adjoint is None:
        reasons = [part.reason for part in found.contributions.get(leaf.id, ()) if part.reason]
        return Partial(name, None, reasons[0] if reasons else NOT_FOLLOWED)
    written = names.times_g(adjoint) if scalar else names.written(adjoint)
    if len(written.latex) > LONGEST:
        return Partial(name, None, TOO_LONG)
    return Partial(name, written, None)
