// The keys of a training: arrows, Home, End, space. Keys typed into a field stay the field's.

const FIELDS = "input, textarea, select, [contenteditable], .cm-editor, [popover]:popover-open";
const PRESSED = "a, button, summary, [role='button']";

export function listenToTrainingKeys(page) {
  const moves = {
    ArrowRight: () => page.controls.by(1),
    ArrowLeft: () => page.controls.by(-1),
    Home: () => page.controls.first(),
    End: () => page.controls.end(),
    " ": () => page.controls.toggle(),
  };
  document.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    if (!move || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.target.closest(FIELDS)) return;
    if (event.key === " " && event.target.closest(PRESSED)) return;
    event.preventDefault();
    move();
  });
}
