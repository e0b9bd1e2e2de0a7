"""Boxes in a row, read from the left; where brackets close, and what stands between signs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from backstep.formula.boxes import (
    Accent,
    Atom,
    Box,
    Fence,
    Group,
    Over,
    Root,
    Row,
    Scripts,
    Table,
)
from backstep.importers.formulas import Unwritable
from backstep.importers.latex.names import INDICES, is_letter, plain, unwrapped

OPEN, CLOSED = {"(": ")", "[": "]", "{": "}", "⟨": "⟩"}, frozenset(")]}⟩")
UNKNOWN = frozenset("∂∇∫∏")


@dataclass(slots=True)
class Cursor:
    """Boxes in a row, read from the left."""

    boxes: list[Box]
    at: int = 0

    def left(self) -> bool:
        """Whether something is left."""
        return self.at < len(self.boxes)

    def peek(self, ahead: int = 0) -> Box | None:
        """The next box, which stays."""
        place = self.at + ahead
        return unwrapped(self.boxes[place]) if place < len(self.boxes) else None

    def take(self) -> Box:
        """The next box."""
        self.at += 1
        return self.boxes[self.at - 1]

    def back(self, count: int) -> None:
        """Go back over boxes."""
        self.at -= count

    def sign(self) -> str:
        """The next sign's character; empty where no sign is next."""
        box = self.peek()
        return box.char if isinstance(box, Atom) and box.kind == "sign" else ""

    def starts(self) -> bool:
        """Whether a factor begins here."""
        box = self.peek()
        if box is None:
            return False
        base = base_of(box)
        if isinstance(base, Atom) and base.kind == "sign":
            return (
                base.char in OPEN
                or base.char in "∑"
                or base.char in UNKNOWN
                or (base.char == "|" and not isinstance(box, Scripts))
            )
        return not (isinstance(base, Atom) and base.kind == "text")

    def bracket(self) -> tuple[list[Box], str, Box]:
        """What a bracket that opens here holds, its sign, and the box that closes it."""
        opening = plain(self.take())
        closing = OPEN.get(opening, "|")
        depth, start = 1, self.at
        while self.at < len(self.boxes):
            box = unwrapped(self.boxes[self.at])
            sign = plain(base_of(box))
            self.at += 1
            if sign == closing:
                depth -= 1
            elif sign == opening:
                depth += 1
            if not depth:
                return self.boxes[start : self.at - 1], opening, box
        raise Unwritable("a bracket is not closed")


def flat(box: Box) -> list[Box]:
    """Boxes in a row, without spaces."""
    box = unwrapped(box)
    if isinstance(box, Row):
        return [part for each in box.items for part in flat(each)]
    if isinstance(box, Group) and not is_letter(box.body):
        inner = flat(box.body)
        return inner if len(inner) == 1 else [box]
    if isinstance(box, Atom) and box.kind == "space":
        return []
    return [box]


def base_of(box: Box | None) -> Box:
    """What a box is without what is lowered and raised at it. Raises Unwritable for none."""
    if box is None:
        raise Unwritable("a formula that breaks off")
    box = unwrapped(box)
    return unwrapped(box.base) if isinstance(box, Scripts) else box


def is_big(box: Box | None) -> bool:
    """Whether a box is the sign of a sum, with its bounds."""
    return box is not None and plain(base_of(box)) == "∑"


def relation(parts: Sequence[Box], signs: set[str]) -> int | None:
    """Where one of these signs stands outside brackets."""
    depth = 0
    for place, each in enumerate(parts):
        sign = plain(base_of(each))
        depth += (sign in OPEN) - (sign in CLOSED)
        if isinstance(each, Atom) and sign in signs and depth == 0:
            return place
    return None


def divided(parts: Sequence[Box], signs: set[str] | frozenset[str]) -> list[list[Box]]:
    """Boxes divided at signs outside brackets."""
    found: list[list[Box]] = [[]]
    depth = 0
    for each in parts:
        sign = plain(base_of(each))
        depth += (sign in OPEN) - (sign in CLOSED)
        if isinstance(each, Atom) and sign in signs and depth == 0:
            found.append([])
        else:
            found[-1].append(each)
    return found


def without(parts: Sequence[Box], signs: set[str]) -> list[Box]:
    """Boxes without signs at their end."""
    kept = list(parts)
    while kept and plain(kept[-1]) in signs:
        kept.pop()
    return kept


def _parts_of(box: Box) -> list[Box]:
    match box:
        case Row(items=items):
            return list(items)
        case Group(body=body) | Root(body=body) | Accent(body=body) | Fence(body=body):
            return [body]
        case Over(top=top, bottom=bottom):
            return [top, bottom]
        case Scripts():
            return [each for each in (box.base, box.lowered, box.raised) if each is not None]
        case Table(rows=rows):
            return [each for row in rows for each in row]
    return []


def every(parts: Sequence[Box]) -> list[Box]:
    """The boxes and all that they are made of."""
    found, open_ = [], list(parts)
    while open_:
        box = unwrapped(open_.pop())
        found.append(box)
        open_ += _parts_of(box)
    return found


def counted(lowered: Box | None) -> str:
    """The letters that stand below a sum, `i` of `i=1`, `ij` of `i,j`, `j` of `j \u2260 y`."""
    index = re.split("[=\u2260\u2208<\u2264]", plain(lowered))[0].replace(",", "")
    return index if index.isalpha() and index.isascii() and index.islower() else ""


def summed_letters(parts: Sequence[Box]) -> frozenset[str]:
    """The letters that sums run over."""
    found: set[str] = set()
    for box in every(parts):
        if isinstance(box, Scripts) and plain(box.base) == "∑":
            found |= set(counted(box.lowered))
    return frozenset(found)


def lowered_letters(parts: Sequence[Box]) -> frozenset[str]:
    """Single letters that are lowered, or raised in brackets, at names."""
    found: set[str] = set()
    for box in every(parts):
        if isinstance(box, Scripts) and plain(box.base) != "∑":
            lowered = plain(box.lowered).replace(",", "")
            raised = plain(box.raised).strip("()")
            found |= {each for each in lowered if set(lowered) <= INDICES}
            if plain(box.raised).startswith("(") and raised in INDICES:
                found.add(raised)
    return frozenset(found)
