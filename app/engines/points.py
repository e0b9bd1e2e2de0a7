"""Points to try a claim at: values for all declared names, drawn within what they mean.

A class number stays one, a distribution can be kept one, and signs and ranges that the values in
force have are kept at every other point. Judges no claim.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.graph.node import Node
from app.lang.definition import Definition, Leaf
from app.ops import TABLE
from app.ops.row import Array

_SEED = 20_240_229
_MOST_CLASSES = 1000


@dataclass(frozen=True, slots=True)
class Kept:
    """What every point keeps: labels that are distributions, and constants as they are."""

    distributions: bool = False
    constants: bool = False


def points(
    definition: Definition, leaves: Mapping[str, Array], kept: Kept
) -> Iterator[Mapping[str, Array]]:
    """Points without end, the values in force first; the same ones every time."""
    yield leaves
    stream = np.random.Generator(np.random.PCG64(_SEED))
    classes = _classes(definition)
    number = 0
    while True:
        yield {
            leaf.name: _drawn(stream, leaf, leaves[leaf.name], classes, kept, number)
            for leaf in definition.leaves
        }
        number += 1


def distributions(definition: Definition, leaves: Mapping[str, Array]) -> list[str]:
    """Targets whose values are probabilities of several classes that add up to 1."""
    return [
        leaf.name
        for leaf in definition.leaves
        if leaf.role == "target" and not leaf.label and _is_distribution(leaves[leaf.name])
    ]


def constants(definition: Definition, leaves: Mapping[str, Array]) -> list[str]:
    """Constants whose value tells something; a 0 or a 1 can't be told from one left out."""
    return [
        leaf.name
        for leaf in definition.leaves
        if leaf.role == "const" and not leaf.structural and _tells(leaves[leaf.name])
    ]


def _tells(value: Array) -> bool:
    return not bool(np.isin(value, (0.0, 1.0)).all())


def _drawn(
    stream: np.random.Generator,
    leaf: Leaf,
    value: Array,
    classes: Mapping[str, int],
    kept: Kept,
    number: int,
) -> Array:
    if leaf.structural or (leaf.label and leaf.name not in classes):
        return value
    if leaf.label:
        return stream.integers(0, classes[leaf.name], value.shape).astype(np.float64)
    if leaf.role == "const" and kept.constants and _tells(value):
        return value
    if kept.distributions and leaf.role == "target" and _is_distribution(value):
        return _distribution(stream, value)
    finite = np.where(np.isfinite(value), value, 1.0)
    # At every other point signs and ranges are kept: a logarithm may need them.
    if number % 2 == 0:
        return _near(stream, finite)
    scale = float(np.max(np.abs(finite), initial=0.0)) or 1.0
    low = 0.1 if number % 4 == 3 else -1.5
    return stream.uniform(low, 1.5, value.shape) * min(max(scale, 0.3), 3.0)


def _near(stream: np.random.Generator, value: Array) -> Array:
    moved = stream.uniform(-1.0, 1.0, value.shape)
    if bool(((value > 0) & (value < 1)).all()):
        # Probabilities stay between 0 and 1.
        return value / (value + (1 - value) * np.exp(moved))
    small = np.abs(moved) if bool((value >= 0).all()) else moved
    return np.where(value == 0, 0.5 * small, value * (1 + 0.5 * moved))


def _is_distribution(value: Array) -> bool:
    if value.ndim == 0 or value.shape[-1] < 2 or value.size == 0:
        return False
    rows = value.sum(axis=-1)
    return bool((value >= 0).all() and (np.abs(rows - 1) < 1e-9).all())


def _distribution(stream: np.random.Generator, value: Array) -> Array:
    """As the values in force are: one class a row where they say so, else shares of all."""
    if bool(np.isin(value, (0.0, 1.0)).all()):
        chosen = stream.integers(0, value.shape[-1], value.shape[:-1])
        return np.eye(value.shape[-1])[chosen]
    shares = stream.uniform(0.1, 1.0, value.shape)
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True))


def _classes(definition: Definition) -> dict[str, int]:
    """How many classes each label that is a class number may name."""
    leaves = {leaf.node.id: leaf.name for leaf in definition.leaves if leaf.label}
    found: dict[str, int] = {}
    for node in definition.graph.nodes[: definition.graph.forward]:
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
    inputs: list[Any] = [np.zeros(each.shape) for each in node.inputs]
    for number in range(_MOST_CLASSES):
        inputs[position] = np.full(node.inputs[position].shape, float(number))
        if check(*inputs, **node.params) is not None:
            return number
    return _MOST_CLASSES
