"""The page of planted faults: a table a room, each fault with the test that found it. Runs none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tests.mutants.runner import Outcome

_HEAD = """\
# Planted faults

A test proves little until it has been seen to fail. Here {count} faults, of the kind that a tired
programmer makes, are planted in the source text one at a time, in a copy; each must turn a test of
its own room red. Rules of operations that are wrong on purpose are planted beside these by
`tests/ops/test_mutants.py`, more than two thousand.

This page is written by `.venv/bin/python -m tests.mutants --write docs/mutants.md`, which plants
them all; with the names of rooms behind it, those sections alone are written anew. The slow tests
plant every one again, and a quick one holds that the page and the tables agree.
"""
_ROW = re.compile(r"^\| `(.+?)` \| (.+?) \| (.+?) \|$", re.MULTILINE)
_SURVIVED = "**survived**"


def rows(page: str) -> dict[str, list[tuple[str, str, str]]]:
    """By room what the page says: the file, the fault in words, the test that found it."""
    parts = page.split("\n## ")[1:]
    return {part.partition("\n")[0]: _ROW.findall(part) for part in parts}


def written(outcomes: Mapping[str, Sequence[Outcome]], rooms: Sequence[str], before: str) -> str:
    """The page after these outcomes; what it said `before` of other `rooms` is kept."""
    kept = rows(before)
    sections, count = [], 0
    for room in rooms:
        found = [_row(each) for each in outcomes[room]] if room in outcomes else kept.get(room, [])
        count += len(found)
        lines = [f"| `{file}` | {said} | {killed_by} |" for file, said, killed_by in found]
        table = ["| file | fault | found by |", "| --- | --- | --- |", *lines]
        sections.append("\n".join([f"## {room}", "", *table]))
    return "\n\n".join([_HEAD.format(count=count).rstrip("\n"), *sections]) + "\n"


def _row(outcome: Outcome) -> tuple[str, str, str]:
    fault, killed_by = outcome.fault, outcome.killed_by
    test = _SURVIVED if killed_by is None else f"`{killed_by.partition('[')[0]}`"
    return fault.file, fault.said, test
