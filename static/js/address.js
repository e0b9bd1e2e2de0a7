// The page's address, kept at the state of the page.

import { encode, LONGEST } from "./share-link.js";

// Keep the page's address at the state, once it has been still for a moment.
export class Address {
  #timer;

  keep(state, then = () => {}) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      const d = await encode(state);
      const fits = d.length <= LONGEST;
      const hides = new URLSearchParams(location.search).get("answer") === "hidden";
      if (fits)
        history.replaceState(
          null,
          "",
          `${location.pathname}?${hides ? "answer=hidden&" : ""}d=${d}`,
        );
      then(d, fits);
    }, 250);
  }
}
