"""Writes the formulas of a derivation: partials, local derivatives, the tidy form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from backstep.binding.valid_formulas import InForce, Mend
from backstep.derivation.lines import Step, plain
from backstep.errors import FormulaTooLarge
from backstep.evaluate.numeric import GraphValues
from backstep.formula.board import brief
from backstep.formula.matrix import Forms
from backstep.formula.operations import FromGraph
from backstep.formula.tree import ZERO, Deriv, Figure, Formula, Mat, Sym, replaced, times, walk
from backstep.formula.tree import symbols as symbols_in
from backstep.graph.node import Node
from backstep.lang.compile.definition import Definition
from backstep.limits import LIMITS
from backstep.notation.symbols import Symbols

LONGEST = 220
"""Characters of LaTeX past which a partial found on the way is not put in again."""
_VECTOR = 6
"""Elements that are written out as figures in brackets."""


class FormulaWriter:
    """Writes the nodes of one definition, with the numbers in force."""

    def __init__(
        self,
        definition: Definition,
        symbols: Symbols,
        numbers: GraphValues,
        seeds: Mapping[int, Node],
        parts: Sequence[Node] = (),
    ) -> None:
        """`seeds` are the nodes that stand for a partial, by the id of what it is a partial of.

        `parts` have no name and are called by their numbers, v₁₂, until the answer is written out.
        """
        self.definition = definition
        self.symbols = symbols
        self.numbers = numbers
        nodes = definition.graph.nodes
        called = {node.id: symbols.formula(node) for node in parts}
        self._names: dict[int, Formula] = {**symbols.formulas, **called}
        self._named = FromGraph(lambda node: self._names.get(node.id))
        self._partials: dict[Formula, int] = {self.partial(nodes[key]): key for key in seeds}
        self._parts: dict[Formula, Formula] = {
            called[node.id]: symbols.trees.of(node) for node in parts
        }
        # What a partial is by keeps its number.
        self._parts |= {each: each for each in self._partials}
        holes = {seed.id: self.partial(nodes[key]) for key, seed in seeds.items()}
        self._tidy = Forms(definition)
        self._in_partials = Forms(definition, {**called, **holes})
        self._known: dict[Formula, Formula] = {}
        self._answers: dict[Formula, Formula] = {}
        self._lengths: dict[Formula, int] = {}

    def length(self, formula: Formula) -> int:
        """How many characters of LaTeX a formula has."""
        if formula not in self._lengths:
            self._lengths[formula] = len(self.symbols.in_latex(formula))
        return self._lengths[formula]

    def partial(self, node: Node) -> Deriv:
        """∂L/∂z."""
        return self.symbols.derivative(self.symbols.loss, node)

    def _form(
        self,
        forms: Forms,
        node: Node,
        at: tuple[int, ...] | None = None,
        mend: Mend | None = None,
    ) -> Formula | None:
        """A tidy form; None where it is too large."""
        try:
            found, _ = forms.made(node, at=at, mend=mend)
        except FormulaTooLarge:
            return None
        return found if self.length(found) <= LIMITS.latex_characters else None

    def tidy(
        self, node: Node | None, units: Sequence[Node] = (), at: tuple[int, ...] | None = None
    ) -> Step | None:
        """The tidy form, the one that is shown as an answer; None where it is too large.

        `units` are named nodes that are held to add up to 1; `at` is the element that is asked for.
        """
        if node is None:
            return plain(ZERO)
        forms = Forms(self.definition, units=units) if units else self._tidy
        mend = InForce(lambda: self.numbers, forms).mend(node, at)
        found = self._form(forms, node, at, mend)
        return None if found is None else plain(found)

    def zero(self, node: Node) -> Step:
        """The partial by a node that nothing comes back to."""
        return plain(self._tidy.zero(node.shape).tree)

    def in_parts(self, node: Node) -> Step | None:
        """The tidy form with the names that parts were given."""
        found = self._form(self._in_partials, node)
        return None if found is None else Step(found, self.whole(found))

    def with_partials(self, node: Node) -> Step | None:
        """The tidy form in terms of partials found before, which are read as their formulas."""
        found = self._form(self._in_partials, node)
        if found is None:
            return None
        whole = self.whole(found)
        held = [part for part in walk(whole) if part in self._partials]
        said = replaced(whole, self._known) if self._known.keys() >= set(held) else None
        calls = {part: self._called(part) for part in held}
        by_name = {part: call for part, call in calls.items() if call is not None}
        answer = replaced(whole, by_name) if by_name.keys() == calls.keys() else None
        return Step(found, said, answer)

    def whole(self, formula: Formula) -> Formula:
        """The formula with parts that have a number alone as what they are computed by."""
        return replaced(formula, self._parts)

    def found(self, node: Node, step: Step) -> None:
        """Keep a partial's formula, to read those that hold it."""
        if step.said is not None:
            self._known[self.partial(node)] = step.said

    def passed(self, node: Node, step: Step | None) -> None:
        """Keep what a partial is in terms of others, for answers that hold one without a name."""
        if step is not None and step.answer is not None:
            self._answers[self.partial(node)] = step.answer

    def knows(self, node: Node) -> bool:
        """Whether a partial's formula was found and kept."""
        return self.partial(node) in self._known

    def _called(self, partial: Formula) -> Formula | None:
        """A partial's name in an answer, or its formula where it has none."""
        version = self.symbols.names.get(self._partials[partial])
        if version is None or not version.name.isidentifier():
            return self._known.get(partial) or self._answers.get(partial)
        given = self.definition.names[version.name]
        last = given[-1] is version
        name = f"delta_{version.name}" + ("" if last else f"_{version.index}")
        while name in self.definition.names:
            name += "_"
        return Sym(name, "partial", size=partial.shape)

    def raw(self, node: Node, without: Iterable[Node] = ()) -> Step:
        """The formula as the rule gives it, before it is tidied; some names written out."""
        hidden = {each.id for each in without}
        formulas = self._named
        if hidden:
            named = {key: each for key, each in self._names.items() if key not in hidden}
            formulas = FromGraph(lambda each: named.get(each.id))
        found = brief(formulas.of(node))
        return Step(found, self.whole(found))

    def own(self, node: Node) -> Formula:
        """What a node is computed by: the right side of its statement."""
        return brief(self._named.own(node))

    def value(self, node: Node | None) -> float | None:
        """A node's number; None of a tensor."""
        if node is None:
            return 0.0
        array = self.numbers.value(node)
        return float(array) if array.shape == () else None

    def figured(self, node: Node) -> Formula | None:
        """The rule's formula with figures in the place of names; None where a tensor is read."""
        found = brief(self.symbols.trees.of(node))
        known: dict[Formula, Formula] = {}
        for each in symbols_in(found):
            if each.node is None:
                continue
            array = self.numbers.value(self.symbols.names[each.node].node)
            if array.shape != ():
                return None
            known[each] = Figure(float(array), "value")
        return replaced(found, known) if known and found not in known else None

    def partial_figure(self, node: Node) -> tuple[Formula, ...]:
        """The partial of the loss in figures: a number, or a short vector; else nothing."""
        array = self.numbers.partial(node)
        if array.shape == ():
            return (Figure(float(array), "partial"),)
        if len(array.shape) != 1 or array.size > _VECTOR:
            return ()
        return (Mat(tuple(Figure(float(each), "partial") for each in array)),)


def product_of_figures(values: Iterable[float]) -> Formula:
    """Figures with dots between them."""
    return times(*(Figure(value, "value") for value in values))
