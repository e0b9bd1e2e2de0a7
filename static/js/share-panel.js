// <share-panel>: the link, the code for another page and the picture, ready to be copied.

import { copy } from "./copy.js";
import { make } from "./elements.js";
import { encode, LONGEST } from "./share-link.js";

const TOO_LONG =
  "The definition and its values are too long for an address. The picture and the JSON under Export still work.";

export class SharePanel extends HTMLElement {
  connectedCallback() {
    this.page = this.closest("back-step");
    this.fields = Object.fromEntries(
      [...this.querySelectorAll("input[data-link]")].map((field) => [field.dataset.link, field]),
    );
    for (const field of Object.values(this.fields)) {
      field.addEventListener("focus", () => field.select());
      field.after(
        make("button", {
          type: "button",
          class: "button",
          text: "Copy",
          onclick: (event) => copy(field.value, event.currentTarget),
        }),
      );
    }
    this.hides = this.querySelector("[data-hides]");
    this.hides.addEventListener("change", () => this.fillLinks());
    this.addEventListener("beforetoggle", (event) => event.newState === "open" && this.fillLinks());
  }

  async fillLinks() {
    const d = await encode(this.page.state);
    const address = (path, more = "") => new URL(`${path}?${more}d=${d}`, location.href).href;
    this.fields.page.value = address("/");
    this.fields.embed.value = `<iframe src="${address("/embed", this.hides.checked ? "answer=hidden&" : "")}" width="100%" height="520" title="Backpropagation, step by step"></iframe>`;
    this.fields.svg.value = address("/api/v1/graph.svg");
    this.querySelector(".share-note").textContent = d.length > LONGEST ? TOO_LONG : "";
  }
}
