"""Folds on the page: opened by a click or a key, closed by their title, kept by the address."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from app.api import share_link
from tests.browser.frames import becomes, frames

if TYPE_CHECKING:
    from playwright.sync_api import FloatRect, Locator, Page

pytestmark = pytest.mark.slow

Address = Callable[..., str]

LAYERS = """input x = [1, 2, -1]
target y = 1
f(a) = a*sigmoid(a)
h = f(dense(x, 4))
s = dense(h, 2)
L = cross_entropy(s, y)"""
LONG = (
    "input x = 1\nparam w = 0.5\nh = x\nfor t in range(150):\n    z = w*h\n    h = tanh(z)\nL = h^2"
)


def opened(page: Page) -> int:
    return page.locator("svg.graph .frame").count()


def linked(page: Page) -> dict[str, Any]:
    """The state in the page's address."""
    return share_link.decode(parse_qs(urlsplit(page.url).query)["d"][0])


def stays(part: Locator, before: FloatRect | None) -> bool:
    """Whether a part of the drawing stands where one stood before."""
    now = part.bounding_box()
    assert before is not None
    assert now is not None
    return abs(now["x"] - before["x"]) < 4 and abs(now["y"] - before["y"]) < 4


def begins_near(map_: Locator, left: float, *, near: bool) -> bool:
    """Whether what is seen is marked on a map as beginning near its left end, or is not."""
    box = map_.locator(".view").bounding_box()
    assert box is not None
    return (abs(box["x"] - left) < 8) is near


def test_a_fold_opens_where_it_stands_and_closes(
    page: Page, address: Address, complaints: list[str]
) -> None:
    page.goto(address(LAYERS))
    before, link = page.locator(".node").count(), page.url
    page.locator("[data-open='b0']").first.click()
    page.locator(".frame").first.wait_for(state="attached")
    assert page.locator(".node").count() > before
    page.wait_for_function("link => location.href !== link", arg=link)
    page.reload()
    page.locator(".frame").first.wait_for(state="attached")
    page.locator("[data-close='b0']").click()
    page.locator(".frame").first.wait_for(state="detached")
    assert page.locator(".node").count() == before
    assert complaints == []


def test_a_key_opens_the_node_at_hand(page: Page, address: Address) -> None:
    page.goto(address(LAYERS))
    page.locator(".node[data-name='s'] .shape").focus()
    page.keyboard.press("o")
    page.locator(".frame").first.wait_for(state="attached")
    page.locator("[data-close]").first.focus()
    page.keyboard.press("Enter")
    page.locator(".frame").first.wait_for(state="detached")


def test_the_page_says_that_it_folded(page: Page, address: Address) -> None:
    page.goto(address(LONG))
    said = page.locator("[data-part='folded']")
    said.wait_for()
    assert "passes of loops are folded" in (said.text_content() or "").lower()
    assert page.locator(".closed-frame").count() == 3
    assert page.locator(".node").count() == 7


def test_a_pass_opens_where_it_stands_and_closes(
    page: Page, address: Address, complaints: list[str]
) -> None:
    page.goto(address(LONG.replace("150", "6")))
    assert page.locator(".closed-frame").count() == 3
    before = page.locator(".closed-frame.several .frame-box").bounding_box()
    page.locator(".closed-frame.several .opener").click()
    page.get_by_role("button", name="all 4").click()
    page.wait_for_function("() => document.querySelectorAll('.closed-frame').length === 6")
    becomes(page, lambda: stays(page.locator(".closed-frame .frame-box").nth(1), before))
    third = page.locator(".closed-frame").nth(3)
    assert third.locator("text").first.text_content() == "t = 3"
    third.locator(".opener").focus()
    page.keyboard.press("Enter")
    page.locator(".node[data-name='z']").first.wait_for()
    # The address follows a moment later.
    passes = page.evaluate("() => document.querySelector('back-step').state.open")
    becomes(page, lambda: linked(page).get("open") == passes)
    page.reload()
    page.locator(".node[data-name='z']").first.wait_for()
    page.locator(".frame-title", has_text="t = 3").click()
    page.locator(".node[data-name='z']").first.wait_for(state="detached")
    # The loop's own title takes back all that was opened in it.
    page.locator(".frame-title", has_text="t = 0 … 5").click()
    page.wait_for_function("() => document.querySelectorAll('.closed-frame').length === 3")
    assert complaints == []


def test_one_of_many_passes_is_chosen_and_fit_folds_it_away(
    page: Page, address: Address, complaints: list[str]
) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(address(LONG.replace("150", "30")))
    several = page.locator(".closed-frame.several")
    before = several.locator(".frame-box").bounding_box()
    opener = several.locator(".opener")
    opener.focus()
    page.keyboard.press("Enter")
    choices = page.locator(".pass-list-each button")
    assert choices.count() == 28
    page.keyboard.press("Escape")
    page.locator(".pass-list").wait_for(state="detached")
    assert opener.evaluate("each => each === document.activeElement")
    opener.click()
    choices.filter(has_text="t = 17").click()
    shape = page.locator(".frame[data-fold] .frame-room rect").nth(1)
    page.locator(".node[data-name='z']").first.wait_for()
    assert page.locator(".closed-frame").count() == 4
    becomes(page, lambda: stays(shape, before))
    # Another one, so that it is larger than the card; the step at hand is in neither.
    page.locator(".closed-frame.several .opener").first.click()
    page.locator(".pass-list-each button").filter(has_text="t = 5").click()
    page.wait_for_function("() => document.querySelectorAll('.closed-frame').length === 5")
    page.locator(".host.is-wide").wait_for()
    page.get_by_role("button", name="Fit").click()
    page.wait_for_function("() => document.querySelectorAll('.closed-frame').length === 3")
    page.locator(".host:not(.is-wide)").wait_for()
    assert complaints == []


def test_a_map_shows_where_one_is_and_moves_the_view(page: Page, address: Address) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(address(LONG.replace("150", "30")))
    page.locator(".closed-frame.several .opener").wait_for()
    assert page.locator(".minimap").is_hidden()
    page.locator(".closed-frame.several .opener").click()
    page.get_by_role("button", name="all 28").click()
    small = page.locator(".minimap")
    small.wait_for()
    assert small.locator("rect[data-node]").count() == page.locator(".node").count()
    assert small.locator(".is-current").count() == 1
    box = small.bounding_box()
    assert box is not None
    for share, near in ((0.98, False), (0.02, True)):
        page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        left = page.locator(".host").evaluate("host => host.scrollLeft")
        assert (left < 10) is near
        becomes(page, partial(begins_near, small, box["x"], near=near))
    for _ in range(4):
        page.get_by_role("button", name="Smaller").click()
    page.locator(".is-far").wait_for()
    assert page.locator(".is-far .node .partial").first.is_hidden()
    assert page.locator(".is-far .node .name").first.is_visible()


def test_all_uses_light_up_from_any_of_them(page: Page, address: Address) -> None:
    page.goto(address(LONG.replace("150", "6")))
    ghosts = page.locator(".ghost[data-name='w']")
    assert ghosts.count() == 3
    ghosts.nth(1).hover()
    expect(page.locator(".ghost.is-pointed")).to_have_count(3)
    assert "is-pointed" in (page.locator(".node[data-name='w']").get_attribute("class") or "")
    ghosts.nth(2).click()
    page.locator(".ghost.is-current").nth(2).wait_for()
    assert "is-current" in (page.locator(".node[data-name='w']").get_attribute("class") or "")


def test_a_convention_is_marked_at_its_node_as_it_comes_and_goes(
    page: Page, address: Address
) -> None:
    page.goto(address("param x = 0\nu = relu(x)\nL = u + x"))
    page.locator(".panel-body .katex").first.wait_for()
    mark = page.locator(".node[data-name='u'] .remark")
    assert "is-said" in (mark.get_attribute("class") or "")
    title = page.locator(".node[data-name='u'] title").first
    assert "kink at 0" in (title.text_content() or "")
    page.locator("value-list input[type='range']").first.fill("1")
    page.locator(".node[data-name='u'] .remark:not(.is-said)").wait_for(state="attached")


def test_many_contributions_are_shown_on_demand(page: Page, address: Address) -> None:
    page.goto(address(LONG.replace("150", "40"), step=167))
    page.locator(".use").nth(20).wait_for()
    assert page.locator(".use").count() == 21
    page.get_by_role("button", name="Show 19 more").click()
    page.locator(".use").nth(39).wait_for()
    assert page.locator(".use").count() == 40


def test_fit_closes_nothing_that_can_be_seen_whole(page: Page, address: Address) -> None:
    """Also where it was made larger than its card just before."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(address(LONG.replace("150", "6")))
    page.locator(".closed-frame .opener").first.click()
    page.wait_for_function("() => document.querySelectorAll('.frame[data-fold]').length > 0")
    frames(page)
    passes = page.evaluate("() => document.querySelector('back-step').state.open")
    assert passes
    for _ in range(6):
        page.locator("[data-scale='closer']").click()
    page.locator(".host.is-wide").wait_for()
    page.locator("[data-scale='fit']").click()
    page.locator(".host:not(.is-wide)").wait_for()
    assert page.evaluate("() => document.querySelector('back-step').state.open") == passes
