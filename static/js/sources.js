// Where a figure or a symbol comes from: the step of the walk that made it, and what that step was made
// from in turn. No page.

/** @typedef {import("../../tools/types/answers.js").Figure} Figure */
/** @typedef {import("../../tools/types/answers.js").Step} Step */
/** @typedef {import("../../tools/types/answers.js").Walk} Walk */
/** @typedef {"value" | "partial"} Role */

import { short } from "./format.js";
import { symbolsIn } from "./symbols.js";

/**
 * One equation of a step, and the steps that it takes figures from.
 * @typedef {{ latex: string, from: Step[] }} Reason
 */

/**
 * The step that computes a node's value, or completes its partial.
 * @param {Walk} walk
 * @param {string} node
 * @param {Role} role
 * @returns {Step | null}
 */
export function stepOfNode(walk, node, role) {
  const phase = role === "value" ? "forward" : "backward";
  return walk.steps.find((step) => step.node === node && step.phase === phase) ?? null;
}

/**
 * The step that made a figure as it is shown beside the step `at`: that of one of the nodes named next to
 * it, else of what the step reads, else the last one before that made such a figure.
 * @param {Walk} walk
 * @param {number} at
 * @param {Role} role
 * @param {string} text
 * @param {string[]} nodes
 * @returns {Step | null}
 */
export function stepOfFigure(walk, at, role, text, nodes) {
  const now = walk.steps[at - 1] ?? null;
  const uses = role === "partial" ? usesOf(now).map(({ use }) => use) : [];
  const near = [...nodes, ...uses].map((node) => stepOfNode(walk, node, role));
  const phase = role === "value" ? "forward" : "backward";
  const before = walk.steps.slice(0, at).filter((step) => step.phase === phase);
  const looked = [...near, ...before.reverse()];
  const figure = plain(text);
  if (figure === "") return null;
  return looked.find((step) => step !== null && plain(short(figureOf(step))) === figure) ?? null;
}

/**
 * What a step is made from: of a partial each contribution, with the partial that it passes on and the
 * values that it reads; of a value its formula. Empty for what is given.
 * @param {Walk} walk
 * @param {Step} step
 * @returns {Reason[]}
 */
export function reasonsOf(walk, step) {
  if (step.phase === "forward") return step.formula ? [computed(walk, step, step.formula)] : [];
  return usesOf(step).map(({ use, rule }) => {
    const passed = stepOfNode(walk, use, "partial");
    const reused = (rule?.reused ?? []).map((name) =>
      walk.steps.findLast((each) => each.phase === "forward" && each.name === name),
    );
    return {
      latex: rule
        ? rule.display + (rule.display_numbers ? ` = ${rule.display_numbers}` : "")
        : `\\bp{0}`,
      from: [passed, ...reused].filter((each) => each !== undefined && each !== null),
    };
  });
}

/**
 * @param {Walk} walk
 * @param {Step} step
 * @param {{ display: string | null, display_numbers: string | null }} formula
 * @returns {Reason}
 */
function computed(walk, step, { display, display_numbers }) {
  const nodes = [...new Set(symbolsIn(display ?? "").map(({ node }) => node))];
  const from = nodes
    .filter((node) => node !== step.node)
    .map((node) => stepOfNode(walk, node, "value"));
  const left = step.name === null ? "" : `\\fv{${step.symbol.latex}} = `;
  const numbers = display_numbers ? ` = ${display_numbers}` : "";
  return { latex: left + display + numbers, from: from.filter((each) => each !== null) };
}

/**
 * A step's figure: a number, or null of a tensor.
 * @param {Step} step
 * @returns {Figure | null}
 */
export function figureOf(step) {
  if (step.shape.length) return null;
  const made = step.phase === "forward" ? step.value : step.partial;
  return /** @type {Figure | null} */ (made ?? null);
}

/**
 * @param {Step | null} step
 * @returns {{ use: string, rule: { display: string, display_numbers: string | null, reused: string[] } | null }[]}
 */
function usesOf(step) {
  return /** @type {any} */ (step?.contributions ?? []);
}

/**
 * A figure without its sign, however it is set.
 * @param {string} text
 */
function plain(text) {
  return text.normalize("NFKC").replace(/[^\d.∞A-Za-z]/g, "");
}
