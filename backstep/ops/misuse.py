"""Calls of losses with the wrong arguments, which have a meaning all the same.

PyTorch's cross-entropy takes logits and Keras's probabilities; some libraries take the label first.
A call of the one kind with the other's arguments runs, and trains something else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from backstep.graph.node import Literal, Node, Operand
from backstep.graph.order import ancestors
from backstep.ops.row import Array
from backstep.ops.squashed import Squashed, renamed, squashed
from backstep.ops.table import TABLE

_FAR_FROM_ONE = 0.02
"""By how much probabilities rounded to two digits may miss a sum of 1."""


Meant = tuple[tuple[str, tuple[Operand, ...]], ...]
"""Calls, each a function and its arguments."""


@dataclass(frozen=True, slots=True)
class Misuse:
    """What is probably wrong with a call, and the calls that were probably meant."""

    code: str
    message: str
    hint: str
    meant: Meant = ()


def of_call(
    function: str, first: Operand, second: Operand, name: str | None = None
) -> Misuse | None:
    """The misuse of a loss, found by how its arguments are computed; None if there is none.

    `name` is the first argument's text, if it is a name alone.
    """
    if function in _TURNED and _turned(renamed(first), second):
        found = of_call(function, second, first) if isinstance(second, Node) else None
        meant = found.meant if found is not None else ((function, (second, first)),)
        return _in_the_other_order(function, meant)
    check = _MADE_BY.get(function)
    found = None if check is None else check(first, second)
    first = renamed(first)
    if found is None and function in _ON_LOGITS and isinstance(first, Node):
        return _logits_as_probabilities(function, first, second, name)
    return found


def of_function(function: str, x: Operand, axis: int | None) -> Misuse | None:
    """A softmax of what is already a softmax along the same axis, counted from the end."""
    made = squashed(x) if function in ("softmax", "log_softmax") else None
    if made is None or made.kind != "softmax" or made.logarithm or made.axis != axis:
        return None
    scores = () if made.scores is None else ((function, (made.scores,)),)
    return Misuse(
        "softmax_twice",
        f"{function} takes scores, and these are probabilities of a softmax already",
        "apply softmax once",
        scores,
    )


def of_values(function: str, first: Array, second: Array) -> Misuse | None:
    """The misuse of a loss, found by the values of its arguments."""
    check = _BY_VALUES.get(function)
    if check is None or first.size == 0 or not np.isfinite(first).all():
        return None
    return check(first, second)


def _in_the_other_order(function: str, meant: Meant = ()) -> Misuse:
    prediction = _TURNED[function]
    return Misuse(
        "turned_arguments",
        f"the label stands in {function} where the {prediction} belong",
        f"the {prediction} come first, the label second",
        meant,
    )


_TURNED = {
    "cross_entropy": "logits",
    "nll": "probabilities",
    "bce": "probabilities",
    "bce_with_logits": "logits",
    "hinge": "scores",
}
"""Losses that are not symmetric in their arguments, and what they take first."""


def has_order(function: str) -> bool:
    """Whether the function is a loss that is not symmetric in its arguments."""
    return function in _TURNED


def _turned(first: Operand, second: Operand) -> bool:
    """Whether the first is only a label, or a number, and the second is what is learned."""
    if not isinstance(second, Node):
        return False
    ours, theirs = _roles(first), _roles(second)
    label = "target" in ours and ours <= {"target", "const"}
    if label and theirs and not theirs <= {"target", "const"}:
        return True
    plain = isinstance(first, Literal) or (TABLE[first.op].leaf and "param" not in ours)
    # A learned distribution beside a fixed one may be meant: Σ p log q.
    return plain and "param" in theirs and not _is_softmax(second) and not _is_leaf(second)


def _roles(operand: Operand) -> set[str]:
    if not isinstance(operand, Node):
        return set()
    return {str(node.params["role"]) for node in ancestors([operand]) if "role" in node.params}


def _is_softmax(operand: Operand) -> bool:
    made = squashed(operand)
    return made is not None and made.kind == "softmax" and not made.logarithm


def _is_leaf(node: Node) -> bool:
    return TABLE[node.op].leaf


_ON_LOGITS = {"nll": "cross_entropy", "bce": "bce_with_logits"}
"""Losses on probabilities, each with its form on logits."""

_LOGITS = frozenset({"z", "logit", "logits", "score", "scores"})
"""Usual names of logits."""


def _unbounded(node: Node, name: str | None) -> bool:
    """Whether a value is a linear layer's, or has a name of logits and no function bounds it."""
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


def _logits_as_probabilities(
    function: str, first: Node, second: Operand, name: str | None
) -> Misuse | None:
    if not _unbounded(first, name):
        return None
    other = _ON_LOGITS[function]
    return Misuse(
        "no_probabilities",
        f"{function} takes probabilities, and these look like logits",
        f"write {other} for logits",
        ((other, (first, second)),),
    )


def _of_scores(made: Squashed, function: str, second: Operand) -> Meant:
    """The loss as a function of the scores that were squashed, if they can be found."""
    return () if made.scores is None else ((function, (made.scores, second)),)


def _into_cross_entropy(first: Operand, second: Operand) -> Misuse | None:
    made = squashed(first)
    if made is None or made.logarithm:
        # The logarithms of probabilities are themselves logits of these probabilities.
        return None
    meant = _of_scores(made, "cross_entropy", second)
    if made.kind == "softmax":
        return Misuse(
            "softmax_twice",
            "cross_entropy takes logits and applies softmax itself: here it is applied twice",
            "give it the logits, or write nll for probabilities",
            (*meant, ("nll", (first, second))),
        )
    each = (("bce", (first, second)),) if first.shape == second.shape else ()
    return Misuse(
        "sigmoid_before_softmax",
        "cross_entropy takes logits and applies softmax itself: here sigmoid is applied before",
        "give it the logits; for classes that are each true or not, write bce",
        (*meant, *each),
    )


def _into_hinge(first: Operand, second: Operand) -> Misuse | None:
    made = squashed(first)
    if made is None or made.logarithm:
        # Margins between logarithms of a softmax equal those between its logits.
        return None
    return Misuse(
        "probabilities_as_scores",
        f"hinge asks for scores that lie 1 apart, and values of {made.kind} never do",
        f"give it the scores, without {made.kind}",
        _of_scores(made, "hinge", second),
    )


def _into_nll(first: Operand, second: Operand) -> Misuse | None:
    made = squashed(first)
    taken = made is not None and made.logarithm
    if made is not None and made.kind == "sigmoid" and not taken:
        each = (("bce", (first, second)),) if first.shape == second.shape else ()
        return Misuse(
            "no_probabilities",
            "nll takes probabilities of classes that add up to 1, and those of sigmoid do not",
            "write cross_entropy of the logits; for classes that are each true or not, write bce",
            (*_of_scores(made, "cross_entropy", second), *each),
        )
    node = renamed(first)
    inner = node.inputs[0] if isinstance(node, Node) and node.op == "log" else None
    if not taken and not isinstance(inner, Node):
        return None
    meant: Meant = (("nll", (inner, second)),) if isinstance(inner, Node) else ()
    if made is not None and made.kind == "softmax":
        meant = (*meant, *_of_scores(made, "cross_entropy", second))
    return Misuse(
        "logs_as_probabilities",
        "nll takes probabilities and takes their logarithm itself: here it is taken twice",
        "write cross_entropy of the logits, or nll of the probabilities",
        meant,
    )


def _into_bce(first: Operand, second: Operand) -> Misuse | None:
    made = squashed(first)
    node = renamed(first)
    inner = node.inputs[0] if isinstance(node, Node) and node.op == "log" else None
    if not isinstance(inner, Node) and (made is None or not made.logarithm):
        return None
    meant: Meant = (("bce", (inner, second)),) if isinstance(inner, Node) else ()
    if made is not None and made.logarithm:
        function = "bce_with_logits" if made.kind == "sigmoid" else "cross_entropy"
        meant = (*meant, *_of_scores(made, function, second))
    return Misuse(
        "logs_as_probabilities",
        "bce takes probabilities and takes their logarithm itself: here it is taken twice",
        "write bce of the probabilities",
        meant,
    )


def _into_bce_with_logits(first: Operand, second: Operand) -> Misuse | None:
    made = squashed(first)
    if made is None:
        return None
    meant = _of_scores(made, "bce_with_logits", second)
    if made.logarithm:
        return Misuse(
            "logs_as_logits",
            "bce_with_logits takes logits, and these are logarithms of probabilities",
            "give it the logits",
            meant,
        )
    how = "it is applied twice" if made.kind == "sigmoid" else "softmax is applied too"
    return Misuse(
        "sigmoid_twice",
        f"bce_with_logits takes logits and applies sigmoid itself: here {how}",
        "give it the logits, or write bce for probabilities",
        (*meant, ("bce", (first, second))),
    )


_MADE_BY: Mapping[str, Callable[[Operand, Operand], Misuse | None]] = {
    "cross_entropy": _into_cross_entropy,
    "nll": _into_nll,
    "bce": _into_bce,
    "bce_with_logits": _into_bce_with_logits,
    "hinge": _into_hinge,
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
    """A label that is no distribution: its rows do not add up to 1, and hold several nonzero
    numbers.

    A row of zeros is a row left out; a single number is a class with a weight.
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
    """Whether a value may be logits: it is no result of an activation or of a function of
    probabilities.
    """
    linear = ("matmul", "dot", "add", "subtract", "multiply", "negate", "reshape", "transpose")
    return isinstance(operand, Node) and (_is_leaf(operand) or operand.op in linear)


_BY_VALUES: Mapping[str, Callable[[Any, Any], Misuse | None]] = {
    "nll": _no_probabilities,
    "bce": _no_probability,
    "bce_with_logits": lambda z, y: _no_label("bce_with_logits", y),
    "cross_entropy": _distribution_as_logits,
}


def inverted(node: Node) -> Node | None:
    """The matrix whose elementwise reciprocal the node is, transposed or scaled or not; else None.

    If elements are meant, as in 1/(1 + exp(-Z)), it is no matrix of linear algebra.
    """
    match node.op, node.inputs:
        case "power", [Node() as matrix, Literal() as exponent] if exponent.value == -1:
            return matrix if is_linear(matrix) else None
        case "divide", [above, Node() as matrix] if above.shape == () and matrix.shape:
            return matrix if is_linear(matrix) else None
        case "identity" | "negate" | "transpose", [Node() as inner]:
            return inverted(inner)
        case "multiply" | "divide", [Node() as matrix, factor] if factor.shape == ():
            return inverted(matrix)
        case "multiply", [factor, Node() as matrix] if factor.shape == ():
            return inverted(matrix)
        case _:
            return None


def is_power_of_matrix(operand: Operand) -> bool:
    """Whether a power's base is a matrix, and no elementwise formula such as 1 + exp(-Z)."""
    while isinstance(operand, Node) and operand.op in ("transpose", "multiply", "divide", "negate"):
        matrices = [each for each in operand.nodes if len(each.shape) == 2]
        if len(matrices) != 1:
            return True
        (operand,) = matrices
    if not isinstance(operand, Node) or operand.op != "power":
        return True
    base = operand.inputs[0]
    return not isinstance(base, Node) or is_linear(base)


def is_linear(node: Node) -> bool:
    """Whether a matrix is declared, or computed from such by sums, products and transposes."""
    waiting, count = [node], 0
    while waiting and count < _MOST_LOOKED_THROUGH:
        each = waiting.pop()
        count += 1
        match each.op:
            case "add" | "subtract":
                fits = all(isinstance(part, Node) and part.shape for part in each.inputs)
                inner = each.nodes
            case "multiply" | "divide":
                fits = any(part.shape == () for part in each.inputs)
                inner = tuple(part for part in each.nodes if part.shape)
            case "matmul" | "outer" | "eye" | "array":
                fits, inner = True, ()
            case "identity" | "transpose" | "negate":
                fits, inner = True, each.nodes
            case _:
                fits, inner = _is_leaf(each), ()
        if not fits:
            return False
        waiting.extend(inner)
    return not waiting


def one_a_row(vector: Node, matrix: Node) -> bool:
    """Whether a vector holds one value for each row of a square matrix, or of its source.

    Elementwise operations before or afterwards are looked through.
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
    """The node and what it is computed from elementwise, in its shape; a bounded number of them."""
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


def taken_element(node: Node) -> int | None:
    """The index of the one element that an operation takes from a vector; None for any other."""
    if node.op != "index" or len(node.nodes) != 1 or len(node.nodes[0].shape) != 1:
        return None
    key: tuple[object, ...] = node.params["key"]
    return key[0] if len(key) == 1 and isinstance(key[0], int) else None
