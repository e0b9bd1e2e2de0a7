"""Which function writes which row's source on arrays, and which plans it beforehand."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from backstep.evaluate.compiled import moves, softmax, sums
from backstep.evaluate.compiled.buffers import Buffers, Emitter
from backstep.graph.node import Node

MOVES = ("broadcast_to", "expand", "index", "move_axis", "reshape", "swap_last", "transpose")
"""Operations whose elements are those of their input, arranged otherwise."""
JOINS = ("concat", "scatter", "stack")

EMITTERS: dict[str, Emitter] = {
    **dict.fromkeys(MOVES, moves.moved),
    **dict.fromkeys(JOINS, moves.joined),
    "patches": moves.windows,
    "unpatches": moves.windows_back,
    "dot": sums.product,
    "matmul": sums.product,
    "max": partial(sums.extreme, np.maximum.reduce),
    "mean": sums.total,
    "min": partial(sums.extreme, np.minimum.reduce),
    "outer": sums.outer,
    "sum": sums.total,
    "sum_to": sums.sum_to,
    "less_its_mean": softmax.less_its_mean,
    "less_its_place": softmax.less_its_place,
    "log_softmax": softmax.log_softmax,
    "pick": softmax.pick,
    "place": softmax.place,
    "softmax": softmax.softmax,
}
PLANS: dict[str, Callable[[Buffers, Node], None]] = {
    **dict.fromkeys(JOINS, moves.join),
    "swap_last": moves.turn,
    "transpose": moves.turn,
}
