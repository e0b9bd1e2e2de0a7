// Tensors as the nested lists that JSON has: their lengths, elements and sizes. Knows nothing of
// the page.

/** @typedef {import("../../tools/types/answers.js").Figure} Figure */
/** @typedef {import("../../tools/types/answers.js").Mask} Mask */
/** @typedef {import("../../tools/types/answers.js").Summary} Summary */
/** @typedef {import("../../tools/types/answers.js").Tensor} Tensor */

import { number } from "./format.js";

/**
 * Nested lists as one flat list of numbers.
 * @param {Tensor} tensor
 * @returns {number[]}
 */
export function flat(tensor) {
  const all = /** @type {any[]} */ ([tensor]).flat(Infinity);
  return all.map((each) => number(/** @type {Figure} */ (each)));
}

/**
 * The lengths of the axes of nested lists: [2, 3] of two rows of three.
 * @param {Tensor | null} tensor
 * @returns {number[]}
 */
export function lengthsOf(tensor) {
  return Array.isArray(tensor) ? [tensor.length, ...lengthsOf(tensor[0] ?? 0)] : [];
}

/**
 * The places of all elements, the last axis first: [0, 0], [0, 1], …
 * @param {number[]} lengths
 */
export function indices(lengths) {
  /** @type {number[][]} */
  const start = [[]];
  return lengths.reduce(
    (all, length) => all.flatMap((at) => Array.from({ length }, (_, i) => [...at, i])),
    start,
  );
}

/**
 * How many elements a tensor of these lengths has.
 * @param {number[]} lengths
 */
export function countOf(lengths) {
  return lengths.reduce((product, length) => product * length, 1);
}

/**
 * The Euclidean norm, by scaling, so that it neither over- nor underflows.
 * @param {Tensor} tensor
 */
export function norm(tensor) {
  const all = flat(tensor).map(Math.abs);
  const largest = all.reduce((most, each) => (each > most || Number.isNaN(each) ? each : most), 0);
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  return largest * Math.sqrt(all.reduce((sum, each) => sum + (each / largest) ** 2, 0));
}

/**
 * The smallest of numbers; NaN where one is none.
 * @param {number[]} all
 */
export function least(all) {
  return all.reduce(
    (smallest, each) => (each < smallest || Number.isNaN(each) ? each : smallest),
    Infinity,
  );
}

/**
 * The largest of numbers; NaN where one is none.
 * @param {number[]} all
 */
export function greatest(all) {
  return all.reduce(
    (largest, each) => (each > largest || Number.isNaN(each) ? each : largest),
    -Infinity,
  );
}

/**
 * What is said of a tensor too large to list.
 * @param {Tensor} tensor
 * @returns {{ min: number, max: number, norm: number }}
 */
export function summaryOf(tensor) {
  const all = flat(tensor);
  return { min: least(all), max: greatest(all), norm: norm(tensor) };
}

/**
 * A partial with 0 for what is 0 but for rounding; `rounding` says where that is, as the API sends
 * it.
 * @param {Tensor} partial
 * @param {Mask | null | undefined} rounding
 * @returns {Tensor}
 */
export function settled(partial, rounding) {
  if (!rounding) return partial;
  return Array.isArray(partial) && Array.isArray(rounding)
    ? partial.map((each, place) => settled(each, rounding[place]))
    : 0;
}
