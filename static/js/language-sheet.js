// <language-sheet>: the language beside the editor; the functions come when it is first opened.

import { functionHint } from "./code-completion.js";
import { make, part } from "./elements.js";
import { functions } from "./functions.js";

export class LanguageSheet extends HTMLElement {
  connectedCallback() {
    this.list = part(this, "functions");
    this.addEventListener("toggle", (event) => event.newState === "open" && this.loadFunctions());
    this.addEventListener("keydown", (event) => event.key === "Escape" && this.hidePopover());
    this.querySelector(".function-filter").addEventListener("input", ({ target }) =>
      this.filter(target.value),
    );
  }

  async loadFunctions() {
    if (this.list.children.length) return;
    this.list.replaceChildren(make("p", { class: "card-note", text: "coming…" }));
    try {
      const groups = Map.groupBy(await functions(), ({ group }) => group);
      this.list.replaceChildren(
        ...[...groups].map(([group, entries]) =>
          make("section", {}, make("h4", { text: group }), ...entries.map(functionHint)),
        ),
      );
    } catch {
      this.list.replaceChildren(
        make("p", {
          class: "card-note",
          text: "The functions did not come. Close this and open it again.",
        }),
      );
    }
  }

  filter(text) {
    const wanted = text.trim().toLowerCase();
    for (const each of this.list.querySelectorAll(".code-hint"))
      each.hidden = !each.textContent.toLowerCase().includes(wanted);
    for (const section of this.list.querySelectorAll("section"))
      section.hidden = !section.querySelector(".code-hint:not([hidden])");
  }
}
