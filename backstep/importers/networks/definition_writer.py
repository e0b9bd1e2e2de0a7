"""A recorded network as a definition: its arrays declared, its steps as statements, by a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from backstep.errors import Diagnostic, PastedError
from backstep.graph.parameters import LeafRole
from backstep.graph.shape import spell
from backstep.importers.definition import Definition
from backstep.importers.formulas import Formulas, Numbers, Unwritable, Value
from backstep.importers.networks.recorded import Array, Recorded, Ref, Step
from backstep.importers.python.arrays import text as written
from backstep.limits import LIMITS


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments of a step, read: values, numbers and lists by name."""

    formulas: Formulas
    called: str
    arguments: Mapping[str, object]

    def value(self, name: str) -> Value:
        """An argument as a formula. Raises Unwritable."""
        found = self.arguments.get(name)
        if isinstance(found, Value):
            return found
        if isinstance(found, bool | int | float):
            return self.formulas.number(found)
        raise Unwritable(f"{self.called} without {name}")

    def optional(self, name: str) -> Value | None:
        """An argument as a formula, if there is one."""
        return None if self.arguments.get(name) is None else self.value(name)

    def get(self, name: str, default: object = None) -> Any:
        """An argument as it is."""
        found = self.arguments.get(name)
        return default if found is None else found


Rule = Callable[[Formulas, Given], Value | Sequence[Value]]
"""The rule of a step: its result, as one formula or as several."""


@dataclass(frozen=True, slots=True)
class Network:
    """A definition's text, remarks, and the values of those names whose numbers are not in it."""

    source: str
    warnings: tuple[Diagnostic, ...]
    values: Mapping[str, Numbers]


def network(
    recorded: Recorded, rules: Mapping[str, Rule], moves: frozenset[str], labels: Mapping[str, str]
) -> Network:
    """The definition of a recorded network.

    `moves` are steps that only move elements, which get no name; `labels` has, by loss, the
    argument that is its target. Numbers are written in the text while they fit. Raises PastedError.
    """
    found = _Writer(recorded, rules, moves, labels, inline=True).network()
    if len(found.source.encode()) > LIMITS.source_bytes:
        found = _Writer(recorded, rules, moves, labels, inline=False).network()
    return found


class _Writer:
    def __init__(
        self,
        recorded: Recorded,
        rules: Mapping[str, Rule],
        moves: frozenset[str],
        labels: Mapping[str, str],
        *,
        inline: bool,
    ) -> None:
        self._recorded = recorded
        self._rules = rules
        self._moves = moves
        self._inline = inline
        self._definition = Definition()
        self._results: MutableMapping[str, object] = {}
        self._arrays = {each.name: each for each in recorded.arrays}
        self._numbers: dict[int, Numbers] = {}
        self._uses = recorded.uses()
        self._targets = {
            argument.name
            for step in recorded.steps
            if step.op in labels
            and isinstance(argument := step.arguments.get(labels[step.op]), Ref)
        }

    def network(self) -> Network:
        """The whole definition."""
        for step in self._recorded.steps:
            self._step(step)
        output = self._read(Ref(self._recorded.outputs[0]))
        while isinstance(output, list | tuple):
            output = output[0]
        if not isinstance(output, Value):
            message = "the network gives a number that it does not compute"
            raise PastedError(Diagnostic("not_read", message))
        warnings: list[Diagnostic] = []
        if len(self._recorded.outputs) > 1:
            message = "the network gives several values; the first is read"
            warnings.append(Diagnostic("read_otherwise", message))
        if output.shape:
            message = f"the network gives {spell(output.shape)}: the sum is taken as the loss"
            warnings.append(Diagnostic("loss_assumed", message))
            if self._definition.entry(output) is None:
                output = self._definition.give("out", output)
            output = self._definition.give("L", self._definition.formulas.call("sum", output))
        elif self._definition.entry(output) is None:
            output = self._definition.give("L", output)
        source = self._definition.text(output)
        names = self._definition.names(output)
        values = {
            names[number]: numbers for number, numbers in self._numbers.items() if number in names
        }
        if values:
            message = "the weights are too many for the text: they are given as values"
            warnings.append(Diagnostic("values_apart", message))
        return Network(source, tuple(warnings), values)

    def _step(self, step: Step) -> None:
        rule = self._rules.get(step.op)
        place = f", in {step.module}" if step.module else ""
        if rule is None:
            message = f"the language has no word for {step.op}{place}"
            raise PastedError(Diagnostic("not_read", message))
        arguments = {name: self._read(each) for name, each in step.arguments.items()}
        try:
            made = rule(
                self._definition.formulas, Given(self._definition.formulas, step.op, arguments)
            )
        except Unwritable as error:
            message = f"{step.op}{place}: {error}"
            raise PastedError(Diagnostic("not_read", message)) from None
        if isinstance(made, Value) and self._is_named(step, made):
            made = self._definition.give(_name(step), made)
        self._results[step.name] = made

    def _is_named(self, step: Step, made: Value) -> bool:
        if not made.uses or self._definition.entry(made) is not None:
            return False
        return step.op not in self._moves or (
            self._uses.get(step.name, 0) > 1 and len(made.text) > 30
        )

    def _read(self, value: object) -> object:
        if isinstance(value, Ref):
            if value.name not in self._results:
                array = self._arrays.get(value.name)
                if array is None:
                    raise PastedError(Diagnostic("not_read", f"{value.name} is not in the network"))
                self._results[value.name] = self._declared(array)
            return self._results[value.name]
        if isinstance(value, list | tuple):
            return [self._read(each) for each in value]
        return value

    def _declared(self, array: Array) -> Value:
        kinds: Mapping[str, LeafRole] = {"param": "param", "buffer": "const", "input": "input"}
        role = "target" if array.name in self._targets else kinds[array.kind]
        if array.numbers is None:
            return self._drawn(array, role)
        given = self._inline or role in ("target", "const") or not array.shape
        made = self._definition.declare(
            array.called.replace(".", "_"),
            array.shape,
            value=written(array.numbers) if given else None,
            draw=None if given else "zeros",
            role=role,
            line=len(self._results) + 1,
        )
        if not given:
            (number,) = made.uses
            self._numbers[number] = array.numbers
        return made

    def _drawn(self, array: Array, role: LeafRole) -> Value:
        """An input, whose numbers the network does not contain."""
        draw = "normal(0, 1)"
        line = len(self._results) + 1
        return self._definition.declare(array.called, array.shape, draw=draw, role=role, line=line)


def _name(step: Step) -> str:
    """A result's name: its module's, or its operation's."""
    last = step.module.rpartition(".")[2]
    return step.op.rpartition(".")[2].rstrip("_") if not last or last.isdigit() else last
