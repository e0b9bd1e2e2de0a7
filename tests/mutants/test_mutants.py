"""Every planted fault turns a test of its room red; in seconds, only that each can be planted."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutants.page import rows, written
from tests.mutants.runner import ROOT, Copy, Outcome, Planted, edited, printed
from tests.mutants.tables import TABLES

ALL = [
    pytest.param(fault, id=f"{room}: {fault.said}")
    for room, faults in TABLES.items()
    for fault in faults
]


@pytest.mark.parametrize("fault", ALL)
def test_the_fault_can_be_planted(fault: Planted) -> None:
    """What it replaces stands there once, Python stays Python, and its tests are there."""
    text = edited(fault)
    if fault.file.endswith(".py"):
        ast.parse(text)
    for test in fault.tests:
        assert (ROOT / test.partition("::")[0]).exists(), test


def test_no_fault_is_planted_twice() -> None:
    given = [fault for faults in TABLES.values() for fault in faults]
    assert len({(fault.file, fault.before, fault.after) for fault in given}) == len(given)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("planted"))


@pytest.mark.long
@pytest.mark.parametrize("fault", ALL)
def test_the_fault_is_found(fault: Planted, copy: Copy) -> None:
    outcome = copy.outcome(fault)
    assert outcome.killed_by is not None, printed([outcome])


@pytest.mark.long
def test_what_is_no_fault_turns_nothing_red(copy: Copy) -> None:
    """The tables' tests pass where nothing is planted: red means the fault."""
    tests = sorted({test for faults in TABLES.values() for fault in faults for test in fault.tests})
    assert copy.red(tests) is None


def test_a_place_that_is_not_there_once_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\nx = 1\n")
    for before in ("x = 1", "y = 1"):
        with pytest.raises(ValueError, match="stands"):
            edited(Planted("twice or never", "a.py", before, "", ()), tmp_path)


def test_the_page_names_every_fault_and_the_test_that_found_it() -> None:
    said = rows((ROOT / "docs" / "mutants.md").read_text())
    assert list(said) == list(TABLES)
    for room, faults in TABLES.items():
        assert [row[:2] for row in said[room]] == [(each.file, each.said) for each in faults]
        for (_, _, found), fault in zip(said[room], faults, strict=True):
            within = tuple(test.partition("[")[0] for test in fault.tests)
            assert found.strip("`").startswith(within), fault


def test_a_page_keeps_the_rooms_that_were_not_run() -> None:
    def found(said: str, test: str | None) -> Outcome:
        return Outcome(Planted(said, "app/a.py", "", "", ()), test, 1.0)

    first = written({"one": [found("a sign", "tests/a.py::test[x]")]}, ["one", "two"], "")
    both = written({"two": [found("an index", None)]}, ["one", "two"], first)
    assert rows(both) == {
        "one": [("app/a.py", "a sign", "`tests/a.py::test`")],
        "two": [("app/a.py", "an index", "**survived**")],
    }
    assert "Here 2 faults" in both
