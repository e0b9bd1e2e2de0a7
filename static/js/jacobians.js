// Which Jacobians a backward step uses: the derivative of what reads the node by the node itself,
// where both have names, and the node reaches the reader in no other way.

/** @typedef {import("../../tools/types/answers.js").Walk} Walk */
/** @typedef {import("../../tools/types/answers.js").Step} Step */
/** @typedef {{ use: string, rule: object | null, local: unknown }} Contribution */
/** @typedef {{ of: string, wrt: string, latex: string, text: string }} Asked */

// A matrix of more numbers is refused by the call.
const MOST = 100_000;

/**
 * @param {Walk} walk
 * @param {Step | null} step
 * @returns {Asked[]}
 */
export function jacobiansAt(walk, step) {
  if (step?.phase !== "backward" || !named(walk, step)) return [];
  const found = new Map();
  for (const { use, rule, local } of contributionsOf(step)) {
    const reader = walk.steps.find((each) => each.phase === "forward" && each.node === use);
    if (!rule || local !== null || !reader || found.has(use)) continue;
    if (!named(walk, reader) || !reader.shape.length || !step.shape.length) continue;
    if (count(reader.shape) * count(step.shape) > MOST || !onlyWay(walk, step.node, use)) continue;
    found.set(use, {
      of: reader.name ?? "",
      wrt: step.name ?? "",
      latex: `\\frac{\\partial ${reader.symbol.latex}}{\\partial ${step.symbol.latex}}`,
      text: `∂${reader.symbol.text}/∂${step.symbol.text}`,
    });
  }
  return [...found.values()];
}

/**
 * Whether a step's name means this node and no later giving of it.
 * @param {Walk} walk
 * @param {Step} step
 */
function named(walk, step) {
  if (step.name === null) return false;
  const given = walk.steps.filter((each) => each.phase === "forward" && each.name === step.name);
  return given.at(-1)?.node === step.node;
}

/**
 * @param {Step} step
 * @returns {Contribution[]}
 */
function contributionsOf(step) {
  return /** @type {Contribution[]} */ (step.contributions ?? []);
}

/** @param {number[]} shape */
function count(shape) {
  return shape.reduce((product, length) => product * length, 1);
}

/**
 * Whether nothing else that reads the node leads to `use`: then the local derivative is the whole.
 * @param {Walk} walk
 * @param {string} node
 * @param {string} use
 */
function onlyWay(walk, node, use) {
  const readers = new Map(
    walk.steps
      .filter((each) => each.phase === "backward")
      .map((each) => [each.node, contributionsOf(each).map(({ use: reader }) => reader)]),
  );
  const open = (readers.get(node) ?? []).filter((each) => each !== use);
  const seen = new Set(open);
  while (open.length) {
    for (const next of readers.get(open.pop() ?? "") ?? []) {
      if (next === use) return false;
      if (!seen.has(next)) open.push(next);
      seen.add(next);
    }
  }
  return true;
}
