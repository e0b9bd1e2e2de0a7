// A prediction over a grid as tinted cells, and the line where the decision turns, as data of
// paths. No page.

/** @typedef {import("../../tools/types/answers.js").Figure} Figure */
/** @typedef {import("./axis.js").Axis} Axis */

import { number } from "./format.js";

/**
 * What the picture of a prediction is drawn over: the numbers along two inputs; the value at which
 * the decision turns, or the number of classes, if either.
 * @typedef {{ axes: { ticks: number[] }[], threshold: number | null, classes: number | null }}
 *   Region
 */

// Tints on each side of the decision; the farther from it, the stronger.
const TINTS = 12;
const STRONGEST = 0.32;

/**
 * Cells of the same tint as one path: its class, its opacity and its data.
 * @param {Region} fit
 * @param {Figure[][]} rows
 * @param {Axis} across
 * @param {Axis} up
 */
export function cells(fit, rows, across, up) {
  const [columns, lines] = fit.axes.map(({ ticks }) => ticks);
  /** @type {Map<string, string>} */
  const paths = new Map();
  const reach = farthest(fit, rows);
  const [wide, high] = [columns[1] - columns[0], lines[1] - lines[0]];
  for (const [row, values] of rows.entries()) {
    for (const [column, value] of values.entries()) {
      const tint = tintOf(fit, number(value), reach);
      if (!tint) continue;
      const [left, right] = [
        across.at(columns[column] - wide / 2),
        across.at(columns[column] + wide / 2),
      ];
      const [bottom, top] = [up.at(lines[row] - high / 2), up.at(lines[row] + high / 2)];
      paths.set(
        tint,
        `${paths.get(tint) ?? ""}M${clip(left, across)} ${clip(top, up)}H${clip(right, across)}V${clip(bottom, up)}H${clip(left, across)}Z`,
      );
    }
  }
  return [...paths].map(([tint, d]) => {
    const [side, strength] = tint.split(" ");
    return { side, strength, d };
  });
}

/**
 * @param {number} place
 * @param {Axis} axis
 */
function clip(place, { start, end }) {
  return Math.max(Math.min(start, end), Math.min(place, Math.max(start, end)));
}

/**
 * @param {Region} fit
 * @param {Figure[][]} rows
 */
function farthest({ threshold }, rows) {
  const values = rows
    .flat()
    .map((each) => number(each))
    .filter(Number.isFinite);
  const middle = threshold ?? (Math.min(...values) + Math.max(...values)) / 2;
  return {
    middle,
    most: values.reduce((most, value) => Math.max(most, Math.abs(value - middle)), 0) || 1,
  };
}

/**
 * @param {Region} fit
 * @param {number} value
 * @param {{ middle: number, most: number }} reach
 */
function tintOf({ classes }, value, { middle, most }) {
  if (!Number.isFinite(value)) return null;
  if (classes !== null) return `class-${value % 6} 0.22`;
  const tint = Math.min(TINTS, 1 + Math.floor((TINTS * Math.abs(value - middle)) / most));
  return `side-${value > middle ? 1 : 0} ${((STRONGEST * tint) / TINTS).toFixed(3)}`;
}

/**
 * Marching squares: in each square of four places the straight piece that the line goes through.
 * @param {Region} fit
 * @param {Figure[][]} rows
 * @param {Axis} across
 * @param {Axis} up
 * @returns {string} The data of a path, empty where the decision turns nowhere.
 */
export function boundary({ axes, threshold }, rows, across, up) {
  if (threshold === null) return "";
  const [columns, lines] = axes.map(({ ticks }) => ticks);
  const values = rows.map((row) => row.map((value) => number(value) - threshold));
  let d = "";
  for (let row = 0; row + 1 < lines.length; row += 1) {
    for (let column = 0; column + 1 < columns.length; column += 1) {
      const corners = [
        [columns[column], lines[row], values[row][column]],
        [columns[column + 1], lines[row], values[row][column + 1]],
        [columns[column + 1], lines[row + 1], values[row + 1][column + 1]],
        [columns[column], lines[row + 1], values[row + 1][column]],
      ];
      const crossed = corners
        .map((corner, place) => crossing(corner, corners[(place + 1) % 4]))
        .filter((each) => each !== null);
      for (let pair = 0; pair + 1 < crossed.length; pair += 2) {
        const [[x, y], [p, q]] = [crossed[pair], crossed[pair + 1]];
        d += `M${across.at(x)} ${up.at(y)}L${across.at(p)} ${up.at(q)}`;
      }
    }
  }
  return d;
}

/**
 * Where the line crosses from one corner to the next, or null.
 * @param {number[]} corner
 * @param {number[]} next
 */
function crossing([x, y, one], [p, q, other]) {
  if (one > 0 === other > 0 || !Number.isFinite(one) || !Number.isFinite(other)) return null;
  const share = one / (one - other);
  return [x + share * (p - x), y + share * (q - y)];
}
