"""What is known while Python is read: names, entries of the definition, values as formulas."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backstep.graph.shape import Shape
from backstep.importers.definition import Declared, Definition
from backstep.importers.formulas import Numbers, Value, spelled
from backstep.importers.python import arrays
from backstep.importers.python.memory import Memory
from backstep.importers.python.shapes import Guesses
from backstep.importers.python.survey import Survey
from backstep.importers.python.values import (
    Data,
    Free,
    Keys,
    Layer,
    Opaque,
    Scalar,
    Scope,
    Unsaid,
)
from backstep.importers.roles import LOSS

_MOST_STEPS = 60_000
"""Parts of a text that are read, those of loops and functions anew for each pass."""
MOST_PASSES = 200
LARGEST = 10**12


@dataclass(frozen=True, slots=True)
class Failure:
    """A statement that could not be read: the names it assigns, and why."""

    names: tuple[str, ...]
    message: str
    node: ast.AST
    sends_back: bool
    """Whether it is where the text computes its gradient."""


class TooMuch(Exception):
    """More is unrolled than is read."""

    def __init__(self, node: ast.AST) -> None:
        self.node = node


class State(ABC):
    """One reading of a text, with one guess for each shape that it leaves open."""

    def __init__(self, survey: Survey, guesses: Guesses) -> None:
        self.survey = survey
        self.guesses = guesses
        self.definition = Definition()
        self.formulas = self.definition.formulas
        self.scope = Scope()
        self.callers: list[Scope] = []
        """The scopes that the open calls were made in."""
        self.memory = Memory()
        self.serving = False
        """Whether modules are as `eval()` leaves them."""
        self.given: list[tuple[str, Value, ast.AST]] = []
        """Every computed name, in order."""
        self.sent_back: list[tuple[Value, ast.AST]] = []
        """What the text itself differentiates."""
        self.assumed: dict[str, tuple[Shape, int]] = {}
        self.noted: list[tuple[str, ast.AST]] = []
        self.targets: set[int] = set()
        self.learned: set[int] = set()
        self.numbers: dict[int, Numbers] = {}
        """The written numbers of entries that are arrays."""
        self.failures: list[Failure] = []
        self.last: tuple[object, ast.AST] | None = None
        """The formula of the last line, if that is nothing else."""
        self.line = 0
        self.training = 0
        """How many loops of a training are open."""
        self.held = 0
        """Where no gradient is kept: one more than the calls that are open there, else 0."""
        self.unwritten: set[ast.AST] = set()
        """Functions whose formula is not one of the language alone."""
        self._listed: dict[int, Data] = {}
        self._kept: list[object] = []
        self._calls = 0
        self._free: dict[str, Value] = {}
        self._layers = 0

    @abstractmethod
    def evaluate(self, node: ast.expr) -> object:
        """What an expression stands for. Raises Unsaid or Unwritable."""

    @abstractmethod
    def operate(self, op: ast.operator, left: object, right: object) -> object:
        """Two values and an operator. Raises Unsaid or Unwritable."""

    @abstractmethod
    def call(
        self,
        function: object,
        places: Sequence[object],
        options: Mapping[str, object],
        node: ast.AST,
    ) -> object:
        """The value of a call. Raises Unsaid or Unwritable."""

    @abstractmethod
    def run_inside(self, body: Sequence[ast.stmt]) -> None:
        """Read the statements of a block."""

    def tensor(self, value: object, other: Value | None = None) -> Value:
        """A value as a formula; one of unknown shape takes that of `other`."""
        match value:
            case Value():
                return value
            case bool():
                return self.formulas.number(int(value))
            case int() | float():
                return self.formulas.number(value)
            case Scalar():
                return value.value
            case Data():
                return self._declared(value)
            case Free():
                return self._assumed(value, other)
            case list() | tuple():
                return self._stacked(value)
            case Opaque():
                raise Unsaid(value.message, value.node)
        raise Unsaid("what is no number and no array stands in a formula")

    def pair(self, left: object, right: object, *, product: bool = False) -> tuple[Value, Value]:
        """Two values as formulas, one of which may determine the other's shape."""
        if isinstance(left, Free) and not isinstance(right, Free) and not product:
            second = self.tensor(right)
            return self.tensor(left, second), second
        first = self.tensor(left)
        return first, self.tensor(right, None if product else first)

    def number(self, value: object) -> int | float:
        """A value as a number that the text writes. Raises Unsaid."""
        if isinstance(value, Scalar):
            return value.number
        if isinstance(value, int | float):
            return value
        if isinstance(value, Value) and value.literal is not None:
            return value.literal
        raise Unsaid("a number that is computed stands where one must be written")

    def whole(self, value: object) -> int:
        """A value as a whole number that the text writes. Raises Unsaid."""
        number = self.number(value)
        if isinstance(number, float) and number.is_integer():
            number = int(number)
        if not isinstance(number, int) or abs(number) > LARGEST:
            raise Unsaid("a whole number is needed")
        return number

    def rows(self, value: object, node: ast.AST) -> list[object]:
        """The items of a value that is looped over or unpacked."""
        match value:
            case list() | tuple():
                return list(value)
            case range():
                return list(value[: MOST_PASSES + 1])
            case dict():
                return list(value)
            case Keys():
                return [value] * (MOST_PASSES + 1)
            case Opaque():
                raise Unsaid(value.message, value.node)
            case Free():
                raise Unsaid(f"{value.name} is not in the text", node, free=True)
            case Layer():
                return list(value.places)
        found = self.tensor(value)
        if not found.shape:
            raise Unsaid("a scalar is looped over", node)
        count = min(found.shape[0], MOST_PASSES + 1)
        rows: list[object] = [self.formulas.index(found, [place]) for place in range(count)]
        for row in rows if len(found.shape) > 1 else ():
            self.memory.show(row, value)
        return rows

    def _declared(self, data: Data) -> Value:
        if data.leaf is not None:
            return data.leaf
        if data.name is None and data.draw is None and data.fill is None and data.scheme is None:
            assert data.value is not None
            return arrays.inline(self, data)
        made = self.definition.declare(
            data.name or ("noise" if data.draw else "given"),
            data.shape,
            value=data.value if arrays.drawn(data) is None else None,
            draw=arrays.drawn(data),
            line=data.line or self.line,
            literal=data.numbers is not None and not data.shape,
        )
        (number,) = made.uses
        self.guesses.seen(data.shape)
        if data.learned:
            self.learned.add(number)
        if data.numbers is not None:
            self.numbers[number] = data.numbers
        data.leaf = made
        return made

    def _stacked(self, values: list[object] | tuple[object, ...]) -> Value:
        known = self._listed.get(id(values))
        if known is not None:
            return self._declared(known)
        numbers = arrays.rectangular(values)
        if numbers is not None:
            return arrays.inline(self, arrays.listed(values, numbers))
        if not values:
            raise Unsaid("a list without elements")
        return self.formulas.listed([self.tensor(each) for each in values])

    def _assumed(self, free: Free, other: Value | None) -> Value:
        known = self._free.get(free.name)
        if known is not None:
            return known
        shape = self.guesses.shape(free.name, self.survey, other)
        self.assumed[free.name] = (shape, free.line)
        whole = self.survey.use(free.name).whole and len(shape) <= 1
        value, draw = arrays.assumed(shape, whole, len(self.assumed) - 1)
        made = self.definition.declare(free.name, shape, value=value, draw=draw, line=free.line)
        (number,) = made.uses
        if whole:
            self.numbers[number] = [0] * shape[0] if shape else 0
        self._free[free.name] = made
        return made

    def forget(self, values: list[object]) -> None:
        """Note that a list has other elements than when it was named."""
        self._listed.pop(id(values), None)

    def layer_name(self) -> str:
        """A number for a layer that the text does not name."""
        self._layers += 1
        return str(self._layers)

    def learn(self, value: object) -> None:
        """Note that the text learns a value."""
        self._learn(value)

    def is_torch(self) -> bool:
        """Whether a method without a library's name is PyTorch's."""
        return self.survey.torch

    def _learn(self, value: object) -> None:
        """Note that the text changes a value to train it."""
        match value:
            case Data():
                value.learned = True
                if value.leaf is not None:
                    self._learn(value.leaf)
            case Scalar():
                self._learn(value.value)
            case Value():
                number = self.definition.entry(value)
                if number is not None and self.definition.declared(value) is not None:
                    self.learned.add(number)
            case list() | tuple():
                for each in value:
                    self._learn(each)
            case dict():
                for each in value.values():
                    self._learn(each)
            case Layer():
                for each in value.parameters.values():
                    self._learn(each)
            case Free():
                self.survey.updated.add(value.name)

    def declaration(self, value: Value) -> Declared | None:
        """The declaration that a formula is nothing but the name of."""
        return self.definition.declared(value)

    def _spend(self, node: ast.AST) -> None:
        self.guesses.steps += 1
        if self.guesses.steps > _MOST_STEPS:
            raise TooMuch(node)

    def _give(self, name: str, value: Value, node: ast.AST) -> Value:
        value = self.formulas.plain(value)
        if self.definition.entry(value) is not None:
            if LOSS.search(name):
                # Another name of a value, which says that it is the loss.
                self.given.append((name, value, node))
            return value
        line = getattr(node, "lineno", 0)
        if not value.uses:
            return self.definition.declare(name, value.shape, value=value.text, line=line)
        made = self.definition.give(name, value, line)
        self.given.append((name, made, node))
        return made

    def _named(self, name: str, value: object, node: ast.stmt) -> object:
        """What a name stands for from here on: a formula is given the name."""
        match value:
            case Data():
                if value.name is None:
                    value.name = name
                    value.line = node.lineno
            case Layer():
                value.name = value.name or name
            case bool() | None | str():
                return value
            case int() | float():
                text = spelled(value) if abs(value) < LARGEST else None
                if text is None or value != value:
                    return value
                made = self.definition.declare(name, (), value=text, line=node.lineno, literal=True)
                return Scalar(value, made)
            case Scalar():
                if self.definition.entry(value.value) is not None:
                    self._give(name, value.value, node)
                else:
                    if value.value.uses:
                        return Scalar(value.number, self._give(name, value.value, node))
                    made = self.definition.declare(
                        name, (), value=value.value.text, line=node.lineno, literal=True
                    )
                    return Scalar(value.number, made)
            case Value():
                if self.held == self._calls + 1 and value.uses:
                    value = self.formulas.call("stop_gradient", value)
                made = self._give(name, value, node)
                self.memory.moved(made, value)
                return made
            case list() | tuple():
                self._name_list(name, value, node)
            case dict():
                for key, each in value.items():
                    value[key] = self._named(str(key), each, node) if _nameable(each) else each
        return value

    def _name_list(self, name: str, value: Sequence[object], node: ast.stmt) -> None:
        for place, each in enumerate(value):
            if isinstance(each, Data) and each.name is None:
                each.name = f"{name}_{place}"
                each.line = node.lineno
            elif isinstance(each, list | tuple):
                self._name_list(f"{name}_{place}", each, node)
        numbers = arrays.rectangular(value)
        if numbers is not None and id(value) not in self._listed:
            data = arrays.listed(value, numbers)
            data.name, data.line = name, node.lineno
            self._listed[id(value)] = data
            self._kept.append(value)

    def differentiate(self, value: object, node: ast.AST) -> None:
        """Note that the text asks for the gradient of a value."""
        if isinstance(value, Free):
            for failure in self.failures:
                if value.name in failure.names:
                    raise Unsaid(failure.message, failure.node)
        self.sent_back.append((self.tensor(value), node))


def _nameable(value: object) -> bool:
    return isinstance(value, Data | Layer | list | tuple | dict | float)
