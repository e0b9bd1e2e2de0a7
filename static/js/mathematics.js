// LaTeX → set mathematics, by KaTeX. Values and partials take the page's two colours.

import katex from "../vendor/katex/katex.js";
import { markFigures, PARTIAL, VALUE } from "./figure-marks.js";
import { refill, settle } from "./figure-places.js";
import { markSymbols } from "./symbols.js";

const LONGEST = 10_000;
// Past this length a formula is given to screen readers as its LaTeX, and not set a second time for
// them.
const SPOKEN = 600;
// A figure with its power of ten is one thing: no line ends within it.
const POWER = /(?<![_^\d.])\d+(?:\.\d+)?\s*\\cdot\s*10\^\{-?\d+\}/g;
const SETTINGS = {
  // Marks of our own on symbols; nothing else that KaTeX would have to be trusted with.
  trust: ({ command }) => command === "\\htmlData",
  strict: "ignore",
  maxSize: 20,
  maxExpand: 5000,
  macros: { "\\fv": `\\textcolor{${VALUE}}{#1}`, "\\bp": `\\textcolor{${PARTIAL}}{#1}` },
};

// Set `latex` into the element; where it can't be set, the text itself stands there.
export function typeset(element, latex, { display = false } = {}) {
  if (element.dataset.latex === latex) return element;
  element.dataset.latex = latex;
  const now = markFigures(latex);
  if (refill(element, latex, now)) return element;
  if (latex.length > LONGEST)
    return plain(element, `a formula of ${latex.length.toLocaleString("en")} characters`);
  try {
    const output = latex.length > SPOKEN ? "html" : "htmlAndMathml";
    const settings = { ...SETTINGS, macros: { ...SETTINGS.macros }, displayMode: display, output };
    element.replaceChildren(
      withoutStyles(
        katex.__renderToDomTree(markSymbols(now.written.replace(POWER, "{$&}")), settings),
      ).toNode(),
    );
    const annotation = element.querySelector("annotation");
    if (annotation) annotation.textContent = latex;
    if (output === "html") Object.assign(element, { role: "math", ariaLabel: latex });
  } catch {
    return plain(element, latex);
  }
  settle(element, now);
  return element;
}

export function formula(latex, { tag = "span", className = "", display = false } = {}) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  return typeset(element, latex, { display });
}

// A formula to be set later, by setAll: what turns out to stand there already is not set again.
export function formulaLater(latex, { display = false } = {}) {
  const element = document.createElement("span");
  element.dataset.formula = latex;
  if (display) element.dataset.display = "";
  return element;
}

export function setAll(root) {
  root.querySelectorAll("[data-formula]:empty").forEach(setLater);
}

export function setLater(element) {
  typeset(element, element.dataset.formula, { display: "display" in element.dataset });
}

// Large brackets are pictures whose width is said twice: as an attribute, and as a style that the
// page's policy refuses and reports.
function withoutStyles(part) {
  if (part.attributes?.style?.startsWith("width:")) delete part.attributes.style;
  for (const inner of part.children ?? []) withoutStyles(inner);
  return part;
}

function plain(element, text) {
  const code = document.createElement("code");
  code.textContent = text;
  element.replaceChildren(code);
  return element;
}

// Formulas that the server wrote as text.
export function upgrade(root) {
  root.querySelectorAll(".latex").forEach(upgradeOne);
}

// The same on a long page: each as it comes near.
export function upgradeNear(root) {
  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        upgradeOne(target);
      }
    },
    { rootMargin: "100%" },
  );
  root.querySelectorAll(".latex").forEach((code) => near.observe(code));
}

function upgradeOne(code) {
  const set = formula(code.dataset.coloured ?? code.dataset.latex ?? code.textContent, {
    display: code.hasAttribute("data-display"),
  });
  code.replaceWith(set);
}
