// What is written on an edge: its local derivative, and "upstream × local" while it carries it back,
// in one line where there is room, else in two.

import { forget, LINE, place, stands } from "./label-place.js";

const TWO_LINES = 12;
// In smaller figures only where all else would stand on something.
const SMALLER = 150;
// As the style sheet sets them.
const [SIZE, SMALL, WEIGHT] = [11.5, 9.2, 650];
// Where in its line a text stands.
const BASE = 0.76;
const own = new WeakMap();
let pen;

// The local derivative as it was drawn: its pieces and its place.
function drawn(label) {
  if (!own.has(label)) own.set(label, { pieces: [...label.childNodes], text: label.textContent, x: Number(label.getAttribute("x")), y: Number(label.getAttribute("y")) });
  return own.get(label);
}

export function carry(edge, label, text) {
  drawn(label);
  const before = label.dataset.carried;
  if (before === text) return;
  label.dataset.carried = text;
  const [upstream, local] = text.split(" · ");
  const ways = [[text], [upstream, `· ${local}`]];
  const small = ways.map((lines) => lines.map(brief));
  // Other numbers on the same edge stay where they are: a moved value moves no label.
  if (before !== undefined) return rewrite(label, (label.matches(".is-small") ? small : ways)[label.children.length - 1]);
  const sizes = [...ways.map((lines, at) => measured(lines, SIZE, at * TWO_LINES)), ...small.map((lines, at) => measured(lines, SMALL, SMALLER + at * TWO_LINES))];
  const found = place(edge, sizes);
  label.classList.toggle("is-small", sizes.indexOf(found.size) > 1);
  write(label, found);
  stands(label, found);
}

// Place anew what was placed by its width.
export function replace(svg) {
  const carried = [...svg.querySelectorAll("[data-carried]")].map((label) => [label.closest(".edge"), label, label.dataset.carried]);
  for (const [, label] of carried) uncarry(label);
  forget(svg);
  for (const each of carried) carry(...each);
}

// Back to what stands there else: the local derivative, in its own place; with a number over two lines.
export function uncarry(label, number = null, mode = "symbols") {
  const { pieces, text, x, y } = drawn(label);
  const alone = number === null || mode === "symbols" || text === number || !text;
  const lines = alone ? [pieces] : mode === "numbers" ? [[number]] : [pieces, [number]];
  const shown = alone ? "symbols" : mode;
  if (label.dataset.carried === undefined && shown === (label.dataset.shown ?? "symbols")) {
    if (!alone) rewrite(label, [label.children[0].textContent, number].slice(-lines.length));
    return;
  }
  if (label.dataset.carried !== undefined) stands(label);
  delete label.dataset.carried;
  label.classList.remove("is-small");
  label.dataset.shown = shown;
  if (alone) label.replaceChildren(...pieces);
  else write(label, { lines, x, y: y + (1 - BASE - lines.length / 2) * LINE, height: lines.length * LINE });
}

// Figures with a power of ten, in two digits.
function brief(text) {
  return text.replace(/\d\.\d{2,}(?=·10)/g, (digits) => Math.min(digits, 9.9).toPrecision(2));
}

// Measured apart from the page, which is then laid out once; its figures are all as wide as a 0.
function measured(lines, size, cost) {
  pen ??= document.createElement("canvas").getContext("2d");
  pen.font = `${WEIGHT} ${size}px ${getComputedStyle(document.body).fontFamily}`;
  const widths = lines.map((line) => pen.measureText(line.replace(/\d/g, "0")).width);
  return { lines: lines.map((line) => [line]), width: Math.max(...widths) + 2, height: lines.length * LINE, cost };
}

// The last line is the number; what stands above it stays.
function rewrite(label, lines) {
  lines.forEach((line, at) => label.children[at].textContent === line || (label.children[at].textContent = line));
}

function write(label, { lines, x, y, height }) {
  const written = lines.map((line, at) => {
    const tspan = document.createElementNS(label.namespaceURI, "tspan");
    tspan.setAttribute("x", x.toFixed(1));
    tspan.setAttribute("y", (y - height / 2 + (at + BASE) * LINE).toFixed(1));
    tspan.append(...line);
    return tspan;
  });
  label.replaceChildren(...written);
}
