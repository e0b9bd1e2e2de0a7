// The keys of a page, each with what it does: arrows, Home, End, space. Keys typed into a field
// stay the field's. What they do is the page's to say.

const FIELDS = "input, textarea, select, [contenteditable], .cm-editor, [popover]:popover-open";
const PRESSED = "a, button, summary, [role='button']";

export function listenToKeys(moves) {
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
