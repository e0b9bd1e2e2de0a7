// A contribution between tensors as a product: which elements make one of its elements, and that
// element worked out, as backstep/walk/elements.py does. No page.

/** @typedef {import("../../tools/types/answers.js").Figure} Figure */
/** @typedef {import("../../tools/types/answers.js").Product} Product */
/** @typedef {import("../../tools/types/answers.js").ProductFactor} ProductFactor */
/** @typedef {import("../../tools/types/answers.js").Tensor} Tensor */

/** @typedef {Record<string, number>} Places By the letter of an axis. */

import { indices, lengthsOf } from "./arrays.js";
import { latexFigure, number } from "./format.js";

const MOST_TERMS = 4;

/**
 * An equation as LaTeX: an element, its terms in symbols, in numbers, and its value. Without numbers
 * where a factor is too large to have been sent.
 * @param {Product} product
 * @param {Tensor | null} value The contribution.
 * @param {number[]} at
 * @param {boolean} negligible Whether the element is 0 but for rounding.
 */
export function workedOut(product, value, at, negligible = false) {
  const fixed = fixedPlaces(product, at);
  const terms = termsOf(product, fixed);
  const left = placed(product.element, fixed);
  const end = negligible
    ? "\\bp{0} \\text{ but for rounding}"
    : value === null
      ? null
      : `\\bp{${latexFigure(/** @type {Figure} */ (elementAt(value, at)))}}`;
  const parts = [left];
  if (terms.length) {
    parts.push(sumOf(terms.map((each) => symbolsOf(product, each))));
    const numbers = terms.map((each) => numbersOf(product, each));
    const known = numbers.every((factors) => !factors.includes(null));
    if (known && (numbers.length > 1 || numbers[0].length > 1))
      parts.push(sumOf(/** @type {string[][]} */ (numbers)));
  }
  return [...parts, end].filter((each) => each !== null).join(" = ");
}

/**
 * Any element by the letters of its axes, with a sum over the others; null where each element is a
 * sum of its own.
 * @param {Product} product
 */
export function anyElement(product) {
  if (product.sign === "elements" || !product.axes) return null;
  /** @param {string} element */
  const lettered = (element) =>
    element.replace(/#\{([a-z]+)\}/g, (_, /** @type {string} */ axes) => [...axes].join(","));
  const all = new Set(product.factors.flatMap(({ axes }) => [...axes]));
  const summed = [...all].filter((letter) => !product.axes.includes(letter)).sort();
  const sum = summed.length ? `\\sum_{${summed.join(",")}} ` : "";
  const written = product.factors.map(({ element }) => element).filter((each) => each !== "1");
  return `${lettered(product.element)} = ${sum}${written.map(lettered).join(" \\cdot ")}`;
}

/**
 * Whether a factor's element at a place is one of those that make the contribution's element.
 * @param {Product} product
 * @param {ProductFactor} factor
 * @param {number[]} at The contribution's element.
 * @param {number[]} place The factor's.
 */
export function isLit(product, factor, at, place) {
  const fixed = fixedPlaces(product, at);
  if (product.sign === "elements") {
    const local = product.factors[product.factors.length - 1];
    if (factor === local || local.value === null) return false;
    const all = { ...fixed, ...fixedPlaces(factor, place) };
    return number(valueAt(local, all)) !== 0;
  }
  return [...factor.axes].every(
    (letter, axis) => !(letter in fixed) || fixed[letter] === place[axis],
  );
}

/**
 * The place of a cell, in rows and columns as they are written, in the axes.
 * @param {{ axes: string, rows: number, columns: number }} given
 * @param {number} row
 * @param {number} column
 */
export function placeOf({ axes, rows }, row, column) {
  if (axes.length === 2) return [row, column];
  return axes.length ? [rows === 1 ? column : row] : [];
}

/**
 * The row and column, counted from 0, at which an element is written.
 * @param {{ axes: string, rows: number }} given
 * @param {number[]} at
 */
export function cellOf({ axes, rows }, at) {
  if (axes.length === 2) return at;
  if (!axes.length) return [0, 0];
  return rows === 1 ? [0, at[0]] : [at[0], 0];
}

/**
 * @param {{ axes: string }} given
 * @param {number[]} at
 * @returns {Places}
 */
function fixedPlaces({ axes }, at) {
  return Object.fromEntries([...axes].map((letter, axis) => [letter, at[axis]]));
}

/**
 * The places of each term's elements; of a Jacobian without those where it is 0.
 * @param {Product} product
 * @param {Places} fixed
 * @returns {Places[]}
 */
function termsOf({ sign, factors }, fixed) {
  /** @type {Places} */
  const lengths = {};
  for (const factor of factors)
    [...factor.axes].forEach((letter, axis) => {
      if (!(letter in fixed)) lengths[letter] = lengthOf(factor, axis);
    });
  const letters = Object.keys(lengths).sort();
  const all = indices(letters.map((letter) => lengths[letter])).map((at) => ({
    ...fixed,
    ...Object.fromEntries(letters.map((letter, axis) => [letter, at[axis]])),
  }));
  if (sign !== "elements") return all;
  const local = factors[factors.length - 1];
  return all.filter((places) => number(valueAt(local, places)) !== 0);
}

/**
 * @param {ProductFactor} factor
 * @param {number} axis
 */
function lengthOf({ value, axes, rows, columns }, axis) {
  if (value !== null) return lengthsOf(value)[axis];
  if (axes.length === 2) return [rows, columns][axis];
  return rows * columns;
}

/**
 * @param {Tensor} value
 * @param {number[]} at
 */
function elementAt(value, at) {
  return at.reduce((part, place) => /** @type {Tensor[]} */ (part)[place], value);
}

/**
 * @param {ProductFactor} factor
 * @param {Places} places
 */
function valueAt({ axes, value }, places) {
  if (value === null) return null;
  const at = [...axes].map((letter) => places[letter]);
  return /** @type {Figure} */ (elementAt(value, at));
}

/**
 * @param {string} element
 * @param {Places} places
 */
function placed(element, places) {
  return element.replace(/#\{([a-z]+)\}/g, (_, /** @type {string} */ axes) =>
    [...axes].map((letter) => places[letter]).join(","),
  );
}

/**
 * @param {Product} product
 * @param {Places} places
 */
function symbolsOf({ factors }, places) {
  return factors
    .filter(({ element }) => element !== "1")
    .map(({ element }) => placed(element, places));
}

/**
 * @param {Product} product
 * @param {Places} places
 */
function numbersOf({ factors }, places) {
  return factors
    .filter(({ element }) => element !== "1")
    .map((factor) => {
      const value = valueAt(factor, places);
      if (value === null) return null;
      const figure = latexFigure(value);
      const written = `\\${factor.role === "upstream" ? "bp" : "fv"}{${figure}}`;
      const signed = figure.startsWith("-") || figure.includes("\\cdot");
      return signed ? `\\left(${written}\\right)` : `{${written}}`;
    });
}

/** @param {string[][]} terms */
function sumOf(terms) {
  const written = terms.map((factors) => factors.join(" \\cdot "));
  const few =
    written.length > MOST_TERMS
      ? [...written.slice(0, 2), "\\cdots", written[written.length - 1]]
      : written;
  return few.join(" + ");
}
