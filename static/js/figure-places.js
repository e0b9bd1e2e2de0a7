// The figures in a formula that is set already: where only they have changed they are written in their
// places, which is many times quicker than setting the formula again. Sets nothing itself.

const FIGURE = /(\\left\(|\{)?\\(fv|bp)\{(-?)(\d+(?:\.\d+)?)\}(\\right\)|\})?/g;
// What may stand around a figure and is its own.
const BRACKETS = "\\left(\\right)";
const OWN = [BRACKETS, "{}"];
const MOST = 4000;
// A colour says what a part is, and of which figure: two digits of the first, four of the second.
const KINDS = { fv: "10", bp: "20" };
const BRACKET = "40";
const ROLES = { 16: "value", 32: "partial" };
const NONE = "0000";
// A power of ten makes another outline: a value that moves about comes back to a few.
const MOST_OUTLINES = 6;
const held = new WeakMap();

// Colours for what holds a value and what a partial, and is no plain figure.
export const VALUE = KINDS.fv + NONE;
export const PARTIAL = KINDS.bp + NONE;

// The formula with every figure marked by a colour of its own, and with a sign and brackets, which are
// shown where it has them; its outline; its figures.
export function marked(latex) {
  const figures = [];
  const mark = (whole, open = "", kind, sign, digits, close = "") => {
    if (figures.length === MOST) return whole;
    const around = open + close;
    figures.push({ digits, sign: sign !== "", bracketed: around === BRACKETS });
    const place = figures.length.toString(16).padStart(4, "0");
    const bracket = (text) => `\\textcolor{${BRACKET}${place}}{${text}}`;
    const figure = `{${bracket("(")}\\textcolor{${KINDS[kind]}${place}}{-${digits}}${bracket(")")}}`;
    return OWN.includes(around) ? figure : open + figure + close;
  };
  const bare = (whole, open = "", kind, sign, digits, close = "") => (OWN.includes(open + close) ? `\\${kind}#` : `${open}\\${kind}#${close}`);
  return { written: latex.replace(FIGURE, mark), outline: latex.replace(FIGURE, bare), figures };
}

// Write the figures where those of the same outline stand, or stood before. False where none did.
export function refill(element, latex, { outline, figures }) {
  const set = figures.length ? held.get(element)?.get(outline) : undefined;
  if (!set) return false;
  if (element.firstChild !== set.content) element.replaceChildren(set.content);
  write(set.places, figures);
  if (set.annotation) set.annotation.textContent = latex;
  if (element.ariaLabel) element.ariaLabel = latex;
  return true;
}

function write(places, figures) {
  figures.forEach(({ digits, sign, bracketed }, number) => {
    const place = places[number];
    for (const text of place.digits) if (text.data !== digits) text.data = digits;
    show(place.signs, sign);
    show(place.brackets, bracketed);
  });
}

function show(parts, shown) {
  for (const part of parts) if (part.classList.contains("unwritten") === shown) part.classList.toggle("unwritten", !shown);
}

// Replace the colours by classes, so that they follow the theme, and remember where figures stand.
export function settle(element, { outline, figures }) {
  const places = figures.map(() => ({ digits: [], signs: [], brackets: [] }));
  for (const part of element.querySelectorAll(".katex-html [style*='color']")) {
    const [kind, high, low] = part.style.color.match(/\d+/g).map(Number);
    if (ROLES[kind]) part.classList.add(ROLES[kind]);
    part.style.removeProperty("color");
    keep(places[high * 256 + low - 1], part);
  }
  const whole = places.every(({ digits, signs, brackets }) => digits.length === 1 && signs.length === 1 && brackets.length === 2);
  for (const part of element.querySelectorAll("[mathcolor]")) {
    const place = places[Number.parseInt(part.getAttribute("mathcolor").slice(3), 16) - 1];
    for (const leaf of part.querySelectorAll("mn, mo")) keep(place, leaf);
    part.removeAttribute("mathcolor");
  }
  write(places, figures);
  if (!whole || !places.length) return;
  const kept = held.get(element) ?? new Map();
  if (kept.size === MOST_OUTLINES) kept.delete(kept.keys().next().value);
  held.set(element, kept.set(outline, { content: element.firstChild, places, annotation: element.querySelector("annotation") }));
}

function keep(place, part) {
  const text = part.firstChild;
  if (!place || text?.nodeType !== Node.TEXT_NODE) return;
  if (/^[\d.]+$/.test(text.data)) place.digits.push(text);
  else if (/^[()]$/.test(text.data)) place.brackets.push(part);
  else if (/^[-−]$/.test(text.data)) place.signs.push(part);
}
