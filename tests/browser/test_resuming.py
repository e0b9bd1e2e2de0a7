"""A training whose connection breaks goes on with what has not come, and says so meanwhile."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.test_access import findings

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.slow

Address = Callable[..., str]
NewContext = Callable[..., "BrowserContext"]

LINE = """\
input x = [1, 2, 3]
target y = [2, 4, 5]
param w = 0.5
p = w*x
L = mean((p - y)^2)
"""
WHOLE = [*range(0, 399, 2), 399, 400]
"""The updates that are sent of four hundred."""
REACH = 100_000
"""Bytes of a training that come through before the cable is pulled."""


class Cable:
    """What lies between a browser and the service, with an end that can be pulled.

    It breaks in the middle of the first training that is sent over it, once the page has read what
    came, since a stream that fails loses what is not read; and stays broken until it is mended.
    """

    def __init__(self, server: str) -> None:
        parts = urlsplit(server)
        self._to = (parts.hostname or "", parts.port or 80)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.broken = False
        self.is_read = threading.Event()
        self._breaks = True
        threading.Thread(target=self._accept, daemon=True).start()

    def mend(self) -> None:
        """Let everything through from now on."""
        self._breaks = self.broken = False

    def end(self) -> None:
        """Listen no more."""
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                if self.broken:
                    self._pull(near)
                else:
                    far = socket.create_connection(self._to)
                    threading.Thread(target=self._carry, args=(near, far), daemon=True).start()

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        trains = threading.Event()
        threading.Thread(target=self._ask, args=(near, far, trains), daemon=True).start()
        come = 0
        with contextlib.suppress(OSError), near, far:
            while data := far.recv(1024):
                come += len(data) if trains.is_set() else 0
                if self._breaks and come > REACH:
                    self.is_read.wait(60)
                    self.broken = True
                    self._pull(near)
                    return
                near.sendall(data)

    def _ask(self, near: socket.socket, far: socket.socket, trains: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := near.recv(65536):
                if b"POST /api/v1/train " in data:
                    trains.set()
                far.sendall(data)
            far.shutdown(socket.SHUT_WR)

    @staticmethod
    def _pull(near: socket.socket) -> None:
        # Closed alone it would stay open, as it is still listened to.
        near.shutdown(socket.SHUT_RDWR)
        near.close()


@pytest.fixture
def cable(server: str) -> Iterator[Cable]:
    made = Cable(server)
    yield made
    made.end()


@pytest.fixture
def asked() -> list[str]:
    """The requests of the page whose connection breaks."""
    return []


@pytest.fixture
def cut(new_context: NewContext, cable: Cable, address: Address, asked: list[str]) -> Page:
    """A training whose connection has broken midway."""
    page = new_context(base_url=cable.address).new_page()
    # From the first on: it may be tried again, and through, before a test comes to mend the cable.
    page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    page.clock.install()
    page.goto(address(LINE, "/train") + "&steps=400&rate=0.001&watch=w")
    page.wait_for_function("() => document.querySelector('training-page')?.run?.steps.length > 1")
    cable.is_read.set()
    page.locator("[data-part='problem'] .trouble").wait_for()
    return page


def steps(page: Page) -> list[int]:
    found: list[int] = page.evaluate(
        "() => document.querySelector('training-page').run.steps.map(({ step }) => step)"
    )
    return found


def test_a_training_goes_on_where_its_connection_broke(
    cut: Page, cable: Cable, asked: list[str]
) -> None:
    said = cut.locator("[data-part='problem']")
    expect(said).to_contain_text("The connection is lost.")
    known = steps(cut)
    assert 1 < len(known) < 200
    expect(said).to_contain_text(f"goes on after {known[-1]:,} updates.")
    expect(said).to_have_attribute("role", "status")
    assert findings(cut, ".run") == []
    # What has come can be gone through meanwhile.
    cut.keyboard.press("End")
    expect(cut.locator("[data-part='place']")).to_have_text(f"update {known[-1]:,} of 400")
    cable.mend()
    cut.wait_for_function("() => document.querySelector('training-page').run.summary")
    assert steps(cut) == WHOLE
    expect(said).to_be_hidden()
    # It played on by itself.
    expect(cut.locator("[data-part='place']")).to_have_text("update 400 of 400")
    again = [each for each in asked if "/api/v1/train" in each][1:]
    assert again
    assert all("/train/" in each and f"?from={len(known) + 1}" in each for each in again)


@pytest.mark.parametrize("way", ["the button", "the network"])
def test_it_is_tried_at_once_where_that_is_asked_for(cut: Page, cable: Cable, way: str) -> None:
    # No pause ends by itself.
    cut.clock.pause_at(cut.evaluate("() => Date.now()") + 100)
    cut.locator("[data-part='problem'] .trouble").wait_for()
    cable.mend()
    if way == "the button":
        cut.get_by_role("button", name="Try now").click()
    else:
        cut.evaluate("() => dispatchEvent(new Event('online'))")
    cut.wait_for_function("() => document.querySelector('training-page').run.summary")
    assert steps(cut) == WHOLE


def test_another_training_ends_the_waiting_for_this_one(cut: Page, cable: Cable) -> None:
    cable.mend()
    cut.locator("[name='optimiser']").select_option("adam")
    cut.wait_for_function("() => document.querySelector('training-page').run.summary")
    expect(cut.locator("[data-part='problem']")).to_be_hidden()
    assert steps(cut) == WHOLE
