// <second-derivatives>: how every partial changes with every parameter. The matrix where it can be
// read, else its product with a vector. Asked for when it is opened, and again when a value has
// come to rest.

import { Problem, post } from "./api.js";
import { countOf, lengthsOf } from "./arrays.js";
import { askAgain } from "./ask-again.js";
import { make, problemText } from "./elements.js";
import { shape, short } from "./format.js";
import { inOrder } from "./places.js";
import { ones, productFormulas, secondProduct } from "./second-product.js";
import { secondTable } from "./second-table.js";
import { asSentence } from "./sentence.js";

const MOST = 40;
const GRADIENT = "gradient";

export class SecondDerivatives extends HTMLElement {
  #stop = null;
  left = new Set();
  vector = GRADIENT;

  connectedCallback() {
    this.page = this.closest("back-step");
    this.head = make("div", { class: "second-head", role: "group", "aria-label": "Derived by" });
    this.found = make("div", {});
    this.append(this.head, this.found);
    askAgain(this, this.page);
  }

  open() {
    this.ask();
  }

  // Every parameter with its lengths, and whether it is derived by.
  get names() {
    const shapes = new Map((this.page.walk?.steps ?? []).map((step) => [step.name, step.shape]));
    const gradients = this.page.answers.numbers?.gradients ?? {};
    return inOrder(gradients, this.page.walk).map((name) => ({
      name,
      lengths: gradients[name] === null ? (shapes.get(name) ?? []) : lengthsOf(gradients[name]),
      on: !this.left.has(name),
    }));
  }

  choices(names, large) {
    const box = ({ name, lengths, on }) => {
      const change = ({ target }) => {
        this.left[target.checked ? "delete" : "add"](name);
        this.ask();
      };
      return make(
        "label",
        {},
        make("input", { type: "checkbox", checked: on, "data-by": name, onchange: change }),
        lengths.length ? `${name} (${shape(lengths)})` : name,
      );
    };
    const options = [
      [GRADIENT, "the gradient"],
      ...names.filter(({ on }) => on).map(({ name }) => [name, `ones in ${name}`]),
    ];
    const choose = ({ target }) => {
      this.vector = target.value;
      this.ask();
    };
    const select = make(
      "select",
      { "data-direction": "", onchange: choose },
      ...options.map(([value, text]) =>
        make("option", { value, text, selected: value === this.vector }),
      ),
    );
    const held = this.head.contains(document.activeElement) ? document.activeElement.dataset : null;
    this.head.replaceChildren(
      "Derived by ",
      ...names.map(box),
      ...(large ? [make("label", {}, "in the direction of ", select)] : []),
    );
    if (held)
      this.head.querySelector(held.by ? `[data-by="${CSS.escape(held.by)}"]` : "select")?.focus();
  }

  async ask() {
    const names = this.names;
    const by = names.filter(({ on }) => on);
    const large = by.reduce((sum, { lengths }) => sum + countOf(lengths), 0) > MOST;
    if (!by.some(({ name }) => name === this.vector)) this.vector = GRADIENT;
    this.choices(names, large);
    this.#stop?.abort();
    if (!by.length)
      return this.found.replaceChildren(
        make("p", {
          class: "card-note",
          text: names.length
            ? "Choose something to derive by."
            : "The definition has no param, so there is nothing to derive by.",
        }),
      );
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const slow = setTimeout(
      () => this.found.replaceChildren(make("p", { class: "card-note", text: "deriving twice…" })),
      500,
    );
    const shown = await this.derive(by, large, signal).finally(() => clearTimeout(slow));
    if (!signal.aborted) this.found.replaceChildren(...shown);
    return undefined;
  }

  // The matrix, the product where the matrix is too large, or why there is neither.
  async derive(by, large, signal) {
    const { source, values } = this.page.state;
    const wrt = by.map(({ name }) => name);
    try {
      const vector = large ? await this.direction(by, signal) : undefined;
      const answer = await (
        await post("/hessian", { source, values, wrt, ...(vector && { vector }) }, signal)
      ).json();
      return vector ? secondProduct(answer) : this.matrix(answer);
    } catch (error) {
      if (error instanceof Problem) return [problemText(error.details)];
      if (error.name !== "AbortError") throw error;
      return [];
    }
  }

  // What the Hessian is multiplied with.
  async direction(by, signal) {
    if (this.vector !== GRADIENT)
      return { [this.vector]: ones(by.find(({ name }) => name === this.vector).lengths) };
    const { source, values } = this.page.state;
    const names = by.map(({ name }) => name);
    const { partials } = await (await post("/evaluate", { source, values, names }, signal)).json();
    return Object.fromEntries(names.map((name) => [name, partials[name]]));
  }

  matrix(answer) {
    const {
      bending,
      eigenvalues,
      formulas,
      formulas_skipped: skipped,
      product_formulas: products,
      warnings,
    } = answer;
    const why = formulas || products || !skipped ? [] : [asSentence(skipped)];
    const facts = [
      mirrored(answer),
      ...(bending
        ? [
            `Eigenvalues from ${short(eigenvalues[0])} to ${short(eigenvalues.at(-1))}: the loss ${bending}.`,
          ]
        : []),
      ...why,
      ...warnings.map(({ message }) => `${message}.`),
    ];
    const list = make(
      "ul",
      { class: "second-facts" },
      ...facts.map((each) => make("li", {}, ...[each].flat())),
    );
    return [
      ...secondTable(answer, this.page.walk),
      list,
      ...(products ? [productFormulas(products)] : []),
    ];
  }
}

// Each pair is two derivations that must come to the same.
function mirrored({ asymmetry, symmetric }) {
  if (asymmetry === null) return "Some second derivatives are no finite numbers.";
  const apart = asymmetry
    ? `they differ by ${short(asymmetry)} of the largest number at most`
    : "they are the same to the last digit";
  return [
    make("span", {
      class: symmetric ? "agreed" : "",
      text: symmetric ? "✓ symmetric" : "not symmetric",
    }),
    `: every pair is derived both ways round, and ${apart}.`,
  ];
}
