"""Typing errors: an unknown name that is one keystroke from a known one.

A name that another library has is no typing error, digits tell names apart, and a short name has
too many neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from backstep.errors import Edit
from backstep.lang.diagnostics.fixes.foreign_names import OF_A_SAMPLE, elsewhere
from backstep.lang.diagnostics.fixes.statement import Candidate, Situation
from backstep.lang.syntax import names
from backstep.lang.syntax.tokens import span_of
from backstep.ops import FUNCTIONS

_SHORTEST = 4
_MOST = 2


def candidates(at: Situation) -> Iterator[Candidate]:
    """The text with an unknown name replaced by the known one that is a keystroke away."""
    place = at.at_fault()
    if at.fault.code != "unknown_name" or place is None or at.tokens[place].type != "NAME":
        return
    name = str(at.tokens[place])
    called = place + 1 < len(at.tokens) and at.tokens[place + 1].type == "LPAR"
    if called:
        known: Iterable[str] = [*FUNCTIONS, *at.known.functions]
        if elsewhere(name) or name in OF_A_SAMPLE:
            return
    else:
        known = [each for each in at.known.given_on if at.is_value(each)]
    alike = [each for each in known if called and _plain(each) == _plain(name)]
    near = alike or [each for each in known if is_slip(name, each, any_case=called)]
    if len(near) <= _MOST:
        for each in near:
            edited = at.edited(Edit.at(span_of(at.tokens[place]), each))
            yield replace(edited, hint=f"did you mean '{each}'?")


def is_slip(typed: str, known: str, any_case: bool = False, shortest: int = _SHORTEST) -> bool:
    """Whether two names differ by one keystroke: a letter too many, missing, wrong, swapped.

    With `any_case` also if only capitals or underscores differ, as in `ReLU`.
    """
    if typed == known:
        return False
    if any_case:
        plain, other = _plain(typed), _plain(known)
        if plain == other:
            return True
        typed, known = typed.casefold(), known.casefold()
    if min(len(typed), len(known)) < shortest or abs(len(typed) - len(known)) > 1:
        return False
    start = 0
    while start < min(len(typed), len(known)) and typed[start] == known[start]:
        start += 1
    left, right = typed[start:], known[start:]
    end = 0
    while end < min(len(left), len(right)) and left[-1 - end] == right[-1 - end]:
        end += 1
    left, right = left[: len(left) - end], right[: len(right) - end]
    if not all(each.isalpha() for each in left + right):
        return False
    swapped = len(left) == 2 and left[::-1] == right
    if swapped or not left or not right:
        return swapped or len(left + right) == 1
    # sigm may be sign as well as sigmoid.
    return len(left) == len(right) == 1 and len(typed) > _SHORTEST


def _plain(name: str) -> str:
    return names.skeleton(name).casefold().replace("_", "")
