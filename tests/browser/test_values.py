"""Moving values: numbers change where they stand, nothing else moves; formulas and their copies."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.frames import becomes

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.slow

Address = Callable[..., str]

MATRIX = """\
input x = [1, 2]
param W = [[0.5, -1], [0.25, 2]]
target y = [0, 1]
L = sum((W @ x - y)^2)
"""


@pytest.fixture
def opened(page: Page, address: Address, neuron: str) -> Page:
    page.goto(address(neuron))
    page.locator("li[data-name='w'] .slider").wait_for()
    page.locator(".check .agreed").wait_for()
    return page


@pytest.fixture
def read(kept: Page, address: Address, neuron: str) -> Page:
    """The same, for tests that change no value."""
    if "d=" not in kept.url:
        kept.goto(address(neuron))
        kept.locator("li[data-name='w'] .slider").wait_for()
        kept.locator(".check .agreed").wait_for()
    return kept


def places(page: Page) -> Any:
    return page.evaluate(
        """() => [...document.querySelectorAll(".node, .edge path")].map(
            (each) => [each.getAttribute("transform"), each.getAttribute("d")])"""
    )


def test_a_slider_changes_numbers_and_moves_nothing(opened: Page, complaints: list[str]) -> None:
    before = places(opened)
    opened.evaluate("() => (document.querySelector('svg.graph').dataset.kept = 'yes')")
    opened.locator("li[data-name='w'] .slider").fill("1")
    opened.locator(".node[data-name='z'] .value", has_text="1.7").wait_for()
    assert places(opened) == before
    assert opened.locator("svg.graph").get_attribute("data-kept") == "yes", "drawn anew"
    assert opened.locator("li[data-name='w'] input[type='text']").input_value() == "1"
    expect(opened.locator(".node[data-name='w'] .partial")).to_have_text("0.1597")
    expect(opened.locator(".gradient-value").first).to_have_text("0.1597")


def test_a_moved_value_asks_for_no_layout(opened: Page) -> None:
    parts: list[list[str]] = []
    opened.on(
        "request",
        lambda request: (
            parts.append((request.post_data_json or {})["parts"])
            if request.url.endswith("/analyze")
            else None
        ),
    )
    opened.locator("li[data-name='b'] .slider").fill("0.5")
    opened.locator(".node[data-name='z'] .value", has_text="1.5").wait_for()
    opened.locator(".check:not(.is-stale) .agreed").wait_for()
    assert parts
    assert parts[0] == ["numbers", "figures"]
    assert all(set(each) <= {"numbers", "figures", "walk", "check"} for each in parts)


def test_figures_in_formulas_are_written_in_their_places(opened: Page) -> None:
    opened.get_by_role("tab", name="closed").click()
    numbers = opened.locator(".gradient-numbers").first
    # By names the value stands once, closed four times.
    numbers.locator(".katex-html", has_text=re.compile("(0.5.*){4}")).wait_for()
    numbers.scroll_into_view_if_needed()
    opened.evaluate("() => document.querySelector('.gradient-numbers .katex').kept = true")
    opened.locator("li[data-name='w'] .slider").fill("0.8")
    opened.locator(".node[data-name='w'] .value", has_text="0.8").wait_for()
    numbers.locator(".katex-html", has_text=re.compile("(0.8.*){4}")).wait_for()
    assert (numbers.locator("math").text_content() or "").count("0.8") == 8, "the annotation too"
    assert opened.evaluate("() => document.querySelector('.gradient-numbers .katex').kept")


def stands_signed(formula: Locator, figure: str) -> bool:
    """Whether a figure stands in a formula, between brackets just where it has a minus."""
    text = formula.inner_text().replace("\u200b", "")
    if figure.startswith("−"):
        return f"({figure})" in text
    return figure in text and f"({figure})" not in text and f"−{figure}" not in text


def test_a_sign_that_comes_and_goes_is_set(opened: Page) -> None:
    numbers = opened.locator(".gradient-numbers").first.locator(".katex-html")
    opened.locator(".gradient-numbers").first.scroll_into_view_if_needed()
    for value, said in [("-0.2", "−0.2"), ("0.2", "0.2"), ("-0.8", "−0.8"), ("0.5", "0.5")]:
        opened.locator("li[data-name='w'] .slider").fill(value)
        opened.locator(".node[data-name='w'] .value").get_by_text(said, exact=True).wait_for()
        becomes(opened, partial(stands_signed, numbers, said))


def test_a_step_right_after_a_moved_value_is_told_whole(opened: Page) -> None:
    opened.locator("li[data-name='w'] .slider").fill("0.8")
    opened.locator(".node[data-name='w'] .value", has_text="0.8").wait_for()
    opened.locator("[data-go='first']").click()
    for _ in range(6):
        opened.locator("[data-go='next']").click()
    panel = opened.locator("walk-panel .katex-html").last
    opened.locator(".node[data-name='z'].is-current").wait_for()
    panel.get_by_text("0.8").first.wait_for()


def test_a_typed_number_counts_and_can_be_reset(opened: Page) -> None:
    field = opened.locator("li[data-name='x'] input[type='text']")
    field.fill("-4.5")
    opened.locator(".node[data-name='x'] .value", has_text="−4.5").wait_for()
    field.press("ArrowUp")
    opened.locator(".node[data-name='x'] .value", has_text="−4.4").wait_for()
    reset = opened.locator("[data-part='reset']")
    reset.click()
    opened.locator(".node[data-name='x'] .value", has_text="2").wait_for()
    expect(reset).to_be_hidden()


def test_what_is_no_number_changes_nothing(read: Page) -> None:
    field = read.locator("li[data-name='x'] input[type='text']")
    field.fill("two")
    assert field.get_attribute("aria-invalid") == "true"
    field.blur()
    assert field.input_value() == "2"
    assert read.locator(".node[data-name='x'] .value").text_content() == "2"


def figures_of(page: Page, name: str) -> list[str]:
    """What a node shows as values; the power that they share is empty where there is none."""
    found = page.locator(f".node[data-name='{name}'] .value").all_text_contents()
    return [each for each in found if each]


def test_an_element_of_a_matrix_can_be_changed(page: Page, address: Address) -> None:
    page.goto(address(MATRIX))
    cells = page.locator("li[data-name='W'] .grid input")
    cells.first.wait_for()
    assert cells.evaluate_all("all => all.map((each) => each.value)") == [
        "0.5",
        "−1",
        "0.25",
        "2",
    ]
    cells.nth(3).fill("3")
    becomes(page, lambda: figures_of(page, "W") == ["0.5", "−1", "0.25", "3"])


def test_an_element_moves_within_its_tensor(page: Page, address: Address) -> None:
    page.goto(address(MATRIX, zoom="scalar"))
    element = page.locator("li[data-name='W[1,1]'], li[data-name='W[1, 1]']")
    element.locator(".slider").fill("3")
    page.locator(".switch [data-zoom='block']").click()
    page.locator("svg.graph[data-zoom='block']").wait_for()
    becomes(page, lambda: figures_of(page, "W") == ["0.5", "−1", "0.25", "3"])


def test_gradients_are_set_and_checked_three_ways(read: Page, complaints: list[str]) -> None:
    assert read.locator(".gradient .gradient-formula .katex").count() == 2
    assert read.locator(".gradient-value").all_text_contents() == ["−0.04713", "−0.07357"]
    said = read.locator(".check").text_content() or ""
    assert "symbolic = backprop = differences" in said
    assert complaints == []


def test_latex_is_copied(read: Page) -> None:
    read.context.grant_permissions(["clipboard-read", "clipboard-write"])
    read.locator(".gradient button").first.click()
    read.locator(".gradient button", has_text="copied").wait_for()
    latex = read.evaluate("() => navigator.clipboard.readText()")
    assert latex.startswith("\\frac{\\partial L}{\\partial w} = ")
    assert "\\lambda" in latex


KINDS = """\
const n = 4
input x[n] = [1, -2, 0.5, 3]
target y = 2
target c = [0, 2]
param W = [[0.1, 0.2, 0.3, 0.4], [1, 2, 3, 4], [0, 1, 0, 1]]
p = softmax(W @ x)
P = [[0.2, 0.3, 0.5], [0.1, 0.1, 0.8]]
L = -log(pick(p, y)) + nll(P, c)
"""


def test_each_kind_of_value_stands_as_what_it_is(
    page: Page, address: Address, complaints: list[str]
) -> None:
    page.goto(address(KINDS))
    row = page.locator(".given > li")
    page.locator(".given input").first.wait_for()
    size, label, labels = (page.locator(f"li[data-name='{name}']") for name in ("n", "y", "c"))
    assert "a size" in size.inner_text()
    assert size.locator("input").count() == 0, "nothing there can be moved"
    assert label.locator("input").input_value() == "2"
    assert [each.input_value() for each in labels.locator("input").all()] == ["0", "2"]
    assert row.locator(".slider").count() == 0, "no number of this text is one alone"
    # A class is a whole number, and says so of what is none.
    label.locator("input").fill("1.5")
    assert label.locator("input").get_attribute("aria-invalid") == "true"
    label.locator("input").fill("1")
    page.locator(".node[data-name='y'] .value", has_text="1").wait_for()
    # A vector is a line without brackets, a matrix shows all its columns between two.
    tops = {each["y"] for each in (cell.bounding_box() for cell in _cells(page, "x")) if each}
    assert len(tops) == 1
    grid = page.locator("li[data-name='W'] .grid")
    assert grid.evaluate("(grid) => grid.scrollWidth <= grid.clientWidth")
    brackets = "(grid) => parseFloat(getComputedStyle(grid).borderLeftWidth)"
    assert grid.evaluate(brackets) > 0
    assert page.locator("li[data-name='x'] .grid").evaluate(brackets) == 0
    assert complaints == []


def _cells(page: Page, name: str) -> list[Locator]:
    return page.locator(f"li[data-name='{name}'] input").all()


def test_a_slider_sets_two_figures(read: Page) -> None:
    for name in ("x", "w", "b", "lambda"):
        slider = read.locator(f"li[data-name='{name}'] .slider")
        least, most, step = (
            float(slider.get_attribute(end) or 0) for end in ("min", "max", "step")
        )
        assert 130 <= (most - least) / step <= 300
        assert f"{step:e}"[0] in "125"
        box = slider.bounding_box()
        card = read.locator(".given").bounding_box()
        assert box
        assert card
        assert box["width"] > 0.85 * card["width"]


def test_what_an_old_text_gave_is_grey_and_rests_until_the_text_is_right(
    opened: Page, write: Callable[[str], None], neuron: str
) -> None:
    # In the place of the legend it is said what is seen.
    computed = (
        "value-list, graph-bar > :not(.legend), .host, walk-controls, walk-panel, .gradients > *"
    )
    state = f"""() => [...document.querySelectorAll("{computed}")].map((each) => [
        each.closest("[inert]") !== null, [each, each.parentElement].some((part) =>
            getComputedStyle(part).opacity === "0.5")])"""
    write(neuron.replace("sigmoid(z)", "sigmoid(z"))
    opened.locator(".fault-note").wait_for()
    # It fades.
    becomes(opened, lambda: all(all(each) for each in opened.evaluate(state)))
    write(neuron)
    opened.locator(".is-broken").wait_for(state="detached")
    becomes(opened, lambda: not any(any(each) for each in opened.evaluate(state)))
    # What is wrong with a value is mended at the value.
    field = opened.locator("li[data-name='w'] input[type='text']")
    field.fill("1e308")
    opened.locator("li[data-name='w'].is-replaced").wait_for()
    assert field.is_enabled()


def test_a_partial_that_cancels_is_called_so_everywhere(page: Page, address: Address) -> None:
    source = "param z=[1,2,0.5]\nparam c=0.3\ntarget y=1\n"
    source += "e=exp(z-c)\np=e/sum(e)\nL=-log(pick(p,y))\n"
    page.goto(address(source))
    zero = "0 but for rounding"
    page.locator("li[data-name='c'] .given-partial", has_text=zero).wait_for()
    page.locator(".gradient", has_text=zero).wait_for()
    page.keyboard.press("ArrowLeft")
    assert "but for rounding" in (page.locator(".panel-body").text_content() or "")
    for part in (".panel-body", ".values", ".gradients"):
        found = page.locator(part)
        assert "10⁻¹⁷" not in found.inner_text()
        assert "^{-17}" not in found.inner_html()


def test_a_field_shows_every_figure_of_a_small_number(page: Page, address: Address) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto(address("input x = -8.888e-88\nparam w = 1e-12\nL = (w*x)^2\n"))
    for name, shown in (("x", "−8.888·10⁻⁸⁸"), ("w", "1·10⁻¹²")):
        field = page.locator(f"li[data-name='{name}'] input[type='text']")
        field.wait_for()
        assert field.input_value() == shown
        assert field.evaluate("each => each.scrollWidth <= each.clientWidth")
