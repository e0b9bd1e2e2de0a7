"""Presenting, printing, embedding with hidden answers, labels as one likes them, motion."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from backstep.examples import EXAMPLES
from tests.browser.frames import becomes, frames

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.slow

Address = Callable[..., str]
NewContext = Callable[..., "BrowserContext"]

BY_ID = {each.id: each for each in EXAMPLES}


@pytest.fixture
def opened(page: Page, address: Address, neuron: str) -> Page:
    page.goto(address(neuron, step=15))
    page.locator(".cm-content").wait_for()
    page.locator(".panel-body .katex").first.wait_for()
    return page


@pytest.fixture
def read(kept: Page, address: Address, neuron: str) -> Page:
    """The same, for tests that leave it as it is."""
    if "d=" not in kept.url:
        kept.goto(address(neuron, step=15))
        kept.locator(".cm-content").wait_for()
        kept.locator(".panel-body .katex").first.wait_for()
    return kept


def carried(page: Page) -> str:
    said = page.locator(".edge.is-current .carried").all_text_contents()
    return "".join(said).replace(" ", "")


def test_presenting_shows_graph_and_walk_alone_and_large(
    opened: Page, complaints: list[str]
) -> None:
    before = opened.locator(".node[data-name='z']").bounding_box()
    opened.locator("[data-present='start']").click()
    for gone in (".bar", ".definition", ".values", ".gradients", ".foot"):
        assert opened.locator(gone).is_hidden(), gone
    frames(opened)
    after = opened.locator(".node[data-name='z']").bounding_box()
    assert before
    assert after
    assert after["width"] > before["width"]
    opened.keyboard.press("ArrowRight")
    assert opened.locator("back-step").get_attribute("data-step") == "16"
    opened.locator("[data-present='end']").click()
    assert opened.locator(".definition").is_visible()
    opened.keyboard.press("p")
    assert opened.locator(".definition").is_hidden()
    opened.keyboard.press("p")
    assert opened.locator(".definition").is_visible()
    assert complaints == []


WHOLE = """() => {
    const within = (each) => each.scrollWidth <= each.clientWidth + 1;
    const screen = document.documentElement;
    const body = document.querySelector(".panel-body");
    const host = document.querySelector(".host");
    const [seen, drawn] = [host, host.querySelector("svg.graph")]
        .map((each) => each.getBoundingClientRect());
    return {
        graph: drawn.left >= seen.left && drawn.right <= seen.right + 1
            && drawn.top >= seen.top && drawn.bottom <= seen.bottom + 1,
        formula: [...document.querySelectorAll(".walk .equation, .walk .tensor")].every(within)
            && body.scrollHeight <= body.clientHeight + 1,
        screen: screen.scrollHeight <= innerHeight && screen.scrollWidth <= innerWidth,
        leave: document.querySelector(".leave").getBoundingClientRect().bottom <= innerHeight,
    };
}"""


@pytest.mark.parametrize("name", ["toy-neuron", "nine-weights", "softmax-layer", "deep-network"])
def test_a_room_sees_the_whole_graph_and_the_whole_formula(
    page: Page, address: Address, name: str, complaints: list[str]
) -> None:
    """On the screens of lecture rooms, on the way forward and back; a clicker steps."""
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto(address(BY_ID[name].source))
    page.locator(".cm-content").wait_for()
    page.locator(".panel-body .katex").first.wait_for()
    # The screen is the window, whose size is the test's.
    page.evaluate("() => (document.documentElement.requestFullscreen = undefined)")
    page.keyboard.press("p")
    total = int(page.locator("back-step").get_attribute("data-step") or 0)
    for width, height in ((1024, 768), (1280, 720), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        # A drawing that would be larger the other way comes anew.
        becomes(page, lambda: page.evaluate(WHOLE)["graph"])
        for _ in range(4):
            page.keyboard.press("PageUp")
            assert all(page.evaluate(WHOLE).values()), (width, page.evaluate(WHOLE))
        page.keyboard.press("PageDown")
        step = page.locator("back-step").get_attribute("data-step")
        assert int(step or 0) >= 1
    assert int(step or 0) == total - 3 * 4 + 3
    page.keyboard.press("b")
    assert page.locator(".walk").is_hidden()
    page.keyboard.press("b")
    page.keyboard.press("Escape")
    page.locator(".definition").wait_for()
    assert complaints == []


def test_a_room_sees_the_whole_of_what_is_pointed_at_and_of_a_jacobian(
    page: Page, address: Address, complaints: list[str]
) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto(address(BY_ID["softmax-layer"].source, step=10))
    page.locator(".cm-content").wait_for()
    page.locator(".panel-body .katex").first.wait_for()
    page.evaluate("() => (document.documentElement.requestFullscreen = undefined)")
    page.keyboard.press("p")
    assert page.locator("jacobian-panel").is_hidden(), "nobody has opened it"
    for cell in page.locator(".matrix [role='gridcell']").all():
        cell.hover()
        assert all(page.evaluate(WHOLE).values()), page.evaluate(WHOLE)
    page.keyboard.press("p")
    page.locator("jacobian-panel summary").click()
    page.locator("jacobian-panel .tensor").wait_for()
    page.keyboard.press("p")
    assert page.locator("jacobian-panel .tensor").is_visible()
    becomes(page, lambda: all(page.evaluate(WHOLE).values()))
    shown = "each => each.scrollHeight <= each.clientHeight + 1"
    assert page.locator("jacobian-panel").evaluate(shown)
    assert complaints == []


def test_a_room_sees_the_whole_of_a_large_graph(page: Page, address: Address) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto(address(BY_ID["lstm"].source, step=1))
    page.locator(".cm-content").wait_for()
    page.evaluate("() => (document.documentElement.requestFullscreen = undefined)")
    page.keyboard.press("p")
    for width, height in ((1024, 768), (1280, 720), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        becomes(page, lambda: page.evaluate(WHOLE)["graph"])
        seen = page.evaluate(WHOLE)
        assert seen["graph"]
        assert seen["screen"]
        assert seen["leave"]


SMALL = """() => [...document.querySelectorAll(".walk *, guess-round *")]
    .filter((each) => [...each.childNodes].some((one) => one.nodeType === 3 && one.data.trim())
        && each.checkVisibility({ visibilityProperty: true }) && !each.closest(".katex"))
    .map((each) => [each.className, parseFloat(getComputedStyle(each).fontSize)])
    .filter(([, size]) => size < 11)"""


MIDDLES = """() => {
    const [leave, next] = [".leave", "[data-go='next']"]
        .map((each) => document.querySelector(each).getBoundingClientRect());
    return Math.abs(leave.y + leave.height / 2 - next.y - next.height / 2);
}"""


@pytest.mark.parametrize("name", ["lstm", "attention"])
def test_a_room_can_read_every_word_of_a_long_step_and_its_bar_is_one_line(
    page: Page, address: Address, name: str
) -> None:
    """The last step adds up three contributions with their matrices and sums."""
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto(address(BY_ID[name].source))
    page.locator(".panel-body .tensor").first.wait_for()
    page.evaluate("() => (document.documentElement.requestFullscreen = undefined)")
    page.keyboard.press("p")
    for width, height in ((1024, 768), (1280, 720), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        becomes(page, lambda: page.evaluate(WHOLE)["graph"])
        assert page.evaluate(SMALL) == [], width
        # The bar's places are read at one moment: it moves while the drawing takes its room.
        becomes(page, lambda: page.evaluate(MIDDLES) < 2)


@pytest.mark.parametrize(("name", "said"), [("toy-neuron", False), ("softmax-layer", True)])
def test_a_room_is_told_what_no_box_says(
    page: Page, address: Address, name: str, said: bool
) -> None:
    """What the orange number is: in every box, or once above them, over no box."""
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(address(BY_ID[name].source))
    page.locator(".cm-content").wait_for()
    page.evaluate("() => (document.documentElement.requestFullscreen = undefined)")
    page.keyboard.press("p")
    becomes(page, lambda: page.evaluate(WHOLE)["graph"])
    legend = page.locator(".legend-partial")
    assert legend.is_visible() == said
    if said:
        assert "/∂name" in legend.inner_text()
        above, below = (page.locator(part).bounding_box() for part in (".legend", "svg.graph"))
        assert above
        assert below
        assert above["y"] + above["height"] <= below["y"] + 1


def test_paper_gets_every_step(read: Page) -> None:
    read.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    read.emulate_media(media="print")
    steps = read.locator(".printed-step")
    assert steps.count() == 19
    assert steps.nth(14).locator(".katex").first.is_visible()
    assert "Completing" in steps.nth(14).inner_text()
    for gone in (".bar", ".values", ".controls .steppers", "answer-check"):
        assert read.locator(gone).is_hidden(), gone
    read.evaluate("() => dispatchEvent(new Event('afterprint'))")
    assert read.locator(".printed").count() == 0
    read.emulate_media(media="screen")


def test_local_derivatives_stand_as_the_reader_likes(opened: Page) -> None:
    label = opened.get_by_text("u − y", exact=True)
    edge = label.evaluate("l => l.closest('.edge').dataset.edge")
    choice = opened.locator("[data-labels]")
    shown = opened.locator(f".edge[data-edge='{edge}'] .local")
    choice.select_option("numbers")
    assert shown.text_content() == "−0.3318"
    choice.select_option("both")
    assert shown.locator("> tspan").all_text_contents() == ["u − y", "−0.3318"]
    opened.locator("[data-go='first']").click()
    assert shown.text_content() == "u − y", "nothing is computed, so there is no number"
    choice.select_option("symbols")
    opened.locator("[data-go='last']").click()
    assert shown.text_content() == "u − y"


def test_what_an_edge_carries_stands_beside_it(read: Page) -> None:
    assert carried(read) == "−0.3318·0.2217"
    apart = read.evaluate(
        """() => {
            const edge = document.querySelector(".edge.is-current");
            const label = edge.querySelector(".carried").getBBox();
            const path = edge.querySelector(".return");
            const length = path.getTotalLength();
            const inside = ({ x, y }) =>
                x > label.x && x < label.x + label.width
                && y > label.y + 2 && y < label.y + label.height - 2;
            return Array.from({ length: 40 }, (_, i) => path.getPointAtLength((i / 39) * length))
                .filter(inside).length;
        }"""
    )
    assert apart == 0


def test_a_step_moves_what_it_carries_and_stillness_is_kept(
    new_context: NewContext, server: str, address: Address, neuron: str
) -> None:
    for wish, drops in (("no-preference", 1), ("reduce", 0)):
        context = new_context(base_url=server, reduced_motion=wish)
        page = context.new_page()
        page.goto(address(neuron, step=14))
        page.locator(".panel-body .katex").first.wait_for()
        # They are gone in half a second: looked at in the moment of the step.
        moving = page.locator("[data-go='next']").evaluate(
            "next => (next.click(), document.querySelectorAll('.flow').length)"
        )
        assert moving == drops
        context.close()


def test_an_answer_is_hidden_until_it_is_asked_for(
    page: Page, address: Address, neuron: str, complaints: list[str]
) -> None:
    page.goto(address(neuron, "/embed", step=15).replace("?", "?answer=hidden&"))
    page.locator("walk-panel:defined").wait_for()
    spoken = page.locator("walk-panel [data-part='spoken']")
    partial = page.locator(".node[data-name='z'] text.partial")
    assert partial.text_content() == "?"
    assert spoken.text_content() == "What is the partial of L with respect to z?"
    label = page.locator(".node[data-name='z'] .shape").get_attribute("aria-label") or ""
    assert "0.07357" not in label
    assert "0.2217" not in carried(page)
    page.locator(".answer-hidden > summary").click()
    expect(partial).to_have_text("−0.07357")
    expect(spoken).to_contain_text("-0.07357")
    page.locator("[data-go='next']").click()
    assert page.locator(".question").inner_text() == "What is the partial of L with respect to b?"
    assert partial.text_content() == "−0.07357", "what was found before stays"
    page.wait_for_url("**answer=hidden&d=**")
    page.locator("[data-go='first']").click()
    assert page.locator(".question").inner_text() == ""
    assert complaints == []


def test_a_hidden_answer_is_not_in_the_matrices_either(
    page: Page, address: Address, complaints: list[str]
) -> None:
    """Nor in the element pointed at, nor in the Jacobian; a step further it is hidden again."""
    source = BY_ID["softmax-layer"].source
    page.goto(address(source, "/embed", step=10).replace("?", "?answer=hidden&"))
    page.locator("walk-panel:defined").wait_for()
    parts = (".panel-body .matrix", ".worked", "jacobian-panel summary")
    panel = page.locator("walk-panel")
    for _ in range(2):
        assert not any(panel.locator(part).first.is_visible() for part in parts)
        page.get_by_text("Show the answer").click()
        for part in parts:
            expect(panel.locator(part).first).to_be_visible()
        page.locator("jacobian-panel summary").click()
        page.locator("[data-go='next']").click()
        expect(page.locator(".question")).not_to_be_empty()
    assert complaints == []


def test_a_guess_hides_the_matrices_of_a_presentation(page: Page, address: Address) -> None:
    page.goto(address(BY_ID["softmax-layer"].source, step=10))
    page.locator(".panel-body .katex").first.wait_for()
    page.evaluate("() => (document.documentElement.requestFullscreen = undefined)")
    page.keyboard.press("p")
    assert page.locator(".panel-body.is-beside .matrix").first.is_visible()
    page.keyboard.press("p")
    page.locator("[data-part='guess']").click()
    page.locator(".guess-title").wait_for()
    page.locator("guess-round .guess-field").blur()
    page.keyboard.press("p")
    assert page.locator("back-step.is-asking").count() == 1
    assert page.locator(".panel-body").is_hidden()
    assert page.locator("jacobian-panel").is_hidden()


def test_the_code_for_another_page_can_hide_answers(read: Page) -> None:
    read.locator("[popovertarget='share-panel']").click()
    read.locator("[data-hides]").check()
    hidden = re.compile(r"\?answer=hidden&d=")
    expect(read.locator("[data-link=embed]")).to_have_value(hidden)


def test_a_phone_presents_too_and_says_how_to_leave(
    page: Page, address: Address, neuron: str, complaints: list[str]
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address(neuron, step=15))
    page.locator(".cm-content").wait_for()
    page.locator("[data-present='start']").click()
    boxes = [page.locator(each).bounding_box() for each in ("[data-go='last']", ".place", ".leave")]
    assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)
    page.locator(".leave").click()
    page.locator(".bar").wait_for()
    # A question mark asks for help, however it is typed.
    page.locator("body").press("Shift+?")
    page.locator("#help-panel").get_by_role("heading", name="Keys").wait_for()
