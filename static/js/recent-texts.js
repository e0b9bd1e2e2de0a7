// <recent-texts>: the texts that were typed last on this page, kept in this browser and sent nowhere.

import { make, part, setText } from "./elements.js";
import { isAnother, readList, titleOf, withText } from "./recent-list.js";

const KEPT = "recent-texts";
// Milliseconds after the last answer until a text counts as one that was typed.
const REST = 800;

export class RecentTexts extends HTMLElement {
  #soon;
  #of = fresh();
  #source = null;

  connectedCallback() {
    this.page = this.closest("back-step");
    this.list = part(this, "list");
    this.page.addEventListener("numbers", ({ detail }) => detail.problem || this.answered());
    part(this, "all").addEventListener("click", () =>
      this.keep([], "All recent texts are deleted."),
    );
    // Another tab may have typed meanwhile.
    this.closest("[popover]").addEventListener("beforetoggle", () => this.show());
    this.show();
  }

  disconnectedCallback() {
    clearTimeout(this.#soon);
  }

  // What is right is kept once it rests, if it is neither an example nor the text that was opened.
  answered() {
    clearTimeout(this.#soon);
    const { source } = this.page.state;
    this.opened ??= source;
    if (source === this.opened || this.isExample(source)) return;
    this.#soon = setTimeout(() => this.keepText(), REST);
  }

  keepText() {
    const { source, values } = this.page.state;
    if (this.page.classList.contains("is-broken")) return;
    if (this.#source !== null && isAnother(this.#source, source)) this.#of = fresh();
    this.#source = source;
    const text = { of: this.#of, source, values, at: Date.now() };
    this.keep(withText(this.kept, text));
  }

  isExample(source) {
    const links = this.closest("[popover]").querySelectorAll("a[href*='source=']");
    return [...links].some(({ href }) => new URL(href).searchParams.get("source") === source);
  }

  get kept() {
    try {
      return readList(localStorage.getItem(KEPT));
    } catch {
      return [];
    }
  }

  keep(list, said = "") {
    try {
      if (list.length) localStorage.setItem(KEPT, JSON.stringify(list));
      else localStorage.removeItem(KEPT);
    } catch {
      // Where nothing can be kept there is no list.
    }
    this.show();
    setText(part(this, "said"), said);
  }

  show() {
    const list = this.kept;
    part(this, "texts").hidden = !list.length;
    this.list.replaceChildren(...list.map((text) => this.row(text)));
  }

  row(text) {
    const title = titleOf(text.source);
    const count = text.source.trim().split("\n").length;
    const about = `${count} ${count === 1 ? "line" : "lines"}, ${when(text.at)}`;
    return make(
      "li",
      {},
      make(
        "button",
        { type: "button", class: "recent-open", onclick: () => this.open(text) },
        make("strong", { text: title }),
        make("span", { text: about }),
      ),
      make("button", {
        type: "button",
        class: "button small",
        text: "Delete",
        "aria-label": `Delete ${title}`,
        onclick: () => this.delete(text),
      }),
    );
  }

  open({ of, source, values }) {
    this.closest("[popover]").hidePopover();
    this.#of = of;
    this.#source = source;
    this.page.openText({ source, values });
  }

  delete(text) {
    const place = this.kept.findIndex(({ of }) => of === text.of);
    this.keep(
      this.kept.filter(({ of }) => of !== text.of),
      `${titleOf(text.source)} is deleted.`,
    );
    const next = this.list.children[Math.min(place, this.list.children.length - 1)];
    // The focus would be nowhere.
    (next?.lastElementChild ?? this.closest("[popover]").querySelector("a")).focus();
  }
}

function fresh() {
  return Math.random().toString(36).slice(2);
}

function when(at) {
  return new Date(at).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
}
