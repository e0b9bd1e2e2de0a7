// One parameter's row: ∂L/∂w, its closed form, its value, and copying the LaTeX.

import { countOf, flat, indices, lengthsOf, norm, settled } from "./arrays.js";
import { breakable } from "./breaks.js";
import { copy } from "./copy.js";
import { make, setText } from "./elements.js";
import { shape, short, whole } from "./format.js";
import { formula, typeset } from "./mathematics.js";
import { patch } from "./patch.js";
import { withNumbers } from "./symbols.js";
import { tensor } from "./tensor.js";

const OPEN = 4;
// A longer formula is set when it is asked for: setting it takes long, and few read it.
const LEGIBLE = 900;
// So long a formula has fractions with numbers in them that no line would hold, were they set
// large.
const ROOMY = 500;

export function gradientRow(name, symbol, loss, answer, { shapes }) {
  const left =
    symbol?.partial ?? `\\frac{\\partial ${latexName(loss)}}{\\partial ${latexName(name)}}`;
  const value = make("div", { class: "gradient-value partial" });
  const mark = make("span", { class: "agrees", role: "img", hidden: true });
  const tools = make("div", { class: "gradient-tools" }, mark);
  const refused = answer?.refused;
  const closed = refused ? undefined : answer;
  if (closed) tools.append(copyButton(`${left} = ${joined(closed.latex)}`));
  const single = typeof closed?.latex === "string";
  const numbers = make("div", { class: "gradient-numbers" });
  const body = make(
    "div",
    { class: "gradient-body" },
    ...(refused
      ? [note(refused)]
      : !closed
        ? []
        : single
          ? [formulaElement(written(closed, shapes)), numbers]
          : [make("div", { class: "card-note", text: counted(closed) })]),
  );
  const element = make(
    "div",
    { class: "gradient" },
    formula(`\\bp{${left}}`, { className: "gradient-name" }),
    body,
    value,
    tools,
  );
  const list = closed && !single ? elements(name, closed) : null;
  if (list) element.append(list.details);
  return {
    element,
    // `rounding`: where the partial is 0 but for rounding.
    update(partial, rounding) {
      const told = settled(partial, rounding);
      if (partial !== null) showPartial(value, told);
      if (rounding && flat(told).every((each) => each === 0)) markRounding(value, told);
      list?.update(told);
    },
    // `large`: the step that completes a partial too large to be listed.
    figures(large) {
      if (large) patch(value, [tensor(null, large.shape, large.summary, "partial", large)]);
      if (single) setNumbers(numbers, closed.display);
      list?.figures();
    },
    agree(agrees, three) {
      mark.hidden = !agrees;
      setText(mark, agrees ? "✓" : "");
      mark.setAttribute("aria-label", agrees ? "three ways agree" : "");
      mark.title =
        three && !Array.isArray(three.backprop)
          ? Object.entries(three)
              .map(([way, each]) => `${way} ${whole(each)}`)
              .join("\n")
          : "";
    },
  };
}

// Why one formula among others is not written out.
function note({ message }) {
  return make("div", { class: "card-note", text: `${message}.` });
}

// A name as LaTeX where the walk, being of single numbers, has none: one letter with what is below
// it.
export function latexName(name) {
  const [, letter, below] = name.match(/^([A-Za-z])_?([A-Za-z0-9]*)$/) ?? [];
  return letter ? `${letter}_{${below}}` : `\\mathrm{${name.replaceAll("_", "\\_")}}`;
}

// One shared intermediate: what it is called, what it is, whose partial or value it is.
export function definitionRow(each, { shapes }) {
  const role = each.kind === "partial" ? "bp" : "fv";
  const whose = each.of ? `the partial of ${each.of}` : "shared";
  const about = make("div", {
    class: "card-note",
    text: each.kind === "partial" ? whose : "a value read more than once",
  });
  const name = formula(`\\${role}{${each.symbol}}`, { className: "gradient-name" });
  return make(
    "div",
    { class: "gradient is-definition" },
    name,
    make("div", { class: "gradient-body" }, formulaElement(written(each, shapes))),
    about,
    make("div", { class: "gradient-tools" }, copyButton(`${each.symbol} = ${each.latex}`)),
  );
}

function written(each, shapes) {
  return (shapes && each.display_shapes) || each.display;
}

// The formula with the values at hand in it, where all of them are numbers.
function setNumbers(holder, latex) {
  const numbers =
    latex.length > LEGIBLE || /\\partial|\\text/.test(latex) ? null : withNumbers(latex);
  holder.hidden = numbers === null;
  if (numbers !== null)
    typeset(
      holder,
      `${numbers.length > ROOMY ? "" : "\\displaystyle"} {=} \\; ${breakable(numbers)}`,
    );
}

function formulaElement(latex) {
  const place = make("div", { class: "gradient-formula" });
  const fill = () =>
    place.children.length || place.append(formula(`\\displaystyle ${breakable(latex)}`));
  if (latex.length > LEGIBLE) {
    const words = `a formula of ${latex.length.toLocaleString("en")} characters`;
    return make(
      "details",
      { class: "elements", ontoggle: fill },
      make("summary", { text: words }),
      place,
    );
  }
  fill();
  return place;
}

function showPartial(holder, partial) {
  if (!Array.isArray(partial)) {
    setText(holder, short(partial));
    holder.title = whole(partial);
    return;
  }
  const lengths = lengthsOf(partial);
  const small = lengths.length <= 2 && lengths[0] <= 6 && (lengths[1] ?? 1) <= 4;
  const words = make("span", {
    class: "card-note",
    text: `${shape(lengths)}, norm ${short(norm(partial))}`,
  });
  patch(holder, [small ? tensor(partial, lengths, null, "partial") : words]);
}

// What is added up cancels; the digits that are left say nothing.
function markRounding(holder, zeros) {
  holder.append(
    make("span", {
      class: "card-note",
      text: `${Array.isArray(zeros) ? " 0" : ""} but for rounding`,
    }),
  );
}

function counted({ shape: lengths, operations }) {
  return `${shape(lengths)}: ${countOf(lengths)} formulas, ${operations} operations`;
}

function elements(name, closed) {
  const latex = closed.display.flat(Infinity);
  const places = indices(closed.shape);
  const values = latex.map(() => make("span", { class: "partial" }));
  const numbers = latex.map(() => make("div", { class: "gradient-numbers" }));
  const rows = () =>
    latex.map((each, place) =>
      make(
        "li",
        {},
        make("code", { text: `${name}[${places[place].join(", ")}]` }),
        make("div", { class: "gradient-body" }, formulaElement(each), numbers[place]),
        values[place],
      ),
    );
  const figures = () =>
    list.children.length && latex.forEach((each, place) => setNumbers(numbers[place], each));
  const list = make("ol");
  const details = make(
    "details",
    { class: "elements", open: latex.length <= OPEN },
    make("summary", { text: "element by element" }),
    list,
  );
  const fill = () => {
    if (list.children.length) return;
    list.append(...rows());
    figures();
  };
  details.addEventListener("toggle", fill);
  if (details.open) fill();
  return {
    details,
    figures,
    update: (partial) =>
      flat(partial).forEach((each, place) => setText(values[place], short(each))),
  };
}

function joined(latex) {
  if (!Array.isArray(latex)) return latex;
  if (Array.isArray(latex[0]?.[0])) return latex.flat(Infinity).join(",\\; ");
  const rows = latex.map((row) => [row].flat().join(" & "));
  return `\\begin{bmatrix}${rows.join(" \\\\ ")}\\end{bmatrix}`;
}

function copyButton(latex) {
  return make("button", {
    type: "button",
    class: "button small",
    title: "Copy the LaTeX",
    text: "copy",
    onclick: (event) => copy(latex, event.currentTarget),
  });
}
