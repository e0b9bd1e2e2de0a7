// The loss over two declared values, the others held: lines of equal loss, the point in force, and
// the gradient's arrow.

import { post } from "./api.js";
import { Axis } from "./axis.js";
import { arrowOf, contourLevels, contourPieces, gridOf } from "./contour-lines.js";
import { make, problemText, setText } from "./elements.js";
import { number, short } from "./format.js";
import { draw, grid, sized } from "./plot-frame.js";

const ROOM = { left: 46, right: 14, top: 22, bottom: 40 };
const REST = 150;

export class ContourPlot extends HTMLElement {
  #stop = null;

  // Each of the two is a row's: its step, `range`, `value` and `move`.
  prepare(page, first, second) {
    return Object.assign(this, { page, both: [first, second] });
  }

  connectedCallback() {
    this.picture = draw("svg", { class: "plot slope-picture" });
    this.frame = draw("g");
    this.lines = draw("g", { class: "contour-lines" });
    this.arrow = draw("g", { class: "contour-arrow" });
    this.point = draw("circle", {
      class: "slope-point",
      r: 7,
      tabindex: 0,
      role: "slider",
      hidden: "",
    });
    this.picture.append(this.frame, this.lines, this.arrow, this.point);
    this.words = make("p", { class: "card-note slope-words" });
    this.replaceChildren(this.picture, this.words);
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
    this.ending.abort();
    this.#stop?.abort();
    clearTimeout(this.soon);
  }

  get names() {
    return this.both.map(({ step }) => step.name);
  }

  follow() {
    const { source, values } = this.page.state;
    const held = Object.fromEntries(
      Object.entries(values).filter(([name]) => !this.names.includes(name)),
    );
    const asked = JSON.stringify([source, held, this.both.map(({ range }) => range())]);
    if (asked !== this.asked) {
      this.asked = asked;
      this.classList.add("is-old");
      clearTimeout(this.soon);
      this.soon = setTimeout(() => this.ask(source, held), this.losses ? REST : 0);
    }
    this.drawPoint();
  }

  async ask(source, values) {
    this.#stop?.abort();
    const stop = new AbortController();
    this.#stop = stop;
    const ranges = this.both.map(({ range }) => range());
    const over = gridOf(...ranges);
    const points = Object.fromEntries(this.names.map((name, each) => [name, over.points[each]]));
    try {
      const body = { source, values, points, names: [] };
      const answer = await (await post("/evaluate", body, stop.signal)).json();
      if (this.#stop !== stop) return;
      this.over = over;
      this.ranges = ranges;
      this.losses = answer.loss.value.map((each) => number(each));
      this.classList.remove("is-old");
      this.drawFrame();
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.words.replaceChildren(problemText(problem.details ?? { title: String(problem) }));
    }
  }

  drawFrame() {
    if (!this.losses) return;
    const { width } = this.size;
    const height = Math.min(width, 360);
    this.picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const [first, second] = this.ranges;
    this.across = new Axis([first.min, first.max], [ROOM.left, width - ROOM.right]);
    this.up = new Axis([second.min, second.max], [height - ROOM.bottom, ROOM.top]);
    const [name, other] = this.names;
    this.frame.replaceChildren(
      grid(this.across, this.up),
      draw("text", { class: "plot-key", x: width - ROOM.right, y: height - 6, text: name }),
      draw("text", { class: "plot-key plot-name-up", x: 4, y: 14, text: other }),
    );
    this.levels = contourLevels(this.losses);
    this.lines.replaceChildren(
      ...this.levels.map((level, each) =>
        draw("path", {
          "stroke-opacity": (0.35 + (0.65 * each) / this.levels.length).toFixed(2),
          d: this.lineAt(level),
        }),
      ),
    );
    this.drawPoint();
  }

  lineAt(level) {
    const { columns, rows } = this.over;
    return contourPieces(columns, rows, this.losses, level)
      .map(
        ([x, y, toX, toY]) =>
          `M${this.across.at(x)} ${this.up.at(y)} L${this.across.at(toX)} ${this.up.at(toY)}`,
      )
      .join("");
  }

  drawPoint() {
    if (!this.losses) return;
    const [value, other] = this.both.map((each) => each.value());
    const [first, second] = this.ranges;
    const inside = within(value, first) && within(other, second);
    this.point.toggleAttribute("hidden", !inside);
    this.arrow.replaceChildren();
    const { numbers } = this.page.answers;
    const loss = numbers && !numbers.problem ? number(numbers.loss.value) : NaN;
    const gradient = this.names.map((each) => number(numbers?.partials?.[each] ?? NaN));
    const [x, y] = [this.across.at(value), this.up.at(other)];
    this.point.setAttribute("cx", x);
    this.point.setAttribute("cy", y);
    const reach = arrowOf(gradient, first, second);
    if (inside && reach) {
      const end = [this.across.at(value + reach[0]), this.up.at(other + reach[1])];
      this.arrow.append(draw("path", { d: arrowPath([x, y], end) }));
    }
    const [name, otherName] = this.names;
    const where = `${name} = ${short(value)}, ${otherName} = ${short(other)}`;
    this.point.setAttribute("aria-label", `${name} and ${otherName}`);
    this.point.setAttribute("aria-valuenow", value);
    this.point.setAttribute(
      "aria-valuetext",
      `${this.page.walk?.loss ?? "the loss"} is ${short(loss)} at ${where}; the gradient is ${gradient.map((each) => short(each)).join(", ")}`,
    );
    setText(
      this.words,
      `Lines of equal ${this.page.walk?.loss ?? "loss"}, each half as far above the least as the one outside it. The arrow is the gradient, ${gradient.map((each) => short(each)).join(" and ")}: downhill is against it. Drag the point, or use the arrow keys on it.`,
    );
  }

  put(values) {
    this.both.forEach(({ range, move }, each) => {
      const { min, max, step } = range();
      const near = Number((Math.round(values[each] / step) * step).toPrecision(12));
      move(Math.min(max, Math.max(min, near)));
    });
    this.drawPoint();
  }

  grab(down) {
    if (!this.across || down.button) return;
    down.preventDefault();
    this.point.focus({ preventScroll: true });
    const to = ({ clientX, clientY }) => {
      const box = this.picture.getBoundingClientRect();
      const scale = this.size.width / box.width;
      this.put([
        along(this.across, this.ranges[0], (clientX - box.left) * scale),
        along(this.up, this.ranges[1], (clientY - box.top) * scale),
      ]);
    };
    to(down);
    this.picture.setPointerCapture(down.pointerId);
    this.picture.addEventListener("pointermove", to);
    const end = () => this.picture.removeEventListener("pointermove", to);
    this.picture.addEventListener("pointerup", end, { once: true });
    this.picture.addEventListener("pointercancel", end, { once: true });
  }

  key(event) {
    const way = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowDown: [0, -1],
      ArrowUp: [0, 1],
    }[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    const times = event.shiftKey ? 10 : 1;
    this.put(this.both.map(({ value, range }, each) => value() + way[each] * times * range().step));
  }
}

function within(value, { min, max }) {
  return value >= min && value <= max;
}

function along(axis, { min, max }, place) {
  return min + ((place - axis.start) / (axis.end - axis.start)) * (max - min);
}

// A line with a head, drawn as one path.
function arrowPath([x, y], [toX, toY]) {
  const length = Math.hypot(toX - x, toY - y);
  if (length < 12) return "";
  const [alongX, alongY] = [(toX - x) / length, (toY - y) / length];
  const [backX, backY] = [toX - 9 * alongX, toY - 9 * alongY];
  const [sideX, sideY] = [-4.5 * alongY, 4.5 * alongX];
  return `M${x} ${y} L${toX} ${toY} M${backX + sideX} ${backY + sideY} L${toX} ${toY} L${backX - sideX} ${backY - sideY}`;
}

customElements.define("contour-plot", ContourPlot);
