"""Edits taken back, of text and values in one row; the browser's Back; the texts typed last."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.slow

Address = Callable[..., str]
Write = Callable[[str], None]


@pytest.fixture
def opened(page: Page, address: Address, neuron: str) -> Page:
    page.goto(address(neuron))
    page.locator(".cm-content").wait_for()
    page.locator("li[data-name='w'] .slider").wait_for()
    page.evaluate("() => { window.same = true; }")
    return page


def shows(page: Page, name: str, value: str) -> None:
    page.locator(f".node[data-name='{name}'] .value", has_text=value).wait_for()


def leaves(page: Page, address: str) -> None:
    page.wait_for_url(lambda url: url != address)


def text(page: Page) -> str:
    return "\n".join(page.locator(".cm-line").all_text_contents())


def test_text_and_values_are_taken_back_in_their_order(
    opened: Page, write: Write, neuron: str, complaints: list[str]
) -> None:
    undo = opened.locator("[data-undo='undo']")
    redo = opened.locator("[data-undo='redo']")
    assert undo.get_attribute("aria-disabled") == "true"
    opened.locator("li[data-name='w'] .slider").fill("0.9")
    shows(opened, "w", "0.9")
    write(neuron.replace("x = 2", "x = 4"))
    shows(opened, "z", "3.3")
    # In the editor.
    opened.keyboard.press("ControlOrMeta+z")
    shows(opened, "z", "1.5")
    assert "x = 2" in text(opened)
    assert opened.locator("undo-buttons [role='status']").text_content() == "Undone: the text."
    # Outside of it.
    opened.keyboard.press("Escape")
    opened.keyboard.press("ControlOrMeta+z")
    shows(opened, "w", "0.5")
    assert opened.locator("undo-buttons [role='status']").text_content() == "Undone: w."
    assert opened.locator("li[data-name='w'] .slider").input_value() == "0.5"
    assert undo.get_attribute("aria-disabled") == "true"
    opened.keyboard.press("ControlOrMeta+Shift+z")
    shows(opened, "w", "0.9")
    redo.click()
    shows(opened, "z", "3.3")
    assert redo.get_attribute("aria-disabled") == "true"
    assert complaints == []


def test_a_typed_value_is_taken_back_in_its_field(opened: Page) -> None:
    field = opened.locator("li[data-name='b'] input[type='text']")
    field.fill("0.25")
    shows(opened, "b", "0.25")
    field.press("ControlOrMeta+z")
    shows(opened, "b", "−0.3")
    opened.wait_for_function(
        "() => document.querySelector(\"li[data-name='b'] input[type='text']\").value === '−0.3'"
    )
    assert field.evaluate("(each) => each === document.activeElement")
    # A field of another kind has an undo of its own.
    answer = opened.get_by_role("textbox", name="Your formula")
    opened.keyboard.press("ControlOrMeta+Shift+z")
    shows(opened, "b", "0.25")
    answer.fill("w")
    answer.press("ControlOrMeta+z")
    shows(opened, "b", "0.25")


def test_what_a_broken_text_lost_comes_back(opened: Page, write: Write, neuron: str) -> None:
    opened.locator("li[data-name='w'] .slider").fill("0.9")
    shows(opened, "w", "0.9")
    write(neuron.replace("sigmoid", "sigmod"))
    opened.locator(".fault-note").wait_for()
    opened.keyboard.press("ControlOrMeta+z")
    opened.locator(".host:not(.is-stale)").wait_for()
    shows(opened, "z", "1.5")


def test_back_leads_through_edits_without_leaving_the_page(
    page: Page, address: Address, neuron: str, write: Write
) -> None:
    page.clock.install()
    page.goto(address(neuron, step=15))
    page.locator(".cm-content").wait_for()
    page.evaluate("() => { window.same = true; }")
    for number in ("4", "6"):
        before = page.url
        write(neuron.replace("x = 2", f"x = {number}"))
        leaves(page, before)
        page.clock.fast_forward(3000)
    shows(page, "x", "6")
    assert page.evaluate("history.length") == 4, "a blank page, the first text and two edits"
    page.go_back()
    shows(page, "x", "4")
    page.go_back()
    shows(page, "x", "2")
    page.locator("back-step[data-step='15']").wait_for()
    assert "x = 2" in text(page)
    page.go_forward()
    shows(page, "x", "4")
    assert page.evaluate("() => window.same"), "the page was not left"
    page.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+z")
    shows(page, "x", "2")


def test_edits_in_quick_succession_are_one_place(
    page: Page, address: Address, neuron: str, write: Write
) -> None:
    page.clock.install()
    page.goto(address(neuron))
    page.locator(".cm-content").wait_for()
    page.clock.pause_at(page.evaluate("Date.now()") + 1000)
    before = page.evaluate("history.length")
    for number in ("4", "6"):
        seen = page.url
        write(neuron.replace("x = 2", f"x = {number}"))
        page.clock.run_for(600)
        leaves(page, seen)
    assert page.evaluate("history.length") == before + 1


def test_typed_texts_are_kept_in_this_browser_and_can_be_deleted(
    new_context: Callable[..., BrowserContext], server: str, address: Address, neuron: str
) -> None:
    page = new_context(base_url=server).new_page()
    page.goto(address(neuron))
    page.locator(".cm-content").click()
    recent = page.locator("recent-texts")
    assert recent.locator("li").count() == 0
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text("# mine <b>\ninput x = 3\nparam w = 2\nL = (w*x)^2\n")
    recent.locator("li").wait_for(state="attached")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text("input a = 1\nparam c = 2\nJ = a*c\n")
    recent.locator("li", has_text="J = a*c").wait_for(state="attached")
    page.goto(address(neuron))
    page.get_by_role("button", name="Examples").click()
    titles = recent.locator("li strong")
    titles.first.wait_for()
    assert titles.all_text_contents() == ["J = a*c", "mine <b>"]
    recent.get_by_role("button", name="mine", exact=False).first.click()
    page.locator(".node[data-name='L'] .value", has_text="36").wait_for()
    assert "# mine <b>" in text(page)
    page.go_back()
    page.locator(".node[data-name='u']").wait_for()
    page.get_by_role("button", name="Examples").click()
    recent.get_by_role("button", name="Delete J = a*c").click()
    assert titles.all_text_contents() == ["mine <b>"]
    assert page.locator(":focus").get_attribute("aria-label") == "Delete mine <b>"
    recent.get_by_role("button", name="Delete all").click()
    assert not recent.locator("section").is_visible()
    assert page.evaluate("localStorage.getItem('recent-texts')") is None
