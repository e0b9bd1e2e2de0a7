"""The loss along a value: it opens under its row, its point moves, the tangent is the partial."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.slow

Address = Callable[..., str]


@pytest.fixture
def asked(page: Page, address: Address, neuron: str) -> list[str]:
    """What the page asks of /evaluate, from before w's row was opened."""
    found: list[str] = []
    page.on("request", lambda each: found.append(each.url) if "/evaluate" in each.url else None)
    page.goto(address(neuron))
    page.locator("li[data-name='w'] .slope-open").click()
    page.locator("li[data-name='w'] .slope-line").wait_for()
    return found


def said(page: Page) -> str:
    return page.locator("li[data-name='w'] .slope-point").get_attribute("aria-valuetext") or ""


def test_the_tangent_is_the_partial_wherever_the_point_is_moved(
    page: Page, asked: list[str], complaints: list[str]
) -> None:
    row = page.locator("li[data-name='w']")
    row.locator(".slope-point").focus()
    for _ in range(4):
        page.keyboard.press("Shift+ArrowLeft")
    page.locator(".node[data-name='z'] .value", has_text="−0.9").first.wait_for()
    assert row.locator("input[type='text']").first.input_value() == "−0.3"
    partial = row.locator(".given-partial").text_content()
    row.locator(".slope-figure", has_text=partial or "nothing").wait_for()
    assert said(page).startswith("L is ")
    assert f"slope {partial}" in said(page)
    assert len(asked) == 1, "the curve holds while its own value moves"
    assert complaints == []


def test_the_point_is_dragged_and_other_values_draw_another_curve(
    page: Page, asked: list[str], complaints: list[str]
) -> None:
    row = page.locator("li[data-name='w']")
    before = row.locator(".slope-line").get_attribute("d")
    row.locator(".slope-words").scroll_into_view_if_needed()
    box = row.locator(".slope-picture").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 60, steps=4)
    page.mouse.up()
    assert float(row.locator("input[type='text']").first.input_value()) > 1
    page.locator("li[data-name='b'] .slider").fill("1")
    page.wait_for_function(
        "(before) => document.querySelector(\"li[data-name='w'] .slope-line\")"
        ".getAttribute('d') !== before",
        arg=before,
    )
    assert len(asked) == 2
    assert complaints == []


def test_it_sweeps_stops_by_a_key_and_closes(page: Page, asked: list[str]) -> None:
    assert len(asked) == 1
    row = page.locator("li[data-name='w']")
    field = row.locator("input[type='text']").first
    before = field.input_value()
    row.locator(".slope-tools button").click()
    row.locator(".slope-tools button", has_text="Pause").wait_for()
    expect(field).not_to_have_value(before)
    row.locator(".slope-point").focus()
    page.keyboard.press("Space")
    row.locator(".slope-tools button", has_text="Sweep").wait_for()
    row.locator(".slope-open").click()
    assert row.locator("slope-plot").count() == 0


def test_its_ends_can_be_changed(page: Page, asked: list[str]) -> None:
    assert len(asked) == 1
    row = page.locator("li[data-name='w']")
    row.get_by_label("w, to").fill("10")
    row.locator(".plot-below", has_text="10").wait_for()
    assert row.locator(".slider").get_attribute("max") == "10"
    assert row.locator(".slope-point").get_attribute("aria-valuemax") == "10"


def test_two_values_have_lines_of_equal_loss_and_the_gradients_arrow(
    page: Page, asked: list[str], complaints: list[str]
) -> None:
    row = page.locator("li[data-name='w']")
    row.locator(".slope-over select").select_option("b")
    lines = row.locator(".contour-lines path")
    lines.first.wait_for(state="attached")
    assert len(asked) == 2
    assert lines.count() == 9
    assert row.locator(".contour-arrow path").get_attribute("d")
    row.locator("contour-plot .slope-point").focus()
    page.keyboard.press("Shift+ArrowUp")
    page.locator(".node[data-name='z'] .value", has_text="0.9").first.wait_for()
    assert page.locator("li[data-name='b'] input[type='text']").input_value() == "−0.1"
    row.locator("contour-plot .slope-words", has_text="the gradient").wait_for()
    assert complaints == []
