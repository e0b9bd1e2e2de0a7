"""Every name's value and partial, the gradients, and warnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from backstep.autodiff.reverse import adjoint_of
from backstep.binding.annotations import sentence
from backstep.binding.bind import BoundModel
from backstep.binding.doubtful import doubtful
from backstep.binding.json_arrays import unsigned_zero
from backstep.binding.node_names import NodeNames
from backstep.binding.overflow import overflows
from backstep.binding.points import ManyPoints
from backstep.binding.readings import StatementReading, readings
from backstep.errors import Diagnostic, Fix, RequestError, Span
from backstep.evaluate.numeric import GraphValues, compute
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.lang.syntax.names import known_as
from backstep.ops.row import Array, Mask
from backstep.records import lazy_property


@dataclass(frozen=True, slots=True)
class LossValue:
    """The loss and its value."""

    name: str
    """Its name in the text."""
    value: Array


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a name that is assigned more than once."""

    value: Array | None
    partial: Array | None
    line: int
    """The line that assigns this version, from 1."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A warning at its place in the text: not wrong, but worth knowing."""

    code: str
    message: str
    name: str | None
    line: int | None
    """From 1."""
    column: int | None
    """From 1, in characters."""
    fixes: Sequence[Fix]
    """What to write instead, if another meaning was intended."""

    def __str__(self) -> str:
        return self.message if self.line is None else f"line {self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A definition run forward and backward on the values in force."""

    loss: LossValue
    values: Mapping[str, Array | None]
    """By name; a name that is assigned again has its last version here. Null only if large tensors
    were to be left out.
    """
    partials: Mapping[str, Array | None]
    """The loss's partials, by name. A constant has none; a class label has null."""
    gradients: Mapping[str, Array | None]
    """The partials of the parameters."""
    rounding: Mapping[str, Mask]
    """Where a partial is 0 but for rounding: its terms cancel, and what is left is their rounding.
    Only for those names that have such an element.
    """
    versions: Mapping[str, Sequence[Version]]
    """Every version of the names that are assigned more than once, oldest first."""
    warnings: Sequence[Remark]
    """The origin of the first NaN or infinity, partials that are conventions, a loss that
    broadcasts.
    """
    readings: Sequence[StatementReading]
    """How statements were read that are written as on a board, with `2x` or `‖w‖²`."""


class Evaluated:
    """A definition run forward, and backward for what is asked for: its parts, each on access.

    For `names` alone, if they are passed. With `most`, tensors of more elements than that are None.
    Raises RequestError for a name that the definition does not have, LimitError for too much
    arithmetic.
    """

    def __init__(
        self, prepared: BoundModel, names: Sequence[str] | None = None, most: int | None = None
    ) -> None:
        definition = prepared.definition
        by_hand = {each.name for each in definition.derived}
        if names is not None:
            names = _known(prepared, names, by_hand)
        self._prepared, self._names, self._most = prepared, names, most
        self._numbers = prepared.begun()
        self._wanted = definition.names
        if names is not None:
            self._wanted = {
                name: given for name, given in definition.names.items() if name in names
            }

    @property
    def loss(self) -> LossValue:
        """The loss and its value."""
        definition = self._prepared.definition
        return LossValue(definition.loss_name, unsigned_zero(self._numbers.value(definition.loss)))

    @lazy_property
    def values(self) -> Mapping[str, Array | None]:
        """By name; a name that is assigned again has its last version here."""
        loss = self._prepared.definition.loss
        found: dict[str, Array | None] = {}
        for name, given in self._wanted.items():
            value = self._numbers.value(given[-1].node)
            found[name] = self._kept(unsigned_zero(value) if given[-1].node is loss else value)
        for name, value in derived_values(self._prepared, self._numbers).items():
            if self._names is None or name in self._names:
                found[name] = self._kept(value)
        return found

    @lazy_property
    def partials(self) -> Mapping[str, Array | None]:
        """The loss's partials, by name. A constant has none; a class label has null."""
        return self._partials(
            {
                name: given[-1].node
                for name, given in self._wanted.items()
                if given[-1].node.id not in self._prepared.model.consts
            }
        )

    @lazy_property
    def gradients(self) -> Mapping[str, Array | None]:
        """The partials of the parameters."""
        learned = {
            leaf.name: leaf.node
            for leaf in self._prepared.definition.leaves
            if leaf.role == "param" and leaf.name in self._wanted
        }
        known = self.__dict__.get("partials")
        if known is not None:
            return {name: known[name] for name in learned}
        return self._partials(learned)

    @lazy_property
    def rounding(self) -> Mapping[str, Mask]:
        """Where a partial is 0 but for rounding; only for names that have such an element."""
        found = {}
        for name, partial in self.partials.items():
            mask = self._prepared.rounding.of(self._wanted[name][-1].node)
            if partial is not None and mask is not None and mask.any():
                found[name] = mask
        return found

    @lazy_property
    def versions(self) -> Mapping[str, Sequence[Version]]:
        """Every version of the names that are assigned more than once, oldest first."""
        return {
            name: tuple(
                Version(
                    self._kept(self._numbers.value(version.node)),
                    self._partial(version.node),
                    version.line,
                )
                for version in given
            )
            for name, given in self._wanted.items()
            if len(given) > 1
        }

    @lazy_property
    def warnings(self) -> Sequence[Remark]:
        """All warnings, each at its place in the text."""
        return warnings(self._prepared, self._prepared.numbers())

    @property
    def readings(self) -> Sequence[StatementReading]:
        """How statements were read that are written as on a board."""
        return readings(self._prepared)

    def _partials(self, nodes: Mapping[str, Node]) -> dict[str, Array | None]:
        self._numbers.find(nodes.values())
        return {name: self._partial(node) for name, node in nodes.items()}

    def _partial(self, node: Node) -> Array | None:
        if node.id in self._prepared.model.labels:
            return None
        return self._kept(self._numbers.partial(node))

    def _kept(self, array: Array) -> Array | None:
        return array if self._most is None or array.size <= self._most else None


def evaluate(
    prepared: BoundModel, names: Sequence[str] | None = None, most: int | None = None
) -> Evaluation:
    """Forward and backward on the values in force; for `names` alone, if they are passed.

    With `most`, tensors of more elements than that are None. Raises RequestError for a name that
    the definition does not have.
    """
    found = Evaluated(prepared, names, most)
    prepared.numbers()  # all in one go: every partial is asked for
    return Evaluation(
        loss=found.loss,
        values=found.values,
        partials=found.partials,
        gradients=found.gradients,
        rounding=found.rounding,
        versions=found.versions,
        warnings=found.warnings,
        readings=found.readings,
    )


def derived_values(prepared: BoundModel, numbers: GraphValues) -> Mapping[str, Array]:
    """By name the values of the lines that give partials by hand."""
    definition = prepared.definition
    found: dict[str, Array] = {}
    for each in definition.derived:
        read = {node.id for node in ancestors([each.node])}
        known = {
            leaf.id: found[name] if name in found else numbers.value(each.meant[name])
            for name, leaf in each.names.items()
            if leaf.id in read
        }
        compute([each.node], known)
        found[each.name] = np.asarray(known[each.node.id], dtype=np.float64)
    return found


def evaluate_points(
    prepared: BoundModel, points: Mapping[str, object], names: Sequence[str] | None = None
) -> Evaluation:
    """The loss at many points, and values and partials of `names`.

    Each of `points` has its name's shape after an axis of the same length, and so has every result;
    other names keep their values. There are no warnings. Raises ValuesError at `/points`,
    RequestError for a name that the definition does not have, LimitError for too many points.
    """
    definition = prepared.definition
    nodes = {name: definition.names[name][-1].node for name in _known(prepared, names or ())}
    labels = {leaf.node.id for leaf in definition.leaves if leaf.label}
    derived = {name: node for name, node in nodes.items() if not _is_const(prepared, node)}
    back = prepared.model.back
    partials = {
        name: adjoint_of(back, node) for name, node in derived.items() if node.id not in labels
    }
    many = ManyPoints(prepared, [definition.loss, *nodes.values(), *partials.values()])
    given, count = many.given(points)
    loss, *found = many.run(given, count)
    slopes = dict(zip(partials, found[len(nodes) :], strict=True))
    learned = {leaf.name for leaf in definition.leaves if leaf.role == "param"}
    return Evaluation(
        loss=LossValue(definition.loss_name, unsigned_zero(loss)),
        values=dict(zip(nodes, found[: len(nodes)], strict=True)),
        partials={name: slopes.get(name) for name in derived},
        gradients={name: each for name, each in slopes.items() if name in learned},
        rounding={},
        versions={},
        warnings=(),
        readings=(),
    )


def _known(prepared: BoundModel, names: Sequence[str], more: Set[str] = frozenset()) -> list[str]:
    """The names in their one spelling. Raises RequestError for one that is neither the definition's
    nor one of `more`."""
    given = prepared.definition.names
    known = [each if each in more else known_as(each, given) for each in names]
    for position, (typed, name) in enumerate(zip(names, known, strict=True)):
        if name not in given and name not in more:
            message = f"the definition has no name '{typed}'"
            raise RequestError(Diagnostic("unknown_name", message, pointer=f"/names/{position}"))
    return known


def _is_const(prepared: BoundModel, node: Node) -> bool:
    return any(leaf.node is node and leaf.role == "const" for leaf in prepared.definition.leaves)


def warnings(prepared: BoundModel, numbers: GraphValues) -> tuple[Remark, ...]:
    """All warnings, each at its place in the text."""

    def said(node: Node) -> str:
        return _names(prepared).describe(node)

    found = [
        warning(prepared, fault.code, sentence(fault), None, fault.span, fault.fixes)
        for fault in (
            *prepared.definition.warnings,
            *(fault for fault, _ in doubtful(prepared.definition, numbers)),
        )
    ]
    for birth in numbers.non_finite_origins:
        what = (
            f"the partial with respect to {said(birth.node)}"
            if birth.backward
            else (said(birth.node))
        )
        code = "partial_not_finite" if birth.backward else "not_finite"
        message = f"{what} is {birth.value}, the first that is not finite"
        found.append(warning(prepared, code, message, birth.node, birth.node.span))
    for fault, node in overflows(prepared, numbers):
        span = node.span if fault.span is None else fault.span
        found.append(warning(prepared, fault.code, sentence(fault), node, span, fault.fixes))
    for hit in numbers.conventions:
        message = f"{said(hit.node).removesuffix(',')}: {hit.words}"
        found.append(warning(prepared, hit.code, message, hit.node, hit.node.span))
    return tuple(found)


def _names(prepared: BoundModel) -> NodeNames:
    """The names that warnings use: most networks have none."""
    return prepared.model.once("names of nodes", lambda: NodeNames(prepared))


def warning(
    prepared: BoundModel,
    code: str,
    message: str,
    node: Node | None,
    span: Span | None,
    fixes: Sequence[Fix] = (),
) -> Remark:
    """A warning at its node's place in the text."""
    if span is None and node is not None:
        span = next(
            (block.span for block in prepared.definition.blocks if node.id in block.nodes), None
        )
    return Remark(
        code=code,
        message=message,
        name=None if node is None else prepared.symbols.name(node),
        line=None if span is None else span.line,
        column=None if span is None else span.column,
        fixes=tuple(fixes),
    )
