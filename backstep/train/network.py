"""One definition as a function of its parameters: loss and gradient on some of the examples.

All trained parameters are one vector, in the text's order, each in row-major order. No update here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from backstep.autodiff.gradient import differentiate
from backstep.evaluate.compiled.lift import Lifted
from backstep.evaluate.compiled.program import Program
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.graph.shape import Shape, size
from backstep.lang.compile.definition import Definition, Leaf
from backstep.ops import TABLE
from backstep.ops.row import Array

_TOGETHER = 400_000
"""Elements of all tensors that are computed at once: what fits a processor's cache."""
_KEPT = 4
"""How many lengths of batches have a cached program."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A trained parameter and its position in the vector of all."""

    name: str
    shape: Shape
    start: int

    @property
    def end(self) -> int:
        """Past its last element."""
        return self.start + size(self.shape)

    def of(self, vector: Array) -> Array:
        """Its own elements of the vector, in its shape."""
        return vector[self.start : self.end].reshape(self.shape)


def parameters(definition: Definition) -> tuple[Parameter, ...]:
    """Every trained parameter, `param`: the text's own first, then those of layers."""
    found: list[Parameter] = []
    for leaf in definition.leaves:
        if leaf.role == "param" and not leaf.label and not leaf.structural:
            found.append(Parameter(leaf.name, leaf.node.shape, found[-1].end if found else 0))
    return tuple(found)


class Network:
    """Loss and gradient of one definition; `work` and `count` are those of one call."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.parameters = parameters(definition)
        self.leaves: Mapping[str, Leaf] = {leaf.name: leaf for leaf in definition.leaves}
        # Before the gradient is added: a mask is a node of the text's own.
        self.masks = [node for node in definition.graph.nodes if TABLE[node.op].random]
        back = differentiate(definition.loss)
        self._adjoints = [
            back.adjoints.get(self.leaves[each.name].node.id) for each in self.parameters
        ]
        self._spans = [
            (each.start, each.end)
            for each, adjoint in zip(self.parameters, self._adjoints, strict=True)
            if adjoint is not None
        ]
        wanted = [adjoint for adjoint in self._adjoints if adjoint is not None]
        self._targets = [definition.loss, *wanted]
        self._both = Program(self._targets, self.given, copy=False)
        self._elements = sum(size(node.shape) for node in ancestors(self._targets))
        self._lifted: dict[tuple[int, frozenset[str]], tuple[Program, list[int]]] = {}
        self._loss = Program([definition.loss], self.given)
        self.work, self.count = self._both.work, self._both.count
        self._places = [
            (self.leaves[each.name].node.id, each.start, each.end, each.shape)
            for each in self.parameters
        ]

    @property
    def given(self) -> list[Node]:
        """The nodes whose values a run takes: leaves, and the masks of dropout layers."""
        return [*(leaf.node for leaf in self.leaves.values()), *self.masks]

    def values(
        self, data: Mapping[str, Array], vector: Array, number: int | None
    ) -> dict[int, Array]:
        """The inputs of a run, by node id: `data` by name, the parameters, masks.

        The masks of update `number`, from 0, are drawn for it alone, those of the first as in the
        text; None: nothing is dropped and all is scaled as it is on average.
        """
        found = {self.leaves[name].node.id: value for name, value in data.items()}
        for key, start, end, shape in self._places:
            found[key] = vector[start:end].reshape(shape) if shape else vector[start]
        for node in self.masks:
            if number is None:
                found[node.id] = np.full(node.shape, 1 - float(node.params["probability"]))
            else:
                found[node.id] = _drawn(node, number)
        return found

    def loss(self, data: Mapping[str, Array], vector: Array) -> float:
        """The loss, nothing dropped."""
        return float(self._loss.at(self.values(data, vector, None))[0])

    def gradient(
        self, data: Mapping[str, Array], vector: Array, number: int
    ) -> tuple[float, Array]:
        """The loss and its gradient as one vector, for update `number` from 0."""
        loss, *found = self._both.at(self.values(data, vector, number))
        gradient = np.zeros(vector.shape)
        for (start, end), partial in zip(self._spans, found, strict=True):
            gradient[start:end] = np.ravel(partial) if end - start > 1 else partial
        return float(loss), gradient

    def mean(
        self,
        rows: Mapping[str, Array],
        fixed: Mapping[str, Array],
        vector: Array,
        draw: int,
    ) -> tuple[float, Array]:
        """The mean loss and gradient over examples, a row for each, whose masks are drawn from
        `draw` on. `fixed` is the same for all.
        """
        count = len(next(iter(rows.values())))
        step = max(_TOGETHER // self._elements, 1)
        loss, gradient = 0.0, np.zeros(vector.shape)
        for start in range(0, count, step):
            part = {name: each[start : start + step] for name, each in rows.items()}
            one, partials = self._sums(part, fixed, vector, draw + start)
            with np.errstate(all="ignore"):
                loss, gradient = loss + one, gradient + partials
        return loss / count, gradient / count

    def _sums(
        self, rows: Mapping[str, Array], fixed: Mapping[str, Array], vector: Array, draw: int
    ) -> tuple[float, Array]:
        """The loss and the gradient of some examples, added up."""
        count = len(next(iter(rows.values())))
        if count == 1:
            return self.gradient({**fixed, **{k: v[0] for k, v in rows.items()}}, vector, draw)
        values = self.values({**fixed, **rows}, vector, None)
        for node in self.masks:
            values[node.id] = np.stack([_drawn(node, draw + number) for number in range(count)])
        key = (count, frozenset(rows))
        if key not in self._lifted:
            if len(self._lifted) == _KEPT:
                self._lifted.clear()
            self._lifted[key] = self._for_rows(count, rows)
        program, read = self._lifted[key]
        loss, *found = program.run(
            *(values[each] if np.ndim(values[each]) else float(values[each]) for each in read)
        )
        gradient = np.zeros(vector.shape)
        with np.errstate(all="ignore"):
            for (start, end), partial in zip(self._spans, found, strict=True):
                gradient[start:end] = np.ravel(np.sum(partial, axis=0))
            return float(np.sum(loss)), gradient

    def _for_rows(self, count: int, rows: Iterable[str]) -> tuple[Program, list[int]]:
        """A program for so many examples at once, and the ids of its inputs."""
        given = self.given
        moved = {self.leaves[name].node.id for name in rows} | {node.id for node in self.masks}
        lifted = Lifted(self._targets, moved, count, given)
        nodes = [lifted.nodes[node.id] for node in given]
        return Program(lifted.targets, nodes, copy=False), [node.id for node in given]


def _drawn(node: Node, number: int) -> Array:
    """A mask of update `number`, from 0."""
    params = {**node.params, "seed": node.params["seed"] + (number << 32)}
    found: Array = TABLE[node.op].numpy(**params)
    return found
