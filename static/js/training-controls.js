// <training-controls>: run and pause, one step, the start, the end, and a bar to move along.

import { part, setText } from "./elements.js";

// A whole run takes about so many seconds to be looked at, whatever it took to be worked out.
const SECONDS = 6;
const FRAMES = 20;
const CALM = matchMedia("(prefers-reduced-motion: reduce)");

export class TrainingControls extends HTMLElement {
  #timer;

  connectedCallback() {
    this.page = this.closest("training-page");
    this.bar = this.querySelector("input");
    this.made = part(this, "made");
    this.button = this.querySelector("[data-go='play']");
    const goes = {
      first: () => this.goToStart(),
      back: () => this.stepBy(-1),
      play: () => this.toggle(),
      next: () => this.stepBy(1),
      last: () => this.goToEnd(),
    };
    this.addEventListener("click", ({ target }) =>
      goes[target.closest("[data-go]")?.dataset.go]?.(),
    );
    this.bar.addEventListener("input", () => {
      this.pause();
      this.page.goTo(Number(this.bar.value));
    });
    this.field = part(this, "seek");
    this.field.addEventListener("change", () => this.seek());
    for (const name of ["start", "grown", "moment", "summary"])
      this.page.addEventListener(name, () => this.show());
  }

  stepBy(steps) {
    this.pause();
    this.page.goTo(this.page.at + steps);
  }

  goToStart() {
    this.pause();
    this.page.goTo(0);
  }

  seek() {
    const number = Math.round(Number(this.field.value));
    this.field.value = "";
    if (!Number.isFinite(number)) return;
    this.pause();
    this.page.seek(number);
  }

  // The end of what is known by now; while more comes, that is followed.
  goToEnd() {
    this.page.goTo(Infinity);
    if (this.page.run?.summary || this.page.run?.problem) this.pause();
    else this.play();
  }

  toggle() {
    if (this.#timer) this.pause();
    else this.play();
  }

  play() {
    const { at, run, last } = this.page;
    if (run?.summary && at >= last) this.page.goTo(0);
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.tick(), 1000 / FRAMES);
    this.showRunning(true);
  }

  pause() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.showRunning(false);
  }

  tick() {
    const { page } = this;
    const step = CALM.matches ? Infinity : Math.max(1, Math.round(page.last / (SECONDS * FRAMES)));
    if (page.at < (page.run?.steps.length ?? 0) - 1) page.goTo(page.at + step);
    const over = page.run?.summary || page.run?.problem;
    if (over && page.at >= (page.run.steps.length ?? 1) - 1) this.pause();
  }

  showRunning(running) {
    this.button.setAttribute("aria-pressed", String(running));
    setText(part(this, "play-word"), running ? "Pause" : "Run");
  }

  show() {
    const { at, last, moment, run } = this.page;
    this.bar.max = Math.max(last, 1);
    this.bar.value = at;
    this.made.setAttribute("width", `${(100 * at) / Math.max(last, 1)}%`);
    const all = run?.summary ? run.summary.steps : run?.start?.steps;
    const words = moment
      ? `update ${moment.step.toLocaleString("en")} of ${all.toLocaleString("en")}`
      : "";
    this.bar.setAttribute("aria-valuetext", words);
    setText(part(this, "place"), words);
  }
}
