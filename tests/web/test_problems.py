"""Every status of the contract, with its problem; no traceback, and no 500 for what comes in."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.jobs.protocol import to_json
from app.web import problems
from app.web.problems import KINDS, Refusal
from backstep.errors import DefinitionError, Diagnostic, Span
from backstep.limits import LIMITS
from tests.waiting import becomes
from tests.web.calls import SECRET

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}


async def post(client: httpx.AsyncClient, content: Any, **headers: str) -> httpx.Response:
    return await client.post("/api/v1/evaluate", content=content, headers={**JSON, **headers})


def check(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem that a response says, found whole."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["title"] == KINDS[code].title
    assert problem["type"] == f"/api/v1/docs#{code}"
    assert problem["errors"]
    assert all(each["message"] for each in problem["errors"])
    assert problem["detail"].startswith(problem["errors"][0]["message"])
    assert "Traceback" not in response.text
    assert SECRET not in response.text
    return problem


NOT_STRICT = {
    "nothing": b"",
    "words": b"hello",
    "cut off": b'{"source": "x"',
    "two values": b'{"source": "x"} {}',
    "a trailing comma": b'{"source": "x",}',
    "single quotes": b"{'source' 'x'}",
    "a comment": b'{"source": "x"} // y',
    "NaN": b'{"source": "x", "values": {"w": NaN}}',
    "Infinity": b'{"source": "x", "values": {"w": [1, -Infinity]}}',
    "a key twice": b'{"source": "x", "source": "y"}',
    "a key twice inside": b'{"source": "x", "values": {"w": 1, "w": 2}}',
    "a lone surrogate": rb'{"source": "\ud800"}',
    "a lone surrogate as a key": rb'{"source": "x", "values": {"\uDEAD": 1}}',
    "a control character": b'{"source": "a\nb"}',
    "a byte that is not UTF-8": b'{"source": "\xff"}',
    "UTF-16": '{"source": "x"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"source": "x"}',
    "5,000 digits": b'{"source": "x", "values": {"w": ' + b"9" * 5000 + b"}}",
    "400 digits": b'{"source": "x", "values": {"w": ' + b"9" * 400 + b"}}",
    "an exponent past float64": b'{"source": "x", "values": {"w": [1e400]}}',
    "depth 65": b'{"source": "x", "values": {"w": ' + b"[" * 65 + b"]" * 65 + b"}}",
    "depth 100,000": b"[" * 100_000,
    "depth 100,000 of objects": b'{"a":' * 100_000,
}


@pytest.mark.parametrize("body", NOT_STRICT.values(), ids=NOT_STRICT.keys())
async def test_what_is_not_strict_json_is_400(fake: httpx.AsyncClient, body: bytes) -> None:
    check(await post(fake, body), 400, "body")


@pytest.mark.parametrize(
    ("body", "pointer", "message"),
    [
        (b"[]", None, "must be a JSON object"),
        (b"null", None, "must be a JSON object"),
        (b"{}", "/source", "'source' is missing"),
        (b'{"source": 1}', "/source", "'source' "),
        (b'{"source": null}', "/source", "'source' "),
        (b'{"source": "x", "values": [1]}', "/values", "'values' "),
        (b'{"source": "x", "names": ["a", 1]}', "/names/1", "'names.1' "),
        (b'{"source": "x", "sauce": 1}', "/sauce", "no field 'sauce'"),
        (b'{"source": "x", "a/b~c": 1}', "/a~1b~0c", "no field 'a/b~c'"),
    ],
)
async def test_what_is_not_the_schemas_is_400_with_its_place(
    fake: httpx.AsyncClient, body: bytes, pointer: str | None, message: str
) -> None:
    problem = check(await post(fake, body), 400, "body")
    assert problem["errors"][0].get("pointer") == pointer
    assert message in problem["errors"][0]["message"]


async def test_a_length_that_is_no_number_is_not_believed(fake: httpx.AsyncClient) -> None:
    # As bytes: a text would have to be ASCII.
    headers = [*((name.encode(), value.encode()) for name, value in JSON.items())]
    headers.append((b"Content-Length", "²".encode("latin-1")))
    response = await fake.post("/api/v1/evaluate", content=b'{"source": "x"}', headers=headers)
    assert response.status_code == 200


def test_many_faults_are_told_in_part() -> None:
    faults = [Diagnostic("c", f"fault {number}") for number in range(500)]
    problem = problems.problem(DefinitionError(*faults))
    assert problem["detail"] == "fault 0; fault 1; fault 2; and 497 more"
    assert len(problem["errors"]) == problems.MOST_FAULTS


async def test_many_faults_of_a_body_are_not_all_told(fake: httpx.AsyncClient) -> None:
    fields = ", ".join(f'"f{number}": 1' for number in range(500))
    problem = check(await post(fake, f'{{"source": "x", {fields}}}'), 400, "body")
    assert len(problem["errors"]) == 20


async def test_an_unknown_address_is_404(fake: httpx.AsyncClient) -> None:
    check(await fake.get("/api/v1/nothing"), 404, "not_found")
    check(await fake.get("/api/v1/evaluate/"), 404, "not_found")
    page = await fake.get("/nothing", headers={"Accept": "text/html,*/*"})
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "TRACE", "HEAD", "OPTIONS"])
async def test_another_method_is_405(fake: httpx.AsyncClient, method: str) -> None:
    response = await fake.request(method, "/api/v1/derive")
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_body_over_the_limit_is_413(fake: httpx.AsyncClient) -> None:
    problem = check(await post(fake, b" " * (LIMITS.body_bytes + 1)), 413, "body_too_large")
    assert (problem["limit"], problem["allowed"]) == ("body_bytes", LIMITS.body_bytes)
    at_the_limit = b'{"source": "x"}'.ljust(LIMITS.body_bytes)
    assert (await post(fake, at_the_limit)).status_code == 200


async def test_a_body_that_says_no_length_is_counted(fake: httpx.AsyncClient) -> None:
    sent = 0

    async def pieces() -> Any:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 100_000

    check(await post(fake, pieces()), 413, "body_too_large")
    assert sent <= LIMITS.body_bytes / 100_000 + 2


async def test_an_address_too_long_is_414(fake: httpx.AsyncClient) -> None:
    response = await fake.get("/api/v1/graph.svg?d=" + "a" * LIMITS.address_bytes)
    problem = check(response, 414, "address_too_long")
    assert response.headers["access-control-allow-origin"] == "*"
    assert problem["limit"] == "address_bytes"


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "text/plain",
        "application/jsonp",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
        "text/html; application/json",
        "",
    ],
)
async def test_another_type_is_415(fake: httpx.AsyncClient, sent: str | None) -> None:
    headers = {} if sent is None else {"Content-Type": sent}
    response = await fake.post("/api/v1/evaluate", content=b'{"source": "x"}', headers=headers)
    check(response, 415, "media_type")


@pytest.mark.parametrize("sent", ["application/json; charset=utf-8", "Application/JSON;x=y"])
async def test_json_may_say_more_of_itself(fake: httpx.AsyncClient, sent: str) -> None:
    response = await post(fake, b'{"source": "x"}', **{"Content-Type": sent})
    assert response.status_code == 200


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "identity, gzip"])
async def test_no_body_is_ever_unpacked(fake: httpx.AsyncClient, coding: str) -> None:
    check(await post(fake, b"\x1f\x8b", **{"Content-Encoding": coding}), 415, "media_type")


async def test_a_text_at_fault_is_422_with_its_place(fake: httpx.AsyncClient) -> None:
    problem = check(await post(fake, b'{"source": "definition"}'), 422, "definition")
    assert problem["errors"][0] == {
        "code": "unknown_name",
        "message": "nothing is called v",
        "hint": "did you mean w?",
        "line": 1,
        "column": 5,
        "end_line": 1,
        "end_column": 6,
        "fixes": [
            {
                "title": "Write w",
                "edits": [
                    {"line": 1, "column": 5, "end_line": 1, "end_column": 6, "text": "w"},
                ],
            }
        ],
    }
    other: dict[str, Any] = {"code": "other", "message": "and this", "hint": None, "fixes": []}
    assert problem["errors"][1] == other


async def test_a_value_at_fault_is_422_with_its_pointer(fake: httpx.AsyncClient) -> None:
    problem = check(await post(fake, b'{"source": "values"}'), 422, "values")
    assert problem["errors"][0]["pointer"] == "/values/w"


async def test_what_does_not_exist_is_422(fake: httpx.AsyncClient) -> None:
    check(await post(fake, b'{"source": "request"}'), 422, "request")


async def test_a_limit_is_422_with_what_was_measured(fake: httpx.AsyncClient) -> None:
    problem = check(await post(fake, b'{"source": "limit"}'), 422, "limit")
    found = (problem["limit"], problem["measured"], problem["allowed"])
    assert found == ("forward_nodes", 20001, 20000)
    problem = check(await post(fake, b'{"source": "formula"}'), 422, "formula_too_large")
    assert (problem["operations"], problem["allowed"]) == (1e30, 20000)


async def test_work_that_kills_its_workers_is_422(fake: httpx.AsyncClient) -> None:
    for _ in range(2):
        problem = check(await post(fake, b'{"source": "die"}'), 422, "limit")
        assert problem["errors"][0]["code"] == "work_ended_its_worker"
    assert (await post(fake, b'{"source": "after"}')).status_code == 200


async def test_too_much_at_once_is_429_and_says_when(
    fake: httpx.AsyncClient, tmp_path: Path
) -> None:
    most = LIMITS.client_running + LIMITS.client_waiting
    waits = [f"wait {tmp_path / 'go'}" + "/." * number for number in range(most + 5)]
    sent = [asyncio.ensure_future(post(fake, to_json({"source": each}))) for each in waits]
    await becomes(lambda: sum(each.done() for each in sent) == 5)
    (tmp_path / "go").touch()
    responses = await asyncio.gather(*sent)
    assert sorted(each.status_code for each in responses) == [200] * most + [429] * 5
    refused = next(each for each in responses if each.status_code == 429)
    problem = check(refused, 429, "busy")
    assert int(refused.headers["retry-after"]) == problem["retry_after"] >= 1


async def test_too_much_at_once_is_429_of_a_call_with_parts(fake: httpx.AsyncClient) -> None:
    bodies = [{"source": f"x{number}", "parts": ["numbers", "drawing"]} for number in range(20)]
    responses = await asyncio.gather(*(fake.post("/api/v1/analyze", json=body) for body in bodies))
    assert {each.status_code for each in responses} == {200, 429}
    for each in responses:
        if each.status_code == 200:
            assert each.json()["drawing"]["problem"]["code"] == "limit"
        else:
            check(each, 429, "busy")


async def test_a_request_that_is_let_in_is_never_refused_for_its_parts(
    fake: httpx.AsyncClient,
) -> None:
    most = LIMITS.client_running + LIMITS.client_waiting
    bodies = [
        {"source": f"y{number}", "parts": ["numbers", "drawing", "walk"]} for number in range(most)
    ]
    responses = await asyncio.gather(*(fake.post("/api/v1/analyze", json=body) for body in bodies))
    assert [each.status_code for each in responses] == [200] * most
    assert {each.json()["drawing"]["problem"]["code"] for each in responses} == {"limit"}


async def test_what_breaks_in_one_go_is_asked_for_part_by_part(fake: httpx.AsyncClient) -> None:
    body = {"source": "broken", "parts": ["numbers", "walk"]}
    response = await fake.post("/api/v1/analyze", json=body)
    assert response.status_code == 200
    assert response.json()["numbers"] == {"loss": 1.0}
    assert response.json()["walk"]["problem"]["status"] == 500


async def test_the_same_at_once_is_one_job(fake: httpx.AsyncClient) -> None:
    responses = await asyncio.gather(*(post(fake, b'{"source": "sleep 0.3"}') for _ in range(40)))
    assert {each.status_code for each in responses} == {200}


async def test_headers_over_the_limit_are_431(fake: httpx.AsyncClient) -> None:
    response = await post(fake, b"{}", **{"X-Long": "a" * LIMITS.header_bytes})
    problem = check(response, 431, "headers_too_large")
    assert problem["limit"] == "header_bytes"
    many = {f"X-{number}": "a" * 100 for number in range(200)}
    check(await post(fake, b"{}", **many), 431, "headers_too_large")


async def test_what_breaks_is_500_and_tells_nothing(
    fake: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    response = await post(fake, b'{"source": "internal"}')
    problem = check(response, 500, "internal")
    assert problem["request_id"] == response.headers["x-request-id"]
    logged = capsys.readouterr().out
    assert SECRET in logged
    assert problem["request_id"] in logged


async def test_what_breaks_in_the_service_itself_is_500_too(
    fake: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise ZeroDivisionError(SECRET)

    app = fake._transport.app  # type: ignore[attr-defined]
    monkeypatch.setattr(app.state.desk.pool, "state", broken)
    response = await fake.get("/api/v1/health")
    check(response, 500, "internal")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["access-control-allow-origin"] == "*"
    assert SECRET in capsys.readouterr().out


async def test_a_part_that_is_down_is_503_and_says_when(fake: httpx.AsyncClient) -> None:
    response = await post(fake, b'{"source": "unavailable"}')
    check(response, 503, "unavailable")
    assert response.headers["retry-after"] == "7"


async def test_time_that_is_up_is_504(
    fake: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.job_client.SECONDS", defaultdict(lambda: 0.3))
    problem = check(await post(fake, b'{"source": "spin"}'), 504, "time_up")
    assert (problem["limit"], problem["allowed"]) == ("job_seconds", 0.3)


async def test_a_body_that_does_not_come_is_408(
    fake: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.body.LIMITS", replace(LIMITS, receive_seconds=0.2))

    async def pieces() -> Any:
        yield b"{"
        await asyncio.Event().wait()

    check(await post(fake, pieces()), 408, "slow")


@pytest.mark.parametrize("host", ["", "a b", "a/b", "a@b", "<script>", "a:123456", "[::1", "a,b"])
async def test_a_host_that_is_none_is_400(fake: httpx.AsyncClient, host: str) -> None:
    check(await post(fake, b'{"source": "x"}', Host=host), 400, "host")


@pytest.mark.parametrize("host", ["localhost:8000", "[::1]:80", "192.0.2.1", "a-b.example.org"])
async def test_any_host_will_do(fake: httpx.AsyncClient, host: str) -> None:
    assert (await post(fake, b'{"source": "x"}', Host=host)).status_code == 200


def test_a_problem_names_what_is_at_fault_and_no_more() -> None:
    error = Refusal("busy", "Wait.", retry_after=3)
    assert problems.response(problems.problem(error)).headers["retry-after"] == "3"
    fault = problems._fault(Diagnostic("c", "m", None, Span(2, 3, 4, 5), "/values/w"))
    assert fault["end_line"] == 4
    assert fault["pointer"] == "/values/w"
