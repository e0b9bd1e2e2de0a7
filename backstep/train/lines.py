"""An update as formulas: its lines in symbols, and with the numbers of one element."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from backstep.evaluate.straight_line import StraightLineProgram
from backstep.lang.compile.definition import Version
from backstep.lang.syntax.display import latex_name
from backstep.notation.latex import LATEX, Printed, formula
from backstep.notation.symbols import PARTIAL, VALUE, figure
from backstep.ops.row import ATOM, POWER
from backstep.train.update import Update

_COLOURS = {"w": VALUE, "a": VALUE, "g": PARTIAL}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an update: the name it gives, and its equation as LaTeX."""

    name: str
    latex: str


class UpdateLines:
    """The lines of an update: of any parameter in the rule's own letters, or of one.

    `parameter` and its `partial` are LaTeX, as is the name of the `loss`. What is kept for each
    parameter then carries the name of this one: m_w.
    """

    def __init__(
        self,
        update: Update,
        parameter: str | None = None,
        partial: str | None = None,
        loss: str = "L",
    ) -> None:
        self._update = update
        self._parameter = parameter
        self._loss = loss
        self._first_g = update.given["g"].id
        self._called = {
            version.node.id: name for name, given in update.names.items() for version in given
        }
        self._said = {
            key: _symbol(self._symbol(key, name, partial)) for key, name in self._called.items()
        }
        # A rate that is always the one asked for is no line to show.
        constant = not update.options.schedule.settings
        self._lines = [
            each for each in update.lines if not (constant and self._name(each) == "eta")
        ]
        nodes = [version.node for version in update.lines]
        self._nodes = nodes
        self._run = StraightLineProgram(nodes, update.given.values())
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
        found = self._run.run(values)
        values |= {node.id: value for node, value in zip(self._nodes, found, strict=True)}
        shown = {
            key: figure(float(value), _COLOURS.get(self._called[key]))
            for key, value in values.items()
        }
        lines = []
        for line, version in zip(self.symbols, self._lines, strict=True):
            # Between numbers a product wants its sign.
            written = self._written(version, shown).replace(r"\,", r"\cdot")
            value = shown[version.node.id].text
            ended = line.latex if written == value else f"{line.latex} = {written}"
            lines.append(Line(line.name, f"{ended} = {value}"))
        return tuple(lines)

    def _name(self, version: Version) -> str:
        """The rule's own name of what a line gives."""
        return self._called[version.node.id]

    def _symbol(self, key: int, name: str, partial: str | None) -> str:
        written = latex_name(self._update.letters.get(name, name))
        whose = self._parameter
        match name:
            case "w":
                return whose or written
            case "a":
                return rf"\bar{{{whose or self._parameter_letter}}}"
            case "g" if key == self._first_g:
                return partial or written
            case "n":
                return rf"\lVert \nabla {self._loss} \rVert"
            case "k":
                letters, period = self._update.letters, self._update.options.schedule.period
                assert period is not None
                over = latex_name(letters.get(period, period))
                count = latex_name(letters.get("t", "t"))
                return rf"\left\lfloor \frac{{{count} - 1}}{{{over}}} \right\rfloor"
        return _of(written, whose) if whose and name in self._update.own else written

    @property
    def _parameter_letter(self) -> str:
        return latex_name(self._update.letters["w"])

    def _left(self, version: Version) -> str:
        again = version.index > (2 if self._name(version) == "g" else 1)
        return f"{self._said[version.node.id].text} " + (r"\leftarrow" if again else "=")

    def _written(self, version: Version, names: Mapping[int, Printed]) -> str:
        others = {key: each for key, each in names.items() if key != version.node.id}
        return formula(version.node, others, LATEX).text


def _symbol(text: str) -> Printed:
    return Printed(text, POWER if "^" in text or "frac" in text else ATOM)


def _of(letter: str, parameter: str) -> str:
    """A letter with the name of the parameter that it is kept for, lowered."""
    lowered = re.fullmatch(r"(.+)_\{(.+)\}", letter)
    base, before = (lowered[1], f"{lowered[2]},") if lowered else (letter, "")
    return f"{base}_{{{before}{parameter}}}"
