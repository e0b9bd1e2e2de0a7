"""Targets: whatever is pressed is large enough for a mouse, or for a finger, on every page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.slow

Address = Callable[..., str]
NewContext = Callable[..., "BrowserContext"]

# A link among the words of a sentence is as high as its line, as WCAG 2.5.8 has it; small signs of
# the drawing are hit by the room around them.
SMALL = """(least) => {
    const pressed = "a[href], button, input, select, textarea, summary, [role=button], [role=tab],"
        + " [role=gridcell][tabindex], .host .hit";
    const small = ".opener, :is(.form-small, .form-circle) > .shape";
    return [...document.querySelectorAll(pressed)]
        .filter((each) => each.checkVisibility({ visibilityProperty: true }))
        .filter((each) => !each.closest(`.unseen, ${small}`) && !each.matches("p > a, p > .link"))
        .map((each) => [each, (each.closest("label") ?? each).getBoundingClientRect()])
        .filter(([each, { width, height }]) => width && Math.min(width, height) < least - 0.5)
        .map(([each, { width, height }]) =>
            `${each.outerHTML.slice(0, 90)}: ${Math.round(width)} × ${Math.round(height)}`);
}"""
SOURCE = """\
const n = 3
input x[n] = [1, 2, 3]
target y = 2
param W = [[0.1, 0.2, 0.3], [0.3, 0.2, 0.1], [1, 0, 1]]
param rate = 0.25
p = softmax(W @ x)
L = -log(pick(p, y)) + rate^2
"""


@pytest.fixture(scope="module", params=[24, 44], ids=["mouse", "touch"])
def hand(request: pytest.FixtureRequest, new_context: NewContext, server: str) -> tuple[int, Page]:
    """A least size in pixels, and a page of a browser that has such a pointer."""
    least: int = request.param
    touch = least == 44
    width = 390 if touch else 1440
    context = new_context(
        base_url=server,
        has_touch=touch,
        is_mobile=touch,
        viewport={"width": width, "height": 844},
    )
    return least, context.new_page()


@pytest.mark.parametrize("path", ["/examples", "/operations", "/train", "/api", "/nothing-here"])
def test_targets_of_a_page_are_large_enough(hand: tuple[int, Page], path: str) -> None:
    least, page = hand
    page.goto(path)
    if path == "/train":
        page.locator(".cm-content").wait_for()
    assert page.evaluate(SMALL, least) == []


def test_targets_of_the_work_are_large_enough(hand: tuple[int, Page], address: Address) -> None:
    least, page = hand
    page.goto(address(SOURCE))
    page.locator(".cm-content").wait_for()
    page.locator(".gradient-formula .katex").first.wait_for()
    page.locator(".host .hit").first.wait_for(state="attached")
    assert page.evaluate(SMALL, least) == []
    for sheet in ("examples-menu", "share-panel", "export-sheet", "help-panel", "language-sheet"):
        page.evaluate("(id) => document.getElementById(id).showPopover()", sheet)
        assert page.evaluate(SMALL, least) == [], sheet
        page.evaluate("(id) => document.getElementById(id).hidePopover()", sheet)
