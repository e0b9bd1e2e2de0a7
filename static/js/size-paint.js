// Partials coloured by size in a drawing: a plate under each number, and edges in the same colours.

import { deepest, LEVELS, levelOf } from "./sizes.js";

const SVG = "http://www.w3.org/2000/svg";
const ROOM = 3;

// `mode`: "relative", "absolute", or null for none.
export function paintSizes(svg, walk, at, { mode, hiding = false }) {
  svg.classList.toggle("is-sized", Boolean(mode));
  if (!mode) return;
  const deep = deepest(walk, mode);
  const done = walk.steps.slice(0, at).filter(({ phase }) => phase === "backward");
  const asked = hiding ? done.at(-1)?.node : null;
  const known = new Map(done.map((step) => [step.node, step]));
  for (const node of svg.querySelectorAll(".node")) {
    const step = node.dataset.node === asked ? null : known.get(node.dataset.node);
    setLevel(node, step ? levelOf(step.largest, deep) : 0);
    placePlate(node);
  }
  const carried = new Map(
    done.flatMap(({ contributions }) => contributions).map((each) => [each.edge, each.largest]),
  );
  for (const edge of svg.querySelectorAll(".edge")) {
    const level = levelOf(carried.get(edge.dataset.edge), deep);
    setLevel(edge, edge.dataset.source === asked ? 0 : level);
    edge.style.setProperty("--size-width", `${1 + (2.6 * level) / LEVELS}px`);
  }
}

function setLevel(element, level) {
  if (level) element.dataset.level = level;
  else delete element.dataset.level;
}

// Around the figures of the partial, behind them.
function placePlate(node) {
  const figures = [...node.querySelectorAll("text.partial")];
  let plate = node.querySelector(".size-plate");
  if (!node.dataset.level || !figures.length) {
    plate?.remove();
    return;
  }
  const boxes = figures.map((each) => each.getBBox()).filter(({ width }) => width);
  if (!boxes.length) return;
  const left = Math.min(...boxes.map(({ x }) => x)) - ROOM;
  const top = Math.min(...boxes.map(({ y }) => y)) - 1;
  const right = Math.max(...boxes.map(({ x, width }) => x + width)) + ROOM;
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height)) + 1;
  if (!plate) {
    plate = document.createElementNS(SVG, "rect");
    plate.setAttribute("class", "size-plate");
    plate.setAttribute("rx", "4");
    figures[0].before(plate);
  }
  for (const [name, value] of Object.entries({
    x: left,
    y: top,
    width: right - left,
    height: bottom - top,
  }))
    plate.setAttribute(name, value);
}
