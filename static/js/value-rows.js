// One declared value as a row: a slider and a field for a number, a grid for a small tensor.

import { make, setText } from "./elements.js";
import { number, shape, short } from "./format.js";
import { formula } from "./mathematics.js";
import { numberField } from "./number-field.js";
import { rangeOf, stepOf, widened } from "./ranges.js";
import { SlopePlot } from "./slope-plot.js";
import { described } from "./tensor.js";

const MOST_ROWS = 6;
// As many as the card shows beside each other.
const MOST_COLUMNS = 5;
// Characters that a field, and a cell of a grid, shows in full.
const FIELD = 10;
const CELL = 6;

export function valueRow(step, put, page, all) {
  const name = formula(step.symbol.latex, { className: "given-name" });
  name.title = `${step.kind} ${step.name}`;
  if (step.holds === "size") return sizeRow(step, name);
  if (!step.shape.length)
    return step.holds === "class"
      ? labelRow(step, name, put)
      : numberRow(step, name, put, page, all);
  const [rows, columns = 1] = step.shape;
  const editable =
    step.value !== null &&
    step.shape.length <= 2 &&
    (step.shape.length === 1
      ? rows <= MOST_ROWS * 2
      : rows <= MOST_ROWS && columns <= MOST_COLUMNS);
  return editable ? gridRow(step, name, put) : wordsRow(step, name);
}

function numberRow(step, name, put, page, all) {
  let range = rangeOf(step.kind, number(step.value));
  let now = number(step.value);
  const slider = make("input", {
    type: "range",
    class: "slider",
    "aria-label": `${step.name}, slider`,
  });
  const take = (value) => {
    now = value;
    slide(value);
    put(value);
  };
  const { field, show } = numberField(step.name, range.step, FIELD, take);
  const partial = make("button", {
    type: "button",
    class: "given-partial",
    "aria-description": "go to the step that completes it",
  });
  const slide = (value) => {
    range = widened(range, value);
    Object.assign(slider, range);
    slider.value = value;
    slider.style.setProperty("--at", `${(100 * (value - range.min)) / (range.max - range.min)}%`);
  };
  const move = (value) => {
    show(value);
    take(value);
  };
  slider.addEventListener("input", () => move(Number(slider.value)));
  const update = (value) => {
    // An answer to an older value takes nothing back.
    now = number(page.state.values[step.name] ?? value);
    if (document.activeElement !== slider) slide(now);
    show(now);
    slope.show();
  };
  const ways = {
    step,
    range: () => range,
    value: () => now,
    move,
    stretch: (ends) => {
      const { min, max } = { ...range, ...ends };
      range = { min, max, step: stepOf(max - min) };
      slide(now);
    },
    // Rows that a value can be shown over together with this one.
    others: () => all().filter((each) => each.ways && each.ways.step !== step),
  };
  const slope = slopeOf(step, page, ways);
  const figures = make("span", { class: "given-figures" }, field, partial);
  const element = make("li", {}, name, figures, slope.button, slider);
  slope.button.addEventListener("click", () => slope.toggle(element));
  update(step.value);
  return { element, update, partial, ways: step.kind === "const" ? null : ways };
}

// Room where others have a button, so that figures stand below each other.
function noSlope() {
  return make("span", { class: "slope-none" });
}

// What opens and closes the loss along a value: a constant has no partial, so no slope to show.
function slopeOf(step, page, ways) {
  if (step.kind === "const") return { button: noSlope(), show: () => {}, toggle: () => {} };
  const button = make("button", {
    type: "button",
    class: "slope-open",
    "aria-expanded": "false",
    "aria-label": `loss along ${step.name}`,
    title: `The loss along ${step.name}`,
  });
  let plot = null;
  return {
    button,
    show: () => plot?.drawPoint(),
    toggle: (row) => {
      if (plot) plot.remove();
      plot = plot ? null : new SlopePlot().prepare(page, ways);
      button.setAttribute("aria-expanded", String(plot !== null));
      row.classList.toggle("is-open", plot !== null);
      if (plot) row.append(plot);
    },
  };
}

function labelRow(step, name, put) {
  const { field, show } = numberField(step.name, 1, FIELD, put, whole);
  show(number(step.value));
  return {
    element: make(
      "li",
      {},
      name,
      make(
        "span",
        { class: "given-figures" },
        field,
        make("span", { class: "given-shape", text: "a class" }),
      ),
      noSlope(),
    ),
    update: (value) => show(number(value)),
  };
}

// A size has nowhere to slide: another one is another text.
function sizeRow(step, name) {
  const said = make("span", { class: "value given-size" });
  const update = (value) => setText(said, step.shape.length ? shape(step.shape) : short(value));
  update(step.value);
  const why = make("span", {
    class: "given-shape given-why",
    text: "a size: built into shapes, bounds or indices, so it is changed in the text",
  });
  return { element: make("li", {}, name, said, why), update };
}

function gridRow(step, name, put) {
  let now = step.value;
  const matrix = step.shape.length === 2;
  const labels = step.holds === "class";
  const fields = [];
  const cell = (...at) => {
    const made = numberField(
      `${step.name}[${at.join(", ")}]`,
      labels ? 1 : 0.1,
      CELL,
      (value) => {
        now = structuredClone(now);
        if (matrix) now[at[0]][at[1]] = value;
        else now[at[0]] = value;
        put(now);
      },
      labels ? whole : undefined,
    );
    fields.push([made.show, (value) => number(matrix ? value[at[0]][at[1]] : value[at[0]])]);
    return make("span", { class: "grid-cell" }, made.field);
  };
  const rows = matrix
    ? now.map((row, i) => row.map((_, j) => cell(i, j)))
    : [now.map((_, i) => cell(i))];
  const grid = make("div", {
    class: matrix ? "grid" : "grid is-vector",
    role: "group",
    "aria-label": `${step.name}, ${shape(step.shape)}`,
  });
  grid.append(...rows.map((row) => make("div", { class: "grid-row" }, ...row)));
  const update = (value) => {
    now = value;
    for (const [show, pick] of fields) show(pick(value));
  };
  update(now);
  const note = make("span", {
    class: "given-shape",
    text: `${shape(step.shape)}${labels ? ", class numbers" : ""}`,
  });
  return {
    element: make(
      "li",
      { class: "is-tensor" },
      name,
      note,
      make("div", { class: "given-grid" }, grid),
    ),
    update,
  };
}

function whole(value) {
  return Number.isInteger(value) && value >= 0;
}

function wordsRow(step, name) {
  const words = make("div", { class: "given-shape" });
  const update = (value, summary, heat) =>
    words.replaceChildren(described(value, step.shape, summary, heat, step.name));
  return { element: make("li", { class: "is-tensor" }, name, words), update };
}
