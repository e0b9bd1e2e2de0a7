"""What is exported in tests: examples, random networks, every row at its samples and its kinks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from backstep.binding.bind import BoundModel, CompiledModel, bind
from backstep.examples import EXAMPLES, TRAININGS
from backstep.graph.graph import Graph
from backstep.ops import TABLE
from backstep.ops.row import Array, Sample
from tests.evaluate.random_graphs import definition_of
from tests.systems.random_twins import network

# Numbers at which something happens: kinks, ties, ends of domains, both zeros.
SPECIAL = (0.0, 1.0, -1.0, -0.0, 0.5, 2.0, 1.5)
FAR = (np.inf, -np.inf, np.nan, 40.0, -40.0, 1000.0, -1000.0)


def examples() -> dict[str, BoundModel]:
    """Every example with its own values."""
    found = [*EXAMPLES, *(training.example for training in TRAININGS)]
    return {each.id: bind(each.source) for each in found}


def random(count: int, first: int = 0) -> dict[str, BoundModel]:
    """Random networks of mixed layers, as texts."""
    return {
        f"random {seed}": bind("\n".join(network(seed).ours))
        for seed in range(first, first + count)
    }


def rows(kind: str) -> dict[str, BoundModel]:
    """Every row on its samples; `kind` says where: `drawn`, `special` points, `far` ones."""
    found: dict[str, BoundModel] = {}
    for name, row in TABLE.items():
        if row.leaf or name == "constant":
            continue
        for number, sample in enumerate(row.samples):
            made = _network(name, sample)
            stream = np.random.default_rng(len(found))
            values = dict(_values(made, sample, stream, kind))
            found[f"{name} {number} {kind}"] = BoundModel(CompiledModel(made, values), values)
    return found


def _network(name: str, sample: Sample) -> Any:
    graph = Graph(TABLE)
    leaves = {
        f"x{place}": graph.apply("leaf", name=f"x{place}", role="param", shape=shape)
        for place, shape in enumerate(sample.shapes)
    }
    made = graph.apply(name, *leaves.values(), **sample.params)
    weight = graph.apply("leaf", name="c", role="param", shape=made.shape)
    loss = graph.apply("multiply", made, weight)
    loss = graph.apply("sum", loss) if loss.shape else graph.apply("identity", loss)
    labels = frozenset(f"x{place}" for place in TABLE[name].labels)
    return definition_of(loss, {**leaves, "c": weight}, labels)


def _values(made: Any, sample: Sample, stream: Any, kind: str) -> Iterator[tuple[str, Array]]:
    for place, leaf in enumerate(made.leaves):
        shape = leaf.node.shape
        if leaf.name == "c":
            value = stream.normal(size=shape)
            if kind != "drawn":
                # Some partials that are exactly 0.
                value = np.where(stream.random(shape) < 0.4, 0.0, value)
        elif place in sample.integer_inputs:
            low, high = sample.domain[place]
            value = stream.integers(int(low), int(high) + 1, shape).astype(float)
        elif kind == "drawn":
            low, high = (
                sample.domain[min(place, len(sample.domain) - 1)] if sample.domain else (-2, 2)
            )
            value = stream.uniform(low, high, shape)
        else:
            value = stream.choice(SPECIAL if kind == "special" else SPECIAL + FAR, shape)
        yield leaf.name, np.asarray(value, dtype=np.float64)


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
