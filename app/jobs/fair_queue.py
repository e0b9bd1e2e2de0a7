"""A queue of jobs, fair between clients: no client can push out another.

Each client has its own queue and a number of jobs under way; clients take turns. A client's own
jobs keep their order.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Full(Exception):
    """The queue takes no more jobs from this client, or (`everyone`) from anyone."""

    def __init__(self, everyone: bool) -> None:
        super().__init__("the line is full")
        self.everyone = everyone


@dataclass(slots=True)
class _Client(Generic[Item]):
    waiting: deque[Item] = field(default_factory=deque)
    running: int = 0


class FairQueue(Generic[Item]):
    """Waiting jobs, at most `total` of them; each client has at most `running` jobs running and
    `waiting` more in the queue."""

    def __init__(self, running: int, waiting: int, total: int) -> None:
        self._running = running
        self._waiting = waiting
        self._total = total
        self._clients: dict[str, _Client[Item]] = {}
        self._turns: OrderedDict[str, None] = OrderedDict()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Item]:
        for client in self._clients.values():
            yield from client.waiting

    def add(self, name: str, item: Item) -> None:
        """Put `item` at the end of the client's queue. Raises Full."""
        client = self._clients.get(name)
        # With too few workers, fewer jobs run than a client may have; the others may then wait.
        most = self._running + self._waiting
        if client is not None and client.running + len(client.waiting) >= most:
            raise Full(everyone=False)
        if self._length >= self._total:
            raise Full(everyone=True)
        if client is None:
            client = self._clients[name] = _Client()
        client.waiting.append(item)
        self._length += 1
        self._turns.setdefault(name)

    def put_back(self, name: str, item: Item) -> None:
        """Return an item that was taken to the front of the queue, whatever its length."""
        client = self._clients[name]
        client.running -= 1
        client.waiting.appendleft(item)
        self._length += 1
        self._turns.setdefault(name)

    def take(self) -> tuple[str, Item] | None:
        """The next item and its client, whose turn then ends; None if no job may start."""
        for name in self._turns:
            client = self._clients[name]
            if client.running < self._running:
                break
        else:
            return None
        item = client.waiting.popleft()
        client.running += 1
        self._length -= 1
        if client.waiting:
            self._turns.move_to_end(name)
        else:
            del self._turns[name]
        return name, item

    def done(self, name: str) -> None:
        """Record that a job of this client has ended."""
        client = self._clients[name]
        client.running -= 1
        self._forget_idle(name, client)

    def remove(self, name: str, item: Item) -> None:
        """Remove a waiting item."""
        client = self._clients[name]
        client.waiting.remove(item)
        self._length -= 1
        if not client.waiting:
            del self._turns[name]
            self._forget_idle(name, client)

    def _forget_idle(self, name: str, client: _Client[Item]) -> None:
        if not client.running and not client.waiting:
            del self._clients[name]
