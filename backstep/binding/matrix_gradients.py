"""`/derive` in the forms `matrix` and `shared`: formulas in the definition's own language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from backstep.autodiff.reverse import Backward, element, whole
from backstep.autodiff.shared import Given, Statements, share
from backstep.binding.bind import Prepared
from backstep.errors import Fault, FormulaTooLarge
from backstep.formula.matrix import Forms, Formula, Hole
from backstep.formula.symbols import PARTIAL, VALUE
from backstep.graph.node import Node
from backstep.graph.shape import Shape
from backstep.limits import LIMITS
from backstep.symbolic.bounds import Target

Plain = dict[str, Any]

Gradient = tuple[Node | None, Shape, tuple[int, ...] | None]
"""The node of a partial (None: it is 0), its shape, and which element of it is meant, if one."""

_MOST_ROUNDS = 4


def matrix(prepared: Prepared, targets: Iterable[Target]) -> Plain:
    """One formula a gradient, in the names of the definition.

    Raises FormulaTooLarge, which says whose formula it is, where one would be too long to read.
    """
    nodes = {target.name: _taken(prepared, target) for target in targets}
    forms = Forms(prepared.definition, prepared.symbols)
    return _answer("matrix", prepared, forms, nodes)


def shared(prepared: Prepared, targets: Sequence[Target]) -> Plain:
    """The same by intermediate results, each given once, in the order backprop computes them."""
    found, holes, forms, nodes = given_once(prepared, targets)
    most = LIMITS.answer_operations
    definitions = [
        {
            "name": holes[each.symbol.id].text,
            "symbol": holes[each.symbol.id].latex,
            "display_symbol": holes[each.symbol.id].display,
            "of": None if each.of is None else prepared.symbols.name(each.of),
            "of_text": None if each.of is None else prepared.symbols.said(each.of),
            "kind": each.kind,
            **_plain(
                _printed(
                    forms,
                    each.node,
                    holes[each.symbol.id].text,
                    True,
                    most,
                    # Where a mask compares it, another rounding would be another mask.
                    typed=each.kind == "value",
                )
            ),
        }
        for each in found
    ]
    answer = _answer("shared", prepared, forms, nodes)
    gradients = answer.pop("gradients")
    return {**answer, "definitions": definitions, "gradients": gradients}


def _gradients(back: Backward, targets: Iterable[Target]) -> dict[str, Gradient]:
    return {target.name: _gradient(back, target) for target in targets}


def _gradient(back: Backward, target: Target) -> Gradient:
    """The node of the loss's partial, and its shape. An element's is an element of it."""
    adjoint = back.adjoints.get(target.node.id)
    shape = target.node.shape if target.whole else ()
    if adjoint is None or target.whole:
        return adjoint, shape, None
    return element(adjoint, target.node.shape, target.places[0]), shape, None


def _taken(prepared: Prepared, target: Target) -> Gradient:
    """The same, an element's as the whole and the place."""
    back = prepared.understood.back
    adjoint = back.adjoints.get(target.node.id)
    if adjoint is None or target.whole:
        return _gradient(back, target)
    spread = whole(adjoint, target.node.shape)
    return spread, (), target.places[0]


def given_once(
    prepared: Prepared, targets: Sequence[Target]
) -> tuple[list[Given], dict[int, Hole], Forms, dict[str, Gradient]]:
    """What is given once, its symbols, and the forms in them. What tidies to a symbol is not."""
    definition = prepared.definition
    named = {
        version.node.id: version.node
        for versions in definition.names.values()
        for version in versions
    }
    plain_partials: set[int] = set()
    plain: set[int] = set()
    for _ in range(_MOST_ROUNDS):
        statements = Statements(definition.loss, named, plain_partials)
        nodes = _gradients(statements.back, targets)
        found = share(statements, [node for node, *_ in nodes.values() if node is not None], plain)
        holes = _holes(prepared, found)
        forms = Forms(definition, prepared.symbols, holes)
        for each in found:
            forms.tidy.stands_for(each.symbol, each.node)
        bare = [each for each in found if forms.is_plain(each.node)]
        if not bare:
            break
        plain_partials |= {each.of.id for each in bare if each.symbol is not each.node and each.of}
        plain |= {each.node.id for each in bare if each.symbol is each.node}
    return found, holes, forms, nodes


def _holes(prepared: Prepared, found: Sequence[Given]) -> dict[int, Hole]:
    taken = set(prepared.definition.names)
    holes: dict[int, Hole] = {}
    numbers = _numbered(prepared, found)
    for each in found:
        name, latex = _symbol(prepared, each, numbers)
        while name in taken:
            name += "_"
        taken.add(name)
        colour = VALUE if each.kind == "value" else PARTIAL
        holes[each.symbol.id] = Hole(name, latex, rf"{colour}{{{latex}}}")
    return holes


def _numbered(prepared: Prepared, found: Iterable[Given]) -> dict[tuple[str, int], int]:
    """Numbers from 1 of what has no name of its own: partials in the order of the forward pass,
    all else as it is given."""
    kinds: dict[str, list[int]] = {}
    for each in found:
        of = each.of if each.kind == "partial" else None
        if of is None or prepared.symbols.name(of) is None:
            kinds.setdefault(each.kind, []).append((of or each.node).id)
    kinds.get("partial", []).sort()
    return {
        (kind, key): number
        for kind, ids in kinds.items()
        for number, key in enumerate(ids, start=1)
    }


def _symbol(
    prepared: Prepared, each: Given, numbers: Mapping[tuple[str, int], int]
) -> tuple[str, str]:
    if each.kind == "factor" or each.of is None:
        number = numbers[each.kind, each.node.id]
        return f"g_{number}", rf"g_{{{number}}}"
    if each.kind == "value":
        number = numbers[each.kind, each.node.id]
        return f"v_{number}", rf"v_{{{number}}}"
    symbols = prepared.symbols
    name, version = symbols.name(each.of), symbols.version(each.of)
    if name is None:
        number = numbers[each.kind, each.of.id]
        return f"delta_{number}", rf"\delta_{{{number}}}"
    text = f"delta_{name}" if version is None else f"delta_{name}_{version}"
    return text, rf"\delta_{{{symbols.of(each.of)}}}"


def _answer(form: str, prepared: Prepared, forms: Forms, nodes: Mapping[str, Gradient]) -> Plain:
    definition = prepared.definition
    most = LIMITS.answer_operations if form == "shared" else None
    gradients = {
        name: _plain(
            forms.zero(shape)
            if node is None
            else _printed(forms, node, f"∂{definition.loss_name}/∂{name}", False, most, at=at)
        )
        for name, (node, shape, at) in nodes.items()
    }
    loss = _printed(forms, definition.loss, definition.loss_name, True, most)
    return {
        "form": form,
        "loss": {"name": definition.loss_name, **_plain(loss)},
        "symbols": {name: name for name in forms.read},
        "gradients": gradients,
    }


def _printed(
    forms: Forms,
    node: Node,
    whose: str,
    whole: bool,
    most: int | None = None,
    typed: bool = False,
    at: tuple[int, ...] | None = None,
) -> Formula:
    try:
        return forms.formula(node, whole, most, typed, at)
    except FormulaTooLarge as error:
        (fault,) = error.faults
        message = f"{whose}: {fault.message}"
        raise FormulaTooLarge(
            Fault(fault.code, message, fault.hint, pointer="/form"), details=error.details
        ) from None


def _plain(formula: Formula) -> Plain:
    return {
        "shape": list(formula.shape),
        "text": formula.text,
        "latex": formula.latex,
        "latex_shapes": formula.latex_shapes,
        "display": formula.display,
        "operations": formula.operations,
    }
