"""Every function made of several rows, once more in NumPy, with inputs to try it on. Checks none.

The formulas are those of the language's reference, written without the rows: loops for windows,
one gate after another for cells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from backstep.graph.shape import Shape
from backstep.ops.row import Array

Formula = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Reference:
    """A call of a function: shapes of its tensors, its options, and its value in NumPy.

    `formula` takes the tensors, then the layer's own parameters by name. `whole` are inputs that
    hold class numbers below the number given, `shares` those that hold probabilities.
    """

    said: str
    function: str
    shapes: tuple[Shape, ...]
    formula: Formula
    options: Mapping[str, Any] = field(default_factory=dict)
    after: tuple[Any, ...] = ()
    whole: Mapping[int, int] = field(default_factory=dict)
    shares: tuple[int, ...] = ()


def softmax(x: Array) -> Array:
    weights = np.exp(x)
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def windows(x: Array, size: tuple[int, ...], stride: int, padding: int) -> dict[Any, Array]:
    """By its place among the windows, each window of the last axes."""
    axes = len(size)
    widths = [(0, 0)] * (x.ndim - axes) + [(padding, padding)] * axes
    padded = np.pad(x, widths)
    counts = [(n - k) // stride + 1 for n, k in zip(padded.shape[-axes:], size, strict=True)]
    found = {}
    for place in np.ndindex(*counts):
        cut: list[Any] = [
            slice(at * stride, at * stride + k) for at, k in zip(place, size, strict=True)
        ]
        found[place] = padded[(Ellipsis, *cut)]
    return found


def convolution(stride: int, padding: int) -> Formula:
    def formula(x: Array, K: Array, b: Array | float = 0.0) -> Array:
        size, axes = K.shape[2:], K.ndim - 2
        cut = windows(x, size, stride, padding)
        counts = tuple(np.max(list(cut), axis=0) + 1)
        result = np.zeros((*x.shape[: -axes - 1], K.shape[0], *counts))
        for place, window in cut.items():
            for number, kernel in enumerate(K):
                total = (window * kernel).sum(axis=tuple(range(-axes - 1, 0)))
                bias = b if np.ndim(b) == 0 else np.asarray(b)[number]
                result[(..., number, *place)] = total + bias
        return result

    return formula


def owned_convolution(stride: int, padding: int) -> Formula:
    formula = convolution(stride, padding)
    return lambda x, W, b: formula(x, W, b)


def partial_of_kernels(axes: int, stride: int = 1, padding: int = 0) -> Formula:
    """Each window of x times the partial of the element that a kernel made of it, added up."""

    def formula(x: Array, delta: Array) -> Array:
        counts = delta.shape[-axes:]
        size = [
            n + 2 * padding - (m - 1) * stride for n, m in zip(x.shape[-axes:], counts, strict=True)
        ]
        x, delta = (a.reshape(-1, *a.shape[-axes - 1 :]) for a in (x, delta))
        result = np.zeros((delta.shape[1], x.shape[1], *size))
        for place, window in windows(x, tuple(size), stride, padding).items():
            for one, sent in zip(window, delta[(..., *place)], strict=True):
                result += np.multiply.outer(sent, one)
        return result

    return formula


def partial_of_input(axes: int, stride: int = 1, padding: int = 0) -> Formula:
    """Each element of the images sends its partial through its kernel to where its window was."""

    def formula(delta: Array, kernels: Array) -> Array:
        counts, size = delta.shape[-axes:], kernels.shape[2:]
        wide = [(m - 1) * stride + k for m, k in zip(counts, size, strict=True)]
        result = np.zeros((*delta.shape[: -axes - 1], kernels.shape[1], *wide))
        for place in np.ndindex(*counts):
            window: Any = [
                slice(p * stride, p * stride + k) for p, k in zip(place, size, strict=True)
            ]
            sent = delta[(..., *place)]
            result[(..., *window)] += np.tensordot(sent, kernels, axes=(-1, 0))
        inside: Any = [slice(padding, n - padding) for n in wide]
        return result[(..., *inside)]

    return formula


def pooling(size: tuple[int, ...], stride: int, reduce: Any) -> Formula:
    def formula(x: Array) -> Array:
        cut = windows(x, size, stride, 0)
        axes = len(size)
        result = np.zeros((*x.shape[:-axes], *(np.max(list(cut), axis=0) + 1)))
        for place, window in cut.items():
            result[(..., *place)] = reduce(window, axis=tuple(range(-axes, 0)))
        return result

    return formula


def rnn(x: Array, h: Array, W_x: Array, W_h: Array, b: Array) -> Array:
    return np.asarray(np.tanh(x @ W_x.T + h @ W_h.T + b))


def lstm(x: Array, h: Array, c: Array, W_x: Array, W_h: Array, b: Array) -> Array:
    """h and c stacked."""
    i, f, g, o = np.split(x @ W_x.T + h @ W_h.T + b, 4, axis=-1)
    cell = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return np.stack([sigmoid(o) * np.tanh(cell), cell])


def attention(Q: Array, K: Array, V: Array) -> Array:
    return softmax(Q @ np.swapaxes(K, -1, -2) / np.sqrt(Q.shape[-1])) @ V


def normalised(axes: tuple[int, ...], feature: int, eps: float = 1e-5) -> Formula:
    def formula(x: Array, gain: Array, bias: Array) -> Array:
        wide = [1] * x.ndim
        wide[feature] = -1
        mean, var = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True)
        scaled = (x - mean) / np.sqrt(var + eps)
        return np.asarray(scaled * gain.reshape(wide) + bias.reshape(wide))

    return formula


def by_class(p: Array, y: Array) -> Array:
    return np.take_along_axis(p, y.astype(int)[..., None], axis=-1)[..., 0]


def hinge(s: Array, y: Array) -> float:
    losses = []
    for row, true in zip(np.atleast_2d(s), np.atleast_1d(y).astype(int), strict=True):
        others = np.delete(row, true)
        losses.append(np.maximum(others - row[true] + 1, 0).sum())
    return float(np.mean(losses))


def bce(p: Array, y: Array) -> float:
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


_IMAGES: Shape = (2, 3, 5, 4)
_CELL = ((4,), (3,), (3, 4), (3, 3), (3,))
_LSTM = ((4,), (3,), (3,), (12, 4), (12, 3), (12,))
_LSTM_ROWS = ((2, 4), (2, 3), (2, 3), *_LSTM[3:])
_SAME, _ROWS = ((4,), (4,)), ((5, 4), (5, 4))
_ONE, _EACH = ((4,), ()), ((5, 4), (5,))
_OF_4 = {1: 4}


def lengths(x: Array) -> Array:
    return np.asarray(np.sqrt((x * x).sum(axis=-1)))


def gru(x: Array, h: Array, W_x: Array, W_h: Array, b_x: Array, b_h: Array) -> Array:
    came = np.split(x @ W_x.T + b_x, 3, axis=-1)
    held = np.split(h @ W_h.T + b_h, 3, axis=-1)
    r, z = sigmoid(came[0] + held[0]), sigmoid(came[1] + held[1])
    n = np.tanh(came[2] + r * held[2])
    return np.asarray(n + z * (h - n))


def masked(scores: Array, holds: Array) -> Array:
    weights = np.exp(scores) * holds
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def heads(x: Array, W_q: Array, W_k: Array, W_v: Array, W_o: Array, causal: bool) -> Array:
    """Two heads, one after the other."""
    half, made = x.shape[-1] // 2, []
    holds = np.tri(len(x)) if causal else np.ones((len(x), len(x)))
    for part in (slice(0, half), slice(half, None)):
        q, k, v = ((x @ W.T)[:, part] for W in (W_q, W_k, W_v))
        made.append(masked(q @ k.T / np.sqrt(half), holds) @ v)
    return np.asarray(np.concatenate(made, axis=-1) @ W_o.T)


def parted_convolution(x: Array, K: Array, b: Array) -> Array:
    """Two groups of a convolution whose kernels have gaps of one."""
    wide = np.zeros((*K.shape[:2], *(2 * n - 1 for n in K.shape[2:])))
    wide[(slice(None), slice(None), *(slice(None, None, 2) for _ in K.shape[2:]))] = K
    plain, axis = convolution(1, 1), x.ndim - K.ndim + 1
    parts = zip(np.split(x, 2, axis), np.split(wide, 2), np.split(b, 2), strict=True)
    return np.concatenate([plain(*part) for part in parts], axis)


def transposed_convolution(x: Array, K: Array, b: Array) -> Array:
    """Stride 2, padding 1, one more row and column; element by element."""
    channels, filters, height, width = K.shape
    _, rows, columns = x.shape
    whole = np.zeros((filters, 2 * rows + height - 2 + 1, 2 * columns + width - 2 + 1))
    for c, f, i, j in np.ndindex(channels, filters, rows, columns):
        whole[f, 2 * i : 2 * i + height, 2 * j : 2 * j + width] += x[c, i, j] * K[c, f]
    return np.asarray(whole[:, 1:-1, 1:-1] + b[:, None, None])


def groups_of(x: Array, gain: Array, bias: Array) -> Array:
    result = np.empty(x.shape)
    for case, group in np.ndindex(len(x), 2):
        part = slice(2 * group, 2 * group + 2)
        own = x[case, part]
        result[case, part] = (own - own.mean()) / np.sqrt(own.var() + 1e-5)
    shape = (4, *(1,) * (x.ndim - 2))
    return np.asarray(result * gain.reshape(shape) + bias.reshape(shape))


def counted_loss(z: Array, y: Array, w: Array) -> float:
    """Rows of class 2 left out, a fifth of each label spread over all, rows weighted by class."""
    total = weights = 0.0
    for row, label in zip(z, y.astype(int), strict=True):
        if label != 2:
            logs = np.log(softmax(row))
            total -= 0.8 * w[label] * logs[label] + 0.2 * (w * logs).mean()
            weights += w[label]
    return total / weights


REFERENCES: tuple[Reference, ...] = (
    Reference(
        "rows", "entropy", ((3, 4),), lambda p: -(p * np.log(p)).sum(axis=-1), {"axis": -1},
        shares=(0,),
    ),
    Reference("a vector", "cumprod", ((4,),), np.cumprod),
    Reference("columns", "cumprod", ((4, 3),), lambda x: np.cumprod(x, axis=0), {"axis": 0}),
    Reference("vectors", "kron", ((2,), (3,)), np.kron),
    Reference("matrices", "kron", ((2, 3), (4, 2)), np.kron),
    Reference("a matrix", "inv", ((3, 3),), np.linalg.inv),
    Reference("a matrix", "trace", ((3, 3),), np.trace),
    Reference("a vector", "diag", ((3,),), np.diag),
    Reference("a matrix", "diag", ((2, 3),), np.diag),
    Reference("a tall matrix", "diag", ((4, 3),), np.diag),
    Reference("above", "tril", ((3, 4),), lambda x: np.tril(x, 1), {"k": 1}),
    Reference("all", "tril", ((3, 3),), np.tril),
    Reference("below", "triu", ((3, 4),), lambda x: np.triu(x, -1), {"k": -1}),
    Reference("all", "triu", ((3, 3),), np.triu),
    Reference("rows", "mae", _ROWS, lambda p, y: np.abs(p - y).mean()),
    Reference("vectors", "kl", _SAME, lambda p, q: (p * np.log(p / q)).sum(), shares=(0, 1)),
    Reference(
        "rows", "gaussian_nll", (*_ROWS, (4,)),
        lambda m, y, v: ((np.log(v) + (m - y) ** 2 / v) / 2).mean(), shares=(2,),
    ),
    Reference(
        "with its constant", "gaussian_nll", (*_SAME, ()),
        lambda m, y, v: (np.log(2 * np.pi * v) + (m - y) ** 2 / v).mean() / 2, {"full": True},
        shares=(2,),
    ),
    Reference("rows", "poisson_nll", _ROWS, lambda z, y: (np.exp(z) - y * z).mean()),
    Reference(
        "of means", "poisson_nll", _SAME, lambda m, y: (m - y * np.log(m + 0.5)).mean(),
        {"log_input": False, "eps": 0.5}, shares=(0, 1),
    ),
    Reference(
        "rows", "cosine_similarity", _ROWS,
        lambda a, b: (a * b).sum(axis=-1) / lengths(a) / lengths(b),
    ),
    Reference(
        "rows", "triplet", (*_ROWS, (5, 4)),
        lambda a, p, n: np.maximum(lengths(a - p + 0.5) - lengths(a - n + 0.5) + 2, 0).mean(),
        {"margin": 2.0, "eps": 0.5},
    ),
    Reference(
        "distances", "contrastive", _SAME,
        lambda d, y: (y * d**2 + (1 - y) * np.maximum(0.7 - d, 0) ** 2).mean(),
        {"margin": 0.7}, shares=(0, 1),
    ),
    Reference(
        "all its options", "cross_entropy", ((7, 4), (7,), (4,)), counted_loss,
        {"label_smoothing": 0.2, "ignore": 2}, whole={1: 4}, shares=(2,),
    ),
    Reference("a vector", "gru_cell", ((4,), (3,)), gru),
    Reference("rows", "gru_cell", ((2, 4), (2, 3), (9, 4), (9, 3), (9,), (9,)), gru),
    Reference(
        "causal", "multi_head_attention", ((3, 4),),
        lambda x, **W: heads(x, **W, causal=True), {"heads": 2, "causal": True},
    ),
    Reference(
        "two heads", "multi_head_attention", ((3, 4),),
        lambda x, **W: heads(x, **W, causal=False), {"heads": 2},
    ),
    Reference(
        "causal", "attention", ((3, 3), (4, 3), (4, 5)),
        lambda q, k, v: masked(q @ k.T / np.sqrt(3), np.tri(3, 4)) @ v, {"causal": True},
    ),
    Reference(
        "two groups, dilated", "conv1d", ((4, 9), (2, 2, 3), (2,)), parted_convolution,
        {"groups": 2, "dilation": 2, "padding": 1},
    ),
    Reference(
        "two groups, dilated", "conv2d", ((3, 4, 7, 6), (2, 2, 3, 2), (2,)), parted_convolution,
        {"groups": 2, "dilation": 2, "padding": 1},
    ),
    Reference(
        "strided", "conv_transpose2d", ((2, 3, 4), (2, 3, 3, 2), (3,)), transposed_convolution,
        {"stride": 2, "padding": 1, "output_padding": 1},
    ),
    Reference("signals", "conv1d_weight", ((2, 6), (3, 4)), partial_of_kernels(1)),
    Reference("a batch", "conv1d_weight", ((2, 2, 6), (2, 3, 4)), partial_of_kernels(1)),
    Reference(
        "a batch, strided", "conv2d_weight", ((2, 3, 6, 5), (2, 2, 3, 2)),
        partial_of_kernels(2, 2, 1), {"stride": 2, "padding": 1},
    ),
    Reference("signals", "conv1d_input", ((3, 4), (3, 2, 2)), partial_of_input(1)),
    Reference(
        "a batch, strided", "conv2d_input", ((2, 2, 3, 2), (2, 3, 2, 3)),
        partial_of_input(2, 2, 1), {"stride": 2, "padding": 1},
    ),
    Reference("rows", "layer_norm", ((5, 4),), lambda x, gain, bias: (
        (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5) * gain + bias
    )),
    Reference("rows", "group_norm", ((3, 4),), groups_of, {"groups": 2}),
    Reference("images", "group_norm", ((2, 4, 3, 2),), groups_of, {"groups": 2}),
    Reference(
        "rows", "rms_norm", ((5, 4),),
        lambda x, gain: x / np.sqrt((x * x).mean(-1, keepdims=True)) * gain,
    ),
    Reference(
        "numbers", "embedding", ((2, 3),), lambda k, W: W[k.astype(int)],
        {"count": 5, "width": 2}, whole={0: 5},
    ),
    Reference("rows", "mish", ((3, 2),), lambda x: x * np.tanh(np.log1p(np.exp(x)))),
    Reference("rows", "hardswish", ((3, 2),), lambda x: x * np.clip(x / 6 + 0.5, 0, 1)),
    Reference("rows", "swish", ((3, 2),), lambda x: x * sigmoid(x)),
    Reference("rows", "log_sigmoid", ((3, 2),), lambda x: np.log(sigmoid(x))),
    Reference("rows", "reciprocal", ((3, 2),), lambda x: 1 / x),
    Reference("rows", "xlogy", ((3, 2), (2,)), lambda x, y: x * np.log(y), shares=(1,)),
    Reference(
        "a temperature", "softmax", ((2, 3),), lambda x: softmax(x / 4), {"temperature": 4}
    ),
    Reference(
        "classes", "one_hot", ((3,),), lambda k: np.eye(5)[k.astype(int)], after=(5,), whole={0: 5}
    ),
    Reference("a vector", "dense", ((4,),), lambda x, W, b: W @ x + b, {"units": 3}),
    Reference("rows", "dense", ((5, 4),), lambda x, W, b: x @ W.T + b, {"units": 3}),
    Reference("a signal", "conv1d", ((2, 7), (3, 2, 3), (3,)), convolution(1, 0)),
    Reference(
        "strided", "conv1d", ((2, 2, 7), (3, 2, 3), (3,)), convolution(2, 1),
        {"stride": 2, "padding": 1},
    ),
    Reference("an image", "conv2d", ((3, 5, 4), (2, 3, 2, 3), (2,)), convolution(1, 0)),
    Reference("without bias", "conv2d", (_IMAGES, (2, 3, 2, 2)), convolution(1, 0)),
    Reference(
        "strided", "conv2d", (_IMAGES, (2, 3, 3, 2), (2,)), convolution(2, 1),
        {"stride": 2, "padding": 1},
    ),
    Reference(
        "of its own", "conv2d", (_IMAGES,), owned_convolution(1, 1),
        {"filters": 2, "kernel": 3, "padding": 1},
    ),
    Reference("overlapping", "max_pool1d", ((2, 7),), pooling((3,), 2, np.max), after=(3, 2)),
    Reference("plain", "max_pool2d", (_IMAGES,), pooling((2, 2), 2, np.max), after=(2,)),
    Reference("a rest left", "avg_pool1d", ((2, 7),), pooling((2,), 2, np.mean), after=(2,)),
    Reference(
        "overlapping", "avg_pool2d", (_IMAGES,), pooling((3, 3), 1, np.mean), {"stride": 1}, (3,)
    ),
    Reference("a vector", "rnn_cell", _CELL, rnn),
    Reference("rows of its own", "rnn_cell", ((2, 4), (2, 3)), rnn),
    Reference("a vector", "lstm_cell", _LSTM, lstm),
    Reference("rows", "lstm_cell", _LSTM_ROWS, lstm),
    Reference("of its own", "lstm_cell", _LSTM[:3], lstm),
    Reference("a whole root", "attention", ((3, 4), (5, 4), (5, 2)), attention),
    Reference("a batch", "attention", ((2, 3, 2), (2, 5, 2), (2, 5, 4)), attention),
    Reference(
        "of its own", "self_attention", ((3, 4),),
        lambda X, W_q, W_k, W_v: attention(X @ W_q.T, X @ W_k.T, X @ W_v.T), {"width": 3},
    ),
    Reference("a vector", "layer_norm", ((4,), (4,), (4,)), normalised((-1,), -1)),
    Reference("rows", "layer_norm", ((5, 4), (4,), (4,)), normalised((-1,), -1)),
    Reference("rows", "batch_norm", ((5, 4), (4,), (4,)), normalised((0,), 1)),
    Reference("signals", "batch_norm", ((5, 4, 3), (4,), (4,)), normalised((0, 2), 1)),
    Reference("images", "batch_norm", (_IMAGES, (3,), (3,)), normalised((0, 2, 3), 1)),
    Reference("of its own", "dropout", ((3, 4),), lambda x, mask: x * mask / 0.75, {"p": 0.25}),
    Reference("rows", "mse", _ROWS, lambda p, y: np.mean((p - y) ** 2)),
    Reference(
        "a class", "cross_entropy", _ONE, lambda s, y: -np.log(by_class(softmax(s), y)),
        whole=_OF_4,
    ),
    Reference(
        "classes", "cross_entropy", _EACH, lambda s, y: -np.log(by_class(softmax(s), y)).mean(),
        whole=_OF_4,
    ),
    Reference(
        "distributions", "cross_entropy", _ROWS,
        lambda s, y: -(y * np.log(softmax(s))).sum(axis=-1).mean(), shares=(1,),
    ),
    Reference(
        "classes", "nll", _EACH, lambda p, y: -np.log(by_class(p, y)).mean(), whole=_OF_4,
        shares=(0,),
    ),
    Reference(
        "a distribution", "nll", _SAME, lambda p, y: -(y * np.log(p)).sum(), shares=(0, 1)
    ),
    Reference("rows", "bce", _ROWS, bce, shares=(0, 1)),
    Reference(
        "rows", "bce_with_logits", _ROWS, lambda z, y: bce(sigmoid(z), y), shares=(1,)
    ),
    Reference("one class", "hinge", _ONE, hinge, whole=_OF_4),
    Reference("classes", "hinge", _EACH, hinge, whole=_OF_4),
)  # fmt: skip

_SQUARE: Shape = (3, 3)
_CUBE: Shape = (3, 3, 3)

EQUAL_SIZES: tuple[Reference, ...] = (
    Reference("rows", "dense", (_SQUARE,), lambda x, W, b: x @ W.T + b, {"units": 3}),
    Reference("signals", "conv1d", ((3, 3, 5), _CUBE, (3,)), convolution(1, 0)),
    Reference("images", "conv2d", ((3, 3, 5, 5), (3, 3, 3, 3), (3,)), convolution(1, 0)),
    Reference("rows", "rnn_cell", (_SQUARE, _SQUARE, _SQUARE, _SQUARE, (3,)), rnn),
    Reference("rows", "lstm_cell", (*(_SQUARE,) * 3, (12, 3), (12, 3), (12,)), lstm),
    Reference("matrices", "attention", (_SQUARE,) * 3, attention),
    Reference("a batch", "attention", (_CUBE,) * 3, attention),
    Reference("rows", "layer_norm", (_SQUARE, (3,), (3,)), normalised((-1,), -1)),
    Reference("rows", "batch_norm", (_SQUARE, (3,), (3,)), normalised((0,), 1)),
    Reference("signals", "batch_norm", (_CUBE, (3,), (3,)), normalised((0, 2), 1)),
    Reference("images", "batch_norm", ((3, 3, 3, 3), (3,), (3,)), normalised((0, 2, 3), 1)),
    Reference(
        "distributions", "cross_entropy", (_SQUARE, _SQUARE),
        lambda s, y: -(y * np.log(softmax(s))).sum(axis=-1).mean(), shares=(1,),
    ),
)  # fmt: skip
"""Layers whose axes are all as long as each other."""
