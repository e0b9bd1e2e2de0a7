// <training-options>: how it is trained, from the form's fields. What is left empty is the server's
// to choose.

import { make } from "./elements.js";

const PAUSE = 400;
const NUMBERS = ["steps", "rate", "batch", "clip", "weight_decay", "average", "holdout", "seed"];
const DEFAULTS = { optimiser: "sgd", schedule: "constant", shuffle: "1" };

export class TrainingOptions extends HTMLElement {
  #timer;

  connectedCallback() {
    this.page = this.closest("training-page");
    this.form = this.closest("form");
    this.note = this.querySelector("[data-part='optimiser-note']");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.page.restart();
      this.page.controls.play();
    });
    this.addEventListener("input", ({ target }) => {
      if (target.matches("select")) this.optionChosen(target);
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.page.restart(), PAUSE);
    });
    this.page.addEventListener("problem", () =>
      this.showFaults(this.page.run.problem.errors ?? []),
    );
    this.page.addEventListener("valid", () => this.showFaults([]));
  }

  // Another optimiser or schedule has other numbers, and a rate of its own to start from.
  optionChosen(select) {
    const [option] = select.selectedOptions;
    const all = [...select.options].map(({ value }) => value);
    for (const more of this.querySelectorAll("fieldset")) {
      if (!all.includes(more.dataset.of)) continue;
      more.hidden = more.disabled = more.dataset.of !== option.value;
    }
    if (!option.dataset.rate) return;
    const rate = this.querySelector("[name='rate']");
    rate.value = "";
    rate.placeholder = option.dataset.rate;
    this.querySelector("[name='weight_decay']").placeholder = option.dataset.decay;
  }

  get fields() {
    return [...this.querySelectorAll("[name]")].filter(
      (field) => !field.matches(":disabled") && field.value.trim() !== "",
    );
  }

  // What the address says: only what is not assumed.
  get query() {
    return Object.fromEntries(
      this.fields
        .map(({ name, value }) => [name, value.trim()])
        .filter(([name, value]) => DEFAULTS[name] !== value),
    );
  }

  get request() {
    const found = { settings: {} };
    for (const { name, value } of this.fields) {
      const text = value.trim().replace("−", "-");
      // What is no number goes as it is, to be refused by its name.
      const number = Number.isNaN(Number(text)) ? text : Number(text);
      if (name === "shuffle") found.shuffle = text !== "0";
      else if (name in DEFAULTS) found[name] = text;
      else if (NUMBERS.includes(name)) found[name] = number;
      else found.settings[name] = number;
    }
    return found;
  }

  // At each field what is wrong with it; the label names it, so that the message need not.
  showFaults(errors) {
    const named = new Map(
      errors.filter(({ pointer }) => pointer).map((each) => [each.pointer.split("/").at(-1), each]),
    );
    this.querySelectorAll(".option-fault").forEach((old) => old.remove());
    for (const field of this.querySelectorAll("[name]")) {
      const fault = field.matches(":disabled") ? undefined : named.get(field.name);
      field.toggleAttribute("aria-invalid", false);
      field.removeAttribute("aria-describedby");
      if (!fault) continue;
      const said = `${fault.message.replace(/^'[\w.]+' /, "")}${fault.hint ? ` (${fault.hint})` : ""}`;
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", `fault-${field.name}`);
      field.after(
        make("span", {
          class: "option-fault",
          id: `fault-${field.name}`,
          role: "status",
          text: said,
        }),
      );
    }
  }
}
