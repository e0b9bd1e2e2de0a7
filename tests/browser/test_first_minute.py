"""A newcomer's first minute: what a visit says, completion, mends, the language beside."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Page

Address = Callable[..., str]
Write = Callable[[str], None]


@pytest.fixture
def opened(page: Page, address: Address, neuron: str) -> Page:
    page.goto(address(neuron))
    page.locator(".cm-content").wait_for()
    page.locator(".gradient-formula .katex").first.wait_for()
    return page


@pytest.fixture
def editor(kept: Page, address: Address, neuron: str) -> Page:
    """A page to write in, with whatever text the test before has left there."""
    if "d=" not in kept.url:
        kept.goto(address(neuron))
        kept.locator(".cm-content").wait_for()
    return kept


def text_of(page: Page) -> str:
    return "\n".join(page.locator(".cm-line").all_text_contents())


def test_an_empty_visit_is_in_the_middle_of_a_story(page: Page, complaints: list[str]) -> None:
    page.goto("/")
    page.locator("guided-tour:defined").wait_for(state="attached")
    assert page.locator("back-step").get_attribute("data-phase") == "backward"
    said = page.locator(".intro p").first.inner_text()
    assert said.count(".") == 3
    assert "Press → for the next step" in said
    page.locator("[data-intro='close']").click()
    assert page.locator(".intro").count() == 0
    assert complaints == []


def test_a_link_says_nothing_of_the_kind(opened: Page) -> None:
    assert opened.locator(".intro").count() == 0


def test_names_and_functions_are_completed_with_their_formulas(
    opened: Page, complaints: list[str]
) -> None:
    opened.locator(".cm-content").click()
    opened.keyboard.press("ControlOrMeta+End")
    opened.keyboard.type("t = sigm")
    choice = opened.locator(".cm-tooltip-autocomplete li[aria-selected]")
    choice.filter(has_text="sigmoid").wait_for()
    opened.locator(".cm-completionInfo .katex").wait_for()
    # A list that has only just opened takes no key as an answer, for 75 ms of the editor's own.
    opened.wait_for_timeout(120)
    opened.keyboard.press("Enter")
    opened.keyboard.type("lamb")
    choice.filter(has_text="lambda").wait_for()
    opened.wait_for_timeout(120)
    opened.keyboard.press("Enter")
    assert text_of(opened).endswith("t = sigmoid(lambda)")
    assert [each for each in complaints if "422" not in each] == []


def test_a_line_begins_with_a_word_of_the_language(opened: Page) -> None:
    opened.locator(".cm-content").click()
    opened.keyboard.press("ControlOrMeta+End")
    opened.keyboard.type("pa")
    opened.locator(".cm-tooltip-autocomplete li", has_text="what is learned").wait_for()
    opened.keyboard.press("Escape")
    opened.keyboard.type("ram q ~ xa")
    opened.locator(".cm-tooltip-autocomplete li", has_text="Glorot").wait_for()


@pytest.mark.parametrize(
    ("written", "button", "mended"),
    [
        ("t = w*q", "Declare it above: input q = 1", "input q = 1\nt = w*q"),
        ("t == w", "Write t = w", "t = w"),
        ("t = (w", None, None),
        ("t = np.clamp(w, 0, 1)", "Write t = clip(w, 0, 1)", "t = clip(w, 0, 1)"),
        ("t = 0,5*w", "Write t = 0.5*w", "t = 0.5*w"),
        ("t = w ^^ 2", "Write t = w ^ 2", "t = w ^ 2"),
        ("t = wb", "Write t = w*b", "t = w*b"),
    ],
)
def test_a_mend_is_applied_by_a_click(
    editor: Page, write_kept: Write, written: str, button: str | None, mended: str | None
) -> None:
    start = "param w = 0.5\nparam b = 1\n"
    write_kept(start + written)
    editor.locator(".fault-note").wait_for()
    if button is None or mended is None:
        mended = written + ")"
        editor.locator(".fault-note button").first.click()
    else:
        editor.locator(".fault-note button", has_text=button).first.click()
    editor.locator(".fault-note").wait_for(state="detached")
    assert text_of(editor) == start + mended


def test_fixes_are_reached_and_made_by_keys(editor: Page, write_kept: Write) -> None:
    write_kept("param w = [1, 2]\nparam v = [3, 4]\nL = sum(v w)")
    editor.locator(".fault-note button", has_text="Write L = sum(v*w)").wait_for()
    assert editor.locator(".fault-note button").count() == 2
    editor.locator(".cm-content").focus()
    editor.keyboard.press("ControlOrMeta+.")
    editor.keyboard.press("Tab")
    editor.keyboard.press("Enter")
    editor.locator(".fault-note").wait_for(state="detached")
    assert text_of(editor).endswith("L = sum(v*w)")
    assert editor.evaluate("() => document.activeElement.classList.contains('cm-content')")


def test_a_typed_answer_is_fixed_by_a_click(editor: Page, write_kept: Write) -> None:
    write_kept("input x = 2\nparam w = 0.5\nL = (w*x - 1)^2")
    form = editor.locator("answer-check")
    editor.locator(".node[data-name='x']").wait_for()
    form.locator("select option[value='x']").wait_for(state="attached")
    form.locator("input").fill("2*x*(w*x - 1")
    form.locator("input").press("Enter")
    form.locator("button", has_text="Write 2*x*(w*x - 1)").click()
    form.locator(".is-right").wait_for()
    assert form.locator("input").input_value() == "2*x*(w*x - 1)"


def test_a_text_that_is_wrong_from_the_start_is_explained(
    page: Page, address: Address, neuron: str
) -> None:
    page.goto(address(neuron.replace("sigmoid", "sigmod")))
    page.locator(".fault-note").wait_for()
    said = page.locator(".nothing").inner_text()
    assert "Line 8: unknown name 'sigmod' (did you mean 'sigmoid'?)" in said
    assert page.locator("[data-go='play']").is_disabled()
    assert page.locator("[data-go='next']").get_attribute("aria-disabled") == "true"
    page.locator(".nothing button").click()
    assert page.evaluate("() => document.activeElement.classList.contains('cm-content')")
    page.locator(".fault-note button", has_text="Write u = sigmoid(z)").click()
    page.locator(".node[data-name='u']").wait_for()
    expect(page.locator(".nothing, .nothing-here")).to_have_count(0, timeout=1000 * PATIENCE)
    assert page.locator("[data-go='play']").is_enabled()
    assert page.locator(".given li").count() == 5


def test_the_language_stands_beside_the_editor_while_one_types(
    opened: Page, complaints: list[str]
) -> None:
    opened.locator(".definition [popovertarget='language-sheet']").click()
    sheet = opened.locator("#language-sheet")
    sheet.locator(".code-hint .katex").first.wait_for()
    opened.locator(".cm-content").click()
    opened.keyboard.press("ControlOrMeta+End")
    opened.keyboard.type("# typed")
    assert sheet.is_visible()
    sheet.locator("input").fill("cross_ent")
    (found,) = sheet.locator(".code-hint:visible code").all_text_contents()
    assert found.startswith("cross_entropy(logits, y")
    opened.keyboard.press("Escape")
    assert sheet.is_hidden()
    assert complaints == []


def test_another_text_takes_the_words_about_the_first_away(
    page: Page, write: Callable[[str], None]
) -> None:
    page.goto("/")
    page.locator(".cm-content").wait_for()
    page.locator("value-list input[type='range']").first.fill("1")
    assert page.locator("#intro").count() == 1
    write("param w = 2\nL = w^2")
    page.locator("#intro").wait_for(state="detached")
