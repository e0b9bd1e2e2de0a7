"""An optimiser with its options as one small definition, and its runs on numbers.

All parameters are one vector here: an update is elementwise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from backstep.evaluate.compiled.lift import Lifted
from backstep.evaluate.compiled.program import Program
from backstep.lang.compile.compiler import compile_text
from backstep.lang.compile.definition import Version
from backstep.ops.row import Array
from backstep.train.optimisers import AVERAGE, CLIP, Optimiser, Schedule
from backstep.train.update_names import letters, names_in, rewritten

_GLOBAL = ("c", "eta", "a", "w")
"""Results of lines without a name of their own for each parameter."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of an optimiser; None if one is off.

    `clip` is the norm that a gradient is scaled down to, `average` the update after which the mean
    of the iterates begins. `settings` are the optimiser's and the schedule's, by name.
    """

    optimiser: Optimiser
    schedule: Schedule
    rate: float
    settings: Mapping[str, float]
    decay: float | None = None
    clip: float | None = None
    average: int | None = None

    @property
    def text(self) -> str:
        """The lines of one update, in the language and the rule's own letters."""
        wanted = (
            (self.schedule.line, True),
            (CLIP, self.clip is not None),
            (self.optimiser.decay, self.decay is not None),
            (self.optimiser.lines, True),
            (AVERAGE, self.average is not None),
        )
        return "\n".join(lines for lines, is_wanted in wanted if is_wanted)

    def quantities(self, number: int, norm: float) -> dict[str, float]:
        """What the lines of update `number`, from 1, read besides parameters, gradient and state.

        `norm` is that of the whole gradient.
        """
        period = self.schedule.period
        return {
            **self.settings,
            "eta_0": self.rate,
            "t": number,
            "n": norm,
            "k": 0 if period is None else (number - 1) // int(self.settings[period]),
            "C": self.clip or 0.0,
            "lambda": self.decay or 0.0,
            "j": max(1, number - (self.average or 0)),
        }


class Update:
    """One compiled update. `changed` are the names that it reads and assigns, `w` first; the
    gradient `g` is only read.

    It is written in `letters`, a letter for each of the rule's names, none of which is among the
    names `taken` by the text that is trained; `w` may be one of its `parameters`. All else here
    goes by the rule's own names.
    """

    def __init__(
        self, options: Options, taken: Collection[str] = (), parameters: Collection[str] = ()
    ) -> None:
        self.options = options
        average = ("a",) if options.average is not None else ()
        self.changed = ("w", *options.optimiser.state, *average)
        given = {line.split(" = ")[0] for line in options.text.splitlines()}
        self.own = tuple(name for name in names_in(options.text) if name in given - {*_GLOBAL})
        self.letters = letters(options.text, taken, parameters, self.own)
        self.text = rewritten(options.text, self.letters)
        called = [self.letters.get(name, name) for name in (*self.changed, "g")]
        self.definition = compile_text(_definition(self.text, tuple(called), called[0]))
        named = {letter: name for name, letter in self.letters.items()}
        self.names: Mapping[str, tuple[Version, ...]] = {
            named.get(letter, letter): versions
            for letter, versions in self.definition.names.items()
        }
        self.given = {named.get(leaf.name, leaf.name): leaf.node for leaf in self.definition.leaves}
        self.given |= {name: self.names[name][0].node for name in (*self.changed, "g")}
        self._found = [self.names[name][-1].node for name in self.changed]
        self._programs: dict[int, Program] = {}
        self._rate = Program([self.names["eta"][-1].node], list(self.given.values()))

    @property
    def lines(self) -> list[Version]:
        """The results of the lines, in their order."""
        given = {node.id for node in self.given.values()}
        every = (version for versions in self.names.values() for version in versions)
        return sorted(
            (version for version in every if version.node.id not in given),
            key=lambda version: version.node.id,
        )

    def rate(self, number: int) -> float:
        """The learning rate of an update, by its number from 1."""
        return float(self._rate.at(self.values(number, 0.0, {}))[0])

    def run(
        self, number: int, norm: float, kept: Mapping[str, Array], g: Array
    ) -> dict[str, Array]:
        """What is `changed` after update `number`, from what it is before."""
        if len(g) not in self._programs:
            self._programs[len(g)] = self._program(len(g))
        quantities = self.options.quantities(number, norm)
        given = {**kept, "g": g}
        values = (given[name] if name in given else float(quantities[name]) for name in self.given)
        found = self._programs[len(g)].run(*values)
        return dict(zip(self.changed, found, strict=True))

    def _program(self, length: int) -> Program:
        """The lines for vectors of that many elements."""
        nodes = list(self.given.values())
        moved = {self.given[name].id for name in (*self.changed, "g")}
        lifted = Lifted(self._found, moved, length, nodes)
        return Program(lifted.targets, [lifted.nodes[node.id] for node in nodes])

    def values(self, number: int, norm: float, kept: Mapping[str, Array]) -> dict[int, Array]:
        """The inputs of the lines, by node id."""
        quantities = self.options.quantities(number, norm)
        named: dict[str, Array] = {name: np.float64(each) for name, each in quantities.items()}  # type: ignore[misc]
        named |= kept
        return {node.id: named[name] for name, node in self.given.items() if name in named}


def _definition(text: str, changed: tuple[str, ...], parameter: str) -> str:
    """The lines as a definition: first their inputs, then what they change."""
    set_here = {line.split(" = ")[0] for line in text.splitlines()}
    inputs = [name for name in names_in(text) if name not in set_here | set(changed)]
    given = [*(f"input {name} = 0" for name in inputs), *(f"{name} = 0" for name in changed)]
    return "\n".join((*given, text, f"minimize {parameter}"))
