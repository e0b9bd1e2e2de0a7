"""The page without scripts: a form, the drawing, links from step to step, faults as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

Address = Callable[..., str]


@pytest.fixture(scope="module")
def context(new_context: Callable[..., BrowserContext], server: str) -> BrowserContext:
    return new_context(base_url=server, java_script_enabled=False)


@pytest.fixture
def plain(page: Page) -> Page:
    """A fresh page that runs no scripts."""
    return page


def follow(plain: Page, selector: str) -> None:
    """Click what leads to another page, and wait until that is there."""
    with plain.expect_navigation():
        plain.locator(selector).click()


def place(page: Page) -> str:
    return (page.locator("[data-part='place']").text_content() or "").strip()


def test_links_lead_from_step_to_step(plain: Page, address: Address, neuron: str) -> None:
    plain.goto(address(neuron, step=14))
    assert place(plain) == "step 14 of 19"
    follow(plain, "[data-go='next']")
    assert place(plain) == "step 15 of 19"
    assert "partial of L with respect to z" in (plain.locator(".panel-body").text_content() or "")
    assert plain.locator(".node[data-name='z'].is-current").count() == 1
    follow(plain, "[data-go='first']")
    assert place(plain) == "step 0 of 19"
    assert set(plain.locator(".node .value").all_text_contents()) == {"–"}
    follow(plain, "[data-go='last']")
    follow(plain, "[data-go='back']")
    assert place(plain) == "step 18 of 19"


def test_the_form_sends_the_definition(plain: Page, address: Address, neuron: str) -> None:
    plain.goto(address(neuron))
    plain.locator("textarea").fill(neuron.replace("x = 2", "x = 4"))
    follow(plain, ".source button")
    assert "/?d=" in plain.url
    assert plain.locator(".node[data-name='z'] .value").text_content() == "1.7"
    assert plain.locator("textarea").input_value() == neuron.replace("x = 2", "x = 4")


def test_a_fault_is_said_as_text(plain: Page, address: Address, neuron: str) -> None:
    plain.goto(address(neuron.replace("sigmoid", "sigmod")))
    report = plain.locator(".report").text_content() or ""
    assert "line 8, column 5" in report
    assert "^^^^^^" in report
    assert plain.locator("textarea").is_visible()


def test_zooms_turns_and_formulas_are_there(plain: Page, address: Address, neuron: str) -> None:
    plain.goto(address(neuron, step=15))
    assert plain.locator(".gradient math").first.is_visible()
    assert plain.locator(".panel-body math mfrac").first.is_visible()
    follow(plain, ".switch [data-zoom='tensor']")
    assert plain.locator("svg.graph[data-zoom='tensor']").count() == 1
    assert place(plain) == "step 22 of 27"
    follow(plain, "[data-turn]")
    assert plain.locator("svg.graph[data-direction='TB']").count() == 1


def test_what_needs_a_script_is_not_shown(plain: Page, address: Address, neuron: str) -> None:
    plain.goto(address(neuron))
    for scripted in ("[data-go='play']", "[data-scale='fit']", "theme-choice", ".scrub input"):
        assert plain.locator(scripted).is_hidden(), scripted


def test_values_and_partials_stand_in_the_table(plain: Page, address: Address, neuron: str) -> None:
    plain.goto(address(neuron))
    row = plain.locator("li[data-name='w']")
    assert row.locator(".value").inner_text() == "0.5"
    assert row.locator(".given-partial").inner_text() == "−0.04713"
    plain.goto(address("input x = [1, 2]\nparam W = [[1, 2], [3, 4]]\nL = sum((W @ x)^2)\n"))
    cells = plain.locator("li[data-name='W'] td.partial").all_text_contents()
    assert cells == ["10", "20", "22", "44"]


def test_an_empty_visit_says_what_it_shows(plain: Page) -> None:
    plain.goto("/")
    said = plain.locator(".intro").inner_text()
    assert "step 15 has just found how fast the loss L changes with z" in said
    assert "Take the next step" in said
    assert plain.locator(".intro button").first.is_hidden()


def test_an_answer_hidden_by_the_author_is_hidden_here_too(
    plain: Page, address: Address, neuron: str
) -> None:
    plain.goto(address(neuron, "/embed", step=15).replace("?", "?answer=hidden&"))
    assert plain.locator(".question").inner_text() == "What is the partial of L with respect to z?"
    partial = plain.locator(".node.is-current text.partial")
    assert plain.locator(".panel-body").is_hidden()
    assert partial.is_hidden()
    plain.locator(".answer-hidden summary").click()
    assert plain.locator(".panel-body math").first.is_visible()
    assert partial.is_visible()
    follow(plain, "[data-go='next']")
    assert "answer=hidden" in plain.url
    assert plain.locator(".panel-body").is_hidden()
