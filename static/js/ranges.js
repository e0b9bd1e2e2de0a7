// How far a slider reaches around a written value, and a number as its field shows it. No page.

import { short } from "./format.js";

/** @typedef {{ min: number, max: number, step: number }} Range */

/**
 * The next 1, 2 or 5 with a power of ten.
 * @param {number} length
 */
function roundUp(length) {
  const power = 10 ** Math.floor(Math.log10(length));
  const lead = length / power;
  return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10) * power;
}

/**
 * A two-hundredth of a range, to the nearest 1, 2 or 5: two figures can be set.
 * @param {number} length
 */
export function stepOf(length) {
  const power = 10 ** Math.floor(Math.log10(length / 200));
  const lead = length / 200 / power;
  return Number(((lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10) * power).toPrecision(1));
}

/**
 * Constants are mostly sizes, so they keep their sign; what is fed in or learned goes both ways.
 * @param {string} kind
 * @param {number} value
 * @returns {Range}
 */
export function rangeOf(kind, value) {
  if (!Number.isFinite(value)) return { min: -1, max: 1, step: 0.01 };
  if (kind === "const" && value !== 0) {
    const far = roundUp(5 * Math.abs(value));
    return value > 0
      ? { min: 0, max: far, step: stepOf(far) }
      : { min: -far, max: 0, step: stepOf(far) };
  }
  const far = roundUp(Math.max(2.5 * Math.abs(value), 2));
  return { min: -far, max: far, step: stepOf(2 * far) };
}

/**
 * A value typed past the end moves the end.
 * @param {Range} range
 * @param {number} value
 * @returns {Range}
 */
export function widened(range, value) {
  if (!Number.isFinite(value) || (value >= range.min && value <= range.max)) return range;
  const far = roundUp(Math.abs(value) * 1.25);
  const [min, max] = [value < range.min ? -far : range.min, value > range.max ? far : range.max];
  return { min, max, step: stepOf(max - min) };
}

/**
 * What was typed as a number, or null: a true minus is a minus.
 * @param {string} text
 */
export function parseNumber(text) {
  const typed = text.trim().replaceAll("−", "-");
  const value = Number(typed);
  return typed === "" || !Number.isFinite(value) ? null : value;
}

/**
 * As much of a number as a field of so many characters holds.
 * @param {number} value
 * @param {number} room
 */
export function fitNumber(value, room) {
  const exact = String(value).replace("-", "−");
  if (exact.length <= room && !exact.includes("e")) return exact;
  const texts = [room > 6 ? 5 : 4, 4, 3, 2, 1].map((digits) => short(value, digits));
  return texts.find((text) => wide(text) <= room) ?? texts.at(-1);
}

/**
 * Raised figures are narrower, and a point is narrow.
 * @param {string} text
 */
function wide(text) {
  return [...text].reduce(
    (sum, each) => sum + (".·".includes(each) ? 0.45 : "⁻⁰¹²³⁴⁵⁶⁷⁸⁹".includes(each) ? 0.7 : 1),
    0,
  );
}
