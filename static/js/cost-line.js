// <cost-line>: in one line, what a gradient costs by backprop and without it. Asked for once a
// text; until it is known of a new one the last is shown, dimmed, so that nothing moves.

import { post } from "./api.js";
import { make } from "./elements.js";

export class CostLine extends HTMLElement {
  #asked = null;

  connectedCallback() {
    this.page = this.closest("back-step");
    // After the check, which comes last: nobody waits for this.
    this.page.addEventListener("check", () => this.ask());
    this.page.addEventListener("fault", () => this.classList.add("is-stale"));
    this.page.addEventListener("valid", () =>
      this.classList.toggle("is-stale", this.#asked !== this.page.state.source),
    );
  }

  async ask() {
    const { source } = this.page.state;
    if (source === this.#asked) return;
    this.#asked = source;
    try {
      const cost = await (await post("/cost", { source })).json();
      if (source === this.page.state.source) this.show(cost);
    } catch {
      if (source === this.#asked) this.replaceChildren();
    }
  }

  show({ forward, backward, alone, differences, line, counted }) {
    const said = `backprop ${countText(forward + backward)} operations · every partial on its own ${countText(alone.operations)} · differences ${countText(differences.operations)}`;
    this.classList.remove("is-stale");
    this.replaceChildren(make("span", { title: `${line} ${counted}`, text: said }));
  }
}

function countText(count) {
  return typeof count === "number" ? count.toLocaleString("en") : String(count);
}
