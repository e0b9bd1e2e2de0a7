// The reader's theme, before anything is drawn. Kept in this browser alone. Not a module: it must
// not wait.

(() => {
  let kept = null;
  try {
    kept = localStorage.getItem("theme");
  } catch {
    // A browser that keeps nothing shows what the system says.
  }
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
})();
