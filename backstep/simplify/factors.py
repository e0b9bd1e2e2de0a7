"""A product as a number times factors with integer exponents: taken apart and reassembled.

Shared by the rewrites of products, sums and matrices. Builds no sums.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from backstep.graph.node import Literal, Node, Operand
from backstep.graph.parameters import Parameters
from backstep.graph.shape import Shape, axis_index, broadcast

MOST_PARTS = 40
"""Longer sums and products are left alone: to gather them again at every part is quadratic."""
_LARGEST_EXPONENT = 16
_LARGEST_COST = 10**12
PLUS, MINUS = Fraction(1), Fraction(-1)
ONE = Literal(PLUS)
SUMS = frozenset({"add", "subtract"})

Factors = Mapping[Operand, int]


class Builder(Protocol):
    """What builds nodes: `make` by the rules, `raw` as asked."""

    @property
    def kept(self) -> Kept:
        """What is computed once for the whole form."""

    def make(self, op: str, *inputs: Operand, **params: object) -> Operand:
        """The operation, rewritten to its tidy form."""

    def raw(self, op: str, *inputs: Operand, **params: object) -> Node:
        """The operation unchanged, with no rewrite."""

    def as_asked(self, op: str, *inputs: Operand, **params: object) -> Node:
        """The operation itself, even if a symbol stands for an equal one that rounds otherwise."""

    def counts(self, number: int) -> bool:
        """Whether a denominator is a count of elements, which divides the whole at the end."""

    def masked(self, node: Node) -> bool:
        """Whether the node is the symbol of a partial that a mask makes 0 in places."""


@dataclass(slots=True)
class Kept:
    """Cached results for nodes, by their ids."""

    splits: dict[int, tuple[Fraction, Factors]] = field(default_factory=dict)
    products: dict[object, Operand] = field(default_factory=dict)
    """Assembled products, by number, factors in order, and shape."""
    shortest: dict[object, tuple[Operand, bool]] = field(default_factory=dict)
    """Their shortest forms, by the same, and whether one that was taken may have a value where its
    parts overflow."""
    costs: dict[int, int] = field(default_factory=dict)
    lengths: dict[int, int] = field(default_factory=dict)
    tried: int = 0
    """Products that have been tried for the one that is asked for."""
    units: set[int] = field(default_factory=set)
    """Symbols whose last axis adds up to 1."""
    labels: set[int] = field(default_factory=set)
    """Symbols whose last axis is held to add up to 1, as that of labels in force."""
    symmetric: dict[int, frozenset[int]] = field(default_factory=dict)
    """Symbols of matrices that are their own transposes, and those, by their ids, that are held to
    be for it, as those in force are."""
    relied: set[int] = field(default_factory=set)
    """Those labels and matrices that a form was made with."""
    named: dict[Operand, list[tuple[Node, Fraction, Factors]]] = field(default_factory=dict)
    """Symbols that stand for a product or a quotient, with it, by one of its factors."""
    free: bool = True
    """Whether a form may have a value where its parts overflow on the way, or have none."""
    freed: bool = False
    """Whether one was made that may."""

    def note(self, node: Node) -> None:
        """Count a new node, from the counts of its inputs."""
        if node.id in self.costs:
            return
        inner = sum(self.costs[each.id] for each in node.nodes)
        self.costs[node.id] = min(1 + inner + len(node.inputs) - len(node.nodes), _LARGEST_COST)
        self.lengths[node.id] = 1
        if node.op in SUMS:
            self.lengths[node.id] = sum(
                self.lengths[each.id] if isinstance(each, Node) else 1 for each in node.inputs
            )


def cost(b: Builder, operand: Operand) -> int:
    """The length of the formula: a sign for each operation and each symbol; past a bound, the
    bound.
    """
    return 1 if isinstance(operand, Literal) else b.kept.costs[operand.id]


def length(b: Builder, operand: Operand) -> int:
    """How many terms a sum has; 1 for anything else."""
    return 1 if isinstance(operand, Literal) else b.kept.lengths[operand.id]


def is_sum(b: Builder, operand: Operand) -> bool:
    """Whether it is a sum that may be taken apart; a longer one is kept whole."""
    return is_op(operand, *SUMS) and length(b, operand) <= MOST_PARTS


def number_of(operand: Operand) -> Fraction | None:
    """The rational number that an operand is, or None."""
    return operand.value if isinstance(operand, Literal) and operand.symbol is None else None


def split(b: Builder, operand: Operand) -> tuple[Fraction, Factors]:
    """The operand as a number times factors with integer exponents."""
    if isinstance(operand, Literal):
        number = number_of(operand)
        return (PLUS, {operand: 1}) if number is None else (number, {})
    known = b.kept.splits.get(operand.id)
    if known is None:
        known = b.kept.splits[operand.id] = _split(b, operand)
    return known


def _split(b: Builder, node: Node) -> tuple[Fraction, Factors]:
    first, *others = node.inputs or (ONE,)
    parts: list[tuple[Operand, int]] | None = None
    if node.op == "multiply":
        parts = [(first, 1), (others[0], 1)]
    elif node.op == "divide":
        parts = [(first, 1), (others[0], -1)]
    elif node.op == "negate":
        parts = [(first, 1), (Literal(MINUS), 1)]
    elif node.op == "square":
        parts = [(first, 2)]
    elif node.op == "log_slope":
        parts = [(first, -1)]
    elif node.op == "power":
        exponent = number_of(others[0])
        if exponent is not None and exponent.denominator == 1:
            parts = [(first, int(exponent))] if 0 < abs(exponent) <= _LARGEST_EXPONENT else None
    elif node.op == "zeros":
        return Fraction(0), {}
    found = None if parts is None else merged(b, parts)
    if found is None or len(found[1]) > MOST_PARTS:
        return PLUS, {node: 1}
    return found


def merged(
    b: Builder, parts: Iterable[tuple[Operand, int]]
) -> tuple[Fraction, dict[Operand, int]] | None:
    """All factors together, with equal ones merged; None if a literal 0 is a divisor."""
    coefficient, factors = PLUS, dict[Operand, int]()
    for operand, exponent in parts:
        number, inner = split(b, operand)
        if number is not PLUS:  # most have no number, and fractions take time
            if number == 0 and exponent < 0:
                return None
            coefficient *= number**exponent
        for factor, times in inner.items():
            factors[factor] = factors.get(factor, 0) + times * exponent
    rooted = [each for each, n in factors.items() if abs(n) > 1 and is_op(each, "sqrt")]
    if rooted and b.kept.free:
        b.kept.freed = True
        return _unrooted(b, coefficient, factors, rooted)
    return coefficient, {factor: times for factor, times in factors.items() if times}


def _unrooted(
    b: Builder, coefficient: Fraction, factors: dict[Operand, int], rooted: list[Operand]
) -> tuple[Fraction, dict[Operand, int]] | None:
    """(√a)² as a: where the root has a value, that is all there is."""
    parts: list[tuple[Operand, int]] = [(Literal(coefficient), 1)]
    for factor, times in factors.items():
        if factor in rooted:
            assert isinstance(factor, Node)
            whole = abs(times) // 2 * (1 if times > 0 else -1)
            parts += [(factor.inputs[0], whole), (factor, times - 2 * whole)]
        else:
            parts.append((factor, times))
    return merged(b, parts)


def assemble(b: Builder, coefficient: Fraction, factors: Factors, shape: Shape) -> Operand:
    """The product in the order it is printed: numbers, scalars, tensors; divided at the end.

    Factors of ones only broadcast: they are dropped if the others have the full shape.
    """
    if not factors:
        return _assembled(b, coefficient, factors, shape)
    key = (coefficient.numerator, coefficient.denominator, shape, *factors.items())
    found = b.kept.products.get(key)
    if found is None:
        found = b.kept.products[key] = _assembled(b, coefficient, factors, shape)
    return found


def _assembled(b: Builder, coefficient: Fraction, factors: Factors, shape: Shape) -> Operand:
    if coefficient == 0:
        return b.raw("zeros", shape=shape) if shape else Literal(Fraction(0))
    real = {each: times for each, times in factors.items() if not is_op(each, "ones")}
    coefficient, real = _turned(coefficient, real, b)
    tops = [(each, times) for each, times in real.items() if times > 0]
    tops.sort(key=lambda part: bool(part[0].shape))
    bottoms = [(each, -times) for each, times in real.items() if times < 0]
    top, bottom = coefficient.numerator, coefficient.denominator
    written: list[Operand] = [_raised(b, *part) for part in tops]
    if broadcast((), *(each.shape for each in real)) != shape:
        written.append(b.raw("ones", shape=shape))
    below: list[Operand] = [_raised(b, *part) for part in bottoms]
    if bottom != 1 and not (below or (written and b.counts(bottom))):
        top, bottom = 1, 1
        written.insert(0, Literal(abs(coefficient)))
    elif abs(top) != 1 or not written:
        written.insert(0, Literal(Fraction(abs(top))))
    if bottom != 1:
        below.insert(0, Literal(Fraction(bottom)))
    result = _chained(b, written)
    if below:
        result = b.raw("divide", result, _chained(b, below))
    if coefficient >= 0:
        return result
    return Literal(-result.value) if isinstance(result, Literal) else b.raw("negate", result)


def _chained(b: Builder, written: list[Operand]) -> Operand:
    result = written[0]
    for each in written[1:]:
        result = b.raw("multiply", result, each)
    return result


def _raised(b: Builder, factor: Operand, times: int) -> Operand:
    return factor if times == 1 else b.raw("power", factor, Literal(Fraction(times)))


def is_op(operand: Operand, *ops: str) -> bool:
    """Whether the operand is a node of one of the operations."""
    return isinstance(operand, Node) and operand.op in ops


def _turned(
    coefficient: Fraction, factors: dict[Operand, int], b: Builder
) -> tuple[Fraction, dict[Operand, int]]:
    """−(1 − p) as p − 1, but z(1 − z) and 1 − h², slopes of σ and tanh, unchanged."""
    if coefficient >= 0:
        return coefficient, factors
    for factor, times in factors.items():
        if times % 2 == 0 or not isinstance(factor, Node) or factor.op != "subtract":
            continue
        left, right = factor.inputs
        inner = set(split(b, right)[1])
        squared = is_op(right, "power", "square")
        if number_of(left) == 1 and (squared or not inner.isdisjoint(factors)):
            continue
        turned = b.raw("subtract", right, left)
        items = [(turned if each is factor else each, n) for each, n in factors.items()]
        if turned not in factors:
            return -coefficient, dict(items)
    return coefficient, factors


def is_one_hot(operand: Operand) -> bool:
    """Whether its rows are zeros with a single 1."""
    return isinstance(operand, Node) and operand.op == "place" and number_of(operand.inputs[0]) == 1


def adds_up(b: Builder, operand: Operand) -> bool:
    """Whether the last axis adds up to 1: one-hot rows, a softmax, symbols that are known to."""
    if not isinstance(operand, Node):
        return False
    if operand.op == "softmax":
        return axis_index(operand.params["axis"], operand.shape) == len(operand.shape) - 1
    if operand.id in b.kept.labels:
        b.kept.relied.add(operand.id)
        return True
    return is_one_hot(operand) or operand.id in b.kept.units


def held_for_symmetry(b: Builder, operand: Operand) -> frozenset[int] | None:
    """What is held to be symmetric so that the square matrix is its own transpose; None if it may
    be another.
    """
    if not isinstance(operand, Node):
        return frozenset()
    if operand.id in b.kept.symmetric:
        return b.kept.symmetric[operand.id]
    size = operand.shape
    if size == ():
        return frozenset()
    if len(size) != 2 or size[0] != size[1]:
        return None
    if size == (1, 1) or operand.op in ("eye", "ones"):
        return frozenset()
    if operand.op == "outer":
        return frozenset() if operand.inputs[0] is operand.inputs[1] else None
    if operand.op == "matmul":
        chain = _matrices(operand)
        while len(chain) > 1 and _turn_of(chain[0], chain[-1]):
            chain = chain[1:-1]
        return held_for_symmetry(b, chain[0]) if len(chain) == 1 else None if chain else frozenset()
    if operand.op == "solve" and not is_op(operand.inputs[1], "eye"):
        return None
    if operand.op not in (*SUMS, "multiply", "divide", "negate", "power", "solve", "cofactors"):
        return None
    found = [held_for_symmetry(b, each) for each in operand.inputs]
    if any(each is None for each in found):
        return None
    return frozenset().union(*(each for each in found if each is not None))


def _matrices(operand: Operand) -> list[Operand]:
    """The factors of nested products of matrices."""
    if not isinstance(operand, Node) or operand.op != "matmul":
        return [operand]
    return [part for each in operand.inputs for part in _matrices(each)]


def _turn_of(one: Operand, other: Operand) -> bool:
    return any(
        is_op(a, "transpose") and isinstance(a, Node) and a.inputs[0] is b
        for a, b in ((one, other), (other, one))
    )


def column(b: Builder, operand: Operand) -> Operand:
    """A value for each row, to be broadcast along rows: of shape (…, 1). A scalar is unchanged."""
    if not operand.shape:
        return operand
    return b.make("reshape", operand, shape=(*operand.shape, 1))


Rule = Callable[[Builder, tuple[Operand, ...], Parameters], Operand | None]
"""A rewrite: from an operation's tidy inputs and static parameters to a tidy equal, or None."""
Rules = Mapping[str, tuple[tuple[str, Rule], ...]]
"""For each operation its rewrites, with their names."""
