"""The request that all calls share (a definition and values), further fields, and validation.

`values` are checked once the definition is known; here they are any JSON.
"""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from backstep.errors import BodyError, Diagnostic

NEURON = (
    "input x = 2\ntarget y = 1\nparam w = 0.5\nparam b = -0.3\nconst lambda = 0.1\n"
    "z = w*x + b\nu = sigmoid(z)\nL = (u - y)^2/2 + lambda*w^2"
)
"""The toy neuron, as the examples of the schema have it."""

NUMBERS = "Numbers"
"""The schema's name for a number or nested lists of numbers."""

Values = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {"type": "object", "additionalProperties": {"$ref": f"#/components/schemas/{NUMBERS}"}}
    ),
]
Zoom = Literal["block", "tensor", "scalar"]
Direction = Literal["LR", "TB"]
Step = Annotated[int, Field(ge=0, le=10**6, strict=True)]
"""A step's number: 0 is nothing computed."""


Open = Annotated[list[Annotated[str, Field(max_length=24)]], Field(max_length=300)]
"""Ids of folds that are drawn open."""
OPEN: Any = Field(
    default_factory=list,
    description="At zoom `block`: the folds drawn open, by the `id` of a node's `fold`; one that"
    " the text has no more is passed over.",
    examples=[["b2"]],
)

Boxes = Annotated[int, Field(ge=1, le=10_000)]
"""How many boxes a drawing may have before more of it is folded."""
BOXES: Any = Field(
    default=None,
    description="At zoom `block`: draw passes of loops as frames, those of a long loop folded"
    " between its first and its last, and fold more, statements that the text repeats too, until"
    " there are no more boxes than this and they can be read on a page, where folding can do that;"
    " what `open` names is drawn besides. Nothing is folded so where left"
    " out. The page asks for 40.",
    examples=[40],
)


class Asked(BaseModel):
    """What a call is asked with: its fields and no others."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _lenient(cls, data: object) -> Any:
        """Take null for a field left out, and 3.0 for the integer that JSON Schema says it is."""
        if not isinstance(data, dict):
            return data
        return {
            name: _whole(value) if _is_integer(cls, name) else _given(cls, name, value)
            for name, value in data.items()
            if value is not None or not _may_be_left_out(cls, name)
        }


class Definition(Asked):
    """A definition, and what replaces its written numbers."""

    source: str = Field(description="The definition's text.", examples=[NEURON])
    values: Values = Field(
        default_factory=dict,
        description="Numbers, or nested lists in row-major order, that replace the written ones,"
        " by name and of the same shape.",
        examples=[{"w": 0.7}],
    )

    def plain(self) -> dict[str, Any]:
        """The request as JSON data, without fields that were left out and have no default."""
        return {name: value for name, value in self if value is not None}


def _may_be_left_out(model: type[BaseModel], name: str) -> bool:
    field = model.model_fields.get(name)
    return field is not None and not field.is_required()


def _is_integer(model: type[BaseModel], name: str) -> bool:
    field = model.model_fields.get(name)
    return field is not None and int in _plain_types(field.annotation)


def _plain_types(annotation: object) -> set[Any]:
    """The types of a field without their bounds; a union's one by one."""
    parts = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _plain_types(parts[0])
    if get_origin(annotation) in (Union, UnionType):
        return set().union(*map(_plain_types, parts))
    return {annotation}


_MARK = "\ufeff"
"""A byte order mark, which editors and files put before a text."""


def _given(model: type[BaseModel], name: str, value: object) -> Any:
    """A field's normal form: a number by name that is null is dropped, and so is the byte order
    mark before a text. (A definition's is skipped where its text is read, for its positions.)"""
    field = model.model_fields.get(name)
    if isinstance(value, str):
        return value if name == "source" else value.removeprefix(_MARK)
    if isinstance(value, list):
        return [each.removeprefix(_MARK) if isinstance(each, str) else each for each in value]
    if field is None or not isinstance(value, dict):
        return value
    kinds = (field.annotation, *get_args(field.annotation))
    named = any(get_origin(kind) is dict for kind in kinds)
    return {key: each for key, each in value.items() if each is not None} if named else value


def _whole(value: object) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


_WORDS = {
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be an object",
}
"""Messages by pydantic's type of error; for all others pydantic's own message is used."""


Request = TypeVar("Request", bound=BaseModel)


def read(model: type[Request], data: object) -> Request:
    """`data` as a request of the class `model`. Raises BodyError, one diagnostic for each field."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise BodyError(*(_fault(each) for each in faults[:20])) from None


def _fault(error: Any) -> Diagnostic:
    place = error["loc"]
    pointer = "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in place)
    if error["type"] == "extra_forbidden":
        message = f"there is no field '{_short(place[-1])}'"
    elif error["type"] == "missing":
        message = f"the field '{place[-1]}' is missing"
    elif not place:
        message = "the body must be a JSON object"
    else:
        message = f"'{'.'.join(_short(key) for key in place)}' {_words(error)}"
    return Diagnostic(error["type"], message, pointer=pointer[:200] or None)


def _words(error: Any) -> str:
    kind, told = error["type"], error.get("ctx", {})
    bounds = {
        "greater_than": ("above", "gt"),
        "greater_than_equal": ("at least", "ge"),
        "less_than": ("below", "lt"),
        "less_than_equal": ("at most", "le"),
    }
    if kind in ("too_short", "too_long"):
        few = kind == "too_short"
        count = told["min_length" if few else "max_length"]
        return f"must hold at {'least' if few else 'most'} {count}"
    if kind in bounds:
        words, key = bounds[kind]
        return f"must be {words} {told[key]:g}"
    if kind == "literal_error":
        return f"must be one of {told['expected'].replace(' or ', ', ')}"
    told_otherwise: str = error["msg"]
    return _WORDS.get(kind, told_otherwise[:1].lower() + told_otherwise[1:])


def _short(key: object) -> str:
    text = str(key)
    return text if len(text) <= 40 else text[:40] + "…"
