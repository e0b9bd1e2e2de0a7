"""What a function of the language is: its parameters and how it is built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from backstep.graph.node import Operand
from backstep.ops.factories import NodeFactory
from backstep.ops.table import TABLE

Kind = Literal[
    "tensor", "tensors", "condition", "mask", "whole", "wholes", "axes", "number", "order",
    "truth", "word", "scalar", "name",
]  # fmt: skip
REQUIRED: object = object()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function.

    `tensor` and `condition` take an expression, and `mask` either; `whole` an integer constant,
    `axes` one or several in brackets, `number` a constant (passed to the builder as a Fraction),
    `order` a constant or inf, `truth` true or false, `word` the name of a distribution; `tensors`
    and `wholes` take all that is left; `scalar` takes an expression of one number, `name` what has
    a name.
    """

    name: str
    kind: Kind
    default: object = REQUIRED
    keyword: bool = False
    """Whether it can only be passed by its name, as `axis` is."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language; `build(make, *positional, **keywords)` returns its output.

    `composite` functions consist of several rows and are kept together as a block. A `layer` may
    own parameters; `outputs` is how many values it returns.
    """

    name: str
    doc: str
    parameters: tuple[Parameter, ...]
    build: Callable[..., Any]
    composite: bool = False
    example: str = ""
    layer: bool = False
    outputs: int = 1
    group: str = "elementwise"

    @property
    def signature(self) -> str:
        """The call as the help writes it: `sum(x, axis=None)`."""
        spelled = []
        for parameter in self.parameters:
            text = parameter.name
            if parameter.kind in ("tensors", "wholes"):
                text += ", …"
            elif parameter.default is not REQUIRED and parameter.default is not None:
                shown = parameter.default
                text += f"={_shown(parameter.kind, shown)}"
            elif parameter.default is None:
                text += "=…" if parameter.kind in ("tensor", "mask") else "=None"
            spelled.append(text)
        return f"{self.name}({', '.join(spelled)})"


def _shown(kind: Kind, value: Any) -> str:
    """A default as the help writes it."""
    if kind == "truth":
        return "true" if value else "false"
    return str(float(value) if kind in ("number", "order") else value)


def of_row(
    name: str, *parameters: Parameter, group: str = "elementwise", row: str | None = None
) -> Function:
    """A function that is one row; tensors become inputs, the rest static parameters.

    `row` names the row if the function has another name. A static parameter that the row needs is
    passed even if the call leaves it out.
    """
    static = [p for p in parameters if p.kind not in ("tensor", "tensors", "condition")]
    entry = TABLE[row or name]

    def build(make: NodeFactory, *given: object, **keywords: object) -> Operand:
        bound = dict(zip((p.name for p in parameters), given, strict=False)) | keywords
        inputs = [bound[p.name] for p in parameters if p.kind in ("tensor", "condition")]
        params = {p.name: bound.get(p.name, p.default) for p in static}
        return make(entry.name, *inputs, **{k: v for k, v in params.items() if v is not None})

    return Function(name, entry.doc, parameters, build, example=entry.example, group=group)


def of_list(name: str, *keywords: Parameter, group: str) -> Function:
    """A function of any number of tensors."""
    row = TABLE[name]

    def build(make: NodeFactory, *inputs: Operand, **params: object) -> Operand:
        return make(name, *inputs, **params)

    parameters = (Parameter("a", "tensors"), *keywords)
    return Function(name, row.doc, parameters, build, example=row.example, group=group)


def of_shape(name: str) -> Function:
    """A function of integers that are a shape."""
    row = TABLE[name]

    def build(make: NodeFactory, *shape: int) -> Operand:
        return make(name, shape=shape)

    shape = (Parameter("shape", "wholes"),)
    return Function(name, row.doc, shape, build, example=row.example, group="values")
