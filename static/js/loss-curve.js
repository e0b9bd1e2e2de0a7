// <loss-curve>: the loss after every update so far, on a linear or a logarithmic scale, and that of the
// examples held out.

import { Axis, LINEAR, LOG, linePath } from "./axis.js";
import { part, setText } from "./elements.js";
import { number, short } from "./format.js";
import { draw, grid, sized } from "./plot-frame.js";

const ROOM = { left: 62, right: 16, top: 14, bottom: 26 };
// Losses so many times apart are first shown by their powers of ten.
const FAR = 100;

export class LossCurve extends HTMLElement {
  #chosen = null;

  connectedCallback() {
    this.page = this.closest("training-page");
    this.card = this.closest(".card");
    this.picture = draw("svg", { class: "plot", role: "img", "aria-label": "Loss" });
    this.line = draw("path", { class: "loss-line" });
    this.mean = draw("path", { class: "loss-mean" });
    this.held = draw("path", { class: "loss-held" });
    this.dot = draw("circle", { class: "loss-dot", r: 5 });
    this.append(this.picture);
    this.size = sized(this, () => this.drawFrame());
    this.scales = [...part(this.card, "scale").querySelectorAll("button")];
    for (const button of this.scales) {
      button.addEventListener("click", () => {
        this.#chosen = button.dataset.scale;
        this.drawFrame();
      });
    }
    this.page.addEventListener("start", () => this.start());
    this.page.addEventListener("grown", () => this.drawSoon());
    this.page.addEventListener("summary", () => this.drawFrame());
    this.page.addEventListener("moment", () => this.drawMoment());
  }

  start() {
    this.picture.replaceChildren();
    this.axes = null;
  }

  drawSoon() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = undefined;
      this.drawFrame();
    });
  }

  get losses() {
    return this.known("loss");
  }

  // Of every step its number and one of its losses, where that is finite.
  known(name) {
    return (this.page.run?.steps ?? [])
      .filter((step) => step[name] != null)
      .map((step) => [step.step, number(step[name])])
      .filter(([, loss]) => Number.isFinite(loss));
  }

  // The frame is that of all losses known, so that it stands still while they are gone through.
  drawFrame() {
    const values = [...this.losses, ...this.known("held_out_loss")].map(([, loss]) => loss);
    if (!this.losses.length) return;
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const logs = low > 0 && (this.#chosen ?? (high > FAR * low ? "log" : "linear")) === "log";
    for (const button of this.scales)
      button.setAttribute("aria-pressed", String((button.dataset.scale === "log") === logs));
    const margin = (high - low || Math.abs(high) || 1) * 0.06;
    const range = logs ? [low / 1.3, high * 1.3] : [Math.min(low - margin, 0), high + margin];
    const { start } = this.page.run;
    const { width, height } = this.size;
    this.picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const across = new Axis(
      [0, Math.max(this.losses.at(-1)[0], start.steps && !this.page.run.summary ? start.steps : 1)],
      [ROOM.left, width - ROOM.right],
    );
    this.axes = {
      across,
      up: new Axis(range, [height - ROOM.bottom, ROOM.top], logs ? LOG : LINEAR),
    };
    this.picture.replaceChildren(
      grid(across, this.axes.up),
      this.line,
      this.mean,
      this.held,
      this.dot,
      ...this.keys.map((text, line) =>
        draw("text", {
          class: "plot-key",
          x: width - ROOM.right - 6,
          y: ROOM.top + 14 + 16 * line,
          text,
        }),
      ),
    );
    this.drawMoment();
  }

  drawMoment() {
    const { moment, run } = this.page;
    if (!moment || !this.axes) return;
    const { across, up } = this.axes;
    const known = this.losses.filter(([step]) => step <= moment.step);
    const places = known.map(([step, loss]) => [across.at(step), up.at(loss)]);
    this.line.setAttribute("d", linePath(places));
    const means = this.batched ? epochs(run.steps.filter(({ step }) => step <= moment.step)) : [];
    this.mean.setAttribute(
      "d",
      linePath(means.map(([step, loss]) => [across.at(step), up.at(loss)])),
    );
    this.line.classList.toggle("is-faint", means.length > 1);
    const held = this.known("held_out_loss").filter(([step]) => step <= moment.step);
    this.held.setAttribute(
      "d",
      linePath(held.map(([step, loss]) => [across.at(step), up.at(loss)])),
    );
    const [x, y] = places.at(-1) ?? [-9, -9];
    this.dot.setAttribute("cx", x);
    this.dot.setAttribute("cy", y);
    const least = known.reduce((best, each) => (each[1] < best[1] ? each : best), known[0]);
    const said = known.length
      ? `The loss ${run.start.loss}: ${short(known[0][1])} before any update, ${short(moment.loss)} after ${moment.step}; the least so far is ${short(least[1])}, after ${least[0]}.${this.heldWords(moment)}`
      : "";
    this.picture.setAttribute("aria-label", said);
    setText(part(this.card, "loss-note"), this.noteText());
  }

  // What the lines are, where there is more than one.
  get keys() {
    return [
      ...(this.batched ? ["dark: the mean of each epoch"] : []),
      ...(this.known("held_out_loss").length ? ["dashed: the examples held out"] : []),
    ];
  }

  heldWords({ held_out_loss: loss }) {
    return loss == null ? "" : ` Over the examples held out it is ${short(loss)}.`;
  }

  get batched() {
    const { count, batch } = this.page.run.start.examples;
    return count > batch;
  }

  noteText() {
    const { moment } = this.page;
    const held = moment.held_out_loss;
    return `${this.readText()}${held == null ? "" : `; held out ${short(held)}`}`;
  }

  // The loss over what updates read.
  readText() {
    const { at, moment, run } = this.page;
    const { loss } = run.start;
    if (run.summary && at === run.steps.length - 1) {
      const { last } = run.summary.loss;
      const averaged = run.summary.averaged ? `; averaged ${short(run.summary.averaged.loss)}` : "";
      const all = run.start.examples.held_out?.length === 0 ? "all examples" : "all examples read";
      if (this.batched || averaged) return `${loss} = ${short(last)} over ${all}${averaged}`;
    }
    return `${loss} = ${short(moment.loss)}${this.batched ? " on this mini-batch" : ""}`;
  }
}

// The mean of every epoch that is over, at its middle.
function epochs(steps) {
  const found = [...Map.groupBy(steps, ({ epoch }) => epoch).values()].slice(0, -1);
  return found.map((each) => [
    mean(each.map(({ step }) => step)),
    mean(each.map(({ loss }) => number(loss))),
  ]);
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
