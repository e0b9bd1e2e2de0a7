"""Random networks of mixed layers, each written twice: as a definition and as PyTorch. Runs none.

A network is drawn a statement at a time from steps that fit the value last made: vectors, rows of
a batch, sequences, signals and images. Its last statement is a loss.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tests.systems.twin_layers import (
    ON_ROWS,
    ON_SEQUENCES,
    ON_VECTORS,
    ON_WINDOWS,
    batch_norm,
    flatten,
    recurrent,
)
from tests.systems.twin_writer import ANYWHERE, Shape, Step, Writer

# What goes in, and the steps it is put through before the last layers.
KINDS: Mapping[str, tuple[tuple[Shape, ...], tuple[Step, ...]]] = {
    "vector": (((4,), (1,), (6,)), ON_VECTORS),
    "rows": (((3, 4), (5, 2), (2, 1)), ON_ROWS),
    "sequence": (((3, 2, 4), (2, 3, 3)), ON_SEQUENCES),
    "signal 1": (((2, 9), (1, 6)), ON_WINDOWS),
    "signals 1": (((3, 2, 8), (2, 1, 7)), (*ON_WINDOWS, batch_norm)),
    "image 2": (((1, 6, 6), (2, 5, 7)), ON_WINDOWS),
    "images 2": (((2, 1, 6, 6), (3, 2, 5, 4)), (*ON_WINDOWS, batch_norm)),
}


def network(seed: int) -> Writer:
    """The network of a seed; every kind of input has its turn."""
    random = np.random.default_rng(seed)
    kind = list(KINDS)[seed % len(KINDS)]
    shapes, steps = KINDS[kind]
    w = Writer(random, kind)
    w.ours.append(f"seed {seed}")
    shape = w.choose(*shapes)
    w.settle(w.declare("input", shape, "normal(0, 1)"), shape)
    _walk(w, steps, int(random.integers(2, 5)))
    if kind[-1].isdigit():
        flatten(w)
    if kind == "sequence" or (kind == "rows" and random.integers(2)):
        recurrent(w)
    _walk(w, ON_VECTORS if len(w.shape) == 1 else ON_ROWS, int(random.integers(0, 3)))
    _loss(w)
    return w


def _walk(w: Writer, steps: tuple[Step, ...], count: int) -> None:
    for _ in range(count):
        w.choose(*steps)(w)
        w.choose(*ANYWHERE)(w)


def _loss(w: Writer) -> None:
    """A loss that fits, with a penalty on one of the layers that own their weights."""
    x, shape = w.last, w.shape
    classes, rows = shape[-1], shape[:-1]
    numbers = w.random.integers(0, classes, rows)
    kind = w.choose("class", "distribution", "nll", "hinge", "mse", "bce", "logits")
    if kind in ("class", "nll", "hinge"):
        w.count += 1
        y = f"y{w.count}"
        w.ours.append(f"target {y} = {numbers.tolist()}")
    else:
        y = w.declare("target", shape, "uniform(0, 1)")
    ours, torch = {
        "class": (f"cross_entropy({x}, {y})", f"F.cross_entropy({x}, {y}.long())"),
        "distribution": (f"cross_entropy({x}, {y})", f"F.cross_entropy({x}, {y})"),
        "nll": (
            f"nll(softmax({x}/4), {y})",
            f"F.nll_loss(F.softmax({x}/4, -1).log(), {y}.long())",
        ),
        "hinge": (f"hinge({x}, {y})", f"{classes}*F.multi_margin_loss({x}, {y}.long())"),
        "mse": (f"mse({x}, {y})", f"F.mse_loss({x}, {y})"),
        "bce": (
            f"bce(sigmoid({x}/4), {y})",
            f"F.binary_cross_entropy(torch.sigmoid({x}/4), {y})",
        ),
        "logits": (
            f"bce_with_logits({x}, {y})",
            f"F.binary_cross_entropy_with_logits({x}, {y})",
        ),
    }[kind]
    if w.owned and w.random.integers(2):
        name = w.choose(*w.owned)
        penalty = w.choose(
            ("sum({}^2)", "({}**2).sum()"), ("sum(abs({}))", "{}.abs().sum()"),
            ("norm({})", "{}.norm()"),
        )  # fmt: skip
        ours += " + 0.01*" + penalty[0].format(name)
        torch += " + 0.01*" + penalty[1].format(f'own["{name}"]')
    w.ours.append(f"L = {ours}")
    w.torch.append(f"L = {torch}")
