"""A module that one line assigns to a name and others call: `loss_fn = nn.MSELoss()`.

The name becomes a function. A layer with its own parameters, which can't stand in one, is written
at the name's call, if there is only one: two calls would be two layers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from backstep.errors import Edit, Span
from backstep.lang.diagnostics.fixes.foreign_names import CLASSES, CLASSES_WITH
from backstep.lang.diagnostics.fixes.statement import Candidate, Situation
from backstep.ops import FUNCTIONS

_GIVEN = re.compile(r"\s*([^\W\d]\w*)\s*=\s*(?:\w+\.)*(\w+)\s*\(([^()]*)\)\s*;?\s*(?:#.*)?")
_LAYERS = frozenset({"Linear", "Dropout"})
"""Modules that can be called once only: their parameters, or their mask, belong to the call."""


def candidates(at: Situation) -> Iterator[Candidate]:
    """The text with the module's function under its name, or at the name's call."""
    given = _GIVEN.fullmatch(at.line.texts[0]) if len(at.line.texts) == 1 else None
    if given is None or at.known.formula or given[2] in at.known.functions:
        return
    name, module = given[1], given[2]
    function = _function(module, given[3])
    if function is None:
        return
    ours, option = function
    if module in _LAYERS:
        yield from _where_called(at, name, ours, option)
        return
    taken = [each for each in ("p", "q", "t") if each != name]
    parameters = ", ".join(taken[: 2 if module.endswith("Loss") else 1])
    inner = f"{parameters}, {option}" if option else parameters
    whole = Span(at.line.number, 1, at.line.number, len(at.line.texts[0]) + 1)
    line = Edit.at(whole, f"{name}({parameters}) = {ours}({inner})")
    yield at.edited(line, sure=True)


def _where_called(at: Situation, name: str, ours: str, option: str) -> Iterator[Candidate]:
    """The layer in place of the name's one call, and the line removed."""
    sheet, number = at.sheet, at.line.number
    rows = [
        (row, line.partition("#")[0]) for row, line in enumerate(sheet.lines, 1) if row != number
    ]
    mentioned = [
        (row, code, match.end())
        for row, code in rows
        for match in re.finditer(rf"(?<![\w.]){name}(?!\w)", code)
    ]
    if len(mentioned) != 1 or number == len(sheet.lines):
        return
    ((row, code, end),) = mentioned
    closed = _closing(code, end)
    if code[:1].isspace() or not code[end:].lstrip().startswith("(") or closed is None:
        return
    edits = (
        Edit(number, 1, number + 1, 1, ""),
        Edit(row, end - len(name) + 1, row, end + 1, ours),
        Edit(row, closed + 1, row, closed + 1, f", {option}"),
    )
    title = f"Write {ours} where {name} is called, and delete the line"
    made = at.edited(*edits, sure=True, title=title)
    yield replace(made, told=True, removes=True)


def _function(module: str, options: str) -> tuple[str, str] | None:
    """Our function for a module, and the further arguments of its calls."""
    given = [each.replace(" ", "") for each in options.split(",") if each.strip()]
    if module in CLASSES:
        return (CLASSES[module], "") if not given else None
    if module not in CLASSES_WITH:
        return None
    ours, option = CLASSES_WITH[module]
    values = [each.partition("=")[2] or each for each in given]
    if option is None:
        plain = re.fullmatch(r"(?:in_features=)?\w+,(?:out_features=)?\w+", ",".join(given))
        return (ours, values[1]) if plain else None
    if len(given) > 1 or ("=" in "".join(given) and not given[0].startswith(f"{option[0]}=")):
        return None
    if not given:
        needed = any(each.name == option[1] and each.keyword for each in FUNCTIONS[ours].parameters)
        return (ours, "") if needed else None
    return ours, f"{option[1]}={values[0]}" if option[1] != "p" else values[0]


def _closing(text: str, start: int) -> int | None:
    """Where the parenthesis closes that opens at or after a position."""
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] == "(") - (text[place] == ")")
        if depth == 0 and text[place] == ")":
            return place
    return None
