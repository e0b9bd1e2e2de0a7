"""The page of operations in a real browser: set formulas, drawn curves, anchors, examples."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.slow

NewContext = Callable[..., "BrowserContext"]


@pytest.fixture
def listed(kept: Page) -> Page:
    """The page of operations, which none of these tests changes."""
    if "/operations" not in kept.url:
        kept.goto("/operations")
    return kept


def test_formulas_are_set_in_the_two_colours(page: Page, complaints: list[str]) -> None:
    page.goto("/operations#sigmoid")
    card = page.locator("#sigmoid")
    card.locator(".katex").first.wait_for()
    assert card.locator("code.latex").count() == 0
    assert card.locator(".katex-html .partial").first.text_content() == "g"
    assert card.locator(".katex-html .value").first.text_content() == "x"
    assert complaints == []


def test_an_anchor_leads_to_its_card(listed: Page) -> None:
    listed.goto("/operations#softplus")
    listed.locator("#softplus .katex").first.wait_for()
    assert listed.locator(".operation:target").get_attribute("id") == "softplus"


def test_curves_have_their_colours_and_their_words(listed: Page) -> None:
    plot = listed.locator("#relu svg.plot")
    lines = {
        role: plot.locator(f".plot-{role} .plot-line").evaluate(
            "line => [getComputedStyle(line).stroke, getComputedStyle(line).strokeDasharray]"
        )
        for role in ("value", "partial")
    }
    assert lines["value"][0] != lines["partial"][0]
    assert lines["value"][1] == "none" != lines["partial"][1]
    assert listed.get_by_role("img", name="relu and its derivative", exact=True).count() == 1


@pytest.mark.parametrize("width", [1440, 820, 390])
def test_it_fits_without_scrolling_sideways(listed: Page, width: int) -> None:
    listed.set_viewport_size({"width": width, "height": 900})
    # Formulas are set as they come near.
    listed.evaluate(
        """async () => {
            for (let y = 0; y < document.documentElement.scrollHeight; y += 1500) {
                scrollTo(0, y);
                await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
            }
        }"""
    )
    listed.locator("#hinge .katex").first.wait_for()
    assert listed.evaluate("() => document.documentElement.scrollWidth") == width


def test_an_example_opens_in_the_editor(listed: Page) -> None:
    listed.locator("#tanh .operation-example a").click()
    listed.locator(".cm-content").wait_for()
    assert "out = tanh(x)" in (listed.locator(".cm-content").text_content() or "")
    assert listed.locator(".trouble").count() == 0


def test_without_scripts_formulas_are_set_by_the_server(
    new_context: NewContext, server: str
) -> None:
    context = new_context(base_url=server, java_script_enabled=False)
    opened = context.new_page()
    opened.goto("/operations")
    written = opened.locator("#sigmoid .latex math").first
    assert written.is_visible()
    assert "σ" in (written.text_content() or "")
    assert opened.locator("#sigmoid svg.plot").is_visible()
    context.close()
