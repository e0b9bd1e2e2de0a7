"""What the language can call: functions by name, each with its parameters and how it is built.

A function is one row, or a composite written in terms of rows. No rule and no number is here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, Protocol

from app.graph.node import Node, Operand
from app.graph.shape import ShapeError, spell
from app.ops import composites
from app.ops.table import TABLE

Kind = Literal["tensor", "tensors", "condition", "whole", "wholes", "number"]
REQUIRED: Any = object()


class Make(Protocol):
    """How a function makes a node: the row's name, its inputs, its static parameters."""

    def __call__(self, op: str, *inputs: Any, **params: Any) -> Node: ...


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function.

    `tensor` and `condition` take an expression, `whole` a whole-number constant, `number` a
    constant (given to the builder as a Fraction); `tensors` and `wholes` take all that is left.
    """

    name: str
    kind: Kind
    default: Any = REQUIRED
    keyword: bool = False
    """Only ever given by its name, as `axis` is."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language; `build(make, *positional, **keywords)` gives its output.

    `composite` functions are made of several rows and are kept together as a block.
    """

    name: str
    doc: str
    parameters: tuple[Parameter, ...]
    build: Callable[..., Operand]
    composite: bool = False
    example: str = ""

    @property
    def signature(self) -> str:
        """The call as the help shows it: `sum(x, axis=None)`."""
        spelled = []
        for parameter in self.parameters:
            text = (
                parameter.name
                if parameter.kind not in ("tensors", "wholes")
                else (f"{parameter.name}, …")
            )
            if parameter.default is not REQUIRED:
                text += f"={parameter.default}"
            spelled.append(text)
        return f"{self.name}({', '.join(spelled)})"


_X = Parameter("x", "tensor")
_A, _B = Parameter("a", "tensor"), Parameter("b", "tensor")
_AXIS = Parameter("axis", "whole", None, keyword=True)
_LAST = Parameter("axis", "whole", -1, keyword=True)
_FIRST = Parameter("axis", "whole", 0, keyword=True)
_SHAPE = Parameter("shape", "wholes")


def _row(name: str, *parameters: Parameter, doc: str | None = None) -> Function:
    """A function that is one row; tensors become inputs, the rest static parameters."""
    static = [p.name for p in parameters if p.kind not in ("tensor", "tensors", "condition")]

    def build(make: Make, *given: Any, **keywords: Any) -> Operand:
        bound = dict(zip((p.name for p in parameters), given, strict=False)) | keywords
        inputs = [bound[p.name] for p in parameters if p.kind in ("tensor", "condition")]
        params = {key: bound[key] for key in static if bound.get(key) is not None}
        return make(name, *inputs, **params)

    row = TABLE[name]
    return Function(name, doc or row.doc, parameters, build, example=row.example)


def _list(name: str, *keywords: Parameter) -> Function:
    """A function of any number of tensors."""
    row = TABLE[name]
    return Function(
        name,
        row.doc,
        (Parameter("a", "tensors"), *keywords),
        lambda make, *inputs, **params: make(name, *inputs, **params),
        example=row.example,
    )


def _values(name: str) -> Function:
    """A function of whole numbers that are a shape."""
    row = TABLE[name]
    return Function(
        name, row.doc, (_SHAPE,), lambda make, *shape: make(name, shape=shape), example=row.example
    )


def _reshape(make: Make, x: Operand, *shape: int) -> Operand:
    return make("reshape", x, shape=shape)


def _flatten(make: Make, x: Operand) -> Operand:
    count = 1
    for length in x.shape:
        count *= length
    return make("reshape", x, shape=(count,))


def _transpose(make: Make, x: Operand) -> Operand:
    if not x.shape:
        raise ShapeError(f"'transpose' needs a vector or a matrix, not {spell(x.shape)}")
    return make("transpose", x)


_ELEMENTWISE = [
    "exp",
    "log",
    "sqrt",
    "abs",
    "sin",
    "cos",
    "tanh",
    "sigmoid",
    "relu",
    "sign",
    "step",
    "square",
]

_ALL: tuple[Function, ...] = (
    *(_row(name, _X) for name in _ELEMENTWISE),
    _row("maximum", _A, _B),
    _row("minimum", _A, _B),
    Function(
        "max",
        "The larger of two values.",
        (_A, _B),
        _row("maximum", _A, _B).build,
        example="max(x, y)",
    ),
    Function(
        "min",
        "The smaller of two values.",
        (_A, _B),
        _row("minimum", _A, _B).build,
        example="min(x, y)",
    ),
    _row("where", Parameter("condition", "condition"), _A, _B),
    _row("sum", _X, _AXIS),
    _row("mean", _X, _AXIS),
    _row("dot", _A, _B),
    _row("outer", _A, _B),
    Function("transpose", TABLE["transpose"].doc, (_X,), _transpose, example="transpose(W)"),
    Function("reshape", TABLE["reshape"].doc, (_X, _SHAPE), _reshape, example="reshape(x, 2, 3)"),
    Function("flatten", "All elements in one vector.", (_X,), _flatten, example="flatten(W)"),
    _list("concat", _FIRST),
    _list("stack", _FIRST),
    _values("zeros"),
    _values("ones"),
    _row("eye", Parameter("n", "whole")),
    _row("arange", Parameter("n", "whole")),
    _row(
        "linspace",
        Parameter("low", "number"),
        Parameter("high", "number"),
        Parameter("n", "whole"),
    ),
    Function(
        "softmax",
        TABLE["softmax"].doc,
        (_X, _LAST, Parameter("temperature", "tensor", 1, keyword=True)),
        composites.softmax,
        example="softmax(x, temperature=2)",
    ),
    _row("log_softmax", _X, _LAST),
    Function(
        "cross_entropy",
        "Minus the log-probability that softmax gives the true class, from logits; the mean over "
        "the rows of a batch.",
        (Parameter("logits", "tensor"), Parameter("y", "tensor")),
        composites.cross_entropy,
        composite=True,
        example="cross_entropy(s, 1)",
    ),
)

FUNCTIONS: Mapping[str, Function] = MappingProxyType({f.name: f for f in _ALL})
