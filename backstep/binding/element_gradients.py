"""Exact partials by single elements, each operation on scalars shared by all that read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from backstep.autodiff.element_table import ElementTable, element_table
from backstep.autodiff.scalarise import element_names
from backstep.binding.bind import BoundModel
from backstep.errors import Diagnostic, FormulaTooLarge, RequestError
from backstep.formula.elements import at
from backstep.formula.operations import FromGraph
from backstep.formula.symbols import symbols
from backstep.formula.text import text_or_none
from backstep.formula.tree import Formula, Sym
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.order import ancestors, uses
from backstep.limits import LIMITS
from backstep.symbolic.targets import Target, target_for


@dataclass(frozen=True, slots=True)
class ElementPartial:
    """The loss's partial by one element, in the language. Prints line by line."""

    name: str
    """Such as `W[0, 2]`."""
    text: str
    """In the names of the definition, their elements, and those of `definitions`."""
    definitions: tuple[tuple[str, str], ...]
    """What `text` or a later one reads several times: a name and a formula each, in order."""

    def __str__(self) -> str:
        return "\n".join([*(f"{name} = {text}" for name, text in self.definitions), self.text])


class ElementGradients(Mapping[str, ElementPartial]):
    """The loss's partials by every element of some names: `found["W[0, 2]"]`.

    All are there as operations on scalars, which are written out when a partial is read. Raises
    LimitError, before any is made, past the limit on scalar nodes. Reading raises RequestError for
    an unknown name or element, FormulaTooLarge.
    """

    def __init__(self, prepared: BoundModel, targets: Sequence[Target]) -> None:
        self._prepared, self._targets = prepared, targets
        self._adjoints = prepared.model.back.adjoints
        partials = [self._adjoints.get(each.node.id) for each in targets]
        wanted = [prepared.definition.loss, *(each for each in partials if each is not None)]
        self.table: ElementTable = element_table(ancestors(wanted), prepared.class_numbers)

    @property
    def operations(self) -> int:
        """How many operations and leaves the loss and all the partials share."""
        return self.table.rows

    def __len__(self) -> int:
        return sum(len(each.places) for each in self._targets)

    def __iter__(self) -> Iterator[str]:
        for each in self._targets:
            yield from element_names(each.name, each.node.shape) if each.whole else [each.name]

    def __repr__(self) -> str:
        return f"<{len(self)} partials in {self.operations} operations on scalars>"

    def __contains__(self, name: object) -> bool:
        try:
            return isinstance(name, str) and self._asked(name) is not None
        except RequestError:
            return False

    def __getitem__(self, name: str) -> ElementPartial:
        target = self._asked(name)
        if target is None:
            raise KeyError(name)
        return self._written(target.name, self._partial(target.node, target.places[0]))

    def _asked(self, name: str) -> Target | None:
        """The element that a name means; None if it is none of these. Raises RequestError."""
        target = target_for(self._prepared.definition, name)
        if len(target.places) != 1:
            return None
        (place,) = target.places
        own = (each for each in self._targets if each.node is target.node)
        known = any(each.whole or place in each.places for each in own)
        return target if known else None

    def _partial(self, node: Node, place: tuple[int, ...]) -> Operand:
        adjoint = self._adjoints.get(node.id)
        if adjoint is None:
            return self.table.operand(0)
        wide = np.broadcast_to(self.table.elements[adjoint.id], node.shape)
        return self.table.operand(int(wide[place]))

    @cached_property
    def _symbols(self) -> Mapping[int, Formula]:
        """By reference the element of a name that it is."""
        found: dict[int, Formula] = {}
        for key, symbol in symbols(self._prepared.definition).items():
            references = self.table.elements.get(key)
            if references is not None:
                for place in np.ndindex(*references.shape):
                    found.setdefault(int(references[place]), at(symbol, place))
        return found

    def _symbol(self, node: Node) -> Formula | None:
        reference = self.table.reference(node)
        return None if reference is None else self._symbols.get(reference)

    def _written(self, name: str, partial: Operand) -> ElementPartial:
        if isinstance(partial, Literal):
            return ElementPartial(name, _admitted(name, FromGraph(lambda _: None).of(partial)), ())
        ends = {each.id for each in ancestors([partial]) if self._symbol(each) is not None}
        order = ancestors([partial], ends)
        read = uses(order)
        given: dict[int, Sym] = {}
        formulas = FromGraph(lambda node: given.get(node.id) or self._symbol(node))
        definitions: list[tuple[str, str]] = []
        for node in order:
            if len(read.get(node.id, ())) > 1 and node.shape == () and node.op != "constant":
                whole = formulas.own(node)
                given[node.id] = Sym(self._free(len(definitions)), "value")
                definitions.append((given[node.id].name, _admitted(name, whole)))
        return ElementPartial(name, _admitted(name, formulas.of(partial)), tuple(definitions))

    def _free(self, number: int) -> str:
        """A name of the text's own language that the text does not use."""
        name = f"t{number + 1}"
        while name in self._prepared.definition.names:
            name = f"{name}_"
        return name


def _admitted(name: str, formula: Formula) -> str:
    found = text_or_none(formula)
    if found is None:
        allowed = LIMITS.latex_characters
        message = f"∂L/∂{name} is longer than {allowed:,} characters"
        hint = "give parts of the longest statement names of their own"
        raise FormulaTooLarge(
            Diagnostic("formula_too_large", message, hint),
            details={"limit": "latex_characters", "allowed": allowed},
        )
    return found
