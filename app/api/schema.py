"""The classes that are sent, as pydantic models: for the published schema and to validate by.

A frozen dataclass of the library is read once: its fields' types, and the string beneath a field
as its description. Arrays are numbers in nested lists; a float may be "NaN" or an infinity.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap
import types
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, create_model
from typing_extensions import TypeAliasType

Number = TypeAliasType("Number", float | Literal["NaN", "Infinity", "-Infinity"])
"""A float64; JSON has no NaN, so what is not finite is a string."""


def _nested(name: str, of: Any) -> Any:
    """`of`, or lists of it of up to four axes: without recursion, which generators cannot read."""
    union, axis = of, of
    for _ in range(4):
        axis = types.GenericAlias(list, (axis,))
        union = union | axis
    return TypeAliasType(name, union)


Numbers = _nested("Numbers", Number)
"""A number, or nested lists in row-major order."""
Flags = _nested("Flags", bool)
"""Yes or no, or nested lists of them in row-major order."""
Texts = _nested("Texts", str)
"""A text, or nested lists of them in row-major order."""


@cache
def model_of(sent: type) -> type[BaseModel]:
    """The model of a dataclass: closed, every field required, named as the class is.

    Raises TypeError where a field has a type that has no form in JSON.
    """
    hints = get_type_hints(sent, include_extras=True)
    about = _field_docs(sent)
    fields: dict[str, Any] = {
        each.name: (_translated(hints[each.name]), Field(description=about.get(each.name)))
        for each in dataclasses.fields(sent)
    }
    made: type[BaseModel] = create_model(
        sent.__name__, __config__=ConfigDict(extra="forbid", strict=True), **fields
    )
    made.__doc__ = inspect.getdoc(sent)
    return made


def _translated(hint: Any) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if dataclasses.is_dataclass(hint):
        return model_of(hint)  # type: ignore[arg-type]
    if hint is float:
        return Number
    if origin is np.ndarray:
        return Flags if get_args(arguments[1])[0] is np.bool_ else Numbers
    if origin in (list, tuple, Sequence):
        return list[_translated(arguments[0])]  # type: ignore[misc]
    if origin in (dict, Mapping):
        return dict[str, _translated(arguments[1])]  # type: ignore[misc]
    if origin in (Union, types.UnionType):
        return Union[tuple(_translated(each) for each in arguments)]  # noqa: UP007
    if origin is Literal or hint in (str, int, bool, type(None)) or hint in (Texts,):
        return hint
    raise TypeError(f"{hint} has no form in JSON")


@cache
def _field_docs(sent: type) -> dict[str, str]:
    """The string beneath each field, those of the classes above among them."""
    found: dict[str, str] = {}
    for each in reversed(sent.__mro__):
        if not dataclasses.is_dataclass(each):
            continue
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(each))).body
        assert isinstance(tree, ast.ClassDef)
        for field, said in zip(tree.body, tree.body[1:], strict=False):
            if (
                isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and isinstance(said, ast.Expr)
                and isinstance(said.value, ast.Constant)
            ):
                found[field.target.id] = inspect.cleandoc(str(said.value.value))
    return found
