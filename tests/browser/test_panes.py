"""The line between definition and graph: dragged, moved by keys, kept; the definition folded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.frames import becomes
from tests.browser.test_access import findings

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.slow

Address = Callable[..., str]

WIDTHS = """() => {
  const width = (name) => Math.round(document.querySelector(name).getBoundingClientRect().width);
  return [width(".column-left"), width(".graph-card"), width("main.work")];
}"""


@pytest.fixture
def opened(
    new_context: Callable[..., BrowserContext], server: str, address: Address, neuron: str
) -> Page:
    page = new_context(base_url=server, viewport={"width": 1440, "height": 900}).new_page()
    page.goto(address(neuron, step=15))
    page.locator("pane-divider[aria-valuenow]").wait_for()
    page.locator(".cm-content").wait_for()
    return page


def test_the_line_moves_by_keys_and_by_dragging_and_stays_where_it_was(opened: Page) -> None:
    divider = opened.locator("pane-divider")
    before, graph, _ = opened.evaluate(WIDTHS)
    divider.focus()
    opened.keyboard.press("Shift+ArrowRight")
    opened.keyboard.press("ArrowRight")
    wider, narrower, _ = opened.evaluate(WIDTHS)
    assert wider - before == pytest.approx(75, abs=1), "five letters of 15 pixels"
    assert graph - narrower == pytest.approx(75, abs=1)
    assert opened.locator("back-step").get_attribute("data-step") == "15", "the walk stays"
    opened.keyboard.press("Home")
    assert opened.evaluate(WIDTHS)[0] == 18 * 15
    opened.keyboard.press("End")
    most, _, main = opened.evaluate(WIDTHS)
    assert most <= main / 2
    becomes(opened, lambda: divider.evaluate("line => line.ariaValueNow === line.ariaValueMax"))
    opened.keyboard.press("Home")
    box = divider.bounding_box()
    assert box is not None
    opened.mouse.move(box["x"] + 12, box["y"] + 40)
    opened.mouse.down()
    opened.mouse.move(box["x"] + 112, box["y"] + 60)
    opened.mouse.up()
    dragged = opened.evaluate(WIDTHS)[0]
    assert dragged == pytest.approx(18 * 15 + 100, abs=1)
    opened.mouse.move(box["x"] + 200, box["y"] + 40)
    assert opened.evaluate(WIDTHS)[0] == dragged, "it was let go"
    opened.reload()
    opened.locator("pane-divider").wait_for()
    assert opened.evaluate(WIDTHS)[0] == dragged
    divider.dblclick()
    assert opened.evaluate(WIDTHS)[0] == before


def test_the_definition_folds_to_a_strip_and_comes_back(opened: Page) -> None:
    opened.locator("pane-divider").focus()
    opened.keyboard.press("Enter")
    strip = opened.get_by_role("button", name="Show the definition and the values")
    assert strip.evaluate("(each) => each === document.activeElement")
    assert opened.evaluate(WIDTHS)[0] == 45
    assert not opened.locator(".definition").is_visible()
    assert findings(opened, "main") == []
    opened.reload()
    strip.wait_for()
    assert opened.evaluate(WIDTHS)[0] == 45
    # Where the page is one column there is nothing to fold, nor a line.
    opened.set_viewport_size({"width": 820, "height": 900})
    opened.locator(".definition").wait_for()
    assert opened.locator("pane-divider, .pane-strip, .pane-fold").evaluate_all(
        "(all) => all.filter((each) => each.checkVisibility()).length === 0"
    )
    opened.set_viewport_size({"width": 1440, "height": 900})
    strip.press("Enter")
    opened.locator(".definition").wait_for()
    fold = opened.get_by_role("button", name="Fold the definition and the values away")
    assert fold.evaluate("(each) => each === document.activeElement")
