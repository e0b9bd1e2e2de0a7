"""Whole trainings beside PyTorch's own loop: its autograd, optimisers, clipping and schedules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backstep.train.loop import Training
from tests.train.conftest import options

pytestmark = pytest.mark.slow
Trained = Callable[..., Training]

SOURCE = """\
input X[10, 2] ~ normal(0, 1)
target y[10] ~ uniform(0, 1)
h = tanh(dense(X, 4))
z = dense(h, 1)
L = mse(z[:, 0], y)
"""
STEPS = 60


def made(torch: Any, name: str, weights: list[Any], rate: float, decay: float) -> Any:
    given = {"lr": rate, "weight_decay": decay}
    match name:
        case "sgd":
            return torch.optim.SGD(weights, **given)
        case "momentum":
            return torch.optim.SGD(weights, momentum=0.9, **given)
        case "nesterov":
            return torch.optim.SGD(weights, momentum=0.9, nesterov=True, **given)
        case "adagrad":
            return torch.optim.Adagrad(weights, **given)
        case "rmsprop":
            return torch.optim.RMSprop(weights, **given)
        case "adamw":
            return torch.optim.AdamW(weights, **given)
    return torch.optim.Adam(weights, **given)


def scheduled(torch: Any, name: str, optimiser: Any) -> Any:
    rates = torch.optim.lr_scheduler
    match name:
        case "step":
            return rates.StepLR(optimiser, step_size=7, gamma=0.5)
        case "exponential":
            return rates.ExponentialLR(optimiser, gamma=0.95)
        case "cosine":
            return rates.CosineAnnealingLR(optimiser, T_max=STEPS, eta_min=0.001)
        case "inverse":
            return rates.LambdaLR(optimiser, lambda number: 1 / (1 + 0.1 * number))
    return rates.ConstantLR(optimiser, factor=1.0)


SETTINGS: dict[str, dict[str, float]] = {
    "constant": {},
    "step": {"gamma": 0.5, "s": 7},
    "exponential": {"gamma": 0.95},
    "cosine": {"T": STEPS, "eta_min": 0.001},
    "inverse": {"gamma": 0.1},
}


@pytest.mark.parametrize("schedule", SETTINGS)
@pytest.mark.parametrize(
    "name", ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"]
)
def test_a_training_is_pytorchs(trained: Trained, name: str, schedule: str) -> None:
    torch = pytest.importorskip("torch")
    rate, decay, clip = 0.05, 0.01, 0.3
    chosen = options(name, rate, schedule, SETTINGS[schedule], decay=decay, clip=clip, average=20)
    training = trained(SOURCE, chosen, 4, ("X", "y"))
    moments = list(training.run(training.begin(), STEPS))

    start = training.begin().vector
    weights = [
        torch.tensor(each.of(start).copy(), requires_grad=True) for each in training.parameters
    ]
    W_1, b_1, W_2, b_2 = weights
    X, y = (torch.tensor(training.examples.rows[name]) for name in ("X", "y"))
    optimiser = made(torch, name, weights, rate, decay)
    rates = scheduled(torch, schedule, optimiser)
    mean = torch.optim.swa_utils.AveragedModel(torch.nn.ParameterList(weights))
    for number in range(STEPS):
        rows = torch.tensor(training.examples.chosen(number))
        optimiser.zero_grad()
        h = torch.tanh(X[rows] @ W_1.T + b_1)
        loss = torch.mean(((h @ W_2.T + b_2)[:, 0] - y[rows]) ** 2)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(weights, clip)
        moment = moments[number]
        assert moment.loss == pytest.approx(loss.item(), rel=1e-11)
        assert moment.norm == pytest.approx(norm.item(), rel=1e-10)
        assert moment.rate == pytest.approx(optimiser.param_groups[0]["lr"], rel=1e-12)
        optimiser.step()
        rates.step()
        if number >= 20:
            mean.update_parameters(torch.nn.ParameterList(weights))
    found = np.concatenate([weight.detach().numpy().ravel() for weight in weights])
    assert moments[STEPS].state.vector == pytest.approx(found, rel=1e-10, abs=1e-12)
    averaged = np.concatenate([each.detach().numpy().ravel() for each in mean.module])
    assert moments[STEPS].state.kept["a"] == pytest.approx(averaged, rel=1e-10, abs=1e-12)
