// <guess-round>: at every backward step the partial is asked for, and stands as a question mark on
// the page until it is given or shown.

import { Problem, post } from "./api.js";
import { make, setText } from "./elements.js";
import { latexFigure } from "./format.js";
import { askedSteps, countWords, isAsked, markOf } from "./guess-marks.js";
import { formula, setAll } from "./mathematics.js";
import { stepAt } from "./places.js";
import { asSentence } from "./sentence.js";
import { productOf } from "./step-lines.js";
import { guessVerdict } from "./verdict.js";

const KEPT = "backstep-guess";
const MOST = 6;

export class GuessRound extends HTMLElement {
  marks = new Map();
  #hints = 0;
  #stop = null;

  connectedCallback() {
    this.page = this.closest("back-step");
    this.button = this.page.querySelector("[data-part='guess']");
    this.button?.addEventListener("click", () => this.setOn(!this.on));
    this.page.addEventListener("arriving", () => this.arrive());
    this.page.addEventListener("step", () => this.show());
    if (new URLSearchParams(location.search).get("guess") === "1") this.on = true;
    this.build();
  }

  build() {
    this.question = make("p", { class: "guess-title" });
    this.field = make("input", {
      type: "text",
      class: "guess-field",
      "aria-label": "The partial",
      placeholder: "a formula or a number",
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      maxlength: "2000",
    });
    this.verdict = make("div", { class: "verdict", role: "status" });
    this.hints = make("ol", { class: "guess-hints", "aria-label": "Hints" });
    this.more = make("button", {
      type: "button",
      class: "button",
      onclick: () => this.hint(),
    });
    this.form = make(
      "form",
      { class: "answer" },
      this.field,
      make("button", { class: "button strong", text: "Check" }),
      make("button", {
        type: "button",
        class: "button",
        text: "Show",
        title: "Show the answer of this step",
        onclick: () => this.reveal("shown"),
      }),
      this.more,
    );
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.check();
    });
    this.asking = make(
      "div",
      { class: "guess-asking" },
      make("div", {}, this.question, this.form),
      make("div", { class: "guess-help" }, this.hints),
    );
    this.row = make("span", { class: "guess-marks", "aria-hidden": "true" });
    this.count = make("span", { class: "guess-count" });
    this.replaceChildren(
      this.asking,
      this.verdict,
      make(
        "p",
        { class: "guess-round" },
        this.row,
        this.count,
        make("button", {
          type: "button",
          class: "button small",
          text: "Start over",
          onclick: () => this.startOver(),
        }),
        make("button", {
          type: "button",
          class: "button small",
          text: "Stop guessing",
          onclick: () => this.setOn(false),
        }),
      ),
    );
  }

  setOn(on) {
    this.on = on;
    this.page.guessing = on;
    const address = new URL(location.href);
    if (on) address.searchParams.set("guess", "1");
    else address.searchParams.delete("guess");
    history.replaceState(null, "", address);
    this.arrive();
    const { walk } = this.page;
    const next = on && walk && this.nextAfter(0);
    if (next) this.page.goTo(next.step);
    else this.page.showStep();
    if (on) this.field.focus({ preventScroll: true });
    else this.button?.focus({ preventScroll: true });
  }

  startOver() {
    this.marks.clear();
    this.keep();
    const first = askedSteps(this.page.walk)[0];
    if (first) this.page.goTo(first.step);
  }

  // The marks are those of one text at one zoom; another one begins a new round.
  get place() {
    return markOf(this.page.state.place);
  }

  recall() {
    if (this.of === this.place) return;
    this.of = this.place;
    this.marks = new Map();
    try {
      const kept = JSON.parse(localStorage.getItem(KEPT) ?? "null");
      if (kept?.of === this.of) this.marks = new Map(kept.marks);
    } catch {
      // A browser that keeps nothing: the round lasts as long as the page.
    }
  }

  keep() {
    try {
      localStorage.setItem(KEPT, JSON.stringify({ of: this.of, marks: [...this.marks] }));
    } catch {
      // As above.
    }
  }

  // Before the parts of the page show a step: whether they hide what it finds.
  arrive() {
    const { walk, at } = this.page;
    this.page.classList.toggle("is-guessing", Boolean(this.on));
    this.button?.setAttribute("aria-pressed", String(Boolean(this.on)));
    this.hidden = !this.on;
    if (!this.on) {
      if (this.asks) this.page.hiding = false;
      this.asks = false;
      this.page.classList.remove("is-asking");
      return;
    }
    this.recall();
    const step = walk && stepAt(walk, at);
    this.asks = isAsked(step) && !this.marks.has(step.node);
    this.page.hiding = this.asks;
    this.page.classList.toggle("is-asking", this.asks);
  }

  show() {
    if (!this.on || !this.page.walk) return;
    const { walk, at } = this.page;
    const step = stepAt(walk, at);
    const place = `${this.of} ${step?.node} ${step?.phase}`;
    if (place !== this.shown) {
      this.field.value = "";
      this.#hints = 0;
      this.#stop?.abort();
      if (!this.asks || !this.justGiven) this.setVerdict("", "");
    }
    this.shown = place;
    this.asking.hidden = !this.asks;
    if (this.asks) {
      this.question.replaceChildren("What is ", formula(`\\bp{${step.symbol.partial}}`), "?");
      this.showHints(step);
    }
    this.showRound(walk, step);
  }

  showRound(walk, step) {
    const asked = askedSteps(walk);
    this.row.replaceChildren(
      ...asked.map((each) =>
        make("span", {
          class: `guess-mark is-${this.marks.get(each.node) ?? "open"}${each.node === step?.node && step.phase === "backward" ? " is-here" : ""}`,
        }),
      ),
    );
    setText(this.count, countWords(asked.map((each) => this.marks.get(each.node))));
  }

  // Upstream, local derivative, their product, one at a time.
  hintsOf(step) {
    const { walk } = this.page;
    const few = step.contributions.slice(0, MOST);
    const upstream = few.map(({ use }) => {
      const back = walk.steps.find((each) => each.phase === "backward" && each.node === use);
      const known = back && !back.shape.length && back.partial !== null;
      return back
        ? `\\bp{${back.symbol.partial}}${known ? ` = \\bp{${latexFigure(back.partial)}}` : ""}`
        : null;
    });
    const locals = few.map((each) => each.rule && productOf(each)?.local);
    const hints = [
      [
        `${step.symbol.text} is used ${step.contributions.length === 1 ? "once" : `${step.contributions.length} times, and the contributions add up`}. Upstream:`,
        upstream,
      ],
      ["Local derivative:", locals],
      ["In symbols:", few.map((each) => each.rule?.display)],
    ];
    return hints
      .map(([words, formulas]) => [words, formulas.filter(Boolean)])
      .filter(([, formulas]) => formulas.length);
  }

  showHints(step) {
    const all = this.hintsOf(step);
    this.hints.replaceChildren(
      ...all
        .slice(0, this.#hints)
        .map(([words, formulas]) =>
          make(
            "li",
            {},
            `${words} `,
            ...formulas.flatMap((latex, each) => [each ? ", " : "", formula(latex)]),
          ),
        ),
    );
    this.more.hidden = this.#hints >= all.length;
    setText(this.more, this.#hints ? "Another hint" : "Hint");
    setAll(this.hints);
  }

  hint() {
    this.#hints += 1;
    this.showHints(stepAt(this.page.walk, this.page.at));
    this.field.focus({ preventScroll: true });
  }

  async check() {
    const answer = this.field.value.trim();
    const step = stepAt(this.page.walk, this.page.at);
    if (!this.asks) return this.goOn();
    if (!answer) return this.field.focus();
    this.#stop?.abort();
    this.#stop = new AbortController();
    const { source, values } = this.page.state;
    this.setVerdict("", "checking…");
    try {
      const found = await (
        await post("/compare", { source, values, of: step.name, answer }, this.#stop.signal)
      ).json();
      const { state, words } = guessVerdict(found);
      this.setVerdict(state, words);
      if (found.equal) this.reveal(this.#hints ? "hint" : "right");
    } catch (error) {
      if (error.name === "AbortError") return undefined;
      if (!(error instanceof Problem)) throw error;
      const said = error.faults.map(({ message, hint }) =>
        [message, hint].filter(Boolean).map(asSentence).join(" "),
      );
      this.setVerdict("is-doubtful", said.join(" ") || error.message);
    }
    return undefined;
  }

  // The step's partial is given, or shown: it stands on the page from now on.
  reveal(mark) {
    const step = stepAt(this.page.walk, this.page.at);
    this.marks.set(step.node, mark);
    this.keep();
    this.justGiven = true;
    this.page.showStep();
    this.justGiven = false;
    if (mark === "shown") this.setVerdict("", "Shown.");
    const next = make("button", {
      type: "button",
      class: "button small",
      text: this.nextAfter(this.page.at) ? "Next" : "To the end",
      onclick: () => this.goOn(),
    });
    this.verdict.append(" ", next);
    next.focus({ preventScroll: true });
  }

  nextAfter(at) {
    return askedSteps(this.page.walk).find((each) => each.step > at && !this.marks.has(each.node));
  }

  goOn() {
    const next = this.nextAfter(this.page.at);
    this.page.goTo(next ? next.step : this.page.walk.total);
    if (next) this.field.focus({ preventScroll: true });
  }

  setVerdict(state, words) {
    this.verdict.className = `verdict ${state}`;
    this.verdict.textContent = words;
  }
}
