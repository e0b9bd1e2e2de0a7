"""Errors as RFC 9457 problem details, with the status and the wording of each.

A client is sent diagnostics that were worded for it, never an exception's own text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Unpack

import structlog
from starlette.requests import Request
from starlette.responses import Response

from backstep.errors import BackstepError, Details, Diagnostic

from ..api.problem import Problem, ProblemFault
from ..jobs import protocol
from ..jobs.pool_records import CallFailed

log = structlog.get_logger("backstep.errors")

MEDIA = "application/problem+json"
MOST_FAULTS = 100
"""A text can have more, and nobody reads them."""
TOLD = 3
"""Diagnostics that the detail lists."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its status and its title, which never varies."""

    status: int
    title: str


KINDS: Mapping[str, Kind] = {
    "not_http": Kind(400, "The request is not HTTP"),
    "body": Kind(400, "The request is not the JSON that this call takes"),
    "query": Kind(400, "The address's query is at fault"),
    "state": Kind(400, "The link's state cannot be read"),
    "host": Kind(400, "The Host header is not a host"),
    "not_found": Kind(404, "There is nothing at this address"),
    "method": Kind(405, "This address does not take this method"),
    "slow": Kind(408, "The request took too long to arrive"),
    "body_too_large": Kind(413, "The body is too large"),
    "address_too_long": Kind(414, "The address is too long"),
    "media_type": Kind(415, "The body is not application/json"),
    "definition": Kind(422, "The definition is at fault"),
    "values": Kind(422, "A value is at fault"),
    "answer": Kind(422, "The typed answer is at fault"),
    "pasted": Kind(422, "The pasted text cannot be read as a definition"),
    "request": Kind(422, "What was asked for does not exist"),
    "limit": Kind(422, "A limit is passed"),
    "formula_too_large": Kind(422, "The closed formula would be too large"),
    "busy": Kind(429, "Too much at once"),
    "headers_too_large": Kind(431, "The headers are too large"),
    "internal": Kind(500, "Something broke here"),
    "unavailable": Kind(503, "A part that is needed is down"),
    "time_up": Kind(504, "The time for one piece of mathematics is up"),
}


class Refusal(BackstepError):
    """A request that is refused before any mathematics sees it; of one of `KINDS`."""

    def __init__(
        self, kind: str, message: str, hint: str | None = None, **details: Unpack[Details]
    ) -> None:
        super().__init__(Diagnostic(kind, message, hint), details=details)
        self.refused_as = kind


def problem(error: BackstepError) -> Problem:
    """The problem details of an error."""
    kind = error.refused_as if isinstance(error, Refusal) else error.kind
    return {
        **error.details,
        "type": f"/api/v1/docs#{kind}",
        "title": KINDS[kind].title,
        "status": KINDS[kind].status,
        "code": kind,
        "detail": _detail(error.faults),
        "errors": [_fault(fault) for fault in error.faults[:MOST_FAULTS]],
    }


def _detail(faults: Sequence[Diagnostic]) -> str:
    told = "; ".join(fault.message for fault in faults[:TOLD])
    return told if len(faults) <= TOLD else f"{told}; and {len(faults) - TOLD} more"


def internal(request_id: str) -> Problem:
    """The problem for an unforeseen error; the log has its traceback under the same id."""
    return problem(_mistake(request_id))


def _mistake(request_id: str) -> Refusal:
    return Refusal(
        "internal",
        "The server made a mistake; it has been noted.",
        f"If you report it, name the request {request_id}.",
        request_id=request_id,
    )


def broken(failed: CallFailed, request: Request) -> Refusal:
    """The refusal for a call that raised an unforeseen exception; the log has its traceback."""
    return broken_in(failed, request.scope.get("request_id", ""), request.url.path)


def broken_in(failed: CallFailed, request_id: str, path: str) -> Refusal:
    """The same for work that is no single request's, noted under an id."""
    log.error("call_failed", id=request_id, path=path, traceback=failed.args[0])
    return _mistake(request_id)


def response(details: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The response of a problem."""
    sent = dict(headers or {})
    if "retry_after" in details:
        sent["Retry-After"] = str(details["retry_after"])
    return Response(protocol.to_json(details), details["status"], sent, MEDIA)


def bare_page(details: Problem) -> bytes:
    """A problem as a page without styles, for use when no template can be rendered."""
    title, said = escape(details["title"]), escape(details["detail"])
    hints = " ".join(each["hint"] for each in details["errors"] if each["hint"])
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f"<h1>{title}</h1>\n<p>{said} {escape(hints)}</p>\n"
        '<p><a href="/">Start from the first example</a></p>\n</html>\n'
    ).encode()


def _fault(fault: Diagnostic) -> ProblemFault:
    told: ProblemFault = {
        "code": fault.code,
        "message": fault.message,
        "hint": fault.hint,
        "fixes": fault.fixes,
    }
    if fault.span is not None:
        told |= {
            "line": fault.span.line,
            "column": fault.span.column,
            "end_line": fault.span.end_line,
            "end_column": fault.span.end_column,
        }
    if fault.pointer is not None:
        told["pointer"] = fault.pointer
    return told
