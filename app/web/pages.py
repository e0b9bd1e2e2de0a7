"""The pages, as a list of routes: each is rendered by a template before any of it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import groupby

import orjson
from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from backstep import __version__
from backstep.formula.mathml import element
from backstep.formula.set_latex import boxes
from backstep.limits import LIMITS

from ..api import share_link
from ..api.examples import LISTED
from ..api.problem import Problem
from ..jobs import protocol
from ..paths import STATIC, TEMPLATES
from . import api_reference, openapi, plain_pages, prometheus, security, training_page, view
from .assets import PREFIX as STATIC_PREFIX
from .assets import Assets
from .job_client import JobClient
from .problems import Refusal


class Pages:
    """Renders templates; one instance for the service."""

    def __init__(self) -> None:
        self.assets = Assets(STATIC)
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True
        )
        self._templates.globals["mathml"] = mathml
        # Each page links to all the examples by their texts.
        filters = self._templates.filters
        filters["urlencode"] = lru_cache(maxsize=256)(filters["urlencode"])
        self._templates.policies["json.dumps_function"] = _json

    def render(
        self, name: str, context: Mapping[str, object], *, status: int = 200, framed: bool = False
    ) -> Response:
        """The page of a template, under a policy that allows nothing but what it brings."""
        nonce = security.nonce()
        text = self._templates.get_template(name).render(
            **context,
            nonce=nonce,
            version=__version__,
            static=self.assets.url,
            modules=self.assets.modules,
        )
        headers = {
            "Content-Security-Policy": security.page_policy(nonce, framed),
            "Cache-Control": "no-cache",
        }
        return Response(text, status, headers, "text/html")


@lru_cache(maxsize=2048)
def mathml(latex: str, display: bool = False) -> str | None:
    """An answer's LaTeX as a `math` element; None for LaTeX that no answer contains."""
    box = boxes(latex)
    return None if box is None else element(box, display)


def _json(data: object, **_: object) -> str:
    # All but all of it has been JSON before, so that nothing is left to be put into words.
    try:
        return orjson.dumps(data).decode()
    except TypeError:  # an integer of more than 64 bits
        return protocol.to_json(data).decode()


def wants_page(request: Request) -> bool:
    """Whether an error at this address is answered as a page."""
    path = request.url.path
    if path.startswith(("/api/v1/", STATIC_PREFIX + "/")):
        return False
    return "text/html" in request.headers.get("accept", "")


def problem_page(request: Request, problem: Problem) -> Response:
    """A problem as a page."""
    return _pages(request).render("problem.html", {"problem": problem}, status=problem["status"])


def _pages(request: Request) -> Pages:
    pages: Pages = request.app.state.pages
    return pages


def _client(request: Request) -> JobClient:
    desk: JobClient = request.app.state.desk
    return desk


async def work(request: Request) -> Response:
    """The working page, at the state of the address. With `guess=1` each partial is asked for."""
    base = "/?guess=1&" if _guesses(request) else "/?"
    source = request.query_params.get("source")
    if source is not None:
        return _to_state(source, base)
    return await _shown(request, base, "page.html")


async def embed(request: Request) -> Response:
    """The graph and the walk alone, for another page to show.

    With `answer=hidden` a step's result is hidden until the reader asks for it.
    """
    base = "/embed?answer=hidden&" if _hides(request) else "/embed?"
    source = request.query_params.get("source")
    if source is not None:
        return _to_state(source, base)
    return await _shown(request, base, "embed.html", framed=True)


def _guesses(request: Request) -> bool:
    return request.query_params.get("guess") == "1"


def _hides(request: Request) -> bool:
    return request.query_params.get("answer") == "hidden"


async def _shown(request: Request, base: str, template: str, framed: bool = False) -> Response:
    direction = "TB" if _is_phone(request) else "LR"
    given = await _state(request, direction)
    zoom = request.query_params.get("zoom")
    if zoom in view.ZOOMS:
        d = await view.zoomed(_client(request), request, given, zoom, direction)
        return RedirectResponse(f"{base}d={d}", status_code=303)
    asks = _guesses(request) and not framed
    if asks:
        # The first visit's state stands in the middle of its walk, for those who only look.
        begun = given if "d" in request.query_params else {**given, "step": None}
        given = await view.to_first_question(_client(request), request, begun)
    context = await view.view(_client(request), request, given, base, direction)
    walk = context["walk"] or {"steps": []}
    context["asks"] = asks and any(view.is_asked(each) for each in walk["steps"])
    context["hides"] = framed and _hides(request)
    context["site"] = str(request.base_url)
    context["first"] = "d" not in request.query_params
    response = _pages(request).render(template, context, framed=framed)
    response.headers.append("Vary", "Sec-CH-UA-Mobile, User-Agent")
    return response


async def slope(request: Request) -> Response:
    """The loss along one declared number of a state, without scripts."""
    shown = await plain_pages.slope(_client(request), request, await _stated(request))
    return _pages(request).render("slope.html", shown)


async def guess(request: Request) -> Response:
    """One partial of a state to be guessed, without scripts."""
    shown = await plain_pages.guess(_client(request), request, await _stated(request))
    return _pages(request).render("guess.html", shown)


async def _stated(request: Request) -> view.Plain:
    direction = "TB" if _is_phone(request) else "LR"
    return {"step": None, **await _state(request, direction)}


async def _state(request: Request, direction: str) -> view.Plain:
    given = request.query_params.get("d")
    if given is None:
        return {**await view.opening(_client(request), request), "direction": direction}
    return share_link.decode(given, direction)


def _is_phone(request: Request) -> bool:
    """Whether the browser says that its screen is a phone's: too narrow to draw left to right.

    The page also measures its width, and asks for the other direction if this was wrong.
    """
    hint = request.headers.get("Sec-CH-UA-Mobile")
    if hint is not None:
        return hint == "?1"
    agent = request.headers.get("User-Agent", "")
    return "Mobi" in agent and "iPad" not in agent


def _to_state(source: str, base: str = "/?") -> Response:
    # A form sends line ends as CR LF.
    source = source.replace("\r\n", "\n")
    return _moved(f"{base}d=" + share_link.encode({"source": source}))


def _moved(address: str) -> Response:
    if len(address) > LIMITS.address_bytes:
        raise Refusal(
            "address_too_long",
            f"This definition is too long for a link of {LIMITS.address_bytes:,} bytes.",
            "With scripts allowed, the page sends it as a body.",
            limit="address_bytes",
            measured=len(address),
            allowed=LIMITS.address_bytes,
        )
    return RedirectResponse(address, status_code=303)


async def examples(request: Request) -> Response:
    """Every example, with a picture."""
    subjects = [(name, list(each)) for name, each in groupby(LISTED, lambda each: each.subject)]
    return _pages(request).render("examples.html", {"subjects": subjects})


async def operations(request: Request) -> Response:
    """Every operator and function of the language, a group after another."""
    answer = await _client(request).ask(request, "operations", b"")
    found: dict[str, list[view.Plain]] = {}
    entries = orjson.loads(answer.body)["operations"]
    for each in entries:
        found.setdefault(each["group"], []).append(each)
    return _pages(request).render(
        "operations.html", {"groups": found, "known": {each["id"] for each in entries}}
    )


async def train(request: Request) -> Response:
    """The training of a definition, at the state and the options of the address."""
    query = request.query_params
    source = query.get("source")
    if source is not None:
        return _to_training(source.replace("\r\n", "\n"), query)
    if "from" in query:
        d = training_page.coming_from(request)
        return RedirectResponse(
            training_page.LISTED[0]["link"] if d is None else training_page.address(d, {}),
            status_code=303,
        )
    if "d" not in query:
        return RedirectResponse(training_page.LISTED[0]["link"], status_code=303)
    given = share_link.decode(query["d"])
    shown = await training_page.context(_client(request), request, given)
    return _pages(request).render("train.html", shown)


def _to_training(source: str, query: Mapping[str, str]) -> Response:
    """A redirect to the address of a form's definition; values of the same text are kept."""
    before = share_link.decode(query["d"]) if "d" in query else {}
    kept = before.get("values") if before.get("source") == source else None
    d = share_link.encode({"source": source, **({"values": kept} if kept else {})})
    options = {name: value for name, value in query.items() if name not in ("d", "source")}
    return _moved(training_page.address(d, {name: each for name, each in options.items() if each}))


async def api_guide(request: Request) -> Response:
    """The API in a page: each call with its fields and an example to run."""
    document = openapi.document(request.app)
    return _pages(request).render("api.html", {"guide": api_reference.guide(document)})


async def assets(request: Request) -> Response:
    """A file that a page needs."""
    return await _pages(request).assets.serve(request)


async def favicon(request: Request) -> Response:
    """The icon at the address that browsers request by default."""
    return RedirectResponse(_pages(request).assets.url("icon.svg"), status_code=307)


async def metrics(request: Request) -> Response:
    """Counts for Prometheus."""
    found: prometheus.Counts = request.app.state.counts
    return Response(found.text(), media_type=prometheus.METRICS_MEDIA)


async def schema(request: Request) -> Response:
    """The OpenAPI document."""
    return Response(openapi.as_json(request.app), media_type="application/json")


ROUTES: list[BaseRoute] = [
    Route("/", work),
    Route("/embed", embed),
    Route("/slope", slope),
    Route("/guess", guess),
    Route("/examples", examples),
    Route("/operations", operations),
    Route("/train", train),
    Route("/api", api_guide),
    Route("/api/v1/docs", api_guide),
    Route("/api/v1/openapi.json", schema),
    Route(STATIC_PREFIX + "/{mark}/{path:path}", assets),
    Route("/favicon.ico", favicon),
]
METRICS = Route("/metrics", metrics)
