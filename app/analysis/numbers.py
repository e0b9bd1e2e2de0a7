"""`/evaluate`: every name's value and partial, the gradients, and what to be warned of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from app.analysis.doubtful import doubtful
from app.analysis.overflow import overflows
from app.analysis.plain import negligible, plain, unsigned_zero
from app.analysis.prepare import Prepared, prepare
from app.analysis.remarks import sentence
from app.analysis.spoken import Spoken
from app.engines.numeric import Numbers
from app.errors import Fault, Fix, RequestError, Span
from app.graph.node import Node
from app.ops.row import Array


def evaluate(request: dict[str, Any]) -> dict[str, Any]:
    """Forward and backward on the values in force; `names` asks for some names alone.

    With `most`, tensors of more elements than that are None.
    """
    return evaluated(prepare(request), request)


def evaluated(prepared: Prepared, request: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a request made ready."""
    definition = prepared.definition
    wanted = request.get("names")
    if wanted is not None:
        for position, name in enumerate(wanted):
            if name not in definition.names:
                fault = Fault(
                    "unknown_name",
                    f"the definition has no name '{name}'",
                    pointer=f"/names/{position}",
                )
                raise RequestError(fault)
    numbers = prepared.numbers()
    names = definition.names if wanted is None else {n: definition.names[n] for n in wanted}
    most = request.get("most")
    values: dict[str, Any] = {}
    partials: dict[str, Any] = {}
    rounding: dict[str, Any] = {}
    versions: dict[str, Any] = {}
    for name, given in names.items():
        value = numbers.value(given[-1].node)
        is_loss = given[-1].node is definition.loss
        values[name] = _kept(unsigned_zero(value) if is_loss else value, most)
        if not _is_const(prepared, given[-1].node):
            partials[name] = _partial(prepared, numbers, given[-1].node, most)
            mask = negligible(prepared.rounding.of(given[-1].node))
            if partials[name] is not None and mask is not None:
                rounding[name] = mask
        if len(given) > 1:
            versions[name] = [
                {
                    "value": _kept(numbers.value(version.node), most),
                    "partial": _partial(prepared, numbers, version.node, most),
                    "line": version.line,
                }
                for version in given
            ]
    return {
        "loss": {
            "name": definition.loss_name,
            "value": plain(unsigned_zero(numbers.value(definition.loss))),
        },
        "values": values,
        "partials": partials,
        "gradients": {
            leaf.name: partials[leaf.name]
            for leaf in definition.leaves
            if leaf.role == "param" and leaf.name in partials
        },
        "rounding": rounding,
        "versions": versions,
        "warnings": warnings(prepared, numbers),
    }


def _is_const(prepared: Prepared, node: Node) -> bool:
    return any(leaf.node is node and leaf.role == "const" for leaf in prepared.definition.leaves)


def _kept(array: Array, most: int | None) -> Any:
    return plain(array) if most is None or array.size <= most else None


def _partial(prepared: Prepared, numbers: Numbers, node: Node, most: int | None) -> Any:
    label = any(leaf.node is node and leaf.label for leaf in prepared.definition.leaves)
    return None if label else _kept(numbers.partial(node), most)


def warnings(prepared: Prepared, numbers: Numbers) -> list[dict[str, Any]]:
    """What is not wrong but should be known, each at its place in the text."""
    said = Spoken(prepared).said
    found = [
        warning(prepared, fault.code, sentence(fault), None, fault.span, fault.fixes)
        for fault in (
            *prepared.definition.warnings,
            *(fault for fault, _ in doubtful(prepared.definition, numbers)),
        )
    ]
    for birth in numbers.births:
        what = (
            f"the partial with respect to {said(birth.node)}"
            if birth.backward
            else (said(birth.node))
        )
        code = "partial_not_finite" if birth.backward else "not_finite"
        message = f"{what} is {birth.value}, the first that is not finite"
        found.append(warning(prepared, code, message, birth.node, birth.node.span))
    for fault, node in overflows(prepared, numbers):
        span = node.span if fault.span is None else fault.span
        found.append(warning(prepared, fault.code, sentence(fault), node, span, fault.fixes))
    for hit in numbers.conventions:
        message = f"{said(hit.node).removesuffix(',')}: {hit.words}"
        found.append(warning(prepared, hit.code, message, hit.node, hit.node.span))
    return found


def warning(
    prepared: Prepared,
    code: str,
    message: str,
    node: Node | None,
    span: Span | None,
    fixes: Sequence[Fix] = (),
) -> dict[str, Any]:
    """A warning as plain data, at its node's place in the text."""
    if span is None and node is not None:
        span = next(
            (block.span for block in prepared.definition.blocks if node.id in block.nodes), None
        )
    return {
        "code": code,
        "message": message,
        "name": None if node is None else prepared.symbols.name(node),
        "line": None if span is None else span.line,
        "column": None if span is None else span.column,
        "fixes": [asdict(fix) for fix in fixes],
    }
