"""Names as they were typed: no letterform and no sentence makes another name of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

Address = Callable[..., str]


def test_no_two_letters_are_set_as_one_sign(kept: Page, server: str) -> None:
    """An x between figures is an x, in the fonts of words and of code, in every kind of element."""
    kept.goto("/")
    kept.evaluate("() => document.fonts.ready")
    joined = kept.evaluate(
        """() => ["p", "b", "code", "button", "input", "textarea", "h2", "td"].filter((tag) => {
            const made = document.body.appendChild(document.createElement(tag));
            const { fontVariantLigatures } = getComputedStyle(made);
            made.remove();
            return fontVariantLigatures !== "none";
        })"""
    )
    assert joined == []
    widths = kept.evaluate(
        """() => {
            const wide = (text) => {
                const span = document.body.appendChild(document.createElement("span"));
                span.textContent = text;
                span.style.cssText = "position: absolute; font-size: 100px";
                const { width } = span.getBoundingClientRect();
                span.remove();
                return width;
            };
            return [wide("22x22"), wide("22") + wide("x") + wide("22")];
        }"""
    )
    assert abs(widths[0] - widths[1]) < 1


def test_no_style_sets_other_letters(page: Page, address: Address) -> None:
    page.goto(address("param rate = 2\nL = rate * Rate\n"))
    page.locator(".fault-note").wait_for()
    assert page.evaluate(
        """() => [...document.querySelectorAll("main *")].every((each) =>
            ["none", ""].includes(getComputedStyle(each).textTransform)
            && getComputedStyle(each, "::first-letter").textTransform === "none")"""
    )


def test_a_long_name_stands_whole_beside_its_value(page: Page, address: Address) -> None:
    long = "weight_of_the_first_layer"
    source = f"param {long} = 0.5\nparam w = 2\ny_out = ({long}*w)^2\nL = sigmoid(y_out)\n"
    page.goto(address(source))
    page.locator(".given-name .katex-html").first.wait_for()
    cut = """() => [...document.querySelectorAll(".given-name, .gradient-name")]
        .filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.textContent)"""
    for width in (390, 1440, 1024):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(cut) == []
    above, below = (
        page.locator(f"li[data-name='{long}'] {part}").bounding_box()
        for part in (".given-name", ".given-figures")
    )
    assert above
    assert below
    assert below["y"] >= above["y"] + above["height"] - 1
