// <undo-buttons>: the two buttons and the keys that take an edit back, of the text or of a value, and put
// it in again.

import { wayOf } from "./edits.js";
import { part, setText } from "./elements.js";

// A field that is none of the definition's has an undo of its own.
const OTHERS = "input:not([type='range'], [type='checkbox']), textarea, select";
const VALUES = "value-list";

export class UndoButtons extends HTMLElement {
  #listening = null;

  connectedCallback() {
    this.page = this.closest("back-step");
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-undo]");
      if (button && button.getAttribute("aria-disabled") !== "true") this.take(button.dataset.undo);
    });
    this.page.addEventListener("edited", () => this.show());
    document.addEventListener("keydown", (event) => this.keyPressed(event), { signal });
    this.show();
  }

  disconnectedCallback() {
    this.#listening?.abort();
  }

  show() {
    const { canUndo, canRedo } = this.page.edits;
    for (const button of this.querySelectorAll("[data-undo]"))
      button.setAttribute(
        "aria-disabled",
        String(!(button.dataset.undo === "undo" ? canUndo : canRedo)),
      );
  }

  keyPressed(event) {
    const way = wayOf(event);
    const field = event.target.closest?.(OTHERS);
    if (way === null || event.defaultPrevented || (field && !field.closest(VALUES))) return;
    event.preventDefault();
    // A field shows a value that is put in from elsewhere only while nothing is typed in it.
    field?.blur();
    this.take(way);
    field?.focus();
  }

  take(way) {
    const changed = way === "undo" ? this.page.undo() : this.page.redo();
    const word = way === "undo" ? "Undone" : "Redone";
    setText(part(this, "said"), changed === null ? `Nothing to ${way}.` : `${word}: ${changed}.`);
  }
}
