// The figures in a formula that is set already: where only they have changed they are written in their
// places, which is many times quicker than setting the formula again. Sets nothing itself.

const FIGURE = /\\(fv|bp)\{(-?)(\d+(?:\.\d+)?)\}/g;
const MOST = 4000;
// A colour says what a part is, and which figure: two digits of the first, four of the second.
const KINDS = { fv: "10", bp: "20" };
const ROLES = { 16: "value", 32: "partial" };
const NONE = "0000";
// A sign, or a power of ten, makes another outline: a value that moves about comes back to a few.
const MOST_OUTLINES = 6;
const held = new WeakMap();

// Colours for what holds a value and what a partial, and is no plain figure.
export const VALUE = KINDS.fv + NONE;
export const PARTIAL = KINDS.bp + NONE;

// The formula with every figure marked by a colour of its own; its outline; its figures.
export function marked(latex) {
  const figures = [];
  const outline = latex.replace(FIGURE, (_, kind, sign) => `\\${kind}{${sign}#}`);
  const mark = (whole, kind, sign, figure) => {
    if (figures.length === MOST) return whole;
    figures.push(figure);
    return `\\textcolor{${KINDS[kind]}${figures.length.toString(16).padStart(4, "0")}}{${sign}${figure}}`;
  };
  return { written: latex.replace(FIGURE, mark), outline, figures };
}

// Write the figures where those of the same outline stand, or stood before. False where none did.
export function refill(element, latex, { outline, figures }) {
  const kept = held.get(element);
  const set = figures.length ? kept?.get(outline) : undefined;
  if (!set) return false;
  if (element.firstChild !== set.content) element.replaceChildren(set.content);
  figures.forEach((figure, place) => {
    for (const text of set.places[place]) if (text.data !== figure) text.data = figure;
  });
  if (set.annotation) set.annotation.textContent = latex;
  if (element.ariaLabel) element.ariaLabel = latex;
  return true;
}

// Replace the colours by classes, so that they follow the theme, and remember where figures stand.
export function settle(element, { outline, figures }) {
  const places = figures.map(() => []);
  for (const part of element.querySelectorAll(".katex-html [style*='color']")) {
    const [red, green, blue] = part.style.color.match(/\d+/g).map(Number);
    if (!ROLES[red]) continue;
    part.classList.add(ROLES[red]);
    part.style.removeProperty("color");
    keep(places, green * 256 + blue, part.firstChild);
  }
  const seen = places.every((place) => place.length === 1);
  for (const part of element.querySelectorAll("[mathcolor]")) {
    const place = Number.parseInt(part.getAttribute("mathcolor").slice(3), 16);
    for (const digits of part.querySelectorAll("mn")) keep(places, place, digits.firstChild);
    part.removeAttribute("mathcolor");
  }
  if (!seen || !places.length) return;
  const kept = held.get(element) ?? new Map();
  if (kept.size === MOST_OUTLINES) kept.delete(kept.keys().next().value);
  held.set(element, kept.set(outline, { content: element.firstChild, places, annotation: element.querySelector("annotation") }));
}

function keep(places, place, text) {
  if (place > 0 && text?.nodeType === Node.TEXT_NODE && /^[\d.]+$/.test(text.data)) places[place - 1].push(text);
}
