"""Losses built from rows; for a batch, the mean over its rows."""

from __future__ import annotations

from backstep.graph.node import Node, Operand
from backstep.graph.shape import ShapeError, broadcast, spell
from backstep.ops.factories import NodeFactory


def mse(make: NodeFactory, prediction: Operand, y: Operand) -> Node:
    """The mean of squared differences, over all elements."""
    return make("mean", make("power", make("subtract", prediction, y), 2))


def _rows(name: str, scores: Operand, y: Operand) -> bool:
    """Whether y holds class numbers; raises ShapeError if it fits neither way."""
    if not 1 <= len(scores.shape) <= 2:
        raise ShapeError(
            f"'{name}' needs a vector of logits, or rows of them, not {spell(scores.shape)}"
        )
    if y.shape == scores.shape[:-1]:
        return True
    if y.shape == scores.shape:
        return False
    raise ShapeError(
        f"'{name}' needs y to be one class number a row ({spell(scores.shape[:-1])}) "
        f"or a distribution ({spell(scores.shape)}), not {spell(y.shape)}"
    )


def _mean_of_rows(make: NodeFactory, losses: Node) -> Node:
    return make("mean", losses) if losses.shape else losses


def cross_entropy(make: NodeFactory, logits: Operand, y: Operand) -> Node:
    """−log softmax(logits)_y for a class number, −Σ y_c log softmax(logits)_c for a distribution.

    `logits` has shape (classes,) or (rows, classes); `y` has one class number for each row, or the
    shape of `logits`.
    """
    by_class = _rows("cross_entropy", logits, y)
    log_probabilities = make("log_softmax", logits, axis=-1)
    if by_class:
        losses = make("negate", make("pick", log_probabilities, y))
    else:
        losses = make("negate", make("sum", make("multiply", y, log_probabilities), axis=-1))
    return _mean_of_rows(make, losses)


def nll(make: NodeFactory, p: Operand, y: Operand) -> Node:
    """−log p_y for a class number, −Σ y_c log p_c for a distribution; 0·log 0 counts as 0."""
    if _rows("nll", p, y):
        return _mean_of_rows(make, make("negate", make("log", make("pick", p, y))))
    losses = make("negate", make("sum", make("times_log", y, p), axis=-1))
    return _mean_of_rows(make, losses)


def _matching(name: str, prediction: Operand, y: Operand) -> None:
    broadcast(prediction.shape, y.shape)


def bce(make: NodeFactory, p: Operand, y: Operand) -> Node:
    """−mean(y log p + (1 − y) log(1 − p)) over all elements; 0·log 0 counts as 0."""
    _matching("bce", p, y)
    yes = make("times_log", y, p)
    no = make("times_log", make("subtract", 1, y), make("subtract", 1, p))
    return make("negate", make("mean", make("add", yes, no)))


def bce_with_logits(make: NodeFactory, z: Operand, y: Operand) -> Node:
    """`bce` of sigmoid(z) without its rounding: y·softplus(−z) + (1 − y)·softplus(z)."""
    _matching("bce_with_logits", z, y)
    yes = make("multiply", y, make("softplus", make("negate", z)))
    no = make("multiply", make("subtract", 1, y), make("softplus", z))
    return make("mean", make("add", yes, no))


def hinge(make: NodeFactory, scores: Operand, y: Operand) -> Node:
    """Σ over j ≠ y of relu(s_j − s_y + 1), with y a class number (one for each row of a batch)."""
    if not _rows("hinge", scores, y):
        raise ShapeError("'hinge' needs y to be one class number a row, not a distribution")
    classes = scores.shape[-1]
    true = make("expand", make("pick", scores, y), shape=scores.shape, axis=-1)
    margins = make("relu", make("add", make("subtract", scores, true), 1))
    others = make("subtract", 1, make("place", 1, y, classes=classes))
    return _mean_of_rows(make, make("sum", make("multiply", margins, others), axis=-1))
