// Two columns of different heights: the one that ends first stays in sight beside the other. Where the page
// is one column nothing of this has an effect.

export function keepInSight(columns) {
  const seen = new ResizeObserver((all) => {
    for (const { target } of all) target.style.setProperty("--tall", `${target.offsetHeight}px`);
  });
  for (const column of columns) {
    column.classList.add("is-kept");
    seen.observe(column);
  }
}
