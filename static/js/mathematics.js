// LaTeX → set mathematics, by KaTeX. Values and partials take the page's two colours.

import katex from "../vendor/katex/katex.js";
import { tagged } from "./symbols.js";

const LONGEST = 10_000;
// Past this length a formula is given to screen readers as its LaTeX, and not set a second time for them.
const SPOKEN = 600;
// Colours that stand for classes: replaced below, so that they follow the theme.
const VALUE = "000001";
const PARTIAL = "000002";
const CLASSES = { "rgb(0, 0, 1)": "value", "rgb(0, 0, 2)": "partial" };
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
  if (latex.length > LONGEST) return plain(element, `a formula of ${latex.length.toLocaleString("en")} characters`);
  try {
    const output = latex.length > SPOKEN ? "html" : "htmlAndMathml";
    const settings = { ...SETTINGS, macros: { ...SETTINGS.macros }, displayMode: display, output };
    element.replaceChildren(withoutStyles(katex.__renderToDomTree(tagged(latex), settings)).toNode());
    const annotation = element.querySelector("annotation");
    if (annotation) annotation.textContent = latex;
    if (output === "html") Object.assign(element, { role: "math", ariaLabel: latex });
  } catch {
    return plain(element, latex);
  }
  colour(element);
  return element;
}

export function formula(latex, { tag = "span", className = "", display = false } = {}) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  return typeset(element, latex, { display });
}

// A formula to be set later, by setAll: what turns out to stand there already is not set again.
export function later(latex, { display = false } = {}) {
  const element = document.createElement("span");
  element.dataset.formula = latex;
  if (display) element.dataset.display = "";
  return element;
}

export function setAll(root) {
  for (const element of root.querySelectorAll("[data-formula]:empty"))
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

function colour(element) {
  for (const part of element.querySelectorAll(".katex-html [style*='color']")) {
    const name = CLASSES[part.style.color];
    if (!name) continue;
    part.classList.add(name);
    part.style.removeProperty("color");
  }
  for (const part of element.querySelectorAll("[mathcolor]")) part.removeAttribute("mathcolor");
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
  const set = formula(code.dataset.coloured ?? code.dataset.latex ?? code.textContent, { display: code.hasAttribute("data-display") });
  code.replaceWith(set);
}
