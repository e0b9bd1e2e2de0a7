"""Named simplifications, as a table, of what is added to a sealed graph. Forward nodes stay.

Each keeps the value up to rounding. `0·x → 0` keeps the meaning of a partial of exactly 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from backstep.graph.graph import Graph
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.parameters import Parameters
from backstep.graph.shape import broadcast

Rule = Callable[[Graph, Operand, Operand], Operand | None]

_LARGEST_BITS = 2048


def exact(operand: Operand) -> Fraction | None:
    """The rational number that an operand is, or None (π is a literal, but is not rational)."""
    return operand.value if isinstance(operand, Literal) and operand.symbol is None else None


def fold(op: str, a: Fraction, b: Fraction) -> Fraction | None:
    """The exact result of arithmetic on two literals; None if it is not kept exact.

    Undefined results (a division by 0) and numbers past 2048 bits are left to the engines.
    """
    if op == "power":
        if b.denominator != 1 or abs(b) > 64 or (a == 0 and b < 0):
            return None
        result = a ** int(b)
    elif op == "divide":
        if b == 0:
            return None
        result = a / b
    elif op in _FOLDS:
        result = _FOLDS[op](a, b)
    else:
        return None
    large = max(result.numerator.bit_length(), result.denominator.bit_length())
    return Fraction(result) if large <= _LARGEST_BITS else None


_FOLDS: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
}


def _is(operand: Operand, value: int) -> bool:
    return isinstance(operand, Literal) and operand.symbol is None and operand.value == value


def _zero(operand: Operand) -> bool:
    """Whether it is a literal 0, or one repeated to a shape."""
    return _is(_inner(operand)[0] if _op(operand, "broadcast_to") else operand, 0)


def _op(operand: Operand, op: str) -> bool:
    if not isinstance(operand, Node) or operand.op != op:
        return False
    return not _forward(operand)


def _forward(node: Node) -> bool:
    """Whether it is a forward node: a simplification does not look into one."""
    return node.graph.forward_count is not None and node.id < node.graph.forward_count


def _inner(operand: Operand) -> tuple[Operand, ...]:
    return operand.inputs if isinstance(operand, Node) else ()


def _sized(graph: Graph, operand: Operand, a: Operand, b: Operand) -> Operand:
    """The operand, repeated if the other side of the operation was wider."""
    shape = broadcast(a.shape, b.shape)
    if operand.shape == shape:
        return operand
    return graph.apply("broadcast_to", operand, shape=shape)


_SCALES = frozenset({"negate", "multiply", "divide"})


def _scaled(operand: Operand) -> tuple[Fraction, Operand] | None:
    """(c, x) if the operand is c·x, x/c or −x with a literal c."""
    if not isinstance(operand, Node) or operand.op not in _SCALES or _forward(operand):
        return None
    if operand.op == "negate":
        return Fraction(-1), _inner(operand)[0]
    if operand.op == "multiply":
        left, right = _inner(operand)
        number = exact(left)
        return None if number is None else (number, right)
    left, right = _inner(operand)
    number = exact(right)
    return None if not number else (1 / number, left)


def _counts(operand: Operand) -> bool:
    """Whether this may be a literal, or one repeated to a shape."""
    return not isinstance(operand, Node) or operand.op == "broadcast_to"


def _number_times(graph: Graph, a: Operand, b: Operand) -> Operand | None:
    if not (_counts(a) or _counts(b)):
        return None
    if _zero(a) or _zero(b):
        return _sized(graph, Literal(Fraction(0)), a, b)
    if exact(b) is not None and exact(a) is None:
        return graph.apply("multiply", b, a)
    number = exact(a)
    if number is None:
        return None
    if number == 1:
        return _sized(graph, b, a, b)
    if number == -1:
        return graph.apply("negate", b)
    inner = _scaled(b)
    if inner is not None:
        return graph.apply("multiply", Literal(number * inner[0]), inner[1])
    return None


def _number_out(graph: Graph, a: Operand, b: Operand) -> Operand | None:
    for side, other, first in ((a, b, True), (b, a, False)):
        inner = _scaled(side)
        if inner is not None and exact(other) is None:
            number, rest = inner
            product = graph.apply("multiply", *((rest, other) if first else (other, rest)))
            return graph.apply("multiply", Literal(number), product)
    return None


def _divide_number(graph: Graph, a: Operand, b: Operand) -> Operand | None:
    number = exact(b)
    if number == 1:
        return a
    inner = _scaled(a)
    if inner is None:
        return None
    if number:
        return graph.apply("multiply", Literal(inner[0] / number), inner[1])
    if number is None and inner[0] == -1:
        return graph.apply("negate", graph.apply("divide", inner[1], b))
    return None


def _add_zero(graph: Graph, a: Operand, b: Operand) -> Operand | None:
    if _zero(a):
        return _sized(graph, b, a, b)
    return _sized(graph, a, a, b) if _zero(b) else None


def _turned(graph: Graph, operand: Operand) -> Operand | None:
    """x if the operand is −x, c·x if it is (−c)·x with a literal c; else None."""
    inner = _scaled(operand)
    if inner is None or inner[0] >= 0:
        return None
    return graph.apply("multiply", Literal(-inner[0]), inner[1])


def _add_negative(graph: Graph, a: Operand, b: Operand) -> Operand | None:
    turned = _turned(graph, b)
    if turned is not None:
        return graph.apply("subtract", a, turned)
    turned = _turned(graph, a)
    return None if turned is None else graph.apply("subtract", b, turned)


def _subtract_simple(graph: Graph, a: Operand, b: Operand) -> Operand | None:
    if _zero(b):
        return _sized(graph, a, a, b)
    if _zero(a):
        return graph.apply("negate", _sized(graph, b, a, b))
    turned = _turned(graph, b)
    return None if turned is None else graph.apply("add", a, turned)


def _power_one(graph: Graph, a: Operand, b: Operand) -> Operand | None:
    return a if _is(b, 1) else None


def _negate_twice(graph: Graph, a: Operand, _: Operand) -> Operand | None:
    number = exact(a)
    if number is not None:
        return Literal(-number)
    if _op(a, "negate"):
        return _inner(a)[0]
    inner = _scaled(a)
    return None if inner is None else graph.apply("multiply", Literal(-inner[0]), inner[1])


def _swap_twice(graph: Graph, a: Operand, _: Operand) -> Operand | None:
    return _inner(a)[0] if _op(a, "swap_last") else None


RULES: Mapping[str, tuple[tuple[str, Rule], ...]] = {
    "multiply": (
        (
            "a number before the rest; 0·x = 0, 1·x = x, (−1)·x = −x, a·(b·x) = (ab)·x",
            _number_times,
        ),
        ("numbers and signs move out of products", _number_out),
    ),
    "divide": (("x/1 = x, (a·x)/b = (a/b)·x", _divide_number),),
    "add": (("x + 0 = x", _add_zero), ("x + (−a·y) = x − a·y", _add_negative)),
    "subtract": (("x − 0 = x, 0 − x = −x, x − (−a·y) = x + a·y", _subtract_simple),),
    "power": (("x¹ = x", _power_one),),
    "negate": (("−(−x) = x, −(a·x) = (−a)·x", _negate_twice),),
    "swap_last": (("(xᵀ)ᵀ = x", _swap_twice),),
}


_LOOKED_INTO = frozenset({"negate", "multiply", "divide", "broadcast_to"})
"""Operations in which a rule looks for a literal; a sign is one."""


def _plain(inputs: tuple[Operand, ...], forward: int) -> bool:
    """Whether no rule on two operands applies to these: to most none does."""
    for operand in inputs:
        if not isinstance(operand, Node):
            return False
        if operand.op in _LOOKED_INTO and operand.id >= forward and _holds_number(operand):
            return False
    return True


def _holds_number(node: Node) -> bool:
    return node.op == "negate" or node.nodes is not node.inputs


def simplify(
    graph: Graph, op: str, inputs: tuple[Operand, ...], params: Parameters
) -> Operand | None:
    """A simpler equal of the operation, or None if no rule applies."""
    rules = RULES.get(op)
    if rules is None or (len(inputs) == 2 and _plain(inputs, graph.forward_count or 0)):
        return None
    a, b = (*inputs, inputs[0])[:2]
    first, second = exact(a), exact(b)
    if len(inputs) == 2 and first is not None and second is not None:
        result = fold(op, first, second)
        return None if result is None else Literal(result)
    for _, rule in rules:
        found = rule(graph, a, b)
        if found is not None:
            return found
    return None
