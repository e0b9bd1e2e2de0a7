// The names of the definition in a formula, as the library marks them, so that they can be lit, or replaced
// by their numbers. What is known of them comes with the walk; no page is touched here.

/** @typedef {import("../../tools/types/answers.js").Figure} Figure */
/** @typedef {import("../../tools/types/answers.js").Tensor} Tensor */
/** @typedef {import("../../tools/types/answers.js").Walk} Walk */

import { countOf } from "./arrays.js";
import { latexFigure } from "./format.js";
import { tensorOf } from "./places.js";

/**
 * What is known of a symbol: the name it stands for, its node, where that is given, and its number, if it is one.
 * @typedef {{ name: string, node: string, line: number | null, text: string, value: Figure | null, tensor: boolean }} About
 */

/** @typedef {{ id: number, latex: string } & About} Entry */

/** @type {Entry[]} */
const entries = [];
/** @type {Map<string, Entry>} */
const byLatex = new Map();
// Those of the walk at hand.
/** @type {Map<string, Entry>} */
let known = new Map();

const MOST_ELEMENTS = 64;
// A name as the library writes it: in its colour, an element's place behind it; and behind a ∂, where it
// has the colour of the partial.
const INSIDE = String.raw`(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})`;
const NAMED = new RegExp(
  String.raw`\\fv\{(${INSIDE}*)\}(_\{\d+(?:,\d+)*\}|\[\d+(?:,\d+)*\])?`,
  "g",
);
const DERIVED = new RegExp(String.raw`(\\partial )(${INSIDE}*?)(?=(?:\^\{2\})?\}| \\, )`, "g");
// Stands beside a figure until it is known what else does.
const EDGE = "\u0001";

/**
 * Take the names of a walk, with their values. An entry keeps its number when other walks come.
 * @param {Walk} walk
 */
export function learnSymbols(walk) {
  /** @type {Entry[]} */
  const found = [];
  for (const step of walk.steps) {
    if (step.phase !== "forward" || step.name === null) continue;
    const about = {
      name: tensorOf(step.name),
      node: step.node,
      line: step.line,
      text: step.symbol.text,
    };
    found.push(
      entry(step.symbol.latex, {
        ...about,
        value: step.shape.length ? null : /** @type {Figure} */ (step.value),
        tensor: step.shape.length > 0,
      }),
    );
    if (
      !step.shape.length ||
      step.value === null ||
      step.value === undefined ||
      countOf(step.shape) > MOST_ELEMENTS
    )
      continue;
    for (const [at, value] of elementsOf(step.value))
      found.push(entry(elementLatex(step.symbol.latex, at), { ...about, value, tensor: false }));
  }
  known = new Map(found.map((each) => [each.latex, each]));
}

/**
 * The symbol that a mark in a set formula names.
 * @param {number | string} id
 */
export function symbolAt(id) {
  return entries[Number(id)];
}

/**
 * The known symbols that a formula reads, in its order.
 * @param {string} latex
 * @returns {Entry[]}
 */
export function symbolsIn(latex) {
  return [...latex.matchAll(NAMED)].flatMap(([, name, at]) => {
    const found = (at && elementOf(name, at)) || known.get(name);
    return found ? [found] : [];
  });
}

/**
 * A name alone, marked where it is known.
 * @param {string} latex
 */
function markName(latex) {
  const own = known.get(latex);
  return own ? marked(own, latex) : latex;
}

/**
 * The same formula with every known symbol marked by its number, for \htmlData.
 * @param {string} latex
 */
export function markSymbols(latex) {
  return markName(latex)
    .replace(NAMED, (text, /** @type {string} */ name, /** @type {string} */ at = "") => {
      const element = at && elementOf(name, at);
      if (element) return marked(element, text);
      const own = known.get(name);
      return own ? `${marked(own, `\\fv{${name}}`)}${at}` : text;
    })
    .replace(
      DERIVED,
      (_, /** @type {string} */ sign, /** @type {string} */ name) => `${sign}${markName(name)}`,
    );
}

/**
 * The same formula with numbers in the place of symbols, or null where one is no number.
 * @param {string} latex
 */
export function withNumbers(latex) {
  let [count, strange] = [0, latex.includes("\\bp{")];
  const written = latex.replace(
    NAMED,
    (text, /** @type {string} */ name, /** @type {string} */ at = "") => {
      const found = (at && elementOf(name, at)) || known.get(name);
      count += 1;
      strange ||= !found || found.value === null;
      return strange
        ? text
        : `${EDGE}${figureInFormula(/** @type {Entry} */ (found).value)}${EDGE}`;
    },
  );
  if (strange || !count) return null;
  // Figures side by side would be one number.
  return written
    .replaceAll(`${EDGE} \\, `, " \\cdot ")
    .replaceAll(` \\, ${EDGE}`, " \\cdot ")
    .replaceAll(EDGE, "");
}

/**
 * @param {Entry} symbol
 * @param {string} text
 */
function marked(symbol, text) {
  return `\\htmlData{symbol=${symbol.id}}{${text}}`;
}

/**
 * @param {string} name
 * @param {string} at
 */
function elementOf(name, at) {
  return known.get(elementLatex(name, (at.match(/\d+/g) ?? []).map(Number)));
}

/**
 * @param {string} latex
 * @param {About} about
 */
function entry(latex, about) {
  const kept = byLatex.get(latex);
  if (kept) return Object.assign(kept, about);
  const made = { id: entries.length, latex, ...about };
  byLatex.set(latex, made);
  entries.push(made);
  return made;
}

/**
 * @param {Tensor} value
 * @param {number[]} at
 * @returns {Generator<[number[], Figure]>}
 */
function* elementsOf(value, at = []) {
  if (!Array.isArray(value)) yield [at, value];
  else for (const [place, inner] of value.entries()) yield* elementsOf(inner, [...at, place]);
}

/**
 * W's element is W_{0,2}; that of W_1, which has a subscript of its own, W_{1}[0,2].
 * @param {string} latex
 * @param {number[]} at
 */
export function elementLatex(latex, at) {
  if (latex.includes("_{")) return `${latex}[${at.join(",")}]`;
  const raised = latex.indexOf("^{");
  const cut = raised < 0 ? latex.length : raised;
  return `${latex.slice(0, cut)}_{${at.join(",")}}${latex.slice(cut)}`;
}

/**
 * A value as a formula has it: in the colour of values, in brackets where a sign or a power would be misread.
 * @param {Figure | null} value
 */
function figureInFormula(value) {
  const figure = latexFigure(value);
  if (!/^-?\d/.test(figure)) return figure;
  const coloured = `\\fv{${figure}}`;
  return figure.startsWith("-") || figure.includes("\\cdot")
    ? `\\left(${coloured}\\right)`
    : `{${coloured}}`;
}
