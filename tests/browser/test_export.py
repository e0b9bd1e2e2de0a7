"""The sheet of files: by keyboard, by mouse, and without a script."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

Address = Callable[..., str]


@pytest.fixture
def opened(page: Page, address: Address, neuron: str) -> Page:
    page.goto(address(neuron, step=15))
    page.locator(".panel-body .katex").first.wait_for()
    return page


def test_files_by_keyboard(opened: Page, complaints: list[str]) -> None:
    button = opened.locator("[popovertarget='export-sheet']").first
    button.click()
    state = opened.locator("#export-sheet [data-part='state']")
    expect(state).to_contain_text("checked: equals the page to 1e-9")
    expect(state).to_contain_text("L and 2 gradients")
    opened.locator("#export-numpy").focus()
    opened.keyboard.press("ArrowDown")
    expect(opened.locator("#export-torch")).to_be_focused()
    expect(state).to_contain_text("not run here")
    expect(opened.locator(".export-code")).to_contain_text("import torch")
    opened.keyboard.press("End")
    expect(opened.locator("#export-json")).to_have_attribute("aria-selected", "true")
    expect(opened.locator(".export-code")).to_contain_text('"nodes"')
    opened.keyboard.press("Home")
    line = opened.locator(".export-code li", has_text=re.compile(r"^\s+dz = "))
    line.hover()
    expect(opened.locator("[data-name='z'].is-pointed")).to_have_count(1)
    assert opened.locator("back-step").get_attribute("data-step") == "15"
    opened.keyboard.press("Escape")
    expect(opened.locator("#export-sheet")).to_be_hidden()
    expect(button).to_be_focused()
    assert complaints == []


def test_files_are_saved_as_they_are_on_the_screen(opened: Page) -> None:
    opened.locator("[data-go='back']").click()
    opened.locator("[popovertarget='export-sheet']").first.click()
    begins = {
        "dot": b"digraph",
        "json": b"{",
        "svg": b"<svg",
        "nn": b"input",
        "png": b"\x89PNG",
        "pdf": b"%PDF",
        "tikz": b"\\documentclass",
        "c": b"//",
    }
    for file, start in begins.items():
        opened.locator(f"#export-{file}").click()
        ending = {"tikz": "tex"}.get(file, file)
        expect(opened.locator("[data-part='save']")).to_contain_text(f".{ending}")
        expect(opened.locator("[data-part='save']")).not_to_have_attribute("inert", "")
        with opened.expect_download() as saved:
            opened.locator("[data-part='save']").click()
        content = saved.value.path().read_bytes()
        assert content.startswith(start) or (file == "c" and b"#include" in content), file
        if file == "json":
            assert b'"step":14' in content.replace(b" ", b"")
    opened.locator("#export-svg").click()
    expect(opened.locator(".export-shown svg")).to_be_visible()
    assert opened.locator(".export-shown [id]").count() == 0


def test_without_scripts_they_are_links(
    new_context: Callable[..., BrowserContext], server: str
) -> None:
    context = new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.locator("[popovertarget='export-sheet']").first.click()
    links = page.locator("#export-sheet a[data-file]:visible")
    assert links.count() == 17
    for at in range(links.count()):
        address = links.nth(at).get_attribute("href") or ""
        if "target=numpy" in address or "format=pdf" in address:
            answer = context.request.get(address)
            assert answer.ok, address
    context.close()


def test_an_embed_tells_the_page_around_it_its_height(
    page: Page, address: Address, neuron: str, server: str
) -> None:
    page.set_viewport_size({"width": 900, "height": 700})
    around = f"""<!doctype html><script>
      window.told = [];
      addEventListener("message", ({{ data }}) => told.push(data));
    </script><iframe src="{address(neuron, "/embed", step=3)}" width="800" height="300"></iframe>"""
    page.route(
        f"{server}/around", lambda route: route.fulfill(body=around, content_type="text/html")
    )
    page.goto(f"{server}/around")
    page.wait_for_function("() => window.told.length")
    last = page.evaluate("() => window.told.at(-1)")
    assert last["type"] == "backstep:height"
    assert 200 < last["height"] < 2000
