"""Functions written in terms of rows: softmax with a temperature, losses. Adds no primitive."""

from __future__ import annotations

from collections.abc import Callable

from app.graph.node import Literal, Node, Operand
from app.graph.shape import ShapeError, spell

Make = Callable[..., Node]


def softmax(make: Make, x: Operand, axis: int = -1, temperature: Operand | int = 1) -> Operand:
    """softmax(x / temperature); a temperature of 1 is left out."""
    unit = temperature == 1 or (isinstance(temperature, Literal) and temperature.value == 1)
    return make("softmax", x if unit else make("divide", x, temperature), axis=axis)


def cross_entropy(make: Make, logits: Operand, y: Operand) -> Operand:
    """−log softmax(logits)_y for a class number, −Σ y_c log softmax(logits)_c for a distribution.

    `logits` has shape (classes,) or (rows, classes); `y` one class number a row, or `logits`'
    shape. A batch gives the mean over its rows.
    """
    if not 1 <= len(logits.shape) <= 2:
        raise ShapeError(
            f"'cross_entropy' needs a vector of logits, or rows of them, not {spell(logits.shape)}"
        )
    log_probabilities = make("log_softmax", logits, axis=-1)
    if y.shape == logits.shape[:-1]:
        losses = make("negate", make("pick", log_probabilities, y))
    elif y.shape == logits.shape:
        losses = make("negate", make("sum", make("multiply", y, log_probabilities), axis=-1))
    else:
        raise ShapeError(
            f"'cross_entropy' needs y to be one class number a row ({spell(logits.shape[:-1])}) "
            f"or a distribution ({spell(logits.shape)}), not {spell(y.shape)}"
        )
    return make("mean", losses) if losses.shape else losses
