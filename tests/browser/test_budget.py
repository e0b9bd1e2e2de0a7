"""What a first visit costs: bytes over the wire, requests elsewhere, time until one can work."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MOST_BYTES = 500_000
MOST_MILLISECONDS = 1000
BUSY = 4
"""How much slower a machine may be while everything else is tested on it."""


def test_a_first_visit_is_small_and_soon_ready(browser: Browser, server: str) -> None:
    context = browser.new_context(base_url=server, locale="en-US")
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    sizes: list[float] = []
    wire.on("Network.loadingFinished", lambda done: sizes.append(done["encodedDataLength"]))
    page.goto("/")
    page.locator(".cm-content").wait_for()
    page.locator(".panel-body .katex").first.wait_for()
    ready = page.evaluate(
        """() => performance.getEntriesByType("resource")
            .filter((each) => each.name.endsWith(".js"))
            .reduce((last, each) => Math.max(last, each.responseEnd), 0)"""
    )
    page.wait_for_load_state("networkidle")
    assert len(sizes) > 15, "every file is counted"
    assert sum(sizes) < MOST_BYTES
    assert ready < MOST_MILLISECONDS * BUSY
    context.close()
