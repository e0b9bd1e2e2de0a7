"""The derivative of one name by another as an answer: numbers, a matrix formula, and by cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from backstep.autodiff.paths import on_the_way
from backstep.autodiff.reverse import backward, broadcast_whole, element
from backstep.binding.bind import BoundModel
from backstep.binding.evaluation import Remark, warnings
from backstep.binding.jacobian import jacobian
from backstep.binding.valid_formulas import InForce
from backstep.errors import FormulaTooLarge
from backstep.formula.jacobian import (
    Entries,
    IndexWriter,
    JacobianForms,
    as_index,
    by_cases,
    condition,
    written,
)
from backstep.formula.latex import latex
from backstep.formula.latex import written as set_latex
from backstep.formula.matrix import Forms, Formula
from backstep.formula.notation import Setter
from backstep.formula.operations import rows
from backstep.formula.tree import At, Deriv, Mat, Sym, operations
from backstep.formula.tree import Formula as Tree
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.graph.shape import Shape, size
from backstep.ops import TABLE
from backstep.ops.row import Array
from backstep.symbolic.targets import Target, target_for

_MOST_ELEMENTS = 16
"""A Jacobian without a matrix formula is written out, an element each, up to so many."""
_MOST_NUMBERS = 100
"""The same where all of them are constant."""
_MOST_OPERATIONS = 400
_MOST_WRITTEN = 150
"""Operations of all elements, each written out."""
_MOST_NODES = 400
"""Operations of what reverse mode sends back that are made a formula."""
_MOST_NAMES = 400
"""Elements of an axis that are named."""


@dataclass(frozen=True, slots=True)
class JacobianCase:
    """The formula of the elements for which a condition on their indices holds."""

    when: str | None
    """Such as `i == j`; null where it always holds, or for all that are left."""
    when_latex: str | None
    """Such as `i = j`."""
    text: str
    """Such as `p[i]*(1 - p[i])`."""
    latex: str
    """Such as `p_{i} \\, \\left(1 - p_{i}\\right)`."""


@dataclass(frozen=True, slots=True)
class JacobianElement:
    """One element of a Jacobian at indices that are symbols."""

    rows: Sequence[str]
    """The indices of `of`, such as `["i"]`; `0` on an axis of one element."""
    columns: Sequence[str]
    """The indices of `wrt`, such as `["j"]`."""
    text: str
    """All cases in one, such as `p[i]*(where(i == j, 1, 0) - p[j])`."""
    latex: str
    """Such as `p_{i} \\, \\left(\\mathbf{1}\\left[i = j\\right] - p_{j}\\right)`."""
    equation: str
    """∂of/∂wrt by its cases, as LaTeX."""
    display: str
    """The equation with the macro `\\fv` around each name."""


@dataclass(frozen=True, slots=True)
class Jacobian:
    """The derivative of one name's elements by another's."""

    of: str
    """What is derived, such as `p`."""
    wrt: str
    """What it is derived by, such as `z`."""
    shape: Shape
    """The axes of `of`, then those of `wrt`."""
    rows: Sequence[str] | None
    """The elements of `of` in their order, such as `["p[0]", "p[1]"]`; null past 400."""
    columns: Sequence[str] | None
    """The elements of `wrt`."""
    jacobian: Array
    """The numbers at the values in force."""
    form: Literal["matrix", "elements"] | None
    """What `text` is: one formula for all elements, or each element's own; null without one."""
    text: str | None
    """Such as `diag(p) - outer(p, p)`."""
    latex: str | None
    """Such as `\\operatorname{diag}\\left(p\\right) - p \\, p^{\\top}`."""
    display: str | None
    """The same with the macro `\\fv` around each name."""
    operations: int | None
    """Such as `3`."""
    element: JacobianElement | None
    """An element's formula; null where the elements follow no one rule of indices."""
    cases: Sequence[JacobianCase] | None
    """The element's formula by cases; those in which it is 0 are the last, without a condition."""
    skipped: str | None
    """Why there is no formula."""
    warnings: Sequence[Remark] = ()
    """As in `/evaluate`."""

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))  # what a notebook shows

    def __str__(self) -> str:
        lines = [] if self.text is None else [f"∂{self.of}/∂{self.wrt} = {self.text}"]
        if self.element is not None and self.cases is not None:
            ends = (_at(self.of, self.element.rows), _at(self.wrt, self.element.columns))
            for each in self.cases:
                when = f" where {each.when}" if each.when else ""
                when = when or (" otherwise" if len(self.cases) > 1 else "")
                lines.append(f"∂{ends[0]}/∂{ends[1]} = {each.text}{when}")
        lines += [self.skipped] if self.skipped and not lines else []
        return "\n".join([*lines, *(f"warning: {each}" for each in self.warnings)])


def _at(name: str, indices: Sequence[str]) -> str:
    return f"{name}[{', '.join(indices)}]" if indices else name


@dataclass(frozen=True, slots=True)
class _Formulas:
    form: Literal["matrix", "elements"] | None = None
    whole: Formula | None = None
    entries: Entries | None = None
    skipped: str | None = None


def jacobian_with_formulas(prepared: BoundModel, of: str, wrt: str) -> Jacobian:
    """The derivative of `of` by `wrt`, both names of the text or elements of them.

    Raises RequestError for an unknown name, LimitError, before anything is computed, for too many
    numbers. A formula that is too long is left out, with the reason.
    """
    definition = prepared.definition
    top, bottom = target_for(definition, of, "/of"), target_for(definition, wrt, "/wrt")
    numbers = jacobian(prepared, of, wrt)
    found = _formulas(prepared, top, bottom)
    whole, entries = found.whole, found.entries
    return Jacobian(
        of=top.name,
        wrt=bottom.name,
        shape=numbers.shape,
        rows=_names(top),
        columns=_names(bottom),
        jacobian=numbers,
        form=found.form,
        text=None if whole is None else whole.text,
        latex=None if whole is None else whole.latex,
        display=None if whole is None else whole.display,
        operations=None if whole is None else whole.operations,
        element=None if entries is None else _element(prepared, top, bottom, entries),
        cases=None if entries is None else _cases(prepared, entries),
        skipped=found.skipped,
        warnings=warnings(prepared, prepared.numbers()),
    )


def _names(target: Target) -> Sequence[str] | None:
    if not target.whole or not target.node.shape:
        return (target.name,)
    if len(target.places) > _MOST_NAMES:
        return None
    return tuple(f"{target.name}[{','.join(map(str, at))}]" for at in target.places)


def _formulas(prepared: BoundModel, top: Target, bottom: Target) -> _Formulas:
    """The formulas: as a matrix where there is one, else an element each where these are few."""
    prepared.seal()
    sent, seed = _sent(prepared, top, bottom)
    shape = (*_shape(top), *_shape(bottom))
    forms = Forms(prepared.definition, {} if seed is None else {seed.id: Sym("g", size=seed.shape)})
    if sent is None:
        nothing = forms.zero(shape)
        return _Formulas("matrix", nothing)
    if len(_way(prepared, top, bottom)) > _MOST_NODES:
        return _Formulas(skipped="the formula would be too long to be read")
    try:
        return _readable(prepared, forms, top, bottom, sent, seed)
    except FormulaTooLarge:
        return _Formulas(skipped="the formula would be too long to be read")


def _readable(
    prepared: BoundModel,
    forms: Forms,
    top: Target,
    bottom: Target,
    sent: Node,
    seed: Node | None,
) -> _Formulas:
    at = None if bottom.whole or not bottom.node.shape else bottom.places[0]
    if seed is None:  # one number is derived: what is sent back is its gradient
        mend = InForce(prepared.numbers, forms).mend(sent, at)
        return _Formulas("matrix", forms.formula(sent, at=at, mend=mend))
    linear = JacobianForms(forms, seed, list(prepared.definition.names))
    if at is not None:
        sent = element(sent, bottom.node.shape, at)
    made: Tree | None = None
    if not sent.shape:
        made = linear.vector(sent)
    elif len(sent.shape) == len(seed.shape) == 1:
        made = linear.matrix(sent)
    entries = linear.entries(sent)
    shape = (*seed.shape, *sent.shape)
    if made is not None and operations([made]) <= _MOST_OPERATIONS:
        return _Formulas("matrix", forms.printed(made, shape, operations([made])), entries)
    if made is None and size(shape) <= _MOST_NUMBERS and _is_constant(sent, seed):
        numbers = jacobian(prepared, top.name, bottom.name)
        if np.isfinite(numbers).all():
            return _Formulas("elements", forms.printed(rows(_exact(numbers)), shape, 0), entries)
    if size(shape) <= _MOST_ELEMENTS and size(shape):
        each = _each(prepared, forms, top, bottom)
        if operations([each]) <= _MOST_WRITTEN:
            return _Formulas("elements", forms.printed(each, shape, operations([each])), entries)
    reason = None
    if entries is None:
        reason = "no rule of matrices or indices gives it in a short formula; ask for an element"
    elif len(shape) > 2:
        reason = f"it has {len(shape)} axes, and no matrix has: see the formula by cases"
    else:
        reason = "it is no short product or sum of matrices: see the formula by cases"
    return _Formulas(entries=entries, skipped=reason)


def _is_constant(sent: Node, seed: Node) -> bool:
    """Whether it reads no value, and every element is a number."""
    return all(each is seed or not TABLE[each.op].leaf for each in ancestors([sent]))


def _exact(values: Array) -> object:
    """Numbers in nested tuples."""
    if values.ndim:
        return tuple(map(_exact, values))
    return Fraction(float(values))


def _shape(target: Target) -> Shape:
    return target.node.shape if target.whole else ()


def _way(prepared: BoundModel, top: Target, bottom: Target) -> Sequence[Node]:
    return on_the_way(prepared.definition.graph.nodes, bottom.node, top.node)


def _sent(prepared: BoundModel, top: Target, bottom: Target) -> tuple[Node | None, Node | None]:
    """What reverse mode sends back, None for zeros, and the symbol that it is linear in: None
    where one number is derived, which has 1 as its seed."""
    order = _way(prepared, top, bottom)
    if not order:
        return None, None
    if not top.whole:
        return _of_element(top, bottom, order, top.places[0]), None
    seed = None
    if top.node.shape:
        seed = top.node.graph.apply("seed", name=f"j{top.node.id}", shape=top.node.shape)
    found = backward(top.node, order, TABLE, seed).adjoints.get(bottom.node.id)
    if found is None:
        return None, None
    return broadcast_whole(found, bottom.node.shape), seed


def _of_element(
    top: Target, bottom: Target, order: Sequence[Node], at: tuple[int, ...]
) -> Node | None:
    """The gradient of one element."""
    one = element(top.node, top.node.shape, at)
    way = [*order, one] if one is not top.node else list(order)
    found = backward(one, way, TABLE).adjoints.get(bottom.node.id)
    return None if found is None else broadcast_whole(found, bottom.node.shape)


def _each(prepared: BoundModel, forms: Forms, top: Target, bottom: Target) -> Tree:
    """Each element's own formula, in nested lists."""
    order = _way(prepared, top, bottom)
    below = list(bottom.places)
    found: dict[tuple[int, ...], Tree] = {}
    for at in top.places:
        sent = _of_element(top, bottom, order, at) if top.node.shape else None
        for place in below:
            key = (*(at if top.whole else ()), *(place if bottom.whole else ()))
            found[key] = (
                forms.zero(()).tree if sent is None else forms.made(sent, at=place or None)[0]
            )
    return _nested(found, (*_shape(top), *_shape(bottom)))


def _nested(found: dict[tuple[int, ...], Tree], shape: Shape, at: tuple[int, ...] = ()) -> Tree:
    if len(at) == len(shape):
        return found[at]
    return Mat(tuple(_nested(found, shape, (*at, place)) for place in range(shape[len(at)])))


def _element(
    prepared: BoundModel, top: Target, bottom: Target, entries: Entries
) -> JacobianElement:
    names, symbols = prepared.definition.names, prepared.symbols.formulas
    ends: list[Tree] = []
    for each, at in ((top, entries.rows), (bottom, entries.columns)):
        named = at if each.whole else each.places[0]
        place = tuple(as_index(part) if isinstance(part, str) else part for part in named)
        symbol = symbols[each.node.id]
        ends.append(At(symbol, place) if place else symbol)
    left = Deriv(*ends)
    plain, coloured = (
        " = ".join(latex(side, colour, names=names) for side in (left, by_cases(entries)))
        for colour in (False, True)
    )
    return JacobianElement(
        tuple(map(str, entries.rows)),
        tuple(map(str, entries.columns)),
        written(entries.whole),
        latex(entries.whole, names=names),
        plain,
        coloured,
    )


def _cases(prepared: BoundModel, entries: Entries) -> Sequence[JacobianCase]:
    setter = Setter(names=prepared.definition.names)
    found = []
    for case in entries.cases:
        when = condition(case)
        found.append(
            JacobianCase(
                None if when is None else IndexWriter().condition(when),
                None if when is None else set_latex(setter.condition(when)),
                written(case.formula),
                set_latex(setter.boxed(case.formula)),
            )
        )
    if not entries.complete:
        found.append(JacobianCase(None, None, "0", "0"))
    return found
