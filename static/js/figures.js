// A walk with the figures that a moved value gives it. Its formulas stay; of one step alone they come in
// numbers too, and the others' wait for the whole walk. Pure: no page.

// The same walk with other figures, of which the step `at` is told whole; null where they are another's.
export function withFigures(walk, { zoom, total, step, steps }, at) {
  if (walk.zoom !== zoom || walk.total !== total || steps.some(({ node }, place) => node !== walk.steps[place].node)) return null;
  const changed = walk.steps.map((old, place) => (place + 1 === step?.step ? { ...old, ...step } : renewed(old, steps[place])));
  return (step?.step ?? 0) === at ? { ...walk, steps: changed, told: at } : null;
}

// Whether all there is to say of a step is known for the values at hand.
export function isTold(walk, at) {
  return walk.told === undefined || walk.told === at;
}

function renewed(old, { contributions, ...figures }) {
  const sent = old.contributions && { contributions: old.contributions.map((each, place) => ({ ...each, ...contributions[place] })) };
  return { ...old, ...figures, ...sent };
}
