"""Where it comes from: figures and symbols lead to the step that made them, and "Why?" unfolds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.test_access import findings

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.slow

Address = Callable[..., str]


@pytest.fixture
def opened(page: Page, address: Address, neuron: str) -> Page:
    page.goto(address(neuron, step=15))
    page.locator(".panel-body .katex").first.wait_for()
    page.locator(".gradient-numbers .katex").first.wait_for()
    page.locator("li[data-name='w'] .given-partial").wait_for()
    return page


def at(page: Page, step: int) -> None:
    page.locator(f"back-step[data-step='{step}']").wait_for()


@pytest.mark.parametrize(
    "places",
    [
        pytest.param(
            [
                (".panel-body .partial", "0.3318", 14),
                (".panel-body .value", "0.6682", 7),
                (".panel-body .why .value", "u", 7),
                (".panel-body .partial .mfrac", "u", 14),
            ],
            id="of the step",
        ),
        pytest.param(
            [
                (".gradient-formula [data-symbol]", "λ", 5),
                (".gradient-numbers .value", "0.1", 5),
                (".gradient-name", "w", 17),
            ],
            id="of a row",
        ),
        pytest.param(
            [
                (".node[data-name='u'] text.value", "0.66", 7),
                (".node[data-name='u'] text.partial", "0.33", 14),
            ],
            id="of the drawing",
        ),
    ],
)
def test_what_is_clicked_leads_to_its_step_and_back_returns(
    opened: Page, places: list[tuple[str, str, int]]
) -> None:
    for place, text, step in places:
        opened.locator(place).filter(has_text=text).last.click()
        at(opened, step)
        opened.go_back()
        at(opened, 15)
        opened.go_forward()
        at(opened, step)
        opened.go_back()
        at(opened, 15)


def test_a_partial_of_a_row_of_values_leads_to_its_step(opened: Page) -> None:
    partial = opened.locator("li[data-name='w'] .given-partial")
    assert partial.is_disabled(), "it is not known yet"
    opened.keyboard.press("End")
    partial.focus()
    opened.keyboard.press("Enter")
    at(opened, 17)


def test_text_that_is_selected_to_be_copied_leads_nowhere(opened: Page) -> None:
    opened.evaluate(
        "() => getSelection().selectAllChildren(document.querySelector('.panel-body .why'))"
    )
    opened.locator(".panel-body .why .value").dispatch_event("click")
    at(opened, 15)


def test_the_chain_unfolds_to_any_depth_by_keys(opened: Page, complaints: list[str]) -> None:
    chain = opened.locator("why-chain")
    height = opened.evaluate("() => document.querySelector('#walk').offsetHeight")
    opened.keyboard.press("ArrowRight")
    assert opened.evaluate("() => document.querySelector('#walk').offsetHeight") == height
    opened.keyboard.press("ArrowLeft")
    chain.locator("summary").first.focus()
    opened.keyboard.press("Enter")
    # By what the partial is taken by: text is found whatever its case, and "∂l" is in "∂L/∂u" too.
    for asked in ("u", "l"):
        asks = opened.locator("summary", has_text=f"}}{{\\partial {asked}}}")
        asks.focus()
        opened.keyboard.press("Enter")
        chain.locator("details[open]", has=asks).last.locator(".why-list").first.wait_for()
    chain.locator(".why-end", has_text="the walk back starts here").wait_for()
    assert chain.locator("summary", has_text="u").count() >= 1
    assert findings(opened, "why-chain") == []
    # What is open stays open while a value moves, and says the new figures.
    opened.locator("li[data-name='b'] .slider").fill("0.3")
    chain.locator(".why-step .value, .why-step .partial", has_text="0.7858").first.wait_for()
    chain.locator(".why-end", has_text="the walk back starts here").wait_for()
    go = chain.get_by_role("button", name="go to step 14")
    go.focus()
    opened.keyboard.press("Enter")
    at(opened, 14)
    opened.go_back()
    at(opened, 15)
    assert complaints == []
