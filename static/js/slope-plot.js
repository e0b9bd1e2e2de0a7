// The loss along one declared value, the others held: a curve, and the tangent whose slope is the
// partial. The point is dragged, moved by keys, or sweeps.

import { post } from "./api.js";
import { Axis, linePath } from "./axis.js";
import { ContourPlot } from "./contour-plot.js";
import { make, problemText, setText } from "./elements.js";
import { number, short } from "./format.js";
import { formula } from "./mathematics.js";
import { numberField } from "./number-field.js";
import { draw, grid, sized } from "./plot-frame.js";
import {
  finitePieces,
  lossBetween,
  lossRange,
  pointWords,
  slopeTriangle,
  slopeWords,
  tangentEnds,
  valuesAlong,
} from "./slope-lines.js";

const ROOM = { left: 40, right: 14, top: 14, bottom: 26 };
// As wide as a digit of a figure beside the axis.
const DIGIT = 7.4;
const HEIGHT = 240;
const FIELD = 7;
// A whole sweep there and back takes so many seconds.
const SWEEP = 8;
const CALM = matchMedia("(prefers-reduced-motion: reduce)");

export class SlopePlot extends HTMLElement {
  #stop = null;
  #sweep = 0;

  // A row's ways: its step, `range` and `value`, `move` to put one in, `stretch` for other ends.
  prepare(page, { step, range, value, move, stretch, others }) {
    const ways = { step, range, value, move };
    Object.assign(this, { page, step, range, move, stretch, others, ways });
    this.value = value();
    return this;
  }

  connectedCallback() {
    const { name, symbol } = this.step;
    const { loss } = this.page.walk;
    this.loss = loss;
    const lossSymbol = this.page.walk.steps.find((each) => each.name === loss).symbol.latex;
    this.slope = make("span", { class: "slope-figure" });
    this.picture = draw("svg", { class: "plot slope-picture" });
    this.frame = draw("g");
    this.lines = draw("g");
    this.triangle = draw("g", { class: "slope-triangle" });
    this.tangent = draw("path", { class: "slope-tangent" });
    this.point = draw("circle", {
      class: "slope-point",
      r: 7,
      tabindex: 0,
      role: "slider",
      "aria-label": `${name}, along the curve`,
    });
    // Put in once: what is taken out loses the focus.
    this.picture.append(this.frame, this.lines, this.triangle, this.tangent, this.point);
    this.words = make("p", { class: "card-note slope-words" });
    this.play = make("button", {
      type: "button",
      class: "button small",
      onclick: () => (this.#sweep ? this.pause() : this.sweep()),
    });
    this.ends = [this.#end("from", "min"), this.#end("to", "max")];
    this.replaceChildren(
      make(
        "p",
        { class: "slope-head" },
        make("span", {}, "Loss along ", formula(symbol.latex), ", the other values held"),
        make(
          "span",
          { class: "slope-is" },
          formula(`\\bp{\\frac{\\partial ${lossSymbol}}{\\partial ${symbol.latex}}} =`),
          " ",
          this.slope,
        ),
      ),
      this.picture,
      make(
        "p",
        { class: "slope-tools" },
        this.play,
        make("span", { class: "slope-ends" }, ...this.ends.map(({ label }) => label)),
      ),
      ...this.#over(),
      this.words,
    );
    this.point.toggleAttribute("hidden", true);
    this.#sayPlay();
    this.size = sized(this, () => this.drawFrame());
    this.ending = new AbortController();
    const { signal } = this.ending;
    this.page.addEventListener("numbers", ({ detail }) => detail.problem || this.follow(), {
      signal,
    });
    this.picture.addEventListener("pointerdown", (event) => this.grab(event));
    this.point.addEventListener("keydown", (event) => this.key(event));
    this.follow();
  }

  disconnectedCallback() {
    this.pause();
    this.ending.abort();
    this.#stop?.abort();
    clearTimeout(this.soon);
  }

  // A value that its field or slider has put in, before its numbers are here.
  show(value) {
    this.value = value;
    this.drawPoint();
  }

  // The numbers of the values in force are here: what they are of decides whether the curve holds.
  follow() {
    const { values } = this.page.state;
    const held = Object.fromEntries(
      Object.entries(values).filter(([name]) => name !== this.step.name),
    );
    const asked = JSON.stringify([this.page.state.source, held, this.range()]);
    if (asked !== this.asked) {
      this.asked = asked;
      this.classList.add("is-old");
      clearTimeout(this.soon);
      this.soon = setTimeout(() => this.ask(held), this.along ? 120 : 0);
    }
    this.drawPoint();
  }

  async ask(held) {
    this.#stop?.abort();
    const stop = new AbortController();
    this.#stop = stop;
    const along = valuesAlong(this.range());
    const { name } = this.step;
    const body = {
      source: this.page.state.source,
      values: held,
      points: { [name]: along },
      names: [name],
    };
    try {
      const answer = await (await post("/evaluate", body, stop.signal)).json();
      if (this.#stop !== stop) return;
      this.along = along;
      this.losses = answer.loss.value.map((each) => number(each));
      this.slopes = answer.partials[name].map((each) => number(each));
      this.classList.remove("is-old");
      this.drawFrame();
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.words.replaceChildren(problemText(problem.details ?? { title: String(problem) }));
    }
  }

  drawFrame() {
    if (!this.along) return;
    const range = { min: this.along[0], max: this.along.at(-1) };
    this.bounds = lossRange(this.losses);
    const { width } = this.size;
    this.picture.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.up = new Axis(this.bounds ?? [0, 1], [HEIGHT - ROOM.bottom, ROOM.top]);
    const widest = Math.max(...this.up.ticks.map((tick) => this.up.figure(tick).length));
    const left = Math.max(ROOM.left, DIGIT * widest + 12);
    this.across = new Axis([range.min, range.max], [left, width - ROOM.right]);
    const place = ([value, loss]) => [this.across.at(value), this.up.at(loss)];
    this.lines.replaceChildren(
      ...finitePieces(this.along, this.losses).map((piece) =>
        draw("path", { class: "slope-line", d: linePath(piece.map(place)) }),
      ),
    );
    this.frame.replaceChildren(grid(this.across, this.up));
    for (const { show, key } of this.ends) show(this.range()[key]);
    this.drawPoint();
  }

  // Where the point stands: by the numbers of this value once they are here, before that on the curve.
  get where() {
    const { numbers } = this.page.answers;
    const { name } = this.step;
    const known = numbers && !numbers.problem && number(numbers.values[name]) === this.value;
    return {
      value: this.value,
      loss: known ? number(numbers.loss.value) : lossBetween(this.along, this.losses, this.value),
      slope: known
        ? number(numbers.partials[name])
        : lossBetween(this.along, this.slopes, this.value),
    };
  }

  drawPoint() {
    if (!this.along) return;
    const point = this.where;
    const range = { min: this.along[0], max: this.along.at(-1) };
    const inside = point.value >= range.min && point.value <= range.max;
    const seen = inside && this.bounds !== null && Number.isFinite(point.loss);
    this.point.toggleAttribute("hidden", !seen);
    const drawn = seen && Number.isFinite(point.slope);
    this.tangent.setAttribute("d", "");
    this.triangle.replaceChildren();
    if (seen) {
      this.point.setAttribute("cx", this.across.at(point.value));
      this.point.setAttribute("cy", this.up.at(point.loss));
    }
    if (drawn) this.drawTangent(point, range);
    setText(this.slope, short(point.slope));
    setText(
      this.words,
      `${slopeWords(this.loss, point)} Drag the point, or use the arrow keys on it.`,
    );
    const said = pointWords(this.loss, this.step.name, point);
    for (const [key, value] of [
      ["aria-valuemin", range.min],
      ["aria-valuemax", range.max],
      ["aria-valuenow", point.value],
      ["aria-valuetext", said],
    ])
      this.point.setAttribute(key, value);
  }

  drawTangent(point, range) {
    const ends = tangentEnds(point, range, this.bounds);
    const at = ([value, loss]) => [this.across.at(value), this.up.at(loss)];
    this.tangent.setAttribute("d", linePath(ends.map(at)));
    const shape = slopeTriangle(point, range, ends);
    const [x, y] = at([point.value, point.loss]);
    if (!shape) return;
    const [far, high] = at([point.value + shape.run, point.loss + shape.rise]);
    // What is no higher than the point's own circle shows nothing.
    if (Math.abs(high - y) < 8) return;
    this.triangle.append(draw("path", { d: `M${x} ${y} H${far} V${high} Z` }));
    const right = shape.run > 0;
    const above = shape.rise * shape.run < 0 === right;
    // Figures stand outside the triangle, and where there is no room for them not at all.
    if (Math.abs(far - x) > 26)
      this.triangle.append(
        draw("text", {
          class: "slope-run",
          x: (x + far) / 2,
          y: above ? y - 6 : y + 16,
          text: short(Math.abs(shape.run)),
        }),
      );
    const room = right ? this.across.end - far : far - this.across.start;
    if (Math.abs(high - y) > 14 && room > 58)
      this.triangle.append(
        draw("text", {
          class: right ? "slope-rise" : "slope-rise is-left",
          x: far + (right ? 6 : -6),
          y: (y + high) / 2 + 4,
          text: short(shape.rise * Math.sign(shape.run)),
        }),
      );
  }

  put(value) {
    const { min, max, step } = this.range();
    const near = Number((Math.round(value / step) * step).toPrecision(12));
    this.show(Math.min(max, Math.max(min, near)));
    this.move(this.value);
  }

  grab(down) {
    if (!this.across || down.button) return;
    down.preventDefault();
    this.pause();
    this.point.focus({ preventScroll: true });
    const to = ({ clientX }) => {
      const box = this.picture.getBoundingClientRect();
      const x = ((clientX - box.left) / box.width) * this.size.width;
      const share = (x - this.across.start) / (this.across.end - this.across.start);
      this.put(this.along[0] + share * (this.along.at(-1) - this.along[0]));
    };
    to(down);
    this.picture.setPointerCapture(down.pointerId);
    this.picture.addEventListener("pointermove", to);
    const end = () => this.picture.removeEventListener("pointermove", to);
    this.picture.addEventListener("pointerup", end, { once: true });
    this.picture.addEventListener("pointercancel", end, { once: true });
  }

  key(event) {
    const { min, max, step } = this.range();
    const by = { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step }[event.key];
    const to = { Home: min, End: max }[event.key];
    if (event.key === " ") {
      if (this.#sweep) this.pause();
      else this.sweep();
    } else if (by !== undefined) this.put(this.value + by * (event.shiftKey ? 10 : 1));
    else if (to !== undefined) this.put(to);
    else return;
    // Neither the walk's keys nor the page's scrolling.
    event.preventDefault();
    event.stopPropagation();
  }

  // From end to end and back; where motion is unwelcome, ten steps at once.
  sweep() {
    const { min, max, step } = this.range();
    if (CALM.matches) {
      this.put(this.value + 10 * step > max ? min : this.value + 10 * step);
      return;
    }
    let way = this.value < max ? 1 : -1;
    let last = performance.now();
    let at = this.value;
    const frame = (now) => {
      at += (way * (max - min) * 2 * (now - last)) / (1000 * SWEEP);
      last = now;
      if (at > max || at < min) way = -way;
      at = Math.min(max, Math.max(min, at));
      const rounded = Number((Math.round(at / step) * step).toPrecision(12));
      if (rounded !== this.value) this.put(rounded);
      this.#sweep = requestAnimationFrame(frame);
    };
    this.#sweep = requestAnimationFrame(frame);
    this.#sayPlay();
  }

  pause() {
    cancelAnimationFrame(this.#sweep);
    this.#sweep = 0;
    this.#sayPlay();
  }

  #sayPlay() {
    setText(this.play, this.#sweep ? "Pause" : CALM.matches ? "Ten steps on" : "Sweep");
  }

  // A choice of another value to show the loss over as well.
  #over() {
    const others = this.others();
    if (!others.length) return [];
    const { name } = this.step;
    const choice = make(
      "select",
      { "aria-label": `loss over ${name} and another value` },
      make("option", { value: "", text: `${name} alone` }),
      ...others.map(({ ways }) =>
        make("option", { value: ways.step.name, text: `${name} and ${ways.step.name}` }),
      ),
    );
    let contours = null;
    choice.addEventListener("change", () => {
      contours?.remove();
      const other = others.find(({ ways }) => ways.step.name === choice.value);
      contours = other && new ContourPlot().prepare(this.page, this.ways, other.ways);
      if (contours) this.append(contours);
    });
    return [make("label", { class: "slope-over" }, "Loss over ", choice)];
  }

  #end(word, key) {
    const allowed = (value) =>
      key === "min" ? value < this.range().max : value > this.range().min;
    const made = numberField(
      `${this.step.name}, ${word}`,
      1,
      FIELD,
      (value) => {
        this.pause();
        this.stretch({ [key]: value });
        this.follow();
      },
      allowed,
    );
    return { key, show: made.show, label: make("label", {}, `${word} `, made.field) };
  }
}

customElements.define("slope-plot", SlopePlot);
