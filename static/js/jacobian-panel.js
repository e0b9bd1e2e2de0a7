// <jacobian-panel>: the local derivative between tensors of the step at hand, opened on demand: as
// a matrix formula, an element by cases, and in numbers.

import { Problem, post } from "./api.js";
import { askAgain } from "./ask-again.js";
import { make, problemText } from "./elements.js";
import { jacobianLines } from "./jacobian-lines.js";
import { jacobiansAt } from "./jacobians.js";
import { formula } from "./mathematics.js";
import { stepAt } from "./places.js";

export class JacobianPanel extends HTMLElement {
  #stop = null;
  asked = [];

  connectedCallback() {
    this.page = this.closest("back-step");
    this.word = make("summary", {});
    this.found = make("div", { class: "jacobian-found", "aria-live": "polite" });
    this.box = make("details", { ontoggle: () => this.ask() }, this.word, this.found);
    this.page.addEventListener("walk", () => this.show());
    this.page.addEventListener("step", () => this.show());
    this.page.addEventListener("answer", () => this.show());
    askAgain(this, this.page);
  }

  // The line keeps its room through a walk, so that nothing below it moves from step to step.
  show() {
    const { walk, at, hiding } = this.page;
    const all = walk?.steps ?? [];
    this.hidden = Boolean(hiding) || !all.some((step) => jacobiansAt(walk, step).length);
    if (this.hidden) return this.box.remove();
    if (!this.box.isConnected) this.append(this.box);
    const before = JSON.stringify(this.asked);
    this.asked = jacobiansAt(walk, stepAt(walk, at));
    this.box.classList.toggle("is-none", !this.asked.length);
    if (JSON.stringify(this.asked) === before) return;
    this.found.replaceChildren();
    this.word.replaceChildren(
      this.asked.length > 1 ? "The Jacobians " : "The Jacobian ",
      ...this.asked.flatMap(({ latex }, place) => [place ? ", " : "", formula(latex)]),
    );
    this.ask();
  }

  async ask() {
    if (!this.box.open || this.hidden) return;
    this.#stop?.abort();
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const { source, values } = this.page.state;
    const parts = await Promise.all(
      this.asked.map(async (each) => {
        try {
          const { of, wrt } = each;
          const answer = await post("/jacobian", { source, values, of, wrt }, signal);
          return jacobianLines(await answer.json(), each);
        } catch (error) {
          if (error instanceof Problem) return [problemText(error.details)];
          if (error.name !== "AbortError") throw error;
          return [];
        }
      }),
    );
    if (!signal.aborted) this.found.replaceChildren(...parts.flat());
  }
}
