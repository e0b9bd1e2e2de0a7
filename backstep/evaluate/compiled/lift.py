"""The same nodes at many points at once: a graph of its own, with a batch axis before all others.

Only what reads a lifted leaf is lifted; the rest is evaluated once. Every row is lifted in terms of
rows, so that a lifted graph is compiled, masked and run like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from backstep.graph.graph import Graph
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.order import ancestors
from backstep.graph.parameters import Parameters
from backstep.graph.shape import Shape, axis_index, size
from backstep.ops import TABLE

_UNBOUNDED = 10**9
"""Nodes of a lifted graph: those of the graph that it comes from were counted."""


class Lifted:
    """`targets` of a graph at `count` points, where the `moved` leaves have a value for each.

    `given` are nodes that are leaves here, whatever they were. `nodes` are the new ones by the old
    one's id; `lifted` the ids of those that have the axis.
    """

    def __init__(
        self,
        targets: Sequence[Node],
        moved: Collection[int],
        count: int,
        given: Iterable[Node] = (),
    ) -> None:
        self.count = count
        self.nodes: dict[int, Node] = {}
        self.lifted: set[int] = set()
        self.graph = Graph(TABLE, most=_UNBOUNDED)
        self.given = list(given)
        for node in self.given:
            self.nodes[node.id] = self._leaf(node, node.id in moved)
        order = ancestors(targets, self.nodes)
        forward = order[0].graph.forward_count if order else None
        for node in order:
            if forward is not None and node.id >= forward:
                # The gradient's nodes stay marked as such: their rounding has forms of its own.
                self.graph.seal()
            self.nodes[node.id] = self._made(node, node.id in moved)
        self.graph.seal()
        self.targets = [self._whole(node) for node in targets]

    def _made(self, node: Node, moved: bool) -> Node:
        row, params = TABLE[node.op], node.params
        if row.leaf:
            return self._leaf(node, moved)
        if node.op == "constant" and isinstance(node.inputs[0], Literal):
            return self.graph.constant(node.inputs[0])
        if node.op not in _LIFTED and not any(each.id in self.lifted for each in node.nodes):
            inputs = [self._plain(each) for each in node.inputs]
            return self.graph.apply(node.op, *inputs, **params)
        self.lifted.add(node.id)
        if row.elementwise:
            wide = [self._padded(each, node) for each in node.inputs]
            return self.graph.apply(node.op, *wide, **params)
        return _RULES[node.op](self, node)

    def _leaf(self, node: Node, moved: bool) -> Node:
        if moved:
            self.lifted.add(node.id)
        shape = (self.count, *node.shape) if moved else node.shape
        if node.op == "seed":  # a partial stays one
            return self.graph.apply("seed", name=f"n{node.id}", shape=shape)
        return self.graph.apply("leaf", name=f"n{node.id}", role="input", shape=shape)

    def _plain(self, operand: Operand) -> Operand:
        return operand if isinstance(operand, Literal) else self.nodes[operand.id]

    def _padded(self, operand: Operand, node: Node) -> Operand:
        """An operand with axes of size 1 after the new one, up to a node's rank."""
        if isinstance(operand, Literal) or operand.id not in self.lifted:
            # In the gradient an operand is one node in all its uses: its forms are recognised by
            # that.
            alike = self.graph.forward_count is not None and operand.shape == node.shape != ()
            return self._whole(operand) if alike else self._plain(operand)
        missing = len(node.shape) - len(operand.shape)
        made = self.nodes[operand.id]
        if not missing:
            return made
        return self.shaped(made, (self.count, *(1,) * missing, *operand.shape))

    def shaped(self, node: Node, shape: Shape) -> Node:
        """The node in another shape."""
        return node if node.shape == shape else self.graph.apply("reshape", node, shape=shape)

    def _whole(self, operand: Operand) -> Node:
        """An operand with the axis, even if it is the same at all points."""
        if isinstance(operand, Literal):
            constant = self.graph.constant(operand)
            return self.graph.apply("broadcast_to", constant, shape=(self.count,))
        made = self.nodes[operand.id]
        if operand.id in self.lifted:
            return made
        return self.graph.apply("broadcast_to", made, shape=(self.count, *operand.shape))

    def inputs(self, node: Node) -> list[Node]:
        """All inputs with the axis."""
        return [self._whole(each) for each in node.inputs]


def cut(targets: Sequence[Node], moved: Collection[int]) -> list[Node]:
    """The moved nodes, the unmoved inputs of all that depends on them, and the unmoved targets.

    In place of an unmoved input that `_LIFTED` names, what it is computed from.
    """
    moving = set(moved)
    found: dict[int, Node] = {}
    for node in ancestors(targets):
        if node.id in moved:
            found[node.id] = node
        elif any(each.id in moving for each in node.nodes):
            moving.add(node.id)
    found.update({node.id: node for node in targets if node.id not in moving})
    for node in ancestors(targets):
        still = [each for each in node.nodes if each.id not in moving]
        if node.id in moving and node.id not in moved:
            for each in still:
                for read in each.nodes if each.op in _LIFTED else (each,):
                    found[read.id] = read
    return [found[key] for key in sorted(found)]


def _axis(node: Node, rank: int) -> int:
    """The node's axis, counted with the new one."""
    default = 0 if node.op in ("concat", "stack") else -1
    return axis_index(node.params.get("axis", default), (1,) * rank) + 1


def _reduced(lift: Lifted, node: Node) -> Node:
    (x,) = lift.inputs(node)
    (operand,) = node.inputs
    if node.params.get("axis") is None:
        return lift.graph.apply(node.op, lift.shaped(x, (lift.count, size(operand.shape))), axis=1)
    return lift.graph.apply(node.op, x, axis=_axis(node, len(operand.shape)))


def _along(lift: Lifted, node: Node) -> Node:
    (x,) = lift.inputs(node)
    return lift.graph.apply(node.op, x, axis=_axis(node, len(node.shape)))


def _joined(lift: Lifted, node: Node) -> Node:
    return lift.graph.apply(node.op, *lift.inputs(node), axis=_axis(node, len(node.shape)))


def _expanded(lift: Lifted, node: Node) -> Node:
    (x,) = lift.inputs(node)
    shape = (lift.count, *node.shape)
    if node.params.get("axis") is None:
        return _spread(lift, x, (), node.shape)
    return lift.graph.apply("expand", x, shape=shape, axis=_axis(node, len(node.shape)))


def _spread(lift: Lifted, x: Node, given: Shape, shape: Shape) -> Node:
    wide = (lift.count, *(1,) * (len(shape) - len(given)), *given)
    made = lift.shaped(x, wide)
    whole = (lift.count, *shape)
    return made if wide == whole else lift.graph.apply("broadcast_to", made, shape=whole)


def _broadcast(lift: Lifted, node: Node) -> Node:
    (x,) = lift.inputs(node)
    return _spread(lift, x, node.inputs[0].shape, node.shape)


def _summed(lift: Lifted, node: Node) -> Node:
    (x,) = lift.inputs(node)
    missing = len(node.inputs[0].shape) - len(node.shape)
    wide = (lift.count, *(1,) * missing, *node.shape)
    made = lift.graph.apply("sum_to", x, shape=wide)
    return lift.shaped(made, (lift.count, *node.shape))


def _reshaped(lift: Lifted, node: Node) -> Node:
    (x,) = lift.inputs(node)
    return lift.shaped(x, (lift.count, *node.shape))


def _same(lift: Lifted, node: Node) -> Node:
    return lift.graph.apply(node.op, *lift.inputs(node), **node.params)


def _of_shape(lift: Lifted, node: Node) -> Node:
    params: Parameters = {**node.params, "shape": (lift.count, *node.shape)}
    return lift.graph.apply(node.op, *lift.inputs(node), **params)


def _transposed(lift: Lifted, node: Node) -> Node:
    (x,) = lift.inputs(node)
    for place in range(1, len(node.shape)):
        x = lift.graph.apply("move_axis", x, source=-1, target=place)
    return x


def _axis_moved(lift: Lifted, node: Node) -> Node:
    (x,) = lift.inputs(node)
    source, target = (axis_index(node.params[key], node.shape) for key in ("source", "target"))
    return lift.graph.apply("move_axis", x, source=source + 1, target=target + 1)


def _indexed(lift: Lifted, node: Node) -> Node:
    (x,) = lift.inputs(node)
    return lift.graph.apply("index", x, key=_key(lift, node))


def _scattered(lift: Lifted, node: Node) -> Node:
    (x,) = lift.inputs(node)
    shape = (lift.count, *node.shape)
    return lift.graph.apply("scatter", x, key=_key(lift, node), shape=shape)


def _key(lift: Lifted, node: Node) -> tuple[object, ...]:
    return ((0, lift.count, 1), *node.params["key"])


def _multiplied(lift: Lifted, node: Node) -> Node:
    """A matrix product: vectors as matrices of one row or column, batches side by side."""
    left, right = node.inputs
    a, b = left.shape, right.shape
    ends = (a[-2:-1] or (1,), b[-1:] if len(b) > 1 else (1,))
    batch = node.shape[: len(node.shape) - (len(a) > 1) - (len(b) > 1)]

    def matrix(operand: Operand, own: Shape, rows: Shape, columns: Shape) -> Operand:
        made = lift.nodes[operand.id] if isinstance(operand, Node) else operand
        lead = own[:-2]
        if isinstance(operand, Node) and operand.id in lift.lifted:
            lead = (lift.count, *(1,) * (len(batch) - len(lead)), *lead)
        assert isinstance(made, Node)
        return lift.shaped(made, (*lead, *rows, *columns))

    first = matrix(left, a, ends[0], a[-1:])
    second = matrix(right, b, b[-2:-1] if len(b) > 1 else b, ends[1])
    params: Parameters = {"strong": node.params["strong"]} if "strong" in node.params else {}
    made = lift.graph.apply("matmul", first, second, **params)
    return lift.shaped(made, (lift.count, *node.shape))


def _outer(lift: Lifted, node: Node) -> Node:
    a, b = lift.inputs(node)
    column = lift.shaped(a, (*a.shape, 1))
    row = lift.shaped(b, (lift.count, 1, b.shape[-1]))
    return lift.graph.apply("multiply", column, row, **node.params)


def _placed(lift: Lifted, node: Node) -> Node:
    x, k = lift.inputs(node)
    given = node.inputs[0].shape
    missing = len(node.inputs[1].shape) - len(given)
    x = lift.shaped(x, (lift.count, *(1,) * missing, *given))
    return lift.graph.apply("place", x, k, classes=node.params["classes"])


def _shifted(lift: Lifted, k: Node, rows: int) -> Node:
    """Numbers of places in tensors of so many rows that stand one behind the other."""
    first = lift.graph.apply("multiply", lift.graph.apply("arange", n=lift.count), rows)
    starts = lift.shaped(first, (lift.count, *(1,) * (len(k.shape) - 1)))
    return lift.graph.apply("add", k, starts)


def _taken(lift: Lifted, node: Node) -> Node:
    x, k = lift.inputs(node)
    rows, *rest = node.inputs[0].shape
    behind = lift.shaped(x, (lift.count * rows, *rest))
    return lift.graph.apply("take", behind, _shifted(lift, k, rows))


def _put(lift: Lifted, node: Node) -> Node:
    x, k = lift.inputs(node)
    rows = node.params["rows"]
    made = lift.graph.apply("put", x, _shifted(lift, k, rows), rows=lift.count * rows)
    return lift.shaped(made, (lift.count, *node.shape))


_LIFTED = frozenset({"softmax"})
"""What is always lifted: forms of its gradient's rounding read it, and find it by its name."""
_RULES: Mapping[str, Callable[[Lifted, Node], Node]] = {
    **dict.fromkeys(
        ("sum", "mean", "max", "min", "prod", "norm", "var", "std", "logsumexp", "argmax"),
        _reduced,
    ),
    **dict.fromkeys(("softmax", "log_softmax", "cumsum", "sort"), _along),
    **dict.fromkeys(("concat", "stack"), _joined),
    **dict.fromkeys(("swap_last", "pick", "patches", "prod_except"), _same),
    **dict.fromkeys(("det", "cofactors", "logdet", "solve"), _same),
    "broadcast_to": _broadcast,
    "dot": _multiplied,
    "expand": _expanded,
    "index": _indexed,
    "matmul": _multiplied,
    "move_axis": _axis_moved,
    "outer": _outer,
    "place": _placed,
    "reshape": _reshaped,
    "scatter": _scattered,
    "sum_to": _summed,
    "take": _taken,
    "put": _put,
    "transpose": _transposed,
    "unpatches": _of_shape,
}
"""By the row's name how it is lifted; an elementwise row is itself."""
