// Where a label of some size stands beside an edge: by its path, over no plate, no other label and no
// line. Changes nothing.

const SHARES = Array.from({ length: 17 }, (_, place) => 0.1 + 0.05 * place);
const ASIDE = [8, 12, 18, 24, 32, 40, 50, 62, 76].flatMap((far) => [-far, far]);
// The height of a line of text.
export const LINE = 14;
const SPACING = 4;
// How far from its own place another label may reach.
const LONGEST = 200;
// What a point of a line under the label weighs.
const CROSSED = 40;
// No wish for a near place is worth standing on something.
const TAKEN = 1000;

// The cheapest free place of any of the sizes ({width, height, cost, …}); where none is free, the least covered.
export function place(edge, sizes) {
  const path = edge.querySelector(".return");
  const widest = Math.max(...sizes.map(({ width }) => width));
  const near = around(box(path.getBBox()), widest / 2 + Math.max(...ASIDE));
  const taken = occupied(edge, near);
  const lines = linesNear(edge.ownerSVGElement, near);
  let best = null;
  for (const tried of sizes.flatMap((size) => places(path, size)).sort((one, other) => one.cost - other.cost)) {
    const cost = tried.cost + taken.reduce((sum, each) => sum + overlap(tried, each), 0) + crossed(tried, lines);
    if (!best || cost < best.cost) best = { ...tried, cost };
    if (cost < TAKEN) break;
  }
  return best;
}

function places(path, size) {
  const length = path.getTotalLength();
  return SHARES.flatMap((share) => {
    const at = path.getPointAtLength(share * length);
    const near = path.getPointAtLength(Math.min(share * length + 1, length));
    const lean = Math.atan2(near.y - at.y, near.x - at.x);
    const reach = Math.abs(Math.sin(lean)) * (size.width / 2) + Math.abs(Math.cos(lean)) * (size.height / 2 - LINE / 2);
    return ASIDE.map((aside) => {
      const shift = aside + Math.sign(aside) * reach;
      const [x, y] = [at.x - Math.sin(lean) * shift, at.y + Math.cos(lean) * shift];
      return { ...size, size, x, y, cost: size.cost + Math.abs(aside) + 20 * Math.abs(share - 0.5) };
    });
  });
}

const plates = new WeakMap();
const drawn = new WeakMap();

// Points along the edges about a place, so that no label stands where a line runs. A line that carries
// something back is not painted, and has no box.
function linesNear(svg, near) {
  if (!drawn.has(svg)) drawn.set(svg, [...svg.querySelectorAll(".edge .line")].map(along));
  return drawn.get(svg).flatMap((line) => (meets(line.box, near) ? line.points : []));
}

function along(path) {
  const length = path.getTotalLength();
  const count = Math.min(Math.ceil(length / SPACING), 400);
  const points = Array.from({ length: count + 1 }, (_, at) => path.getPointAtLength((at / count) * length));
  const [across, down] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  return { points, box: { left: Math.min(...across), right: Math.max(...across), top: Math.min(...down), bottom: Math.max(...down) } };
}

function around({ left, right, top, bottom }, far) {
  return { left: left - far, right: right + far, top: top - far, bottom: bottom + far };
}

function meets(one, other) {
  return one.left < other.right && one.right > other.left && one.top < other.bottom && one.bottom > other.top;
}

function sides({ x, y, width, height }) {
  return { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
}

function crossed(tried, lines) {
  const { left, right, top, bottom } = around(sides(tried), -1);
  const count = lines.reduce((sum, { x, y }) => (x > left && x < right && y > top && y < bottom ? sum + 1 : sum), 0);
  return count && TAKEN + CROSSED * count;
}

// Boxes of plates and of the other labels about a place, in the drawing's own lengths.
function occupied(edge, near) {
  const svg = edge.ownerSVGElement;
  if (!plates.has(svg)) plates.set(svg, [...svg.querySelectorAll(".node")].map(placed));
  const within = around(near, LONGEST);
  const stands = (x, y) => x > within.left && x < within.right && y > within.top && y < within.bottom;
  const labels = [...svg.querySelectorAll(".edge .local")].filter((each) => !edge.contains(each) && stands(each.getAttribute("x"), each.getAttribute("y")));
  const boxes = [...plates.get(svg), ...labels.map((each) => ({ ...box(each.getBBox()), weight: 0.5 }))];
  return [...boxes.filter((each) => meets(each, near)), ...outside(svg)];
}

function placed(node) {
  const { e, f } = node.transform.baseVal.consolidate().matrix;
  // What is hung on a plate's corner is no part of it.
  const own = [...node.children].filter((each) => each.matches("rect, circle, text"));
  const boxes = own.map((each) => box(each.getBBox()));
  const far = (side, pick) => pick(...boxes.map((each) => each[side]));
  return { left: far("left", Math.min) + e, right: far("right", Math.max) + e, top: far("top", Math.min) + f, bottom: far("bottom", Math.max) + f, weight: 1 };
}

function box({ x, y, width, height }) {
  return { left: x, right: x + width, top: y, bottom: y + height };
}

// Outside the drawing is taken too.
function outside(svg) {
  const { x, y, width, height } = svg.viewBox.baseVal;
  const far = 1e4;
  return [
    { left: -far, right: x, top: -far, bottom: far, weight: 3 },
    { left: x + width, right: far, top: -far, bottom: far, weight: 3 },
    { left: -far, right: far, top: -far, bottom: y, weight: 3 },
    { left: -far, right: far, top: y + height, bottom: far, weight: 3 },
  ];
}

function overlap(tried, { left, right, top, bottom, weight }) {
  const own = sides(tried);
  const wide = Math.min(own.right, right) - Math.max(own.left, left);
  const tall = Math.min(own.bottom, bottom) - Math.max(own.top, top);
  return wide > 0 && tall > 0 ? TAKEN + weight * wide * tall : 0;
}
