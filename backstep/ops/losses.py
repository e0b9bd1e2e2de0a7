"""Losses built from rows; for a batch, the mean over its rows."""

from __future__ import annotations

from fractions import Fraction

from backstep.graph.node import Literal, Node, Operand
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


def cross_entropy(
    make: NodeFactory,
    logits: Operand,
    y: Operand,
    weight: Operand | None = None,
    label_smoothing: Fraction = Fraction(0),
    ignore: int | None = None,
) -> Node:
    """−log softmax(logits)_y for a class number, −Σ y_c log softmax(logits)_c for a distribution.

    `logits` has shape (classes,) or (rows, classes); `y` has one class number for each row, or the
    shape of `logits`. Smoothing takes that share of each label and spreads it over all classes.
    `weight` has a factor for each class; of class numbers, the mean over rows is weighted by the
    factors of their classes. Rows whose class number is `ignore` do not count.
    """
    by_class = _rows("cross_entropy", logits, y)
    if not 0 <= label_smoothing <= 1:
        raise ShapeError("'label_smoothing' is a share from 0 to 1")
    classes = logits.shape[-1]
    if weight is not None and weight.shape != (classes,):
        raise ShapeError(
            f"'weight' has a factor for each of the {classes} classes, not {spell(weight.shape)}"
        )
    log_probabilities = make("log_softmax", logits, axis=-1)
    if by_class and (weight is not None or ignore is not None):
        return _weighted(make, log_probabilities, y, label_smoothing, weight, ignore)
    if ignore is not None:
        raise ShapeError("'ignore' is a class number, and y is a distribution")
    weighed = _times(make, weight, log_probabilities)
    if by_class:
        losses = make("negate", make("pick", log_probabilities, y))
        if label_smoothing:
            losses = _smoothed(make, losses, weighed, label_smoothing)
    else:
        if label_smoothing:
            kept = make("multiply", y, Literal(1 - label_smoothing))
            y = make("add", kept, Literal(label_smoothing / classes))
        losses = make("negate", make("sum", make("multiply", y, weighed), axis=-1))
    return _mean_of_rows(make, losses)


def _times(make: NodeFactory, weight: Operand | None, x: Node) -> Node:
    return x if weight is None else make("multiply", weight, x)


def _smoothed(make: NodeFactory, losses: Node, weighed: Node, share: Fraction) -> Node:
    """(1 − ε) of the losses, and ε of the mean loss of all classes."""
    spread = make("negate", make("mean", weighed, axis=-1))
    own = make("multiply", losses, Literal(1 - share))
    return make("add", own, make("multiply", spread, Literal(share)))


def _weighted(
    make: NodeFactory,
    log_probabilities: Node,
    y: Operand,
    share: Fraction,
    weight: Operand | None,
    ignore: int | None,
) -> Node:
    """The weighted mean over the rows that count."""
    classes = log_probabilities.shape[-1]
    k = y
    if ignore is not None and not 0 <= ignore < classes:
        # What is ignored is no class of its own; any class stands in for it.
        k = make("where", make("equal", y, ignore), 0, y)
    losses = make("negate", make("pick", log_probabilities, k))
    factors: Node | None = None
    if weight is not None:
        rows = make("expand", weight, shape=log_probabilities.shape, axis=0)
        factors = make("pick", rows if y.shape else weight, k)
        losses = make("multiply", factors, losses)
    if share:
        losses = _smoothed(make, losses, _times(make, weight, log_probabilities), share)
    if ignore is not None:
        counts = make("not_equal", y, ignore)
        factors = counts if factors is None else make("multiply", counts, factors)
        losses = make("where", counts, losses, 0)
    if factors is None or not losses.shape:
        return losses if factors is None else make("divide", losses, factors)
    return make("divide", make("sum", losses), make("sum", factors))


def nll(make: NodeFactory, p: Operand, y: Operand) -> Node:
    """−log p_y for a class number, −Σ y_c log p_c for a distribution; 0·log 0 counts as 0."""
    if _rows("nll", p, y):
        return _mean_of_rows(make, make("negate", make("log", make("pick", p, y))))
    losses = make("negate", make("sum", make("times_log", y, p), axis=-1))
    return _mean_of_rows(make, losses)


def bce(make: NodeFactory, p: Operand, y: Operand) -> Node:
    """−mean(y log p + (1 − y) log(1 − p)) over all elements; 0·log 0 counts as 0."""
    broadcast(p.shape, y.shape)
    yes = make("times_log", y, p)
    no = make("times_log", make("subtract", 1, y), make("subtract", 1, p))
    return make("negate", make("mean", make("add", yes, no)))


def bce_with_logits(make: NodeFactory, z: Operand, y: Operand) -> Node:
    """`bce` of sigmoid(z) without its rounding: y·softplus(−z) + (1 − y)·softplus(z)."""
    broadcast(z.shape, y.shape)
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
