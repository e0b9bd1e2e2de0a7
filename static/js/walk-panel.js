// <walk-panel>: the step at hand, in formulas, in numbers and in words.

import { part, problemText, setText } from "./elements.js";
import { setAll } from "./mathematics.js";
import { patch } from "./patch.js";
import { stepAt } from "./places.js";
import { PointedElement } from "./pointed-element.js";
import { lines } from "./step-lines.js";

// Of the card, what a step may leave empty; and the width under which the panel is as tall as its step.
const EMPTY = 0.3;
const NARROW = 700;
// Of the steps that say least, so many are measured.
const SHORT = 4;
const STRIDE = 64;
const CLOSED = new Set();

export class WalkPanel extends HTMLElement {
  // What is open of what folds, in every step.
  opened = new Set();
  kept = { forward: 0, backward: 0 };

  connectedCallback() {
    this.page = this.closest("back-step");
    this.body = part(this, "body");
    this.details = part(this, "answer");
    this.pointed = new PointedElement(this);
    this.addEventListener("click", (event) => this.folded(event));
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
    this.keepHeight(step);
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

  showLines(walk, step, opened = this.opened) {
    const { pointed } = this.pointed;
    const { source } = this.page.state;
    const nodes = lines(walk, step, { pointed, opened, source }).filter(Boolean);
    if (this.body.querySelector("[data-formula]")) patch(this.body, nodes);
    else this.body.replaceChildren(...nodes);
    setAll(this.body);
  }

  // By mouse or key: all of a kind opens, or closes, with one.
  folded(event) {
    const summary = event.target.closest("[data-fold] > summary");
    if (!summary) return;
    event.preventDefault();
    const { fold } = summary.parentElement.dataset;
    this.opened[this.opened.has(fold) ? "delete" : "add"](fold);
    this.showStep();
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

  // What a step needs more than its way keeps is rounded up, so that steps of much the same height
  // have the same.
  keepHeight(step) {
    const kept = this.kept[step?.phase ?? "forward"];
    this.body.style.minHeight = `${kept}px`;
    const more = kept ? this.body.offsetHeight - kept : 0;
    if (more > 0) this.body.style.minHeight = `${kept + STRIDE * Math.ceil(more / STRIDE)}px`;
  }

  // From step to step nothing below moves, as far as it can: each way, forward and back, the panel
  // keeps the height of the step that says most, with what is folded closed, but never so much that
  // the one that says least leaves a third of the card empty. A step that says more is as tall as it
  // is. What says the same as before is as tall as before.
  settleHeight() {
    const { walk } = this.page;
    if (!walk || !this.width) return;
    const ways = {
      forward: [null, ...extremes(walk.steps.slice(0, walk.forward))],
      backward: extremes(walk.steps.slice(walk.forward)),
    };
    const made = JSON.stringify([
      this.width,
      ...Object.values(ways)
        .flat()
        .map((step) => step && heightKey(step)),
    ]);
    if (made === this.made) return;
    this.made = made;
    const focused = this.pointed.focused(this.body);
    this.body.style.minHeight = "0";
    const heightOf = (step) => {
      this.showLines(walk, step, CLOSED);
      return this.body.offsetHeight;
    };
    for (const [way, steps] of Object.entries(ways)) {
      const heights = steps.map(heightOf);
      this.kept[way] =
        this.width < NARROW
          ? 0
          : keptHeight(heights, this.closest(".card").offsetHeight - this.body.offsetHeight);
    }
    this.showStep();
    // What had the focus was taken out for the other steps.
    if (focused) this.pointed.focus(focused);
  }
}

function keptHeight(heights, around) {
  if (!heights.length) return 0;
  const most = (Math.min(...heights) + EMPTY * around) / (1 - EMPTY);
  return Math.floor(Math.min(Math.max(...heights), most));
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

// Steps of one way that may be the tallest, those of most uses, of most rows, and the last; and some
// that may be the shortest.
function extremes(steps) {
  if (!steps.length) return [];
  const best = (size) => steps.reduce((found, step) => (size(step) > size(found) ? step : found));
  const least = [...steps].sort((one, other) => amount(one) - amount(other)).slice(0, SHORT);
  return [...new Set([best(uses), best(rows), steps.at(-1), steps[0], ...least])];
}

function uses(step) {
  return step.contributions?.length ?? 0;
}

function amount(step) {
  if (!step.contributions) return rows(step) + (step.formula ? 2 : 0);
  return (
    4 * Math.max(uses(step), 1) +
    rows(step) +
    Math.min((step.contributions[0]?.rule?.reused ?? []).length, 2)
  );
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
