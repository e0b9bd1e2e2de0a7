"""Derivatives within a typed answer: ∂L/∂h, dL/dh, ∂u/∂z, relu'(z).

Each is rewritten so that the answer can be read: a partial as a name for its node, the derivative
of a function as its formula.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import pairwise
from types import MappingProxyType

from backstep.autodiff.paths import on_the_way
from backstep.autodiff.reverse import backward, broadcast_whole
from backstep.binding.bind import BoundModel, bind
from backstep.binding.matrix_gradients import matrix
from backstep.errors import AnswerError, BackstepError, Diagnostic, Span
from backstep.graph.node import Node, literal
from backstep.lang.compile.answer import POINTER, Answer
from backstep.lang.diagnostics.dialects import LONGEST
from backstep.lang.syntax.display import text_name
from backstep.lang.syntax.names import versioned
from backstep.ops import TABLE
from backstep.symbolic.targets import Target, target_for

_MOST_PARTIALS = 40
"""The most different partials that one answer may name; the derivative of each is computed."""
_MOST_SLOPES = 50
"""The most derivatives of functions, f'(x), that are written out in one answer."""
_SLOPE = re.compile(r"(?<![\w.])([^\W\d]\w*)['’′]\s*\(")
_UNKNOWN = re.compile(r"∂\s*(?P<top>\w+)\s*\)?\s*[/∕÷]\s*\(?\s*∂\s*(?P<bottom>\w+)")
_MOST_LINKS = 4
"""The most nodes of a chain that its name mentions."""
_TIMES = re.compile(r"\s*[·*⋅×]?\s*")
_SIDES = ("top", "bottom")
_ARGUMENT, _VALUE = "slope_argument", "slope_value"


class Direct(IntEnum):
    """Which derivatives in an answer are direct: along paths that pass no other named value.

    On a board ∂u/∂z may be either: where a partial is a sum over paths, each factor is direct.
    """

    NONE = 0
    LOCAL = 1
    """All but the loss's."""
    ALL = 2


@dataclass(frozen=True, slots=True)
class Worded:
    """An answer with names for its derivatives, and the nodes that these names mean."""

    text: str
    further: Mapping[str, Node]


def in_words(
    prepared: BoundModel,
    target: Target,
    text: str,
    direct: Direct = Direct.NONE,
    parts: Mapping[str, Node] = MappingProxyType({}),
) -> Worded:
    """The text with names for its derivatives. Raises AnswerError, with what to type instead, if
    one may not stand for a value.

    `parts` are nodes without a name of the text, as they stand below a ∂.
    """
    further: dict[str, Node] = {}
    if "/" in text or "∕" in text or "÷" in text:
        names = {**parts, **spelled(prepared)}
        text = _Ratios(prepared, target, text, direct, names).named(further)
    return Worded(_slopes(prepared, text), further)


class _Ratios:
    """The derivatives ∂u/∂z of one answer."""

    def __init__(
        self,
        prepared: BoundModel,
        target: Target,
        text: str,
        direct: Direct,
        names: Mapping[str, Node],
    ) -> None:
        self._prepared = prepared
        self._target = target
        self._text = text
        self._direct = direct
        self._names = names
        known = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
        self._ratio = re.compile(
            rf"(?P<open>\()?(?P<sign>∂|(?<![\w.])d)\s?(?P<top>{known})(?(open)\s*\)|)"
            rf"\s*[/∕÷]\s*(?P<below>\()?(?P<other>∂|d)\s?(?P<bottom>{known})"
            rf"(?![\w⁽₀-₉])(?(below)\s*\)|)(?:\s?\|\s?(?P<along>direct|{known})(?![\w⁽₀-₉]))?"
        )
        self._called: dict[tuple[object, ...], str] = {}
        self._passed: frozenset[int] = frozenset()

    def named(self, further: dict[str, Node]) -> str:
        """The text with a name for each, and for each chain of them; their meanings are added to
        `further`.
        """
        text, written, start = self._text, "", 0
        found = [each for each in self._ratio.finditer(text) if self._is_value(each)]
        if self._direct or any(each["along"] for each in found):
            given = self._prepared.definition.names.values()
            named = {version.node.id for versions in given for version in versions}
            self._passed = frozenset(
                named | {self._names[each[side]].id for each in found for side in _SIDES}
            )
        for chain in self._chains(found):
            written += text[start : chain[0].start()] + self._name(chain, further)
            start = chain[-1].end()
        written += text[start:]
        self._report_unknown(written)
        return written

    def _is_value(self, match: re.Match[str]) -> bool:
        if self._text[match.end() :].lstrip().startswith("="):
            return False  # ∂L/∂w = …: an equation is no answer
        typed = {match["sign"] + match["top"], match["other"] + match["bottom"]}
        return not typed & self._prepared.definition.names.keys()  # a name of the text: dL = 2

    def _chains(self, found: Sequence[re.Match[str]]) -> list[list[re.Match[str]]]:
        """Derivatives of the loss with those that they are multiplied by link by link:
        ∂L/∂h·∂h/∂z. Each other stands alone.
        """
        chains: list[list[re.Match[str]]] = []
        for match in found:
            if chains:
                last = chains[-1][-1]
                between = self._text[last.end() : match.start()]
                linked = self._names[last["bottom"]] is self._names[match["top"]]
                of_loss = self._names[chains[-1][0]["top"]] is self._prepared.definition.loss
                whole = match["along"] in (None, "direct")
                if of_loss and linked and _TIMES.fullmatch(between) and whole:
                    chains[-1].append(match)
                    continue
            chains.append([match])
        return chains

    def _name(self, chain: Sequence[re.Match[str]], further: dict[str, Node]) -> str:
        nodes = (self._names[chain[0]["top"]], *(self._names[each["bottom"]] for each in chain))
        key = (nodes, *(each["along"] for each in chain))
        if key not in self._called:
            at = _place(self._text, chain[0])
            asked = nodes[0] is self._prepared.definition.loss and nodes[1] is self._target.node
            if asked and not chain[0]["along"]:
                top, bottom = chain[0]["top"], chain[0]["bottom"]
                message = f"∂{text_name(top)}/∂{text_name(bottom)} is what is asked for"
                raise _refused("asked_for", message, "write its formula", at)
            if len(self._called) == _MOST_PARTIALS:
                message = f"more than {_MOST_PARTIALS} partials stand in one answer"
                raise _refused("partials", message, "write some of them as formulas", at)
            short = len(nodes) == 2 and nodes[0] is self._prepared.definition.loss
            tops = [chain[0]["top"], *(each["bottom"] for each in chain)]
            # The ends of a longer chain say enough.
            ends = tops if len(tops) < _MOST_LINKS else [tops[0], tops[-1]]
            name = f"delta_{_plain(tops[1])}" if short else "_".join(f"d{_plain(n)}" for n in ends)
            if chain[0]["along"]:
                name += f"_by_{_plain(chain[0]['along'])}"
            self._called[key] = name = _free(self._prepared, name, further)
            further[name] = self._value(nodes, chain)
        return self._called[key]

    def _value(self, nodes: Sequence[Node], chain: Sequence[re.Match[str]]) -> Node:
        """What is sent back along a chain; a derivative that stands alone is of a number, or of
        each element by the one it is computed from.
        """
        of, by = nodes[:2]
        along = chain[0]["along"]
        place = chain[0][0], _place(self._text, chain[0])
        first = self._direct is Direct.ALL or (of is not self._prepared.definition.loss)
        direct = along == "direct" or (self._direct and first)
        if along and along != "direct":
            through = self._names[along]
            found = _derivative(self._prepared, of, through, *place, frozenset())
            found = _sent(self._prepared, through, by, found, self._passed)
        else:
            passed = self._passed if direct else frozenset()
            found = _derivative(self._prepared, of, by, *place, passed)
        for link, (top, bottom) in zip(chain[1:], pairwise(nodes[1:]), strict=True):
            passed = self._passed if self._direct or link["along"] else frozenset()
            found = _sent(self._prepared, top, bottom, found, passed)
        return found

    def _report_unknown(self, put_in: str) -> None:
        """Raises AnswerError if a derivative with respect to an unknown name is left."""
        unknown = _UNKNOWN.search(put_in)
        if unknown is None:
            return
        strange = next(
            (each for each in unknown.groups() if each not in self._names), unknown["bottom"]
        )
        hint = f"the definition's names: {', '.join(list(self._prepared.definition.names)[:12])}"
        at = _place(self._text, _UNKNOWN.search(self._text) or unknown)
        raise _refused("unknown_name", f"unknown name '{strange}'", hint, at)


def spelled(prepared: BoundModel) -> dict[str, Node]:
    """The names as they are typed and as they are displayed: h, h₂, h⁽²⁾."""
    found: dict[str, Node] = {}
    for name, given in prepared.definition.names.items():
        for each in given:
            last = each is given[-1]
            found.setdefault(name if last else versioned(name, each.index), each.node)
            found.setdefault(text_name(name, each.index if len(given) > 1 else None), each.node)
            if last:
                found.setdefault(text_name(name), each.node)
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^\w]+", "_", unicodedata.normalize("NFKC", name)).strip("_")


def _free(prepared: BoundModel, name: str, further: Mapping[str, Node]) -> str:
    while name in prepared.definition.names or name in further:
        name += "_"
    return name


def _derivative(
    prepared: BoundModel, of: Node, by: Node, said: str, at: Span, passed: Collection[int]
) -> Node:
    """The derivative of a number, or of each element by the one it is computed from."""
    graph = prepared.definition.graph
    prepared.seal()
    if of is prepared.definition.loss and not passed:
        adjoint = prepared.model.back.adjoints.get(by.id)
        return broadcast_whole(graph.constant(literal(0)) if adjoint is None else adjoint, by.shape)
    way = on_the_way(graph.nodes, by, of)
    each = [TABLE[node.op].elementwise and node.shape == by.shape for node in way[1:]]
    if of.shape and not all(each):
        hint = (
            "it has a number for each pair of elements: write what comes out where it is "
            "multiplied, such as W.T @ g or outer(g, x)"
        )
        raise _refused("jacobian", f"{said} is a Jacobian", hint, at)
    return _sent(prepared, of, by, broadcast_whole(graph.constant(literal(1)), of.shape), passed)


def _sent(prepared: BoundModel, of: Node, by: Node, seed: Node, passed: Collection[int]) -> Node:
    """What is sent back from a node to another if `seed` comes in, past the nodes in `passed`."""
    graph = prepared.definition.graph
    prepared.seal()
    way = [
        node
        for node in on_the_way(graph.nodes, by, of)
        if node is of or node is by or node.id not in passed
    ]
    back = backward(of, way, TABLE, broadcast_whole(seed, of.shape)) if way else None
    found = None if back is None else back.adjoints.get(by.id)
    return broadcast_whole(graph.constant(literal(0)) if found is None else found, by.shape)


def derivative(answer: Answer, by: str) -> Answer:
    """An answer's derivative with respect to one of its names, the others held fixed: ∂/∂r (l +
    c*r).

    Raises AnswerError if it is no number, and not one for each element.
    """
    graph, meant = answer.node.graph, answer.meant.get(by)
    if meant is None:
        raise AnswerError(Diagnostic("unknown_name", f"unknown name '{by}'", pointer=POINTER))
    if graph.forward_count is None:
        graph.seal()
    one = broadcast_whole(graph.constant(literal(1)), answer.node.shape)
    found: Node = graph.constant(literal(0))
    # A name that is given again may be typed in two ways.
    for leaf in (leaf for name, leaf in answer.names.items() if answer.meant[name] is meant):
        way = on_the_way(graph.nodes, leaf, answer.node)
        each = [TABLE[node.op].elementwise and node.shape == leaf.shape for node in way[1:]]
        if answer.node.shape and not all(each):
            message = f"the derivative by {by} is a Jacobian"
            raise AnswerError(Diagnostic("jacobian", message, pointer=POINTER))
        part = backward(answer.node, way, TABLE, one).adjoints.get(leaf.id) if way else None
        found = found if part is None else found + part
    return replace(answer, node=broadcast_whole(found, meant.shape))


def _slopes(prepared: BoundModel, text: str) -> str:
    """The text with the derivatives of functions written out: relu'(z) as step(z)."""
    for _ in range(_MOST_SLOPES):
        match = _SLOPE.search(text)
        if match is None:
            break
        end = _closing(text, match.end() - 1)
        formula = None if end is None else _slope(prepared, match[1])
        if formula is None or end is None:
            break
        argument = text[match.end() : end]
        called = f"({match[1]}({argument}))"
        formula = formula.replace(_VALUE, called).replace(_ARGUMENT, f"({argument})")
        text = f"{text[: match.start()]}({formula}){text[end + 1 :]}"
        if len(text) > LONGEST:
            break
    return text


def _closing(text: str, opening: int) -> int | None:
    depth = 0
    for place in range(opening, len(text)):
        depth += (text[place] in "([") - (text[place] in ")]")
        if depth == 0:
            return place
    return None


def _slope(prepared: BoundModel, name: str) -> str | None:
    """The derivative of a function of one number; None if it is not elementwise."""
    definition = prepared.definition
    own = "\n".join(
        line for line in definition.source.splitlines() if re.match(r"\s*\w+\([\w, ]+\)\s*=", line)
    )
    called = "sigmoid" if name in ("σ", "sigma") else name

    def alone(value: str) -> BoundModel:
        """A definition of the function alone, of a number or of two."""
        lines = f"param {_ARGUMENT} = {value}\n{_VALUE} = {called}({_ARGUMENT})"
        return bind(f"{own}\n{lines}\nslope_sum = sum({_VALUE})")

    try:
        wide = alone("[0.3, 0.7]").definition
        argument, value = (wide.names[each][-1].node for each in (_ARGUMENT, _VALUE))
        way = on_the_way(wide.graph.nodes, argument, value)
        if not all(TABLE[node.op].elementwise and node.shape == (2,) for node in way[1:]):
            return None
        number = alone("0.3")
        printed = matrix(number, [target_for(number.definition, _ARGUMENT)])
    except BackstepError:
        return None
    return printed.gradients[_ARGUMENT].text


def _place(text: str, match: re.Match[str]) -> Span:
    before = text[: match.start()]
    line, start = before.count("\n") + 1, before.rfind("\n") + 1
    column = match.start() - start + 1
    return Span(line, column, line, column + len(match[0]))


def _refused(code: str, message: str, hint: str, at: Span) -> AnswerError:
    return AnswerError(Diagnostic(code, message, hint, at, POINTER))
