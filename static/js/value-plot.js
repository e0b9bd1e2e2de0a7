// What the pictures of the loss over declared values share: they follow the values in force, ask for
// the loss at many points where another value, range or text makes theirs old, and have a point that
// is dragged. What is drawn is theirs.

import { post } from "./api.js";
import { make, problemText } from "./elements.js";
import { number } from "./format.js";
import { draw, sized } from "./plot-frame.js";

// Other values come in quick succession while a slider moves.
const REST = 150;

export class ValuePlot extends HTMLElement {
  #asked;
  #soon;
  #stop = null;
  #ending = null;

  // Of each row whose value it is drawn over: its step, `range`, `value`, and `move` to put one in.
  over(page, rows) {
    return Object.assign(this, { page, rows });
  }

  // The picture with its layers, from the one below, under a point that has the name.
  makePicture(label, ...layers) {
    this.point = draw("circle", {
      class: "slope-point",
      r: 7,
      tabindex: 0,
      role: "slider",
      hidden: "",
      "aria-label": label,
    });
    // Put in once: what is taken out loses the focus.
    this.picture = draw("svg", { class: "plot slope-picture" }, ...layers, this.point);
    this.words = make("p", { class: "card-note slope-words" });
    this.picture.addEventListener("pointerdown", (event) => this.#grab(event));
    this.point.addEventListener("keydown", (event) => this.key(event));
  }

  followPage() {
    this.size = sized(this, () => this.drawFrame());
    this.#ending = new AbortController();
    const { signal } = this.#ending;
    this.page.addEventListener("numbers", ({ detail }) => detail.problem || this.follow(), {
      signal,
    });
    this.follow();
  }

  disconnectedCallback() {
    this.#ending?.abort();
    this.#stop?.abort();
    clearTimeout(this.#soon);
  }

  get names() {
    return this.rows.map(({ step }) => step.name);
  }

  // What is drawn holds as long as nothing but its own values moves.
  follow() {
    const { source, values } = this.page.state;
    const held = Object.fromEntries(
      Object.entries(values).filter(([name]) => !this.names.includes(name)),
    );
    const asked = JSON.stringify([source, held, this.rows.map(({ range }) => range())]);
    if (asked !== this.#asked) {
      this.#asked = asked;
      this.classList.add("is-old");
      clearTimeout(this.#soon);
      this.#soon = setTimeout(() => this.#ask(source, held), this.losses ? REST : 0);
    }
    this.drawPoint();
  }

  async #ask(source, values) {
    this.#stop?.abort();
    const stop = new AbortController();
    this.#stop = stop;
    const { names } = this;
    const ranges = this.rows.map(({ range }) => range());
    const sampled = this.pointsOver(ranges);
    const points = Object.fromEntries(names.map((name, each) => [name, sampled.points[each]]));
    try {
      const body = { source, values, points, names: this.partialsOf };
      const answer = await (await post("/evaluate", body, stop.signal)).json();
      if (this.#stop !== stop) return;
      Object.assign(this, {
        sampled,
        ranges,
        losses: answer.loss.value.map((each) => number(each)),
      });
      this.partials = answer.partials;
      this.classList.remove("is-old");
      this.drawFrame();
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.words.replaceChildren(problemText(problem.details ?? { title: String(problem) }));
    }
  }

  // The loss and the partials of the values in force, NaN where they are not here.
  get known() {
    const { numbers } = this.page.answers;
    const here = numbers && !numbers.problem ? numbers : null;
    return {
      values: this.names.map((name) => number(here?.values[name] ?? NaN)),
      loss: number(here?.loss.value ?? NaN),
      partials: this.names.map((name) => number(here?.partials[name] ?? NaN)),
    };
  }

  // The nearest values that their sliders can have.
  put(values) {
    this.rows.forEach(({ range, move }, each) => {
      const { min, max, step } = range();
      const near = Number((Math.round(values[each] / step) * step).toPrecision(12));
      move(Math.min(max, Math.max(min, near)));
    });
    this.drawPoint();
  }

  #grab(down) {
    if (!this.axes || down.button) return;
    down.preventDefault();
    this.grabbed();
    this.point.focus({ preventScroll: true });
    const to = ({ clientX, clientY }) => {
      const box = this.picture.getBoundingClientRect();
      const scale = this.size.width / box.width;
      const places = [(clientX - box.left) * scale, (clientY - box.top) * scale];
      this.put(this.ranges.map((range, each) => valueAt(this.axes[each], range, places[each])));
    };
    to(down);
    this.picture.setPointerCapture(down.pointerId);
    this.picture.addEventListener("pointermove", to);
    const end = () => this.picture.removeEventListener("pointermove", to);
    this.picture.addEventListener("pointerup", end, { once: true });
    this.picture.addEventListener("pointercancel", end, { once: true });
  }

  grabbed() {}
}

export function isWithin(value, { min, max }) {
  return value >= min && value <= max;
}

function valueAt(axis, { min, max }, place) {
  return min + ((place - axis.start) / (axis.end - axis.start)) * (max - min);
}
