"""Formulas of a network: to be printed, to be shown in a notebook, and as SymPy and NumPy have
them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Any, Literal

import numpy as np

from backstep.binding.bind import BoundModel
from backstep.binding.compiled import Compiled
from backstep.binding.matrix_gradients import SharedForm
from backstep.binding.matrix_gradients import matrix as matrix_form
from backstep.binding.matrix_gradients import shared as shared_form
from backstep.formula.mathml import element
from backstep.formula.set_latex import boxes_of_any_length
from backstep.graph.shape import Shape
from backstep.ops.row import Array
from backstep.symbolic.targets import Target, target_for

Form = Literal["scalar", "matrix", "shared", "auto"]
"""The forms of a formula, as in `/derive`."""


@dataclass(frozen=True, slots=True)
class Equation:
    """A name and a formula. Prints as `name = text`; a notebook typesets it."""

    name: str
    """Such as `delta_z`, or `∂L/∂w`."""
    symbol: str
    """The name as LaTeX, such as `\\delta_{z}`."""
    shape: Shape
    """Empty for a scalar."""
    text: str
    latex: str
    """The formula alone, without the name."""

    @property
    def mathml(self) -> str:
        """The formula as a `math` element; one that is nested too deep to be set is its LaTeX."""
        box = boxes_of_any_length(self.latex)
        if box is None:
            return f'<math display="block"><mtext>{escape(self.latex)}</mtext></math>'
        return element(box, display=True)

    def __str__(self) -> str:
        return f"{self.name} = {self.text}"


@dataclass(frozen=True, repr=False)
class Formula(Equation):
    """The loss, or one of its partials, as a formula.

    `text` is in the definition's language for the forms `matrix` and `shared`, and as SymPy spells
    it for `scalar`; of a tensor in scalar form it is nested lists.
    """

    form: Literal["scalar", "matrix", "shared"]
    operations: int
    """Such as `7`."""
    definitions: tuple[Equation, ...]
    """In shared form: the intermediate results that `text` names, each once, in order."""
    _prepared: BoundModel = field(repr=False, compare=False)
    _target: Target | None = field(repr=False, compare=False)

    def __str__(self) -> str:
        lines = [*map(str, self.definitions), Equation.__str__(self)]
        return "\n".join(lines) if self.definitions else self.text

    def __repr__(self) -> str:
        return "\n".join([*map(str, self.definitions), Equation.__str__(self)])

    def sympy(self) -> Any:
        """The closed formula as SymPy has it, whatever the form.

        An expression for a scalar, a matrix for two axes, else an array; its symbols have the names
        of the definition, made identifiers: `lambda_`, `W_0_1`. Raises FormulaTooLarge.
        """
        from backstep.binding.closed_gradients import closed
        from backstep.symbolic.plain import plain

        if self._target is None:
            found = closed(self._prepared, [])
            loss = np.empty((), dtype=object)
            loss[()] = found.loss
            return plain(loss, (), found.symbols)
        found = closed(self._prepared, [self._target.name])
        return plain(found.gradients[self._target.name], self.shape, found.symbols)

    def numpy(self) -> ArrayFunction:
        """The formula as a function of NumPy arrays: `net.gradient("w").numpy()(w=0.7)`."""
        return ArrayFunction(self._prepared, self._target)

    def _repr_latex_(self) -> str:
        if not self.definitions:
            return f"$\\displaystyle {self.symbol} = {self.latex}$"
        parts = [*self.definitions, self]
        lines = " \\\\\n".join(f"{each.symbol} &= {each.latex}" for each in parts)
        return f"\\begin{{align*}}\n{lines}\n\\end{{align*}}"

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> Mapping[str, str]:
        return {"text/plain": repr(self), "text/latex": self._repr_latex_()}


class ArrayFunction:
    """A formula's value as a function of values by name.

    A call takes what `Network.evaluate` takes, and returns a float for a scalar, else a float64
    array; names that are not passed keep the values in force. `numpy.asarray` of it, and `float`
    for a scalar, are the value there. `source` is a NumPy program of it, written out.
    """

    def __init__(self, prepared: BoundModel, target: Target | None) -> None:
        self._prepared, self._target = prepared, target
        self._names = [] if target is None else [_base(target)]
        self._run = Compiled(prepared, self._names)

    def __call__(
        self, values: Mapping[str, object] | None = None, /, **more: object
    ) -> float | Array:
        """The formula's value, with some values replaced for this call."""
        loss, gradients = self._run(values, **more)
        if self._target is None:
            return loss
        (found,) = gradients.values()
        if self._target.whole:
            return found
        return float(np.asarray(found)[self._target.places[0]])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        found: Array = np.array(self(), dtype=dtype)
        return found

    def __float__(self) -> float:
        return float(self())

    def __repr__(self) -> str:
        what = "the loss" if self._target is None else f"the partial by {self._target.name}"
        return f"<{what} as a function of arrays>"

    def __str__(self) -> str:
        return self.source

    @cached_property
    def source(self) -> str:
        """A NumPy program with this gradient, which checks itself, as `export` writes it."""
        from backstep.export.exporting import export

        return export(self._prepared, "numpy", self._names or None).text


def gradient(prepared: BoundModel, name: str, form: Form) -> Formula:
    """The loss's partial by a name or an element. Raises RequestError for an unknown name,
    FormulaTooLarge for a form that would be too long.
    """
    target = target_for(prepared.definition, name)
    symbols = prepared.symbols
    loss = prepared.definition.loss_name
    below = symbols.of(target.node)
    if not target.whole:
        below = f"{{{below}}}_{{{','.join(map(str, target.places[0]))}}}"
    top = symbols.of(prepared.definition.loss)
    symbol = f"\\frac{{\\partial {top}}}{{\\partial {below}}}"
    if target.whole:
        symbol = symbols.partial(target.node)
    return _made(prepared, f"∂{loss}/∂{target.name}", symbol, target, form)


def loss(prepared: BoundModel, form: Form) -> Formula:
    """The loss as a formula. Raises FormulaTooLarge."""
    symbol = prepared.symbols.of(prepared.definition.loss)
    return _made(prepared, prepared.definition.loss_name, symbol, None, form)


def _made(
    prepared: BoundModel, name: str, symbol: str, target: Target | None, form: Form
) -> Formula:
    wanted = [] if target is None else [target]
    found: Any
    if form == "matrix":
        found = matrix_form(prepared, wanted)
    elif form == "shared":
        found = shared_form(prepared, wanted)
    else:
        from backstep.binding.closed_gradients import derive

        found = derive(prepared, form, [each.name for each in wanted])
    definitions: Iterable[Equation] = ()
    if isinstance(found, SharedForm):
        definitions = (
            Equation(each.name, each.symbol, each.shape, each.text, each.latex)
            for each in found.definitions
        )
    printed = found.loss if target is None else found.gradients[target.name]
    return Formula(
        name=name,
        symbol=symbol,
        shape=tuple(printed.shape),
        text=_listed(printed.text),
        latex=_stacked(printed.latex),
        form=found.form,
        operations=printed.operations,
        definitions=tuple(definitions),
        _prepared=prepared,
        _target=target,
    )


def _base(target: Target) -> str:
    """The name whose partial holds the target's."""
    return target.name if target.whole else target.name.rpartition("[")[0].strip()


def _listed(texts: object) -> str:
    """The texts of a tensor as nested lists."""
    parts = texts.tolist() if isinstance(texts, np.ndarray) else texts
    if isinstance(parts, list):
        return f"[{', '.join(map(_listed, parts))}]"
    return str(parts)


def _stacked(texts: Any) -> str:
    """The LaTeX of a tensor: a column, a matrix; past two axes a column of what is inside."""
    parts: object = texts.tolist() if isinstance(texts, np.ndarray) else texts
    if not isinstance(parts, list):
        return str(parts)
    matrix = np.ndim(texts) == 2
    rows: Sequence[str] = [
        " & ".join(map(_stacked, row)) if matrix else _stacked(np.array(row, dtype=object))
        for row in parts
    ]
    return "\\begin{bmatrix} " + " \\\\ ".join(rows) + " \\end{bmatrix}"
