"""What each call takes: the request's fields, their meaning and an example. Holds no answer.

`values` are looked at where the definition is known; here they are any JSON.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from app.errors import BodyError, Fault

NEURON = (
    "input x = 2\ntarget y = 1\nparam w = 0.5\nparam b = -0.3\nconst lambda = 0.1\n"
    "z = w*x + b\nu = sigmoid(z)\nL = (u - y)^2/2 + lambda*w^2"
)
"""The toy neuron, as the examples of the schema have it."""

NUMBERS = "Numbers"
"""The schema's name of a number or nested lists of numbers."""

Values = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {"type": "object", "additionalProperties": {"$ref": f"#/components/schemas/{NUMBERS}"}}
    ),
]
Zoom = Literal["block", "tensor", "scalar"]
Direction = Literal["LR", "TB"]
Part = Literal["numbers", "drawing", "walk", "figures", "formulas", "check"]
APART = "application/vnd.backstep.parts+json"
"""The media type of a list of parts that are each to be asked for by themselves."""
Form = Literal["scalar", "matrix", "shared", "auto"]
Step = Annotated[int, Field(ge=0, le=10**6, strict=True)]
"""A step's number: 0 is nothing computed."""


Open = Annotated[list[Annotated[str, Field(max_length=24)]], Field(max_length=300)]
"""Ids of folds that are drawn open."""
_OPEN: Any = Field(
    default_factory=list,
    description="At zoom `block`: the folds drawn open, by the `id` of a node's `fold`; one that"
    " the text has no more is passed over.",
    examples=[["b2"]],
)


class Request(BaseModel):
    """A definition, and what replaces its written numbers."""

    model_config = ConfigDict(extra="forbid", strict=True)
    example: ClassVar[dict[str, Any]] = {}

    source: str = Field(description="The definition's text.", examples=[NEURON])
    values: Values = Field(
        default_factory=dict,
        description="Numbers, or nested lists in row-major order, that replace the written ones,"
        " by name and of the same shape.",
        examples=[{"w": 0.7}],
    )

    @model_validator(mode="before")
    @classmethod
    def _lenient(cls, data: Any) -> Any:
        """Take null for a field left out, and 3.0 for the integer that JSON Schema says it is."""
        if not isinstance(data, dict):
            return data
        return {
            name: _whole(value) if _is_integer(cls, name) else _given(cls, name, value)
            for name, value in data.items()
            if value is not None or not _may_be_left_out(cls, name)
        }

    def plain(self) -> dict[str, Any]:
        """The request as plain data, without the fields that were left out and have no default."""
        return {name: value for name, value in self if value is not None}


class EvaluateRequest(Request):
    """Numbers: forward and backward on concrete values."""

    example: ClassVar[dict[str, Any]] = {"source": NEURON, "values": {"w": 0.7}}

    names: list[str] = Field(
        default=None,  # type: ignore[arg-type]
        description="Only the values and partials of these names are sent; all where left out.",
        examples=[["z", "u"]],
    )


class DeriveRequest(Request):
    """Formulas: the exact loss and gradients."""

    example: ClassVar[dict[str, Any]] = {"source": NEURON, "wrt": ["w", "z"]}

    form: Form = Field(
        default="scalar",
        description="A closed formula for each element, one in matrix form for each gradient, or"
        " the same by intermediate results that stand once; `auto` is closed formulas where all"
        " that is derived by are scalars and they fit, else the next of the three that fits.",
        examples=["matrix"],
    )
    wrt: list[str] = Field(
        default=None,  # type: ignore[arg-type]
        description="What to derive by: parameters, inputs, intermediates, elements such as"
        " `W1[0,2]`; every parameter where left out.",
        examples=[["w", "b"]],
    )


class StepsRequest(Request):
    """The walk, one node a step."""

    example: ClassVar[dict[str, Any]] = {"source": NEURON, "zoom": "tensor"}

    open: Open = _OPEN
    fold: bool = Field(
        default=False,
        description="Where there are too many nodes to be read: walk the finest picture of fewer.",
        examples=[True],
    )

    zoom: Zoom = Field(
        default="tensor",
        description="What a node is: a statement (`block`), an operation (`tensor`), or a number"
        " (`scalar`).",
        examples=["tensor"],
    )


class _Drawn(Request):
    open: Open = _OPEN
    fold: bool = Field(
        default=True,
        description="Where there are too many nodes to be read: draw the finest picture of fewer,"
        " and say so in `folded`. `false` draws them all, up to a limit.",
        examples=[False],
    )
    zoom: Zoom = Field(
        default="block",
        description="What a node is: a statement (`block`), an operation (`tensor`), or a number"
        " (`scalar`).",
        examples=["block"],
    )
    direction: Direction = Field(
        default="LR", description="Left to right, or top to bottom.", examples=["LR"]
    )
    step: Step = Field(  # type: ignore[assignment]
        default=None,
        description="Draw the state at this step; the end of the walk where left out.",
        examples=[12],
    )


class GraphRequest(_Drawn):
    """The drawing, in the format asked for."""

    example: ClassVar[dict[str, Any]] = {"source": NEURON, "zoom": "block", "step": 12}

    format: Literal["json", "svg", "dot"] = Field(
        default="json",
        description="`svg` and `dot` answer as a file of that type.",
        examples=["svg"],
    )


class PictureRequest(_Drawn):
    """The drawing of a link's state, as a picture that stands alone."""

    theme: Literal["light", "dark"] = Field(
        default="light", description="The page it is for.", examples=["dark"]
    )


class AnalyzeRequest(_Drawn):
    """Several parts at once."""

    example: ClassVar[dict[str, Any]] = {"source": NEURON, "parts": ["numbers", "check"]}

    parts: list[Part] = Field(
        default=["numbers", "drawing", "walk", "formulas"],
        min_length=1,
        description="What is asked for; all but `figures` and `check` where left out.",
        examples=[["numbers", "walk"]],
    )
    names: list[str] = Field(
        default=None,  # type: ignore[arg-type]
        description="As `/evaluate` takes it, for the part `numbers`.",
        examples=[["z"]],
    )
    most: Annotated[int, Field(ge=0)] = Field(
        default=None,  # type: ignore[assignment]
        description="Tensors of more elements than this are null in the part `numbers`; every one"
        " is sent where left out.",
        examples=[400],
    )
    form: Form = Field(
        default="scalar",
        description="As `/derive` takes it, for the part `formulas`.",
        examples=["scalar"],
    )
    wrt: list[str] = Field(
        default=None,  # type: ignore[arg-type]
        description="As `/derive` takes it, for the part `formulas`.",
        examples=[["w"]],
    )


REQUESTS: tuple[type[Request], ...] = (
    EvaluateRequest,
    DeriveRequest,
    StepsRequest,
    GraphRequest,
    AnalyzeRequest,
)


def _may_be_left_out(model: type[BaseModel], name: str) -> bool:
    field = model.model_fields.get(name)
    return field is not None and not field.is_required()


def _is_integer(model: type[BaseModel], name: str) -> bool:
    field = model.model_fields.get(name)
    return field is not None and field.annotation is int


_MARK = "\ufeff"
"""A byte order mark, which editors and files put before a text."""


def _given(model: type[BaseModel], name: str, value: Any) -> Any:
    """A field as it is meant: a named number that is null is as if it were left out, and a mark
    before a text is no part of it. Where a definition's text begins is said where it is read."""
    field = model.model_fields.get(name)
    if isinstance(value, str):
        return value if name == "source" else value.removeprefix(_MARK)
    if isinstance(value, list):
        return [each.removeprefix(_MARK) if isinstance(each, str) else each for each in value]
    named = field is not None and get_origin(field.annotation) is dict and isinstance(value, dict)
    return {key: each for key, each in value.items() if each is not None} if named else value


def _whole(value: Any) -> Any:
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
"""What is wrong with a field, by pydantic's name for it; for the rest pydantic's own words do."""


def read(model: type[Request], data: Any) -> dict[str, Any]:
    """`data` as the plain fields of `model`. Raises BodyError, one fault a field."""
    try:
        return model.model_validate(data).plain()
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise BodyError(*(_fault(each) for each in faults[:20])) from None


def _fault(error: Any) -> Fault:
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
    return Fault(error["type"], message, pointer=pointer[:200] or None)


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
