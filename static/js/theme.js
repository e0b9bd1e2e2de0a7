// The reader's theme and how wide the definition is to be, before anything is drawn. Kept in this browser
// alone. Not a module: it must not wait.

(() => {
  const root = document.documentElement;
  let kept = null;
  let pane = null;
  try {
    kept = localStorage.getItem("theme");
    pane = JSON.parse(localStorage.getItem("pane"));
  } catch {
    // A browser that keeps nothing shows what the system says.
  }
  if (kept === "light" || kept === "dark") root.dataset.theme = kept;
  if (pane?.folded === true) root.dataset.pane = "folded";
  if (typeof pane?.width === "number") root.style.setProperty("--pane", `${pane.width}rem`);
})();
