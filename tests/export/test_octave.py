"""Octave files, where Octave is: among what `.ci/run` runs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from backstep.binding.bind import BoundModel
from backstep.export.exporting import export
from tests.export import networks
from tests.export.running import held, run_octave

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
@pytest.mark.skipif(shutil.which("octave-cli") is None, reason="no Octave is here")
@pytest.mark.parametrize("kind", NETWORKS)
def test_a_file_checks_itself_and_gives_the_interpreters_numbers(kind: str, tmp_path: Path) -> None:
    prepared = NETWORKS[kind]()
    files = {name: export(each, "octave").text for name, each in prepared.items()}
    held(prepared, run_octave(files, tmp_path))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("octave-cli") is None, reason="no Octave is here")
def test_a_file_whose_numbers_are_changed_exits_with_1(tmp_path: Path) -> None:
    text = export(networks.examples()["toy-neuron"], "octave").text
    files = {"as it is": text, "another": text.replace("gradients.b = -0.0735", "gradients.b = 9")}
    assert [each.code for each in run_octave(files, tmp_path).values()] == [0, 1]


def test_a_file_is_of_both_dialects_and_opens_nothing() -> None:
    """MATLAB knows `~` and `%` alone, and a vector is never indexed where it is worked out."""
    for each in [*networks.examples().values(), *networks.hostile().values()]:
        code = [line.partition("%")[0] for line in export(each, "octave").text.splitlines()]
        text = re.sub(r"'[^'\n]*'", "''", "\n".join(line for line in code if "fprintf" not in line))
        assert not re.search(r"[!#\"]", text.replace('"NaN"', "")), text
        assert not re.search(r"\b(eval|evalc|feval|fopen|system|load|str2func|shell_cmd)\b", text)
        assert text.count("function ") == len(re.findall(r"(?m)^end\b", text)) - 1
