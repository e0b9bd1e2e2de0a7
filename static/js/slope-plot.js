// <slope-plot>: the loss along one declared value, the others held: a curve, and the tangent whose
// slope is the partial. The point is dragged, moved by keys, or sweeps.

import { Axis, linePath } from "./axis.js";
import { ContourPlot } from "./contour-plot.js";
import { make, setText } from "./elements.js";
import { number, short } from "./format.js";
import { formula } from "./mathematics.js";
import { numberField } from "./number-field.js";
import { draw, grid } from "./plot-frame.js";
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
import { isWithin, ValuePlot } from "./value-plot.js";

const ROOM = { left: 40, right: 14, top: 14, bottom: 26 };
// As wide as a digit of a figure beside the axis.
const DIGIT = 7.4;
const HEIGHT = 240;
const FIELD = 7;
// A whole sweep there and back takes so many seconds.
const SWEEP = 8;
const CALM = matchMedia("(prefers-reduced-motion: reduce)");

export class SlopePlot extends ValuePlot {
  #sweep = 0;

  // A row's ways, with `stretch` for other ends and `others` to be shown together with it.
  prepare(page, ways) {
    this.step = ways.step;
    this.range = ways.range;
    this.ways = ways;
    this.partialsOf = [ways.step.name];
    return this.over(page, [ways]);
  }

  connectedCallback() {
    const { name, symbol } = this.step;
    this.loss = this.page.walk.loss;
    const lossSymbol = this.page.walk.steps.find((each) => each.name === this.loss).symbol.latex;
    this.slope = make("span", { class: "slope-figure" });
    this.frame = draw("g");
    this.lines = draw("g");
    this.triangle = draw("g", { class: "slope-triangle" });
    this.tangent = draw("path", { class: "slope-tangent" });
    const layers = [this.frame, this.lines, this.triangle, this.tangent];
    this.makePicture(`${name}, along the curve`, ...layers);
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
      ...this.#together(),
      this.words,
    );
    this.#sayPlay();
    this.followPage();
  }

  disconnectedCallback() {
    this.pause();
    super.disconnectedCallback();
  }

  pointsOver([range]) {
    return { points: [valuesAlong(range)] };
  }

  get along() {
    return this.sampled.points[0];
  }

  drawFrame() {
    if (!this.losses) return;
    const [range] = this.ranges;
    this.bounds = lossRange(this.losses);
    this.slopes = this.partials[this.step.name].map((each) => number(each));
    const { width } = this.size;
    this.picture.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    const up = new Axis(this.bounds ?? [0, 1], [HEIGHT - ROOM.bottom, ROOM.top]);
    const widest = Math.max(...up.ticks.map((tick) => up.figure(tick).length));
    const left = Math.max(ROOM.left, DIGIT * widest + 12);
    this.axes = [new Axis([range.min, range.max], [left, width - ROOM.right]), up];
    this.lines.replaceChildren(
      ...finitePieces(this.along, this.losses).map((piece) =>
        draw("path", { class: "slope-line", d: linePath(piece.map((at) => this.placeOf(at))) }),
      ),
    );
    this.frame.replaceChildren(grid(...this.axes));
    for (const { show, key } of this.ends) show(this.range()[key]);
    this.drawPoint();
  }

  placeOf([value, loss]) {
    const [across, up] = this.axes;
    return [across.at(value), up.at(loss)];
  }

  // Where the point stands: by the numbers of its value once they are here, before that on the curve.
  get where() {
    const value = this.ways.value();
    const { values, loss, partials } = this.known;
    if (values[0] === value) return { value, loss, slope: partials[0] };
    return {
      value,
      loss: lossBetween(this.along, this.losses, value),
      slope: lossBetween(this.along, this.slopes, value),
    };
  }

  drawPoint() {
    if (!this.axes) return;
    const point = this.where;
    const [range] = this.ranges;
    const inside = isWithin(point.value, range);
    const seen = inside && this.bounds !== null && Number.isFinite(point.loss);
    this.point.toggleAttribute("hidden", !seen);
    this.tangent.setAttribute("d", "");
    this.triangle.replaceChildren();
    if (seen) {
      const [x, y] = this.placeOf([point.value, point.loss]);
      this.point.setAttribute("cx", x);
      this.point.setAttribute("cy", y);
    }
    if (seen && Number.isFinite(point.slope)) this.drawTangent(point, range);
    setText(this.slope, short(point.slope));
    setText(
      this.words,
      `${slopeWords(this.loss, point)} Drag the point, or use the arrow keys on it.`,
    );
    for (const [key, value] of [
      ["aria-valuemin", range.min],
      ["aria-valuemax", range.max],
      ["aria-valuenow", point.value],
      ["aria-valuetext", pointWords(this.loss, this.step.name, point)],
    ])
      this.point.setAttribute(key, value);
  }

  drawTangent(point, range) {
    const ends = tangentEnds(point, range, this.bounds);
    const at = (place) => this.placeOf(place);
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
    const [across] = this.axes;
    const room = right ? across.end - far : far - across.start;
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

  grabbed() {
    this.pause();
  }

  key(event) {
    const { min, max, step } = this.range();
    const by = { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step }[event.key];
    const to = { Home: min, End: max }[event.key];
    if (event.key === " ") {
      if (this.#sweep) this.pause();
      else this.sweep();
    } else if (by !== undefined) this.put([this.ways.value() + by * (event.shiftKey ? 10 : 1)]);
    else if (to !== undefined) this.put([to]);
    else return;
    // Neither the walk's keys nor the page's scrolling.
    event.preventDefault();
    event.stopPropagation();
  }

  // From end to end and back; where motion is unwelcome, ten steps at once.
  sweep() {
    const { min, max, step } = this.range();
    let at = this.ways.value();
    if (CALM.matches) {
      this.put([at + 10 * step > max ? min : at + 10 * step]);
      return;
    }
    let way = at < max ? 1 : -1;
    let last = performance.now();
    const frame = (now) => {
      at += (way * (max - min) * 2 * (now - last)) / (1000 * SWEEP);
      last = now;
      if (at > max || at < min) way = -way;
      at = Math.min(max, Math.max(min, at));
      if (Math.abs(at - this.ways.value()) >= step) this.put([at]);
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
  #together() {
    const others = this.ways.others();
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
      contours = other && new ContourPlot().over(this.page, [this.ways, other.ways]);
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
        this.ways.stretch({ [key]: value });
        this.follow();
      },
      allowed,
    );
    return { key, show: made.show, label: make("label", {}, `${word} `, made.field) };
  }
}

customElements.define("slope-plot", SlopePlot);
