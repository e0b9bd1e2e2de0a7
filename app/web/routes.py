"""The routes of the API's calls. Their answers are computed by workers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import suppress

import orjson
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from backstep import __version__
from backstep.errors import (
    BackstepError,
    Busy,
    DefinitionError,
    LimitError,
    TimeUp,
    ValuesError,
)

from ..api import CALLS, card, export, oembed, picture, share_link
from ..api.analyze import APART, LINES, job
from ..api.call import Call
from ..api.examples import LISTED, Examples
from ..api.health import Health, State
from ..api.schema import Schema, model
from ..jobs import cluster, protocol, redis_connection
from ..jobs.pool_records import CallFailed
from ..jobs.protocol import JSON, Payload
from . import body, problems, security
from .job_client import ClientGone, JobClient
from .problems import Refusal
from .sweeps import resumed, sweep
from .training import resumed as train_resumed
from .training import train

PREFIX = "/api/v1"
PICTURE_SECONDS = 3600
"""A picture never changes but in its style, which a new version may change."""

Endpoint = Callable[[Request], Awaitable[Response]]


def _client(request: Request) -> JobClient:
    desk: JobClient = request.app.state.desk
    return desk


def _sent(answer: Payload, names: Mapping[str, str] | None = None) -> Response:
    """The response of an answer; `names` are those to save files by, by media type."""
    headers = {}
    media = answer.media.partition(";")[0]
    if names and media in names:
        # A picture may be shown where it is asked for; all else is to be saved.
        how = "inline" if media.startswith("image/") else "attachment"
        headers["Content-Disposition"] = f'{how}; filename="{names[media]}"'
    if answer.media == "image/svg+xml":
        headers["Content-Security-Policy"] = security.PICTURE_POLICY
    # As bytes: a text type would have Starlette add a charset of its own.
    return Response(answer.body, headers={**headers, "Content-Type": answer.media})


def _asking(call: Call) -> Endpoint:
    """The endpoint of a call that is one job."""

    async def endpoint(request: Request) -> Response:
        payload = b"" if call.request is None else await body.receive(request)
        return _sent(await _client(request).ask(request, call.name, payload), call.names)

    return endpoint


async def analyze(request: Request) -> Response:
    """Several parts from one job where they are quick, else a job each, side by side."""
    payload = await body.receive(request)
    desk = _client(request)
    whole = await _whole(desk, request, payload)
    if LINES in request.headers.get("accept", ""):
        if whole.media == JSON:
            found: dict[str, object] = orjson.loads(whole.body)
            lines = [_line(name, orjson.dumps(found[name])) for name in _first(found)]
            return Response(b"".join(lines), headers={"Content-Type": LINES})
        names = _first(orjson.loads(whole.body))
        return StreamingResponse(
            _lines(desk, request, names, payload), headers={"Content-Type": LINES}
        )
    if whole.media == JSON:
        return _sent(whole)
    parts = orjson.loads(whole.body)
    told = await asyncio.gather(*(_part(desk, request, part, payload) for part in parts))
    pieces = [b'"%s":%s' % (part.encode(), each) for part, each in zip(parts, told, strict=True)]
    return Response(b"{%s}" % b",".join(pieces), media_type=JSON)


def _first(parts: Iterable[str]) -> list[str]:
    """The parts, `numbers` first."""
    return sorted(parts, key=lambda name: name != "numbers")


def _line(name: str, told: bytes) -> bytes:
    return b'{"%s":%s}\n' % (name.encode(), told)


async def _lines(
    desk: JobClient, request: Request, names: Iterable[str], payload: bytes
) -> AsyncGenerator[bytes, None]:
    """A line a part, as each is ready; what would fail the call is a problem in each's place."""

    async def line(name: str) -> bytes:
        try:
            return _line(name, await _part(desk, request, name, payload))
        except BackstepError as error:
            return _line(name, protocol.to_json({"problem": problems.problem(error)}))

    tasks = [asyncio.ensure_future(line(name)) for name in names]
    try:
        with suppress(ClientGone):
            for ready in asyncio.as_completed(tasks):
                yield await ready
    finally:
        for task in tasks:
            task.cancel()


async def _whole(desk: JobClient, request: Request, payload: bytes) -> Payload:
    """The answer where all of it is quick; else, or where that breaks, which parts it has."""
    try:
        return await desk.ask(request, "analyze", payload)
    except CallFailed as failed:
        problems.broken(failed, request)
    except (TimeUp, LimitError):
        # It may be one part alone that exceeds its time or memory.
        pass
    return Payload(APART, (await desk.ask(request, "analyze/parts", payload)).body)


async def _part(desk: JobClient, request: Request, part: str, payload: bytes) -> bytes:
    try:
        return (await desk.ask(request, job(part), payload)).body
    except (DefinitionError, ValuesError, Busy):
        raise  # no part can be answered then, or not now
    except BackstepError as error:
        return protocol.to_json({"problem": problems.problem(error)})
    except CallFailed as failed:
        return protocol.to_json({"problem": problems.problem(problems.broken(failed, request))})


async def examples(request: Request) -> Response:
    """The built-in definitions."""
    return Response(protocol.to_json(Examples(LISTED)), media_type=JSON)


def _drawing(form: str | None) -> Endpoint:
    """The endpoint of pictures of a link's state, kept by whoever asks for one. Without `form` the
    address says the format."""

    async def endpoint(request: Request) -> Response:
        query = request.query_params
        asked = _state(request, "draw")
        for name in ("theme", "zoom", "direction", "format"):
            if name in query:
                asked[name] = query[name]
        for name in ("step", "scale"):
            if name in query:
                asked[name] = _number(query[name])
        job = "card" if form == "card" else "graph"
        if form is not None and job == "graph":
            asked["format"] = form
        answer = await _client(request).ask(request, job, protocol.to_json(asked))
        response = _sent(answer, card.CALL.names if job == "card" else picture.LINK.names)
        keep = f"public, max-age={PICTURE_SECONDS}" if answer.lasting else "no-store"
        response.headers["Cache-Control"] = keep
        return response

    return endpoint


async def embedded(request: Request) -> Response:
    """How another site shows a link to a state."""
    query = request.query_params
    if query.get("format", "json") != "json":
        raise Refusal("query", "This answers JSON alone.", "format=json")
    sizes = {}
    for name in ("maxwidth", "maxheight"):
        given = query.get(name)
        if given is not None and not (given.isascii() and given.isdigit() and int(given[:9])):
            raise Refusal("query", f"{name} must be a whole number of pixels.")
        sizes[name] = None if given is None else int(given[:9])
    site = str(request.base_url)
    found = oembed.embedded(query.get("url", ""), site, sizes["maxwidth"], sizes["maxheight"])
    if found is None:
        message = f"No state of {site} is at this url."
        raise Refusal("not_found", message, "Give an address of the page or the embed, with its d.")
    return Response(protocol.to_json(found), media_type=JSON)


def _number(text: str) -> float | str:
    """A number of an address; any other text as it is, for the call to refuse."""
    try:
        return float(text)
    except ValueError:
        return text


async def exported(request: Request) -> Response:
    """The file of a link's state."""
    asked = _definition(_state(request, "write"))
    target = request.query_params.get("target")
    payload = protocol.to_json(asked if target is None else {**asked, "target": target})
    answer = await _client(request).ask(request, "export", payload)
    return _sent(answer, export.LINK.names)


async def evaluated(request: Request) -> Response:
    """The numbers of a link's state."""
    payload = protocol.to_json(_definition(_state(request, "evaluate")))
    return _sent(await _client(request).ask(request, "evaluate", payload))


def _definition(state: Mapping[str, object]) -> Mapping[str, object]:
    return {name: state[name] for name in ("source", "values") if name in state}


def _state(request: Request, what: str) -> dict[str, object]:
    """The state that an address's query says, as `d` or as a text."""
    given = request.query_params.get("d")
    source = request.query_params.get("source")
    if given is None and source is None:
        raise Refusal(
            "query",
            f"Nothing says what to {what}.",
            "Give a definition's text as `source`, or a state as `d`.",
        )
    return share_link.decode(given or "") if source is None else {"source": source}


async def health(request: Request) -> Response:
    """Whether the service lives, can work, and what of it does not."""
    probed = request.query_params.get("ready")
    if probed not in (None, "1"):
        raise Refusal("query", "ready is 1, or not given.", "ready=1")
    pool = _client(request).pool.state()
    degraded = list(pool.degraded) if pool.ready else ["mathematics"]
    degraded += [cluster.PART] if _client(request).cluster.down else []
    degraded += [redis_connection.PART] if request.app.state.redis.down else []
    state: State = "degraded" if degraded else "ready"
    if not pool.ready:
        state = "starting" if pool.starting else "down"
    told = Health(True, pool.ready > 0, state, degraded, __version__)
    status = 503 if probed and not pool.ready else 200
    headers = {"Cache-Control": "no-store", **({"Retry-After": "2"} if status == 503 else {})}
    return Response(protocol.to_json(told), status, headers, JSON)


SERVED: Mapping[str, Endpoint] = {
    "analyze": analyze,
    "train": train,
    "train_resumed": train_resumed,
    "sweep": sweep,
    "sweep_resumed": resumed,
    "examples": examples,
    "card": _drawing("card"),
    "oembed": embedded,
    "graph_link": _drawing(None),
    "picture": _drawing("svg"),
    "picture_png": _drawing("png"),
    "picture_pdf": _drawing("pdf"),
    "exported_link": exported,
    "evaluated_link": evaluated,
    "health": health,
}
"""The endpoints of calls that are not one job each; all others have the endpoint of a job."""

_REASONS = {
    400: "Not strict JSON, or not the fields of this call.",
    404: "There is nothing of this id, or no longer.",
    408: "The request did not arrive in time.",
    413: "The body is over the limit.",
    414: "The address is over the limit.",
    415: "The body is not application/json.",
    422: "The text, the values or what was asked for is at fault, or a named limit is passed.",
    429: "Too much at once; `Retry-After` says when.",
    431: "The headers are over the limit.",
    500: "The server's own mistake.",
    503: "A needed part is down; `Retry-After` says when.",
    504: "The time for one piece of mathematics is up.",
}


def _problems(*statuses: int) -> dict[int | str, Schema]:
    schema = {"$ref": "#/components/schemas/Problem"}
    said: dict[int | str, Schema] = {}
    for status in statuses:
        said[status] = {
            "description": _REASONS[status],
            "content": {problems.MEDIA: {"schema": schema}},
        }
        if status in (429, 503):
            said[status]["headers"] = {
                "Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}
            }
    return said


_READING = (414, 431, 500)
_WORKING = (429, 503, 504)
_ASKING = (400, 422)
_POSTING = (408, 413, 415)
_FINDING = (404,)


class Route(APIRoute):
    """A route whose endpoint takes a request and returns a response."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[object, object, Response]]:
        # Nothing is to be injected, validated or serialised: a third of a small call's time.
        """The endpoint itself."""
        handler: Callable[[Request], Coroutine[object, object, Response]] = self.endpoint
        return handler


def _events(events: tuple[tuple[str, type], ...]) -> Schema:
    """The schema of one event: its name, and its data, a line of JSON."""
    return {
        "oneOf": [
            {
                "type": "object",
                "properties": {
                    "event": {"const": name},
                    "data": {
                        "type": "string",
                        "contentMediaType": "application/json",
                        "contentSchema": {"$ref": f"#/components/schemas/{sent.__name__}"},
                    },
                },
                "required": ["event", "data"],
            }
            for name, sent in events
        ]
    }


def _file(media: str) -> Schema:
    """The schema of a file: JSON's is any, and all others are text or bytes."""
    return {"type": "object"} if "+json" in media else {"type": "string"}


def routes(call: Call) -> list[APIRoute]:
    """The routes of a call: one, and for a GET another for HEAD."""
    endpoint = SERVED.get(call.name) or _asking(call)
    good: Schema = {"description": "The answer."}
    if call.schema is not None:
        good["model"] = model(call.schema)
    if call.files:
        events = _events(call.events) if call.events else None
        good["content"] = {media: {"schema": events or _file(media)} for media in call.files}
        if call.schema is not None:
            # JSON first: generators of clients take the first type that they know.
            good["content"] = {JSON: {}, **good["content"]}
    in_service = call.answer is None and not call.more
    statuses = [*_READING, *(() if in_service else _WORKING)]
    extra: Schema = {}
    if call.request is not None or call.parameters:
        statuses += _ASKING
    if call.finds:
        statuses += _FINDING
    if call.parameters:
        extra = {"parameters": list(call.parameters)}
    elif call.request is not None:
        statuses += _POSTING
        content = {
            "schema": {"$ref": f"#/components/schemas/{call.request.__name__}"},
            "example": call.example,
        }
        extra = {"requestBody": {"required": True, "content": {"application/json": content}}}
    route = Route(
        PREFIX + call.address,
        endpoint,
        methods=[call.method],
        operation_id=call.name,
        tags=["service" if call.request is None else "definitions"],
        description=call.description,
        response_class=Response,
        responses={200: good, **_problems(*sorted(statuses))},
        openapi_extra=extra,
    )
    if call.method == "POST":
        return [route]
    # The document need not tell HEAD apart.
    return [
        route,
        Route(PREFIX + call.address, endpoint, methods=["HEAD"], include_in_schema=False),
    ]


ROUTES: list[APIRoute] = [route for call in CALLS for route in routes(call)]
