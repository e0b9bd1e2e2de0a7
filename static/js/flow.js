// What explains a step by moving: a value along its edges into its node, a partial back along its
// own. Only from one step to the next, and never for readers who ask for stillness.

const TIME = 480;
const still = matchMedia("(prefers-reduced-motion: reduce)");

export function flow(svg, from, at) {
  svg.querySelectorAll(".flow").forEach((each) => each.remove());
  if (still.matches || from === undefined || Math.abs(at - from) !== 1) return;
  const back = svg.classList.contains("is-stepping-backward");
  for (const edge of svg.querySelectorAll(".edge.is-current")) {
    const path = edge.querySelector(back ? ".return" : ".line");
    if (path) run(edge, path.getAttribute("d"), back);
  }
}

function run(edge, d, back) {
  const drop = document.createElementNS(edge.namespaceURI, "circle");
  drop.setAttribute("r", "5");
  drop.setAttribute("class", back ? "flow is-back" : "flow");
  drop.style.offsetPath = `path("${d}")`;
  edge.append(drop);
  const moved = drop.animate([{ offsetDistance: "0%" }, { offsetDistance: "100%" }], {
    duration: TIME,
    easing: "ease-in-out",
  });
  moved.finished.then(
    () => drop.remove(),
    () => {},
  );
}
