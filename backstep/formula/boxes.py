"""How a formula is set: boxes in a row, raised, lowered, over a bar, in brackets. No formula.

Every printer for the eye (LaTeX, MathML, runs of characters) goes through these, so that they show
the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from backstep.clock import heed

Colour = Literal["value", "partial"]
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Atom:
    """One sign: its LaTeX, its character, and the MathML element that it is.

    `style` is "bold", "upright" or nothing; of a space `char` is its width.
    """

    latex: str
    char: str
    kind: Literal["letter", "word", "number", "sign", "text", "space"] = "letter"
    style: Literal["", "bold", "upright"] = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Boxes side by side."""

    items: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Boxes that are one thing: what is raised or lowered at it is so at all of it."""

    body: Box


@dataclass(frozen=True, slots=True)
class Tagged:
    """What stands for a node of the graph, or for one of its partials, in its colour."""

    body: Box
    node: int | None
    colour: Colour | None


@dataclass(frozen=True, slots=True)
class Marked:
    """A part with a word on what it is; it looks as it would without."""

    body: Box
    word: str


@dataclass(frozen=True, slots=True)
class Scripts:
    """A base with what is lowered and raised at it; `under` where a sum's bounds stand below it."""

    base: Box
    lowered: Box | None = None
    raised: Box | None = None
    under: bool = False


@dataclass(frozen=True, slots=True)
class Accent:
    """A letter with a hat, a bar, a tilde, a dot, or an arrow on it."""

    name: str
    body: Box


@dataclass(frozen=True, slots=True)
class Over:
    """A fraction."""

    top: Box
    bottom: Box


@dataclass(frozen=True, slots=True)
class Root:
    """A square root."""

    body: Box


@dataclass(frozen=True, slots=True)
class Fence:
    """Brackets of fitting size; `.` is a side that has none."""

    left: str
    body: Box
    right: str


@dataclass(frozen=True, slots=True)
class Below:
    """A box with another below it."""

    body: Box
    below: Box


@dataclass(frozen=True, slots=True)
class Table:
    """Rows and columns: `cases`, or a matrix in brackets, `bmatrix`."""

    kind: Literal["cases", "bmatrix"]
    rows: tuple[tuple[Box, ...], ...]


Box = Atom | Row | Group | Tagged | Marked | Scripts | Accent | Over | Root | Fence | Below | Table


def row(*items: Box) -> Row:
    """Boxes side by side, rows among them taken apart."""
    flat: list[Box] = []
    for item in items:
        flat.extend(item.items if isinstance(item, Row) else (item,))
    return Row(tuple(flat))


def raised(base: Box, above: Box) -> Box:
    """A box raised at another; over what is lowered at that one, if something is."""
    if isinstance(base, Scripts) and base.raised is None and not base.under:
        return replace(base, raised=above)
    return Scripts(base, None, above)


def inner(box: Box) -> tuple[Box, ...]:
    """The boxes in a box."""
    return _INNER[type(box)](box)


def _in_scripts(box: Any) -> tuple[Box, ...]:
    return tuple(each for each in (box.base, box.lowered, box.raised) if each is not None)


def _in_body(box: Any) -> tuple[Box, ...]:
    return (box.body,)


_INNER: Mapping[type, Callable[[Any], tuple[Box, ...]]] = {
    Atom: lambda box: (),
    Row: lambda box: box.items,
    Scripts: _in_scripts,
    Over: lambda box: (box.top, box.bottom),
    Below: lambda box: (box.body, box.below),
    Table: lambda box: tuple(cell for row in box.rows for cell in row),
    **dict.fromkeys((Group, Tagged, Marked, Accent, Root, Fence), _in_body),
}


def folded(
    box: Box, make: Callable[[Box, Sequence[Made]], Made], known: dict[int, Made] | None = None
) -> Made:
    """What `make` makes of the box, from what it made of the boxes in it; without recursion.

    `known` holds by the box's id what was made before, and is added to; who keeps it keeps its
    boxes.
    """
    heed()
    made: dict[int, Made] = {} if known is None else known
    open_boxes = [box]
    while open_boxes:
        each = open_boxes[-1]
        parts = inner(each)
        missing = False
        for part in parts:
            if id(part) in made:
                continue
            if type(part) is Atom:
                made[id(part)] = make(part, ())
            else:
                missing = True
                open_boxes.append(part)
        if missing:
            continue
        open_boxes.pop()
        if id(each) not in made:
            made[id(each)] = make(each, [made[id(part)] for part in parts])
    return made[id(box)]


def every(box: Box) -> Iterator[Box]:
    """A box and all in it."""
    open_boxes: list[Box] = [box]
    while open_boxes:
        each = open_boxes.pop()
        yield each
        open_boxes.extend(inner(each))


def first(box: Box) -> Box | None:
    """The leftmost sign or fraction of a box; None where it begins with brackets or is empty."""
    while True:
        match box:
            case Row(items):
                if not items:
                    return None
                box = items[0]
            case Group(body) | Tagged(body) | Marked(body):
                box = body
            case Scripts(base):
                box = base
            case _:
                return box


def uncoloured(box: Box) -> Box:
    """The box with nothing in it in a colour of its own: all of it gets one."""

    def plain(each: Box, parts: Sequence[Box]) -> Box:
        return _of_parts(replace(each, colour=None) if isinstance(each, Tagged) else each, parts)

    return folded(box, plain)


def untagged(box: Box, coloured: bool = False) -> Box:
    """The box as it is set where nothing in it is pointed at, nor in colour if not `coloured`."""

    def plain(each: Box, parts: Sequence[Box]) -> Box:
        if isinstance(each, Tagged | Marked):
            keeps = coloured and isinstance(each, Tagged) and each.colour is not None
            return replace(each, body=parts[0]) if keeps else parts[0]
        made = _of_parts(each, parts)
        if isinstance(made, Scripts) and made.lowered is None and made.raised is not None:
            return raised(made.base, made.raised)
        return made

    return folded(box, plain)


def _of_parts(box: Box, parts: Sequence[Box]) -> Box:
    """A box of a symbol or a small formula on changed parts."""
    match box:
        case Row():
            return Row(tuple(parts))
        case Scripts(_, lowered, raised):
            rest = list(parts[1:])
            return replace(
                box,
                base=parts[0],
                lowered=None if lowered is None else rest.pop(0),
                raised=None if raised is None else rest.pop(0),
            )
        case Over():
            return Over(parts[0], parts[1])
        case Below():
            return Below(parts[0], parts[1])
        case Table(kind, rows):
            cells = iter(parts)
            return Table(kind, tuple(tuple(next(cells) for _ in row) for row in rows))
        case Atom():
            return box
    return replace(box, body=parts[0])
