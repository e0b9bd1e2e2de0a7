// <back-step>: the state of the page, and who is told when it changes. Draws nothing itself.
// Its parts listen to its events (numbers, drawing, walk, formulas, check, step, fault, right, busy,
// view) and call its methods (write, put, reset, go, view, stop).

import { Address } from "./address.js";
import { samePlace, stepAt } from "./places.js";
import { Work } from "./work.js";

const PICTURE = ["drawing", "walk"];
const LOST = ["unknown_value", "value_shape", "structural_value"];
const ALL = ["numbers", ...PICTURE, "formulas", "check"];

export class BackStep extends HTMLElement {
  answers = {};
  #address = new Address();
  #checkLater;

  connectedCallback() {
    const given = JSON.parse(this.querySelector("script.answers").textContent);
    this.state = { ...given.state, values: given.state.values ?? {} };
    this.work = new Work(() => this.#request(), (name, answer) => this.#hear(name, answer));
    if (given.fault) return this.#tell("fault", given.fault);
    for (const part of ["numbers", "walk", "formulas"]) {
      const answer = given[part] ?? (given.problems?.[part] && { problem: given.problems[part] });
      if (answer) this.#hear(part, answer);
    }
    if (this.querySelector("check-line")) this.work.anew(["check"]);
  }

  get walk() {
    return this.answers.walk?.problem ? null : this.answers.walk;
  }

  get at() {
    return this.walk ? (this.state.step ?? this.walk.total) : 0;
  }

  write(source) {
    if (source === this.state.source) return;
    this.state.source = source;
    this.work.anew(ALL);
    this.#keep();
  }

  put(name, value) {
    this.state.values[name] = value;
    this.#moved();
  }

  reset() {
    this.state.values = {};
    this.#moved();
  }

  go(step) {
    if (!this.walk) return;
    const at = Math.max(0, Math.min(step, this.walk.total));
    this.state.step = at === this.walk.total ? null : at;
    this.#place();
    this.#keep();
  }

  view(changed) {
    Object.assign(this.state, changed);
    this.dataset.zoom = this.state.zoom;
    this.dataset.direction = this.state.direction;
    this.work.anew(this.answers.numbers ? [...PICTURE, ...this.#missing()] : ALL);
    this.#tell("view", this.state);
    this.#keep();
  }

  stop(parts) {
    this.work.stop(parts);
  }

  #missing() {
    return ["formulas", "check"].filter((part) => !this.answers[part]);
  }

  #moved() {
    this.work.again(["numbers", "walk"]);
    clearTimeout(this.#checkLater);
    this.#checkLater = setTimeout(() => this.work.again(["check"]), 400);
    this.#keep();
  }

  #request() {
    const { source, values, zoom, direction } = this.state;
    return { source, values, zoom, direction };
  }

  #hear(name, answer) {
    const before = this.walk;
    if (ALL.includes(name)) this.answers[name] = answer;
    if (name === "walk" && this.walk) {
      const at = before ? samePlace(before, this.state.step ?? before.total, this.walk) : this.at;
      this.state.step = at === this.walk.total ? null : Math.min(at, this.walk.total);
    }
    if (name === "fault" && this.#forget(answer.errors ?? [])) return;
    this.#tell(name, answer);
    if (name === "walk") this.#place();
  }

  // Values of an earlier text that the new one has no place for are left behind.
  #forget(errors) {
    const lost = errors.map(({ code, pointer }) => LOST.includes(code) && pointer?.slice("/values/".length));
    const names = lost.filter(Boolean).map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
    const known = names.filter((name) => name in this.state.values);
    for (const name of known) delete this.state.values[name];
    if (known.length) this.work.anew(ALL);
    return known.length > 0;
  }

  #place() {
    this.dataset.step = this.at;
    this.dataset.phase = this.walk ? (stepAt(this.walk, this.at)?.phase ?? "forward") : "";
    this.#tell("step", this.at);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #keep() {
    this.#address.keep(this.state, (d, fits) => this.#tell("address", { d, fits }));
  }
}
