// Presenting: the graph and the walk alone, large, for a room to read. Escape or the button leaves it.

export function listenToPresenting(page) {
  const root = document.documentElement;
  const presenting = () => root.classList.contains("is-presenting");
  // Whether the screen is whole, and nobody here has asked for its end yet.
  let whole = false;
  const start = () => {
    root.classList.add("is-presenting");
    // A browser may refuse the whole screen; the page is large all the same.
    root.requestFullscreen?.().catch(() => {});
    page.querySelector("[data-go='next']").focus({ preventScroll: true });
  };
  const end = () => {
    root.classList.remove("is-presenting");
    whole = false;
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    page.querySelector("[data-present='start']").focus({ preventScroll: true });
  };
  page.addEventListener("click", ({ target }) => {
    const way = target.closest("[data-present]")?.dataset.present;
    if (way) (way === "start" ? start : end)();
  });
  document.addEventListener("fullscreenchange", () => {
    if (document.fullscreenElement) whole = true;
    else if (whole && presenting()) end();
  });
  document.addEventListener("keydown", (event) => {
    const typed = event.target.closest("input, textarea, select, [contenteditable], .cm-editor, [popover]:popover-open");
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typed) return;
    if (event.key === "Escape" && presenting()) end();
    if (event.key === "p") (presenting() ? end : start)();
  });
}
