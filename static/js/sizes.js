// How large a partial is, in seven steps over eight powers of ten. No page.

/** @typedef {import("../../tools/types/answers.js").Figure} Figure */
/** @typedef {import("../../tools/types/answers.js").Walk} Walk */

import { number } from "./format.js";

export const LEVELS = 7;
const POWERS = 8;

/**
 * 0 for nothing at all, 7 for the largest, and a step less for each seventh of eight powers of ten;
 * what is smaller than all of them is 1.
 * @param {Figure | null | undefined} size
 * @param {number} largest
 */
export function levelOf(size, largest) {
  const value = number(size) ?? 0;
  if (!value) return 0;
  if (!Number.isFinite(value)) return LEVELS;
  const below = Math.log10(largest) - Math.log10(value);
  return Math.max(1, Math.min(LEVELS, LEVELS - Math.floor((below / POWERS) * LEVELS + 1e-9)));
}

/**
 * What the deep end of the scale stands for: the largest partial of the walk, but for the loss's by
 * itself, or 1.
 * @param {Walk} walk
 * @param {"relative" | "absolute"} mode
 */
export function deepest(walk, mode) {
  if (mode === "absolute") return 1;
  const own = walk.steps[walk.forward]?.node;
  let most = 0;
  for (const { phase, node, largest } of walk.steps) {
    if (phase !== "backward" || node === own) continue;
    const size = number(largest) ?? 0;
    if (Number.isFinite(size) && size > most) most = size;
  }
  return most || 1;
}
