"""Binding a request: its text compiled, its values in their shapes."""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, TypeVar

import numpy as np

from backstep.autodiff.cost import work
from backstep.autodiff.gradient import differentiate
from backstep.autodiff.reverse import Backward
from backstep.errors import (
    BackstepError,
    DefinitionError,
    Diagnostic,
    LimitError,
    ValuesError,
    from_plain,
)
from backstep.evaluate.compiled.program import Program
from backstep.evaluate.initial import initial_values
from backstep.evaluate.numeric import GraphFacts, GraphValues, begin, class_numbers
from backstep.evaluate.rounding import Rounding
from backstep.graph.node import Node
from backstep.graph.shape import Shape, spell
from backstep.lang.compile.compiler import compile_text
from backstep.lang.compile.declarations import has_shape
from backstep.lang.compile.definition import Definition, Leaf
from backstep.lang.syntax.names import known_as
from backstep.limits import LIMITS
from backstep.notation.symbols import Symbols, symbols
from backstep.ops import TABLE
from backstep.ops.row import Array
from backstep.records import lazy_property
from backstep.simplify.rewrite import simplify

_NUMBERS = {int, float}
_WORDS = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}


Made = TypeVar("Made")
_ALIKE = 8
"""Numbers a node: with fewer, not the tensors are large, but the operations many."""
_MOST_KEPT = 40


class CompiledModel:
    """A compiled text, with what is computed once for all values."""

    def __init__(self, definition: Definition, written: Mapping[str, Array]) -> None:
        self.definition = definition
        self.written = written
        self._kept: dict[Hashable, Any] = {}
        self._asked = False

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What is the same for all values, computed on the first access; for the latest keys."""
        if key not in self._kept:
            if len(self._kept) == _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = make()
        found: Made = self._kept[key]
        return found

    @cached_property
    def symbols(self) -> Symbols:
        """The names of its nodes."""
        return symbols(self.definition)

    @cached_property
    def work(self) -> int:
        """Scalar operations of one forward pass."""
        graph = self.definition.graph
        return sum(map(work, graph.nodes[: graph.forward_count]))

    @cached_property
    def consts(self) -> Set[int]:
        """The ids of constants, which have no partial."""
        return {leaf.node.id for leaf in self.definition.leaves if leaf.role == "const"}

    @cached_property
    def labels(self) -> Set[int]:
        """The ids of class numbers, which have none either."""
        return {leaf.node.id for leaf in self.definition.leaves if leaf.label}

    @cached_property
    def checked(self) -> Sequence[tuple[Node, int, Leaf]]:
        """The nodes that check a declared class number, the place of that input, and its leaf."""
        leaves = {leaf.node.id: leaf for leaf in self.definition.leaves}
        graph = self.definition.graph
        found = []
        for node in graph.nodes[: graph.forward_count]:
            row = TABLE[node.op]
            for position in row.labels if row.check is not None else ():
                operand = node.inputs[position]
                leaf = leaves.get(operand.id) if isinstance(operand, Node) else None
                if leaf is not None:
                    found.append((node, position, leaf))
        return found

    @cached_property
    def back(self) -> Backward:
        """The loss's gradient, added to the graph."""
        return differentiate(self.definition.loss)

    @cached_property
    def facts(self) -> GraphFacts:
        """What is the same in every pass over it."""
        return GraphFacts(self.definition, self.back)

    def computed(self, leaves: Mapping[str, Array]) -> dict[int, Any] | None:
        """Every number of a pass by node id; None for the first, which is interpreted: most texts
        are asked about once, and a program takes as long to compile as some passes.
        """
        if not self._asked:
            self._asked = True
            return None
        known: dict[int, object] = {
            leaf.node.id: leaves[leaf.name] for leaf in self.definition.leaves
        }
        found = self._program.at(known)
        for key, value in zip(self._computed, found, strict=True):
            known[key] = np.array(value) if value.__class__ is float else value
        return known

    @cached_property
    def _computed(self) -> list[int]:
        nodes = {node.id: node for node in (*self.facts.forward, *self.facts.partials)}
        return [key for key, node in nodes.items() if not TABLE[node.op].leaf]

    @cached_property
    def _program(self) -> Program:
        nodes = self.definition.graph.nodes
        given = [leaf.node for leaf in self.definition.leaves]
        return Program([nodes[key] for key in self._computed], given, exact=True)


@dataclass(frozen=True)
class BoundModel:
    """A definition with the values in force, by leaf name, and its symbols."""

    model: CompiledModel
    leaves: Mapping[str, Array]

    @lazy_property
    def _begun(self) -> GraphValues:
        model = self.model
        return begin(self.definition, self.leaves, model.back, model.facts, model.computed)

    @lazy_property
    def _numbers(self) -> GraphValues:
        self._begun.complete()
        return self._begun

    @property
    def definition(self) -> Definition:
        """The compiled text."""
        return self.model.definition

    @property
    def replaced(self) -> frozenset[str]:
        """The declared names whose values in force are not the initial ones."""
        written = self.model.written
        return frozenset(name for name, each in self.leaves.items() if each is not written[name])

    @property
    def symbols(self) -> Symbols:
        """The names of its nodes."""
        return self.model.symbols

    def seal(self) -> None:
        """End the forward graph, so that views of it are complete."""
        self.definition.graph.seal(simplify)

    def begun(self) -> GraphValues:
        """Forward on the values in force, to which partials are added as they are asked for.

        Raises LimitError, as `numbers` does.
        """
        self.admit()
        return self._begun

    def numbers(self) -> GraphValues:
        """Forward and backward on the values in force.

        Raises LimitError, before anything is computed, if that would be too much arithmetic.
        """
        self.admit()
        return self._numbers

    @lazy_property
    def rounding(self) -> Rounding:
        """Which partials at the values in force are 0 but for rounding."""
        return Rounding(self.numbers())

    def _smaller(self, passes: int) -> str:
        """What makes the arithmetic less, by what makes it much."""
        if self.model.work <= LIMITS.arithmetic:
            return "ask for fewer at once"
        nodes = len(self.definition.graph.nodes)
        if self.model.work < _ALIKE * nodes:
            return "write fewer operations"
        return "make the tensors smaller"

    def admit(self, passes: int = 1) -> None:
        """Raises LimitError if so many passes would be too much arithmetic."""
        measured = passes * self.model.work
        if measured > LIMITS.arithmetic:
            message = f"operations on numbers: {measured:,} counted, {LIMITS.arithmetic:,} allowed"
            raise LimitError(
                Diagnostic("arithmetic", message, self._smaller(passes)),
                details={
                    "limit": "arithmetic",
                    "measured": measured,
                    "allowed": LIMITS.arithmetic,
                },
            )

    @lazy_property
    def class_numbers(self) -> Mapping[int, Array]:
        """By node id the values in force of all that forward nodes read as class numbers.

        Raises DefinitionError if one that the text computes is invalid.
        """
        definition = self.definition
        known = {leaf.node.id: self.leaves[leaf.name] for leaf in definition.leaves}
        return class_numbers(definition.graph.nodes[: definition.graph.forward_count], known)

    def line(self, node: Node) -> int | None:
        """The line of the text that a forward node comes from."""
        named = self.symbols.names.get(node.id)
        if named is not None:
            return named.line
        return None if node.span is None else node.span.line


def _compiled(source: str) -> CompiledModel:
    found = _read(source)
    if isinstance(found, CompiledModel):
        return found
    raise from_plain(found)


@lru_cache(maxsize=16)
def _read(source: str) -> CompiledModel | dict[str, object]:
    """A compiled text, or its error as plain data: what is refused is cached as well."""
    try:
        definition = compile_text(source)
        return CompiledModel(definition, initial_values(definition))
    except BackstepError as error:
        return error.to_plain()


def bind(source: str, values: Mapping[str, object] | None = None) -> BoundModel:
    """Compile `source`, replace values by `values`, and check class numbers.

    A value is a number, or nested lists of numbers of the declared shape; its name may be spelled
    as in the text, θ or v₁₂. Raises DefinitionError or LimitError for the text, ValuesError for a
    value.
    """
    understood = _compiled(source)
    definition = understood.definition
    given = values or {}
    declared = {leaf.name: leaf for leaf in definition.leaves}
    faults: list[Diagnostic] = []
    replaced: dict[str, Array] = {}
    for typed, value in given.items():
        name = known_as(typed, declared)
        checked = checked_value(typed, value, declared.get(name), definition)
        if name != typed and name in given:
            checked = given_twice(typed, name)
        if isinstance(checked, Diagnostic):
            faults.append(checked)
        else:
            replaced[name] = checked
    if faults:
        raise ValuesError(*faults)
    prepared = BoundModel(understood, {**understood.written, **replaced})
    check_labels(prepared, replaced)
    return prepared


def pointer(name: str, field: str = "values") -> str:
    """The JSON pointer to a replaced value (RFC 6901)."""
    return f"/{field}/" + name.replace("~", "~0").replace("/", "~1")


def given_twice(typed: str, name: str, field: str = "values") -> Diagnostic:
    """Why no value is taken for a name that is given in its one spelling too."""
    message = f"'{typed}' is '{name}', which is given too"
    return Diagnostic("given_twice", message, "give it once", pointer=pointer(typed, field))


def checked_value(
    name: str, value: object, leaf: Leaf | None, definition: Definition
) -> Array | Diagnostic:
    """A leaf's replaced value as an array of its shape, or a diagnostic if it cannot be one."""
    refused = replaceable(name, leaf, definition)
    if refused is not None or leaf is None:
        assert refused is not None
        return refused
    return given_array(name, value, leaf.node.shape, pointer(name))


def replaceable(name: str, leaf: Leaf | None, definition: Definition) -> Diagnostic | None:
    """Why a name's value can't be replaced; None if it can."""
    if leaf is None:
        hint = f"declared names: {', '.join(each.name for each in definition.leaves) or 'none'}"
        known = known_as(name, definition.names) in definition.names
        what = "is computed, not declared" if known else "is not in the text"
        return Diagnostic("unknown_value", f"'{name}' {what}", hint, pointer=pointer(name))
    if leaf.structural:
        return Diagnostic(
            "structural_value",
            f"'{name}' is built into a shape, a bound or an index",
            "change it in the text",
            pointer=pointer(name),
        )
    return None


def given_array(name: str, value: object, shape: Shape, at: str) -> Array | Diagnostic:
    """Nested lists of numbers as an array of a shape, or a diagnostic, pointing `at`.

    A value with another outline is refused before its elements are looked at: they may be many.
    """
    given = outline(value)
    if given is not None and given != shape:
        message = f"'{name}' {has_shape(shape)}; {_said(given)} given"
        return Diagnostic("value_shape", message, _wanted(shape), pointer=at)
    if given is None or _shape(value) != shape:
        return Diagnostic(
            "bad_value",
            f"'{name}' needs numbers, or nested lists of numbers of equal lengths",
            _wanted(shape),
            pointer=at,
        )
    return _array(value, shape)


def outline(value: object) -> Shape | None:
    """The shape that the first elements have; None if there is no number at their end."""
    sizes: list[int] = []
    while isinstance(value, list):
        sizes.append(len(value))
        if not value:
            return tuple(sizes)
        value = value[0]
    return tuple(sizes) if _is_number(value) else None


def _said(shape: Shape) -> str:
    """What was passed, with its verb."""
    if not shape:
        return "a single number is"
    if len(shape) == 1:
        return f"a list of {shape[0]:,} is"
    return f"nested lists of {spell(shape)} are"


def _wanted(shape: Shape) -> str:
    if not shape:
        return "give one number"
    if len(shape) == 1:
        return f"give a list of {shape[0]} numbers"
    return f"give nested lists of {spell(shape)}"


def _shape(value: object) -> Shape | None:
    """The shape of nested lists of numbers, or None if they are ragged or hold anything else."""
    if isinstance(value, list):
        if set(map(type, value)) <= _NUMBERS:
            return (len(value),)
        inner = {_shape(element) for element in value}
        if len(inner) > 1 or None in inner:
            return None
        return (len(value), *(inner.pop() or ())) if inner else (0,)
    return () if _is_number(value) else None


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return value in _WORDS
    return isinstance(value, int | float) and not isinstance(value, bool)


def _array(value: object, shape: Shape) -> Array:
    flat: list[float] = []
    _flatten(value, flat)
    return np.array(flat, dtype=np.float64).reshape(shape)


def _flatten(value: Any, into: list[float]) -> None:
    if isinstance(value, list):
        if set(map(type, value)) <= {float}:
            into.extend(value)
            return
        for element in value:
            _flatten(element, into)
    elif isinstance(value, str):
        into.append(_WORDS[value])
    else:
        try:
            into.append(float(value))
        except OverflowError:
            into.append(np.inf if value > 0 else -np.inf)


def check_labels(prepared: BoundModel, replaced: Container[str]) -> None:
    """Refuse a class number that is no integer or not in range: if it is `replaced`, by
    ValuesError, else, at its place in the text, by DefinitionError.
    """
    for node, position, leaf in prepared.model.checked:
        check = TABLE[node.op].check
        assert check is not None
        inputs: list[object] = [np.zeros(each.shape) for each in node.inputs]
        inputs[position] = prepared.leaves[leaf.name]
        message = check(*inputs, **node.params)
        if message is not None:
            _refuse_label(leaf, message, leaf.name in replaced)


def _refuse_label(leaf: Leaf, message: str, replaced: bool) -> None:
    said = f"'{leaf.name}': {message}"
    if replaced:
        raise ValuesError(Diagnostic("class_number", said, pointer=pointer(leaf.name)))
    raise DefinitionError(Diagnostic("class_number", said, span=leaf.span))
