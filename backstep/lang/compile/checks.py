"""Checks of a finished graph: the loss, class numbers, surprising broadcasts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from backstep.errors import Diagnostic, Edit, Fix, Span
from backstep.graph.graph import Graph
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.order import ancestors, uses
from backstep.graph.shape import Shape, size, spell
from backstep.lang.compile.declarations import has_shape
from backstep.lang.compile.scope import Declared, Scope
from backstep.lang.syntax import syntax_tree
from backstep.lang.syntax.refusal import refuse
from backstep.lang.syntax.tokens import split_lines
from backstep.ops import TABLE, misuse


@dataclass(frozen=True, slots=True)
class Loss:
    """The scalar that is minimised, and its name."""

    name: str
    node: Node


def loss(scope: Scope, chosen: syntax_tree.Name | None, end: Span) -> Loss:
    """The chosen loss, or the last name assigned. Raises StatementError if there is none."""
    if chosen is None:
        message = "no name is given a value by '=', so there is no loss"
        raise refuse("no_loss", message, "write, for example: L = (u - y)^2", end)
    name = chosen.name
    meaning = scope.find(chosen, "give it a value by '='")
    if not isinstance(meaning, Node):
        what = f"is declared as {meaning.role}" if isinstance(meaning, Declared) else "is a number"
        hint = "minimize a name that is given its value by '='"
        raise refuse("loss", f"'{name}' {what}: it is no loss", hint, chosen.span)
    if meaning.shape:
        message = f"the loss must be a scalar, and '{name}' {has_shape(meaning.shape)}"
        hint = f"write sum({name}) or mean({name})"
        if all(size == 1 for size in meaning.shape):
            hint = f"write {name}[{', '.join('0' for _ in meaning.shape)}] for its only element"
        raise refuse("loss_not_scalar", message, hint, chosen.span)
    return Loss(name, meaning)


def labels(graph: Graph) -> frozenset[int]:
    """Ids of the leaves that are class numbers and nothing else: they have no partial.

    A class number may first be taken out of a leaf (`y[t]`): operations that only move elements are
    looked through.
    """
    if not any(TABLE[node.op].labels for node in graph.nodes):
        return frozenset()
    used = uses(graph.nodes)
    only: dict[int, bool] = {}
    for node in reversed(graph.nodes):
        places = used.get(node.id, [])
        only[node.id] = bool(places) and all(
            position in TABLE[use.op].labels or (_moves(use) and only[use.id])
            for use, position in places
        )
    return frozenset(node.id for node in graph.nodes if TABLE[node.op].leaf and only[node.id])


def _moves(node: Node) -> bool:
    row = TABLE[node.op]
    return row.operations == 0 and not row.labels


def class_numbers(
    graph: Graph, written: Mapping[int, tuple[Node | Literal, Span]]
) -> list[Diagnostic]:
    """Diagnostics for literal class numbers that are no integers or out of range.

    `written` holds the initial value of leaves by node id, and its place in the text.
    """
    faults = []
    for node in graph.nodes:
        row = TABLE[node.op]
        if row.check is None:
            continue
        for position in row.labels:
            found = _written(node.inputs[position], written)
            if found is None:
                continue
            values, place = found
            arrays = [np.broadcast_to(0.0, operand.shape) for operand in node.inputs]
            arrays[position] = values
            said = row.check(*arrays, **node.params)
            if said is not None:
                span = place or node.span
                faults.append(Diagnostic("class_number", said, "classes count from 0", span))
    return faults


def _written(
    operand: Operand, written: Mapping[int, tuple[Node | Literal, Span]]
) -> tuple[Any, Span | None] | None:
    """The numbers behind a class number, if the text contains them."""
    if isinstance(operand, Literal):
        return np.float64(float(operand)), None
    if operand.id in written:
        initial, place = written[operand.id]
        found = _written(initial, {})
        return None if found is None else (np.broadcast_to(found[0], operand.shape), place)
    row = TABLE[operand.op]
    if row.leaf or not _moves(operand):
        return None
    sources = [_written(each, written) for each in operand.inputs]
    if any(source is None for source in sources):
        return None
    known = [source for source in sources if source is not None]
    places = [place for _, place in known if place is not None]
    values = row.numpy(*(values for values, _ in known), **operand.params)
    return values, places[0] if places else operand.span


def broadcasts(loss: Node, called: Mapping[int, str]) -> list[Diagnostic]:
    """Warnings for two tensors that meet in the loss and are both repeated to fit.

    (3) against (3×1) gives 3×3: allowed, and seldom meant. `called` maps ids to nodes' names.
    """
    found: dict[tuple[Span | None, Shape], Diagnostic] = {}
    for node in ancestors([loss]):
        met = [each for each in node.inputs if each.shape]
        if not TABLE[node.op].elementwise or any(each.shape == node.shape for each in met):
            continue
        if len(met) < 2:
            continue
        # The last two are the branches of a choice; its condition is repeated to them.
        left, right = met[-2:]
        if size(left.shape) != size(right.shape) or _shaped(left) or _shaped(right):
            continue  # nothing is repeated, or an axis of size 1 is meant
        first = f"{called.get(_id(left), 'the left')} is {spell(left.shape)}"
        second = f"{called.get(_id(right), 'the right')} is {spell(right.shape)}"
        message = f"{first}, {second}: together they become {spell(node.shape)}"
        hint = "reshape one of them if element was to meet element"
        found.setdefault((node.span, node.shape), Diagnostic("broadcast", message, hint, node.span))
    return list(found.values())


_FEWEST_COUNTED = 3
"""The least size of a vector for which a count from 1 can be recognised."""


def counted_from_one(graph: Graph, leaves: Mapping[int, str], source: str) -> list[Diagnostic]:
    """A warning for two vectors that are read as if their elements counted from 1.

    That is so if elements of two declared vectors of one size n > 2 meet, each with the one of its
    own number, for 1 to n − 1, and neither vector is used in any other way: their first elements
    have no effect. One vector alone is no evidence, nor are elements of two numbers, as in a cross
    product. `leaves` maps ids to the declared names.
    """
    used: dict[int, set[int | None]] = {}
    elements: dict[int, tuple[Node, int]] = {}
    met: dict[tuple[Node, Node], list[tuple[Node, int, int]]] = {}
    for node in graph.nodes[: graph.forward_count]:
        number = misuse.taken_element(node)
        for operand in node.nodes:
            if operand.id in leaves:
                used.setdefault(operand.id, set()).add(number)
                if number is not None:
                    elements[node.id] = operand, number
        both = [elements[each.id] for each in node.nodes if each.id in elements]
        if len(both) == 2 and both[0][0] is not both[1][0]:
            (one, first), (two, second) = sorted(both, key=lambda each: each[0].id)
            met.setdefault((one, two), []).append((node, first, second))
    found = []
    for pair, meetings in met.items():
        size_of, *others = (each.shape[0] for each in pair)
        numbers = set(range(1, size_of))
        alike = all(first == second for _, first, second in meetings)
        whole = all(used[each.id] == numbers for each in pair) and others == [size_of]
        if size_of < _FEWEST_COUNTED or not whole or not alike:
            continue
        if {first for _, first, _ in meetings} == numbers:
            name, other = (leaves[each.id] for each in pair)
            message = f"elements count from 0: {name}[0] and {other}[0] are never used"
            hint = f"the first element of {name} is {name}[0]"
            fixes = _one_less(source, (name, other))
            span = meetings[0][0].span
            found.append(Diagnostic("counted_from_one", message, hint, span, fixes=fixes))
    return found


def _one_less(source: str, names: tuple[str, str]) -> tuple[Fix, ...]:
    """Fixes that lower every literal index of the names by one; none if an index is no number."""
    named = "|".join(map(re.escape, names))
    edits = []
    for number, line in enumerate(split_lines(source), start=1):
        code = line.partition("#")[0]
        if re.match(r"\s*(?:input|target|param|const)\b", code):
            continue
        for match in re.finditer(rf"(?<![\w.])(?:{named})(?!\w)\s*(\[([^\[\]]*)\])?", code):
            if match[2] is None or not match[2].strip().isdecimal() or int(match[2]) < 1:
                return ()
            less = Span(number, match.start(2) + 1, number, match.end(2) + 1)
            edits.append(Edit.at(less, str(int(match[2]) - 1)))
    title = f"Count from 0: {names[0]}[1] becomes {names[0]}[0]"
    return (Fix(title, tuple(edits)),) if edits else ()


def _shaped(operand: Operand) -> bool:
    """Whether a value's shape comes from a reshape that the text writes.

    Elementwise operations afterwards are looked through.
    """
    while isinstance(operand, Node):
        row = TABLE[operand.op]
        if row.shapes:
            return True
        alike = [each for each in operand.nodes if each.shape == operand.shape]
        if not row.elementwise or len(alike) != 1:
            return False
        operand = alike[0]
    return False


def _id(operand: Operand) -> int:
    return operand.id if isinstance(operand, Node) else -1
