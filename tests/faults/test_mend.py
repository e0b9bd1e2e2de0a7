"""What a text at fault is offered: fixes that were read before, keep its names, guess nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from app.errors import Edit
from app.lang.fixes.edits import applied
from app.lang.lines import logical_lines
from tests.faults.cases import ask, cases

EVALUATE = "POST /evaluate"
STEPS = 3


def read(source: str) -> tuple[float | None, list[dict[str, Any]]]:
    """The loss of a text, or None and its faults."""
    status, answer = ask(EVALUATE, {"source": source})
    return (answer["loss"]["value"], []) if status == 200 else (None, answer["faults"])


def texts(source: str, fault: dict[str, Any]) -> list[str]:
    """The text with each of a fault's fixes."""
    return [applied(source, [Edit(**edit) for edit in fix["edits"]]) for fix in fault["fixes"]]


def losses(source: str, steps: int = STEPS) -> Iterator[float]:
    """Where a text leads: its loss, or those of its fixes, applied at most so many times."""
    loss, faults = read(source)
    if loss is not None:
        yield loss
    elif steps:
        for fault in faults:
            for text in texts(source, fault):
                yield from losses(text, steps - 1)


def leads_to(source: str, loss: float) -> bool:
    """Whether the text reads with this loss, or one of its fixes leads to it."""
    return any(found == pytest.approx(loss, rel=1e-9) for found in losses(source))


def statement(source: str, number: int) -> set[str]:
    """The names on the logical line that a physical line belongs to."""
    lines = [line for line in logical_lines(source) if line.number <= number]
    return {str(token) for token in lines[-1].tokens if token.type == "NAME"}


def declared(source: str) -> set[str]:
    """The names that a text gives a value."""
    found = re.findall(
        r"^\s*(?:(?:input|target|param|const)\s+)?([^\W\d]\w*)[^=\n]*=", source, re.M
    )
    return set(found)


def check_invariants(source: str) -> int:
    """Raises AssertionError where a fix breaks a rule that holds for all; how many there were."""
    loss, faults = read(source)
    if loss is not None:
        return 0
    count = 0
    old = {(fault["code"], fault["message"]) for fault in faults}
    known = declared(source)
    for fault in faults:
        assert isinstance(fault["fixes"], list | tuple)
        for fix, text in zip(fault["fixes"], texts(source, fault), strict=True):
            count += 1
            assert fix["title"] and fix["edits"]
            _check_apart(fix["edits"])
            assert text != source
            number = fault["span"]["line"]
            _, after = read(text)
            new = {(each["code"], each["message"]) for each in after} - old
            assert (fault["code"], fault["message"]) not in {
                (each["code"], each["message"]) for each in after
            } or len(after) < len(faults), (source, fix)
            hard = {(code, said) for code, said in new if code != "loss_not_scalar"}
            assert not hard, (source, fix, hard)
            wanted = statement(source, number) & known
            kept = {name for line in logical_lines(text) for name in map(str, line.tokens)}
            assert wanted <= kept, (source, fix)
            _check_names(source, text, known)
    return count


def _check_apart(edits: list[dict[str, Any]]) -> None:
    spans = sorted(((e["line"], e["column"]), (e["end_line"], e["end_column"])) for e in edits)
    assert all(start <= end for start, end in spans)
    for (_, end), (start, _) in pairwise(spans):
        assert end <= start, edits


def _check_names(source: str, text: str, known: set[str]) -> None:
    """No name has become another declared one, and no function another function."""
    before = set(re.findall(r"[^\W\d]\w*", source))
    for name in set(re.findall(r"[^\W\d]\w*", text)) - before:
        assert name not in known or any(name in run for run in before), (source, text)


@pytest.mark.parametrize("case", cases("mend"))
def test_a_text_is_mended_or_told_what_there_is(case: dict[str, Any]) -> None:
    source, want = case["request"]["source"], case["want"]
    check_invariants(source)
    if isinstance(want, dict):
        assert leads_to(source, want["loss"])
        return
    loss, faults = read(source)
    said = " ".join(
        part
        for fault in faults
        for part in (fault["hint"] or "", *(fix["title"] for fix in fault["fixes"]))
    )
    for name in re.findall(r"such as '(\w+)'", want):
        assert not re.search(rf"\b{name}\b", said)
    for phrase in re.findall(r"no[t]?(?: hint)? '([^'(]+)", want):
        assert phrase not in said
    if " named" in want and loss is None:
        assert re.search(r"reshape\(|-1e9|log\(0\)", said)
    if "another declared name" in want:
        for fault in faults:
            assert all("z2" in text for text in texts(source, fault))
