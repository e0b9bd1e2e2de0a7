"""Stepping forward and back: buttons, keys, the bar, nodes; what each step shows and says."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from backstep.examples import EXAMPLES, Example
from tests.browser.frames import frames

if TYPE_CHECKING:
    from playwright.sync_api import Page

Address = Callable[..., str]


def step(page: Page) -> int:
    return int(page.locator("back-step").get_attribute("data-step") or -1)


def node(page: Page, name: str) -> str:
    return page.locator(f".node[data-name='{name}']").get_attribute("class") or ""


def figures(page: Page, name: str) -> tuple[str, str]:
    """The value and the partial that a drawn node shows."""
    drawn = page.locator(f".node[data-name='{name}']")
    return drawn.locator(".value").text_content() or "", drawn.locator(
        ".partial"
    ).text_content() or ""


@pytest.fixture
def opened(kept: Page, address: Address, neuron: str) -> Page:
    """A page at its sixth step: walking changes nothing but the step."""
    if "d=" not in kept.url:
        kept.goto(address(neuron, step=6))
        kept.locator(".panel-body .katex").first.wait_for()
        kept.locator(".cm-content").wait_for()
        kept.locator(".cost span").wait_for()
    kept.evaluate("() => document.activeElement.blur()")
    kept.get_by_role("slider", name="Step", exact=True).fill("6")
    kept.evaluate("() => document.activeElement.blur()")
    return kept


def test_buttons_walk_both_ways_and_to_both_ends(opened: Page) -> None:
    for go, expected in (("next", 7), ("next", 8), ("back", 7), ("last", 19), ("first", 0)):
        opened.locator(f"[data-go='{go}']").click()
        assert step(opened) == expected
    assert opened.locator("[data-part='place']").text_content() == "step 0 of 19"


def test_a_step_is_taken_without_asking_the_server(opened: Page) -> None:
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.locator("[data-go='next']").click()
    opened.locator("[data-go='last']").click()
    assert step(opened) == 19
    assert asked == []


def test_keys_walk_and_play(opened: Page) -> None:
    opened.keyboard.press("ArrowRight")
    assert step(opened) == 7
    opened.keyboard.press("ArrowLeft")
    opened.keyboard.press("ArrowLeft")
    assert step(opened) == 5
    opened.keyboard.press("End")
    assert step(opened) == 19
    opened.keyboard.press("Home")
    assert step(opened) == 0
    opened.keyboard.press(" ")
    play = opened.locator("[data-go='play']")
    assert play.get_attribute("aria-pressed") == "true"
    assert step(opened) >= 1
    opened.wait_for_function("() => document.querySelector('back-step').dataset.step >= 2")
    opened.keyboard.press(" ")
    assert play.get_attribute("aria-pressed") == "false"


def test_keys_typed_into_the_editor_do_not_walk(opened: Page) -> None:
    opened.locator(".cm-content").click()
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("Home")
    assert step(opened) == 6


def test_the_bar_moves_the_walk(opened: Page) -> None:
    opened.get_by_role("slider", name="Step", exact=True).fill("14")
    assert step(opened) == 14
    assert "is-current" in node(opened, "u")
    assert float((opened.locator(".track-backward").get_attribute("width") or "0").rstrip("%")) > 0


def test_what_is_not_computed_shows_a_dash_and_never_zero(opened: Page) -> None:
    opened.keyboard.press("Home")
    shown = set(opened.locator(".node .value, .node .partial").all_text_contents())
    assert shown == {"–"}
    opened.keyboard.press("ArrowRight")
    assert figures(opened, "w") == ("0.5", "–") or figures(opened, "x") == ("2", "–")


def test_nodes_and_edges_wear_the_state_of_the_step(opened: Page) -> None:
    assert "is-current" in node(opened, "z")
    assert "is-waiting" in node(opened, "u")
    assert figures(opened, "z") == ("0.7", "–")
    assert opened.locator(".edge.is-current").count() == 3
    opened.keyboard.press("End")
    assert "is-backward" in node(opened, "z")
    assert figures(opened, "z") == ("0.7", "−0.07357")
    assert opened.locator("svg.graph.is-stepping-backward").count() == 1


def test_a_node_leads_to_its_step_and_then_to_its_way_back(opened: Page) -> None:
    drawn = opened.locator(".node[data-name='u']")
    drawn.click()
    forward = step(opened)
    assert forward <= 10
    drawn.click()
    assert step(opened) > 10
    opened.locator(".node[data-name='r'] .shape").focus()
    opened.keyboard.press("Enter")
    assert "is-current" in node(opened, "r")
    assert step(opened) > 10, "in the backward phase a node leads to its backward step"


def test_a_partial_is_upstream_times_local_in_symbols_and_numbers(opened: Page) -> None:
    opened.get_by_role("slider", name="Step", exact=True).fill("15")
    panel = opened.locator(".panel-body")
    assert "Completing" in (panel.text_content() or "")
    formulas = [text or "" for text in panel.locator("annotation").all_text_contents()]
    assert any("upstream" in text and "local" in text for text in formulas)
    assert any("0.3318" in text and "0.07357" in text for text in formulas)
    assert "is reused from the forward walk" in (panel.text_content() or "")
    carried = opened.locator(".edge.is-current .carried").text_content() or ""
    assert carried.replace(" ", "") == "−0.3318·0.2217"


def test_contributions_of_several_uses_add_up(opened: Page) -> None:
    opened.get_by_role("slider", name="Step", exact=True).fill("17")
    assert "is-current" in node(opened, "w")
    sums = opened.locator(".use-sum .partial").all_text_contents()
    assert len(sums) == 2
    assert sums[-1] == figures(opened, "w")[1] == "−0.04713"


def test_the_step_is_said_in_words(opened: Page) -> None:
    opened.get_by_role("slider", name="Step", exact=True).fill("15")
    said = opened.locator("walk-panel [data-part='spoken']").text_content() or ""
    assert re.match(r"step 15 of 19: partial of L with respect to z is -0\.07357", said)


def test_the_line_of_the_step_is_marked(opened: Page) -> None:
    marked = opened.locator(".line-at-step")
    marked.wait_for()
    assert marked.text_content() == "z = w*x + b"
    opened.keyboard.press("ArrowRight")
    assert (marked.text_content() or "").split()[0] in {"u", "y", "target", "x", "b", "r"}


def test_the_address_follows_and_opens_the_same_step(opened: Page) -> None:
    before = opened.url
    opened.keyboard.press("ArrowRight")
    opened.wait_for_url(lambda url: url != before)
    opened.reload()
    opened.locator(".panel-body .katex").first.wait_for()
    assert step(opened) == 7


LAYER = """\
input x = [1, -2, 0.5]
param W = [[0.3, -0.1, 0.2], [-0.2, -0.4, 0.1], [0.5, 0.1, -0.3]]
q = W @ x
h = relu(q)
L = sum(h^2)
"""


def lit(page: Page) -> list[str]:
    cells = page.locator(".matrix :is([data-mark='lit'], [data-mark='pointed'])")
    return [text.strip() for text in cells.all_text_contents()]


def test_a_step_between_tensors_has_its_numbers(kept: Page, address: Address) -> None:
    kept.goto(address(LAYER, zoom="tensor", step=11))
    grid = kept.locator("[role='grid']")
    grid.wait_for()
    assert "row 3, column 3" in (kept.locator(".worked-word").text_content() or "")
    cells = kept.locator("[role='gridcell']")
    assert cells.count() == 9
    cells.nth(1).hover()
    assert "row 1, column 2" in (kept.locator(".worked-word").text_content() or "")
    upstream, local, made = lit(kept)
    assert (local, made) == ("−2", (cells.nth(1).text_content() or "").strip())
    assert upstream == "1.2"
    cells.nth(1).focus()
    kept.keyboard.press("ArrowDown")
    assert kept.locator(":focus").get_attribute("aria-label") == "row 2 column 2, −2.6"
    assert step(kept) == 11, "the arrows are the matrix's while it has the focus"
    kept.keyboard.press("Escape")
    kept.keyboard.press("ArrowLeft")
    assert step(kept) == 10, "and the walk's again"


def test_a_large_matrix_is_pointed_at_in_its_picture(kept: Page, address: Address) -> None:
    [declared] = [line for line in LAYER.splitlines() if line.startswith("param")]
    wide = LAYER.replace(declared, "param W[9, 3] ~ normal(0, 1)")
    kept.goto(address(wide, zoom="tensor", step=11))
    pointer = kept.locator(".matrix-pointer")
    pointer.wait_for()
    box = pointer.bounding_box()
    assert box is not None
    pointer.hover(position={"x": box["width"] / 2, "y": box["height"] / 2})
    assert "row 5, column 2" in (kept.locator(".worked-word").text_content() or "")
    assert kept.locator(".lit-band").count() >= 2
    pointer.focus()
    kept.keyboard.press("ArrowUp")
    expect(pointer).to_have_attribute("aria-label", re.compile("row 4 column 2"))
    # The panel is measured anew, with other steps in it.
    before = kept.evaluate("() => document.querySelector('walk-panel').width")
    kept.set_viewport_size({"width": 1000, "height": 720})
    kept.wait_for_function(
        "before => document.querySelector('walk-panel').width !== before", arg=before
    )
    expect(pointer).to_be_focused()
    kept.keyboard.press("ArrowUp")
    expect(pointer).to_have_attribute("aria-label", re.compile("row 3 column 2"))
    kept.set_viewport_size({"width": 1280, "height": 720})


CONVOLVED = """\
input x[1, 1, 5, 5] ~ normal(0, 1)
param K[2, 1, 3, 3] ~ normal(0, 1)
h = relu(conv2d(x, K))
L = sum(h^2)
"""


def test_tensors_of_more_axes_are_written_out_and_nested_formulas_fit_their_card(
    kept: Page, address: Address
) -> None:
    kept.set_viewport_size({"width": 390, "height": 844})
    kept.goto(address(CONVOLVED, zoom="tensor"))
    kept.locator(".panel-body .katex").first.wait_for()
    kept.evaluate(
        """() => {
          const page = document.querySelector("back-step");
          page.goTo(page.walk.steps.findLast(({ name }) => name === "K").step);
        }"""
    )
    parts = kept.locator(".panel-body .tensor-part")
    table = kept.locator("[data-fold='numbers'] > summary")
    table.wait_for()
    assert "2×1×3×3: from" in (table.text_content() or "")
    assert parts.count() == 0
    table.click()
    parts.nth(1).wait_for()
    assert parts.locator(".tensor-place").all_text_contents() == ["[0, 0]", "[1, 0]"]
    assert parts.locator("td").count() == 18
    wide: list[str] = kept.evaluate(
        """() => {
          const page = document.querySelector("back-step");
          return page.walk.steps.flatMap(({ step }) => {
            page.goTo(step);
            const long = document.querySelector("[data-fold='formula']:not([open]) > summary");
            long?.click();
            return [...document.querySelectorAll(".panel-body .equation")]
              .filter((each) => each.scrollWidth > each.clientWidth + 1)
              .map((each) => `${step}: ${each.textContent.slice(0, 80)}`);
          });
        }"""
    )
    kept.set_viewport_size({"width": 1280, "height": 720})
    assert wide == []


def test_a_step_between_vectors_shows_its_jacobian_where_it_is_opened(
    kept: Page, address: Address
) -> None:
    source = "param z = [0.5, -0.3, 1.1]\np = softmax(z)\nL = -log(p[0])"
    kept.goto(address(source, step=6))
    panel = kept.locator("jacobian-panel")
    panel.locator("summary").click()
    panel.locator(".equation .katex").nth(1).wait_for()
    told = panel.locator("annotation").all_text_contents()
    assert any(r"\operatorname{diag}" in each for each in told)
    assert any(r"\begin{cases}" in each for each in told)
    assert panel.locator(".tensor td").count() == 9
    panel.locator("summary").click()
    height = "() => document.querySelector('#walk').offsetHeight"
    closed = kept.evaluate(height)
    kept.locator("[data-go='back']").click()
    assert step(kept) == 5
    assert not panel.locator("summary").is_visible()
    assert kept.evaluate(height) == closed, "what stands below does not move"


# The examples whose steps differ most in height; the others are among the long tests.
HARD = (
    "residual-block",
    "nine-weights",
    "micrograd",
    "activations",
    "xor",
    "newton-step",
    "lstm-cell",
)
EMPTIEST = """() => {
  const page = document.querySelector("back-step");
  const body = document.querySelector(".panel-body");
  const under = Number.parseFloat(getComputedStyle(body).paddingBottom);
  const shares = [];
  for (let step = 0; step <= page.walk.total; step += 1) {
    page.goTo(step);
    const last = body.lastElementChild.getBoundingClientRect().bottom;
    const empty = body.getBoundingClientRect().bottom - under - last;
    shares.push(empty / document.querySelector("#walk").offsetHeight);
  }
  return Math.max(...shares);
}"""


@pytest.mark.parametrize(
    "example",
    [pytest.param(each, marks=() if each.id in HARD else pytest.mark.long) for each in EXAMPLES],
    ids=lambda example: example.id,
)
def test_no_step_leaves_more_than_a_third_of_its_card_empty(
    kept: Page, address: Address, example: Example
) -> None:
    kept.set_viewport_size({"width": 1440, "height": 900})
    kept.goto(address(example.source))
    kept.locator(".panel-body .katex").first.wait_for()
    frames(kept)
    assert kept.evaluate(EMPTIEST) < 1 / 3


def test_what_is_long_opens_by_key_and_stays_open(kept: Page, address: Address) -> None:
    residual = next(each for each in EXAMPLES if each.id == "residual-block")
    kept.set_viewport_size({"width": 1440, "height": 900})
    kept.goto(address(residual.source, step=13))
    kept.locator(".panel-body .katex").first.wait_for()
    height = "() => document.querySelector('#walk').offsetHeight"
    numbers = kept.locator("[data-fold='numbers']").first
    closed = kept.evaluate(height)
    numbers.locator("summary").focus()
    kept.keyboard.press("Enter")
    assert numbers.locator("td").count() == 36
    assert kept.locator(":focus").evaluate("(each) => each.parentElement.dataset.fold") == "numbers"
    assert kept.evaluate(height) >= closed
    kept.locator("[data-go='back']").click()
    assert numbers.locator("td").count() > 0, "what is opened stays open"
    kept.locator("[data-go='next']").click()
    formula = kept.locator("[data-fold='formula']").first
    assert "through relu, conv2d" in (formula.locator("summary").text_content() or "")
    formula.locator("summary").click()
    formula.locator(".equation").wait_for()
    numbers.locator("summary").click()
    formula.locator("summary").click()
    assert kept.locator("[data-fold][open]").count() == 0
    assert kept.evaluate(height) == closed


def test_the_end_of_the_page_does_not_pull_the_buttons_from_under_the_pointer(
    kept: Page, address: Address
) -> None:
    micrograd = next(each for each in EXAMPLES if each.id == "micrograd")
    kept.set_viewport_size({"width": 1440, "height": 1150})
    kept.goto(address(micrograd.source))
    kept.locator(".panel-body .katex").first.wait_for()
    frames(kept)
    kept.evaluate("() => scrollTo(0, document.body.scrollHeight)")
    frames(kept)
    back = kept.locator("[data-go='back']")
    top = "(button) => button.getBoundingClientRect().top"
    before = back.evaluate(top)
    assert kept.evaluate("() => scrollY") > 0
    for _ in range(3):
        back.evaluate("(button) => button.click()")
        frames(kept, 2)
    assert back.evaluate(top) == before
    kept.set_viewport_size({"width": 1280, "height": 720})
