"""Methods of Python's lists and dictionaries, and copies of arrays."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from backstep.importers.formulas import Value
from backstep.importers.python import arrays
from backstep.importers.python.values import Data, Unsaid

if TYPE_CHECKING:
    from backstep.importers.python.state import State


def of_list(
    reader: State, of: list[object], name: str, places: Sequence[object], node: ast.AST
) -> object:
    """The value of a list's method, which may change the list. Raises Unsaid."""
    match name, places:
        case "extend", [more]:
            arrays.light([*of, *(added := reader.rows(more, node))])
            of.extend(added)
        case "insert", [place, value]:
            arrays.light([*of, value])
            of.insert(reader.whole(place), value)
        case "reverse", []:
            of.reverse()
        case "clear", []:
            of.clear()
        case "pop", [] | [_]:
            place = reader.whole(places[0]) if places else -1
            if not -len(of) <= place < len(of):
                raise Unsaid("an index outside of the list", node)
            reader.forget(of)
            return of.pop(place)
        case "copy", []:
            return list(of)
        case _:
            raise Unsaid(f"{name} of a list", node)
    reader.forget(of)
    return None


def of_dictionary(
    of: dict[object, object],
    name: str,
    places: Sequence[object],
    options: Mapping[str, object],
    node: ast.AST,
) -> object:
    """The value of a dictionary's method. Raises Unsaid."""
    listed = {"items": list(of.items()), "values": list(of.values()), "keys": list(of)}
    if name in listed:
        return listed[name]
    if name == "get" and places:
        return of.get(places[0])
    if name == "update":
        for each in (*places, options):
            if not isinstance(each, Mapping):
                raise Unsaid("update of a dictionary", node)
            of.update(each)
        return None
    raise Unsaid(f"{name} of a dictionary", node)


def copied(reader: State, value: object) -> object:
    """An array that shows no other's elements; one without a name has none to share."""
    if isinstance(value, Data):
        return value if value.name is None else replace(reader.tensor(value))
    return replace(value) if isinstance(value, Value) else value
