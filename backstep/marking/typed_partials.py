"""Derivatives within a typed answer: ∂L/∂h, dL/dh, ∂u/∂z, relu'(z).

Each is rewritten so that the answer can be read: a partial as a name for its node, the derivative
of a function as its formula.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from backstep.autodiff.paths import on_the_way
from backstep.autodiff.reverse import backward, broadcast_whole
from backstep.binding.bind import BoundModel, bind
from backstep.binding.matrix_gradients import matrix
from backstep.errors import AnswerError, BackstepError, Diagnostic, Span
from backstep.graph.node import Node, literal
from backstep.lang.compile.answer import POINTER
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
_ARGUMENT, _VALUE = "slope_argument", "slope_value"


def in_words(prepared: BoundModel, target: Target, text: str) -> tuple[str, Mapping[str, Node]]:
    """The text with names for its partials, and what they mean. Raises AnswerError, with what to
    type instead, if a partial may not stand for a value.
    """
    further: dict[str, Node] = {}
    if "/" in text or "∕" in text or "÷" in text:
        text = _partials(prepared, target, text, further)
    return _slopes(prepared, text), further


def _partials(prepared: BoundModel, target: Target, text: str, further: dict[str, Node]) -> str:
    names = _spelled(prepared)
    spelled = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    ratio = re.compile(
        rf"(?P<open>\()?(?P<sign>∂|(?<![\w.])d)\s?(?P<top>{spelled})(?(open)\s*\)|)\s*[/∕÷]\s*"
        rf"(?P<below>\()?(?P<other>∂|d)\s?(?P<bottom>{spelled})(?![\w⁽₀-₉])(?(below)\s*\)|)"
    )
    definition = prepared.definition
    called: dict[tuple[Node, Node], str] = {}

    def put(match: re.Match[str]) -> str:
        top, bottom = match["top"], match["bottom"]
        if text[match.end() :].lstrip().startswith("="):
            return match[0]  # ∂L/∂w = …: an equation is no answer
        typed = {sign + name for sign, name in ((match["sign"], top), (match["other"], bottom))}
        if typed & definition.names.keys():
            return match[0]  # a name of the text: dL = 2
        of, by = names[top], names[bottom]
        at = _place(text, match)
        if of is definition.loss and by is target.node:
            message = f"∂{text_name(top)}/∂{text_name(bottom)} is what is asked for"
            raise _refused("asked_for", message, "write its formula", at)
        if (of, by) not in called:
            if len(called) == _MOST_PARTIALS:
                message = f"more than {_MOST_PARTIALS} partials stand in one answer"
                raise _refused("partials", message, "write some of them as formulas", at)
            name = f"d{_plain(top)}_d{_plain(bottom)}"
            if of is definition.loss:
                name = f"delta_{_plain(bottom)}"
            called[of, by] = name = _free(prepared, name, further)
            further[name] = _derivative(prepared, of, by, match[0], at)
        return called[of, by]

    put_in = ratio.sub(put, text)
    unknown = _UNKNOWN.search(put_in)
    if unknown is not None:
        strange = next((each for each in unknown.groups() if each not in names), unknown["bottom"])
        hint = f"the definition's names: {', '.join(list(definition.names)[:12])}"
        at = _place(text, _UNKNOWN.search(text) or unknown)
        raise _refused("unknown_name", f"unknown name '{strange}'", hint, at)
    return put_in


def _spelled(prepared: BoundModel) -> dict[str, Node]:
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


def _derivative(prepared: BoundModel, of: Node, by: Node, said: str, at: Span) -> Node:
    """The derivative of a number, or of each element by the one it is computed from."""
    graph = prepared.definition.graph
    prepared.seal()
    if of is prepared.definition.loss:
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
    if not way:
        return broadcast_whole(graph.constant(literal(0)), by.shape)
    one = graph.constant(literal(1))
    found = backward(of, way, TABLE, broadcast_whole(one, of.shape) if of.shape else one).adjoints[
        by.id
    ]
    return broadcast_whole(graph.constant(literal(0)) if found is None else found, by.shape)


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
