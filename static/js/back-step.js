// <back-step>: the state of the page, and who is told when it changes. Draws nothing itself. Its
// parts listen to its events (numbers, drawing, walk, formulas, check, arriving, step, fault,
// valid, busy, view, address, edited, restored) and call its methods (setSource, setValue, resetValues,
// goTo, leapTo, changeView, stop, undo, redo, openText).

import { Address } from "./address.js";
import { differences, Edits } from "./edits.js";
import { isComplete, withFigures } from "./figures.js";
import { stepAt } from "./places.js";
import { keepNamesOf } from "./sentence.js";
import { State } from "./state.js";
import { learnSymbols } from "./symbols.js";
import { ALL, PICTURE, STOPPED, Work } from "./work.js";

const COMPUTED =
  "value-list, [data-part='reset'], graph-bar, .host, walk-controls, walk-panel, .gradients > *";

// A value has come to rest.
const REST = 400;

export class BackStep extends HTMLElement {
  answers = {};
  #address;
  #atRest;
  #walkOf;
  // The step of the state is one of the walk to come, and not of the walk that is here.
  #ahead = false;

  connectedCallback() {
    const given = JSON.parse(this.querySelector("script.answers").textContent);
    this.state = new State(given.state);
    this.state.framed = Boolean(given.walk?.boxes);
    this.edits = new Edits(this.state);
    // Another site's page that has this one in it keeps its own Back.
    this.#address = new Address({ places: this.querySelector("definition-editor") !== null });
    this.#address.start(this.state, (place) =>
      this.#comeBack(place ?? { ...given.state, direction: null }),
    );
    keepNamesOf(this.state.source);
    this.work = new Work(
      (parts) => this.state.request(parts),
      (name, answer) => this.#receive(name, answer),
    );
    if (given.fault) return this.#emit("fault", given.fault);
    for (const part of ["numbers", "walk", "formulas"]) {
      const problem = given.problems?.[part];
      if (given[part] || problem) this.#receive(part, given[part] ?? { problem });
    }
    if (this.querySelector("check-line")) this.work.restart(["check"]);
  }

  get walk() {
    return this.answers.walk?.problem ? null : this.answers.walk;
  }

  get at() {
    return this.state.stepIn(this.walk);
  }

  setSource(source) {
    this.textEdited(source);
    if (source === this.state.source) return;
    this.state.setSource(source);
    keepNamesOf(source);
    this.work.restart(ALL);
    this.#keepAddress();
  }

  // A text that is not asked about yet. `what`: what further edits of the same are one edit with.
  textEdited(source, what = null) {
    this.#edited({ source, values: this.state.values }, what);
  }

  setValue(name, value) {
    this.state.setValue(name, value, this.answers.numbers?.values ?? {});
    this.#valuesEdited(`value ${name}`);
    this.#valuesMoved();
  }

  resetValues() {
    this.state.values = {};
    this.#valuesEdited(null);
    this.#valuesMoved();
  }

  // What was taken back, in words; null where nothing is left.
  undo() {
    const before = this.edits.now;
    return this.#restore(before, this.edits.undo());
  }

  redo() {
    const before = this.edits.now;
    return this.#restore(before, this.edits.redo());
  }

  // Another text in the place of this one, to come back from.
  openText({ source, values }) {
    this.#edited({ source, values }, null);
    this.#address.leap(this.state);
    this.#address.arrive({ source, values });
    this.state.step = null;
    this.state.open = [];
    this.#ahead = true;
    this.#show({ source, values });
  }

  // To a step from which the browser's Back leads here again.
  leapTo(step) {
    if (!this.walk || step === this.at) return;
    this.#address.leap(this.state, step);
    this.goTo(step);
  }

  goTo(step) {
    if (!this.walk) return;
    this.state.goTo(step, this.walk);
    if (isComplete(this.walk, this.at)) this.showStep();
    else this.work.refresh(["walk"]);
    this.#keepAddress();
  }

  changeView(changed) {
    Object.assign(this.state, changed);
    const { zoom, direction } = this.state;
    Object.assign(this.dataset, { zoom, direction });
    const parts = "direction" in changed ? ["drawing"] : PICTURE;
    this.work.askFirst(this.answers.numbers ? parts : ALL);
    this.#emit("view", this.state);
    this.#keepAddress();
  }

  // By what partials are coloured: "relative", "absolute", or null.
  colourBySize(sizes) {
    this.state.sizes = sizes;
    this.#emit("sizes", sizes);
    this.#keepAddress();
  }

  chooseForm(form) {
    this.state.form = form;
    if (form === this.answers.formulas?.form) return;
    if (this.answers.numbers) this.work.askFirst(["formulas"]);
  }

  stop(parts) {
    for (const part of this.work.stop(parts)) this.#receive(part, { problem: STOPPED });
  }

  #edited(now, what) {
    if (this.edits.record(now, what, performance.now())) this.#emit("edited");
  }

  // While a text is typed that is not asked about yet, the values are those of that text.
  #valuesEdited(what) {
    this.#edited({ source: this.edits.now.source, values: this.state.values }, what);
  }

  #restore(before, after) {
    if (after === null) return null;
    this.#emit("edited");
    this.#show(after);
    return differences(before, after);
  }

  // Text and values that are edits already.
  #show({ source, values }) {
    const moved = JSON.stringify(values) !== JSON.stringify(this.state.values);
    this.state.values = { ...values };
    this.#emit("restored", source);
    if (source !== this.state.source) this.setSource(source);
    else if (moved) this.#valuesMoved();
  }

  // To the place that the browser has gone back to: its text and values, view and step.
  #comeBack({ source, values, step, zoom, direction, open, boxes, sizes }) {
    const { state } = this;
    const asked = () => JSON.stringify([state.place, state.values, state.direction]);
    const before = asked();
    Object.assign(state, {
      step: step ?? null,
      zoom: zoom ?? "block",
      open: open ?? [],
      boxes: boxes ?? state.boxes,
      values: values ?? {},
    });
    if (direction) Object.assign(state, { direction, turned: true });
    this.#edited({ source, values: state.values }, null);
    this.#emit("restored", source);
    const other = source !== state.source;
    if (other) {
      state.source = source;
      keepNamesOf(source);
    }
    this.#address.arrive(state);
    Object.assign(this.dataset, { zoom: state.zoom, direction: state.direction });
    if ((sizes ?? null) !== state.sizes) this.colourBySize(sizes ?? null);
    if (asked() === before) return this.goTo(step ?? Infinity);
    this.#ahead = true;
    this.#emit("view", state);
    this.work.restart(ALL);
    this.#keepAddress();
    return undefined;
  }

  #valuesMoved() {
    this.work.refresh(["numbers", "figures"]);
    clearTimeout(this.#atRest);
    this.#atRest = setTimeout(() => this.#valuesRested(), REST);
    this.classList.add("is-moving");
    this.#keepAddress();
  }

  #valuesRested() {
    this.classList.remove("is-moving");
    this.work.refresh(["walk", "check"]);
  }

  // What a moved value changes in the walk that is here; another walk, or none, is still to come.
  #takeFigures(figures) {
    const walk =
      this.#walkOf === this.state.place &&
      !figures.problem &&
      this.walk &&
      withFigures(this.walk, figures, this.at);
    if (walk) this.#receive("walk", walk);
    else this.work.refresh(["walk"]);
  }

  #receive(name, answer) {
    if (name === "figures") return this.#takeFigures(answer);
    if (name === "fault" || name === "valid") this.#setStale(name === "fault" && ofText(answer));
    if (name === "fault" && this.state.forget(answer.errors ?? [])) return this.work.restart(ALL);
    const before = this.walk;
    if (ALL.includes(name)) this.answers[name] = answer;
    if (name === "walk") this.#takeWalk(before);
    this.classList.toggle("is-empty", !this.walk);
    this.#emit(name, answer);
    if (name === "walk") this.showStep();
  }

  // What was computed from the last text that was right is of no use beside one that is wrong.
  #setStale(old) {
    this.classList.toggle("is-broken", old);
    for (const each of this.querySelectorAll(COMPUTED)) each.inert = old;
  }

  showStep() {
    // Who hides what a step finds says so before it is shown.
    this.#emit("arriving");
    this.dataset.step = this.at;
    this.dataset.phase = this.walk ? (stepAt(this.walk, this.at)?.phase ?? "forward") : "";
    this.#emit("step", this.at);
  }

  #takeWalk(before) {
    this.#walkOf = this.state.place;
    if (!this.walk) return;
    this.state.followWalk(this.#ahead ? null : before, this.walk);
    this.#ahead = false;
    learnSymbols(this.walk);
    // Where passes are folded the address says so, or its step would be another one.
    const framed = this.walk.boxes !== null;
    const changed = framed !== this.state.framed;
    this.state.framed = framed;
    if (changed) this.#keepAddress();
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #keepAddress() {
    this.#address.keep(this.state, (d, fits) => this.#emit("address", { d, fits }));
  }
}

// Whether it is the text that is wrong: neither a value put in, nor the server.
function ofText({ errors = [], status = 0 }) {
  return (
    status >= 400 &&
    status < 500 &&
    status !== 429 &&
    !errors.some(({ pointer }) => pointer?.startsWith("/values"))
  );
}
