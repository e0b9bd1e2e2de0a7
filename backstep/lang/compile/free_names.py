"""What a syntax tree mentions: the parts of a formula, the names a text assigns."""

from __future__ import annotations

from collections.abc import Iterator

from backstep.lang.syntax import syntax_tree
from backstep.ops import FUNCTIONS

_LEAVES = (syntax_tree.Name, syntax_tree.Number)
"""What has no parts, and is most of any formula."""


def parts(expression: syntax_tree.Expression) -> Iterator[object]:
    """All parts of a formula, in the text's order."""
    waiting: list[object] = [expression]
    while waiting:
        part = waiting.pop()
        inner: list[object]
        yield part
        if isinstance(part, _LEAVES):
            continue
        match part:
            case syntax_tree.OperatorChain():
                inner = [part.first, *(link.operand for link in part.links)]
            case syntax_tree.Sign():
                inner = [part.operand]
            case syntax_tree.Power():
                inner = [part.base, part.exponent]
            case syntax_tree.Call():
                inner = [*part.arguments, *_values(part)]
            case syntax_tree.Comparison():
                inner = [part.left, part.right]
            case syntax_tree.Index():
                inner = [part.value, *part.items]
            case syntax_tree.Slice():
                inner = [end for end in (part.start, part.stop, part.step) if end is not None]
            case syntax_tree.Attribute():
                inner = [part.value]
            case syntax_tree.ListOf():
                inner = list(part.items)
            case syntax_tree.Total():
                inner = [part.first, part.last]
                yield from _unbound(part.body, part.variable.name)
            case _:
                inner = []
        waiting.extend(reversed(inner))


def _unbound(body: syntax_tree.Expression, variable: str) -> Iterator[object]:
    """The parts of what a sum runs over, without the index that it counts."""
    for part in parts(body):
        if not (isinstance(part, syntax_tree.Name) and part.name == variable):
            yield part


def _values(call: syntax_tree.Call) -> list[object]:
    """The values of a call's options, except those that are no formula (`init=he`)."""
    if not call.keywords:
        return []
    function = FUNCTIONS.get(call.function.name)
    words = (
        {each.name for each in function.parameters if each.kind in ("word", "truth")}
        if function
        else ()
    )
    return [keyword.value for keyword in call.keywords if keyword.name.name not in words]


def given_on(statements: tuple[syntax_tree.Statement, ...]) -> dict[str, int]:
    """Every name that is assigned anywhere, with the first line that does."""
    found: dict[str, int] = {}
    for statement in statements:
        given: tuple[syntax_tree.Name, ...]
        match statement:
            case syntax_tree.Declare():
                given = (statement.name,)
            case syntax_tree.Assign() | syntax_tree.Broken():
                given = statement.targets
            case _:
                given = ()
        for name in given:
            found.setdefault(name.name, name.span.line)
        if isinstance(statement, syntax_tree.Loop | syntax_tree.Broken):
            for name_inside, line in given_on(statement.body).items():
                found.setdefault(name_inside, line)
    return found


def given_again(statements: tuple[syntax_tree.Statement, ...]) -> frozenset[str]:
    """The results that are assigned several times: by several lines, or in a loop."""
    seen: set[str] = set()
    again: set[str] = set()
    waiting = [(each, 1) for each in statements]
    while waiting:
        statement, times = waiting.pop()
        match statement:
            case syntax_tree.Assign():
                for name in statement.targets:
                    if times > 1 or name.name in seen:
                        again.add(name.name)
                    seen.add(name.name)
            case syntax_tree.Loop():
                waiting.extend((each, 2) for each in statement.body)
            case _:
                pass
    return frozenset(again)
