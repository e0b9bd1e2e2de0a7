"""What losses are called with by mistake, where the call has a meaning all the same.

PyTorch's cross-entropy takes logits and Keras's probabilities; some libraries take the label
first. A call of the one kind with the other's arguments runs, and trains something else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from backstep.graph.node import Literal, Node, Operand
from backstep.graph.order import ancestors
from backstep.ops.row import Array
from backstep.ops.table import TABLE

_FAR_FROM_ONE = 0.02
"""Probabilities rounded to two digits add up to 1 but for this much."""


@dataclass(frozen=True, slots=True)
class Misuse:
    """What is probably wrong with a call, and calls that would say what was probably meant."""

    code: str
    message: str
    hint: str
    meant: tuple[tuple[str, tuple[Operand, ...]], ...] = ()


def of_call(
    function: str, first: Operand, second: Operand, name: str | None = None
) -> Misuse | None:
    """A loss called with what its arguments were made by; None where nothing is to be said.

    `name` is what the text calls the first argument, if it is a name alone.
    """
    first = _renamed(first)
    if function in _TURNED and _turned(first, second):
        return _in_the_other_order(function, (second, first))
    if not isinstance(first, Node):
        return None
    check = _MADE_BY.get(function)
    found = None if check is None else check(first, second)
    if found is None and function in _ON_LOGITS and _unbounded(first, name):
        return _logits_as_probabilities(function, first, second)
    return found


def of_values(function: str, first: Array, second: Array) -> Misuse | None:
    """The same, told by the values of the arguments."""
    check = _BY_VALUES.get(function)
    if check is None or first.size == 0 or not np.isfinite(first).all():
        return None
    return check(first, second)


def _in_the_other_order(function: str, meant: tuple[Operand, ...] = ()) -> Misuse:
    prediction = _TURNED[function]
    return Misuse(
        "turned_arguments",
        f"the label stands in {function} where the {prediction} belong",
        f"the {prediction} come first, the label second",
        ((function, meant),) if meant else (),
    )


_TURNED = {
    "cross_entropy": "logits",
    "nll": "probabilities",
    "bce": "probabilities",
    "bce_with_logits": "logits",
    "hinge": "scores",
}
"""Losses that are not the same with their arguments turned, and what they take first."""


def has_order(function: str) -> bool:
    """Whether the function is a loss that is another with its arguments turned."""
    return function in _TURNED


def _turned(first: Operand, second: Operand) -> bool:
    """Whether the first is only a label, or a plain number, and the second is what is learned."""
    if not isinstance(second, Node):
        return False
    ours, theirs = _roles(first), _roles(second)
    label = "target" in ours and ours <= {"target", "const"}
    if label and theirs and not theirs <= {"target", "const"}:
        return True
    plain = isinstance(first, Literal) or (TABLE[first.op].leaf and "param" not in ours)
    # A learned distribution beside a given one may be meant: Σ p log q.
    return plain and "param" in theirs and not _softmax_of(second) and not _is_leaf(second)


def _roles(operand: Operand) -> set[str]:
    if not isinstance(operand, Node):
        return set()
    return {str(node.params["role"]) for node in ancestors([operand]) if "role" in node.params}


def _renamed(operand: Operand) -> Operand:
    """What another name stands for."""
    while isinstance(operand, Node) and operand.op == "identity":
        (operand,) = operand.nodes
    return operand


def _is_leaf(node: Node) -> bool:
    return TABLE[node.op].leaf


def _softmax_of(node: Node) -> tuple[Operand, ...]:
    """What the node is the softmax of, where it is one, typed out or called; else nothing."""
    if node.op == "softmax":
        return node.inputs
    if node.op == "divide":
        weights, total = node.inputs
        if isinstance(weights, Node) and weights.op == "exp" and _sums(total, weights):
            return weights.inputs
    return ()


def _sums(operand: Operand, what: Node) -> bool:
    if not isinstance(operand, Node):
        return False
    if operand.op in ("reshape", "expand", "identity"):
        return _sums(operand.inputs[0], what)
    if operand.op != "sum":
        return False
    (summed,) = operand.inputs
    # exp(z)/sum(exp(z)) writes its weights twice.
    return isinstance(summed, Node) and (
        summed is what or (summed.op == what.op and summed.inputs == what.inputs)
    )


def _probabilities_as_logits(first: Node, second: Operand) -> Misuse | None:
    inner = _softmax_of(first)
    if not inner:
        return None
    return Misuse(
        "softmax_twice",
        "cross_entropy takes logits and applies softmax itself: here it is applied twice",
        "give it the logits, or write nll for probabilities",
        (("cross_entropy", (*inner, second)), ("nll", (first, second))),
    )


_ON_LOGITS = {"nll": "cross_entropy", "bce": "bce_with_logits"}
"""Losses on probabilities, and those that are the same on logits."""

_LOGITS = frozenset({"z", "logit", "logits", "score", "scores"})
"""What logits are called."""


def _unbounded(node: Node, name: str | None) -> bool:
    """Whether a value is a linear layer's, or is called as logits are and no function bounds it."""
    if name in _LOGITS:
        return _is_leaf(node) or node.op in (*_PRODUCTS, "add", "subtract", "negate")
    if node.op != "add":
        return False
    product, bias = node.inputs
    return (
        isinstance(product, Node)
        and product.op in _PRODUCTS
        and "param" in _roles(product)
        and isinstance(bias, Node)
        and bias.params.get("role") == "param"
    )


_PRODUCTS = ("multiply", "matmul", "dot")


def _logits_as_probabilities(function: str, first: Node, second: Operand) -> Misuse:
    other = _ON_LOGITS[function]
    return Misuse(
        "no_probabilities",
        f"{function} takes probabilities, and these look like logits",
        f"write {other} for logits",
        ((other, (first, second)),),
    )


def _logarithms_as_probabilities(first: Node, second: Operand) -> Misuse | None:
    if first.op == "log_softmax":
        meant = (("cross_entropy", (*first.inputs, second)),)
    elif first.op == "log" and isinstance(first.inputs[0], Node):
        meant = (("nll", (first.inputs[0], second)),)
    else:
        return None
    return Misuse(
        "logs_as_probabilities",
        "nll takes probabilities and takes their logarithm itself: here it is taken twice",
        "write cross_entropy of the logits, or nll of the probabilities",
        meant,
    )


def _sigmoid_of(node: Node) -> tuple[Operand, ...]:
    """What the node is the sigmoid of, where it is one, typed out or called; else nothing."""
    if node.op == "sigmoid":
        return node.inputs
    if node.op != "divide":
        return ()
    above, below = node.inputs
    if not isinstance(above, Literal) or above.value != 1:
        return ()
    if not isinstance(below, Node) or below.op != "add":
        return ()
    one, weight = sorted(below.inputs, key=lambda each: isinstance(each, Node))
    if not isinstance(one, Literal) or one.value != 1 or not isinstance(weight, Node):
        return ()
    negated = weight.inputs[0] if weight.op == "exp" else None
    opposite = isinstance(negated, Node) and negated.op == "negate"
    return negated.inputs if opposite and isinstance(negated, Node) else ()


def _squashed_twice(first: Node, second: Operand) -> Misuse | None:
    inner = _sigmoid_of(first)
    if not inner and _softmax_of(first):
        return Misuse(
            "sigmoid_twice",
            "bce_with_logits takes logits and applies sigmoid itself: here softmax is applied too",
            "give it the logits, or write bce for probabilities",
            (("bce_with_logits", (*_softmax_of(first), second)), ("bce", (first, second))),
        )
    if not inner:
        return None
    return Misuse(
        "sigmoid_twice",
        "bce_with_logits takes logits and applies sigmoid itself: here it is applied twice",
        "give it the logits, or write bce for probabilities",
        (("bce_with_logits", (*inner, second)), ("bce", (first, second))),
    )


def _logarithm_as_probability(first: Node, second: Operand) -> Misuse | None:
    if first.op != "log" or not isinstance(first.inputs[0], Node):
        return None
    inner = first.inputs[0]
    squashed = _sigmoid_of(inner)
    on_logits = (("bce_with_logits", (*squashed, second)),) if squashed else ()
    return Misuse(
        "logs_as_probabilities",
        "bce takes probabilities and takes their logarithm itself: here it is taken twice",
        "write bce of the probabilities",
        (("bce", (inner, second)), *on_logits),
    )


_MADE_BY: Mapping[str, Callable[[Node, Operand], Misuse | None]] = {
    "cross_entropy": _probabilities_as_logits,
    "nll": _logarithms_as_probabilities,
    "bce": _logarithm_as_probability,
    "bce_with_logits": _squashed_twice,
}


def _outside(values: Array) -> bool:
    return bool(((values < 0) | (values > 1)).any())


def _is_distribution(values: Array) -> bool:
    sums = np.sum(values, axis=-1)
    return not _outside(values) and bool((np.abs(sums - 1) <= _FAR_FROM_ONE).all())


def _no_probabilities(p: Array, y: Array) -> Misuse | None:
    if p.ndim == 0 or _is_distribution(p):
        return _no_distribution("nll", p, y)
    what = "lie outside 0 to 1" if _outside(p) else "do not add up to 1"
    return Misuse(
        "no_probabilities",
        f"nll takes probabilities, and these {what}",
        "write cross_entropy for logits",
        (("cross_entropy", ()),) if _outside(p) else (),
    )


def _no_probability(p: Array, y: Array) -> Misuse | None:
    if _outside(p):
        return Misuse(
            "no_probabilities",
            "bce takes probabilities, and a value here lies outside 0 to 1",
            "write bce_with_logits for logits",
            (("bce_with_logits", ()),),
        )
    return _no_label("bce", y)


def _no_label(function: str, y: Array) -> Misuse | None:
    if not _outside(y):
        return None
    return Misuse(
        "no_label",
        f"labels of {function} lie between 0 and 1, and one here does not",
        "write (y + 1)/2 for labels of −1 and 1",
    )


def _distribution_as_logits(logits: Array, y: Array) -> Misuse | None:
    if y.shape != logits.shape or y.ndim == 0 or _is_distribution(y):
        return None
    if _is_distribution(logits):
        return _in_the_other_order("cross_entropy")
    return _no_distribution("cross_entropy", logits, y)


def _no_distribution(function: str, scores: Array, y: Array) -> Misuse | None:
    """A label that is no distribution: its rows do not add up to 1, and hold several numbers.

    A row of zeros is a row left out, one number a class with a weight.
    """
    if y.shape != scores.shape or y.ndim == 0:
        return None
    rows = y.reshape(-1, y.shape[-1])
    several = rows[(rows != 0).sum(axis=1) > 1]
    sums = several.sum(axis=1)
    wrong = sums[np.abs(sums - 1) > _FAR_FROM_ONE]
    if not wrong.size or not np.isfinite(wrong).all():
        return None
    classes = bool(np.isin(several, (0, 1)).all())
    several_classes = "write bce_with_logits where a row may be of several classes"
    return Misuse(
        "no_distribution",
        f"the numbers of a label of {function} add up to 1, and here to {wrong[0]:.4g}",
        several_classes if classes and function == "cross_entropy" else "divide them by their sum",
        (("bce_with_logits", ()),) if classes and function == "cross_entropy" else (),
    )


def may_be_logits(operand: Operand) -> bool:
    """Whether a value may be logits: no function of probabilities or of activation made it."""
    linear = ("matmul", "dot", "add", "subtract", "multiply", "negate", "reshape", "transpose")
    return isinstance(operand, Node) and (_is_leaf(operand) or operand.op in linear)


_BY_VALUES: Mapping[str, Callable[[Any, Any], Misuse | None]] = {
    "nll": _no_probabilities,
    "bce": _no_probability,
    "bce_with_logits": lambda z, y: _no_label("bce_with_logits", y),
    "cross_entropy": _distribution_as_logits,
}


def is_reciprocal(node: Node) -> bool:
    """Whether a node is x^−1, of each element."""
    return node.op == "power" and isinstance(node.inputs[1], Literal) and node.inputs[1].value == -1


def one_a_row(vector: Node, matrix: Node) -> bool:
    """Whether a vector holds one value a row of a square matrix, or of what it is made from.

    What is done to each element before or afterwards is looked through.
    """
    reduced = next((each for each in _same_places(vector) if each.op in _REDUCE), None)
    if reduced is None or reduced.params.get("axis") not in (1, -1):
        return False
    (rows,) = reduced.nodes
    if rows.shape != matrix.shape:
        return False
    ours = {each.id for each in _same_places(rows)}
    return any(each.id in ours for each in _same_places(matrix))


def _same_places(node: Node) -> list[Node]:
    """The node and what it is computed from element by element, in its shape; not without end."""
    found: list[Node] = []
    waiting = [node]
    while waiting and len(found) < _MOST_LOOKED_THROUGH:
        each = waiting.pop()
        found.append(each)
        if TABLE[each.op].elementwise:
            waiting.extend(inner for inner in each.nodes if inner.shape == node.shape)
    return found


_REDUCE = frozenset({"sum", "mean", "max", "min", "norm", "var", "logsumexp", "prod"})
_MOST_LOOKED_THROUGH = 50
