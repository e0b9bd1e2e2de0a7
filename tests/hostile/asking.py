"""Sends a hostile input to a running service, and says in brief what came back. Holds no checks."""

from __future__ import annotations

import http.client
import json
import re
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.hostile.case import Case
from tests.hostile.corpus import MARKUP

SECONDS = 90.0
_LEAKS = re.compile(rb'Traceback \(most|File "/|site-packages|/\.venv/|\bsympy\.|\bnumpy\.')
_DANGEROUS = [text.encode() for text in MARKUP if "<" in text and "&" not in text]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A response; of a closed connection the status 0."""

    status: int
    headers: dict[str, str]
    body: bytes

    def leaks(self) -> bool:
        """Whether it shows how the service is built."""
        return _LEAKS.search(self.body) is not None

    def is_markup(self) -> bool:
        """Whether it is shown by a browser, and holds what was sent as markup."""
        shown = self.headers.get("content-type", "").startswith(("text/html", "image/svg"))
        return shown and any(text in self.body for text in _DANGEROUS)


def ask(server: str, case: Case) -> Outcome:
    """What a service at `server` answers to an input."""
    address = urlsplit(server)
    assert address.hostname is not None
    assert address.port is not None
    if case.raw:
        return _raw(address.hostname, address.port, case.raw)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=SECONDS)
    try:
        if case.call.startswith("/"):
            # As it is: `request` refuses some of these addresses itself.
            connection.putrequest("GET", case.call.encode("utf-8").decode("latin-1"))
            connection.putheader("Accept", "text/html, application/json")
            connection.endheaders()
        else:
            body = case.body if isinstance(case.body, bytes) else json.dumps(case.body)
            headers = {"Content-Type": "application/json"}
            connection.request("POST", f"/api/v1/{case.call}", body, headers)
        response = connection.getresponse()
        return Outcome(response.status, _lower(response.getheaders()), response.read())
    finally:
        connection.close()


def _raw(host: str, port: int, sent: bytes) -> Outcome:
    with socket.create_connection((host, port), timeout=SECONDS) as connection:
        connection.sendall(sent)
        response = http.client.HTTPResponse(connection)
        try:
            response.begin()
            return Outcome(response.status, _lower(response.getheaders()), response.read())
        except (http.client.HTTPException, ConnectionError):
            return Outcome(0, {}, b"")


def _lower(headers: list[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}


def brief(outcome: Outcome) -> dict[str, object]:
    """The status; of an error its code and the first fault's, of numbers the loss."""
    assert not outcome.leaks(), outcome.body[:2000]
    assert not outcome.is_markup(), outcome.body[:2000]
    told: dict[str, object] = {"status": outcome.status}
    media = outcome.headers.get("content-type", "")
    if "json" not in media:
        return told if not media else {**told, "media": media.partition(";")[0]}
    answer: Any = json.loads(outcome.body)
    if "problem" in media:
        told |= {"code": answer["code"], "fault": answer["errors"][0]["code"]}
    elif isinstance(answer, dict) and "gradients" in answer and "loss" in answer:
        value = answer["loss"].get("value")
        told["loss"] = round(value, 9) if isinstance(value, float) else value
    elif isinstance(answer, dict) and "equal" in answer:
        told["equal"] = answer["equal"]
    return told
