// <walk-panel>: the step at hand, in formulas, in numbers and in words.

import { part, say, trouble } from "./elements.js";
import { stepAt } from "./places.js";
import { lines } from "./step-lines.js";

export class WalkPanel extends HTMLElement {
  connectedCallback() {
    this.page = this.closest("back-step");
    this.body = part(this, "body");
    this.page.addEventListener("walk", ({ detail }) => this.arrived(detail));
    this.page.addEventListener("step", () => this.show());
    this.page.addEventListener("fault", () => this.classList.add("is-stale"));
    this.page.addEventListener("right", () => this.classList.remove("is-stale"));
    this.page.addEventListener("view", () => this.shrink());
  }

  arrived(answer) {
    if (answer.problem) this.body.replaceChildren(trouble(answer.problem));
  }

  show() {
    const { walk, at } = this.page;
    if (!walk) return;
    const step = stepAt(walk, at);
    this.body.replaceChildren(...lines(walk, step));
    this.grow();
    say(part(this, "spoken"), step?.words ?? "nothing is computed yet");
  }

  // Once it has been taller it stays so: what stands below must not move from step to step.
  grow() {
    const tall = this.body.offsetHeight;
    if (tall > (this.tall ?? 0)) this.body.style.minHeight = `${(this.tall = tall)}px`;
  }

  shrink() {
    this.tall = 0;
    this.body.style.minHeight = "";
  }
}
