"""The calls of the JSON API, as a list of routes. What they answer is worked out by workers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import orjson
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

import app
from app.errors import BackstepError, Busy, DefinitionError, ValuesError
from app.jobs import wire
from app.jobs.wire import JSON, Answer
from app.jobs.work import CallFailed
from app.web import (
    answers,
    answers_checks,
    answers_derivation,
    answers_forms,
    answers_train,
    answers_walk,
    body,
    models,
    models_checks,
    models_derivation,
    models_train,
    problems,
    security,
    state,
    streams,
)
from app.web.answers_operations import OperationsAnswer
from app.web.desk import Desk
from app.web.listing import LISTED
from app.web.problems import Refusal
from app.web.training import train

PREFIX = "/api/v1"
THEMES = ("light", "dark")
PICTURE_SECONDS = 3600
"""A picture is the same for ever, but for its look, which a new version may change."""


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


async def _ask(request: Request, call: str) -> Response:
    return _sent(await _desk(request).ask(request, call, await body.receive(request)))


def _sent(answer: Answer) -> Response:
    headers = {}
    if answer.media == "image/svg+xml":
        headers["Content-Security-Policy"] = security.PICTURE_POLICY
    # As bytes: a text type would have Starlette add a charset of its own.
    return Response(answer.body, headers={**headers, "Content-Type": answer.media})


async def evaluate(request: Request) -> Response:
    """Forward values, backward partials and gradients on concrete numbers."""
    return await _ask(request, "evaluate")


async def derive(request: Request) -> Response:
    """The exact loss and gradients, by SymPy."""
    return await _ask(request, "derive")


async def steps(request: Request) -> Response:
    """The walk: forward, then backward, one node a step."""
    return await _ask(request, "steps")


async def graph(request: Request) -> Response:
    """The drawing of the graph, at any step of the walk."""
    return await _ask(request, "graph")


async def analyze(request: Request) -> Response:
    """Several of these at once; a part that fails is a problem in its place."""
    payload = await body.receive(request)
    desk = _desk(request)
    whole = await _whole(desk, request, payload)
    if whole.media == JSON:
        return _sent(whole)
    parts = orjson.loads(whole.body)
    found = await asyncio.gather(*(_part(desk, request, part, payload) for part in parts))
    pieces = [b'"%s":%s' % (part.encode(), each) for part, each in zip(parts, found, strict=True)]
    return Response(b"{%s}" % b",".join(pieces), media_type=JSON)


async def _whole(desk: Desk, request: Request, payload: bytes) -> Answer:
    """The answer where all of it is quick; else, or where that breaks, which parts it has."""
    try:
        return await desk.ask(request, "quick", payload)
    except CallFailed as failed:
        problems.broken(failed, request)
        return Answer(models.APART, (await desk.ask(request, "parts", payload)).body)


async def _part(desk: Desk, request: Request, part: str, payload: bytes) -> bytes:
    try:
        return (await desk.ask(request, part, payload)).body
    except (DefinitionError, ValuesError, Busy):
        raise  # no part can be answered then, or not now
    except BackstepError as error:
        return wire.to_json({"problem": problems.problem(error)})
    except CallFailed as failed:
        return wire.to_json({"problem": problems.problem(problems.broken(failed, request))})


async def compare(request: Request) -> Response:
    """Whether a typed formula is a partial of the loss, and what a wrong one lacks."""
    return await _ask(request, "compare")


async def derivation(request: Request) -> Response:
    """A partial derived line by line, as on paper."""
    return await _ask(request, "derivation")


async def paths(request: Request) -> Response:
    """Every path from a node to the loss, the product along each, and their sum."""
    return await _ask(request, "paths")


async def cost(request: Request) -> Response:
    """Operations of values and gradients, with partials shared and without."""
    return await _ask(request, "cost")


async def check(request: Request) -> Response:
    """Partials by backprop, by SymPy and by differences, element by element."""
    return await _ask(request, "check_elements")


async def hessian(request: Request) -> Response:
    """Second derivatives of the loss, or their product with a vector."""
    return await _ask(request, "hessian")


async def examples(request: Request) -> Response:
    """The built-in definitions."""
    return Response(wire.to_json({"examples": LISTED}), media_type=JSON)


async def operations(request: Request) -> Response:
    """Every operator and function, with its rule as it is computed, convention and example."""
    return _sent(await _desk(request).ask(request, "operations", b""))


async def picture(request: Request) -> Response:
    """The drawing of a link's state, for a page or a README."""
    given = request.query_params.get("d")
    source = request.query_params.get("source")
    if given is None and source is None:
        raise Refusal(
            "query",
            "Nothing says what to draw.",
            "Give a definition's text as `source`, or a state as `d`.",
        )
    theme = request.query_params.get("theme", "light")
    if theme not in THEMES:
        raise Refusal("query", f"There is no theme {theme[:20]!r}.", "light or dark")
    drawn = state.decode(given or "") if source is None else {"source": source}
    payload = wire.to_json({**drawn, "theme": theme})
    response = _sent(await _desk(request).ask(request, "picture", payload))
    response.headers["Cache-Control"] = f"public, max-age={PICTURE_SECONDS}"
    return response


async def health(request: Request) -> Response:
    """Whether the service lives, can work, and what of it does not."""
    pool = _desk(request).pool.state()
    degraded = list(pool.degraded) if pool.ready else ["mathematics"]
    details = {
        "live": True,
        "ready": pool.ready > 0,
        "degraded": degraded,
        "version": app.__version__,
    }
    return Response(wire.to_json(details), media_type=JSON, headers={"Cache-Control": "no-store"})


Responses = Mapping[int | str, dict[str, Any]]

_REASONS = {
    400: "Not strict JSON, or not the fields of this call.",
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


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    schema = {"$ref": "#/components/schemas/Problem"}
    said: dict[int | str, dict[str, Any]] = {}
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


_READING = _problems(414, 431, 500)
_WORKING = _problems(400, 408, 413, 414, 415, 422, 429, 431, 500, 503, 504)
_SVG: dict[str, Any] = {"schema": {"type": "string"}}

Endpoint = Callable[[Request], Awaitable[Response]]


class Call(APIRoute):
    """A route whose endpoint takes the request as it is and answers a response."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        # Nothing is to be injected, validated or serialised: a third of a small call's time.
        handler: Callable[[Request], Coroutine[Any, Any, Response]] = self.endpoint
        return handler


def _post(
    path: str,
    endpoint: Endpoint,
    model: type[models.Request],
    answer: Any,
    files: Mapping[str, Any] | None = None,
) -> APIRoute:
    content = {
        "application/json": {
            "schema": {"$ref": f"#/components/schemas/{model.__name__}"},
            "example": model.example,
        }
    }
    good: dict[str, Any] = {"description": "The answer."}
    if answer is not None:
        good["model"] = answer
    if files:
        good["content"] = dict(files)
    return Call(
        PREFIX + path,
        endpoint,
        methods=["POST"],
        operation_id=endpoint.__name__,
        response_class=Response,
        responses={200: good, **_WORKING},
        openapi_extra={"requestBody": {"required": True, "content": content}},
    )


def _get(
    path: str, endpoint: Endpoint, good: dict[str, Any], others: Responses, **extra: Any
) -> tuple[APIRoute, APIRoute]:
    """A call by GET, and the same by HEAD, which the document need not tell apart."""
    get = Call(
        PREFIX + path,
        endpoint,
        methods=["GET"],
        operation_id=endpoint.__name__,
        response_class=Response,
        responses={200: {"description": "The answer.", **good}, **others},
        openapi_extra=extra,
    )
    return get, Call(PREFIX + path, endpoint, methods=["HEAD"], include_in_schema=False)


_STATE = {
    "name": "d",
    "in": "query",
    "required": False,
    "description": "The state: JSON with `source` and, if wanted, `values`, `step`, `zoom`,"
    " `direction`, zlib-deflated and base64url-coded without padding.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
    "example": state.encode({"source": models.NEURON}),
}
_SOURCE = {
    "name": "source",
    "in": "query",
    "required": False,
    "description": "A definition's text as it is, in the place of `d`; one of the two must be"
    " given.",
    "schema": {"type": "string"},
}
_THEME = {
    "name": "theme",
    "in": "query",
    "required": False,
    "description": "The page that the picture is for.",
    "schema": {"type": "string", "enum": ["light", "dark"], "default": "light"},
}

ROUTES: list[APIRoute] = [
    _post("/evaluate", evaluate, models.EvaluateRequest, answers.EvaluateAnswer),
    _post("/derive", derive, models.DeriveRequest, answers_forms.DeriveAnswer),
    _post("/steps", steps, models.StepsRequest, answers_walk.StepsAnswer),
    _post(
        "/graph",
        graph,
        models.GraphRequest,
        answers.GraphAnswer,
        {"image/svg+xml": _SVG, "text/vnd.graphviz": _SVG},
    ),
    _post("/analyze", analyze, models.AnalyzeRequest, answers_forms.AnalyzeAnswer),
    _post("/compare", compare, models_checks.CompareRequest, answers_checks.CompareAnswer),
    _post(
        "/derivation",
        derivation,
        models_derivation.DerivationRequest,
        answers_derivation.DerivationAnswer,
    ),
    _post("/paths", paths, models_derivation.PathsRequest, answers_derivation.PathsAnswer),
    _post("/cost", cost, models_derivation.CostRequest, answers_derivation.CostAnswer),
    _post("/check", check, models_checks.CheckRequest, answers_checks.CheckAnswer),
    _post("/hessian", hessian, models_checks.HessianRequest, answers_checks.HessianAnswer),
    _post(
        "/train",
        train,
        models_train.TrainRequest,
        None,
        {streams.MEDIA: {"schema": answers_train.SCHEMA}},
    ),
    *_get("/examples", examples, {"model": answers.ExamplesAnswer}, _READING),
    *_get(
        "/operations",
        operations,
        {"model": OperationsAnswer},
        _problems(414, 429, 431, 500, 503, 504),
    ),
    *_get(
        "/graph.svg",
        picture,
        {"content": {"image/svg+xml": _SVG}},
        _problems(400, 414, 422, 429, 431, 500, 503, 504),
        parameters=[_STATE, _SOURCE, _THEME],
    ),
    *_get("/health", health, {"model": answers.HealthAnswer}, _READING),
]
