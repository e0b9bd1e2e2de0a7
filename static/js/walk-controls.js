// <walk-controls>: the buttons, the bar of two colours and its thumb, and playing.

import { part, setText } from "./elements.js";

const BEAT = 1100;

export class WalkControls extends HTMLElement {
  #timer = null;

  connectedCallback() {
    this.page = this.closest("back-step");
    this.range = this.querySelector("input");
    this.play = this.querySelector("[data-go='play']");
    this.forward = this.querySelector(".track-forward");
    this.backward = this.querySelector(".track-backward");
    this.addEventListener("click", (event) => this.clicked(event));
    this.range.addEventListener("input", () => this.goTo(Number(this.range.value)));
    this.page.addEventListener("step", () => this.showStep());
    this.page.addEventListener("fault", () => this.pause());
  }

  disconnectedCallback() {
    this.pause();
  }

  clicked(event) {
    const button = event.target.closest("[data-go]");
    if (!button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const { at } = this.page;
    const aims = { first: 0, back: at - 1, next: at + 1, last: Infinity };
    if (button === this.play) this.toggle();
    else this.goTo(aims[button.dataset.go]);
  }

  goTo(step) {
    this.pause();
    this.page.goTo(step);
  }

  toggle() {
    if (this.#timer) return this.pause();
    if (!this.page.walk) return;
    this.play.setAttribute("aria-pressed", "true");
    this.play.setAttribute("aria-label", "Pause");
    this.page.goTo(this.page.at === this.page.walk.total ? 0 : this.page.at + 1);
    this.#timer = setInterval(() => this.tick(), BEAT);
  }

  tick() {
    this.page.goTo(this.page.at + 1);
    if (this.page.at === this.page.walk.total) this.pause();
  }

  pause() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.play.setAttribute("aria-pressed", "false");
    this.play.setAttribute("aria-label", "Play");
  }

  showStep() {
    const { walk, at } = this.page;
    if (!walk) return;
    this.play.disabled = this.range.disabled = false;
    const share = (count) => `${(100 * count) / walk.total}%`;
    this.range.max = walk.total;
    this.range.value = at;
    this.range.classList.toggle("is-forward", at <= walk.forward);
    this.range.setAttribute("aria-valuetext", `step ${at} of ${walk.total}`);
    this.forward.setAttribute("width", share(Math.min(at, walk.forward)));
    this.backward.setAttribute("x", share(walk.forward));
    this.backward.setAttribute("width", share(Math.max(at - walk.forward, 0)));
    setText(part(this, "place"), `step ${at} of ${walk.total}`);
    this.#setDisabled("first", at === 0);
    this.#setDisabled("back", at === 0);
    this.#setDisabled("next", at === walk.total);
    this.#setDisabled("last", at === walk.total);
  }

  #setDisabled(name, off) {
    this.querySelector(`[data-go="${name}"]`).setAttribute("aria-disabled", String(off));
  }
}
