// One axis of a small picture: where a number stands, and which numbers are written beside it. No
// page.

import { short } from "./format.js";

const TICKS = 5;

/**
 * How lengths follow numbers, and back.
 * @typedef {{ of: (value: number) => number, from: (value: number) => number }} Scale
 */

/** @type {Scale} */
export const LINEAR = { of: (value) => value, from: (value) => value };
/** @type {Scale} */
export const LOG = { of: Math.log10, from: (value) => 10 ** value };

/** From what is meant to where it stands. */
export class Axis {
  /**
   * @param {number[]} range The least and the greatest number.
   * @param {number[]} ends Where they stand.
   * @param {Scale} scale
   */
  constructor([low, high], [start, end], scale = LINEAR) {
    const [from, to] = [scale.of(low), scale.of(high)];
    this.low = from;
    this.high = to > from ? to : from + 1;
    this.start = start;
    this.end = end;
    this.scale = scale;
  }

  /** @param {number} value */
  at(value) {
    const share = (this.scale.of(value) - this.low) / (this.high - this.low);
    return Math.round((this.start + share * (this.end - this.start)) * 10) / 10;
  }

  /**
   * A tick's figure: with as many digits as tell it from the next.
   * @param {number} tick
   */
  figure(tick) {
    const ticks = this.ticks;
    const greatest = Math.max(...ticks.map(Math.abs));
    const apart = ticks.length > 1 && this.scale !== LOG ? Math.abs(ticks[1] - ticks[0]) : greatest;
    return tickFigure(tick, Math.max(4, Math.ceil(Math.log10(greatest / apart)) + 1));
  }

  get ticks() {
    return roundTicks(this.low, this.high, this.scale === LOG).map(this.scale.from);
  }
}

/**
 * Round numbers in a range: 1, 2 or 5 times a power of ten apart; of powers of ten whole ones.
 * @param {number} low
 * @param {number} high
 * @param {boolean} whole
 */
function roundTicks(low, high, whole) {
  const rough = (high - low) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const fine =
    [1, 2, 5, 10].map((times) => times * power).find((each) => each >= rough * 0.999) ?? 10 * power;
  const apart = whole ? Math.max(1, Math.round(fine)) : fine;
  const first = Math.ceil(low / apart - 1e-9);
  const count = Math.floor(high / apart + 1e-9) - first;
  return Array.from({ length: Math.max(0, count + 1) }, (_, each) =>
    Number(((first + each) * apart).toPrecision(12)),
  );
}

/**
 * A tick's figure: powers of ten alone, without the 1 in front.
 * @param {number} value
 */
export function tickFigure(value, digits = 4) {
  return short(value, digits).replace(/^(−?)1·10/, "$110");
}

/**
 * Points as the data of a path.
 * @param {number[][]} points
 */
export function linePath(points) {
  return points.length ? `M${points.map(([x, y]) => `${x} ${y}`).join(" L")}` : "";
}
