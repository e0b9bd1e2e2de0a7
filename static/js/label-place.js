// Where a label of some size stands beside an edge: by its path, over no plate, no other label and no
// line. Reads the drawing once, and changes nothing.

import { along } from "./curve.js";

// The height of a line of text.
export const LINE = 14;
const SHARES = Array.from({ length: 17 }, (_, place) => 0.1 + 0.05 * place);
const ASIDE = [8, 12, 18, 24, 32, 40, 50, 62, 76].flatMap((far) => [-far, far]);
// No wish for a near place is worth standing on something.
const TAKEN = 1000;
// What a point of a line under the label weighs, and a box so near that the two would touch.
const CROSSED = 40;
const TOUCHING = 3;
const TOUCHED = 15;
const CELL = 48;
const NOWHERE = { left: -1e6, right: -1e6, top: -1e6, bottom: -1e6 };

// The cheapest place of any of the sizes ({width, height, cost, …}), free where one is.
export function place(edge, sizes) {
  const ground = groundOf(edge.ownerSVGElement);
  const own = edge.querySelector(".local");
  const path = along(edge.querySelector(".return").getAttribute("d"));
  let best = null;
  for (const tried of sizes.flatMap((size) => places(path, size)).sort((one, other) => one.cost - other.cost)) {
    if (best && tried.cost >= best.cost) break;
    const cost = tried.cost + ground.under(tried, own);
    if (!best || cost < best.cost) best = { ...tried, cost };
  }
  return best;
}

// A label now stands here ({x, y, width, height} about its middle), or where it was drawn.
export function stands(label, box = null) {
  grounds.get(label.ownerSVGElement)?.put(label, box && sides(box));
}

// Widths are others once a font has come.
export function forget(svg) {
  grounds.delete(svg);
}

function places(path, size) {
  return SHARES.flatMap((share) => {
    const { x, y, lean } = path.at(share);
    const reach = Math.abs(Math.sin(lean)) * (size.width / 2) + Math.abs(Math.cos(lean)) * (size.height / 2 - LINE / 2);
    return ASIDE.map((aside) => {
      const shift = aside + Math.sign(aside) * reach;
      const cost = size.cost + Math.abs(aside) + 20 * Math.abs(share - 0.5);
      return { ...size, size, x: x - Math.sin(lean) * shift, y: y + Math.cos(lean) * shift, cost };
    });
  });
}

const grounds = new WeakMap();

function groundOf(svg) {
  if (!grounds.has(svg)) grounds.set(svg, new Ground(svg));
  return grounds.get(svg);
}

// What stands in a drawing, by cells of it, so that a place is compared with what is near.
class Ground {
  #cells = new Map();
  #home = new Map();

  constructor(svg) {
    this.view = svg.viewBox.baseVal;
    for (const line of svg.querySelectorAll(".edge .line")) for (const point of along(line.getAttribute("d")).points) this.#cell(Math.floor(point.x / CELL), Math.floor(point.y / CELL)).points.push(point);
    for (const node of svg.querySelectorAll(".node")) for (const box of boxes(node)) this.#add({ box, weight: 1 });
    for (const label of svg.querySelectorAll(".edge .local")) {
      this.#home.set(label, { label, box: label.textContent ? box(label.getBBox()) : NOWHERE, weight: 0.5 });
      this.#add(this.#home.get(label));
    }
  }

  put(label, box) {
    const known = this.#home.get(label);
    if (!known) return;
    known.home ??= known.box;
    this.#each(known.box, (cell) => cell.boxes.delete(known));
    known.box = box ?? known.home;
    this.#add(known);
  }

  // What a label would cover there.
  under(tried, own) {
    const wanted = sides(tried);
    const { left, right, top, bottom } = grown(wanted, -1);
    const near = grown(wanted, TOUCHING);
    const met = new Set();
    let points = 0;
    this.#each(near, (cell) => {
      points += cell.points.reduce((sum, { x, y }) => (x > left && x < right && y > top && y < bottom ? sum + 1 : sum), 0);
      cell.boxes.forEach((each) => each.label !== own && met.add(each));
    });
    const covered = [...met].reduce((sum, each) => sum + overlap(wanted, near, each), 0);
    return covered + (points && TAKEN + CROSSED * points) + this.#outside(wanted);
  }

  #outside({ left, right, top, bottom }) {
    const { x, y, width, height } = this.view;
    const over = Math.max(0, x - left) + Math.max(0, right - x - width) + Math.max(0, y - top) + Math.max(0, bottom - y - height);
    return over && TAKEN + 40 * over;
  }

  #add(each) {
    this.#each(each.box, (cell) => cell.boxes.add(each));
  }

  #each({ left, right, top, bottom }, act) {
    for (let across = Math.floor(left / CELL); across <= Math.floor(right / CELL); across += 1) {
      for (let down = Math.floor(top / CELL); down <= Math.floor(bottom / CELL); down += 1) act(this.#cell(across, down));
    }
  }

  #cell(across, down) {
    const key = `${across} ${down}`;
    if (!this.#cells.has(key)) this.#cells.set(key, { points: [], boxes: new Set() });
    return this.#cells.get(key);
  }
}

// The boxes of a node: its plate with what is written under it, and what hangs on its corner.
function boxes(node) {
  const { e, f } = node.transform.baseVal.consolidate().matrix;
  const own = [...node.children].filter((each) => each.matches("rect, circle, text")).map((each) => box(each.getBBox()));
  const far = (side, pick) => pick(...own.map((each) => each[side]));
  const plate = { left: far("left", Math.min), right: far("right", Math.max), top: far("top", Math.min), bottom: far("bottom", Math.max) };
  const hung = [...node.querySelectorAll(".opener")].map((each) => box(each.getBBox()));
  return [plate, ...hung].map(({ left, right, top, bottom }) => ({ left: left + e, right: right + e, top: top + f, bottom: bottom + f }));
}

function box({ x, y, width, height }) {
  return { left: x, right: x + width, top: y, bottom: y + height };
}

function sides({ x, y, width, height }) {
  return box({ x: x - width / 2, y: y - height / 2, width, height });
}

function grown({ left, right, top, bottom }, by) {
  return { left: left - by, right: right + by, top: top - by, bottom: bottom + by };
}

function overlap(wanted, near, { box: { left, right, top, bottom }, weight }) {
  if (near.left >= right || near.right <= left || near.top >= bottom || near.bottom <= top) return 0;
  const wide = Math.min(wanted.right, right) - Math.max(wanted.left, left);
  const tall = Math.min(wanted.bottom, bottom) - Math.max(wanted.top, top);
  return wide > 0 && tall > 0 ? TAKEN + weight * wide * tall : TOUCHED;
}
