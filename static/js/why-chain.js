// <why-chain>: what the step at hand is made from, and what that was made from in turn, as deep as one asks.

import { breakable } from "./breaks.js";
import { make } from "./elements.js";
import { isComplete } from "./figures.js";
import { short } from "./format.js";
import { formula } from "./mathematics.js";
import { stepAt } from "./places.js";
import { figureOf, reasonsOf } from "./sources.js";

// Of one step's reasons, this many are listed.
const MOST = 20;

export class WhyChain extends HTMLElement {
  #open = new Set();

  connectedCallback() {
    this.page = this.closest("back-step");
    this.chain = make("div", { class: "why-found" });
    this.word = make("summary", { text: "Why? The chain behind it" });
    this.box = make("details", { ontoggle: () => this.fill() }, this.word, this.chain);
    this.append(this.box);
    for (const event of ["walk", "step", "answer"])
      this.page.addEventListener(event, () => this.show());
    this.show();
  }

  // The line keeps its room through a walk, so that nothing below it moves from step to step.
  show() {
    const { walk, at, hiding } = this.page;
    this.hidden = !walk || Boolean(hiding);
    if (this.hidden) return;
    const step = stepAt(walk, at);
    this.box.classList.toggle("is-none", !step || !reasonsOf(walk, step).length);
    if (step?.step !== this.at) {
      this.#open.clear();
      this.chain.replaceChildren();
    }
    this.at = step?.step;
    // A moved value has changed the figures, and the formulas of other steps are still to come.
    if (isComplete(walk, 0)) this.fill();
  }

  fill() {
    const { walk, at } = this.page;
    const step = walk && stepAt(walk, at);
    const focused = document.activeElement?.closest("why-chain [data-path]")?.dataset.path;
    const open = this.box.open && !this.hidden && step;
    this.noteOpen();
    this.chain.replaceChildren(...(open ? this.reasons(step, "") : []));
    if (focused)
      this.chain.querySelector(`[data-path="${CSS.escape(focused)}"] > summary`)?.focus();
  }

  // A browser says a moment later that one was opened, and by then it may be made anew.
  noteOpen() {
    for (const { open, dataset } of this.chain.querySelectorAll("details"))
      this.#open[open ? "add" : "delete"](dataset.path);
  }

  // `path`: from the step at hand to this one, by nodes; what is open stays so while values move.
  reasons(step, path) {
    const { walk } = this.page;
    const all = reasonsOf(walk, step);
    const rows = all
      .slice(0, MOST)
      .map(({ latex, from }, place) =>
        make(
          "li",
          {},
          make("div", { class: "why-row equation" }, formula(breakable(latex), { display: true })),
          from.length
            ? make(
                "ul",
                { class: "why-from" },
                ...from.map((each) => make("li", {}, this.reason(each, `${path} ${place}`))),
              )
            : null,
        ),
      );
    if (all.length > MOST)
      rows.push(make("li", { class: "card-note", text: `and ${all.length - MOST} more` }));
    return [make("ul", { class: "why-list" }, ...rows)];
  }

  reason(step, before) {
    const path = `${before} ${step.node}${step.phase}`;
    const go = make("button", {
      type: "button",
      class: "button small",
      text: `step ${step.step}`,
      "aria-label": `go to step ${step.step}, ${step.symbol.text}`,
      onclick: () => this.page.leapTo(step.step),
    });
    const called = this.called(step);
    if (!reasonsOf(this.page.walk, step).length)
      return make("div", { class: "why-end" }, called, make("span", { text: endOf(step) }), go);
    const found = make("div", {});
    const fill = () => found.replaceChildren(...this.reasons(step, path));
    const box = make(
      "details",
      {
        "data-path": path,
        open: this.#open.has(path),
        ontoggle: () => box.open && !found.children.length && fill(),
      },
      make("summary", {}, "why ", called, "?"),
      found,
    );
    if (box.open) fill();
    return make("div", { class: "why-step" }, box, go);
  }

  called(step) {
    const back = step.phase === "backward";
    const figure = figureOf(step);
    return make(
      "span",
      {},
      formula(back ? `\\bp{${step.symbol.partial}}` : `\\fv{${step.symbol.latex}}`),
      figure === null
        ? null
        : make("span", { class: back ? "partial" : "value", text: ` = ${short(figure)}` }),
    );
  }
}

// Where a chain ends.
function endOf(step) {
  return step.phase === "forward" ? `given (${step.kind})` : "the walk back starts here";
}
