// <gradient-list>: a row a parameter: its exact partial, the same with numbers, the number, and
// what can be copied; in shared form the intermediates above them.

import { make, part, problemText, setText } from "./elements.js";
import { definitionRow, gradientRow } from "./gradient-rows.js";
import { inOrder } from "./places.js";

// Reasons for which another form may do.
const TOO_MUCH = ["time_up", "formula_too_large", "memory_up"];
// A narrow page, and so many intermediates that stand open on it.
const PHONE = matchMedia("(max-width: 44rem)");
const FEW = 4;
const OFFERED = {
  auto: ["matrix", "shared"],
  scalar: ["matrix", "shared"],
  matrix: ["shared"],
  shared: [],
};

export class GradientList extends HTMLElement {
  rows = new Map();
  made = new Map();
  unseen = new WeakSet();
  shapes = false;

  connectedCallback() {
    this.page = this.closest("back-step");
    this.holder = part(this, "rows");
    this.page.addEventListener("formulas", () => this.makeRows());
    PHONE.addEventListener("change", () => this.makeRows());
    this.page.addEventListener(
      "numbers",
      ({ detail }) => detail.problem || this.showNumbers(detail),
    );
    this.page.addEventListener("walk", () =>
      this.rows.size ? this.showFigures() : this.makeRows(),
    );
    this.holder.addEventListener(
      "contentvisibilityautostatechange",
      (event) => this.visibilityChanged(event),
      true,
    );
    this.page.addEventListener("check", ({ detail }) => this.showCheck(detail));
    this.page.addEventListener("fault", () => this.classList.add("is-stale"));
    this.page.addEventListener("valid", () => this.classList.remove("is-stale"));
  }

  makeRows() {
    const { numbers, formulas, walk } = this.page.answers;
    const failed = formulas?.problem;
    part(this, "trouble").replaceChildren(
      ...(failed ? [problemText(failed), ...this.otherForms(failed)] : []),
    );
    if (!numbers?.gradients || !formulas) return;
    const symbols = new Map((walk?.steps ?? []).map((step) => [step.name, step.symbol]));
    const option = { shapes: this.shapes };
    const before = this.made;
    this.made = new Map();
    // What says the same as before is not made anew.
    const same = (kind, ...given) => {
      const key = JSON.stringify([kind.name, ...given]);
      this.made.set(key, before.get(key) ?? kind(...given));
      return this.made.get(key);
    };
    const row = (name) =>
      same(
        gradientRow,
        name,
        symbols.get(name),
        numbers.loss.name,
        formulas.gradients?.[name],
        option,
      );
    this.rows = new Map(inOrder(numbers.gradients, walk).map((name) => [name, row(name)]));
    const rows = [...this.rows.values()].map(({ element }) => element);
    this.definitions = (formulas.definitions ?? []).map((each) =>
      same(definitionRow, each, option),
    );
    this.choice ??= this.shapesChoice();
    const written = [...Object.values(formulas.gradients ?? {}), ...(formulas.definitions ?? [])];
    const shaped = written.some((each) => (each.display_shapes ?? each.display) !== each.display);
    const head = shaped ? [this.choice] : [];
    const nothing = make("p", {
      class: "card-note",
      text: "The definition has no param, so there is nothing to derive by.",
    });
    const held = formulas.sums_to_one ?? [];
    const premise = make("p", {
      class: "card-note",
      text: `${held.join(", ")}: held to add up to 1, as ${held.length > 1 ? "they do" : "it does"}.`,
    });
    const matrices = formulas.symmetric ?? [];
    const turned = make("p", {
      class: "card-note",
      text: `${matrices.join(", ")}: held to be symmetric, as ${matrices.length > 1 ? "they are" : "it is"}.`,
    });
    placeInOrder(this.holder, [
      ...head,
      ...this.folded(this.definitions),
      ...(rows.length ? rows : [nothing]),
      ...(held.length ? [premise] : []),
      ...(matrices.length ? [turned] : []),
    ]);
    this.showNumbers(numbers);
    this.showFigures();
  }

  // On a phone many intermediates are a line, so that the parameters' rows come soon.
  folded(definitions) {
    this.sharing ??= make("details", { class: "sharing" }, make("summary", {}), make("div", {}));
    if (definitions.length <= FEW || !PHONE.matches) return definitions;
    const [word, holder] = this.sharing.children;
    setText(word, `${definitions.length} shared parts, in the order of backprop`);
    placeInOrder(holder, definitions);
    return [this.sharing];
  }

  // What is too large in one form may be small in another.
  otherForms({ code }) {
    const forms = TOO_MUCH.includes(code) ? OFFERED[this.page.state.form] : [];
    const tabs = this.page.querySelector("gradient-tabs");
    const button = (form) =>
      make("button", {
        type: "button",
        class: "button small",
        text: form === "matrix" ? "Show them by names" : `Show the ${form} form`,
        onclick: () => tabs.chooseForm(form),
      });
    return forms.length ? [make("p", { class: "offers" }, ...forms.map(button))] : [];
  }

  shapesChoice() {
    const change = ({ target }) => {
      this.shapes = target.checked;
      this.makeRows();
    };
    return make(
      "label",
      { class: "shapes" },
      make("input", { type: "checkbox", checked: this.shapes, onchange: change }),
      " shapes under the symbols",
    );
  }

  showNumbers(answer) {
    for (const [name, row] of this.rows) {
      if (name in answer.gradients) row.update(answer.gradients[name], answer.rounding?.[name]);
      row.agree(null);
    }
    part(this, "warnings").replaceChildren(
      ...answer.warnings.map((warning) => this.warningItem(warning)),
    );
  }

  // With the values at hand. While they move only what is in sight; the rest when it comes into
  // sight, or when they rest.
  showFigures() {
    const large = new Map(
      (this.page.walk?.steps ?? [])
        .filter((step) => step.phase === "backward" && step.summary)
        .map((step) => [step.name, step]),
    );
    const moving = this.page.classList.contains("is-moving");
    for (const [name, row] of this.rows) {
      if (!moving || !this.unseen.has(row.element)) row.figures(large.get(name));
    }
  }

  visibilityChanged({ target, skipped }) {
    if (skipped) this.unseen.add(target);
    else if (this.unseen.delete(target)) this.showFigures();
  }

  warningItem({ message, line }) {
    return make("li", { text: `${message}${line ? ` (line ${line})` : ""}.` });
  }

  showCheck(answer) {
    for (const [name, row] of this.rows)
      row.agree(answer.problem ? null : answer.agree, answer.gradients?.[name]);
  }
}

// The elements in this order. What is taken out and put back is laid out anew, so what stands right
// stays.
function placeInOrder(holder, wanted) {
  wanted.forEach(
    (element, place) =>
      holder.children[place] === element ||
      holder.insertBefore(element, holder.children[place] ?? null),
  );
  while (holder.children.length > wanted.length) holder.lastElementChild.remove();
}
