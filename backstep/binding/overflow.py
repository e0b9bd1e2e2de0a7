"""Partials that are 0 because a 0 met an infinite value, and formulas that do not overflow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from backstep.binding.bind import BoundModel
from backstep.errors import DefinitionError, Diagnostic, Edit, Fix, LimitError, Span
from backstep.evaluate.numeric import GraphValues, evaluate_graph
from backstep.formula.operations import FromGraph, make
from backstep.formula.text import Writer
from backstep.formula.tree import Formula
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.lang.compile.compiler import compile_text
from backstep.lang.compile.definition import Definition
from backstep.lang.diagnostics.fixes.edits import applied
from backstep.ops.row import ATOM
from backstep.ops.stable_functions import Sound, sound


def overflows(prepared: BoundModel, numbers: GraphValues) -> list[tuple[Diagnostic, Node]]:
    """A warning of the partials that are not to be trusted, with the node of the first.

    If the partials are not finite either, and another formula would help, that alone is reported.
    """
    if not numbers.untrusted and not numbers.non_finite_origins:
        return []
    definition = prepared.definition
    shown = [leaf.node for leaf in definition.leaves if leaf.role != "const" and not leaf.label]
    shown += [given[-1].node for given in definition.names.values()]
    doubted = [node for node in dict.fromkeys(shown) if node.id in numbers.untrusted]
    if not doubted and not numbers.non_finite_origins:
        return []
    better = _better(prepared, numbers)
    if doubted and better is not None and _agrees(prepared, numbers, better[2], doubted):
        doubted = []
    if doubted:
        message = _whose([prepared.symbols.said(node) for node in doubted])
        hint, span, fixes = better or (None, None, ())
        return [(Diagnostic("untrusted_partial", message, hint, span, fixes=fixes), doubted[0])]
    if better is None:
        return []
    hint, span, fixes = better
    at = (
        numbers.non_finite_origins[0].node
        if numbers.non_finite_origins
        else prepared.definition.loss
    )
    return [(Diagnostic("overflow", hint, None, span, fixes=fixes), at)]


def _whose(names: Sequence[str]) -> str:
    taken = "an infinite value times 0, taken as 0"
    if len(names) == 1:
        return f"the partial with respect to {names[0]} is not to be trusted: it holds {taken}"
    whose = " and ".join(names)
    if len(names) > 2:
        whose = f"{names[0]} and {len(names) - 1} others"
    return f"the partials with respect to {whose} are not to be trusted: they hold {taken}"


def _better(
    prepared: BoundModel, numbers: GraphValues
) -> tuple[str, Span | None, tuple[Fix, ...]] | None:
    """What to write for a typed formula with an infinite step, in words and as a fix."""
    for node in reversed(ancestors([prepared.definition.loss])):
        form = sound(node)
        if form is not None and _fails(node, form, numbers):
            formulas = FromGraph(lambda each: prepared.symbols.formulas.get(each.id))
            typed = Writer().write(formulas.own(node))
            better = Writer().within(_formula(form, formulas), ATOM)
            where = "" if form.where is None else f" {form.where}"
            hint = f"{typed} is {better}{where}, which has no infinite value on the way"
            return hint, node.span, _fixes(prepared, node, better)
    return None


def _fails(node: Node, form: Sound, numbers: GraphValues) -> bool:
    """Whether the typed formula breaks where the other does not."""
    inner = [form.x, *(each for each in form.more if isinstance(each, Node))]
    if not all(np.isfinite(numbers.value(each)).all() for each in inner):
        return False
    values = [numbers.value(each) for each in (node, *form.steps)]
    edge = form.at_zero and any((value == 0).any() for value in values)
    return edge or not all(np.isfinite(value).all() for value in values)


def _agrees(
    prepared: BoundModel, numbers: GraphValues, fixes: Sequence[Fix], doubted: Sequence[Node]
) -> bool:
    """Whether the loss and the doubted partials are the same if nothing overflows.

    They are for a saturated 1/(1 + e^(−x)), whose partial of 0 is right.
    """
    if not fixes:
        return False
    definition = compile_text(applied(prepared.definition.source, fixes[0].edits))
    leaves = {leaf.name: numbers.leaves.get(leaf.name) for leaf in definition.leaves}
    if any(value is None for value in leaves.values()):
        return False
    other = evaluate_graph(
        definition, {name: value for name, value in leaves.items() if value is not None}
    )
    losses = numbers.value(prepared.definition.loss), other.value(definition.loss)
    if other.non_finite_origins or other.untrusted or not np.array_equal(*losses):
        return False
    by_name = _names(definition)
    texts = {node.id: name for name, node in _names(prepared.definition).items()}
    pairs = [(node, by_name.get(texts.get(node.id, ""))) for node in doubted]
    return all(
        twin is not None and np.array_equal(numbers.partial(node), other.partial(twin))
        for node, twin in pairs
    )


def _names(definition: Definition) -> Mapping[str, Node]:
    """The nodes that have a name in the text, the latest version of each."""
    return {leaf.name: leaf.node for leaf in definition.leaves} | {
        name: given[-1].node for name, given in definition.names.items()
    }


def _formula(form: Sound, formulas: FromGraph) -> Formula:
    """The stable form as a formula."""
    found: Formula = form.build(make, *(formulas.of(each) for each in (form.x, *form.more)))
    return found


def _fixes(prepared: BoundModel, node: Node, text: str) -> tuple[Fix, ...]:
    """The text with the stable form in it, if the formula occurs once and is read back as meant."""
    definition = prepared.definition
    repeated = any(
        node.id in block.nodes for block in definition.blocks if block.kind in ("function", "loop")
    )
    if repeated or node.span is None:
        return ()
    edit = Edit.at(node.span, text)
    try:
        compile_text(applied(definition.source, (edit,)))
    except (DefinitionError, LimitError):
        return ()
    return (Fix(f"Write {text}", (edit,)),)
