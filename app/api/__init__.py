"""The calls of the API, one module each. A new call is a new module and an entry in this list."""

from __future__ import annotations

from . import (
    analyze,
    card,
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
    import_,
    oembed,
    operations,
    paths,
    picture,
    steps,
    train,
)
from .call import Call

CALLS: tuple[Call, ...] = (
    evaluate.CALL,
    evaluate.LINK,
    derive.CALL,
    steps.CALL,
    graph.CALL,
    picture.LINK,
    analyze.CALL,
    compare.CALL,
    derivation.CALL,
    paths.CALL,
    cost.CALL,
    check.CALL,
    hessian.CALL,
    export.CALL,
    export.LINK,
    export.CHECK,
    import_.CALL,
    train.CALL,
    examples.CALL,
    operations.CALL,
    picture.SVG,
    picture.PNG,
    picture.PDF,
    card.CALL,
    oembed.CALL,
    health.CALL,
)
"""In the order of the guide."""
