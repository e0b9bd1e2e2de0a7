// Which letters of a formula are which name of the definition: finds them in LaTeX, so that they
// can be lit, or replaced by their numbers. What is known comes with the walk; no page is touched
// here.

/** @typedef {import("../../tools/types/answers.js").Figure} Figure */
/** @typedef {import("../../tools/types/answers.js").Tensor} Tensor */
/** @typedef {import("../../tools/types/answers.js").Walk} Walk */

import { countOf } from "./arrays.js";
import { latexFigure } from "./format.js";
import { tensorOf } from "./places.js";

/**
 * What is known of a symbol: the name it stands for, where that is given, and its number, if it is
 * one.
 * @typedef {{ name: string, line: number | null, text: string, value: Figure | null, tensor:
 *   boolean }} About
 */

/** @typedef {{ id: number, latex: string } & About} Entry */

/**
 * A part of a formula, and the symbol that it is, if it is a known one.
 * @typedef {{ text: string, known?: Entry }} Piece
 */

/** @type {Entry[]} */
const entries = [];
/** @type {Map<string, Entry>} */
const byLatex = new Map();
// Symbols by their first character, the longest first; which they are; formulas in pieces, by them.
/** @type {Map<string, Entry[]>} */
let beginning = new Map();
let knownAs = "";
/** @type {Map<string, Piece[]>} */
const scanned = new Map();

const MOST_ELEMENTS = 64;
const LONGEST = 6000;
const MOST_SCANNED = 300;
const VERBATIM = [
  "text",
  "mathrm",
  "operatorname",
  "mathbf",
  "mathbb",
  "begin",
  "end",
  "textcolor",
  "htmlData",
  "kern",
  "hspace",
];
const GREEK =
  /^\\(?:var)?(?:alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|upsilon|phi|chi|psi|omega)$/i;
// σ is a function, π a number.
const FUNCTIONS = /^\\(?:sigma|pi)$/;

/**
 * Take the names of a walk, with their values. An entry keeps its number when other walks come.
 * @param {Walk} walk
 */
export function learnSymbols(walk) {
  /** @type {Entry[]} */
  const found = [];
  for (const step of walk.steps) {
    if (step.phase !== "forward" || step.name === null) continue;
    const about = { name: tensorOf(step.name), line: step.line, text: step.symbol.text };
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
  const now = found.map(({ id }) => id).join();
  if (now === knownAs) return;
  knownAs = now;
  scanned.clear();
  beginning = new Map(found.map(({ latex }) => [latex[0], []]));
  for (const each of found.sort((a, b) => b.latex.length - a.latex.length))
    beginning.get(each.latex[0])?.push(each);
}

/**
 * The symbol that a mark in a set formula names.
 * @param {number | string} id
 */
export function symbolAt(id) {
  return entries[Number(id)];
}

/**
 * The same formula with every known symbol marked by its number, for \htmlData.
 * @param {string} latex
 */
export function markSymbols(latex) {
  if (!beginning.size || latex.length > LONGEST) return latex;
  return scan(latex)
    .map((piece) =>
      piece.known ? `\\htmlData{symbol=${piece.known.id}}{${piece.text}}` : piece.text,
    )
    .join("");
}

/**
 * The same formula with numbers in the place of symbols, or null where one is no number.
 * @param {string} latex
 */
export function withNumbers(latex) {
  if (!beginning.size || latex.length > LONGEST) return null;
  const pieces = scan(latex);
  const known = pieces.filter((piece) => piece.known);
  if (
    !known.length ||
    known.some((piece) => piece.known?.value === null) ||
    pieces.some(isStranger)
  )
    return null;
  let written = "";
  /** @type {Piece | null} */
  let before = null;
  for (const piece of pieces) {
    if (before && (piece.known || before.known) && ends(before) && starts(piece))
      written += " \\cdot ";
    written += piece.known ? figureInFormula(piece.known.value) : piece.text;
    if (piece.text.trim() && !/^\\[,;! ]$/.test(piece.text)) before = piece;
  }
  return written;
}

/**
 * @param {string} latex
 * @param {About} about
 */
function entry(latex, about) {
  const known = byLatex.get(latex);
  if (known) return Object.assign(known, about);
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
 * A formula in pieces: known symbols, commands, groups to be left alone, single characters.
 * @param {string} latex
 */
function scan(latex) {
  if (scanned.size > MOST_SCANNED) scanned.clear();
  const pieces = scanned.get(latex) ?? piecesOf(latex);
  scanned.set(latex, pieces);
  return pieces;
}

/** @param {string} latex */
function piecesOf(latex) {
  /** @type {Piece[]} */
  const pieces = [];
  let at = 0;
  while (at < latex.length) {
    const known = knownAt(latex, at);
    if (known) {
      pieces.push({ text: known.latex, known });
      at += known.latex.length;
      continue;
    }
    const length = plainLength(latex, at, pieces.at(-1));
    pieces.push({ text: latex.slice(at, at + length) });
    at += length;
  }
  return pieces;
}

/**
 * @param {string} latex
 * @param {number} at
 */
function knownAt(latex, at) {
  const found = beginning.get(latex[at])?.find((each) => latex.startsWith(each.latex, at));
  if (!found) return null;
  const rest = latex.slice(at + found.latex.length, at + found.latex.length + 4);
  if (/^\\[A-Za-z]+$/.test(found.latex) && /^[A-Za-z]/.test(rest)) return null;
  if (/^\s*_/.test(rest) || /^\^\{\(\d/.test(rest)) return null;
  return found.latex === "e" && rest.startsWith("^") ? null : found;
}

/**
 * How long what is no known symbol is.
 * @param {string} latex
 * @param {number} at
 * @param {Piece | undefined} before
 */
function plainLength(latex, at, before) {
  const [command] = latex.slice(at, at + 40).match(/^\\(?:[A-Za-z]+|.)/) ?? [];
  if (command) {
    const group = VERBATIM.includes(command.slice(1)) && latex[at + command.length] === "{";
    return group ? command.length + groupLength(latex, at + command.length) : command.length;
  }
  // What is below a letter that is no known symbol is part of another name.
  if (latex[at] === "_" && latex[at + 1] === "{" && before && hasNameBelow(before.text))
    return 1 + groupLength(latex, at + 1);
  return latex.slice(at).match(/^(?:\d+(?:\.\d+)?|[\s\S])/u)?.[0].length ?? 1;
}

/**
 * Letters and Greek letters have names below them; sums and brackets have what may be lit.
 * @param {string} text
 */
function hasNameBelow(text) {
  return /^[A-Za-z}]$/.test(text) || GREEK.test(text) || text.startsWith("\\mathrm");
}

/**
 * A letter that no number is known for; e is the number of that name.
 * @param {Piece} piece
 */
function isStranger({ known, text }) {
  return (
    !known &&
    ((/^[A-Za-z]$/.test(text) && text !== "e") || (GREEK.test(text) && !FUNCTIONS.test(text)))
  );
}

/**
 * @param {string} latex
 * @param {number} at
 */
function groupLength(latex, at) {
  let depth = 0;
  for (let place = at; place < latex.length; place += 1) {
    if (latex[place] === "{") depth += 1;
    if (latex[place] === "}") depth -= 1;
    if (depth === 0) return place - at + 1;
  }
  return latex.length - at;
}

/** @param {Piece} piece */
function ends({ known, text }) {
  return Boolean(known) || /^(?:[\dA-Za-z.]+|[)\]}])$/.test(text);
}

/** @param {Piece} piece */
function starts({ known, text }) {
  return (
    Boolean(known) ||
    /^(?:[\dA-Za-z(]|\\(?:left|frac|sqrt|operatorname|mathrm|log|exp|sin|cos|tanh|sigma|max|min|sum))/.test(
      text,
    )
  );
}

/**
 * A value as a formula has it: in the colour of values, in brackets where a sign or a power would
 * be misread.
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
