// What of a step is long, a formula or a table of many numbers: closed to a line that says what it
// is, and opened there. What is opened stays open from step to step, for all of its kind.

import { summaryOf } from "./arrays.js";
import { make } from "./elements.js";
import { shape, short } from "./format.js";
import { isWritten, tensor } from "./tensor.js";

// A table of more rows is closed at first, and a formula of more characters.
const ROWS = 4;
const LONG = 120;
const UNSEEN =
  /\\(?:left|right|fv|bp|d?frac|operatorname|mathbf|mathrm|text|displaystyle|htmlData)|[\s{}^_\\]/g;

// All kinds open, as on paper; or what is open, by kind.
export const ALL = new Set(["formula", "numbers"]);

export function isLong(latex) {
  return latex.replace(UNSEEN, "").length > LONG;
}

// `inside` is made only once it is open.
function folded(kind, opened, words, inside) {
  const open = opened.has(kind);
  return make(
    "details",
    { class: "long", "data-fold": kind, open },
    make("summary", {}, ...words),
    ...(open ? inside() : []),
  );
}

// A tensor's numbers, a line where their table is long; `given` as tensor() takes it.
export function listed(value, lengths, summary, role, given, opened) {
  const long = lengths.length > 2 || (lengths.length === 2 && lengths[0] > ROWS);
  const written = () => tensor(value, lengths, summary, role, given);
  if (value === null || value === undefined || !long || !isWritten(lengths)) return written();
  const { min, max, norm } = summaryOf(value);
  const size = make("span", {
    class: role,
    text: `from ${short(min)} to ${short(max)}, norm ${short(norm)}`,
  });
  return folded("numbers", opened, [`${shape(lengths)}: `, size], () => [written()]);
}

// A long formula: in a few words, then all of it, as `set` makes it.
export function foldedFormula(latex, { words, opened, set }) {
  return folded("formula", opened, words, () => [set(latex)]);
}

// The functions of the language in a line of a definition, outermost first.
export function functionsIn(line) {
  const code = (line ?? "").replace(/#.*/, "");
  return [
    ...new Set([...code.matchAll(/([\p{L}_][\p{L}\p{N}_]*)\s*\(/gu)].map(([, name]) => name)),
  ];
}
