// Two columns of different heights: one that ends early, and fits the window, stays in sight beside
// the other. A taller one scrolls with the page: what is focused in it has to come into view. Where
// the page is one column nothing of this has an effect.

// Above and below it.
const FREE = 30;

export function keepInSight(columns) {
  const fit = (column) =>
    column.classList.toggle("is-kept", column.offsetHeight + FREE <= innerHeight);
  const seen = new ResizeObserver((all) => {
    for (const { target } of all) fit(target);
  });
  for (const column of columns) seen.observe(column);
  addEventListener("resize", () => columns.forEach(fit));
}
