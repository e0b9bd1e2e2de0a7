"""Access: axe-core finds nothing on any page in any state of it; keys alone do everything."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.slow

Address = Callable[..., str]
NewContext = Callable[..., "BrowserContext"]

VENDOR = Path(__file__).parent.parent / "vendor"
AXE = (VENDOR / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LARGE = "input x[64] ~ normal(0, 1)\nparam W[40, 64] ~ xavier\nh = tanh(W @ x)\nL = sum(h^2)\n"


def findings(page: Page, within: str = "html") -> list[str]:
    """What axe finds on the page or in a part of it, a line each: the rule, the place, why."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate(
        """async ([part, tags]) => {
            // None of these rules reads style sheets or media, which would be fetched for them.
            const asked = { runOnly: tags, resultTypes: ["violations"], preload: false };
            return (await axe.run(part, asked)).violations;
        }""",
        [within, RULES],
    )
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found
        for node in each["nodes"]
    ]


def test_axe_is_what_it_says_it_is() -> None:
    facts = json.loads((VENDOR / "vendor.json").read_text(encoding="utf-8"))
    for library, about in facts.items():
        assert about["version"]
        assert about["licence"]
        for name, file in about["files"].items():
            content = (VENDOR / library / name).read_bytes()
            assert len(content) == file["bytes"]
            assert hashlib.sha256(content).hexdigest() == file["sha256"]


PAGES = ("/", "/examples", "/operations", "/train", "/api", "/slope", "/guess", "/nothing-here")
# A page as wide as a desk and light, and one as narrow as a phone and dark.
VIEWS = {"desk": (1440, "light"), "phone": (390, "dark")}


@pytest.fixture(scope="module", params=["desk", "phone"])
def view(request: pytest.FixtureRequest, new_context: NewContext, server: str) -> Page:
    width, theme = VIEWS[request.param]
    context = new_context(
        base_url=server,
        color_scheme=theme,
        viewport={"width": width, "height": 900},
        has_touch=request.param == "phone",
        reduced_motion="reduce",
    )
    return context.new_page()


@pytest.mark.parametrize(
    ("view", "path"),
    [
        *(("desk", path) for path in PAGES),
        *(pytest.param("phone", path, marks=pytest.mark.slow) for path in PAGES),
    ],
    indirect=["view"],
)
def test_nothing_is_found_on_a_page(view: Page, path: str) -> None:
    view.goto(path)
    if path in ("/", "/train"):
        view.locator(".cm-content").wait_for()
    assert findings(view) == []


def test_nothing_is_found_in_the_states_of_the_work(
    view: Page, address: Address, neuron: str
) -> None:
    view.goto(address(neuron, step=15))
    view.locator(".cm-content").wait_for()
    view.locator(".check .agreed").wait_for()
    assert findings(view) == [], "in the middle of a walk"
    view.evaluate(
        """(texts) => localStorage.setItem("recent-texts", JSON.stringify(texts))""",
        [{"of": "1", "source": "# mine\nL = 2", "values": {}, "at": 0}],
    )
    for sheet in ("share-panel", "export-sheet", "examples-menu"):
        view.locator(f"[popovertarget='{sheet}']").first.click()
        assert findings(view, f"#{sheet}") == [], sheet
        view.keyboard.press("Escape")
    view.locator(".answer-field").fill("u - y")
    view.locator("answer-check button").click()
    view.locator(".verdict.is-wrong").wait_for()
    assert findings(view, ".gradients") == [], "an answer that is wrong"
    view.locator(".answer-field").fill("(u - y)*u*(1 - u)*x + 2*lambda*w")
    view.locator("answer-check button").click()
    view.locator(".verdict.is-right").wait_for()
    assert findings(view, "answer-check") == [], "an answer that is right"
    view.locator("[data-go='play']").click()
    assert findings(view, ".walk") == [], "a walk that plays"
    view.locator("[data-go='play']").click()
    view.evaluate("() => (document.documentElement.requestFullscreen = undefined)")
    view.locator("[data-present='start']").click()
    assert findings(view) == [], "presenting"
    view.keyboard.press("Escape")
    view.locator(".cm-content").click()
    view.keyboard.press("ControlOrMeta+End")
    view.keyboard.insert_text("q = = 3")
    view.locator(".fault-note").wait_for()
    assert findings(view) == [], "a text that has become wrong"


def test_nothing_is_found_on_a_training(view: Page) -> None:
    view.goto("/train")
    view.locator(".fit-curve, .fit-side").first.wait_for()
    view.locator("[data-go='play']").click()
    assert findings(view) == [], "while it runs"
    view.locator("[name='rate']").fill("fast")
    view.locator(".option-fault").wait_for()
    assert findings(view) == [], "with a bad field"


# What changes with the width is the same in both themes, and what changes with the theme is the
# same at every width.
@pytest.mark.parametrize(
    ("width", "theme"),
    [
        (1440, "light"),
        pytest.param(390, "dark", marks=pytest.mark.slow),
        pytest.param(390, "light", marks=pytest.mark.slow),
        pytest.param(1440, "dark", marks=pytest.mark.slow),
    ],
)
def test_nothing_is_found_at_work(
    new_context: NewContext, server: str, address: Address, neuron: str, theme: str, width: int
) -> None:
    context = new_context(
        base_url=server,
        color_scheme=theme,
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(address(neuron, step=17))
    page.locator(".cm-content").wait_for()
    page.locator(".check .agreed").wait_for()
    assert findings(page) == []
    forms = ("by names", "shared", "derivation", "second derivatives")
    for form in forms if theme == "light" else forms[2:]:
        page.get_by_role("tab", name=form).click()
        page.locator(".gradients .katex:visible").first.wait_for()
        page.wait_for_load_state("networkidle")
        assert findings(page, ".gradients") == [], form
    page.keyboard.press("Home")
    page.locator(".bar [popovertarget='help-panel']").click()
    assert findings(page, "#help-panel") == []
    page.keyboard.press("Escape")
    page.locator("[popovertarget='language-sheet']").first.click()
    page.locator("#language-sheet .code-hint").first.wait_for()
    assert findings(page, "#language-sheet") == []
    context.close()


def test_nothing_is_found_where_the_text_is_wrong(
    page: Page, address: Address, neuron: str
) -> None:
    page.goto(address(neuron.replace("sigmoid", "sigmod")))
    page.locator(".fault-note").wait_for()
    assert findings(page) == []


def test_nothing_is_found_on_large_tensors_and_embeds(
    page: Page, address: Address, neuron: str
) -> None:
    page.goto(address(LARGE))
    page.locator("button.heat-button").first.click()
    page.locator("#heat-sheet [data-part='at']", has_text="[0").wait_for()
    assert findings(page) == []
    page.goto(address(neuron, "/embed", step=15).replace("?", "?answer=hidden&"))
    page.locator(".question").wait_for()
    assert findings(page) == []
    page.locator(".answer-hidden > summary").click()
    page.locator(".panel-body .katex").first.wait_for()
    assert findings(page) == [], "an answer that was hidden"


def test_the_whole_page_is_reached_by_tab_in_a_sensible_order(page: Page) -> None:
    page.goto("/")
    page.locator(".cm-content").wait_for()
    page.locator(".check .agreed").wait_for()
    places: list[str] = []
    for _ in range(90):
        page.keyboard.press("Tab")
        place: str = page.evaluate(
            """() => {
                const at = document.activeElement;
                if (!at || at === document.body) return "end";
                if (at.classList.contains("cm-content")) {
                    at.blur();
                    at.closest(".cm-editor").parentElement.querySelector("button")?.focus();
                }
                return at.closest("[id='intro'], .bar, .definition, .values, .graph-card, .walk,"
                    + " .gradients, .foot, .skip")?.className.split(" ").at(-1) ?? at.className;
            }"""
        )
        if place == "end":
            break
        if not places or places[-1] != place:
            places.append(place)
    wanted = ["skip", "bar", "intro", "definition", "values", "graph-card", "walk", "gradients"]
    assert [place for place in places if place in wanted] == wanted


def test_the_tour_goes_by_keys_and_ends_where_it_began(page: Page, complaints: list[str]) -> None:
    page.goto("/")
    page.locator("guided-tour:defined").wait_for(state="attached")
    page.locator(".bar [popovertarget='help-panel']").click()
    page.locator("#help-panel [data-tour='start']").click()
    stops = []
    while page.locator(".tour:popover-open").count():
        stops.append(page.locator(".tour h2:visible").inner_text())
        assert page.evaluate("() => document.activeElement.dataset.tour") == "next"
        assert page.locator(".is-toured").count() == 1
        page.keyboard.press("Enter")
    assert len(stops) == 5
    assert page.locator(".is-toured").count() == 0
    assert complaints == []


def test_the_tour_can_be_left_at_once(page: Page) -> None:
    page.goto("/")
    page.locator("guided-tour:defined").wait_for(state="attached")
    page.locator(".intro [data-tour='start']").click()
    assert page.locator(".intro").count() == 0
    page.keyboard.press("Escape")
    assert page.locator(".tour:popover-open").count() == 0
