"""The walk outside the page: a file whose links need no script, and the widget's script."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from backstep.network import Network
from backstep.network.templates import text
from backstep.network.walk import Walk

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

NET = "input x = 2\nparam w = 0.5\nz = w*x\nL = (z - 3)^2"


@pytest.fixture(scope="module")
def walk() -> Walk:
    """The walk of a small net."""
    return Network(NET).walk()


def test_links_go_from_step_to_step_without_a_script(
    walk: Walk, new_context: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    walk.save(tmp_path / "walk.html")
    page = new_context(java_script_enabled=False).new_page()
    page.goto((tmp_path / "walk.html").as_uri())
    shown = page.locator("section:visible")
    assert shown.locator("strong").all_text_contents() == [f"{walk.first} of {walk.total}"]
    shown.locator("text=on →").click()
    assert shown.locator("strong").all_text_contents() == [f"{walk.first + 1} of {walk.total}"]
    assert shown.locator("svg").is_visible()
    shown.locator("text=« start").click()
    assert shown.locator("strong").all_text_contents() == [f"0 of {walk.total}"]
    assert shown.locator("a").all_text_contents() == ["on →", "end »"]


# What a notebook gives a widget: named values, told on when they change.
MODEL = """
const { default: widget } = await import(URL.createObjectURL(new Blob([script],
  { type: "text/javascript" })));
const values = { step: 2, total: pages.length - 1, page: pages[2] };
const heard = {};
const model = {
  get: (name) => values[name],
  set: (name, value) => { values[name] = value; },
  save_changes: () => {
    values.page = pages[values.step];
    for (const name of ["step", "page"]) for (const told of heard[name] ?? []) told();
  },
  on: (event, told) => (heard[event.slice(7)] ??= []).push(told),
  off: () => {},
};
widget.render({ model, el: document.body });
"""


def test_the_widget_follows_buttons_keys_and_its_slider(
    walk: Walk, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context().new_page()
    pages = json.dumps([walk.page(step) for step in range(walk.total + 1)])
    given = f"const script = {json.dumps(text('walk.js'))}; const pages = {pages};"
    page.evaluate(f"(async () => {{ {given} {MODEL} }})()")
    count, last = page.locator("output"), walk.total
    assert count.inner_text().strip() == f"2 of {last}"
    page.get_by_role("button", name="→").click()
    assert count.inner_text().strip() == f"3 of {last}"
    assert walk.steps[2].words[1:] in page.locator("body").inner_text()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert count.inner_text().strip() == f"1 of {last}"
    page.get_by_role("button", name="»").click()
    page.keyboard.press("ArrowRight")
    assert count.inner_text().strip() == f"{last} of {last}"
    page.get_by_role("slider").fill("4")
    assert count.inner_text().strip() == f"4 of {last}"
    assert page.locator("svg").is_visible()
