"""Points to test a claim at: values for all declared names, drawn within what they mean.

A class number stays one, a constant keeps its sign, its side of 1 and its rank among the others,
and a mask of zeros and ones stays one, at every point. What else a value may mean (a label, a
distribution, something positive) is a premise: points keep to it if they are asked to. Judges no
claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.lang.compile.definition import Definition, Leaf
from backstep.ops import TABLE
from backstep.ops.label_kinds import chooses_alone, label_kinds
from backstep.ops.row import Array

_SEED = 20_240_229
_MOST_CLASSES = 1000

What = Literal["constant", "class", "sign", "binary", "signed", "distribution", "symmetric"]


@dataclass(frozen=True, slots=True)
class Premise:
    """What the value of a name may be meant to be, beyond the number that it is.

    `constant`: this very number; `class`: the class in force; `sign`: on this side of 0; `binary`:
    0 or 1; `signed`: −1 or 1; `distribution`: probabilities that add up to 1; `symmetric`:
    a matrix that is its own transpose.
    """

    what: What
    name: str


FixedInputs = frozenset[Premise]
"""The premises that every point keeps to."""


def points(
    definition: Definition,
    leaves: Mapping[str, Array],
    kept: Iterable[Premise] = (),
    far: bool = False,
) -> Iterator[Mapping[str, Array]]:
    """Infinitely many points, the values in force first; the same ones every time.

    What class numbers are computed from is unchanged. `far`: some points lie far off, past
    thresholds; without thresholds, that only saturates.
    """
    yield leaves
    stream = np.random.Generator(np.random.PCG64(_SEED))
    classes = class_counts(definition)
    chosen = _behind_classes(definition) - classes.keys()
    held: dict[str, set[What]] = {}
    for premise in kept:
        held.setdefault(premise.name, set()).add(premise.what)
    number = 0
    while True:
        drawn = {
            leaf.name: leaves[leaf.name]
            if leaf.name in chosen
            else _kept(
                _drawn(
                    stream,
                    leaf,
                    leaves[leaf.name],
                    classes,
                    held.get(leaf.name, set()),
                    number if far else number % 4,
                ),
                held.get(leaf.name, set()),
            )
            for leaf in definition.leaves
        }
        yield _in_order(definition, leaves, drawn)
        number += 1


def _behind_classes(definition: Definition) -> set[str]:
    """The names that class numbers are read from, or computed from."""
    nodes = definition.graph.nodes[: definition.graph.forward_count]
    read = [node.inputs[position] for node in nodes for position in TABLE[node.op].labels]
    behind = {each.id for each in ancestors([each for each in read if isinstance(each, Node)])}
    return {leaf.name for leaf in definition.leaves if leaf.node.id in behind}


def distributions(definition: Definition, leaves: Mapping[str, Array]) -> list[str]:
    """Targets whose values are probabilities of several classes that add up to 1."""
    return [
        leaf.name
        for leaf in definition.leaves
        if leaf.role == "target" and not leaf.label and _is_distribution(leaves[leaf.name])
    ]


def symmetric(definition: Definition, leaves: Mapping[str, Array]) -> list[str]:
    """Matrices that are given, not learned, and whose values are their own transposes."""
    return [
        leaf.name
        for leaf in definition.leaves
        if leaf.role != "param" and not leaf.structural and _is_symmetric(leaves[leaf.name])
    ]


def premises(definition: Definition, leaves: Mapping[str, Array]) -> Sequence[tuple[Premise, ...]]:
    """What the values in force may be meant to be: all of it; in two ways if a label of 1 may be
    one of 0 and 1, or of −1 and 1.
    """
    found: list[tuple[Premise, ...]] = []
    for first in (True, False):
        each = [
            Premise(what, leaf.name)
            for leaf in definition.leaves
            if not leaf.structural and leaf.role != "param"
            for what in _meant(definition, leaf, leaves[leaf.name], first)
        ]
        if tuple(each) not in found:
            found.append(tuple(each))
    return found


def _meant(definition: Definition, leaf: Leaf, value: Array, first: bool) -> Iterator[What]:
    if leaf.label:
        yield "class"
        return
    if leaf.role == "const" and _tells(value):
        yield "constant"
    if leaf.role != "const" and value.size and (bool((value > 0).all()) or bool((value < 0).all())):
        yield "sign"
    if _is_symmetric(value):
        yield "symmetric"
    if _is_distribution(value):
        yield "distribution"
        if leaf.role != "const" and _is_one_hot(value):
            yield "class"
    elif leaf.role != "const" and value.size:
        kinds = _label_kinds(definition, leaf, value)
        if kinds:
            yield kinds[0 if first else -1]
            if value.ndim == 0 and chooses_alone(_uses(definition, leaf)):
                yield "class"


def _label_kinds(
    definition: Definition, leaf: Leaf, value: Array
) -> Sequence[Literal["binary", "signed"]]:
    """What kind of label a value may be; both if its numbers fit both, and the text too."""
    if bool(np.isin(value, (-1.0, 1.0)).all()) and bool((value < 0).any()):
        return ("signed",)
    if not bool(np.isin(value, (0.0, 1.0)).all()):
        return ()
    if bool((value == 0).any()):
        # Zeros alone are rather an initial value than a label.
        return ("binary",) if leaf.role == "target" or bool((value == 1).any()) else ()
    if leaf.role != "target":
        return ()
    return label_kinds(_uses(definition, leaf), leaf.node)


def _uses(definition: Definition, leaf: Leaf) -> list[Node]:
    nodes = definition.graph.nodes[: definition.graph.forward_count]
    return [node for node in nodes if leaf.node in node.nodes]


def _tells(value: Array) -> bool:
    """Whether a constant's number carries information: a 0 or a 1 may as well be left out."""
    return not bool(np.isin(value, (0.0, 1.0)).all())


def _kept(value: Array, held: set[What]) -> Array:
    return np.asarray((value + value.T) / 2) if "symmetric" in held else value


def _drawn(
    stream: np.random.Generator,
    leaf: Leaf,
    value: Array,
    classes: Mapping[str, int],
    held: set[What],
    number: int,
) -> Array:
    if leaf.structural or held & {"constant", "class"}:
        return value
    if leaf.label:
        if leaf.name not in classes:
            return value
        return stream.integers(0, classes[leaf.name], value.shape).astype(np.float64)
    if "distribution" in held:
        return _distribution(stream, value)
    if "binary" in held:
        return stream.integers(0, 2, value.shape).astype(np.float64)
    if "signed" in held:
        return _signs(stream, value.shape)
    if leaf.role == "const" and _is_mask(value):
        return value if number % 2 == 0 else stream.integers(0, 2, value.shape).astype(np.float64)
    if leaf.role == "const" or "sign" in held:
        return _on_its_side(stream, value, number, leaf.role == "const")
    finite = np.where(np.isfinite(value), value, 1.0)
    scale = min(max(float(np.max(np.abs(finite), initial=0.0)) or 1.0, 0.3), 3.0)
    if number % 8 in (6, 7):
        # Some names as in force and others far off: a sum of them may be on any side of a kink.
        number = int(stream.choice([1, 4, 5]))
    if number % 2 == 0:
        # At many points signs and ranges are kept: a logarithm may need them.
        return _near(stream, finite)
    if number % 8 == 5:
        # Far off, to get past a threshold that the others stay on this side of.
        return np.asarray(scale * _wide(stream, value.shape) * _signs(stream, value.shape))
    low = 0.1 if number % 4 == 3 else -1.5
    return stream.uniform(low, 1.5, value.shape) * scale


def _wide(stream: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.asarray(np.exp(stream.uniform(np.log(0.2), np.log(10.0), shape)))


def _signs(stream: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.asarray(2.0 * stream.integers(0, 2, shape) - 1.0)


def _on_its_side(stream: np.random.Generator, value: Array, number: int, below_one: bool) -> Array:
    """Each element on its side of 0, and `below_one` if it is; what is infinite stays."""
    if number % 2 == 0:
        moved = _near(stream, np.where(np.isfinite(value), value, 1.0))
    else:
        size = np.abs(np.where(np.isfinite(value), value, 1.0))
        within = (size > 0) & (size < 1) & below_one
        share = stream.uniform(0.03, 0.97, value.shape)
        grown = np.maximum(size, 0.3) * _wide(stream, value.shape)
        zero = stream.uniform(-1.5, 1.5, value.shape)
        moved = np.where(value == 0, zero, np.sign(value) * np.where(within, share, grown))
    return np.where(np.isfinite(value), moved, value)


def _in_order(
    definition: Definition, leaves: Mapping[str, Array], drawn: dict[str, Array]
) -> dict[str, Array]:
    """The same with the scalar constants in their order: a lower bound stays below."""
    names = [
        leaf.name
        for leaf in definition.leaves
        if leaf.role == "const" and not leaf.structural and leaves[leaf.name].ndim == 0
    ]
    ranked = sorted(names, key=lambda name: float(leaves[name]))
    for low, high in pairwise(ranked):
        # Equal numbers are no bounds of each other, and are drawn independently.
        if float(leaves[low]) == float(leaves[high]):
            return drawn
    values = sorted(float(drawn[name]) for name in names)
    return drawn | {name: np.asarray(value) for name, value in zip(ranked, values, strict=True)}


def _near(stream: np.random.Generator, value: Array) -> Array:
    moved = stream.uniform(-1.0, 1.0, value.shape)
    if bool(((value > 0) & (value < 1)).all()):
        # Probabilities stay between 0 and 1.
        return value / (value + (1 - value) * np.exp(moved))
    small = np.abs(moved) if bool((value >= 0).all()) else moved
    return np.where(value == 0, 0.5 * small, value * (1 + 0.5 * moved))


def _is_mask(value: Array) -> bool:
    """Whether it lets some elements through and others not."""
    return bool(np.isin(value, (0.0, 1.0)).all()) and 0 < float(value.sum()) < value.size


def _is_distribution(value: Array) -> bool:
    if value.ndim == 0 or value.shape[-1] < 2 or value.size == 0:
        return False
    rows = value.sum(axis=-1)
    return bool((value >= 0).all() and (np.abs(rows - 1) < 1e-9).all())


def _is_symmetric(value: Array) -> bool:
    square = value.ndim == 2 and value.shape[0] == value.shape[1] > 1
    return square and np.array_equal(value, value.T)


def _is_one_hot(value: Array) -> bool:
    return bool(np.isin(value, (0.0, 1.0)).all())


def _distribution(stream: np.random.Generator, value: Array) -> Array:
    """As the values in force are: one-hot rows if they are, else positive probabilities."""
    if _is_one_hot(value):
        chosen = stream.integers(0, value.shape[-1], value.shape[:-1])
        return np.eye(value.shape[-1])[chosen]
    shares = stream.uniform(0.1, 1.0, value.shape)
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True))


def class_counts(definition: Definition) -> dict[str, int]:
    """How many classes each label that is a class number may name."""
    leaves = {leaf.node.id: leaf.name for leaf in definition.leaves if leaf.label}
    found: dict[str, int] = {}
    for node in definition.graph.nodes[: definition.graph.forward_count]:
        row = TABLE[node.op]
        if row.check is None:
            continue
        for position in row.labels:
            operand = node.inputs[position]
            name = leaves.get(operand.id) if isinstance(operand, Node) else None
            if name is not None:
                count = _count(node, position)
                found[name] = min(found.get(name, count), count)
    return {name: count for name, count in found.items() if count}


def _count(node: Node, position: int) -> int:
    check = TABLE[node.op].check
    assert check is not None
    inputs: list[Array] = [np.zeros(each.shape) for each in node.inputs]
    for number in range(_MOST_CLASSES):
        inputs[position] = np.full(node.inputs[position].shape, float(number))
        if check(*inputs, **node.params) is not None:
            return number
    return _MOST_CLASSES
