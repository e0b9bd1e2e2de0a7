"""A mixed load on a balancer: plain calls, and sweeps that are gone on with. Holds no checks."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

NEURON = (
    "input x = 2\ntarget y = 1\nparam w = 0.5\nparam b = -0.3\nu = sigmoid(w*x + b)\nL = (u - y)^2"
)
LINE = (
    "input x = [1, 2, 3, 4]\ntarget y = [2, 4, 6.5, 8]\nparam w = 0.5\nparam b = 0\n"
    "p = w*x + b\nL = mean((p - y)^2)"
)
RUNS = 24
CALLS: Mapping[str, Mapping[str, Any]] = {
    "evaluate": {},
    "derive": {"form": "shared"},
    "steps": {},
    "check": {},
    "compare": {"of": "w", "answer": "2*(u - y)*u*(1 - u)*x"},
    "graph": {"format": "svg"},
}
PAUSE = 0.05
SECONDS = 60.0


class Load:
    """Threads that ask until they are told to end, and what they were answered."""

    def __init__(self, address: str, askers: int = 3, sweepers: int = 2) -> None:
        self._address = address
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self.answered: Counter[str] = Counter()
        self.lost: list[str] = []
        self.resumed = 0
        self._threads = [
            *(threading.Thread(target=self._ask) for _ in range(askers)),
            *(threading.Thread(target=self._sweep) for _ in range(sweepers)),
        ]

    def __enter__(self) -> Load:
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        """End, once what is under way is answered."""
        self._ended.set()
        for thread in self._threads:
            thread.join(2 * SECONDS)

    def _note(self, call: str, failed: str | None) -> None:
        with self._lock:
            self.answered[call] += failed is None
            if failed is not None:
                self.lost.append(f"{call}: {failed}")

    def _ask(self) -> None:
        with httpx.Client(base_url=self._address, timeout=SECONDS) as client:
            for call in itertools.cycle(CALLS):
                if self._ended.is_set():
                    return
                # Another value each time: nothing is answered from what was kept.
                values = {"b": next(self._numbers) / 1000}
                body = {"source": NEURON, "values": values, **CALLS[call]}
                try:
                    told = client.post(f"/api/v1/{call}", json=body)
                    right = told.status_code == 200
                    self._note(call, None if right else f"{told.status_code} {told.text[:200]}")
                except httpx.HTTPError as error:
                    self._note(call, repr(error))
                time.sleep(PAUSE)

    def _sweep(self) -> None:
        while not self._ended.is_set():
            number = next(self._numbers)
            rates = [0.01 + number * 1e-6, 0.02]
            body = {
                "source": LINE,
                "train": {"steps": 800, "batch": 2},
                "over": {"rate": rates, "seed": list(range(RUNS // 2))},
            }
            try:
                events = self._whole(body)
                numbers = [each for each, _, _ in events]
                names = [name for _, name, _ in events]
                right = numbers == list(range(RUNS + 2)) and names[-1] == "summary"
                right = right and events[-1][2]["done"] == RUNS
                self._note("sweep", None if right else f"{names[-2:]} {events[-1]}"[:400])
            except (httpx.HTTPError, AssertionError) as error:
                self._note("sweep", repr(error))

    def _whole(self, body: Mapping[str, Any]) -> list[tuple[int, str, Any]]:
        """All events of a sweep, gone on with as often as its connection is cut."""
        events: list[tuple[int, str, Any]] = []
        until = time.monotonic() + SECONDS
        while len(events) < RUNS + 2:
            assert time.monotonic() < until, f"{len(events)} events in {SECONDS:g} s"
            try:
                for each in self._events(body, events):
                    if each[1] == "error":
                        break
                    events.append(each)
            except httpx.HTTPError:
                pass
            if len(events) < RUNS + 2:
                with self._lock:
                    self.resumed += bool(events)
                time.sleep(0.3)
        return events

    def _events(
        self, body: Mapping[str, Any], known: list[tuple[int, str, Any]]
    ) -> Iterator[tuple[int, str, Any]]:
        with httpx.Client(base_url=self._address, timeout=SECONDS) as client:
            if known:
                address = f"/api/v1/sweep/{known[0][2]['id']}"
                asked = client.stream("GET", address, params={"from": len(known)})
            else:
                asked = client.stream("POST", "/api/v1/sweep", json=body)
            with asked as told:
                assert told.status_code == 200, (told.status_code, told.read()[:300])
                fields: dict[str, str] = {}
                for line in told.iter_lines():
                    if line and not line.startswith(":"):
                        name, _, value = line.partition(": ")
                        fields[name] = value
                    elif "data" in fields:
                        number = int(fields.get("id", -1))
                        yield number, fields["event"], json.loads(fields["data"])
                        fields = {}
