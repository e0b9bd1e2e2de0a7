"""Every named rewrite: what it makes of a formula, that it is needed, that a wrong one shows."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from backstep.evaluate.initial import initial_values
from backstep.evaluate.interpret import interpret
from backstep.formula.matrix import Forms
from backstep.graph.node import Literal, Operand, literal
from backstep.graph.parameters import Parameters
from backstep.graph.shape import ShapeError
from backstep.lang.compile.definition import Definition
from backstep.ops import TABLE
from backstep.simplify.factors import Rule, Rules
from backstep.simplify.masks import CHOICES, COMPARISONS
from backstep.simplify.matrices import LAST, RULES
from backstep.simplify.tidy import Tidy
from tests.simplify.tidy_cases import CASES, FORWARD, GRADIENTS, MADE, case


@pytest.mark.parametrize("name", CASES)
def test_the_tidy_form_is(name: str) -> None:
    definition, node, whole = case(name)
    wanted = MADE[name][2] if name in MADE else (FORWARD[name][1] if whole else GRADIENTS[name][2])
    assert Forms(definition).formula(node, whole).text == wanted


def tidied(definition: Definition, rules: Rules, last: Rules) -> Tidy:
    named = [version.node for given in definition.names.values() for version in given]
    tidy = Tidy(named, {3}, rules, last)
    for node in named:
        tidy.name(node)
    return tidy


def form(name: str, rules: Rules = RULES, last: Rules = LAST) -> tuple[str, bool]:
    """What the tables make of a case, and whether it has the value that it is made of."""
    definition, node, whole = case(name)
    try:
        tidy = tidied(definition, rules, last)
        operand = tidy.of(node, whole)
    except ShapeError:  # a rewrite that counts on one before it
        return "refused", False
    known, wanted = truth(name)
    given = {key: value(origin, known) for key, origin in tidy.origin.items()}
    found = value(operand, given)
    same = np.shape(found) == np.shape(wanted) and bool(
        np.allclose(found, wanted, rtol=1e-10, atol=1e-12)
    )
    return spelled(operand), same


@cache
def truth(name: str) -> tuple[dict[int, Any], Any]:
    """The leaves' values, and what the case is worth at them."""
    definition, node, _ = case(name)
    leaves = initial_values(definition)
    known = {leaf.node.id: leaves[leaf.name] for leaf in definition.leaves}
    return known, value(node, known)


def value(operand: Operand, known: dict[int, Any]) -> Any:
    if isinstance(operand, Literal):
        return np.float64(float(operand))
    grown = interpret(
        [operand],
        dict(known),
        lambda written: np.float64(float(written)),
        lambda node, inputs: TABLE[node.op].numpy(*inputs, **node.params),
    )
    return grown[operand.id]


def spelled(operand: Operand) -> str:
    if isinstance(operand, Literal):
        return str(operand.value)
    return f"{operand.op}{operand.params}({', '.join(map(spelled, operand.inputs))})"


NAMED = [
    (number, op, place)
    for number, table in enumerate((RULES, LAST))
    for op, rules in table.items()
    for place in range(len(rules))
]


def changed(number: int, op: str, place: int, rule: Rule | None) -> tuple[Rules, Rules]:
    """The tables with one rewrite replaced, or left out."""
    tables = [dict(RULES), dict(LAST)]
    rules = list(tables[number][op])
    rules[place : place + 1] = [] if rule is None else [(rules[place][0], rule)]
    tables[number][op] = tuple(rules)
    return tables[0], tables[1]


@pytest.fixture(scope="module")
def forms() -> dict[str, tuple[str, set[tuple[int, str, int]]]]:
    """Each case's tidy form, and the rewrites that had a say in it."""
    found = {}
    for name in CASES:
        said: set[tuple[int, str, int]] = set()
        text, same = form(name, *(watched(number, said) for number in (0, 1)))
        assert same, name
        found[name] = text, said
    return found


def watched(number: int, said: set[tuple[int, str, int]]) -> Rules:
    """A table that notes which of its rewrites give a form."""

    def watch(key: tuple[int, str, int], rule: Rule) -> Rule:
        def noted(b: Any, inputs: tuple[Operand, ...], params: Parameters) -> Any:
            given = rule(b, inputs, params)
            if given is not None:
                said.add(key)
            return given

        return noted

    return {
        op: tuple(
            (title, watch((number, op, place), rule)) for place, (title, rule) in enumerate(rules)
        )
        for op, rules in (RULES, LAST)[number].items()
    }


COMPARED = COMPARISONS | CHOICES
"""One rule serves all comparisons; a case has one of them, and is as true where it is 1.001."""


@pytest.mark.parametrize(("number", "op", "place"), NAMED)
def test_every_rewrite_is_needed_and_a_wrong_one_is_caught(
    number: int,
    op: str,
    place: int,
    forms: dict[str, tuple[str, set[tuple[int, str, int]]]],
) -> None:
    title, rule = (RULES, LAST)[number][op][place]
    assert title
    without = changed(number, op, place, None)
    used = [
        name
        for name, (text, said) in forms.items()
        if (number, op, place) in said and form(name, *without)[0] != text
    ]
    assert used or op in COMPARED

    def wrong(b: Any, inputs: tuple[Operand, ...], params: Parameters) -> Operand | None:
        right = rule(b, inputs, params)
        return None if right is None else b.raw("multiply", literal(1.001), right)

    planted = changed(number, op, place, wrong)
    assert op in COMPARED or not all(form(name, *planted)[1] for name in used)
