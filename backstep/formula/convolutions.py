"""What stands below the signs ⋆ and ∗ of a convolution's partials, and what is read back of it.

x ⋆ δ is the partial of the kernels, δ ∗ K that of the input. Below the sign is only what the shapes
of both sides leave open; a printer and a reader have one rule for that, here.
"""

from __future__ import annotations

from backstep.formula.operations import FromGraph, applied
from backstep.formula.shapes import shape_of
from backstep.formula.tree import Call, Formula
from backstep.graph.graph import Graph
from backstep.graph.node import Node
from backstep.graph.shape import Shape, ShapeError, spell
from backstep.ops import TABLE
from backstep.ops.convolution import input_lengths, kernel_size
from backstep.ops.convolution_calls import sent_back, weight

STAR, ASTERISK = r"\star", r"\ast"
SIGNS = {"conv_weight": STAR, "conv_input": ASTERISK}


def said(part: Call) -> Shape:
    """The sizes that stand below the sign of a call of `SIGNS`; none where they follow."""
    left, right = (shape_of(each) for each in part.args)
    given: Shape = part.option("size" if part.name == "conv_weight" else "lengths")
    how = {name: part.option(name) for name in ("stride", "padding")}
    followed = _followed(SIGNS[part.name], left, right, **how)
    return () if given == followed else given


def between(
    sign: str, left: Formula, right: Formula, sizes: Shape, stride: int = 1, padding: int = 0
) -> Formula:
    """The formula of two sides of a sign. Raises ShapeError if they do not fit."""
    found = sizes or _followed(sign, left.shape, right.shape, stride, padding)
    if min(found, default=0) < 1:
        raise ShapeError(f"{spell(left.shape)} and {spell(right.shape)} make no convolution")
    name, option = ("conv_weight", "size") if sign == STAR else ("conv_input", "lengths")
    return applied(name, left, right, **{option: found}, stride=stride, padding=padding)


def in_parts(part: Formula) -> Formula:
    """A call of `SIGNS` as the parts that the language makes of it; any other part as it is."""
    if not isinstance(part, Call) or part.name not in SIGNS:
        return part
    graph = Graph(TABLE)

    def make(op: str, *inputs: object, **params: object) -> Node:
        return graph.apply(op, *inputs, span=None, **params)

    shapes = [shape_of(each) for each in part.args]
    first, second = (
        graph.apply("leaf", name=str(place), role="input", shape=shape)
        for place, shape in enumerate(shapes)
    )
    how = [part.option(name) for name in ("stride", "padding")]
    if part.name == "conv_weight":
        size = part.option("size")
        made = weight(make, first, second, len(size), size, *how)
    else:
        lengths = part.option("lengths")
        made = sent_back(make, first, second, len(lengths), lengths, *how)
    meant = dict(zip((first.id, second.id), part.args, strict=True))
    return FromGraph(lambda node: meant.get(node.id)).of(made)


def _followed(sign: str, left: Shape, right: Shape, stride: int, padding: int) -> Shape:
    """The sizes that the shapes alone say: of x ⋆ δ the largest, of δ ∗ K the least."""
    if sign == ASTERISK:
        axes = len(right) - 2
        if not 1 <= axes <= 2 or len(left) <= axes:
            return ()
        return input_lengths(left[-axes:], right[2:], stride, padding)
    # Three axes may be an image or a batch of signals: an image.
    axes = 1 if len(left) == 2 else 2
    if len(left) < 2 or len(right) != len(left):
        return ()
    return kernel_size(left[-axes:], right[-axes:], stride, padding)
