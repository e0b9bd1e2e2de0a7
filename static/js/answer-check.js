// <answer-check>: is this formula of yours the partial? Says yes, or what is missing and where it
// shows.

import { Problem, post } from "./api.js";
import { make, part } from "./elements.js";
import { applyFix } from "./fixes.js";
import { formula } from "./mathematics.js";
import { namesWithPartial } from "./places.js";
import { asSentence } from "./sentence.js";
import { verdictOf } from "./verdict.js";

export class AnswerCheck extends HTMLElement {
  #stop = null;

  connectedCallback() {
    this.page = this.closest("back-step");
    this.select = this.querySelector("select");
    this.field = this.querySelector("input");
    this.verdict = part(this, "verdict");
    this.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.check();
    });
    this.page.addEventListener("walk", ({ detail }) => detail.problem || this.fillNames(detail));
    this.page.addEventListener("valid", () => this.verdict.classList.add("is-stale"));
  }

  // What can be asked about: parameters first, in the order of the text.
  fillNames(walk) {
    const names = namesWithPartial(walk, this.page.answers.numbers?.gradients ?? {});
    const { loss } = walk;
    if (names.join("\n") === this.offered) return;
    this.offered = names.join("\n");
    const chosen = this.select.value;
    this.select.replaceChildren(
      ...names.map((name) =>
        make("option", { value: name, text: name, selected: name === chosen }),
      ),
    );
    this.querySelector(".answer-equation span").textContent = `∂${loss}/∂`;
  }

  async check() {
    const answer = this.field.value.trim();
    if (!answer) return this.field.focus();
    this.#stop?.abort();
    this.#stop = new AbortController();
    const { source, values } = this.page.state;
    this.setVerdict("", "checking…");
    try {
      const found = await (
        await post("/compare", { source, values, of: this.select.value, answer }, this.#stop.signal)
      ).json();
      this.showVerdict(found);
      // It is of the text that was there when it was asked.
      if (source !== this.page.state.source) this.verdict.classList.add("is-stale");
    } catch (error) {
      if (error instanceof Problem) this.showRefusal(error, answer);
      else if (error.name !== "AbortError") throw error;
    }
    return undefined;
  }

  showVerdict(found) {
    this.showReading(found.read_latex);
    const { state, words } = verdictOf(found);
    this.setVerdict(state, words);
  }

  // The formula as it was read, set beneath the field.
  showReading(latex) {
    part(this, "reading").replaceChildren(...(latex ? [formula(latex)] : []));
  }

  // What can't be read, with a button a fix: it writes the formula and asks again.
  showRefusal({ faults, message }, answer) {
    this.showReading("");
    this.setVerdict(
      "is-doubtful",
      faults
        .map(({ message: said, hint }) => [said, hint].filter(Boolean).map(asSentence).join(" "))
        .join(" ") || message,
    );
    const write = (fix) => {
      this.field.value = applyFix(answer, fix);
      this.field.focus();
      this.check();
    };
    const fixes = faults.filter(({ line }) => line).flatMap((fault) => fault.fixes ?? []);
    this.verdict.append(
      ...fixes.flatMap((fix) => [
        " ",
        make("button", {
          type: "button",
          class: "button small",
          text: fix.title,
          onclick: () => write(fix),
        }),
      ]),
    );
  }

  setVerdict(state, words) {
    this.verdict.className = `verdict ${state}`;
    this.verdict.textContent = words;
  }
}
