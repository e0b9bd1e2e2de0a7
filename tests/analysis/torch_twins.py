"""Runs a network that is written twice, and says where Backstep and PyTorch part. Draws none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from app.analysis import CALLS
from app.lang.build import understand

CLOSE = 1e-10
"""Of the value itself, and a hundredth of that of the largest element beside it."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What was compared, where the two part, and the warnings that came with our answer."""

    elements: int
    apart: tuple[str, ...]
    warnings: frozenset[str]


def compare(definition: str, torch_text: str, values: dict[str, Any] | None = None) -> Compared:
    """Values and partials of every name, computed by both."""
    torch = pytest.importorskip("torch")
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    answer = CALLS["evaluate"]({"source": definition, "values": values or {}})
    leaves = {leaf.name: leaf for leaf in understand(definition).leaves}
    given = {name: torch.tensor(answer["values"][name], requires_grad=True) for name in leaves}
    names: dict[str, Any] = {
        "torch": torch,
        "F": torch.nn.functional,
        "own": {name: value for name, value in given.items() if "." in name},
        **{name: value for name, value in given.items() if "." not in name},
    }
    exec(torch_text, names)
    made = {name: names.get(name, given.get(name)) for name in answer["values"]}
    tensors = {name: value for name, value in made.items() if torch.is_tensor(value)}
    assert tensors.keys() == answer["values"].keys(), "PyTorch's text gives other names"
    reached = {name: value for name, value in tensors.items() if value.requires_grad}
    slopes = torch.autograd.grad(names["L"], list(reached.values()), allow_unused=True)
    elements, apart = 0, []
    for name, value in tensors.items():
        found = np.array(answer["values"][name])
        elements += found.size
        apart += [f"{name}: {each}" for each in parted(found, value.detach().numpy())]
    for (name, value), slope in zip(reached.items(), slopes, strict=True):
        if answer["partials"][name] is None:
            continue
        right = np.zeros(value.shape) if slope is None else slope.numpy()
        found = np.array(answer["partials"][name])
        elements += found.size
        apart += [f"the partial of {name}: {each}" for each in parted(found, right)]
    codes = frozenset(warning["code"] for warning in answer["warnings"])
    return Compared(elements, tuple(apart), codes)


def parted(found: Any, right: Any) -> list[str]:
    """Where two arrays are not of one shape, or an element is further away than allowed."""
    if found.shape != right.shape:
        return [f"shape {found.shape}, PyTorch's is {right.shape}"]
    if np.array_equal(found, right, equal_nan=True):
        return []
    largest = float(np.max(np.abs(right), initial=0.0))
    with np.errstate(all="ignore"):
        near = np.abs(found - right) <= CLOSE * np.abs(right) + CLOSE / 100 * largest
    same = near | (found == right) | (np.isnan(found) & np.isnan(right))
    if same.all():
        return []
    at = tuple(int(place) for place in np.argwhere(~same)[0])
    return [f"{list(at)} is {found[at]!r}, PyTorch's is {right[at]!r}"]
