// The figures in a formula that is set already: where only they have changed they are written in
// their places, which is many times quicker than setting the formula again. Sets nothing itself.

import { figureOf } from "./figure-marks.js";

// What the first number of a colour says.
const ROLES = { 16: "value", 32: "partial" };
// A power of ten makes another outline: a value that moves about comes back to a few.
const MOST_OUTLINES = 6;
const held = new WeakMap();

// Write the figures where those of the same outline stand, or stood before. False where none did.
export function refill(element, latex, { outline, figures }) {
  const set = figures.length ? held.get(element)?.get(outline) : undefined;
  if (!set) return false;
  if (element.firstChild !== set.content) element.replaceChildren(set.content);
  writeFigures(set.places, figures);
  if (set.annotation) set.annotation.textContent = latex;
  if (element.ariaLabel) element.ariaLabel = latex;
  return true;
}

function writeFigures(places, figures) {
  figures.forEach(({ digits, sign, bracketed }, number) => {
    const place = places[number];
    for (const text of place.digits) if (text.data !== digits) text.data = digits;
    setShown(place.signs, sign);
    setShown(place.brackets, bracketed);
  });
}

function setShown(parts, shown) {
  for (const part of parts)
    if (part.classList.contains("unwritten") === shown) part.classList.toggle("unwritten", !shown);
}

// Replace the colours by classes, so that they follow the theme, and remember where figures stand.
export function settle(element, { outline, figures }) {
  const places = figures.map(() => ({ digits: [], signs: [], brackets: [] }));
  for (const part of element.querySelectorAll(".katex-html [style*='color']")) {
    const [kind, high, low] = part.style.color.match(/\d+/g).map(Number);
    if (ROLES[kind]) part.classList.add(ROLES[kind]);
    part.style.removeProperty("color");
    rememberPart(places[figureOf(high, low)], part);
  }
  const whole = places.every(
    ({ digits, signs, brackets }) =>
      digits.length === 1 && signs.length === 1 && brackets.length === 2,
  );
  for (const part of element.querySelectorAll("[mathcolor]")) {
    const place = places[figureOf(0, Number.parseInt(part.getAttribute("mathcolor").slice(3), 16))];
    for (const leaf of part.querySelectorAll("mn, mo")) rememberPart(place, leaf);
    part.removeAttribute("mathcolor");
  }
  writeFigures(places, figures);
  if (!whole || !places.length) return;
  const kept = held.get(element) ?? new Map();
  if (kept.size === MOST_OUTLINES) kept.delete(kept.keys().next().value);
  held.set(
    element,
    kept.set(outline, {
      content: element.firstChild,
      places,
      annotation: element.querySelector("annotation"),
    }),
  );
}

function rememberPart(place, part) {
  const text = part.firstChild;
  if (!place || text?.nodeType !== Node.TEXT_NODE) return;
  if (/^[\d.]+$/.test(text.data)) place.digits.push(text);
  else if (/^[()]$/.test(text.data)) place.brackets.push(part);
  else if (/^[-−]$/.test(text.data)) place.signs.push(part);
}
