"""Pydantic models of the classes that are sent, for the published schema and for validation.

A frozen dataclass of the library is read once: its fields' types, and the string beneath a field
as its description, in which "such as `…`" is an example. Arrays are numbers in nested lists; a
float may be "NaN" or an infinity; a field that ends in `_`, because Python has the word itself, is
sent without it.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import re
import textwrap
import types
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, create_model
from typing_extensions import TypeAliasType, TypedDict, get_original_bases, is_typeddict

Number = TypeAliasType("Number", float | Literal["NaN", "Infinity", "-Infinity"])
"""A float64; JSON has no NaN, so what is not finite is a string."""


def _nested(name: str, of: object) -> Any:
    """`of`, or lists of it: without recursion, which generators cannot read.

    Past four axes, as blocks of second derivatives have, what is within is left open.
    """
    union: object = of
    axis: object = of
    deeper: object = Any
    for _ in range(4):
        axis, deeper = types.GenericAlias(list, (axis,)), types.GenericAlias(list, (deeper,))
        union = union | axis
    return TypeAliasType(name, union | types.GenericAlias(list, (deeper,)))


Numbers = _nested("Numbers", Number)
"""A number, or nested lists in row-major order."""
Flags = _nested("Flags", bool)
"""Yes or no, or nested lists of them in row-major order."""
Texts = _nested("Texts", str)
"""A text, or nested lists of them in row-major order."""


Numeric = {np.dtype(np.float64): Numbers, np.dtype(np.bool_): Flags, np.dtype(object): Texts}

Schema = dict[str, Any]
"""A piece of the published document."""

_EXAMPLE = re.compile(r"such as\s+`([^`]+)`", re.IGNORECASE)
_making: set[type] = set()
_TYPED_DICT: Any = TypedDict


@cache
def model_of(sent: type) -> type[BaseModel]:
    """The model of a dataclass: closed, every field required, named as the class is.

    Raises TypeError where a field has a type that has no form in JSON.
    """
    hints = get_type_hints(sent, include_extras=True)
    about = _field_docs(sent)
    _making.add(sent)
    fields: dict[str, Any] = {
        each.name: (_translated(hints[each.name]), _field(each.name, about, hints[each.name]))
        for each in dataclasses.fields(sent)
    }
    _making.discard(sent)
    made: type[BaseModel] = create_model(
        sent.__name__,
        __config__=ConfigDict(extra="forbid", strict=True, serialize_by_alias=True),
        **fields,
    )
    made.__doc__ = inspect.getdoc(sent)
    made.model_rebuild(_types_namespace={sent.__name__: made})
    return made


@cache
def model(sent: object) -> Any:
    """The pydantic type of an answer: the model of a dataclass, or a union of such models."""
    return _translated(sent)


@cache
def _typed_dict(sent: type) -> Any:
    """The same for a TypedDict, whose fields may be optional: closed, and with the same name."""
    about = _field_docs(sent)
    fields: dict[str, Any] = {}
    for name, hint in get_type_hints(sent, include_extras=True).items():
        marked = get_origin(hint) is NotRequired
        left_out = marked or name in sent.__optional_keys__  # type: ignore[attr-defined]
        plain = get_args(hint)[0] if marked else hint
        described: Any = Annotated[_translated(plain), _field(name, about, plain)]
        fields[name] = NotRequired[described] if left_out else described
    made: Any = _TYPED_DICT(sent.__name__, fields)
    made.__pydantic_config__ = ConfigDict(extra="forbid", strict=True)
    made.__doc__ = inspect.getdoc(sent)
    return made


def _field(name: str, about: Mapping[str, str], hint: object) -> Any:
    described = about.get(name)
    example = _EXAMPLE.search(described or "")
    alias = name.removesuffix("_")
    return Field(
        description=described,
        examples=None if example is None else [_read(example[1], hint)],
        alias=None if alias == name else alias,
    )


def _read(example: str, hint: object) -> Any:
    example = " ".join(example.split())
    return example if _is_text(hint) else json.loads(example)


def _is_text(hint: object) -> bool:
    if get_origin(hint) in (Union, types.UnionType):
        return any(map(_is_text, get_args(hint)))
    return hint is str or get_origin(hint) is Literal or _translated(hint) is Texts


def _translated(hint: object) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if isinstance(hint, TypeAliasType):
        return TypeAliasType(hint.__name__, _translated(hint.__value__))
    if is_typeddict(hint):
        return _typed_dict(hint)
    if origin is NotRequired:
        return NotRequired[_translated(arguments[0])]
    if dataclasses.is_dataclass(hint):
        return hint.__name__ if hint in _making else model_of(hint)  # type: ignore[arg-type]
    if hint is float:
        return Number
    if origin is np.ndarray:
        return Numeric[np.dtype(get_args(arguments[1])[0])]
    if origin in (list, tuple, Sequence):
        return list[_translated(arguments[0])]  # type: ignore[misc]
    if origin in (dict, Mapping):
        return dict[str, _translated(arguments[1])]  # type: ignore[misc]
    if origin in (Union, types.UnionType):
        return _union(arguments)
    if origin is Literal or hint in (str, int, bool, type(None)):
        return hint
    raise TypeError(f"{hint} has no form in JSON")


def _union(members: tuple[object, ...]) -> Any:
    """A union; discriminated by a field if each member has a constant of its own in it."""
    rest = tuple(each for each in members if each is not type(None))
    found: object = Union[tuple(_translated(each) for each in rest)]  # noqa: UP007
    field = _told_apart_by(rest)
    if field is not None:
        found = Annotated[found, Field(discriminator=field)]
    return found if len(rest) == len(members) else Union[found, None]  # noqa: UP007


def _told_apart_by(members: tuple[object, ...]) -> str | None:
    if len(members) < 2 or not all(map(dataclasses.is_dataclass, members)):
        return None
    words = [
        {name: get_args(hint) for name, hint in get_type_hints(each).items() if _is_a_word(hint)}
        for each in members
    ]
    for name in words[0]:
        found = [each.get(name) for each in words]
        if None not in found and len(set(found)) == len(members):
            return name
    return None


def _is_a_word(hint: object) -> bool:
    return get_origin(hint) is Literal and len(get_args(hint)) == 1


@cache
def _field_docs(sent: type) -> dict[str, str]:
    """The string beneath each field, those of its base classes included."""
    found: dict[str, str] = {}
    described = [each for each in reversed(sent.__mro__) if dataclasses.is_dataclass(each)]
    for each in described or [*filter(is_typeddict, get_original_bases(sent)), sent]:
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
