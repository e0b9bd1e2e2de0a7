"""The calls of the API, a module each. A new one is its module and its place in this list."""

from __future__ import annotations

from . import (
    analyze,
    check,
    compare,
    cost,
    derivation,
    derive,
    evaluate,
    examples,
    export,
    graph,
    health,
    hessian,
    operations,
    paths,
    picture,
    steps,
    train,
)
from .call import Call

CALLS: tuple[Call, ...] = (
    evaluate.CALL,
    derive.CALL,
    steps.CALL,
    graph.CALL,
    analyze.CALL,
    compare.CALL,
    derivation.CALL,
    paths.CALL,
    cost.CALL,
    check.CALL,
    hessian.CALL,
    export.CALL,
    export.LINK,
    train.CALL,
    examples.CALL,
    operations.CALL,
    picture.CALL,
    health.CALL,
)
"""In the order of the guide."""
