"""Formulas of partials that are valid at the current values, also if a 0 is multiplied by an ∞."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cached_property
from typing import Any

import numpy as np

from backstep.autodiff.shared import NamedPartial
from backstep.errors import LimitError
from backstep.evaluate.numeric import GraphValues, apply, compute
from backstep.formula.matrix import Forms
from backstep.graph.node import Node, Operand
from backstep.graph.order import ancestors
from backstep.ops.row import Array
from backstep.simplify.quiet import beside_kinks, has_conventions
from backstep.simplify.zeros import zeros_asked

_NEAR, _TINY = 1e-4, 1e-9
"""How far two roundings of one formula may be apart; what is not one formula is further."""

Mend = Callable[[Operand], Operand]


class InForce:
    """The values in force of what stands in a definition's tidy forms.

    `given` are the results that symbols stand for, each after what it reads.
    """

    def __init__(
        self,
        numbers: Callable[[], GraphValues],
        forms: Forms,
        given: Iterable[NamedPartial] = (),
    ) -> None:
        """`numbers` computes the values in force, when one is asked for."""
        self._numbers, self._tidy, self._given = numbers, forms.tidy, given

    def mend(self, node: Node, at: tuple[int, ...] | None = None) -> Mend:
        """What makes the tidy form of a partial, or of its element `at`, one that has its value.

        In numbers a partial of exactly 0 stays 0 whatever it meets; in a formula 0·∞ is NaN. Where
        the values in force are such, its products are asked for their zeros first. Conventions at
        kinks stand in it where the values in force are on one.
        """

        def mended(operand: Operand) -> Operand:
            operand = self._beside_kinks(operand)
            if not (isinstance(operand, Node) and operand.nodes and self._tidy.may_fail(operand)):
                return operand
            with suppress(LimitError):
                return self._asked(operand, self._value(node, at))
            return operand

        return mended

    def holds(self, operand: Operand, node: Node, at: tuple[int, ...] | None = None) -> bool:
        """Whether a tidy form has the value of a partial, or of its element `at`.

        A form by the rule of a whole, such as s − y of a softmax that is written out, has a value
        where a part overflows on the way; then the partial has none, and the form is not its own.
        True where the arithmetic would be too much.
        """
        with suppress(LimitError):
            right = self._value(node, at)
            if isinstance(operand, Node) and operand.nodes:
                found = np.asarray(compute([operand], self._leaves(operand))[operand.id])
            elif isinstance(operand, Node):
                found = self._value(self._tidy.origin.get(operand.id, operand), None)
            else:
                found = np.asarray(float(operand))
            found, right = np.broadcast_arrays(found, right)
            return np.allclose(found, right, rtol=_NEAR, atol=_TINY, equal_nan=True)
        return True

    def _beside_kinks(self, operand: Operand) -> Operand:
        if not isinstance(operand, Node) or not has_conventions(self._tidy, operand):
            return operand
        leaves = self._leaves(operand)

        def holds(node: Node, number: float) -> bool:
            return bool(np.all(compute([node], dict(leaves))[node.id] == number))

        with suppress(LimitError):
            return self._tidy.ended(beside_kinks(self._tidy, operand, holds))
        return operand

    @cached_property
    def _known(self) -> dict[int, Array]:
        """Values by node id of the definition's own graph."""
        known = dict(self._numbers().values)
        for each in self._given:
            compute([each.node], known)
            known[each.symbol.id] = known[each.node.id]
        return known

    def _value(self, node: Node, at: tuple[int, ...] | None) -> Array:
        value = np.asarray(compute([node], self._known)[node.id])
        return value if at is None else np.asarray(value[at])

    def _leaves(self, operand: Node) -> dict[int, Array]:
        """The values of the symbols in a tidy form."""
        leaves = {}
        for leaf in ancestors([operand]):
            origin = self._tidy.origin.get(leaf.id)
            if origin is not None:
                leaves[leaf.id] = self._value(origin, None)
        return leaves

    def _asked(self, operand: Node, right: Array) -> Operand:
        leaves = self._leaves(operand)
        plain = np.asarray(compute([operand], dict(leaves))[operand.id])
        if not (np.isnan(plain) & ~np.isnan(right)).any():
            return operand
        return zeros_asked(self._tidy, operand, leaves, _evaluated, right)


def _evaluated(node: Node, inputs: list[Any]) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(apply(node, inputs))
