"""Closed values of scalars, and the symbols that stand for them while derivatives are multiplied.

A formula composed of values is counted before it is written out. Derives nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
import sympy

from backstep.clock import heed
from backstep.graph.parameters import Parameters
from backstep.ops import TABLE
from backstep.ops.row import COMPARISON, Objects
from backstep.ops.symbolic_roles import (
    ADD,
    EQUAL,
    GUARD,
    IDENTITY,
    NEGATE,
    NOT_EQUAL,
    POWER,
    SUBTRACT,
    TANH,
    WHERE,
)
from backstep.symbolic.functions import is_condition, named_function, reduced
from backstep.symbolic.numerals import admit_number, admit_power, unformed
from backstep.symbolic.order import Order
from backstep.symbolic.printer import counted_parts, own_operations
from backstep.symbolic.scalars import Input, Scalar, written
from backstep.symbolic.targets import Place

_UNFORMED = (ArithmeticError, AttributeError, NotImplementedError, TypeError, ValueError)
_PLAIN = frozenset({ADD, SUBTRACT, NEGATE})
"""Operations that need no symbol if they combine a number and a value: 1 − p."""
_UNCHANGED = {POWER: sympy.Pow, TANH: sympy.tanh}
"""Functions that SymPy returns unchanged for a sum, after a search for infinities in all its parts.
"""
CONDITIONS = frozenset(
    name for name, row in TABLE.items() if row.elementwise and row.notation.precedence == COMPARISON
)
CHOICES = frozenset({WHERE, GUARD})
"""Rows whose first input is a condition."""


class Values:
    """The closed values of scalars, their sizes, and formulas in symbols that stand for them.

    `leaf` returns the symbol of a leaf's element. `sizes` holds, by node id, the size of each of
    its elements, if they are too many to be counted one by one.
    """

    def __init__(
        self, leaf: Callable[[int, Place], sympy.Symbol], sizes: Mapping[int, int] | None = None
    ) -> None:
        self.order = Order()
        self._leaf = leaf
        self._rough = sizes
        self._values: dict[int, sympy.Basic] = {}
        self._views: dict[int, sympy.Basic] = {}
        self._sizes: dict[int, int] = {}
        self._of: dict[str, Scalar] = {}
        self._counted: dict[sympy.Basic, int] = {}
        self._put: dict[sympy.Basic, sympy.Basic] = {}
        self._slices: dict[tuple[object, ...], Objects] = {}

    def value(self, scalar: Input) -> sympy.Basic:
        """The closed form of a scalar."""
        if not isinstance(scalar, Scalar):
            return written(scalar)
        for each in behind(scalar, self._values):
            self._values[each.number] = self._made(each)
        return self._values[scalar.number]

    def size(self, scalar: Input) -> int:
        """The most operations that its closed form has."""
        if not isinstance(scalar, Scalar):
            return 0
        if self._rough is not None and scalar.home is not None:
            return self._rough[scalar.home[0]]
        for each in behind(scalar, self._sizes, self._rough is not None):
            row = TABLE[each.op]
            inputs = read_by(each)
            read = sum(self._size_of(each) for each in inputs)
            once = row.named and row.copies == 1
            own = 0 if row.leaf else 1 if once else row.operations
            many = len(inputs) if each.op == ADD or not row.elementwise else 1
            self._sizes[each.number] = row.copies * read + own * many
        return self._sizes[scalar.number]

    def _size_of(self, value: Input) -> int:
        if not isinstance(value, Scalar):
            return 0
        if self._rough is not None and value.home is not None:
            return self._rough[value.home[0]]
        return self._sizes[value.number]

    def _made(self, scalar: Scalar) -> sympy.Basic:
        heed()
        if scalar.op == "leaf":
            assert isinstance(scalar.at, tuple)
            return self._leaf(*scalar.at)
        if scalar.op == ADD:
            terms = as_numbers(ADD, [self._known(each) for each in _terms(scalar)])
            return self.order.sum(sympy.Add(*terms), terms)
        return self.formed(scalar, [self._known(each) for each in scalar.inputs])

    def _known(self, value: Input) -> sympy.Basic:
        if not isinstance(value, Scalar):
            return written(value)
        return self._values[value.number]

    def formed(self, scalar: Scalar, inputs: list[sympy.Basic]) -> sympy.Basic:
        """A scalar's row on inputs, in their recorded order."""
        inputs = as_numbers(scalar.op, inputs)
        made = self._form(scalar, inputs)
        if scalar.op == SUBTRACT:
            inputs = [inputs[0], *(-term for term in self.order.terms(inputs[1]))]
        return self.order.like(made, inputs)

    def _form(self, scalar: Scalar, inputs: list[sympy.Basic]) -> sympy.Basic:
        """A row on many returns all results of a slice at once."""
        if scalar.at is None:
            return form(scalar.op, scalar.params or {}, inputs, None)
        key = (scalar.op, str(scalar.params), *inputs)
        if key not in self._slices:
            self._slices[key] = form(scalar.op, scalar.params or {}, inputs, None)
        return self._slices[key][scalar.at]

    def view(self, value: Input) -> sympy.Basic:
        """The symbol for a value while derivatives are multiplied."""
        if not isinstance(value, Scalar):
            return written(value)
        found = self._views.get(value.number)
        if found is None:
            found = self._views[value.number] = self._viewed(value)
        return found

    def _viewed(self, scalar: Scalar) -> sympy.Basic:
        if scalar.op == IDENTITY:
            return self.view(scalar.inputs[0])
        if scalar.op in _PLAIN and sum(isinstance(i, Scalar) for i in scalar.inputs) == 1:
            return self.formed(scalar, [self.view(each) for each in scalar.inputs])
        if scalar.op in CONDITIONS:
            return self.value(scalar)
        symbol = sympy.Symbol(f"v{scalar.number:07d}")
        self._of[symbol.name] = scalar
        return symbol

    def meant(self, symbol: sympy.Symbol) -> Scalar | None:
        """The scalar whose value a symbol stands for; None for a leaf's."""
        return self._of.get(symbol.name)

    def counted(self, formula: sympy.Basic) -> int:
        """The operations of a formula after its values are substituted."""
        found = self._counted.get(formula)
        if found is None:
            if formula.is_Symbol and formula.name in self._of:
                found = self.size(self._of[formula.name])
            else:
                found = own_operations(formula) + sum(map(self.counted, counted_parts(formula)))
            self._counted[formula] = found
        return found

    def closed(self, formula: sympy.Basic) -> sympy.Basic:
        """A formula with its values substituted, in its recorded order."""
        found = self._put.get(formula)
        if found is None:
            found = self._put[formula] = self._closed(formula)
        return found

    def _closed(self, formula: sympy.Basic) -> sympy.Basic:
        heed()
        if formula.is_Symbol:
            scalar = self._of.get(formula.name)
            return formula if scalar is None else self.value(scalar)
        if not formula.args:
            return formula
        if formula.is_Mul:
            number = formula.as_coeff_Mul()[0]
            parts = [number, *map(self.closed, self.order.written(formula))]
            return self.order.grouped(sympy.Mul(*parts), parts, parts)
        if formula.is_Add:
            parts = [self.closed(term) for term in self.order.terms(formula)]
            return self.order.sum(sympy.Add(*parts), parts)
        parts = [self.closed(part) for part in formula.args]
        if all(made is part for made, part in zip(parts, formula.args, strict=True)):
            return formula
        if formula.is_Pow and _stands(POWER, parts):
            return sympy.Pow(*parts, evaluate=False)
        if formula.is_Relational:
            return _compared(formula.func, parts)
        if isinstance(formula, sympy.Max | sympy.Min) and not all(map(_ordered, parts)):
            return sympy.nan
        if isinstance(formula, sympy.Heaviside) and parts[0].is_Add:
            # SymPy would look for the sign of the sum in all its parts.
            return sympy.Heaviside(*parts, evaluate=False)
        with _formed(formula.func.__name__):
            made = formula.func(*parts)
        return self.order.like(made, parts)


def behind(scalar: Scalar, done: Mapping[int, object], apart: bool = False) -> list[Scalar]:
    """The unfinished scalars that it is computed from, inputs before their uses, and itself.

    With `apart`, elements of nodes are left out.
    """
    found: list[Scalar] = []
    seen: set[int] = set()
    stack: list[tuple[Scalar, bool]] = [(scalar, False)]
    while stack:
        each, read = stack.pop()
        if read:
            found.append(each)
            continue
        if each.number in done or each.number in seen:
            continue
        seen.add(each.number)
        stack.append((each, True))
        stack.extend(
            (part, False)
            for part in read_by(each)
            if isinstance(part, Scalar) and not (apart and part.home is not None)
        )
    return found


def read_by(scalar: Scalar) -> Sequence[Input]:
    """The operands of a scalar's closed form: a chain of sums is one sum."""
    return _terms(scalar) if scalar.op == ADD else scalar.inputs


def _terms(scalar: Scalar) -> list[Input]:
    """All summands of a chain of sums, first to last."""
    found: list[Input] = []
    open_terms: list[Input] = [scalar]
    while open_terms:
        term = open_terms.pop()
        if isinstance(term, Scalar) and term.op == ADD:
            open_terms.extend(reversed(term.inputs))
        else:
            found.append(term)
    return found


def _stands(op: str, inputs: list[sympy.Basic]) -> bool:
    """Whether SymPy need not look at an operation on a sum, or on itself."""
    if op == TANH and isinstance(inputs[0], sympy.tanh):
        return True
    if op not in _UNCHANGED or not inputs[0].is_Add or not inputs[0].free_symbols:
        return False
    return op == TANH or bool(inputs[1].is_Integer and inputs[1] > 1)


def _compared(relation: type[sympy.Rel], sides: list[sympy.Expr]) -> sympy.Basic:
    """An unevaluated comparison: SymPy would look for the sign of the sides in all their parts."""
    if not all(map(_ordered, sides)):
        return sympy.true if relation is sympy.Ne else sympy.false
    if any(side.free_symbols for side in sides):
        return relation(*sides, evaluate=False)
    return relation(*sides)


def _ordered(value: sympy.Basic) -> bool:
    """Whether a value can be compared: no NaN, complex number or infinity without a sign."""
    return value is not sympy.nan and getattr(value, "is_extended_real", None) is not False


def as_numbers(op: str, inputs: list[sympy.Basic]) -> list[sympy.Basic]:
    """The inputs of a row, where a condition that is computed with is the number 1 or 0."""
    if not any(map(is_condition, inputs)) or _is_truth(op, inputs):
        return inputs
    first = 1 if op in CHOICES else 0
    return [*inputs[:first], *map(_as_number, inputs[first:])]


def _is_truth(op: str, inputs: list[sympy.Basic]) -> bool:
    """Whether a row asks of a condition only whether it holds."""
    return op in (EQUAL, NOT_EQUAL) and is_condition(inputs[0]) and inputs[1] == 0


def _as_number(value: sympy.Basic) -> sympy.Expr:
    return sympy.Piecewise((1, value), (0, True)) if is_condition(value) else value


def form(op: str, params: Parameters, inputs: list[sympy.Basic], at: int | None) -> sympy.Basic:
    """A row's SymPy form on inputs; for a row on many, the element `at`."""
    row = TABLE[op]
    if op == IDENTITY:
        return inputs[0]
    inputs = as_numbers(op, inputs)
    if _is_truth(op, inputs):
        return sympy.Not(inputs[0]) if op == EQUAL else inputs[0]
    if op == ADD:
        return sympy.Add(*inputs)
    if row.elementwise:
        admit_power(row, inputs)
        if _stands(op, inputs):
            return _UNCHANGED[op](*inputs, evaluate=False)
        if op in CONDITIONS and not all(map(_ordered, inputs)):
            # As in float64: NaN is neither less than anything nor equal to it.
            return sympy.true if op == NOT_EQUAL else sympy.false
        column = named_function(row, params) if row.named else row.sympy
        assert column is not None
        with _formed(op):
            return admit_number(column(*inputs, **({} if row.named else params)))
    if row.named:
        return reduced(named_function(row), inputs)
    assert row.sympy is not None
    with _formed(op):
        made = row.sympy(np.array(inputs, dtype=object), **params)
    return made if at is None else made[at]


@contextmanager
def _formed(op: str) -> Iterator[None]:
    """Raises FormulaTooLarge where SymPy raises what it will, on numbers that it cannot order."""
    try:
        yield
    except _UNFORMED as error:
        raise unformed(op) from error
