// <value-list>: the declared values, movable. Rows are made anew only when what is declared
// changes.

import { make, setText } from "./elements.js";
import { stepAt, tensorOf } from "./places.js";
import { nameAt } from "./state.js";
import { valueRow } from "./value-rows.js";

const DECLARED = ["input", "target", "param", "const"];

export class ValueList extends HTMLElement {
  rows = new Map();

  connectedCallback() {
    this.page = this.closest("back-step");
    this.list = this.querySelector("ul");
    this.resetButton = this.closest(".values").querySelector("[data-part='reset']");
    this.resetButton.addEventListener("click", () => this.page.resetValues());
    this.page.addEventListener("walk", ({ detail }) => detail.problem || this.receiveWalk(detail));
    this.page.addEventListener("step", () => this.showPartials());
    this.page.addEventListener("fault", ({ detail }) => this.showFaults(detail.errors ?? []));
    this.page.addEventListener("valid", () => this.showFaults([]));
  }

  receiveWalk(walk) {
    const declared = walk.steps.filter(
      (step) => step.phase === "forward" && DECLARED.includes(step.kind),
    );
    declared.sort((a, b) => a.line - b.line);
    const made = JSON.stringify([
      this.page.state.source,
      declared.map((step) => [step.name, step.shape]),
    ]);
    if (made !== this.made) this.makeRows(declared);
    this.made = made;
    for (const step of declared)
      this.rows.get(step.name).update(step.value, step.summary, step.heat);
    this.markReplaced();
  }

  makeRows(declared) {
    this.rows = new Map(
      declared.map((step) => {
        const put = (value) => this.setValue(step.name, value);
        return [step.name, valueRow(step, put, this.page, () => [...this.rows.values()])];
      }),
    );
    for (const [name, { element }] of this.rows) element.dataset.name = name;
    this.querySelector(".nothing-here")?.remove();
    this.list.replaceChildren(...[...this.rows.values()].map(({ element }) => element));
  }

  setValue(name, value) {
    this.page.setValue(name, value);
    this.markReplaced();
  }

  markReplaced() {
    const { values } = this.page.state;
    this.resetButton.hidden = !Object.keys(values).length;
    for (const [name, { element }] of this.rows)
      element.classList.toggle("is-replaced", name in values || tensorOf(name) in values);
  }

  showPartials() {
    const { walk, at } = this.page;
    const asked = this.page.hiding ? stepAt(walk, at) : null;
    const shown = new Map(
      walk.steps
        .slice(0, at)
        .filter((step) => step.phase === "backward")
        .map((step) => [step.name, step]),
    );
    const learned = new Set(
      walk.steps.filter((step) => step.phase === "backward").map((step) => step.name),
    );
    for (const [name, { partial }] of this.rows) {
      if (!partial) continue;
      const step = shown.get(name);
      setText(partial, learned.has(name) ? partialText(step, step === asked) : "");
      partial.title = `partial of ${walk.loss} with respect to ${name}`;
      partial.disabled = !step;
      partial.onclick = () => this.page.leapTo(step.step);
    }
  }

  showFaults(errors) {
    this.querySelectorAll(".given-fault").forEach((old) => old.remove());
    for (const { pointer, message } of errors) {
      if (pointer)
        this.rows
          .get(nameAt(pointer))
          ?.element.append(make("p", { class: "given-fault", role: "alert", text: message }));
    }
  }
}

function partialText(step, asked) {
  if (!step) return "–";
  if (asked) return "?";
  return step.rounding === true ? "0 but for rounding" : (step.shown[0] ?? "–");
}
