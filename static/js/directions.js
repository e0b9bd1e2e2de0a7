// Which way a drawing runs where its reader has not said: down where the graph is narrow, and
// wherever it could be read whole only so. Asks the server how large the other way would be.

import { Problem, post } from "./api.js";
import { LEGIBLE } from "./frame.js";
import { decode } from "./share-link.js";

// Under so many pixels left to right has no room for three boxes.
const NARROW = 600;
// And this is no card, but a window that is being made or measured.
const NONE = 120;
// So much larger is worth turning for, where neither can be read whole.
const WORTH = 1.15;
const OTHER = { LR: "TB", TB: "LR" };

export class Directions {
  // Sizes by direction, of each text, zoom and set of open folds.
  #known = new Map();
  #asking = "";

  constructor(page, frame) {
    Object.assign(this, { page, frame });
    this.said = decode(new URLSearchParams(location.search).get("d")).then(
      ({ direction }) => (this.page.state.turned ||= direction !== undefined),
      () => {},
    );
    // A card that has become narrow or wide asks again.
    new ResizeObserver(() => this.choose()).observe(frame.host);
  }

  async choose() {
    await this.said;
    const { state } = this.page;
    const { size, host } = this.frame;
    if (!size || state.turned || host.clientWidth < NONE) return;
    const drawn = host.querySelector("svg.graph")?.dataset.direction;
    // Another drawing is on its way.
    if (drawn !== state.direction) return;
    const known = this.#sizes();
    known[drawn] = size;
    const narrow = !this.presenting && host.clientWidth < NARROW;
    const wanted = narrow ? "TB" : await this.#better(known);
    if (wanted && wanted !== state.direction && !state.turned)
      this.page.changeView({ direction: wanted });
  }

  get presenting() {
    return document.documentElement.classList.contains("is-presenting");
  }

  #sizes() {
    const { place } = this.page.state;
    if (!this.#known.has(place)) this.#known.set(place, {});
    return this.#known.get(place);
  }

  // Left to right where that is legible, down where only that is; else what is much larger.
  async #better(known) {
    if (known.LR && this.frame.isLegible(known.LR) && !this.presenting) return "LR";
    if (this.frame.isLegible(this.frame.size) && !this.presenting) return this.page.state.direction;
    // Far too large this way is too large the other way too.
    if (this.frame.wholeScale(this.frame.size) < this.frame.least / 3) return null;
    const missing = Object.keys(OTHER).find((direction) => !known[direction]);
    if (missing) await this.#ask(missing, known);
    if (!known.LR || !known.TB) return null;
    // The card may have grown while the other size was on its way: left to right is looked at
    // again.
    if (!this.presenting)
      return this.frame.isLegible(known.TB) && !this.frame.isLegible(known.LR) ? "TB" : "LR";
    return this.frame.wholeScale(known.TB) > WORTH * this.frame.wholeScale(known.LR) &&
      this.frame.wholeScale(known.LR) < LEGIBLE
      ? "TB"
      : "LR";
  }

  async #ask(direction, known) {
    const { source, values, zoom, open, boxes, place } = this.page.state;
    if (this.#asking === place) return;
    this.#asking = place;
    try {
      const { drawing } = await (
        await post("/analyze", {
          source,
          values,
          zoom,
          open,
          boxes,
          direction,
          parts: ["drawing"],
        })
      ).json();
      if (drawing.graph)
        known[direction] = { width: drawing.graph.width, height: drawing.graph.height };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
    this.#asking = "";
  }
}
