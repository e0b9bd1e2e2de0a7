// A click on a symbol or a figure leads to the step of the walk that made it; the browser's Back leads here
// again. What is pressed otherwise, or selected to be copied, is let be.

import { stepOfFigure, stepOfNode } from "./sources.js";
import { symbolAt } from "./symbols.js";

const PRESSED =
  "button, a, summary, input, select, textarea, label, [role='grid'], svg.graph, .cm-editor, .answer";
// What stands together: the symbols here may be those of the figures here.
const TOGETHER = ".why-row, .use, .factor, .panel-body, .gradient, li, p";
const FIGURE = /^[-−(]*[\d∞]|NaN/;

export function listenToLeading(page) {
  page.addEventListener("click", (event) => {
    const { target } = event;
    if (event.defaultPrevented || !page.walk || target.closest(PRESSED)) return;
    if (!document.getSelection().isCollapsed) return;
    const step = stepUnder(page, target);
    if (step) page.leapTo(step.step);
  });
}

function stepUnder(page, target) {
  const { walk, at } = page;
  const coloured = target.closest(".value, .partial");
  const role = target.closest(".partial, .gradient-name") ? "partial" : "value";
  const symbol = symbolUnder(target);
  if (symbol) return stepOfNode(walk, symbol.node, role);
  if (!coloured) return null;
  const text = shownText(coloured);
  const nodes = nodesIn(coloured.closest(TOGETHER));
  // In a tensor that is written out a number is its tensor's.
  if (coloured.matches(".factor td"))
    return nodes.length === 1 ? stepOfNode(walk, nodes[0], role) : null;
  return FIGURE.test(text) ? stepOfFigure(walk, at, role, text, nodes) : null;
}

// The symbol that is meant: of a derivative, in whatever part of it, what it is by.
function symbolUnder(target) {
  const fraction =
    target.closest(".katex .partial .mfrac") ??
    target.closest(".gradient-name")?.querySelector(".mfrac");
  const marked = fraction
    ? [...fraction.querySelectorAll("[data-symbol]")].sort((one, other) => top(other) - top(one))[0]
    : target.closest("[data-symbol]");
  return marked ? symbolAt(marked.dataset.symbol) : null;
}

function top(element) {
  return element.getBoundingClientRect().top;
}

function nodesIn(holder) {
  const marked = holder?.querySelectorAll(".katex-html [data-symbol]") ?? [];
  return [...new Set([...marked].map(({ dataset }) => symbolAt(dataset.symbol).node))];
}

// A figure has a sign and brackets that are not always shown.
function shownText(element) {
  const copy = element.cloneNode(true);
  copy.querySelectorAll(".unwritten, .katex-mathml").forEach((each) => each.remove());
  return copy.textContent.trim();
}
