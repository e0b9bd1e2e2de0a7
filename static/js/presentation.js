// Presenting: the graph and the walk alone, large, for a room to read. Escape or the button leaves
// it; a presenter's clicker steps; B blanks the screen.

import { arrange, arrangement, BOUNDS, fitType } from "./board.js";

// Narrower is a phone, where both stand as they always do.
const ROOM = matchMedia("(min-width: 48rem)");

export function listenToPresenting(page) {
  const root = document.documentElement;
  const presenting = () => root.classList.contains("is-presenting");
  const drawing = page.querySelector("graph-drawing");
  const screen = () => ({
    width: root.clientWidth,
    height: innerHeight,
    legend: drawing.svg?.dataset.captioned === undefined,
  });
  // Whether the screen is whole, and nobody here has asked for its end yet.
  let whole = false;
  let direction = null;
  const settle = () => {
    const { frame } = drawing;
    const large = presenting() && ROOM.matches;
    page.querySelector(".beside")?.classList.toggle("is-board", large);
    if (!large) return frame.setBounds();
    if (frame.size) arrange(page.querySelector(".beside"), frame.size, screen(), BOUNDS.least);
    frame.setBounds(BOUNDS, (size) => arrangement(size, screen()).scale);
    drawing.followStep();
    return write();
  };
  const body = page.querySelector(".panel-body");
  const write = (more = true) => presenting() && ROOM.matches && fitType(body, screen(), more);
  const start = () => {
    root.classList.add("is-presenting");
    direction = page.state.direction;
    settle();
    drawing.directions.choose();
    // A browser may refuse the whole screen; the page is large all the same.
    root.requestFullscreen?.().catch(() => {});
    page.querySelector("[data-go='next']").focus({ preventScroll: true });
  };
  const end = () => {
    root.classList.remove("is-presenting", "is-blank");
    whole = false;
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    settle();
    if (!page.state.turned && page.state.direction !== direction) page.changeView({ direction });
    page.querySelector("[data-present='start']").focus({ preventScroll: true });
  };
  page.addEventListener("click", ({ target }) => {
    const way = target.closest("[data-present]")?.dataset.present;
    if (way) (way === "start" ? start : end)();
  });
  page.addEventListener("drawing", () => presenting() && settle());
  page.addEventListener("step", () => write());
  page.addEventListener("element", () => write(false));
  // A Jacobian that is opened, or comes, takes of the step's room. In the next frame: writing here
  // what is observed would be a loop.
  new ResizeObserver(() => requestAnimationFrame(() => write())).observe(body);
  addEventListener("resize", () => presenting() && settle());
  document.addEventListener("fullscreenchange", () => {
    if (document.fullscreenElement) whole = true;
    else if (whole && presenting()) end();
  });
  const keys = {
    Escape: end,
    PageDown: () => page.goTo(page.at + 1),
    PageUp: () => page.goTo(page.at - 1),
    b: () => root.classList.toggle("is-blank"),
  };
  document.addEventListener("keydown", (event) => {
    const typed = event.target.closest(
      "input:not([type='range']), textarea, select, [contenteditable], .cm-editor, [popover]:popover-open",
    );
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typed) return;
    if (event.key === "p") return (presenting() ? end : start)();
    if (!presenting() || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
}
