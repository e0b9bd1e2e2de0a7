"""A browser whose timing is another machine's: DISTURB names which. Holds no checks.

A test that passes here and fails elsewhere mostly read the page before it was where it was led to,
or after it had gone on. Each kind makes one such machine of this one:

- `late`: events that a browser sends when it has time (toggle, transitionend, observers, frames,
  timers) come later, by a random time of up to 0.3 s, and so do the answers of the service;
- `throttled`: the page has a sixth of the processor;
- `prompt`: what the page puts off (a pause in typing, a value at rest) it does almost at once;
- `behind`: the test is slow, the page is not: each call of the test waits for 0.15 s.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

KIND = os.environ.get("DISTURB", "")
KINDS = ("late", "throttled", "prompt", "behind")
if KIND and KIND not in KINDS:
    raise SystemExit(f"DISTURB is one of {', '.join(KINDS)}, not {KIND!r}")

_LATE = """(() => {
  const later = window.setTimeout.bind(window);
  const frame = window.requestAnimationFrame.bind(window);
  const fetched = window.fetch.bind(window);
  const some = (most = 300) => Math.random() * most;
  const resent = new WeakSet();
  const put_off = (event) => {
    if (!event.isTrusted || resent.has(event)) return;
    event.stopImmediatePropagation();
    later(() => {
      const { type, oldState, newState, propertyName, animationName, bubbles } = event;
      const kind = event.constructor;
      const again = new kind(type, { oldState, newState, propertyName, animationName, bubbles });
      event.target?.dispatchEvent(again);
    }, some());
  };
  for (const type of ["toggle", "transitionend", "animationend"])
    window.addEventListener(type, put_off, { capture: true });
  for (const name of ["ResizeObserver", "IntersectionObserver"]) {
    const Known = window[name];
    window[name] = class extends Known {
      constructor(call, ...options) {
        super((...found) => later(() => call(...found), some()), ...options);
      }
    };
  }
  window.requestAnimationFrame = (call) => later(() => frame(call), some(60));
  window.setTimeout = (call, wait = 0, ...given) => later(call, wait + some(100), ...given);
  window.fetch = async (...asked) => {
    await new Promise((done) => later(done, some(200)));
    const answer = await fetched(...asked);
    await new Promise((done) => later(done, some(200)));
    return answer;
  };
})()"""
_PROMPT = """(() => {
  const later = window.setTimeout.bind(window);
  window.setTimeout = (call, wait = 0, ...given) => later(call, wait / 20, ...given);
})()"""


def launch_options() -> dict[str, Any]:
    """Options of Playwright's `launch`."""
    return {"slow_mo": 150} if KIND == "behind" else {}


def disturb(context: BrowserContext) -> None:
    """Let the pages of a reader's browser run as on the machine that is asked for."""
    if KIND in ("late", "prompt"):
        context.add_init_script(_LATE if KIND == "late" else _PROMPT)
    if KIND == "throttled":
        context.on("page", _throttle)


def _throttle(page: Page) -> None:
    wire = page.context.new_cdp_session(page)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": 6})
