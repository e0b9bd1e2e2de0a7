// A small picture of numbers as SVG: its frame, ticks and places. Knows no training.

import { short } from "./format.js";

const XMLNS = "http://www.w3.org/2000/svg";
const TICKS = 5;

export function draw(tag, given = {}, ...children) {
  const element = document.createElementNS(XMLNS, tag);
  for (const [name, value] of Object.entries(given)) {
    if (name === "text") element.textContent = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export const LINEAR = { of: (value) => value, from: (value) => value };
export const LOG = { of: Math.log10, from: (value) => 10 ** value };

// From what is meant to where it stands; both ways of one axis.
export class Axis {
  constructor([low, high], [start, end], scale = LINEAR) {
    const [from, to] = [scale.of(low), scale.of(high)];
    Object.assign(this, { low: from, high: to > from ? to : from + 1, start, end, scale });
  }

  at(value) {
    const share = (this.scale.of(value) - this.low) / (this.high - this.low);
    return Math.round((this.start + share * (this.end - this.start)) * 10) / 10;
  }

  get ticks() {
    return ticks(this.low, this.high, this.scale === LOG).map(this.scale.from);
  }
}

// Round numbers in a range: 1, 2 or 5 times a power of ten apart; of powers of ten whole ones.
function ticks(low, high, whole) {
  const rough = (high - low) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const fine = [1, 2, 5, 10].map((times) => times * power).find((apart) => apart >= rough * 0.999);
  const apart = whole ? Math.max(1, Math.round(fine)) : fine;
  const first = Math.ceil(low / apart - 1e-9);
  const count = Math.floor(high / apart + 1e-9) - first;
  return Array.from({ length: Math.max(0, count + 1) }, (_, each) => Number(((first + each) * apart).toPrecision(12)));
}

// A picture as wide as its place, so that its figures keep their size; tells when that has changed.
export function sized(element, changed) {
  const seen = new ResizeObserver(([{ contentRect }]) => {
    const width = Math.max(260, Math.min(Math.round(contentRect.width), 1000));
    if (width !== element.size?.width) changed((element.size = { width, height: Math.round(Math.max(220, Math.min(width * 0.68, 400))) }));
  });
  seen.observe(element);
  return { width: 560, height: 380 };
}

// Powers of ten alone, without the 1 in front.
function figure(value) {
  return short(value).replace(/^(−?)1·10/, "$110");
}

// Grid lines with their figures, below and at the side.
export function grid(across, up) {
  const lines = draw("g", { class: "plot-ticks" });
  for (const tick of across.ticks) {
    lines.append(draw("path", { class: "plot-grid", d: `M${across.at(tick)} ${up.start} V${up.end}` }));
    lines.append(draw("text", { class: "plot-below", x: across.at(tick), y: up.start + 16, text: figure(tick) }));
  }
  for (const tick of up.ticks) {
    lines.append(draw("path", { class: "plot-grid", d: `M${across.start} ${up.at(tick)} H${across.end}` }));
    lines.append(draw("text", { class: "plot-beside", x: across.start - 7, y: up.at(tick) + 4, text: figure(tick) }));
  }
  return lines;
}

export function path(points) {
  return points.length ? `M${points.map(([x, y]) => `${x} ${y}`).join(" L")}` : "";
}
