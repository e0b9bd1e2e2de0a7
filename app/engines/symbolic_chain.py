"""The chain rule on scalars, in SymPy: what each sends back, in symbols that stand for values.

Each local derivative is SymPy's own, of the table's forward form. While they are multiplied a
symbol stands for every intermediate value, so that p/p goes away; values are put in at the end.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import sympy

from app.engines.symbolic_functions import Params, is_condition, named_function, reduced
from app.engines.symbolic_numbers import admit_number, admit_power
from app.engines.symbolic_print import operations
from app.engines.symbolic_scalars import Scalar, readers, written
from app.engines.symbolic_tidy import cancelled, joined
from app.ops import TABLE
from app.ops.closed import (
    AS_IT_STANDS,
    CHOICE,
    MINUS,
    OPPOSITE,
    PLUS,
    RAISED,
    SAME,
    SHARES,
    TIMES,
)
from app.ops.row import COMPARISON

_PLAIN = frozenset({PLUS, MINUS, OPPOSITE})
"""What is looked through where it is a number and a value: 1 − p is no symbol of its own."""

_MOST_FORWARD = 16
"""Derivatives of one answer that are made in both directions, to give the shorter."""
_SHORT = 40
"""Operations of a derivative that backward is as good."""


class Chain:
    """The closed values of scalars, and the derivatives of one of them by others.

    `leaf` gives the symbol of a leaf's element.
    """

    def __init__(self, order: Sequence[Scalar], leaf: Any) -> None:
        self._order = order
        self._leaf = leaf
        self._values: dict[int, Any] = {}
        self._views: dict[int, Any] = {}
        self._sizes: dict[int, int] = {}
        self._of: dict[str, Scalar] = {}
        self._siblings: dict[Any, list[Scalar]] = {}
        for scalar in order:
            if scalar.op == SHARES:
                self._siblings.setdefault(_slice(scalar), []).append(scalar)

    def value(self, scalar: Any) -> Any:
        """The closed form of a scalar."""
        if not isinstance(scalar, Scalar):
            return written(scalar)
        for each in self._behind(scalar, self._values):
            self._values[each.number] = self._made(each)
        return self._values[scalar.number]

    def size(self, scalar: Any) -> int:
        """The most operations its closed form has."""
        if not isinstance(scalar, Scalar):
            return 0
        for each in self._behind(scalar, self._sizes):
            row = TABLE[each.op]
            inputs = _read(each)
            read = sum(self._sizes[i.number] for i in inputs if isinstance(i, Scalar))
            own = 0 if row.leaf else row.operations
            many = len(inputs) if each.op == PLUS or not row.elementwise else 1
            self._sizes[each.number] = row.copies * read + own * many
        return self._sizes[scalar.number]

    def _behind(self, scalar: Scalar, done: Mapping[int, Any]) -> list[Scalar]:
        """The scalars not done that it is computed from, in order, and itself."""
        if scalar.number in done:
            return []
        seen, open_scalars = {scalar.number: scalar}, [scalar]
        while open_scalars:
            for each in _read(open_scalars.pop()):
                if not isinstance(each, Scalar) or each.number in done or each.number in seen:
                    continue
                seen[each.number] = each
                open_scalars.append(each)
        return [seen[number] for number in sorted(seen)]

    def _made(self, scalar: Scalar) -> Any:
        if scalar.op == "leaf":
            return self._leaf(*scalar.at)
        if scalar.op == PLUS:
            return sympy.Add(*map(self._known, _terms(scalar)))
        return _formed(scalar, [self._known(each) for each in scalar.inputs])

    def _known(self, value: Any) -> Any:
        if not isinstance(value, Scalar):
            return written(value)
        return self.value(value)

    def view(self, value: Any) -> Any:
        """What stands for a value while derivatives are multiplied."""
        if not isinstance(value, Scalar):
            return written(value)
        found = self._views.get(value.number)
        if found is None:
            found = self._views[value.number] = self._viewed(value)
        return found

    def _viewed(self, scalar: Scalar) -> Any:
        if scalar.op == SAME:
            return self.view(scalar.inputs[0])
        if scalar.op in _PLAIN and sum(isinstance(i, Scalar) for i in scalar.inputs) == 1:
            return _formed(scalar, [self.view(each) for each in scalar.inputs])
        if scalar.op in _CONDITIONS:
            return self.value(scalar)
        symbol = sympy.Symbol(f"v{scalar.number:07d}")
        self._of[symbol.name] = scalar
        return symbol

    def bound(self, loss: Any, targets: Collection[int]) -> dict[int, int]:
        """By target the most operations its derivative has, counted before any is made."""
        counted = {number: 0 for number in targets}
        if not isinstance(loss, Scalar):
            return counted
        sent: dict[int, int] = {loss.number: 0}
        for scalar in reversed(list(readers(self._order, targets))):
            above = sent.pop(scalar.number, None)
            if above is None:
                continue
            if scalar.number in counted:
                counted[scalar.number] = above
            for place, each in enumerate(scalar.inputs):
                if not isinstance(each, Scalar):
                    continue
                slope = self._slope(scalar, place)
                if slope == 0:
                    continue
                own = 0 if slope in (1, -1) else 1 + self.counted(slope)
                more = 1 if each.number in sent else 0
                sent[each.number] = sent.get(each.number, 0) + above + own + more
        return counted

    def counted(self, formula: Any) -> int:
        """The operations of a formula once the values are put in."""
        total = int(operations(formula))
        for part in sympy.preorder_traversal(formula):
            if part.is_Symbol and part.name in self._of:
                total += self.size(self._of[part.name])
        return total

    def derivatives(self, loss: Any, targets: Collection[int]) -> dict[int, Any]:
        """By target the closed derivative of the loss."""
        found = {number: sympy.Integer(0) for number in targets}
        if not isinstance(loss, Scalar):
            return found
        sent: dict[int, list[Any]] = {loss.number: [sympy.Integer(1)]}
        for scalar in reversed(list(readers(self._order, targets))):
            parts = sent.pop(scalar.number, None)
            if parts is None:
                continue
            total = joined(parts)
            if scalar.number in found:
                found[scalar.number] = total
            if total == 0:
                continue
            for place, each in enumerate(scalar.inputs):
                if isinstance(each, Scalar):
                    part = self._sent(total, scalar, place)
                    if part != 0:
                        sent.setdefault(each.number, []).append(part)
        if len(found) <= _MOST_FORWARD:
            for number, formula in found.items():
                backward = self.counted(formula)
                if backward <= _SHORT:
                    continue
                forward = self._forward(loss, number)
                if 5 * self.counted(forward) < 4 * backward:
                    found[number] = forward
        return {number: self._closed(formula) for number, formula in found.items()}

    def _forward(self, loss: Scalar, target: int) -> Any:
        """The same from the target on: shorter where many ways meet before the loss."""
        moved: dict[int, Any] = {}
        for scalar in readers(self._order, [target]):
            if scalar.number == target:
                moved[target] = sympy.Integer(1)
                continue
            parts = [
                self._sent(moved[each.number], scalar, place)
                for place, each in enumerate(scalar.inputs)
                if isinstance(each, Scalar) and moved.get(each.number, 0) != 0
            ]
            if parts:
                moved[scalar.number] = joined(parts)
        return moved.get(loss.number, sympy.Integer(0))

    def _sent(self, total: Any, scalar: Scalar, place: int) -> Any:
        if scalar.op == CHOICE:
            # A choice of what arrives: a slope outside its branch is not multiplied by 0.
            branches = [total if at == place else sympy.Integer(0) for at in (1, 2)]
            condition = self.view(scalar.inputs[0])
            if place == 0:
                return sympy.Integer(0)
            return named_function(TABLE[CHOICE])(condition, *branches)
        return cancelled(total, self._slope(scalar, place))

    def _closed(self, formula: Any) -> Any:
        values = {
            symbol: self.value(self._of[symbol.name])
            for symbol in formula.free_symbols
            if symbol.name in self._of
        }
        return formula.xreplace(values)

    def _slope(self, scalar: Scalar, place: int) -> Any:
        """The local derivative by one input, in views."""
        if scalar.op in (SAME, PLUS):
            return sympy.Integer(1)
        if scalar.op in (MINUS, OPPOSITE):
            return sympy.Integer(1 if scalar.op == MINUS and place == 0 else -1)
        row = TABLE[scalar.op]
        if row.flat or scalar.op in _CONDITIONS:
            return sympy.Integer(0)
        if scalar.op == CHOICE:
            return sympy.Integer(0 if place == 0 else 1)
        views = [self.view(each) for each in scalar.inputs]
        if scalar.op == TIMES:
            return views[1 - place]
        own = self.view(scalar)
        if scalar.op == SHARES:
            # p_i(δ − p_j), in the values of its own slice.
            siblings = {each.at: self.view(each) for each in self._siblings[_slice(scalar)]}
            return own * ((1 if place == scalar.at else 0) - siblings[place])
        given = tuple(
            None if isinstance(each, Scalar) else view
            for each, view in zip(scalar.inputs, views, strict=True)
        )
        fixed = tuple(sorted((scalar.params or {}).items()))
        slope, value, places = _template(scalar.op, fixed, given, place, scalar.at)
        return slope.xreplace({value: own, **dict(zip(places, views, strict=True))})


_CONDITIONS = frozenset(
    name for name, row in TABLE.items() if row.elementwise and row.notation.precedence == COMPARISON
)


def _slice(scalar: Scalar) -> Any:
    return tuple(
        each.number if isinstance(each, Scalar) else ("number", str(each)) for each in scalar.inputs
    )


def _read(scalar: Scalar) -> Sequence[Any]:
    """What a scalar's closed form is made of: a chain of sums is one sum."""
    return _terms(scalar) if scalar.op == PLUS else scalar.inputs


def _terms(scalar: Scalar) -> list[Any]:
    """All that a chain of sums adds up, first to last."""
    found: list[Any] = []
    open_terms: list[Any] = [scalar]
    while open_terms:
        term = open_terms.pop()
        if isinstance(term, Scalar) and term.op == PLUS:
            open_terms.extend(reversed(term.inputs))
        else:
            found.append(term)
    return found


_UNCHANGED = {RAISED: sympy.Pow, AS_IT_STANDS: sympy.tanh}
"""What SymPy gives back as it is of a sum, after it has looked for infinities in all its parts."""


def _stands(op: str, inputs: list[Any]) -> bool:
    """Whether SymPy need not look at an operation on a sum."""
    if op not in _UNCHANGED or not inputs[0].is_Add or not inputs[0].free_symbols:
        return False
    return op == AS_IT_STANDS or bool(inputs[1].is_Integer and inputs[1] > 1)


def _formed(scalar: Scalar, inputs: list[Any]) -> Any:
    return _form(scalar.op, scalar.params or {}, inputs, scalar.at)


def _form(op: str, params: Mapping[str, Any], inputs: list[Any], at: Any) -> Any:
    row = TABLE[op]
    if op == SAME:
        return inputs[0]
    if row.elementwise:
        admit_power(row, inputs)
        if _stands(op, inputs):
            return _UNCHANGED[op](*inputs, evaluate=False)
        form = named_function(row, params) if row.named else row.sympy
        assert form is not None
        return admit_number(form(*inputs, **({} if row.named else params)))
    if row.named:
        return reduced(named_function(row), inputs)
    assert row.sympy is not None
    made = row.sympy(np.array(inputs, dtype=object), **params)
    return made if at is None else made[at]


@cache
def _template(
    op: str, params: Params, given: tuple[Any, ...], place: int, at: Any
) -> tuple[Any, Any, tuple[Any, ...]]:
    """A local derivative, the symbol of the own value in it, and those of the inputs."""
    places = sympy.symbols(f"z:{len(given)}", seq=True)
    inputs = [
        symbol if number is None else number for symbol, number in zip(places, given, strict=True)
    ]
    value = sympy.Symbol("value")
    form = _form(op, dict(params), inputs, at)
    slope = sympy.diff(form, places[place])
    if not is_condition(form) and not form.is_Symbol and not form.is_number:
        slope = slope.xreplace({form: value})
    return slope, value, places
