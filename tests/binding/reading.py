"""Formulas read back: statements appended to the definition that they are formulas of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tests.asking import CALLS

Plain = dict[str, Any]


def read_back(
    source: str,
    statements: Sequence[tuple[str, str]],
    values: Mapping[str, Any] | None = None,
) -> dict[str, np.ndarray]:
    """What each statement's name is worth, once it stands behind the definition's own text."""
    loss = CALLS["evaluate"]({"source": source})["loss"]["name"]
    text = source.rstrip("\n") + "\n"
    text += "".join(f"{name} = {formula}\n" for name, formula in statements)
    if not any(line.split()[:1] == ["minimize"] for line in source.splitlines()):
        text += f"minimize {loss}\n"
    names = [name for name, _ in statements]
    answer = CALLS["evaluate"]({"source": text, "values": dict(values or {}), "names": names})
    return {name: array(answer["values"][name]) for name in names}


def array(value: Any) -> np.ndarray:
    """An answer's numbers, those that are not finite among them."""
    words = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}
    return np.array(
        np.vectorize(lambda x: words.get(x, x), otypes=[float])(np.array(value, dtype=object))
        if np.size(value)
        else value,
        dtype=float,
    )


def backprop(source: str, values: Mapping[str, Any] | None = None) -> Plain:
    """The gradients by backprop."""
    answer = CALLS["evaluate"]({"source": source, "values": dict(values or {})})
    return {name: array(value) for name, value in answer["partials"].items() if value is not None}
