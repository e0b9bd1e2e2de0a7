// <training-definition>: what is typed is trained after a pause; what is wrong is shown where it stands.
// Until the editor is there, and where it can't come, the plain field does the same.

import { make, part } from "./elements.js";

const PAUSE = 600;

export class TrainingDefinition extends HTMLElement {
  #timer;

  connectedCallback() {
    this.page = this.closest("training-page");
    this.area = this.querySelector("textarea");
    this.heading = this.page.querySelector("[data-part='title']");
    this.area.addEventListener("input", () => this.typed(this.area.value));
    this.page.addEventListener("problem", () => this.wrong(this.page.run.problem.errors ?? []));
    this.page.addEventListener("right", () => this.wrong([]));
    this.enrich();
  }

  async enrich() {
    const [{ codeEditor }, marks] = await Promise.all([import("./code-editor.js"), import("./code-marks.js")]);
    this.marks = marks;
    this.view = codeEditor(this.area, { typed: (text) => this.typed(text), now: () => this.now(), pointed: () => {} });
    this.wrong(this.faults ?? []);
  }

  typed(text) {
    this.area.value = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.now(), PAUSE);
  }

  now() {
    clearTimeout(this.#timer);
    if (this.area.value !== this.page.source) this.heading?.remove();
    this.page.write(this.area.value);
  }

  wrong(errors) {
    this.faults = errors.filter(({ line }) => line);
    const below = part(this, "faults");
    if (this.view) this.view.dispatch({ effects: this.marks.setFaults.of(this.faults) });
    const said = this.faults.map(({ line, message, hint }) => `line ${line}: ${message}${hint ? `; ${hint}` : ""}`);
    const shown = this.view ? [make("p", { class: "unseen", role: "status", text: said.join(". ") })] : said.map((text) => make("p", { class: "fault-note", text }));
    below.replaceChildren(...(said.length ? shown : []));
    below.hidden = !said.length;
  }
}
