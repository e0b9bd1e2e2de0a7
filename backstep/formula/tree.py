"""The formula tree: a few kinds of frozen, interned nodes, and how they are put together.

Two formulas that are written alike are one object, so that equality is identity, what changed
between two lines is found by identity, and a part that stands in many places is printed once.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cache
from typing import Any, Literal
from weakref import WeakValueDictionary

from backstep.graph.shape import Shape

Role = Literal[
    "",
    "input",
    "target",
    "param",
    "const",
    "value",
    "partial",
    "index",
    "constant",
    "condition",
]
"""What a symbol stands for: a leaf of the definition by its role, a value computed from them, a
partial of the loss, an index of a sum, a constant of mathematics, or a condition, as of `where`."""

_KNOWN: WeakValueDictionary[tuple[Any, ...], Any] = WeakValueDictionary()


class _Interned(type):
    """Gives the formula that there is already where an equal one is asked for."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        made = super().__call__(*args, **kwargs)
        key = (cls, *[getattr(made, name) for name in _field_names(cls)])
        return _KNOWN.setdefault(key, made)


@cache
def _field_names(cls: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(cls))


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Formula(metaclass=_Interned):
    """Any formula. Compared and hashed by identity, which for interned nodes is equality."""

    @property
    def parts(self) -> tuple[Formula, ...]:
        """The formulas that it is made of, in the order in which they are read."""
        return ()

    @property
    def shape(self) -> Shape:
        """The shape of its value; `()` where no shape is known for a symbol in it.

        Raises ShapeError where its parts do not fit together.
        """
        from backstep.formula.shapes import shape

        return shape(self)

    def __reduce__(self) -> Any:
        # Copied or unpickled it is interned again.
        return type(self), tuple(getattr(self, each.name) for each in fields(self))


@dataclass(frozen=True, slots=True, eq=False)
class Num(Formula):
    """A number that is not negative: its exact value, and the text it was typed as, if it was."""

    value: Fraction
    text: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Figure(Formula):
    """A value in force where a name would stand, to four digits; in the colour of its role.

    It has a sign of its own, and may be infinite or none.
    """

    value: float
    role: Role = ""


@dataclass(frozen=True, slots=True, eq=False)
class Sym(Formula):
    """A symbol: the name of a node, of a partial, of an index.

    `version` is the number, from 1, of this definition of a name that is defined several times;
    if it is the `latest`, the plain name means it. `loss` is what is derived, as L in ∂L/∂w.
    `node` is the id of the graph's node that it stands for. `of` is the symbol that stands below
    this one, as h in δ_h, whose name is delta_h; below an accent, w̄, if that is the name, and
    behind ∇.
    """

    name: str
    role: Role = ""
    node: int | None = None
    size: Shape = ()
    version: int | None = None
    latest: bool = True
    of: Sym | None = None
    loss: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Op(Formula):
    """An operator between two operands or more, applied from the left: a sum, a product, a matrix
    product, a comparison. A difference is a sum with a negative term."""

    op: str
    args: tuple[Formula, ...]

    @property
    def parts(self) -> tuple[Formula, ...]:
        """The formulas directly beneath, in their order."""
        return self.args


@dataclass(frozen=True, slots=True, eq=False)
class Neg(Formula):
    """A formula with its sign turned."""

    arg: Formula

    @property
    def parts(self) -> tuple[Formula, ...]:
        """The formulas directly beneath, in their order."""
        return (self.arg,)


@dataclass(frozen=True, slots=True, eq=False)
class Frac(Formula):
    """A quotient."""

    top: Formula
    bottom: Formula

    @property
    def parts(self) -> tuple[Formula, ...]:
        """The formulas directly beneath, in their order."""
        return (self.top, self.bottom)


@dataclass(frozen=True, slots=True, eq=False)
class Pow(Formula):
    """A power."""

    base: Formula
    exponent: Formula

    @property
    def parts(self) -> tuple[Formula, ...]:
        """The formulas directly beneath, in their order."""
        return (self.base, self.exponent)


@dataclass(frozen=True, slots=True, eq=False)
class Call(Formula):
    """A function on arguments: `name` is a row of the operations' table.

    `options` are its static parameters, as pairs in the order in which they are written.
    """

    name: str
    args: tuple[Formula, ...]
    options: tuple[tuple[str, Any], ...] = ()

    @property
    def parts(self) -> tuple[Formula, ...]:
        """The formulas directly beneath, in their order."""
        return self.args

    def option(self, name: str, otherwise: Any = None) -> Any:
        """A static parameter by its name."""
        return dict(self.options).get(name, otherwise)


@dataclass(frozen=True, slots=True, eq=False)
class At(Formula):
    """Elements of a value: on each axis a number, a (start, stop, step), or a symbol."""

    value: Formula
    key: tuple[Any, ...]

    @property
    def parts(self) -> tuple[Formula, ...]:
        """The formulas directly beneath, in their order."""
        return (self.value, *(part for part in self.key if isinstance(part, Formula)))


@dataclass(frozen=True, slots=True, eq=False)
class Deriv(Formula):
    """∂top/∂bottom, one atom. Without `top` it is the operator that stands before `at`.

    `along` says which edge alone is meant, where several lead the same way.
    """

    top: Formula | None
    bottom: Formula
    at: Formula | None = None
    along: Formula | str | None = None

    @property
    def parts(self) -> tuple[Formula, ...]:
        """The formulas directly beneath, in their order."""
        found = (self.top, self.bottom, self.at, self.along)
        return tuple(each for each in found if isinstance(each, Formula))


@dataclass(frozen=True, slots=True, eq=False)
class Big(Formula):
    """Σ or ∏ over an index, with its bounds if there are any."""

    op: Literal["sum", "prod"]
    body: Formula
    index: Formula | None = None
    low: Formula | None = None
    high: Formula | None = None

    @property
    def parts(self) -> tuple[Formula, ...]:
        """The formulas directly beneath, in their order."""
        found = (self.index, self.low, self.high, self.body)
        return tuple(each for each in found if each is not None)


@dataclass(frozen=True, slots=True, eq=False)
class Cases(Formula):
    """A choice by conditions: pairs of a value and its condition, the last with none."""

    rows: tuple[tuple[Formula, Formula | None], ...]

    @property
    def parts(self) -> tuple[Formula, ...]:
        """The formulas directly beneath, in their order."""
        return tuple(each for row in self.rows for each in row if each is not None)


@dataclass(frozen=True, slots=True, eq=False)
class Mat(Formula):
    """A list of formulas of one shape; of lists it is a matrix."""

    items: tuple[Formula, ...]

    @property
    def parts(self) -> tuple[Formula, ...]:
        """The formulas directly beneath, in their order."""
        return self.items


MarkKind = Literal["upstream", "local", "contribution", "changed", "hidden"]


@dataclass(frozen=True, slots=True, eq=False)
class Mark(Formula):
    """A formula with a word on what it is here. Readers and code see through it."""

    kind: MarkKind
    inner: Formula

    @property
    def parts(self) -> tuple[Formula, ...]:
        """The formulas directly beneath, in their order."""
        return (self.inner,)


PI = Sym("pi", "constant")
INFINITY = Sym("inf", "constant")
ZERO, ONE = Num(Fraction(0)), Num(Fraction(1))


def number(value: int | Fraction, text: str | None = None) -> Formula:
    """A number of any sign; `text` is how it was typed."""
    exact = Fraction(value)
    signed = exact < 0 or (text is not None and text.startswith("-"))
    size = Num(abs(exact), None if text is None else text.removeprefix("-"))
    return Neg(size) if signed else size


def add(*terms: Formula) -> Formula:
    """A sum; what is added first is no sum of its own."""
    return _flat("add", terms)


def subtract(left: Formula, right: Formula) -> Formula:
    """A difference: the sum with the negative."""
    return add(left, Neg(right))


def multiply(*factors: Formula) -> Formula:
    """A product, element by element where two factors are tensors."""
    return _flat("multiply", factors)


def factors(formula: Formula) -> tuple[Formula, ...]:
    """The factors of a product; of anything else itself."""
    return formula.args if isinstance(formula, Op) and formula.op == "multiply" else (formula,)


def times(*factors: Formula) -> Formula:
    """A product as the chain rule has it, factor by factor: each stays one, with dots between."""
    if len(factors) == 1:
        return factors[0]
    return Op("multiply", tuple(Mark("local", each) for each in factors))


def along_paths(*terms: Formula) -> Formula:
    """A sum as the chain rule has it, path by path: each term stays one, with its sign."""
    if len(terms) == 1:
        return terms[0]
    return Op("add", tuple(Mark("contribution", each) for each in terms))


def matmul(*factors: Formula) -> Formula:
    """A matrix product."""
    return _flat("matmul", factors)


def divide(top: Formula, bottom: Formula) -> Formula:
    """A quotient."""
    return Neg(divide(top.arg, bottom)) if isinstance(top, Neg) else Frac(top, bottom)


def _flat(op: str, args: tuple[Formula, ...]) -> Formula:
    """The operator on all; chained from the left, so that a first one of its kind is taken in.

    A sign in front of a product's first factor stands in front of all of it, as it is read.
    """
    if len(args) == 1:
        return args[0]
    first, *others = args
    if isinstance(first, Neg) and op != "add":
        return Neg(_flat(op, (first.arg, *others)))
    if isinstance(first, Op) and first.op == op:
        return Op(op, (*first.args, *others))
    return Op(op, args)


def rebuilt(formula: Formula, change: Callable[[Formula], Formula]) -> Formula:
    """The same kind of formula on changed parts."""
    match formula:
        case Op(op, args):
            return (
                _flat(op, tuple(map(change, args)))
                if op in _CHAINED
                else Op(op, tuple(map(change, args)))
            )
        case Neg(arg):
            return Neg(change(arg))
        case Frac(top, bottom):
            return divide(change(top), change(bottom))
        case Pow(base, exponent):
            return Pow(change(base), change(exponent))
        case Call(name, args, options):
            return Call(name, tuple(map(change, args)), options)
        case At(value, key):
            changed = tuple(change(each) if isinstance(each, Formula) else each for each in key)
            return At(change(value), changed)
        case Deriv(top, bottom, at, along):
            return Deriv(
                None if top is None else change(top),
                change(bottom),
                None if at is None else change(at),
                change(along) if isinstance(along, Formula) else along,
            )
        case Big(op, body, index, low, high):
            bounds = (None if each is None else change(each) for each in (index, low, high))
            return Big(op, change(body), *bounds)
        case Cases(rows):
            return Cases(tuple((change(a), None if b is None else change(b)) for a, b in rows))
        case Mat(items):
            return Mat(tuple(map(change, items)))
        case Mark(kind, inner):
            return Mark(kind, change(inner))
    return formula


_CHAINED = frozenset({"add", "multiply", "matmul"})
"""Operators that take in a first operand of their own kind."""


def walk(formula: Formula, known: Container[Formula] = ()) -> Iterator[Formula]:
    """Every part once, each after those that it is made of, itself last; without recursion.

    What is `known` is left out, and so is what stands in nothing else.
    """
    seen: set[Formula] = set()
    open_parts = [formula]
    while open_parts:
        part = open_parts[-1]
        if part in seen or part in known:
            open_parts.pop()
            continue
        missing = [each for each in part.parts if each not in seen and each not in known]
        if missing:
            open_parts.extend(reversed(missing))
            continue
        open_parts.pop()
        seen.add(part)
        yield part


def mapped(formula: Formula, change: Callable[[Formula], Formula]) -> Formula:
    """The formula with every part, from the symbols up, replaced by what `change` makes of it."""
    done: dict[Formula, Formula] = {}
    for part in walk(formula):
        done[part] = change(rebuilt(part, done.__getitem__))
    return done[formula]


def replaced(formula: Formula, by: Mapping[Formula, Formula]) -> Formula:
    """The formula with parts replaced by others; what replaces them is not looked into."""
    done: dict[Formula, Formula] = dict(by)
    for part in walk(formula, by):
        done[part] = rebuilt(part, done.__getitem__)
    return done[formula]


def bare(formula: Formula) -> Formula:
    """The formula without any marks."""
    return mapped(formula, lambda part: part.inner if isinstance(part, Mark) else part)


def untyped(formula: Formula) -> Formula:
    """The formula with its numbers as values alone, however they were typed."""
    return mapped(formula, lambda part: Num(part.value) if isinstance(part, Num) else part)


def symbols(formula: Formula) -> list[Sym]:
    """The symbols in a formula, each once, in the order in which they are first read."""
    return [part for part in walk(formula) if isinstance(part, Sym)]


def changed(before: Formula, after: Formula) -> Formula:
    """`after` with what is new in it marked: the largest parts that stand nowhere in `before`
    and hold nothing that does but symbols and numbers."""
    known = set(walk(before))
    fresh: dict[Formula, bool] = {}
    for part in walk(after):
        inner = [each for each in part.parts if not isinstance(each, Sym | Num)]
        fresh[part] = part not in known and all(fresh[each] for each in inner)
    return _marked(after, known, fresh)


def _marked(formula: Formula, known: set[Formula], fresh: Mapping[Formula, bool]) -> Formula:
    if formula in known:
        return formula
    if fresh[formula]:
        return Mark("changed", formula)
    return rebuilt(formula, lambda part: _marked(part, known, fresh))


def operations(parts: Iterable[Formula]) -> int:
    """How many operators and functions stand in the formulas, each as often as it is written."""
    counts: dict[Formula, int] = {}
    total = 0
    for formula in parts:
        for part in walk(formula):
            own = _own(part)
            counts[part] = own + sum(counts[each] for each in part.parts)
        total += counts[formula]
    return total


def _own(part: Formula) -> int:
    match part:
        case Op(_, args):
            return len(args) - 1
        case Frac() | Pow() | Call() | Big() | Cases():
            return 1
    return 0
