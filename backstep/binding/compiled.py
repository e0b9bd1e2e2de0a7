"""A bound definition as a function: values by name in, the loss and its gradients out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from backstep.autodiff.reverse import adjoint_of
from backstep.binding.bind import BoundModel, check_labels, checked_value, given_twice
from backstep.binding.points import ManyPoints, plain
from backstep.errors import Diagnostic, RequestError, ValuesError
from backstep.evaluate.compiled.program import Program
from backstep.graph.node import Node
from backstep.graph.shape import Shape
from backstep.lang.syntax.names import known_as
from backstep.ops.row import Array

Gradient = float | Array
_ARRAY = np.ndarray
_FLOAT64 = np.dtype(np.float64)
_NOWHERE: tuple[int, Shape | None] = (0, None)


class Compiled:
    """The loss and its gradients by `names` as a function of values by name.

    A call takes numbers, arrays or nested lists, as a mapping or as keywords; names that are not
    passed keep the values that they had when it was compiled. It returns `(loss, {name:
    gradient})`: Python floats for scalars, float64 arrays in the names' shapes for tensors. Several
    threads may call it, one at a time if arrays are computed. Raises ValuesError for a name or a
    value.
    """

    def __init__(
        self, prepared: BoundModel, wrt: Sequence[str] | None = None, copy: bool = True
    ) -> None:
        prepared.admit()
        self._prepared = prepared
        definition = prepared.definition
        self._leaves = {leaf.name: leaf for leaf in definition.leaves}
        self._labels = frozenset(leaf.name for leaf in definition.leaves if leaf.label)
        self._values: list[float | Array] = [
            _own(array) if array.shape else float(array) for array in prepared.leaves.values()
        ]
        self._places: dict[str, tuple[int, Shape | None]] = {
            leaf.name: (place, None if leaf.structural else leaf.node.shape)
            for place, leaf in enumerate(map(self._leaves.__getitem__, prepared.leaves))
        }
        self.names = tuple(_default(prepared) if wrt is None else wrt)
        partials = (self._partial(*each) for each in enumerate(self.names))
        self._targets = [definition.loss, *partials]
        given = [self._leaves[name].node for name in prepared.leaves]
        self._run = Program(self._targets, given, self.names, copy).run

    def __repr__(self) -> str:
        return (
            f"<{self._prepared.definition.loss_name} and its gradients by {', '.join(self.names)}>"
        )

    def __call__(
        self, values: Mapping[str, object] | None = None, /, **more: object
    ) -> tuple[float, dict[str, Gradient]]:
        """The loss and the gradients, with some values replaced for this call."""
        given: Mapping[str, Any] | None = more
        if not more:
            given = values
        elif values:
            given = {**values, **more}
        found = self._values
        if given:
            found, places = found.copy(), self._places
            for name, value in given.items():
                if name not in places and (spelled := self._spelled(given)) != given:
                    return self(spelled)
                place, shape = places.get(name, _NOWHERE)
                kind = value.__class__
                as_it_is = (
                    shape == ()
                    if kind is float
                    else kind is _ARRAY
                    and shape
                    and value.shape == shape
                    and value.dtype is _FLOAT64
                )
                found[place] = value if as_it_is else self._checked(name, value)
            if self._labels and not self._labels.isdisjoint(given):
                self._check_labels(found, given)
        answer: tuple[float, dict[str, Gradient]] = self._run(*found)
        return answer

    def points(
        self, values: Mapping[str, object] | None = None, /, **more: object
    ) -> tuple[Array, dict[str, Array]]:
        """The loss and the gradients at many points at once.

        Every value has the name's shape after one axis of the same length n; names that are not
        passed keep their values. Returns n losses, and gradients with that axis before their own.
        """
        if values:
            more = {**values, **more}
        given, count = self._many.given(more)
        answer: tuple[Array, dict[str, Array]] = self._many.run(given, count)
        return answer

    @cached_property
    def _many(self) -> ManyPoints:
        return ManyPoints(self._prepared, self._targets, self.names)

    def _spelled(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """The values by names in their one spelling. Raises ValuesError where two are one."""
        found: dict[str, Any] = {}
        for typed, value in given.items():
            name = known_as(typed, self._places)
            if name in found or (name != typed and name in given):
                raise ValuesError(given_twice(typed, name))
            found[name] = value
        return found

    def _checked(self, name: str, value: object) -> Any:
        """A value converted for a run. Raises ValuesError for an invalid one."""
        definition = self._prepared.definition
        checked = checked_value(name, plain(value), self._leaves.get(name), definition)
        if isinstance(checked, Diagnostic):
            raise ValuesError(checked)
        return checked if checked.shape else float(checked)

    def _check_labels(self, found: Sequence[object], given: Mapping[str, object]) -> None:
        """Raises ValuesError for an invalid class number."""
        leaves = {
            name: np.asarray(found[place], dtype=np.float64)
            for name, (place, _) in self._places.items()
        }
        check_labels(BoundModel(self._prepared.model, leaves), given)

    def _partial(self, position: int, name: str) -> Node:
        """The node of a name's partial. Raises RequestError if it has none."""
        definition = self._prepared.definition
        versions = definition.names.get(known_as(name, definition.names))
        if versions is None:
            message = f"the definition has no name '{name}'"
            raise RequestError(Diagnostic("unknown_name", message, pointer=f"/wrt/{position}"))
        node = versions[-1].node
        if name in self._labels:
            message = f"'{name}' is a class number, which has no partial"
            raise RequestError(Diagnostic("no_partial", message, pointer=f"/wrt/{position}"))
        return adjoint_of(self._prepared.model.back, node)


def _own(array: Array) -> Array:
    """A copy of it that is read-only: a program recognises it at the next call."""
    made = array.copy()
    made.setflags(write=False)
    return made


def _default(prepared: BoundModel) -> list[str]:
    """The parameters, as in `evaluate`."""
    return [leaf.name for leaf in prepared.definition.leaves if leaf.role == "param"]
