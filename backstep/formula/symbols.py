"""The symbols of a definition's named nodes, and what a text may call them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from backstep.formula.operations import applied
from backstep.formula.text import spelled
from backstep.formula.tree import Sym
from backstep.graph.node import Node
from backstep.lang.compile.definition import Definition


def symbols(definition: Definition) -> dict[int, Sym]:
    """The symbol of each named node, by its id; of one given several times, with its number."""
    roles = {leaf.node.id: leaf.role for leaf in definition.leaves}
    found: dict[int, Sym] = {}
    for name, given in definition.names.items():
        for each in given:
            found[each.node.id] = Sym(
                name,
                roles.get(each.node.id, "value"),
                each.node.id,
                each.node.shape,
                each.index if len(given) > 1 else None,
                each is given[-1],
                loss=each.node is definition.loss,
            )
    return found


def names(symbols: Iterable[Sym], nodes: Iterable[Node] = ()) -> Mapping[str, Sym]:
    """Symbols by what the language calls them, and the masks among the nodes by theirs.

    The latest giving of a name is meant by the plain name and by its number, h⁽²⁾, as well.
    """
    found = {spelled(symbol): symbol for symbol in symbols}
    for symbol in list(found.values()):
        if symbol.version is not None and symbol.latest:
            found[spelled(Sym(symbol.name, version=symbol.version, latest=False))] = symbol
    for node in nodes:
        if "place" in node.params:
            mask = applied(node.op, **node.params)
            assert isinstance(mask, Sym)
            found[mask.name] = mask
    return found
