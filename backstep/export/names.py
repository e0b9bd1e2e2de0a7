"""Names that are safe in a target; equal texts always get equal names.

A name that is not an identifier there, that the target or the file itself needs, or that is taken,
is replaced, and the file lists the replacements. A user's text enters a file only as a name made
here, or as a comment (`comments`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from backstep.export.program import Line, Program
from backstep.graph.node import Node
from backstep.lang.syntax.names import VERSION


@dataclass(frozen=True, slots=True)
class NameRules:
    """A target's rules for names: `reserved` are those it needs itself; with `letters` a name may
    have any letter, else only ASCII. Names longer than `longest` characters are cut."""

    reserved: frozenset[str]
    letters: bool = False
    longest: int = 60


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a program's leaves and lines in one file."""

    leaves: Mapping[str, str]
    """The names of declared values, by their names in the text."""
    by_node: Mapping[int, str]
    """The names by the id of the node that stands for a leaf or a line."""
    of_lines: Mapping[int, str]
    """The names of lines, by the line's index in the program."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Names that differ from those in the text, by the latter."""

    def __getitem__(self, node: Node) -> str:
        return self.by_node[node.id]


def safe(name: str, rules: NameRules) -> str:
    """An identifier that reads like the name; it may clash with others."""
    # W⁽²⁾ is W_2.
    plain = VERSION.sub(lambda match: f"_{unicodedata.normalize('NFKC', match[1])}", name)
    spelled = "".join(_character(each, rules.letters) for each in plain)
    spelled = spelled.strip("_") if spelled.endswith("_") and "[" in name else spelled
    if not spelled or spelled[0].isdigit() or spelled[0] == "_":
        spelled = "v" + spelled
    return spelled[: rules.longest]


def _character(character: str, letters: bool) -> str:
    if character.isascii():
        if character == "]":
            return ""
        return character if character.isalnum() or character == "_" else "_"
    plain = unicodedata.category(character)[0] in "LM" and ("a" + character).isidentifier()
    return character if letters and plain else f"u{ord(character):x}"


class _Taken:
    """The names that are taken."""

    def __init__(self, rules: NameRules) -> None:
        self._rules = rules
        self._taken = set(rules.reserved)

    def fresh(self, wanted: str) -> str:
        """The wanted name made safe, with as many underscores after it as are needed."""
        found = safe(wanted, self._rules)
        while found in self._taken:
            found += "_"
        self._taken.add(found)
        return found

    def numbered(self, letter: str, number: int) -> tuple[str, int]:
        """The letter with the next number that is free."""
        while f"{letter}{number}" in self._taken:
            number += 1
        self._taken.add(f"{letter}{number}")
        return f"{letter}{number}", number + 1


def names(program: Program, rules: NameRules, lead: str = "d") -> Names:
    """The names of all leaves and lines: the text's own first, then `lead` for partials, then t1,
    t2, … for parts of values and g1, g2, … for parts of partials."""
    taken = _Taken(rules)
    renamed: dict[str, str] = {}
    leaves: dict[str, str] = {}
    by_node: dict[int, str] = {}
    of_lines: dict[int, str] = {}
    for leaf in program.definition.leaves:
        leaves[leaf.name] = by_node[leaf.node.id] = taken.fresh(leaf.name)
        if leaves[leaf.name] != leaf.name:
            renamed[leaf.name] = leaves[leaf.name]
    lines = program.lines
    for place, line in enumerate(lines):
        if line.kind == "value" and line.version is not None and line.node is not None:
            wanted = _versioned(program, line)
            by_node[line.node.id] = of_lines[place] = taken.fresh(wanted)
            if of_lines[place] != line.version.name:
                shown = line.version.name + _giving(program, line)
                renamed[shown] = of_lines[place]
    for place, line in enumerate(lines):
        if line.kind == "partial" and line.of is not None and line.version is not None:
            own = by_node.get(line.of.id) or safe(_versioned(program, line), rules)
            of_lines[place] = taken.fresh(lead + own)
    next_number = {"t": 1, "g": 1}
    for place, line in enumerate(lines):
        if place not in of_lines:
            letter = "t" if line.kind == "value" else "g"
            of_lines[place], next_number[letter] = taken.numbered(letter, next_number[letter])
    for place, line in enumerate(lines):
        if line.symbol is not None:
            by_node[line.symbol.id] = of_lines[place]
    return Names(leaves, by_node, of_lines, renamed)


def _versioned(program: Program, line: Line) -> str:
    assert line.version is not None
    many = len(program.definition.names[line.version.name]) > 1
    return f"{line.version.name}_{line.version.index}" if many else line.version.name


def _giving(program: Program, line: Line) -> str:
    assert line.version is not None
    many = len(program.definition.names[line.version.name]) > 1
    return f" (giving {line.version.index})" if many else ""
