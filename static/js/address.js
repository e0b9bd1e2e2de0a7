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
      // What is no part of the state stays in the address.
      const search = new URLSearchParams(location.search);
      const kept = [
        ["answer", "hidden"],
        ["guess", "1"],
      ].filter(([name, value]) => search.get(name) === value);
      if (fits)
        history.replaceState(
          null,
          "",
          `${location.pathname}?${kept.map(([name, value]) => `${name}=${value}&`).join("")}d=${d}`,
        );
      then(d, fits);
    }, 250);
  }
}
