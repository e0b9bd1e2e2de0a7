// The loss along a value: its pieces, the tangent, the triangle and the words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Axis } from "../../static/js/axis.js";
import {
  finitePieces,
  lossBetween,
  lossRange,
  pointWords,
  slopeTriangle,
  slopeWords,
  tangentEnds,
  valuesAlong,
} from "../../static/js/slope-lines.js";

const RANGE = { min: -2, max: 2 };

test("values go from end to end in equal steps", () => {
  const along = valuesAlong(RANGE);
  assert.deepEqual([along.length, along[0], along[80], along.at(-1)], [161, -2, 0, 2]);
});

test("a curve has a gap where the loss is not finite", () => {
  const pieces = finitePieces([0, 1, 2, 3, 4], [1, NaN, 2, 3, Infinity]);
  assert.deepEqual(pieces, [
    [[0, 1]],
    [
      [2, 2],
      [3, 3],
    ],
  ]);
});

test("between two points the loss lies on the line, and beyond them nowhere", () => {
  const [along, losses] = [
    [0, 1, 2],
    [0, 10, NaN],
  ];
  assert.equal(lossBetween(along, losses, 0), 0);
  assert.equal(lossBetween(along, losses, 0.25), 2.5);
  for (const value of [-1, 1.5, 3]) assert.ok(Number.isNaN(lossBetween(along, losses, value)));
});

test("what is not finite does not stretch the picture", () => {
  assert.deepEqual(lossRange([NaN, Infinity]), null);
  const [low, high] = /** @type {[number, number]} */ (lossRange([0, 1, Infinity]));
  assert.ok(low < 0 && low > -0.1 && high > 1 && high < 1.1);
  const flat = /** @type {[number, number]} */ (lossRange([3, 3]));
  assert.ok(flat[0] < 3 && flat[1] > 3);
});

test("the tangent has the slope, goes through the point and stays in the picture", () => {
  for (const slope of [-40, -0.36, 0, 0.5, 1e6])
    for (const value of [-2, -0.4, 2]) {
      const point = { value, loss: 0.3, slope };
      const ends = tangentEnds(point, RANGE, [0, 1]);
      for (const [at, up] of ends) {
        assert.ok(at >= RANGE.min && at <= RANGE.max && up >= -1e-9 && up <= 1 + 1e-9);
        assert.ok(Math.abs(up - (0.3 + slope * (at - value))) < 1e-9);
      }
    }
});

test("the triangle has a round run, the slope's rise, and is within the tangent", () => {
  const point = { value: -0.4, loss: 0.3, slope: -0.36 };
  const ends = tangentEnds(point, RANGE, [0, 1]);
  assert.deepEqual(slopeTriangle(point, RANGE, ends), { run: 0.5, rise: -0.18 });
  const last = { ...point, value: 2 };
  const back = slopeTriangle(last, RANGE, tangentEnds(last, RANGE, [0, 1]));
  assert.deepEqual(back, { run: -0.5, rise: 0.18 });
  assert.equal(
    slopeTriangle(point, RANGE, [
      [-0.4, 0.3],
      [-0.4, 0.3],
    ]),
    null,
  );
});

test("the point and its slope are said", () => {
  assert.equal(
    pointWords("L", "w", { value: -0.4, loss: 0.2974, slope: -0.3612 }),
    "L is 0.2974 at w = −0.4, slope −0.3612, falling",
  );
  assert.match(pointWords("L", "w", { value: 0, loss: 0, slope: Infinity }), /not finite$/);
  assert.match(slopeWords("L", { value: 0, loss: 0, slope: 0 }), /level/);
  assert.match(slopeWords("L", { value: 0, loss: 0, slope: 2 }), /raises L by 2 a unit/);
});

test("ticks that are close beside their size are told apart", () => {
  const close = new Axis([0.049787, 0.0498], [100, 0]);
  const figures = close.ticks.map((tick) => close.figure(tick));
  assert.equal(new Set(figures).size, figures.length);
});
