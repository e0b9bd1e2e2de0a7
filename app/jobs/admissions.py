"""Which requests are let in: a request is admitted once, and its parts then wait inside it."""

from __future__ import annotations

from collections import Counter

from .fair_queue import Full


class Admissions:
    """The requests under way: at most `each` of a client, and `total` of all."""

    def __init__(self, each: int, total: int) -> None:
        self._each = each
        self._total = total
        self._open: Counter[str] = Counter()
        self._size = 0

    def enter(self, name: str, count: int) -> None:
        """Let a request in, of an address that stands for `count` clients. Raises Full."""
        if self._open[name] >= self._each * count:
            raise Full(everyone=False)
        if self._size >= self._total:
            raise Full(everyone=True)
        self._open[name] += 1
        self._size += 1

    def leave(self, name: str) -> None:
        """Let a request out."""
        self._size -= 1
        self._open[name] -= 1
        if not self._open[name]:
            del self._open[name]
