"""An update as formulas: its lines in symbols, and with the numbers of one element."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from backstep.evaluate.compiled.program import Program
from backstep.formula.latex import latex
from backstep.formula.operations import FromGraph
from backstep.formula.tree import (
    ONE,
    Call,
    Deriv,
    Figure,
    Formula,
    Frac,
    Role,
    Sym,
    subtract,
)
from backstep.lang.compile.definition import Version
from backstep.train.update import Update

_ROLES: Mapping[str, Role] = {"w": "value", "a": "value", "g": "partial"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an update: the name it assigns, and its equation as LaTeX."""

    name: str
    latex: str


class UpdateLines:
    """The lines of an update: for any parameter in the rule's own letters, or for one.

    What is kept for each `parameter` then carries the name of this one, m_w; its partial is that of
    the `loss`.
    """

    def __init__(
        self, update: Update, parameter: Sym | None = None, loss: Sym | None = None
    ) -> None:
        self._update = update
        self._parameter = parameter
        self._loss = Sym("L", loss=True) if loss is None else loss
        self._first_g = update.given["g"].id
        self._called = {
            version.node.id: name for name, given in update.names.items() for version in given
        }
        self._said = {key: self._symbol(key, name) for key, name in self._called.items()}
        # A constant learning rate is no line to display.
        constant = not update.options.schedule.settings
        self._lines = [
            each for each in update.lines if not (constant and self._name(each) == "eta")
        ]
        nodes = [version.node for version in update.lines]
        self._nodes = nodes
        self._run = Program(nodes, list(update.given.values()))
        self.symbols = tuple(
            Line(version.name, f"{self._left(version)} {self._written(version, self._said)}")
            for version in self._lines
        )

    def numbers(
        self, number: int, norm: float, kept: Mapping[str, float], g: float
    ) -> tuple[Line, ...]:
        """Each line in symbols, then with the numbers of update `number`, then its value.

        `kept` are one element's `Update.changed`, `g` its partial, before the update.
        """
        arrays = {name: np.array(value) for name, value in {**kept, "g": g}.items()}
        values = self._update.values(number, norm, arrays)
        found = self._run.at(values)
        values |= {node.id: value for node, value in zip(self._nodes, found, strict=True)}
        shown = {
            key: Figure(float(value), _ROLES.get(self._called[key], ""))
            for key, value in values.items()
        }
        lines = []
        for line, version in zip(self.symbols, self._lines, strict=True):
            written = self._written(version, shown)
            value = _set(shown[version.node.id])
            ended = line.latex if written == value else f"{line.latex} = {written}"
            lines.append(Line(line.name, f"{ended} = {value}"))
        return tuple(lines)

    def _name(self, version: Version) -> str:
        """The rule's own name of a line's result."""
        return self._called[version.node.id]

    def _symbol(self, key: int, name: str) -> Formula:
        whose, letter = self._parameter, self._letter(name)
        match name:
            case "w":
                return whose or letter
            case "a":
                return Sym("bar", of=whose or self._letter("w"))
            case "g" if key == self._first_g and whose is not None:
                return Deriv(self._loss, whose)
            case "n":
                return Call("norm", (Sym("nabla", of=self._loss),))
            case "k":
                period = self._update.options.schedule.period
                assert period is not None
                updates = Frac(subtract(self._letter("t"), ONE), self._letter(period))
                return Call("floor", (updates,))
        if whose is None or name not in self._update.own:
            return letter
        return Sym(f"{letter.name}_{whose.name}", of=whose)

    def _letter(self, name: str) -> Sym:
        return Sym(self._update.letters.get(name, name))

    def _left(self, version: Version) -> str:
        again = version.index > (2 if self._name(version) == "g" else 1)
        return f"{_set(self._said[version.node.id])} " + (r"\leftarrow" if again else "=")

    def _written(self, version: Version, names: Mapping[int, Formula]) -> str:
        return _set(FromGraph(lambda node: names.get(node.id)).own(version.node))


def _set(formula: Formula) -> str:
    """Figures and partials in colour."""
    return latex(formula, coloured=True)
