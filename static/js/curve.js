// A drawn edge's path as points: M and cubic C pieces, as the layout writes them. Pure.

const SPACING = 4;

// Its points, and the one at a share of its length with the way it goes there.
export function along(d) {
  const numbers = d.match(/-?\d+(?:\.\d+)?(?:e-?\d+)?/g).map(Number);
  const given = Array.from({ length: numbers.length / 2 }, (_, place) => ({ x: numbers[2 * place], y: numbers[2 * place + 1] }));
  const points = [given[0]];
  for (let place = 0; place + 3 < given.length; place += 3) points.push(...piece(given.slice(place, place + 4)));
  const far = [0];
  for (let place = 1; place < points.length; place += 1) far.push(far[place - 1] + distance(points[place - 1], points[place]));
  return { points, at: (share) => at(points, far, share * far.at(-1)) };
}

function piece([a, b, c, d]) {
  const count = Math.max(1, Math.ceil((distance(a, b) + distance(b, c) + distance(c, d)) / SPACING));
  return Array.from({ length: count }, (_, place) => {
    const t = (place + 1) / count;
    const [w, x, y, z] = [(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t ** 2, t ** 3];
    return { x: w * a.x + x * b.x + y * c.x + z * d.x, y: w * a.y + x * b.y + y * c.y + z * d.y };
  });
}

function at(points, far, length) {
  const next = Math.max(1, far.findIndex((each) => each >= length));
  const [before, after] = [points[next - 1], points[next] ?? points[next - 1]];
  const share = (length - far[next - 1]) / (far[next] - far[next - 1] || 1);
  const lean = Math.atan2(after.y - before.y, after.x - before.x);
  return { x: before.x + share * (after.x - before.x), y: before.y + share * (after.y - before.y), lean };
}

function distance(one, other) {
  return Math.hypot(other.x - one.x, other.y - one.y);
}
