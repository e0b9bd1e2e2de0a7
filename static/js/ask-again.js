// A panel that asks for itself: again once the values have come to rest, and greyed while the text
// is wrong.

const PAUSE = 400;

export function askAgain(panel, page) {
  let later;
  page.addEventListener("numbers", ({ detail }) => {
    if (detail.problem) return;
    clearTimeout(later);
    later = panel.hidden ? undefined : setTimeout(() => panel.ask(), PAUSE);
  });
  page.addEventListener("fault", () => panel.classList.add("is-stale"));
  page.addEventListener("valid", () => panel.classList.remove("is-stale"));
}
