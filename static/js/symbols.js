// Which letters of a formula are which name of the definition: finds them in LaTeX, so that they can be
// lit, or replaced by their numbers. What is known comes with the walk; no page is touched here.

import { number, short } from "./format.js";

const entries = [];
const byLatex = new Map();
// Symbols by their first character, the longest first; which they are; formulas in pieces, by them.
let beginning = new Map();
let knownAs = "";
const scanned = new Map();

const MOST_ELEMENTS = 64;
const LONGEST = 6000;
const MOST_SCANNED = 300;
const VERBATIM = ["text", "mathrm", "operatorname", "mathbf", "mathbb", "begin", "end", "textcolor", "htmlData", "kern", "hspace"];
const GREEK = /^\\(?:var)?(?:alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|upsilon|phi|chi|psi|omega)$/i;
// σ is a function, π a number.
const FUNCTIONS = /^\\(?:sigma|pi)$/;
const NAMED = { NaN: "\\mathrm{NaN}", "∞": "\\infty", "−∞": "-\\infty" };

// Take the names of a walk, with their values. An entry keeps its number when other walks come.
export function know(walk) {
  const found = [];
  for (const step of walk.steps) {
    if (step.phase !== "forward" || step.name === null) continue;
    const about = { name: whole(step.name), line: step.line, text: step.symbol.text };
    found.push(entry(step.symbol.latex, { ...about, value: step.shape.length ? null : step.value, tensor: step.shape.length > 0 }));
    const count = step.shape.reduce((product, length) => product * length, 1);
    if (!step.shape.length || step.value === null || count > MOST_ELEMENTS) continue;
    for (const [at, value] of elementsOf(step.value)) found.push(entry(elementLatex(step.symbol.latex, at), { ...about, value, tensor: false }));
  }
  const now = found.map(({ id }) => id).join();
  if (now === knownAs) return;
  knownAs = now;
  scanned.clear();
  beginning = Map.groupBy(found, ({ latex }) => latex[0]);
  for (const each of beginning.values()) each.sort((a, b) => b.latex.length - a.latex.length);
}

export function symbolAt(id) {
  return entries[id];
}

// The same formula with every known symbol marked by its number, for \htmlData.
export function tagged(latex) {
  if (!beginning.size || latex.length > LONGEST) return latex;
  return scan(latex)
    .map((piece) => (piece.known ? `\\htmlData{symbol=${piece.known.id}}{${piece.text}}` : piece.text))
    .join("");
}

// The same formula with numbers in the place of symbols, or null where one is no number.
export function withNumbers(latex) {
  if (!beginning.size || latex.length > LONGEST) return null;
  const pieces = scan(latex);
  const known = pieces.filter((piece) => piece.known);
  if (!known.length || known.some((piece) => piece.known.value === null) || pieces.some(stranger)) return null;
  let written = "";
  let before = null;
  for (const piece of pieces) {
    if (before && (piece.known || before.known) && ends(before) && starts(piece)) written += " \\cdot ";
    written += piece.known ? figure(piece.known.value) : piece.text;
    if (piece.text.trim() && !/^\\[,;! ]$/.test(piece.text)) before = piece;
  }
  return written;
}

function entry(latex, about) {
  let id = byLatex.get(latex);
  if (id === undefined) {
    id = entries.length;
    byLatex.set(latex, id);
    entries.push({ id, latex });
  }
  return Object.assign(entries[id], about);
}

function* elementsOf(value, at = []) {
  if (!Array.isArray(value)) yield [at, value];
  else for (const [place, inner] of value.entries()) yield* elementsOf(inner, [...at, place]);
}

// W's element is W_{0,2}; that of W_1, which has a subscript of its own, W_{1}[0,2].
export function elementLatex(latex, at) {
  if (latex.includes("_{")) return `${latex}[${at.join(",")}]`;
  const raised = latex.indexOf("^{");
  const cut = raised < 0 ? latex.length : raised;
  return `${latex.slice(0, cut)}_{${at.join(",")}}${latex.slice(cut)}`;
}

// The tensor that an element's name belongs to.
function whole(name) {
  return name.replace(/\[[\d, ]+\]$/, "");
}

// A formula in pieces: known symbols, commands, groups to be left alone, single characters.
function scan(latex) {
  if (scanned.size > MOST_SCANNED) scanned.clear();
  if (!scanned.has(latex)) scanned.set(latex, piecesOf(latex));
  return scanned.get(latex);
}

function piecesOf(latex) {
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

function knownAt(latex, at) {
  const found = beginning.get(latex[at])?.find((each) => latex.startsWith(each.latex, at));
  if (!found) return null;
  const rest = latex.slice(at + found.latex.length, at + found.latex.length + 4);
  if (/^\\[A-Za-z]+$/.test(found.latex) && /^[A-Za-z]/.test(rest)) return null;
  if (/^\s*_/.test(rest) || /^\^\{\(\d/.test(rest)) return null;
  return found.latex === "e" && rest.startsWith("^") ? null : found;
}

function plainLength(latex, at, before) {
  const [command] = latex.slice(at, at + 40).match(/^\\(?:[A-Za-z]+|.)/) ?? [];
  if (command) {
    const group = VERBATIM.includes(command.slice(1)) && latex[at + command.length] === "{";
    return group ? command.length + groupLength(latex, at + command.length) : command.length;
  }
  // What is below a letter that is no known symbol is part of another name.
  if (latex[at] === "_" && latex[at + 1] === "{" && before && ofName(before.text)) return 1 + groupLength(latex, at + 1);
  return latex.slice(at).match(/^(?:\d+(?:\.\d+)?|[\s\S])/u)[0].length;
}

// Letters and Greek letters have names below them; sums and brackets have what may be lit.
function ofName(text) {
  return /^[A-Za-z}]$/.test(text) || GREEK.test(text) || text.startsWith("\\mathrm");
}

// A letter that no number is known for; e is the number of that name.
function stranger({ known, text }) {
  return !known && ((/^[A-Za-z]$/.test(text) && text !== "e") || (GREEK.test(text) && !FUNCTIONS.test(text)));
}

function groupLength(latex, at) {
  let depth = 0;
  for (let place = at; place < latex.length; place += 1) {
    if (latex[place] === "{") depth += 1;
    if (latex[place] === "}" && (depth -= 1) === 0) return place - at + 1;
  }
  return latex.length - at;
}

function ends({ known, text }) {
  return Boolean(known) || /^(?:[\dA-Za-z.]+|[)\]}])$/.test(text);
}

function starts({ known, text }) {
  return Boolean(known) || /^(?:[\dA-Za-z(]|\\(?:left|frac|sqrt|operatorname|mathrm|log|exp|sin|cos|tanh|sigma|max|min|sum))/.test(text);
}

export function figure(value) {
  const text = short(number(value));
  if (NAMED[text]) return NAMED[text];
  const [digits, power] = text.replace("−", "-").split("·10");
  const raised = power ? ` \\cdot 10^{${[...power].map((each) => "-0123456789"["⁻⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(each)]).join("")}}` : "";
  const coloured = `\\fv{${digits}${raised}}`;
  return digits.startsWith("-") || raised ? `\\left(${coloured}\\right)` : `{${coloured}}`;
}
