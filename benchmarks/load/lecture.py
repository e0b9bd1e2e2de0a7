#!/usr/bin/env python3
"""A lecture: a class behind one address opens one link, steps, moves a slider, checks an answer.

    .venv/bin/python benchmarks/load/lecture.py [--class N] [--within SECONDS] [--write]

Eight of the class are pages in a Chromium; the rest send the requests that such a page sends, each
at a moment of its own within so many seconds of every phase. With `--write` the table replaces
benchmarks/load/LECTURE.md. Service, browser and load generator share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from playwright.async_api import Page, async_playwright  # noqa: E402

from app.api import share_link  # noqa: E402
from backstep.examples import EXAMPLES  # noqa: E402
from tests import chromium, service  # noqa: E402

RESULTS = Path(__file__).with_name("LECTURE.md")
PAGES = 8
WANTED = 300
"""Milliseconds that 95 of 100 requests are to stay under."""
SOURCE = next(each.source for each in EXAMPLES if each.id == "toy-neuron")
LINK = f"/?d={share_link.encode({'source': SOURCE, 'step': 12})}"
ANSWERS = (
    "(u - y)*u*(1 - u)*x + 2*lambda*w",
    "(u - y)*u*(1 - u)*x",
    "(u - y)*x + 2*lambda*w",
    "(y - u)*u*(1 - u)*x + 2*lambda*w",
)
PHASES = ("open", "step", "slide", "check")


class Times:
    """Milliseconds by who asked and in which phase, and what was refused."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], list[float]] = {}
        self.refused: list[int] = []

    async def timed(self, who: str, phase: str, doing: Awaitable[object]) -> None:
        """What is done, and how long it took."""
        begun = time.monotonic()
        await doing
        self.found.setdefault((who, phase), []).append(1e3 * (time.monotonic() - begun))


async def _plain(client: httpx.AsyncClient, phase: str, times: Times, within: float) -> None:
    """One of the class without a page, in one phase."""
    await asyncio.sleep(random.random() * within)

    async def ask(method: str, path: str, body: object) -> None:
        told = await client.request(method, path, json=body)
        if told.status_code != 200:
            times.refused.append(told.status_code)

    moved = {"source": SOURCE, "values": {"w": round(random.uniform(-2, 2), 2)}}
    asked: dict[str, Callable[[], Awaitable[None]]] = {
        "open": lambda: ask("GET", LINK, None),
        # A page has all steps at hand: what is asked then is the drawing of another zoom.
        "step": lambda: ask("POST", "/api/v1/analyze", {"source": SOURCE, "parts": ["numbers"]}),
        "slide": lambda: ask("POST", "/api/v1/analyze", {**moved, "parts": ["numbers", "walk"]}),
        "check": lambda: ask(
            "POST",
            "/api/v1/compare",
            {"source": SOURCE, "of": "w", "answer": random.choice(ANSWERS)},
        ),
    }
    await times.timed("a request", phase, asked[phase]())


async def _in_browser(page: Page, phase: str, times: Times) -> None:
    """The same on a page, as far as one sees it."""

    async def opened() -> None:
        await page.goto(LINK)
        await page.locator(".cm-content").wait_for()

    async def stepped() -> None:
        before = await page.locator("back-step").get_attribute("data-step") or ""
        await page.locator(".walk").first.click()
        await page.keyboard.press("ArrowRight")
        await page.wait_for_function(
            "(before) => document.querySelector('back-step').state.step !== before", arg=before
        )

    async def slid() -> None:
        await page.evaluate(
            """async () => {
              const page = document.querySelector("back-step");
              const walk = new Promise((done) =>
                page.addEventListener("walk", done, { once: true }));
              const slider = document.querySelector(".given .slider:not([disabled])");
              slider.value = (Number(slider.min) + Number(slider.max)) * Math.random();
              slider.dispatchEvent(new Event("input", { bubbles: true }));
              await walk;
            }"""
        )

    async def checked() -> None:
        field = page.locator(".answer-field")
        await field.fill(ANSWERS[0])
        await field.press("Enter")
        await page.locator(".verdict.is-right").wait_for()

    done = {"open": opened, "step": stepped, "slide": slid, "check": checked}
    await times.timed("a page", phase, done[phase]())


async def lecture(address: str, members: int, within: float) -> Times:
    """All phases, one after the other."""
    times = Times()
    limits = httpx.Limits(max_connections=members)
    async with (
        httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as client,
        async_playwright() as playwright,
    ):
        while (await client.get("/api/v1/health?ready=1")).status_code != 200:
            await asyncio.sleep(0.2)
        browser = await playwright.chromium.launch(executable_path=chromium.find())
        contexts = [
            await browser.new_context(base_url=address, locale="en-US") for _ in range(PAGES)
        ]
        pages = [await each.new_page() for each in contexts]
        for phase in PHASES:
            await asyncio.gather(
                *(_plain(client, phase, times, within) for _ in range(members - PAGES)),
                *(_in_browser(page, phase, times) for page in pages),
            )
        await browser.close()
    return times


def main() -> int:
    """Measure, print, and with `--write` keep. Returns 1 where there is no Chromium."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--class", type=int, default=500, dest="members")
    parser.add_argument("--within", type=float, default=10.0, help="seconds of each phase")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    if chromium.find() is None:
        print("no Chromium is here", file=sys.stderr)
        return 1
    busy = os.getloadavg()[0]
    variables = {**os.environ, "BACKSTEP_CLASS_ADDRESSES": "127.0.0.1"}
    with (
        tempfile.TemporaryDirectory() as folder,
        service.running(Path(folder) / "log", env=variables) as address,
    ):
        times = asyncio.run(lecture(address, given.members, given.within))
    lines = ["| | phase | how many | median | p95 |", "| --- | --- | --- | --- | --- |"]
    for (who, phase), each in sorted(times.found.items()):
        late = sorted(each)[round(0.95 * (len(each) - 1))]
        lines.append(
            f"| {who} | {phase} | {len(each)} | {statistics.median(each):.0f} ms | {late:.0f} ms |"
        )
    told = (
        f"A class of {given.members} behind one address, each phase within {given.within:g} s;"
        f" {len(times.refused)} refused; wanted: p95 of the requests under {WANTED} ms."
        f" {os.cpu_count()} cores with the browser on them, {platform.machine()}, Python"
        f" {platform.python_version()}, load {busy:.1f} before it began."
        " `.venv/bin/python benchmarks/load/lecture.py --write`"
    )
    text = "\n".join(lines) + f"\n\n{told}"
    print(text)
    if given.write:
        RESULTS.write_text(f"# A lecture\n\n{text}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
