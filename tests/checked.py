"""Every answer held against the class that its call declares: unknown keys, and missing ones, fail.

`JOBS` are the jobs of the app whose answers are looked at before they are sent; workers of the
services that tests start run these, so that the whole suite, pages in a browser included, goes
through them. Run as a module it is the command, with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, NotRequired, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from app.api import CALLS, analyze, events, jobs
from app.api.jobs import prime, warm
from app.api.problem import Problem
from app.api.schema import model
from app.jobs.protocol import JSON, Payload, to_json

__all__ = ["JOBS", "Unfit", "fits", "prime", "problem_fits", "warm"]


class Unfit(AssertionError):
    """An answer that is not of the class that its call declares."""


def _declared() -> dict[str, Any]:
    """By the job's name the class of its JSON."""
    found = {call.name: call.schema for call in CALLS if call.schema is not None}
    for name, hint in get_type_hints(analyze.Analysis, include_extras=True).items():
        found[analyze.job(name)] = get_args(hint)[0] if get_origin(hint) is NotRequired else hint
    return found


DECLARED = _declared()
EVENTS: Mapping[str, Mapping[str, Any]] = {
    job: dict(call.events) for call in CALLS for job in call.more
}
"""By the name of a stream's job the classes of its events."""


@cache
def _adapter(sent: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model(sent))


def fits(sent: Any, body: bytes, whose: str) -> None:
    """Raises Unfit where JSON is not what the class `sent` is sent as."""
    try:
        _adapter(sent).validate_json(body, strict=True)
    except ValidationError as error:
        told = error.errors(include_url=False, include_input=False)[:5]
        raise Unfit(f"{whose} answers what it does not declare: {told}") from None


def problem_fits(body: bytes, whose: str) -> None:
    """Raises Unfit where JSON is no problem as it is declared."""
    fits(Problem, body, whose)


def answer_fits(name: str, answer: Payload) -> None:
    """Raises Unfit where a job's answer is not what its call declares."""
    if answer.media == events.MEDIA:
        told, _ = events.unframed(answer.body)
        for block in told.decode().split("\n\n")[:-1]:
            event, data = block.split("\n")
            kind = event.removeprefix("event: ")
            fits(EVENTS[name][kind], data.removeprefix("data: ").encode(), f"{name}, {kind}")
    elif answer.media == JSON and name in DECLARED:
        fits(DECLARED[name], answer.body, name)


def _checked(name: str, job: Callable[[bytes], Any], payload: bytes) -> Payload:
    found = job(payload)
    answer = found if isinstance(found, Payload) else Payload(JSON, to_json(found))
    answer_fits(name, answer)
    return answer


JOBS: Mapping[str, Callable[[bytes], Any]] = {
    name: partial(_checked, name, job) for name, job in jobs.JOBS.items()
}


def main() -> None:
    """The command, whose workers run `JOBS`."""
    from app import cli
    from app.web import server

    configured = server.configuration

    def checked(settings: Any, calls: str = "", ending: Any = None) -> Any:
        return configured(settings, calls and "tests.checked:JOBS", ending)

    server.configuration = checked
    raise SystemExit(cli.main())


if __name__ == "__main__":
    main()
