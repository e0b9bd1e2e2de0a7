"""Training in a real Chromium: running, stepping, pictures, updates in numbers, words, links."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from app.api import share_link
from tests.browser.frames import frames

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.slow

Address = Callable[..., str]
NewContext = Callable[..., "BrowserContext"]

LINE = """\
input x = [1, 2, 3]
target y = [2, 4, 5]
param w = 0.5
p = w*x
L = mean((p - y)^2)
"""
CLOUDS = """\
input X = [[0, 0], [1, 1], [2, 0], [3, 1]]
target y = [0, 0, 1, 1]
param w = [0.1, 0.1]
param b = 0
p = sigmoid(X @ w + b)
L = bce(p, y)
"""


@pytest.fixture
def line(page: Page, address: Address) -> Page:
    """A line to be fitted in six updates."""
    page.goto(address(LINE, "/train") + "&steps=6&rate=0.05")
    page.locator(".update-lines .katex").first.wait_for()
    over(page)
    return page


def over(page: Page, optimiser: str = "sgd") -> None:
    """Wait until all of a training by this optimiser has come, and nothing went wrong."""
    page.wait_for_function(
        "name => { const { run } = document.querySelector('training-page') ?? {};"
        " return run?.request.optimiser === name && (run.summary || run.problem); }",
        arg=optimiser,
    )
    assert page.evaluate("() => document.querySelector('training-page').run.problem") is None


HEARD = """
() => {
  const place = document.querySelector("[data-part='place']");
  window.heard = [];
  const said = () => window.heard.at(-1) !== place.innerText && window.heard.push(place.innerText);
  const changes = { childList: true, characterData: true, subtree: true };
  new MutationObserver(said).observe(place, changes);
}
"""


def place(page: Page) -> str:
    return page.locator("[data-part='place']").inner_text()


def test_steps_show_the_update_in_symbols_and_numbers(line: Page, complaints: list[str]) -> None:
    expect(line.locator("[data-part='place']")).to_have_text("update 0 of 6")
    annotation = line.locator(".update-lines annotation").first
    # 2/3·((0.5 − 2)·1 + (1 − 4)·2 + (1.5 − 5)·3) = −12
    assert (annotation.text_content() or "").endswith(
        r"= \fv{0.5} - 0.05 \cdot \left(\bp{-12}\right) = \fv{1.1}"
    )
    line.keyboard.press("ArrowRight")
    assert place(line) == "update 1 of 6"
    assert r"= \fv{1.1} - 0.05 \cdot" in (annotation.text_content() or "")
    line.get_by_role("button", name="One step back").click()
    assert place(line) == "update 0 of 6"
    line.keyboard.press("End")
    assert place(line) == "update 6 of 6"
    # w − 25/14 shrinks by 1 − 0.05·28/3 at each update: the last one made leads to what is shown.
    w = 25 / 14 + (0.5 - 25 / 14) * (1 - 1.4 / 3) ** 6
    assert rf"= \fv{{{w:.4g}}}" in (annotation.text_content() or "")
    expect(line.locator("[data-part='update-note']")).to_have_text("number 6, the last")
    expect(line.locator("[data-part='spoken']")).to_contain_text("After 6 updates the loss L is")
    assert complaints == []


def test_any_step_can_be_read_though_not_all_are_sent(page: Page, address: Address) -> None:
    page.goto(address(LINE, "/train") + "&steps=1000&rate=0.001")
    over(page)
    field = page.get_by_label("Go to the update of this number")
    field.fill("3")
    field.press("Enter")
    expect(page.locator("[data-part='place']")).to_have_text("update 3 of 1,000")
    # The partial is 2/3·(14w − 25): w − 25/14 shrinks by 1 − 0.001·28/3 at each update.
    w = 25 / 14 + (0.5 - 25 / 14) * (1 - 0.028 / 3) ** 3
    annotation = page.locator(".update-lines annotation").text_content() or ""
    assert rf"= \fv{{{w:.4f}}} - 0.001 \cdot" in annotation


def test_a_run_plays_to_its_end_and_can_be_paused(page: Page, address: Address) -> None:
    page.goto(address(LINE, "/train") + "&steps=100&rate=0.01")
    page.locator(".loss-dot[cx]").wait_for()
    button = page.locator("[data-go='play']")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("() => document.querySelector('training-page').at > 3")
    page.locator("h1").click()
    page.keyboard.press("Space")
    expect(button).to_have_attribute("aria-pressed", "false")
    stopped = place(page)
    frames(page, 12)
    assert place(page) == stopped
    page.get_by_role("button", name="Back to the start").click()
    assert place(page) == "update 0 of 100"


def test_the_curve_is_drawn_with_its_examples_and_said(line: Page) -> None:
    picture = line.locator("fit-picture svg")
    assert picture.locator(".fit-example").count() == 3
    before = picture.locator(".fit-curve").get_attribute("d")
    line.keyboard.press("End")
    expect(picture.locator(".fit-curve")).not_to_have_attribute("d", before or "")
    expect(picture).to_have_attribute("aria-label", re.compile("p over x"))
    label = re.compile("^The loss L: .*after 6")
    expect(line.locator("loss-curve svg")).to_have_attribute("aria-label", label)


def test_the_loss_over_what_is_held_out_is_dashed_and_said(page: Page, address: Address) -> None:
    page.goto(address(LINE, "/train") + "&steps=6&rate=0.05&holdout=3")
    over(page)
    page.keyboard.press("End")
    curve = page.locator("loss-curve svg")
    expect(curve.locator(".loss-held")).to_have_attribute("d", re.compile("^M.*L"))
    expect(curve).to_have_attribute("aria-label", re.compile("Over the examples held out it is"))
    expect(page.locator("[data-part='loss-note']")).to_contain_text("; held out ")
    expect(page.locator("[name='holdout']")).to_have_value("3")
    page.keyboard.press("ArrowLeft")
    walk = page.locator("[data-part='walk']")
    expect(walk).to_have_text("Walk through the values after 5 updates, rows 0 and 1")
    walk.click()
    page.wait_for_url("**/?d=*")
    page.locator("back-step:not(.is-empty)").wait_for()
    source = page.evaluate("() => document.querySelector('back-step').state.source")
    assert "input x = [1,2]" in source  # the rows that the update read


def test_a_region_has_its_line_and_tells_who_is_right(page: Page, address: Address) -> None:
    page.goto(address(CLOUDS, "/train") + "&steps=60&rate=1&optimiser=momentum")
    page.locator(".fit-boundary[d]").wait_for(state="attached")
    page.keyboard.press("End")
    expect(page.locator("[data-part='fit-note']")).to_have_text("4 of 4 on the right side")
    expect(page.locator(".fit-example.of-0")).to_have_count(2)
    expect(page.locator(".fit-boundary")).to_have_attribute("d", re.compile("^M"))


def test_a_step_leads_to_its_walk(line: Page) -> None:
    line.keyboard.press("ArrowRight")
    link = line.locator("[data-part='walk']")
    expect(link).to_have_text("Walk through the values after 1 update")
    link.click()
    line.wait_for_url("**/?d=*")
    line.locator("back-step:not(.is-empty)").wait_for()
    values = line.evaluate("() => document.querySelector('back-step').state.values")
    assert values == {"w": pytest.approx(1.1)}


def test_options_begin_it_anew_and_stand_in_the_address(line: Page) -> None:
    line.locator("[name='optimiser']").select_option("adam")
    expect(line.locator("[name='beta_1']:visible")).to_be_visible()
    over(line, "adam")
    expect(line.locator(".update-lines .equation")).to_have_count(5)
    line.locator("[name='beta_1']:visible").fill("2")
    expect(line.locator("[data-part='problem']")).to_contain_text("'beta_1' is a number from 0")
    expect(line.locator("[name='beta_1']:visible")).to_have_attribute("aria-invalid", "true")
    line.locator("[name='beta_1']:visible").fill("0.5")
    expect(line.locator("[data-part='problem']")).to_be_hidden()
    line.wait_for_function("() => location.search.includes('beta_1=0.5')")
    line.reload()
    expect(line.locator("[name='beta_1']:visible")).to_have_value("0.5")


def test_divergence_and_faults_are_told(line: Page, write: Callable[[str], None]) -> None:
    line.locator("[name='rate']").fill("9")
    line.locator("[name='steps']").fill("500")
    line.wait_for_function("() => document.querySelector('training-page').run.summary?.steps > 9")
    line.locator("h1").click()
    line.keyboard.press("End")
    expect(line.locator("[data-part='end']")).to_contain_text("the steps were too long")
    line.locator(".cm-content").wait_for()
    write(LINE.replace("mean", "meen"))
    line.locator(".fault-note").wait_for()
    # What is watched is in this one no more.
    write("param v = [1, 2]\nL = dot(v, v)\n")
    expect(line.locator("fit-picture")).to_contain_text("There is no picture of this one")
    expect(line.locator("[data-part='watch']")).to_have_value("v[0]")


def test_the_calm_see_no_frames_between(
    new_context: NewContext, server: str, address: Address
) -> None:
    context = new_context(base_url=server, reduced_motion="reduce")
    page = context.new_page()
    page.goto(address(LINE, "/train") + "&steps=100&rate=0.01")
    over(page)
    page.evaluate(HEARD)
    page.locator("[data-go='play']").click()
    expect(page.locator("[data-part='place']")).to_have_text("update 100 of 100")
    assert page.evaluate("() => window.heard") == ["update 100 of 100"]
    context.close()


@pytest.mark.parametrize("update", [0, 3])
def test_the_walk_of_an_update_is_of_the_rows_that_it_read(
    page: Page, address: Address, update: int
) -> None:
    page.goto(address(CLOUDS, "/train") + "&steps=6&batch=3&seed=2")
    over(page)
    page.evaluate("n => document.querySelector('training-page').goTo(n)", update)
    step = page.evaluate("n => document.querySelector('training-page').run.steps[n]", update)
    link = page.locator("[data-part='walk']")
    when = f"after {update} updates" if update else "these values"
    expect(link).to_contain_text(f"{when}, row")
    shown = share_link.decode(parse_qs(urlsplit(link.get_attribute("href") or "").query)["d"][0])
    answer = page.request.post(
        "/api/v1/evaluate", data={"source": shown["source"], "values": shown["values"]}
    ).json()
    assert answer["loss"]["value"] == pytest.approx(step["loss"])
    flat = [*answer["gradients"]["w"], answer["gradients"]["b"]]
    assert sum(each * each for each in flat) ** 0.5 == pytest.approx(step["gradient_norm"])
    note = page.locator("[data-part='update-note']")
    expect(note).to_contain_text("over row")


def test_a_bad_field_is_marked_where_it_stands_and_what_it_made_rests(line: Page) -> None:
    rate = line.locator("[name='rate']")
    rate.fill("fast")
    said = line.locator(".option-fault")
    said.wait_for()
    assert said.inner_text() == "must be a number"
    assert rate.get_attribute("aria-describedby") == said.get_attribute("id")
    assert line.locator(".training-pictures").evaluate("(part) => part.inert")
    rate.fill("0.1")
    said.wait_for(state="detached")
    assert rate.get_attribute("aria-invalid") is None
    assert not line.locator(".training-pictures").evaluate("(part) => part.inert")


def test_what_is_typed_is_taken_back_and_put_in_again(
    line: Page, write: Callable[[str], None], complaints: list[str]
) -> None:
    editor = line.locator(".cm-content")
    editor.wait_for()
    write(LINE.replace("0.5", "0.25"))
    expect(editor).to_contain_text("param w = 0.25")
    line.keyboard.press("ControlOrMeta+z")
    expect(editor).to_contain_text("param w = 0.5")
    line.keyboard.press("ControlOrMeta+Shift+z")
    expect(editor).to_contain_text("param w = 0.25")
    line.keyboard.press("Escape")
    assert complaints == []
