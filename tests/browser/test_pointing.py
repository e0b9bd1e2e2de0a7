"""Formula, graph and text light up together; formulas with numbers; pictures of large tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

Address = Callable[..., str]

LARGE = "input x[64] ~ normal(0, 1)\nparam W[40, 64] ~ xavier\nh = tanh(W @ x)\nL = sum(h^2)\n"


@pytest.fixture
def opened(kept: Page, address: Address, neuron: str) -> Page:
    """A page at which nothing is pointed. Pointing changes no more of it."""
    if "d=" not in kept.url:
        kept.goto(address(neuron, step=15))
        kept.locator(".cm-content").wait_for()
        kept.locator(".gradient-formula .katex [data-symbol]").first.wait_for()
    kept.mouse.move(0, 0)
    kept.evaluate("() => (document.activeElement.blur(), scrollTo(0, 0))")
    return kept


def lit(page: Page) -> tuple[list[str], list[str], set[str]]:
    """What is lit: nodes, words of the text, symbols of formulas."""
    return (
        page.locator(".node.is-pointed").evaluate_all("all => all.map((n) => n.dataset.name)"),
        page.locator(".name-pointed").all_text_contents(),
        set(page.locator(".katex-html .is-pointed").all_text_contents()),
    )


def test_a_symbol_lights_its_node_and_its_name_in_the_text(
    opened: Page, complaints: list[str]
) -> None:
    symbol = opened.locator(".gradient-formula .katex-html [data-symbol]", has_text="λ").first
    symbol.hover()
    assert lit(opened) == (["lambda"], ["lambda", "lambda"], {"λ"})
    opened.locator("h2", has_text="Gradients").hover()
    assert lit(opened) == ([], [], set())
    assert complaints == []


def test_a_node_lights_its_symbols_and_its_line(opened: Page) -> None:
    opened.locator(".node[data-name='u']").hover()
    assert lit(opened) == (["u"], ["u", "u"], {"u"})
    assert opened.locator(".line-pointed").text_content() == "u = sigmoid(z)"


def test_a_node_in_focus_lights_up_as_one_that_is_pointed_at(opened: Page) -> None:
    opened.locator(".node[data-name='b'] .shape").focus()
    assert lit(opened)[1] == ["b", "b"]


def test_a_word_of_the_text_lights_its_node(opened: Page) -> None:
    opened.locator(".cm-line", has_text="r = w^2").hover(position={"x": 14, "y": 12})
    assert lit(opened)[0] == ["r"]


def test_a_marked_formula_is_copied_without_its_marks(opened: Page) -> None:
    latex = opened.locator(".gradient annotation").all_text_contents()
    assert latex
    assert not any("htmlData" in each for each in latex)


def test_closed_formulas_stand_with_numbers_and_follow_a_slider(
    page: Page, address: Address, neuron: str
) -> None:
    page.goto(address(neuron))
    page.locator(".gradient-formula .katex").first.wait_for()
    numbers = page.locator(".gradient-numbers annotation").first
    assert "0.5" in (numbers.text_content() or "")
    page.locator("li[data-name='w'] .slider").fill("0.9")
    page.locator(".gradient-numbers annotation", has_text="0.9").first.wait_for(state="attached")


def test_a_large_tensor_is_a_picture_that_opens(
    page: Page, address: Address, complaints: list[str]
) -> None:
    page.goto(address(LARGE))
    button = page.locator("button.heat-button[data-heat='W'][data-role='value']")
    button.wait_for()
    assert "norm" in (button.text_content() or "")
    assert page.locator(".node[data-name='W'] .heat path").count() > 4
    button.click()
    at = page.locator("#heat-sheet [data-part='at']", has_text="W[0, 0] = ")
    at.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert (page.locator("#heat-sheet [data-part='at']").text_content() or "").startswith("W[1, 1]")
    page.keyboard.press("Escape")
    page.locator(".node[data-name='h'] .heat.partial").click()
    page.locator("#heat-sheet h2", has_text="Partial by h").wait_for()
    assert complaints == []


def test_a_picture_waits_for_its_step(page: Page, address: Address) -> None:
    page.goto(address(LARGE, step=0))
    page.locator(".panel-body .panel-title").wait_for()
    assert page.locator(".node .heat path").count() == 0
    page.keyboard.press("End")
    assert page.locator(".node[data-name='W'] .heat.partial path").count() > 0
