// <definition-editor>: what is typed goes to the page after a pause; what is wrong is shown where
// it stands. Until the editor is there, and where it can't come, the plain field does the same.

import { changeBetween } from "./edits.js";
import { make, part, problemText, setText } from "./elements.js";
import { formula } from "./mathematics.js";
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
    this.area.addEventListener("input", () => this.textChanged(this.area.value));
    this.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.page.addEventListener("step", () => this.markStep());
    this.page.addEventListener("point", ({ detail }) =>
      this.markLines({ pointed: detail?.line ?? null, name: detail?.name ?? null }),
    );
    this.page.addEventListener("restored", ({ detail }) => this.showText(detail));
    this.page.addEventListener("fault", ({ detail }) => this.showProblem(detail));
    this.page.addEventListener(
      "valid",
      () => (this.faults.length || this.problem) && this.showProblem({ errors: [] }),
    );
    this.page.addEventListener("numbers", ({ detail }) => this.showReadings(detail));
    this.page.addEventListener("address", ({ detail }) => this.showKept(detail.fits));
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
      onUndo: (way) => this.page.querySelector("undo-buttons").take(way),
      onSubmit: () => this.submit(),
      onPoint: (line, word) => this.pointAt(line, word),
      onPaste: (place) => this.offerReading(place),
      offer: this.querySelector("import-offer"),
    });
    this.markLines();
    this.showFaults();
  }

  // A pasted text in another notation is offered as a definition; any other change ends the offer.
  offerReading(place) {
    const offer = this.querySelector("import-offer");
    if (place === null) return offer.dismiss();
    return offer.offer(this.view.state.sliceDoc(place.from, place.to), (source) => {
      const whole = place.from === 0 && place.to === this.view.state.doc.length;
      const insert = whole ? source : source.trimEnd();
      this.view.dispatch({
        changes: { ...place, insert },
        selection: { anchor: place.from + insert.length },
        scrollIntoView: true,
      });
      this.view.focus();
    });
  }

  // A name in the text, wherever it stands, is the name where it was given last above.
  pointAt(line, word) {
    if (line === null) return point(this.page, null);
    const given = (this.page.walk?.steps ?? []).filter(
      ({ phase, name, line: at }) =>
        phase === "forward" && name !== null && tensorOf(name) === word && at <= line,
    );
    return point(
      this.page,
      given.length
        ? { name: word, line: given.at(-1).line, from: "text" }
        : { name: null, line, from: "text" },
    );
  }

  // A text from elsewhere: only what differs is put in, so that the cursor stands where it was changed.
  showText(text) {
    clearTimeout(this.#timer);
    this.area.value = text;
    const now = this.view?.state.doc.toString() ?? text;
    if (now === text) return;
    const changes = changeBetween(now, text);
    const anchor = changes.from + changes.insert.length;
    this.view.dispatch({ changes, selection: { anchor }, scrollIntoView: this.view.hasFocus });
  }

  textChanged(text, what = "text") {
    this.area.value = text;
    this.page.textEdited(text, what);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.submit(), PAUSE);
  }

  submit() {
    clearTimeout(this.#timer);
    this.page.setSource(this.area.value);
  }

  markStep() {
    const { walk, at } = this.page;
    const step = walk && stepAt(walk, at);
    this.markLines({ step: step?.line ?? null, phase: step?.phase ?? "forward" });
  }

  // Where nothing differs the editor is let alone: a moved value marks no other line.
  markLines(changed = null) {
    if (changed && Object.entries(changed).every(([name, each]) => this.lines[name] === each))
      return;
    Object.assign(this.lines, changed);
    this.view?.dispatch({ effects: this.marks.setLines.of(this.lines) });
  }

  showProblem(problem) {
    this.faults = problem.errors ?? [];
    const elsewhere = this.faults.some((fault) => fault.line || (fault.pointer && this.page.walk));
    this.problem = problem.title && !elsewhere ? problem : null;
    this.showFaults();
  }

  // To what is wrong first, or to the text.
  goToFault() {
    this.page.querySelector("pane-divider")?.fold(false);
    const [first] = this.faults.filter((fault) => fault.line);
    if (!this.view) return this.area.focus();
    const line = this.view.state.doc.line(Math.min(first?.line ?? 1, this.view.state.doc.lines));
    this.view.dispatch({
      selection: { anchor: Math.min(line.from + (first?.end_column ?? 1) - 1, line.to) },
      scrollIntoView: true,
    });
    this.view.focus();
    return undefined;
  }

  showFaults() {
    const placed = this.faults.filter((fault) => fault.line);
    const spoken = placed.map(
      ({ line, message, hint }) => `line ${line}: ${message}${hint ? `; ${hint}` : ""}`,
    );
    setText(part(this, "spoken"), spoken.join(". "));
    const below = part(this, "faults");
    if (this.view) this.view.dispatch({ effects: this.marks.setFaults.of(placed) });
    const plain = this.view ? [] : spoken.map((text) => make("p", { class: "fault-note", text }));
    below.replaceChildren(...plain, ...(this.problem ? [problemText(this.problem)] : []));
    below.hidden = !below.children.length;
  }

  // How statements were read that are written as on a board, where it differs from what is typed.
  showReadings({ readings = [] }) {
    const shown = JSON.stringify(readings);
    if (shown === this.readings) return;
    this.readings = shown;
    part(this, "readings").replaceChildren(
      ...readings.map(({ line, text, latex }) =>
        make(
          "li",
          { title: text },
          make("span", { class: "reading-line", text: `line ${line}` }),
          latex === null ? make("code", { text }) : formula(latex),
        ),
      ),
    );
  }

  showKept(fits) {
    setText(this.note, fits ? "in the address" : "too long for an address: a link would lose it");
  }
}
