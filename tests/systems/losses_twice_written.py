"""Losses written twice, as definitions and as PyTorch, on examples and batches. Runs nothing."""

from __future__ import annotations

from tests.systems.twice_written import Pair

_S = "param s[5, 4] ~ normal(0, 1)\n"
_V = "param s[4] ~ normal(0, 1)\n"
_CLASSES = "target y = [0, 3, 2, 2, 1]\n"
_DISTRIBUTION = "target y[{}] ~ uniform(0, 1)\n"
_ROWS_OF_Y = _DISTRIBUTION.format("5, 4")

LOSSES = (
    Pair("mse", f"{_S}{_ROWS_OF_Y}L = mse(s, y)", "L = F.mse_loss(s, y)"),
    Pair(
        "cross_entropy of a class",
        f"{_V}L = cross_entropy(s, 2)",
        "L = F.cross_entropy(s, torch.tensor(2))",
    ),
    Pair(
        "cross_entropy of classes",
        f"{_S}{_CLASSES}L = cross_entropy(s, y)",
        "L = F.cross_entropy(s, y.long())",
    ),
    Pair(
        "cross_entropy of a distribution",
        f"{_V}{_DISTRIBUTION.format(4)}L = cross_entropy(s, y)",
        "L = F.cross_entropy(s, y)",
    ),
    Pair(
        "cross_entropy of distributions",
        f"{_S}{_ROWS_OF_Y}L = cross_entropy(s, y=y)",
        "L = F.cross_entropy(s, y)",
    ),
    Pair(
        "nll of a class",
        f"{_V}p = softmax(s)\nL = nll(p, 1)",
        "p = F.softmax(s, -1)\nL = F.nll_loss(p.log(), torch.tensor(1))",
    ),
    Pair(
        "nll of classes",
        f"{_S}{_CLASSES}p = softmax(s)\nL = nll(p, y)",
        "p = F.softmax(s, -1)\nL = F.nll_loss(p.log(), y.long())",
    ),
    Pair(
        "nll of distributions",
        f"{_S}{_ROWS_OF_Y}p = softmax(s)\nL = nll(p, y)",
        "p = F.softmax(s, -1)\nL = -(y * p.log()).sum(-1).mean()",
    ),
    Pair(
        "bce",
        f"{_S}{_ROWS_OF_Y}p = sigmoid(s)\nL = bce(p, y)",
        "p = torch.sigmoid(s)\nL = F.binary_cross_entropy(p, y)",
    ),
    Pair(
        "bce_with_logits",
        f"{_S}{_ROWS_OF_Y}L = bce_with_logits(s, y)",
        "L = F.binary_cross_entropy_with_logits(s, y)",
    ),
    Pair(
        "bce_with_logits of one label for all",
        f"{_V}L = bce_with_logits(s, 1)",
        "L = F.binary_cross_entropy_with_logits(s, torch.ones(4))",
    ),
    # PyTorch divides by the number of classes.
    Pair(
        "hinge of a class",
        f"{_V}L = hinge(s, 3)",
        "L = 4*F.multi_margin_loss(s, torch.tensor(3))",
    ),
    Pair(
        "hinge of classes",
        f"{_S}{_CLASSES}L = hinge(s, y)",
        "L = 4*F.multi_margin_loss(s, y.long())",
    ),
)
