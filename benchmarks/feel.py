#!/usr/bin/env python3
"""How the page feels: times in a real browser from a keystroke or a moved slider to the screen.

    .venv/bin/python benchmarks/feel.py [--times N] [--write]

For every lecture system: text → new numbers (from the end of the pause after typing), → new
picture; a slider dragged from end to end, each move → numbers painted, and the server's part of it.
With `--write` the table replaces its part of benchmarks/RESULTS.md. Starts a service and a Chromium
and stops both.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import platform
import statistics
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from backstep.examples import EXAMPLES  # noqa: E402
from tests import chromium, service  # noqa: E402

RESULTS = ROOT / "benchmarks" / "RESULTS.md"
START, END = "<!-- feel -->", "<!-- /feel -->"
WANTED = {"numbers": 100, "picture": 200, "slider": 30, "server": 5}

MEASURE = """
(times) => {
  const page = document.querySelector("back-step");
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const next = (name) => new Promise((done) => page.addEventListener(name, done, { once: true }));
  const rest = () => new Promise((done) => {
    const idle = ({ detail }) => {
      if (detail.length) return;
      page.removeEventListener("busy", idle);
      done();
    };
    page.addEventListener("busy", idle);
  });
  const pause = (time) => new Promise((done) => setTimeout(done, time));
  // Some sliders, one after the other, each dragged from end to end.
  const moved = async () => {
    const sliders = [...document.querySelectorAll(".given .slider")].slice(0, 4);
    const moves = Math.ceil(times / sliders.length);
    const found = [];
    for (const slider of sliders) {
      const { min, max, value } = slider;
      for (let i = 0; i < moves; i += 1) {
        slider.value = Number(min) + ((Number(max) - Number(min)) * (i + 0.5)) / moves;
        found.push(await once(slider));
        await pause(40);
      }
      slider.value = value;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      await next("check");
      await pause(200);
    }
    return found;
  };
  const once = async (slider) => {
    performance.clearResourceTimings();
    const walk = next("walk");
    const start = performance.now();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await walk;
    await painted();
    const whole = performance.now() - start;
    const [asked] = performance.getEntriesByType("resource")
      .filter(({ name }) => name.endsWith("/analyze"));
    return [whole, asked.responseStart - asked.requestStart];
  };
  const typed = async () => {
    const found = [];
    const { source } = page.state;
    for (let i = 0; i < times; i += 1) {
      const numbers = next("numbers");
      const drawing = next("drawing");
      const quiet = rest();
      const start = performance.now();
      page.setSource(`${source.trimEnd()}\\n# ${i}\\n`);
      await numbers;
      await painted();
      const first = performance.now() - start;
      await drawing;
      await painted();
      found.push([first, performance.now() - start]);
      await quiet;
      // As long as the editor waits for the next key.
      await pause(300);
    }
    return found;
  };
  return moved().then(async (sliders) => ({ sliders, texts: await typed() }));
}
"""


def p95(times: list[float]) -> float:
    """The time that 95 of 100 stay under."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1) + 0.49))]


def address(source: str) -> str:
    """The page's address for a definition."""
    packed = zlib.compress(json.dumps({"source": source}).encode())
    return "/?d=" + base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def measure(page: Page, source: str, times: int) -> dict[str, list[float]]:
    """Milliseconds of each kind for one definition."""
    page.goto(address(source))
    page.locator(".cm-content").wait_for()
    page.locator(".gradients:not(:has(busy-note:visible))").wait_for()
    page.wait_for_timeout(600)
    found: dict[str, Any] = page.evaluate(MEASURE, times)
    return {
        "numbers": [first for first, _ in found["texts"]],
        "picture": [second for _, second in found["texts"]],
        "slider": [whole for whole, _ in found["sliders"]],
        "server": [server for _, server in found["sliders"]],
    }


def first_visit(browser: Browser, base: str) -> tuple[float, float]:
    """Compressed kB of a first visit, and milliseconds until one can work."""
    context = browser.new_context(base_url=base, locale="en-US")
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    sizes: list[float] = []
    wire.on("Network.loadingFinished", lambda done: sizes.append(done["encodedDataLength"]))
    page.goto("/")
    page.locator(".cm-content").wait_for()
    ready: float = page.evaluate("() => performance.now()")
    page.wait_for_load_state("networkidle")
    context.close()
    return sum(sizes) / 1000, ready


def table(rows: dict[str, dict[str, list[float]]], visit: tuple[float, float], times: int) -> str:
    """The results as Markdown."""
    lines = [
        f"Milliseconds, median and p95 of {times} each, in Chromium on the machine of the service"
        f" ({os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f}).",
        "",
        f"A first visit: {visit[0]:.0f} kB over the wire, {visit[1]:.0f} ms until the editor is"
        " there.",
        "",
        "| system | text → numbers | text → picture | slider → painted | of it the server |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, kinds in rows.items():
        cells = [
            f"{statistics.median(each):.0f} · {p95(each):.0f}" if each else "–"
            for each in kinds.values()
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    wanted = (
        f"{'<'} {WANTED['numbers']}",
        f"< {WANTED['picture']}",
        f"< {WANTED['slider']}",
        f"< {WANTED['server']}",
    )
    lines.append(f"| wanted (p95) | {' | '.join(wanted)} |")
    return "\n".join(lines)


def write(text: str) -> None:
    """Put the table in its place of RESULTS.md."""
    whole = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else "# Results\n"
    part = f"{START}\n## Feel\n\n{text}\n{END}"
    if START in whole:
        before, _, rest = whole.partition(START)
        whole = before + part + rest.partition(END)[2]
    else:
        whole = f"{whole.rstrip()}\n\n{part}\n"
    RESULTS.write_text(whole, encoding="utf-8")


def main() -> int:
    """Measure, print and, if asked, write. Returns 1 where there is no Chromium."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--only", nargs="*", help="ids of examples")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    executable = chromium.find()
    if executable is None:
        print("No Chromium was found.")
        return 1
    chosen = [each for each in EXAMPLES if not asked.only or each.id in asked.only]
    with (
        tempfile.TemporaryDirectory() as folder,
        service.running(Path(folder) / "log") as base,
        sync_playwright() as play,
    ):
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = play.chromium.launch(executable_path=executable, args=flags)
        context = browser.new_context(base_url=base, locale="en-US", reduced_motion="reduce")
        page = context.new_page()
        rows = {}
        for example in chosen:
            rows[example.id] = measure(page, example.source, asked.times)
            print(
                example.id,
                {kind: round(p95(each), 1) for kind, each in rows[example.id].items() if each},
            )
        visit = first_visit(browser, base)
        browser.close()
    text = table(rows, visit, asked.times)
    print(text)
    if asked.write:
        write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
