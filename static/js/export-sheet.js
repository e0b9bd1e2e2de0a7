// <export-sheet>: what is on the screen as a file: code, a document, a picture. Its links become
// tabs; what is shown is what is copied and saved.

import { Problem, post } from "./api.js";
import { nameOf, parts } from "./code-parts.js";
import { copy } from "./copy.js";
import { make, part, problemText } from "./elements.js";
import { point } from "./pointing.js";

const PICTURES = ["svg", "png", "pdf"];
const DRAWN = [...PICTURES, "tikz", "dot", "json"];
const LANGUAGES = {
  c: "c",
  julia: "julia",
  octave: "octave",
  latex: "tex",
  beamer: "tex",
  tikz: "tex",
  notebook: "json",
  json: "json",
  nn: "nn",
  dot: "dot",
};
const SELF_CHECKING = ["torch", "jax", "c", "julia", "octave", "sympy"];
// Lines of a file that are shown; a browser sets more, but not at once.
const MOST = 1500;

export class ExportSheet extends HTMLElement {
  #turn = 0;
  #text = "";
  #stop = null;

  connectedCallback() {
    this.page = this.closest("back-step");
    this.tabs = [...this.querySelectorAll("a[data-file]")];
    this.shown = part(this, "shown");
    this.button = part(this, "copy");
    this.save = part(this, "save");
    this.theme = this.querySelector("[data-theme-choice]");
    this.scale = this.querySelector("[data-scale-choice]");
    this.makeTabs();
    this.addEventListener("toggle", (event) => event.newState === "open" && this.opened());
    this.addEventListener("keydown", (event) => this.keyPressed(event));
    this.addEventListener("click", (event) => this.clicked(event));
    this.addEventListener("pointerover", (event) =>
      this.pointAt(event.target.closest("[data-name]")),
    );
    for (const choice of [this.theme, this.scale])
      choice.addEventListener("change", () => this.load());
    for (const change of ["numbers", "step", "view"])
      this.page.addEventListener(change, () => this.matches(":popover-open") && this.load());
  }

  get chosen() {
    return this.tabs.find((tab) => tab.getAttribute("aria-selected") === "true");
  }

  makeTabs() {
    for (const list of this.querySelectorAll(".export-files ul")) {
      list.setAttribute("role", "tablist");
      for (const item of list.children) item.setAttribute("role", "presentation");
    }
    for (const tab of this.tabs) {
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", "export-shown");
      tab.id = `export-${tab.dataset.file}`;
    }
    this.mark(this.tabs[0]);
  }

  mark(chosen) {
    for (const tab of this.tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
    }
    this.shown.setAttribute("aria-labelledby", chosen.id);
  }

  opened() {
    const set = document.documentElement.dataset.theme;
    const dark = set ? set === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    this.theme.value = dark ? "dark" : "light";
    this.load();
  }

  keyPressed(event) {
    const moves = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
    const place = this.tabs.indexOf(event.target);
    const count = this.tabs.length;
    const aims = { Home: 0, End: count - 1 };
    const move = moves[event.key];
    const aim = move ? (place + move + count) % count : aims[event.key];
    if (place < 0 || aim === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.choose(this.tabs[aim]);
    this.tabs[aim].focus();
  }

  clicked(event) {
    const tab = event.target.closest("a[data-file]");
    if (tab && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      this.choose(tab);
    } else if (event.target.closest("[data-part='copy']")) this.copyFile();
    else if (event.target.closest("[data-part='save']")) {
      event.preventDefault();
      this.saveFile();
    }
  }

  choose(tab) {
    if (tab === this.chosen) return;
    this.mark(tab);
    tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.load();
  }

  pointAt(line) {
    const name = line?.dataset.name;
    if (name || this.page.pointed?.from === "export")
      point(this.page, name ? { name, from: "export" } : null);
  }

  // The call that answers a file.
  request(file) {
    const { source, values, zoom, direction, open } = this.page.state;
    if (!DRAWN.includes(file)) return ["/export", { source, values, target: file }];
    const view = { zoom, direction, open, step: this.page.at };
    const scale = Number(this.scale.value);
    return ["/graph", { source, values, ...view, format: file, theme: this.theme.value, scale }];
  }

  ask(file) {
    return post(...this.request(file), this.#stop.signal);
  }

  async load() {
    this.#turn += 1;
    const turn = this.#turn;
    this.#stop?.abort();
    this.#stop = new AbortController();
    const { file } = this.chosen.dataset;
    const picture = PICTURES.includes(file);
    part(this, "tools").hidden = !DRAWN.includes(file) || file === "json";
    part(this, "scale").hidden = file !== "png";
    this.button.hidden = file === "pdf" || (file === "png" && !globalThis.ClipboardItem);
    this.say("", "coming…");
    try {
      const response = await this.ask(picture ? "svg" : file);
      const text = await response.text();
      if (turn !== this.#turn) return;
      this.#text = text;
      this.show(file, picture);
      this.name = picture ? `graph.${file}` : nameIn(response, file);
      this.save.querySelector("span").textContent = `Download ${this.name}`;
      await this.tell(file, turn);
    } catch (error) {
      if (error.name === "AbortError" || turn !== this.#turn) return;
      if (!(error instanceof Problem)) throw error;
      this.#text = "";
      this.shown.replaceChildren(problemText(error.details));
      this.say("", "There is no such file of this network.");
    }
    this.ready(Boolean(this.#text));
  }

  ready(is) {
    this.button.disabled = !is;
    this.save.toggleAttribute("inert", !is);
  }

  show(file, picture) {
    this.shown.scrollTo(0, 0);
    this.shown.classList.toggle("is-picture", picture);
    this.shown.dataset.theme = picture ? this.theme.value : "";
    this.shown.replaceChildren(picture ? drawing(this.#text) : this.code(file));
  }

  code(file) {
    const language = LANGUAGES[file] ?? "python";
    const names = this.page.answers.numbers?.values ?? {};
    const lines = this.#text.replace(/\n$/, "").split("\n");
    const list = lines.slice(0, MOST).map((line) => {
      const name = nameOf(line, names);
      const pieces = parts(line, language).map(({ text, kind }) =>
        kind ? make("span", { class: `code-${kind}`, text }) : text,
      );
      return make("li", { "data-name": name }, make("code", {}, ...pieces));
    });
    const more = lines.length - MOST;
    const rest =
      more > 0 && make("p", { class: "card-note", text: `… and ${more} lines more, in the file` });
    return make("div", {}, make("ol", { class: "export-code" }, ...list), rest || null);
  }

  // What is known of the file, and no more: what was not run here says so.
  async tell(file, turn) {
    if (file === "numpy" || file === "notebook") {
      this.say("", "running its lines…");
      const { source, values } = this.page.state;
      const found = await (
        await post("/export/check", { source, values }, this.#stop.signal)
      ).json();
      if (turn === this.#turn) this.say(...verdict(found));
    } else if (SELF_CHECKING.includes(file))
      this.say("not run here", "Run it: it compares itself with the numbers of this page.");
    else if (file === "latex" || file === "beamer" || file === "tikz")
      this.say("not run here", "pdflatex alone sets it.");
    else if (file === "nn") this.say("", "The text, with the values in force.");
    else
      this.say(
        "",
        `Step ${this.page.at} of ${this.page.walk?.total ?? 0}, with the values in force.`,
      );
  }

  say(title, words, kind = "") {
    part(this, "state").className = `export-state ${kind}`;
    part(this, "state").replaceChildren(
      ...(title ? [make("strong", { text: title })] : []),
      make("span", { text: words }),
    );
  }

  copyFile() {
    const { file } = this.chosen.dataset;
    if (file !== "png") return copy(this.#text, this.button);
    // The promise is given as it is: a browser allows no copying after a wait.
    const image = this.ask("png").then((response) => response.blob());
    return copy(new ClipboardItem({ "image/png": image }), this.button);
  }

  async saveFile() {
    const { file } = this.chosen.dataset;
    try {
      const blob = PICTURES.includes(file)
        ? await (await this.ask(file)).blob()
        : new Blob([this.#text], { type: "text/plain" });
      const url = URL.createObjectURL(blob);
      Object.assign(document.createElement("a"), { href: url, download: this.name }).click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    } catch (error) {
      if (error instanceof Problem) this.say("", error.message);
    }
  }
}

function nameIn(response, file) {
  const said = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "");
  return said ? said[1] : `graph.${file}`;
}

// The picture as it is in the file; its ids would be those of the page's own drawing.
function drawing(text) {
  const picture = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  for (const each of picture.querySelectorAll("[id]")) each.removeAttribute("id");
  return document.adoptNode(picture);
}

function verdict({ agree, loss, gradients, worst, tolerance }) {
  const count = gradients.length;
  const what = `${loss} and ${count} gradient${count === 1 ? "" : "s"}`;
  const apart = worst ? worst.toPrecision(1) : "0";
  return agree
    ? [
        `checked: equals the page to ${tolerance}`,
        `Its lines were run on this server: ${what}, largest difference ${apart}.`,
        "is-good",
      ]
    : [
        "differs from the page",
        `Its lines were run on this server: ${what}, largest difference ${apart}.`,
        "is-bad",
      ];
}
