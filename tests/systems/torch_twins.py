"""Runs a network that is written twice, and says where Backstep and PyTorch part. Draws none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from backstep.lang.compile.compiler import compile_text
from backstep.ops.row import Array
from tests.asking import CALLS

CLOSE, ROUNDING = 1e-10, 1e-13
"""Of the value itself; and, where terms cancel, of the largest value or partial of the network."""


@dataclass(frozen=True, slots=True)
class Both:
    """What each of the two has for a value or a partial."""

    name: str
    ours: Array
    theirs: Array


@dataclass(frozen=True, slots=True)
class Compared:
    """What was compared, where the two part, and the warnings that came with our answer."""

    values: Mapping[str, Both]
    partials: Mapping[str, Both]
    warnings: frozenset[str]

    @property
    def apart(self) -> list[str]:
        both = (*self.values.values(), *self.partials.values())
        finite = [np.abs(each.theirs[np.isfinite(each.theirs)]) for each in both]
        largest = max(float(np.max(each, initial=1.0)) for each in finite)
        return [f"{each.name}: {said}" for each in both for said in parted(each, largest)]


def compare(definition: str, torch_text: str) -> Compared:
    """Values and partials of every name, computed by both."""
    torch = pytest.importorskip("torch")
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    answer = CALLS["evaluate"]({"source": definition})
    leaves = [leaf.name for leaf in compile_text(definition).leaves]
    given = {name: torch.tensor(answer["values"][name], requires_grad=True) for name in leaves}
    names: dict[str, Any] = {
        "torch": torch,
        "F": torch.nn.functional,
        "own": {name: value for name, value in given.items() if "." in name},
        **{name: value for name, value in given.items() if "." not in name},
    }
    exec(torch_text, names)
    made: dict[str, Any] = {name: names.get(name, given.get(name)) for name in answer["values"]}
    assert all(map(torch.is_tensor, made.values())), "PyTorch's text does not give all names"
    reached = {
        name: value
        for name, value in made.items()
        if value.requires_grad and answer["partials"].get(name) is not None
    }
    slopes = torch.autograd.grad(names["L"], list(reached.values()), allow_unused=True)
    return Compared(
        {
            name: Both(name, np.array(answer["values"][name]), value.detach().numpy())
            for name, value in made.items()
        },
        {
            name: Both(
                f"the partial of {name}",
                np.array(answer["partials"][name]),
                np.zeros(value.shape) if slope is None else slope.numpy(),
            )
            for (name, value), slope in zip(reached.items(), slopes, strict=True)
        },
        frozenset(warning["code"] for warning in answer["warnings"]),
    )


def parted(both: Both, largest: float) -> list[str]:
    """Where the two are not of one shape, or an element is further away than allowed."""
    ours, theirs = both.ours, both.theirs
    if ours.shape != theirs.shape:
        return [f"shape {ours.shape}, PyTorch's is {theirs.shape}"]
    with np.errstate(all="ignore"):
        near = np.abs(ours - theirs) <= CLOSE * np.abs(theirs) + ROUNDING * largest
    near &= np.isfinite(ours) & np.isfinite(theirs)
    same = near | (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    if same.all():
        return []
    at = tuple(int(place) for place in np.argwhere(~same)[0])
    return [f"{list(at)} is {ours[at]!r}, PyTorch's is {theirs[at]!r}"]
