"""The checks themselves, tested: every planted fault must be caught, by the check meant for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import pytest

from backstep.autodiff import reverse
from backstep.autodiff.reverse import ContributionFields
from backstep.graph.node import Node
from backstep.graph.shape import ShapeError
from backstep.ops import TABLE
from backstep.ops.row import operation
from tests.ops import mutants
from tests.ops.cases import Table
from tests.ops.checks import CHECKS, Check, failures
from tests.ops.mutants import Fault
from tests.ops.mutants_of_layers import lost_conventions_of_layers, wrong_rules_of_layers
from tests.ops.point import hold
from tests.ops.points import POINTS

index, log = operation("index"), operation("log")

Tally = Callable[[int, list[str]], None]


def fails(check: Check, name: str, table: Table = TABLE) -> bool:
    """The check refuses the row; a rule that builds what does not fit is refused as well."""
    try:
        return any(failures(check, name, table))
    except ShapeError:
        return True


def points_missed(table: Table) -> Iterator[str]:
    for point in POINTS:
        try:
            hold(point, table)
        except (AssertionError, ShapeError):
            yield point.said


def survivors(faults: Iterable[Fault], caught: Callable[[Fault], bool], tally: Tally) -> list[str]:
    faults = list(faults)
    survived = [fault.said for fault in faults if not caught(fault)]
    tally(len(faults), survived)
    return survived


@pytest.mark.parametrize("name", ["differences", "derived"])
def test_every_slip_in_a_rule_is_caught(name: str, tally: Tally) -> None:
    """By differences, and by SymPy alone: neither leans on the other."""
    faults = list(mutants.slips())
    assert len(faults) > 200
    assert (
        survivors(faults, lambda fault: fails(CHECKS[name], fault.row.name, fault.table), tally)
        == []
    )


def test_every_slip_in_a_rule_is_caught_along_a_direction(tally: Tally) -> None:
    # What is left out takes no part in the identity; differences see it.
    faults = [fault for fault in mutants.slips() if "left out" not in fault.said]
    check = CHECKS["directional"]
    assert survivors(faults, lambda fault: fails(check, fault.row.name, fault.table), tally) == []


def test_every_invented_partial_is_caught(tally: Tally) -> None:
    faults = list(mutants.invented())
    assert len(faults) > 10
    check = CHECKS["differences"]
    assert survivors(faults, lambda fault: fails(check, fault.row.name, fault.table), tally) == []


def test_every_wrong_rule_is_caught(tally: Tally) -> None:
    check = CHECKS["differences"]
    faults = [*mutants.wrong_rules(), *wrong_rules_of_layers()]
    assert survivors(faults, lambda fault: fails(check, fault.row.name, fault.table), tally) == []


def test_every_lost_convention_is_caught(tally: Tally) -> None:
    faults = [*mutants.lost_conventions(), *lost_conventions_of_layers()]
    assert survivors(faults, lambda fault: any(points_missed(fault.table)), tally) == []


def test_slips_that_show_at_second_order_alone_are_caught() -> None:
    faults = {fault.said: fault for fault in mutants.slips()}
    survived = []
    for name, inner in mutants.SECOND_ORDER:
        slipped = [
            fault
            for said, fault in faults.items()
            if said.startswith(f"{inner}: ") and said.endswith("0.1 % too large")
        ]
        assert slipped
        # One of the partials of the inner row may not be used in the outer row's gradient.
        if not any(fails(CHECKS["second_order"], name, fault.table) for fault in slipped):
            survived.append((name, inner))
    assert survived == []


def first_slice(partial: Node, operand: Node) -> Node:
    """Broadcasting undone by taking one element where a sum is due."""
    if len(partial.shape) < len(operand.shape):
        return right_unbroadcast(partial, operand)
    extra = len(partial.shape) - len(operand.shape)
    key = [0] * extra
    cut = index(partial, key=tuple(key)) if extra else partial
    for axis, (wide, narrow) in enumerate(zip(cut.shape, operand.shape, strict=True)):
        if wide != narrow:
            before = tuple((0, length, 1) for length in cut.shape[:axis])
            cut = index(cut, key=(*before, (0, 1, 1)))
    return cut


def halved(partial: Node, operand: Node) -> Node:
    return right_unbroadcast(partial, operand) * 0.999


def last_only(parts: Iterable[ContributionFields]) -> Node | None:
    """`+=` made `=`."""
    present = [partial for _, _, partial, _ in parts if partial is not None]
    return present[-1] if present else None


def first_only(parts: Iterable[ContributionFields]) -> Node | None:
    present = [partial for _, _, partial, _ in parts if partial is not None]
    return present[0] if present else None


def twice(parts: Iterable[ContributionFields]) -> Node | None:
    total = right_total(list(parts))
    return None if total is None else total + total


right_unbroadcast, right_total = reverse._unbroadcast, reverse.total


@pytest.mark.parametrize(
    ("part", "wrong", "seen_on"),
    [
        ("_unbroadcast", first_slice, "multiply"),
        ("_unbroadcast", first_slice, "maximum"),
        ("_unbroadcast", first_slice, "where"),
        ("_unbroadcast", first_slice, "matmul"),
        ("_unbroadcast", halved, "add"),
        ("_unbroadcast", halved, "power"),
        ("total", last_only, "multiply"),
        ("total", last_only, "dot"),
        ("total", first_only, "add"),
        ("total", first_only, "stack"),
        ("total", twice, "sin"),
    ],
)
@pytest.mark.parametrize("check", ["differences", "derived"])
def test_a_fault_in_the_backward_pass_is_caught(
    part: str, wrong: object, seen_on: str, check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reverse, part, wrong)
    assert fails(CHECKS[check], seen_on)


@pytest.mark.parametrize("check", [CHECKS["differences"], CHECKS["derived"]])
def test_a_partial_that_is_no_number_agrees_with_nothing(check: Check) -> None:
    def undefined(g: Node, out: Node, x: Node) -> tuple[Node]:
        return (g * log(-out),)

    fault = Fault("exp: NaN", replace(TABLE["exp"], vjp=undefined))
    assert fails(check, "exp", fault.table)
