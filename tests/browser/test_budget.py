"""What a first visit costs: bytes over the wire. Times are measured by benchmarks/feel.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

NewContext = Callable[..., "BrowserContext"]

MOST_BYTES = 500_000


def test_a_first_visit_is_small(new_context: NewContext, server: str) -> None:
    context = new_context(base_url=server)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    sizes: list[float] = []
    wire.on("Network.loadingFinished", lambda done: sizes.append(done["encodedDataLength"]))
    page.goto("/")
    page.locator(".cm-content").wait_for()
    page.locator(".panel-body .katex").first.wait_for()
    page.wait_for_load_state("networkidle")
    assert len(sizes) > 15, "every file is counted"
    assert sum(sizes) < MOST_BYTES
    context.close()
