// The frame around a drawing: its scale, and which part of it is seen. Native scrolling moves it.
// Its host has an event "framed" whenever the whole drawing has come to be seen, or no longer is.

import { dragToScroll } from "./drag.js";

const SMALLEST = 0.2;
const LARGEST = 3;
// Numbers are 13 px high in the drawing, and on the screen 11, to the nearest: host.css says it
// too.
export const LEGIBLE = 10.5 / 13;
const FIGURES = 13;
// And of a tensor that is listed; small, they are as large as the others.
const CELLS = 12;
// Under so many pixels of type boxes show their names alone.
const FAR = 8;
const ROOMY = 1.35;
const STEP = 1.25;

export class Frame {
  #scale = 1;
  #chosen = false;
  #marking;
  // How small and how large the drawing may be made for all of it to be seen.
  bounds = { least: LEGIBLE, most: ROOMY };
  // Where the host's room follows the drawing: how large the whole of one would be.
  arranged = null;

  constructor(host) {
    this.host = host;
    new ResizeObserver(() => this.refit()).observe(host);
    host.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    dragToScroll(host);
  }

  // The drawing is scaled before it is put in its place, so that the page is laid out once.
  setDrawing(svg) {
    this.svg = svg;
    const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    this.size = { width, height };
    this.#chosen = false;
    this.#set(this.#natural());
    if (!svg.isConnected) this.host.replaceChildren(svg);
  }

  closer() {
    this.#zoom(STEP);
  }

  farther() {
    this.#zoom(1 / STEP);
  }

  fit() {
    this.#chosen = false;
    if (this.svg) this.svg.style.margin = "";
    this.refit();
    // Who asks for it asks at once whether it can be seen whole.
    if (this.svg) this.#mark();
  }

  get fits() {
    return !this.host.classList.contains("is-wide");
  }

  // How large a drawing of this size would stand here, were it to be seen whole.
  wholeScale({ width, height }) {
    if (this.arranged) return this.arranged({ width, height });
    const room = this.#room();
    return Math.min(room.width / width, room.height / height, this.bounds.most * text());
  }

  isLegible(size) {
    return this.wholeScale(size) >= this.least;
  }

  get least() {
    return this.bounds.least * text();
  }

  // Bounds of another kind of room, or the usual ones again.
  setBounds(bounds = { least: LEGIBLE, most: ROOMY }, arranged = null) {
    Object.assign(this, { bounds, arranged });
    this.fit();
  }

  refit() {
    if (this.svg && !this.#chosen) this.#set(this.#natural());
    else if (this.svg) this.#mark();
  }

  // Bring an element of the drawing into view, sideways and down, without moving the page.
  bringIntoView(element) {
    if (!element) return;
    const seen = this.host.getBoundingClientRect();
    const box = element.getBoundingClientRect();
    const smooth = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    const shift = (from, to, start, end) =>
      from < start + 24 || to > end - 24 ? (from + to) / 2 - (start + end) / 2 : 0;
    const left = shift(box.left, box.right, seen.left, seen.right);
    const top = shift(box.top, box.bottom, seen.top, seen.bottom);
    if (left || top) this.host.scrollBy({ left, top, behavior: smooth });
  }

  // Keep an element of a new drawing where one of the old stood: its left and top on the screen.
  // What scrolling cannot do is room beside the drawing, or the page's own scrolling.
  hold(element, { left, top }) {
    const { host, svg } = this;
    const off = () => {
      const now = element.getBoundingClientRect();
      return [now.left - left, now.top - top];
    };
    const style = getComputedStyle(host);
    const start = host.getBoundingClientRect().left + parseFloat(style.paddingLeft);
    const wanted = svg.getBoundingClientRect().left - off()[0] - start;
    svg.style.marginLeft = `${Math.max(0, wanted)}px`;
    svg.style.marginRight = `${Math.max(0, this.#room().width - svg.clientWidth - wanted)}px`;
    host.scrollLeft = Math.max(0, -wanted);
    host.scrollTop += off()[1];
    const down = off()[1];
    if (down > 0) window.scrollBy({ top: down, behavior: "instant" });
    if (down < 0) {
      const above = svg.getBoundingClientRect().top - host.getBoundingClientRect().top;
      svg.style.marginTop = `${Math.max(0, above - parseFloat(style.paddingTop)) - down}px`;
    }
  }

  #room() {
    const style = getComputedStyle(this.host);
    const sides = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
    const ends = parseFloat(style.paddingTop) + parseFloat(style.paddingBottom);
    const tallest = parseFloat(style.maxHeight) || this.host.clientHeight;
    return { width: this.host.clientWidth - sides - 1, height: tallest - ends - 2 };
  }

  // All of it where that can be read; else large enough to be read, and moved about.
  #natural() {
    return Math.max(this.wholeScale(this.size), this.least);
  }

  #zoom(factor) {
    this.#chosen = true;
    const { host } = this;
    const middle = [
      (host.scrollLeft + host.clientWidth / 2) / host.scrollWidth,
      (host.scrollTop + host.clientHeight / 2) / host.scrollHeight,
    ];
    this.#set(this.#scale * factor);
    host.scrollLeft = middle[0] * host.scrollWidth - host.clientWidth / 2;
    host.scrollTop = middle[1] * host.scrollHeight - host.clientHeight / 2;
  }

  #set(scale) {
    this.#scale = Math.min(Math.max(scale, SMALLEST), LARGEST);
    this.svg.classList.add("is-scaled");
    this.svg.classList.toggle("is-small", this.#scale * CELLS < 10.5 * text());
    this.svg.classList.toggle("is-far", this.#scale * FIGURES < FAR * text());
    this.svg.style.width = `${this.size.width * this.#scale}px`;
    this.svg.style.height = `${this.size.height * this.#scale}px`;
    cancelAnimationFrame(this.#marking);
    this.#marking = requestAnimationFrame(() => this.#mark());
  }

  #mark() {
    const { host } = this;
    const wide =
      host.scrollWidth > host.clientWidth + 1 || host.scrollHeight > host.clientHeight + 1;
    host.classList.toggle("is-wide", wide);
    host.dispatchEvent(new Event("framed"));
  }

  #wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.#zoom(event.deltaY < 0 ? 1.1 : 1 / 1.1);
  }
}

// How much larger than usual the reader has text.
function text() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) / 15;
}
