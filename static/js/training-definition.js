// <training-definition>: what is typed is trained after a pause; what is wrong is shown where it
// stands. Until the editor is there, and where it can't come, the plain field does the same.

import { changeBetween, Edits, wayOf } from "./edits.js";
import { make, part } from "./elements.js";

const PAUSE = 600;

export class TrainingDefinition extends HTMLElement {
  #timer;

  connectedCallback() {
    this.page = this.closest("training-page");
    this.area = this.querySelector("textarea");
    this.edits = new Edits({ source: this.area.value, values: {} });
    this.heading = this.page.querySelector("[data-part='title']");
    this.area.addEventListener("input", () => this.textChanged(this.area.value));
    this.page.addEventListener("problem", () =>
      this.showFaults(this.page.run.problem.errors ?? []),
    );
    this.page.addEventListener("valid", () => this.showFaults([]));
    this.addEventListener("keydown", (event) => {
      const way = wayOf(event);
      if (way === null) return;
      event.preventDefault();
      this.take(way);
    });
    this.loadEditor();
  }

  async loadEditor() {
    const [{ codeEditor }, marks] = await Promise.all([
      import("./code-editor.js"),
      import("./code-marks.js"),
    ]);
    this.marks = marks;
    this.view = codeEditor(this.area, {
      onChange: (text, what) => this.textChanged(text, what),
      onUndo: (way) => this.take(way),
      onSubmit: () => this.submit(),
    });
    this.showFaults(this.faults ?? []);
  }

  textChanged(text, what = "text") {
    this.area.value = text;
    this.edits.record({ source: text, values: {} }, what, performance.now());
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.submit(), PAUSE);
  }

  // Only what differs is put in, so that the cursor stands where it was changed.
  take(way) {
    const text = this.edits[way]()?.source;
    if (text === undefined) return;
    if (this.view) {
      const changes = changeBetween(this.view.state.doc.toString(), text);
      const anchor = changes.from + changes.insert.length;
      this.view.dispatch({ changes, selection: { anchor }, scrollIntoView: true });
    } else this.textChanged(text);
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
