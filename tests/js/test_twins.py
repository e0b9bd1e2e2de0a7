"""What the page's scripts work out as the library does, on the same cases: any difference fails."""

from __future__ import annotations

import json
import struct
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from app.jobs import protocol
from backstep.drawing.heat import heat, paths
from backstep.notation.figures import latex_figure, short, spoken

Ask = Callable[..., list[Any]]


@pytest.fixture(scope="session")
def ask(node: str) -> Ask:
    """Gives what a script's function gives for each of the calls' arguments."""

    def asked(module: str, function: str, calls: Sequence[Sequence[Any]]) -> list[Any]:
        done = subprocess.run(
            [node, str(Path(__file__).with_name("ask.js"))],
            input=protocol.to_json([module, function, *calls]),
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr.decode()[-2000:]
        found: list[Any] = json.loads(done.stdout)
        return found

    return asked


def numbers() -> Iterator[float]:
    """Numbers whose figures are hard: ties, carries, ends of the notations, any bits."""
    yield from (
        0.0,
        -0.0,
        float("nan"),
        float("inf"),
        -float("inf"),
        5e-324,
        1.7976931348623157e308,
    )
    for lead in (1, 1.25, 1.5, 2.0625, 2.0635, 9.9995, 9.9996, 9.5, 9.4999, 0.5, 2.5, 1 / 3):
        for power in (-320, -101, -100, -99, -12, -5, -4, -3, -1, 0, 1, 3, 4, 5, 16, 99, 100, 300):
            yield from (lead * 10.0**power, -lead * 10.0**power)
    drawn = Random(7)
    for _ in range(1000):
        yield struct.unpack("d", drawn.randbytes(8))[0]
        yield round(drawn.uniform(-1e4, 1e4), drawn.randrange(6))


@pytest.mark.parametrize(
    ("name", "written"),
    [("short", short), ("latexFigure", latex_figure), ("spokenFigure", spoken)],
)
def test_figures(ask: Ask, name: str, written: Callable[[float, int], str]) -> None:
    cases = [(value, digits) for value in numbers() for digits in (1, 2, 3, 4, 6)]
    found = ask("format", name, cases)
    wrong = [
        (*case, got, written(*case))
        for case, got in zip(cases, found, strict=True)
        if got != written(*case)
    ]
    assert wrong == []


def test_pictures_of_tensors(ask: Ask) -> None:
    rng = np.random.default_rng(0)
    shapes = [(30, 30), (200,), (3, 4, 5), (1, 1), (14, 28), (0, 3)]
    arrays = [rng.normal(size=shape) * scale for shape in shapes for scale in (1.0, 0.0, 1e300)]
    arrays.append(np.where(rng.random((20, 9)) < 0.2, np.nan, -1.0))
    pictures = [heat(array) for array in arrays]
    cells = [{"rows": p.rows, "columns": p.columns, "cells": p.cells} for p in pictures]
    assert ask("heat-paths", "heatPaths", [[each] for each in cells]) == [
        dict(paths(picture)) for picture in pictures
    ]
