"""A reader in a hurry: what is pressed while something is on its way counts, and comes last."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.frames import becomes, frames

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.slow

Address = Callable[..., str]
Write = Callable[[str], None]

LARGE = "input x[64] ~ normal(0, 1)\nparam W[40, 64] ~ xavier\nh = tanh(W @ x)\nL = sum(h^2)\n"


@pytest.fixture
def held(page: Page) -> list[Route]:
    """Answers that are held back: those of the first call to whatever `hold` is told."""
    return []


@pytest.fixture
def hold(page: Page, held: list[Route]) -> Callable[[str], None]:
    """Hold back the first answer of a call, or the first file of an address."""

    def first_waits(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    def holding(address: str) -> None:
        page.route(address, first_waits)

    return holding


@pytest.fixture
def opened(page: Page, address: Address, neuron: str) -> Page:
    page.clock.install()
    page.goto(address(neuron, step=15))
    page.locator(".cm-content").wait_for()
    page.locator(".check .agreed").wait_for()
    page.locator(".cost span").wait_for()
    return page


def test_what_was_opened_a_moment_ago_is_open_in_what_is_made_anew(opened: Page) -> None:
    """A browser tells that a summary was pressed later than it opens it."""
    chain = opened.locator("why-chain")
    chain.locator("summary").first.click()
    chain.locator(".why-list").first.wait_for()
    # Both in one moment, as when an answer comes right after the key.
    chain.evaluate(
        """(chain) => {
            chain.querySelector("details details summary").click();
            chain.page.dispatchEvent(new CustomEvent("walk", { detail: chain.page.walk }));
        }"""
    )
    chain.locator("details details[open] .why-list").first.wait_for()
    chain.evaluate(
        """(chain) => {
            chain.querySelector("details details summary").click();
            chain.page.dispatchEvent(new CustomEvent("walk", { detail: chain.page.walk }));
        }"""
    )
    expect(chain.locator("details details[open]")).to_have_count(0)
    # Of another step everything is closed.
    chain.locator("details details summary").first.click()
    opened.locator("[data-go='next']").click()
    opened.locator("[data-go='back']").click()
    frames(opened)
    expect(chain.locator("details details[open]")).to_have_count(0)


def test_a_derivation_stands_while_its_paths_are_still_to_come(
    opened: Page, hold: Callable[[str], None], held: list[Route]
) -> None:
    hold("**/api/v1/paths")
    opened.get_by_role("tab", name="derivation").click()
    opened.locator(".derivation-steps li").first.wait_for()
    opened.clock.run_for(1000)
    assert opened.locator(".derivation-steps li").count() > 2
    held[0].continue_()
    opened.locator(".derivation-paths h3").wait_for()


def test_nothing_is_derived_by_once_nothing_is_chosen(
    opened: Page, hold: Callable[[str], None], held: list[Route]
) -> None:
    opened.get_by_role("tab", name="second derivatives").click()
    opened.locator(".second-table").wait_for()
    hold("**/api/v1/hessian")
    opened.locator(".second-head [data-by='w']").uncheck()
    becomes(opened, lambda: held)
    opened.locator(".second-head [data-by='b']").uncheck()
    panel = opened.locator("second-derivatives")
    panel.get_by_text("Choose something to derive by.").wait_for()
    held[0].continue_()
    opened.clock.run_for(1000)
    frames(opened)
    assert panel.locator("table").count() == 0
    assert panel.get_by_text("Choose something to derive by.").is_visible()


def test_a_button_pressed_twice_says_its_own_word_again(opened: Page) -> None:
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = opened.locator(".gradient button").first
    for _ in range(2):
        button.click()
        expect(button).to_have_text("copied")
        opened.clock.run_for(500)
    opened.clock.run_for(3000)
    expect(button).to_have_text("copy")


def test_the_tensor_asked_for_last_is_the_one_that_is_shown(
    page: Page, address: Address, hold: Callable[[str], None], held: list[Route]
) -> None:
    page.goto(address(LARGE))
    page.locator("button.heat-button").first.wait_for()
    hold("**/api/v1/evaluate")
    sheet = page.locator("heat-sheet")
    ask = "(sheet, name) => void sheet.open(name, 'value')"
    sheet.evaluate(ask, "W")
    becomes(page, lambda: held)
    sheet.evaluate(ask, "h")
    at = sheet.locator("[data-part='at']", has_text="h[0] = ")
    at.wait_for()
    held[0].continue_()
    frames(page)
    page.wait_for_load_state("networkidle")
    assert at.is_visible()


def test_a_verdict_on_the_text_before_is_dimmed(
    opened: Page, write: Write, hold: Callable[[str], None], held: list[Route], neuron: str
) -> None:
    hold("**/api/v1/compare")
    opened.locator(".answer-field").fill("(u - y)*u*(1 - u)*x + 2*lambda*w")
    opened.keyboard.press("Enter")
    becomes(opened, lambda: held)
    write(neuron.replace("x = 2", "x = 4"))
    opened.clock.run_for(1000)
    opened.locator(".node[data-name='z'] .value", has_text="1.7").wait_for()
    held[0].continue_()
    opened.locator(".verdict.is-right.is-stale").wait_for()


SLOW_LINK = """() => {
  const whole = Response.prototype.arrayBuffer;
  Response.prototype.arrayBuffer = async function () {
    await new Promise((done) => (window.release = done));
    return whole.call(this);
  };
}"""


def test_who_goes_back_while_the_address_is_written_is_where_they_went(
    opened: Page, write: Write, neuron: str
) -> None:
    first = opened.url
    opened.evaluate(SLOW_LINK)
    write(neuron.replace("x = 2", "x = 4"))
    opened.clock.run_for(400)
    opened.locator(".node[data-name='z'] .value", has_text="1.7").wait_for()
    opened.clock.run_for(400)
    opened.wait_for_function("() => window.release")
    opened.evaluate("() => { window.late = window.release; window.release = null; }")
    opened.go_back()
    opened.locator(".node[data-name='z'] .value", has_text="0.7").wait_for()
    opened.evaluate("() => window.late()")
    frames(opened, 12)
    assert opened.url == first


@pytest.mark.parametrize("path", ["/", "/train"])
def test_who_types_before_the_editor_is_there_goes_on_in_it(
    page: Page, address: Address, hold: Callable[[str], None], held: list[Route], path: str
) -> None:
    hold("**/code-editor*.js*")
    page.goto(address("param w = 3\nL = w^2", path))
    area = page.locator("textarea")
    area.focus()
    page.keyboard.press("ControlOrMeta+Home")
    page.keyboard.press("End")
    page.keyboard.type("4")
    becomes(page, lambda: held)
    held[0].continue_()
    page.locator(".cm-content").wait_for()
    page.keyboard.type("5")
    expect(page.locator(".cm-line").first).to_have_text("param w = 345")
    assert page.evaluate("() => document.activeElement.classList.contains('cm-content')")


def test_a_cost_that_cannot_be_told_takes_no_later_one_away(
    opened: Page, write: Write, hold: Callable[[str], None], held: list[Route], neuron: str
) -> None:
    hold("**/api/v1/cost")
    write(neuron.replace("x = 2", "x = 4"))
    opened.clock.run_for(1000)
    becomes(opened, lambda: held)
    write(neuron.replace("x = 2", "x = 6"))
    opened.clock.run_for(1000)
    line = opened.locator("cost-line:not(.is-stale) span")
    line.wait_for()
    held[0].abort()
    frames(opened, 12)
    assert line.is_visible()


SLOW_LINKS = """() => {
  window.releases = [];
  const whole = Response.prototype.arrayBuffer;
  Response.prototype.arrayBuffer = async function () {
    await new Promise((done) => window.releases.push(done));
    return whole.call(this);
  };
  const page = document.querySelector("training-page");
  page.setSource("param w = 1\\nL = w^2");
  page.setSource("param w = 1\\nL = w^4");
}"""


def test_the_address_of_a_training_is_that_of_its_last_text(page: Page, address: Address) -> None:
    page.goto(address("param w = 3\nL = w^2", "/train"))
    page.wait_for_url("**watch=w**")
    page.locator(".update-lines .katex").first.wait_for()
    before = page.url
    page.evaluate(SLOW_LINKS)
    page.evaluate("() => window.releases[1]()")
    page.wait_for_url(lambda url: url != before)
    last = page.url
    page.evaluate("() => window.releases[0]()")
    frames(page, 12)
    assert page.url == last
