"""Losses of regression, of distributions and of embeddings, built from rows."""

from __future__ import annotations

from fractions import Fraction

from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import ShapeError, broadcast, spell
from backstep.ops.factories import NodeFactory
from backstep.ops.values import PI_LITERAL

TRIPLET_EPS = Fraction(1, 10**6)
POISSON_EPS = Fraction(1, 10**8)


def mae(make: NodeFactory, prediction: Operand, y: Operand) -> Node:
    """The mean of absolute differences, over all elements."""
    return make("mean", make("abs", make("subtract", prediction, y)))


def kl(make: NodeFactory, p: Operand, q: Operand) -> Node:
    """Σ p log(p/q), the divergence of q from p; 0·log 0 is 0."""
    broadcast(p.shape, q.shape)
    parts = make("subtract", make("times_log", p, p), make("times_log", p, q))
    return make("sum", parts)


def _twice_pi(make: NodeFactory) -> Node:
    return make("multiply", 2, make("constant", PI_LITERAL))


def gaussian_nll(
    make: NodeFactory,
    mean: Operand,
    y: Operand,
    variance: Operand,
    full: bool = False,
    eps: Fraction = Fraction(0),
) -> Node:
    """The mean of (log v + (m − y)²/v)/2; `full` adds log(2π)/2, `eps` is the least variance."""
    broadcast(broadcast(mean.shape, y.shape), variance.shape)
    v = variance if eps == 0 else make("maximum", variance, Literal(eps))
    squared = make("power", make("subtract", mean, y), 2)
    losses = make("divide", make("add", make("log", v), make("divide", squared, v)), 2)
    if full:
        losses = make("add", losses, make("divide", make("log", _twice_pi(make)), 2))
    return make("mean", losses)


def poisson_nll(
    make: NodeFactory,
    prediction: Operand,
    y: Operand,
    log_input: bool = True,
    full: bool = False,
    eps: Fraction = POISSON_EPS,
) -> Node:
    """The mean of e^z − y z, or, without `log_input`, of m − y log(m + eps).

    `full` adds Stirling's y log y − y + log(2πy)/2 where y > 1.
    """
    if log_input:
        losses = make("subtract", make("exp", prediction), make("multiply", y, prediction))
    else:
        shifted = make("add", prediction, Literal(eps))
        losses = make("subtract", prediction, make("multiply", y, make("log", shifted)))
    if full:
        half = make("divide", make("log", make("multiply", _twice_pi(make), y)), 2)
        stirling = make("add", make("subtract", make("times_log", y, y), y), half)
        losses = make("add", losses, make("where", make("greater", y, 1), stirling, 0))
    return make("mean", losses)


def cosine_similarity(
    make: NodeFactory, a: Operand, b: Operand, axis: int = -1, eps: Fraction = Fraction(0)
) -> Node:
    """Σ a b/(‖a‖ ‖b‖) along an axis; `eps` is the least length that is divided by."""
    if a.shape != b.shape or not a.shape:
        raise ShapeError(
            "'cosine_similarity' needs two vectors, or rows of them, of one shape, not "
            f"{spell(a.shape)} and {spell(b.shape)}"
        )

    def length(x: Operand) -> Node:
        found = make("norm", x, axis=axis)
        return found if eps == 0 else make("maximum", found, Literal(eps))

    shared = make("sum", make("multiply", a, b), axis=axis)
    return make("divide", shared, make("multiply", length(a), length(b)))


def triplet(
    make: NodeFactory,
    anchor: Operand,
    positive: Operand,
    negative: Operand,
    margin: Fraction = Fraction(1),
    eps: Fraction = TRIPLET_EPS,
) -> Node:
    """relu(‖a − p + eps‖ − ‖a − n + eps‖ + margin), the mean over rows."""
    if not anchor.shape == positive.shape == negative.shape or not anchor.shape:
        raise ShapeError(
            "'triplet' needs three vectors, or rows of them, of one shape, not "
            f"{spell(anchor.shape)}, {spell(positive.shape)} and {spell(negative.shape)}"
        )

    def distance(other: Operand) -> Node:
        apart = make("subtract", anchor, other)
        shifted = apart if eps == 0 else make("add", apart, Literal(eps))
        return make("norm", shifted, axis=-1)

    gap = make("subtract", distance(positive), distance(negative))
    losses = make("relu", make("add", gap, Literal(margin)))
    return make("mean", losses) if losses.shape else losses


def contrastive(make: NodeFactory, d: Operand, y: Operand, margin: Fraction = Fraction(1)) -> Node:
    """The mean of y·d² + (1 − y)·relu(margin − d)²; Hadsell, Chopra and LeCun (2006)."""
    broadcast(d.shape, y.shape)
    alike = make("multiply", y, make("power", d, 2))
    short = make("relu", make("subtract", Literal(margin), d))
    other = make("multiply", make("subtract", 1, y), make("power", short, 2))
    return make("mean", make("add", alike, other))
