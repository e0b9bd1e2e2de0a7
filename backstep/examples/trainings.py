"""Definitions that are worth training, each with the options that show what there is to see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from backstep.examples.example import Example
from backstep.examples.networks import NETWORKS
from backstep.examples.units import UNITS


@dataclass(frozen=True, slots=True)
class Training:
    """An example and how it is trained: fields of a request for a training, by name."""

    example: Example
    options: Mapping[str, str | float] = field(default_factory=dict)


_BUILT_IN = {example.id: example for example in (*NETWORKS, *UNITS)}

TRAININGS: tuple[Training, ...] = (
    Training(
        Example(
            "sine",
            "A sine by eight tanh units",
            "One hidden layer bends a curve through the points: each unit is one bend, and eight "
            "are enough for a wave. With more units it could follow any continuous function.",
            """\
const  n = 25
input  x = linspace(-4, 4, n)
target y = sin(linspace(-4, 4, n))
param  w[8] ~ normal(0, 1)
param  b[8] ~ normal(0, 1)
param  v[8] ~ normal(0, 0.5)
param  c = 0

h = tanh(outer(x, w) + b)
p = h @ v + c
L = mse(p, y)
""",
        ),
        {"optimiser": "adam", "rate": 0.03, "steps": 800},
    ),
    Training(
        Example(
            "xor-trained",
            "XOR by a 2-2-1 network",
            "No line parts the two classes; two hidden units make a strip. Seed 3 finds it. Seed 1 "
            "starts elsewhere and comes to rest where one of the four stays wrong.",
            """\
input  X = [[0, 0], [0, 1], [1, 0], [1, 1]]
target y = [0, 1, 1, 0]
seed 3
param  W[2, 2] ~ normal(0, 1)
param  b[2] ~ zeros
param  v[2] ~ normal(0, 1)
param  c = 0

h = tanh(X @ W.T + b)
p = sigmoid(h @ v + c)
L = bce(p, y)
""",
        ),
        {"optimiser": "momentum", "rate": 0.1, "steps": 300},
    ),
    Training(
        Example(
            "two-blobs",
            "Logistic regression on two blobs",
            "A straight line between two clouds of points. On mini-batches of six the loss jumps "
            "about, and yet the line finds its place; the mean of the iterates is calmer.",
            """\
input  X = [[0.6, -1.4], [-0.7, 0.1], [-1.4, 0.4], [-2.6, 0.4], [-1.7, 2.3], [-0.8, 0.3],
            [-1.2, 0.1], [-1.8, 0.3], [-0.6, 0.4], [-0.2, 0.4], [-1, 1.8], [-0.6, 0.2],
            [1, -0.1], [2.6, -0.7], [0.9, 0.3], [0.4, -0.7], [1.8, 0], [1.2, 0],
            [-1.2, 0.3], [0.3, -1.8], [1.3, 0.1], [0.7, -1.4], [1.1, -0.5], [2.2, 0.1]]
target y = concat(zeros(12), ones(12))
param  w = [0.1, 0.9]
param  b = 0.5

z = X @ w + b
p = sigmoid(z)
L = bce(p, y)
""",
        ),
        {"optimiser": "sgd", "rate": 0.5, "steps": 160, "batch": 6, "average": 40},
    ),
    Training(
        Example(
            "disc-and-ring",
            "A disc inside a ring",
            "The classes lie around each other. Six hidden units close a line around the inner "
            "one. Try two: they can't.",
            """\
input  X = concat(stack(cos(linspace(0, 5.8, 12)), sin(linspace(0, 5.8, 12)), axis=1),
                  2.4*stack(cos(linspace(0, 5.9, 16)), sin(linspace(0, 5.9, 16)), axis=1))
target y = concat(ones(12), zeros(16))

h = tanh(dense(X, 6))
z = dense(h, 1)
L = bce_with_logits(z[:, 0], y)
""",
        ),
        {"optimiser": "adam", "rate": 0.05, "steps": 250},
    ),
    Training(
        Example(
            "narrow-valley",
            "A narrow valley",
            "Forty times steeper across than along. Gradient descent takes small steps or jumps "
            "from wall to wall; momentum, and the optimisers that scale each parameter, do not.",
            """\
param  w_1 = 4
param  w_2 = 1

L = (w_1^2 + 40*w_2^2) / 2
""",
        ),
        {"optimiser": "sgd", "rate": 0.045, "steps": 80},
    ),
    Training(_BUILT_IN["toy-neuron"], {"optimiser": "sgd", "rate": 0.5, "steps": 60}),
    Training(_BUILT_IN["xor"], {"optimiser": "sgd", "rate": 0.1, "steps": 20}),
)
