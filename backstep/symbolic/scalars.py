"""A network's numbers one by one, each built when it is first read; evaluates none of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeAlias

import numpy as np
import sympy

from backstep.graph.parameters import Parameters
from backstep.ops.symbolic_roles import ADD, DIVIDE, IDENTITY, LOG, MULTIPLY, NEGATE, SUBTRACT
from backstep.symbolic.targets import Place

Input: TypeAlias = "Scalar | sympy.Expr | Fraction | float"
"""A scalar, a literal in SymPy, or a number of a NumPy form."""
At: TypeAlias = tuple[int, Place] | int | None
Made: TypeAlias = tuple[str, Sequence[Input], Parameters | None, At]
"""A scalar's row, inputs, parameters, and place."""


class Count:
    """The number of scalars; each takes the next number."""

    __slots__ = ("made",)

    def __init__(self) -> None:
        self.made = 0


class Scalar:
    """One number of the network: a leaf's element, or a row applied to other scalars.

    NumPy forms are applied to arrays of these, so that it supports arithmetic operators. What an
    element of a node is computed from is found on the first access: by `make`.
    """

    __slots__ = ("_at", "_inputs", "_make", "_op", "_params", "count", "home", "number")

    def __init__(
        self,
        count: Count,
        op: str = "",
        inputs: Sequence[Input] = (),
        params: Parameters | None = None,
        at: At = None,
        make: Callable[[], Made] | None = None,
        home: tuple[int, int] | None = None,
    ) -> None:
        self.count = count
        self.number = count.made
        count.made += 1
        self._op, self._inputs, self._params, self._at = op, inputs, params, at
        self._make = make
        self.home = home
        """The node's id, and the place of this element in row-major order."""

    def _unfold(self) -> None:
        if self._make is not None:
            make, self._make = self._make, None
            self._op, self._inputs, self._params, self._at = make()

    @property
    def op(self) -> str:
        """The operation's name."""
        self._unfold()
        return self._op

    @property
    def inputs(self) -> Sequence[Input]:
        """The scalars that it reads."""
        self._unfold()
        return self._inputs

    @property
    def params(self) -> Parameters | None:
        """The static parameters of the operation."""
        self._unfold()
        return self._params

    @property
    def at(self) -> At:
        """For a leaf its node and place; for a row on many, the number of its result's element."""
        self._unfold()
        return self._at

    def __add__(self, other: Input) -> Input:
        return self if _is(other, 0) else Scalar(self.count, ADD, (self, other))

    def __radd__(self, other: Input) -> Input:
        return self if _is(other, 0) else Scalar(self.count, ADD, (other, self))

    def __mul__(self, other: Input) -> Input:
        if _is(other, 0) or _is(other, 1):
            return self if other else 0
        return Scalar(self.count, MULTIPLY, (self, other))

    def __rmul__(self, other: Input) -> Input:
        if _is(other, 0) or _is(other, 1):
            return self if other else 0
        return Scalar(self.count, MULTIPLY, (other, self))

    def __sub__(self, other: Input) -> Scalar:
        return Scalar(self.count, SUBTRACT, (self, other))

    def __rsub__(self, other: Input) -> Scalar:
        return Scalar(self.count, SUBTRACT, (other, self))

    def log(self) -> Scalar:
        """The natural logarithm, which NumPy asks its objects for."""
        return Scalar(self.count, LOG, (self,))

    def __truediv__(self, other: Input) -> Input:
        return self if _is(other, 1) else Scalar(self.count, DIVIDE, (self, other))

    def __rtruediv__(self, other: Input) -> Scalar:
        return Scalar(self.count, DIVIDE, (other, self))

    def __neg__(self) -> Scalar:
        return Scalar(self.count, NEGATE, (self,))


def _is(value: Input, number: int) -> bool:
    return not isinstance(value, Scalar) and bool(value == number)


def taken_over(result: Input) -> Made:
    """What an element is computed from, if a NumPy form returned it: its sum flattened."""
    if not isinstance(result, Scalar) or result.home is not None:
        return IDENTITY, (result,), None, None
    inputs = inner_terms(result) if result.op == ADD else result.inputs
    return result.op, inputs, result.params, result.at


def inner_terms(total: Scalar) -> list[Input]:
    """All summands of a chain of sums, first to last; an element of a node is one of them."""
    found: list[Input] = []
    open_terms: list[Input] = [total]
    while open_terms:
        term = open_terms.pop()
        inner = isinstance(term, Scalar) and (term is total or term.home is None)
        if isinstance(term, Scalar) and inner and term.op == ADD:
            open_terms.extend(reversed(term.inputs))
        else:
            found.append(term)
    return found


def written(value: Input) -> sympy.Expr:
    """A number converted to SymPy, exactly."""
    if isinstance(value, sympy.Basic):
        return value
    if isinstance(value, int | np.integer):
        return sympy.Integer(int(value))
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    assert not isinstance(value, Scalar)
    return sympy.nsimplify(float(value), rational=True)
