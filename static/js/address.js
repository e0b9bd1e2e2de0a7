// The page's address, kept at the state of the page, and the browser's Back and Forward: an edit that has
// rested, and a leap of the walk, are places to come back to.

import { decode, encode, LONGEST } from "./share-link.js";

const STILL = 250;
const REST = 2000;

export class Address {
  #timer;
  #resting;
  // Whether the next edit is another place.
  #rested = true;
  #edit = null;
  #shown = null;

  // `places`: whether the browser's Back leads through what was edited; else to where one came from.
  constructor({ places }) {
    this.places = places;
  }

  // Begin at a state that stands in the address already. `comeBack` is given the state of the place that
  // the browser has gone back to, or forward.
  start(state, comeBack) {
    this.#edit = editOf(state);
    this.#shown = shownNow();
    const opened = this.#shown;
    addEventListener("popstate", async ({ state: kept }) => {
      const shown = shownNow();
      if (shown === this.#shown && kept === null) return;
      clearTimeout(this.#timer);
      this.#timer = null;
      // The first page has no state in its address; who opened another one has to fetch it.
      if (shown === null && opened !== null) return location.reload();
      const given = shown === null ? null : await decode(shown);
      this.#shown = shown;
      comeBack(given && { ...given, ...kept });
      return undefined;
    });
  }

  // The state is that of the place in the address.
  arrive(state) {
    this.#edit = editOf(state);
    this.#rested = true;
  }

  // What is kept next is another place, with this one to come back to. The browser is told at once: who goes
  // back before the address is written comes back as well, and on again to the step `to`.
  leap({ step }, to = null) {
    if (!this.places) return;
    history.replaceState({ step }, "");
    history.pushState(to && { step: to }, "", location.href);
  }

  // Keep the address at the state, once it has been still for a moment.
  keep(state, then = () => {}) {
    this.#noteEdit(state);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      const timer = this.#timer;
      const d = await encode(state);
      // Meanwhile the browser has gone back, or there is a later state to be kept.
      if (timer !== this.#timer) return;
      const fits = d.length <= LONGEST;
      if (fits) this.#write(d);
      then(d, fits);
    }, STILL);
  }

  #noteEdit(state) {
    const edit = editOf(state);
    if (edit === this.#edit) return;
    if (this.#rested) this.leap(state);
    this.#edit = edit;
    this.#rested = false;
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => {
      this.#rested = true;
    }, REST);
  }

  #write(d) {
    // What is no part of the state stays in the address.
    const search = new URLSearchParams(location.search);
    const kept = [
      ["answer", "hidden"],
      ["guess", "1"],
    ].filter(([name, value]) => search.get(name) === value);
    history.replaceState(
      null,
      "",
      `${location.pathname}?${kept.map(([name, value]) => `${name}=${value}&`).join("")}d=${d}`,
    );
    this.#shown = d;
  }
}

function shownNow() {
  return new URLSearchParams(location.search).get("d");
}

function editOf({ source, values }) {
  return JSON.stringify([source, values]);
}
