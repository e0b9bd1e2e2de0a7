"""What is exported in tests: examples, random networks, every row at its samples and its kinks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from backstep.binding.bind import BoundModel, CompiledModel, bind
from backstep.examples import EXAMPLES, TRAININGS
from backstep.graph.graph import Graph
from backstep.graph.node import Node
from backstep.ops import TABLE
from backstep.ops.row import Array, Sample
from backstep.ops.table import RUN
from tests.evaluate.random_graphs import definition_of
from tests.systems.random_twins import network

_SPECIAL = (0.0, 1.0, -1.0, -0.0, 0.5, 2.0, 1.5)
PLACES: Mapping[str, tuple[float, ...]] = {
    "special": _SPECIAL,
    "steep": (*_SPECIAL, 40.0, -40.0, 800.0, -800.0),
    "far": (*_SPECIAL, np.inf, -np.inf, np.nan, 40.0, -40.0, 1000.0, -1000.0),
    "zero": (0.0,),
    "minus zero": (-0.0,),
    "tiny": (1e-300, -1e-300, 5e-324),
    "huge": (1e300, -1e300, 800.0),
    "infinite": (np.inf, -np.inf, 0.0),
    "nothing": (np.nan, 1.0, np.inf),
}
"""Numbers at which something happens, by what does: kinks, ties, ends of domains, both zeros,
overflow, what is infinite or no number."""


def examples() -> dict[str, BoundModel]:
    """Every example with its own values."""
    return dict(_examples())


@cache
def _examples() -> Mapping[str, BoundModel]:
    found = [*EXAMPLES, *(training.example for training in TRAININGS)]
    return {each.id: bind(each.source) for each in found}


def random(count: int, first: int = 0) -> dict[str, BoundModel]:
    """Random networks of mixed layers, as texts."""
    return {
        f"random {seed}": bind("\n".join(network(seed).ours))
        for seed in range(first, first + count)
    }


def rows(kind: str) -> dict[str, BoundModel]:
    """Every row on its samples, all in one network: the sum of each one's elements, every one with
    a weight. `kind` says where: `drawn`, or one of `PLACES`."""
    return {f"rows {kind}": _rows(kind)}


@cache
def _rows(kind: str) -> BoundModel:
    graph = Graph(TABLE)
    leaves: dict[str, Node] = {}
    labels: set[str] = set()
    values: dict[str, Array] = {}
    parts: list[Node] = []
    for name, row in RUN.items():
        if row.leaf or name == "constant":
            continue
        for number, sample in enumerate(row.samples):
            stream = np.random.default_rng(len(parts))
            own = {f"{name}_{number}_x{place}": shape for place, shape in enumerate(sample.shapes)}
            given = [_leaf(graph, leaves, each, shape) for each, shape in own.items()]
            made = graph.apply(name, *given, **sample.params)
            weight = f"{name}_{number}_c"
            product = made * _leaf(graph, leaves, weight, made.shape)
            parts.append(graph.apply("sum", product) if product.shape else product)
            labels |= {f"{name}_{number}_x{place}" for place in row.labels}
            for place, (each, shape) in enumerate(own.items()):
                values[each] = _value(sample, place, shape, stream, kind)
            values[weight] = _weight(made.shape, stream, kind)
    loss = parts[0]
    for part in parts[1:]:
        loss = loss + part
    definition = definition_of(loss, leaves, frozenset(labels))
    return BoundModel(CompiledModel(definition, values), values)


def _leaf(graph: Graph, leaves: dict[str, Node], name: str, shape: Any) -> Node:
    leaves[name] = graph.apply("leaf", name=name, role="param", shape=shape)
    return leaves[name]


def _weight(shape: Any, stream: Any, kind: str) -> Array:
    value = stream.normal(size=shape)
    if kind != "drawn":
        # Some partials that are exactly 0.
        value = np.where(stream.random(shape) < 0.4, 0.0, value)
    return np.asarray(value, dtype=np.float64)


def _value(sample: Sample, place: int, shape: Any, stream: Any, kind: str) -> Array:
    domain = sample.domain or ((-2.0, 2.0),)
    low, high = domain[min(place, len(domain) - 1)]
    if place in sample.integer_inputs:
        value = stream.integers(int(low), int(high) + 1, shape)
    elif kind == "drawn":
        value = stream.uniform(low, high, shape)
    else:
        value = stream.choice(PLACES[kind], shape)
    return np.asarray(value, dtype=np.float64)


def expected(prepared: BoundModel) -> tuple[float, Mapping[str, Array]]:
    """The interpreter's loss and gradients."""
    numbers = prepared.numbers()
    return float(numbers.value(prepared.definition.loss)), {
        leaf.name: np.array(numbers.partial(leaf.node))
        for leaf in prepared.definition.leaves
        if leaf.role == "param"
    }


HOSTILE = '''\
# */ system("x"); /* ??/ \\
# """ + __import__("os") + \'\'\' #= =# %{ %} \\end{document} \\input{x} $`!cmd`
input np = 2
input json[3] = [1, -2, 3]
param loss = 0.5
param sigmoid[3] = [0.1, 0.2, -0.3]
param lambda = 0.3
param class = 1.5
param int = -0.5
param inn = 0.25
param out = 0.75
param end = 1.25
param exp = 0.2
param y1 = 0.1
param _x = 0.4
param __import__ = 0.6
param e = 0.7
param I = 0.8
param E = 0.9
param dz = 1.1
param t1 = 1.2
param größe = 0.3
param 重み = 0.35
param pi_ = 0.45
param numbers = 0.15
param main = 0.55
z = dot(sigmoid, json) + loss*np + lambda
forward = tanh(z*class + int) + inn*out
h = exp(forward*end) + exp*y1
h = h*_x + __import__*größe + 重み*pi_
function = (h + dz*t1)^2 + (h + dz*t1)*e
L = function*I + E*z^2 + sigmoid(numbers*main)
'''


def hostile() -> dict[str, BoundModel]:
    """A text whose names and remarks mean something elsewhere."""
    return {"hostile": bind(HOSTILE)}


BRACKETS = """\
param a = 0.7
param b = 1.3
param c = -0.4
param v[3] = [0.5, -1.2, 2]
param W[3, 3] = [[0.1, 0.2, -0.3], [0.4, -0.5, 0.6], [0.7, 0.8, 0.9]]
s = a - (b - c) - (a + b) + (b - (a - c))
q = a/(b*c) + a/(b/c) + (a/b)*c + a/b/c + (a*b)/c + a*(b/c)
p = (a + b)^2 - (-a)^2 - a^2 + (a*b)^3 + 2^(a - b) + (a/b)^2 + b^(a*c) + (b^a)^c + b^a^c
n = -(a + b)*c - -(a*b) + -(a - b) - (-a)*(-b)
m = sum(W @ (v - a*v)) + sum((W @ v)*(v/b)) + dot(v - v*v, W @ (v*c)) + sum(W @ W @ v)
t = sum((W - W.T)*(v + 1)) + sum((v - a)[0:2]) + sum((v*b - v)*(v - (v - a)))
w = where(a - b > c*a, a - (b - a), c)*2 - where(v > a + c, v - a, -v)[1]
L = s*q - (p - n*m) + (t - w)^2
"""


def brackets() -> dict[str, BoundModel]:
    """Expressions in which every bracket counts."""
    return {"brackets": bind(BRACKETS)}
