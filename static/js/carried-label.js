// Where "upstream × local" stands on the edge that carries it back: by its path, over no plate and no
// other label, in one line where there is room, else in two.

const ALONG = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8];
const ASIDE = [-8, 8, 20, -20, 32, -32, 46, -46];
const LINE = 14;
const SPACING = 12;
// How far from its own place another label may reach.
const LONGEST = 200;
// What a point of a line under the label weighs.
const CROSSED = 18;

export function carry(edge, label, text) {
  const before = label.dataset.carried;
  if (before === text) return;
  label.dataset.carried = text;
  const halves = text.split(" · ");
  // Other numbers on the same edge stay where they are: a moved value moves no label.
  if (before !== undefined) return rewrite(label, text, halves);
  const single = measure(label, [text]);
  const double = halves.length === 2 ? measure(label, [halves[0], `· ${halves[1]}`]) : null;
  const path = edge.querySelector(".return");
  const near = around(box(path.getBBox()), single.width / 2 + Math.max(...ASIDE));
  const taken = occupied(edge, near);
  const lines = linesNear(edge.ownerSVGElement, near);
  let best = null;
  for (const place of [...places(path, single), ...(double ? places(path, double) : [])]) {
    const cost = place.cost + taken.reduce((sum, box) => sum + overlap(place, box), 0) + CROSSED * crossed(place, lines);
    if (!best || cost < best.cost) best = { ...place, cost };
  }
  write(label, best);
}

// Back to what stands there else: the local derivative, in its own place; with a number over two lines.
export function uncarry(label, number = null, mode = "symbols") {
  const { local, x, y } = label.dataset;
  const lines = number === null || mode === "symbols" ? [local] : mode === "numbers" ? [number] : local === number ? [local] : [local, number];
  const shown = lines.join("\n");
  if (label.dataset.carried === undefined && label.dataset.shown === shown) return;
  delete label.dataset.carried;
  label.dataset.shown = shown;
  label.setAttribute("x", x);
  label.setAttribute("y", y);
  if (lines.length === 1) label.textContent = lines[0];
  else write(label, { lines, x: Number(x), y: Number(y) - LINE, height: 2 * LINE * 0.76 });
}

function measure(label, lines) {
  label.textContent = lines.reduce((longest, line) => (line.length > longest.length ? line : longest), "");
  return { lines, width: label.getComputedTextLength() + 4, height: lines.length * LINE };
}

function* places(path, size) {
  const length = path.getTotalLength();
  for (const share of ALONG) {
    const at = path.getPointAtLength(share * length);
    const near = path.getPointAtLength(Math.min(share * length + 1, length));
    const lean = Math.atan2(near.y - at.y, near.x - at.x);
    const reach = Math.abs(Math.sin(lean)) * (size.width / 2) + Math.abs(Math.cos(lean)) * (size.height / 2 - LINE / 2);
    for (const aside of ASIDE) {
      const shift = aside + Math.sign(aside) * reach;
      const [x, y] = [at.x - Math.sin(lean) * shift, at.y + Math.cos(lean) * shift];
      yield { ...size, x, y, cost: Math.abs(shift) + 20 * Math.abs(share - 0.5) + (size.lines.length - 1) * 12 };
    }
  }
}

const plates = new WeakMap();
const drawn = new WeakMap();

// Points along the edges about a place, so that no label stands where a line runs.
function linesNear(svg, near) {
  if (!drawn.has(svg)) drawn.set(svg, [...svg.querySelectorAll(".edge .line")].map((path) => ({ path, box: box(path.getBBox()) })));
  return drawn.get(svg).flatMap((line) => (meets(line.box, near) ? (line.points ??= along(line.path)) : []));
}

function along(path) {
  const length = path.getTotalLength();
  const count = Math.min(Math.ceil(length / SPACING), 80);
  return Array.from({ length: count + 1 }, (_, place) => path.getPointAtLength((place / count) * length));
}

function around({ left, right, top, bottom }, far) {
  return { left: left - far, right: right + far, top: top - far, bottom: bottom + far };
}

function meets(one, other) {
  return one.left < other.right && one.right > other.left && one.top < other.bottom && one.bottom > other.top;
}

function crossed({ x, y, width, height }, lines) {
  const [left, right, top, bottom] = [x - width / 2, x + width / 2, y - height / 2 + 1, y + height / 2 - 1];
  return lines.reduce((count, point) => (point.x > left && point.x < right && point.y > top && point.y < bottom ? count + 1 : count), 0);
}

// Boxes of plates and of the other labels about a place, in the drawing's own lengths.
function occupied(edge, near) {
  const svg = edge.ownerSVGElement;
  if (!plates.has(svg)) plates.set(svg, [...svg.querySelectorAll(".node")].map(placed));
  const within = around(near, LONGEST);
  const stands = ({ dataset: { x, y } }) => x === undefined || (x > within.left && x < within.right && y > within.top && y < within.bottom);
  const labels = [...svg.querySelectorAll(".edge .local")].filter((each) => !edge.contains(each) && stands(each));
  const boxes = [...plates.get(svg).map((each) => ({ ...each, weight: 1 })), ...labels.map((each) => ({ ...box(each.getBBox()), weight: 0.5 }))];
  return [...boxes.filter((each) => meets(each, near)), ...edges(svg)];
}

function placed(node) {
  const { e, f } = node.transform.baseVal.consolidate().matrix;
  // What is hung on a plate's corner is no part of it.
  const own = [...node.children].filter((each) => each.matches("rect, circle, text"));
  const boxes = own.map((each) => box(each.getBBox()));
  const far = (side, pick) => pick(...boxes.map((each) => each[side]));
  return { left: far("left", Math.min) + e - 2, right: far("right", Math.max) + e + 2, top: far("top", Math.min) + f - 2, bottom: far("bottom", Math.max) + f + 2 };
}

function box({ x, y, width, height }) {
  return { left: x, right: x + width, top: y, bottom: y + height };
}

// Outside the drawing is taken too.
function edges(svg) {
  const { x, y, width, height } = svg.viewBox.baseVal;
  const far = 1e4;
  return [
    { left: -far, right: x, top: -far, bottom: far, weight: 3 },
    { left: x + width, right: far, top: -far, bottom: far, weight: 3 },
    { left: -far, right: far, top: -far, bottom: y, weight: 3 },
    { left: -far, right: far, top: y + height, bottom: far, weight: 3 },
  ];
}

function overlap(place, { left, right, top, bottom, weight }) {
  const wide = Math.min(place.x + place.width / 2, right) - Math.max(place.x - place.width / 2, left);
  const tall = Math.min(place.y + place.height / 2, bottom) - Math.max(place.y - place.height / 2, top);
  return wide > 0 && tall > 0 ? 40 + weight * wide * tall : 0;
}

function rewrite(label, text, halves) {
  const lines = label.children.length === 2 ? [halves[0], `· ${halves[1]}`] : [text];
  lines.forEach((line, place) => (label.children[place].textContent = line));
}

function write(label, { lines, x, y, height }) {
  const tspans = lines.map((line, place) => {
    const tspan = document.createElementNS(label.namespaceURI, "tspan");
    tspan.setAttribute("x", x.toFixed(1));
    tspan.setAttribute("y", (y - height / 2 + place * LINE + LINE * 0.76).toFixed(1));
    tspan.textContent = line;
    return tspan;
  });
  label.replaceChildren(...tspans);
}
