"""Whether two formulas over one definition are equal, by their values in prime fields.

A formula is evaluated with leaves drawn from a field of numbers modulo a prime p, where every
rational number has a residue and nothing is rounded: two formulas that are equal by the laws of
arithmetic have one value, and two that are not have two, but for a chance of about degree/p.

e^x is a power of a base whose order is q, p = 2q + 1: so x is needed modulo q, and an exponent
within x modulo the prime before that; past a chain's last prime e^x is opaque. What is neither is
an opaque function of equal arguments.

So "equal" is a proof but for that chance, taken several times; "different" may mean "not found".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import cycle, islice

import numpy as np

from backstep.graph.node import Literal, Node, Operand
from backstep.graph.order import ancestors
from backstep.graph.shape import size
from backstep.marking.prime_field import (
    CHAINS,
    LEVELS,
    Field,
    Number,
    Undefined,
    Unproved,
)
from backstep.ops import TABLE
from backstep.ops.exact import Exact, Value, exact_of, is_convention, is_faithful, number_of
from backstep.ops.row import Array
from backstep.ops.values import INFINITY_LITERAL, PI

MOST_WORK = 60_000
"""Operations on elements in one evaluation; about 20 ms."""
ROUNDS = 4
"""Evaluations that must agree, each modulo primes of its own."""
_ROUNDS_OF_POWERS = 12
"""With symbolic exponents: half of the draws carry no information about signs."""
_REDRAWS = 40
_SMALL = 1 << 24


@dataclass(frozen=True, slots=True)
class Formulas:
    """Two formulas, and what their leaves that are no leaves of a definition stand for.

    `shape` is the shape that both are broadcast to, `exact` the values of leaves by id that are not
    drawn (class numbers, what is built into shapes), a mapping for each evaluation.
    """

    one: Node
    other: Node
    shape: tuple[int, ...]
    stands: Mapping[Node, Node]
    exact: Sequence[Mapping[Node, Array]]


def equal(formulas: Formulas, late: Callable[[], bool] = lambda: False) -> int:
    """The number of evaluations if the two were equal in all of them, else 0.

    Any other number is a proof but for a chance below 2⁻¹⁰⁰; 0 does not prove that they differ.
    Once it is `late`, which is tested at every node, nothing is found. (No signal may raise in
    here: an exception amid a loop over an array of Python's numbers is not safe.)
    """
    try:
        plan = _Plan(formulas, late)
        if plan.work > MOST_WORK:
            return 0
        for adjoins, guards in _ways(plan):
            rounds = _agree(plan, formulas, adjoins, guards)
            if rounds:
                return rounds
        return 0
    except Unproved:
        return 0


def _ways(plan: _Plan) -> list[tuple[bool, bool]]:
    """The values of `adjoins` and `guards` to try; `guards` only if a convention has a
    condition.
    """
    return [(True, False), (False, False), *([(True, True)] if plan.guarded else [])]


def _agree(plan: _Plan, formulas: Formulas, adjoins: bool, guards: bool) -> int:
    rounds = ROUNDS
    for number, exact in enumerate(islice(cycle(formulas.exact), _ROUNDS_OF_POWERS)):
        if number >= rounds:
            break
        fields = _evaluated(plan, number, exact, adjoins, guards)
        if fields is None:
            return 0
        if any(field.powers for field in fields):
            rounds = _ROUNDS_OF_POWERS
    return rounds


def _evaluated(
    plan: _Plan, number: int, exact: Mapping[Node, Array], adjoins: bool, guards: bool
) -> list[Field] | None:
    """The fields of an evaluation in which the two are equal; None if they are not."""
    start = CHAINS[number % len(CHAINS)]
    for redraw in range(_REDRAWS):
        seed = number * _REDRAWS + redraw
        fields = [Field(start, level, seed, adjoins, guards) for level in range(plan.levels)]
        try:
            return fields if plan.agrees(fields, exact) else None
        except Undefined:
            continue
    raise Unproved


class _Plan:
    """What is computed at which level: the same for every evaluation."""

    def __init__(self, formulas: Formulas, late: Callable[[], bool]) -> None:
        self._formulas, self._late = formulas, late
        self._stands = formulas.stands
        self._forms: dict[Node, Callable[..., Value | Number]] = {}
        self._reads: dict[Node, list[tuple[Operand, int]]] = {}
        self._order = self._ordered()
        self._faithful = self._known()
        self._needed: dict[Node, set[int]] = {
            self._meant(formulas.one): {0},
            self._meant(formulas.other): {0},
        }
        self.guarded = False
        self.work = 0
        self.levels = 1
        for node in reversed(self._order):
            self._require(node)
        self._steps = [
            [node for node in self._order if level in self._needed.get(node, ())]
            for level in range(self.levels)
        ]

    def _meant(self, node: Node) -> Node:
        return self._stands.get(node, node)

    def _ordered(self) -> list[Node]:
        """Inputs before their uses: the definition's nodes, then those of a typed formula."""
        own, read = [], []
        for target in (self._formulas.one, self._formulas.other):
            for node in ancestors([target], ()):
                if node in self._stands:
                    read.append(self._stands[node])
                else:
                    own.append(node)
        graphs = {id(node.graph) for node in read}
        inner = ancestors([*read, *(node for node in own if id(node.graph) in graphs)])
        known = set(inner)
        outer = sorted({node for node in own if node not in known}, key=lambda node: node.id)
        return [*inner, *outer]

    def _known(self) -> set[Node]:
        """The nodes that are not opaque, and computed from no opaque node."""
        found: set[Node] = set()
        for node in self._order:
            faithful = is_faithful(node, self._number(node))
            if faithful and all(self._meant(each) in found for each in node.nodes):
                found.add(node)
        return found

    def _require(self, node: Node) -> None:
        levels = self._needed.get(node)
        if not levels:
            return
        form, reads = self._form(node)
        self._forms[node], self._reads[node] = form, reads
        for operand, deeper in reads:
            wanted = {min(level + deeper, LEVELS - 1) for level in levels}
            if isinstance(operand, Node):
                self._needed.setdefault(operand, set()).update(wanted)
            # A literal is read at its level too.
            self.levels = max(self.levels, 1 + max(wanted))
        row = TABLE[node.op]
        terms = 1
        if row.terms is not None:
            terms = row.terms(*(each.shape for each in node.inputs), **node.params)
        self.work += size(node.shape) * max(terms, 1) * len(levels)
        self.guarded = self.guarded or is_convention(node)

    def _form(self, node: Node) -> tuple[Callable[..., Value | Number], list[tuple[Operand, int]]]:
        if TABLE[node.op].leaf:
            return lambda field: _drawn(field, node), []
        inputs = [
            self._meant(operand) if isinstance(operand, Node) else operand
            for operand in node.inputs
        ]
        exact = exact_of(node, self._number(node))
        if exact is None:
            exact = Exact(lambda field, *arrays, **_: _opaque(field, node, arrays))
        plain = range(len(inputs)) if exact.plain is None else exact.plain
        reads = [(inputs[place], 0) for place in plain]
        reads += [(inputs[place], 1) for place in exact.deep]
        form = exact.form
        return lambda field, *arrays: form(field, *arrays, **node.params), reads

    def _number(self, node: Node) -> Fraction | None:
        """The number that a node's last input is, if it is a literal."""
        return number_of(node.inputs[-1], self._meant) if node.inputs else None

    def agrees(self, fields: Sequence[Field], exact: Mapping[Node, Array]) -> bool:
        """Whether the two have one value. Raises Undefined and Unproved."""
        values: list[dict[Node, Value | Number]] = [{} for _ in fields]
        for level in reversed(range(len(fields))):
            field, found = fields[level], values[level]
            for node in self._steps[level]:
                if self._late():
                    raise Unproved
                if node in exact:
                    found[node] = _exactly(field, exact[node])
                    continue
                inputs = []
                for operand, deeper in self._reads[node]:
                    below = min(level + deeper, LEVELS - 1)
                    if isinstance(operand, Literal):
                        value: Value | Number = _written(fields[below], operand)
                    else:
                        value = values[below][operand]
                    if deeper:
                        value = field.each(fields[below].plain, value)
                    inputs.append(value)
                field.analytic = level < LEVELS - 1 and self._faithful.issuperset(
                    map(self._meant, node.nodes)
                )
                found[node] = _settled(field, self._forms[node](field, *inputs), node.shape)
        field, found = fields[0], values[0]
        one, other = (
            np.broadcast_to(field.each(field.plain, found[self._meant(node)]), formulas.shape)
            for formulas in (self._formulas,)
            for node in (formulas.one, formulas.other)
        )
        return bool(np.all(one == other))


def _drawn(field: Field, node: Node) -> Value | Number:
    count = size(node.shape)
    drawn = [field.draw("leaf", node.id, place) for place in range(count)]
    return drawn[0] if node.shape == () else np.array(drawn, dtype=object).reshape(node.shape)


def _exactly(field: Field, value: Array) -> Value | Number:
    """Values in force, as they are printed: the shortest decimal that is the float."""
    if not np.isfinite(value).all():
        raise Unproved
    found = field.each(lambda each: field.number(Fraction(repr(float(each)))), np.asarray(value))
    return _settled(field, found, np.shape(value))


def _written(field: Field, number: Literal) -> int:
    if number.symbol == INFINITY_LITERAL.symbol:
        raise Unproved
    if number.symbol is not None:
        return field.number(number.value / PI, multiple_of_pi=True)
    times = number.value / PI
    if number.value.denominator > _SMALL and max(times.numerator, times.denominator) < _SMALL:
        return field.number(times, multiple_of_pi=True)
    return field.number(number.value)


def _settled(field: Field, value: Value | Number, shape: tuple[int, ...]) -> Value | Number:
    """A value within the field: for a scalar the number itself, else an array of numbers."""
    if isinstance(value, np.ndarray) and value.shape == shape != ():
        return value % field.prime
    if shape == ():
        return (value.item() if isinstance(value, np.ndarray) else value) % field.prime
    return np.broadcast_to(np.asarray(value, dtype=object) % field.prime, shape)


def _opaque(field: Field, node: Node, arrays: Sequence[Value | Number]) -> Value:
    """A function of equal arguments; of all of them, unless it is elementwise."""
    name = f"{node.op}{sorted(node.params.items())}"
    if TABLE[node.op].elementwise:
        each: Value = field.each(lambda *numbers: field.opaque(name, *numbers), *arrays)
        return each
    about = [number for array in arrays for number in np.ravel(np.asarray(array, dtype=object))]
    whole = field.opaque(name, *about)
    elements = [field.draw("element", whole, place) for place in range(size(node.shape))]
    return np.array(elements, dtype=object).reshape(node.shape)
