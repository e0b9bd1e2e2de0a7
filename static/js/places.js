// Where one is in a walk, and the same place in another walk. Pure: no page, no numbers.

export function stepAt(walk, number) {
  return walk.steps[number - 1] ?? null;
}

// The step of a walk that stands where `number` stood in an earlier one: the same node, by name
// before number, in the same phase; both ends stay ends.
export function samePlace(before, number, walk) {
  if (!before) return Math.min(number, walk.total);
  if (number === 0 || number === before.total) return number && walk.total;
  const was = stepAt(before, number);
  const alike = (step) => step.name !== null && step.name === was.name && step.version === was.version;
  const partOf = (step) => step.name !== null && was.name !== null && whole(step.name) === whole(was.name) && step.version === was.version;
  const phase = walk.steps.filter((step) => step.phase === was.phase);
  const found = phase.find(alike) ?? phase.find(partOf) ?? phase.find((step) => step.node === was.node) ?? sameLine(phase, was);
  if (found) return found.step;
  const share = number / before.total;
  return Math.round(share * walk.total);
}

const ELEMENT = /^(.+)\[(\d+(?:, ?\d+)*)\]$/;

// The tensor that W[0, 2] is an element of: W.
export function whole(name) {
  return name.match(ELEMENT)?.[1] ?? name;
}

// The tensor's name and the place in it, or null for a name that is no element.
export function elementOf(name, tensors) {
  const [, tensor, at] = name.match(ELEMENT) ?? [];
  return tensor !== undefined && !(name in tensors) && tensor in tensors ? { tensor, at: at.split(",").map(Number) } : null;
}

function sameLine(steps, was) {
  const onLine = steps.filter((step) => was.line !== null && step.line === was.line);
  return onLine.find((step) => step.name !== null) ?? onLine[0];
}

// Where a click on a node leads: to its step in the phase at hand; a second click to its other one.
export function stepsOf(walk, node) {
  const found = walk.steps.filter((step) => step.node === node);
  return {
    forward: found.find((step) => step.phase === "forward")?.step,
    backward: found.find((step) => step.phase === "backward")?.step,
  };
}

export function clicked(walk, number, node) {
  const { forward, backward } = stepsOf(walk, node);
  if (backward === undefined) return forward;
  if (number === forward) return backward;
  if (number === backward) return forward;
  return number > walk.forward ? backward : forward;
}

// Names whose partial one may ask for, as the text has them: parameters first, then what else has one.
export function asked(walk, gradients) {
  const steps = (walk?.steps ?? []).filter((step) => step.phase === "backward" && step.name !== null && (step.partial !== null || step.summary));
  const places = new Map((walk?.steps ?? []).filter((step) => step.phase === "forward" && step.name !== null).map((step) => [whole(step.name), [step.line, step.step]]));
  const order = (a, b) => (places.get(a)?.[0] ?? 0) - (places.get(b)?.[0] ?? 0) || (places.get(a)?.[1] ?? 0) - (places.get(b)?.[1] ?? 0);
  const learned = Object.keys(gradients).sort(order);
  const others = [...new Set(steps.map(({ name }) => whole(name)))].filter((name) => !(name in gradients) && name !== walk.loss).sort(order);
  return [...learned, ...others];
}
