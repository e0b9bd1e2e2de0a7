"""An upper bound on a closed formula's size, counted on the graph in linear time."""

from __future__ import annotations

from backstep.graph.node import Literal, Node
from backstep.graph.order import ancestors
from backstep.ops import TABLE

_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53)


def terms_of(node: Node) -> int:
    """How many elements of its inputs one element of this node reads."""
    row = TABLE[node.op]
    if row.terms is None:
        return 1
    return max(row.terms(*(operand.shape for operand in node.inputs), **node.params), 1)


def closed_sizes(target: Node) -> dict[int, int]:
    """For each node behind the target, an upper bound on the size of one element's closed form.

    Follows SymPy's forms: nothing is shared, so an input is counted each time it is read.
    """
    sizes: dict[int, int] = {}
    factors: dict[int, int] = {}
    for node in ancestors([target]):
        row = TABLE[node.op]
        inner = [sizes[parent.id] for parent in node.nodes]
        moved = row.operations == 0 and not row.elementwise
        read = max(inner, default=0) if moved else sum(inner)
        parts = [
            _parts(operand) if isinstance(operand, Literal) else factors[operand.id]
            for operand in node.inputs
        ]
        # SymPy writes (a·b)² as a²·b²: a power of a product is a power of each factor.
        written = len(parts) == 2 and isinstance(node.inputs[1], Literal)
        width = max(parts[:1] if written else parts, default=1)
        spread = width if row.raises else 0
        if row.product or row.factors:
            joined = terms_of(node) * sum(parts)
        else:
            # An element that is only moved is the product that it was.
            joined = max(parts, default=1) if moved and terms_of(node) == 1 else 1
        factors[node.id] = width if row.raises else max(joined, 1)
        sizes[node.id] = terms_of(node) * (row.copies * read + row.operations + spread)
    return sizes


def _parts(number: Literal) -> int:
    """The most operations that a root adds for a literal factor: √(3/10) is √30/10, (3/20)^0.3 a
    root of each prime.

    The root of a rational is written with a power of each of its primes, and a fraction before.
    """
    if number.symbol is not None:
        return 1
    value = number.value
    return 2 * (_most_primes(value.numerator) + _most_primes(value.denominator)) + 2


def _most_primes(number: int) -> int:
    """The most distinct primes that a number of this size can have."""
    product = 1
    for count, prime in enumerate(_PRIMES):
        product *= prime
        if product > abs(number):
            return count
    return number.bit_length()


def derivative_bound(target: Node, wrt: Node) -> int:
    """An upper bound on the size of the closed derivative with respect to one element of `wrt`
    (target: a scalar).
    """
    sizes = closed_sizes(target)
    bounds: dict[int, int] = {wrt.id: 0}
    for node in ancestors([target]):
        if node.id in bounds:
            continue
        parents = [parent for parent in node.nodes if parent.id in bounds]
        if not parents:
            continue
        row = TABLE[node.op]
        times, more = row.slope
        if row.reads_all:
            times, more = max(times, terms_of(node)), more + terms_of(node)
        inner = [bounds[parent.id] for parent in parents]
        moved = row.operations == 0 and not row.elementwise
        below = max(inner) if moved else sum(inner)
        around = sum(sizes[operand.id] for operand in node.nodes)
        local = row.copies * (below + times * around) + more
        bounds[node.id] = terms_of(node) * local
    return bounds.get(target.id, 0)
