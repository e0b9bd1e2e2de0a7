// A contribution between tensors written out: upstream and local in brackets, their product, and the
// element pointed at with what makes it. pointed-element.js listens to it.

import { flat, lengthsOf, summaryOf } from "./arrays.js";
import { breakable } from "./breaks.js";
import { make } from "./elements.js";
import { short, spokenFigure } from "./format.js";
import { heatPaths } from "./heat-paths.js";
import { formulaLater } from "./mathematics.js";
import { anyElement, cellOf, isLit, placeOf, workedOut } from "./products.js";

const SVG = "http://www.w3.org/2000/svg";
const SIGNS = { matmul: "·", elementwise: "⊙", scale: "·", elements: "→" };

// The upstream partial, the local derivative and their product as symbols, with their shapes.
export function symbolsOf({ latex, rows, columns, factors, sign: kind }) {
  const shaped = (formula, [high, wide]) => `\\underset{${high} \\times ${wide}}{${formula}}`;
  const braced = factors.map(
    (each) =>
      `\\underbrace{${shaped(each.latex, [each.rows, each.columns])}}_{\\text{${each.role}}}`,
  );
  const dot = kind === "elementwise" ? " \\odot " : " \\cdot ";
  return `${shaped(latex, [rows, columns])} = ${braced.join(dot)}`;
}

// What any element is made of; null where there is no formula for all.
export function whyLines(product) {
  const any = anyElement(product);
  if (!any) return [];
  return [
    make("p", { class: "panel-title", text: "Any element" }),
    make("div", { class: "equation" }, formulaLater(breakable(any), { display: true })),
  ];
}

// All of it in numbers. `at`: the element pointed at, the last one at first; `quiet`: none is lit.
export function productLines(contribution, { at = null, rounding = null, quiet = false } = {}) {
  const { product, value, edge } = contribution;
  const last = lastOf(product);
  const pointed = at && fits(product, at) ? at : last;
  const shown = product.sign === "elements" ? product.factors.slice(0, 1) : product.factors;
  const factors = shown.flatMap((factor, place) => [
    place ? sign(SIGNS[product.sign]) : null,
    factorBlock(product, factor, quiet ? null : pointed),
  ]);
  return [
    make(
      "div",
      { class: "product", "data-edge": edge },
      make(
        "div",
        { class: "product-row" },
        ...factors.filter(Boolean),
        sign(product.sign === "elements" ? SIGNS.elements : "="),
        block(
          matrix(product, value === null ? null : flat(value), "partial", {
            lit: (place) => !quiet && same(place, pointed),
            pointed,
            quiet,
            grid: true,
          }),
          "contribution",
          product,
        ),
      ),
    ),
    quiet ? null : workedLine(contribution, pointed, rounding),
  ];
}

function lastOf({ axes, rows, columns }) {
  return placeOf({ axes, rows, columns }, rows - 1, columns - 1);
}

function fits(product, at) {
  const [row, column] = cellOf(product, at);
  return at.length === product.axes.length && row < product.rows && column < product.columns;
}

function same(one, other) {
  return one.every((place, axis) => place === other[axis]);
}

function sign(text) {
  return make("span", { class: "product-sign", text });
}

function factorBlock(product, factor, pointed) {
  const role = factor.role === "upstream" ? "partial" : "value";
  const lit = (place) => pointed !== null && isLit(product, factor, pointed, place);
  return block(
    matrix(factor, factor.value === null ? null : flat(factor.value), role, { lit }),
    factor.role,
    factor,
  );
}

// Brackets with their brace, and what they hold beneath it.
function block(brackets, word, { latex, rows, columns, power }) {
  return make(
    "div",
    { class: "factor" },
    make(
      "div",
      { class: "factor-numbers" },
      brackets,
      power ? make("span", { class: "factor-power", text: power }) : null,
    ),
    make("span", { class: "factor-brace" }),
    make("span", { class: "factor-word", text: word }),
    make(
      "span",
      { class: "factor-symbol" },
      formulaLater(latex),
      make("span", { text: `${rows}×${columns}` }),
    ),
  );
}

function matrix(given, all, role, options) {
  if (given.cells) return written(given, role, options);
  return pictured(given, all, role, options);
}

function written(given, role, { lit, pointed = null, grid = false, quiet = false }) {
  const { rows, columns, cells } = given;
  const cellAt = (high, wide) => {
    const place = placeOf(given, high, wide);
    const text = cells[high * columns + wide];
    const chosen = grid && same(place, pointed);
    // An attribute, and no class: an element of another class is another element, without the focus.
    const mark = chosen && !quiet ? "pointed" : lit(place) ? "lit" : "none";
    const said = grid
      ? gridCell(place, chosen, quiet, `row ${high + 1} column ${wide + 1}, ${text}`)
      : {};
    return make("td", { class: role, "data-mark": mark, ...said, text });
  };
  const lines = Array.from({ length: rows }, (_, high) =>
    make(
      "tr",
      grid ? { role: "row" } : {},
      ...Array.from({ length: columns }, (_each, wide) => cellAt(high, wide)),
    ),
  );
  return make(
    "table",
    grid
      ? { class: "matrix", role: "grid", "aria-label": `contribution, ${rows} by ${columns}` }
      : { class: "matrix" },
    make("tbody", grid ? { role: "rowgroup" } : {}, ...lines),
  );
}

function gridCell(place, chosen, quiet, label) {
  return {
    role: "gridcell",
    tabindex: chosen ? "0" : "-1",
    "data-at": place.join(","),
    "aria-selected": String(chosen && !quiet),
    "aria-label": label,
  };
}

// A large matrix: its picture, with the rows and columns that are lit, and its size beneath.
function pictured(given, all, role, { lit, pointed = null, grid = false }) {
  const { rows, columns, heat } = given;
  const svg = element("svg", {
    class: `heat ${role}`,
    viewBox: `0 0 ${columns} ${rows}`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  svg.append(element("rect", { width: columns, height: rows }));
  if (heat) {
    const cells = element("g", {
      transform: `scale(${columns / heat.columns} ${rows / heat.rows})`,
    });
    for (const [name, d] of Object.entries(heatPaths(heat)))
      cells.append(element("path", { class: name, d }));
    svg.append(cells);
  }
  for (const [x, y, width, height] of litBands(given, lit))
    svg.append(element("rect", { class: "lit-band", x, y, width, height }));
  const size = make("span", { class: "matrix-size", text: sizeWords(given, all) });
  if (!grid) return make("div", { class: "matrix-picture" }, svg, size);
  const [row, column] = cellOf(given, pointed);
  const value = all === null ? "" : `, ${spokenFigure(all[row * columns + column])}`;
  return make(
    "div",
    { class: "matrix-picture" },
    make(
      "div",
      {
        class: "matrix-pointer",
        role: "img",
        tabindex: "0",
        "data-rows": String(rows),
        "data-columns": String(columns),
        "data-at": pointed.join(","),
        "aria-label": `contribution, ${rows} by ${columns}: row ${row + 1} column ${column + 1}${value}`,
      },
      svg,
    ),
    size,
  );
}

// Runs of lit cells as rectangles: a row, a column, one cell, or all.
function litBands(given, lit) {
  const { rows, columns } = given;
  const found = [];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      if (!lit(placeOf(given, row, column))) continue;
      let end = column;
      while (end + 1 < columns && lit(placeOf(given, row, end + 1))) end += 1;
      const before = found.at(-1);
      const width = end - column + 1;
      if (before && before[0] === column && before[2] === width && before[1] + before[3] === row)
        before[3] += 1;
      else found.push([column, row, width, 1]);
      column = end;
    }
  }
  return found.slice(0, 200);
}

function sizeWords({ summary }, all) {
  const size = all?.length ? summaryOf(all) : summary;
  return size ? `from ${short(size.min)} to ${short(size.max)}, norm ${short(size.norm)}` : "";
}

function element(tag, given) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(given)) made.setAttribute(name, value);
  return made;
}

function workedLine({ product, value }, at, rounding) {
  const mask = lengthsOf(rounding).length
    ? at.reduce((part, place) => part[place], rounding)
    : rounding;
  const [row, column] = cellOf(product, at);
  const latex = workedOut(product, value, at, mask === true);
  return make(
    "div",
    { class: "worked" },
    make("span", {
      class: "worked-word",
      text: product.axes ? `Pointed at: row ${row + 1}, column ${column + 1}` : "The number",
    }),
    make("div", { class: "equation" }, formulaLater(breakable(latex), { display: true })),
  );
}
