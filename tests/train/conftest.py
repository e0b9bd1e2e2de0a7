"""What the tests of training share. Holds no checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from backstep.evaluate.initial import initial_values
from backstep.lang.compile.compiler import compile_text
from backstep.train.examples import Examples
from backstep.train.loop import Training
from backstep.train.optimisers import OPTIMISERS, SCHEDULES
from backstep.train.update import Options, Update


def options(
    name: str = "sgd",
    rate: float = 0.1,
    schedule: str = "constant",
    settings: Mapping[str, float] | None = None,
    **more: Any,
) -> Options:
    """An optimiser by name, with defaults for what is not given."""
    rows = OPTIMISERS[name], SCHEDULES[schedule]
    defaults = {each.name: each.default or 0.0 for row in rows for each in row.settings}
    return Options(*rows, rate, {**defaults, **(settings or {})}, **more)


@pytest.fixture
def trained() -> Callable[..., Training]:
    """A training: `trained(source, options)`, or with rows of the text's own in mini-batches."""

    def made(
        source: str,
        chosen: Options,
        size: int | None = None,
        rows: tuple[str, ...] = (),
        shuffle: bool = True,
        seed: int = 0,
    ) -> Training:
        definition = compile_text(source)
        values = initial_values(definition)
        fed = {name: values[name] for name in rows}
        fixed = {name: value for name, value in values.items() if name not in rows}
        count = len(values[rows[0]]) if rows else 1
        examples = Examples(fed, fixed, count, bool(rows), size or count, shuffle, seed)
        return Training(definition, values, examples, Update(chosen))

    return made
