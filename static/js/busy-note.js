// <busy-note>: says that parts are being worked out once it takes a moment, and lets them be
// stopped.

const PATIENCE = 500;

export class BusyNote extends HTMLElement {
  #timer;

  connectedCallback() {
    const page = this.closest("back-step");
    this.parts = this.dataset.parts.split(" ");
    this.querySelector("button").addEventListener("click", () => page.stop(this.parts));
    page.addEventListener("busy", ({ detail }) =>
      this.show(detail.some((part) => this.parts.includes(part))),
    );
  }

  show(busy) {
    clearTimeout(this.#timer);
    if (busy) this.#timer = setTimeout(() => (this.hidden = false), PATIENCE);
    else this.hidden = true;
  }
}
