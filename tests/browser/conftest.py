"""What the browser tests share: a definition to work on, addresses of states, typing. No checks."""

from __future__ import annotations

import base64
import json
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.waiting import PATIENCE, happens

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page

NEURON = """\
input  x = 2
target y = 1
param  w = 0.5
param  b = -0.3
const  lambda = 0.1

z = w*x + b
u = sigmoid(z)
l = (u - y)^2 / 2
r = w^2
L = l + lambda*r
minimize L
"""


@pytest.fixture(scope="session", autouse=True)
def warm(server: str) -> None:
    """Wait until every kind of answer has come once: a cold worker is not what is tested here."""

    def whole() -> bool:
        with urllib.request.urlopen(f"{server}/", timeout=PATIENCE) as answer:
            return b'class="trouble"' not in answer.read()

    happens(whole)


@pytest.fixture(scope="module")
def context(new_context: Callable[..., BrowserContext], server: str) -> BrowserContext:
    """One reader's browser for a file of tests, so that what never changes is fetched once."""
    return new_context(base_url=server)


@pytest.fixture
def page(context: BrowserContext, complaints: list[str]) -> Iterator[Page]:
    """A fresh page; what it complains of is in `complaints`."""
    opened = context.new_page()
    with _heard(opened, complaints):
        yield opened
    opened.close()


@pytest.fixture(scope="module")
def shared(context: BrowserContext) -> Iterator[Page]:
    """The page behind `kept`."""
    opened = context.new_page()
    yield opened
    opened.close()


@pytest.fixture
def kept(shared: Page, complaints: list[str]) -> Iterator[Page]:
    """One page for those tests of a file that leave it as it was, or set all that they look at.

    It is blank for the first of them: opening is most of what a test of a page takes.
    """
    with _heard(shared, complaints):
        yield shared


@contextmanager
def _heard(page: Page, complaints: list[str]) -> Iterator[None]:
    """Write down what a page complains of meanwhile."""

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"{message.type}: {message.text}")

    def failed(error: Error) -> None:
        complaints.append(f"script: {error}")

    page.on("console", said)
    page.on("pageerror", failed)
    yield
    page.remove_listener("console", said)
    page.remove_listener("pageerror", failed)


@pytest.fixture
def neuron() -> str:
    """A neuron with weight decay: w is used twice."""
    return NEURON


@pytest.fixture
def address() -> Callable[..., str]:
    """The address of a state: `address(source, step=3, zoom="tensor")`."""

    def packed(source: str, path: str = "/", **state: Any) -> str:
        text = json.dumps({"source": source, **state}).encode()
        return f"{path}?d=" + base64.urlsafe_b64encode(zlib.compress(text)).rstrip(b"=").decode()

    return packed


@pytest.fixture
def write(page: Page) -> Callable[[str], None]:
    """Put a text in the editor in the place of what is there, as typing does."""
    return _writing(page)


@pytest.fixture
def write_kept(kept: Page) -> Callable[[str], None]:
    """As `write`, on the page that tests of a file share."""
    return _writing(kept)


def _writing(page: Page) -> Callable[[str], None]:
    def written(source: str) -> None:
        page.locator(".cm-content").click()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.insert_text(source)

    return written
