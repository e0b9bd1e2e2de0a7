// <fit-picture>: what is predicted, as a curve over one input or a region over two, with the
// examples.

import { Axis, linePath } from "./axis.js";
import { make, part, setText } from "./elements.js";
import { examples } from "./fit-examples.js";
import { boundary, cells } from "./fit-region.js";
import { number, short } from "./format.js";
import { draw, grid, sized } from "./plot-frame.js";

const ROOM = { left: 62, right: 16, top: 14, bottom: 26 };

export class FitPicture extends HTMLElement {
  connectedCallback() {
    this.page = this.closest("training-page");
    this.card = this.closest(".card");
    this.size = sized(this, () => this.drawFrame(true));
    this.page.addEventListener("start", () => this.start());
    for (const name of ["grown", "summary"])
      this.page.addEventListener(name, () => this.drawSoon());
    this.page.addEventListener("moment", () => this.drawMoment());
  }

  get fit() {
    return this.page.run?.start?.fit ?? null;
  }

  start() {
    const { start } = this.page.run;
    this.axes = this.picture = null;
    this.closest(".training-pictures").classList.toggle("is-plain", !this.fit);
    if (!this.fit) {
      setText(part(this.card, "fit-note"), "");
      this.replaceChildren(
        make("p", {
          class: "card-body card-note",
          text: `There is no picture of this one: ${start.no_fit}. The loss tells how it goes.`,
        }),
      );
      return;
    }
    this.learned = draw("g", { class: "fit-learned" });
    this.picture = draw("svg", { class: "plot", role: "img", "aria-label": "What it has learned" });
    this.replaceChildren(this.picture);
    this.drawFrame();
    this.drawMoment();
  }

  // Steps come by the hundred: once a frame is enough.
  drawSoon() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = undefined;
      this.drawFrame();
    });
  }

  // The frame has room for the examples and for all that was predicted by now.
  drawFrame(again = false) {
    const fit = this.fit;
    if (!fit || !this.picture) return;
    const { width, height } = this.size;
    const heights = fit.kind === "curve" ? this.valueRange() : extremes(fit.axes[1].ticks);
    const key = heights.join();
    if (this.axes && key === this.key && !again) return;
    this.key = key;
    this.picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const across = new Axis(extremes(fit.axes[0].ticks), [ROOM.left, width - ROOM.right]);
    this.axes = { across, up: new Axis(heights, [height - ROOM.bottom, ROOM.top]) };
    const lines = grid(across, this.axes.up);
    const names = [
      draw("text", {
        class: "plot-name",
        x: width - ROOM.right,
        y: height - ROOM.bottom - 8,
        text: fit.axes[0].name,
      }),
    ];
    names.push(
      draw("text", {
        class: "plot-name plot-name-up",
        x: ROOM.left + 8,
        y: ROOM.top + 14,
        text: fit.kind === "curve" ? fit.output : fit.axes[1].name,
      }),
    );
    const layers =
      fit.kind === "curve"
        ? [lines, examples(this.fit, this.axes), this.learned]
        : [this.learned, lines, examples(this.fit, this.axes)];
    this.picture.replaceChildren(...layers, ...names);
    this.drawMoment();
  }

  valueRange() {
    const values = [
      ...(this.fit.targets ?? []),
      ...this.page.run.steps.flatMap((step) => extremes(step.fit ?? [0])),
    ]
      .map(number)
      .filter(Number.isFinite);
    const told = (this.fit.targets ?? []).map(number).filter(Number.isFinite);
    const [low, high] = extremes(values.length ? values : [0, 1]);
    // What once went far astray does not press the examples together.
    const reach = told.length > 1 ? 2 * (Math.max(...told) - Math.min(...told)) : Infinity;
    const bounded = [
      Math.max(low, Math.min(...told) - reach),
      Math.min(high, Math.max(...told) + reach),
    ];
    const [from, to] = reach === Infinity ? [low, high] : bounded;
    const margin = (to - from || 1) * 0.08;
    return [from - margin, to + margin];
  }

  drawMoment() {
    const { moment } = this.page;
    if (!this.fit || !this.axes || !moment?.fit) return;
    const { across, up } = this.axes;
    if (this.fit.kind === "curve") {
      const [{ ticks }] = this.fit.axes;
      const places = moment.fit.map((value, place) => [
        across.at(ticks[place]),
        Math.max(-400, Math.min(up.at(number(value)), 800)),
      ]);
      this.learned.replaceChildren(
        draw("path", {
          class: "fit-curve",
          d: linePath(places.filter(([, y]) => Number.isFinite(y))),
        }),
      );
    } else {
      const tints = cells(this.fit, moment.fit, across, up).map(({ side, strength, d }) =>
        draw("path", { class: `fit-side ${side}`, "fill-opacity": strength, d }),
      );
      this.learned.replaceChildren(
        ...tints,
        draw("path", { class: "fit-boundary", d: boundary(this.fit, moment.fit, across, up) }),
      );
    }
    this.describe(moment);
  }

  describe(moment) {
    const { kind, output, axes, points } = this.fit;
    const flat = moment.fit.flat().map(number);
    const given = points.length === 1 ? "1 example" : `${points.length} examples`;
    const right =
      (moment.right ?? null) === null
        ? ""
        : `${moment.right} of ${points.length} on the right side`;
    const said =
      kind === "curve"
        ? `${output} over ${axes[0].name}: between ${short(Math.min(...flat), 3)} and ${short(Math.max(...flat), 3)}, with ${given}.`
        : `${output} over ${axes[0].name} and ${axes[1].name}, with ${given}${right ? `, ${right}` : ""}.`;
    this.picture.setAttribute("aria-label", said);
    setText(
      part(this.card, "fit-note"),
      kind === "curve" ? `${output} over ${axes[0].name}` : right,
    );
  }
}

function extremes(values) {
  const flat = values.map(number);
  return [Math.min(...flat), Math.max(...flat)];
}
