"""An upper bound of a closed formula's size, counted on the graph in linear time. Builds none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.errors import Fault, FormulaTooLarge
from app.graph.node import Node
from app.graph.shape import size
from app.graph.walk import ancestors
from app.limits import LIMITS
from app.ops import TABLE
from app.ops.row import SUM


def terms_of(node: Node) -> int:
    """How many elements of its inputs one element of this node reads."""
    row = TABLE[node.op]
    if row.terms is None:
        return 1
    return max(row.terms(*(operand.shape for operand in node.inputs), **node.params), 1)


def closed_sizes(target: Node) -> dict[int, int]:
    """For each node behind the target the most operations one element's closed form has.

    Follows SymPy's forms: nothing is shared, so an input is counted once a reading.
    """
    sizes: dict[int, int] = {}
    factors: dict[int, int] = {}
    for node in ancestors([target]):
        row = TABLE[node.op]
        inner = [sizes[parent.id] for parent in node.nodes]
        moved = row.operations == 0 and not row.elementwise
        read = max(inner, default=0) if moved else sum(inner)
        width = max((factors[parent.id] for parent in node.nodes), default=1)
        # SymPy writes (a·b)² as a²·b²: a power of a product is a power a factor.
        spread = width if row.raises else 0
        joined = sum(factors[parent.id] for parent in node.nodes) if row.product else 1
        factors[node.id] = width if row.raises else max(joined, 1)
        sizes[node.id] = terms_of(node) * (row.copies * read + row.operations + spread)
    return sizes


def derivative_bound(target: Node, wrt: Node) -> int:
    """The most operations the closed derivative by one element of `wrt` has (target: a scalar)."""
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
        if row.whole:
            times, more = max(times, terms_of(node)), more + terms_of(node)
        inner = [bounds[parent.id] for parent in parents]
        moved = row.operations == 0 and not row.elementwise
        below = max(inner) if moved else sum(inner)
        around = sum(sizes[operand.id] for operand in node.nodes)
        local = row.copies * (below + times * around) + more
        bounds[node.id] = terms_of(node) * local
    return bounds.get(target.id, 0)


def admit(target: Node, wrts: Iterable[tuple[Node, int]], most: int | None = None) -> None:
    """Raises FormulaTooLarge where the loss or a gradient would pass a limit.

    `wrts` are the nodes to derive by, each with how many of its elements are asked for.
    """
    wrts = list(wrts)
    loss = closed_sizes(target)[target.id]
    if loss > LIMITS.formula_operations:
        _refuse("formula_operations", "one closed formula", loss, LIMITS.formula_operations)
    work = loss * sum(elements for _, elements in wrts) + joining(target) // _JOINS
    if work > LIMITS.derivation_work:
        _refuse("derivation_work", "what is derived", work, LIMITS.derivation_work)
    worst, answer = loss, loss
    for node, elements in wrts:
        bound = derivative_bound(target, node)
        worst = max(worst, bound)
        answer += bound * elements
    if worst > LIMITS.formula_operations:
        _refuse("formula_operations", "one closed formula", worst, LIMITS.formula_operations)
    most = LIMITS.answer_operations if most is None else most
    if answer > most:
        _refuse("answer_operations", "all closed formulas", answer, most)


def admit_counted(loss: int, bounds: Mapping[int, int], most: int | None = None) -> None:
    """The same of single elements, each with the operations counted on what it reaches.

    The loss itself may be too large; then it is not written out.
    """
    worst = max(bounds.values(), default=0)
    if worst > LIMITS.formula_operations:
        _refuse("formula_operations", "one derivative", worst, LIMITS.formula_operations, _FORMS)
    answer = sum(bounds.values()) + (loss if loss <= LIMITS.formula_operations else 0)
    most = LIMITS.answer_operations if most is None else most
    if answer > most:
        _refuse("answer_operations", "all closed formulas", answer, most, _FORMS)


_FORMS = (
    'form: "matrix" writes it in whole tensors, form: "shared" gives every intermediate result '
    "once; both have room for this"
)
_JOINS = 4
"""Terms that are looked at in the time that an operation takes to be differentiated."""


def joining(target: Node) -> int:
    """How many terms SymPy looks at while it joins sums: of n terms, one at a time, n²/2."""
    widths: dict[int, int] = {}
    looked = 0
    for node in ancestors([target]):
        row = TABLE[node.op]
        inner = [widths[parent.id] for parent in node.nodes]
        width = 1
        if row.elementwise and row.notation.precedence == SUM:
            width = sum(inner)
            looked += size(node.shape) * width
        elif row.terms is not None and row.sympy is None:
            # Products that are added up are a term each; a plain sum adds up what it is given.
            width = terms_of(node) * (1 if row.product else max(inner, default=1))
            looked += size(node.shape) * width * width // 2
        elif row.operations == 0:
            width = max(inner, default=1)
        widths[node.id] = max(width, 1)
    return looked


def _refuse(limit: str, what: str, counted: int, allowed: int, hint: str | None = None) -> None:
    raise FormulaTooLarge(
        Fault(
            code="formula_too_large",
            message=f"{what} would have up to {_spell(counted)} operations; {allowed:,} are "
            "allowed",
            hint=hint
            or 'ask for a single element, or for form: "shared", which gives every intermediate '
            "result once; the numbers are right all the same",
        ),
        details={
            "limit": limit,
            "operations": min(counted, 10**300),
            "measured": min(counted, 10**300),
            "allowed": allowed,
        },
    )


def _spell(count: int) -> str:
    if count < 10**15:
        return f"{count:,}"
    return f"about 10^{len(str(count)) - 1}" if count < 10**4000 else "more than 10^4000"
