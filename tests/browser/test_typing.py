"""Typing a definition: new numbers, faults at their place, and no answer to an older text."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.frames import becomes, frames

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.slow

Address = Callable[..., str]
Write = Callable[[str], None]


@pytest.fixture
def opened(page: Page, address: Address, neuron: str) -> Page:
    page.goto(address(neuron, step=15))
    page.locator(".cm-content").wait_for()
    page.locator(".check .agreed").wait_for()
    return page


def value(page: Page, name: str) -> str:
    return page.locator(f".node[data-name='{name}'] .value").text_content() or ""


def test_a_new_text_gives_new_numbers_in_the_same_place(
    opened: Page, write: Write, neuron: str, complaints: list[str]
) -> None:
    write(neuron.replace("x = 2", "x = 4"))
    opened.locator(".node[data-name='z'] .value", has_text="1.7").wait_for()
    assert "is-current" in (opened.locator(".node[data-name='z']").get_attribute("class") or "")
    assert opened.locator("back-step").get_attribute("data-phase") == "backward"
    write(neuron.replace("u = sigmoid(z)", "t = z + 0\nu = sigmoid(t)"))
    opened.locator(".node[data-name='t']").wait_for()
    assert "is-current" in (opened.locator(".node[data-name='z']").get_attribute("class") or "")
    assert complaints == []


def test_a_fault_is_marked_where_it_stands_and_the_last_good_graph_stays(
    opened: Page, write: Write, neuron: str, complaints: list[str]
) -> None:
    write(neuron.replace("sigmoid", "sigmod"))
    opened.locator(".fault-note").wait_for()
    assert opened.locator(".fault-mark").text_content() == "sigmod"
    note = opened.locator(".fault-note").text_content() or ""
    assert "'sigmod'" in note
    assert "sigmoid" in note
    assert opened.locator(".host.is-stale svg.graph").count() == 1
    spoken = opened.locator("definition-editor [role='status']").text_content() or ""
    assert spoken.startswith("line 8: ")
    opened.locator(".fault-note button", has_text="sigmoid(z)").click()
    opened.locator(".host:not(.is-stale)").wait_for()
    assert opened.locator(".fault-mark, .fault-note").count() == 0
    assert value(opened, "u") == "0.6682"
    assert [each for each in complaints if "422" not in each] == []


def test_several_faults_stand_together(opened: Page, write: Write) -> None:
    write("input x = 2\nz = sigmod(x)\nu = cosg(x)\nL = z + u\n")
    opened.locator(".fault-note").nth(1).wait_for()
    assert opened.locator(".fault-mark").count() >= 2


def test_an_answer_to_an_older_text_is_not_shown(opened: Page, write: Write, neuron: str) -> None:
    held: list[Route] = []

    def first_waits(route: Route) -> None:
        if not held:
            held.append(route)
        else:
            route.continue_()

    opened.route("**/api/v1/analyze", first_waits)
    write(neuron.replace("x = 2", "x = 100"))
    becomes(opened, lambda: held)
    write(neuron.replace("x = 2", "x = 4"))
    opened.locator(".node[data-name='z'] .value", has_text="1.7").wait_for()
    held[0].fulfill(json={"numbers": {"problem": {"title": "late"}}})
    frames(opened)
    assert value(opened, "z") == "1.7"


def test_numbers_do_not_wait_for_the_picture(opened: Page, write: Write, neuron: str) -> None:
    parts: list[list[str]] = []
    opened.on(
        "request",
        lambda request: (
            parts.append((request.post_data_json or {})["parts"])
            if request.url.endswith("/analyze")
            else None
        ),
    )
    write(neuron.replace("x = 2", "x = 4"))
    opened.locator(".node[data-name='z'] .value", has_text="1.7").wait_for()
    opened.locator(".check:not(.is-stale) .agreed").wait_for()
    assert parts == [["numbers"], ["drawing", "walk"], ["formulas"], ["check"]]


def test_slow_work_is_said_and_can_be_stopped(opened: Page, write: Write, neuron: str) -> None:
    held: list[Route] = []

    def formulas_wait(route: Route) -> None:
        if (route.request.post_data_json or {})["parts"] == ["formulas"]:
            held.append(route)
        else:
            route.continue_()

    opened.route("**/api/v1/analyze", formulas_wait)
    write(neuron.replace("x = 2", "x = 4"))
    note = opened.locator(".gradients busy-note")
    note.wait_for()
    assert value(opened, "z") == "1.7", "the numbers are there meanwhile"
    opened.locator(".switch [data-zoom='tensor']").click()
    opened.locator("svg.graph[data-zoom='tensor']").wait_for()
    # Another view of the same text still wants its formulas.
    becomes(opened, lambda: len(held) == 2)
    note.wait_for()
    note.locator("button").click()
    note.wait_for(state="hidden")
    opened.locator("gradient-list .trouble", has_text="Stopped").wait_for()
    assert opened.locator(".gradient-formula").count() == 0, "formulas of the text before"
    assert opened.locator(".gradient-value").count() == 2


def test_a_value_of_a_name_that_is_gone_is_left_behind(
    page: Page, address: Address, neuron: str, write: Write
) -> None:
    page.goto(address(neuron, values={"w": 0.9}))
    page.locator("li[data-name='w'].is-replaced").wait_for()
    page.locator(".cm-content").wait_for()
    write("input x = 2\nparam v = 3\nL = v*x\n")
    page.locator(".node[data-name='v']").wait_for()
    assert page.locator(".is-replaced").count() == 0
    assert page.locator(".host.is-stale").count() == 0


def test_a_fault_in_the_address_is_shown_and_mended(
    page: Page, address: Address, neuron: str, write: Write
) -> None:
    page.goto(address(neuron.replace("w*x", "w*q")))
    page.locator(".fault-note").wait_for()
    assert page.locator("svg.graph").count() == 0
    write(neuron)
    page.locator(".node[data-name='z'].is-backward, .node[data-name='z'].is-current").wait_for()
    assert page.locator(".trouble").count() == 0


def test_the_server_out_of_reach_is_said(opened: Page, write: Write, neuron: str) -> None:
    opened.route("**/api/v1/analyze", lambda route: route.abort())
    write(neuron.replace("x = 2", "x = 4"))
    opened.locator(".faults .trouble", has_text="cannot be reached").wait_for()
    opened.unroute("**/api/v1/analyze")
    write(neuron.replace("x = 2", "x = 5"))
    opened.locator(".node[data-name='z'] .value", has_text="2.2").wait_for()
    assert opened.locator(".faults .trouble").count() == 0


def test_what_is_typed_is_in_the_address(opened: Page, write: Write) -> None:
    before = opened.url
    write("input x = 3\nparam w = 2\nL = (w*x)^2\n")
    opened.wait_for_url(lambda url: url != before)
    opened.reload()
    opened.locator(".cm-content").wait_for()
    assert "L = (w*x)^2" in opened.locator(".cm-content").inner_text()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_new_text_that_says_the_same_moves_nothing(
    page: Page, address: Address, neuron: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 720})
    page.goto(address(neuron))
    page.locator(".cm-content").wait_for()
    page.locator(".cost span").wait_for()
    # Where it is narrow the drawing comes to run down.
    page.locator(f"svg.graph[data-direction='{'TB' if width < 600 else 'LR'}']").wait_for()
    heights = page.evaluate(
        """(source) => new Promise((done) => {
          const page = document.querySelector("back-step");
          const found = new Set();
          const look = () => found.add(document.documentElement.scrollHeight);
          for (const name of ["numbers", "drawing", "walk", "formulas"])
            page.addEventListener(name, () => setTimeout(look));
          page.addEventListener("check", () => setTimeout(() => done([...found]), 300));
          look();
          page.setSource(`${source.replace(/# .*/, "")}# the same`);
        })""",
        f"{neuron.rstrip()} # as it was",
    )
    assert len(heights) == 1, heights


def test_how_a_line_of_a_board_was_read_stands_beneath_the_text(
    opened: Page, write: Write, neuron: str, complaints: list[str]
) -> None:
    assert opened.locator(".readings li").count() == 0
    write(neuron.replace("L = l + lambda*r", "L = l + λ r").replace("(u - y)^2 / 2", "½(u − y)²"))
    reading = opened.locator(".readings li", has_text="line 9")
    reading.wait_for()
    assert reading.locator(".katex").count() == 1
    assert opened.locator(".readings li").count() == 2
    assert reading.get_attribute("title") == "l = 1/2*(u - y)^2"
    form = opened.locator("answer-check")
    form.get_by_role("textbox", name="Your formula").fill("(u − y)u(1 − u)x + 2λw")
    opened.keyboard.press("Enter")
    form.locator(".verdict.is-right").wait_for()
    assert form.locator(".reading .katex").count() == 1
    assert complaints == []
