"""Every formula that the examples' forms print, with what a reader of it has in hand. No checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from backstep.autodiff.reverse import element
from backstep.binding.bind import bind
from backstep.binding.closed_gradients import targets
from backstep.binding.matrix_gradients import given_once
from backstep.errors import FormulaTooLarge
from backstep.examples import EXAMPLES
from backstep.formula.matrix import Forms
from backstep.formula.symbols import names, symbols
from backstep.formula.tree import Formula, Sym
from backstep.formula.tree import symbols as symbols_of
from backstep.graph.node import Node
from backstep.graph.shape import Shape


@dataclass(frozen=True)
class Case:
    """A formula as it was printed, its names and its shape."""

    title: str
    formula: Formula
    text: str
    latex: str
    names: dict[str, Sym]
    shape: Shape


@cache
def corpus() -> tuple[Case, ...]:
    """The matrix and the shared form of every example, and each statement as it is typed."""
    return tuple(case for example in EXAMPLES for case in _of(example.title, example.source))


def _of(title: str, source: str) -> Iterator[Case]:
    prepared = bind(source)
    definition = prepared.definition
    wanted = targets(prepared, None)
    back = prepared.model.back
    plain = Forms(definition)
    own = symbols(definition)
    for target in wanted:
        adjoint = back.adjoints.get(target.node.id)
        if adjoint is not None:
            taken = (
                adjoint if target.whole else element(adjoint, target.node.shape, target.places[0])
            )
            yield from _printed(title, plain, taken, own, definition.graph.nodes)
    for versions in definition.names.values():
        for version in versions:
            if version.node.nodes:
                nodes = definition.graph.nodes
                yield from _printed(title, plain, version.node, own, nodes, whole=True)
    found, holes, forms, _ = given_once(prepared, wanted)
    for each in found:
        yield from _printed(
            title, forms, each.node, own, definition.graph.nodes, whole=True,
            typed=each.kind == "value", more=tuple(holes.values()),
        )  # fmt: skip


def _printed(
    title: str,
    forms: Forms,
    node: Node,
    own: dict[int, Sym],
    nodes: list[Node],
    whole: bool = False,
    typed: bool = False,
    more: tuple[Sym, ...] = (),
) -> Iterator[Case]:
    try:
        made = forms.formula(node, whole, typed=typed)
    except FormulaTooLarge:
        return
    known = [*own.values(), *(each for each in more if each in symbols_of(made.tree))]
    yield Case(title, made.tree, made.text, made.latex, dict(names(known, nodes)), node.shape)
