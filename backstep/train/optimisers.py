"""Optimisers and learning-rate schedules: a row for each, its rule in the language.

A rule is written once, as one would type it in a definition; the numbers, the formula in symbols
and the formula with numbers are all readings of these lines (`update`). In them `w` is a parameter,
`g` its partial, `eta` the learning rate and `t` the update's number, from 1; a name that is
assigned again takes its new value, and those of `state` keep theirs until the next update.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """A number that a rule takes: from `low` to `high`; `whole` if it is an integer.

    A `default` of None stands for the number of updates of the training.
    """

    name: str
    doc: str
    default: float | None
    low: float = 0.0
    high: float = 1.0
    integer: bool = False


CLIP = "c = minimum(1, C/(n + 0.000001))\ng = c*g"
"""The gradient of all parameters, of norm `n`, scaled down to norm `C` if it is longer; the
millionth is PyTorch's (`clip_grad_norm_`).
"""
DECAY = "g = g + lambda*w"
"""Weight decay as an L2 penalty's gradient, added after clipping, as PyTorch's optimisers do."""
DECOUPLED = "w = w - eta*lambda*w"
"""Decoupled weight decay, outside any mean of gradients (Loshchilov & Hutter, 2019, in PyTorch's
order: before the update).
"""
AVERAGE = "a = a + (w - a)/j"
"""The mean of the last `j` iterates (Polyak & Juditsky, 1992)."""


@dataclass(frozen=True, slots=True)
class Optimiser:
    """How an update moves a parameter. `rate` is a default learning rate, `weight_decay` the
    default one; `decay` is how a weight decay acts.
    """

    name: str
    title: str
    doc: str
    rate: float
    lines: str
    state: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    weight_decay: float = 0.0
    decay: str = DECAY


@dataclass(frozen=True, slots=True)
class Schedule:
    """How the learning rate `eta` of an update follows from `eta_0`, the one asked for.

    `period` names the setting whose full periods `k` counts, from 0.
    """

    name: str
    title: str
    doc: str
    line: str
    settings: tuple[Setting, ...] = ()
    period: str | None = None


_EPSILON = "keeps the quotient finite where the gradient has been 0"
_SQUARES = "how much of the mean of squares is kept at each update"

_ADAM = (
    "m = beta_1*m + (1 - beta_1)*g\n"
    "v = beta_2*v + (1 - beta_2)*g^2\n"
    "mhat = m/(1 - beta_1^t)\n"
    "vhat = v/(1 - beta_2^t)\n"
    "w = w - eta*mhat/(sqrt(vhat) + epsilon)"
)
_ADAM_SETTINGS = (
    Setting("beta_1", "how much of the mean gradient is kept", 0.9, 0.0, 0.999999),
    Setting("beta_2", _SQUARES, 0.999, 0.0, 0.999999),
    Setting("epsilon", _EPSILON, 1e-8),
)

OPTIMISERS: Mapping[str, Optimiser] = {
    row.name: row
    for row in (
        Optimiser(
            "sgd",
            "gradient descent",
            "Against the gradient, by the learning rate; on mini-batches it is stochastic.",
            0.1,
            "w = w - eta*g",
        ),
        Optimiser(
            "momentum",
            "momentum",
            "Earlier gradients push on, each a little less (Polyak, 1964; as PyTorch has it).",
            0.05,
            "b = mu*b + g\nw = w - eta*b",
            ("b",),
            (Setting("mu", "how much of the last move is kept", 0.9),),
        ),
        Optimiser(
            "nesterov",
            "Nesterov momentum",
            "Momentum that looks ahead: the move that is to come is added to the gradient "
            "(Sutskever et al., 2013; as PyTorch has it).",
            0.05,
            "b = mu*b + g\nd = g + mu*b\nw = w - eta*d",
            ("b",),
            (Setting("mu", "how much of the last move is kept", 0.9),),
        ),
        Optimiser(
            "adagrad",
            "Adagrad",
            "Each parameter by the size of all its gradients so far (Duchi et al., 2011).",
            0.3,
            "v = v + g^2\nw = w - eta*g/(sqrt(v) + epsilon)",
            ("v",),
            (Setting("epsilon", _EPSILON, 1e-10),),
        ),
        Optimiser(
            "rmsprop",
            "RMSprop",
            "Each parameter by the size of its recent gradients (Hinton, 2012).",
            0.01,
            "v = alpha*v + (1 - alpha)*g^2\nw = w - eta*g/(sqrt(v) + epsilon)",
            ("v",),
            (Setting("alpha", _SQUARES, 0.99), Setting("epsilon", _EPSILON, 1e-8)),
        ),
        Optimiser(
            "adam",
            "Adam",
            "Momentum by the size of recent gradients, both corrected for their start at 0 "
            "(Kingma & Ba, 2015).",
            0.02,
            _ADAM,
            ("m", "v"),
            _ADAM_SETTINGS,
        ),
        Optimiser(
            "adamw",
            "AdamW",
            "Adam whose weight decay goes past the means of gradients (Loshchilov & Hutter, 2019; "
            "as PyTorch has it).",
            0.02,
            _ADAM,
            ("m", "v"),
            _ADAM_SETTINGS,
            weight_decay=0.01,
            decay=DECOUPLED,
        ),
    )
}

SCHEDULES: Mapping[str, Schedule] = {
    row.name: row
    for row in (
        Schedule("constant", "constant", "The same for every update.", "eta = eta_0"),
        Schedule(
            "step",
            "steps",
            "Smaller by a factor after every so many updates.",
            "eta = eta_0*gamma^k",
            (
                Setting("gamma", "the factor", 0.5),
                Setting("s", "updates from one factor to the next", 100, 1, 1e6, integer=True),
            ),
            period="s",
        ),
        Schedule(
            "exponential",
            "exponential",
            "Smaller by a factor after every update.",
            "eta = eta_0*gamma^(t - 1)",
            (Setting("gamma", "the factor", 0.99),),
        ),
        Schedule(
            "inverse",
            "one over t",
            "As the series of Robbins and Monro (1951): its sum grows without end, that of its "
            "squares does not.",
            "eta = eta_0/(1 + gamma*(t - 1))",
            (Setting("gamma", "how fast it falls", 0.01, 0.0, 1e6),),
        ),
        Schedule(
            "cosine",
            "cosine",
            "Down half a wave to a smallest rate, which it keeps (Loshchilov & Hutter, 2017).",
            "eta = eta_min + (eta_0 - eta_min)*(1 + cos(pi*minimum(t - 1, T)/T))/2",
            (
                Setting("eta_min", "the smallest rate", 0.0, 0.0, 1e6),
                Setting("T", "updates until the smallest rate", None, 1, 1e6, integer=True),
            ),
        ),
    )
}
