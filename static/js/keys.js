// The keys that walk: arrows, Home, End, space; and ? for help. Keys typed into a field stay the field's.

const FIELDS = "input, textarea, select, [contenteditable], .cm-editor, [popover]:popover-open";
const PRESSED = "a, button, summary, [role='button']";

export function listenToKeys(page) {
  const moves = {
    ArrowRight: () => page.go(page.at + 1),
    ArrowLeft: () => page.go(page.at - 1),
    Home: () => page.go(0),
    End: () => page.go(Infinity),
    "?": () => document.getElementById("help-panel")?.showPopover(),
    " ": () => page.querySelector("walk-controls").toggle(),
  };
  document.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    if (!move || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    // On many keyboards a question mark is typed with Shift.
    if (event.shiftKey && event.key !== "?") return;
    if (event.target.closest(FIELDS)) return;
    if (event.key === " " && event.target.closest(PRESSED)) return;
    event.preventDefault();
    move();
  });
}
