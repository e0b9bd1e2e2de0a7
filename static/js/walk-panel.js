// <walk-panel>: the step at hand, in formulas, in numbers and in words.

import { part, problemText, setText } from "./elements.js";
import { setAll } from "./mathematics.js";
import { patch } from "./patch.js";
import { stepAt } from "./places.js";
import { PointedElement } from "./pointed-element.js";
import { lines } from "./step-lines.js";

export class WalkPanel extends HTMLElement {
  connectedCallback() {
    this.page = this.closest("back-step");
    this.body = part(this, "body");
    this.details = part(this, "answer");
    this.pointed = new PointedElement(this);
    this.details?.addEventListener("toggle", () => this.answerToggled());
    this.page.addEventListener("walk", ({ detail }) => this.receiveWalk(detail));
    this.page.addEventListener("step", () => this.showStep());
    this.page.addEventListener("fault", () => this.classList.add("is-stale"));
    this.page.addEventListener("valid", () => this.classList.remove("is-stale"));
    new ResizeObserver(([seen]) => this.resized(seen.contentRect.width)).observe(this);
  }

  receiveWalk(answer) {
    if (answer.problem) this.body.replaceChildren(problemText(answer.problem));
    else this.settleHeight();
  }

  showStep() {
    const { walk, at } = this.page;
    if (!walk) return;
    const step = stepAt(walk, at);
    if (step?.node !== this.shown) this.pointed.forget();
    this.shown = step?.node;
    this.showLines(walk, step);
    const question = this.details
      ? this.question(walk, step)
      : this.page.hiding
        ? questionOf(walk, step)
        : "";
    this.body.hidden = Boolean(this.page.hiding) && !this.details;
    setText(part(this, "spoken"), question || (step?.words ?? "nothing is computed yet"));
  }

  // Where answers are hidden: a step that finds something asks first, once for each time one comes
  // to it.
  question(walk, step) {
    const question = questionOf(walk, step);
    const asks = question !== "";
    setText(part(this, "question"), question);
    const place = `${walk.zoom} ${step?.step ?? 0}`;
    if (place !== this.asking) this.setOpen(!asks);
    this.asking = place;
    return this.details.open ? "" : question;
  }

  setOpen(open) {
    this.details.open = open;
    this.answerToggled();
  }

  // The drawing hides with the panel.
  answerToggled() {
    if (this.page.hiding === !this.details.open) return;
    this.page.hiding = !this.details.open;
    this.page.querySelector("graph-drawing").paintStep();
    this.page.dispatchEvent(new Event("answer"));
    const step = this.page.walk && stepAt(this.page.walk, this.page.at);
    if (this.details.open && step) setText(part(this, "spoken"), step.words);
  }

  showLines(walk, step) {
    const nodes = lines(walk, step, this.pointed.pointed).filter(Boolean);
    if (this.body.querySelector("[data-formula]")) patch(this.body, nodes);
    else this.body.replaceChildren(...nodes);
    setAll(this.body);
  }

  // The same step with another element pointed at.
  showPointed() {
    const { walk, at } = this.page;
    if (walk) this.showLines(walk, stepAt(walk, at));
    this.page.dispatchEvent(new Event("element"));
  }

  productOf(edge) {
    const step = stepAt(this.page.walk, this.page.at);
    return step?.contributions?.find((each) => each.edge === edge)?.product ?? null;
  }

  resized(width) {
    this.width = Math.round(width);
    this.settleHeight();
  }

  // As tall as the step that says most: what stands below must not move from step to step. What
  // says the same as before is as tall as before.
  settleHeight() {
    const { walk } = this.page;
    if (!walk || !this.width) return;
    const steps = tallest(walk);
    const made = JSON.stringify([this.width, ...steps.map(heightKey)]);
    if (made === this.made) return;
    this.made = made;
    this.body.style.minHeight = "";
    const heights = steps.map((step) => {
      this.showLines(walk, step);
      return this.body.offsetHeight;
    });
    this.body.style.minHeight = `${Math.max(0, ...heights)}px`;
    this.showStep();
  }
}

function questionOf(walk, step) {
  if (step?.phase === "backward")
    return `What is the partial of ${walk.loss} with respect to ${step.symbol.text}?`;
  return step?.formula ? `What is ${step.symbol.text}?` : "";
}

// What of a step the height of the panel is of: all but its figures.
function heightKey({ symbol, shape, formula, contributions, note, remark }) {
  return [
    symbol.latex,
    symbol.partial,
    shape,
    formula?.display,
    contributions?.map(({ rule, reason, pass, product }) => [
      rule?.display,
      rule?.reused,
      reason,
      pass,
      product?.element,
    ]),
    note,
    remark,
  ];
}

// Steps that may be the tallest: of most uses, of most rows, and the last.
function tallest(walk) {
  const most = (size) => walk.steps.reduce((best, step) => (size(step) > size(best) ? step : best));
  return [
    most((step) => step.contributions?.length ?? 0),
    most((step) => (step.contributions ? rows(step) : 0)),
    walk.steps.at(-1),
  ];
}

function rows(step) {
  const written = (step.contributions ?? []).map(({ product }) => product).filter(Boolean);
  if (written.length)
    return written.reduce((most, { factors, rows: high }) => {
      const all = [high, ...factors.map((each) => each.rows)];
      return most + 4 + Math.max(...all.map((each) => Math.min(each, 5)));
    }, 0);
  return step.shape.length && step.shape.length <= 2 && step.shape[0] <= 8 ? step.shape[0] : 0;
}
