// <derivation-panel>: one partial derived line by line, each with the rule it uses, and the paths
// that its sum goes over.

import { Problem, post } from "./api.js";
import { askAgain } from "./ask-again.js";
import { breakable } from "./breaks.js";
import { copy } from "./copy.js";
import { make, problemText } from "./elements.js";
import { formula } from "./mathematics.js";
import { namesWithPartial } from "./places.js";
import { asSentence } from "./sentence.js";

export class DerivationPanel extends HTMLElement {
  #stop = null;
  of = null;

  connectedCallback() {
    this.page = this.closest("back-step");
    askAgain(this, this.page);
  }

  open() {
    if (!this.select) {
      this.select = make("select", { id: "derivation-of", onchange: () => this.choose() });
      this.lines = make("div", { class: "derivation-lines", "aria-live": "polite" });
      this.paths = make("div", { class: "derivation-paths" });
      this.append(
        make(
          "p",
          { class: "derivation-head" },
          make("label", { for: "derivation-of", text: "The partial with respect to " }),
          this.select,
        ),
        this.lines,
        this.paths,
      );
    }
    this.ask();
  }

  choose() {
    this.of = this.select.value;
    this.ask();
  }

  fillNames() {
    const names = namesWithPartial(this.page.walk, this.page.answers.numbers?.gradients ?? {});
    if (!names.includes(this.of)) [this.of = null] = names;
    this.select.replaceChildren(
      ...names.map((name) =>
        make("option", { value: name, text: name, selected: name === this.of }),
      ),
    );
  }

  async ask() {
    this.fillNames();
    if (this.of === null) return;
    this.#stop?.abort();
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const { source, values, zoom } = this.page.state;
    const slow = setTimeout(() => this.showWorking(), 500);
    const asked = [
      this.#fetchInto(
        "/derivation",
        { source, values, of: this.of },
        signal,
        this.lines,
        (answer) => this.lineElements(answer),
      ).finally(() => clearTimeout(slow)),
      this.#fetchInto(
        "/paths",
        { source, values, of: this.of, zoom, most: 12 },
        signal,
        this.paths,
        (answer) => this.pathElements(answer),
      ),
    ];
    await Promise.all(asked);
  }

  showWorking() {
    const stop = make("button", {
      type: "button",
      class: "link",
      text: "Stop",
      onclick: () => this.stop(),
    });
    this.lines.replaceChildren(make("p", { class: "card-note" }, "deriving… ", stop));
  }

  stop() {
    this.#stop.abort();
    this.lines.replaceChildren(
      problemText({ title: "Stopped.", detail: "Choose a name, and it starts again." }),
    );
    this.paths.replaceChildren();
  }

  async #fetchInto(path, body, signal, holder, show) {
    try {
      const answer = await (await post(path, body, signal)).json();
      if (!signal.aborted) holder.replaceChildren(...show(answer));
    } catch (error) {
      if (error instanceof Problem && !signal.aborted)
        holder.replaceChildren(problemText(error.details));
      else if (error.name !== "AbortError") throw error;
    }
  }

  lineElements({ lines, align, text }) {
    const tools = make(
      "p",
      { class: "derivation-tools" },
      button("Copy as LaTeX", align),
      button("Copy as text", text),
    );
    return [make("ol", { class: "derivation-steps" }, ...lines.map(lineElement)), tools];
  }

  pathElements({ of, to, said, paths, display, numbers, reason, count }) {
    const title = make("h3", {
      text: count === 1 ? `One path from ${of} to ${to}` : `${said} paths from ${of} to ${to}`,
    });
    const rows = paths.map((each) => this.pathElement(each));
    const sum =
      paths.length > 1 && display ? [equation(numbers ? `${display} = ${numbers}` : display)] : [];
    return [
      title,
      ...(reason ? [make("p", { class: "card-note", text: asSentence(reason) })] : []),
      make("ul", { class: "paths" }, ...rows),
      ...sum,
    ];
  }

  pathElement({ names, display, numbers, edges, nodes }) {
    const light = (on) => () => this.highlight(edges, nodes, on);
    const listen = {
      onpointerenter: light(true),
      onpointerleave: light(false),
      onfocus: light(true),
      onblur: light(false),
    };
    return make(
      "li",
      { tabindex: "0", ...listen },
      make("span", { class: "path-names", text: names.join(" → ") }),
      equation(numbers ? `${display} = ${numbers}` : display),
    );
  }

  // The path in the drawing, where it is drawn at the same zoom.
  highlight(edges, nodes, on) {
    for (const edge of this.page.querySelectorAll(".edge"))
      edge.classList.toggle("is-pointed", on && edges.includes(edge.dataset.edge));
    for (const node of this.page.querySelectorAll(".node"))
      node.classList.toggle("is-pointed", on && nodes.includes(node.dataset.node));
  }
}

function lineElement({ title, words, display, display_numbers: numbers, depth }) {
  const shown = [equation(display)];
  if (numbers) shown.push(equation(`{=} \\; ${numbers}`, "derivation-numbers"));
  return make(
    "li",
    { class: `depth-${Math.min(depth, 4)}` },
    make(
      "p",
      { class: "derivation-rule" },
      make("strong", { text: title }),
      remainingWords(title, words),
    ),
    ...shown,
  );
}

// What the words say beyond the title.
function remainingWords(title, words) {
  const said = words
    ? words
        .split("; ")
        .filter((each) => each !== title)
        .join("; ")
    : "";
  return said.startsWith(title) ? said.slice(title.length) : said && ` ${said}`;
}

function equation(latex, name = "") {
  return make("div", { class: `equation ${name}` }, formula(`\\displaystyle ${breakable(latex)}`));
}

function button(label, text) {
  return make("button", {
    type: "button",
    class: "button small",
    text: label,
    onclick: (event) => copy(text, event.currentTarget),
  });
}
