// One step as elements: what is computed or completed, from what, with numbers, and why.

import { settled } from "./arrays.js";
import { breakable } from "./breaks.js";
import { make } from "./elements.js";
import { ALL, foldedFormula, functionsIn, isLong, listed } from "./folded.js";
import { latexFigure, short, whole } from "./format.js";
import { formulaLater } from "./mathematics.js";
import { productLines, symbolsOf, whyLines } from "./product-lines.js";
import { asSentence } from "./sentence.js";

const NOTHING = "\\bp{0} \\text{ but for rounding}";
// Of one node's contributions, this many and the last are shown at first.
const MOST = 20;
// So many contributions between tensors are written out at once; of more, those that are asked for.
const MOST_WRITTEN = 2;
const unfolded = new Set();

// `pointed`: of an edge, the element of its contribution that is pointed at; `last`, the edge of that;
// and which are to be written out of many. `opened`: what of the long is open, see folded.js; `source`:
// the definition's text.
export function lines(walk, step, { pointed = () => null, opened = ALL, source = "" } = {}) {
  const view = { pointed, opened, source };
  const said = step?.remark
    ? make("p", { class: "remark-line", text: asSentence(step.remark) })
    : null;
  return [...linesOf(walk, step, view), said].filter(Boolean);
}

function linesOf(walk, step, view) {
  if (!step) return startLines(walk);
  if (step.phase === "forward")
    return step.formula
      ? computedLines(step, view)
      : [title("Given: ", step, ` (${step.kind}).`), given(step, view)];
  if (!step.contributions.length) return ownLines(walk, step);
  return step.contributions.length === 1 ? usedOnce(walk, step, view) : usedOften(walk, step, view);
}

function startLines(walk) {
  return [
    make("p", {
      class: "panel-title",
      text: `Nothing is computed yet. The walk goes forward through ${walk.forward} nodes to ${walk.loss}, then back.`,
    }),
    whyLine(
      "Forward, each ",
      make("b", { class: "value", text: "value" }),
      " is computed from the values before it. Back, each ",
      make("b", { class: "partial", text: "partial" }),
      " is completed from those after it: for every use, upstream times local derivative, and the sum of all uses.",
    ),
    whyLine("→ steps on, ← back; a click on a box of the graph goes to its step."),
  ];
}

function ownLines(walk, step) {
  const starts = step.node === walk.steps[walk.forward - 1]?.node;
  return [
    title("Completing ", step, "."),
    equation(ownPartial(step)),
    step.note ? whyLine(asSentence(step.note)) : null,
    starts
      ? whyLine(
          "From here on, the partial that arrives at a node is the upstream of those it reads.",
        )
      : null,
  ];
}

function title(before, step, after) {
  return make("p", { class: "panel-title" }, before, formulaLater(step.symbol.latex), after);
}

function equation(latex) {
  return make("div", { class: "equation" }, formulaLater(breakable(latex), { display: true }));
}

function whyLine(...words) {
  return make("p", { class: "why" }, ...words.filter(Boolean));
}

function twoColumns(left, right) {
  return make("div", { class: "panel-two" }, make("div", {}, ...left), make("div", {}, ...right));
}

function given(step, { opened }) {
  if (!step.shape.length)
    return equation(`${step.symbol.latex} = \\fv{${latexFigure(step.value)}}`);
  return listed(step.value, step.shape, step.summary, "value", step, opened);
}

// A formula in short where it is long: by the line that it comes from.
function statement(left, step, { opened, source }) {
  const latex = left + step.formula.display;
  const line = source.split("\n")[step.line - 1]?.trim();
  if (!left || !line || !isLong(latex)) return equation(latex);
  return foldedFormula(latex, {
    words: [formulaLater(`\\fv{${step.symbol.latex}}`), ": ", make("code", { text: line })],
    opened,
    set: equation,
  });
}

// The same of a contribution: upstream · local, and the functions that lie between.
function ruleLine(walk, step, contribution, { opened, source }) {
  const { display } = contribution.rule;
  if (!isLong(display)) return equation(display);
  const use = walk.steps.find((each) => each.node === contribution.use);
  const back = walk.steps.find(
    (each) => each.node === contribution.use && each.phase === "backward",
  );
  const left = display.slice(0, display.indexOf(" = "));
  const local = `\\frac{\\partial ${use.symbol.latex}}{\\partial ${step.symbol.latex}}`;
  const brief = `${left} = \\bp{${back?.symbol.partial}} \\cdot ${local}`;
  const through = use.name === null ? [] : functionsIn(source.split("\n")[use.line - 1]);
  return foldedFormula(display, {
    words: [
      formulaLater(`\\displaystyle ${back && !isLong(brief) ? brief : `${left} = \\ldots`}`),
      through.length ? `, through ${through.join(", ")}` : "",
    ],
    opened,
    set: equation,
  });
}

function computedLines(step, view) {
  const left = step.name === null ? "" : `\\fv{${step.symbol.latex}} = `;
  const result = step.shape.length
    ? [listed(step.value, step.shape, step.summary, "value", step, view.opened)]
    : [
        equation(
          step.formula.display_numbers
            ? `${step.formula.display_numbers} = \\fv{${latexFigure(step.value)}}`
            : `\\fv{${latexFigure(step.value)}}`,
        ),
      ];
  const exact = step.shape.length
    ? null
    : whyLine("In full: ", make("span", { class: "value", text: whole(step.value) }));
  return [
    twoColumns(
      [title("Computing ", step, ""), statement(left, step, view)],
      [label(step.shape.length ? "value" : "with numbers"), ...result, ...[exact].filter(Boolean)],
    ),
  ];
}

function label(text) {
  return make("p", { class: "panel-title", text });
}

function ownPartial(step) {
  return step.shape.length || step.partial === null
    ? `\\bp{${step.symbol.partial}}`
    : `\\bp{${step.symbol.partial}} = \\bp{${latexFigure(step.partial)}}`;
}

function used(walk, contribution) {
  const use = walk.steps.find((step) => step.node === contribution.use);
  const named =
    use.name !== null && use.formula
      ? `\\fv{${use.symbol.latex}} = ${use.formula.display}`
      : use.symbol.latex;
  return formulaLater(named.length < 160 ? named : use.symbol.latex);
}

function usedOnce(walk, step, view) {
  const [only] = step.contributions;
  const heading = make(
    "p",
    { class: "panel-title" },
    "Completing ",
    formulaLater(step.symbol.latex),
    ", used once, by ",
    used(walk, only),
  );
  if (only.product) return writtenOut(walk, step, heading, view);
  const left = [
    heading,
    !only.rule
      ? equation(`\\bp{${step.symbol.partial}} = \\bp{0}`)
      : isLong(only.rule.display)
        ? ruleLine(walk, step, only, view)
        : equation(braced(only)),
  ];
  const right = [
    label(step.shape.length ? "partial" : "with numbers"),
    ...inNumbers(step, only, view),
  ];
  right.push(
    whyLine(
      reuse(walk, only),
      only.reason ? asSentence(only.reason) : "Used once, so this is the whole partial.",
    ),
  );
  return [twoColumns(left, right)];
}

// A contribution between tensors: its symbols with their shapes, beside them all of it in numbers.
function writtenOut(walk, step, heading, view) {
  const [only] = step.contributions;
  const { product, edge, reason } = only;
  const alike = product.sign === "elements" || only.rule === null;
  const symbols = alike ? ruleLine(walk, step, only, view) : equation(symbolsOf(product));
  const [written, worked] = productLines(only, {
    at: view.pointed(edge),
    rounding: step.rounding,
  });
  written.prepend(label("with numbers"));
  return [
    make(
      "div",
      { class: "written" },
      make(
        "div",
        { class: "written-symbols" },
        make("div", {}, heading, symbols),
        make("div", {}, ...whyLines(product)),
      ),
      written,
    ),
    worked,
    whyLine(
      reuse(walk, only),
      reason ? asSentence(reason) : "Used once, so this is the whole partial.",
    ),
  ];
}

function usedOften(walk, step, view) {
  const heading = make(
    "p",
    { class: "panel-title" },
    "Completing ",
    formulaLater(step.symbol.latex),
    `, used ${step.contributions.length} times: the contributions add up.`,
  );
  const row = (each) => contributed(walk, step, each, view);
  const { contributions } = step;
  const left = contributions.length - MOST - 1;
  const many = left > 0 && !unfolded.has(step.node);
  const rows = many
    ? [...contributions.slice(0, MOST).map(row), more(step, left), row(contributions.at(-1))]
    : contributions.map(row);
  const reused = [...new Set(step.contributions.flatMap((each) => each.rule?.reused ?? []))];
  return [
    heading,
    make("ol", { class: step.shape.length ? "uses is-tensors" : "uses" }, ...rows),
    reused.length ? whyLine(reuse(walk, { rule: { reused } })) : "",
  ];
}

function contributed(walk, step, each, view) {
  const { contributions } = step;
  const { pointed } = view;
  const all = contributions.length <= MOST_WRITTEN;
  const open = Boolean(each.product) && (all || pointed.isOpen?.(each.edge));
  const written = open
    ? productLines(each, {
        at: pointed(each.edge),
        quiet: !(pointed.last ? pointed.last === each.edge : each === contributions.at(-1)),
      })
    : [...inNumbers(step, each, view), each.product ? writeOut(each) : null];
  return make(
    "li",
    { class: open ? "use is-written" : "use" },
    make(
      "div",
      {},
      each.rule
        ? ruleLine(walk, step, each, view)
        : make("p", { class: "why" }, "by ", used(walk, each)),
      each.pass ? make("p", { class: "pass", text: `in the pass ${each.pass}` }) : "",
    ),
    make(
      "div",
      {},
      ...written.filter(Boolean),
      each.reason ? whyLine(asSentence(each.reason)) : "",
    ),
    make(
      "div",
      { class: "use-sum" },
      make("span", { class: "use-word", text: "sum so far\u00a0 " }),
      sum(step, each, view),
    ),
  );
}

function writeOut({ edge }) {
  return make("button", {
    type: "button",
    class: "button small",
    "data-write": edge,
    text: "Write out",
  });
}

// Between the first contributions and the last: how many more there are, shown on demand.
function more(step, left) {
  const show = ({ target }) => {
    unfolded.add(target.closest("li").dataset.node);
    target.closest("walk-panel").showStep();
  };
  return make(
    "li",
    { class: "use-more", "data-node": step.node },
    make("button", {
      type: "button",
      class: "button small",
      text: `Show ${left} more`,
      onclick: show,
    }),
  );
}

function sum(step, each, { opened }) {
  if (each.sum === null) return "";
  // The last sum is the partial, and of a sum that cancels no digit says anything.
  const rounding = each === step.contributions.at(-1) ? step.rounding : null;
  if (rounding === true) return make("span", { class: "partial", text: "0 but for rounding" });
  return step.shape.length
    ? listed(settled(each.sum, rounding), step.shape, null, "partial", {}, opened)
    : make("span", { class: "partial", title: whole(each.sum), text: short(each.sum) });
}

function inNumbers(step, each, { opened }) {
  const own = step.contributions.length === 1 ? step : {};
  const numbers = each.rule?.display_numbers;
  if (own.rounding === true)
    return [
      equation(
        `${numbers ? `${numbers.slice(0, numbers.lastIndexOf(" = ") + 1)}= ` : ""}${NOTHING}`,
      ),
    ];
  if (numbers) return [equation(numbers)];
  if (step.shape.length)
    return [
      listed(settled(each.value, own.rounding), step.shape, each.summary, "partial", own, opened),
    ];
  return [equation(`\\bp{${latexFigure(each.value)}}`)];
}

// A contribution's rule as upstream × local, or null where it is not written so.
export function productOf({ rule, local }) {
  const { display } = rule;
  const cut = display.indexOf(" = ");
  const product = display.slice(cut + 3);
  const end = closing(product);
  if (local === null || cut < 0 || end < 0 || !product.slice(end).startsWith(" \\cdot "))
    return null;
  return {
    left: display.slice(0, cut),
    upstream: product.slice(0, end),
    local: product.slice(end + 7),
  };
}

// The same, named under braces.
function braced(contribution) {
  const found = productOf(contribution);
  return found
    ? `${found.left} = \\underbrace{${found.upstream}}_{\\text{upstream}} \\cdot \\underbrace{${found.local}}_{\\text{local}}`
    : contribution.rule.display;
}

// Where the first \bp{…} of a text ends, or −1 where it does not start with one.
function closing(latex) {
  if (!latex.startsWith("\\bp{")) return -1;
  for (let place = 3, depth = 0; place < latex.length; place += 1) {
    if (latex[place] === "{") depth += 1;
    if (latex[place] === "}") depth -= 1;
    if (depth === 0) return place + 1;
  }
  return -1;
}

function reuse(walk, { rule }) {
  const names = (rule?.reused ?? []).map((name) =>
    walk.steps.findLast((step) => step.phase === "forward" && step.name === name),
  );
  const known = names.filter(Boolean);
  if (!known.length) return "";
  const parts = known.flatMap((step, place) => [
    place ? (place === known.length - 1 ? " and " : ", ") : "",
    make(
      "b",
      { class: "value" },
      formulaLater(step.symbol.latex),
      step.shape.length ? "" : ` = ${short(step.value)}`,
    ),
  ]);
  return make(
    "span",
    {},
    ...parts,
    known.length > 1 ? " are reused from the forward walk. " : " is reused from the forward walk. ",
  );
}
