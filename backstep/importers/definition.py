"""A definition under construction: its declarations, its formulas and, in the end, its text.

Entries are kept in the order in which they were found. What the loss does not depend on is left
out, and names are chosen last, so that no name is spent on what nobody sees.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from backstep.errors import Diagnostic
from backstep.graph.parameters import LeafRole
from backstep.graph.shape import Shape
from backstep.importers.formulas import ATOM, Formulas, Unwritable, Value, mark
from backstep.lang.syntax.names import RESERVED, canonical

_MARK = re.compile("\x02(\\d+)\x03")
_UNFIT = re.compile(r"[^\w]+")
_ORDER: Mapping[LeafRole, int] = {"input": 0, "target": 1, "param": 2, "const": 3}


@dataclass(frozen=True, slots=True)
class Imported:
    """A definition that was read from another notation, and warnings on how it was read."""

    source: str
    """The definition's text, such as `input x = 2`."""
    warnings: tuple[Diagnostic, ...] = ()
    """What was assumed, read otherwise or left out; places are in the text that was pasted."""


@dataclass(slots=True)
class Declared:
    """A declared name; its value is a text after `=`, or a draw after `~`."""

    name: str
    shape: Shape
    value: str | None
    draw: str | None
    line: int
    role: LeafRole | None = None
    literal: bool = False
    """Whether it is one written number."""


@dataclass(slots=True)
class Given:
    """A name given by a formula."""

    name: str
    value: Value
    line: int


@dataclass(slots=True)
class Written:
    """A function of the text's own."""

    name: str
    parameters: tuple[str, ...]
    text: str


@dataclass(slots=True)
class Definition:
    """The entries, by number."""

    formulas: Formulas = field(default_factory=Formulas)
    entries: list[Declared | Given] = field(default_factory=list)
    functions: dict[str, Written] = field(default_factory=dict)
    seed: int | None = None
    taken: set[str] = field(default_factory=set)

    def declare(
        self,
        name: str,
        shape: Shape,
        *,
        value: str | None = None,
        draw: str | None = None,
        line: int = 0,
        role: LeafRole | None = None,
        literal: bool = False,
    ) -> Value:
        """A new declared name, as a formula that reads it."""
        if 0 in shape:
            raise Unwritable("a value without elements")
        entry = Declared(fitting(name), shape, value, draw, line, role, literal)
        self.entries.append(entry)
        number = len(self.entries) - 1
        return Value(mark(number), ATOM, self.formulas.leaf(shape), frozenset({number}))

    def give(self, name: str, value: Value, line: int = 0) -> Value:
        """A new name for a formula, as a formula that reads it."""
        value = self.formulas.plain(value)
        self.entries.append(Given(fitting(name), value, line))
        number = len(self.entries) - 1
        return Value(mark(number), ATOM, value.node, frozenset({number}))

    def entry(self, value: Value) -> int | None:
        """The number of the entry whose name is the whole formula; None for other formulas."""
        found = _MARK.fullmatch(value.text)
        return None if found is None else int(found[1])

    def declared(self, value: Value) -> Declared | None:
        """The declaration whose name is the whole formula; None for other formulas."""
        number = self.entry(value)
        entry = None if number is None else self.entries[number]
        return entry if isinstance(entry, Declared) else None

    def live(self, value: Value) -> list[int]:
        """The entries that a formula depends on, in their order."""
        found: set[int] = set()
        open_ = list(value.uses)
        while open_:
            number = open_.pop()
            if number in found:
                continue
            found.add(number)
            entry = self.entries[number]
            if isinstance(entry, Given):
                open_ += entry.value.uses
        return sorted(found)

    def text(self, loss: Value) -> str:
        """The definition whose loss is a given name: its text, a statement a line."""
        live = self.live(loss)
        names = self._names(live)
        heads: list[tuple[tuple[int, int], str]] = []
        lines: list[str] = []
        drawn = False
        for number in live:
            entry = self.entries[number]
            if isinstance(entry, Declared):
                drawn = drawn or entry.draw not in (None, "zeros", "ones")
                role = entry.role or "input"
                heads.append(
                    ((_ORDER[role], entry.line), f"{role} {names[number]}{_declaration(entry)}")
                )
            else:
                text = _MARK.sub(lambda found: names[int(found[1])], entry.value.text)
                lines.append(f"{names[number]} = {text}")
        told = "\n".join(lines)
        functions = self._called(told)
        head = [line for _, line in sorted(heads, key=lambda each: each[0])]
        if drawn and self.seed:
            head.insert(0, f"seed {self.seed}")
        parts = [head, functions, lines]
        return "\n\n".join("\n".join(part) for part in parts if part) + "\n"

    def names(self, loss: Value) -> Mapping[int, str]:
        """The names in the text of what a loss depends on, by the entries' numbers."""
        return self._names(self.live(loss))

    def _called(self, text: str) -> list[str]:
        """The functions that are called in a text, and those called in them."""
        kept: list[str] = []
        for each in reversed(self.functions.values()):
            line = f"{each.name}({', '.join(each.parameters)}) = {each.text}"
            if re.search(rf"(?<!\w){re.escape(each.name)}\(", "\n".join([text, *kept])):
                kept.insert(0, line)
        return kept

    def _names(self, live: Sequence[int]) -> dict[int, str]:
        """A name for each entry: its own, or with a number behind it where that is taken."""
        last = {number: self._last_reader(number, live) for number in live}
        holders: dict[str, int] = {}
        used = set(self.functions) | self.taken
        names: dict[int, str] = {}
        for number in live:
            entry = self.entries[number]
            name = entry.name
            holder = holders.get(name)
            free = holder is None and name not in used
            again = (
                holder is not None
                and isinstance(entry, Given)
                and isinstance(self.entries[holder], Given)
                and last[holder] <= number
            )
            if not (free or again):
                count = 2
                stem = f"{name.rstrip('_')}_"
                while f"{stem}{count}" in holders or f"{stem}{count}" in used:
                    count += 1
                name = f"{stem}{count}"
            names[number] = name
            holders[name] = number
        return names

    def _last_reader(self, number: int, live: Sequence[int]) -> int:
        readers = [
            each
            for each in live
            if isinstance(entry := self.entries[each], Given) and number in entry.value.uses
        ]
        return max(readers, default=number)


def _declaration(entry: Declared) -> str:
    sizes = f"[{', '.join(map(str, entry.shape))}]" if entry.shape else ""
    if entry.draw is not None:
        return f"{sizes} ~ {entry.draw}"
    return f" = {entry.value}"


def fitting(name: str) -> str:
    """A name of another notation as one of the language."""
    plain = _UNFIT.sub("_", name).strip("_") or "v"
    if plain[0].isdigit():
        plain = f"v{plain}"
    plain = canonical(plain) or "v"
    if len(plain) > 40:
        plain = plain[-40:].lstrip("_0123456789") or "v"
    return f"{plain}_" if plain in RESERVED else plain
