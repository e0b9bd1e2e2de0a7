"""What Python changes in place, holds constant, or chooses by values: `x.mul_(2)`, `x.detach()`."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from backstep.importers.formulas import Value
from backstep.importers.python import arrays
from backstep.importers.python.values import Data, Scalar

if TYPE_CHECKING:
    from backstep.importers.python.state import State

IN_PLACE = re.compile(r"[a-z0-9_]*[a-z0-9]_")
"""PyTorch's methods that change the array itself: add_, clamp_."""
_FIRST_IS_CHANGED = frozenset(
    ["at", "fill_diagonal", "copyto", "put", "place", "putmask", "put_along_axis"]
)
"""NumPy's functions that change their first argument."""
_OWN_IS_CHANGED = frozenset(
    [
        "clear",
        "extend",
        "fill",
        "insert",
        "itemset",
        "partition",
        "pop",
        "popitem",
        "remove",
        "resize",
        "reverse",
        "setdefault",
        "setflags",
        "sort",
        "update",
    ]
)
"""Methods of NumPy's arrays, and of lists and dictionaries, that change what they are of."""


def changed(node: ast.Call) -> ast.expr | None:
    """What a call that stands alone changes: its `out`, or the array that its method is of."""
    out = next((each.value for each in node.keywords if each.arg == "out"), None)
    if isinstance(out, ast.Name | ast.Attribute | ast.Subscript):
        return out
    if not isinstance(node.func, ast.Attribute):
        return None
    if node.func.attr in _FIRST_IS_CHANGED and node.args:
        first = node.args[0]
        return first if isinstance(first, ast.Name | ast.Attribute) else None
    if node.func.attr in _OWN_IS_CHANGED:
        own = node.func.value
        return own if isinstance(own, ast.Name | ast.Attribute | ast.Subscript) else None
    found: ast.expr = node
    while isinstance(found, ast.Call) and isinstance(found.func, ast.Attribute):
        name = found.func.attr
        if not name.endswith("_") or name.endswith("__") or name == "requires_grad_":
            return None
        found = found.func.value
    while isinstance(found, ast.Attribute) and found.attr == "data":
        found = found.value
    plain = isinstance(found, ast.Name) or (
        isinstance(found, ast.Attribute) and isinstance(found.value, ast.Name)
    )
    return found if plain else None


def merged(node: ast.If) -> ast.stmt | None:
    """`if c: a = x` with `else: a = y` as `a = x if c else y`; so with two `return`s."""
    match node.body, node.orelse:
        case [ast.Assign(targets=[ast.Name(id=one)], value=there)], [
            ast.Assign(targets=[ast.Name(id=other)], value=else_)
        ] if one == other:
            chosen = ast.IfExp(node.test, there, else_)
            made: ast.stmt = ast.Assign(
                [ast.Name(one, ast.Store())], ast.copy_location(chosen, node)
            )
        case [ast.Return(value=ast.expr() as there)], [ast.Return(value=ast.expr() as else_)]:
            made = ast.Return(ast.copy_location(ast.IfExp(node.test, there, else_), node))
        case _:
            return None
    return ast.fix_missing_locations(ast.copy_location(made, node))


def held(reader: State, value: object) -> object:
    """A value as a constant; what is data, and is not learned, is one anyway."""
    if isinstance(value, Data) and not value.learned and value.name not in reader.survey.updated:
        return value
    if not isinstance(value, Value | Data | Scalar):
        return value
    held = reader.formulas.call("stop_gradient", reader.tensor(value))
    return Scalar(value.number, held) if isinstance(value, Scalar) else held


def in_place(reader: State, of: object, name: str, places: Sequence[object]) -> object | None:
    """What an array is once it is filled, drawn or copied anew; None for any other method."""
    shape = arrays.shape_of(reader, of)
    learned = isinstance(of, Data) and of.learned
    made: object | None = None
    match name:
        case "zero_":
            made = arrays.filled(shape, 0)
        case "fill_" if places:
            made = arrays.filled(shape, reader.number(places[0]))
        case "copy_" if places:
            return places[0]
        case "normal_" | "uniform_":
            low, high = (*(reader.number(each) for each in places[:2]), 0.0, 1.0)[:2]
            if len(places) == 1:
                high = 1.0
            made = Data(shape, draw=(name[:-1], float(low), float(high)))
    if isinstance(made, Data):
        made.learned = learned
    return made
