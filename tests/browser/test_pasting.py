"""A text pasted in another notation: what it is as a definition is offered, taken or let be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

Address = Callable[..., str]

PYTHON = "w = 0.5\nx = 2.0\nz = np.tanh(w * x)\nloss = (z - 1.0)**2\nw -= 0.1 * dw\n"


@pytest.fixture
def opened(page: Page, address: Address, neuron: str) -> Page:
    page.goto(address(neuron))
    page.locator(".cm-content").wait_for()
    return page


def paste(page: Page, text: str, *, over: bool = True) -> None:
    editor = page.locator(".cm-content")
    editor.focus()
    page.keyboard.press("Control+A" if over else "Control+End")
    editor.evaluate(
        """(element, text) => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            const event = { clipboardData: data, bubbles: true, cancelable: true };
            element.dispatchEvent(new ClipboardEvent("paste", event));
        }""",
        text,
    )


def written(page: Page) -> str:
    return "\n".join(page.locator(".cm-line").all_text_contents())


def test_pasted_python_is_offered_as_a_definition_and_taken_by_a_key(
    opened: Page, complaints: list[str]
) -> None:
    paste(opened, PYTHON)
    offer = opened.locator("import-offer")
    offer.locator("pre").wait_for()
    assert "z = tanh(w*x)" in (offer.locator("pre").text_content() or "")
    assert "np.tanh" in written(opened)
    assert "null" not in (offer.text_content() or "")
    opened.keyboard.press("Alt+Enter")
    opened.locator(".node[data-name='loss']").wait_for()
    assert "param w = 0.5" in written(opened)
    assert not offer.is_visible()
    assert [each for each in complaints if "422" not in each] == []


def test_an_offer_goes_by_escape_and_by_typing(opened: Page) -> None:
    offer = opened.locator("import-offer")
    for key in ("Escape", "a"):
        paste(opened, PYTHON)
        offer.locator("pre").wait_for()
        opened.keyboard.press(key)
        offer.wait_for(state="hidden")
        assert "np.tanh" in written(opened)


def test_latex_is_offered_by_buttons_and_a_definition_is_not(opened: Page, neuron: str) -> None:
    offer = opened.locator("import-offer")
    paste(opened, r"L = \frac{1}{2} \left( w x - y \right)^2")
    offer.locator("button", has_text="Use this").click()
    opened.locator(".node[data-name='L']").wait_for()
    assert "L = 1/2*(w*x - y)^2" in written(opened)
    paste(opened, neuron)
    opened.locator(".node[data-name='u']").wait_for()
    assert not offer.is_visible()
