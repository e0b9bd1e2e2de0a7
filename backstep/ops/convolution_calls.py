"""The calls `conv1d_weight`, `conv2d_weight`, `conv1d_input` and `conv2d_input` of the language.

They are what a convolution sends back, named as PyTorch's `torch.nn.grad` does, and built of the
parts that a backward pass builds it of.
"""

from __future__ import annotations

from math import prod

from backstep.graph.node import Node, Operand
from backstep.graph.shape import ShapeError, spell
from backstep.ops.convolution import (
    Sizes,
    input_lengths,
    input_shape,
    kernel_size,
    weight_shape,
)
from backstep.ops.factories import NodeFactory
from backstep.ops.library import Function, Parameter
from backstep.ops.table import TABLE

INPUTS = {1: "signal", 2: "image"}
_SENT = {1: "delta", 2: "deltas"}
_KERNELS = {1: "kernels", 2: "filters"}
WINDOWS = (
    Parameter("stride", "whole", 1, keyword=True),
    Parameter("padding", "whole", 0, keyword=True),
)


def weight(
    make: NodeFactory, x: Operand, delta: Operand, axes: int, size: Sizes, stride: int, padding: int
) -> Node:
    """`conv1d_weight` and `conv2d_weight`: of the parts of a convolution's backward pass."""
    name = f"conv{axes}d_weight"
    if len(x.shape) not in (axes + 1, axes + 2) or len(delta.shape) != len(x.shape):
        raise ShapeError(
            f"'{name}' needs an input and the partial of its images, both with channels before "
            f"the lengths: {spell(x.shape)} and {spell(delta.shape)}"
        )
    if not size:
        size = kernel_size(x.shape[-axes:], delta.shape[-axes:], stride, padding)
    shape = weight_shape(x.shape, delta.shape, size, stride, padding)
    filters, channels = shape[:2]
    lead, counts = delta.shape[: -axes - 1], delta.shape[-axes:]
    cut = make("patches", x, size=size, stride=stride, padding=padding)
    flat = make("reshape", cut, shape=(*lead, channels, prod(counts), prod(size)))
    moved = make("move_axis", flat, source=-3, target=-2)
    rows = make("reshape", moved, shape=(prod(lead) * prod(counts), channels * prod(size)))
    images = make("reshape", delta, shape=(*lead, filters, prod(counts)))
    if lead:
        images = make("move_axis", images, source=-2, target=0)
    columns = make("reshape", images, shape=(filters, prod(lead) * prod(counts)))
    return make("reshape", make("matmul", columns, rows, strong="left"), shape=shape)


def sent_back(
    make: NodeFactory,
    delta: Operand,
    kernels: Operand,
    axes: int,
    lengths: Sizes,
    stride: int,
    padding: int,
) -> Node:
    """`conv1d_input` and `conv2d_input`: of the parts of a convolution's backward pass."""
    name = f"conv{axes}d_input"
    if len(kernels.shape) != axes + 2 or len(delta.shape) not in (axes + 1, axes + 2):
        raise ShapeError(
            f"'{name}' needs the partial of images, with a filter's axis before the lengths, and "
            f"their kernels: {spell(delta.shape)} and {spell(kernels.shape)}"
        )
    filters, channels, *size = kernels.shape
    if not lengths:
        lengths = input_lengths(delta.shape[-axes:], tuple(size), stride, padding)
    shape = input_shape(delta.shape, kernels.shape, lengths, stride, padding)
    lead, counts = delta.shape[: -axes - 1], delta.shape[-axes:]
    images = make("reshape", delta, shape=(*lead, filters, prod(counts)))
    flat = make("reshape", kernels, shape=(filters, channels * prod(size)))
    sent = make("matmul", make("swap_last", images), flat, strong="left")
    split = make("reshape", sent, shape=(*lead, prod(counts), channels, prod(size)))
    moved = make("move_axis", split, source=-2, target=-3)
    rows = make("reshape", moved, shape=(*lead, channels, *counts, prod(size)))
    return make("unpatches", rows, shape=shape, size=tuple(size), stride=stride, padding=padding)


def _of_kernels(axes: int) -> Function:
    def build(
        make: NodeFactory,
        x: Operand,
        delta: Operand,
        *size: int,
        stride: int = 1,
        padding: int = 0,
    ) -> Operand:
        return weight(make, x, delta, axes, size, stride, padding)

    return Function(
        f"conv{axes}d_weight",
        TABLE["conv_weight"].doc,
        (
            Parameter("x", "tensor"),
            Parameter("delta", "tensor"),
            Parameter("size", "wholes", None),
            *WINDOWS,
        ),
        build,
        composite=True,
        example=f"conv{axes}d_weight({INPUTS[axes]}, {_SENT[axes]})",
        group="linear algebra and shape",
    )


def _of_input(axes: int) -> Function:
    def build(
        make: NodeFactory,
        delta: Operand,
        kernels: Operand,
        *lengths: int,
        stride: int = 1,
        padding: int = 0,
    ) -> Operand:
        return sent_back(make, delta, kernels, axes, lengths, stride, padding)

    return Function(
        f"conv{axes}d_input",
        TABLE["conv_input"].doc,
        (
            Parameter("delta", "tensor"),
            Parameter("kernels", "tensor"),
            Parameter("lengths", "wholes", None),
            *WINDOWS,
        ),
        build,
        composite=True,
        example=f"conv{axes}d_input({_SENT[axes]}, {_KERNELS[axes]})",
        group="linear algebra and shape",
    )


PARTIALS = tuple(of(axes) for of in (_of_kernels, _of_input) for axes in (1, 2))
