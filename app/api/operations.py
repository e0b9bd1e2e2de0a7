"""GET /operations: every operator and function, with its rule as it is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from backstep.operations import Operation, operations

from . import share_link
from .call import DRAWING, Call


@dataclass(frozen=True, slots=True)
class LinkedOperation(Operation):
    """An operator or a function of the language, with the link that opens its example."""

    link: str
    """Opens `source` on the page, such as `/?d=eNq…`."""


@dataclass(frozen=True, slots=True)
class Operations:
    """Every operator and function of the language, a group after another."""

    operations: Sequence[LinkedOperation]


def answer(request: None) -> Operations:
    """Every operator and function, with its rule as it is computed, convention and example."""
    return Operations(tuple(map(_linked, operations())))


def _linked(entry: Operation) -> LinkedOperation:
    link = "/?d=" + share_link.encode({"source": entry.source})
    own = {each.name: getattr(entry, each.name) for each in fields(entry)}
    return LinkedOperation(**own, link=link)


CALL = Call("operations", None, answer, Operations, method="GET", seconds=DRAWING)
