// The frame around a drawing: its scale, and which part of it is seen. Native scrolling moves it.

import { dragToScroll } from "./drag.js";

const SMALLEST = 0.2;
const LARGEST = 3;
const LEGIBLE = 0.74;
const READABLE = 0.85;
const ROOMY = 1.35;
const STEP = 1.25;

export class Frame {
  #scale = 1;
  #chosen = false;
  #marking;

  constructor(host) {
    this.host = host;
    new ResizeObserver(() => this.refit()).observe(host);
    host.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    dragToScroll(host);
  }

  // The drawing is scaled before it is put in its place, so that the page is laid out once.
  hold(svg) {
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
    this.#set(this.#whole());
  }

  refit() {
    if (this.svg && !this.#chosen) this.#set(this.#natural());
    else if (this.svg) this.#mark();
  }

  // Bring an element of the drawing into view, sideways and down, without moving the page.
  follow(element) {
    if (!element) return;
    const seen = this.host.getBoundingClientRect();
    const box = element.getBoundingClientRect();
    const smooth = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    const shift = (from, to, start, end) => (from < start + 24 || to > end - 24 ? (from + to) / 2 - (start + end) / 2 : 0);
    const left = shift(box.left, box.right, seen.left, seen.right);
    const top = shift(box.top, box.bottom, seen.top, seen.bottom);
    if (left || top) this.host.scrollBy({ left, top, behavior: smooth });
  }

  #room() {
    const style = getComputedStyle(this.host);
    const sides = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
    const ends = parseFloat(style.paddingTop) + parseFloat(style.paddingBottom);
    const tallest = parseFloat(style.maxHeight) || this.host.clientHeight;
    return { width: this.host.clientWidth - sides - 1, height: tallest - ends - 2 };
  }

  #whole() {
    const room = this.#room();
    return Math.min(room.width / this.size.width, room.height / this.size.height, (document.documentElement.matches(".is-presenting") ? 2 : 1) * ROOMY * text());
  }

  // All of it where that can be read; else large enough to be read, and moved about.
  #natural() {
    const whole = this.#whole();
    return whole >= LEGIBLE * text() ? whole : READABLE * text();
  }

  #zoom(factor) {
    this.#chosen = true;
    const { host } = this;
    const middle = [(host.scrollLeft + host.clientWidth / 2) / host.scrollWidth, (host.scrollTop + host.clientHeight / 2) / host.scrollHeight];
    this.#set(this.#scale * factor);
    host.scrollLeft = middle[0] * host.scrollWidth - host.clientWidth / 2;
    host.scrollTop = middle[1] * host.scrollHeight - host.clientHeight / 2;
  }

  #set(scale) {
    this.#scale = Math.min(Math.max(scale, SMALLEST), LARGEST);
    this.svg.classList.add("is-scaled");
    this.svg.style.width = `${this.size.width * this.#scale}px`;
    this.svg.style.height = `${this.size.height * this.#scale}px`;
    cancelAnimationFrame(this.#marking);
    this.#marking = requestAnimationFrame(() => this.#mark());
  }

  #mark() {
    const { host } = this;
    host.classList.toggle("is-wide", host.scrollWidth > host.clientWidth + 1 || host.scrollHeight > host.clientHeight + 1);
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
