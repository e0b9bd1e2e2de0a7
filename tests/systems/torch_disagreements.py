"""Where PyTorch has another value or partial than ours, with both numbers. Compares nothing."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan
from typing import Any

MET_BY_CHANCE = frozenset({"tie", "selu_at_zero", "log_of_zero_probability"})
"""Warnings of those disagreements below that a network may run into."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where PyTorch has another value or partial than ours, and both are right about theirs."""

    said: str
    definition: str
    torch: str
    ours: tuple[float, Any]
    theirs: tuple[float, Any]
    """Loss, and the partial of x."""


def _one(x: Any, ours: str, torch: str) -> tuple[str, str]:
    return f"param x = {x}\nL = {ours}", f"L = {torch}"


NOT_A_NUMBER = "param z = 0\nparam x = 0\ny = z/z + x\nL = {}"
_NAN_IN_TORCH = "y = z/z + x\nL = "

DISAGREEMENTS = (
    Disagreement(
        "equal elements sorted: they share, where PyTorch takes them as they stand",
        *_one(
            "[2, 1, 2]",
            "dot(sort(x), [1, 2, 4])",
            "x.sort(stable=True).values @ torch.tensor([1., 2, 4])",
        ),
        (13.0, [3.0, 1.0, 3.0]),
        (13.0, [2.0, 1.0, 4.0]),
    ),
    Disagreement(
        "the angle to a vector of zeros: undefined, where PyTorch takes 1e-8 for its length",
        *_one(
            "[0, 0]",
            "cosine_similarity(x, [3, 4])",
            "F.cosine_similarity(x, torch.tensor([3., 4]), dim=0)",
        ),
        (nan, [nan, nan]),
        (0.0, [6e7, 8e7]),
    ),
    Disagreement(
        "x log y at 0 and 0: the slope that is left at y = 0, where PyTorch takes 0",
        *_one("0", "xlogy(x, 0)", "torch.xlogy(x, torch.tensor(0.))"),
        (0.0, -inf),
        (0.0, 0.0),
    ),
    Disagreement(
        "ties in max pooling: all share, where PyTorch takes the first",
        *_one("[[1, 3, 3]]", "sum(max_pool1d(x, 3))", "F.max_pool1d(x, 3).sum()"),
        (3.0, [[0.0, 0.5, 0.5]]),
        (3.0, [[0.0, 1.0, 0.0]]),
    ),
    Disagreement(
        "selu at 0: the right slope, where PyTorch takes the left",
        *_one(0, "selu(x)", "F.selu(x)"),
        (0.0, 1.0507009873554805),
        (0.0, 1.7580993408473766),
    ),
    Disagreement(
        "log below 0 has no slope, where PyTorch has 1/x",
        *_one(-1, "log(x)", "torch.log(x)"),
        (nan, nan),
        (nan, -1.0),
    ),
    Disagreement(
        "a choice masks what it does not take, where PyTorch multiplies by 0",
        *_one(0, "where(x > 0, sqrt(x), 0)", "torch.where(x > 0, torch.sqrt(x), 0.0)"),
        (0.0, 0.0),
        (0.0, nan),
    ),
    Disagreement(
        "so does relu",
        *_one(0, "relu(log(x))", "F.relu(torch.log(x))"),
        (0.0, 0.0),
        (0.0, nan),
    ),
    Disagreement(
        "and maximum",
        *_one(0, "maximum(sqrt(x), 1)", "torch.maximum(torch.sqrt(x), torch.tensor(1.0))"),
        (1.0, 0.0),
        (1.0, nan),
    ),
    Disagreement(
        "and clip",
        *_one(0, "clip(log(x), 0, 1)", "torch.log(x).clamp(0, 1)"),
        (0.0, 0.0),
        (0.0, nan),
    ),
    Disagreement(
        "bce of what was held impossible is infinite, where PyTorch stops at 100",
        *_one(0, "bce(x, 1)", "F.binary_cross_entropy(x, torch.tensor(1.0))"),
        (inf, -inf),
        (100.0, -1000000003995.8029),
    ),
    Disagreement(
        "bce of what is sure has a slope of 1, where PyTorch has none",
        *_one(0, "bce(x, 0)", "F.binary_cross_entropy(x, torch.tensor(0.0))"),
        (0.0, 1.0),
        (0.0, 0.0),
    ),
    Disagreement(
        "softplus past 20 keeps its digits, where PyTorch takes a straight line",
        *_one(21, "softplus(x)", "F.softplus(x)"),
        (21.00000000075826, 0.9999999992417439),
        (21.0, 1.0),
    ),
    Disagreement(
        "norm of huge numbers does not overflow",
        *_one("[3e200, 4e200]", "norm(x)/1e200", "torch.linalg.vector_norm(x)/1e200"),
        (5.0, [0.6e-200, 0.8e-200]),
        (inf, [0.0, 0.0]),
    ),
    Disagreement(
        "NaN reaches the partial of clip",
        NOT_A_NUMBER.format("clip(y, -1, 1)"),
        f"{_NAN_IN_TORCH}y.clamp(-1, 1)",
        (nan, nan),
        (nan, 0.0),
    ),
    Disagreement(
        "and that of relu",
        NOT_A_NUMBER.format("relu(y)"),
        f"{_NAN_IN_TORCH}F.relu(y)",
        (nan, nan),
        (nan, 1.0),
    ),
    Disagreement(
        "and that of leaky_relu",
        NOT_A_NUMBER.format("leaky_relu(y)"),
        f"{_NAN_IN_TORCH}F.leaky_relu(y)",
        (nan, nan),
        (nan, 0.01),
    ),
    Disagreement(
        "and that of maximum",
        NOT_A_NUMBER.format("maximum(y, 1)"),
        f"{_NAN_IN_TORCH}torch.maximum(y, torch.tensor(1.0))",
        (nan, nan),
        (nan, 1.0),
    ),
)
