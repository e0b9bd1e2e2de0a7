// <graph-bar>: the switch of zooms and the turn of the drawing, without leaving the page.

import { make, part, setText } from "./elements.js";

export class GraphBar extends HTMLElement {
  connectedCallback() {
    this.page = this.closest("back-step");
    this.zooms = [...this.querySelectorAll("[data-zoom]")];
    this.turn = this.querySelector("[data-turn]");
    this.addEventListener("click", (event) => this.clicked(event));
    this.page.addEventListener("view", () => this.showView());
    this.page.addEventListener("walk", ({ detail }) => this.showIncoming(detail));
    this.page.querySelector(".host").addEventListener("framed", () => this.showFit());
    this.page.addEventListener("sizes", () => this.showSizes());
    this.labels = this.querySelector("[data-labels]");
    this.labels.addEventListener("change", () =>
      this.page.querySelector("graph-drawing").setLabels(this.labels.value),
    );
  }

  clicked(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const zoom = event.target.closest("a[data-zoom]");
    const turn = event.target.closest("a[data-turn]");
    const scale = event.target.closest("[data-scale]");
    if (zoom || turn) event.preventDefault();
    if (zoom) this.page.changeView({ zoom: zoom.dataset.zoom });
    if (turn)
      this.page.changeView({
        direction: this.page.state.direction === "LR" ? "TB" : "LR",
        turned: true,
      });
    const sizes = event.target.closest("[data-sizes]");
    if (sizes) this.page.colourBySize(this.#sizesAfter(sizes.dataset.sizes));
    if (scale) this.drawing.frame[scale.dataset.scale]();
    if (scale?.dataset.scale !== "fit") return;
    // What cannot be read whole is folded first.
    if (this.drawing.frame.fits || !this.drawing.foldAway()) this.drawing.followStep();
  }

  // The switch turns colours on and off; which scale it is stays chosen.
  #sizesAfter(pressed) {
    if (pressed !== "switch") return pressed;
    return this.page.state.sizes ? null : "relative";
  }

  showSizes() {
    const { sizes } = this.page.state;
    part(this, "sizes").setAttribute("aria-pressed", String(Boolean(sizes)));
    part(this, "size-legend").hidden = !sizes;
    setText(part(this, "deep-end"), sizes === "absolute" ? "1 and more" : "1 × the largest");
    for (const button of this.querySelectorAll("[data-sizes]:not([data-part])"))
      button.setAttribute("aria-pressed", String(button.dataset.sizes === sizes));
    this.drawing.paintStep();
  }

  get drawing() {
    return this.page.querySelector("graph-drawing");
  }

  showFit() {
    const { fits } = this.drawing.frame;
    this.querySelector("[data-scale='fit']").setAttribute("aria-pressed", String(fits));
    part(this, "larger").hidden = fits;
  }

  // What stands for the upstream partial on the edges, where they have one.
  showIncoming({ incoming }) {
    const [letter, below] = (incoming ?? "").split("_");
    const symbol = [letter, ...(below ? [make("sub", { text: below })] : [])];
    part(this, "incoming").replaceChildren(
      ...(incoming ? ["; ", ...symbol, " is the upstream partial"] : []),
    );
  }

  showView() {
    const { zoom, direction } = this.page.state;
    for (const link of this.zooms) {
      if (link.dataset.zoom === zoom) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    this.turn.setAttribute(
      "aria-label",
      `Turn the drawing: ${direction === "LR" ? "top to bottom" : "left to right"}`,
    );
  }
}
