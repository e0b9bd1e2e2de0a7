"""An update as formulas: its lines in symbols, and with the numbers of one element."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.engines.straight import Straight
from app.lang.definition import Version
from app.lang.display import latex_name
from app.ops.row import ATOM, POWER
from app.render.latex import LATEX, Printed, formula
from app.render.symbols import PARTIAL, VALUE, figure
from app.train.update import Update

_NORM = r"\lVert \nabla L \rVert"
_COLOURS = {"w": VALUE, "a": VALUE, "g": PARTIAL}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an update: the name it gives, and its equation as LaTeX."""

    name: str
    latex: str


class Lines:
    """The lines of an update of one parameter, which is called `parameter`; both are LaTeX."""

    def __init__(self, update: Update, parameter: str = "w", partial: str = "g") -> None:
        self._update = update
        self._first_g = update.given["g"].id
        self._called = {
            version.node.id: name for name, given in update.names.items() for version in given
        }
        self._said = {
            key: _symbol(self._symbol(key, name, parameter, partial))
            for key, name in self._called.items()
        }
        # A rate that is always the one asked for is no line to show.
        constant = not update.options.schedule.settings
        self._lines = [each for each in update.lines if not (constant and each.name == "eta")]
        nodes = [version.node for version in update.lines]
        self._nodes = nodes
        self._run = Straight(nodes, update.given.values())
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

    def _symbol(self, key: int, name: str, parameter: str, partial: str) -> str:
        match name:
            case "w":
                return parameter
            case "a":
                return rf"\bar{{{parameter}}}"
            case "g" if key == self._first_g:
                return partial
            case "n":
                return _NORM
            case "k":
                period = self._update.options.schedule.period
                return rf"\left\lfloor \frac{{t - 1}}{{{period}}} \right\rfloor"
        return latex_name(name)

    def _left(self, version: Version) -> str:
        again = version.index > (2 if version.name == "g" else 1)
        return f"{self._said[version.node.id].text} " + (r"\leftarrow" if again else "=")

    def _written(self, version: Version, names: Mapping[int, Printed]) -> str:
        others = {key: each for key, each in names.items() if key != version.node.id}
        return formula(version.node, others, LATEX).text


def _symbol(text: str) -> Printed:
    return Printed(text, POWER if "^" in text or "frac" in text else ATOM)
