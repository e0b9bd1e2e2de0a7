"""A line as it is written or copied, ∂L/∂w = … = …, for the formulas that it claims to be equal.

Its left side has to be the partial that is asked for; each of the others is an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from backstep.binding.bind import BoundModel
from backstep.errors import AnswerError, BackstepError, Diagnostic, RequestError, Span
from backstep.formula.board import Paper
from backstep.formula.latex_reader import reader as latex_reader
from backstep.lang.compile.answer import POINTER
from backstep.lang.syntax.display import text_name
from backstep.lang.syntax.names import versioned
from backstep.lang.syntax.partial_names import partial_of
from backstep.marking.index_characters import on_one_line, plain_quotient, without_index
from backstep.symbolic.targets import Target, target_for

_MOST_SIDES = 12
_NUMBER = re.compile(r"\s*\d+\.\s+(?=\S)")
_WORDS = re.compile(r"\s{4}\([^()]*(?:\([^()]*\)[^()]*)*\)\s*$")
_QUOTIENT = re.compile(
    r"\(?\s*(?:∂|d)\s?(?P<top>[^/∂]+?)\s*\)?\s*[/∕÷]\s*\(?(?:∂|d)\s?(?P<bottom>.+?)\)?"
)
_COMPARED = "=<>!≠≤≥:"
_OPENS, _CLOSES = "([{", ")]}"


@dataclass(frozen=True, slots=True)
class Side:
    """A formula of a line, and the column of the line where it starts, from 0."""

    text: str
    column: int
    labels: tuple[str, ...] = ()
    """The indices of the left side, as of ∂L/∂W_ij."""


def sides(prepared: BoundModel, target: Target, text: str) -> list[Side]:
    """The formulas that a typed line claims to be the partial: the text itself if it is no line.

    Raises AnswerError if its left side is another partial than the one that is asked for.
    """
    text = on_one_line(text)
    alone = [Side(text, 0)]
    if "=" not in text or "\n" in text.strip():
        return alone
    start = match.end() if (match := _NUMBER.match(text)) else 0
    ended = _WORDS.search(text)
    line = (text[: ended.start()] if ended else text).partition(r"\qquad")[0]
    parts = list(_split(line, start, "="))
    if len(parts) < 2:
        return alone
    left, *found = parts
    labels: tuple[str, ...] = ()
    meant = _partial(prepared, left.text)
    if meant is None:
        meant, labels = _by_elements(prepared, left.text)
    if meant is None and (other := _derivative(prepared, left.text)) is not None:
        raise _another(prepared, target, left, other)
    if meant is None or not all(each.text.strip() for each in found):
        return alone
    whole = bool(labels) and meant.node is target.node
    if not whole and (meant.node is not target.node or [*meant.places] != [*target.places]):
        loss = text_name(prepared.definition.loss_name)
        raise _another(prepared, target, left, f"∂{loss}/∂{text_name(meant.name)}")
    *front, last = found
    # What stands beside a line says what its letters are.
    said = next(_split(last.text, 0, ",")).text
    found = [*front, Side(said, last.column)][:_MOST_SIDES]
    return [replace(each, labels=labels) for each in found]


def _another(prepared: BoundModel, target: Target, left: Side, given: str) -> AnswerError:
    """The refusal of a line of another derivative than the one that is asked for."""
    asked = f"∂{text_name(prepared.definition.loss_name)}/∂{text_name(target.name)}"
    message = f"this line is {given}, and what is asked for is {asked}"
    at = Span(1, left.column + 1, 1, left.column + len(left.text) + 1)
    hint = f"write the formula of {asked}"
    return AnswerError(Diagnostic("another_partial", message, hint, at, POINTER))


def _derivative(prepared: BoundModel, left: str) -> str | None:
    """A left side that is the derivative of one name of the text by another, as ∂y_i/∂x_j."""
    match = _QUOTIENT.fullmatch(plain_quotient(left).strip())
    if match is None:
        return None
    top, bottom = match["top"].strip(), match["bottom"].strip()
    for each in (top, bottom):
        stem, _ = without_index(each, prepared.definition.names)
        if _target(prepared, re.sub(r"_\d+$|\[.*\]$", "", stem)) is None:
            return None
    return f"∂{top}/∂{bottom}"


def parts_of_line(text: str) -> Iterator[Side]:
    """What stands on the sides of the equals signs of a line."""
    return _split(text, 0, "=")


def _split(text: str, start: int, sign: str) -> Iterator[Side]:
    """The parts between signs outside brackets; no part of a comparison is one."""
    depth, begun = 0, start
    for place in range(start, len(text)):
        character = text[place]
        depth += (character in _OPENS) - (character in _CLOSES)
        if character != sign or depth or text[place - 1 : place] == "\\":
            continue
        around = text[max(place - 1, 0) : place] + text[place + 1 : place + 2]
        if sign == "=" and any(each in _COMPARED for each in around):
            continue
        yield Side(text[begun:place].rstrip(" &"), begun)
        begun = place + 1
    yield Side(text[begun:].rstrip(" \\"), begun)


def _partial(prepared: BoundModel, left: str) -> Target | None:
    """The target w of a left side ∂L/∂w; None if the side is no partial of the loss."""
    definition = prepared.definition
    left = left.strip()
    if "\\" in left:
        symbols = prepared.symbols.formulas.values()
        with suppress(BackstepError):
            left = Paper().write(latex_reader.read(left, symbols))
    match = _QUOTIENT.fullmatch(left)
    if match is not None and _is_loss(prepared, match["top"].strip()):
        return _target(prepared, match["bottom"])
    of = partial_of(left, definition.names, definition.loss_name)
    return None if of is None else _target(prepared, of)


def _by_elements(prepared: BoundModel, left: str) -> tuple[Target | None, tuple[str, ...]]:
    """The target W and the indices of a left side ∂L/∂W_ij; None if it is no such partial."""
    left = plain_quotient(left).strip()
    match = _QUOTIENT.fullmatch(left)
    if match is None or not _is_loss(prepared, match["top"].strip()):
        of = partial_of(left, prepared.definition.names, prepared.definition.loss_name)
        return (None if of is None else _target(prepared, of)), ()
    name, labels = without_index(match["bottom"], prepared.definition.names)
    return _target(prepared, name), labels


def _is_loss(prepared: BoundModel, name: str) -> bool:
    definition = prepared.definition
    known = {definition.loss_name, text_name(definition.loss_name)}
    given = definition.names.get(definition.loss_name, ())
    known |= {text_name(definition.loss_name, each.index) for each in given[-1:]}
    free = {"L", "J", "E", "C"} - definition.names.keys()
    return name in known | free


def _target(prepared: BoundModel, name: str) -> Target | None:
    """A name as it is typed or displayed, or an element of one."""
    typed: dict[str, str] = {}
    for each, given in prepared.definition.names.items():
        last = given[-1].index
        typed |= {versioned(each, last): each, text_name(each): each}
        typed[text_name(each, last if len(given) > 1 else None)] = each
    name = name.strip()
    whole, bracket, place = name.rpartition("[")
    element = typed.get(whole, whole) + bracket + place
    with suppress(RequestError):
        return target_for(prepared.definition, typed.get(name, element), "/of")
    return None
