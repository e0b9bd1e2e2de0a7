// A tensor as a small table of figures, or its shape and size in words where it is large.

import { summaryOf } from "./arrays.js";
import { make } from "./elements.js";
import { shape, short, whole } from "./format.js";
import { heatPicture } from "./heat.js";

const MOST = 8;

export function tensor(given, lengths, summary, role, { heat = null, name = null } = {}) {
  const absent = given === null || given === undefined;
  if (heat && (absent || lengths.length > 2 || lengths.some((length) => length > MOST)))
    return heatPicture({ heat, summary: absent ? summary : summaryOf(given), lengths, role, name });
  if (absent) return inWords(lengths, summary);
  if (lengths.length > 2 || lengths.some((length) => length > MOST))
    return inWords(lengths, summaryOf(given));
  const rows = lengths.length === 1 ? [given] : given;
  const cells = rows.map((row) =>
    make(
      "tr",
      {},
      ...row.map((each) => make("td", { class: role, title: whole(each), text: short(each) })),
    ),
  );
  return make(
    "div",
    {
      class: lengths.length === 1 ? "tensor is-vector" : "tensor",
      role: "group",
      "aria-label": `${role}, ${shape(lengths)}`,
    },
    make("table", {}, make("tbody", {}, ...cells)),
  );
}

function inWords(lengths, summary) {
  const size = summary
    ? `: from ${short(summary.min)} to ${short(summary.max)}, norm ${short(summary.norm)}`
    : "";
  return make("p", { class: "why", text: `${shape(lengths)}${size}` });
}

// What is too large to be listed: a picture with its size, or the size alone.
export function described(given, lengths, summary, heat, name) {
  const size = given === null || given === undefined ? summary : summaryOf(given);
  return heat
    ? heatPicture({ heat, summary: size, lengths, role: "value", name })
    : inWords(lengths, size);
}
