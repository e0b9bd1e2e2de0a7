"""PyTorch modules whose exported graphs are read: real ones, small enough to be kept as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional


class Mlp(nn.Module):  # type: ignore[misc]
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(3, 4)
        self.fc2 = nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        """Rows of three."""
        return self.fc2(torch.relu(self.fc1(x)))


class Cnn(nn.Module):  # type: ignore[misc]
    """Convolution, batch normalisation, pooling, and a loss."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3, padding=1)
        self.bn = nn.BatchNorm2d(2)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(8, 3)

    def forward(self, x: Any, y: Any) -> Any:
        """Images of four by four, and classes."""
        x = self.pool(functional.relu(self.bn(self.conv(x))))
        return functional.cross_entropy(self.fc(torch.flatten(x, 1)), y)


class Lstm(nn.Module):  # type: ignore[misc]
    """A cell over a sequence."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(2, 3)

    def forward(self, xs: Any) -> Any:
        """Steps, a batch, features."""
        h = torch.zeros(xs.shape[1], 3, dtype=xs.dtype)
        c = torch.zeros(xs.shape[1], 3, dtype=xs.dtype)
        for t in range(xs.shape[0]):
            h, c = self.cell(xs[t], (h, c))
        return h.square().sum()


class Block(nn.Module):  # type: ignore[misc]
    """A transformer's block: attention of two heads, a residual, a layer of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.ln1 = nn.LayerNorm(4)
        self.attn = nn.MultiheadAttention(4, 2, batch_first=True)
        self.ln2 = nn.LayerNorm(4)
        self.mlp = nn.Sequential(nn.Linear(4, 6), nn.GELU(), nn.Linear(6, 4))

    def forward(self, x: Any) -> Any:
        """Batch, positions, features."""
        y = self.ln1(x)
        x = x + self.attn(y, y, y, need_weights=False)[0]
        return (x + self.mlp(self.ln2(x))).pow(2).mean()


class BasicBlock(nn.Module):  # type: ignore[misc]
    """The block of a residual network, with a strided shortcut."""

    def __init__(self, inplanes: int, planes: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = nn.Sequential(
            nn.Conv2d(inplanes, planes, 1, stride=stride, bias=False), nn.BatchNorm2d(planes)
        )

    def forward(self, x: Any) -> Any:
        """Images."""
        identity = self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += identity
        return self.relu(out)


class Encoder(nn.Module):  # type: ignore[misc]
    """PyTorch's own encoder layer, without dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(4, 1, 5, dropout=0.0, batch_first=True)

    def forward(self, x: Any) -> Any:
        """Batch, positions, features."""
        return self.layer(x)


class Words(nn.Module):  # type: ignore[misc]
    """Embedded words, their mean, and log-probabilities."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(5, 3)
        self.fc = nn.Linear(3, 4)

    def forward(self, k: Any, y: Any) -> Any:
        """Numbers of words, and a class."""
        scores = functional.log_softmax(self.fc(self.table(k).mean(dim=1)), dim=-1)
        return functional.nll_loss(scores, y)


def _x(*shape: int) -> Any:
    return torch.randn(*shape, dtype=torch.float64)


MODULES: dict[str, tuple[Callable[[], Any], Callable[[], tuple[Any, ...]], bool]] = {
    "mlp": (Mlp, lambda: (_x(2, 3),), False),
    "cnn_evaluated": (Cnn, lambda: (_x(2, 1, 4, 4), torch.tensor([2, 0])), False),
    "cnn_trained": (Cnn, lambda: (_x(2, 1, 4, 4), torch.tensor([2, 0])), True),
    "lstm": (Lstm, lambda: (_x(2, 2, 2),), False),
    "block": (Block, lambda: (_x(1, 3, 4),), False),
    "basic_block": (lambda: BasicBlock(2, 2, 2), lambda: (_x(1, 2, 4, 4),), False),
    "basic_block_trained": (lambda: BasicBlock(1, 2, 1), lambda: (_x(2, 1, 3, 3),), True),
    "encoder": (Encoder, lambda: (_x(1, 2, 4),), True),
    "words": (Words, lambda: (torch.tensor([[0, 3], [4, 3]]), torch.tensor([1, 2])), False),
}
"""By name: the module, its inputs, and whether it is in training mode."""


def made(name: str) -> tuple[Any, tuple[Any, ...]]:
    """A module with its weights drawn and its statistics moved, and its inputs."""
    torch.manual_seed(5)
    module, inputs, training = MODULES[name]
    built = module().double()
    for buffer in built.buffers():
        if buffer.is_floating_point():
            buffer.add_(torch.rand_like(buffer) * 0.5)
    return built.train(training), inputs()
