// Figures, tensors, the ranges of sliders and the axes of pictures.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  countOf,
  flat,
  greatest,
  indices,
  least,
  lengthsOf,
  norm,
  settled,
  summaryOf,
} from "../../static/js/arrays.js";
import { Axis, LOG, linePath, tickFigure } from "../../static/js/axis.js";
import { latexFigure, number, shape, short, spokenFigure, whole } from "../../static/js/format.js";
import { fitNumber, parseNumber, rangeOf, stepOf, widened } from "../../static/js/ranges.js";

test("what is not finite comes as a word", () => {
  assert.deepEqual(
    ["NaN", "Infinity", "-Infinity", 2].map((each) => number(each)),
    [NaN, Infinity, -Infinity, 2],
  );
  assert.equal(number(null), null);
});

test("a figure has four significant digits", () => {
  const figures = [0, -0.073567, 12.5, 12345, 123456, 0.00043861, 1e100, -8.8885e-100];
  assert.deepEqual(
    figures.map((each) => short(each)),
    ["0", "−0.07357", "12.5", "12345", "1.235·10⁵", "4.386·10⁻⁴", "1·10¹⁰⁰", "−8.89·10⁻¹⁰⁰"],
  );
  assert.deepEqual(
    ["NaN", "Infinity", "-Infinity", null, undefined].map((each) => short(each)),
    ["NaN", "∞", "−∞", "–", "–"],
  );
});

test("a tie goes to the even digit", () => {
  assert.deepEqual(
    [0.5, 1.5, 2.5].map((each) => short(each, 1)),
    ["0.5", "2", "2"],
  );
  assert.deepEqual(
    [2.0625, 2.1875, 123450, 123550].map((each) => short(each)),
    ["2.062", "2.188", "1.234·10⁵", "1.236·10⁵"],
  );
});

test("one digit is left of a power of three digits", () => {
  assert.equal(short(-1.5e150, 1), "−2·10¹⁵⁰");
  assert.equal(short(1.25e-200, 1), "1·10⁻²⁰⁰");
});

test("the same figure as LaTeX, and as it is read aloud", () => {
  assert.deepEqual(
    [-0.5, -1.25e-7, "-Infinity", "NaN"].map((each) => latexFigure(each)),
    ["-0.5", "-1.25 \\cdot 10^{-7}", "-\\infty", "\\mathrm{NaN}"],
  );
  assert.deepEqual(
    [-1.25e-7, "-Infinity", "NaN"].map((each) => spokenFigure(each)),
    ["-1.25 times ten to the -7", "minus infinity", "not a number"],
  );
});

test("a title has the whole number", () => {
  assert.deepEqual(
    [-0.1, 1e-7, "-Infinity", null].map((each) => whole(each)),
    ["−0.1", "1e−7", "−∞", "not computed yet"],
  );
});

test("lengths, places and elements of nested lists", () => {
  assert.deepEqual(
    lengthsOf([
      [1, 2, 3],
      [4, 5, "NaN"],
    ]),
    [2, 3],
  );
  assert.deepEqual(lengthsOf(1), []);
  assert.deepEqual(lengthsOf([]), [0]);
  assert.deepEqual(
    flat([
      [1, 2],
      [3, "Infinity"],
    ]),
    [1, 2, 3, Infinity],
  );
  assert.deepEqual(indices([2, 2]), [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]);
  assert.deepEqual(indices([]), [[]]);
  assert.equal(countOf([2, 3, 4]), 24);
  assert.deepEqual([shape([2, 3]), shape([])], ["2×3", "a number"]);
});

test("a norm neither over- nor underflows", () => {
  assert.ok(Math.abs(norm([3e200, 4e200]) / 5e200 - 1) < 1e-15);
  assert.ok(Math.abs(norm([3e-200, 4e-200]) / 5e-200 - 1) < 1e-15);
  assert.equal(norm([0, 0]), 0);
  assert.equal(norm([1, "Infinity"]), Infinity);
  assert.ok(Number.isNaN(norm([1, "NaN", 2])));
});

test("what is said of a large tensor tells of a NaN", () => {
  assert.deepEqual(
    summaryOf([
      [3, -4],
      [0, 0],
    ]),
    { min: -4, max: 3, norm: 5 },
  );
  assert.deepEqual([least([1, NaN, 0]), greatest([1, NaN, 2])], [NaN, NaN]);
});

test("what cancels is settled to 0, and nothing else", () => {
  assert.equal(settled(1e-17, true), 0);
  assert.equal(settled(1e-17, null), 1e-17);
  assert.deepEqual(
    settled(
      [
        [1e-17, 2],
        [3, 1e-18],
      ],
      [
        [true, false],
        [false, true],
      ],
    ),
    [
      [0, 2],
      [3, 0],
    ],
  );
});

test("a slider reaches both ways, and from 0 for a constant", () => {
  assert.deepEqual(rangeOf("param", 0.5), { min: -2, max: 2, step: 0.02 });
  assert.deepEqual(rangeOf("input", -3), { min: -10, max: 10, step: 0.1 });
  assert.deepEqual(rangeOf("const", 0.1), { min: 0, max: 0.5, step: 0.002 });
  assert.deepEqual(rangeOf("const", -0.1), { min: -0.5, max: 0, step: 0.002 });
  assert.deepEqual(rangeOf("param", NaN), { min: -1, max: 1, step: 0.01 });
});

test("a value is within its slider's range, and 0 is on a step", () => {
  for (const kind of ["param", "const"]) {
    for (let power = -12; power <= 12; power += 1) {
      for (const lead of [1, -1.9, 2, 4.99, -5, 7]) {
        const value = lead * 10 ** power;
        const { min, max, step } = rangeOf(kind, value);
        assert.ok(min <= value && value <= max, `${kind} ${value}`);
        assert.ok(Math.abs(min / step - Math.round(min / step)) < 1e-6, `${kind} ${value}`);
      }
    }
  }
});

test("a value past the end moves the end, and only that", () => {
  const range = { min: -2, max: 2, step: 0.02 };
  assert.equal(widened(range, 1), range);
  assert.equal(widened(range, NaN), range);
  assert.deepEqual(widened(range, 9), { min: -2, max: 20, step: stepOf(22) });
  assert.deepEqual(widened(range, -9), { min: -20, max: 2, step: stepOf(22) });
});

test("what is typed is a number or none", () => {
  assert.deepEqual(["−0.5", " 3 ", "1e-3", "", "x", "Infinity", "1 2"].map(parseNumber), [
    -0.5,
    3,
    0.001,
    null,
    null,
    null,
    null,
  ]);
});

test("a field holds as much of a number as it has room for", () => {
  assert.equal(fitNumber(-0.1, 10), "−0.1");
  assert.equal(fitNumber(1 / 3, 6), "0.3333");
  assert.equal(fitNumber(123456.789, 6), "1.2·10⁵");
  // Of what fits in no way the shortest.
  assert.equal(fitNumber(-1.5e150, 6), "−2·10¹⁵⁰");
});

test("an axis has round ticks, at their places", () => {
  const axis = new Axis([0, 10], [100, 200]);
  assert.deepEqual(axis.ticks, [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(
    [0, 5, 10].map((each) => axis.at(each)),
    [100, 150, 200],
  );
  assert.deepEqual(new Axis([-0.35, 0.2], [0, 1]).ticks, [-0.2, 0, 0.2]);
});

test("a logarithmic axis has whole powers of ten", () => {
  const axis = new Axis([0.001, 1000], [0, 60], LOG);
  assert.deepEqual(axis.ticks.map(Math.log10).map(Math.round), [-2, 0, 2]);
  assert.deepEqual(
    [0.001, 1, 1000].map((each) => axis.at(each)),
    [0, 30, 60],
  );
  assert.equal(tickFigure(1e-6), "10⁻⁶");
});

test("one number alone has an axis all the same", () => {
  assert.ok(new Axis([3, 3], [0, 1]).ticks.every(Number.isFinite));
});

test("points are a path, and none are none", () => {
  assert.equal(
    linePath([
      [0, 1],
      [2, 3],
    ]),
    "M0 1 L2 3",
  );
  assert.equal(linePath([]), "");
});
