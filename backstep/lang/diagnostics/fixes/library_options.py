"""Calls of other libraries that have another value than ours, found among a statement's tokens."""

from __future__ import annotations

import re

from backstep.errors import Edit
from backstep.lang.diagnostics.fixes.library_calls import RULES, LibraryCall, written
from backstep.lang.diagnostics.fixes.library_text import Text, outer
from backstep.lang.diagnostics.fixes.statement import operand_start


def meant(text: Text, library: str = "np") -> list[Edit] | None:
    """The first call whose value there differs from our function of the same name.

    `library` is the one whose method is called if a value precedes the point.
    """
    for call, place, end in _calls(text, library):
        formula = written(call)
        if formula is not None:
            whole = outer(text, place, end + 1, formula)
            single = re.fullmatch(r"\w+\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)", formula)
            return [Edit.at(text.span(place, end + 1), formula if single else whole)]
    return None


def _calls(text: Text, library: str) -> list[tuple[LibraryCall, int, int]]:
    """The calls with a rule of their own, and where each starts and ends among the tokens.

    A call of a method starts with the value that it is called on.
    """
    found = []
    for place, token in enumerate(text.tokens):
        if token.type != "NAME" or text.kind(place + 1) != "LPAR" or str(token) not in RULES:
            continue
        if str(token) in text.at.known.functions or text.at.is_value(str(token)):
            continue
        arguments = text.arguments(place + 1)
        if arguments is None:
            continue
        modules: list[str] = []
        first, method = place, None
        while text.kind(first - 1) == "DOT" and text.kind(first - 2) == "NAME":
            first -= 2
            modules.insert(0, str(text.tokens[first]))
        if text.kind(first - 1) == "DOT" or (modules and text.at.is_value(modules[0])):
            start = operand_start(text.tokens, place - 2)
            if start is None:
                continue
            first, method, modules = start, text.cut(start, place - 1), [library]
        given, end = arguments
        end, given_to = end, None
        if text.kind(end + 1) == "LPAR" and str(token)[:1].isupper():
            given_to = text.arguments(end + 1)
            end = end if given_to is None else given_to[1]
        by_place = [] if method is None else [method]
        by_name = {}
        for start, stop in (*(given_to[0] if given_to else ()), *given):
            if text.kind(start + 1) == "EQUAL":
                by_name[str(text.tokens[start])] = text.cut(start + 2, stop)
            else:
                by_place.append(text.cut(start, stop))
        made = LibraryCall(
            tuple(modules),
            str(token),
            tuple(by_place),
            by_name,
            text.at.known.shapes,
            text.kind(end + 1) == "LPAR",
        )
        found.append((made, first, end))
    return found
