"""Views of the same state: zooms, directions, widths, themes, the embed, examples, files."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from app.api import share_link
from backstep.examples import EXAMPLES
from tests.browser.frames import becomes, frames

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Route

pytestmark = pytest.mark.slow

Address = Callable[..., str]
NewContext = Callable[..., "BrowserContext"]


@pytest.fixture
def opened(page: Page, address: Address, neuron: str) -> Page:
    page.goto(address(neuron, step=15))
    page.locator(".panel-body .katex").first.wait_for()
    return page


@pytest.fixture
def sized(kept: Page, address: Address, neuron: str) -> Page:
    """The same, for tests that change nothing but the size of the window."""
    if "d=" not in kept.url:
        kept.goto(address(neuron, step=15))
        kept.locator(".panel-body .katex").first.wait_for()
    return kept


def sideways(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    found: int = page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return found


def test_a_zoom_keeps_the_named_node_and_the_phase(opened: Page, complaints: list[str]) -> None:
    opened.locator(".switch [data-zoom='tensor']").click()
    opened.locator("svg.graph[data-zoom='tensor']").wait_for()
    current = opened.locator(".node.is-current")
    assert current.get_attribute("data-name") == "z"
    assert opened.locator("[data-part='place']").text_content() == "step 22 of 27"
    assert opened.locator(".form-circle").count() > 0
    opened.locator(".switch [data-zoom='block']").click()
    opened.locator("svg.graph[data-zoom='block']").wait_for()
    assert current.get_attribute("data-name") == "z"
    assert opened.locator("[data-part='place']").text_content() == "step 15 of 19"
    assert complaints == []


def test_an_element_and_its_tensor_are_the_same_place(page: Page, address: Address) -> None:
    source = "input x = [1, 2]\nparam W = [[1, 2], [3, 4]]\nh = tanh(W @ x)\nL = sum(h)\n"
    page.goto(address(source, zoom="tensor", step=4))
    current = page.locator(".node.is-current")
    assert current.get_attribute("data-name") == "h"
    page.locator(".switch [data-zoom='scalar']").click()
    page.locator("svg.graph[data-zoom='scalar']").wait_for()
    assert (current.get_attribute("data-name") or "").startswith("h[")
    page.locator(".switch [data-zoom='tensor']").click()
    page.locator("svg.graph[data-zoom='tensor']").wait_for()
    assert current.get_attribute("data-name") == "h"


def test_each_operation_of_a_neuron_fits(page: Page, address: Address, neuron: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(address(neuron, zoom="tensor", step=22))
    page.locator(".panel-body .katex").first.wait_for()
    frames(page)
    assert page.locator(".host").evaluate("each => each.classList.contains('is-wide')") is False
    assert page.locator("svg.graph").get_attribute("data-direction") == "LR"


def test_the_drawing_turns_and_scales(opened: Page) -> None:
    def box() -> tuple[float, float]:
        found = opened.locator("svg.graph").bounding_box()
        assert found
        return found["width"], found["height"]

    wide, low = box()
    assert wide > low
    opened.locator("[data-scale='closer']").click()
    assert box()[0] > wide
    opened.locator("[data-scale='fit']").click()
    assert box()[0] == pytest.approx(wide, abs=2)
    opened.locator("[data-turn]").click()
    opened.locator("svg.graph[data-direction='TB']").wait_for()
    narrow, tall = box()
    assert tall > narrow


@pytest.mark.parametrize("width", [1440, 820, 390])
def test_no_width_scrolls_sideways(sized: Page, width: int) -> None:
    sized.set_viewport_size({"width": width, "height": 844})
    frames(sized)
    assert sideways(sized) == 0
    sized.evaluate("() => (document.documentElement.style.fontSize = '200%')")
    frames(sized)
    assert sideways(sized) == 0, "at text twice as large"
    sized.evaluate("() => document.documentElement.removeAttribute('style')")


def test_a_phone_shows_the_graph_first(sized: Page) -> None:
    sized.set_viewport_size({"width": 390, "height": 844})
    tops = [
        sized.locator(part).bounding_box()["y"]  # type: ignore[index]
        for part in (".graph-card", ".walk", ".definition", ".values", ".gradients")
    ]
    assert tops == sorted(tops)
    sized.locator("svg.graph[data-direction='TB']").wait_for()
    becomes(
        sized,
        lambda: sized.evaluate(
            """() => {
                const [host, node] = [".host", ".node.is-current"].map(
                    (part) => document.querySelector(part).getBoundingClientRect());
                return host.left <= node.left && node.right <= host.right;
            }"""
        ),
    )


def test_a_phone_is_drawn_once(new_context: NewContext, server: str) -> None:
    """The server knows a phone, and the page asks for no other drawing."""
    size = {"width": 390, "height": 844}
    agent = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile"
    context = new_context(base_url=server, is_mobile=True, viewport=size, user_agent=agent)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or ""))
    page.goto("/")
    page.locator(".check .agreed").wait_for(state="attached")
    frames(page)
    assert page.locator("svg.graph").get_attribute("data-direction") == "TB"
    assert not [each for each in asked if '"drawing"' in each]
    # Turned it stays, though a phone is narrow.
    page.locator("[data-turn]").click()
    page.locator("svg.graph[data-direction='LR']").wait_for()
    page.wait_for_url("**/?d=*")
    page.reload()
    page.locator(".cm-content").wait_for()
    frames(page)
    assert page.locator("svg.graph").get_attribute("data-direction") == "LR"


def test_a_phone_opens_with_the_whole_neuron_in_sight(
    new_context: NewContext, server: str, address: Address, neuron: str
) -> None:
    """Top to bottom, unless the reader has said otherwise, with numbers of 10.5 px at least."""
    size = {"width": 390, "height": 844}
    context = new_context(base_url=server, has_touch=True, is_mobile=True, viewport=size)
    page = context.new_page()
    page.goto(address(neuron, step=15))
    page.locator("svg.graph[data-direction='TB']").wait_for()
    fit = page.locator("[data-scale='fit']")
    expect(fit).to_have_attribute("aria-pressed", "true")
    box = page.locator("svg.graph").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert box["y"] + box["height"] <= 844
    figure = page.locator(".node[data-name='z'] text.value")
    high = "(text) => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a"
    assert figure.evaluate(high) >= 10.4
    page.locator("[data-scale='closer']").click()
    page.locator("[data-scale='closer']").click()
    expect(fit).to_have_attribute("aria-pressed", "false")
    assert page.locator("[data-part='larger']").is_visible()
    fit.click()
    expect(fit).to_have_attribute("aria-pressed", "true")
    # A choice stands in the address, and is kept.
    before = page.url
    page.locator("[data-turn]").click()
    page.locator("svg.graph[data-direction='LR']").wait_for()
    page.wait_for_url(lambda url: url != before)
    page.reload()
    page.locator(".panel-body .katex").first.wait_for()
    frames(page, 30)
    assert page.locator("svg.graph").get_attribute("data-direction") == "LR"
    context.close()


def test_a_card_that_was_narrow_only_for_a_moment_turns_nothing(
    page: Page, address: Address, neuron: str
) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(address(neuron))
    page.locator(".panel-body .katex").first.wait_for(state="attached")
    assert page.locator("svg.graph").get_attribute("data-direction") == "LR"
    held: list[Route] = []

    def hold(route: Route) -> None:
        if '"direction":"TB"' in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    page.route("**/analyze", hold)
    page.set_viewport_size({"width": 720, "height": 900})
    becomes(page, lambda: bool(held))
    page.set_viewport_size({"width": 1440, "height": 900})
    frames(page)
    turned: list[str] = []
    page.on("request", lambda request: turned.append(request.post_data or ""))
    with page.expect_response("**/analyze"):
        held[0].continue_()
    frames(page, 40)
    assert not [each for each in turned if '"direction":"TB"' in each]
    assert page.locator("svg.graph").get_attribute("data-direction") == "LR"


def test_each_operation_of_a_neuron_is_as_wide_as_a_phone(
    new_context: NewContext, server: str, address: Address, neuron: str
) -> None:
    context = new_context(
        base_url=server, is_mobile=True, has_touch=True, viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    page.goto(address(neuron, zoom="tensor", step=22, direction="TB"))
    page.locator("svg.graph.is-scaled").wait_for()
    drawn, host = (page.locator(part).bounding_box() for part in ("svg.graph", ".host"))
    assert drawn
    assert host
    assert host["x"] <= drawn["x"]
    assert drawn["x"] + drawn["width"] <= host["x"] + host["width"]
    context.close()


def test_the_shorter_column_stays_in_sight(page: Page, address: Address, neuron: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 840})
    page.goto(address(neuron))
    page.locator(".check .agreed").wait_for()
    page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
    frames(page)
    box = page.locator(".column-left").bounding_box()
    assert box
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 840
    # Where it is taller than the window, what is focused in it comes into view all the same.
    page.set_viewport_size({"width": 1440, "height": 500})
    for part in ("[popovertarget='language-sheet']", ".values input"):
        page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
        frames(page)
        page.locator(part).first.focus()
        frames(page)
        box = page.locator(part).first.bounding_box()
        assert box
        assert 0 <= box["y"] <= 500


def test_a_window_of_no_size_turns_nothing(page: Page, address: Address, neuron: str) -> None:
    """As when a browser takes a picture of the whole page."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(address(neuron))
    page.locator(".panel-body .katex").first.wait_for(state="attached")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or ""))
    page.set_viewport_size({"width": 1, "height": 1})
    frames(page, 5)
    page.set_viewport_size({"width": 1440, "height": 900})
    frames(page, 5)
    assert not [each for each in asked if '"direction":"TB"' in each]


def test_dark_is_the_systems_or_the_readers_choice(
    new_context: NewContext, server: str, address: Address, neuron: str
) -> None:
    context = new_context(base_url=server, color_scheme="dark")
    page = context.new_page()
    page.goto(address(neuron))

    def ground() -> str:
        found: str = page.evaluate(
            "() => getComputedStyle(document.documentElement).backgroundColor"
        )
        return found

    dark = ground()
    choice = page.locator("theme-choice button")
    choice.click()
    light = ground()
    assert light != dark
    page.reload()
    assert ground() == light, "the choice is kept"
    choice.click()
    assert ground() == dark
    context.close()


def test_nothing_is_asked_of_another_server(page: Page, server: str, complaints: list[str]) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/", "/examples", "/embed"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
    hosts = {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {urlsplit(server).netloc}
    assert complaints == []


def test_every_module_is_announced(page: Page) -> None:
    page.goto("/")
    page.locator(".cm-content").wait_for()
    page.wait_for_load_state("networkidle")
    announced, loaded = page.evaluate(
        """() => [
            [...document.querySelectorAll("link[rel=modulepreload]")].map((link) => link.href),
            performance.getEntriesByType("resource").map((each) => each.name),
        ]"""
    )
    scripts = {url for url in loaded if url.endswith(".js")}
    own = {url for url in scripts if url.endswith(("/page.js", "/theme.js"))}
    assert scripts - own == set(announced)


def test_an_example_opens_with_one_click(page: Page, complaints: list[str]) -> None:
    page.goto("/examples")
    card = page.locator(".example").nth(1)
    title = card.locator("h3").text_content() or ""
    picture = card.locator("img.in-light")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 0
    card.locator("a").first.click()
    page.locator(".panel-body .katex").first.wait_for()
    assert page.locator(".definition .card-note").text_content() == title
    page.locator("[popovertarget='examples-menu']").click()
    page.locator("#examples-menu a").first.click()
    page.locator(".definition .card-note", has_text=title).wait_for(state="detached")
    assert complaints == []


def test_the_embed_walks_alone(
    page: Page, address: Address, neuron: str, complaints: list[str]
) -> None:
    page.goto(address(neuron, "/embed", step=3))
    page.locator(".panel-body .katex").first.wait_for()
    assert page.locator(".definition, .values, .gradients, .bar").count() == 0
    page.locator("[data-go='next']").click()
    assert page.locator("[data-part='place']").text_content() == "step 4 of 19"
    assert complaints == []


def test_a_shared_link_opens_the_same_view(opened: Page) -> None:
    opened.locator("[data-go='back']").click()
    opened.locator("[popovertarget='share-panel']").click()
    expect(opened.locator("[data-link=page]")).to_have_value(re.compile("^http"))
    link = opened.locator("[data-link='page']").input_value()
    assert "/embed?d=" in opened.locator("[data-link='embed']").input_value()
    opened.goto(link)
    opened.locator(".panel-body .katex").first.wait_for()
    assert opened.locator("back-step").get_attribute("data-step") == "14"


def test_what_stays_in_view_stays_above_the_gradients(
    page: Page, address: Address, neuron: str
) -> None:
    page.set_viewport_size({"width": 1440, "height": 700})
    page.goto(address(neuron))
    page.locator(".gradient-formula .katex").first.wait_for()
    page.locator("#tab-derivation").click()
    page.locator(".derivation-steps li").first.wait_for()
    page.evaluate("() => scrollTo(0, 1e6)")
    walk, gradients = (
        page.locator(".walk").bounding_box(),
        page.locator(".gradients").bounding_box(),
    )
    assert walk
    assert gradients
    assert walk["y"] + walk["height"] <= gradients["y"]


def sizes(page: Page) -> object:
    """What the address says of the colours: None while it has not been written."""
    return share_link.decode(parse_qs(urlsplit(page.url).query)["d"][0]).get("sizes")


def test_partials_are_coloured_by_size_by_choice(page: Page, address: Address) -> None:
    source = next(each.source for each in EXAMPLES if each.id == "ten-sigmoids")
    page.goto(address(source))
    page.locator(".panel-body .katex").first.wait_for()
    assert page.locator(".size-plate").count() == 0
    page.locator("[data-part='sizes']").click()
    level = page.locator(".node[data-name='h1']").get_attribute("data-level")
    assert level == "1"
    assert page.locator(".node[data-name='h10']").get_attribute("data-level") == "7"
    assert page.locator(".layer-bars > div").count() == 10
    remarks = page.locator(".size-remarks button")
    assert (remarks.first.text_content() or "") == "h₅ saturated: its slope is 6.155·10⁻⁶"
    page.locator("[data-sizes='absolute']").click()
    assert page.locator("[data-part='deep-end']").text_content() == "1 and more"
    becomes(page, lambda: sizes(page) == "absolute")
    page.reload()
    page.locator(".layer-bars > div").first.wait_for()
    remarks.first.click()
    assert "is-current" in (page.locator(".node[data-name='h5']").get_attribute("class") or "")
    assert page.locator("size-panel").is_hidden(), "before the end nothing is told of what comes"
    page.locator("[data-part='sizes']").click()
    assert page.locator(".graph.is-sized").count() == 0
