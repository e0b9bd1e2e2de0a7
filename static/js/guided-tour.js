// <guided-tour>: one stop after another beside what it speaks of. Can be left at any moment.

import { part, setText } from "./elements.js";

const GAP = 12;

export class GuidedTour extends HTMLElement {
  #at = 0;
  #before = null;

  connectedCallback() {
    this.page = this.closest("back-step");
    this.stops = [...this.querySelectorAll("[data-at]")];
    this.page.addEventListener("click", ({ target }) => this.clicked(target));
    for (const heard of ["numbers", "fault"])
      this.page.addEventListener(heard, () => this.removeIntro());
    this.addEventListener("keydown", (event) => event.key === "Escape" && this.end());
    addEventListener("resize", () => this.matches(":popover-open") && this.place());
    addEventListener("scroll", () => this.matches(":popover-open") && this.place(), {
      passive: true,
    });
  }

  clicked(target) {
    const way = target.closest("[data-tour]")?.dataset.tour;
    if (way === "start") this.start();
    if (way === "next") this.#at + 1 < this.stops.length ? this.show(this.#at + 1) : this.end();
    if (way === "end") this.end();
    if (target.closest("[data-intro='close']")) this.page.querySelector("#intro").remove();
  }

  // What is said of the first text is not true of another.
  removeIntro() {
    this.source ??= this.page.state.source;
    if (this.source !== this.page.state.source) this.page.querySelector("#intro")?.remove();
  }

  start() {
    this.#before = document.activeElement;
    this.page.querySelector("#intro")?.remove();
    this.showPopover();
    this.show(0);
  }

  end() {
    this.#highlight(null);
    this.hidePopover();
    this.#before?.isConnected && this.#before.focus({ preventScroll: true });
  }

  show(number) {
    this.#at = number;
    this.stops.forEach((stop, place) => {
      stop.hidden = place !== number;
      stop.querySelector("h2").id = place === number ? "tour-title" : "";
    });
    setText(part(this, "count"), `${number + 1} of ${this.stops.length}`);
    const next = this.querySelector("[data-tour='next']");
    setText(next, number + 1 < this.stops.length ? "Next" : "Done");
    this.#highlight(this.target);
    const smooth = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    this.target.scrollIntoView({ block: "nearest", behavior: smooth });
    this.place();
    next.focus({ preventScroll: true });
  }

  get target() {
    return this.page.querySelector(this.stops[this.#at].dataset.at);
  }

  // Beside what it speaks of where there is room, else below or above it; always within the window.
  place() {
    const spot = this.target.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this;
    const within = (place, size, room) => Math.max(GAP, Math.min(place, room - size - GAP));
    const beside =
      spot.right + GAP + width < innerWidth ? spot.right + GAP : spot.left - GAP - width;
    const below =
      spot.bottom + GAP + height < innerHeight ? spot.bottom + GAP : spot.top - GAP - height;
    const [left, top] =
      beside > GAP
        ? [beside, spot.top]
        : below > GAP
          ? [spot.left, below]
          : [spot.right - width - GAP, spot.bottom - height - GAP];
    this.style.left = `${within(left, width, innerWidth)}px`;
    this.style.top = `${within(top, height, innerHeight)}px`;
  }

  #highlight(element) {
    this.page.querySelectorAll(".is-toured").forEach((each) => each.classList.remove("is-toured"));
    element?.classList.add("is-toured");
  }
}
