"""Waiting for what a page does with an event: its next frames, or a state of the test's own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Page

_PASSED = """
(count) => new Promise((done) => {
  const passed = () => (count-- > 0 ? requestAnimationFrame(passed) : setTimeout(done));
  passed();
})
"""


def frames(page: Page, count: int = 6) -> None:
    """Return once the page has drawn so many frames: observers and what they put off have run."""
    page.evaluate(_PASSED, count)


def becomes(page: Page, condition: Callable[[], object]) -> None:
    """Return once the condition holds, while the page's requests and events go on."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "what was waited for has not come"
        frames(page, 1)
