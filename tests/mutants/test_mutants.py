"""Every planted fault turns a test of its room red; in seconds, only that each can be planted."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mutants.runner import ROOT, Copy, Planted, edited, printed
from tests.mutants.tables import TABLES

ALL = [
    pytest.param(fault, id=f"{room}: {fault.said}")
    for room, faults in TABLES.items()
    for fault in faults
]


@pytest.mark.parametrize("fault", ALL)
def test_the_fault_can_be_planted(fault: Planted) -> None:
    """What it replaces stands there once, what comes out is Python, and its tests are there."""
    ast.parse(edited(fault))
    for test in fault.tests:
        assert (ROOT / test.partition("::")[0]).exists(), test


def test_no_fault_is_planted_twice() -> None:
    given = [fault for faults in TABLES.values() for fault in faults]
    assert len({(fault.file, fault.before, fault.after) for fault in given}) == len(given)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    yield Copy(tmp_path_factory.mktemp("planted"))


@pytest.mark.long
@pytest.mark.parametrize("fault", ALL)
def test_the_fault_is_found(fault: Planted, copy: Copy) -> None:
    outcome = copy.outcome(fault)
    assert outcome.killed_by is not None, printed([outcome])


@pytest.mark.long
def test_what_is_no_fault_turns_nothing_red(copy: Copy) -> None:
    """The tables' tests pass where nothing is planted: red means the fault."""
    tests = sorted({test for param in ALL for test in param.values[0].tests})
    assert copy.red(tests) is None


def test_a_place_that_is_not_there_once_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\nx = 1\n")
    for before in ("x = 1", "y = 1"):
        with pytest.raises(ValueError, match="stands"):
            edited(Planted("twice or never", "a.py", before, "", ()), tmp_path)
