// Lines of equal loss over two values, from the loss on a grid. No page.

/** @typedef {{ min: number, max: number }} Ends */

const SIDE = 40;

/**
 * The grid's values along both directions, and every pair of them, row by row from the least of the
 * second.
 * @param {Ends} first
 * @param {Ends} second
 */
export function gridOf(first, second) {
  const [columns, rows] = [first, second].map(({ min, max }) =>
    Array.from({ length: SIDE + 1 }, (_, each) =>
      Number((min + ((max - min) * each) / SIDE).toPrecision(12)),
    ),
  );
  return {
    columns,
    rows,
    points: [rows.flatMap(() => columns), rows.flatMap((row) => columns.map(() => row))],
  };
}

/**
 * Losses at which lines are drawn: each is half as far above the least as the one before.
 * @param {number[]} losses
 */
export function contourLevels(losses, count = 9) {
  const finite = losses.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  if (!(high > low)) return [];
  return Array.from({ length: count }, (_, each) => low + (high - low) / 2 ** (each + 0.5));
}

/**
 * The pieces of the line at one level: where it crosses a cell's edges, between their corners. A
 * cell with a corner that is not finite has none; a saddle's corners are joined by the cell's mean.
 * @param {number[]} columns
 * @param {number[]} rows
 * @param {number[]} losses Row by row.
 * @param {number} level
 * @returns {[number, number, number, number][]} From x, y to x, y.
 */
export function contourPieces(columns, rows, losses, level) {
  /** @type {[number, number, number, number][]} */
  const pieces = [];
  const wide = columns.length;
  for (let row = 0; row + 1 < rows.length; row += 1)
    for (let column = 0; column + 1 < wide; column += 1) {
      const first = row * wide + column;
      // Around the cell, from the least of both.
      const corners = [first, first + 1, first + wide + 1, first + wide];
      const heights = corners.map((each) => losses[each] - level);
      if (!heights.every(Number.isFinite)) continue;
      const crossings = crossingsOf(heights, columns, rows, column, row);
      if (crossings.length === 4 && mean(heights) > 0 !== heights[0] > 0)
        crossings.push(/** @type {[number, number]} */ (crossings.shift()));
      for (let each = 0; each + 1 < crossings.length; each += 2)
        pieces.push([...crossings[each], ...crossings[each + 1]]);
    }
  return pieces;
}

/**
 * Where the sign changes along a cell's four edges, in their order around it.
 * @param {number[]} heights
 * @param {number[]} columns
 * @param {number[]} rows
 * @param {number} column
 * @param {number} row
 */
function crossingsOf(heights, columns, rows, column, row) {
  const xs = [columns[column], columns[column + 1], columns[column + 1], columns[column]];
  const ys = [rows[row], rows[row], rows[row + 1], rows[row + 1]];
  /** @type {[number, number][]} */
  const found = [];
  for (let from = 0; from < 4; from += 1) {
    const to = (from + 1) % 4;
    if (heights[from] > 0 === heights[to] > 0) continue;
    const share = heights[from] / (heights[from] - heights[to]);
    found.push([xs[from] + share * (xs[to] - xs[from]), ys[from] + share * (ys[to] - ys[from])]);
  }
  return found;
}

/** @param {number[]} values */
function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * How far an arrow along the gradient reaches in both directions: at most a share of the width and
 * of the height, and with the gradient's own direction over them.
 * @param {[number, number]} gradient
 * @param {Ends} first
 * @param {Ends} second
 */
export function arrowOf(gradient, first, second, share = 0.22) {
  const reach = Math.max(
    Math.abs(gradient[0]) / (first.max - first.min),
    Math.abs(gradient[1]) / (second.max - second.min),
  );
  if (!(reach > 0) || !Number.isFinite(reach)) return null;
  return [(gradient[0] * share) / reach, (gradient[1] * share) / reach];
}
