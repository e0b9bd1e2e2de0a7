// <training-page>: what is trained, its steps, and which of them is shown. Draws nothing itself.
// Its parts listen to its events (start, grown, moment, summary, problem, valid) and call its
// methods.

import { make, part, problemText, setText } from "./elements.js";
import { listenToKeys } from "./keys.js";
import { keepNamesOf } from "./sentence.js";
import { encode, LONGEST } from "./share-link.js";
import { definitionOfUpdate } from "./training-rows.js";
import { TrainingRun } from "./training-run.js";
import { endWords, momentWords, rowWords, updates } from "./training-words.js";

const STILL = 300;

export class TrainingPage extends HTMLElement {
  at = 0;
  run = null;
  #later;
  #asked = "";

  connectedCallback() {
    const given = JSON.parse(this.querySelector("script.training").textContent);
    Object.assign(this, { source: given.source, values: given.values, watch: given.watch ?? null });
    keepNamesOf(given.source);
    this.options = this.querySelector("training-options");
    this.controls = this.querySelector("training-controls");
    listenToKeys({
      ArrowRight: () => this.controls.stepBy(1),
      ArrowLeft: () => this.controls.stepBy(-1),
      Home: () => this.controls.goToStart(),
      End: () => this.controls.goToEnd(),
      " ": () => this.controls.toggle(),
    });
    // Another network, or a machine that was asleep.
    addEventListener("online", () => this.run?.tryNow());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.run?.waiting) this.run.tryNow();
    });
    this.restart();
  }

  get moment() {
    return this.run?.steps[this.at] ?? null;
  }

  // How many steps there will be, as far as is known.
  get last() {
    const { start, steps, summary } = this.run ?? {};
    if (!start || summary) return Math.max((steps?.length ?? 1) - 1, 0);
    return Math.ceil(start.steps / start.every);
  }

  setSource(source) {
    if (source === this.source) return;
    Object.assign(this, { source, values: {} });
    keepNamesOf(source);
    this.restart();
  }

  // Begin again with what is now asked for; the step that is shown stays where `kept`.
  restart(kept = false) {
    const { source, values, watch } = this;
    const request = {
      source,
      values,
      fit: true,
      ...(watch ? { watch } : {}),
      ...this.options.request,
    };
    const asked = JSON.stringify(request);
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.run?.stop();
    if (!kept) this.goTo(0);
    this.run = new TrainingRun(request, (name) => this.#receive(name));
    this.#keepAddress();
  }

  setWatched(name) {
    this.watch = name;
    this.restart(true);
  }

  // To a step by its number; one that was not sent comes first.
  async seek(number) {
    const { run } = this;
    const wanted = Math.max(0, Math.min(number, run?.summary?.steps ?? run?.start?.steps ?? 0));
    if (!run?.steps.some(({ step }) => step === wanted))
      await run?.fetchStep(wanted).catch(() => {});
    if (run !== this.run) return;
    const after = run.steps.findIndex(({ step }) => step >= wanted);
    this.goTo(after < 0 ? Infinity : after);
  }

  goTo(at) {
    this.at = Math.max(0, Math.min(at, (this.run?.steps.length ?? 1) - 1));
    this.#momentChanged();
  }

  #receive(name) {
    if (name === "waiting") return this.#showWaiting();
    if (name === "problem" && this.run.problem.errors?.some(({ pointer }) => pointer === "/watch"))
      return this.setWatched(null);
    if (name === "start" && !this.#watchesParameter(this.run.start)) return;
    if (name === "start") this.#emit("valid");
    // What the former fields made is of no use beside fields that are wrong.
    if (name === "start" || name === "problem")
      this.#setStale(name === "problem" && !this.run.start);
    this.#emit(name === "step" ? "grown" : name);
    if (name === "step" && this.run.steps.length - 1 === this.at) this.#momentChanged();
    if (name === "summary" || name === "problem") this.#momentChanged();
    this.#showProblem(this.run.problem);
  }

  #showWaiting() {
    const { waiting } = this.run;
    const holder = part(this, "problem");
    const words = problemText(waiting);
    const now = make("button", {
      type: "button",
      class: "button small",
      text: "Try now",
      onclick: () => this.run.tryNow(),
    });
    words.append(" ", now);
    holder.hidden = false;
    // What is said at every try is heard once.
    if (holder.textContent === words.textContent) return;
    const focused = holder.contains(document.activeElement);
    holder.replaceChildren(words);
    if (focused) now.focus();
  }

  // What has a place in the text is shown there.
  #showProblem(problem) {
    if (this.run.waiting) return;
    const holder = part(this, "problem");
    const placed = problem?.errors?.some(({ line }) => line);
    holder.replaceChildren(...(problem && !placed ? [problemText(problem)] : []));
    holder.hidden = !problem || placed;
  }

  #setStale(old) {
    this.classList.toggle("is-broken", old);
    for (const each of this.querySelectorAll(".training-pictures, training-controls, .update"))
      each.inert = old;
  }

  // What is watched is an element of this definition, the first where there is none yet. True where
  // it is.
  #watchesParameter(start) {
    const known = start.parameters.some(
      (each) => this.watch === each.name || this.watch?.startsWith(`${each.name}[`),
    );
    if (start.watch && known) return true;
    const { name, shape } = start.parameters[0];
    this.setWatched(shape.length ? `${name}[${shape.map(() => 0).join(",")}]` : name);
    return false;
  }

  #momentChanged() {
    this.#emit("moment");
    const { run, moment } = this;
    const atEnd =
      run?.summary && this.at === run.steps.length - 1 && run.summary.outcome !== "done";
    const end = part(this, "end");
    end.hidden = !atEnd;
    setText(end, atEnd ? endWords(run.summary) : "");
    clearTimeout(this.#later);
    this.#later = setTimeout(() => {
      if (moment) setText(part(this, "spoken"), momentWords(run, this.at));
      this.#updateWalkLink();
    }, STILL);
  }

  // The walk of the parameters that are shown: the gradient there is what the next update uses.
  async #updateWalkLink() {
    const link = part(this, "walk");
    const { moment, run } = this;
    const { source, values, rows } = definitionOfUpdate(
      this,
      run?.start?.examples,
      moment?.examples,
    );
    const d = await encode({
      source,
      values: { ...values, ...moment?.parameters },
      step: null,
      zoom: "block",
      direction: "LR",
    });
    if (moment !== this.moment) return;
    if (d.length <= LONGEST) link.href = `/?d=${d}`;
    const when = moment?.step ? `the values after ${updates(moment.step)}` : "these values";
    setText(link, `Walk through ${when}${rows ? `, ${rowWords(rows)}` : ""}`);
  }

  async #keepAddress() {
    const asked = this.#asked;
    const d = await encode({
      source: this.source,
      values: this.values,
      step: null,
      zoom: "block",
      direction: "LR",
    });
    if (asked !== this.#asked) return;
    const query = new URLSearchParams({
      d,
      ...this.options.query,
      ...(this.watch ? { watch: this.watch } : {}),
    });
    if (d.length <= LONGEST) history.replaceState(null, "", `/train?${query}`);
  }

  #emit(name) {
    this.dispatchEvent(new CustomEvent(name));
  }
}
