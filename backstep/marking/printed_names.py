"""Names that printed formulas use beyond the text's own, and what they mean in an answer.

The shared form's δ_z, v_1 and g_2, by other letters where the text has these, and elements as a
closed formula spells them, W_0_1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from backstep.autodiff.reverse import broadcast_whole, element
from backstep.binding.bind import BoundModel
from backstep.binding.closed_gradients import targets
from backstep.binding.matrix_gradients import LETTERS, given_once
from backstep.clock import OutOfTime
from backstep.errors import AnswerError, BackstepError, Diagnostic
from backstep.graph.node import Node, literal
from backstep.graph.order import ancestors
from backstep.lang.compile.answer import POINTER
from backstep.lang.syntax.tokens import scan, split_lines
from backstep.marking.trial import Bound
from backstep.symbolic.targets import Target

Meant = Mapping[str, Node]
"""By name the definition's node that it stands for: a value, a partial, an element."""

_LETTERS = "|".join({letter: None for letters in LETTERS.values() for letter in letters})
_NUMBERED = re.compile(rf"(?:{_LETTERS})_\d+_*")
_PARTIAL = re.compile(r"delta_(.+)")


def printed_names(prepared: BoundModel, target: Target, text: str, bound: Bound) -> Sequence[Meant]:
    """What the names of an answer that are not the text's mean; more than one way if the numbers of
    the shared form depend on the variables: all parameters, or the target alone.

    The partial that is asked for is no name for itself. Raises AnswerError if the bound is reached
    before the meaning of numbered names was computed.
    """
    definition = prepared.definition
    unknown = [
        str(token)
        for number, line in enumerate(split_lines(text), start=1)
        for token in scan(line, number).tokens
        if token.type == "NAME" and token not in definition.names
    ]
    plain: dict[str, Node] = {}
    numbered: list[str] = []
    for name in dict.fromkeys(unknown):
        meant = _partial(prepared, target, name) or _element(prepared, name)
        if meant is not None:
            plain[name] = meant
        elif _NUMBERED.fullmatch(name):
            numbered.append(name)
    if not numbered:
        return [plain]
    ways: list[Meant] = []
    for given in _given(prepared, target, numbered[0], bound):
        found = {name: given[name] for name in numbered if name in given}
        if {**plain, **found} not in ways:
            ways.append({**plain, **found})
    return ways or [plain]


def _partial(prepared: BoundModel, target: Target, name: str) -> Node | None:
    """δ_z, or δ_h_2 for the second version of h: the loss's partial with respect to it; delta_z_ if
    the text has a name delta_z of its own.
    """
    match = _PARTIAL.fullmatch(name)
    if match is None:
        return None
    given = prepared.definition.names
    name = match[1] if match[1] in given else match[1].rstrip("_")
    stem, _, index = name.rpartition("_")
    versions = given.get(name, ())
    if versions:
        node = versions[-1].node
    elif index.isdecimal() and 0 < int(index) <= len(given.get(stem, ())):
        node = given[stem][int(index) - 1].node
    else:
        return None
    return None if node is target.node and target.whole else _adjoint(prepared, node)


def _adjoint(prepared: BoundModel, node: Node) -> Node:
    adjoint = prepared.model.back.adjoints.get(node.id)
    graph = prepared.definition.graph
    return broadcast_whole(graph.constant(literal(0)) if adjoint is None else adjoint, node.shape)


def _element(prepared: BoundModel, name: str) -> Node | None:
    """W_0_1 for W[0,1], p_0 for p[0]; `lambda_` for a name that is a keyword to SymPy's parser.

    Of what is given again and again, h_2 is the second version, and no element.
    """
    found = [
        version[-1].node
        for each, version in prepared.definition.names.items()
        if _spelled(each) == name.rstrip("_") and version[-1].node.shape == ()
    ]
    letters, *places = re.split(r"_(?=\d+(?:_|$))", name.rstrip("_"))
    for each, version in prepared.definition.names.items():
        if len(version) > 1:
            continue
        node = version[-1].node
        shape = node.shape
        start = len(places) - len(shape)
        if start < 0 or not shape or not all(map(str.isdecimal, places[start:])):
            continue
        at = tuple(map(int, places[start:]))
        fits = all(i < n for i, n in zip(at, shape, strict=True))
        if fits and _spelled(each) == "_".join([letters, *places[:start]]):
            found.append(element(node, shape, at))
    return found[0] if len(found) == 1 else None


def _spelled(name: str) -> str:
    return "".join(each if each.isalnum() else "_" for each in name)


def _given(prepared: BoundModel, target: Target, name: str, bound: Bound) -> Iterator[Meant]:
    """The names of the shared form, of all parameters and of the target alone."""
    late = False
    for wanted in (targets(prepared, None), [target]):
        try:
            with bound.left():
                found = prepared.model.once(
                    ("given once", *(each.name for each in wanted)),
                    lambda wanted=wanted: _once(prepared, wanted),  # type: ignore[misc]
                )
        except BackstepError:
            continue
        except OutOfTime:
            late = True
            continue
        late = False
        yield found
    if late:
        message = f"what the shared form calls {name} was not worked out in its time"
        hint = f"write what {name} stands for"
        raise AnswerError(Diagnostic("time", message, hint, pointer=POINTER))


def _once(prepared: BoundModel, wanted: Sequence[Target]) -> Meant:
    found, holes, _, _ = given_once(prepared, wanted)
    partials = {
        each.symbol.id: _adjoint(prepared, each.of)
        for each in found
        if each.of is not None and each.symbol is not each.node
    }
    return {
        holes[each.symbol.id].name: partials.get(each.symbol.id)
        or _without_symbols(each.node, partials)
        for each in found
    }


def _without_symbols(node: Node, partials: Mapping[int, Node]) -> Node:
    """A node with the partials themselves in place of their symbols."""
    made: dict[int, Node] = dict(partials)
    for each in ancestors([node], made):
        if any(made.get(part.id, part) is not part for part in each.nodes):
            inputs = [
                made.get(part.id, part) if isinstance(part, Node) else part for part in each.inputs
            ]
            made[each.id] = each.graph.apply(each.op, *inputs, **each.params)
    return made.get(node.id, node)
