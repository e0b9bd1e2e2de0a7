"""Lark's table of a grammar, run by a loop that takes chains of rules in one step.

In a grammar of precedences a single name is a factor, a product, a sum and an expression: most
reductions only pass a value on. Where a chain of them ends depends on the two states and the next
token alone, so it is followed once and looked up from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from lark import Lark, Token
from lark.exceptions import UnexpectedToken

_END = "$END"


class _Reduction(NamedTuple):
    """A rule that is recognised: its length, its name, and what makes a value of its parts.

    `made` is None if the rule passes on the only value it has.
    """

    length: int
    name: str
    made: Callable[[list[Any]], Any] | None


class Table:
    """A grammar's actions: for each state and type of token the next state, or a reduction.

    `goto` has the next state by the name of the rule that is recognised.
    """

    def __init__(self, lark: Lark) -> None:
        parser: Any = lark.parser.parser
        inner = parser.parser
        table, callbacks = inner.parse_table, inner.callbacks
        (start,) = lark.options.start
        self._start, self._end = table.start_states[start], table.end_states[start]
        self._actions: dict[int, dict[str, int | _Reduction]] = {}
        self._goto: dict[int, dict[str, int]] = {}
        self._chains: dict[tuple[int, int, str], int] = {}
        made: dict[Any, _Reduction] = {}
        for state, actions in table.states.items():
            self._actions[state], self._goto[state] = {}, {}
            for kind, (_, what) in actions.items():
                if not hasattr(what, "origin"):
                    own = self._actions if kind == _END or kind.isupper() else self._goto
                    own[state][kind] = what
                    continue
                if what not in made:
                    passes = _passes_on(what, callbacks)
                    length, name = len(what.expansion), what.origin.name
                    made[what] = _Reduction(length, name, None if passes else callbacks[what])
                self._actions[state][kind] = made[what]

    def parse(self, tokens: Sequence[Token]) -> Any:
        """The value of the start rule. Raises Lark's UnexpectedToken."""
        states: list[int] = [self._start]
        values: list[Any] = []
        for token in tokens:
            self._take(token, token.type, states, values)
        last = tokens[-1] if tokens else None
        end = Token(_END, "", 0, 1, 1) if last is None else Token.new_borrow_pos(_END, "", last)
        self._take(end, _END, states, values)
        return values[-1]

    def _take(self, token: Token, kind: str, states: list[int], values: list[Any]) -> None:
        """Reduce until the token can be put on the stack, or until the text is recognised."""
        actions, goto, chains = self._actions, self._goto, self._chains
        while True:
            state = states[-1]
            if kind == _END and state == self._end:
                return
            action = actions[state].get(kind)
            if action.__class__ is int:
                states.append(action)
                values.append(token)
                return
            if action is None:
                raise UnexpectedToken(token, set(actions[state]))  # type: ignore[no-untyped-call]
            length, name, made = action  # type: ignore[misc]
            if made is None:
                key = (states[-2], state, kind)
                if key not in chains:
                    chains[key] = self._chain(*key)
                states[-1] = chains[key]
                continue
            parts: list[Any] = []
            if length:
                parts = values[-length:]
                del values[-length:], states[-length:]
            values.append(made(parts))
            states.append(goto[states[-1]][name])

    def _chain(self, below: int, state: int, kind: str) -> int:
        """The state in which a value has been passed on as far as it is before such a token."""
        while state != self._end:
            action = self._actions[state].get(kind)
            if not isinstance(action, _Reduction) or action.made is not None:
                break
            state = self._goto[below][action.name]
        return state


def _passes_on(rule: Any, callbacks: Mapping[Any, Callable[[list[Any]], Any]]) -> bool:
    """Whether a rule's value is that of its only part."""
    if not rule.options.expand1 or rule.alias or len(rule.expansion) != 1:
        return False
    part = object()
    return callbacks[rule]([part]) is part
