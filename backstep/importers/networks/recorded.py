"""A network as another library wrote it: steps by name, arrays, and outputs. Plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from backstep.importers.formulas import Numbers

Kind = Literal["param", "buffer", "input"]


@dataclass(frozen=True, slots=True)
class Ref:
    """The result of a step, or an array, by its name; `part` of several results."""

    name: str


@dataclass(frozen=True, slots=True)
class Array:
    """A parameter, a buffer or an input: its name in the network, its shape, nested numbers."""

    name: str
    called: str
    kind: Kind
    shape: tuple[int, ...]
    numbers: Numbers | None


@dataclass(frozen=True, slots=True)
class Step:
    """One operation: its arguments by name, and the part of the network that it belongs to.

    An argument is a number, a text, a `Ref`, or a list of these.
    """

    name: str
    op: str
    arguments: Mapping[str, object]
    module: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A network's arrays and steps, in their order, and the names of its outputs."""

    arrays: tuple[Array, ...]
    steps: tuple[Step, ...]
    outputs: tuple[str, ...]

    def uses(self) -> Mapping[str, int]:
        """How often each result is read."""
        counts: dict[str, int] = dict.fromkeys(self.outputs, 1)
        for step in self.steps:
            for name in read_in(step.arguments):
                counts[name] = counts.get(name, 0) + 1
        return counts

    def to_plain(self) -> Mapping[str, object]:
        """JSON data that `from_plain` reads."""
        return {
            "arrays": [
                [each.name, each.called, each.kind, list(each.shape), each.numbers]
                for each in self.arrays
            ],
            "steps": [
                [each.name, each.op, _plain(each.arguments), each.module] for each in self.steps
            ],
            "outputs": list(self.outputs),
        }


def from_plain(plain: Mapping[str, Any]) -> Recorded:
    """The network that `to_plain` wrote."""
    return Recorded(
        tuple(Array(a, b, c, tuple(d), e) for a, b, c, d, e in plain["arrays"]),
        tuple(
            Step(a, b, {name: _unplain(each) for name, each in c.items()}, d)
            for a, b, c, d in plain["steps"]
        ),
        tuple(plain["outputs"]),
    )


def read_in(value: object) -> Sequence[str]:
    """The names that an argument reads."""
    if isinstance(value, Ref):
        return [value.name]
    if isinstance(value, Mapping):
        return [name for each in value.values() for name in read_in(each)]
    if isinstance(value, list | tuple):
        return [name for each in value for name in read_in(each)]
    return []


def _plain(value: object) -> object:
    if isinstance(value, Ref):
        return {"ref": value.name}
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _unplain(value: object) -> object:
    if isinstance(value, Mapping):
        if set(value) == {"ref"}:
            return Ref(value["ref"])
        return {name: _unplain(each) for name, each in value.items()}
    return [_unplain(each) for each in value] if isinstance(value, list) else value
