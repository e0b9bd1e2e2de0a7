// Where one has scrolled down, a step that says less must not move the walk's buttons under the pointer:
// the page keeps its height while one steps, until its end is out of view, and while the buttons are in
// view it is not scrolled to keep what stands below them.

export function keepSteady(page) {
  const main = page.querySelector("main");
  if (!main) return;
  let height = 0;
  new ResizeObserver(([{ borderBoxSize }]) => {
    height = borderBoxSize[0].blockSize;
  }).observe(main);
  const controls = page.querySelector("walk-controls");
  new IntersectionObserver(([{ isIntersecting }]) => {
    document.body.style.overflowAnchor = isIntersecting ? "none" : "";
  }).observe(controls);
  const release = () => main.style.removeProperty("min-height");
  // Before the others, who measure what they have changed.
  page.addEventListener(
    "step",
    () => {
      if (scrollY > 0 && height) main.style.minHeight = `${height}px`;
      else release();
    },
    { capture: true },
  );
  page.addEventListener("walk", release);
  addEventListener(
    "scroll",
    () => {
      if (!main.style.minHeight) return;
      const ends = [...main.querySelectorAll(".card")].map(
        (card) => card.getBoundingClientRect().bottom,
      );
      if (innerHeight <= Math.max(...ends)) release();
    },
    { passive: true },
  );
}
