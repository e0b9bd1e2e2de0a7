"""What a Python expression may stand for while it is read: data, formulas, functions, layers."""

from __future__ import annotations

import ast
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field

from backstep.graph.shape import Shape
from backstep.importers.formulas import Numbers, Value

Names = MutableMapping[str, object]
"""What names stand for: those of a scope, of arguments, of an object."""


OF_GRADIENT = "a gradient, which is computed here anyway"
"""What is said of what a text computes from a gradient."""


class Unsaid(Exception):
    """What cannot be read, with the part of the text that it is.

    `free` says that its value is simply not in the text, as that of `load_data()`; `shapes` that
    shapes do not fit.
    """

    def __init__(
        self,
        message: str,
        node: ast.AST | None = None,
        *,
        free: bool = False,
        shapes: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.node = node
        self.free = free
        self.shapes = shapes


@dataclass(frozen=True, slots=True)
class Library:
    """A module of a library, or a function in it, by its path: numpy, random, randn."""

    path: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Data:
    """An array that the text writes or draws, and that has no name in the definition yet."""

    shape: Shape
    value: str | None = None
    """Its value as a constant expression of the language."""
    numbers: Numbers | None = None
    """Its numbers in nested lists, where they are written."""
    draw: tuple[str, float, float] | None = None
    """normal by mean and deviation, or uniform by its bounds."""
    fill: float | None = None
    """The number that every element is."""
    name: str | None = None
    learned: bool = False
    scheme: str | None = None
    """A scheme that draws weights by their sizes: xavier or he."""
    line: int = 0
    leaf: Value | None = None
    whole: bool = False
    """Whether its elements are kept as whole numbers."""


@dataclass(slots=True, eq=False)
class Scalar:
    """A number that the text names or writes as a quotient: its value, and how it is written."""

    number: float | int
    value: Value


@dataclass(slots=True, eq=False)
class Free:
    """A name whose value is not in the text; its shape is found where it is used."""

    name: str
    line: int


@dataclass(frozen=True, slots=True, eq=False)
class Opaque:
    """What could not be read, or is of no interest, such as an optimiser."""

    message: str
    node: ast.AST | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Keys:
    """Keys of a random stream, which may be unpacked into any number of names."""


@dataclass(slots=True, eq=False)
class Scope:
    """Names and what they stand for; a function's scope lies in that of the text."""

    names: Names = field(default_factory=dict)
    outer: Scope | None = None
    elsewhere: MutableMapping[str, Scope] = field(default_factory=dict)
    """The scopes of names that are said to be `global` or `nonlocal`."""

    def find(self, name: str) -> object:
        """What a name stands for. Raises KeyError."""
        here: Scope | None = self
        while here is not None:
            if name in here.names:
                return here.names[name]
            here = here.outer
        raise KeyError(name)


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of the text."""

    node: ast.FunctionDef | ast.Lambda
    scope: Scope
    owner: Instance | None = None

    @property
    def name(self) -> str:
        """Its name; empty for a lambda."""
        return self.node.name if isinstance(self.node, ast.FunctionDef) else ""


@dataclass(frozen=True, slots=True, eq=False)
class Class:
    """A class of the text."""

    node: ast.ClassDef
    scope: Scope
    methods: Mapping[str, ast.FunctionDef]
    scalar: bool
    """Whether it is a number that can be differentiated, as an engine for scalars defines it."""


@dataclass(slots=True, eq=False)
class Instance:
    """An object of a class of the text."""

    of: Class
    attributes: Names = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Layer:
    """A module of a library, such as nn.Linear(2, 3), or several in a row."""

    kind: str
    places: tuple[object, ...]
    options: Mapping[str, object]
    path: tuple[str, ...] = ()
    name: str | None = None
    parameters: dict[str, Value] = field(default_factory=dict)
    schemes: dict[str, Data] = field(default_factory=dict)
    """How parameters are drawn where the text says so."""


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A method of a value, before it is called."""

    of: object
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Gradient:
    """`grad(f)`: the function whose value is differentiated, and by which arguments."""

    function: object
    by: tuple[int, ...]
    with_value: bool
    more: bool = False
    """Whether the function has more results than the loss."""
