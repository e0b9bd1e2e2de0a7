"""The symbolic engine: the scalar loss built in SymPy and differentiated by SymPy.

Uses the table's forward column alone, so that it is a second derivation beside reverse mode.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
import sympy
from sympy.core.evalf import PrecisionExhausted
from sympy.core.parameters import distribute

from backstep.autodiff.scalarise import scalar_count
from backstep.errors import FormulaTooLarge
from backstep.graph.node import Literal
from backstep.lang.compile.definition import Definition
from backstep.limits import LIMITS
from backstep.ops.row import Array, Objects
from backstep.ops.values import INFINITY_LITERAL
from backstep.symbolic.bounds import admit_breadth, admit_counted
from backstep.symbolic.chain import ChainRule
from backstep.symbolic.names import Numbered, Symbol, symbols_for
from backstep.symbolic.network import Network
from backstep.symbolic.numerals import too_deep, undecided
from backstep.symbolic.order import Order
from backstep.symbolic.size import closed_sizes
from backstep.symbolic.targets import Target
from backstep.symbolic.values import Values

_COUNTED = 40_000
"""Scalars of a network past which sizes are counted a tensor at a time."""


def as_written() -> AbstractContextManager[None]:
    """A context in which SymPy leaves 2·(x + y) unexpanded; printing needs it too."""
    found: AbstractContextManager[None] = distribute(False)
    return found


@dataclass(frozen=True, slots=True)
class Closed:
    """Closed formulas, tidy (named functions kept); `symbols` by generated name.

    `gradients` holds, for each target's name, an object array: of the node's shape, or one element.
    """

    loss: sympy.Expr | None
    """None if it is too large and its derivatives are not."""
    gradients: Mapping[str, Objects]
    symbols: Mapping[str, Symbol]
    leaves: Mapping[int, Objects]
    order: Order
    """The order in which products and sums are written."""
    refused: Mapping[str, FormulaTooLarge]
    """By target's name, why it has no gradient here."""


def _written(literal: Literal) -> sympy.Expr:
    if literal.symbol == "pi":
        return sympy.pi
    if literal.symbol == INFINITY_LITERAL.symbol:
        return sympy.oo
    return sympy.Rational(literal.value.numerator, literal.value.denominator)


def derive(
    definition: Definition,
    targets: Iterable[Target],
    labels: Mapping[str, Array],
    most: int | None = None,
    classes: Mapping[int, Array] | None = None,
) -> Closed:
    """The closed loss and its derivatives by SymPy, in the symbols of the declared leaves.

    `labels` holds the class numbers in force, and `classes`, by node id, those that are computed. A
    gradient that would pass a limit (`most`, if passed, for the answer) is counted before it is
    written out, left out, and listed under `refused`; raises FormulaTooLarge if none is left.
    """
    targets = list(targets)
    given = {leaf.node.id: labels[leaf.name] for leaf in definition.leaves if leaf.label}
    nodes = definition.graph.nodes[: definition.graph.forward_count]
    masks, refused = admit_breadth(nodes, definition.loss, targets)
    kept = [target for target in targets if target.name not in refused]
    if targets and not kept:
        raise refused[targets[0].name]
    many = scalar_count(nodes) > _COUNTED
    numbered = Numbered(leaf for leaf in definition.leaves if not leaf.label)
    try:
        with as_written():
            network = Network(
                nodes, given, _written, {target.node.id for target in targets}, classes
            )
            values = Values(numbered, closed_sizes(definition.loss) if many else None)
            chain = ChainRule(network, values, masks)
            loss = network.element(definition.loss, ())
            numbers = {
                target.name: [network.scalar(target.node, at).number for at in target.places]
                for target in kept
            }
            size_of_loss = values.size(loss)
            derived = chain.derivatives(
                loss, {each for found in numbers.values() for each in found}
            )
            sizes = {
                name: [chain.counted(derived[number]) for number in found]
                for name, found in numbers.items()
            }
            refused |= admit_counted(size_of_loss, kept, sizes, most)
            if targets and len(refused) == len({target.name for target in targets}):
                raise refused[targets[0].name]
            fits = size_of_loss <= LIMITS.formula_operations
            closed = values.value(loss) if fits else None
            formulas = {
                name: [values.closed(derived[number]) for number in found]
                for name, found in numbers.items()
                if name not in refused
            }
    except RecursionError:
        raise too_deep() from None
    except PrecisionExhausted:
        raise undecided() from None
    gradients = {}
    for target in targets:
        if target.name in formulas:
            shape = target.node.shape if target.whole else (1,)
            gradients[target.name] = np.empty(shape, dtype=object)
            gradients[target.name].reshape(-1)[:] = formulas[target.name]
    leaves, symbols = symbols_for(numbered.leaves, numbered.used)
    return Closed(closed, gradients, symbols, leaves, values.order, refused)
