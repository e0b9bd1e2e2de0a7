"""Formulas that overflow as typed, and the function that has the same value.

log(1 + e^x) is infinite at 1000, where softplus(x) is 1000. Only what a text writes is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from backstep.graph.node import Literal, Node, Operand

Build = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Sound:
    """`build(make, x, *more)` has the formula's value without an infinite step on the way.

    It is called as functions of the language are: `make` applies an operation to its inputs.
    `steps` are the formula's inner nodes. `where` says for which values it is the same, if not all.
    """

    x: Node
    build: Build
    steps: tuple[Node, ...]
    where: str | None = None
    at_zero: bool = False
    """Whether it also breaks if a step is 0."""
    more: tuple[Operand, ...] = ()
    """Further operands that `build` takes."""


def sound(node: Node) -> Sound | None:
    """The stable form of a typed formula, if it is a known one."""
    find = _FORMS.get(node.op)
    return None if find is None else find(node)


def _same(make: Build, x: Any) -> Any:
    return x


def _call(name: str, **options: object) -> Build:
    """A function of x."""
    return lambda make, x: make(name, x, **options)


def _along(name: str, node: Node) -> Build:
    """A function along the axis that another reduces."""
    return _call(name, **{key: node.params[key] for key in ("axis",) if key in node.params})


def _minus(name: str) -> Build:
    """A function with its sign turned."""
    return lambda make, x: make("negate", make(name, x))


def _of_minus(build: Build) -> Build:
    """The same function of −x."""
    return lambda make, x: build(make, make("negate", x))


def _of_log(node: Node) -> Sound | None:
    inner = _node(node.inputs[0])
    if inner is None:
        return None
    if inner.op == "exp" and (x := _node(inner.inputs[0])) is not None:
        return Sound(x, _same, (inner,))
    if inner.op == "sum" and (exp := _the(inner.inputs[0], "exp")) is not None:
        x = _node(exp.inputs[0])
        return None if x is None else Sound(x, _along("logsumexp", inner), (inner, exp))
    if inner.op == "prod" and (x := _node(inner.inputs[0])) is not None:
        total = _along("sum", inner)
        return Sound(
            x, lambda make, x: total(make, make("log", x)), (inner,), "above 0", at_zero=True
        )
    if inner.op == "softmax" and (x := _node(inner.inputs[0])) is not None:
        return Sound(x, _along("log_softmax", inner), (inner,))
    if inner.op == "sigmoid" and (x := _node(inner.inputs[0])) is not None:
        return Sound(x, _of_minus(_minus("softplus")), (inner,))
    exp = _one_and_exp(inner)
    if exp is not None and (x := _node(exp.inputs[0])) is not None:
        return Sound(x, _call("softplus"), (inner, exp))
    for find in (_log_of_two, _log_of_element, _log_of_share):
        if (form := find(inner)) is not None:
            return form
    if inner.op == "divide" and _is(inner.inputs[0], 1):
        below = _node(inner.inputs[1])
        exp = None if below is None else _one_and_exp(below)
        if below is not None and exp is not None and (x := _node(exp.inputs[0])) is not None:
            return Sound(x, _minus("softplus"), (inner, below, exp))
    return None


def _log_of_two(inner: Node) -> Sound | None:
    """log(e^a + e^b), log(e^x − 1), log(1 − σ(x)), log(c e^x)."""
    if inner.op not in ("add", "subtract", "multiply"):
        return None
    left, right = inner.inputs
    exps = [_the(each, "exp") for each in (left, right)]
    inside = [None if each is None else _node(each.inputs[0]) for each in exps]
    a, b = inside
    if inner.op == "add" and a is not None and b is not None and not (a.shape or b.shape):
        steps = (inner, *(each for each in exps if each is not None))
        return Sound(a, _of_list("logsumexp"), steps, more=(b,))
    if inner.op == "subtract" and a is not None and exps[0] is not None and _is(right, 1):
        return Sound(a, _log_of_less_one, (inner, exps[0]), "above 0")
    if inner.op == "subtract" and _is(left, 1) and (share := _the(right, "sigmoid")) is not None:
        x = _node(share.inputs[0])
        return None if x is None else Sound(x, _minus("softplus"), (inner,), at_zero=True)
    if inner.op == "multiply":
        for found, exp, factor in ((a, exps[0], right), (b, exps[1], left)):
            if found is not None and exp is not None and isinstance(factor, Literal):
                steps = (inner, exp)
                return Sound(found, _plus_log, steps, more=(factor,))
    return None


def _log_of_less_one(make: Build, x: Any) -> Any:
    """log(e^x − 1) = x + log(1 − e^(−x))."""
    return make("add", x, make("log", make("subtract", 1, make("exp", make("negate", x)))))


def _plus_log(make: Build, x: Any, factor: Any) -> Any:
    """log(c e^x) = x + log(c)."""
    return make("add", x, make("log", factor))


def _of_list(name: str, *rest: int) -> Build:
    """A function of a list: of its operand and these numbers."""
    return lambda make, *given: make(name, make("stack", *given, *rest))


def _element(build: Build, key: tuple[object, ...]) -> Build:
    """An element of what `build` builds; all of it if there is no index."""
    return lambda make, x: make("index", build(make, x), key=key) if key else build(make, x)


def _log_of_element(inner: Node) -> Sound | None:
    """log(softmax(z)[k])."""
    weights = _the(inner.inputs[0], "softmax") if inner.op == "index" else None
    x = None if weights is None else _node(weights.inputs[0])
    if weights is None or x is None or len(x.shape) != 1:
        return None
    key = inner.params["key"]
    if len(key) != 1 or not isinstance(key[0], int):
        return None
    return Sound(x, _element(_call("log_softmax", axis=-1), key), (inner,), at_zero=True)


def _log_of_share(inner: Node) -> Sound | None:
    """log(e^z/Σe^z) and log(e^z[k]/Σe^z)."""
    below = _the(inner.inputs[1], "sum") if inner.op == "divide" else None
    weights = None if below is None else _the(below.inputs[0], "exp")
    above = _node(inner.inputs[0]) if inner.op == "divide" else None
    x = None if weights is None else _node(weights.inputs[0])
    if below is None or weights is None or above is None or x is None or len(x.shape) != 1:
        return None
    key: tuple[object, ...] = ()
    inside = _node(above.inputs[0]) if above.op in ("exp", "index") else None
    if above.op == "index" and inside is not None and inside.op == "exp":
        key, of = above.params["key"], inside.inputs[0]
    elif above.op == "exp" and inside is not None and inside.op == "index" and inside is not x:
        key, of = inside.params["key"], inside.inputs[0]
    elif above.op == "exp":
        of = above.inputs[0]
    else:
        return None
    if of is not x or len(key) > 1 or not all(isinstance(each, int) for each in key):
        return None
    steps = (inner, above, below, weights)
    return Sound(x, _element(_call("log_softmax", axis=-1), key), steps, at_zero=True)


def _of_root(node: Node) -> Sound | None:
    """√Σx² is the norm, which scales; √(x²) is |x|, √(a² + b²) a norm, √(e^x) is e^(x/2)."""
    inner = _node(node.inputs[0])
    if inner is not None and inner.op == "exp" and (x := _node(inner.inputs[0])) is not None:
        return Sound(x, lambda make, x: make("exp", make("divide", x, 2)), (inner,))
    if inner is not None and (x := _root_of(inner)) is not None:
        return Sound(x, _call("abs"), (inner,))
    if inner is not None and inner.op == "add" and not inner.shape:
        parts = [_node(each) for each in inner.inputs]
        roots = [None if each is None else _root_of(each) for each in parts]
        a, b = roots
        steps = (inner, *(each for each in parts if each is not None))
        if a is not None and b is not None:
            return Sound(a, _of_list("norm"), steps, more=(b,))
        if a is not None and _is(inner.inputs[1], 1):
            return Sound(a, _of_list("norm", 1), steps)
        if b is not None and _is(inner.inputs[0], 1):
            return Sound(b, _of_list("norm", 1), steps)
    total = _the(node.inputs[0], "sum")
    squares = None if total is None else _node(total.inputs[0])
    if total is None or squares is None or squares.op not in ("power", "square"):
        return None
    if squares.op == "power" and not _is(squares.inputs[1], 2):
        return None
    x = _node(squares.inputs[0])
    return None if x is None else Sound(x, _along("norm", total), (total, squares))


def _root_of(node: Node) -> Node | None:
    """x of x²."""
    squared = node.op == "square" or (node.op == "power" and _is(node.inputs[1], 2))
    return _node(node.inputs[0]) if squared else None


def _of_power(node: Node) -> Sound | None:
    if node.op == "power" and not _is(node.inputs[1], 2):
        return None
    return _squared(_the(node.inputs[0], "sqrt"))


def _exp_of(op: str) -> Build:
    """e^(x + y), or e to another operation on the two."""
    return lambda make, x, y: make("exp", make(op, x, y))


def _of_product(node: Node) -> Sound | None:
    exps = [_the(each, "exp") for each in node.inputs]
    if exps[0] is not None and exps[1] is not None:
        a, b = (_node(each.inputs[0]) for each in exps if each is not None)
        if a is not None and b is not None:
            steps = (exps[0], exps[1])
            return Sound(a, _exp_of("add"), steps, more=(b,))
    left, right = (_the(each, "sqrt") for each in node.inputs)
    if left is None or right is None or left.inputs != right.inputs:
        return None
    return _squared(left)


def _squared(root: Node | None) -> Sound | None:
    x = None if root is None else _node(root.inputs[0])
    if root is None or x is None:
        return None
    return Sound(x, _same, (root,), "from 0 on", at_zero=True)


def _of_exp(node: Node) -> Sound | None:
    log = _the(node.inputs[0], "log")
    x = None if log is None else _node(log.inputs[0])
    if log is None or x is None:
        return None
    return Sound(x, _same, (log,), "above 0")


def _of_quotient(node: Node) -> Sound | None:
    """1/(1 + e^(−x)), e^x/(1 + e^x), and e^z/Σe^z."""
    if _is(node.inputs[0], 1):
        return _of_reciprocal(node)
    tangent = _of_hyperbolas(node)
    if tangent is not None:
        return tangent
    above, below = _the(node.inputs[0], "exp"), _node(node.inputs[1])
    x = None if above is None else _node(above.inputs[0])
    if above is None or below is None or x is None:
        return None
    if below.op == "exp" and (y := _node(below.inputs[0])) is not None:
        steps = (above, below)
        return Sound(x, _exp_of("subtract"), steps, more=(y,), at_zero=True)
    exp = _one_and_exp(below)
    if exp is not None and exp.inputs == above.inputs:
        return Sound(x, _call("sigmoid"), (above, below, exp))
    if below.op == "sum" and below.params.get("axis") is None and len(x.shape) == 1:
        weights = _the(below.inputs[0], "exp")
        if weights is not None and weights.inputs == above.inputs:
            return Sound(x, _call("softmax", axis=-1), (above, below, weights))
    return None


def _of_hyperbolas(node: Node) -> Sound | None:
    """(e^x − e^(−x))/(e^x + e^(−x))."""
    above, below = _the(node.inputs[0], "subtract"), _the(node.inputs[1], "add")
    if above is None or below is None:
        return None
    doubled = _doubled(above, below)
    if doubled is not None:
        return doubled
    parts = [_the(each, "exp") for each in (*above.inputs, *below.inputs)]
    if any(each is None for each in parts):
        return None
    inner = [_node(each.inputs[0]) for each in parts if each is not None]
    x, turned, again, also = inner
    if x is None or turned is None or ({again, also} != {x, turned} and not _alike(inner)):
        return None
    if turned.op != "negate" or turned.inputs[0] is not x:
        return None
    return Sound(x, _call("tanh"), (above, below, *filter(None, parts)))


def _doubled(above: Node, below: Node) -> Sound | None:
    """(e^(2x) − 1)/(e^(2x) + 1)."""
    exp, other = _the(above.inputs[0], "exp"), _one_and_exp(below)
    if exp is None or other is None or not _is(above.inputs[1], 1):
        return None
    inner = [_the(each.inputs[0], "multiply") for each in (exp, other)]
    x = None if inner[0] is None else _node(inner[0].inputs[1])
    same = inner[1] is not None and inner[0] is not None and inner[0].inputs == inner[1].inputs
    if x is None or inner[0] is None or not same or not _is(inner[0].inputs[0], 2):
        return None
    return Sound(x, _call("tanh"), (above, below, exp, other))


def _alike(inner: list[Node | None]) -> bool:
    """Whether the list is x, −x, x, −x, with the minus signs written out."""
    x, _, again, also = inner
    return again is x and also is not None and also.op == "negate" and also.inputs[0] is x


def _of_reciprocal(node: Node) -> Sound | None:
    below = _node(node.inputs[1])
    exp = None if below is None else _one_and_exp(below)
    x = None if exp is None else _node(exp.inputs[0])
    if below is None or exp is None or x is None:
        return None
    turned = _node(x.inputs[0]) if x.op == "negate" else None
    if turned is not None:
        return Sound(turned, _call("sigmoid"), (below, exp))
    return Sound(x, _of_minus(_call("sigmoid")), (below, exp))


def _one_and_exp(node: Node) -> Node | None:
    """The e^x of 1 + e^x."""
    if node.op != "add":
        return None
    a, b = node.inputs
    return _the(b if _is(a, 1) else a, "exp") if _is(a, 1) or _is(b, 1) else None


def _node(operand: Operand) -> Node | None:
    return operand if isinstance(operand, Node) else None


def _the(operand: Operand, op: str) -> Node | None:
    return operand if isinstance(operand, Node) and operand.op == op else None


def _is(operand: Operand, number: int) -> bool:
    return isinstance(operand, Literal) and operand.value == number


_FORMS: Mapping[str, Callable[[Node], Sound | None]] = {
    "log": _of_log,
    "exp": _of_exp,
    "sqrt": _of_root,
    "power": _of_power,
    "square": _of_power,
    "multiply": _of_product,
    "divide": _of_quotient,
}
