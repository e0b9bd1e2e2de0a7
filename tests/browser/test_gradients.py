"""The gradients in every form, the derivation with its paths, one's own answer, the cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from backstep.examples import EXAMPLES

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

Address = Callable[..., str]

MANY = (
    "input x_0 = 1\n"
    + "".join(f"param w_{k} = 0.{k}\n" for k in range(1, 31))
    + "L = "
    + " + ".join(f"sin(x_0*w_{k})" for k in range(1, 31))
)
"""Thirty gradients that all have x_0 in them: more than a page shows at once."""
MATRIX = "input x = [1, 2]\nparam W = [[0.5, -1], [0.25, 2]]\nz = W @ x\nL = sum(z^2)\n"


@pytest.fixture
def opened(page: Page, address: Address, neuron: str) -> Page:
    page.goto(address(neuron, step=15))
    page.locator(".cm-content").wait_for()
    page.locator(".check .agreed").wait_for()
    return page


@pytest.fixture
def read(kept: Page, address: Address, neuron: str) -> Page:
    """The same, for tests that leave it as it is."""
    if "d=" not in kept.url:
        kept.goto(address(neuron, step=15))
        kept.locator(".cm-content").wait_for()
        kept.locator(".check .agreed").wait_for()
    return kept


def latex(page: Page, within: str) -> list[str]:
    return page.locator(f"{within} annotation").all_text_contents()


def test_a_form_is_asked_for_when_its_tab_is_opened(opened: Page, complaints: list[str]) -> None:
    opened.get_by_role("tab", name="shared").click()
    opened.locator(".is-definition").first.wait_for()
    assert any("delta_{z}" in each for each in latex(opened, ".is-definition"))
    assert opened.locator(".gradient-value.partial").all_text_contents() == [
        "−0.04713",
        "−0.07357",
    ]
    opened.get_by_role("tab", name="by names").click()
    opened.locator(".is-definition").first.wait_for(state="detached")
    assert opened.get_by_role("tab", name="by names").get_attribute("aria-selected") == "true"
    assert complaints == []


def test_arrow_keys_go_from_tab_to_tab(opened: Page) -> None:
    opened.get_by_role("tab", name="closed").focus()
    opened.keyboard.press("ArrowLeft")
    assert opened.evaluate("() => document.activeElement.dataset.form") == "second"
    opened.keyboard.press("ArrowLeft")
    assert opened.evaluate("() => document.activeElement.dataset.form") == "derivation"
    opened.locator(".derivation-steps li").first.wait_for()
    assert opened.locator("back-step").get_attribute("data-step") == "15", "the walk stays"


def test_shapes_stand_under_the_symbols_on_request(page: Page, address: Address) -> None:
    page.goto(address(MATRIX))
    page.locator(".check .agreed").wait_for()
    page.get_by_role("tab", name="by names").click()
    box = page.locator(".shapes input")
    box.wait_for()
    assert not any("underset" in each for each in latex(page, ".gradient"))
    box.check()
    page.locator(".gradient annotation", has_text="underset").first.wait_for(state="attached")
    assert page.locator(".shapes input").is_checked()


def test_a_derivation_names_its_rules_and_lists_the_paths(
    opened: Page, complaints: list[str]
) -> None:
    opened.get_by_role("tab", name="derivation").click()
    opened.locator(".derivation-steps li").first.wait_for()
    assert "sum over paths" in opened.locator(".derivation-steps").inner_text()
    assert opened.locator(".derivation-paths h3").inner_text() == "2 paths from w to L"
    first = opened.locator(".paths li").first
    first.hover()
    names = first.locator(".path-names").inner_text().split(" → ")
    lit = opened.locator(".node.is-pointed").evaluate_all("all => all.map((n) => n.dataset.name)")
    assert set(lit) == set(names)
    assert opened.locator(".edge.is-pointed").count() == len(names) - 1
    opened.locator("#derivation-of").select_option("b")
    opened.locator(".derivation-paths h3", has_text="One path from b to L").wait_for()
    assert complaints == []


def test_second_derivatives_are_a_table_to_go_through(opened: Page, complaints: list[str]) -> None:
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    assert "hessian" not in asked
    assert "second-table.js" not in asked
    opened.get_by_role("tab", name="second derivatives").click()
    table = opened.get_by_role("table", name="Second derivatives of L")
    table.wait_for()
    assert asked.count("hessian") == 1
    assert table.get_by_role("columnheader").all_inner_texts()[1:] == ["w", "b"]
    assert table.get_by_role("rowheader").all_inner_texts() == ["w", "b"]
    assert table.get_by_role("cell").all_inner_texts() == ["0.4956", "0.1478", "0.1478", "0.0739"]
    detail = opened.locator(".second-detail annotation")
    assert r"\partial w^{2}" in (detail.text_content() or "")
    table.get_by_role("cell").first.focus()
    opened.keyboard.press("ArrowRight")
    opened.locator(".second-detail annotation", has_text=r"\partial w \, \partial b").wait_for(
        state="attached"
    )
    assert (detail.text_content() or "").endswith(r"= \bp{0.1478}")
    assert table.locator(".is-mirrored").get_attribute("title") == table.locator(
        ".is-chosen"
    ).get_attribute("title")
    facts = opened.locator(".second-facts").inner_text()
    assert "✓ symmetric" in facts
    assert "bends upwards in every direction" in facts
    assert opened.locator("back-step").get_attribute("data-step") == "15", "the walk stays"
    opened.locator(".second-head [data-by='b']").uncheck()
    opened.locator(".second-table tbody tr").nth(1).wait_for(state="detached")
    assert table.get_by_role("cell").all_inner_texts() == ["0.4956"]
    assert complaints == []


def test_a_large_hessian_is_its_product_with_a_vector(
    page: Page, address: Address, complaints: list[str]
) -> None:
    source = "input x = [1, 2]\nparam W[25, 2] ~ ones\nL = sum((W @ x)^2)/2\n"
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(address(source))
    page.locator(".check .agreed").wait_for()
    page.get_by_role("tab", name="second derivatives").click()
    page.locator(".second-part").wait_for()
    about = page.locator(".second-about").inner_text()
    assert "50 × 50" in about
    assert "vᵀHv/vᵀv = 5, upwards" in about
    assert "v_{W} \\, x" in (page.locator(".second-part annotation").last.text_content() or "")
    page.locator(".second-head select").select_option("W")
    page.locator(".second-about", has_text="= 4.5, upwards").wait_for()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert complaints == []


def test_a_slow_derivation_is_said_and_can_be_stopped(opened: Page) -> None:
    held: list[Route] = []
    opened.route("**/api/v1/derivation", lambda route: held.append(route))
    opened.get_by_role("tab", name="derivation").click()
    stop = opened.locator("derivation-panel .link")
    stop.wait_for()
    stop.click()
    opened.locator("derivation-panel", has_text="Stopped").wait_for()
    assert len(held) == 1


@pytest.mark.parametrize(
    ("answer", "verdict", "words"),
    [
        ("(u - y)*u*(1 - u)*x + 2*lambda*w", "is-right", "Right"),
        ("(u - y)*u*(1 - u) + 2*lambda*w", "is-wrong", "Not yet"),
        ("(u - q)", "is-doubtful", "q"),
    ],
)
def test_ones_own_answer_is_checked(read: Page, answer: str, verdict: str, words: str) -> None:
    assert read.locator("#answer-of option").all_text_contents()[:2] == ["w", "b"]
    read.locator(".answer-field").fill(answer)
    read.keyboard.press("Enter")
    said = read.locator(f".verdict.{verdict}")
    said.wait_for()
    assert words in said.inner_text()


def test_the_cost_is_said_in_a_line(read: Page) -> None:
    line = read.locator("cost-line span")
    line.wait_for()
    assert "backprop" in line.inner_text()
    assert "differences" in line.inner_text()


def test_a_form_that_is_too_large_offers_another(page: Page, address: Address) -> None:
    page.goto(
        address("input x[80] ~ normal(0, 1)\nparam W[60, 80] ~ xavier\nL = sum(tanh(W @ x)^2)\n")
    )
    matrix = page.get_by_role("tab", name="by names")
    # It is the form that fits.
    expect(matrix).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="closed").click()
    page.locator(".offers button", has_text="by names").click()
    page.locator(".gradient-formula .katex").first.wait_for()
    assert page.get_by_role("tab", name="by names").get_attribute("aria-selected") == "true"
    assert page.locator(".gradient-value .heat").count() == 1


def test_a_long_formula_is_set_when_it_is_asked_for(page: Page, address: Address) -> None:
    layers = "input x = [1, 2, -1]\ntarget y = 1\nh = tanh(dense(x, 4))\ns = dense(h, 2)\n"
    page.goto(address(layers + "L = cross_entropy(s, y)"))
    page.get_by_role("tab", name="closed").click()
    long = page.locator("details", has_text="a formula of").last
    long.wait_for()
    assert long.locator(".katex").count() == 0
    long.locator("summary").click()
    long.locator(".katex").first.wait_for()


MOVED = """
() => new Promise((done) => {
  const page = document.querySelector("back-step");
  // No value comes to rest before it is told to, however slow the machine.
  const later = window.setTimeout;
  window.setTimeout = (call, wait, ...more) => {
    if (wait !== 400) return later(call, wait, ...more); // REST of back-step.js
    window.rest = call;
    return 0;
  };
  const slider = document.querySelector("li[data-name='x_0'] .slider");
  const move = (value, then) => {
    page.addEventListener("walk", () => later(then, 100), { once: true });
    slider.value = value;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const numbers = () => [...document.querySelectorAll(".gradient-numbers")];
  const count = () => numbers().filter((each) => each.textContent.includes("0.75")).length;
  move(0.5, () => move(0.75, () => done(count())));
})
"""


def test_what_is_out_of_sight_has_its_numbers_when_the_values_rest(
    page: Page, address: Address
) -> None:
    page.set_viewport_size({"width": 1440, "height": 700})
    page.goto(address(MANY))
    rows = page.locator(".gradient")
    rows.last.locator(".katex-html").last.wait_for(state="attached")
    page.locator(".check .agreed").wait_for(state="attached")
    assert page.evaluate(MOVED) < rows.count(), "all are written at every move"
    page.evaluate("() => window.rest()")
    page.locator(".check:not(.is-stale) .agreed").wait_for(state="attached")
    assert not page.locator(".is-moving").count()
    assert all("0.75" in each for each in page.locator(".gradient-numbers").all_text_contents())


def test_a_product_goes_on_in_the_next_line_of_a_phone(opened: Page) -> None:
    opened.set_viewport_size({"width": 390, "height": 844})
    opened.locator(".gradient-numbers .katex").first.scroll_into_view_if_needed()
    wide = "all => all.filter(each => each.scrollWidth > each.clientWidth + 1).length"
    assert opened.locator(".gradient-formula, .gradient-numbers").evaluate_all(wide) == 0


def test_long_brackets_go_on_in_the_next_line_of_a_phone(page: Page, address: Address) -> None:
    """Figures with powers of ten within them, and a sum of products by names."""
    page.set_viewport_size({"width": 390, "height": 844})
    deep = "u = tanh(w*x + b)\nv = tanh(w*u + b)\nL = (v - y)^2\n"
    declared = "input x = -3.333e-11\ntarget y = 1\nparam w = 1e-12\nparam b = -0.3\n"
    wide = "all => all.filter(each => each.scrollWidth > each.clientWidth + 1).length"
    for form in ("scalar", "matrix"):
        page.goto(address(declared + deep))
        page.locator(f"[data-form='{form}']").click()
        page.locator(f"[data-form='{form}'][aria-selected='true']").wait_for()
        formulas = page.locator(".gradient-formula, .gradient-numbers")
        formulas.locator(".katex").last.wait_for(state="attached")
        assert formulas.evaluate_all(wide) == 0


def test_a_phone_shows_long_gradients_in_lines_and_many_shared_parts_when_asked(
    page: Page, address: Address
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sources = {each.id: each.source for each in EXAMPLES}
    page.goto(address(sources["convolution-2d"]))
    formulas = page.locator(".gradient-formula")
    formulas.locator(".katex").last.wait_for(state="attached")
    wide = "all => all.filter(each => each.scrollWidth > each.clientWidth + 1).length"
    assert formulas.evaluate_all(wide) == 0
    page.goto(address(sources["lstm"]))
    shared = page.locator(".sharing")
    shared.wait_for()
    assert "shared parts" in (shared.locator("summary").text_content() or "")
    assert not shared.locator(".is-definition").first.is_visible()
    assert page.locator(".gradient:not(.is-definition)").first.is_visible()
    shared.locator("summary").click()
    shared.locator(".is-definition").first.wait_for()
    page.set_viewport_size({"width": 1280, "height": 720})
    page.locator("gradient-list [data-part='rows'] > .is-definition").first.wait_for()
    assert shared.count() == 0


def test_a_long_name_to_answer_for_stays_in_its_card(page: Page, address: Address) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    name = "the_predicted_probability_of_the_positive_class"
    page.goto(address(f"input x = 2\nparam w = 1\n{name} = sigmoid(w*x)\nL = {name}^2\n"))
    choice = page.locator("#answer-of")
    choice.locator("option").filter(has_text=name).wait_for(state="attached")
    card, box = page.locator(".gradients").bounding_box(), choice.bounding_box()
    assert card
    assert box
    assert box["x"] + box["width"] <= card["x"] + card["width"]
