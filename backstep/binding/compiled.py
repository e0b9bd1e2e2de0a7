"""A bound definition as a function: values by name in, the loss and its gradients out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from backstep.autodiff.reverse import adjoint_of
from backstep.binding.bind import BoundModel, check_labels, checked_value
from backstep.errors import Diagnostic, RequestError, ValuesError
from backstep.evaluate.compiled.program import Program
from backstep.graph.node import Node
from backstep.graph.shape import Shape
from backstep.ops.row import Array

Gradient = float | Array


class Compiled:
    """The loss and its gradients by `names` as a function of values by name.

    A call takes numbers, arrays or nested lists, as a mapping or as keywords; names that are not
    given keep the values that they had when it was compiled. It answers `(loss, {name: gradient})`:
    Python floats for scalars, float64 arrays in the names' shapes for tensors. Several threads may
    call it, one at a time where arrays are computed. Raises ValuesError for a name or a value.
    """

    def __init__(
        self, prepared: BoundModel, wrt: Sequence[str] | None = None, copy: bool = True
    ) -> None:
        prepared.admit()
        self._prepared = prepared
        definition = prepared.definition
        self._leaves = {leaf.name: leaf for leaf in definition.leaves}
        self._labels = frozenset(leaf.name for leaf in definition.leaves if leaf.label)
        self._shapes: dict[str, Shape] = {
            leaf.name: leaf.node.shape for leaf in definition.leaves if not leaf.structural
        }
        self._scalars = frozenset(name for name, shape in self._shapes.items() if shape == ())
        self._values: dict[str, Any] = {
            name: array if array.shape else float(array) for name, array in prepared.leaves.items()
        }
        self.names = tuple(_default(prepared) if wrt is None else wrt)
        targets = [definition.loss, *(self._partial(*each) for each in enumerate(self.names))]
        given = [self._leaves[name].node for name in self._values]
        self._run = Program(targets, given, self.names, copy).run

    def __repr__(self) -> str:
        return (
            f"<{self._prepared.definition.loss_name} and its gradients by {', '.join(self.names)}>"
        )

    def __call__(
        self, values: Mapping[str, object] | None = None, /, **more: object
    ) -> tuple[float, dict[str, Gradient]]:
        """The loss and the gradients, with some values replaced for this call."""
        if values:
            more = {**values, **more}
        found = self._values
        if more:
            found, scalars = found.copy(), self._scalars
            for name, value in more.items():
                if value.__class__ is float and name in scalars:
                    found[name] = value
                else:
                    found[name] = self._checked(name, value)
            if self._labels and not self._labels.isdisjoint(more):
                self._check_labels(found, more)
        answer: tuple[float, dict[str, Gradient]] = self._run(*found.values())
        return answer

    def _checked(self, name: str, value: object) -> Any:
        """A value as a run takes it. Raises ValuesError where it is none."""
        shape = self._shapes.get(name)
        if (
            value.__class__ is np.ndarray
            and value.dtype == np.float64
            and value.shape == shape
            and shape
        ):
            return value
        definition = self._prepared.definition
        checked = checked_value(name, _plain(value), self._leaves.get(name), definition)
        if isinstance(checked, Diagnostic):
            raise ValuesError(checked)
        return checked if checked.shape else float(checked)

    def _check_labels(self, found: Mapping[str, Any], given: Mapping[str, object]) -> None:
        """Raises ValuesError where a class number is none."""
        leaves = {name: np.asarray(value, dtype=np.float64) for name, value in found.items()}
        check_labels(BoundModel(self._prepared.model, leaves), given)

    def _partial(self, position: int, name: str) -> Node:
        """The node of a name's partial. Raises RequestError where it has none."""
        definition = self._prepared.definition
        versions = definition.names.get(name)
        if versions is None:
            message = f"the definition has no name '{name}'"
            raise RequestError(Diagnostic("unknown_name", message, pointer=f"/wrt/{position}"))
        node = versions[-1].node
        if name in self._labels:
            message = f"'{name}' is a class number, which has no partial"
            raise RequestError(Diagnostic("no_partial", message, pointer=f"/wrt/{position}"))
        return adjoint_of(self._prepared.model.back, node)


def _default(prepared: BoundModel) -> list[str]:
    """The parameters, as `evaluate` gives their gradients."""
    return [leaf.name for leaf in prepared.definition.leaves if leaf.role == "param"]


def _plain(value: object) -> object:
    """An array as nested lists, which is what a value is checked as."""
    if isinstance(value, np.ndarray | np.generic):
        return value.astype(np.float64).tolist()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return [_plain(each) for each in value] if isinstance(value, list) else value
