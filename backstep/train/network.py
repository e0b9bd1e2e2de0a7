"""One definition as a function of its parameters: loss and gradient on some of the examples.

All trained parameters are one vector, in the text's order, each in row-major order. No update here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from backstep.autodiff.gradient import differentiate
from backstep.evaluate.compiled.program import Program
from backstep.graph.node import Node
from backstep.graph.shape import Shape, size
from backstep.lang.compile.definition import Definition, Leaf
from backstep.ops import TABLE
from backstep.ops.row import Array


@dataclass(frozen=True, slots=True)
class Parameter:
    """A trained parameter and where it stands in the vector of all."""

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
    """What is trained: every `param`, the text's own first, then those of layers."""
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
        wanted = [adjoint for adjoint in self._adjoints if adjoint is not None]
        self._both = Program([definition.loss, *wanted], self.given, copy=False)
        self._loss = Program([definition.loss], self.given)
        self.work, self.count = self._both.work, self._both.count

    @property
    def given(self) -> list[Node]:
        """The nodes that a run is given: leaves, and the masks of dropout layers."""
        return [*(leaf.node for leaf in self.leaves.values()), *self.masks]

    def values(
        self, data: Mapping[str, Array], vector: Array, number: int | None
    ) -> dict[int, Array]:
        """What a run is given, by node id: `data` by name, the parameters, masks.

        The masks of update `number`, from 0, are drawn for it alone, those of the first as the
        text has them; None: nothing is dropped and all is scaled as it is on average.
        """
        found = {self.leaves[name].node.id: value for name, value in data.items()}
        for each in self.parameters:
            found[self.leaves[each.name].node.id] = each.of(vector)
        for node in self.masks:
            if number is None:
                found[node.id] = np.full(node.shape, 1 - float(node.params["probability"]))
            else:
                params = {**node.params, "seed": node.params["seed"] + (number << 32)}
                found[node.id] = TABLE[node.op].numpy(**params)
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
        partials = iter(found)
        for each, adjoint in zip(self.parameters, self._adjoints, strict=True):
            if adjoint is not None:
                each.of(gradient)[...] = next(partials)
        return float(loss), gradient
