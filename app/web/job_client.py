"""Where requests ask for jobs: cached answers first, then the pool.

If a client disconnects, its job is cancelled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.types import Scope

from backstep.errors import BackstepError
from backstep.limits import LIMITS

from ..api import CALLS
from ..jobs import cache, refusals
from ..jobs.cluster import Cluster
from ..jobs.pool import Pool
from ..jobs.pool_records import Work
from ..jobs.protocol import Payload
from ..jobs.redis_cache import SharedAnswers
from .clients import Client, Clients

_ADMITTED, _STREAM = "admitted", "streaming"
MOST_ELSEWHERE = 16
"""Pieces of one client's work that a cluster computes at once."""
PATIENCE = 0.1
"""Seconds of work after which it is worth checking whether the client is still connected."""

SECONDS: Mapping[str, float] = {
    **{call.name: call.seconds for call in CALLS},
    **{name: seconds for call in CALLS for name, (_, seconds) in call.more.items()},
}
"""Of processor time, by the job's name."""


class ClientGone(Exception):
    """The client closed its connection; there is nobody to answer."""


class JobClient:
    """Asks the pool on behalf of requests, and caches `cache_bytes` of answers."""

    def __init__(
        self,
        pool: Pool,
        cache_bytes: int,
        clients: Clients | None = None,
        shared: SharedAnswers | None = None,
        cluster: Cluster | None = None,
    ) -> None:
        self.pool = pool
        self.cluster = cluster or Cluster()
        self.shared = shared or SharedAnswers()
        self._clients = clients or Clients()
        self.answers = cache.Answers(cache_bytes)

    async def ask(self, request: Request, call: str, payload: bytes) -> Payload:
        """The answer of a call to a request whose body has been read.

        Raises what `Pool.run` raises, and ClientGone.
        """
        key = cache.digest(call, payload)
        kept = self.answers.kept(key)
        if kept is not None:
            return kept
        work = self._work(request, call, payload)
        watch = _Watch(request)
        try:
            return await self.answers.get(key, lambda: self._let_in(request, work))
        except asyncio.CancelledError:
            watch.excuse()
            raise
        finally:
            watch.end()

    async def piece(self, request: Request, call: str, payload: bytes) -> Payload:
        """The answer of one short job of many: not cached, and finished even if the client has
        gone. The first is let in as a request; the others are let in with it."""
        work = self._work(request, call, payload)
        begun = request.scope.get(_STREAM, False)
        if not begun:
            await self._admit(request, work)
        answer = await self.pool.run(replace(work, piece=begun))
        request.scope[_STREAM] = True
        leave(request.scope)
        return answer

    async def piece_for(self, client: Client, call: str, payload: bytes) -> Payload:
        """The same for work that goes on between a client's requests: let in with the first."""
        work = Work(call, payload, client.name, SECONDS[call], client.count, True, piece=True)
        return await self.pool.run(work)

    @property
    def wide(self) -> int:
        """How many pieces of one client's work are computed at once."""
        here = min(self.pool.state().workers, LIMITS.client_running)
        return max(1, here, min(self.cluster.places, MOST_ELSEWHERE))

    async def _let_in(self, request: Request, work: Work) -> Payload:
        try:
            known = await self.shared.get(work.key)
        except BackstepError:
            self.pool.count_refusal("remembered")
            raise
        if known is not None:
            return known
        await self._admit(request, work)
        try:
            answer = await self.pool.run(work)
        except BackstepError as error:
            if refusals.is_remembered(error):
                self.shared.refuse(work.key, error, refusals.REFUSED_SECONDS)
            raise
        self.shared.keep(work.key, answer)
        return answer

    async def _admit(self, request: Request, work: Work) -> None:
        """Let a request in, once for all that it asks for. Raises Busy."""
        if _ADMITTED not in request.scope:
            await self.pool.budgets.learn(work.client, work.count)
        if _ADMITTED not in request.scope:  # nor has one of its other parts been let in since
            self.pool.admit(work.client, work.count)
            request.scope[_ADMITTED] = lambda: self.pool.leave(work.client)

    def _work(self, request: Request, call: str, payload: bytes) -> Work:
        client = self._clients.of(request)
        return Work(call, payload, client.name, SECONDS[call], client.count, admitted=True)


def leave(scope: Scope) -> None:
    """Let a request out, if it has been let in."""
    out: Callable[[], None] | None = scope.pop(_ADMITTED, None)
    if out is not None:
        out()


class _Watch:
    """Cancels the task that started it once the client has gone."""

    def __init__(self, request: Request) -> None:
        self._request = request
        task = asyncio.current_task()
        assert task is not None
        self._watched = task
        self._gone = False
        self._looking: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._begin)

    def end(self) -> None:
        self._timer.cancel()
        if self._looking is not None:
            self._looking.cancel()

    def excuse(self) -> None:
        """Raise ClientGone in place of a cancellation by this watch."""
        if self._gone and self._watched.uncancel() == 0:
            raise ClientGone from None

    def _begin(self) -> None:
        self._looking = asyncio.ensure_future(self._look())

    async def _look(self) -> None:
        # The body was read to its end: the next message can only be that the client has gone.
        if (await self._request.receive())["type"] == "http.disconnect":
            self._gone = True
            self._watched.cancel()
