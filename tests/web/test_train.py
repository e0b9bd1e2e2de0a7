"""`/train`: events as described, refusals before the first, errors midway, places, ends."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from dataclasses import replace
from functools import partialmethod
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from pydantic import TypeAdapter
from starlette.requests import Request

from app.api import train
from app.api.events import framed, unframed
from app.api.jobs import JOBS
from app.api.problem import Problem
from app.api.schema import model
from app.jobs.protocol import Payload, to_json
from app.web import streams, training
from app.web.job_client import JobClient
from app.web.main import create_app
from app.web.settings import Settings
from app.web.shutdown import Ending
from backstep.limits import LIMITS
from backstep.train.optimisers import OPTIMISERS, SCHEDULES
from backstep.train.run import Run
from tests.waiting import PATIENCE, becomes
from tests.web.conftest import FAKE, started

pytestmark = pytest.mark.anyio

LINE = "input x = 2\nparam w = 0.5\nL = (w*x - 3)^2"
SINE = """\
input x = linspace(-3, 3, 12)
target y = sin(linspace(-3, 3, 12))
param w[4] ~ normal(0, 1)
param v[4] ~ normal(0, 1)
param b[4] ~ zeros
p = tanh(outer(x, w) + b) @ v
L = mse(p, y)
"""
Event = tuple[str, Any]


def parsed(text: str, first: int = 0) -> list[Event]:
    """Events as the standard has them: fields in lines, an empty line after each event; numbered
    from `first` on."""
    assert text.endswith("\n\n")
    found = []
    for block in text[:-2].split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        # Whatever stops it is no event of the training, and has no number.
        assert fields.pop("id", None) == (None if fields["event"] == "error" else str(first))
        assert set(fields) == {"event", "data"}
        found.append((fields["event"], json.loads(fields["data"])))
        first += 1
    return found


async def trained(client: httpx.AsyncClient, **body: Any) -> list[Event]:
    response = await client.post("/api/v1/train", json=body)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/event-stream"
    assert response.headers["cache-control"] == "no-store"
    return parsed(response.text)


async def refused(client: httpx.AsyncClient, **body: Any) -> Any:
    response = await client.post("/api/v1/train", json=body)
    assert response.status_code in (400, 422), response.text
    assert response.headers["content-type"] == "application/problem+json"
    return response.json()


async def test_the_steps_of_a_line_by_hand(real: httpx.AsyncClient) -> None:
    events = await trained(real, source=LINE, steps=3, rate=0.1, names=["w"], watch="w")
    assert [name for name, _ in events] == ["start", *["step"] * 4, "summary"]
    w = 0.5
    for number, (_, step) in enumerate(events[1:-1]):
        slope = 2 * (2 * w - 3) * 2
        assert step["step"] == number
        assert step["loss"] == pytest.approx((2 * w - 3) ** 2, rel=1e-13)
        assert step["gradient_norm"] == pytest.approx(abs(slope), rel=1e-13)
        assert step["parameters"]["w"] == pytest.approx(w, rel=1e-13)
        w -= 0.1 * slope
    (line,) = events[1][1]["update"]
    assert line["latex"].endswith(r"= \fv{0.5} - 0.1 \cdot \left(\bp{-8}\right) = \fv{1.3}")
    assert events[-2][1]["update"] is None
    summary = events[-1][1]
    assert (summary["outcome"], summary["steps"]) == ("done", 3)
    assert summary["parameters"]["w"] == pytest.approx(1.492, rel=1e-13)
    assert summary["loss"]["first"] == 4.0


async def test_events_are_as_they_are_described(real: httpx.AsyncClient) -> None:
    events = await trained(
        real,
        source=SINE,
        steps=20,
        every=6,
        optimiser="adam",
        schedule="cosine",
        clip=1,
        weight_decay=0.001,
        average=5,
        batch=5,
        names=["w", "b"],
        watch="v[2]",
        fit=True,
    )
    described = dict(train.EVENTS)
    for name, data in events:
        TypeAdapter(model(described[name])).validate_json(to_json(data), strict=True)
    assert [step["step"] for name, step in events if name == "step"] == [0, 6, 12, 18, 19, 20]
    start, summary = events[0][1], events[-1][1]
    assert start["settings"]["T"] == 20
    rows = start["examples"].pop("rows")
    assert [(each["name"], len(each["values"])) for each in rows] == [("x", 12), ("y", 12)]
    counts = {"count": 12, "batch": 5, "epoch": 3}
    assert start["examples"] == {**counts, "together": True, "held_out": []}
    (axis,) = start["fit"]["axes"]
    assert all(len(step["fit"]) == len(axis["ticks"]) for _, step in events[1:-1])
    assert summary["loss"]["last"] < summary["loss"]["first"]
    assert set(summary["averaged"]["parameters"]) == {"w", "v", "b"}


async def test_the_same_seed_gives_the_same_training(real: httpx.AsyncClient) -> None:
    body = {"source": SINE, "steps": 40, "optimiser": "adam", "batch": 5, "names": ["w"]}
    once = await trained(real, **body)
    assert once == await trained(real, **body)
    assert once != await trained(real, **body, seed=1)


async def test_divergence_is_said_in_words(real: httpx.AsyncClient) -> None:
    events = await trained(real, source=LINE, steps=5000, rate=1.0)
    summary = events[-1][1]
    assert summary["outcome"] == "diverged"
    assert summary["message"] == f"L is ∞ after {summary['steps']} updates: the steps were too long"
    assert "smaller than 1" in summary["hint"]
    assert "clipped" in summary["hint"]
    assert events[-2][1]["loss"] == "Infinity"
    born = await trained(real, source="param w = -1\nL = log(w)", steps=3)
    assert born[-1][1]["message"] == "L is NaN before any update"


async def test_what_cannot_be_trained_says_why(real: httpx.AsyncClient) -> None:
    flat = "input x = 1\ntarget y = 1\nparam w = -1\np = sign(w*x)\nL = (p - y)^2"
    summary = (await trained(real, source=flat, steps=50))[-1][1]
    assert (summary["outcome"], summary["steps"]) == ("at_rest", 0)
    assert "sign is flat" in summary["message"]


async def test_examples_are_given_as_data(real: httpx.AsyncClient) -> None:
    one = "input x = 0\ntarget y = 0\nparam w = 0.5\nL = (w*x - y)^2"
    many = "input x[3] ~ zeros\ntarget y[3] ~ zeros\nparam w = 0.5\nL = mean((w*x - y)^2)"
    body = {"data": {"x": [1, 2, 3, 4], "y": [2, 4, 6, 9]}, "batch": 2, "steps": 9, "rate": 0.02}
    found = [await trained(real, source=source, **body) for source in (one, many)]
    assert [events[0][1]["examples"]["together"] for events in found] == [False, True]
    losses = [[step["loss"] for _, step in events[1:-1]] for events in found]
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"source": "input x = 1\nL = x"}, "nothing_to_train", None),
        ({"source": LINE, "watch": "q"}, "unknown_name", "/watch"),
        ({"source": SINE, "watch": "w[9]"}, "unknown_element", "/watch"),
        ({"source": LINE, "names": ["w", "L"]}, "unknown_name", "/names/1"),
        ({"source": LINE, "settings": {"mu": 0.5}}, "unknown_setting", "/settings/mu"),
        ({"source": LINE, "optimiser": "momentum", "settings": {"mu": 2}}, "setting",
         "/settings/mu"),
        ({"source": LINE, "batch": 1}, "no_examples", "/batch"),
        ({"source": SINE, "data": {"x": [1, 2], "y": [1]}}, "data_length", "/data"),
        ({"source": SINE, "data": {"x": [[[1]]]}}, "data_shape", "/data/x"),
        ({"source": SINE, "data": {"w": [1]}}, "unknown_value", "/data/w"),
        ({"source": SINE, "data": {"x": [1, "a"]}}, "bad_value", "/data/x"),
        ({"source": LINE, "data": {"x": []}}, "data_shape", "/data/x"),
        ({"source": LINE, "optimiser": "newton"}, "literal_error", "/optimiser"),
        ({"source": LINE, "rate": 0}, "greater_than", "/rate"),
        ({"source": LINE, "steps": 200_000}, "train_steps", None),
        ({"source": LINE, "steps": 50_000, "every": 1}, "train_events", None),
        ({"source": "param W[200, 200] ~ xavier\nL = sum(W)"}, "train_parameters", None),
        ({"source": "input X[500, 500] ~ ones\nparam w[500] ~ ones\nL = sum((X @ X) @ w)",
          "steps": 10_000}, "train_arithmetic", None),
        ({"source": "param w = 1\nh = w\nfor k in range(400):\n    h = h*w\nL = h",
          "steps": 100_000}, "train_nodes", None),
        ({"source": SINE.replace("sin(linspace(-3, 3, 12))", "zeros(12)*w"), "steps": 1},
         "use_before_definition", None),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_told_before_anything_is_sent(
    real: httpx.AsyncClient, body: dict[str, Any], code: str, pointer: str | None
) -> None:
    problem = await refused(real, **body)
    assert [each["code"] for each in problem["errors"]] == [code]
    assert problem["errors"][0].get("pointer") == pointer


async def test_a_mistake_midway_is_an_event(fake: httpx.AsyncClient) -> None:
    events = await trained(fake, source="break")
    assert [name for name, _ in events] == ["start", "error"]
    TypeAdapter(model(Problem)).validate_python(events[1][1])
    assert events[1][1]["status"] == 500
    limited = await trained(fake, source="limit")
    assert limited[-1][0] == "error"
    assert limited[-1][1]["code"] == "limit"


async def test_a_piece_has_the_time_of_a_job(
    fake: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.job_client.SECONDS", defaultdict(lambda: 0.3))
    events = await trained(fake, source="spin")
    assert [name for name, _ in events] == ["start", "error"]
    told = events[1][1]
    assert (told["status"], told["limit"], told["allowed"]) == (504, "job_seconds", 0.3)


async def test_a_client_has_so_many_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LIMITS", replace(LIMITS, client_streams=1))
    async with started(create_app(Settings(access_log=False, workers=1), FAKE)) as client:
        slow = asyncio.create_task(trained(client, source="slow"))
        places = client._transport.app.state.streams  # type: ignore[attr-defined]
        await becomes(lambda: places._open.total() == 1)
        response = await client.post("/api/v1/train", json={"source": "slow"})
        assert (response.status_code, response.headers["retry-after"]) == (429, "5")
        assert [name for name, _ in await slow] == ["start", *["step"] * 5, "summary"]
        assert len(await trained(client, source="quick")) == 1


@pytest.mark.slow
async def test_a_client_that_leaves_stops_the_work() -> None:
    app = create_app(Settings(access_log=False, workers=1), FAKE)
    async with started(app):
        sent: list[dict[str, Any]] = []
        gone = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if not sent:
                return {"type": "http.request", "body": b'{"source": "endless"}'}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)
            if len(sent) == 4:
                gone.set()

        scope = {
            "type": "http", "method": "POST", "path": "/api/v1/train", "query_string": b"",
            "raw_path": b"/api/v1/train", "http_version": "1.1", "scheme": "http",
            "headers": [(b"content-type", b"application/json"), (b"host", b"x")],
            "client": ("127.0.0.1", 1), "server": ("x", 80), "root_path": "",
        }  # fmt: skip
        await asyncio.wait_for(app(scope, receive, send), PATIENCE)  # type: ignore[arg-type]
        state = app.state.desk.pool.state
        await becomes(lambda: (state().busy, state().waiting) == (0, 0))
        assert app.state.streams._open.total() == 0


LONG = {"source": SINE, "steps": 60, "every": 1, "batch": 5, "optimiser": "adam", "names": ["w"]}


@pytest.fixture
def short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A piece of a training is one step."""
    monkeypatch.setattr(Run, "go_on", partialmethod(Run.go_on, seconds=0.0))


async def begun(client: httpx.AsyncClient, **body: Any) -> tuple[list[Event], str]:
    """The events of a training, and where it can be gone on with."""
    response = await client.post("/api/v1/train", json=body)
    return parsed(response.text), response.headers["content-location"]


async def test_a_training_is_gone_on_with_from_any_event(real: httpx.AsyncClient) -> None:
    events, address = await begun(real, **LONG)
    for number in (0, 1, 17, 61, 62):
        response = await real.get(address, params={"from": number})
        assert response.headers["content-type"] == "text/event-stream"
        assert parsed(response.text, number) == events[number:]
    by_header = await real.get(address, headers={"Last-Event-ID": "59"})
    assert parsed(by_header.text, 60) == events[60:]
    after = await real.get(address, params={"from": len(events)})
    assert (after.status_code, after.text) == (200, "")
    assert (await real.head(address)).status_code == 200


async def test_what_cannot_be_gone_on_with_is_refused(real: httpx.AsyncClient) -> None:
    _, address = await begun(real, source=LINE, steps=1)
    for asked, status in (
        (address[:-32] + "0" * 32, 404),
        (f"{address}?from=-1", 400),
        (f"{address}?from=x", 400),
        (f"{address}?from=2004", 400),
    ):
        response = await real.get(asked)
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"


class Desk:
    """Computes pieces here, and counts them."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.asked: list[str] = []

    async def piece(self, request: Any, call: str, payload: bytes) -> Payload:
        self.asked.append(call)
        found: Payload = JOBS[call](payload)
        return found


class Shared:
    """What replicas share."""

    def __init__(self) -> None:
        self.kept: dict[bytes, Payload] = {}

    async def get(self, key: bytes) -> Payload | None:
        return self.kept.get(key)

    async def put(self, key: bytes, answer: Payload, seconds: float) -> None:
        self.kept[key] = answer


class Asker:
    """A request that may hang up after so many events."""

    def __init__(self, desk: Desk, most: int = 10**6) -> None:
        self.app = SimpleNamespace(state=SimpleNamespace(desk=desk, ending=Ending()))
        self.left = most

    async def is_disconnected(self) -> bool:
        return self.left <= 0


async def heard(
    kept: training.Trainings, desk: Desk, name: str, number: int = 0, most: int = 10**6
) -> list[Event]:
    """The events that a client hears, who hangs up after so many."""
    found = await kept.known(name)
    assert found is not None
    asker = Asker(desk, most)
    at, state = found.before(number) or (0, b"")
    first = await (
        desk.piece(None, "train_on", framed(found.request, state))
        if state
        else desk.piece(None, "train", found.request)
    )
    told = b""
    async for piece in training._pieces(
        cast("Request", asker), kept, found, first.body, at, number
    ):
        told += piece
        asker.left -= piece.count(b"data:")
    return parsed(told.decode(), number)


@pytest.mark.usefixtures("short_pieces")
async def test_only_what_is_left_is_computed_and_what_rests_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk(Shared())
    kept = training.Trainings(cast("JobClient", desk))
    name = (await kept.begun(to_json(LONG))).name
    whole = await heard(kept, desk, name)
    all_of_it = len(desk.asked)
    other = training.Trainings(cast("JobClient", desk))
    await other.begun(to_json(LONG))
    some = await heard(other, desk, name, most=40)
    assert some == whole[: len(some)]
    desk.asked.clear()
    assert await heard(other, desk, name, len(some)) == whole[len(some) :]
    assert "train" not in desk.asked
    assert len(desk.asked) <= all_of_it - len(some) + 2
    # What is further back than the states that are kept is computed from the start.
    assert await heard(other, desk, name, 5) == whole[5:]
    assert 0 < other.size < 100_000
    desk.shared.kept.clear()
    monkeypatch.setattr(training, "LIMITS", replace(LIMITS, sweep_resume_seconds=0.0))
    await heard(other, desk, name, len(whole) - 1)
    assert await other.known(name) is None
    assert other.size == 0


async def test_another_replica_goes_on_with_a_training() -> None:
    shared = Shared()
    here, there = Desk(shared), Desk(shared)
    first, second = (training.Trainings(cast("JobClient", each)) for each in (here, there))
    name = (await first.begun(to_json(LONG))).name
    whole = await heard(first, here, name)
    assert await heard(second, there, name, 30) == whole[30:]


async def test_trainings_together_hold_so_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "LIMITS", replace(LIMITS, trainings_bytes=1_000))
    desk = Desk(Shared())
    kept = training.Trainings(cast("JobClient", desk))
    for seed in range(20):
        found = await kept.begun(to_json({**LONG, "seed": seed}))
        kept.listen(found)
        kept.reached(found, 1, b"x" * 100)
        assert kept.size <= 1_000
    assert found.name in kept._kept
    kept.reached(found, 2, b"x" * 2_000)
    assert kept.size == 0


def test_frames_are_taken_apart_as_they_were_put_together() -> None:
    for pair in ((b"", b""), (b"a\n1", b"\n"), (b'{"a": 1}', b'{"b": 2}')):
        assert unframed(framed(*pair)) == pair


def test_what_may_be_asked_for_is_what_there_is() -> None:
    fields = train.TrainRequest.model_fields
    assert list(fields["optimiser"].annotation.__args__) == list(OPTIMISERS)  # type: ignore[union-attr]
    assert list(fields["schedule"].annotation.__args__) == list(SCHEDULES)  # type: ignore[union-attr]
