"""A queue of jobs in lanes, fair between clients: no client can push out another.

Each client has its own queue in each lane, and a number of jobs under way; in a lane, the client
that has taken least lately is next, and equal ones take turns. A client's own jobs keep their order
within a lane.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Lane(IntEnum):
    """What is known of a waiting job."""

    NEW = 0
    """Nothing: it may be cheap."""
    DEAR = 1
    """That it is not cheap, as counted when it was begun."""
    PIECE = 2
    """That it is the next piece of a stream."""


class Full(Exception):
    """The queue takes no more jobs from this client, or (`everyone`) from anyone."""

    def __init__(self, everyone: bool) -> None:
        super().__init__("the line is full")
        self.everyone = everyone


@dataclass(slots=True)
class _Client(Generic[Item]):
    count: int
    waiting: tuple[deque[Item], ...] = field(default_factory=lambda: tuple(deque() for _ in Lane))
    running: int = 0

    @property
    def jobs(self) -> int:
        return self.running + sum(map(len, self.waiting))


class FairQueue(Generic[Item]):
    """Waiting jobs, at most `total` of them; each client has at most `running` jobs running and
    `waiting` more in the queue, as many times as its address stands for clients.

    `spent` returns the seconds that a client has taken lately, compared in tenths.
    """

    def __init__(
        self,
        running: int,
        waiting: int,
        total: int,
        spent: Callable[[str], float] = lambda name: 0.0,
    ) -> None:
        self._spent = spent
        self._running = running
        self._waiting = waiting
        self._total = total
        self._clients: dict[str, _Client[Item]] = {}
        self._turns: tuple[OrderedDict[str, None], ...] = tuple(OrderedDict() for _ in Lane)
        self._lengths = [0 for _ in Lane]

    def __len__(self) -> int:
        return sum(self._lengths)

    def __iter__(self) -> Iterator[Item]:
        for client in self._clients.values():
            for waiting in client.waiting:
                yield from waiting

    def length(self, lane: Lane) -> int:
        """The number of jobs that wait in a lane."""
        return self._lengths[lane]

    def add(
        self,
        name: str,
        item: Item,
        lane: Lane = Lane.NEW,
        *,
        count: int = 1,
        admitted: bool = False,
    ) -> None:
        """Put `item` at the end of the client's queue in a lane.

        Raises Full, unless the item belongs to what has been admitted as a whole.
        """
        client = self._clients.get(name)
        # With too few workers, fewer jobs run than a client may have; the others may then wait.
        most = (self._running + self._waiting) * count
        if not admitted:
            if client is not None and client.jobs >= most:
                raise Full(everyone=False)
            if len(self) >= self._total:
                raise Full(everyone=True)
        if client is None:
            client = self._clients[name] = _Client(count)
        client.waiting[lane].append(item)
        self._lengths[lane] += 1
        self._turns[lane].setdefault(name)

    def put_back(self, name: str, item: Item, lane: Lane = Lane.NEW) -> None:
        """Return an item that was taken to the front of its client's queue, whatever its length."""
        client = self._clients[name]
        client.running -= 1
        client.waiting[lane].appendleft(item)
        self._lengths[lane] += 1
        self._turns[lane].setdefault(name)

    def take(self, lane: Lane = Lane.NEW) -> tuple[str, Item] | None:
        """The next item of a lane and its client, whose turn then ends; None if no job may start.

        The next is from a client that has taken least lately, then from one with the fewest jobs
        under way: so one with long jobs does not come before one with none.
        """
        turns = self._turns[lane]
        able = (name for name in turns if self._may_run(self._clients[name]))
        name = min(able, key=self._precedence, default=None)
        if name is None:
            return None
        client = self._clients[name]
        item = client.waiting[lane].popleft()
        client.running += 1
        self._lengths[lane] -= 1
        if client.waiting[lane]:
            turns.move_to_end(name)
        else:
            del turns[name]
        return name, item

    def done(self, name: str) -> None:
        """Record that a job of this client has ended."""
        client = self._clients[name]
        client.running -= 1
        self._forget_idle(name, client)

    def remove(self, name: str, item: Item, lane: Lane = Lane.NEW) -> None:
        """Remove a waiting item from its lane."""
        client = self._clients[name]
        client.waiting[lane].remove(item)
        self._lengths[lane] -= 1
        if not client.waiting[lane]:
            del self._turns[lane][name]
            self._forget_idle(name, client)

    def _precedence(self, name: str) -> tuple[float, int]:
        return round(self._spent(name), 1), self._clients[name].running

    def _may_run(self, client: _Client[Item]) -> bool:
        return client.running < self._running * client.count

    def _forget_idle(self, name: str, client: _Client[Item]) -> None:
        if not client.jobs:
            del self._clients[name]
