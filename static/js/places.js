// Where one is in a walk, and the same place in another walk. No page, no numbers.

/** @typedef {import("../../tools/types/answers.js").Step} Step */
/** @typedef {import("../../tools/types/answers.js").Tensor} Tensor */
/** @typedef {import("../../tools/types/answers.js").Walk} Walk */

/**
 * @param {Walk} walk
 * @param {number} number
 */
export function stepAt(walk, number) {
  return walk.steps[number - 1] ?? null;
}

/**
 * The step of a walk that stands where `number` stood in an earlier one: the same node, by name
 * before number, in the same phase; both ends stay ends.
 * @param {Walk | null} before
 * @param {number} number
 * @param {Walk} walk
 * @returns {number}
 */
export function samePlace(before, number, walk) {
  if (!before) return Math.min(number, walk.total);
  if (number === 0 || number === before.total) return number && walk.total;
  const was = before.steps[number - 1];
  /** @param {Step} step */
  const alike = (step) =>
    step.name !== null && step.name === was.name && step.version === was.version;
  /** @param {Step} step */
  const partOf = (step) =>
    step.name !== null &&
    was.name !== null &&
    tensorOf(step.name) === tensorOf(was.name) &&
    step.version === was.version;
  const phase = walk.steps.filter((step) => step.phase === was.phase);
  const found =
    phase.find(alike) ??
    phase.find(partOf) ??
    phase.find((step) => step.node === was.node) ??
    sameLine(phase, was);
  if (found) return found.step;
  const share = number / before.total;
  return Math.round(share * walk.total);
}

const ELEMENT = /^(.+)\[(\d+(?:, ?\d+)*)\]$/;

/**
 * The tensor that W[0, 2] is an element of: W.
 * @param {string} name
 */
export function tensorOf(name) {
  return name.match(ELEMENT)?.[1] ?? name;
}

/**
 * The tensor's name and the place in it, or null for a name that is no element.
 * @param {string} name
 * @param {Record<string, Tensor>} tensors
 */
export function elementOf(name, tensors) {
  const [, tensor, at] = name.match(ELEMENT) ?? [];
  return tensor !== undefined && !(name in tensors) && tensor in tensors
    ? { tensor, at: at.split(",").map(Number) }
    : null;
}

/**
 * @param {Step[]} steps
 * @param {Step} was
 */
function sameLine(steps, was) {
  const onLine = steps.filter((step) => was.line !== null && step.line === was.line);
  return onLine.find((step) => step.name !== null) ?? onLine[0];
}

/**
 * The numbers of a node's steps.
 * @param {Walk} walk
 * @param {string} node
 */
function stepsOf(walk, node) {
  const found = walk.steps.filter((step) => step.node === node);
  return {
    forward: found.find((step) => step.phase === "forward")?.step,
    backward: found.find((step) => step.phase === "backward")?.step,
  };
}

/**
 * Where a click on a node leads: to its step in the phase at hand; a second click to its other one.
 * @param {Walk} walk
 * @param {number} number
 * @param {string} node
 */
export function stepOnClick(walk, number, node) {
  const { forward, backward } = stepsOf(walk, node);
  if (backward === undefined) return forward;
  if (number === forward) return backward;
  if (number === backward) return forward;
  return number > walk.forward ? backward : forward;
}

/**
 * Where names are given: the line of the text and the step of the walk.
 * @param {Walk | null} walk
 * @param {(name: string) => string} [called]
 * @returns {(one: string, other: string) => number} A comparison for sort; what is not in the
 *   walk comes last.
 */
function byPlace(walk, called = (name) => name) {
  const steps = (walk?.steps ?? []).filter((step) => step.phase === "forward");
  const places = new Map(
    steps.map((step) => [called(step.name ?? ""), [step.line ?? 0, step.step]]),
  );
  /** @param {string} name */
  const place = (name) => places.get(name) ?? [Infinity, Infinity];
  return (one, other) => place(one)[0] - place(other)[0] || place(one)[1] - place(other)[1] || 0;
}

/**
 * Parameters as the text declares them, and a layer's own as the walk comes to them.
 * @param {Record<string, unknown>} gradients
 * @param {Walk | null} walk
 */
export function inOrder(gradients, walk) {
  return Object.keys(gradients).sort(byPlace(walk));
}

/**
 * Names whose partial one may ask for, as the text has them: parameters first, then what else has
 * one.
 * @param {Walk | null} walk
 * @param {Record<string, unknown>} gradients
 */
export function namesWithPartial(walk, gradients) {
  const order = byPlace(walk, tensorOf);
  const learned = Object.keys(gradients).sort(order);
  const found = new Set();
  for (const { phase, name, partial, summary } of walk?.steps ?? []) {
    if (phase === "backward" && name !== null && (partial !== null || summary))
      found.add(tensorOf(name));
  }
  const others = [...found]
    .filter((name) => !(name in gradients) && name !== walk?.loss)
    .sort(order);
  return [...learned, ...others];
}
