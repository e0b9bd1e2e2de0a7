"""PyTorch and JAX files, where these are: among what `.ci/run` runs.

`TENSORS_PYTHON` names a Python that has the two; without it this one is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from backstep.binding.bind import BoundModel
from backstep.export.exporting import TargetName, export
from tests.export import networks
from tests.export.running import held, needs, run_python, tensors_python

NETWORKS: Mapping[str, Callable[[], Mapping[str, BoundModel]]] = {
    "examples": networks.examples,
    "brackets": networks.brackets,
    "random": lambda: networks.random(30),
    "rows": lambda: networks.rows("drawn"),
    "kinks": lambda: networks.rows("special"),
    "far": lambda: networks.rows("far"),
    "hostile": networks.hostile,
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("target", ["torch", "jax"])
def test_a_file_checks_itself_and_gives_the_interpreters_numbers(
    target: TargetName, kind: str, tmp_path: Path
) -> None:
    needs(target)
    prepared = NETWORKS[kind]()
    if target == "jax":
        # Each operation of each shape is compiled when it is first met.
        prepared = dict(list(prepared.items())[:6])
    files = {name: export(each, target).text for name, each in prepared.items()}
    held(prepared, run_python(files, tmp_path, tensors_python()))


@pytest.mark.parametrize("target", ["torch", "jax"])
def test_nothing_is_left_to_autograd(target: TargetName) -> None:
    for each in networks.examples().values():
        text = export(each, target).text
        for word in (
            ".backward()",
            "requires_grad",
            "autograd",
            "jax.grad",
            "vjp",
            "value_and_grad",
        ):
            assert word not in text
        assert "import numpy" not in text
