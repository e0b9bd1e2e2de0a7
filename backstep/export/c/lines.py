"""Operations that need loops of their own in C, as statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod

import numpy as np

from backstep.export.c import matrices
from backstep.export.c.statements import Form, Statements, counter
from backstep.export.c.words import (
    Index,
    Term,
    constant_values,
    figure,
    flattened,
    multiplied,
    plus,
    times,
    unflattened,
)
from backstep.export.finite import needs_mask
from backstep.export.numbers import listed
from backstep.export.program import Operation, carried, operation
from backstep.graph.node import Node, Operand
from backstep.graph.shape import Shape, size
from backstep.ops.row import PRODUCT


def _reduced_index(at: Index, axis: int | None, inner: Sequence[str]) -> Index:
    """The index into the reduced value: the inner counters alone, or one of them among `at`."""
    if axis is None:
        return tuple(inner)
    return (*at[:axis], inner[0], *at[axis:])


def _reduction(
    begin: str | None, step: Callable[[Statements, str, Term], str], end: str | None = None
) -> Form:
    """A reduction in one pass over its input. `begin`: the initial result; None: the first
    element. `end`: the final statement, with the count as {0}."""

    def form(statements: Statements, node: Node, done: Operation) -> None:
        (read,) = done.reads
        axis = done.params.get("axis")
        axis = None if axis is None else axis % len(read.shape)
        over = read.shape if axis is None else (read.shape[axis],)
        shape = node.shape
        at = statements.indices(shape)
        inner = statements.indices(over, len(shape))
        count = size(over)

        def start() -> str:
            if begin is not None:
                return begin
            first = _reduced_index(at, axis, ["0"] * len(over))
            return statements.elements.of(read, first).text

        def body(target: str) -> None:
            value = statements.elements.of(read, _reduced_index(at, axis, inner))
            statements.loops(over, inner, lambda: statements.say(step(statements, target, value)))
            if end is not None:
                statements.say(end.format(target, count) + ";")

        if not shape:
            statements.declare((), start())
            body(statements.target)
            return
        statements.declare(shape)

        def element() -> None:
            statements.say(f"double acc = {start()};")
            body("acc")
            statements.say(f"{statements.element(at)} = acc;")

        statements.loops(shape, at, element)

    return form


def _extreme(name: str) -> Form:
    def step(statements: Statements, target: str, value: Term) -> str:
        statements.elements.use(name)
        return f"{target} = {name}({target}, {value.text});"

    return _reduction(None, step)


def _summed_to(statements: Statements, node: Node, done: Operation) -> None:
    (read,) = done.reads
    shape = node.shape
    extra = len(read.shape) - len(shape)
    at = statements.indices(shape)
    over: list[int] = []
    inner: list[str] = []
    index: list[str] = []
    for axis, length in enumerate(read.shape):
        if axis < extra or (shape[axis - extra] == 1 and length != 1):
            inner.append(counter(len(shape) + len(over)))
            over.append(length)
            index.append(inner[-1])
        else:
            index.append(at[axis - extra])
    value = statements.elements.of(read, tuple(index))

    def add(target: str) -> None:
        statements.loops(
            tuple(over), tuple(inner), lambda: statements.say(f"{target} += {value.at(0)};")
        )

    if not shape:
        statements.declare(())
        add(statements.target)
        return
    statements.declare(shape)

    def element() -> None:
        statements.say("double acc = 0.0;")
        add("acc")
        statements.say(f"{statements.element(at)} = acc;")

    statements.loops(shape, at, element)


def _along(node_shape: Shape, axis: int | None) -> tuple[Shape, int, int, Shape, Shape]:
    """The shape without an axis, the axis's length and stride, and the shapes before and after."""
    if axis is None:
        return (), size(node_shape), 1, (), ()
    axis %= len(node_shape)
    before, behind = node_shape[:axis], node_shape[axis + 1 :]
    return before + behind, node_shape[axis], prod(behind), before, behind


def _start(at: Index, before: Shape, behind: Shape, length: int) -> str:
    """The offset of the first element of a row along the axis."""
    outer = times(flattened(at[: len(before)], before), length * prod(behind))
    inner = flattened(at[len(before) :], behind)
    if outer == "0":
        return "" if inner == "0" else f" + {inner}"
    return f" + {outer}" if inner == "0" else f" + {outer} + {inner}"


def _by_pointer(function: str) -> Form:
    """A reduction by a function of the file's own, over numbers a step apart."""

    def form(statements: Statements, node: Node, done: Operation) -> None:
        (read,) = done.reads
        statements.elements.use(function)
        left, length, step, before, behind = _along(read.shape, done.params.get("axis"))
        at = statements.indices(left)
        where = statements.pointer(read)

        def call() -> str:
            start = _start(at, before, behind, length)
            return f"{function}({where}{start}, {length}, {step})"

        if not node.shape:
            statements.declare((), call())
            return
        statements.declare(node.shape)
        statements.loops(left, at, lambda: statements.say(f"{statements.element(at)} = {call()};"))

    return form


def _row_by_row(function: str, looks: bool = False) -> Form:
    """A function of whole rows along an axis, with results in the places of the inputs.

    `looks`: it has an argument for whether all inputs are finite.
    """

    def form(statements: Statements, node: Node, done: Operation) -> None:
        statements.elements.use(function)
        left, length, step, before, behind = _along(node.shape, done.params.get("axis", -1))
        at = statements.indices(left)
        places = [statements.pointer(each) for each in done.reads]
        statements.declare(node.shape)
        more = ""
        if looks:
            statements.elements.use("all_finite")
            count = size(node.shape)
            looked = " && ".join(f"all_finite({place}, {count})" for place in places)
            statements.open("")
            statements.say(f"const int finite = {looked};")
            more = ", finite"

        def call() -> None:
            start = _start(at, before, behind, length)
            given = ", ".join(f"{place}{start}" for place in places)
            out = f"{statements.own_pointer(node.shape)}{start}"
            statements.say(f"{function}({given}, {out}, {length}, {step}{more});")

        statements.loops(left, at, call)
        if looks:
            statements.close()

    return form


def _matmul(statements: Statements, node: Node, done: Operation) -> None:
    left, right = done.reads
    rank_a, rank_b = len(left.shape), len(right.shape)
    rows, columns = rank_a > 1, rank_b > 1
    shape = node.shape
    at = statements.indices(shape)
    k = counter(len(shape))
    length = left.shape[-1]
    batch = at[: len(shape) - rows - columns]

    def lead(operand: Operand) -> Index:
        own = operand.shape[:-2]
        chosen = batch[len(batch) - len(own) :]
        return tuple("0" if n == 1 else each for each, n in zip(chosen, own, strict=True))

    row = (at[len(batch)],) if rows else ()
    column = (at[-1],) if columns else ()
    elements = statements.elements
    a = elements.of(left, (*lead(left), *row, k))
    b = elements.of(right, (*lead(right), k, *column))
    if _by_blocks(statements, node, done):
        return
    product = multiplied(elements, done, a, b)
    if not shape:
        statements.declare(())
        statements.loops(
            (length,), (k,), lambda: statements.say(f"{statements.target} += {product.text};")
        )
        return
    statements.declare(shape)
    if columns and b.text.endswith(f"[{at[-1]}]"):
        # Along the rows of the right side, which stand one number behind the other.
        def along() -> None:
            inner = (shape[-1],), (at[-1],)
            whole = statements.element(at)
            statements.loops(*inner, lambda: statements.say(f"{whole} = 0.0;"))
            statements.loops(
                (length,),
                (k,),
                lambda: statements.loops(
                    *inner, lambda: statements.say(f"{whole} += {product.text};")
                ),
            )

        statements.loops(shape[:-1], at[:-1], along)
        return

    def element() -> None:
        statements.say("double acc = 0.0;")
        statements.loops((length,), (k,), lambda: statements.say(f"acc += {product.text};"))
        statements.say(f"{statements.element(at)} = acc;")

    statements.loops(shape, at, element)


_LARGE = 20_000
"""Products of elements from which on copying blocks of a matrix is worth it."""
_WIDE = 16


def _by_blocks(statements: Statements, node: Node, done: Operation) -> bool:
    """Write a product of two large matrices by blocks, unless one is no variable."""
    if len(node.shape) != 2 or needs_mask(statements.elements.finite, done):
        return False
    left, right = (_strided(statements, each) for each in done.reads)
    inner = done.reads[0].shape[-1]
    if left is None or right is None or node.shape[1] < _WIDE or size(node.shape) * inner < _LARGE:
        return False
    statements.elements.use("matrix_product")
    statements.declare(node.shape)
    lengths = ", ".join(statements.sizes(each) for each in (*node.shape, inner))
    own = statements.own_pointer(node.shape)
    statements.say(f"matrix_product({left}, {right}, {own}, {lengths});")
    return True


def _strided(statements: Statements, operand: Operand) -> str | None:
    """A matrix as a pointer with its steps from row to row and from column to column; None if it is
    neither a variable nor the transpose of one."""
    turned = False
    operand = carried(operand)
    program = statements.elements.program
    while (
        isinstance(operand, Node)
        and operand.op in ("transpose", "swap_last")
        and len(operand.shape) == 2
        and not program.stands(operand)
    ):
        turned = not turned
        operand = carried(operand.inputs[0])
    if not isinstance(operand, Node) or len(operand.shape) != 2 or not program.stands(operand):
        return None
    steps = (operand.shape[1], 1)
    first, second = reversed(steps) if turned else steps
    return f"{statements.pointer(operand)}, {first}, {second}"


def _prod_except(statements: Statements, node: Node, done: Operation) -> None:
    (read,) = done.reads
    order = done.params["order"]
    shape = node.shape
    at = statements.indices(shape)
    lead, without = at[:-order], at[-order:]
    k = counter(len(shape))
    value = statements.elements.of(read, (*lead, k))
    pairs = [(one, other) for place, one in enumerate(without) for other in without[:place]]
    same = [f"{one} == {other}" for one, other in pairs]
    different = [f"{one} != {other}" for one, other in pairs]
    apart = [f"{k} != {each}" for each in without]
    statements.declare(shape)

    def element() -> None:
        first = f"{' || '.join(same)} ? 0.0 : 1.0" if same else "1.0"
        statements.say(f"double acc = {first};")
        statements.open(f"for (int {k} = 0; {k} < {statements.sizes(read.shape[-1])}; {k}++)")
        statements.say(f"if ({' && '.join([*apart, *different])}) acc *= {value.at(PRODUCT)};")
        statements.close()
        statements.say(f"{statements.element(at)} = acc;")

    statements.loops(shape, at, element)


def _constants(statements: Statements, node: Node, done: Operation) -> None:
    values = np.asarray(constant_values(node), dtype=np.float64)
    if not node.shape:
        statements.declare((), figure(float(values)).text)
        return
    text = listed(values, lambda value: figure(value).text, 8, ("{", "}"))
    dims = "".join(f"[{statements.sizes(length)}]" for length in node.shape)
    if statements.local:
        head = f"static const double {statements.target}{dims} ="
        statements.say(f"{head}  /* {statements.remark} */\n        {text};")
        return
    at = statements.indices(node.shape)
    statements.open("")
    statements.say(f"static const double values{dims} =\n        {text};")
    brackets = "".join(f"[{each}]" for each in at)
    statements.loops(
        node.shape, at, lambda: statements.say(f"{statements.element(at)} = values{brackets};")
    )
    statements.close()


def _zeroed(statements: Statements, shape: Shape) -> None:
    at = statements.indices(shape)
    statements.loops(shape, at, lambda: statements.say(f"{statements.element(at)} = 0.0;"))


def _scattered(statements: Statements, node: Node, done: Operation) -> None:
    (read,) = done.reads
    statements.declare(node.shape)
    _zeroed(statements, node.shape)
    at = statements.indices(read.shape)
    rest = list(at)
    index: list[str] = []
    for part in done.params["key"]:
        if isinstance(part, int):
            index.append(str(part))
            continue
        start, _, step = part
        here = rest.pop(0)
        index.append(
            plus(times(here, step), start) if step > 0 else f"{start} - {times(here, -step)}"
        )
    value = statements.elements.of(read, at).text
    whole = (*index, *rest)
    if not node.shape:
        statements.say(f"{statements.target} = {value};")
        return
    statements.loops(
        read.shape, at, lambda: statements.say(f"{statements.element(whole)} = {value};")
    )


def _joined(statements: Statements, node: Node, done: Operation) -> None:
    """Tensors along an axis that they have, or, stacked, along a new one."""
    stacked = done.name == "stack"
    axis = done.params.get("axis", 0) % len(node.shape)
    statements.declare(node.shape)
    start = 0
    for place, each in enumerate(done.reads):
        at = statements.indices(each.shape)
        if size(each.shape) == 0:
            continue
        value = statements.elements.of(each, at).at(0)
        if stacked:
            index = (*at[:axis], str(place), *at[axis:])
        else:
            index = (*at[:axis], plus(at[axis], start), *at[axis + 1 :])
            start += each.shape[axis]

        def put(index: Index = index, value: str = value) -> None:
            statements.say(f"{statements.element(index)} = {value};")

        statements.loops(each.shape, at, put)


def _unpatched(statements: Statements, node: Node, done: Operation) -> None:
    (read,) = done.reads
    params = done.params
    sizes, stride, padding = params["size"], params["stride"], params["padding"]
    axes = len(sizes)
    statements.declare(node.shape)
    _zeroed(statements, node.shape)
    at = statements.indices(read.shape)
    lead, windows, row = at[: -axes - 1], at[-axes - 1 : -1], at[-1]
    offsets = unflattened(row, tuple(sizes))
    names = [counter(len(at) + axis) for axis in range(axes)]
    value = statements.elements.of(read, at).at(0)

    def add() -> None:
        inside = []
        for name, window, offset, length in zip(
            names, windows, offsets, node.shape[-axes:], strict=True
        ):
            start = times(window, stride)
            total = start if offset == "0" else f"{start} + {offset}"
            statements.say(f"const int {name} = {plus(total, -padding)};")
            inside.append(f"{name} >= 0 && {name} < {length}")
        condition = f"if ({' && '.join(inside)}) " if padding else ""
        statements.say(f"{condition}{statements.element((*lead, *names))} += {value};")

    statements.loops(read.shape, at, add)


FORMS: Mapping[str, Form] = {
    "array": _constants,
    "linspace": _constants,
    "mask": _constants,
    "sum": _reduction("0.0", lambda _, target, value: f"{target} += {value.at(0)};"),
    "mean": _reduction(
        "0.0", lambda _, target, value: f"{target} += {value.at(0)};", "{0} /= {1}.0"
    ),
    "prod": _reduction("1.0", lambda _, target, value: f"{target} *= {value.at(PRODUCT)};"),
    "max": _extreme("maximum"),
    "min": _extreme("minimum"),
    "sum_to": _summed_to,
    "norm": _by_pointer("norm"),
    "var": _by_pointer("variance"),
    "std": _by_pointer("standard_deviation"),
    "argmax": _by_pointer("place_of_largest"),
    "cumsum": _row_by_row("running_sums"),
    "sort": _row_by_row("sorted"),
    "put": matrices.put,
    "det": matrices.of_matrix("det"),
    "logdet": matrices.of_matrix("logdet"),
    "cofactors": matrices.of_matrix("cofactors"),
    "solve": matrices.of_matrix("solve"),
    "logsumexp": _by_pointer("logsumexp"),
    "softmax": _row_by_row("softmax"),
    "log_softmax": _row_by_row("log_softmax"),
    "less_its_share": _row_by_row("less_its_share", looks=True),
    "less_its_mean": _row_by_row("less_its_mean", looks=True),
    "matmul": _matmul,
    "dot": _matmul,
    "prod_except": _prod_except,
    "scatter": _scattered,
    "concat": _joined,
    "stack": _joined,
    "unpatches": _unpatched,
}
"""Operations that need loops of their own, by the row's or the tail's name."""

FORMED = frozenset(FORMS)
_BY_POINTER = frozenset(
    {"norm", "var", "logsumexp", "softmax", "log_softmax", "less_its_share", "less_its_mean"}
    | {"std", "argmax", "cumsum", "sort", "det", "logdet", "cofactors", "solve"}
)
_OFTEN = frozenset({"matmul", "dot", "prod_except", "outer"})
"""Rows that read each element many times."""
_VIEWS = frozenset(
    {"transpose", "swap_last", "reshape", "index", "expand", "broadcast_to", "move_axis"}
    | {"identity", "constant", "carry", "zeros", "ones", "eye", "arange"}
)


def apart(node: Node) -> bool:
    """Whether a node has a line of its own, since it needs loops."""
    return operation(node).name in FORMED


def held(node: Node) -> Iterable[Node]:
    """The inputs that need a line because this node reads them by pointer, or often."""
    done = operation(node)
    for operand in map(carried, done.reads):
        if not isinstance(operand, Node):
            continue
        if done.name in _BY_POINTER:
            if operand.op != "constant":
                yield operand
            continue
        under = operand
        while under.op in _VIEWS and under.nodes:
            under = under.nodes[0]
        wider = size(under.shape) < size(node.shape)
        if (wider or done.name in _OFTEN) and under.op not in _VIEWS:
            yield under


def repeated(node: Node, stands: Callable[[Node], bool]) -> bool:
    """Whether a node is written again for each use: a view, or an operation on scalars."""
    if node.op in _VIEWS:
        return all(stands(each) or repeated(each, stands) for each in node.nodes)
    quick = node.op in ("add", "subtract", "multiply", "negate", "square")
    return quick and node.shape == () and all(map(stands, node.nodes))
