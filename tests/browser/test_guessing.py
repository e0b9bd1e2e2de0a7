"""Guessing: each partial on the way back is asked for, and stands nowhere until it is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.slow

Address = Callable[..., str]

PARTIALS = {"r": "lambda", "l": "1", "u": "u - y", "z": "(u - y)*u*(1 - u)"}
"""The first answers of the neuron's walk back."""


def name(page: Page) -> str:
    return page.locator(".node.is-current").get_attribute("data-name") or ""


def give(page: Page, text: str) -> None:
    field = page.locator("guess-round .guess-field")
    field.fill(text)
    field.press("Enter")


def test_a_round_is_gone_through_by_keys(
    page: Page, address: Address, neuron: str, complaints: list[str]
) -> None:
    page.goto(address(neuron))
    page.locator("[data-part='guess']").click()
    for _ in PARTIALS:
        now = name(page)
        assert page.locator(".node.is-current .partial").text_content() == "?"
        assert not page.locator(".panel-body").is_visible()
        assert not page.locator(".gradients").is_visible()
        give(page, PARTIALS[now])
        page.locator("guess-round .verdict.is-right").wait_for()
        assert page.locator(".node.is-current .partial").text_content() != "?"
        assert page.locator(".panel-body").is_visible()
        page.keyboard.press("Enter")
        page.locator(f".node.is-current:not([data-name='{now}'])").wait_for()
    assert "4 of 4 right; 4 in a row" in (page.locator(".guess-count").text_content() or "")
    assert complaints == []


def test_what_is_wrong_is_explained_hints_come_one_by_one_and_the_answer_is_not_said(
    page: Page, address: Address, neuron: str, complaints: list[str]
) -> None:
    # The tests of a file share a browser: this text has had no round yet.
    page.goto(address(neuron.replace("w = 0.5", "w = 0.6")))
    page.locator("[data-part='guess']").click()
    give(page, "lambda")
    page.locator("guess-round .verdict.is-right").wait_for()
    page.keyboard.press("Enter")
    give(page, "1")
    page.locator("guess-round .verdict.is-right").wait_for()
    page.keyboard.press("Enter")
    give(page, "y - u")
    wrong = page.locator("guess-round .verdict.is-wrong")
    wrong.wait_for()
    assert "-0.33" not in (wrong.text_content() or "").replace("−", "-")
    spoken = page.locator("walk-panel [data-part='spoken']").text_content() or ""
    assert spoken.startswith("What is the partial")
    for count in (1, 2):
        page.locator("guess-round form button", has_text="int").click()
        assert page.locator(".guess-hints li").count() == count
    give(page, "u - y")
    page.locator("guess-round .verdict.is-right").wait_for()
    assert "1 with a hint" in (page.locator(".guess-count").text_content() or "")
    assert page.locator(".guess-mark.is-hint").count() == 1
    assert complaints == []


def test_a_round_is_kept_in_the_browser_and_begun_by_its_address(
    page: Page, address: Address, neuron: str
) -> None:
    other = neuron.replace("w = 0.5", "w = 0.75")
    page.goto(address(other, step=12).replace("?", "?guess=1&"))
    page.locator("guess-round .guess-title").wait_for()
    page.locator("guess-round button", has_text="Show").click()
    page.locator(".guess-mark.is-shown").wait_for()
    page.reload()
    page.locator(".guess-mark.is-shown").wait_for()
    assert page.locator(".panel-body").is_visible()
    page.locator("guess-round button", has_text="Start over").click()
    page.locator("guess-round .guess-title").wait_for()
    assert page.locator(".guess-mark.is-shown").count() == 0
    page.locator("guess-round button", has_text="Stop guessing").click()
    assert page.locator(".gradients").is_visible()
    page.wait_for_url(lambda url: "guess" not in url)


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_a_round_begun_by_its_address_alone_tells_no_partial_but_the_loss_s(
    page: Page, address: Address, neuron: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address(neuron).replace("?", "?guess=1&"))
    page.locator("guess-round .guess-title").wait_for()
    told = page.locator(".graph .node text.partial:not(.caption)").all_text_contents()
    assert sorted(each for each in told if any(sign.isdigit() for sign in each)) == ["1"]
    # At once: the page above may still be taking its room.
    tops = page.locator("guess-round form button").evaluate_all(
        "(all) => all.map((each) => Math.round(each.getBoundingClientRect().top))"
    )
    assert len(tops) == 3
    assert len(set(tops)) == 1, "Check, Show and Hint stand in one line"
