// <import-offer>: beside a pasted text in another notation, what it is as a definition. The text that
// was pasted stays until the reading is taken.

import { post } from "./api.js";
import { make } from "./elements.js";
import { NAMES, notationOf } from "./pasted.js";
import { asSentence } from "./sentence.js";

export class ImportOffer extends HTMLElement {
  #asked;

  get open() {
    return !this.hidden;
  }

  // `take` is called with the definition's text, if it is wanted.
  async offer(text, take) {
    this.dismiss();
    const notation = notationOf(text);
    if (notation === null) return;
    this.#asked = new AbortController();
    try {
      const response = await post("/import", { from: notation, text }, this.#asked.signal);
      this.#show(notation, await response.json(), take);
    } catch (error) {
      // What cannot be read stays as it was pasted, with what is wrong in it.
      if (error.name !== "AbortError" && !error.details) throw error;
    }
  }

  #show(notation, { source, warnings }, take) {
    this.take = () => {
      this.dismiss();
      take(source);
    };
    const said = [...new Set(warnings.map(({ line, message }) => lineOf(line, message)))];
    const remarks = said.length
      ? [
          make(
            "details",
            {},
            make("summary", { text: `${said.length} ${said.length > 1 ? "remarks" : "remark"}` }),
            make("ul", {}, ...said.map((text) => make("li", { text }))),
          ),
        ]
      : [];
    this.replaceChildren(
      make("p", { role: "status", text: `This is ${NAMES[notation]}. As a definition:` }),
      make("pre", { tabindex: "0", text: source.trimEnd() }),
      ...remarks,
      make(
        "p",
        { class: "import-choice" },
        make("button", {
          class: "button small strong",
          type: "button",
          text: "Use this",
          onclick: this.take,
        }),
        make("button", {
          class: "button small",
          type: "button",
          text: "Keep what I pasted",
          onclick: () => this.dismiss(),
        }),
        make("span", { class: "import-keys", text: "Alt+Enter, Esc" }),
      ),
    );
    this.hidden = false;
  }

  dismiss() {
    this.#asked?.abort();
    this.take = null;
    this.hidden = true;
    this.replaceChildren();
  }
}

function lineOf(line, message) {
  return asSentence(line === null ? message : `line ${line}: ${message}`);
}
