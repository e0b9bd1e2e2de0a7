"""What a text at fault is offered: fixes that were read before, keep its names, guess nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from backstep.errors import Edit
from backstep.examples import EXAMPLES
from backstep.lang.diagnostics.fixes.edits import applied
from backstep.lang.diagnostics.fixes.statement import mentioned
from backstep.lang.syntax.lines import logical_lines
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
    return mentioned(lines[-1].tokens)


def declared(source: str) -> set[str]:
    """The names that a text gives a value."""
    found = re.findall(
        r"^\s*(?:(?:input|target|param|const)\s+)?([^\W\d]\w*)"
        r"\s*(?:\[[^\]\n]*\]|\([^()\n]*\))?(?:\s*,\s*\w+)*\s*[=~]",
        source,
        re.M,
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
            assert fix["title"]
            assert fix["edits"]
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


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """Ways to break a text as people do, with what was done."""
    for match in re.finditer(r"(?<=[\w)\]])(\*| @ )(?=[\w(])", source):
        yield "no sign", f"{source[: match.start()]} {source[match.end() :]}"
        if re.match(r"[^\W\d]", source[match.end() :]):
            yield "run together", source[: match.start()] + source[match.end() :]
    for match in re.finditer(r"\b(exp|log|sum|mean|tanh|sigmoid|relu|mse|softmax)\(", source):
        name = {"mse": "F.mse_loss", "relu": "F.relu", "mean": "torch.mean"}
        other = name.get(match[1], f"np.{match[1]}")
        yield "library", f"{source[: match.start()]}{other}({source[match.end() :]}"
    for match in re.finditer(r"\.T\b", source):
        yield "turned", f"{source[: match.start()]}^T{source[match.end() :]}"
    for match in re.finditer(r"\[\d[\d.]*(, \d[\d.]*)+\]", source):
        yield "printed", source[: match.start()] + match[0].replace(",", "") + source[match.end() :]
    for match in re.finditer(r"\b(sigmoid|softmax|tanh|lambda)\b", source):
        word = match[1][:2] + match[1][3] + match[1][2] + match[1][4:]
        yield "slip", source[: match.start()] + word + source[match.end() :]


def test_a_run_behind_another_fault_is_no_name_to_declare() -> None:
    source = "param W = [[1, 2], [3, 4]]\nparam x = [1, 2]\nh = relu(Wx)\ny = Wh\nL = sum(y)"
    _, faults = read(source)
    assert [fault["fixes"][0]["title"] for fault in faults] == [
        "Write h = relu(W @ x)",
        "Write y = W @ h",
    ]
    assert leads_to(source, 86)
    chained = source.replace("y = Wh", "y = np.abs(W h)")
    assert leads_to(chained, 86)
    check_invariants(source)


KINDS = {"no sign", "run together", "library", "turned", "printed", "slip"}
EACH = 2
"""Mutants of a kind and example."""
SHARE = 0.97
"""How many broken texts at least one fix, or the reading, leads back to the loss they had."""


def broken() -> list[tuple[str, str, str]]:
    """Broken examples: the kind, the example's text, the broken one."""
    made = []
    for example in EXAMPLES:
        if len(example.source) > 1500:
            continue
        counts = dict.fromkeys(KINDS, 0)
        for kind, text in mutants(re.sub(r"#.*", "", example.source)):
            counts[kind] += 1
            if counts[kind] <= EACH:
                made.append((kind, example.source, text))
    return made


def test_broken_examples_are_offered_only_what_holds_and_lead_back() -> None:
    led, missed, kinds = 0, [], set()
    found = broken()
    for kind, source, text in found:
        kinds.add(kind)
        check_invariants(text)
        loss, _ = read(source)
        assert loss is not None
        if leads_to(text, loss):
            led += 1
        else:
            missed.append((kind, text))
    assert kinds == KINDS
    assert led / len(found) >= SHARE, missed
