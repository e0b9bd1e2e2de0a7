// Lines of equal loss: their levels, where they run, and the gradient's arrow.

import assert from "node:assert/strict";
import { test } from "node:test";
import { arrowOf, contourLevels, contourPieces, gridOf } from "../../static/js/contour-lines.js";

const ENDS = { min: -1, max: 1 };

/** @param {number} place */
function key(place) {
  return Math.round(place * 1e9) + 0;
}

/** @param {(x: number, y: number) => number} loss */
function over(loss) {
  const { columns, rows, points } = gridOf(ENDS, { min: -2, max: 2 });
  const losses = points[0].map((x, each) => loss(x, points[1][each]));
  return { columns, rows, losses };
}

test("a grid has every pair once, row by row", () => {
  const { columns, rows, points } = gridOf(ENDS, { min: -2, max: 2 });
  assert.deepEqual([columns.length, rows.length, points[0].length], [41, 41, 1681]);
  assert.deepEqual([points[0][1], points[1][1]], [columns[1], rows[0]]);
  assert.deepEqual([points[0][41], points[1][41]], [columns[0], rows[1]]);
});

test("each level is half as far above the least", () => {
  const levels = contourLevels([1, 9, NaN, Infinity], 3);
  const above = levels.map((level) => level - 1);
  assert.ok(levels.every((level) => level > 1 && level < 9));
  assert.ok(Math.abs(above[1] - above[0] / 2) < 1e-12 && Math.abs(above[2] - above[1] / 2) < 1e-12);
  assert.deepEqual(contourLevels([3, 3]), []);
});

test("a plane's line is where the plane has the level", () => {
  const { columns, rows, losses } = over((x, y) => 2 * x + y);
  const pieces = contourPieces(columns, rows, losses, 0.33);
  assert.ok(pieces.length > 40);
  for (const [x, y, toX, toY] of pieces) {
    assert.ok(Math.abs(2 * x + y - 0.33) < 1e-9);
    assert.ok(Math.abs(2 * toX + toY - 0.33) < 1e-9);
  }
});

test("a bowl's line is closed: every end is another piece's beginning", () => {
  const { columns, rows, losses } = over((x, y) => x * x + y * y);
  const pieces = contourPieces(columns, rows, losses, 0.513);
  /** @type {Map<string, number>} */
  const ends = new Map();
  for (const [x, y, toX, toY] of pieces)
    for (const end of [`${key(x)} ${key(y)}`, `${key(toX)} ${key(toY)}`])
      ends.set(end, (ends.get(end) ?? 0) + 1);
  assert.ok(pieces.length > 20);
  assert.ok([...ends.values()].every((times) => times === 2));
});

test("a saddle's cell has two pieces that do not cross", () => {
  for (const level of [0.1, -0.1]) {
    const pieces = contourPieces([-1, 1], [-1, 1], [1, -1, -1, 1], level);
    assert.equal(pieces.length, 2);
    // Around the corners whose sign the mean does not have: they stay apart.
    for (const [x, y, toX, toY] of pieces)
      assert.ok(Math.sign(x + toX) * Math.sign(y + toY) === Math.sign(level));
  }
});

test("what is not finite has no line", () => {
  assert.deepEqual(contourPieces([0, 1], [0, 1], [0, 1, NaN, 2], 0.5), []);
});

test("the arrow has the gradient's direction and stays small", () => {
  assert.deepEqual(arrowOf([2, -1], ENDS, ENDS, 0.25), [0.5, -0.25]);
  assert.deepEqual(arrowOf([0, 0], ENDS, ENDS), null);
  assert.deepEqual(arrowOf([Infinity, 1], ENDS, ENDS), null);
});
