"""Convolutions, recognised by the windows and the matrix product that they are made of.

Sent back as a whole, the partial of the kernels is x ⋆ δ and that of the input δ ∗ K; a bias has
the sum over windows and examples.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import prod

from backstep.graph.node import Node
from backstep.graph.shape import Shape
from backstep.ops.row import operation
from backstep.simplify.value_numbering import Meaning

_TURNED = ("swap_last", "transpose")
OUTERMOST = ("reshape", *_TURNED)
"""What a convolution ends in; turned alone where its windows are in one row already."""

_weight, _input, _sum = operation("conv_weight"), operation("conv_input"), operation("sum")


def convolutions(nodes: Collection[Node], reads: Collection[int] = ()) -> Mapping[int, Meaning]:
    """By id the nodes among these that end a convolution, of which none of `reads` is a part."""
    found: dict[int, Meaning] = {}
    parts: set[int] = set()
    ends = [node for node in nodes if node.op in OUTERMOST]
    for node in sorted(ends, key=lambda node: -node.id):
        if node.id not in parts:
            meaning = convolution(node)
            if meaning is not None and meaning.inside.isdisjoint(reads):
                found[node.id] = meaning
                parts |= meaning.inside
    return found


def convolution(node: Node) -> Meaning | None:
    """A convolution of signals or images, alone or a batch, with its bias if it has one."""
    inside: set[int] = set()
    images = _unshaped(node, inside)
    if images.op not in _TURNED or not images.nodes:
        return None
    inside.add(images.id)
    found = _product(images.nodes[0], inside)
    if found is None:
        return None
    (rows, columns), bias = found
    cut, moved = _windows_of(rows, inside)
    if cut is None or moved is None or columns.op not in _TURNED:
        return None
    inside.add(columns.id)
    size: Shape = cut.params["size"]
    axes = len(size)
    lead, channels = cut.shape[: -axes - 2], cut.shape[-axes - 2]
    counts, (flat,) = cut.shape[-axes - 1 : -1], columns.nodes
    filters, places, each = flat.shape[0], prod(counts), prod(size)
    kernels = _unshaped(flat, inside, (filters, channels, *size))
    laid_out = (
        moved.nodes[0].shape == (*lead, channels, places, each)
        and rows.shape == (*lead, places, channels * each)
        and flat.shape == (filters, channels * each)
        and kernels.shape == (filters, channels, *size)
        and images.shape == (*lead, filters, places)
        and node.shape == (*lead, filters, *counts)
    )
    if not laid_out:
        return None
    if bias is not None and bias.shape not in ((), (filters,)):
        return None
    (x,) = cut.nodes
    how = {name: cut.params[name] for name in ("stride", "padding")}

    def pullback(g: Node, out: Node) -> list[Node]:
        sent = [
            _input(g, kernels, lengths=x.shape[-axes:], **how),
            _weight(x, g, size=size, **how),
        ]
        return sent if bias is None else [*sent, _by_filter(g, axes) if bias.shape else g]

    inputs = (x, kernels) if bias is None else (x, kernels, bias)
    return Meaning(inputs, frozenset(inside - {node.id}), pullback)


def _by_filter(g: Node, axes: int) -> Node:
    """A partial of images with its windows added up: what a bias that is one a filter gets."""
    for _ in range(axes):
        g = _sum(g, axis=len(g.shape) - 1)
    return g


def _unshaped(node: Node, inside: set[int], wanted: Shape | None = None) -> Node:
    """What the node is in another shape: to the one that is wanted, or as far as it goes."""
    while node.op == "reshape" and node.shape != wanted:
        inside.add(node.id)
        node = node.nodes[0]
    return node


def _product(node: Node, inside: set[int]) -> tuple[tuple[Node, Node], Node | None] | None:
    """The factors of a matrix product, and what is added to it."""
    bias: Node | None = None
    if node.op == "add" and len(node.nodes) == 2:
        inside.add(node.id)
        one, other = node.nodes
        node, bias = (one, other) if one.op == "matmul" else (other, one)
    if node.op != "matmul" or len(node.nodes) != 2:
        return None
    inside.add(node.id)
    left, right = node.nodes
    return (left, right), bias


def _windows_of(rows: Node, inside: set[int]) -> tuple[Node | None, Node | None]:
    """The windows that rows are laid out of, and the node that brings their channels behind."""
    moved = _unshaped(rows, inside)
    if moved.op != "move_axis" or (moved.params["source"], moved.params["target"]) != (-3, -2):
        return None, None
    cut = _unshaped(moved.nodes[0], inside)
    if cut.op != "patches":
        return None, None
    inside |= {moved.id, cut.id}
    return cut, moved
