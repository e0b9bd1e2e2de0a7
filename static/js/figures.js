// A walk with the figures that a moved value gives it. Its formulas stay; of one step alone they
// come in numbers too, and the others' wait for the whole walk. No page.

/** @typedef {import("../../tools/types/answers.js").Step} Step */
/** @typedef {import("../../tools/types/answers.js").StepFigures} StepFigures */
/** @typedef {import("../../tools/types/answers.js").Walk} Walk */
/** @typedef {import("../../tools/types/answers.js").WalkFigures} WalkFigures */

/**
 * The same walk with other figures, complete at the step `at` alone; null where they are another
 * walk's.
 * @param {Walk} walk
 * @param {WalkFigures} figures
 * @param {number} at
 * @returns {Walk | null}
 */
export function withFigures(walk, { zoom, total, step, layers, steps }, at) {
  if (
    walk.zoom !== zoom ||
    walk.total !== total ||
    steps.some(({ node }, place) => node !== walk.steps[place].node)
  )
    return null;
  const changed = walk.steps.map((old, place) =>
    place + 1 === step?.step ? { ...old, ...step } : renew(old, steps[place]),
  );
  return (step?.step ?? 0) === at ? { ...walk, layers, steps: changed, completeAt: at } : null;
}

/**
 * Whether a step's formulas are as new as its figures.
 * @param {Walk} walk
 * @param {number} at
 */
export function isComplete(walk, at) {
  return walk.completeAt === undefined || walk.completeAt === at;
}

/**
 * @param {Step} old
 * @param {StepFigures} figures
 * @returns {Step}
 */
function renew(old, { contributions, ...figures }) {
  const sent = old.contributions && {
    contributions: old.contributions.map((each, place) => ({ ...each, ...contributions[place] })),
  };
  return { ...old, ...figures, ...sent };
}
