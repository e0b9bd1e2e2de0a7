// <update-lines>: the rule of the update at hand, in symbols and with the numbers of one parameter.

import { make, part, setText } from "./elements.js";
import { formula } from "./mathematics.js";
import { rowWords, updates } from "./training-words.js";

// A longer list to choose from is nothing to choose from.
const MOST = 200;

export class UpdateLines extends HTMLElement {
  connectedCallback() {
    this.page = this.closest("training-page");
    this.card = this.closest(".update");
    this.select = part(this.card, "watch");
    this.note = part(this.card, "update-note");
    this.letters = part(this.card, "letters");
    this.select.addEventListener("change", () => this.page.setWatched(this.select.value));
    this.page.addEventListener("start", () => this.fillNames());
    this.page.addEventListener("moment", () => this.showUpdate());
  }

  fillNames() {
    const { start } = this.page.run;
    const names = [...start.parameters.flatMap(elements).slice(0, MOST)];
    if (!names.includes(start.watch)) names.push(start.watch);
    if (names.join() !== this.names) {
      this.names = names.join();
      this.select.replaceChildren(
        ...names.map((name) => make("option", { value: name, text: name })),
      );
    }
    this.select.value = start.watch;
  }

  // Which of the examples it reads, where it does not read all.
  rowsRead({ examples }) {
    const { count, batch } = this.page.run.start.examples;
    return examples && batch < count ? `, over ${rowWords(examples)}` : "";
  }

  showUpdate() {
    const { moment, run } = this.page;
    if (!moment) return;
    // At the end no other is made: the last one stands there.
    const end = run.summary && !moment.update;
    const told = end
      ? run.steps.find(({ step, update }) => step === moment.step - 1 && update)
      : moment;
    const lines = told?.update ?? [];
    const which = () =>
      `number ${(told.step + 1).toLocaleString("en")}${end ? ", the last" : ""}${this.rowsRead(told)}`;
    setText(this.note, told ? which() : `none is made after ${updates(moment.step)}`);
    setText(this.letters, run.start.rule.note ?? "");
    this.letters.hidden = !run.start.rule.note;
    const key = JSON.stringify(lines);
    if (key === this.key) return;
    this.key = key;
    const set = lines.length ? lines : (run.start.rule.lines ?? []);
    this.replaceChildren(
      ...set.map(({ latex }) =>
        make("p", { class: "equation" }, formula(latex, { display: true })),
      ),
    );
  }
}

function elements({ name, shape }) {
  let found = [[]];
  for (const length of shape)
    found = found
      .flatMap((at) => Array.from({ length: Math.min(length, MOST) }, (_, place) => [...at, place]))
      .slice(0, MOST);
  return found.map((at) => (at.length ? `${name}[${at.join(",")}]` : name));
}
