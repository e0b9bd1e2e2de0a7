// The Hessian as a table with named rows and columns. One cell is chosen, by pointer, Tab and arrow
// keys; what it is stands below, as a formula where there is one.

import { flat, indices } from "./arrays.js";
import { make } from "./elements.js";
import { latexFigure, short, whole } from "./format.js";
import { latexName } from "./gradient-rows.js";
import { typeset } from "./mathematics.js";
import { elementLatex, withNumbers } from "./symbols.js";

const LEVELS = 5;

// Every element of what is derived by, in the order of the answer.
export function elementsOf(wrt, walk) {
  const symbols = new Map((walk?.steps ?? []).map((step) => [step.name, step.symbol]));
  return wrt.flatMap(({ name, shape }) => {
    const { text = name, latex = latexName(name) } = symbols.get(name) ?? {};
    if (!shape.length) return [{ name, text, latex, at: 0 }];
    return indices(shape).map((place, at) => ({
      name,
      at,
      text: `${text}[${place.join(", ")}]`,
      latex: elementLatex(latex, place),
    }));
  });
}

export function secondTable({ hessian, formulas, loss, wrt }, walk) {
  const elements = elementsOf(wrt, walk);
  const counts = new Map(
    wrt.map(({ name }) => [name, elements.filter((each) => each.name === name).length]),
  );
  const blocks = new Map(
    wrt.map((one) => [
      one.name,
      new Map(wrt.map((other) => [other.name, flat(hessian[one.name][other.name])])),
    ]),
  );
  const value = (row, column) =>
    blocks.get(row.name).get(column.name)[row.at * counts.get(column.name) + column.at];
  const most = elements.reduce(
    (largest, row) =>
      elements.reduce(
        (most_, column) => Math.max(most_, Math.abs(value(row, column)) || 0),
        largest,
      ),
    0,
  );
  const detail = make("div", { class: "second-detail", "aria-live": "polite" });
  const cells = elements.map((row) => elements.map((column) => cell(value(row, column), most)));
  const size = elements.length;
  const words = make("caption", {
    class: "unseen",
    text: `Second derivatives of ${loss.name}: each row's partial, derived by each column. Arrow keys go from cell to cell.`,
  });
  const head = make(
    "tr",
    {},
    make(
      "th",
      { scope: "col" },
      make("span", { class: "unseen", text: "partial by" }),
      make("span", { "aria-hidden": "true", text: "∂²" }),
    ),
    ...elements.map(({ text }) => make("th", { scope: "col", text })),
  );
  const rows = elements.map(({ text }, at) =>
    make("tr", {}, make("th", { scope: "row", text }), ...cells[at]),
  );
  const table = make(
    "table",
    { class: "second-table" },
    words,
    make("thead", {}, head),
    make("tbody", {}, ...rows),
  );
  let chosen = null;

  const choose = (row, column, focus = false) => {
    if (chosen) markChosen(cells, chosen, false);
    chosen = [row, column];
    markChosen(cells, chosen, true);
    const formula = formulas?.[elements[row].name]?.[elements[column].name];
    typeset(
      detail,
      equation(
        loss.name,
        elements[row],
        elements[column],
        formula,
        value(elements[row], elements[column]),
      ),
    );
    if (focus) cells[row][column].focus();
  };
  const placeOf = (target) => {
    const found = target.closest?.("td");
    const row = found ? cells.findIndex((each) => each.includes(found)) : -1;
    return row < 0 ? null : [row, cells[row].indexOf(found)];
  };
  const follow = ({ target }) => {
    const place = placeOf(target);
    if (place && String(place) !== String(chosen)) choose(...place);
  };
  table.addEventListener("pointerover", follow);
  table.addEventListener("focusin", follow);
  table.addEventListener("keydown", (event) => {
    const place = placeOf(event.target);
    const moved = place && move(event, place, size);
    if (!moved) return;
    event.preventDefault();
    event.stopPropagation();
    choose(...moved, true);
  });
  choose(0, 0);
  return [make("div", { class: "second-box" }, table), detail];
}

function cell(value, most) {
  const share = most && Number.isFinite(value) ? Math.ceil((LEVELS * Math.abs(value)) / most) : 0;
  const tint = share ? ` ${value < 0 ? "down" : "up"} share-${share}` : "";
  return make("td", {
    class: `partial${tint}`,
    tabindex: "-1",
    title: whole(value),
    text: short(value),
  });
}

// The chosen cell, and its mirror image across the diagonal, which is to be the same.
function markChosen(cells, [row, column], on) {
  const cell_ = cells[row][column];
  cell_.tabIndex = on ? 0 : -1;
  cell_.classList.toggle("is-chosen", on);
  if (row !== column) cells[column][row].classList.toggle("is-mirrored", on);
}

function move(event, [row, column], size) {
  const last = size - 1;
  const within = (place) => Math.max(0, Math.min(place, last));
  const moves = {
    ArrowRight: [row, column + 1],
    ArrowLeft: [row, column - 1],
    ArrowDown: [row + 1, column],
    ArrowUp: [row - 1, column],
    Home: [event.ctrlKey ? 0 : row, 0],
    End: [event.ctrlKey ? last : row, last],
  };
  const aim = moves[event.key];
  return aim && !event.altKey && !event.metaKey ? aim.map(within) : null;
}

function equation(loss, row, column, formula, value) {
  const below =
    row === column
      ? `\\partial ${row.latex}^{2}`
      : `\\partial ${row.latex} \\, \\partial ${column.latex}`;
  const left = `\\bp{\\frac{\\partial^{2} ${latexName(loss)}}{${below}}}`;
  const numbers = formula ? withNumbers(formula.display) : null;
  return [
    `\\displaystyle ${left}`,
    ...(formula ? [formula.display] : []),
    ...(numbers ? [numbers] : []),
    `\\bp{${latexFigure(value)}}`,
  ].join(" = ");
}
