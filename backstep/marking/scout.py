"""Points on pieces that single draws seldom reach, found among thousands at once. Judges nothing.

A network of scalars is worked out on arrays as well, an element a point; one of tensors a point at
a time, so at hundreds. What each name is drawn as is put together anew with what the others are, so
that every pairing of the sides of the kinks, those of the network and those of the answer, that has
any room is likely to be met.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from backstep.errors import DefinitionError
from backstep.evaluate.numeric import compute
from backstep.evaluate.sampling import FixedInputs, points
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.lang.compile.answer import Answer
from backstep.lang.compile.definition import Definition
from backstep.ops import TABLE
from backstep.ops.row import Array

_SEED = 20_240_311
_DRAWN = 150
"""Points whose values are put together anew."""
_TOGETHER = 20_000
_MOST_NODES = 400
_WORK = 40_000
"""Node evaluations that points one by one may cost; about a third of a second."""
_MOST_ALONE = 600
_MOST = 6
"""Points that are given."""
_NEAREST, _FURTHEST = 0.05, 30.0
_FAR = 1e-3
"""By how much the two differ, relative to the larger: no rounding comes near it."""
_SMALLEST = 1e-5
_LARGEST = 1e9
"""No number on the way is larger: what cancels has lost few digits."""


def scouted(
    definition: Definition,
    leaves: Mapping[str, Array],
    kept: FixedInputs,
    answer: Answer,
    partial: Node | None,
    late: Callable[[], bool],
) -> Iterator[Mapping[str, Array]]:
    """Points at which an answer and a partial seem to differ; `late` says when to give up."""
    nodes = ancestors([definition.loss, *answer.meant.values(), *([partial] if partial else [])])
    typed = ancestors([answer.node])
    if len(nodes) > _MOST_NODES:
        return
    base = list(islice(points(definition, leaves, kept, True), _DRAWN))
    if not all(map(_is_scalar, [*nodes, *typed])):
        # What no point moves is what class numbers are worked out from.
        still = {name for name in leaves if all(each[name] is leaves[name] for each in base)}
        held = still | {each.name for each in kept}
        yield from _one_by_one(definition, base, held, answer, partial, late)
        return
    drawn = _together(definition, base)
    known = {leaf.node.id: drawn[leaf.name] for leaf in definition.leaves}
    compute(nodes, known)
    mine = {leaf.id: known[answer.meant[name].id] for name, leaf in answer.names.items()}
    compute([answer.node], mine, near=True)
    right = known[partial.id] if partial is not None else np.zeros(())
    said = mine[answer.node.id]
    with np.errstate(all="ignore"):
        apart = np.abs(said - right) > _FAR * np.maximum(np.abs(said), np.abs(right))
        for value in (*known.values(), *mine.values()):
            apart = apart & (np.abs(value) < _LARGEST)
        for node, values in [*((each, known) for each in nodes), *((each, mine) for each in typed)]:
            apart = apart & ~_cancels(node, values)
    for place in np.flatnonzero(np.broadcast_to(apart, (_TOGETHER,)))[:_MOST]:
        yield {name: np.asarray(value[place]) for name, value in drawn.items()}


def _one_by_one(
    definition: Definition,
    base: Sequence[Mapping[str, Array]],
    held: Collection[str],
    answer: Answer,
    partial: Node | None,
    late: Callable[[], bool],
) -> Iterator[Mapping[str, Array]]:
    """The same where tensors stand: what differs at a point is told before the next is drawn."""
    stream = np.random.Generator(np.random.PCG64(_SEED))
    targets = [definition.loss, *answer.meant.values(), *([partial] if partial else [])]
    nodes, typed = ancestors(targets), ancestors([answer.node])
    given = 0
    for _ in range(min(_WORK // (len(nodes) + len(typed)), _MOST_ALONE)):
        if late() or given == _MOST:
            return
        drawn = _at_one_point(definition, base, held, stream)
        known = {leaf.node.id: drawn[leaf.name] for leaf in definition.leaves}
        try:
            compute(targets, known)
            mine = {leaf.id: known[answer.meant[name].id] for name, leaf in answer.names.items()}
            compute([answer.node], mine, near=True)
        except DefinitionError:  # a class number that was worked out is none
            continue
        right = known[partial.id] if partial is not None else np.zeros(())
        said = mine[answer.node.id]
        with np.errstate(all="ignore"):
            size = float(np.max(np.maximum(np.abs(said), np.abs(right)), initial=0.0))
            apart = float(np.max(np.abs(said - right), initial=0.0)) > _FAR * size
        if apart and size < _LARGEST and not _loses(nodes, known) and not _loses(typed, mine):
            given += 1
            yield drawn


def _loses(nodes: Sequence[Node], values: Mapping[int, Array]) -> bool:
    """Whether any element of any node may be the rounding of its inputs."""
    elementwise = (each for each in nodes if TABLE[each.op].elementwise)
    return any(bool(np.any(_cancels(each, values))) for each in elementwise)


def _at_one_point(
    definition: Definition,
    base: Sequence[Mapping[str, Array]],
    held: Collection[str],
    stream: np.random.Generator,
) -> Mapping[str, Array]:
    """Each name's value from a point of its own; constants, which bound each other, from one.

    Of parameters that are not held some elements are further off than any point has them.
    """
    together = int(stream.integers(0, len(base)))
    found: dict[str, Array] = {}
    for leaf in definition.leaves:
        const = leaf.role == "const"
        values = base[together if const else int(stream.integers(0, len(base)))][leaf.name]
        if leaf.role == "param" and not (leaf.structural or leaf.label or leaf.name in held):
            near, far = np.log(_NEAREST), np.log(_FURTHEST)
            size = np.exp(stream.uniform(near, far, values.shape))
            size *= stream.choice([-1.0, 1.0], values.shape)
            values = np.where(stream.random(values.shape) < stream.random(), values, size)
        found[leaf.name] = np.asarray(values)
    return found


def _is_scalar(node: Node) -> bool:
    row = TABLE[node.op]
    return node.shape == () and not row.labels and (row.leaf or row.elementwise)


def _cancels(node: Node, values: Mapping[int, Array]) -> NDArray[np.bool_]:
    """Where a node's value may be the rounding of its inputs: 1 − σ(40)."""
    value = np.abs(values[node.id])
    largest = np.zeros(())
    if len(node.inputs) == 2:
        for each in node.nodes:
            largest = np.maximum(largest, np.abs(values[each.id]))
        for written in node.inputs:
            if not isinstance(written, Node):
                largest = np.maximum(largest, abs(float(written)))
    return np.asarray((value > 0) & (value < _SMALLEST * largest))


def _together(definition: Definition, drawn: Sequence[Mapping[str, Array]]) -> Mapping[str, Array]:
    """Each name's values from points of their own; constants, which bound each other, from one."""
    stream = np.random.Generator(np.random.PCG64(_SEED))
    together = stream.integers(0, len(drawn), _TOGETHER)
    found: dict[str, Array] = {}
    for leaf in definition.leaves:
        chosen = together
        if leaf.role != "const":
            chosen = stream.integers(0, len(drawn), _TOGETHER)
        values = np.array([point[leaf.name] for point in drawn])[chosen]
        if leaf.role == "param" and not leaf.structural:
            # Of a parameter nothing is premised: some are further off than any point has them.
            size = np.exp(stream.uniform(np.log(_NEAREST), np.log(_FURTHEST), _TOGETHER))
            size *= stream.choice([-1.0, 1.0], _TOGETHER)
            values = np.where(stream.random(_TOGETHER) < 0.5, values, size)
        found[leaf.name] = values
    return found
