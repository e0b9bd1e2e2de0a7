// The loss along one value: where it is asked for, its finite pieces, the tangent and its triangle.
// No page.

import { short } from "./format.js";

/** @typedef {import("./ranges.js").Range} Range */
/** @typedef {{ value: number, loss: number, slope: number }} Point */

const COUNT = 160;

/**
 * Equally spaced values from one end of a range to the other.
 * @param {{ min: number, max: number }} range
 */
export function valuesAlong({ min, max }) {
  return Array.from({ length: COUNT + 1 }, (_, each) =>
    Number((min + ((max - min) * each) / COUNT).toPrecision(12)),
  );
}

/**
 * The curve's pieces: it has a gap where the loss is not finite.
 * @param {number[]} along
 * @param {number[]} losses
 */
export function finitePieces(along, losses) {
  /** @type {[number, number][][]} */
  const pieces = [];
  let open = false;
  losses.forEach((loss, each) => {
    if (Number.isFinite(loss)) {
      if (!open) pieces.push([]);
      pieces[pieces.length - 1].push([along[each], loss]);
    }
    open = Number.isFinite(loss);
  });
  return pieces;
}

/**
 * The loss at a value, between the two points around it; NaN beyond them and in a gap.
 * @param {number[]} along
 * @param {number[]} losses
 * @param {number} value
 */
export function lossBetween(along, losses, value) {
  const after = along.findIndex((each) => each >= value);
  if (after < 0 || (after === 0 && along[0] !== value)) return NaN;
  if (along[after] === value) return losses[after];
  const share = (value - along[after - 1]) / (along[after] - along[after - 1]);
  return losses[after - 1] + share * (losses[after] - losses[after - 1]);
}

/**
 * The least and the greatest loss that the picture shows, with some room. Null where none is finite.
 * @param {number[]} losses
 * @returns {[number, number] | null}
 */
export function lossRange(losses) {
  const finite = losses.filter(Number.isFinite);
  if (!finite.length) return null;
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  return [low - room, high + room];
}

/**
 * The ends of the tangent: a third of the width, and no further than the picture is high.
 * @param {Point} point
 * @param {{ min: number, max: number }} range
 * @param {[number, number]} losses
 * @returns {[number, number][]}
 */
export function tangentEnds({ value, loss, slope }, { min, max }, [low, high]) {
  const reach = (max - min) / 6;
  return [-1, 1].map((side) => {
    const room = slope * side > 0 ? high - loss : loss - low;
    const far = slope === 0 ? reach : Math.min(reach, Math.max(room, 0) / Math.abs(slope));
    const at = Math.min(max, Math.max(min, value + side * far));
    return [at, loss + slope * (at - value)];
  });
}

/**
 * The triangle that shows the slope: so far along, so much up. To the right, or to the left where
 * there is no room. Its run is a round number.
 * @param {Point} point
 * @param {{ min: number, max: number }} range
 * @param {[number, number][]} ends
 */
export function slopeTriangle({ value, slope }, { min, max }, ends) {
  const [right, left] = [ends[1][0] - value, value - ends[0][0]];
  const side = right >= left * 0.6 ? 1 : -1;
  const room = side > 0 ? right : left;
  if (!(room > (max - min) / 1000)) return null;
  const power = 10 ** Math.floor(Math.log10(room));
  const lead = [5, 2, 1].find((each) => each * power <= room * 1.0001) ?? 1;
  const run = side * Number((lead * power).toPrecision(1));
  return { run, rise: slope * run };
}

/**
 * The point in words.
 * @param {string} loss
 * @param {string} name
 * @param {Point} point
 */
export function pointWords(loss, name, point) {
  const where = `${loss} is ${short(point.loss)} at ${name} = ${short(point.value)}`;
  if (!Number.isFinite(point.slope)) return `${where}, where the slope is not finite`;
  const way = point.slope > 0 ? "rising" : point.slope < 0 ? "falling" : "level";
  return `${where}, slope ${short(point.slope)}, ${way}`;
}

/**
 * What the slope says of a small step.
 * @param {string} loss
 * @param {Point} point
 */
export function slopeWords(loss, { slope }) {
  if (!Number.isFinite(slope)) return "The slope is not finite here.";
  if (slope === 0) return `A small step changes ${loss} by next to nothing: the tangent is level.`;
  const way = slope > 0 ? "raises" : "lowers";
  return `A step to the right ${way} ${loss} by ${short(Math.abs(slope))} a unit, as far as the tangent holds.`;
}
