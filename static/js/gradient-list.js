// <gradient-list>: a row a parameter: its exact partial, the number, and what can be copied.

import { make, part, trouble } from "./elements.js";
import { gradientRow } from "./gradient-rows.js";

export class GradientList extends HTMLElement {
  rows = new Map();

  connectedCallback() {
    this.page = this.closest("back-step");
    this.holder = part(this, "rows");
    this.page.addEventListener("formulas", () => this.make());
    this.page.addEventListener("numbers", ({ detail }) => detail.problem || this.numbers(detail));
    this.page.addEventListener("walk", () => this.rows.size || this.make());
    this.page.addEventListener("check", ({ detail }) => this.checked(detail));
    this.page.addEventListener("fault", () => this.classList.add("is-stale"));
    this.page.addEventListener("right", () => this.classList.remove("is-stale"));
  }

  make() {
    const { numbers, formulas, walk } = this.page.answers;
    const failed = formulas?.problem;
    part(this, "trouble").replaceChildren(...(failed ? [trouble(failed)] : []));
    if (!numbers?.gradients || !formulas) return;
    const symbols = new Map((walk?.steps ?? []).map((step) => [step.name, step.symbol]));
    this.rows = new Map(
      inOrder(numbers.gradients, walk).map((name) => [name, gradientRow(name, symbols.get(name), numbers.loss.name, formulas.gradients?.[name])]),
    );
    const rows = [...this.rows.values()].map(({ element }) => element);
    this.holder.replaceChildren(...(rows.length ? rows : [make("p", { class: "card-note", text: "The definition has no param, so there is nothing to derive by." })]));
    this.numbers(numbers);
  }

  numbers(answer) {
    for (const [name, row] of this.rows) {
      if (name in answer.gradients) row.update(answer.gradients[name]);
      row.agree(null);
    }
    part(this, "warnings").replaceChildren(...answer.warnings.map((warning) => this.warning(warning)));
  }

  warning({ message, line }) {
    return make("li", { text: `${message}${line ? ` (line ${line})` : ""}.` });
  }

  checked(answer) {
    for (const [name, row] of this.rows) row.agree(answer.problem ? null : answer.agree, answer.gradients?.[name]);
  }
}

// As the text declares them, and a layer's own as the walk comes to them.
function inOrder(gradients, walk) {
  const places = new Map((walk?.steps ?? []).filter((step) => step.phase === "forward").map((step) => [step.name, [step.line, step.step]]));
  const place = (name) => places.get(name) ?? [Infinity, Infinity];
  return Object.keys(gradients).sort((a, b) => place(a)[0] - place(b)[0] || place(a)[1] - place(b)[1] || 0);
}
