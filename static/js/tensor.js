// A tensor as a small table of figures, or its shape and size in words where it is large.

import { make } from "./elements.js";
import { flat, norm, shape, short, whole } from "./format.js";

const MOST = 8;

export function tensor(given, lengths, summary, role) {
  if (given === null || given === undefined) return inWords(lengths, summary);
  if (lengths.length > 2 || lengths.some((length) => length > MOST)) return inWords(lengths, measured(given));
  const rows = lengths.length === 1 ? given.map((each) => [each]) : given;
  const cells = rows.map((row) => make("tr", {}, ...row.map((each) => make("td", { class: role, title: whole(each), text: short(each) }))));
  return make("div", { class: "tensor", tabindex: "0", role: "group", "aria-label": `${role}, ${shape(lengths)}` }, make("table", {}, make("tbody", {}, ...cells)));
}

function measured(given) {
  const all = flat(given);
  return { min: Math.min(...all), max: Math.max(...all), norm: norm(given) };
}

function inWords(lengths, summary) {
  const size = summary ? `: from ${short(summary.min)} to ${short(summary.max)}, norm ${short(summary.norm)}` : "";
  return make("p", { class: "why", text: `${shape(lengths)}${size}` });
}

// What is too large to be listed, in words.
export function described(given, lengths, summary) {
  return inWords(lengths, given === null || given === undefined ? summary : measured(given));
}
