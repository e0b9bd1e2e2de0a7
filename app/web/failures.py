"""Turns every exception into a response; unforeseen ones are logged with their traceback.

`problems` has the wording and the statuses. Tracebacks and exceptions' texts go to the log alone.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backstep.errors import BackstepError

from ..api.problem import Problem
from ..jobs.pool_records import CallFailed
from . import pages, problems
from .job_client import ClientGone
from .problems import Refusal
from .shutdown import Ending, ending, uncancelled

log = structlog.get_logger("backstep.errors")

TRACED = 40
"""Calls of a traceback that are logged, the innermost."""

Handler = Callable[[Request, Exception], Awaitable[Response]]


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, BackstepError)
    return _said(request, problems.problem(error))


def _said(request: Request, problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    if pages.wants_page(request):
        return pages.problem_page(request, problem)
    return problems.response(problem, headers)


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        allowed = ", ".join(_methods(request))
        refusal = Refusal("method", f"{request.method[:20]} is not taken here, but {allowed}.")
        return _said(request, problems.problem(refusal), {"Allow": allowed})
    refusal = Refusal("not_found", "There is no such page and no such call.")
    return _said(request, problems.problem(refusal), error.headers)


def _methods(request: Request) -> list[str]:
    """What the address takes, over all its routes: Starlette's own answer is the first's alone."""
    matching = [each for each in request.app.routes if each.matches(request.scope)[0] != Match.NONE]
    return sorted({method for each in matching for method in getattr(each, "methods", None) or ()})


async def _call_failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, CallFailed)
    return _said(request, problems.problem(problems.broken(error, request)))


async def _gone(request: Request, error: Exception) -> Response:
    return Response(status_code=499)  # for the log: nobody is there to read it


HANDLERS: Mapping[Any, Handler] = {
    BackstepError: _refused,
    HTTPException: _no_route,
    CallFailed: _call_failed,
    ClientGone: _gone,
    ClientDisconnect: _gone,
}


class CatchAll:
    """Answers 500 for an unforeseen exception, and 503 for what the service's end breaks off."""

    def __init__(self, app: ASGIApp, ending: Ending) -> None:
        self._app = app
        self._ending = ending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except asyncio.CancelledError:
            if started or not self._ending.begun or not uncancelled():
                raise
            log.warning("request_ended", id=scope.get("request_id", ""), path=scope["path"])
            response = last_words(Request(scope), problems.problem(ending()))
            await response(scope, receive, watched)
        except Exception:
            request_id = scope.get("request_id", "")
            said = traceback.format_exc(limit=-TRACED)
            log.error("request_failed", id=request_id, path=scope["path"], traceback=said)
            if started:
                raise  # the response has begun: it can only be cut off
            response = last_words(Request(scope), problems.internal(request_id))
            await response(scope, receive, watched)


def last_words(request: Request, problem: Problem) -> Response:
    """The response of a problem where no handler is at hand."""
    # Rendering pages may be the very thing that fails.
    try:
        return _said(request, problem)
    except Exception:
        return problems.response(problem)
