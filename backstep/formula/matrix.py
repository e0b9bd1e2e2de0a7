"""Matrix formulas of nodes in the user's names: text that the language reads back, and LaTeX.

What is printed is the tidy form of `simplify/tidy`. Nothing is derived here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from backstep.errors import Diagnostic, FormulaTooLarge
from backstep.formula import tree
from backstep.formula.latex import written
from backstep.formula.notation import Setter
from backstep.formula.operations import FromGraph, applied
from backstep.formula.symbols import symbols
from backstep.formula.text import Writer
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import Shape
from backstep.lang.compile.definition import Definition
from backstep.limits import LIMITS
from backstep.simplify.tidy import MOST_COUNTED, Tidy, counted_sizes, operations


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as text and as LaTeX: plain, in colour, with the shape under each symbol, both."""

    text: str
    latex: str
    display: str
    latex_shapes: str
    display_shapes: str
    shape: Shape
    operations: int
    tree: tree.Formula


class Forms:
    """Formulas of one definition's nodes; `holes` gives nodes formulas of their own, by id.

    `units` are named nodes whose last axis is to add up to 1, `symmetric` matrices that are to be
    their own transposes. Unless they are `free`, formulas have
    no value where a part of the text overflows on the way to it. `wholes` are other nodes that
    named nodes, by their ids, are known by as well. The loss is a symbol if it is `loss_named`.
    """

    def __init__(
        self,
        definition: Definition,
        holes: Mapping[int, tree.Formula] | None = None,
        units: Iterable[Node] = (),
        symmetric: Iterable[Node] = (),
        free: bool = True,
        wholes: Mapping[int, Node] | None = None,
        loss_named: bool = False,
    ) -> None:
        self.loss = definition.loss
        self._holes = dict(holes or {})
        self._symbols = symbols(definition)
        self._read: set[int] = set()
        graph = definition.graph
        # ∂L/∂w in terms of L would say nothing, save where it is asked for.
        nodes = [
            version.node
            for versions in definition.names.values()
            for version in versions
            if loss_named or version.node is not definition.loss or not version.node.nodes
        ]
        nodes += [graph.nodes[key] for key in self._holes if key not in self._symbols]
        sizes = counted_sizes(graph.nodes[: graph.forward_count])
        self.tidy = Tidy(nodes, sizes, free=free)
        for node in units:
            self.tidy.held_to_add_up(node)
        for node in symmetric:
            self.tidy.held_symmetric(node)
        self.trees = FromGraph(self._symbol)
        """Formulas of tidy nodes, not printed yet."""
        self._texts = Writer()
        names = definition.names
        self._plain, self._with_shapes = Setter(names=names), Setter(shapes=True, names=names)
        for node in nodes:
            if node.id in self._symbols:
                self.tidy.name(node)
                if wholes and node.id in wholes:
                    self.tidy.known_as(node, wholes[node.id])

    def formula(
        self,
        node: Node,
        whole: bool = False,
        most: int | None = None,
        typed: bool = False,
        at: tuple[int, ...] | None = None,
        mend: Callable[[Operand], Operand] | None = None,
    ) -> Formula:
        """The node's formula; `whole`: of a node that has a name, what it is computed by, and if
        `typed` by the very operations of the text.

        `at` is the element that is asked for, of a node of its whole shape; `mend` changes the tidy
        form that is printed.
        Raises FormulaTooLarge where it would be too long to be read, or, where `most` is given,
        has more operations than that.
        """
        found, count = self.made(node, whole, most, typed, at, mend)
        printed = self.printed(found, node.shape if at is None else (), count)
        if most is None and max(len(printed.text), len(printed.latex)) > LIMITS.latex_characters:
            raise _too_large(count)
        return printed

    def made(
        self,
        node: Node,
        whole: bool = False,
        most: int | None = None,
        typed: bool = False,
        at: tuple[int, ...] | None = None,
        mend: Callable[[Operand], Operand] | None = None,
    ) -> tuple[tree.Formula, int]:
        """The same before it is printed, and how many operations it has.

        Raises FormulaTooLarge.
        """
        if typed:
            operand = self.tidy.typed(node)
        else:
            operand = self.tidy.of(node, whole) if at is None else self.tidy.element(node, at)
        operand = operand if mend is None else mend(operand)
        count = operations(operand)
        # An operation takes two characters at least.
        if count > (LIMITS.latex_characters // 2 if most is None else most):
            raise _too_large(count)
        return self.trees.of(operand), count

    def zero(self, shape: Shape) -> Formula:
        """The formula of a partial that is 0 everywhere."""
        nothing = applied("zeros", shape=shape) if shape else tree.number(Fraction(0))
        return self.printed(nothing, shape, 0)

    def is_plain(self, node: Node) -> bool:
        """Whether what the node is computed by is a symbol or a number, and needs no other."""
        made = self.tidy.of(node, whole=True)
        return isinstance(made, Literal) or not made.nodes

    @property
    def read(self) -> list[str]:
        """The definition's names that formulas printed so far hold, in the text's order."""
        named = sorted(self._read & self._symbols.keys())
        return [self._texts.write(self._symbols[key]) for key in named]

    @property
    def relied(self) -> list[str]:
        """The `units` without which forms made so far would be others, in the text's order."""
        return self._named(self.tidy.kept.relied - self.tidy.kept.symmetric.keys())

    @property
    def relied_symmetric(self) -> list[str]:
        """The same of the matrices that are held to be symmetric."""
        return self._named(self.tidy.kept.relied & self.tidy.kept.symmetric.keys())

    def _named(self, leaves: Iterable[int]) -> list[str]:
        named = sorted(self.tidy.origin[key].id for key in leaves)
        return [self._texts.write(self._symbols[key]) for key in named]

    def note_read(self, other: Forms) -> None:
        """Count what formulas of the same definition hold that others have printed."""
        self._read |= other._read

    def printed(self, formula: tree.Formula, shape: Shape, count: int) -> Formula:
        """A formula of a value of this shape, of so many operations, in all notations."""
        box, shapes = self._plain.boxed(formula), self._with_shapes.boxed(formula)
        return Formula(
            self._texts.write(formula),
            written(box),
            written(box, coloured=True),
            written(shapes),
            written(shapes, coloured=True),
            shape,
            count,
            formula,
        )

    def _symbol(self, leaf: Node) -> tree.Formula | None:
        origin = self.tidy.origin.get(leaf.id)
        if origin is None:
            return None
        self._read.add(origin.id)
        hole = self._holes.get(origin.id)
        return self._symbols[origin.id] if hole is None else hole


def _too_large(count: int) -> FormulaTooLarge:
    spelled = f"{count:,}" if count < MOST_COUNTED else f"more than {MOST_COUNTED:,}"
    return FormulaTooLarge(
        Diagnostic(
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
