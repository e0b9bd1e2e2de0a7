// A tensor as a small table of figures, of more than two axes a table for each of its last two, or its shape
// and size in words where it is large.

import { countOf, flat, indices, summaryOf } from "./arrays.js";
import { make } from "./elements.js";
import { shape, short, whole } from "./format.js";
import { heatPicture } from "./heat.js";

const MOST = 8;
// Of more axes so many numbers are written out, in so many columns: the places under a window of 3×3.
const [WRITTEN, COLUMNS] = [100, 9];

export function tensor(given, lengths, summary, role, { heat = null, name = null } = {}) {
  const absent = given === null || given === undefined;
  const written = !absent && isWritten(lengths);
  if (heat && !written)
    return heatPicture({ heat, summary: absent ? summary : summaryOf(given), lengths, role, name });
  if (!written) return inWords(lengths, absent ? summary : summaryOf(given));
  if (lengths.length > 2) return tables(given, lengths, role);
  const rows = lengths.length === 1 ? [given] : given;
  return make(
    "div",
    {
      class: lengths.length === 1 ? "tensor is-vector" : "tensor",
      role: "group",
      "aria-label": `${role}, ${shape(lengths)}`,
    },
    table(rows, role),
  );
}

export function isWritten(lengths) {
  if (lengths.length < 3) return lengths.every((length) => length <= MOST);
  const count = countOf(lengths);
  return count > 0 && count <= WRITTEN && (lengths.at(-1) ?? 0) <= COLUMNS;
}

function table(rows, role) {
  const cells = rows.map((row) =>
    make(
      "tr",
      {},
      ...row.map((each) => make("td", { class: role, title: whole(each), text: short(each) })),
    ),
  );
  return make("table", {}, make("tbody", {}, ...cells));
}

// A table for each place in all axes but the last two, which stands above it.
function tables(given, lengths, role) {
  const all = flat(given);
  const [rows, columns] = lengths.slice(-2);
  const each = indices(lengths.slice(0, -2)).map((at, place) => {
    const start = place * rows * columns;
    const lines = Array.from({ length: rows }, (_, row) =>
      all.slice(start + row * columns, start + (row + 1) * columns),
    );
    const word = `[${at.join(", ")}]`;
    return make(
      "div",
      { class: "tensor-part" },
      make("span", { class: "tensor-place", text: word }),
      make(
        "div",
        { class: "tensor", role: "group", "aria-label": `${role} at ${word}, ${rows}×${columns}` },
        table(lines, role),
      ),
    );
  });
  return make(
    "div",
    { class: "tensor-parts", role: "group", "aria-label": `${role}, ${shape(lengths)}` },
    ...each,
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
