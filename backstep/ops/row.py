"""What a row of the operation table is, and short ways to write one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from backstep.graph.node import Node, OperandLike
from backstep.graph.parameters import Parameters
from backstep.graph.shape import Shape, ShapeError, broadcast, spell

Array = NDArray[np.float64]
Floats: TypeAlias = NDArray[np.float64] | np.float64
"""What a NumPy form takes and returns: an array of floats or, without axes, NumPy's number.

The form of a row without a SymPy column is applied to arrays of expressions too (`Objects`).
"""
Mask = NDArray[np.bool_]
Objects = NDArray[np.object_]
"""An array of what NumPy has no numbers for: SymPy's expressions, exact numbers, scalars."""
Contribution = Node | None
Key: TypeAlias = tuple[int | slice, ...]
"""An index into an array."""

# How tightly a notation binds, loosest first, as the language reads it.
COMPARISON, SUM, TERM, PRODUCT, SIGN, POWER, ATOM = range(7)


@dataclass(frozen=True, slots=True)
class NoGradient:
    """A rule's result if the partial is zero, with the reason that the reader gets."""

    reason: str


@dataclass(frozen=True, slots=True)
class Notation:
    """How an operation is printed as language text, and its sign in drawings.

    `text` takes the printed inputs and the static parameters. `operands` is the precedence each
    input needs to stand without brackets (the last one serves all further). `sign` is the sign in
    the drawing's circle. How it is set as mathematics is in `formula/table`.
    """

    sign: str
    text: Callable[..., str]
    precedence: int = ATOM
    operands: tuple[int, ...] = (COMPARISON,)


@dataclass(frozen=True, slots=True)
class Kink:
    """Where a partial is a convention: `hits` marks the elements, `words` state the choice."""

    code: str
    words: str
    hits: Callable[..., Mask | np.bool_]
    always: bool = False
    """Reported even if no partial arrives: it is the reason that none would go on."""
    infinite: bool = False
    """The slope is infinite there, and the value is finite."""
    second: Callable[[Array], Mask | np.bool_] | None = None
    """What holds of the second input wherever it hits, if that alone can rule it out: of x², whose
    exponent is written, no value is at a kink.
    """


@dataclass(frozen=True, slots=True)
class Sample:
    """Input shapes, the interval each input is drawn from, and static parameters, for checks."""

    shapes: tuple[Shape, ...]
    params: Parameters = field(default_factory=Parameters)
    domain: tuple[tuple[float, float], ...] = ()
    integer_inputs: tuple[int, ...] = ()
    """Inputs that hold integers (class numbers)."""


@dataclass(frozen=True, slots=True)
class Row:
    """Everything about one operation.

    `numpy(*arrays, **params)` and `sympy(*expressions, **params)` compute it; if the SymPy column
    is None the NumPy form is applied to arrays of expressions. `vjp(g, out, *inputs, **params)`
    builds, for each input, the incoming partial `g` times the local derivative: a node, None if the
    output is no function of it, or NoGradient. `terms` is how many elements of its inputs one
    output element reads; with `operations` it bounds a closed formula's size. `check(*arrays,
    **params)` returns a sentence if it cannot be applied to the values.
    """

    name: str
    doc: str
    shape: Callable[..., Shape]
    numpy: Callable[..., Any]
    vjp: Callable[..., tuple[Contribution | NoGradient, ...]]
    notation: Notation
    meaning: Callable[..., str] | None = None
    """One element of the result in terms of elements of the inputs, as LaTeX, if a name says too
    little.

    Takes the LaTeX of the inputs; i is the element's own index, and n how many are read.
    """
    sympy: Callable[..., Any] | None = None
    arity: tuple[int, int | None] = (1, 1)
    elementwise: bool = False
    kinks: tuple[Kink, ...] = ()
    branch: Callable[..., Any] | None = None
    """Which of its smooth pieces its inputs lie on, as numbers; None if it has one alone."""
    near: Callable[..., Any] | None = None
    """The NumPy form of a comparison that treats numbers a few ulps apart as equal."""
    samples: tuple[Sample, ...] = ()
    example: str = ""
    operations: int = 1
    terms: Callable[..., int] | None = None
    work: int | Callable[..., int] = 1
    """The cost of one evaluation, as `autodiff/cost` counts it: for each element, or a function.

    A function is called `(elements, *shapes, **params)` with the number of elements of the result
    and the inputs' shapes.
    """
    copies: int = 1
    """How often the closed form writes each input (a Piecewise repeats it in its conditions)."""
    slope: tuple[int, int] = (4, 12)
    """The closed local derivative's size is at most the first times its inputs' plus the second."""
    reads_all: bool = False
    """Whether each local derivative reads all the elements that an output element reads."""
    transparent: bool = False
    """Printed as its last input alone, as tightly as that binds."""
    raises: bool = False
    """A power: SymPy distributes it over the factors of a product."""
    factors: bool = False
    """A product for SymPy, of all the elements that an element of the result reads."""
    named: bool = False
    """SymPy keeps it as a function of its own name while differentiating, for tidy formulas.

    A reduction is then a function of all the elements it reduces.
    """
    stops: bool = False
    """The path back ends at it on purpose: its value changes, and the change is not followed."""
    zero_derivative: bool = False
    """Its derivative is 0 wherever it exists, which SymPy need not find."""
    labels: tuple[int, ...] = ()
    """Inputs that are class numbers: no partial, and concrete in a closed formula."""
    check: Callable[..., str | None] | None = None
    leaf: bool = False
    random: bool = False
    """Drawn from a stream of its own; a training draws again for each update."""
    marks_partial: bool = False
    """Its output is an incoming partial, whatever it is computed from."""
    reads: Callable[..., tuple[Key, ...]] | None = None
    """For an element of the result, the index into each input of what its NumPy form reads.

    Called with the element's index and the inputs' shapes. None if all elements are formed
    together.
    """
    whole: bool = False
    """Each result may depend on every element of the inputs, and not as a sum of products does."""
    fades: bool = False
    """Elementwise, and its value can round to 0 although none of its inputs is 0."""
    chooses: bool = False
    """Each of its elements is taken from one of its inputs, and depends on no other."""
    shapes: bool = False
    """Its purpose is its result's shape, so that an axis of size 1 is there on purpose."""
    product: bool = False
    """Takes `strong`, the side on which an incoming partial is: its zeros give zeros."""
    in_formulas: bool = False
    """Formulas alone hold it, which are read: what is trained and exported has its parts."""

    @property
    def crossed(self) -> bool:
        """Whether it is smooth on both sides of each kink, as |x| is: no pole, and no end of a
        domain.

        Its samples then lie on all of its pieces.
        """
        domains = [low for sample in self.samples for low, _ in sample.domain]
        return self.branch is not None and all(low <= 0 for low in domains)

    def shape_of(self, shapes: tuple[Shape, ...], params: Parameters) -> Shape:
        """The result's shape; raises ShapeError if the inputs do not fit."""
        low, high = self.arity
        if len(shapes) < low or (high is not None and len(shapes) > high):
            raise ShapeError(f"'{self.name}' takes {low} inputs, {len(shapes)} given")
        return self.shape(*shapes, **params)


def operation(name: str) -> Callable[..., Node]:
    """A function that builds nodes of the named row from nodes, as rules do."""

    def build(*inputs: OperandLike, **params: object) -> Node:
        graph = next(value.graph for value in inputs if isinstance(value, Node))
        return graph.apply(name, *inputs, span=None, **params)

    return build


def same_shape(shape: Shape, **_: object) -> Shape:
    """The shape rule of an operation that keeps its input's shape."""
    return shape


def broadcast_shape(*shapes: Shape, **_: object) -> Shape:
    """The shape rule of an elementwise operation on several inputs."""
    return broadcast(*shapes)


def call(name: str, sign: str | None = None) -> Notation:
    """Notation of a function: `name(a, b)`."""

    def text(*inputs: str, **params: object) -> str:
        options = [f"{key}={value}" for key, value in params.items() if value is not None]
        return f"{name}({', '.join([*inputs, *options])})"

    return Notation(sign or name, text)


def infix(
    sign: str, text: str, precedence: int, left: int | None = None, right: int = 0
) -> Notation:
    """Notation of a binary operator; `right` is added to the precedence its right side needs."""
    return Notation(
        sign,
        lambda a, b, **_: f"{a}{text}{b}",
        precedence,
        (precedence if left is None else left, precedence + right),
    )


UNARY_SHAPES: tuple[Shape, ...] = ((), (3,), (2, 3))
BINARY_SHAPES: tuple[tuple[Shape, Shape], ...] = (((), ()), ((2, 3), (3,)), ((3, 1), (1, 4)))


def unary(
    name: str,
    doc: str,
    numpy: Callable[..., object],
    sympy: Callable[..., object],
    vjp: Callable[..., tuple[Contribution | NoGradient, ...]],
    notation: Notation,
    domain: tuple[float, float] = (-2.0, 2.0),
    params: Parameters | None = None,
    **rest: Any,
) -> Row:
    """A row for an elementwise operation of one input.

    `domain` is where checks sample it, `params` the static parameters they use.
    """
    return Row(
        name=name,
        doc=doc,
        shape=same_shape,
        numpy=numpy,
        sympy=sympy,
        vjp=vjp,
        notation=notation,
        elementwise=True,
        samples=tuple(Sample((shape,), params or {}, domain=(domain,)) for shape in UNARY_SHAPES),
        **rest,
    )


def binary(
    name: str,
    doc: str,
    numpy: Callable[..., object],
    sympy: Callable[..., object],
    vjp: Callable[..., tuple[Contribution | NoGradient, ...]],
    notation: Notation,
    domain: tuple[tuple[float, float], tuple[float, float]] = ((-2.0, 2.0), (-2.0, 2.0)),
    **rest: Any,
) -> Row:
    """A row for an elementwise operation of two inputs that broadcast."""
    return Row(
        name=name,
        doc=doc,
        shape=broadcast_shape,
        numpy=numpy,
        sympy=sympy,
        vjp=vjp,
        notation=notation,
        arity=(2, 2),
        elementwise=True,
        samples=tuple(Sample(shapes, domain=domain) for shapes in BINARY_SHAPES),
        **rest,
    )


def vector_only(name: str, *shapes: Shape) -> None:
    """Raises ShapeError if an input of an operation on vectors is none."""
    for shape in shapes:
        if len(shape) != 1:
            raise ShapeError(f"'{name}' takes vectors, not {spell(shape)}")
