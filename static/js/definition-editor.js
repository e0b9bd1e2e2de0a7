// <definition-editor>: what is typed goes to the page after a pause; what is wrong is shown where it
// stands. Until the editor is there, and where it can't come, the plain field does the same.

import { make, part, say, trouble } from "./elements.js";
import { stepAt, tensorOf } from "./places.js";
import { point } from "./pointing.js";

const PAUSE = 300;

export class DefinitionEditor extends HTMLElement {
  #timer;
  lines = { step: null, phase: "forward", pointed: null, name: null };
  faults = [];

  connectedCallback() {
    this.page = this.closest("back-step");
    this.area = this.querySelector("textarea");
    this.note = this.closest(".definition").querySelector(".card-note");
    this.area.addEventListener("input", () => this.typed(this.area.value));
    this.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.now();
    });
    this.page.addEventListener("step", () => this.atStep());
    this.page.addEventListener("point", ({ detail }) => this.mark({ pointed: detail?.line ?? null, name: detail?.name ?? null }));
    this.page.addEventListener("fault", ({ detail }) => this.wrong(detail));
    this.page.addEventListener("right", () => (this.faults.length || this.problem) && this.wrong({ errors: [] }));
    this.page.addEventListener("address", ({ detail }) => this.kept(detail.fits));
    this.enrich();
  }

  async enrich() {
    const [{ codeEditor }, marks] = await Promise.all([import("./code-editor.js"), import("./code-marks.js")]);
    this.marks = marks;
    this.view = codeEditor(this.area, {
      typed: (text) => this.typed(text),
      now: () => this.now(),
      pointed: (line, word) => this.point(line, word),
    });
    this.mark();
    this.show();
  }

  // A name in the text, wherever it stands, is the name where it was given last above.
  point(line, word) {
    if (line === null) return point(this.page, null);
    const given = (this.page.walk?.steps ?? []).filter(({ phase, name, line: at }) => phase === "forward" && name !== null && tensorOf(name) === word && at <= line);
    return point(this.page, given.length ? { name: word, line: given.at(-1).line, from: "text" } : { name: null, line, from: "text" });
  }

  typed(text) {
    this.area.value = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.now(), PAUSE);
  }

  now() {
    clearTimeout(this.#timer);
    this.page.write(this.area.value);
  }

  atStep() {
    const { walk, at } = this.page;
    const step = walk && stepAt(walk, at);
    this.mark({ step: step?.line ?? null, phase: step?.phase ?? "forward" });
  }

  // Where nothing differs the editor is let alone: a moved value marks no other line.
  mark(changed = null) {
    if (changed && Object.entries(changed).every(([name, each]) => this.lines[name] === each)) return;
    Object.assign(this.lines, changed);
    this.view?.dispatch({ effects: this.marks.setLines.of(this.lines) });
  }

  wrong(problem) {
    this.faults = problem.errors ?? [];
    const elsewhere = this.faults.some((fault) => fault.line || (fault.pointer && this.page.walk));
    this.problem = problem.title && !elsewhere ? problem : null;
    this.show();
  }

  // To what is wrong first, or to the text.
  goTo() {
    const [first] = this.faults.filter((fault) => fault.line);
    if (!this.view) return this.area.focus();
    const line = this.view.state.doc.line(Math.min(first?.line ?? 1, this.view.state.doc.lines));
    this.view.dispatch({ selection: { anchor: Math.min(line.from + (first?.end_column ?? 1) - 1, line.to) }, scrollIntoView: true });
    this.view.focus();
    return undefined;
  }

  show() {
    const placed = this.faults.filter((fault) => fault.line);
    const spoken = placed.map(({ line, message, hint }) => `line ${line}: ${message}${hint ? `; ${hint}` : ""}`);
    say(part(this, "spoken"), spoken.join(". "));
    const below = part(this, "faults");
    if (this.view) this.view.dispatch({ effects: this.marks.setFaults.of(placed) });
    const plain = this.view ? [] : spoken.map((text) => make("p", { class: "fault-note", text }));
    below.replaceChildren(...plain, ...(this.problem ? [trouble(this.problem)] : []));
    below.hidden = !below.children.length;
  }

  kept(fits) {
    say(this.note, fits ? "in the address" : "too long for an address: a link would lose it");
  }
}
