// <training-definition>: what is typed is trained after a pause; what is wrong is shown where it
// stands. Until the editor is there, and where it can't come, the plain field does the same.

import { make, part } from "./elements.js";

const PAUSE = 600;

export class TrainingDefinition extends HTMLElement {
  #timer;

  connectedCallback() {
    this.page = this.closest("training-page");
    this.area = this.querySelector("textarea");
    this.heading = this.page.querySelector("[data-part='title']");
    this.area.addEventListener("input", () => this.textChanged(this.area.value));
    this.page.addEventListener("problem", () =>
      this.showFaults(this.page.run.problem.errors ?? []),
    );
    this.page.addEventListener("valid", () => this.showFaults([]));
    this.loadEditor();
  }

  async loadEditor() {
    const [{ codeEditor }, marks] = await Promise.all([
      import("./code-editor.js"),
      import("./code-marks.js"),
    ]);
    this.marks = marks;
    this.view = codeEditor(this.area, {
      onChange: (text) => this.textChanged(text),
      onSubmit: () => this.submit(),
      onPoint: () => {},
    });
    this.showFaults(this.faults ?? []);
  }

  textChanged(text) {
    this.area.value = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.submit(), PAUSE);
  }

  submit() {
    clearTimeout(this.#timer);
    if (this.area.value !== this.page.source) this.heading?.remove();
    this.page.setSource(this.area.value);
  }

  showFaults(errors) {
    this.faults = errors.filter(({ line }) => line);
    const below = part(this, "faults");
    if (this.view) this.view.dispatch({ effects: this.marks.setFaults.of(this.faults) });
    const said = this.faults.map(
      ({ line, message, hint }) => `line ${line}: ${message}${hint ? `; ${hint}` : ""}`,
    );
    const shown = this.view
      ? [make("p", { class: "unseen", role: "status", text: said.join(". ") })]
      : said.map((text) => make("p", { class: "fault-note", text }));
    below.replaceChildren(...(said.length ? shown : []));
    below.hidden = !said.length;
  }
}
