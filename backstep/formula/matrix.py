"""Matrix formulas of nodes in the user's names: text that the language reads back, and LaTeX.

What is printed is the tidy form of `calculus/tidy`. Nothing is derived here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from backstep.errors import Fault, FormulaTooLarge
from backstep.formula.latex import Printed
from backstep.formula.matrix_writer import Style, Writer
from backstep.formula.spelling import dimensions, version_name
from backstep.formula.symbols import VALUE, Symbols
from backstep.graph.node import Literal, Node
from backstep.graph.shape import Shape
from backstep.lang.compile.definition import Definition
from backstep.limits import LIMITS
from backstep.ops.row import ATOM, POWER
from backstep.simplify.tidy import MOST_COUNTED, Tidy, counted_sizes, operations


@dataclass(frozen=True, slots=True)
class Hole:
    """A symbol that stands for a node: in the language, as LaTeX, as LaTeX in colour."""

    text: str
    latex: str
    display: str


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as text and as LaTeX: plain, in colour, with the shape under each symbol."""

    text: str
    latex: str
    display: str
    latex_shapes: str
    shape: Shape
    operations: int


class Forms:
    """Formulas of one definition's nodes; `holes` gives nodes symbols of their own, by id.

    `units` are named nodes whose last axis is to add up to 1.
    """

    def __init__(
        self,
        definition: Definition,
        symbols: Symbols,
        holes: Mapping[int, Hole] | None = None,
        units: Iterable[Node] = (),
    ) -> None:
        self._holes = dict(holes or {})
        self._symbols = symbols
        self._read: set[int] = set()
        graph = definition.graph
        named = {
            version.node.id: (version, version is given[-1])
            for given in definition.names.values()
            for version in given
        }
        self._texts = {
            key: version_name(version.name, None if latest else version.index)
            for key, (version, latest) in named.items()
        }
        # ∂L/∂w in terms of L would say nothing: the loss has a name only where it is a leaf.
        nodes = [
            version.node
            for version, _ in named.values()
            if version.node is not definition.loss or not version.node.nodes
        ]
        nodes += [graph.nodes[key] for key in self._holes if key not in named]
        self.tidy = Tidy(nodes, counted_sizes(graph.nodes[: graph.forward]))
        for node in units:
            self.tidy.adds_up(node)
        self._writers = [
            Writer(self._style(kind))
            for kind in (_text_symbol, _latex_symbol, _display_symbol, _shape_symbol)
        ]
        for node in nodes:
            if node.id in named:
                self.tidy.name(node)

    def formula(
        self,
        node: Node,
        whole: bool = False,
        most: int | None = None,
        typed: bool = False,
        at: tuple[int, ...] | None = None,
    ) -> Formula:
        """The node's formula; `whole`: of a node that has a name, what it is computed by, and if
        `typed` by the very operations of the text.

        `at` is the element that is asked for, of a node of its whole shape.
        Raises FormulaTooLarge where it would be too long to be read, or, where `most` is given,
        has more operations than that.
        """
        if typed:
            operand = self.tidy.typed(node)
        else:
            operand = self.tidy.of(node, whole) if at is None else self.tidy.element(node, at)
        count = operations(operand)
        # An operation takes two characters at least.
        if count > (LIMITS.latex_characters // 2 if most is None else most):
            raise _too_large(count)
        text, latex, display, shapes = (writer.write(operand) for writer in self._writers)
        if most is None and max(len(text), len(latex)) > LIMITS.latex_characters:
            raise _too_large(count)
        return Formula(text, latex, display, shapes, node.shape if at is None else (), count)

    def zero(self, shape: Shape) -> Formula:
        """The formula of a partial that is 0 everywhere."""
        if not shape:
            return Formula("0", "0", "0", "0", shape, 0)
        latex = r"\mathbf{0}"
        return Formula(f"zeros({', '.join(map(str, shape))})", latex, latex, latex, shape, 0)

    def is_plain(self, node: Node) -> bool:
        """Whether what the node is computed by is a symbol or a number, and needs no other."""
        made = self.tidy.of(node, whole=True)
        return isinstance(made, Literal) or not made.nodes

    @property
    def read(self) -> list[str]:
        """The definition's names that formulas printed so far hold, in the text's order."""
        return [self._texts[key] for key in sorted(self._read & self._texts.keys())]

    def _style(self, kind: Callable[[Forms, Node], Printed]) -> Style:
        latex = kind is not _text_symbol
        return Style(lambda leaf: kind(self, self.tidy.origin[leaf.id]), latex)


def _too_large(count: int) -> FormulaTooLarge:
    spelled = f"{count:,}" if count < MOST_COUNTED else f"more than {MOST_COUNTED:,}"
    return FormulaTooLarge(
        Fault(
            "formula_too_large",
            f"written out, one formula has {spelled} operations, too many to be read",
            "ask for the form 'shared', where each intermediate result stands once",
        ),
        details={
            "limit": "latex_characters",
            "operations": count,
            "allowed": LIMITS.latex_characters,
        },
    )


def _text_symbol(forms: Forms, node: Node) -> Printed:
    forms._read.add(node.id)
    hole = forms._holes.get(node.id)
    return Printed(forms._texts[node.id] if hole is None else hole.text, ATOM)


def _latex_symbol(forms: Forms, node: Node) -> Printed:
    hole = forms._holes.get(node.id)
    return forms._symbols.latex[node.id] if hole is None else _set(hole.latex)


def _set(latex: str) -> Printed:
    """The sign of a hole: a fraction, as ∂L/∂z is, is raised and turned in brackets."""
    return Printed(latex, POWER if r"\frac" in latex else ATOM)


def _display_symbol(forms: Forms, node: Node) -> Printed:
    hole = forms._holes.get(node.id)
    if hole is not None:
        return _set(hole.display)
    plain = forms._symbols.latex[node.id]
    return Printed(rf"{VALUE}{{{plain.text}}}", plain.precedence)


def _shape_symbol(forms: Forms, node: Node) -> Printed:
    plain = _latex_symbol(forms, node)
    return _underset(plain, node.shape)


def _underset(plain: Printed, shape: Shape) -> Printed:
    if not shape:
        return plain
    return Printed(rf"\underset{{{dimensions(shape)}}}{{{plain.text}}}", ATOM)
