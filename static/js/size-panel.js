// <size-panel>: a bar for each layer's partial, how many of its units are saturated, and what is to be
// said of it. Shown while partials are coloured by size.

import { make, part } from "./elements.js";
import { number, short } from "./format.js";
import { formulaLater, setAll } from "./mathematics.js";
import { levelOf } from "./sizes.js";

const SVG = "http://www.w3.org/2000/svg";
const LEAST_LAYERS = 4;
const MOST_REMARKS = 3;
const POWERS = 8;
const TALLEST = 6.5;

export class SizePanel extends HTMLElement {
  connectedCallback() {
    this.page = this.closest("back-step");
    this.page.addEventListener("walk", () => this.show());
    this.page.addEventListener("step", () => this.show());
    this.page.addEventListener("sizes", () => this.show());
    this.addEventListener("click", ({ target }) => this.clicked(target));
  }

  show() {
    const { walk, at, state } = this.page;
    const layers = walk?.layers ?? [];
    // Before the walk is done, a bar would tell what is still to come.
    const told = Boolean(state.sizes) && walk && at === walk.total && !this.page.hiding;
    // What a layer itself does comes before what it has from the layers after it.
    const remarks = layers
      .filter(({ remark }) => remark)
      .sort((one, other) => other.saturated / other.units - one.saturated / one.units);
    this.hidden = !told || (layers.length < LEAST_LAYERS && !remarks.length);
    if (this.hidden) return;
    part(this, "bars").replaceChildren(...(layers.length < LEAST_LAYERS ? [] : bars(layers)));
    part(this, "table").replaceChildren(...layers.map(row));
    part(this, "remarks").replaceChildren(...remarks.slice(0, MOST_REMARKS).map(remarkButton));
    const more = remarks.length - MOST_REMARKS;
    part(this, "more").textContent = more > 0 ? `and ${more} more like these` : "";
    setAll(this);
  }

  clicked(target) {
    const node = target.closest("[data-node]")?.dataset.node;
    const { walk } = this.page;
    const step = walk?.steps.findLast((each) => each.node === node);
    if (step) this.page.goTo(step.step);
  }
}

function bars(layers) {
  const sizes = layers.map(({ norm }) => number(norm));
  const largest = Math.max(...sizes.filter(Number.isFinite), 0) || 1;
  return layers.map(({ symbol, norm, units, saturated }, place) => {
    const level = levelOf(norm, largest);
    const below = sizes[place] > 0 ? Math.log10(largest) - Math.log10(sizes[place]) : POWERS;
    const high = Math.max(0.03, 1 - Math.max(below, 0) / (POWERS + 1));
    return make(
      "div",
      level ? { "data-level": String(level) } : {},
      make("div", { class: "layer-bar" }, make("span", { text: short(norm, 2) }), bar(high)),
      make("span", { class: "layer-name" }, formulaLater(symbol.latex)),
      make("span", {
        class: "layer-units",
        text: saturated ? `${saturated}/${units} saturated` : "",
      }),
    );
  });
}

function bar(share) {
  const svg = document.createElementNS(SVG, "svg");
  svg.style.height = `${TALLEST * share}rem`;
  const rect = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ width: "100%", height: "100%" }))
    rect.setAttribute(name, value);
  svg.append(rect);
  return svg;
}

function row({ symbol, norm, units, saturated, remark }) {
  return make(
    "tr",
    {},
    ...[symbol.text, short(norm), `${saturated} of ${units}`, remark ?? ""].map((text) =>
      make("td", { text }),
    ),
  );
}

function remarkButton({ node, symbol, remark }) {
  return make("button", { type: "button", "data-node": node, text: `${symbol.text} ${remark}` });
}
